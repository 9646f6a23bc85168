/* gbdt/hist.h: histograms of integer gradients over the bins of every feature.
 *
 * Codes are stored a second time, row by row, in panels of up to 64 features, so that one row's codes
 * of a panel are one cache line or less. A panel is counted in blocks of up to 16 features, whose
 * histogram stays in the level 1 cache:
 *
 *     panel 0, 28 features, 32 bytes a row
 *     row 0 |c0 c1 ... c13|c14 c15 ... c27|. . . .|
 *     row 1 |c0 c1 ... c13|c14 c15 ... c27|. . . .|
 *            block 0       block 1         unused
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

enum {
    TD_HIST_STRIDE = 260,
    TD_SUMS_STRIDE = 3 * TD_HIST_STRIDE,
    TD_BLOCK_FEATURES = 16,
    TD_PANEL_FEATURES = 64,
    TD_PANEL_BLOCKS = 4,
    TD_TILE_WORDS = TD_PANEL_FEATURES * TD_HIST_STRIDE /* histograms of a panel */
};

typedef struct td_block {
    uint32_t first;  /* first slot */
    uint32_t width;  /* slots, 1..16 */
    uint32_t panel;  /* where its codes are */
    uint32_t offset; /* byte of the first slot's code in a row of the panel */
} td_block;

typedef struct td_panel {
    uint32_t first, width;          /* slots */
    uint32_t first_block, n_blocks; /* at most 4 blocks */
    uint32_t shift;                 /* log2 of the bytes a row: 2..6 */
} td_panel;

typedef struct td_blocks {
    uint64_t n_rows;
    uint32_t n_slots, n_blocks, n_panels;
    uint32_t *feature;   /* [n_slots] feature of a slot */
    const td_bins **bin; /* [n_slots] its bins, borrowed */
    uint32_t *block_of;  /* [n_slots] block of a slot */
    td_block *block;     /* [n_blocks] */
    td_panel *panel;     /* [n_panels] */
    uint8_t **code;      /* [n_panels] codes of the whole table: [n_rows << shift] */
} td_blocks;

void td_blocks_free(td_blocks *blocks);

/* Lay out the codes of the training rows. *out owned*; `binned` must outlive it. O(cells). */
td_status td_blocks_build(td_blocks *out, const td_binned *binned, const td_exec *exec,
                          td_error *err) TD_MUST_USE;

/* Rows laid out one after the other: the whole table, or a copy of one branch's rows (shelf.h). A
 * row's place on a shelf is its number there. */
typedef struct td_shelf {
    uint64_t n;
    uint8_t **code;               /* [n_panels] codes of a panel: [n << shift] */
    uint64_t *packed;             /* [n] narrow gradients */
    uint32_t *place;              /* [n] place on the shelf below; NULL for the whole table */
    const struct td_shelf *below; /* the shelf that this is a copy from; NULL for the whole table */
} td_shelf;

/* Exactly one is set. */
typedef struct td_hist {
    uint64_t *packed; /* [n_slots * TD_HIST_STRIDE] */
    int64_t *sums;    /* [n_slots * TD_SUMS_STRIDE] */
} td_hist;

/* What to count: n places of a shelf in one block, place[0..n), or first .. first + n - 1 when place
 * is NULL. */
typedef struct td_count {
    const td_blocks *blocks;
    uint32_t block;
    const td_shelf *shelf;
    const uint32_t *place;
    uint64_t first, n;
} td_count;

/* Set the bins of one block to zero in out[width * TD_HIST_STRIDE]. */
void td_hist_clear(uint64_t *out, const td_blocks *blocks, const td_block *block);

/* Add the rows to the histogram of one block, which must not come to hold more than TD_PACKED_ROWS.
 * ~0.4 ns per row and feature from the cache. */
void td_hist_add(uint64_t *out, const td_count *count);

/* The same for the wide form of gradients, any number of rows of the whole table;
 * out[width * TD_SUMS_STRIDE]. */
void td_hist_sums(int64_t *out, const td_count *count, const td_quantised *q);

/* sums += sign * packed over the bins of one slot; sign is 1 or -1. */
void td_hist_unpack(int64_t *sums, const uint64_t *packed, uint32_t n_bins, int sign);

/* packed = sums over the bins of one slot whose leaf has at most TD_PACKED_ROWS rows. */
void td_hist_pack(uint64_t *packed, const int64_t *sums, uint32_t n_bins);

#endif
