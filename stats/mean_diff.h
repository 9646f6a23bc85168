/* stats/mean_diff.h: two arms by the mean of a number per unit: revenue, items, minutes; by a ratio
 * of two numbers; and with a covariate from before the experiment taken out (CUPED).
 *
 * Differences are arm 1 - arm 2, as for proportions; lift is arm 2 / arm 1 - 1. */
#ifndef TD_STATS_MEAN_DIFF_H
#define TD_STATS_MEAN_DIFF_H

#include <stdint.h>

#include "core/base/err.h"
#include "stats/metric.h"
#include "stats/proportion.h"

typedef struct td_sample {
    double n;        /* units, at least 2 */
    double mean;     /* of the metric; a ratio's R */
    double variance; /* of one unit, n - 1 in the denominator */
} td_sample;

/* Mean and variance of values[n], two passes in order. TD_ERR_RANGE with fewer than 2. */
td_status td_sample_of(td_sample *out, const double *values, uint64_t n, td_error *err) TD_MUST_USE;

typedef struct td_mean_diff {
    double difference; /* mean 1 - mean 2 */
    double se;
    double df; /* Welch-Satterthwaite; infinite for the normal test */
    double statistic;
    double p_value;
    td_interval ci;      /* of the difference */
    td_metric lift;      /* mean 2 / mean 1 - 1; undefined unless mean 1 > 0 */
    double lift_se;      /* delta method */
    double lift_p_value; /* two-sided, of no lift; unlike p_value it knows that the control's
                            mean is uncertain too */
    td_interval lift_ci; /* lift -+ t lift_se, t with df */
} td_mean_diff;

/* What is asked of two samples. */
typedef struct td_mean_question {
    double alpha;        /* the interval has level 1 - alpha, always two-sided */
    td_alternative side; /* of the p-value */
    int is_normal;       /* z in place of Welch's t: for ratio metrics */
} td_mean_question;

/* Test and interval. TD_ERR_RANGE: fewer than 2 units in an arm, no variance in both. Welch 1947,
 * doi 10.1093/biomet/34.1-2.28. O(1). */
td_status td_mean_compare(td_mean_diff *out, const td_sample *one, const td_sample *two,
                          td_mean_question question, td_error *err) TD_MUST_USE;

/* --- Bayes ------------------------------------------------------------------------------------ */

/* Belief about the effect (mean 2 - mean 1) before the data; sd = 0 stands for none. */
typedef struct td_normal_prior {
    double mean, sd;
} td_normal_prior;

typedef struct td_normal_posterior {
    double mean, sd;        /* of the effect */
    double chance_to_win;   /* P(mean 2 > mean 1) */
    double loss_if_chosen;  /* E max(mean 1 - mean 2, 0) */
    double loss_if_refused; /* E max(mean 2 - mean 1, 0) */
} td_normal_posterior;

/* Posterior of an effect estimated with standard error se > 0 (mean_bayes.c). O(1). */
td_normal_posterior td_normal_compare(double effect, double se, td_normal_prior prior);

/* E max(Z - u, 0) for a standard normal Z; Raiffa and Schlaifer 1961. */
double td_normal_loss(double u);

/* --- CUPED ------------------------------------------------------------------------------------ */

/* CUPED. theta = sum of within-arm cross products of value and covariate over the within-arm
 * squares of the covariate; adjusted[i] = value[i] - theta (covariate[i] - mean of all). Means of
 * arms keep their meaning, variances shrink by about 1 - r^2. arm[i] < n_arms. TD_ERR_RANGE when
 * the covariate does not vary within arms. Deng, Xu, Kohavi, Walker 2013, doi
 * 10.1145/2433396.2433413. O(n). */
typedef struct td_cuped_data {
    const double *value, *covariate; /* [n] */
    const uint32_t *arm;             /* [n] */
    uint64_t n;
    uint32_t n_arms;
} td_cuped_data;
td_status td_cuped_adjust(double *adjusted, double *theta, const td_cuped_data *data,
                          td_error *err) TD_MUST_USE;

#endif
