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
    uint8_t *code;   /* [n_rows * stride] */
} td_block;

typedef struct td_blocks {
    uint64_t n_rows;
    uint32_t n_slots;
    uint32_t n_blocks;
    uint32_t *feature;   /* [n_slots] feature of a slot */
    const td_bins **bin; /* [n_slots] its bins, borrowed */
    td_block *block;     /* [n_blocks] */
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

/* Rows of a leaf: row[0..n), or first .. first + n - 1 when row is NULL. */
typedef struct td_rows {
    const uint32_t *row;
    uint64_t first;
    uint64_t n;
} td_rows;

/* Histogram of one block over rows.n <= TD_PACKED_ROWS rows: out[width * TD_HIST_STRIDE] is
 * overwritten. ~0.5 ns per row and feature. */
void td_hist_packed(uint64_t *out, const td_blocks *blocks, const td_block *block, td_rows rows,
                    const uint64_t *packed);

/* The same for the wide form of gradients, any number of rows; out[width * TD_SUMS_STRIDE]. */
void td_hist_sums(int64_t *out, const td_blocks *blocks, const td_block *block, td_rows rows,
                  const td_quantised *q);

/* sums += sign * packed over the bins of one slot; sign is 1 or -1. */
void td_hist_unpack(int64_t *sums, const uint64_t *packed, uint32_t n_bins, int sign);

/* packed = sums over the bins of one slot whose leaf has at most TD_PACKED_ROWS rows. */
void td_hist_pack(uint64_t *packed, const int64_t *sums, uint32_t n_bins);

#endif
