/* stats/regression.c: errors of predicted values.
 *
 * With y the label, f the prediction, m the mean of y:
 *
 *     mse = (1/n) sum (f - y)^2     mae = (1/n) sum |f - y|     r2 = 1 - n mse / sum (y - m)^2
 *
 * Sums run in row order with Neumaier's compensation, so the result depends neither on threads
 * nor much on the order of magnitude. m is taken in a first pass: the one-pass formula for the
 * spread of y loses all digits when m is far from 0. Cost O(n), two passes. Rows are not
 * weighted. */
#include "stats/regression.h"

#include <math.h>

#include "core/base/numeric.h"

static td_metric defined_if_finite(double value) {
    return value - value == 0 ? td_metric_of(value) : td_metric_undefined("a value is not finite");
}

td_regression_metrics td_regression_measure(const double *prediction, const double *label,
                                            uint64_t n) {
    td_metric none = td_metric_undefined("no rows");
    td_regression_metrics out = {.n = n, .mse = none, .rmse = none, .mae = none, .r2 = none};
    if (n == 0) return out;
    td_sum total = {0}, squares = {0}, sizes = {0}, spread = {0};
    for (uint64_t i = 0; i < n; i++) td_sum_add(&total, label[i]);
    double mean = td_sum_value(&total) / (double)n;
    for (uint64_t i = 0; i < n; i++) {
        double error = prediction[i] - label[i], deviation = label[i] - mean;
        td_sum_add(&squares, error * error);
        td_sum_add(&sizes, fabs(error));
        td_sum_add(&spread, deviation * deviation);
    }
    double mse = td_sum_value(&squares) / (double)n, variance = td_sum_value(&spread) / (double)n;
    out.mse = defined_if_finite(mse);
    out.rmse = defined_if_finite(sqrt(mse));
    out.mae = defined_if_finite(td_sum_value(&sizes) / (double)n);
    out.r2 = variance > 0 ? defined_if_finite(1 - mse / variance)
                          : td_metric_undefined("the label is constant");
    return out;
}
