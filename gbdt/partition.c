/* gbdt/partition.c: stable division of row numbers by a set of codes.
 *
 * A leaf of at most one chunk: lefts are written over the rows already read, rights go to scratch
 * and are copied behind them. A larger leaf is cut into chunks, as many for each thread:
 *
 *     1. chunk k writes its lefts to scratch[begin_k ..] and its rights to scratch[n + begin_k ..]
 *     2. running sums of the counts give every chunk its two places
 *     3. chunk k copies its lefts and rights to their places
 *
 * The result is the one a serial loop gives. No branch depends on the data: each row is written to
 * both sides and one of the two ends advances. Cost: one random byte read a row. */
#include "gbdt/partition.h"

#include <string.h>

#include "core/base/cpu.h"
#include "core/base/mem.h"

enum { DIVIDE_GRAIN = 32768 };

uint64_t td_divide_scalar(uint32_t *to_left, uint32_t *to_right, const uint32_t *row, uint64_t n,
                          const td_division *how) {
    uint8_t goes_left[256];
    for (uint32_t b = 0; b < 256; b++) goes_left[b] = (uint8_t)td_bin_set_has(how->left, b);
    uint64_t n_left = 0;
    for (uint64_t i = 0; i < n; i++) {
        uint32_t r = row[i];
        uint64_t is_left = goes_left[how->code[(uint64_t)r * how->stride]];
        to_left[n_left] = r; /* n_left <= i: only rows already read are overwritten */
        to_right[i - n_left] = r;
        n_left += is_left;
    }
    return n_left;
}

static uint64_t divide(uint32_t *to_left, uint32_t *to_right, const uint32_t *row, uint64_t n,
                       const td_division *how) {
#if defined(__x86_64__)
    if (td_cpu_simd() == TD_SIMD_AVX512) return td_divide_avx512(to_left, to_right, row, n, how);
#endif
    return td_divide_scalar(to_left, to_right, row, n, how);
}

typedef struct job {
    uint32_t *row;
    uint64_t n;
    const td_division *how;
    uint64_t *n_left; /* [chunks] lefts of a chunk, then lefts before it */
    uint64_t total_left;
} job;

static td_status divide_chunk(void *ctx, td_chunk chunk, td_error *err) {
    (void)err;
    job *work = ctx;
    uint32_t *left = work->how->scratch + chunk.begin, *right = left + work->n;
    uint64_t length = chunk.end - chunk.begin;
    work->n_left[chunk.index] = divide(left, right, work->row + chunk.begin, length, work->how);
    return TD_OK;
}

static td_status place_chunk(void *ctx, td_chunk chunk, td_error *err) {
    (void)err;
    job *work = ctx;
    const uint32_t *left = work->how->scratch + chunk.begin, *right = left + work->n;
    uint64_t before = work->n_left[chunk.index];
    uint64_t n_left = work->n_left[chunk.index + 1] - before;
    uint64_t n_right = chunk.end - chunk.begin - n_left;
    memcpy(work->row + before, left, n_left * sizeof *left);
    memcpy(work->row + work->total_left + (chunk.begin - before), right, n_right * sizeof *right);
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

td_status td_rows_divide(uint32_t *row, uint64_t n, const td_division *how, uint64_t *n_left,
                         const td_exec *exec, td_error *err) {
    if (n <= DIVIDE_GRAIN / 4 || exec == NULL || td_exec_threads(exec) == 1) {
        *n_left = divide(row, how->scratch, row, n, how);
        memcpy(row + *n_left, how->scratch, (n - *n_left) * sizeof *row);
        return TD_OK;
    }
    uint64_t threads = (uint64_t)td_exec_threads(exec);
    uint64_t n_turns = td_par_n_chunks(n, DIVIDE_GRAIN * threads);
    uint64_t grain = (td_par_n_chunks(n, n_turns * threads) + 15) & ~(uint64_t)15;
    uint64_t n_chunks = td_par_n_chunks(n, grain);
    job work = {row, n, how, NULL, 0};
    TD_NEW(work.n_left, n_chunks + 1, err);
    td_status status = td_par_for(exec, n, grain, divide_chunk, &work, err);
    *n_left = work.total_left = running_sums(work.n_left, n_chunks);
    if (status == TD_OK) status = td_par_for(exec, n, grain, place_chunk, &work, err);
    td_mem_free(work.n_left);
    return status;
}
