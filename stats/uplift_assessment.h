/* stats/uplift_assessment.h: everything that is said about rankings by uplift, in one call.
 *
 *     rows, scores --> orders (one sort each) --> metrics, tenths, curve, noise floor, bootstrap,
 *                                                 differences of every two scores */
#ifndef TD_STATS_UPLIFT_ASSESSMENT_H
#define TD_STATS_UPLIFT_ASSESSMENT_H

#include "stats/uplift_bootstrap.h"
#include "stats/uplift_noise.h"

enum { TD_UPLIFT_CURVE_POINTS = 201 };

/* What is asked; all borrowed. */
typedef struct td_uplift_request {
    td_uplift_rows rows;
    td_uplift_clusters clusters; /* code NULL = rows are independent */
    td_uplift_cuts cuts;
    uint32_t n_replicates; /* 0 = no bootstrap, else at least TD_MIN_UPLIFT_REPLICATES */
    uint64_t seed;
    double level; /* of intervals and bands, in (0, 1) */
} td_uplift_request;

enum { TD_MIN_UPLIFT_REPLICATES = 20 };

/* One tenth of a ranking; tied blocks at its borders are shared out by their mean. */
typedef struct td_uplift_group {
    double rows[2], outcome[2]; /* [arm] */
} td_uplift_group;

/* Treated share over the tenths of a ranking: a score must not know the arm. */
typedef struct td_uplift_balance {
    double low, high; /* smallest and largest treated share of a tenth */
    td_metric chi2;   /* of tenths against arms, 9 degrees of freedom */
    td_metric p_value;
} td_uplift_balance;

/* What is said about one score. */
typedef struct td_uplift_verdict {
    double value[TD_UPLIFT_MAX_METRICS]; /* [n_metrics]; NaN = none, see td_uplift_value */
    td_spread spread[TD_UPLIFT_MAX_METRICS];
    td_uplift_group group[TD_UPLIFT_DECILES];
    td_uplift_balance balance;
    uint32_t n_distinct; /* scores */
    uint32_t n_points;   /* of the Qini curve, from (0, 0) on */
    double share[TD_UPLIFT_CURVE_POINTS], qini[TD_UPLIFT_CURVE_POINTS]; /* k / n, Q(k) / N1 */
} td_uplift_verdict;

typedef struct td_uplift_assessment {
    td_uplift_request request;
    td_uplift_orders orders;
    uint32_t n_metrics, n_pairs;
    double rows[2], mean[2];             /* [arm] rows and mean outcome */
    td_uplift_noise noise[TD_UPLIFT_AT]; /* the same for every score */
    td_uplift_verdict *verdict;          /* [n_scores] */
    td_spread *difference;               /* [n_pairs][n_metrics] */
} td_uplift_assessment;

/* Fills a zeroed *out; free it with td_uplift_assessment_free. Errors of td_uplift_orders_build and
 * td_uplift_bootstrap_run; TD_ERR_ARG for a level outside (0, 1), a cut outside (0, 1] or too few
 * replicates. Same bytes for any exec. */
td_status td_uplift_assessment_build(td_uplift_assessment *out, const td_uplift_request *request,
                                     const td_exec *exec, td_error *err) TD_MUST_USE;
void td_uplift_assessment_free(td_uplift_assessment *assessment);

/* A metric of score s, with the reason where it has no value. */
td_metric td_uplift_value(const td_uplift_assessment *assessment, uint32_t s, uint32_t metric);

/* Value of score a minus that of b, and its spread; a < b. */
td_metric td_uplift_difference(const td_uplift_assessment *assessment, uint32_t a, uint32_t b,
                               uint32_t metric);
const td_spread *td_uplift_difference_spread(const td_uplift_assessment *assessment, uint32_t a,
                                             uint32_t b, uint32_t metric);

#endif
