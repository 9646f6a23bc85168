/* stats/regression.h: how far predictions of a value lie from it. */
#ifndef TD_STATS_REGRESSION_H
#define TD_STATS_REGRESSION_H

#include <stdint.h>

#include "stats/metric.h"

typedef struct td_regression_metrics {
    uint64_t n;
    td_metric mse;  /* (1/n) sum (prediction - label)^2; LightGBM's l2 */
    td_metric rmse; /* its square root */
    td_metric mae;  /* (1/n) sum |prediction - label| */
    td_metric r2;   /* 1 - sum (prediction - label)^2 / sum (label - mean label)^2 */
} td_regression_metrics;

/* All is undefined for n = 0 or when a sum is not finite, r2 also for a constant label. Compensated
 * sums in row order. O(n). */
td_regression_metrics td_regression_measure(const double *prediction, const double *label,
                                            uint64_t n);

#endif
