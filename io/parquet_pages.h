/* io/parquet_pages.h: the pages of one chunk, unpacked one after another. Private to
 * io/parquet_column.c.
 *
 *     td_pq_pages pages = ...;                      of one column in one row group
 *     while (rows are left)
 *         td_pq_pages_next(&pages, &page, err);     dictionary first, if there is one
 */
#ifndef TD_IO_PARQUET_PAGES_H
#define TD_IO_PARQUET_PAGES_H

#include <stdint.h>

#include "core/base/err.h"
#include "io/byte_buffer.h"
#include "io/file.h"
#include "io/parquet_meta.h"

/* A page, unpacked. Valid until the next one. */
typedef struct td_pq_page {
    int is_dictionary;
    int is_coded;          /* values are places in the dictionary */
    int is_run_length;     /* booleans as a hybrid instead of bits */
    uint64_t n;            /* rows; of a dictionary: values */
    uint64_t n_present;    /* values that are there */
    const uint32_t *level; /* [n] 1 = there, 0 = null; NULL = all are there */
    td_bytes values;       /* PLAIN values, or behind its width (coded) a hybrid */
} td_pq_page;

typedef struct td_pq_pages {
    const td_pq_leaf *leaf; /* borrowed */
    const char *path;       /* for errors */
    uint64_t group;         /* for errors */
    int codec;
    td_bytes left;           /* bytes of the chunk not read yet */
    td_byte_buffer unpacked; /* owned */
    uint32_t *level;         /* [level_room] owned */
    uint64_t level_room;
} td_pq_pages;

/* Start over with another chunk; blocks of memory are kept. */
void td_pq_pages_open(td_pq_pages *pages, td_bytes chunk, int codec, uint64_t group);
void td_pq_pages_free(td_pq_pages *pages);

/* Fail with TD_ERR_FORMAT: "path: column NAME, row group N: WHAT". */
td_status td_pq_pages_fail(const td_pq_pages *pages, td_error *err, const char *what);

/* The next page that is data or a dictionary; at most `most` rows. */
td_status td_pq_pages_next(td_pq_pages *pages, td_pq_page *page, uint64_t most,
                           td_error *err) TD_MUST_USE;

/* n values of a hybrid of runs and packed groups; 0 when it ends early or a value is not below
 * `limit`. */
int td_pq_hybrid_take(uint32_t *out, uint64_t n, td_bytes bytes, int width, uint64_t limit);

#endif
