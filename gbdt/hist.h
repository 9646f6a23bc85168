/* gbdt/hist.h: histograms of integer gradients over the bins of every feature.
 *
 * Codes are stored a second time, row by row, in blocks of up to 16 features, so that one row's
 * codes of a block are one load and a block's histogram stays in the level 1 cache:
 *
 *     block 0                      block 1
 *     row 0 |c0 c1 ... c13 . . |   row 0 |c14 c15 ... c27 . . |      stride 16 bytes
 *     row 1 |c0 c1 ... c13 . . |   row 1 |c14 c15 ... c27 . . |
 *
 * Features with a single bin cannot split and have no place here; a feature with a place has a slot
 * 0 .. n_slots-1 (ascending by feature). The histogram of slot s starts at s * TD_HIST_STRIDE. 260
 * and not 256 words: with a power of two the same bin of all features falls into the same cache set.
 *
 * A leaf's histogram has one of two forms:
 *     packed  one word a bin (quantise.h), for leaves of up to TD_PACKED_ROWS rows
 *     sums    three planes a slot: |grad x 260|hess x 260|rows x 260|, 64-bit each, any leaf */
#ifndef TD_GBDT_HIST_H
#define TD_GBDT_HIST_H

#include <stdint.h>

#include "gbdt/binning.h"
#include "gbdt/quantise.h"

enum { TD_HIST_STRIDE = 260, TD_SUMS_STRIDE = 3 * TD_HIST_STRIDE, TD_BLOCK_FEATURES = 16 };

typedef struct td_block {
    uint32_t first;  /* first slot */
    uint32_t width;  /* slots, 1..16 */
    uint32_t stride; /* bytes a row: 4, 8 or 16 */
} td_block;

/* Rows laid out one after the other: the whole table, or a copy of one leaf's rows. Scattered rows of
 * a small leaf cost a cache miss each; copied together once, all its descendants read them from the
 * cache. A row's number within a shelf is its place. */
typedef struct td_shelf {
    uint64_t n;
    uint8_t **code;   /* [n_blocks] codes of a block: [n * stride] */
    uint64_t *packed; /* [n] narrow gradients */
    uint32_t *row;    /* [n] numbers in the table; NULL = the place is the number */
} td_shelf;

typedef struct td_blocks {
    uint64_t n_rows;
    uint32_t n_slots;
    uint32_t n_blocks;
    uint32_t *feature;   /* [n_slots] feature of a slot */
    const td_bins **bin; /* [n_slots] its bins, borrowed */
    uint32_t *block_of;  /* [n_slots] block of a slot */
    td_block *block;     /* [n_blocks] */
    uint8_t **code;      /* [n_blocks] codes of the whole table: [n_rows * stride] */
} td_blocks;

void td_blocks_free(td_blocks *blocks);

/* Lay out the codes of the training rows. *out owned*; `binned` must outlive it. O(cells). */
td_status td_blocks_build(td_blocks *out, const td_binned *binned, const td_exec *exec,
                          td_error *err) TD_MUST_USE;

/* Exactly one is set. */
typedef struct td_hist {
    uint64_t *packed; /* [n_slots * TD_HIST_STRIDE] */
    int64_t *sums;    /* [n_slots * TD_SUMS_STRIDE] */
} td_hist;

/* What to count: n places of a shelf in one block, place[0..n), or first .. first + n - 1 when place
 * is NULL. With copy_to, the rows are also written there, from its place copy_at on: the block's
 * codes, and beside block 0 the gradients and row numbers. */
typedef struct td_count {
    const td_blocks *blocks;
    uint32_t block;
    const td_shelf *shelf;
    const uint32_t *place;
    uint64_t first, n;
    td_shelf *copy_to; /* NULL = count only */
    uint64_t copy_at;
} td_count;

/* Histogram of one block over n <= TD_PACKED_ROWS rows: out[width * TD_HIST_STRIDE] is overwritten.
 * ~0.4 ns per row and feature from the cache. */
void td_hist_packed(uint64_t *out, const td_count *count);

/* The same for the wide form of gradients, any number of rows of the whole table;
 * out[width * TD_SUMS_STRIDE]. */
void td_hist_sums(int64_t *out, const td_count *count, const td_quantised *q);

/* sums += sign * packed over the bins of one slot; sign is 1 or -1. */
void td_hist_unpack(int64_t *sums, const uint64_t *packed, uint32_t n_bins, int sign);

/* packed = sums over the bins of one slot whose leaf has at most TD_PACKED_ROWS rows. */
void td_hist_pack(uint64_t *packed, const int64_t *sums, uint32_t n_bins);

#endif
