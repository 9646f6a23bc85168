/* tests/unit/test_stats_control.c: control limits by hand. */
#include <criterion/criterion.h>
#include <math.h>

#include "stats/control.h"

Test(stats_control, counts_by_hand) {
    const double count[] = {10, 12, 10, 12, 10, 12, 10, 12};
    td_control c = td_control_of_counts(count, 8);
    cr_assert_float_eq(c.center, 11.0, 1e-15);
    cr_assert_float_eq(c.sigma, 2.0 * sqrt(3.14159265358979312) / 2.0, 1e-14); /* 2 / 1.128 */
    cr_assert_float_eq(td_control_z(&c, 11.0 + 3 * c.sigma, 1).value, 3.0, 1e-12);
    td_interval limits = td_control_limits(&c, 1, 3);
    cr_assert_float_eq(limits.low, 11.0 - 3 * c.sigma, 1e-12);
}

Test(stats_control, ratios_that_spread_as_chance_does_get_binomial_limits) {
    const double hits[] = {50, 52, 49, 51, 50, 48, 50, 50};
    const double rows[] = {100, 100, 100, 100, 100, 100, 100, 100};
    td_control c = td_control_of_ratios(hits, rows, 8);
    cr_assert_float_eq(c.center, 0.5, 1e-15);
    cr_assert_eq(c.sigma, 1.0); /* they spread less than chance: never below 1 */
    cr_assert_float_eq(td_control_z(&c, 65, 100).value, 3.0, 1e-12);
    cr_assert_float_eq(td_control_limits(&c, 400, 3).high, 0.575, 1e-12);
}

Test(stats_control, days_that_differ_widen_the_limits) {
    const double hits[] = {40, 60, 40, 60, 40, 60, 40, 60, 7};
    const double rows[] = {100, 100, 100, 100, 100, 100, 100, 100, 0};
    td_control c = td_control_of_ratios(hits, rows, 9);
    /* z is -2, 2, -2 ...: ranges of 4 (the center is 407/800 + dust of the empty day) */
    cr_assert_gt(c.sigma, 3.5);
    cr_assert_float_eq(c.sigma, 0.2 / sqrt(c.center * (1 - c.center) / 100) / 1.1283791670955126,
                       1e-12);
}

Test(stats_control, a_past_without_lessons_says_so) {
    const double few[] = {1, 2, 3}, none[] = {0, 0, 0, 0, 0, 0, 0, 0},
                 rows[] = {9, 9, 9, 9, 9, 9, 9, 9};
    td_control c = td_control_of_counts(few, 3);
    cr_assert_str_eq(td_control_z(&c, 1, 1).undefined_reason,
                     "fewer than 8 whole days to learn from");
    c = td_control_of_ratios(none, rows, 8);
    cr_assert_str_eq(c.undefined_reason, "the ratio never moved from 0 or 1");
    c = td_control_of_counts(none, 8);
    cr_assert_str_eq(td_control_z(&c, 1, 1).undefined_reason, "the past never moved");
    const double hits[] = {1, 2, 3, 4, 3, 2, 1, 2};
    c = td_control_of_ratios(hits, rows, 8);
    cr_assert_str_eq(td_control_z(&c, 0, 0).undefined_reason, "no rows that day");
}
