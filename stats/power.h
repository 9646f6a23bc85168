/* stats/power.h: how many units an experiment needs, what it can see, how likely it is to see it.
 *
 * Arm 1 is control (conversion p1, n units), arm 2 the treatment (p2, ratio * n units). All sizes
 * are per arm 1 and not rounded; effects are differences p2 - p1 or m2 - m1. A question without an
 * answer (a method that does not cover the plan, an exact test too large to count) gives a
 * td_metric with the reason. */
#ifndef TD_STATS_POWER_H
#define TD_STATS_POWER_H

#include <stdint.h>

#include "core/base/err.h"
#include "stats/metric.h"

/* --- normal theory ---------------------------------------------------------------------------- */

/* Power of a z test whose statistic has mean `effect` >= 0 and variance 1: Phi(effect - z), and
 * two-sided the far tail Phi(-effect - z) as well. */
double td_power_normal(double effect, double alpha, int is_one_sided);

/* The effect (mean of the statistic) that has this power; power > alpha. */
double td_power_normal_effect(double power, double alpha, int is_one_sided);

/* --- two proportions -------------------------------------------------------------------------- */

typedef enum td_power_method {
    TD_POWER_POOLED = 0, /* z test with pooled variance under the null; Fleiss 1981, R's default */
    TD_POWER_STRICT,     /* the same, rejections in the wrong direction counted as well */
    TD_POWER_UNPOOLED,   /* z test with each arm's own variance; Chow, Shao, Wang 2008 */
    TD_POWER_ARCSINE,    /* h = 2 asin sqrt p1 - 2 asin sqrt p2; Cohen 1988 */
    TD_POWER_CONTINUITY, /* pooled with Yates' correction; Casagrande 1978, doi 10.2307/2530613 */
    TD_POWER_BASELINE, /* the null variance is that of p1 in both arms; Evan Miller's calculator */
    TD_POWER_EXACT,    /* exact power of Fisher's exact test, by counting every table */
    TD_N_POWER_METHODS
} td_power_method;

const char *td_power_method_name(td_power_method method); /* "pooled", ... */

/* The largest n1 n2 for which every table is counted. */
#define TD_EXACT_CELLS 1e7

typedef struct td_proportion_plan {
    double p1;     /* in (0, 1) */
    double p2;     /* in (0, 1); not looked at by td_power_proportion_p2 */
    double ratio;  /* n2 / n1 > 0 */
    double alpha;  /* in (0, 0.5) */
    double margin; /* > 0: non-inferiority, the null is p2 <= p1 - margin, one-sided; 0 = none */
    int is_one_sided;
} td_proportion_plan;

/* TD_ERR_RANGE names what is impossible: p outside (0, 1), no effect (p1 = p2 without a margin), a
 * margin that the effect does not clear, alpha, ratio. */
td_status td_proportion_plan_check(const td_proportion_plan *plan, td_error *err) TD_MUST_USE;

/* n1 for this power in (alpha, 1). Closed forms, or a root; `exact`: the least whole n1 at the end
 * of a bisection (exact power is saw-toothed: some larger n may have less), O(n1 n2 log n1). With a
 * margin only `unpooled` is defined. */
td_status td_power_proportion_n(td_metric *n1, const td_proportion_plan *plan,
                                td_power_method method, double power, td_error *err) TD_MUST_USE;

/* Power at n1 > 0 units in arm 1; `exact` rounds n1 and ratio n1 up and costs O(n1 n2). */
td_status td_power_proportion_at(td_metric *power, const td_proportion_plan *plan,
                                 td_power_method method, double n1, td_error *err) TD_MUST_USE;

/* What is given when the effect is asked for. */
typedef struct td_effect_question {
    double n1, power;
    int direction; /* 1: p2 above p1, -1: below */
} td_effect_question;

/* Minimum detectable effect: the p2 on that side of p1 that has this power.
 * Undefined when no p2 has it. */
td_status td_power_proportion_p2(td_metric *p2, const td_proportion_plan *plan,
                                 td_power_method method, td_effect_question question,
                                 td_error *err) TD_MUST_USE;

/* Exact power of Fisher's test of `n1` and `n2` units (power_exact.c); p-values as R's fisher.test.
 * TD_ERR_NOMEM; O(n1 n2) time, O(n1 + n2) memory. */
td_status td_power_fisher(double *power, const td_proportion_plan *plan, uint64_t n1, uint64_t n2,
                          td_error *err) TD_MUST_USE;

/* --- means and ratios ------------------------------------------------------------------------- */

typedef struct td_mean_plan {
    double effect; /* difference of means over the common standard deviation, Cohen's d != 0 */
    double ratio;  /* n2 / n1; not looked at when is_one_sample */
    double alpha;
    int is_one_sided;
    int is_one_sample; /* one sample, or paired differences */
} td_mean_plan;

/* Power of Student's t test, df = n1 + n2 - 2 or n1 - 1, by the non-central t; n1 for a power; the
 * effect for n1 and a power (the plan's effect is not looked at). NaN when n1 leaves no degree of
 * freedom. Cohen 1988; the same as R's pwr.t.test and pwr.t2n.test. */
double td_power_mean_at(const td_mean_plan *plan, double n1);
double td_power_mean_n(const td_mean_plan *plan, double power);
double td_power_mean_effect(const td_mean_plan *plan, double n1, double power);

/* A ratio R = sum N / sum D over randomised units (sessions bought / sessions, per visitor). */
typedef struct td_ratio_moments {
    double n;                        /* units the moments come from */
    double mean_n, mean_d;           /* mean_d > 0 */
    double var_n, var_d, covariance; /* with n - 1 in the denominator */
} td_ratio_moments;

/* Moments of N[n] and D[n]; two passes in order. TD_ERR_RANGE with fewer than 2 units or mean of D
 * not above 0. */
td_status td_ratio_moments_of(td_ratio_moments *out, const double *numerator,
                              const double *denominator, uint64_t n, td_error *err) TD_MUST_USE;

/* Variance of R times the number of units, by the delta method:
 * (var_n - 2 R cov + R^2 var_d) / mean_d^2. Deng, Knoblich, Lu 2018, doi
 * 10.1145/3219819.3219919. */
double td_ratio_unit_variance(const td_ratio_moments *moments);

/* --- traffic ---------------------------------------------------------------------------------- */

/* mean[d - 1]: mean number of distinct visitors in a window of d whole days, d = 1 .. n_days, over
 * all windows of the log. Visits come as (visitor[i], day[i]), sorted by visitor and then day,
 * day[i] < n_days. Visitors come back, so that the curve bends. TD_ERR_RANGE: no day, a day beyond
 * the log, visits out of order; TD_ERR_NOMEM. O(n + n_days^2) (power_traffic.c). */
typedef struct td_visits {
    const uint32_t *visitor, *day; /* [n] */
    uint64_t n;
    uint32_t n_days;
} td_visits;
td_status td_traffic_curve(double *mean, const td_visits *visits, td_error *err) TD_MUST_USE;

/* Days until a window holds `units` distinct visitors: between whole days a straight line, beyond
 * the log the slope of its last quarter. NaN where the curve does not rise there. O(n_days). */
double td_traffic_days(const double *mean, uint32_t n_days, double units);

/* --- clusters --------------------------------------------------------------------------------- */

/* 0/1 outcomes of sessions within visitors: visitor v has size[v] sessions, hits[v] of them with
 * the outcome. ICC by one-way analysis of variance, (MSB - MSW)/(MSB + (m0 - 1) MSW), and the
 * design effect 1 + (sum m^2 / sum m - 1) ICC by which sessions must be multiplied when visitors
 * are randomised. Ridout, Demetrio, Firth 1999, doi 10.1111/j.0006-341X.1999.00137.x. */
typedef struct td_cluster_effect {
    double icc;           /* may be slightly negative */
    double mean_size;     /* sum m / clusters */
    double weighted_size; /* sum m^2 / sum m */
    double design_effect; /* at least 1: a negative ICC is not used to shrink a plan */
} td_cluster_effect;

/* TD_ERR_NUMERIC when the outcome does not vary or no cluster has two members. O(n). */
td_status td_cluster_effect_of(td_cluster_effect *out, const uint64_t *size, const uint64_t *hits,
                               uint64_t n, td_error *err) TD_MUST_USE;

#endif
