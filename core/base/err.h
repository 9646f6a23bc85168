/* core/base/err.h: how every function of the library says that something went wrong.
 *
 * A function that can fail returns td_status and takes a td_error as its last argument. The caller
 * owns the td_error (a plain struct, usually on the stack) and may pass NULL when it does not want
 * the text. Nothing is printed, nothing is global, nothing is allocated.
 *
 *     td_status td_thing_build(td_thing *out, const td_exec *exec, ..., td_error *err);
 *
 * On failure a function has freed what it made and left its outputs zeroed or untouched. */
#ifndef TD_CORE_BASE_ERR_H
#define TD_CORE_BASE_ERR_H

#include <stddef.h>
#include <stdint.h>

typedef enum td_status {
    TD_OK = 0,
    TD_ERR_NOMEM,       /* an allocation failed */
    TD_ERR_IO,          /* the operating system refused: open, read, write, rename */
    TD_ERR_FORMAT,      /* a file is not what it should be; file, line and column say where */
    TD_ERR_ARG,         /* an argument, option or parameter is impossible */
    TD_ERR_SHAPE,       /* two things that must fit do not (row counts, missing columns) */
    TD_ERR_RANGE,       /* a value lies outside its range */
    TD_ERR_NUMERIC,     /* no finite answer exists (singular matrix, one class) */
    TD_ERR_INTERRUPTED, /* the progress callback asked to stop */
    TD_ERR_INTERNAL     /* a check of our own failed: a bug of this program */
} td_status;

/* Where and why. `file`, `line`, `column` place the fault in the user's *data* (not in this code):
 * line counts from 1 and includes the header; column counts bytes from 1; 0 = unknown. */
typedef struct td_error {
    td_status code;
    uint64_t line;
    uint64_t column;
    char file[256];
    char text[512];
} td_error;

#define TD_MUST_USE                __attribute__((warn_unused_result))
#define TD_PRINTF(fmt_at, args_at) __attribute__((format(printf, fmt_at, args_at)))

/* Fill err (if not NULL) and return code, so that `return td_fail(...)` reads as one step. */
td_status td_fail(td_error *err, td_status code, const char *fmt, ...) TD_PRINTF(3, 4);

/* The same with a place in the data. `file` may be NULL. */
td_status td_fail_at(td_error *err, td_status code, const char *file, uint64_t line,
                     uint64_t column, const char *fmt, ...) TD_PRINTF(6, 7);

/* Name of a status in lower case ("format"), never NULL. */
const char *td_status_name(td_status code);

/* One line for a person: "events.csv:17:4: text". Writes at most size bytes with the closing 0. */
void td_error_format(const td_error *err, char *out, uint64_t size);

/* Pass a failure on. The callee has filled err. */
#define TD_TRY(expr)                                                                               \
    do {                                                                                           \
        td_status td_try_status_ = (expr);                                                         \
        if (td_try_status_ != TD_OK) return td_try_status_;                                        \
    } while (0)

/* Fail here. */
#define TD_FAIL(err, code, ...) return td_fail((err), (code), __VA_ARGS__)

/* Fail here unless the condition holds. */
#define TD_CHECK(cond, err, code, ...)                                                             \
    do {                                                                                           \
        if (!(cond)) return td_fail((err), (code), __VA_ARGS__);                                   \
    } while (0)

#endif
