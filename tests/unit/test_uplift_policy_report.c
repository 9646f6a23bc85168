/* A policy tree with its value on held-out halves, from nuisance that is known exactly. */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "core/base/mem.h"
#include "tests/support/rows.h"
#include "uplift/policy_report.h"

enum { N = 4000 };

/* Effect +1 where x > 0, -1 elsewhere; e = 1/2, mu known, noise 1. */
static td_nuisance make(td_test_rows *rows) {
    td_nuisance out = {.n = N};
    td_error err = {0};
    td_train_params params = td_test_params("objective=regression");
    td_rng rng = td_rng_stream(2, "test", 0, 0);
    *rows = td_test_rows_new(N, 2);
    out.row = td_mem_array(N, sizeof *out.row, NULL);
    double **column[] = {&out.outcome, &out.treated, &out.propensity, &out.mu0, &out.mu1};
    for (int k = 0; k < 5; k++) *column[k] = td_mem_zeroed(N, sizeof(double), NULL);
    for (uint32_t i = 0; i < N; i++) {
        double x = td_rng_uniform(&rng) - .5;
        rows->table.column[1].number[i] = x;
        rows->table.column[0].number[i] = td_rng_uniform(&rng);
        out.row[i] = i;
        out.treated[i] = td_rng_uniform(&rng) < .5;
        out.propensity[i] = .5;
        out.mu1[i] = x > 0 ? 1 : -1;
        out.outcome[i] = out.treated[i] * out.mu1[i] + td_rng_normal(&rng);
    }
    cr_assert_eq(td_binned_build(&out.bins, &rows->view, &params, NULL, &err), TD_OK, "%s",
                 err.text);
    return out;
}

/* Treating x > 0: worth 0.5 over nobody and 0.5 over everybody. */
Test(uplift_policy_report, value_on_held_out_halves_is_the_true_one) {
    td_test_rows rows;
    td_nuisance nuisance = make(&rows);
    td_policy_report report, again;
    td_error err = {0};
    cr_assert_eq(td_policy_report_build(&report, &nuisance, 0, .95, NULL, &err), TD_OK, "%s",
                 err.text);
    cr_assert_gt(report.tree.depth, 0);
    cr_assert_geq(report.tree.value, report.tree.best_one + .4); /* of mean 0 for either action */
    cr_assert_float_eq(report.share_treated, .5, .05);
    cr_assert_lt(fabs(report.over_none.value - .5), 4 * report.over_none.se);
    cr_assert_lt(fabs(report.over_all.value - .5), 4 * report.over_all.se);
    cr_assert_lt(report.over_none.se, .05);
    td_exec exec = {.n_threads = 4};
    cr_assert_eq(td_policy_report_build(&again, &nuisance, 0, .95, &exec, &err), TD_OK);
    cr_assert_eq(memcmp(&report.over_none, &again.over_none, sizeof report.over_none), 0);
    td_nuisance_free(&nuisance);
    td_test_rows_free(&rows);
    cr_assert_eq(td_mem_live_bytes(), 0);
}

/* At a cost above every effect nobody is treated, and not treating is worth cost - mean effect. */
Test(uplift_policy_report, a_cost_that_nobody_is_worth) {
    td_test_rows rows;
    td_nuisance nuisance = make(&rows);
    td_policy_report report;
    cr_assert_eq(td_policy_report_build(&report, &nuisance, 5, .95, NULL, NULL), TD_OK);
    cr_assert_eq(report.tree.depth, 0);
    cr_assert_eq(report.share_treated, 0);
    cr_assert_eq(report.over_none.value, 0);
    cr_assert_float_eq(report.over_all.value, 5, .2);
    uint64_t before = td_mem_live_bytes();
    for (uint64_t n = 1; n <= 12; n++) {
        td_mem_fail_after(n);
        cr_assert_eq(td_policy_report_build(&report, &nuisance, 5, .95, NULL, NULL), TD_ERR_NOMEM);
        td_mem_fail_after(0);
        cr_assert_eq(td_mem_live_bytes(), before);
    }
    td_nuisance_free(&nuisance);
    td_test_rows_free(&rows);
}
