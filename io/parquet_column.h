/* io/parquet_column.h: one column of a Parquet file over all row groups -> a td_column. Private to
 * io/parquet_read.c. */
#ifndef TD_IO_PARQUET_COLUMN_H
#define TD_IO_PARQUET_COLUMN_H

#include <stdint.h>

#include "core/base/err.h"
#include "core/table.h"
#include "io/file.h"
#include "io/parquet_meta.h"

typedef struct td_pq_request { /* all borrowed */
    const td_pq_meta *meta;
    td_bytes file;
    const char *path;
    uint32_t leaf;
} td_pq_request;

/* Fill column->number or column->code (as its kind says, [meta->n_rows], allocated by the caller)
 * and the dictionary. TD_ERR_FORMAT names column and row group. O(values). */
td_status td_pq_column_read(td_column *column, const td_pq_request *request,
                            td_error *err) TD_MUST_USE;

#endif
