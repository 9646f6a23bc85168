/* io/parquet_meta.h: the footer of a Parquet file, read and checked. Private to io/parquet_*. */
#ifndef TD_IO_PARQUET_META_H
#define TD_IO_PARQUET_META_H

#include <stdint.h>

#include "core/base/err.h"
#include "io/file.h"

/* A column of the schema. */
typedef struct td_pq_leaf {
    char *name;          /* 0-terminated, owned; "group.name" of a nested one */
    int type;            /* TD_PQ_... */
    int is_optional;     /* 1: one definition level */
    int is_unsigned;     /* of INT32, INT64 */
    int scale;           /* of DECIMAL: value / 10^scale */
    double unit;         /* TIMESTAMP: units a millisecond, 0 = no time */
    const char *refused; /* why it cannot be read, static; NULL = it can */
} td_pq_leaf;

/* Where the pages of one column in one row group stand. */
typedef struct td_pq_place {
    uint64_t begin; /* in the file */
    uint64_t n;     /* bytes */
    int codec;
} td_pq_place;

typedef struct td_pq_meta {
    uint64_t n_rows; /* below 2^32 - 1 */
    uint32_t n_leaves;
    td_pq_leaf *leaf; /* [n_leaves] */
    uint64_t n_groups;
    uint64_t *group_rows; /* [n_groups], their sum is n_rows */
    td_pq_place *place;   /* [n_groups][n_leaves] */
    uint32_t n_notes;
    td_bytes *note; /* [n_notes][2] key and value, borrowed from the file */
} td_pq_meta;

void td_pq_meta_free(td_pq_meta *meta);

/* Read the footer of a whole file (borrowed). *out owned*. TD_ERR_FORMAT names the path and what is
 * wrong. O(footer). */
td_status td_pq_meta_read(td_pq_meta *out, td_bytes file, const char *path,
                          td_error *err) TD_MUST_USE;

#endif
