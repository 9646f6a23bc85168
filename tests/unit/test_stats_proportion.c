/* stats/proportion: edges, symmetries, hand cases. Published values: tests/oracle. */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "core/base/mem.h"
#include "stats/proportion.h"

static td_two_counts exchanged(td_two_counts c) { return (td_two_counts){c.x2, c.n2, c.x1, c.n1}; }

Test(stats_proportion_edges, impossible_counts_are_named) {
    td_error err = {0};
    td_two_counts more = {5, 4, 1, 10}, empty = {1, 4, 0, 0};
    cr_assert_eq(td_two_counts_check(&more, &err), TD_ERR_RANGE);
    cr_assert_not_null(strstr(err.text, "5 successes in 4 trials"));
    cr_assert_eq(td_two_counts_check(&empty, &err), TD_ERR_RANGE);
    cr_assert_not_null(strstr(err.text, "the second arm has no trials"));
}

Test(stats_proportion_edges, nobody_converted_is_undefined_or_wide_but_never_sure) {
    td_two_counts none = {0, 10, 0, 20};
    td_metric ratio, p;
    cr_assert_not(td_metric_is_defined(td_test_z_pooled(&none, TD_TWO_SIDED)));
    cr_assert_not(td_interval_is_defined(td_diff_interval_of(TD_DIFF_WALD, &none, .05)));
    td_interval mn = td_diff_interval_of(TD_DIFF_MIETTINEN_NURMINEN, &none, .05);
    cr_assert(mn.low < -.1 && mn.high > .2);
    cr_assert_not(td_interval_is_defined(td_diff_interval_of(TD_DIFF_WALD_YATES, &none, .05)));
    cr_assert_not(td_interval_is_defined(td_risk_ratio_of(&ratio, &none, .05)));
    cr_assert_not(td_metric_is_defined(ratio));
    cr_assert_eq(td_test_fisher(&none, TD_TWO_SIDED), 1);
    cr_assert_eq(td_test_barnard(&p, &none, TD_TWO_SIDED, NULL), TD_OK);
    cr_assert_eq(p.value, 1);
    cr_assert_eq(td_test_boschloo(&p, &none, TD_TWO_SIDED, NULL), TD_OK);
    cr_assert_eq(p.value, 1);
}

/* 9/10 v 0/3: d = .9, half = z sqrt(.009); (1/10 + 1/3)/2 = .2167. R's prop.test: .4974 .. 1. Equal
 * rates: nothing to correct. */
Test(stats_proportion_edges, yates_widens_by_the_correction_and_never_beyond_one) {
    td_two_counts far = {9, 10, 0, 3}, even = {3, 10, 6, 20};
    td_interval ci = td_diff_interval_of(TD_DIFF_WALD_YATES, &far, .05);
    double half = 1.959963984540054 * sqrt(.009) + (1. / 10 + 1. / 3) / 2;
    cr_assert_float_eq(ci.low, .9 - half, 1e-14);
    cr_assert_eq(ci.high, 1);
    td_interval bare = td_diff_interval_of(TD_DIFF_WALD, &even, .05);
    ci = td_diff_interval_of(TD_DIFF_WALD_YATES, &even, .05);
    cr_assert_float_eq(ci.low, bare.low, 1e-16);
    cr_assert_float_eq(ci.high, bare.high, 1e-16);
}

/* 10/10 v 0/10: the score interval ends at 1; 0/10 alone ends at 0. */
Test(stats_proportion_edges, limits_stay_inside_the_possible) {
    td_two_counts all = {10, 10, 0, 10};
    td_interval mn = td_diff_interval_of(TD_DIFF_MIETTINEN_NURMINEN, &all, .05);
    cr_assert_eq(mn.high, 1);
    cr_assert(mn.low > .5 && mn.low < 1);
    for (int m = 0; m < TD_N_RATE_INTERVALS; m++) {
        cr_assert_eq(td_rate_interval_of((td_rate_interval)m, 0, 10, .05).low, 0);
        cr_assert_eq(td_rate_interval_of((td_rate_interval)m, 10, 10, .05).high, 1);
    }
}

Test(stats_proportion_edges, exchanging_the_arms_mirrors_everything) {
    td_two_counts c = {17, 120, 9, 140}, back = exchanged(c);
    for (int m = 0; m < TD_N_DIFF_INTERVALS; m++) {
        td_interval one = td_diff_interval_of((td_diff_interval)m, &c, .1);
        td_interval two = td_diff_interval_of((td_diff_interval)m, &back, .1);
        cr_assert_float_eq(one.low, -two.high, 1e-13, "%d", m);
        cr_assert_float_eq(one.high, -two.low, 1e-13, "%d", m);
    }
    td_metric a, b;
    cr_assert_eq(td_test_barnard(&a, &c, TD_GREATER, NULL), TD_OK);
    cr_assert_eq(td_test_barnard(&b, &back, TD_LESS, NULL), TD_OK);
    cr_assert_float_eq(a.value, b.value, 1e-14);
    cr_assert_eq(td_test_boschloo(&a, &c, TD_TWO_SIDED, NULL), TD_OK);
    cr_assert_eq(td_test_boschloo(&b, &back, TD_TWO_SIDED, NULL), TD_OK);
    cr_assert_float_eq(a.value, b.value, 1e-14);
    cr_assert_float_eq(td_test_fisher(&c, TD_GREATER), td_test_fisher(&back, TD_LESS), 1e-15);
    cr_assert_float_eq(td_beta_compare(&c, 1, 1).chance_to_win +
                           td_beta_compare(&back, 1, 1).chance_to_win,
                       1, 1e-13);
}

/* 2/2 v 0/2: only this table is as extreme, (r (1-r))^2 is greatest at 1/2. */
Test(stats_proportion_edges, barnard_of_two_and_two_by_hand) {
    td_two_counts c = {2, 2, 0, 2};
    td_metric p;
    cr_assert_eq(td_test_barnard(&p, &c, TD_GREATER, NULL), TD_OK);
    cr_assert_float_eq(p.value, 1. / 16, 1e-15);
    cr_assert_eq(td_test_barnard(&p, &c, TD_TWO_SIDED, NULL), TD_OK);
    cr_assert_float_eq(p.value, 1. / 8, 1e-15);
    cr_assert_eq(td_test_barnard(&p, &c, TD_LESS, NULL), TD_OK);
    cr_assert_eq(p.value, 1);
}

Test(stats_proportion_edges, exact_tests_stop_at_ten_million_tables) {
    td_two_counts c = {30, 10000, 40, 1001};
    td_metric p;
    cr_assert_eq(td_test_barnard(&p, &c, TD_TWO_SIDED, NULL), TD_OK);
    cr_assert_not(td_metric_is_defined(p));
    cr_assert_eq(td_test_boschloo(&p, &c, TD_TWO_SIDED, NULL), TD_OK);
    cr_assert_not(td_metric_is_defined(p));
}

/* X uniform, Y ~ Beta(2, 1): P(Y > X) = integral of 2 y^2 = 2/3, E max(Y - X, 0) = that of y^3. */
Test(stats_proportion_edges, posterior_by_hand) {
    td_two_counts c = {0, 0, 1, 1};
    td_beta_posterior posterior = td_beta_compare(&c, 1, 1);
    cr_assert_float_eq(posterior.chance_to_win, 2. / 3, 1e-13);
    cr_assert_float_eq(posterior.loss_if_refused - posterior.loss_if_chosen, 2. / 3 - .5, 1e-13);
    cr_assert_float_eq(posterior.loss_if_refused, 1. / 4, 1e-13);
}

Test(stats_proportion_edges, split_refuses_what_is_impossible) {
    td_srm srm;
    cr_assert_eq(td_srm_check(&srm, (uint64_t[]){5}, NULL, 1, NULL), TD_ERR_RANGE);
    cr_assert_eq(td_srm_check(&srm, (uint64_t[]){5, 5}, (double[]){1, 0}, 2, NULL), TD_ERR_RANGE);
    cr_assert_eq(td_srm_check(&srm, (uint64_t[]){0, 0}, NULL, 2, NULL), TD_ERR_RANGE);
    cr_assert_eq(td_srm_check(&srm, (uint64_t[]){90, 10, 0}, (double[]){9, 1, 0}, 3, NULL), TD_OK);
    cr_assert_eq(srm.df, 1);
    cr_assert_float_eq(srm.chi2, 0, 1e-15);
}

Test(stats_proportion_edges, a_refused_allocation_leaves_nothing_behind) {
    td_two_counts c = {7, 20, 3, 20};
    uint64_t before = td_mem_live_bytes();
    for (uint64_t nth = 1; nth <= 7; nth++) {
        td_metric p;
        td_mem_fail_after(nth);
        cr_assert_eq(td_test_barnard(&p, &c, TD_TWO_SIDED, NULL), TD_ERR_NOMEM, "%d", (int)nth);
        td_mem_fail_after(0);
        cr_assert_eq(td_mem_live_bytes(), before);
    }
}
