/* stats/proportion.h: two conversion rates from counts: intervals, tests, posterior chances.
 *
 * Arm 1 is control, arm 2 the treatment; x of n converted. Differences are p1 - p2. What has no
 * value for the counts at hand is a td_metric, or an interval with a reason. */
#ifndef TD_STATS_PROPORTION_H
#define TD_STATS_PROPORTION_H

#include <stdint.h>

#include "core/base/err.h"
#include "stats/metric.h"

typedef struct td_two_counts {
    uint64_t x1, n1; /* conversions and units of arm 1 */
    uint64_t x2, n2;
} td_two_counts;

typedef enum td_alternative {
    TD_TWO_SIDED = 0,
    TD_GREATER, /* p1 > p2 */
    TD_LESS     /* p1 < p2 */
} td_alternative;

/* TD_ERR_RANGE: an empty arm, more conversions than units; `name` of the arms in the text. */
td_status td_two_counts_check(const td_two_counts *counts, td_error *err) TD_MUST_USE;

/* --- one rate --------------------------------------------------------------------------------- */

typedef enum td_rate_interval {
    TD_RATE_WILSON = 0,      /* score; Wilson 1927, doi 10.1080/01621459.1927.10502953 */
    TD_RATE_JEFFREYS,        /* posterior quantiles under Beta(1/2, 1/2) */
    TD_RATE_CLOPPER_PEARSON, /* exact, conservative; doi 10.1093/biomet/26.4.404 */
    TD_RATE_AGRESTI_COULL,   /* doi 10.1080/00031305.1998.10480550 */
    TD_N_RATE_INTERVALS
} td_rate_interval;

/* Two-sided interval of level 1 - alpha for x of n, n >= 1; O(1) to O(20) incomplete betas. */
td_interval td_rate_interval_of(td_rate_interval method, uint64_t x, uint64_t n, double alpha);

/* --- difference of two rates
 * ---------------------------------------------------------------------*/

typedef enum td_diff_interval {
    TD_DIFF_WALD = 0,           /* d +- z sqrt(p1 q1/n1 + p2 q2/n2); undefined without variance */
    TD_DIFF_NEWCOMBE,           /* hybrid of two Wilson intervals, Newcombe 1998 method 10 */
    TD_DIFF_MIETTINEN_NURMINEN, /* score with constrained MLE and N/(N-1), 1985 */
    TD_DIFF_AGRESTI_CAFFO,      /* Wald after one success and one failure more in each arm */
    TD_DIFF_WALD_YATES,         /* Wald, wider by Yates' correction; R's prop.test by default */
    TD_N_DIFF_INTERVALS
} td_diff_interval;

/* "wald", "newcombe", "miettinen_nurminen", "agresti_caffo", "wald_yates". */
const char *td_diff_interval_name(td_diff_interval method);

/* Two-sided interval of level 1 - alpha for p1 - p2. O(1); the score interval about 200 steps. */
td_interval td_diff_interval_of(td_diff_interval method, const td_two_counts *counts, double alpha);

/* Ratio p2/p1 of treatment to control by Katz's log interval (1978, doi 10.2307/2530610); *ratio
 * and the interval are undefined when an arm has no conversion. Relative lift = ratio - 1. */
td_interval td_risk_ratio_of(td_metric *ratio, const td_two_counts *counts, double alpha);

/* --- tests of p1 = p2
 * ----------------------------------------------------------------------------*/

/* z with pooled variance: its square is Pearson's chi-square without correction; with Yates'
 * correction as R's prop.test. Undefined when nobody or everybody converted. */
td_metric td_test_z_pooled(const td_two_counts *counts, td_alternative side);
td_metric td_test_z_yates(const td_two_counts *counts, td_alternative side);

/* Fisher's exact test; two-sided adds all tables at most as probable as the observed one (to one
 * part in 10^7), as R does. O(n1) at most. */
double td_test_fisher(const td_two_counts *counts, td_alternative side);

/* The same, two-sided as min(1, twice the smaller one-sided p-value). */
double td_test_fisher_doubled(const td_two_counts *counts);

/* Exact unconditional tests (proportion_exact.c): the largest p-value over the common rate.
 * barnard: tables ordered by the pooled z; boschloo: by Fisher's one-sided p-value, two-sided =
 * min(1, twice the smaller side). Undefined above n1 n2 = 10^7 (TD_EXACT_CELLS). O(sqrt(n)) work
 * per rate, about 1000 rates. TD_ERR_NOMEM. */
td_status td_test_barnard(td_metric *p_value, const td_two_counts *counts, td_alternative side,
                          td_error *err) TD_MUST_USE;
td_status td_test_boschloo(td_metric *p_value, const td_two_counts *counts, td_alternative side,
                           td_error *err) TD_MUST_USE;

/* --- sample ratio mismatch
 * -----------------------------------------------------------------------*/

typedef struct td_srm {
    double chi2;
    double df; /* arms with a positive share, less one */
    double p_value;
} td_srm;

/* Chi-square of units[n] against shares[n] (any positive scale; NULL = equal). An arm of share 0
 * must be empty. TD_ERR_RANGE: fewer than two arms, a negative share, no units, units in an arm of
 * share 0. Fabijan et al. 2019, doi 10.1145/3292500.3330722. */
td_status td_srm_check(td_srm *out, const uint64_t *units, const double *shares, uint32_t n,
                       td_error *err) TD_MUST_USE;

/* --- Bayes
 * ---------------------------------------------------------------------------------------*/

typedef struct td_beta_posterior {
    double chance_to_win;   /* P(p2 > p1) */
    double loss_if_chosen;  /* E max(p1 - p2, 0): what choosing the treatment costs on average */
    double loss_if_refused; /* E max(p2 - p1, 0) */
} td_beta_posterior;

/* Independent Beta(a, b) priors, a, b > 0. Trapezoidal rule on the logit scale, 1e-12 absolute.
 * Stucchio 2015, "Bayesian A/B testing at VWO", for the loss. */
td_beta_posterior td_beta_compare(const td_two_counts *counts, double a, double b);

#endif
