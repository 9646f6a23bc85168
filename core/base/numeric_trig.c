/* core/base/numeric_trig.c: sine, cosine, arc tangent and arc sine.
 *
 * sin and cos: n = round(x / (pi/2)); r = x - n pi/2 with pi/2 in three parts of 33 bits, whose
 * products with n are exact for |x| <= 1e5 (n has 17 bits), and a fourth of 53. r is kept in two
 * doubles, so arguments close to a multiple of pi/2 lose nothing. Then one of
 *
 *     sin(r + e) = r + (r^3 S(r^2) + e (1 - r^2/2))
 *     cos(r + e) = 1 - r^2/2 + (r^4 C(r^2) - r e)
 *
 * by n mod 4. Outside |x| <= 1e5 the result is NaN: no caller has a use for such angles.
 *
 * atan: |x| is compared with 7/16, 11/16, 19/16 and 39/16; beyond the first, with the centre
 * c = 1/2, 1, 3/2 or infinity, atan|x| = atan(c) + atan(t), t = (|x| - c)/(1 + c|x|) below 7/16 in
 * size and kept in two doubles; a polynomial of degree 11 in t^2 does the rest.
 * asin: up to 1/2 a polynomial in x^2; above it pi/2 - 2 asin(sqrt((1 - |x|)/2)) with the
 * root's rounding error carried along.
 *
 * Coefficients: interpolation at Chebyshev nodes in 70-digit arithmetic. Cody and Waite, "Software
 * Manual for the Elementary Functions" (1980); Muller, doi 10.1007/978-1-4899-7983-4. */
#include <math.h>

#include "core/base/numeric.h"
#include "core/base/numeric_core.h"

/* S and C: errors below 2^-57 and 2^-60 of the result for |r| <= 0.786. */
static const double sin_coef[7] = {
    -0x1.5555555555555p-3,  0x1.1111111111110p-7,  -0x1.a01a01a019926p-13, 0x1.71de3a545e700p-19,
    -0x1.ae64540f0ba18p-26, 0x1.61217c1864fa1p-33, -0x1.ab161757f0c63p-41,
};
static const double cos_coef[6] = {
    0x1.5555555555555p-5,   -0x1.6c16c16c16960p-10, 0x1.a01a019f4d0edp-16,
    -0x1.27e4fa15bd814p-22, 0x1.1eeb66b683028p-29,  -0x1.907c0e63adbb6p-37,
};
/* (atan(t)/t - 1)/t^2 for |t| <= 7/16, error 2^-58; (asin(x)/x - 1)/x^2 for |x| <= 1/2, 2^-58. */
static const double atan_coef[12] = {
    -0x1.5555555555555p-2, 0x1.99999999998c5p-3, -0x1.2492492485503p-3, 0x1.c71c71bd2b8bcp-4,
    -0x1.745d154c84f7ap-4, 0x1.3b1375ce5bdc6p-4, -0x1.110c9ce7b0572p-4, 0x1.e170800a46210p-5,
    -0x1.ab59b417b2d3fp-5, 0x1.7001816fd063fp-5, -0x1.0f62bba6a2558p-5, 0x1.e4167464d3de8p-7,
};
static const double asin_coef[14] = {
    0x1.5555555555555p-3,  0x1.3333333333388p-4, 0x1.6db6db6dac1e0p-5, 0x1.f1c71c7a52ba3p-6,
    0x1.6e8ba123e494cp-6,  0x1.1c4efce23019fp-6, 0x1.c990ad3d8fdcap-7, 0x1.7b027ee1dd585p-7,
    0x1.3b49de7121487p-7,  0x1.31622469ce5adp-7, 0x1.8f193743418ffp-9, 0x1.406192d124629p-6,
    -0x1.3b416bb7d9257p-6, 0x1.e529c6fce9bb4p-6,
};

/* pi/2 to 107 bits. */
static const td_dd half_pi = {0x1.921fb54442d18p+0, 0x1.1a62633145c07p-54};

/* x - n pi/2 in two doubles, n mod 4 through `quarter`. */
static td_dd reduce(double x, uint64_t *quarter) {
    double shifted = x * 0x1.45f306dc9c883p-1 + TD_ROUNDER;
    double n = shifted - TD_ROUNDER;
    *quarter = td_bits(shifted) & 3;
    td_dd r = td_two_sum(x - n * 0x1.921fb54400000p+0, -n * 0x1.0b4611a600000p-34);
    td_dd rest = td_two_sum(-n * 0x1.3198a2e000000p-69, -n * 0x1.b839a252049c1p-104);
    return td_dd_add(r, rest);
}

/* sin and cos of r.hi + r.lo, |r| <= 0.786, by the two formulas above. */
static double sin_kernel(td_dd r) {
    double z = r.hi * r.hi;
    return r.hi + (r.hi * z * td_poly(z, sin_coef, 7) + r.lo * (1.0 - 0.5 * z));
}

static double cos_kernel(td_dd r) {
    double z = r.hi * r.hi;
    double half = 0.5 * z, high = 1.0 - half;
    return high + (((1.0 - high) - half) + (z * z * td_poly(z, cos_coef, 6) - r.hi * r.lo));
}

static double sin_or_cos(double x, uint64_t advance) {
    if (!(fabs(x) <= 1e5)) return TD_NAN;
    uint64_t quarter;
    td_dd r = reduce(x, &quarter);
    quarter = (quarter + advance) & 3;
    double y = (quarter & 1) != 0 ? cos_kernel(r) : sin_kernel(r);
    return (quarter & 2) != 0 ? -y : y;
}

double td_sin(double x) { return fabs(x) < 0x1p-27 ? x : sin_or_cos(x, 0); }

double td_cos(double x) { return sin_or_cos(x, 1); }

/* t in two doubles, atan(c) in *base. Below 7/16 the centre is 0 and nothing is subtracted; beyond
 * 2^900 the low part of 1/a does not matter and Dekker's product would overflow. */
static td_dd atan_reduced(double a, td_dd *base) {
    static const td_dd angle[3] = {{0x1.dac670561bb4fp-2, 0x1.a2b7f222f65e2p-56},
                                   {0x1.921fb54442d18p-1, 0x1.1a62633145c07p-55},
                                   {0x1.f730bd281f69bp-1, 0x1.007887af0cbbdp-56}};
    *base = (td_dd){0.0, 0.0};
    if (a < 0.4375) return (td_dd){a, 0.0};
    if (a >= 2.4375) {
        *base = half_pi;
        return a > 0x1p900 ? (td_dd){-1.0 / a, 0.0}
                           : td_dd_div((td_dd){-1.0, 0.0}, (td_dd){a, 0.0});
    }
    int i = a < 0.6875 ? 0 : a < 1.1875 ? 1 : 2;
    double centre = 0.5 * (i + 1);
    *base = angle[i];
    td_dd product = td_two_mul(centre, a);
    td_dd below = td_two_sum(1.0, product.hi);
    below.lo += product.lo;
    return td_dd_div((td_dd){a - centre, 0.0}, below);
}

double td_atan(double x) {
    if (x != x) return TD_NAN;
    double a = fabs(x);
    if (a < 0x1p-28) return x;
    td_dd base;
    td_dd t = atan_reduced(a, &base);
    double z = t.hi * t.hi;
    td_dd sum = td_two_sum_fast(base.hi, t.hi);
    double y = sum.hi + (sum.lo + (base.lo + t.lo + t.hi * z * td_poly(z, atan_coef, 12)));
    return x < 0.0 ? -y : y;
}

double td_asin(double x) {
    double a = fabs(x);
    if (!(a <= 1.0)) return TD_NAN;
    if (a < 0x1p-28) return x;
    if (a <= 0.5) {
        double z = x * x;
        return x + x * z * td_poly(z, asin_coef, 14);
    }
    double z = 0.5 * (1.0 - a); /* exact */
    double root = sqrt(z);
    td_dd square = td_two_mul(root, root);
    double root_lo = z > 0.0 ? ((z - square.hi) - square.lo) / (2.0 * root) : 0.0;
    td_dd sum = td_two_sum_fast(half_pi.hi, -2.0 * root);
    double small = root * z * td_poly(z, asin_coef, 14) + root_lo;
    double y = sum.hi + (sum.lo + (half_pi.lo - 2.0 * small));
    return x < 0.0 ? -y : y;
}
