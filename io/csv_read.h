/* io/csv_read.h: a delimited text file with a header -> td_table. RFC 4180 quoting, CRLF or LF,
 * UTF-8 BOM, missing final newline, gzip and zstd are accepted. Any bad row is an error with file,
 * line, column and value.
 *
 * Column types: a column named in `categorical` is a category, one in `numeric` (or in both) a
 * number; otherwise the first non-missing cell decides (a number -> number, else category). Later
 * text in a number column is an error. Missing: empty, NA, N/A, NaN, nan, null, NULL, ?. */
#ifndef TD_IO_CSV_READ_H
#define TD_IO_CSV_READ_H

#include <stdint.h>

#include "core/base/err.h"
#include "core/base/par.h"
#include "core/table.h"

typedef struct td_csv_options {
    char delimiter;            /* 0 = by content of the first line: comma, tab or semicolon */
    int has_header;            /* 0: columns are named c0, c1, ... */
    const char *const *ignore; /* [n_ignore] columns left out */
    uint32_t n_ignore;
    const char *const
        *categorical; /* [n_categorical] columns that are categories even if they hold numbers */
    uint32_t n_categorical;
    const char *const *numeric; /* [n_numeric] columns that are numbers: a text is an error */
    uint32_t n_numeric;
    const char *const
        *only; /* [n_only] columns to read, all others are left out; n_only = 0: all */
    uint32_t n_only;
    int is_packed; /* numbers as packed cells where they are short decimals (core/packed.h) */
    uint64_t piece_bytes; /* unit of parallel work, 0 = 1 MiB; the result does not depend on it */
} td_csv_options;

td_csv_options td_csv_options_default(void); /* delimiter by content, header, nothing ignored */

/* Read a whole file. *out owned*. Parsed by all threads in fixed-size pieces; the result, and which
 * error is reported (that of the lowest line), do not depend on them.
 * TD_ERR_IO: the file cannot be read. TD_ERR_ARG: an impossible delimiter, an option names a column
 * that is not there. TD_ERR_FORMAT with file, line, column and value: an empty file, a header
 * without rows, a nameless or doubled column name, a row with too few or too many fields (a blank
 * line, if there are several columns), text or a too large number (1e400) in a number column, a 0
 * byte in a category, an unclosed quote, text behind a closing quote. About 400 MB/s a core for
 * numbers. */
td_status td_csv_read(td_table *out, const char *path, const td_csv_options *options,
                      const td_exec *exec, td_error *err) TD_MUST_USE;

#endif
