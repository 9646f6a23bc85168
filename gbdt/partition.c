/* gbdt/partition.c: stable division of row numbers by a set of codes.
 *
 * 1. Mark: look every row's code up, note one bit a row, count the lefts.
 * 2. Place: lefts and rights to their places, which the counts before them tell.
 *
 *        rows    3  7  8 12 15 20
 *        marks   1  0  1  0  0  1
 *        left    3  8 20              right   7 12 15
 *
 * One thread does both block by block, while a block is in the cache; lefts may go over the rows
 * already read. Several threads mark chunks, running sums of the counts give every chunk its
 * places, and each is placed. The result is the one a serial loop gives. No branch depends on the
 * data. Cost: one random byte read a row, and 8 bytes of row numbers. */
#include "gbdt/partition.h"

#include "core/base/cpu.h"
#include "core/base/mem.h"

enum { DIVIDE_GRAIN = 32768, BLOCK = 4096 };

uint64_t td_division_mark_scalar(uint16_t *mark, const td_division *how, uint64_t begin,
                                 uint64_t end) {
    uint8_t goes_left[256];
    for (uint32_t b = 0; b < 256; b++) goes_left[b] = (uint8_t)td_bin_set_has(how->left, b);
    uint64_t n_left = 0;
    for (uint64_t at = begin; at < end; at += 16) {
        uint32_t bits = 0;
        for (uint64_t k = 0; k < 16 && at + k < end; k++) {
            uint64_t row = how->row[at + k];
            bits |= (uint32_t)goes_left[how->code[row]] << k;
        }
        mark[(at - begin) / 16] = (uint16_t)bits;
        n_left += (uint64_t)__builtin_popcount(bits);
    }
    return n_left;
}

/* A row is written to the end of its side; the side is chosen by index, not by a jump. */
void td_division_place_scalar(const td_division *how, const td_division_part *part,
                              const uint16_t *mark) {
    uint32_t *to[2] = {how->to_right + part->right, how->to_left + part->left};
    for (uint64_t i = part->begin; i < part->end; i++) {
        uint32_t row = how->row[i];
        uint32_t is_left = mark[(i - part->begin) / 16] >> i % 16 & 1;
        *to[is_left]++ = row;
    }
}

static uint64_t mark_rows(uint16_t *mark, const td_division *how, uint64_t begin, uint64_t end) {
#if defined(__x86_64__)
    if (td_cpu_simd() == TD_SIMD_AVX512) return td_division_mark_avx512(mark, how, begin, end);
#endif
    return td_division_mark_scalar(mark, how, begin, end);
}

static void place_rows(const td_division *how, const td_division_part *part, const uint16_t *mark) {
#if defined(__x86_64__)
    if (td_cpu_simd() == TD_SIMD_AVX512) {
        td_division_place_avx512(how, part, mark);
        return;
    }
#endif
    td_division_place_scalar(how, part, mark);
}

/* Rows [begin, end), `left` of the rows before them went left. */
static td_division_part part_of(uint64_t begin, uint64_t end, uint64_t left, uint64_t n_left) {
    return (td_division_part){begin, end, left, left + n_left, begin - left, end - left - n_left};
}

static td_status wrong_count(const td_division *how, uint64_t n_left, td_error *err) {
    return td_fail(err, TD_ERR_INTERNAL, "a split sends %llu rows left, its histogram says %llu",
                   (unsigned long long)n_left, (unsigned long long)how->n_left);
}

static td_status divide_alone(const td_division *how, td_error *err) {
    uint16_t mark[BLOCK / 16];
    uint64_t left = 0;
    for (uint64_t begin = 0; begin < how->n; begin += BLOCK) {
        uint64_t end = begin + BLOCK < how->n ? begin + BLOCK : how->n;
        uint64_t n_left = mark_rows(mark, how, begin, end);
        td_division_part part = part_of(begin, end, left, n_left);
        left += n_left;
        if (left > how->n_left || part.right_end > how->n - how->n_left)
            return wrong_count(how, left, err);
        place_rows(how, &part, mark);
    }
    return left == how->n_left ? TD_OK : wrong_count(how, left, err);
}

/* ---- by all threads -------------------------------------------------------------------------- */

typedef struct job {
    const td_division *how;
    uint64_t *n_left; /* [chunks + 1] lefts of a chunk, then lefts before it */
} job;

static td_status mark_chunk(void *ctx, td_chunk chunk, td_error *err) {
    (void)err;
    const job *work = ctx;
    uint16_t *mark = work->how->mark + chunk.begin / 16;
    work->n_left[chunk.index] = mark_rows(mark, work->how, chunk.begin, chunk.end);
    return TD_OK;
}

static td_status place_chunk(void *ctx, td_chunk chunk, td_error *err) {
    (void)err;
    const job *work = ctx;
    uint64_t before = work->n_left[chunk.index], after = work->n_left[chunk.index + 1];
    td_division_part part = part_of(chunk.begin, chunk.end, before, after - before);
    place_rows(work->how, &part, work->how->mark + chunk.begin / 16);
    return TD_OK;
}

/* counts[0..n) become running sums, counts[n] the total. */
static uint64_t running_sums(uint64_t *counts, uint64_t n) {
    uint64_t sum = 0;
    for (uint64_t k = 0; k < n; k++) {
        uint64_t here = counts[k];
        counts[k] = sum;
        sum += here;
    }
    counts[n] = sum;
    return sum;
}

/* Chunks are multiples of 16 rows, as many for each thread; their cut does not show. */
td_status td_rows_divide(const td_division *how, const td_exec *exec, td_error *err) {
    uint64_t n = how->n, threads = (uint64_t)td_exec_threads(exec);
    if (how->mark == NULL || n == 0) return divide_alone(how, err);
    uint64_t n_turns = td_par_n_chunks(n, DIVIDE_GRAIN * threads);
    uint64_t grain = (td_par_n_chunks(n, n_turns * threads) + 15) & ~(uint64_t)15;
    uint64_t n_chunks = td_par_n_chunks(n, grain);
    job work = {how, NULL};
    TD_NEW(work.n_left, n_chunks + 1, err);
    td_status status = td_par_for(exec, n, grain, mark_chunk, &work, err);
    uint64_t n_left = running_sums(work.n_left, n_chunks);
    if (status == TD_OK && n_left != how->n_left) status = wrong_count(how, n_left, err);
    if (status == TD_OK) status = td_par_for(exec, n, grain, place_chunk, &work, err);
    td_mem_free(work.n_left);
    return status;
}
