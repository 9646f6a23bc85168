/* stats/power: what is impossible, what goes round in a circle, exact power by hand, clusters. */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "stats/power.h"

static td_proportion_plan plan_of(double p1, double p2) {
    return (td_proportion_plan){.p1 = p1, .p2 = p2, .ratio = 1, .alpha = 0.05};
}

static void refused(td_proportion_plan plan, const char *text) {
    td_error err = {0};
    cr_assert_eq(td_proportion_plan_check(&plan, &err), TD_ERR_RANGE);
    cr_assert_not_null(strstr(err.text, text), "%s", err.text);
}

Test(stats_power_plan, impossible_plans_are_named) {
    refused(plan_of(0, .2), "p1 = 0 is not between 0 and 1");
    refused(plan_of(.1, 1.2), "p2 = 1.2 is not between 0 and 1");
    refused(plan_of(NAN, .2), "p1 = nan");
    refused(plan_of(.2, .2), "there is no effect to find");
    td_proportion_plan plan = plan_of(.1, .2);
    plan.ratio = 0;
    refused(plan, "ratio n2/n1 = 0 is not positive");
    plan.ratio = 1e12;
    refused(plan, "ratio n2/n1 = 1e+12 is not below 10^9");
    plan = plan_of(.1, .2);
    plan.alpha = .5;
    refused(plan, "alpha = 0.5");
    plan = plan_of(.2, .1);
    plan.margin = .05;
    refused(plan, "treatment is inferior");
}

Test(stats_power_plan, power_outside_its_range_is_named) {
    td_metric n;
    td_error err = {0};
    td_proportion_plan plan = plan_of(.1, .2);
    cr_assert_eq(td_power_proportion_n(&n, &plan, TD_POWER_POOLED, .04, &err), TD_ERR_RANGE);
    cr_assert_eq(td_power_proportion_n(&n, &plan, TD_POWER_POOLED, 1, &err), TD_ERR_RANGE);
    cr_assert_eq(td_power_proportion_at(&n, &plan, TD_POWER_POOLED, 0, &err), TD_ERR_RANGE);
}

Test(stats_power_plan, size_power_and_effect_go_round_in_a_circle) {
    td_proportion_plan plan = plan_of(.03, .034);
    plan.ratio = 1.7;
    for (int is_one_sided = 0; is_one_sided < 2; is_one_sided++) {
        plan.is_one_sided = is_one_sided;
        for (int m = 0; m < TD_POWER_EXACT; m++) {
            td_metric n, power, up, down;
            td_power_method method = (td_power_method)m;
            cr_assert_eq(td_power_proportion_n(&n, &plan, method, .85, NULL), TD_OK);
            cr_assert_eq(td_power_proportion_at(&power, &plan, method, n.value, NULL), TD_OK);
            cr_assert_float_eq(power.value, .85, 1e-11, "%s", td_power_method_name(method));
            td_effect_question above = {n.value, .85, 1}, below = {n.value, .85, -1};
            cr_assert_eq(td_power_proportion_p2(&up, &plan, method, above, NULL), TD_OK);
            cr_assert_float_eq(up.value, .034, 1e-12, "%s", td_power_method_name(method));
            cr_assert_eq(td_power_proportion_p2(&down, &plan, method, below, NULL), TD_OK);
            cr_assert_lt(down.value, .03);
        }
    }
}

/* Margin d0 with p1 = p2: (z.95 + z.8)^2 2 p q / d0^2; Chow, Shao, Wang 2008, section 4.2.2. */
Test(stats_power_plan, noninferiority_is_unpooled_and_one_sided) {
    td_proportion_plan plan = plan_of(.75, .75);
    plan.margin = .1;
    td_metric n;
    cr_assert_eq(td_power_proportion_n(&n, &plan, TD_POWER_UNPOOLED, .8, NULL), TD_OK);
    cr_assert_float_eq(n.value, 6.182557232 * .375 / .01, 1e-6);
    cr_assert_eq(td_power_proportion_n(&n, &plan, TD_POWER_ARCSINE, .8, NULL), TD_OK);
    cr_assert_not(td_metric_is_defined(n));
}

/* n = 3 v 3, alpha .1 two-sided: only (0, 3) and (3, 0) have p = 2/20. */
Test(stats_power_plan, exact_power_of_three_by_hand) {
    td_proportion_plan plan = plan_of(.2, .9);
    plan.alpha = .1;
    double power = 0;
    cr_assert_eq(td_power_fisher(&power, &plan, 3, 3, NULL), TD_OK);
    double want = .512 * .729 + .008 * .001;
    cr_assert_float_eq(power, want, 1e-15);
    plan.is_one_sided = 1;
    plan.alpha = .05;
    cr_assert_eq(td_power_fisher(&power, &plan, 3, 3, NULL), TD_OK);
    cr_assert_float_eq(power, .512 * .729, 1e-15);
}

Test(stats_power_plan, exact_size_reaches_its_power_and_large_plans_are_null) {
    td_proportion_plan plan = plan_of(.25, .40);
    td_metric n, power;
    cr_assert_eq(td_power_proportion_n(&n, &plan, TD_POWER_EXACT, .9, NULL), TD_OK);
    cr_assert_eq(td_power_proportion_at(&power, &plan, TD_POWER_EXACT, n.value, NULL), TD_OK);
    cr_assert_geq(power.value, .9);
    cr_assert_float_eq(n.value, 216, 4); /* the continuity-corrected n is 215.9 */
    plan = plan_of(.0084, .0100);
    cr_assert_eq(td_power_proportion_n(&n, &plan, TD_POWER_EXACT, .8, NULL), TD_OK);
    cr_assert_not(td_metric_is_defined(n));
    cr_assert_eq(td_power_proportion_at(&n, &plan, TD_POWER_EXACT, 4000, NULL), TD_OK);
    cr_assert_not(td_metric_is_defined(n));
}

Test(stats_power_plan, means_without_a_degree_of_freedom_have_no_power) {
    td_mean_plan plan = {.effect = .3, .ratio = 1, .alpha = .05};
    cr_assert(isnan(td_power_mean_at(&plan, 1)));
    cr_assert(isnan(td_power_mean_effect(&plan, 1, .8)));
    double n = td_power_mean_n(&plan, .8);
    cr_assert_float_eq(td_power_mean_effect(&plan, n, .8), .3, 1e-11);
    plan.effect = 0;
    cr_assert(isinf(td_power_mean_n(&plan, .8)));
}

/* The vector of the ratio metric: N = 1,0,2,1,3, D = 4,2,5,3,6 has R = .35, var = .004765625. */
Test(stats_power_plan, ratio_variance_by_the_delta_method) {
    const double top[] = {1, 0, 2, 1, 3}, bottom[] = {4, 2, 5, 3, 6};
    td_ratio_moments moments;
    cr_assert_eq(td_ratio_moments_of(&moments, top, bottom, 5, NULL), TD_OK);
    cr_assert_float_eq(moments.mean_n / moments.mean_d, .35, 1e-15);
    cr_assert_float_eq(td_ratio_unit_variance(&moments) / 5, .004765625, 1e-16);
    cr_assert_eq(td_ratio_moments_of(&moments, top, bottom, 1, NULL), TD_ERR_RANGE);
}

/* Two pairs that agree, two that do not: MSB = 1/3, MSW = 1/4, ICC = (1/12)/(7/12) = 1/7. */
Test(stats_power_plan, icc_of_pairs_by_hand) {
    const uint64_t size[] = {2, 2, 2, 2}, hits[] = {2, 0, 1, 1}, never[] = {0, 0, 0, 0};
    const uint64_t single[] = {1, 1, 1, 1};
    td_cluster_effect effect;
    cr_assert_eq(td_cluster_effect_of(&effect, size, hits, 4, NULL), TD_OK);
    cr_assert_float_eq(effect.icc, 1. / 7, 1e-15);
    cr_assert_float_eq(effect.design_effect, 8. / 7, 1e-15);
    cr_assert_eq(td_cluster_effect_of(&effect, size, never, 4, NULL), TD_ERR_NUMERIC);
    cr_assert_eq(td_cluster_effect_of(&effect, single, single, 4, NULL), TD_ERR_NUMERIC);
}
