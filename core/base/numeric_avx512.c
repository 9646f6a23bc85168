/* core/base/numeric_avx512.c: exp, the logistic function and log on eight lanes.
 *
 * The specification is numeric_exp.c and numeric_log.c; the expressions below are theirs, operand
 * by operand, so every lane rounds as the scalar form does. Where the scalar form chooses (clamps,
 * subnormals, NaN, zero, infinity) all lanes compute and a mask picks. The instruction set contains
 * fused multiply-add; -ffp-contract=off keeps the compiler from using it, and a test on the bits
 * would notice. The ragged end is done by the scalar form. */
#include "core/base/numeric.h"
#include "core/base/numeric_simd.h"

#if defined(__AVX512F__) && defined(__AVX512DQ__)

#include <immintrin.h>

#include "core/base/numeric_core.h"

enum { LANES = 8 };

static inline __m512d all(double x) { return _mm512_set1_pd(x); }

static inline __m512i all_bits(uint64_t x) { return _mm512_set1_epi64((long long)x); }

/* mask ? yes : no, lane by lane */
static inline __m512d pick(__mmask8 mask, __m512d yes, __m512d no) {
    return _mm512_mask_blend_pd(mask, no, yes);
}

static inline __mmask8 is_less(__m512d a, __m512d b) {
    return _mm512_cmp_pd_mask(a, b, _CMP_LT_OQ);
}

/* y, but the one NaN where x is any NaN */
static inline __m512d nan_where_nan(__m512d x, __m512d y) {
    return pick(_mm512_cmp_pd_mask(x, x, _CMP_UNORD_Q), all(TD_NAN), y);
}

/* As exp_poly in numeric_exp.c: the order of the sums decides the bits. */
static inline __m512d exp_poly(__m512d r, __m512d r2) {
    const double *c = td_exp_coef;
    __m512d p01 = all(c[0]) + all(c[1]) * r, p23 = all(c[2]) + all(c[3]) * r;
    __m512d p45 = all(c[4]) + all(c[5]) * r, p67 = all(c[6]) + all(c[7]) * r;
    __m512d p89 = all(c[8]) + all(c[9]) * r;
    return p01 + r2 * (p23 + r2 * (p45 + r2 * (p67 + r2 * (p89 + r2 * all(c[10])))));
}

static inline __m512d power_of_two(__m512i k) {
    __m512i exponent = _mm512_slli_epi64(_mm512_add_epi64(k, all_bits(1023)), 52);
    return _mm512_castsi512_pd(exponent);
}

/* y 2^k in two steps, since 2^k alone may be out of range */
static inline __m512d scale_halves(__m512d y, __m512i k) {
    __m512i half = _mm512_srli_epi64(_mm512_add_epi64(k, all_bits(4096)), 1);
    half = _mm512_sub_epi64(half, all_bits(2048));
    return y * power_of_two(half) * power_of_two(_mm512_sub_epi64(k, half));
}

/* exp without the NaN rule; reduce, polynomial and scaling of numeric_exp.c in one. */
static inline __m512d exp_clamped(__m512d x) {
    x = pick(is_less(x, all(TD_EXP_MIN)), all(TD_EXP_MIN), x);
    x = pick(is_less(all(TD_EXP_MAX), x), all(TD_EXP_MAX), x);
    __m512d shifted = x * all(TD_INV_LN2) + all(TD_ROUNDER);
    __m512d kd = shifted - all(TD_ROUNDER);
    __m512d r_hi = x - kd * all(TD_LN2_HI);
    __m512d low = kd * all(TD_LN2_LO);
    __m512d r = r_hi - low;
    __m512d r_lo = (r_hi - r) - low;
    __m512d r2 = r * r;
    __m512d rest = r2 * exp_poly(r, r2) + r_lo;
    __m512d high = all(1.0) + r;
    __m512d y = high + ((r - (high - all(1.0))) + rest);
    __m512i k = _mm512_castpd_si512(shifted);
    return scale_halves(y, _mm512_sub_epi64(k, _mm512_castpd_si512(all(TD_ROUNDER))));
}

/* As log_poly in numeric_log.c. */
static inline __m512d log_poly(__m512d z) {
    const double *c = td_log_coef;
    __m512d z2 = z * z;
    __m512d p01 = all(c[0]) + all(c[1]) * z, p23 = all(c[2]) + all(c[3]) * z;
    __m512d p45 = all(c[4]) + all(c[5]) * z;
    return z * (p01 + z2 * (p23 + z2 * (p45 + z2 * all(c[6]))));
}

/* td_log: the mantissa and k from the bits, then the edges picked in. */
static inline __m512d log_lanes(__m512d x) {
    __mmask8 is_small = is_less(x, all(0x1p-1022));
    __m512i bits = _mm512_castpd_si512(pick(is_small, x * all(0x1p54), x));
    __m512i offset = all_bits(((uint64_t)1024 << 52) - TD_SQRT_HALF_BITS);
    __m512i biased = _mm512_srli_epi64(_mm512_add_epi64(bits, offset), 52);
    __m512d k = _mm512_cvtepi64_pd(biased) - pick(is_small, all(1078.0), all(1024.0));
    __m512i shift = _mm512_slli_epi64(_mm512_sub_epi64(biased, all_bits(1024)), 52);
    __m512d f = _mm512_castsi512_pd(_mm512_sub_epi64(bits, shift)) - all(1.0);
    __m512d s = f / (all(2.0) + f);
    __m512d half_f2 = all(0.5) * f * f;
    __m512d small = half_f2 - (s * (half_f2 + log_poly(s * s)) + k * all(TD_LN2_LO));
    __m512d base = k * all(TD_LN2_HI);
    __m512d high = base + f;
    __m512d y = high + ((f - (high - base)) - small);
    __mmask8 is_positive = is_less(_mm512_setzero_pd(), x);
    __m512d edge = pick(is_positive, all(TD_INF), all(TD_NAN));
    edge = pick(_mm512_cmp_pd_mask(x, _mm512_setzero_pd(), _CMP_EQ_OQ), all(-TD_INF), edge);
    return pick((__mmask8)(is_positive & is_less(x, all(TD_INF))), y, edge);
}

void td_exp_array_avx512(double *out, const double *x, uint64_t n) {
    uint64_t i = 0;
    for (; i + LANES <= n; i += LANES) {
        __m512d v = _mm512_loadu_pd(x + i);
        _mm512_storeu_pd(out + i, nan_where_nan(v, exp_clamped(v)));
    }
    td_exp_array_scalar(out + i, x + i, n - i);
}

void td_sigmoid_array_avx512(double *out, const double *x, uint64_t n) {
    uint64_t i = 0;
    for (; i + LANES <= n; i += LANES) {
        __m512d v = _mm512_loadu_pd(x + i);
        __m512d e = exp_clamped(_mm512_or_pd(v, all(-0.0)));
        __m512d above = pick(is_less(v, _mm512_setzero_pd()), e, all(1.0));
        _mm512_storeu_pd(out + i, nan_where_nan(v, above / (all(1.0) + e)));
    }
    td_sigmoid_array_scalar(out + i, x + i, n - i);
}

void td_log_array_avx512(double *out, const double *x, uint64_t n) {
    uint64_t i = 0;
    for (; i + LANES <= n; i += LANES) {
        _mm512_storeu_pd(out + i, log_lanes(_mm512_loadu_pd(x + i)));
    }
    td_log_array_scalar(out + i, x + i, n - i);
}

#endif
