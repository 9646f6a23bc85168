/* tests/unit/test_stats_spread.c: where the percentiles of draws lie, and what is left unsaid. */
#include <criterion/criterion.h>
#include <math.h>

#include "stats/spread.h"

static td_spread spread_of(uint64_t n, td_spread_rule rule) {
    double x[999];
    for (uint64_t i = 0; i < n; i++) x[i] = (double)(n - i); /* n .. 1 */
    return td_spread_of(x, n, &rule);
}

Test(stats_spread, percentiles_leave_out_the_same_chance_at_both_ends) {
    /* one draw more than 19 falls below the smallest with chance 1 / 20 */
    td_spread got = spread_of(19, (td_spread_rule){.level = 0.9});
    cr_assert_float_eq(got.interval.low, 1.0, 1e-12);
    cr_assert_float_eq(got.interval.high, 19.0, 1e-12);
    got = spread_of(999, (td_spread_rule){.level = 0.95});
    cr_assert_float_eq(got.interval.low, 25.0, 1e-12);
    cr_assert_float_eq(got.interval.high, 975.0, 1e-12);
}

Test(stats_spread, few_rare_units_move_the_percentiles_out) {
    /* R: pnorm(-sqrt(n / (n - 1)) * qt(0.975, n - 1)) for n = 10 and 20 */
    td_spread got = spread_of(999, (td_spread_rule){.level = 0.95, .n_rare = 10});
    cr_assert_float_eq(got.interval.low / 1000, 0.00855063902441, 1e-12);
    cr_assert_float_eq(got.interval.high / 1000, 1 - 0.00855063902441, 1e-12);
    got = spread_of(999, (td_spread_rule){.level = 0.95, .n_rare = 20});
    cr_assert_float_eq(got.interval.low / 1000, 0.0158808299203, 1e-12);
    got = spread_of(999, (td_spread_rule){.level = 0.95, .n_rare = 1e9});
    cr_assert_float_eq(got.interval.low, 25.0, 1e-4);
}

Test(stats_spread, p_value_counts_the_draws_on_the_other_side) {
    double x[] = {-1, 2, 3, 4, 5, 6, 7, 8, 9};
    td_spread_rule rule = {.level = 0.5, .has_null = 1};
    cr_assert_float_eq(td_spread_of(x, 9, &rule).p_value.value, 2 * 2 / 10.0, 1e-15);
}

Test(stats_spread, draws_without_a_value_or_without_movement_say_so) {
    double gone[20], still[] = {1, 1, 1};
    td_spread_rule rule = {.level = 0.95};
    for (int i = 0; i < 20; i++) gone[i] = i < 2 ? (double)NAN : (double)i;
    cr_assert_str_eq(td_spread_of(gone, 20, &rule).interval.undefined_reason,
                     "no value in too many replicates");
    cr_assert_str_eq(td_spread_of(still, 3, &rule).interval.undefined_reason,
                     "every draw gave the same value");
    rule.may_stand = 1;
    cr_assert_eq(td_spread_of(still, 3, &rule).interval.high, 1.0);
}
