/* core/base/numeric_exp.c: exp, expm1, the logistic function and tanh.
 *
 * exp(x):
 *   1. k = round(x / ln 2), so x = k ln 2 + r with |r| <= 0.3466. ln 2 is cut in a 42-bit high
 *      part, whose product with k is exact, and a low part; r is kept as r + r_lo.
 *   2. exp(r) = 1 + r + r^2 P(r), P of degree 10. The sum 1 + r is split exactly and its rounding
 *      error is added to the small terms, so only the last addition rounds: about 0.6 ulp.
 *   3. Multiply by 2^k in two halves, because 2^k itself may be out of range. Where the result is
 *      subnormal this rounds a second time (1 ulp in all).
 * Every step is an arithmetic or bit operation without a branch, so the vector twins in
 * numeric_avx2.c and numeric_avx512.c repeat it operation by operation.
 *
 * expm1 takes the parts of step 2 and subtracts 1 before the final rounding. The logistic function
 * uses exp(-|x|), which cannot overflow: 1/(1+e) right of zero and e/(1+e) left of it. tanh is
 * expm1(2x)/(expm1(2x)+2).
 *
 * Reduction in two parts after Cody and Waite, "Software Manual for the Elementary Functions"
 * (1980); Muller, "Elementary Functions" (2016), doi 10.1007/978-1-4899-7983-4. */
#include <math.h>

#include "core/base/numeric.h"
#include "core/base/numeric_core.h"

/* P(r) as pairs joined by Horner in r^2: half the depth of plain Horner. */
static inline double exp_poly(double r, double r2) {
    const double *c = td_exp_coef;
    double p01 = c[0] + c[1] * r, p23 = c[2] + c[3] * r, p45 = c[4] + c[5] * r;
    double p67 = c[6] + c[7] * r, p89 = c[8] + c[9] * r;
    return p01 + r2 * (p23 + r2 * (p45 + r2 * (p67 + r2 * (p89 + r2 * c[10]))));
}

/* r, the low part of the reduction together with r^2 P(r), and k as an integer in two's
 * complement. */
typedef struct exp_terms {
    double r;
    double rest;
    uint64_t k;
} exp_terms;

/* kd is k as a double: adding 1.5 * 2^52 leaves no room for a fraction, and puts k itself into the
 * low bits of the sum. */
static inline exp_terms reduce(double x, double x_lo) {
    double shifted = x * TD_INV_LN2 + TD_ROUNDER;
    double kd = shifted - TD_ROUNDER;
    double r_hi = x - kd * TD_LN2_HI;
    double low = kd * TD_LN2_LO - x_lo;
    double r = r_hi - low;
    double r_lo = (r_hi - r) - low;
    double r2 = r * r;
    return (exp_terms){r, r2 * exp_poly(r, r2) + r_lo, td_bits(shifted) - td_bits(TD_ROUNDER)};
}

/* y * 2^k for y near 1; k as above. The bias keeps the halving free of negative numbers. */
static inline double scale_halves(double y, uint64_t k) {
    uint64_t half = ((k + 4096) >> 1) - 2048, other = k - half;
    return y * td_from_bits((half + 1023) << 52) * td_from_bits((other + 1023) << 52);
}

/* exp without the NaN rule. Both comparisons are false for NaN, which then passes through. */
static inline double exp_clamped(double x) {
    double low = x < TD_EXP_MIN ? TD_EXP_MIN : x;
    exp_terms t = reduce(low > TD_EXP_MAX ? TD_EXP_MAX : low, 0.0);
    td_dd s = td_two_sum_fast(1.0, t.r);
    return scale_halves(s.hi + (s.lo + t.rest), t.k);
}

td_exp_parts td_exp_split(double x, double x_lo) {
    exp_terms t = reduce(x, x_lo);
    td_dd s = td_two_sum_fast(1.0, t.r);
    s = td_two_sum_fast(s.hi, s.lo + t.rest);
    return (td_exp_parts){s.hi, s.lo, (int64_t)t.k};
}

double td_scale(double y, int64_t k) { return scale_halves(y, (uint64_t)k); }

double td_exp(double x) {
    double y = exp_clamped(x);
    return x != x ? TD_NAN : y;
}

double td_expm1(double x) {
    if (x != x) return TD_NAN;
    if (fabs(x) < 0x1p-54) return x;
    if (x > 45.0) return td_exp(x) - 1.0;
    if (x < -45.0) return -1.0;
    exp_terms t = reduce(x, 0.0);
    if (t.k == 0) return t.r + t.rest;
    /* 2^k (1 + r + rest) - 1, both large sums exact */
    double scale = td_pow2((int64_t)t.k);
    td_dd a = td_two_sum(scale, -1.0);
    td_dd b = td_two_sum(a.hi, scale * t.r);
    return b.hi + (b.lo + (a.lo + scale * t.rest));
}

double td_sigmoid(double x) {
    double e = exp_clamped(-fabs(x));
    double y = (x < 0.0 ? e : 1.0) / (1.0 + e);
    return x != x ? TD_NAN : y;
}

double td_tanh(double x) {
    if (x != x) return TD_NAN;
    double a = fabs(x);
    if (a < 0x1p-28) return x; /* the next term, x^3/3, is below half an ulp */
    double y = 1.0;
    if (a < 20.0) {
        double t = td_expm1(2.0 * a);
        y = a < 0.5 ? t / (t + 2.0) : 1.0 - 2.0 / (t + 2.0);
    }
    return x < 0.0 ? -y : y;
}
