/* stats/power_one: hand-made cases, the way back from each answer, plans that cannot be. */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "stats/power_one.h"

/* n = 5, p0 = 1/2, alpha .1 two-sided: P(0) = P(5) = 1/32 <= .05, P(x <= 1) = 6/32 is not. At p1 =
 * 3/4: (1 + 3^5) / 4^5. */
Test(stats_power_one, five_coins_by_hand) {
    td_one_plan plan = {.5, .75, .1, 0};
    td_one_exact test;
    td_power_one_exact_at(&test, &plan, 5);
    cr_assert_eq(test.below, 1);
    cr_assert_eq(test.above, 4);
    cr_assert_float_eq(test.alpha, 2.0 / 32, 1e-15);
    cr_assert_float_eq(test.power, 244.0 / 1024, 1e-14);
    plan.is_one_sided = 1;
    td_power_one_exact_at(&test, &plan, 5);
    cr_assert_eq(test.below, 0);
    cr_assert_float_eq(test.alpha, 1.0 / 32, 1e-15);
    cr_assert_float_eq(test.power, 243.0 / 1024, 1e-14);
}

/* Four coins cannot reject at .1 two-sided: 2/16 is above it. */
Test(stats_power_one, too_few_units_never_reject) {
    td_one_plan plan = {.5, .75, .1, 0};
    td_one_exact test;
    td_power_one_exact_at(&test, &plan, 4);
    cr_assert_eq(test.alpha, 0);
    cr_assert_eq(test.power, 0);
}

/* The answer holds for the next thousand n, the one before it fails, and somewhere below it the
 * power is reached as well: that is the saw. */
Test(stats_power_one, exact_power_stays_reached) {
    td_one_plan plan = {.02, .05, .05, 0};
    td_metric n;
    td_one_exact test;
    int by_chance = 0;
    cr_assert_eq(td_power_one_n(&n, &plan, TD_POWER_ONE_EXACT, .9, NULL), TD_OK);
    uint64_t answer = (uint64_t)n.value;
    for (uint64_t k = answer - 40; k < answer + 1000; k++) {
        td_power_one_exact_at(&test, &plan, k);
        cr_assert_leq(test.alpha, .05);
        if (k >= answer) cr_assert_geq(test.power, .9);
        if (k == answer - 1) cr_assert_lt(test.power, .9);
        by_chance += k < answer && test.power >= .9;
    }
    cr_assert_gt(by_chance, 0);
}

/* Size, power at it and effect at it lead back to the plan; a tooth of exact power is below .05. */
Test(stats_power_one, three_questions_agree) {
    for (int m = 0; m < TD_N_POWER_ONE_METHODS; m++) {
        td_power_one_method method = (td_power_one_method)m;
        for (int i = 0; i < 4; i++) {
            td_one_plan plan = {.3, i < 2 ? .4 : .2, .05, i & 1};
            td_metric n, power, p1;
            cr_assert_eq(td_power_one_n(&n, &plan, method, .8, NULL), TD_OK);
            cr_assert_eq(td_power_one_at(&power, &plan, method, n.value, NULL), TD_OK);
            cr_assert_float_eq(power.value, .8, method == TD_POWER_ONE_EXACT ? .05 : 1e-12);
            td_effect_question question = {n.value, power.value, i < 2 ? 1 : -1};
            cr_assert_eq(td_power_one_p1(&p1, &plan, method, question, NULL), TD_OK);
            cr_assert_float_eq(p1.value, plan.p1, 1e-10, "method %d case %d", m, i);
        }
    }
}

Test(stats_power_one, what_has_no_answer_says_why) {
    td_one_plan plan = {.0084, .00841, .05, 0};
    td_metric value;
    cr_assert_eq(td_power_one_n(&value, &plan, TD_POWER_ONE_EXACT, .8, NULL), TD_OK);
    cr_assert_not_null(value.undefined_reason);
    cr_assert_eq(td_power_one_at(&value, &plan, TD_POWER_ONE_EXACT, 2e6, NULL), TD_OK);
    cr_assert_not_null(value.undefined_reason);
    td_effect_question question = {4, .8, -1};
    cr_assert_eq(td_power_one_p1(&value, &plan, TD_POWER_ONE_EXACT, question, NULL), TD_OK);
    cr_assert_not_null(value.undefined_reason);
}

Test(stats_power_one, impossible_plans_are_named) {
    const td_one_plan bad[] = {{0, .1, .05, 0}, {.1, 1, .05, 0}, {.1, .1, .05, 0}, {.1, .2, .5, 0}};
    const char *const words[] = {"p0 = 0", "p1 = 1", "no effect", "alpha = 0.5"};
    for (int i = 0; i < 4; i++) {
        td_error err = {0};
        td_metric n;
        cr_assert_eq(td_power_one_n(&n, &bad[i], TD_POWER_ONE_NORMAL, .8, &err), TD_ERR_RANGE);
        cr_assert_not_null(strstr(err.text, words[i]), "%s", err.text);
    }
    td_one_plan plan = {.1, .2, .05, 0};
    td_metric n;
    cr_assert_eq(td_power_one_n(&n, &plan, TD_POWER_ONE_NORMAL, .04, NULL), TD_ERR_RANGE);
    cr_assert_eq(td_power_one_at(&n, &plan, TD_POWER_ONE_NORMAL, 0, NULL), TD_ERR_RANGE);
}
