/* gbdt/bitmap.c: stable division of rows that are kept as bits.
 *
 * 1. Words of 64 rows, in parallel chunks: look the codes up, part the bits, count the lefts.
 * 2. Where a side is wanted as a list too, running sums of the counts give every chunk its places,
 *    and each chunk writes its rows there.
 *
 * Where a chunk begins does not show in the result. Cost: step 1 a byte and a bit or two of memory
 * for every row of the table (the scalar twin: some operations for every row of the branch); step 2
 * four bytes a row of the list. */
#include "gbdt/bitmap.h"

#include <string.h>

#include "core/base/cpu.h"
#include "core/base/mem.h"

enum { CHUNK_WORDS = 2048 };

td_bitmap_tally td_bitmap_part_scalar(const td_bitmap_division *how, uint64_t begin, uint64_t end) {
    uint8_t goes_left[256];
    for (uint32_t b = 0; b < 256; b++) goes_left[b] = (uint8_t)td_bin_set_has(how->left, b);
    td_bitmap_tally n = {0, 0};
    for (uint64_t w = begin; w < end; w++) {
        uint64_t rows = td_bitmap_word(how, w), left = 0;
        const uint8_t *code = how->code + 64 * w;
        for (uint64_t rest = rows; rest != 0; rest &= rest - 1) {
            int k = __builtin_ctzll(rest);
            left |= (uint64_t)goes_left[code[k]] << k;
        }
        how->to_left[w] = left;
        how->to_right[w] = rows & ~left;
        n.left += (uint64_t)__builtin_popcountll(left);
        n.right += (uint64_t)__builtin_popcountll(rows & ~left);
    }
    return n;
}

uint64_t td_bitmap_list_scalar(uint32_t *out, uint64_t n, const uint64_t *bits, uint64_t begin,
                               uint64_t end) {
    uint64_t at = 0;
    for (uint64_t w = begin; w < end; w++) {
        for (uint64_t rest = bits[w]; rest != 0; rest &= rest - 1, at++) {
            if (at < n) out[at] = (uint32_t)(64 * w + (uint64_t)__builtin_ctzll(rest));
        }
    }
    return at;
}

void td_bitmap_fill_scalar(uint32_t *to, uint32_t value, const uint64_t *bits, uint64_t begin,
                           uint64_t end) {
    for (uint64_t w = begin; w < end; w++) {
        for (uint64_t rest = bits[w]; rest != 0; rest &= rest - 1) {
            to[64 * w + (uint64_t)__builtin_ctzll(rest)] = value;
        }
    }
}

static td_bitmap_tally part(const td_bitmap_division *how, uint64_t begin, uint64_t end) {
#if defined(__x86_64__)
    if (td_cpu_simd() == TD_SIMD_AVX512) return td_bitmap_part_avx512(how, begin, end);
#endif
    return td_bitmap_part_scalar(how, begin, end);
}

uint64_t td_bitmap_list(uint32_t *out, uint64_t n, const uint64_t *bits, uint64_t begin,
                        uint64_t end) {
#if defined(__x86_64__)
    if (td_cpu_simd() == TD_SIMD_AVX512) return td_bitmap_list_avx512(out, n, bits, begin, end);
#endif
    return td_bitmap_list_scalar(out, n, bits, begin, end);
}

void td_bitmap_fill(uint32_t *to, uint32_t value, const uint64_t *bits, uint64_t begin,
                    uint64_t end) {
#if defined(__x86_64__)
    if (td_cpu_simd() == TD_SIMD_AVX512) {
        td_bitmap_fill_avx512(to, value, bits, begin, end);
        return;
    }
#endif
    td_bitmap_fill_scalar(to, value, bits, begin, end);
}

void td_bitmap_set(uint64_t *bits, uint64_t n_rows, const uint32_t *row, uint64_t n) {
    memset(bits, 0, td_bitmap_words(n_rows) * sizeof *bits);
    for (uint64_t i = 0; i < n; i++) bits[row[i] / 64] |= (uint64_t)1 << row[i] % 64;
}

/* ---- both steps ------------------------------------------------------------------------------ */

typedef struct job {
    const td_bitmap_division *how;
    td_bitmap_tally *tally; /* [chunks + 1] rows of a chunk, then of the chunks before it */
} job;

/* Step 1. */
static td_status part_chunk(void *ctx, td_chunk chunk, td_error *err) {
    (void)err;
    const job *work = ctx;
    work->tally[chunk.index] = part(work->how, chunk.begin, chunk.end);
    return TD_OK;
}

static td_status sum_up(const job *work, uint64_t n_chunks, td_error *err) {
    td_bitmap_tally sum = {0, 0};
    for (uint64_t k = 0; k <= n_chunks; k++) {
        td_bitmap_tally here = k < n_chunks ? work->tally[k] : (td_bitmap_tally){0, 0};
        work->tally[k] = sum;
        sum = (td_bitmap_tally){sum.left + here.left, sum.right + here.right};
    }
    const td_bitmap_division *how = work->how;
    TD_CHECK(sum.left == how->n_left && sum.right == how->n_right, err, TD_ERR_INTERNAL,
             "a split sends %llu and %llu rows left and right, its histogram says %llu and %llu",
             (unsigned long long)sum.left, (unsigned long long)sum.right,
             (unsigned long long)how->n_left, (unsigned long long)how->n_right);
    return TD_OK;
}

/* Step 2. */
static td_status list_chunk(void *ctx, td_chunk chunk, td_error *err) {
    (void)err;
    const job *work = ctx;
    const td_bitmap_division *how = work->how;
    td_bitmap_tally from = work->tally[chunk.index], to = work->tally[chunk.index + 1];
    if (how->list_left != NULL) {
        (void)td_bitmap_list(how->list_left + from.left, to.left - from.left, how->to_left,
                             chunk.begin, chunk.end);
    }
    if (how->list_right != NULL) {
        (void)td_bitmap_list(how->list_right + from.right, to.right - from.right, how->to_right,
                             chunk.begin, chunk.end);
    }
    return TD_OK;
}

td_status td_bitmap_divide(const td_bitmap_division *how, const td_exec *exec, td_error *err) {
    uint64_t n_words = td_bitmap_words(how->n_rows), threads = (uint64_t)td_exec_threads(exec);
    uint64_t n_turns = td_par_n_chunks(n_words, CHUNK_WORDS * threads);
    uint64_t grain = n_words < CHUNK_WORDS ? n_words : td_par_n_chunks(n_words, n_turns * threads);
    uint64_t n_chunks = td_par_n_chunks(n_words, grain);
    job work = {how, NULL};
    TD_NEW(work.tally, n_chunks + 1, err);
    td_status status = td_par_for(exec, n_words, grain, part_chunk, &work, err);
    if (status == TD_OK) status = sum_up(&work, n_chunks, err);
    int is_listed = how->list_left != NULL || how->list_right != NULL;
    if (status == TD_OK && is_listed) {
        status = td_par_for(exec, n_words, grain, list_chunk, &work, err);
    }
    td_mem_free(work.tally);
    return status;
}
