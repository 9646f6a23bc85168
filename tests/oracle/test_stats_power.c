/* stats/power against published values: R's help pages and pwr's manual, Cohen's tables, Evan
 * Miller's calculator, statsmodels' tests. Each to every printed digit. */
#include <criterion/criterion.h>
#include <math.h>

#include "stats/power.h"
#include "tests/oracle/stats_power.h"

/* Half a unit of the last printed digit. */
static void agrees(double got, double want, int decimals) {
    double half = 0.5;
    for (int i = 0; i < decimals; i++) half /= 10.0;
    cr_assert_leq(fabs(got - want), half * 1.001, "%.15g, not %.15g", got, want);
}

/* R's power functions end their root search at a tolerance of 1.2e-4 in n (uniroot, eps^(1/4)), so
 * the digits they print beyond the seventh or so are not those of the root: `exact` is the root by
 * 40-digit arithmetic, `printed` what was published. */
static void agrees_with_root(double got, double exact, double printed) {
    cr_assert_float_eq(got, exact, 2e-12 * exact, "%.15g, not %.15g", got, exact);
    cr_assert_float_eq(got, printed, 6e-8 * exact, "%.15g, printed %.15g", got, printed);
}

static td_proportion_plan plan_of(double p1, double p2) {
    return (td_proportion_plan){.p1 = p1, .p2 = p2, .ratio = 1, .alpha = 0.05};
}

static double n_of(td_proportion_plan plan, td_power_method method, double power) {
    td_metric n;
    cr_assert_eq(td_power_proportion_n(&n, &plan, method, power, NULL), TD_OK);
    cr_assert(td_metric_is_defined(n));
    return n.value;
}

static double power_of(td_proportion_plan plan, td_power_method method, double n) {
    td_metric power;
    cr_assert_eq(td_power_proportion_at(&power, &plan, method, n, NULL), TD_OK);
    cr_assert(td_metric_is_defined(power));
    return power.value;
}

/* help(power.prop.test) of R 4.2: n = 50; power = .90; the same at sig.level .10. */
Test(stats_power, examples_of_power_prop_test) {
    agrees(power_of(plan_of(.50, .75), TD_POWER_POOLED, 50), .740165901331, 12);
    agrees_with_root(n_of(plan_of(.50, .75), TD_POWER_POOLED, .90), 76.70692845177744,
                     76.7069301141);
    td_proportion_plan wide = plan_of(.50, .75);
    wide.alpha = 0.10;
    agrees_with_root(n_of(wide, TD_POWER_POOLED, .90), 62.33550803709638, 62.3355114474);
}

/* R's power.prop.test (strict = FALSE, TRUE), pwr.2p.test, statsmodels, Evan Miller's page. */
Test(stats_power, ten_versus_twelve_percent_by_every_method) {
    td_proportion_plan plan = plan_of(.10, .12);
    agrees_with_root(n_of(plan, TD_POWER_POOLED, .8), 3840.847482436272, 3840.84748243);
    agrees(n_of(plan, TD_POWER_STRICT, .8), 3840.83817098, 8);
    agrees(n_of(plan, TD_POWER_UNPOOLED, .8), 3838.1022, 4);
    agrees(n_of(plan, TD_POWER_CONTINUITY, .8), 3940.2130, 4);
    agrees_with_root(n_of(plan, TD_POWER_ARCSINE, .8), 3834.595739877137, 3834.595739884);
    agrees(n_of(plan, TD_POWER_BASELINE, .8), 3622.616399, 6);
}

/* https://www.evanmiller.org/ab-testing/sample-size.html: 20 % + 5 points, shown as 1,030. */
Test(stats_power, default_page_of_evan_miller) {
    agrees(n_of(plan_of(.20, .25), TD_POWER_BASELINE, .8), 1030.219283, 6);
    agrees(n_of(plan_of(.20, .25), TD_POWER_BASELINE, .8), 1030, 0);
}

Test(stats_power, quarter_versus_forty_percent_at_ninety) {
    td_proportion_plan plan = plan_of(.25, .40);
    agrees(n_of(plan, TD_POWER_POOLED, .9), 202.8095, 4);
    agrees(n_of(plan, TD_POWER_UNPOOLED, .9), 199.6410, 4);
    agrees(n_of(plan, TD_POWER_CONTINUITY, .9), 215.9370, 4);
    agrees(n_of(plan, TD_POWER_ARCSINE, .9), 202.3787, 4);
}

/* Sizes are rounded up, here in the third decimal: `exact` by 40 digits, `printed` its ceiling. */
static void rounds_up_to(double got, double exact, double printed) {
    cr_assert_float_eq(got, exact, 2e-12 * exact, "%.15g, not %.15g", got, exact);
    cr_assert_float_eq(ceil(1e3 * got) / 1e3, printed, 1e-9, "%.15g, printed %.15g", got, printed);
}

Test(stats_power, shop_at_a_rate_below_one_percent) {
    td_proportion_plan plan = plan_of(.0084, .0100);
    agrees(n_of(plan, TD_POWER_POOLED, .8), 55893.637, 3);
    rounds_up_to(n_of(plan, TD_POWER_UNPOOLED, .8), 55890.89147833303, 55890.892);
    rounds_up_to(n_of(plan, TD_POWER_CONTINUITY, .8), 57136.8003047693, 57136.801);
    rounds_up_to(n_of(plan, TD_POWER_ARCSINE, .8), 55789.4624724766, 55789.463);
}

/* Chow, Shao, Wang 2008, section 4.2: .65 v .85; gsDesign's nBinomial(.15, .10), both arms. */
Test(stats_power, textbook_of_chow_and_gsdesign) {
    agrees(n_of(plan_of(.65, .85), TD_POWER_UNPOOLED, .8), 69.66, 2);
    cr_assert_eq(ceil(n_of(plan_of(.65, .85), TD_POWER_UNPOOLED, .8)), 70);
    td_proportion_plan plan = plan_of(.15, .10);
    plan.is_one_sided = 1;
    agrees(2.0 * n_of(plan, TD_POWER_POOLED, .8), 1079.8529, 4);
}

/* Manual of pwr 1.3: pwr.2p2n.test(h = .3, 80, 245, greater); h = .2, n1 = 1600, power .9,
 * alpha .01; pwr.p.test(h = .2, n = 60) and for power .95. */
Test(stats_power, examples_of_pwr) {
    agrees(td_power_normal(.3 / sqrt(1 / 80. + 1 / 245.), .05, 1), .753292447232, 12);
    double effect = td_power_normal_effect(.9, .01, 0);
    agrees_with_root(1.0 / (.2 * .2 / (effect * effect) - 1.0 / 1600), 484.66454494576,
                     484.664561057);
    agrees(td_power_normal(.2 * sqrt(60), .05, 0), .340845124067, 12);
    effect = td_power_normal_effect(.95, .05, 0) / .2;
    agrees_with_root(effect * effect, 324.867727367256, 324.867734362);
}

/* Cohen 1988, table 2.4.1: 393, 64, 26; more digits by R's power.t.test. */
Test(stats_power, t_test_sizes_of_cohen) {
    td_mean_plan plan = {.ratio = 1, .alpha = .05};
    const double d[] = {.2, .5, .8}, n[] = {393.405693, 63.765611, 25.524572},
                 table[] = {393, 64, 26};
    const double exact[] = {393.4056950195, 63.7656101909, 25.52457183577};
    for (int i = 0; i < 3; i++) {
        plan.effect = d[i];
        double size = td_power_mean_n(&plan, .8);
        agrees_with_root(size, exact[i], n[i]);
        agrees(size, table[i], 0);
        agrees(td_power_mean_at(&plan, size), .8, 13);
    }
}

/* statsmodels/stats/tests/test_power.py, values made by R's pwr. R's non-central t (AS 243) is good
 * to 1e-12 absolute, so the digits behind the twelfth are not ours; the first case by 40-digit
 * quadrature is .1359562887673687. */
Test(stats_power, t_test_power_of_statsmodels_tests) {
    td_mean_plan plan = {.effect = .2, .ratio = 1, .alpha = .05, .is_one_sample = 1};
    agrees(td_power_mean_at(&plan, 20), .1359562887673687, 13);
    agrees(td_power_mean_at(&plan, 20), .1359562887679666, 11);
    plan.is_one_sample = 0;
    plan.effect = .1;
    agrees(td_power_mean_at(&plan, 20), .06095912465411235, 11);
    plan.effect = 1;
    agrees(td_power_mean_at(&plan, 30), .967708258242517, 11);
}

/* Random plans by R 4.2 (base, pwr); see make_stats_power.R. */
Test(stats_power, random_plans_agree_with_r) {
    for (size_t i = 0; i < sizeof oracle_plan / sizeof *oracle_plan; i++) {
        const oracle_plan_row *o = &oracle_plan[i];
        td_proportion_plan plan = {.p1 = o->p1, .p2 = o->p2, .ratio = 1, .alpha = o->alpha};
        plan.is_one_sided = o->is_one_sided;
        double pooled = power_of(plan, TD_POWER_POOLED, o->n);
        double strict = power_of(plan, TD_POWER_STRICT, o->n);
        double arcsine = power_of(plan, TD_POWER_ARCSINE, o->n);
        cr_assert_float_eq(pooled, o->pooled, 1e-12, "%zu pooled", i);
        cr_assert_float_eq(strict, o->strict, 1e-12, "%zu strict", i);
        cr_assert_float_eq(arcsine, o->arcsine, 1e-12, "%zu arcsine", i);
        td_mean_plan mean = {.effect = o->d, .ratio = o->n2 / o->n, .alpha = o->alpha};
        mean.is_one_sided = o->is_one_sided;
        cr_assert_float_eq(td_power_mean_at(&mean, o->n), o->t2n, 1e-10, "%zu t", i);
        if (o->fisher < 0) continue;
        plan.ratio = o->n2 / o->n;
        cr_assert_float_eq(power_of(plan, TD_POWER_EXACT, o->n), o->fisher, 1e-12, "%zu", i);
    }
}
