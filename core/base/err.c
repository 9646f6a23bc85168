/* core/base/err.c: filling and printing td_error. See err.h for the convention.
 *
 * 1. td_fail and td_fail_at format the text into the caller's struct and hand the code back, so
 *    a failing function needs one statement: `return td_fail(...)`.
 * 2. A new failure overwrites the whole struct: no field of an older error can remain.
 * 3. Texts that do not fit are cut at the end; they are always 0-terminated. Nothing is
 *    allocated, so that running out of memory can be reported too.
 * 4. td_error_format puts the known part of the place in front, as compilers do:
 *    "file:line:column: text", "file:line: text", "file: text" or "text".
 *
 * It does not print and it keeps no "last error". */
#include "core/base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* The common part; err may be NULL, then only the code travels. */
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
