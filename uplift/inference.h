/* uplift/inference.h: is there an effect that differs, and does a model know for whom?
 *
 *     rows that the model has not learned from, with its effects, and cross-fitted mu0, mu1, e
 *         |
 *         +--> doubly robust score of each row: unbiased for its effect, however noisy
 *                 +--> mean effect           +--> mean effect by group of predicted effect (GATE)
 *                 +--> calibration           +--> losses that rank models without knowing the truth
 *         +--> best linear predictor: how much of the predicted variation is real
 *
 * One arm against control; plain arrays in, structs out. Everything here is about the rows at hand:
 * a standard error covers the draw of these rows, not the fit of the model. */
#ifndef TD_UPLIFT_INFERENCE_H
#define TD_UPLIFT_INFERENCE_H

#include <stdint.h>

#include "core/base/err.h"
#include "stats/metric.h"

enum { TD_EFFECT_MAX_GROUPS = 20 };

/* Which rows depend on each other and how much each counts; docs: inference_units.c. NULL in its
 * place: rows are independent and count 1 each. */
typedef struct td_effect_units {
    uint64_t n;           /* rows */
    const double *weight; /* [n] > 0, borrowed; NULL = 1 each */
    uint64_t n_units;     /* clusters that have a row, or n */
    uint64_t *begin;      /* [n_units + 1] into row; NULL = every row is a unit; owned */
    uint64_t *row;        /* [n] rows by cluster; owned */
} td_effect_units;

/* cluster[n] < n_clusters or NULL. Freed with td_effect_units_free. TD_ERR_RANGE names a row whose
 * cluster does not exist; TD_ERR_NOMEM. O(n). */
td_status td_effect_units_build(td_effect_units *out, uint64_t n, const double *weight,
                                const uint32_t *cluster, uint32_t n_clusters,
                                td_error *err) TD_MUST_USE;
void td_effect_units_free(td_effect_units *units);

typedef struct td_effect_rows { /* all borrowed, [n] each */
    uint64_t n;
    const double *outcome;
    const double *treated;    /* 1 or 0 */
    const double *propensity; /* P(treated = 1 | row), inside (0, 1) */
    const double *mu0, *mu1;  /* expected outcomes, from models that did not see the row */
    const td_effect_units *units;
} td_effect_rows;

/* An estimate with its standard error, interval and two-sided p-value of "it is 0" (normal). */
typedef struct td_effect_estimate {
    double value, se;
    td_interval interval;
    td_metric p_value;
} td_effect_estimate;

/* score[n] = mu1 - mu0 + (w - e)/(e (1 - e)) (y - mu_w): the pseudo-outcome of Robins, Rotnitzky
 * and Zhao (1994), doi:10.1080/01621459.1994.10476818. TD_ERR_RANGE names the first row whose
 * treatment is not 0 or 1, whose propensity is not inside (0, 1) or whose outcome or mu is not
 * finite. */
td_status td_effect_scores(double *score, const td_effect_rows *rows, td_error *err) TD_MUST_USE;

/* Mean of x[n] with its standard error sd / sqrt(n): of scores the mean effect (AIPW). Undefined
 * interval and p-value below 2 rows. */
td_effect_estimate td_effect_mean(const double *x, uint64_t n, double level);

/* The weighted mean of x[units->n], its error by units: that of grf's average_treatment_effect with
 * clusters and sample weights. */
td_effect_estimate td_effect_mean_of(const double *x, const td_effect_units *units, double level);

/* Best linear predictor of the effect from the predicted one (Chernozhukov et al., 2025,
 * doi:10.3982/ECTA19303, "strategy A"): weighted regression of the outcome on (1, mu0, S, w - e,
 * (w - e)(S - mean S)), weights 1/(e (1 - e)) times the rows' own; HC3 errors, CR3 with
 * clusters. */
typedef struct td_effect_blp {
    td_effect_estimate mean;    /* coefficient of w - e: mean effect */
    td_effect_estimate loading; /* of (w - e)(S - mean S): 0 = S knows nothing of the
                                   differences, 1 = its differences are right on average */
} td_effect_blp;

/* effect[n] = S. TD_ERR_NUMERIC when all predicted effects are equal. O(n). */
td_status td_effect_blp_fit(td_effect_blp *out, const double *effect, const td_effect_rows *rows,
                            double level, td_error *err) TD_MUST_USE;

/* Groups of equal weight by predicted effect, the lowest first. Tied effects stay together. */
typedef struct td_effect_group {
    uint64_t n;
    double weight;           /* of its rows */
    double predicted;        /* mean predicted effect */
    double low, high;        /* smallest and largest predicted effect */
    td_effect_estimate mean; /* GATE: mean score; undefined interval below 2 rows */
} td_effect_group;

typedef struct td_effect_groups {
    uint32_t n_groups;
    td_effect_group group[TD_EFFECT_MAX_GROUPS];
    td_effect_estimate difference; /* highest group minus lowest */
    td_metric chi2, p_value;       /* of "all groups have one effect", n_groups - 1 df */
} td_effect_groups;

/* Predicted effects beside doubly robust scores; borrowed. */
typedef struct td_effect_scored {
    uint64_t n;
    const double *effect; /* [n] S: what a model says */
    const double *score;  /* [n] from td_effect_scores */
    double level;         /* of intervals, in (0, 1) */
    const td_effect_units *units;
} td_effect_scored;

/* TD_ERR_ARG unless 2 <= n_groups <= TD_EFFECT_MAX_GROUPS, TD_ERR_RANGE for a predicted effect that
 * is not finite, with its row. O(n). Chernozhukov et al. (GATES) on doubly robust scores. */
td_status td_effect_groups_build(td_effect_groups *out, const td_effect_scored *rows,
                                 uint32_t n_groups, td_error *err) TD_MUST_USE;

/* Does a predicted effect mean what it says? Regression of the score on (1, S), errors as for
 * BLP. */
typedef struct td_effect_calibration {
    td_effect_estimate intercept; /* 0 when calibrated */
    td_effect_estimate slope;     /* 1 when calibrated; below 1: differences are overstated */
    td_metric slope_is_one_p;     /* two-sided p-value of "slope = 1" */
    td_metric error;              /* sum over groups of share |predicted - mean score| */
    td_metric r2; /* 1 - error / the same with the mean score in place of the predicted: at most 1,
                     0 = no better than a constant (EconML's DRTester) */
} td_effect_calibration;

/* groups: of the same rows. Slope undefined when all predicted effects are equal. O(n). */
td_effect_calibration td_effect_calibrate(const td_effect_scored *rows,
                                          const td_effect_groups *groups);

/* How far a model is from the truth, up to a constant that is the same for every model. Smaller is
 * better; `gain` = loss of the constant (mean score) minus loss, above 0 = better than a
 * constant. */
typedef struct td_effect_loss {
    double dr;                  /* mean (score - S)^2; Foster, Syrgkanis (2023) */
    double r;                   /* mean ((y - m) - (w - e) S)^2, m = e mu1 + (1 - e) mu0 */
    td_effect_estimate dr_gain; /* paired over the rows */
    td_effect_estimate r_gain;
} td_effect_loss;

/* Nie and Wager (2021), doi:10.1093/biomet/asaa076; Foster and Syrgkanis, doi:10.1214/23-AOS2258.
 * O(n). */
td_effect_loss td_effect_losses(const td_effect_scored *scored, const td_effect_rows *rows);

/* Rows at which a value (a Qini) with this standard error at n rows would differ from 0 with this
 * power in a two-sided test at alpha: n ((z(1 - alpha/2) + z(power)) se / value)^2. Infinite for a
 * value of 0; NaN unless se > 0, n > 0 and 0 < alpha < 1, 0 < power < 1. Supposes that the value
 * stays and its error falls as 1 / sqrt(n). */
double td_effect_rows_needed(double value, double se, double n, double alpha, double power);

#endif
