/* stats/power_one against published values (the manual of pwr, textbooks of Rosner and of Chow,
 * Shao and Wang) and against R, which tries every outcome and n; see make_stats_power_one.R. */
#include <criterion/criterion.h>
#include <math.h>

#include "core/base/numeric.h"
#include "stats/power_one.h"
#include "tests/oracle/stats_power_one.h"

static double n_of(td_one_plan plan, td_power_one_method method, double power) {
    td_metric n;
    cr_assert_eq(td_power_one_n(&n, &plan, method, power, NULL), TD_OK);
    cr_assert(td_metric_is_defined(n));
    return n.value;
}

static double power_of(td_one_plan plan, td_power_one_method method, double n) {
    td_metric power;
    cr_assert_eq(td_power_one_at(&power, &plan, method, n, NULL), TD_OK);
    cr_assert(td_metric_is_defined(power));
    return power.value;
}

/* Manual of pwr 1.3: pwr.p.test(h = .2, n = 60) has power .340845124067, power .95 asks for n =
 * 324.867734362 (R's root search is good to 6e-8). p1 = sin(asin(sqrt .5) + .1)^2 has h = .2. */
Test(stats_power_one, examples_of_pwr_p_test) {
    double half = td_asin(sqrt(.5)) + .1;
    double low = 0.5, high = 1;
    for (int i = 0; i < 60; i++) {
        double middle = 0.5 * (low + high);
        if (td_asin(sqrt(middle)) < half) low = middle;
        if (td_asin(sqrt(middle)) >= half) high = middle;
    }
    td_one_plan plan = {.5, high, .05, 0};
    cr_assert_float_eq(power_of(plan, TD_POWER_ONE_ARCSINE, 60), .340845124067, 1e-12);
    cr_assert_float_eq(n_of(plan, TD_POWER_ONE_ARCSINE, .95), 324.867734362, 2e-5);
}

/* Rosner 2011, examples 7.47 and 7.49: breast cancer of sisters, .02 against .05: power .966 at
 * 500, 341 women for power .9. */
Test(stats_power_one, sisters_of_rosner) {
    td_one_plan plan = {.02, .05, .05, 0};
    cr_assert_float_eq(power_of(plan, TD_POWER_ONE_NORMAL, 500), .966, 5e-4);
    cr_assert_eq(ceil(n_of(plan, TD_POWER_ONE_NORMAL, .9)), 341);
}

/* Chow, Shao, Wang 2008, 4.1: .5 against .3, power .8: (1.96 + .84)^2 .25 / .04 = 49; 49.0555 by
 * R's qnorm. */
Test(stats_power_one, osteoporosis_of_chow) {
    td_one_plan plan = {.3, .5, .05, 0};
    cr_assert_float_eq(n_of(plan, TD_POWER_ONE_UNPOOLED, .8), 49.0555, 5e-5);
}

Test(stats_power_one, random_plans_agree_with_r) {
    for (size_t i = 0; i < sizeof oracle_one / sizeof *oracle_one; i++) {
        const oracle_one_row *o = &oracle_one[i];
        td_one_plan plan = {o->p0, o->p1, o->alpha, o->is_one_sided};
        td_one_exact test;
        td_power_one_exact_at(&test, &plan, (uint64_t)o->n);
        double normal = power_of(plan, TD_POWER_ONE_NORMAL, o->n);
        double arcsine = power_of(plan, TD_POWER_ONE_ARCSINE, o->n);
        cr_assert_float_eq(normal, o->normal, 1e-12, "%zu normal", i);
        cr_assert_float_eq(arcsine, o->arcsine, 1e-12, "%zu arcsine", i);
        cr_assert_float_eq(test.alpha, o->actual_alpha, 1e-12, "%zu alpha", i);
        cr_assert_float_eq(test.power, o->exact, 1e-12, "%zu exact", i);
        cr_assert_eq(n_of(plan, TD_POWER_ONE_EXACT, .8), o->stays, "%zu stays", i);
    }
}
