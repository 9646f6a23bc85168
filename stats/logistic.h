/* stats/logistic.h: logistic regression, the baseline beside every tree model.
 *
 *     P(y = 1 | x) = sigmoid(base + sum_j  coef_j (x_j - mean_j)              x_j present
 *                                   +      missing_coef_j (0 - missing_share_j)
 *                                 or       missing_coef_j (1 - missing_share_j)   x_j missing)
 *
 * Features are p columns of n doubles, each a block of its own; NaN = missing. A missing value is
 * replaced by the training mean, and a feature with missing values in training brings an indicator
 * column of its own, so that being missing has an effect of its own. Both are part of the model and
 * predict treats new rows alike. A feature (or indicator) that is constant in training has
 * coefficient 0. */
#ifndef TD_STATS_LOGISTIC_H
#define TD_STATS_LOGISTIC_H

#include <stdint.h>

#include "core/base/par.h"

typedef struct td_logistic_data { /* all borrowed */
    uint64_t n;
    uint32_t p;
    const double *const *x; /* [p] columns of [n], NaN = missing */
    const double *label;    /* [n] 0 or 1 */
    const double *weight;   /* [n] finite and >= 0, or NULL for ones */
} td_logistic_data;

typedef struct td_logistic_params {
    double l2;               /* ridge lambda >= 0, see td_logistic_params_default */
    double tolerance;        /* stop when |change of deviance| <= tolerance (|deviance| + 0.1) */
    uint32_t max_iterations; /* Newton steps; >= 1 */
} td_logistic_params;

/* l2 = 1: penalty (1/2) sum of squared coefficients of the standardised columns, intercept free;
 * the same as scikit-learn's C = 1 after its StandardScaler. Weak once a class has dozens of rows,
 * and it keeps separated data finite. tolerance = 1e-12, max_iterations = 50. */
td_logistic_params td_logistic_params_default(void);

typedef struct td_logistic_column {
    double mean;          /* over the present values, weighted; 0 if there are none */
    double sd;            /* around it, missing rows counting as the mean; 0 = constant, left out */
    double coef;          /* per unit of the feature */
    double se;            /* standard error of coef; 0 if left out */
    double missing_share; /* weighted share of missing rows in training */
    double missing_coef;  /* effect of being missing, beside sitting at the mean */
    double missing_se;    /* 0 if there is no indicator */
} td_logistic_column;

/* A fitted model. All fields are plain numbers and may be written and read back by the caller. */
typedef struct td_logistic {
    uint32_t p;
    td_logistic_column *columns; /* [p] */
    double base;                 /* linear predictor at the column means */
    double intercept;            /* at x = 0 with nothing missing; for people, predict uses base */
    double intercept_se;
    uint64_t n;           /* training rows */
    double l2;            /* as trained */
    double deviance;      /* -2 log-likelihood, without the penalty */
    double null_deviance; /* the same for the intercept alone */
    uint32_t iterations;
    int has_converged; /* 0: max_iterations came first */
} td_logistic;

/* Maximise the ridge log-likelihood by IRLS (Newton's method with step halving). Fills a zeroed
 * *out, freed with td_logistic_free.
 * TD_ERR_RANGE names row and column (from 1) of an infinite value, a bad label or weight;
 * TD_ERR_ARG bad parameters; TD_ERR_NUMERIC one class only, no rows, or (only with l2 = 0)
 * collinear or separated columns; TD_ERR_INTERRUPTED through exec. Per iteration O(n p^2) flops in
 * BLAS on one thread and O(n p) on exec's; needs 2 n doubles. Same bits for any exec on one BLAS
 * kernel. */
td_status td_logistic_fit(td_logistic *out, const td_logistic_data *data,
                          const td_logistic_params *params, const td_exec *exec,
                          td_error *err) TD_MUST_USE;

/* probability[n] of n rows, x as in td_logistic_data with p = model->p columns. A row's result
 * depends on this row alone. An infinite value gives what arithmetic gives: 0, 1 or NaN. O(n p). */
td_status td_logistic_predict(double *probability, const td_logistic *model, const double *const *x,
                              uint64_t n, const td_exec *exec, td_error *err) TD_MUST_USE;

void td_logistic_free(td_logistic *model);

#endif
