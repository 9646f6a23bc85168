/* gbdt/quantise.c: from real gradients to integers. See quantise.h for the layouts.
 *
 * Histograms need sums over millions of rows in any order; sums of integers commute, sums of
 * doubles do not. So each gradient g becomes the integer
 *
 *     q = floor(g / unit + u_i),     unit = max|g| / 4096   (narrow)  or  max|g| / 2^b  (wide)
 *
 * with a dither u_i in [0, 1) and the unit rounded up to a power of two: then integers times unit
 * are exact, and split.c may judge sums in integers or in real numbers with the same bits. The mean
 * of q * unit over u is exactly g, so sums over many rows stay unbiased even where |g| is below one
 * unit (a rare class: negatives have g = 0.01 while positives have g = -1). u_i = frac(i * phi +
 * salt) is a Weyl sequence with irrational step (golden ratio for g, sqrt 2 for h): rows with equal
 * gradients round up in exactly the right proportion, whatever subset of a regular pattern they
 * form. It needs no state, so rows can be cut anywhere.
 *
 * The wide form rounds to nearest at b = min(40, 61 - ceil(log2 n)) bits: sums of n rows stay below
 * 2^62. Leaf values never use these integers (leaves.c sums real gradients).
 *
 * Cost: one pass over 16 bytes a row. Shi, Ke, Chen, Zheng, Liu (2022), "Quantized training of
 * gradient boosting decision trees", NeurIPS 35, show that even 3 bits keep a model's quality. */
#include "gbdt/quantise.h"

#include <math.h>
#include <string.h>

#include "core/base/cpu.h"
#include "core/base/mem.h"

enum { GRAIN = 32768, WIDE_BITS = 40, TAIL = 256 };

void td_quantised_free(td_quantised *q) {
    td_mem_free(q->word);
    td_mem_free(q->grad);
    td_mem_free(q->hess);
    memset(q, 0, sizeof *q);
}

typedef struct job {
    td_quantised *q;
    td_packing how;
} job;

/* Rows are numbered from 0 in the whole table: i * step mod 2^32 is the fraction of i * phi. */
static inline double dither(uint64_t i, uint32_t step, uint32_t salt) {
    return (double)((uint32_t)i * step + salt) * 0x1p-32;
}

static inline int64_t clamp(int64_t q, int64_t low, int64_t high) {
    return q < low ? low : q > high ? high : q;
}

void td_pack_scalar(uint32_t *word, const td_packing *how, uint64_t begin, uint64_t end) {
    for (uint64_t i = begin; i < end; i++) {
        double g = how->grad[i] * how->grad_factor + dither(i, TD_GRAD_STEP, how->salt);
        double h = how->hess[i] * how->hess_factor + dither(i, TD_HESS_STEP, how->salt);
        /* adding 4096 makes truncation a floor */
        int64_t q_grad = clamp((int32_t)(g + (TD_Q_MAX + 1)) - (TD_Q_MAX + 1), -TD_Q_MAX, TD_Q_MAX);
        int64_t q_hess = clamp((int32_t)h, 0, TD_Q_MAX);
        word[i] = td_word(q_grad, q_hess);
    }
}

static td_status pack_chunk(void *ctx, td_chunk chunk, td_error *err) {
    (void)err;
    const job *work = ctx;
#if defined(__x86_64__)
    if (td_cpu_simd() == TD_SIMD_AVX512) {
        td_pack_avx512(work->q->word, &work->how, chunk.begin, chunk.end);
        return TD_OK;
    }
#endif
    td_pack_scalar(work->q->word, &work->how, chunk.begin, chunk.end);
    return TD_OK;
}

static inline int64_t nearest(double x) { return (int64_t)floor(x + 0.5); }

static td_status widen_chunk(void *ctx, td_chunk chunk, td_error *err) {
    (void)err;
    const job *work = ctx;
    for (uint64_t i = chunk.begin; i < chunk.end; i++) {
        work->q->grad[i] = nearest(work->how.grad[i] * work->how.grad_factor);
        work->q->hess[i] = nearest(work->how.hess[i] * work->how.hess_factor);
    }
    return TD_OK;
}

int td_has_heavy_tail(td_gradient_range range, uint64_t n_rows) {
    double n = (double)n_rows;
    return range.max_grad * n > TAIL * range.sum_grad || range.max_hess * n > TAIL * range.sum_hess;
}

static int wide_bits(uint64_t n_rows) {
    int log2_rows = 0;
    while (((uint64_t)1 << log2_rows) < n_rows) log2_rows++;
    return 61 - log2_rows < WIDE_BITS ? 61 - log2_rows : WIDE_BITS;
}

/* Lowest power of two u with max / u <= most, itself a power of two. Units of numbers next to 0
 * stay at 2^-900, where their inverse is finite. */
static double unit_of(double max, double most) {
    double x = max > 0 ? fmax(max / most, 0x1p-900) : 1 / most;
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    const uint64_t fraction = ((uint64_t)1 << 52) - 1;
    bits = (bits + fraction) & ~fraction; /* carries into the exponent unless the fraction is 0 */
    memcpy(&x, &bits, sizeof x);
    return x;
}

static td_status reserve(td_quantised *q, td_error *err) {
    if (!q->is_wide && q->word == NULL) TD_NEW(q->word, q->n_rows, err);
    if (q->is_wide && q->grad == NULL) TD_NEW(q->grad, q->n_rows, err);
    if (q->is_wide && q->hess == NULL) TD_NEW(q->hess, q->n_rows, err);
    return TD_OK;
}

td_status td_quantise(td_quantised *q, const double *grad, const double *hess, uint64_t n_rows,
                      const td_quantise_how *how, td_error *err) {
    q->n_rows = n_rows;
    q->is_wide = how->must_be_wide || (how->may_be_wide && td_has_heavy_tail(how->range, n_rows));
    TD_TRY(reserve(q, err));
    double most = q->is_wide ? (double)((uint64_t)1 << wide_bits(n_rows)) : TD_Q_MAX + 1;
    q->grad_scale = unit_of(how->range.max_grad, most);
    q->hess_scale = unit_of(how->range.max_hess, most);
    job work = {q, {grad, hess, 1 / q->grad_scale, 1 / q->hess_scale, how->salt}};
    return td_par_for(how->exec, n_rows, GRAIN, q->is_wide ? widen_chunk : pack_chunk, &work, err);
}
