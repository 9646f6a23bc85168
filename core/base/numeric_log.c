/* core/base/numeric_log.c: log, log1p, log2, the log-odds and the power function.
 *
 * All take x = 2^k m with m in [sqrt(1/2), sqrt(2)), s = (m - 1)/(m + 1) and z = s^2, and use
 *
 *     log x = k ln 2 + log((1 + s)/(1 - s)) = k ln 2 + 2 s + s z (2/3 + 2/5 z + 2/7 z^2 + ...).
 *
 * td_log, the fast one: with f = m - 1 the identity 2 s = f - s f = f - (f^2/2 - s f^2/2) lets the
 * exact f carry the leading digits, so only small terms are rounded: 0.7 ulp. No branch before
 * the special cases, so the vector twins repeat it operation by operation.
 *
 * td_log_dd, the exact one: s, z and the terms up to z^2 in double-double, the rest in double; the
 * rest is below 2^-17 of the sum, hence a relative error below 2^-69. It carries
 *     log1p(x) = log(1 + x),             1 + x split exactly,
 *     log2(x)  = k + log(m)/ln 2,
 *     logit(p) = 2 atanh(2p - 1) near 1/2, else log p - log(1 - p), 1 - p split exactly,
 *     pow(x,y) = exp(y log|x|) with sign; the product is double-double and exp takes both parts, so
 *                the error of the result stays near half an ulp.
 *
 * Dekker, doi 10.1007/BF01397083; Muller, "Elementary Functions", doi 10.1007/978-1-4899-7983-4. */
#include <math.h>

#include "core/base/numeric.h"
#include "core/base/numeric_core.h"

static const td_dd inv_ln2 = {0x1.71547652b82fep+0, 0x1.777d0ffda0d24p-56};

/* z (2/3 + 2/5 z + ...) by pairs joined in z^2: half the depth of Horner. */
static inline double log_poly(double z) {
    const double *c = td_log_coef;
    double z2 = z * z;
    double p01 = c[0] + c[1] * z, p23 = c[2] + c[3] * z, p45 = c[4] + c[5] * z;
    return z * (p01 + z2 * (p23 + z2 * (p45 + z2 * c[6])));
}

double td_log(double x) {
    int is_small = x < 0x1p-1022; /* subnormal (or not positive: decided at the end) */
    uint64_t bits = td_bits(is_small ? x * 0x1p54 : x);
    uint64_t biased = (bits - TD_SQRT_HALF_BITS + ((uint64_t)1024 << 52)) >> 52; /* k + 1024 */
    double k = (double)(int64_t)biased - (is_small ? 1078.0 : 1024.0);
    double f = td_from_bits(bits - ((biased - 1024) << 52)) - 1.0;
    double s = f / (2.0 + f);
    double half_f2 = 0.5 * f * f;
    double small = half_f2 - (s * (half_f2 + log_poly(s * s)) + k * TD_LN2_LO);
    double base = k * TD_LN2_HI;
    double high = base + f; /* |base| > |f| or base = 0: the next line is its exact error */
    double y = high + ((f - (high - base)) - small);
    if (x > 0.0 && x < TD_INF) return y;
    return x == 0.0 ? -TD_INF : x > 0.0 ? TD_INF : TD_NAN;
}

td_dd td_log_of_ratio(td_dd s) {
    static const double tail[9] = {
        /* 2/7 + 2/9 z + ..., interpolated at Chebyshev nodes */
        0x1.2492492492492p-2, 0x1.c71c71c71c71ap-3, 0x1.745d1745d1f53p-3,
        0x1.3b13b13a648d3p-3, 0x1.111111884034ap-3, 0x1.e1e186e63bf87p-4,
        0x1.af3cc510c0a39p-4, 0x1.8374a5d516133p-4, 0x1.92e03e42863ddp-4,
    };
    static const td_dd two_fifths = {0x1.999999999999ap-2, -0x1.999999999999ap-56};
    static const td_dd two_thirds = {0x1.5555555555555p-1, 0x1.5555555555555p-55};
    td_dd z = td_dd_mul(s, s);
    td_dd sum = td_two_sum_fast(two_fifths.hi, z.hi * td_poly(z.hi, tail, 9));
    sum.lo += two_fifths.lo;
    sum = td_dd_add(two_thirds, td_dd_mul(z, sum));
    sum = td_dd_add((td_dd){2.0, 0.0}, td_dd_mul(z, sum));
    return td_dd_mul(s, sum);
}

/* x + x_lo = 2^k (m.hi + m.lo), m.hi in [sqrt(1/2), sqrt(2)). Subtracting the bits of sqrt(1/2)
 * makes the exponent field turn over exactly there. */
static inline td_dd split_mantissa(double x, double x_lo, double *k_out) {
    int64_t k = 0;
    if (x < 0x1p-1022) {
        x *= 0x1p54;
        k = -54;
    }
    uint64_t bits = td_bits(x);
    uint64_t biased = (bits - TD_SQRT_HALF_BITS + ((uint64_t)1024 << 52)) >> 52;
    int64_t shift = (int64_t)biased - 1024;
    *k_out = (double)(k + shift);
    double lo = x_lo == 0.0 ? 0.0 : x_lo * td_pow2(-shift);
    return (td_dd){td_from_bits(bits - ((uint64_t)shift << 52)), lo};
}

/* log(m), m in [sqrt(1/2), sqrt(2)): m.hi - 1 is exact there (Sterbenz). */
static inline td_dd log_of_mantissa(td_dd m) {
    td_dd above = td_two_sum(m.hi - 1.0, m.lo);
    td_dd below = td_two_sum(m.hi, 1.0);
    below.lo += m.lo;
    return td_log_of_ratio(td_dd_div(above, below));
}

/* k ln 2 in three parts: exact, exact as a product, and below 2^-100. */
td_dd td_log_dd(double x, double x_lo) {
    double k;
    td_dd log_m = log_of_mantissa(split_mantissa(x, x_lo, &k));
    if (k == 0.0) return log_m;
    td_dd base = {k * TD_LN2_HI, 0.0};
    td_dd low = td_dd_mul((td_dd){k, 0.0}, (td_dd){TD_LN2_LO, 0x1.f97b57a079a19p-103});
    return td_dd_add(td_dd_add(base, low), log_m);
}

double td_log1p(double x) {
    if (!(x > -1.0)) return x == -1.0 ? -TD_INF : TD_NAN;
    if (fabs(x) < 0x1p-54 || x == TD_INF) return x;
    td_dd sum = td_two_sum(1.0, x);
    return td_log_dd(sum.hi, sum.lo).hi;
}

double td_log2(double x) {
    if (!(x > 0.0 && x < TD_INF)) return x == 0.0 ? -TD_INF : x > 0.0 ? TD_INF : TD_NAN;
    double k;
    td_dd log_m = log_of_mantissa(split_mantissa(x, 0.0, &k));
    return td_dd_add((td_dd){k, 0.0}, td_dd_mul(log_m, inv_ln2)).hi;
}

double td_logit(double p) {
    if (!(p >= 0.0 && p <= 1.0)) return TD_NAN;
    if (p == 0.0 || p == 1.0) return p == 0.0 ? -TD_INF : TD_INF;
    /* 2p - 1 is exact where it is used: p lies in [0.4146, 0.5854] */
    double s = 2.0 * p - 1.0;
    if (fabs(s) < 0.17) return td_log_of_ratio((td_dd){s, 0.0}).hi;
    td_dd rest = td_two_sum(1.0, -p);
    td_dd minus = td_log_dd(rest.hi, rest.lo);
    return td_dd_add(td_log_dd(p, 0.0), (td_dd){-minus.hi, -minus.lo}).hi;
}

/* 0 = not an integer, 1 = odd, 2 = even. */
static int parity(double y) {
    if (fabs(y) >= 0x1p53) return 2;
    if (floor(y) != y) return 0;
    return floor(0.5 * y) * 2.0 != y ? 1 : 2;
}

/* |x|^y for 0 < |x| < inf and finite y: p = y log|x|, then exp of both parts. */
static double pow_positive(double x, double y) {
    /* |log x| >= 2^-54 unless x = 1, so 2^65 is as good as any larger exponent */
    double bounded = y > 0x1p65 ? 0x1p65 : y < -0x1p65 ? -0x1p65 : y;
    td_dd log_x = td_log_dd(x, 0.0);
    td_dd p = td_two_mul(log_x.hi, bounded);
    p = td_two_sum_fast(p.hi, p.lo + log_x.lo * bounded);
    if (p.hi > TD_EXP_MAX) return TD_INF;
    if (p.hi < TD_EXP_MIN) return 0.0;
    td_exp_parts e = td_exp_split(p.hi, p.lo);
    return td_scale(e.hi, e.k);
}

/* The cases of C17 annex F.10.4.4 left over by td_pow: a zero or an infinity is involved. */
static double pow_at_edge(double x, double y) {
    double a = fabs(x);
    if (fabs(y) == TD_INF) {
        if (a == 1.0) return 1.0;
        return (a > 1.0) == (y > 0.0) ? TD_INF : 0.0;
    }
    double y_out = (a > 1.0) == (y > 0.0) ? TD_INF : 0.0;
    int is_negative = (td_bits(x) >> 63) != 0 && parity(y) == 1;
    return is_negative ? -y_out : y_out;
}

double td_pow(double x, double y) {
    if (y == 0.0 || x == 1.0) return 1.0;
    if (x != x || y != y) return TD_NAN;
    double a = fabs(x);
    if (a == 0.0 || a == TD_INF || fabs(y) == TD_INF) return pow_at_edge(x, y);
    int kind = x < 0.0 ? parity(y) : 2;
    if (kind == 0) return TD_NAN;
    double value = pow_positive(a, y);
    return kind == 1 ? -value : value;
}
