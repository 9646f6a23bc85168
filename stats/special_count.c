/* stats/special_count.c: binomial and hypergeometric distributions.
 *
 * Binomial, in Loader's form (special.c), q = 1 - p:
 *
 *     P(K = k) = sqrt(n / (2 pi k (n-k))) exp(S(n) - S(k) - S(n-k) - D(k, n p) - D(n-k, n q))
 *     P(K <= k) = I_q(n - k, k + 1)
 *
 * Hypergeometric with any p, here drawn/(n1 + n2), as a quotient of three binomials:
 *
 *     P(K = k) = b(k; n1, p) b(drawn - k; n2, p) / b(drawn; n1 + n2, p)
 *
 *   1. Ends (k = 0, k = n, p = 0, p = 1) by powers, because S and the root have no value there.
 *   2. Tails of the hypergeometric: terms from the given one outwards by the ratio of neighbours,
 *      until they no longer count; the other side is 1 minus that.
 *
 * Cost: pmf O(1); binomial tails as td_beta_inc; hypergeometric tails O(standard deviation).
 * It does not fit parameters and draws no random numbers.
 *
 * Loader, "Fast and accurate computation of binomial probabilities" (2000). */
#include <math.h>

#include "core/base/numeric.h"
#include "stats/special.h"

#define INV_TWO_PI 0.15915494309189535

double td_binomial_pmf(uint64_t k, uint64_t n, double p) {
    if (!(p >= 0 && p <= 1)) return __builtin_nan("");
    if (k > n) return 0.0;
    double q = 1.0 - p, kr = (double)k, nr = (double)n, rest = (double)(n - k);
    if (p == 0 || q == 0) return k == (p == 0 ? 0 : n) ? 1.0 : 0.0;
    if (k == 0) return td_exp(nr * td_log1p(-p));
    if (k == n) return td_exp(nr * td_log(p));
    double e = td_stirling_error(nr) - td_stirling_error(kr) - td_stirling_error(rest);
    double difference = kr * q - rest * p; /* k - n p */
    e -= td_deviance(kr, nr * p, difference) + td_deviance(rest, nr * q, -difference);
    return sqrt(INV_TWO_PI * nr / (kr * rest)) * td_exp(e);
}

double td_binomial_cdf(uint64_t k, uint64_t n, double p) {
    if (!(p >= 0 && p <= 1)) return __builtin_nan("");
    if (k >= n) return 1.0;
    return td_beta_inc((double)(n - k), (double)k + 1.0, 1.0 - p, p);
}

double td_binomial_sf(uint64_t k, uint64_t n, double p) {
    if (!(p >= 0 && p <= 1)) return __builtin_nan("");
    if (k >= n) return 0.0;
    return td_beta_inc((double)k + 1.0, (double)(n - k), p, 1.0 - p);
}

/* Bisection over whole numbers: cdf(low - 1) < prob <= cdf(high) throughout. */
uint64_t td_binomial_quantile(double prob, uint64_t n, double p) {
    uint64_t low = 0, high = n;
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        if (td_binomial_cdf(middle, n, p) >= prob) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return low;
}

/* Possible values: max(0, drawn - n2) .. min(n1, drawn). */
static int is_possible(uint64_t k, uint64_t n1, uint64_t n2, uint64_t drawn) {
    return k <= n1 && k <= drawn && drawn - k <= n2;
}

double td_hypergeometric_pmf(uint64_t k, uint64_t n1, uint64_t n2, uint64_t drawn) {
    if (drawn > n1 + n2 || !is_possible(k, n1, n2, drawn)) return 0.0;
    if (drawn == 0 || drawn == n1 + n2) return 1.0;
    double p = (double)drawn / (double)(n1 + n2);
    return td_binomial_pmf(k, n1, p) * td_binomial_pmf(drawn - k, n2, p) /
           td_binomial_pmf(drawn, n1 + n2, p);
}

/* P(X <= k) by terms downwards: f(i-1)/f(i) = i (n2 - drawn + i) / ((n1-i+1)(drawn-i+1)). */
static double sum_down(uint64_t k, uint64_t n1, uint64_t n2, uint64_t drawn) {
    double sum = 0, term = 1.0;
    double others = (double)n2 - (double)drawn;
    for (uint64_t i = k; term > sum * 0x1p-60; i--) {
        sum += term;
        double x = (double)i;
        term *= x * (others + x) / (((double)n1 - x + 1.0) * ((double)drawn - x + 1.0));
        if (i == 0) break;
    }
    return sum * td_hypergeometric_pmf(k, n1, n2, drawn);
}

/* Drawing k marked ones is drawing drawn - k others: the upper tail is a lower tail of those. */
double td_hypergeometric_sf(uint64_t k, uint64_t n1, uint64_t n2, uint64_t drawn) {
    uint64_t top = drawn < n1 ? drawn : n1;
    if (k >= top) return 0.0;
    if (k + 1 + n2 <= drawn) return 1.0;
    double mean = (double)drawn * ((double)n1 / (double)(n1 + n2));
    if ((double)k < mean) return 1.0 - sum_down(k, n1, n2, drawn);
    return sum_down(drawn - k - 1, n2, n1, drawn);
}

double td_hypergeometric_cdf(uint64_t k, uint64_t n1, uint64_t n2, uint64_t drawn) {
    uint64_t top = drawn < n1 ? drawn : n1;
    if (k >= top) return 1.0;
    if (k + n2 < drawn) return 0.0;
    double mean = (double)drawn * ((double)n1 / (double)(n1 + n2));
    if ((double)k < mean) return sum_down(k, n1, n2, drawn);
    return 1.0 - sum_down(drawn - k - 1, n2, n1, drawn);
}
