/* io/parquet_read.h: Apache Parquet files -> td_table, as written by io/parquet_write, DuckDB,
 * pyarrow, pandas and polars with their defaults.
 *
 * Read: flat columns of BOOLEAN, INT32, INT64, FLOAT, DOUBLE (with DECIMAL, DATE, TIMESTAMP and
 * unsigned kinds) and BYTE_ARRAY; data pages of version 1 and 2; PLAIN, dictionary and RLE
 * encodings; no compression, Snappy, gzip, zstd. Anything else (nested columns, INT96, delta
 * encodings, LZ4, Brotli, encryption) is refused by its name unless the column is not asked for.
 *
 * What becomes of a value:
 *
 *     BOOLEAN             0 or 1               null, NaN      missing
 *     whole, real         the number           TIMESTAMP      ms since 1970
 *     DECIMAL             value / 10^scale     DATE           days since 1970
 *     BYTE_ARRAY          a category; a text is a text: "" and "NA" are not missing here
 */
#ifndef TD_IO_PARQUET_READ_H
#define TD_IO_PARQUET_READ_H

#include <stdint.h>

#include "core/base/err.h"
#include "core/base/par.h"
#include "core/table.h"
#include "io/csv_read.h"
#include "io/file.h"

/* 1 when the file begins with "PAR1"; 0 otherwise, also when it cannot be read. */
int td_parquet_is(td_bytes bytes);

/* 1 for a path that ends in .parquet or .pq. */
int td_parquet_is_path(const char *path);

/* Read a file. `options` as for td_csv_read: `only`, `ignore`, `categorical` (a number becomes the
 * text of its shortest form, a boolean "true" or "false") and `numeric` (a text has to be a number)
 * choose columns by name; the rest of it is not looked at. *out owned*. Columns are decoded by all
 * threads. TD_ERR_FORMAT with the file, the column and the row group for a damaged file (sizes,
 * levels, codes and checksums of pages are checked), TD_ERR_ARG for an unknown column or one that
 * is refused, TD_ERR_RANGE at 2^32 - 1 rows or more. */
td_status td_parquet_read(td_table *out, const char *path, const td_csv_options *options,
                          const td_exec *exec, td_error *err) TD_MUST_USE;

/* Rows and a text of the footer: *rows is filled; value [size] receives the text of `key`, "" when
 * there is none (key may be NULL). Reads the footer only. */
td_status td_parquet_note_read(uint64_t *rows, char *value, uint64_t size, const char *path,
                               const char *key, td_error *err) TD_MUST_USE;

#endif
