/* tests/oracle/test_base_numeric.c: every function of numeric.h against MPFR.
 *
 * Each function is called on 100000 points, 25000 in each of four ranges, and the error in units
 * in the last place of the exact value,
 *
 *     |f(x) - exact| / 2^(max(e, -1022) - 52),   2^e <= |exact| < 2^(e+1),
 *
 * must not exceed the bound stated in numeric.h. MPFR works with 110 bits, so its own error is
 * below 2^-50 ulp. Points are uniform in a range, or uniform in their bit pattern ("spread"),
 * which gives every binade, subnormals included, the same weight. */
#include <criterion/criterion.h>
#include <math.h>
#include <mpfr.h>
#include <string.h>

#include "core/base/numeric.h"
#include "core/base/numeric_core.h"
#include "core/base/rng.h"

enum { POINTS_PER_RANGE = 25000, PRECISION = 110 };

typedef int (*mpfr_fn)(mpfr_t, const mpfr_t, mpfr_rnd_t);

typedef struct range {
    double low, high;
    int is_spread; /* uniform in bits; both ends of one sign */
} range;

static double point_between(td_rng *rng, range r) {
    if (!r.is_spread) return r.low + (r.high - r.low) * td_rng_uniform(rng);
    uint64_t a, b;
    memcpy(&a, &r.low, sizeof a);
    memcpy(&b, &r.high, sizeof b);
    a += td_rng_below(rng, b - a + 1);
    double x;
    memcpy(&x, &a, sizeof x);
    return x;
}

/* 1e9 stands for "wrong kind": NaN, infinity or zero where the exact value is none. */
static double error_in_ulp(double y, const mpfr_t exact) {
    double rounded = mpfr_get_d(exact, MPFR_RNDN);
    if (isnan(rounded)) return isnan(y) ? 0.0 : 1e9;
    if (isinf(rounded) || isinf(y)) return rounded == y ? 0.0 : 1e9;
    if (mpfr_zero_p(exact)) return y == 0.0 ? 0.0 : 1e9;
    long exponent = mpfr_get_exp(exact) - 1;
    if (exponent < -1022) exponent = -1022;
    mpfr_t difference;
    mpfr_init2(difference, PRECISION + 60);
    mpfr_sub_d(difference, exact, y, MPFR_RNDN);
    mpfr_mul_2si(difference, difference, 52 - exponent, MPFR_RNDN);
    double error = fabs(mpfr_get_d(difference, MPFR_RNDN));
    mpfr_clear(difference);
    return error;
}

static void check(double (*f)(double), mpfr_fn oracle, const range ranges[4], double bound) {
    td_rng rng = td_rng_stream(20, "ulp", 0, 0);
    mpfr_t x, exact;
    mpfr_init2(x, 53);
    mpfr_init2(exact, PRECISION);
    double worst = 0.0, worst_at = 0.0;
    for (int i = 0; i < 4 * POINTS_PER_RANGE; i++) {
        double at = point_between(&rng, ranges[i % 4]);
        mpfr_set_d(x, at, MPFR_RNDN);
        oracle(exact, x, MPFR_RNDN);
        double error = error_in_ulp(f(at), exact);
        if (error > worst) {
            worst = error;
            worst_at = at;
        }
    }
    mpfr_clears(x, exact, (mpfr_ptr)0);
    cr_assert_leq(worst, bound, "%.4f ulp at %.17g (%a)", worst, worst_at, worst_at);
}

Test(base_numeric, exp_is_within_its_bound) {
    static const range ranges[4] = {
        {-746.0, 710.0, 0}, {-2.0, 2.0, 0}, {1e-20, 1.0, 1}, {-746.0, -707.0, 0}};
    check(td_exp, mpfr_exp, ranges, 0.8);
}

Test(base_numeric, expm1_is_within_its_bound) {
    static const range ranges[4] = {
        {-50.0, 710.0, 0}, {-1.0, 1.0, 0}, {5e-324, 1.0, 1}, {-1.0, -5e-324, 0}};
    check(td_expm1, mpfr_expm1, ranges, 1.1);
}

Test(base_numeric, log_is_within_its_bound) {
    static const range ranges[4] = {
        {5e-324, 1.7e308, 1}, {0.5, 2.0, 0}, {0.99, 1.01, 0}, {0.1, 100.0, 0}};
    check(td_log, mpfr_log, ranges, 0.9);
}

Test(base_numeric, log1p_is_within_its_bound) {
    static const range ranges[4] = {
        {-1.0, 3.0, 0}, {5e-324, 1.7e308, 1}, {-0.1, 0.1, 0}, {1e-20, 1e-3, 1}};
    check(td_log1p, mpfr_log1p, ranges, 0.51);
}

Test(base_numeric, log2_is_within_its_bound) {
    static const range ranges[4] = {
        {5e-324, 1.7e308, 1}, {0.5, 2.0, 0}, {0.99, 1.01, 0}, {0.1, 100.0, 0}};
    check(td_log2, mpfr_log2, ranges, 0.51);
}

Test(base_numeric, sin_is_within_its_bound) {
    static const range ranges[4] = {
        {-1e5, 1e5, 0}, {-4.0, 4.0, 0}, {5e-324, 1e5, 1}, {3.1, 3.2, 0}};
    check(td_sin, mpfr_sin, ranges, 0.8);
}

Test(base_numeric, cos_is_within_its_bound) {
    static const range ranges[4] = {
        {-1e5, 1e5, 0}, {-4.0, 4.0, 0}, {5e-324, 1e5, 1}, {1.5, 1.6, 0}};
    check(td_cos, mpfr_cos, ranges, 0.8);
}

Test(base_numeric, atan_is_within_its_bound) {
    static const range ranges[4] = {
        {-5.0, 5.0, 0}, {5e-324, 1.7e308, 1}, {-0.6, 0.6, 0}, {-300.0, 300.0, 0}};
    check(td_atan, mpfr_atan, ranges, 0.7);
}

Test(base_numeric, asin_is_within_its_bound) {
    static const range ranges[4] = {
        {-1.0, 1.0, 0}, {5e-324, 1.0, 1}, {0.45, 0.65, 0}, {0.99, 1.0, 0}};
    check(td_asin, mpfr_asin, ranges, 0.8);
}

Test(base_numeric, tanh_is_within_its_bound) {
    static const range ranges[4] = {
        {-22.0, 22.0, 0}, {5e-324, 20.0, 1}, {-1.0, 1.0, 0}, {0.05, 0.3, 0}};
    check(td_tanh, mpfr_tanh, ranges, 2.5);
}

Test(base_numeric, erf_is_within_its_bound) {
    static const range ranges[4] = {
        {-6.5, 6.5, 0}, {5e-324, 6.0, 1}, {-1.0, 1.0, 0}, {0.4, 0.6, 0}};
    check(td_erf, mpfr_erf, ranges, 1.2);
}

Test(base_numeric, erfc_is_within_its_bound) {
    static const range ranges[4] = {
        {-6.5, 28.0, 0}, {0.2, 1.0, 0}, {-1.0, 0.3, 0}, {26.0, 27.5, 0}};
    check(td_erfc, mpfr_erfc, ranges, 1.3);
}

Test(base_numeric, lgamma_is_within_its_bound) {
    static const range ranges[4] = {
        {5e-324, 2e305, 1}, {0.0, 4.0, 0}, {0.99, 2.01, 0}, {2.5, 12.0, 0}};
    check(td_lgamma, mpfr_lngamma, ranges, 2.8);
}

static int sigmoid_exact(mpfr_t y, const mpfr_t x, mpfr_rnd_t rounding) {
    mpfr_neg(y, x, rounding);
    mpfr_exp(y, y, rounding);
    mpfr_add_ui(y, y, 1, rounding);
    return mpfr_ui_div(y, 1, y, rounding);
}

Test(base_numeric, sigmoid_is_within_its_bound) {
    static const range ranges[4] = {
        {-746.0, 50.0, 0}, {-5.0, 5.0, 0}, {1e-300, 30.0, 1}, {-4.0, 0.0, 0}};
    check(td_sigmoid, sigmoid_exact, ranges, 2.5);
}

/* 1 - p needs up to 53 + 54 bits near 1/2 and may be rounded far from it. */
static int logit_exact(mpfr_t y, const mpfr_t p, mpfr_rnd_t rounding) {
    mpfr_t odds;
    mpfr_init2(odds, 240);
    mpfr_ui_sub(odds, 1, p, rounding);
    mpfr_div(odds, p, odds, rounding);
    int inexact = mpfr_log(y, odds, rounding);
    mpfr_clear(odds);
    return inexact;
}

Test(base_numeric, logit_is_within_its_bound) {
    static const range ranges[4] = {
        {0.0, 1.0, 0}, {5e-324, 0.5, 1}, {0.499, 0.501, 0}, {0.999, 1.0, 0}};
    check(td_logit, logit_exact, ranges, 0.51);
}

/* erfc(-x / sqrt 2) / 2; the argument has 70 bits more, because its error grows with x^2. */
static int normal_cdf_exact(mpfr_t y, const mpfr_t x, mpfr_rnd_t rounding) {
    mpfr_t scaled;
    mpfr_init2(scaled, PRECISION + 70);
    mpfr_sqrt_ui(scaled, 2, rounding);
    mpfr_div(scaled, x, scaled, rounding);
    mpfr_neg(scaled, scaled, rounding);
    mpfr_erfc(y, scaled, rounding);
    mpfr_clear(scaled);
    return mpfr_div_2ui(y, y, 1, rounding);
}

Test(base_numeric, normal_cdf_is_within_its_bound) {
    static const range ranges[4] = {
        {-38.7, 9.0, 0}, {-4.0, 4.0, 0}, {-0.8, -0.6, 0}, {1e-300, 4.0, 1}};
    check(td_normal_cdf, normal_cdf_exact, ranges, 1.5);
}

/* The exact quantile near a good guess x: one Newton step x - (Phi(x) - p)/phi(x) leaves
 * an error of the order of the square of the guess's, here below 2^-90. */
static int normal_quantile_exact(mpfr_t y, const mpfr_t p, mpfr_rnd_t rounding) {
    mpfr_t x, step, density;
    mpfr_inits2(PRECISION + 60, x, step, density, (mpfr_ptr)0);
    mpfr_set_d(x, td_normal_quantile(mpfr_get_d(p, rounding)), rounding);
    normal_cdf_exact(step, x, rounding);
    mpfr_sub(step, step, p, rounding);
    mpfr_sqr(density, x, rounding);
    mpfr_div_2ui(density, density, 1, rounding);
    mpfr_exp(density, density, rounding); /* 1 / phi(x), up to sqrt(2 pi) */
    mpfr_mul(step, step, density, rounding);
    mpfr_const_pi(density, rounding);
    mpfr_mul_2ui(density, density, 1, rounding);
    mpfr_sqrt(density, density, rounding);
    mpfr_mul(step, step, density, rounding);
    int inexact = mpfr_sub(y, x, step, rounding);
    mpfr_clears(x, step, density, (mpfr_ptr)0);
    return inexact;
}

Test(base_numeric, normal_quantile_is_within_its_bound) {
    static const range ranges[4] = {
        {0.0, 1.0, 0}, {1e-310, 0.5, 1}, {0.07, 0.08, 0}, {0.45, 0.55, 0}};
    check(td_normal_quantile, normal_quantile_exact, ranges, 8.0);
}

/* Base and exponent such that the result covers the whole range, or is near 1. */
Test(base_numeric, pow_is_within_its_bound) {
    static const range bases[4] = {
        {5e-324, 1.7e308, 1}, {0.999, 1.001, 0}, {0.0, 4.0, 0}, {1.0, 100.0, 0}};
    td_rng rng = td_rng_stream(21, "ulp", 0, 0);
    mpfr_t x, y, exact;
    mpfr_inits2(53, x, y, (mpfr_ptr)0);
    mpfr_init2(exact, PRECISION);
    for (int i = 0; i < 4 * POINTS_PER_RANGE; i++) {
        double base = point_between(&rng, bases[i % 4]);
        double exponent = (td_rng_uniform(&rng) * 1457.0 - 746.0) / td_log(base);
        if (i % 8 >= 4) exponent = floor(20.0 * td_rng_uniform(&rng)) - 10.0;
        mpfr_set_d(x, base, MPFR_RNDN);
        mpfr_set_d(y, exponent, MPFR_RNDN);
        mpfr_pow(exact, x, y, MPFR_RNDN);
        double error = error_in_ulp(td_pow(base, exponent), exact);
        cr_assert_leq(error, 0.8, "%.4f ulp at %.17g ^ %.17g", error, base, exponent);
    }
    mpfr_clears(x, y, exact, (mpfr_ptr)0);
}

/* (hi + lo) / exact - 1 in size. */
static double relative_error(td_dd y, long shift, const mpfr_t exact) {
    mpfr_t ratio;
    mpfr_init2(ratio, 2 * PRECISION);
    mpfr_set_d(ratio, y.hi, MPFR_RNDN);
    mpfr_add_d(ratio, ratio, y.lo, MPFR_RNDN);
    mpfr_mul_2si(ratio, ratio, shift, MPFR_RNDN);
    mpfr_sub(ratio, ratio, exact, MPFR_RNDN);
    mpfr_div(ratio, ratio, exact, MPFR_RNDN);
    double error = fabs(mpfr_get_d(ratio, MPFR_RNDN));
    mpfr_clear(ratio);
    return error;
}

/* The two-double kernels under pow, log1p, erfc and lgamma, x + x_lo with a random x_lo. */
Test(base_numeric, two_double_kernels_are_within_their_bounds) {
    static const range ranges[4] = {
        {0.5, 2.0, 0}, {0x1p-60, 0x1p60, 1}, {0.999, 1.001, 0}, {1e-3, 700.0, 0}};
    td_rng rng = td_rng_stream(22, "ulp", 0, 0);
    mpfr_t x, exact;
    mpfr_inits2(2 * PRECISION, x, exact, (mpfr_ptr)0);
    for (int i = 0; i < 4 * POINTS_PER_RANGE; i++) {
        double at = point_between(&rng, ranges[i % 4]);
        double low = (td_rng_uniform(&rng) - 0.5) * 0x1p-53 * at;
        mpfr_set_d(x, at, MPFR_RNDN);
        mpfr_add_d(x, x, low, MPFR_RNDN);
        mpfr_log(exact, x, MPFR_RNDN);
        cr_assert_leq(relative_error(td_log_dd(at, low), 0, exact), 0x1p-69, "log at %a", at);
        if (at > 700.0) continue;
        mpfr_exp(exact, x, MPFR_RNDN);
        td_exp_parts e = td_exp_split(at, low);
        double error = relative_error((td_dd){e.hi, e.lo}, (long)e.k, exact);
        cr_assert_leq(error, 0x1.7p-55, "exp at %a", at);
    }
    mpfr_clears(x, exact, (mpfr_ptr)0);
}
