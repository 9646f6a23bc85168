/* gbdt/objective.h: losses: first and second derivatives, starting score, validation metrics.
 *
 * binary:      p = sigmoid(s)   grad = w (p - y)   hess = w p (1 - p)   start = logit of the mean
 * regression:  squared error    grad = w (s - y)   hess = w             start = mean
 * with s the raw score, y the label and w the row's weight (times scale_pos_weight for y = 1). */
#ifndef TD_GBDT_OBJECTIVE_H
#define TD_GBDT_OBJECTIVE_H

#include <stdint.h>

#include "gbdt/gbdt.h"
#include "gbdt/quantise.h"

typedef struct td_loss {
    td_objective objective;
    uint64_t n_rows;
    const double *label;  /* [n_rows] */
    const double *weight; /* [n_rows], NULL = ones */
    double pos_weight;    /* factor on the weight of rows with label 1, binary only */
} td_loss;

td_loss td_loss_of(const td_train_params *params, const td_binned *rows);

typedef struct td_gradients {
    double *grad, *hess; /* [n_rows], borrowed: filled by the call */
    td_gradient_range range;
} td_gradients;

/* First and second derivatives at the raw scores [n_rows], and their range. O(n_rows). */
td_status td_loss_gradients(td_gradients *out, const td_loss *loss, const double *score,
                            const td_exec *exec, td_error *err) TD_MUST_USE;

/* Raw score that a constant model has: the optimum over all constants. */
td_status td_loss_start(double *start, const td_loss *loss, const td_exec *exec,
                        td_error *err) TD_MUST_USE;

/* Validation metric of the scores; *is_better_high says which way it improves. AUC ignores weights
 * and is NaN with one class. */
td_status td_loss_metric(double *value, td_stop_metric metric, const td_loss *loss,
                         const double *score, const td_exec *exec, td_error *err) TD_MUST_USE;

/* 1 if a higher value of this metric is better. */
int td_metric_rises(td_stop_metric metric);

#endif
