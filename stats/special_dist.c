/* stats/special_dist.c: Student's t, chi-square, F and beta distributions, and non-central t.
 *
 * With I the incomplete beta and P the incomplete gamma function (special.c):
 *
 *     t:     P(T > t)   = I_x(df/2, 1/2) / 2,      x = df/(df + t^2), t > 0
 *     chi2:  P(X <= x)  = P(df/2, x/2)
 *     F:     P(X <= x)  = I_y(df1/2, df2/2),       y = df1 x/(df1 x + df2)
 *
 * Quantiles solve "distribution function = p" by bracketing and Brent's method on the smaller tail.
 *
 * Non-central t: T = (Z + delta)/S with S^2 = chi2/df independent of Z, so
 *
 *     P(T > t) = integral of Phi(delta - t s) f_S(s) ds,   s = e^u:
 *     f_S ds   = sqrt(df/pi) exp(-S(df/2) - df h(u)) du,   h(u) = (e^2u - 1)/2 - u >= 0.
 *
 * The integrand is analytic and falls off on both sides of u = 0 at least like exp(-|u|), so the
 * trapezoidal rule with step k converges like exp(-const/k): 1e-16 with the step below. All terms
 * are positive, so both tails keep their relative accuracy. Each tail costs about 50 to 400 terms.
 *
 * Beyond df = 1e8 Student's t is taken as normal after the transformation
 * z = t (1 - 1/(4 df)) / sqrt(1 + t^2/(2 df)), whose error is O(df^-2).
 * It does not compute non-central chi-square or F.
 *
 * Trefethen and Weideman, "The exponentially convergent trapezoidal rule", doi 10.1137/130932132;
 * Abramowitz and Stegun 26.7.8 for the normal approximation. */
#include <math.h>

#include "core/base/numeric.h"
#include "stats/root.h"
#include "stats/special.h"

#define NORMAL_DF 1e8

/* P(T > t), t >= 0. */
static double t_tail(double t, double df) {
    if (df > NORMAL_DF)
        return td_normal_cdf(-t * (1.0 - 0.25 / df) / sqrt(1.0 + 0.5 * t * (t / df)));
    if (t > 1e150) return 0.5 * td_exp(-df * td_log(t)); /* t^2 would overflow; far below 1e-30 */
    double sum = df + t * t;
    return 0.5 * td_beta_inc(0.5 * df, 0.5, df / sum, t * t / sum);
}

double td_t_cdf(double t, double df) {
    if (!(df > 0) || t != t) return __builtin_nan("");
    if (df == __builtin_inf()) return td_normal_cdf(t);
    return t <= 0 ? t_tail(-t, df) : 1.0 - t_tail(t, df);
}

double td_chi2_cdf(double x, double df) { return td_gamma_inc_lower(0.5 * df, 0.5 * fmax(x, 0)); }

double td_chi2_sf(double x, double df) { return td_gamma_inc_upper(0.5 * df, 0.5 * fmax(x, 0)); }

double td_f_cdf(double x, double df1, double df2) {
    if (!(df1 > 0 && df2 > 0)) return __builtin_nan("");
    double top = df1 * fmax(x, 0), sum = top + df2;
    return td_beta_inc(0.5 * df1, 0.5 * df2, top / sum, df2 / sum);
}

double td_f_sf(double x, double df1, double df2) {
    if (!(df1 > 0 && df2 > 0)) return __builtin_nan("");
    double top = df1 * fmax(x, 0), sum = top + df2;
    return td_beta_inc(0.5 * df2, 0.5 * df1, df2 / sum, top / sum);
}

/* --- quantiles -------------------------------------------------------------------------------- */

/* What a quantile is sought for; `is_upper`: p is the upper tail. */
typedef struct target {
    double p, a, b;
    int is_upper;
} target;

static double t_excess(const void *ctx, double t) {
    const target *g = ctx;
    return g->p - t_tail(t, g->a);
}

static double chi2_excess(const void *ctx, double x) {
    const target *g = ctx;
    return g->is_upper ? g->p - td_chi2_sf(x, g->a) : td_chi2_cdf(x, g->a) - g->p;
}

static double f_excess(const void *ctx, double x) {
    const target *g = ctx;
    return g->is_upper ? g->p - td_f_sf(x, g->a, g->b) : td_f_cdf(x, g->a, g->b) - g->p;
}

/* `x` counts from 0, or as the distance from 1 when is_upper. */
static double beta_excess(const void *ctx, double x) {
    const target *g = ctx;
    double rest = fmax(1.0 - x, 0.0);
    return g->is_upper ? g->p - td_beta_inc(g->a, g->b, rest, x)
                       : td_beta_inc(g->a, g->b, x, rest) - g->p;
}

static int is_probability(double p) { return p >= 0 && p <= 1; }

double td_t_quantile(double p, double df) {
    if (!is_probability(p) || !(df > 0)) return __builtin_nan("");
    if (df == __builtin_inf()) return td_normal_quantile(p);
    if (p == 0.5) return 0.0;
    target g = {.p = fmin(p, 1.0 - p), .a = df};
    double t = td_root_find_positive(t_excess, &g, 1.0);
    return p < 0.5 ? -t : t;
}

double td_chi2_quantile(double p, double df) {
    if (!is_probability(p) || !(df > 0)) return __builtin_nan("");
    target g = {p <= 0.5 ? p : 1.0 - p, df, 0, p > 0.5};
    return td_root_find_positive(chi2_excess, &g, df);
}

double td_f_quantile(double p, double df1, double df2) {
    if (!is_probability(p) || !(df1 > 0 && df2 > 0)) return __builtin_nan("");
    target g = {p <= 0.5 ? p : 1.0 - p, df1, df2, p > 0.5};
    return td_root_find_positive(f_excess, &g, 1.0);
}

/* The half that x lies in decides which end it is measured from. */
double td_beta_quantile(double p, double a, double b) {
    if (!is_probability(p) || !(a > 0 && b > 0)) return __builtin_nan("");
    if (p == 0 || p == 1) return p;
    target g = {p, a, b, p > td_beta_inc(a, b, 0.5, 0.5)};
    double x = td_root_find_positive(beta_excess, &g, 0.5);
    return g.is_upper ? 1.0 - x : x;
}

/* --- non-central t ---------------------------------------------------------------------------- */

/* h(u) = (e^2u - 1)/2 - u, by its series 2u^2/2! + 4u^3/3! + ... where the difference cancels. */
static double half_chi(double u) {
    if (fabs(u) > 0.3) return 0.5 * td_expm1(2.0 * u) - u;
    double sum = 0, term = u;
    for (int k = 2; k < 24; k++) {
        term *= 2.0 * u / k;
        sum += term;
    }
    return sum;
}

/* Trapezoidal sum of Phi(sign (delta - t s)) f_S(s); sign = 1: upper tail, -1: lower tail. */
static double nct_tail(double t, double df, double delta, double sign) {
    if (!(df > 0) || !(fabs(delta) <= 1000) || t != t) return __builtin_nan("");
    double step = fmin(0.11, 0.6 / sqrt(2.0 * df + delta * delta));
    double sum = td_normal_cdf(sign * (delta - t)); /* u = 0 */
    for (int side = -1; side <= 1; side += 2) {
        double density = 1.0;
        for (int i = 1; density > 1e-45; i++) {
            double u = side * i * step;
            density = td_exp(-df * half_chi(u));
            sum += density * td_normal_cdf(sign * (delta - t * td_exp(u)));
        }
    }
    return sum * step * sqrt(df * 0.31830988618379067) * td_exp(-td_stirling_error(0.5 * df));
}

double td_nct_cdf(double t, double df, double delta) { return nct_tail(t, df, delta, -1.0); }

double td_nct_sf(double t, double df, double delta) { return nct_tail(t, df, delta, 1.0); }
