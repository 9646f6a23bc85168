/* gbdt/hist.h: histograms of integer gradients over the bins of every feature.
 *
 * Codes are stored a second time, row by row. A track is one byte a row: the code of a feature, or
 * the joint code of several features with few bins (blocks.c). Up to 60 tracks stand together in a
 * panel, followed by the row's gradients: one cache line or less, and a scattered row costs one
 * miss a panel. A panel is counted in blocks of up to 16 tracks, whose histogram stays in the level
 * 1 cache:
 *
 *     panel 0, 28 tracks, 32 bytes a row
 *     row 0 |t0 t1 ... t13|t14 t15 ... t27| word |
 *     row 1 |t0 t1 ... t13|t14 t15 ... t27| word |
 *            block 0       block 1         gradients (quantise.h)
 *
 * Features with a single bin cannot split and have no place here; a feature with a place has a slot
 * 0 .. n_slots-1 (ascending by feature). The histogram of track t starts at t * TD_HIST_STRIDE. 260
 * and not 256 words: with a power of two the same bin of all tracks falls into the same cache set.
 *
 * A leaf's histogram has one of two forms:
 *     packed  one word a bin (quantise.h), for leaves of up to TD_PACKED_ROWS rows
 *     sums    three planes a track: |grad x 260|hess x 260|rows x 260|, 64-bit each, any leaf
 *
 * The last word of a track has no bin: it marks the members that are closed, which can split
 * neither this leaf nor one below it (children.c). If all are, the track's bins mean nothing. */
#ifndef TD_GBDT_HIST_H
#define TD_GBDT_HIST_H

#include <stdint.h>

#include "gbdt/binning.h"
#include "gbdt/quantise.h"
#include "gbdt/tree.h"

enum {
    TD_HIST_STRIDE = 260,
    TD_SUMS_STRIDE = 3 * TD_HIST_STRIDE,
    TD_BLOCK_TRACKS = 16,
    TD_PANEL_TRACKS = 60,
    TD_PANEL_BLOCKS = 4,
    TD_TILE_WORDS = TD_PANEL_TRACKS * TD_HIST_STRIDE, /* histograms of a panel */
    TD_TRACK_MEMBERS = 8                              /* 2^8 codes */
};

typedef struct td_slot {
    uint32_t feature;
    uint32_t track;
    uint32_t factor;     /* its code within the track's: code / factor % n_bins */
    const td_bins *bins; /* borrowed */
} td_slot;

typedef struct td_track {
    uint32_t n_codes; /* product of the members' bins, <= 256 */
    uint32_t block;
    uint32_t n_members;
    uint32_t member[TD_TRACK_MEMBERS]; /* slots */
} td_track;

typedef struct td_block {
    uint32_t first;  /* first track */
    uint32_t width;  /* tracks, 1..16 */
    uint32_t panel;  /* where its codes are */
    uint32_t offset; /* byte of the first track in a row of the panel */
} td_block;

typedef struct td_panel {
    uint32_t first, width;          /* tracks */
    uint32_t first_block, n_blocks; /* at most 4 blocks */
    uint32_t word;                  /* byte of the gradients in a row: width rounded up to 4 */
    uint32_t stride;                /* bytes a row: word + 4 <= 64 */
} td_panel;

typedef struct td_blocks {
    uint64_t n_rows;
    uint32_t n_slots, n_tracks, n_blocks, n_panels;
    td_slot *slot;   /* [n_slots] */
    td_track *track; /* [n_tracks] */
    td_block *block; /* [n_blocks] */
    td_panel *panel; /* [n_panels] */
    uint8_t **code;  /* [n_panels] rows one after the other: [n_rows * stride] */
} td_blocks;

void td_blocks_free(td_blocks *blocks);

/* Lay out the codes of the training rows. *out owned*; `binned` must outlive it. O(cells). */
td_status td_blocks_build(td_blocks *out, const td_binned *binned, const td_exec *exec,
                          td_error *err) TD_MUST_USE;

/* Write a tree's narrow gradients word[n_rows] into n rows of a panel: row[0..n), or first ..
 * first + n - 1 when row is NULL. */
void td_blocks_put_words(td_blocks *blocks, uint32_t panel, const uint32_t *word,
                         const uint32_t *row, uint64_t first, uint64_t n);

/* Rows row[n], with what was written into them, laid out by themselves: row i of *out is row[i] of
 * `from`, which must outlive it. *out owned, also on failure: td_blocks_free_rows*. O(n). */
td_status td_blocks_copy_rows(td_blocks *out, const td_blocks *from, const uint32_t *row,
                              uint64_t n, td_error *err) TD_MUST_USE;
void td_blocks_free_rows(td_blocks *rows);

/* Codes of the slot's track whose part for the slot is in `left`. */
td_bin_set td_blocks_joint_set(const td_blocks *blocks, uint32_t slot, const td_bin_set *left);

/* Exactly one is set. */
typedef struct td_hist {
    uint64_t *packed; /* [n_tracks * TD_HIST_STRIDE] */
    int64_t *sums;    /* [n_tracks * TD_SUMS_STRIDE] */
} td_hist;

/* Closed members of a track: bit m is member m. */
static inline uint64_t td_hist_closed(const td_hist *hist, uint64_t track) {
    if (hist->packed != NULL) return hist->packed[(track + 1) * TD_HIST_STRIDE - 1];
    return (uint64_t)hist->sums[track * TD_SUMS_STRIDE + TD_HIST_STRIDE - 1];
}

static inline void td_hist_set_closed(const td_hist *hist, uint64_t track, uint64_t members) {
    if (hist->packed != NULL) {
        hist->packed[(track + 1) * TD_HIST_STRIDE - 1] = members;
    } else {
        hist->sums[track * TD_SUMS_STRIDE + TD_HIST_STRIDE - 1] = (int64_t)members;
    }
}

/* What to count: n rows in one block, row[0..n), or first .. first + n - 1 when row is NULL. */
typedef struct td_count {
    const td_blocks *blocks;
    uint32_t block;
    const uint32_t *row;
    uint64_t first, n;
    const uint32_t *soon; /* [n_soon] rows that will be counted next; n_soon <= n */
    uint64_t n_soon;
} td_count;

/* Set the bins of one block to zero in out[width * TD_HIST_STRIDE]. */
void td_hist_clear(uint64_t *out, const td_blocks *blocks, const td_block *block);

/* Add the rows to the histogram of one block, which must not come to hold more than TD_PACKED_ROWS.
 * ~0.4 ns per row and feature from the cache. */
void td_hist_add(uint64_t *out, const td_count *count);

/* The same for the wide form of gradients, any number of rows of the whole table;
 * out[width * TD_SUMS_STRIDE]. */
void td_hist_sums(int64_t *out, const td_count *count, const td_quantised *q);
void td_hist_sums_add(int64_t *out, const td_count *count, const td_quantised *q);

/* sums += sign * packed over the codes of one track; sign is 1 or -1. */
void td_hist_unpack(int64_t *sums, const uint64_t *packed, uint32_t n_codes, int sign);
void td_hist_unpack_scalar(int64_t *sums, const uint64_t *packed, uint32_t n_codes, int sign);
void td_hist_unpack_avx512(int64_t *sums, const uint64_t *packed, uint32_t n_codes, int sign);

/* word -= less over the codes of one track. */
void td_hist_subtract(uint64_t *word, const uint64_t *less, uint32_t n_codes);
void td_hist_subtract_scalar(uint64_t *word, const uint64_t *less, uint32_t n_codes);
void td_hist_subtract_avx512(uint64_t *word, const uint64_t *less, uint32_t n_codes);

/* parent -= small in one track, number `track` of both. A small packed histogram can be taken from
 * planes, planes not from a packed one. */
void td_hist_take(const td_hist *parent, const td_hist *small, uint64_t track, uint32_t n_codes);

/* packed = sums over the codes of one track whose leaf has at most TD_PACKED_ROWS rows. */
void td_hist_pack(uint64_t *packed, const int64_t *sums, uint32_t n_codes);

#endif
