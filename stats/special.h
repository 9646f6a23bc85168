/* stats/special.h: distribution functions and quantiles behind tests, intervals and power.
 *
 * Built on core/base/numeric: the same bits on every machine. "E" beside a function is the largest
 * relative error met against 50-digit values (tests/oracle/make_stats_special.py) over the grids
 * named there: parameters from 0.5 to 1e6, results down to 1e-30; every function is held to it.
 * Both tails are computed as such, never as 1 - p. Impossible parameters (df <= 0, p outside [0,
 * 1], NaN) give NaN. Nothing allocates, nothing fails. */
#ifndef TD_STATS_SPECIAL_H
#define TD_STATS_SPECIAL_H

#include <stdint.h>

/* --- building blocks -------------------------------------------------------------------------- */

/* log n! - log(sqrt(2 pi n) (n/e)^n) for n > 0, and x log(x/m) + m - x >= 0, to be told x - m too:
 * the terms of Loader's saddle-point form of a density. 1e-14 of the larger of the result and 1.
 * O(1). */
double td_stirling_error(double n);
double td_deviance(double x, double m, double difference);

/* x^a y^b / B(a, b) for x + y = 1: the beta density times x y. O(1). */
double td_beta_factor(double a, double b, double x, double y);

/* Regularised incomplete beta function I_x(a, b), a, b > 0; y = 1 - x is passed beside x, so that
 * neither end loses digits. The upper tail is td_beta_inc(b, a, y, x). E = 1e-13. O(sqrt(max(a,
 * b))). */
double td_beta_inc(double a, double b, double x, double y);

/* Regularised incomplete gamma functions P(a, x) and Q(a, x) = 1 - P, a > 0, x >= 0. E = 1e-13 up
 * to a = 1e4. O(sqrt(a)) near x = a. */
double td_gamma_inc_lower(double a, double x);
double td_gamma_inc_upper(double a, double x);

/* --- continuous distributions: cdf = P(X <= x), sf = P(X > x) --------------------------------- */

/* Student; E = 1e-13. sf: td_t_cdf(-t, df). df = infinity: the normal distribution, to the bit. */
double td_t_cdf(double t, double df);
double td_t_quantile(double p, double df);
double td_chi2_cdf(double x, double df); /* E = 1e-13 */
double td_chi2_sf(double x, double df);
double td_chi2_quantile(double p, double df);
double td_f_cdf(double x, double df1, double df2); /* Fisher-Snedecor; E = 1e-13 */
double td_f_sf(double x, double df1, double df2);
double td_f_quantile(double p, double df1, double df2);
double td_beta_quantile(double p, double a, double b); /* x with I_x(a, b) = p */
/* Quantiles: E = 1e-13 in x times the condition p / (x density). */

/* Student's t with non-centrality delta (mean of the normal numerator), |delta| <= 1000: the power
 * of t tests. E = 3e-13 in each tail down to 1e-20. O(100) exponentials. */
double td_nct_cdf(double t, double df, double delta);
double td_nct_sf(double t, double df, double delta);

/* --- counts ----------------------------------------------------------------------------------- */

/* Binomial: k of n with probability p; E = 1e-13 up to n = 1e4. pmf O(1), the others as
 * td_beta_inc. sf = P(X > k). quantile: the least k with cdf >= p. */
double td_binomial_pmf(uint64_t k, uint64_t n, double p);
double td_binomial_cdf(uint64_t k, uint64_t n, double p);
double td_binomial_sf(uint64_t k, uint64_t n, double p);
uint64_t td_binomial_quantile(double prob, uint64_t n, double p);

/* Hypergeometric: k marked ones among `drawn` from n1 marked and n2 others; E = 1e-13 up to
 * n1 + n2 = 1e4, 1e-11 up to 1e6. pmf O(1); cdf = P(X <= k), sf = P(X > k) sum the shorter tail. */
double td_hypergeometric_pmf(uint64_t k, uint64_t n1, uint64_t n2, uint64_t drawn);
double td_hypergeometric_cdf(uint64_t k, uint64_t n1, uint64_t n2, uint64_t drawn);
double td_hypergeometric_sf(uint64_t k, uint64_t n1, uint64_t n2, uint64_t drawn);

#endif
