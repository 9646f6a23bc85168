/* stats/sequential: one look is the plain test, chances add up, p-values meet their bounds, what is
 * impossible is named. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/base/numeric.h"
#include "core/base/rng.h"
#include "stats/sequential.h"

static void refused(td_looks looks, const char *text) {
    td_error err = {0};
    cr_assert_eq(td_looks_check(&looks, &err), TD_ERR_RANGE);
    cr_assert_not_null(strstr(err.text, text), "%s", err.text);
}

Test(stats_sequential_plan, impossible_plans_are_named) {
    const double none[] = {0}, back[] = {.5, .4}, over[] = {.5, 1.1}, fine[] = {.5, 1};
    refused((td_looks){.alpha = .05, .n = 0, .information = fine}, "at least one look");
    refused((td_looks){.alpha = .5, .n = 2, .information = fine}, "alpha = 0.5");
    refused((td_looks){.alpha = .05, .n = 1, .information = none}, "look 1: information 0");
    refused((td_looks){.alpha = .05, .n = 2, .information = back}, "0.4 does not rise above 0.5");
    refused((td_looks){.alpha = .05, .n = 2, .information = over}, "look 2: information 1.1");
}

Test(stats_sequential_plan, one_look_is_the_plain_test) {
    const double whole = 1;
    for (int b = 0; b < TD_N_BOUNDARIES; b++) {
        double bound = 0;
        td_looks looks = {(td_boundary)b, .05, 0, 1, &whole};
        cr_assert_eq(td_looks_bounds(&bound, &looks, NULL), TD_OK);
        cr_assert_float_eq(bound, 1.959963984540054, 1e-10, "%s", td_boundary_name(looks.boundary));
        looks.is_one_sided = 1;
        cr_assert_eq(td_looks_bounds(&bound, &looks, NULL), TD_OK);
        cr_assert_float_eq(bound, 1.644853626951472, 1e-10);
        td_looks_cost cost;
        cr_assert_eq(td_looks_price(&cost, &looks, &bound, .8, NULL), TD_OK);
        cr_assert_float_eq(cost.inflation, 1, 1e-9);
        cr_assert_eq(cost.expected_null, 1);
    }
}

/* Every boundary: exactly alpha in all; spending is quick for any number of looks. */
Test(stats_sequential_plan, all_looks_together_spend_alpha) {
    double information[200], bound[200], upper[200], lower[200];
    const uint32_t sizes[] = {2, 7, 20, 200};
    for (int i = 0; i < 4; i++) {
        uint32_t n = sizes[i];
        for (uint32_t k = 0; k < n; k++) information[k] = (double)(k + 1) / n;
        for (int b = 0; b < TD_BOUNDARY_NONE; b++) {
            td_looks looks = {(td_boundary)b, .05, b % 2, n, information};
            double sum = 0;
            if (n == 200 && b <= TD_BOUNDARY_POCOCK) continue;
            cr_assert_eq(td_looks_bounds(bound, &looks, NULL), TD_OK);
            cr_assert_eq(td_looks_crossing(upper, lower, &looks, bound, 0, NULL), TD_OK);
            for (uint32_t k = 0; k < n; k++) sum += upper[k] + lower[k];
            cr_assert_float_eq(sum, .05, 1e-9, "%s, %u looks: %.12g",
                               td_boundary_name((td_boundary)b), n, sum);
        }
    }
}

/* With a bound as the statistic, the p-value that holds under stopping is alpha itself. */
Test(stats_sequential_plan, p_value_at_a_bound_is_alpha) {
    const double information[] = {.3, .6, 1};
    for (int b = 0; b < TD_BOUNDARY_NONE; b++) {
        double bound[3], p = 0;
        td_looks looks = {(td_boundary)b, .05, 0, 3, information};
        cr_assert_eq(td_looks_bounds(bound, &looks, NULL), TD_OK);
        for (uint32_t k = 0; k < 3; k++) {
            looks.alpha = .2; /* not looked at */
            cr_assert_eq(td_looks_p_value(&p, &looks, k, -bound[k], NULL), TD_OK);
            cr_assert_float_eq(p, .05, 1e-8, "%s look %u: %.12g", td_boundary_name((td_boundary)b),
                               k, p);
        }
        cr_assert_eq(td_looks_p_value(&p, &looks, 2, 0.1, NULL), TD_OK);
        cr_assert_eq(p, .5);
    }
}

/* Paths drawn one by one agree with the integral within five standard errors. */
Test(stats_sequential_plan, crossing_chances_agree_with_drawn_paths) {
    const double information[] = {.25, .5, .75, 1};
    double bound[4], upper[4], lower[4];
    enum { PATHS = 40000 };
    td_looks looks = {TD_BOUNDARY_POCOCK, .05, 0, 4, information};
    cr_assert_eq(td_looks_bounds(bound, &looks, NULL), TD_OK);
    cr_assert_eq(td_looks_crossing(upper, lower, &looks, bound, 2, NULL), TD_OK);
    double hits[4] = {0};
    td_rng rng = td_rng_stream(12345, "paths", 0, 0);
    for (int i = 0; i < PATHS; i++) {
        double s = 0;
        for (int k = 0; k < 4; k++) {
            s += .5 + .5 * td_rng_normal(&rng);
            if (fabs(s) / sqrt(information[k]) < bound[k]) continue;
            hits[k] += s > 0;
            break;
        }
    }
    for (int k = 0; k < 4; k++)
        cr_assert_float_eq(hits[k] / PATHS, upper[k], 5 * sqrt(upper[k] / PATHS), "look %d", k);
}

Test(stats_sequential_plan, a_refused_allocation_is_an_error_and_leaks_nothing) {
    const double information[] = {.5, 1};
    td_looks looks = {TD_BOUNDARY_SPEND_POCOCK, .05, 0, 2, information};
    double bound[2];
    uint64_t before = td_mem_live_bytes();
    for (uint64_t n = 1; n <= 4; n++) {
        td_mem_fail_after(n);
        td_status status = td_looks_bounds(bound, &looks, NULL);
        td_mem_fail_after(0);
        cr_assert_eq(status, TD_ERR_NOMEM, "allocation %d", (int)n);
        cr_assert_eq(td_mem_live_bytes(), before);
    }
}
