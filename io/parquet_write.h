/* io/parquet_write.h: tables -> Apache Parquet files: typed columns, nulls, dictionaries, zstd,
 * statistics and named texts in the footer.
 *
 *     PAR1 | row group 0: chunk of column 0, chunk of column 1, ... | row group 1 | footer | PAR1
 *
 * The caller describes its columns and hands out values when asked, so nothing is copied as a
 * whole. Same bytes for any number of threads. Source: Apache Parquet, parquet-format 2.10. */
#ifndef TD_IO_PARQUET_WRITE_H
#define TD_IO_PARQUET_WRITE_H

#include <stdint.h>

#include "core/base/dict.h"
#include "core/base/err.h"
#include "core/base/par.h"
#include "core/table.h"

typedef enum td_parquet_kind {
    TD_PARQUET_BOOL = 0, /* BOOLEAN */
    TD_PARQUET_I32,      /* INT32 */
    TD_PARQUET_I64,      /* INT64 */
    TD_PARQUET_TIME,     /* INT64 as TIMESTAMP(MILLIS, UTC) */
    TD_PARQUET_F64,      /* DOUBLE; NaN is written as null */
    TD_PARQUET_TEXT      /* BYTE_ARRAY as STRING, always through a dictionary */
} td_parquet_kind;

/* Cells of one column, rows [begin, begin + n), to be filled by the caller. */
typedef struct td_parquet_cells {
    uint64_t begin;
    uint64_t n;
    int64_t *whole;   /* [n] BOOL, I32, I64, TIME; TEXT: code of the dictionary */
    double *real;     /* [n] F64 */
    uint8_t *is_null; /* [n] zeroed; set 1 in a column with nulls; F64: NaN does as well */
} td_parquet_cells;

/* Called from any thread, at most once at a time for one column. */
typedef void (*td_parquet_fill_fn)(td_parquet_cells *cells, const void *source, uint32_t column);

typedef struct td_parquet_column {
    const char *name; /* UTF-8, distinct, borrowed */
    td_parquet_kind kind;
    int has_nulls;           /* OPTIONAL instead of REQUIRED */
    const td_textdict *dict; /* TEXT: the texts of the codes, borrowed; any order */
} td_parquet_column;

/* A text of the footer. */
typedef struct td_parquet_note {
    const char *key;
    const char *value;
} td_parquet_note;

typedef struct td_parquet_source { /* all borrowed */
    uint64_t n_rows;
    uint32_t n_columns; /* at least 1 */
    const td_parquet_column *column;
    td_parquet_fill_fn fill;
    const void *source; /* for fill */
    uint32_t n_notes;
    const td_parquet_note *note; /* key-value metadata: run_id and the like */
    uint64_t group_rows;         /* rows of a row group, 0 = 131,072 */
} td_parquet_source;

/* Write the file, whole or not at all. Columns are encoded by all threads, one row group in memory
 * at a time. TD_ERR_ARG for no columns, TD_ERR_RANGE for a code outside its dictionary or a value
 * outside INT32; errors of td_writer_commit; TD_ERR_INTERRUPTED leaves no file. About 100 MB/s a
 * core. */
td_status td_parquet_write(const char *path, const td_parquet_source *source, const td_exec *exec,
                           td_error *err) TD_MUST_USE;

/* A table in memory: numbers as DOUBLE, categories as STRING, missing as null; no notes. */
td_status td_parquet_write_table(const char *path, const td_table *table, const td_exec *exec,
                                 td_error *err) TD_MUST_USE;

#endif
