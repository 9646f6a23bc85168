/* gbdt/hist.c: the hot loop of training: for every row of a leaf and every feature, add the row's
 * gradient to the bin that the row's code names.
 *
 *     for row in leaf:  v = packed[row];  for f in block:  tile[f][code[row][f]] += v
 *
 * One 64-bit addition updates gradient, hessian and row count at once (quantise.h). A leaf's rows
 * are scattered over the table, so codes and gradients are fetched PREFETCH rows ahead. The inner
 * loop is written out for each width, so that a slot's offset is a constant of the instruction:
 * two instructions an update (load a code, add to memory).
 *
 * Bound: a tile takes at most TD_PACKED_ROWS rows, each |grad| <= 4095 and hess <= 4095, so no field
 * can overflow into its neighbour; larger leaves are summed tile by tile into 64-bit planes.
 * Cost: about one update a cycle; 16 * 260 * 8 bytes = 33 KB per tile.
 * Not done here: which rows and which leaf (grow.c), subtraction of siblings (grow.c). */
#include "gbdt/hist.h"

#include <string.h>

#include "core/base/mem.h"

enum { PREFETCH = 16 };

void td_blocks_free(td_blocks *blocks) {
    for (uint32_t b = 0; blocks->code != NULL && b < blocks->n_blocks; b++) {
        td_mem_free(blocks->code[b]);
    }
    td_mem_free(blocks->code);
    td_mem_free(blocks->block_of);
    td_mem_free(blocks->feature);
    td_mem_free(blocks->bin);
    td_mem_free(blocks->block);
    memset(blocks, 0, sizeof *blocks);
}

/* ---- layout ---------------------------------------------------------------------------------- */

/* Slots of all features that have at least two bins. */
static td_status assign_slots(td_blocks *blocks, const td_binned *binned, td_error *err) {
    TD_NEW(blocks->feature, binned->n_features, err);
    TD_NEW(blocks->bin, binned->n_features, err);
    for (uint32_t f = 0; f < binned->n_features; f++) {
        if (binned->bin[f].n_bins < 2) continue;
        blocks->feature[blocks->n_slots] = f;
        blocks->bin[blocks->n_slots++] = &binned->bin[f];
    }
    return TD_OK;
}

/* Blocks of nearly equal width; at least two when there are four slots for each. */
static td_status cut_blocks(td_blocks *blocks, td_error *err) {
    uint32_t n = blocks->n_slots;
    uint32_t n_blocks = (n + TD_BLOCK_FEATURES - 1) / TD_BLOCK_FEATURES;
    if (n_blocks == 1 && n >= 8) n_blocks = 2;
    TD_NEW_ZEROED(blocks->block, n_blocks, err);
    TD_NEW_ZEROED(blocks->code, n_blocks, err);
    TD_NEW(blocks->block_of, n, err);
    blocks->n_blocks = n_blocks;
    for (uint32_t b = 0; b < n_blocks; b++) {
        td_block *block = &blocks->block[b];
        block->first = (uint32_t)((uint64_t)b * n / n_blocks);
        block->width = (uint32_t)((uint64_t)(b + 1) * n / n_blocks) - block->first;
        block->stride = block->width <= 4 ? 4 : block->width <= 8 ? 8 : 16;
        for (uint32_t j = 0; j < block->width; j++) blocks->block_of[block->first + j] = b;
        TD_NEW(blocks->code[b], blocks->n_rows * block->stride, err);
    }
    return TD_OK;
}

enum { LAYOUT_GRAIN = 16384 };

typedef struct layout {
    td_blocks *blocks;
    const td_binned *binned;
} layout;

/* Transpose the codes of some rows. */
static td_status lay_out_rows(void *ctx, td_chunk chunk, td_error *err) {
    (void)err;
    const layout *job = ctx;
    for (uint32_t b = 0; b < job->blocks->n_blocks; b++) {
        const td_block *block = &job->blocks->block[b];
        uint64_t stride = block->stride;
        uint8_t *to = job->blocks->code[b];
        memset(to + chunk.begin * stride, 0, (chunk.end - chunk.begin) * stride);
        for (uint32_t j = 0; j < block->width; j++) {
            const uint8_t *code =
                td_binned_codes(job->binned, job->blocks->feature[block->first + j]);
            for (uint64_t i = chunk.begin; i < chunk.end; i++) to[i * stride + j] = code[i];
        }
    }
    return TD_OK;
}

td_status td_blocks_build(td_blocks *out, const td_binned *binned, const td_exec *exec,
                          td_error *err) {
    memset(out, 0, sizeof *out);
    out->n_rows = binned->n_rows;
    td_status status = assign_slots(out, binned, err);
    if (status == TD_OK) status = cut_blocks(out, err);
    layout job = {out, binned};
    if (status == TD_OK) {
        status = td_par_for(exec, binned->n_rows, LAYOUT_GRAIN, lay_out_rows, &job, err);
    }
    if (status != TD_OK) td_blocks_free(out);
    return status;
}

/* ---- packed ---------------------------------------------------------------------------------- */

#define INLINE static inline __attribute__((always_inline))

/* tile[slot k of the block][code] += v; the test is decided when compiling. */
#define ADD(k)                                                                                     \
    if (width > (k)) tile[(k)*TD_HIST_STRIDE + code[k]] += v

INLINE void add_row(uint64_t *restrict tile, const uint8_t *restrict code, uint64_t v,
                    uint32_t width) {
    ADD(0);
    ADD(1);
    ADD(2);
    ADD(3);
    ADD(4);
    ADD(5);
    ADD(6);
    ADD(7);
    ADD(8);
    ADD(9);
    ADD(10);
    ADD(11);
    ADD(12);
    ADD(13);
    ADD(14);
    ADD(15);
}

/* The body of a count; width, stride and the two questions are constants of each caller. */
INLINE void count_rows(uint64_t *restrict tile, const td_count *count, uint32_t width,
                       int is_scattered, int copies) {
    const uint64_t stride = width <= 4 ? 4 : width <= 8 ? 8 : 16;
    const uint8_t *restrict codes = count->shelf->code[count->block];
    const uint64_t *restrict packed = count->shelf->packed;
    uint8_t *restrict copy = copies ? count->copy_to->code[count->block] : NULL;
    if (copies) copy += count->copy_at * stride;
    uint64_t n_ahead = count->n > PREFETCH ? count->n - PREFETCH : 0;
    for (uint64_t i = 0; i < count->n; i++) {
        uint64_t at = is_scattered ? count->place[i] : count->first + i;
        if (is_scattered && i < n_ahead) {
            __builtin_prefetch(codes + count->place[i + PREFETCH] * stride);
            __builtin_prefetch(packed + count->place[i + PREFETCH]);
        }
        const uint8_t *code = codes + at * stride;
        if (copies) memcpy(copy + i * stride, code, stride);
        add_row(tile, code, packed[at], width);
    }
}

INLINE void count_width(uint64_t *restrict tile, const td_count *count, uint32_t width) {
    if (count->copy_to != NULL) {
        count_rows(tile, count, width, 1, 1);
    } else if (count->place != NULL) {
        count_rows(tile, count, width, 1, 0);
    } else {
        count_rows(tile, count, width, 0, 0);
    }
}

/* Gradients and row numbers travel once, with block 0. */
static void copy_gradients(const td_count *count) {
    const td_shelf *from = count->shelf;
    uint64_t *packed = count->copy_to->packed + count->copy_at;
    uint32_t *row = count->copy_to->row + count->copy_at;
    for (uint64_t i = 0; i < count->n; i++) {
        uint32_t at = count->place[i];
        packed[i] = from->packed[at];
        row[i] = from->row != NULL ? from->row[at] : at;
    }
}

#define WIDTH(k)                                                                                   \
    case k:                                                                                        \
        count_width(out, count, k);                                                                \
        break

void td_hist_packed(uint64_t *out, const td_count *count) {
    const td_block *block = &count->blocks->block[count->block];
    for (uint32_t j = 0; j < block->width; j++) {
        uint32_t n_bins = count->blocks->bin[block->first + j]->n_bins;
        memset(out + j * TD_HIST_STRIDE, 0, n_bins * sizeof *out);
    }
    switch (block->width) {
        WIDTH(1);
        WIDTH(2);
        WIDTH(3);
        WIDTH(4);
        WIDTH(5);
        WIDTH(6);
        WIDTH(7);
        WIDTH(8);
        WIDTH(9);
        WIDTH(10);
        WIDTH(11);
        WIDTH(12);
        WIDTH(13);
        WIDTH(14);
        WIDTH(15);
        WIDTH(16);
    }
    if (count->copy_to != NULL && count->block == 0) copy_gradients(count);
}

/* ---- 64-bit planes --------------------------------------------------------------------------- */

void td_hist_sums(int64_t *out, const td_count *count, const td_quantised *q) {
    const td_block *block = &count->blocks->block[count->block];
    for (uint32_t j = 0; j < block->width; j++) {
        uint64_t bytes = count->blocks->bin[block->first + j]->n_bins * sizeof *out;
        int64_t *sums = out + j * TD_SUMS_STRIDE;
        memset(sums, 0, bytes);
        memset(sums + TD_HIST_STRIDE, 0, bytes);
        memset(sums + 2 * TD_HIST_STRIDE, 0, bytes);
    }
    for (uint64_t i = 0; i < count->n; i++) {
        uint64_t row = count->place != NULL ? count->place[i] : count->first + i;
        const uint8_t *code = count->shelf->code[count->block] + row * block->stride;
        int64_t grad = q->grad[row], hess = q->hess[row];
        for (uint32_t j = 0; j < block->width; j++) {
            int64_t *bin = out + j * TD_SUMS_STRIDE + code[j];
            bin[0] += grad;
            bin[TD_HIST_STRIDE] += hess;
            bin[2 * TD_HIST_STRIDE]++;
        }
    }
}

void td_hist_unpack(int64_t *sums, const uint64_t *packed, uint32_t n_bins, int sign) {
    int64_t *grad = sums, *hess = sums + TD_HIST_STRIDE, *rows = sums + 2 * TD_HIST_STRIDE;
    int64_t flip = sign < 0 ? -1 : 0; /* (x ^ flip) - flip = sign * x */
    for (uint32_t b = 0; b < n_bins; b++) {
        grad[b] += (td_packed_grad(packed[b]) ^ flip) - flip;
        hess[b] += (td_packed_hess(packed[b]) ^ flip) - flip;
        rows[b] += (td_packed_rows(packed[b]) ^ flip) - flip;
    }
}

void td_hist_pack(uint64_t *packed, const int64_t *sums, uint32_t n_bins) {
    const int64_t *hess = sums + TD_HIST_STRIDE, *rows = sums + 2 * TD_HIST_STRIDE;
    for (uint32_t b = 0; b < n_bins; b++) packed[b] = td_packed(sums[b], hess[b], rows[b]);
}
