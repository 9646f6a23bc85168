/* gbdt/loss_value.h: losses of values other than the squared error: what they say about rows.
 *
 * regression_l1  |s - y|                               start = weighted median
 * quantile       (y - s)(alpha - [y < s])              start = weighted alpha-quantile
 * huber          (s - y)^2 / 2 up to alpha, then alpha (|s - y| - alpha / 2)    start = mean
 * poisson        exp(s) - y s, response exp(s)         start = log of the mean */
#ifndef TD_GBDT_LOSS_VALUE_H
#define TD_GBDT_LOSS_VALUE_H

#include "core/base/radix.h"
#include "gbdt/objective.h"

/* Derivatives of rows [begin, end), before weights. */
void td_value_derive(const td_gradients *out, const td_loss *loss, const double *score,
                     uint64_t begin, uint64_t end);

/* Starting score of one of these losses; `mean` is the weighted mean of the labels. */
td_status td_value_start(double *start, const td_loss *loss, double mean,
                         td_error *err) TD_MUST_USE;

/* The share of the weight that leaf values leave below: 0.5 or alpha; 0 = leaf values are Newton
 * steps and stay as they are. */
double td_value_share(const td_train_params *params);

/* Loss of a row by a metric, from label and response; alpha of huber and quantile. */
double td_value_loss(td_stop_metric metric, double label, double response, double alpha);

/* Values of a weighted set of rows in order. */
typedef struct td_weighted {
    td_keyed *rows, *scratch; /* [n] each; rows: td_value_keyed(value, row) */
    uint64_t n;
    const double *weight; /* by row number, NULL = ones */
} td_weighted;

td_keyed td_value_keyed(double value, uint64_t row);

/* The lowest value that at least `share` of the weight does not exceed. n >= 1; rows are sorted.
 * O(n). */
td_status td_value_quantile(double *out, const td_weighted *set, double share,
                            td_error *err) TD_MUST_USE;

#endif
