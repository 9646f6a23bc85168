/* core/base/err.c: filling and printing td_error. See err.h for the convention. */
#include "core/base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static td_status fill(td_error *err, td_status code, const char *fmt, va_list args) {
    if (err == NULL) return code;
    memset(err, 0, sizeof *err);
    err->code = code;
    vsnprintf(err->text, sizeof err->text, fmt, args);
    return code;
}

td_status td_fail(td_error *err, td_status code, const char *fmt, ...) {
    va_list args;
    va_start(args, fmt);
    fill(err, code, fmt, args);
    va_end(args);
    return code;
}

td_status td_fail_at(td_error *err, td_status code, const char *file, uint64_t line,
                     uint64_t column, const char *fmt, ...) {
    va_list args;
    va_start(args, fmt);
    fill(err, code, fmt, args);
    va_end(args);
    if (err == NULL) return code;
    err->line = line;
    err->column = column;
    if (file != NULL) snprintf(err->file, sizeof err->file, "%s", file);
    return code;
}

const char *td_status_name(td_status code) {
    static const char *const names[] = {"ok",    "nomem", "io",      "format",      "arg",
                                        "shape", "range", "numeric", "interrupted", "internal"};
    return (unsigned)code < sizeof names / sizeof *names ? names[code] : "unknown";
}

void td_error_format(const td_error *err, char *out, uint64_t size) {
    if (err->file[0] == '\0') {
        snprintf(out, size, "%s", err->text);
    } else if (err->line == 0) {
        snprintf(out, size, "%s: %s", err->file, err->text);
    } else if (err->column == 0) {
        snprintf(out, size, "%s:%llu: %s", err->file, (unsigned long long)err->line, err->text);
    } else {
        snprintf(out, size, "%s:%llu:%llu: %s", err->file, (unsigned long long)err->line,
                 (unsigned long long)err->column, err->text);
    }
}
