/* stats/power_mean.c: power of t tests, the variance of a ratio metric, the price of clusters.
 *
 * Means. With Cohen's d, n2 = r n1, df = n1 + n2 - 2 (one sample: n1 - 1) and t the critical value,
 *
 *     delta = d / sqrt(1/n1 + 1/n2)   (one sample: d sqrt(n1))
 *     power = P(T' > t) + P(T' < -t), T' non-central t with df and delta; one-sided the first term
 *
 * and n or d are roots of it.
 *
 * Ratios. R = sum N / sum D over visitors is not a mean of sessions that are independent; its
 * variance is that of the linear form (N - R D)/mean(D).
 *
 * Clusters. Randomising visitors but counting sessions makes sessions of one visitor go together:
 * with intra-class correlation ICC a plan needs 1 + (m_w - 1) ICC times the sessions, m_w the size
 * of the cluster that a random session finds itself in.
 *
 * Cost: O(100) exponentials an evaluation of the power; O(n) for moments and clusters. It does not
 * plan for unequal variances (Welch): take the larger one.
 *
 * Cohen 1988; Deng, Knoblich, Lu 2018, doi 10.1145/3219819.3219919; Ridout, Demetrio, Firth 1999,
 * doi 10.1111/j.0006-341X.1999.00137.x; Donner and Klar, "Design and Analysis of Cluster
 * Randomization Trials" (2000). */
#include <math.h>

#include "core/base/numeric.h"
#include "stats/power.h"
#include "stats/root.h"
#include "stats/special.h"

/* Power for an effect at n1; the plan's own effect is not looked at. */
static double mean_power(const td_mean_plan *plan, double n1, double effect) {
    double df = plan->is_one_sample ? n1 - 1.0 : n1 * (1.0 + plan->ratio) - 2.0;
    if (!(df > 0)) return __builtin_nan("");
    double root = plan->is_one_sample ? sqrt(n1) : sqrt(n1 * plan->ratio / (1.0 + plan->ratio));
    double tail = plan->is_one_sided ? plan->alpha : 0.5 * plan->alpha;
    double t = -td_t_quantile(tail, df), delta = fabs(effect) * root;
    if (delta > 1000) return 1.0;
    double near = td_nct_sf(t, df, delta);
    return plan->is_one_sided ? near : near + td_nct_cdf(-t, df, delta);
}

double td_power_mean_at(const td_mean_plan *plan, double n1) {
    return mean_power(plan, n1, plan->effect);
}

typedef struct mean_target {
    const td_mean_plan *plan;
    double n1, power;
} mean_target;

/* A size that leaves no degree of freedom counts as no power. */
static double size_excess(const void *ctx, double n1) {
    const mean_target *g = ctx;
    double power = mean_power(g->plan, n1, g->plan->effect);
    return (power == power ? power : 0) - g->power;
}

static double effect_excess(const void *ctx, double effect) {
    const mean_target *g = ctx;
    return mean_power(g->plan, g->n1, effect) - g->power;
}

double td_power_mean_n(const td_mean_plan *plan, double power) {
    mean_target g = {plan, 0, power};
    if (plan->effect == 0) return __builtin_inf();
    return td_root_find_positive(size_excess, &g, 16.0);
}

double td_power_mean_effect(const td_mean_plan *plan, double n1, double power) {
    mean_target g = {plan, n1, power};
    if (mean_power(plan, n1, 1.0) != mean_power(plan, n1, 1.0)) return __builtin_nan("");
    return td_root_find_positive(effect_excess, &g, 1.0);
}

/* --- ratio metrics ---------------------------------------------------------------------------- */

td_status td_ratio_moments_of(td_ratio_moments *out, const double *numerator,
                              const double *denominator, uint64_t n, td_error *err) {
    td_sum sum_n = {0}, sum_d = {0}, nn = {0}, dd = {0}, nd = {0};
    TD_CHECK(n >= 2, err, TD_ERR_RANGE, "a ratio needs at least 2 units, there are %llu",
             (unsigned long long)n);
    for (uint64_t i = 0; i < n; i++) {
        td_sum_add(&sum_n, numerator[i]);
        td_sum_add(&sum_d, denominator[i]);
    }
    double size = (double)n;
    *out = (td_ratio_moments){
        .n = size, .mean_n = td_sum_value(&sum_n) / size, .mean_d = td_sum_value(&sum_d) / size};
    TD_CHECK(out->mean_d > 0, err, TD_ERR_RANGE,
             "the mean of the denominator is %.10g, not above 0", out->mean_d);
    for (uint64_t i = 0; i < n; i++) {
        double a = numerator[i] - out->mean_n, b = denominator[i] - out->mean_d;
        td_sum_add(&nn, a * a);
        td_sum_add(&dd, b * b);
        td_sum_add(&nd, a * b);
    }
    out->var_n = td_sum_value(&nn) / (size - 1.0);
    out->var_d = td_sum_value(&dd) / (size - 1.0);
    out->covariance = td_sum_value(&nd) / (size - 1.0);
    return TD_OK;
}

double td_ratio_unit_variance(const td_ratio_moments *moments) {
    double r = moments->mean_n / moments->mean_d;
    double v = moments->var_n - 2.0 * r * moments->covariance + r * r * moments->var_d;
    return v / (moments->mean_d * moments->mean_d);
}

/* --- clusters --------------------------------------------------------------------------------- */

/* MSB = sum m (p_v - p)^2 / (k - 1), MSW = sum m p_v (1 - p_v) / (N - k), m0 = (N - sum
 * m^2/N)/(k-1) with p_v = hits/size of cluster v. */
td_status td_cluster_effect_of(td_cluster_effect *out, const uint64_t *size, const uint64_t *hits,
                               uint64_t n, td_error *err) {
    td_sum between = {0}, within = {0};
    uint64_t total = 0, total_hits = 0;
    double squares = 0, k = (double)n;
    for (uint64_t v = 0; v < n; v++) {
        total += size[v];
        total_hits += hits[v];
        squares += (double)size[v] * (double)size[v];
    }
    TD_CHECK(total > n && n > 1, err, TD_ERR_NUMERIC,
             "no visitor has two sessions: an intra-class correlation has no value");
    TD_CHECK(total_hits > 0 && total_hits < total, err, TD_ERR_NUMERIC,
             "the outcome never varies: an intra-class correlation has no value");
    double all = (double)total, p = (double)total_hits / all;
    for (uint64_t v = 0; v < n; v++) {
        if (size[v] == 0) continue;
        double m = (double)size[v], own = (double)hits[v] / m;
        td_sum_add(&between, m * (own - p) * (own - p));
        td_sum_add(&within, m * own * (1.0 - own));
    }
    double msb = td_sum_value(&between) / (k - 1.0), msw = td_sum_value(&within) / (all - k);
    double m0 = (all - squares / all) / (k - 1.0);
    out->icc = (msb - msw) / (msb + (m0 - 1.0) * msw);
    out->mean_size = all / k;
    out->weighted_size = squares / all;
    out->design_effect = fmax(1.0, 1.0 + (out->weighted_size - 1.0) * out->icc);
    return TD_OK;
}
