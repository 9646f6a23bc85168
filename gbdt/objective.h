/* gbdt/objective.h: losses: first and second derivatives, starting scores, validation metrics.
 *
 * binary:      p = sigmoid(s)   grad = w (p - y)         hess = w p (1 - p)   start = logit of mean
 * regression:  squared error    grad = w (s - y)         hess = w             start = mean
 * multiclass:  p = softmax(s)   grad = w (p_k - [y = k]) hess = w K/(K-1) p_k (1 - p_k)
 *              over K classes, one score each            start = log of the class's share
 * regression_l1, quantile, huber, poisson: loss_value.h
 * custom:      callbacks (custom.h)
 * with s the raw score, y the label and w the row's weight (times scale_pos_weight for y = 1).
 *
 * A row has n_outputs scores (K for multiclass, else 1). Arrays of scores and derivatives are
 * [n_outputs * n_rows]: output k of row i stands at [k * n_rows + i]. */
#ifndef TD_GBDT_OBJECTIVE_H
#define TD_GBDT_OBJECTIVE_H

#include <stdint.h>

#include "gbdt/gbdt.h"
#include "gbdt/quantise.h"

typedef struct td_loss {
    td_objective objective;
    uint32_t n_outputs;
    uint64_t n_rows;
    const double *label;     /* [n_rows] */
    const double *weight;    /* [n_rows], NULL = ones */
    double alpha;            /* of huber and quantile */
    double max_delta_step;   /* of poisson */
    double pos_weight;       /* factor on the weight of rows with label 1, binary only */
    const td_custom *custom; /* NULL = none */
} td_loss;

td_loss td_loss_of(const td_train_params *params, const td_binned *rows);

typedef struct td_gradients {
    double *grad, *hess;      /* [n_outputs * n_rows], borrowed: filled by the call */
    td_gradient_range *range; /* [n_outputs], likewise */
} td_gradients;

/* First and second derivatives at the raw scores, and their range. TD_ERR_NUMERIC names the row of
 * a custom derivative that is not finite, or negative where it is the second; errors of callbacks
 * are passed on. O(n_rows * n_outputs). */
td_status td_loss_gradients(const td_gradients *out, const td_loss *loss, const double *score,
                            const td_exec *exec, td_error *err) TD_MUST_USE;

/* start[n_outputs]: raw scores of a constant model, the optimum over all constants. */
td_status td_loss_start(double *start, const td_loss *loss, const td_exec *exec,
                        td_error *err) TD_MUST_USE;

/* Validation metric of the scores, rows weighted. AUC ignores weights; TD_ERR_NUMERIC with one
 * class, and when a callback's answer is not finite. (metric.c) */
td_status td_loss_metric(double *value, td_stop_metric metric, const td_loss *loss,
                         const double *score, const td_exec *exec, td_error *err) TD_MUST_USE;

/* The metric that a training watches: the one asked for, or the objective's own loss. */
td_stop_metric td_metric_of_params(const td_train_params *params);

/* 1 if a higher value of this metric is better. */
int td_metric_rises(td_stop_metric metric, const td_loss *loss);

/* What raw scores mean, in place: probabilities of binary and multiclass, values of others.
 * score[n_outputs][stride], the first n rows of each. */
void td_response(double *score, td_objective objective, uint32_t n_outputs, uint64_t stride,
                 uint64_t n);

/* Some sums over all rows: fn adds the terms of rows [begin, end), in row order, to sum[n_sums],
 * which starts at zeros. */
typedef struct td_row_sums {
    uint64_t n_rows;
    uint32_t n_sums;
    void (*fn)(double *sum, const void *ctx, uint64_t begin, uint64_t end);
    const void *ctx;
} td_row_sums;

/* sum[n_sums]: fixed chunks of rows, joined in chunk order: no thread count can change a bit. */
td_status td_row_sums_take(double *sum, const td_row_sums *what, const td_exec *exec,
                           td_error *err) TD_MUST_USE;

#endif
