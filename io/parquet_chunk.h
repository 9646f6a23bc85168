/* io/parquet_chunk.h: the values of one column in one row group -> the bytes of its pages. Private
 * to io/parquet_write.c.
 *
 *     [dictionary page: header | PLAIN values, zstd]      only if it pays
 *     [data page:       header | (levels | values), zstd]
 */
#ifndef TD_IO_PARQUET_CHUNK_H
#define TD_IO_PARQUET_CHUNK_H

#include <stdint.h>

#include "core/base/err.h"
#include "io/byte_buffer.h"
#include "io/file.h"
#include "io/parquet_write.h"

/* What the footer has to say of a chunk. */
typedef struct td_pq_chunk {
    td_byte_buffer bytes; /* pages as they go into the file, owned */
    uint64_t n_values;    /* rows, nulls included */
    uint64_t n_nulls;
    uint64_t uncompressed;    /* bytes of the pages before zstd, headers included */
    uint64_t dictionary_size; /* bytes of the dictionary page in `bytes`, 0 = none */
    int has_range;            /* least and greatest value are known: */
    unsigned char low[8];     /* little-endian value of a number or boolean */
    unsigned char high[8];
    td_bytes low_text; /* of a text, borrowed from the column's dictionary */
    td_bytes high_text;
} td_pq_chunk;

/* Scratch of one worker, for chunks of up to `room` rows. */
typedef struct td_pq_scratch {
    uint64_t room;
    int64_t *whole;     /* [room] */
    double *real;       /* [room] */
    uint8_t *is_null;   /* [room] */
    uint64_t *bits;     /* [room] values that are there, as bits */
    uint32_t *code;     /* [room] their place in the dictionary; levels */
    uint64_t *key;      /* [slots] open addressing: distinct values ... */
    uint32_t *slot;     /* [slots] ... and their place + 1, 0 = empty */
    uint64_t *distinct; /* [slots / 2] in order of appearance */
    td_byte_buffer page;
} td_pq_scratch;

td_status td_pq_scratch_init(td_pq_scratch *out, uint64_t room, td_error *err) TD_MUST_USE;
void td_pq_scratch_free(td_pq_scratch *scratch);

/* Physical type (TD_PQ_...) of a kind. */
int td_pq_type_of(td_parquet_kind kind);

/* Which cells: rows [begin, begin + n) of column `column`. */
typedef struct td_pq_part {
    uint32_t column;
    uint64_t begin;
    uint64_t n; /* at most scratch->room */
} td_pq_part;

/* *out owned*: its bytes. Errors of td_parquet_write. O(n). */
td_status td_pq_chunk_build(td_pq_chunk *out, const td_parquet_source *source, td_pq_part part,
                            td_pq_scratch *scratch, td_error *err) TD_MUST_USE;

#endif
