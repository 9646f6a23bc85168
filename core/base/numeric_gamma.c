/* core/base/numeric_gamma.c: logarithm of the gamma function for positive x.
 *
 * log Gamma has zeros at 1 and 2, so on [1, 3] it is written with both factors taken out,
 *
 *     log Gamma(x) = (x - 1)(x - 2) h(x),
 *
 * where x - 1 and x - 2 are exact and h is smooth: a polynomial on [1, 2] and one on [2, 3]. The
 * relative error therefore stays at a few ulp right up to the zeros. Elsewhere:
 *   0 < x < 1:  log Gamma(1 + x) - log x
 *   3 < x < 8:  log((x-1)(x-2)...(x-m)) + log Gamma(x - m), x - m in (2, 3]
 *   x >= 8:     Stirling's series
 *                   (x - 1/2) log x - x + log(2 pi)/2 + sum B_2n/(2n (2n-1) x^(2n-1)),
 *               nine terms (the tenth is below 2^-56), the large terms in double-double.
 * NaN below zero, +inf at zero. h: interpolation at Chebyshev nodes in 70-digit arithmetic.
 *
 * DLMF 5.11.1 and 5.5.1, https://dlmf.nist.gov/5. */
#include "core/base/numeric.h"
#include "core/base/numeric_core.h"

/* h(1.5 + u) and h(2.5 + u), |u| <= 1/2, error < 2^-55. */
static const double h_from_1[22] = {
    0x1.eeb95b094c191p-2,  -0x1.2aed059bd608ap-3,  0x1.01af62a2929c0p-4,  -0x1.007aa83cee1acp-5,
    0x1.133423527f1f2p-6,  -0x1.34dbda14971e2p-7,  0x1.64f0664c4f943p-8,  -0x1.a5035232a7d25p-9,
    0x1.f814bab49d011p-10, -0x1.313e8a3ddad6fp-10, 0x1.750a7900f071ep-11, -0x1.cb44dee9fac00p-12,
    0x1.1c7e3a261c9ebp-12, -0x1.623f109df00eep-13, 0x1.b9e43433855c2p-14, -0x1.156abea920aefp-14,
    0x1.68f13e0fbb796p-15, -0x1.c85e4bc95846cp-16, 0x1.ba730a9784e07p-17, -0x1.18598e23bb974p-17,
    0x1.9759e019683d0p-17, -0x1.0467902760469p-17,
};
static const double h_from_2[17] = {
    0x1.84afe00cddfdfp-2,  -0x1.31d26e932300fp-4,  0x1.462044b0af66fp-6,  -0x1.8a722dfc5e8b7p-8,
    0x1.feef08b133995p-10, -0x1.59511fff10c94p-11, 0x1.e05c3c3939309p-13, -0x1.5501ac6d32794p-14,
    0x1.eb8f7679dae04p-16, -0x1.666fe83c397adp-17, 0x1.07c6f47198790p-18, -0x1.87425c30165f5p-20,
    0x1.23d8f42f9b7aap-21, -0x1.b0bcc001dae26p-23, 0x1.45cd99744a0f0p-24, -0x1.22d6fdd22620ep-25,
    0x1.b9756a3c95d9ap-27,
};

/* B_2n/(2n (2n-1)): 1/12, -1/360, 1/1260, ... */
static const double stirling_coef[9] = {
    0x1.5555555555555p-4,   -0x1.6c16c16c16c17p-9, 0x1.a01a01a01a01ap-11,
    -0x1.3813813813814p-11, 0x1.b951e2b18ff23p-11, -0x1.f6ab0d9993c7dp-10,
    0x1.a41a41a41a41ap-8,   -0x1.e4286cb0f5398p-6, 0x1.6fe96381e0680p-3,
};

static double stirling(double x) {
    static const td_dd half_log_2pi = {0x1.d67f1c864beb5p-1, -0x1.65b5a1b7ff5dfp-55};
    td_dd log_x = td_log_dd(x, 0.0);
    if (x > 0x1p60) { /* the remaining terms are below an ulp */
        td_dd factor = td_two_sum_fast(log_x.hi, -1.0);
        return x * (factor.hi + (factor.lo + log_x.lo));
    }
    double inverse = 1.0 / x;
    td_dd sum = td_dd_mul(td_two_sum(x, -0.5), log_x);
    sum = td_dd_add(sum, (td_dd){-x, 0.0});
    sum = td_dd_add(sum, half_log_2pi);
    sum.lo += inverse * td_poly(inverse * inverse, stirling_coef, 9);
    return sum.hi + sum.lo;
}

static double from_2_to_3(double x) {
    return (x - 1.0) * (x - 2.0) * td_poly(x - 2.5, h_from_2, 17);
}

double td_lgamma(double x) {
    if (!(x > 0.0)) return x == 0.0 ? TD_INF : TD_NAN;
    if (x >= 8.0) return x < TD_INF ? stirling(x) : TD_INF;
    if (x < 1.0) return x * (x - 1.0) * td_poly(x - 0.5, h_from_1, 22) - td_log(x);
    /* adding 0 turns the -0 at x = 1 into 0 */
    if (x <= 2.0) return (x - 1.0) * (x - 2.0) * td_poly(x - 1.5, h_from_1, 22) + 0.0;
    double product = 1.0;
    while (x > 3.0) {
        x -= 1.0;
        product *= x;
    }
    double low = from_2_to_3(x);
    return product == 1.0 ? low : td_log(product) + low;
}
