/* stats/multiple and stats/mean_diff against R 4.2; see make_stats_multiple.R. */
#include <criterion/criterion.h>
#include <math.h>

#include "stats/mean_diff.h"
#include "stats/multiple.h"
#include "tests/oracle/stats_multiple.h"

Test(stats_multiple, adjusted_values_are_those_of_r) {
    for (int f = 0; f < ORACLE_FAMILIES; f++) {
        for (int m = 0; m < TD_N_MULTIPLE; m++) {
            double got[ORACLE_FAMILY];
            const oracle_family *family = &oracle_families[f];
            td_multiple method = (td_multiple)m;
            cr_assert_eq(td_multiple_adjust(got, method, family->p, ORACLE_FAMILY, NULL), TD_OK);
            for (int i = 0; i < ORACLE_FAMILY; i++)
                cr_assert_float_eq(got[i], family->adjusted[m][i], 1e-15, "%s, family %d, p %d: %g",
                                   td_multiple_name(method), f, i, got[i]);
        }
    }
}

Test(stats_multiple, one_comparison_needs_no_adjustment) {
    for (int m = 0; m < TD_N_MULTIPLE; m++) {
        double got = 0, p = .03, bad = 1.5;
        cr_assert_eq(td_multiple_adjust(&got, (td_multiple)m, &p, 1, NULL), TD_OK);
        cr_assert_eq(got, p);
        cr_assert_eq(td_multiple_adjust(&got, (td_multiple)m, &bad, 1, NULL), TD_ERR_RANGE);
    }
}

enum { N_ONE = sizeof oracle_one / sizeof *oracle_one };
enum { N_TWO = sizeof oracle_two / sizeof *oracle_two };

Test(stats_mean_diff, welch_is_that_of_r) {
    td_sample one, two;
    td_mean_diff out;
    cr_assert_eq(td_sample_of(&one, oracle_one, N_ONE, NULL), TD_OK);
    cr_assert_eq(td_sample_of(&two, oracle_two, N_TWO, NULL), TD_OK);
    cr_assert_eq(td_mean_compare(&out, &one, &two, (td_mean_question){.05, TD_TWO_SIDED, 0}, NULL),
                 TD_OK);
    cr_assert_float_eq(out.statistic, ORACLE_T, 1e-13);
    cr_assert_float_eq(out.df, ORACLE_DF, 1e-12);
    cr_assert_float_eq(out.p_value, ORACLE_P, 1e-13);
    cr_assert_float_eq(out.ci.low, ORACLE_LOW, 1e-11);
    cr_assert_float_eq(out.ci.high, ORACLE_HIGH, 1e-11);
    cr_assert_eq(td_mean_compare(&out, &one, &two, (td_mean_question){.05, TD_GREATER, 0}, NULL),
                 TD_OK);
    cr_assert_float_eq(out.p_value, ORACLE_P_GREATER, 1e-13);
}

/* Lift by hand: means 10 and 11, variances 4 and 9, n = 100 and 50; se^2 = .0018 + .000484. */
Test(stats_mean_diff, lift_by_the_delta_method) {
    td_sample one = {100, 10, 4}, two = {50, 11, 9};
    td_mean_diff out;
    cr_assert_eq(td_mean_compare(&out, &one, &two, (td_mean_question){.05, TD_TWO_SIDED, 1}, NULL),
                 TD_OK);
    cr_assert_float_eq(out.lift.value, .1, 1e-15);
    cr_assert_float_eq(out.lift_ci.high - out.lift.value, 1.959963984540054 * sqrt(.002284), 1e-15);
    one.mean = 0;
    cr_assert_eq(td_mean_compare(&out, &one, &two, (td_mean_question){.05, TD_TWO_SIDED, 1}, NULL),
                 TD_OK);
    cr_assert_not(td_metric_is_defined(out.lift));
}

Test(stats_mean_diff, arms_without_spread_or_units_are_refused) {
    const td_mean_question question = {.05, TD_TWO_SIDED, 0};
    td_sample flat = {10, 3, 0}, other = {10, 3, 0}, single = {1, 3, 0};
    td_mean_diff out;
    td_error err = {0};
    cr_assert_eq(td_mean_compare(&out, &flat, &other, question, &err), TD_ERR_RANGE);
    cr_assert_eq(td_mean_compare(&out, &flat, &single, question, &err), TD_ERR_RANGE);
}

/* Y = 3,5,2,8,6,7,1,4 on X = 2,4,3,7,5,8,1,3: numpy's covariances. */
Test(stats_mean_diff, cuped_of_eight_rows) {
    const double y[] = {3, 5, 2, 8, 6, 7, 1, 4}, x[] = {2, 4, 3, 7, 5, 8, 1, 3};
    const uint32_t arm[8] = {0};
    const td_cuped_data data = {y, x, arm, 8, 1};
    double adjusted[8], theta = 0;
    td_sample before, after;
    cr_assert_eq(td_cuped_adjust(adjusted, &theta, &data, NULL), TD_OK);
    cr_assert_float_eq(theta, .941896024465, 5e-13);
    cr_assert_eq(td_sample_of(&before, y, 8, NULL), TD_OK);
    cr_assert_eq(td_sample_of(&after, adjusted, 8, NULL), TD_OK);
    cr_assert_float_eq(before.variance, 6, 1e-15);
    cr_assert_float_eq(after.variance, .819571865443, 5e-13);
    cr_assert_float_eq(after.mean, before.mean, 1e-15);
    const double flat[8] = {0};
    const td_cuped_data bad = {y, flat, arm, 8, 1};
    cr_assert_eq(td_cuped_adjust(adjusted, &theta, &bad, NULL), TD_ERR_RANGE);
}
