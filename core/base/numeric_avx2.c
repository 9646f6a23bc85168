/* core/base/numeric_avx2.c: exp, the logistic function and log on four lanes.
 *
 * The specification is numeric_exp.c and numeric_log.c; the expressions below are theirs, operand
 * by operand, so every lane rounds as the scalar form does. Where the scalar form chooses (clamps,
 * subnormals, NaN, zero, infinity) all lanes compute and a mask picks. AVX2 has no arithmetic
 * 64-bit shift and no conversion from 64-bit integers, hence the bias in scale_halves and the
 * detour over the bits of 2^52. The ragged end is done by the scalar form. */
#include "core/base/numeric.h"
#include "core/base/numeric_simd.h"

#if defined(__AVX2__)

#include <immintrin.h>

#include "core/base/numeric_core.h"

enum { LANES = 4 };

static inline __m256d all(double x) { return _mm256_set1_pd(x); }

static inline __m256i all_bits(uint64_t x) { return _mm256_set1_epi64x((long long)x); }

/* mask ? yes : no, lane by lane */
static inline __m256d pick(__m256d mask, __m256d yes, __m256d no) {
    return _mm256_blendv_pd(no, yes, mask);
}

static inline __m256d is_less(__m256d a, __m256d b) { return _mm256_cmp_pd(a, b, _CMP_LT_OQ); }

/* y, but the one NaN where x is any NaN */
static inline __m256d nan_where_nan(__m256d x, __m256d y) {
    return pick(_mm256_cmp_pd(x, x, _CMP_UNORD_Q), all(TD_NAN), y);
}

/* As exp_poly in numeric_exp.c: the order of the sums decides the bits. */
static inline __m256d exp_poly(__m256d r, __m256d r2) {
    const double *c = td_exp_coef;
    __m256d p01 = all(c[0]) + all(c[1]) * r, p23 = all(c[2]) + all(c[3]) * r;
    __m256d p45 = all(c[4]) + all(c[5]) * r, p67 = all(c[6]) + all(c[7]) * r;
    __m256d p89 = all(c[8]) + all(c[9]) * r;
    return p01 + r2 * (p23 + r2 * (p45 + r2 * (p67 + r2 * (p89 + r2 * all(c[10])))));
}

static inline __m256d power_of_two(__m256i k) {
    __m256i exponent = _mm256_slli_epi64(_mm256_add_epi64(k, all_bits(1023)), 52);
    return _mm256_castsi256_pd(exponent);
}

/* y 2^k in two steps, since 2^k alone may be out of range */
static inline __m256d scale_halves(__m256d y, __m256i k) {
    __m256i half = _mm256_srli_epi64(_mm256_add_epi64(k, all_bits(4096)), 1);
    half = _mm256_sub_epi64(half, all_bits(2048));
    return y * power_of_two(half) * power_of_two(_mm256_sub_epi64(k, half));
}

/* exp without the NaN rule; reduce, polynomial and scaling of numeric_exp.c in one. */
static inline __m256d exp_clamped(__m256d x) {
    x = pick(is_less(x, all(TD_EXP_MIN)), all(TD_EXP_MIN), x);
    x = pick(is_less(all(TD_EXP_MAX), x), all(TD_EXP_MAX), x);
    __m256d shifted = x * all(TD_INV_LN2) + all(TD_ROUNDER);
    __m256d kd = shifted - all(TD_ROUNDER);
    __m256d r_hi = x - kd * all(TD_LN2_HI);
    __m256d low = kd * all(TD_LN2_LO);
    __m256d r = r_hi - low;
    __m256d r_lo = (r_hi - r) - low;
    __m256d r2 = r * r;
    __m256d rest = r2 * exp_poly(r, r2) + r_lo;
    __m256d high = all(1.0) + r;
    __m256d y = high + ((r - (high - all(1.0))) + rest);
    __m256i k = _mm256_castpd_si256(shifted);
    return scale_halves(y, _mm256_sub_epi64(k, _mm256_castpd_si256(all(TD_ROUNDER))));
}

/* As log_poly in numeric_log.c. */
static inline __m256d log_poly(__m256d z) {
    const double *c = td_log_coef;
    __m256d z2 = z * z;
    __m256d p01 = all(c[0]) + all(c[1]) * z, p23 = all(c[2]) + all(c[3]) * z;
    __m256d p45 = all(c[4]) + all(c[5]) * z;
    return z * (p01 + z2 * (p23 + z2 * (p45 + z2 * all(c[6]))));
}

/* Integers below 2^52 as doubles. */
static inline __m256d small_to_double(__m256i k) {
    __m256i bits = _mm256_or_si256(k, _mm256_castpd_si256(all(0x1p52)));
    return _mm256_castsi256_pd(bits) - all(0x1p52);
}

/* td_log: the mantissa and k from the bits, then the edges picked in. */
static inline __m256d log_lanes(__m256d x) {
    __m256d is_small = is_less(x, all(0x1p-1022));
    __m256i bits = _mm256_castpd_si256(pick(is_small, x * all(0x1p54), x));
    __m256i offset = all_bits(((uint64_t)1024 << 52) - TD_SQRT_HALF_BITS);
    __m256i biased = _mm256_srli_epi64(_mm256_add_epi64(bits, offset), 52);
    __m256d k = small_to_double(biased) - pick(is_small, all(1078.0), all(1024.0));
    __m256i shift = _mm256_slli_epi64(_mm256_sub_epi64(biased, all_bits(1024)), 52);
    __m256d f = _mm256_castsi256_pd(_mm256_sub_epi64(bits, shift)) - all(1.0);
    __m256d s = f / (all(2.0) + f);
    __m256d half_f2 = all(0.5) * f * f;
    __m256d small = half_f2 - (s * (half_f2 + log_poly(s * s)) + k * all(TD_LN2_LO));
    __m256d base = k * all(TD_LN2_HI);
    __m256d high = base + f;
    __m256d y = high + ((f - (high - base)) - small);
    __m256d is_positive = is_less(_mm256_setzero_pd(), x);
    __m256d edge = pick(is_positive, all(TD_INF), all(TD_NAN));
    edge = pick(_mm256_cmp_pd(x, _mm256_setzero_pd(), _CMP_EQ_OQ), all(-TD_INF), edge);
    return pick(_mm256_and_pd(is_positive, is_less(x, all(TD_INF))), y, edge);
}

void td_exp_array_avx2(double *out, const double *x, uint64_t n) {
    uint64_t i = 0;
    for (; i + LANES <= n; i += LANES) {
        __m256d v = _mm256_loadu_pd(x + i);
        _mm256_storeu_pd(out + i, nan_where_nan(v, exp_clamped(v)));
    }
    td_exp_array_scalar(out + i, x + i, n - i);
}

void td_sigmoid_array_avx2(double *out, const double *x, uint64_t n) {
    uint64_t i = 0;
    for (; i + LANES <= n; i += LANES) {
        __m256d v = _mm256_loadu_pd(x + i);
        __m256d e = exp_clamped(_mm256_or_pd(v, all(-0.0)));
        __m256d above = pick(is_less(v, _mm256_setzero_pd()), e, all(1.0));
        _mm256_storeu_pd(out + i, nan_where_nan(v, above / (all(1.0) + e)));
    }
    td_sigmoid_array_scalar(out + i, x + i, n - i);
}

void td_log_array_avx2(double *out, const double *x, uint64_t n) {
    uint64_t i = 0;
    for (; i + LANES <= n; i += LANES) {
        _mm256_storeu_pd(out + i, log_lanes(_mm256_loadu_pd(x + i)));
    }
    td_log_array_scalar(out + i, x + i, n - i);
}

#endif
