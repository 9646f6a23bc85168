/* core/base/numeric_erf.c: error function and the normal distribution function.
 *
 *   |x| < 1/2:  erf(x) = x + x P(x^2), P of degree 9; erfc = 1 - erf, arranged so that the last
 *               subtraction is the only one that rounds a large number.
 *   else:       erfc(x) = exp(-x^2) g(x)/(1 + 2x) with g(x) = (1 + 2x) exp(x^2) erfc(x), which
 *               moves only between 1.09 and 1.37; with t = (x - 3)/(x + 3) it is a polynomial of
 *               degree 23 on 1/2 <= x <= 28. x^2 is taken exactly in two doubles (an error of one
 *               ulp there would be x^2 ulp in the result); product and quotient are
 *               double-double.
 *
 * The normal distribution function is Phi(x) = erfc(-x/sqrt 2)/2. It passes the exact x^2/2 and a
 * two-double x/sqrt 2 to the same tail, so nothing is lost far out.
 *
 * The transformation t and the factor 1 + 2x: Shepherd and Laframboise, "Chebyshev approximation of
 * (1 + 2x) exp(x^2) erfc x in 0 <= x < inf" (1981), doi 10.1090/S0025-5718-1981-0595058-X;
 * coefficients are our own (interpolation at Chebyshev nodes, 70 digits). */
#include <math.h>

#include "core/base/numeric.h"
#include "core/base/numeric_core.h"

static const double erf_coef[10] = {
    0x1.06eba8214db69p-3,  -0x1.812746b0379e6p-2,  0x1.ce2f21a042b28p-4,  -0x1.b82ce3127f6d1p-6,
    0x1.565bcd0aa3ed8p-8,  -0x1.c02db23c5e7d3p-11, 0x1.f9a2a62fe9253p-14, -0x1.f4bb98aab31bep-17,
    0x1.b775c94200bfbp-20, -0x1.39f7b53f1b575p-23,
};

/* g = tail_first + t (tail_coef[0] + tail_coef[1] t + ...) */
static const td_dd tail_first = {0x1.40c522d7e4987p+0, 0x1.a153dc56d212cp-55};
static const double tail_coef[23] = {
    -0x1.15c084bb9e8f3p-3,  -0x1.85a15c58aa612p-5,  0x1.098366a5b46e5p-3,  -0x1.e88b803a48944p-4,
    0x1.17ca2877f02f3p-4,   -0x1.8574c40c15590p-6,  0x1.4b884e46a7221p-9,  0x1.ef1bdd87d55f4p-10,
    -0x1.98db519c3d17bp-11, -0x1.b91296071716dp-14, 0x1.065a48f0bd24dp-13, 0x1.4c2f9ce01b7fep-18,
    -0x1.513e4543a22cap-16, -0x1.896f7c0911cd9p-21, 0x1.d259d177dac88p-19, 0x1.8179aff39d0b3p-22,
    -0x1.4d7d872c6d147p-21, -0x1.339b368311bbdp-23, 0x1.cf60300835294p-24, 0x1.63592c841fa6cp-25,
    -0x1.3415f078d8f98p-26, -0x1.d2f3868c59205p-28, 0x1.5bc949dd3bf9bp-29,
};

/* erf(x) - x for |x| <= 1/2. */
static double erf_above_x(double x) { return x * td_poly(x * x, erf_coef, 10); }

/* 2^k exp(-q) g(a)/(1 + 2a) for 1/2 <= a <= 28; q = a^2 is given because the callers know it
 * better. */
static double tail(td_dd a, td_dd q, int64_t k) {
    double t = (a.hi - 3.0) / (a.hi + 3.0);
    td_dd g = td_two_sum_fast(tail_first.hi, t * td_poly(t, tail_coef, 23));
    g.lo += tail_first.lo;
    td_exp_parts e = td_exp_split(-q.hi, -q.lo);
    td_dd below = td_two_sum(1.0, 2.0 * a.hi);
    below.lo += 2.0 * a.lo;
    td_dd y = td_dd_div(td_dd_mul(g, (td_dd){e.hi, e.lo}), below);
    return td_scale(y.hi, e.k + k);
}

/* erfc(a), 1/2 <= a; zero from 28 on (erfc(28) < 2^-1135). */
static double erfc_tail(double a) {
    return a < 28.0 ? tail((td_dd){a, 0.0}, td_two_mul(a, a), 0) : 0.0;
}

double td_erf(double x) {
    if (x != x) return TD_NAN;
    double a = fabs(x);
    if (a < 0.5) return x + erf_above_x(x);
    double y = 1.0 - erfc_tail(a);
    return x < 0.0 ? -y : y;
}

double td_erfc(double x) {
    if (x != x) return TD_NAN;
    if (x >= 0.5) return erfc_tail(x);
    if (x <= -0.5) return 2.0 - erfc_tail(-x);
    if (x < 0.25) return 1.0 - (x + erf_above_x(x));
    return 0.5 - ((x - 0.5) + erf_above_x(x));
}

double td_normal_cdf(double x) {
    static const td_dd sqrt_half = {0x1.6a09e667f3bcdp-1, -0x1.bdd3413b26456p-55};
    if (x != x) return TD_NAN;
    double size = fabs(x);
    if (size > 39.0) return x < 0.0 ? 0.0 : 1.0;
    td_dd a = td_dd_mul((td_dd){size, 0.0}, sqrt_half);
    if (a.hi < 0.5) {
        double half_erf = 0.5 * (a.hi + (a.lo + erf_above_x(a.hi)));
        return x < 0.0 ? 0.5 - half_erf : 0.5 + half_erf;
    }
    td_dd square = td_two_mul(size, size);
    double below = tail(a, (td_dd){0.5 * square.hi, 0.5 * square.lo}, -1);
    return x < 0.0 ? below : 1.0 - below;
}
