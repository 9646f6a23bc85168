/* tests/unit/test_stats_regression.c: errors of predicted values against hand-made cases. */
#include <criterion/criterion.h>
#include <math.h>

#include "stats/regression.h"

/* Errors -1, 0, 2, 1: squares 1, 0, 4, 1; label mean 3, spread 4 + 1 + 1 + 4. */
Test(stats_regression, hand_case) {
    const double label[] = {1, 2, 4, 5}, prediction[] = {0, 2, 6, 6};
    td_regression_metrics m = td_regression_measure(prediction, label, 4);
    cr_assert_eq(m.n, 4);
    cr_assert_eq(m.mse.value, 1.5);
    cr_assert_eq(m.rmse.value, sqrt(1.5));
    cr_assert_eq(m.mae.value, 1.0);
    cr_assert_float_eq(m.r2.value, 1 - 6.0 / 10.0, 1e-15);
}

Test(stats_regression, perfect_and_mean_predictions_have_r2_of_one_and_zero) {
    const double label[] = {1, 2, 4, 5}, mean[] = {3, 3, 3, 3};
    cr_assert_eq(td_regression_measure(label, label, 4).r2.value, 1.0);
    cr_assert_eq(td_regression_measure(mean, label, 4).r2.value, 0.0);
}

Test(stats_regression, undefined_values_say_why) {
    const double constant[] = {7, 7}, off[] = {6, 8}, infinite[] = {INFINITY, 1};
    cr_assert_str_eq(td_regression_measure(off, off, 0).mse.undefined_reason, "no rows");
    td_regression_metrics m = td_regression_measure(off, constant, 2);
    cr_assert_eq(m.mse.value, 1.0);
    cr_assert_str_eq(m.r2.undefined_reason, "the label is constant");
    m = td_regression_measure(infinite, off, 2);
    cr_assert_not(td_metric_is_defined(m.mse));
    cr_assert_not(td_metric_is_defined(m.mae));
}

/* A label far from 0: 1e9 + {0, 1, 2}; the spread is 2 exactly. */
Test(stats_regression, a_large_mean_costs_no_digits) {
    const double label[] = {1e9, 1e9 + 1, 1e9 + 2}, prediction[] = {1e9 + 1, 1e9 + 1, 1e9 + 1};
    td_regression_metrics m = td_regression_measure(prediction, label, 3);
    cr_assert_eq(m.mse.value, 2.0 / 3.0);
    cr_assert_eq(m.r2.value, 0.0);
}
