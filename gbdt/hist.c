/* gbdt/hist.c: the hot loop of training: for every row of a leaf and every track, add the row's
 * gradient to the bin that the row's code names.
 *
 *     for row in leaf:  v = word[row];  for t in block:  tile[t][code[row][t]] += v
 *
 * One 64-bit addition updates gradient, hessian and row count at once (quantise.h). A leaf's rows
 * are scattered over the table, so rows are fetched PREFETCH ahead, or, while the last block of a
 * panel is counted, those of the next batch (children.c): memory is busy all the time then and not
 * only during the first block. The inner loop is written out for each width, so that a track's
 * offset is a constant of the instruction: two instructions an update (load a code, add to memory).
 *
 * Bound: a tile takes at most TD_PACKED_ROWS rows, each |grad| <= 4095 and hess <= 4095, so no
 * field can overflow into its neighbour; larger leaves are summed tile by tile into 64-bit planes.
 * Cost: about one update a cycle; 16 * 260 * 8 bytes = 33 KB per tile.
 * Not done here: the layout (blocks.c), which rows (grow.c), subtraction of siblings
 * (children.c). */
#include "gbdt/hist.h"

#include <string.h>

#include "core/base/cpu.h"

enum { PREFETCH = 16, NEAR = 8 };

/* ---- packed ---------------------------------------------------------------------------------- */

#define INLINE static inline __attribute__((always_inline))

/* tile[track k of the block][code] += v; the test is decided when compiling. */
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

/* n rows of a panel: bytes from one to the next, and from its codes to its gradients. */
typedef struct rows_at {
    uint64_t n, stride, to_word;
} rows_at;

/* Add one row: its codes in the block, its gradients at `word`. */
INLINE void count_row(uint64_t *restrict tile, const uint8_t *restrict code, const uint8_t *word,
                      uint32_t width) {
    uint32_t gradients;
    memcpy(&gradients, word, sizeof gradients);
    add_row(tile, code, td_word_packed(gradients), width);
}

/* The bodies of a count; width is a constant of each caller. */
INLINE void count_sequence(uint64_t *restrict tile, const uint8_t *restrict code, rows_at at,
                           uint32_t width) {
    for (uint64_t i = 0; i < at.n; i++, code += at.stride) {
        count_row(tile, code, code + at.to_word, width);
    }
}

INLINE void count_scattered(uint64_t *restrict tile, const uint8_t *restrict code, rows_at at,
                            const uint32_t *restrict place, uint32_t width) {
    uint64_t n_ahead = at.n > PREFETCH ? at.n - PREFETCH : 0;
    for (uint64_t i = 0; i < at.n; i++) {
        if (i < n_ahead) __builtin_prefetch(code + place[i + PREFETCH] * at.stride);
        const uint8_t *row = code + place[i] * at.stride;
        count_row(tile, row, row + at.to_word, width);
    }
}

/* These rows are in the level 2 cache already; others are fetched into it meanwhile. */
INLINE void count_fetching(uint64_t *restrict tile, const uint8_t *restrict code, rows_at at,
                           const td_count *count, uint32_t width) {
    const uint32_t *restrict place = count->row, *restrict soon = count->soon;
    uint64_t n_ahead = at.n > NEAR ? at.n - NEAR : 0;
    for (uint64_t i = 0; i < at.n; i++) {
        if (i < n_ahead) __builtin_prefetch(code + place[i + NEAR] * at.stride);
        if (i < count->n_soon) __builtin_prefetch(code + soon[i] * at.stride, 0, 2);
        const uint8_t *row = code + place[i] * at.stride;
        count_row(tile, row, row + at.to_word, width);
    }
}

INLINE void count_width(uint64_t *restrict tile, const td_count *count, uint32_t width) {
    const td_block *block = &count->blocks->block[count->block];
    const td_panel *panel = &count->blocks->panel[block->panel];
    const uint8_t *code = count->blocks->code[block->panel] + block->offset;
    rows_at at = {count->n, panel->stride, panel->word - block->offset};
    if (count->row == NULL) {
        count_sequence(tile, code + count->first * at.stride, at, width);
    } else if (count->n_soon > 0) {
        count_fetching(tile, code, at, count, width);
    } else {
        count_scattered(tile, code, at, count->row, width);
    }
}

#define WIDTH(k)                                                                                   \
    case k:                                                                                        \
        count_width(out, count, k);                                                                \
        break

void td_hist_clear(uint64_t *out, const td_blocks *blocks, const td_block *block) {
    for (uint32_t j = 0; j < block->width; j++) {
        uint32_t n_codes = blocks->track[block->first + j].n_codes;
        memset(out + j * TD_HIST_STRIDE, 0, n_codes * sizeof *out);
    }
}

void td_hist_add(uint64_t *out, const td_count *count) {
    switch (count->blocks->block[count->block].width) {
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
}

/* ---- 64-bit planes --------------------------------------------------------------------------- */

static void clear_sums(int64_t *out, const td_count *count) {
    const td_block *block = &count->blocks->block[count->block];
    for (uint32_t j = 0; j < block->width; j++) {
        uint64_t bytes = count->blocks->track[block->first + j].n_codes * sizeof *out;
        int64_t *sums = out + j * TD_SUMS_STRIDE;
        memset(sums, 0, bytes);
        memset(sums + TD_HIST_STRIDE, 0, bytes);
        memset(sums + 2 * TD_HIST_STRIDE, 0, bytes);
    }
}

void td_hist_sums(int64_t *out, const td_count *count, const td_quantised *q) {
    clear_sums(out, count);
    td_hist_sums_add(out, count, q);
}

void td_hist_sums_add(int64_t *out, const td_count *count, const td_quantised *q) {
    const td_block *block = &count->blocks->block[count->block];
    const uint8_t *codes = count->blocks->code[block->panel] + block->offset;
    uint64_t stride = count->blocks->panel[block->panel].stride;
    for (uint64_t i = 0; i < count->n; i++) {
        uint64_t row = count->row != NULL ? count->row[i] : count->first + i;
        const uint8_t *code = codes + row * stride;
        int64_t grad = q->grad[row], hess = q->hess[row];
        for (uint32_t j = 0; j < block->width; j++) {
            int64_t *bin = out + j * TD_SUMS_STRIDE + code[j];
            bin[0] += grad;
            bin[TD_HIST_STRIDE] += hess;
            bin[2 * TD_HIST_STRIDE]++;
        }
    }
}

void td_hist_unpack_scalar(int64_t *sums, const uint64_t *packed, uint32_t n_codes, int sign) {
    int64_t *grad = sums, *hess = sums + TD_HIST_STRIDE, *rows = sums + 2 * TD_HIST_STRIDE;
    int64_t flip = sign < 0 ? -1 : 0; /* (x ^ flip) - flip = sign * x */
    for (uint32_t b = 0; b < n_codes; b++) {
        grad[b] += (td_packed_grad(packed[b]) ^ flip) - flip;
        hess[b] += (td_packed_hess(packed[b]) ^ flip) - flip;
        rows[b] += (td_packed_rows(packed[b]) ^ flip) - flip;
    }
}

void td_hist_unpack(int64_t *sums, const uint64_t *packed, uint32_t n_codes, int sign) {
#if defined(__x86_64__)
    if (td_cpu_simd() == TD_SIMD_AVX512) {
        td_hist_unpack_avx512(sums, packed, n_codes, sign);
        return;
    }
#endif
    td_hist_unpack_scalar(sums, packed, n_codes, sign);
}

void td_hist_subtract_scalar(uint64_t *word, const uint64_t *less, uint32_t n_codes) {
    for (uint32_t b = 0; b < n_codes; b++) word[b] -= less[b];
}

void td_hist_subtract(uint64_t *word, const uint64_t *less, uint32_t n_codes) {
#if defined(__x86_64__)
    if (td_cpu_simd() == TD_SIMD_AVX512) {
        td_hist_subtract_avx512(word, less, n_codes);
        return;
    }
#endif
    td_hist_subtract_scalar(word, less, n_codes);
}

void td_hist_pack(uint64_t *packed, const int64_t *sums, uint32_t n_codes) {
    const int64_t *hess = sums + TD_HIST_STRIDE, *rows = sums + 2 * TD_HIST_STRIDE;
    for (uint32_t b = 0; b < n_codes; b++) packed[b] = td_packed(sums[b], hess[b], rows[b]);
}

void td_hist_take(const td_hist *parent, const td_hist *small, uint64_t track, uint32_t n_codes) {
    uint64_t at = track * TD_HIST_STRIDE, sums_at = track * TD_SUMS_STRIDE;
    if (parent->packed != NULL) {
        td_hist_subtract(parent->packed + at, small->packed + at, n_codes);
        return;
    }
    int64_t *sums = parent->sums + sums_at;
    if (small->packed != NULL) {
        td_hist_unpack(sums, small->packed + at, n_codes, -1);
        return;
    }
    for (uint32_t plane = 0; plane < TD_SUMS_STRIDE; plane += TD_HIST_STRIDE) {
        const int64_t *less = small->sums + sums_at + plane;
        // NOLINTNEXTLINE(clang-analyzer-core.NullDereference): packed or sums, one is set
        for (uint32_t b = 0; b < n_codes; b++) sums[plane + b] -= less[b];
    }
}
