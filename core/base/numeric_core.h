/* core/base/numeric_core.h: what the numeric_*.c files share; not for use outside core/base.
 *
 * Bits of doubles, polynomials, and "double-double" numbers: an unevaluated sum hi + lo of two
 * doubles, |lo| <= ulp(hi)/2, about 106 bits. The error-free steps are Knuth's and Dekker's:
 *
 *     two_sum(a, b):  hi = fl(a + b),  lo = (a + b) - hi exactly
 *     two_mul(a, b):  hi = fl(a * b),  lo = a * b - hi exactly (|a|, |b| < 2^996, no underflow)
 *
 * They hold only when the compiler neither contracts nor reorders, which the build flags forbid.
 * Dekker, "A floating-point technique for extending the available precision" (1971),
 * doi 10.1007/BF01397083. */
#ifndef TD_CORE_BASE_NUMERIC_CORE_H
#define TD_CORE_BASE_NUMERIC_CORE_H

#include <stdint.h>
#include <string.h>

/* The one NaN that every function returns, so that NaN results have the same bits everywhere. */
#define TD_NAN __builtin_nan("")
#define TD_INF __builtin_inf()

/* Adding and subtracting it rounds |x| < 2^51 to the nearest integer, ties to even. */
#define TD_ROUNDER 0x1.8p52

#define TD_LN2_HI  0x1.62e42fefa3800p-1 /* 42 bits: k * LN2_HI is exact for |k| < 2048 */
#define TD_LN2_LO  0x1.ef35793c76730p-45
#define TD_INV_LN2 0x1.71547652b82fep+0

/* Beyond these exp is infinite or zero; k = round(x / ln 2) stays inside [-1077, 1025]. */
#define TD_EXP_MAX 710.0
#define TD_EXP_MIN -746.0

/* exp(r) = 1 + r + r^2 (p[0] + p[1] r + ...) for |r| <= 0.3466, error < 2^-61. Interpolated at
 * Chebyshev nodes with 70 digits. */
static const double td_exp_coef[11] = {
    0x1.0000000000000p-1,  0x1.5555555555557p-3,  0x1.5555555555556p-5,  0x1.11111111100dcp-7,
    0x1.6c16c16c162d4p-10, 0x1.a01a01abe7fe1p-13, 0x1.a01a01a6d889cp-16, 0x1.71de0231960ebp-19,
    0x1.27e4db646b17ep-22, 0x1.af4de97ca4194p-26, 0x1.1f730349868cep-29,
};

/* log((1 + s) / (1 - s)) = s (2 + z (p[0] + p[1] z + ...)), z = s^2, |s| <= 0.1716, relative error
 * < 2^-57. */
static const double td_log_coef[7] = {
    0x1.5555555555558p-1, 0x1.99999999952ccp-2, 0x1.2492492df3ba9p-2, 0x1.c71c62e26208bp-3,
    0x1.7462b58e46ebep-3, 0x1.39fe42e9740a7p-3, 0x1.2b59b713616c9p-3,
};

/* Bits of sqrt(1/2): mantissas are taken from [sqrt(1/2), sqrt(2)). */
#define TD_SQRT_HALF_BITS 0x3fe6a09e667f3bcdU

typedef struct td_dd {
    double hi;
    double lo;
} td_dd;

static inline uint64_t td_bits(double x) {
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static inline double td_from_bits(uint64_t bits) {
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* 2^k, -1022 <= k <= 1023. */
static inline double td_pow2(int64_t k) { return td_from_bits((uint64_t)(k + 1023) << 52); }

/* c[0] + c[1] x + ... + c[n-1] x^(n-1), by Horner's rule. */
static inline double td_poly(double x, const double *c, int n) {
    double sum = c[n - 1];
    for (int i = n - 2; i >= 0; i--) sum = sum * x + c[i];
    return sum;
}

/* Exact a + b when |a| >= |b| or a = 0. */
static inline td_dd td_two_sum_fast(double a, double b) {
    double hi = a + b;
    return (td_dd){hi, b - (hi - a)};
}

static inline td_dd td_two_sum(double a, double b) {
    double hi = a + b, b_part = hi - a;
    return (td_dd){hi, (a - (hi - b_part)) + (b - b_part)};
}

static inline td_dd td_two_mul(double a, double b) {
    const double splitter = 0x1p27 + 1.0;
    double a_big = a * splitter, b_big = b * splitter;
    double a1 = a_big - (a_big - a), b1 = b_big - (b_big - b);
    double a0 = a - a1, b0 = b - b1, hi = a * b;
    return (td_dd){hi, ((a1 * b1 - hi) + a1 * b0 + a0 * b1) + a0 * b0};
}

static inline td_dd td_dd_add(td_dd a, td_dd b) {
    td_dd s = td_two_sum(a.hi, b.hi);
    td_dd t = td_two_sum(a.lo, b.lo);
    s = td_two_sum_fast(s.hi, s.lo + t.hi);
    return td_two_sum_fast(s.hi, s.lo + t.lo);
}

static inline td_dd td_dd_mul(td_dd a, td_dd b) {
    td_dd p = td_two_mul(a.hi, b.hi);
    return td_two_sum_fast(p.hi, p.lo + (a.hi * b.lo + a.lo * b.hi));
}

static inline td_dd td_dd_div(td_dd a, td_dd b) {
    double q = a.hi / b.hi;
    td_dd p = td_two_mul(q, b.hi);
    double rest = ((a.hi - p.hi) - p.lo) + (a.lo - q * b.lo);
    return td_two_sum_fast(q, rest / b.hi);
}

/* exp(x + x_lo) = 2^k (hi + lo) with hi in [0.70, 1.42], relative error < 2^-54.4; |x| < 1000 and
 * |x_lo| <= ulp(x). */
typedef struct td_exp_parts {
    double hi, lo;
    int64_t k;
} td_exp_parts;
td_exp_parts td_exp_split(double x, double x_lo);

/* y * 2^k, rounded once more only where the result is subnormal; |k| <= 2000. */
double td_scale(double y, int64_t k);

/* log(x + x_lo), relative error < 2^-69; x positive and finite, |x_lo| <= ulp(x)/2, and x_lo = 0
 * outside [2^-60, 2^60]. */
td_dd td_log_dd(double x, double x_lo);

/* log((1 + s)/(1 - s)), |s| <= 0.172, relative error < 2^-69. */
td_dd td_log_of_ratio(td_dd s);

#endif
