/* tests/unit/test_uplift_policy_report.c: a policy tree with its value on held-out halves, from
 * nuisance that is known exactly. */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "core/base/mem.h"
#include "tests/support/rows.h"
#include "uplift/nuisance.h"
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

/* The report of treating at a cost; cluster may be NULL. */
static td_status report_of(td_policy_report *out, const td_nuisance *nuisance, double cost,
                           const uint32_t *cluster, const td_exec *exec) {
    td_policy_params params = td_policy_params_default();
    double *score = td_mem_array(2 * N, sizeof *score, NULL);
    if (score == NULL) return TD_ERR_NOMEM;
    td_nuisance_arm_scores(score, nuisance);
    for (int i = 0; i < N; i++) score[N + i] -= cost;
    td_policy_cases cases = {N, nuisance->row, nuisance->bins, 2, score, cluster, N / 4, 1};
    td_status status = td_policy_report_build(out, &cases, &params, .95, exec, NULL);
    td_mem_free(score);
    return status;
}

/* Share of the rows that a tree treats. */
static double shares_by_hand(const td_policy_tree *tree, const td_binned *bins) {
    uint32_t action[N], n_treated = 0;
    td_policy_tree_apply(action, tree, bins);
    for (int i = 0; i < N; i++) n_treated += action[i];
    return (double)n_treated / N;
}

/* Treating x > 0: worth 0.5 over nobody and 0.5 over everybody. */
Test(uplift_policy_report, value_on_held_out_halves_is_the_true_one) {
    td_test_rows rows;
    td_nuisance nuisance = make(&rows);
    td_policy_report report, again;
    cr_assert_eq(report_of(&report, &nuisance, 0, NULL, NULL), TD_OK);
    cr_assert_gt(report.tree.depth, 0);
    cr_assert_geq(report.tree.value, report.tree.best_one + .4); /* of mean 0 for either action */
    cr_assert_float_eq(report.share[1], .5, .05);
    cr_assert_float_eq(report.tree_share[0] + report.tree_share[1], 1, 1e-12);
    cr_assert_eq(shares_by_hand(&report.tree, nuisance.bins), report.tree_share[1]);
    cr_assert_lt(fabs(report.over[0].value - .5), 4 * report.over[0].se);
    cr_assert_lt(fabs(report.over[1].value - .5), 4 * report.over[1].se);
    cr_assert_lt(report.over[0].se, .05);
    td_exec exec = {.n_threads = 4};
    cr_assert_eq(report_of(&again, &nuisance, 0, NULL, &exec), TD_OK);
    cr_assert_eq(memcmp(&report.over[0], &again.over[0], sizeof report.over[0]), 0);
    td_nuisance_free(&nuisance);
    td_test_rows_free(&rows);
    cr_assert_eq(td_mem_live_bytes(), 0);
}

/* At a cost above every effect nobody is treated, and not treating is worth cost - mean effect. */
Test(uplift_policy_report, a_cost_that_nobody_is_worth) {
    td_test_rows rows;
    td_nuisance nuisance = make(&rows);
    td_policy_report report;
    cr_assert_eq(report_of(&report, &nuisance, 5, NULL, NULL), TD_OK);
    cr_assert_eq(report.tree.depth, 0);
    cr_assert_eq(report.share[1], 0);
    cr_assert_eq(report.over[0].value, 0);
    cr_assert_float_eq(report.over[1].value, 5, .2);
    uint64_t before = td_mem_live_bytes();
    for (uint64_t n = 1; n <= 12; n++) {
        td_mem_fail_after(n);
        cr_assert_eq(report_of(&report, &nuisance, 5, NULL, NULL), TD_ERR_NOMEM);
        td_mem_fail_after(0);
        cr_assert_eq(td_mem_live_bytes(), before);
    }
    td_nuisance_free(&nuisance);
    td_test_rows_free(&rows);
}

/* Every row written four times: errors by row are half of those by cluster, which are those of the
 * rows written once; and no cluster lies in both halves. */
Test(uplift_policy_report, errors_count_clusters_and_halves_keep_them) {
    td_test_rows rows;
    td_nuisance nuisance = make(&rows);
    uint32_t *cluster = td_mem_array(N, sizeof *cluster, NULL);
    double *score = td_mem_array(2 * N, sizeof *score, NULL), *same = NULL;
    cr_assert(cluster != NULL && score != NULL);
    td_nuisance_arm_scores(score, &nuisance);
    for (uint32_t i = 0; i < N; i++) {
        cluster[i] = i % (N / 4);
        nuisance.row[i] = i % (N / 4);
        score[i] = score[i % (N / 4)];
        score[N + i] = score[N + i % (N / 4)];
    }
    td_policy_params params = td_policy_params_default();
    td_policy_cases cases = {N, nuisance.row, nuisance.bins, 2, score, NULL, 0, 1};
    td_policy_report by_row, by_cluster, once;
    cr_assert_eq(td_policy_report_build(&by_row, &cases, &params, .95, NULL, NULL), TD_OK);
    cases.cluster = cluster;
    cases.n_clusters = N / 4 + 5; /* some have no case */
    cr_assert_eq(td_policy_report_build(&by_cluster, &cases, &params, .95, NULL, NULL), TD_OK);
    same = td_mem_array(N / 2, sizeof *same, NULL);
    memcpy(same, score, N / 4 * sizeof *same);
    memcpy(same + N / 4, score + N, N / 4 * sizeof *same);
    params.min_rows = 5;
    td_policy_cases quarter = {N / 4, nuisance.row, nuisance.bins, 2, same, cluster, N / 4, 1};
    cr_assert_eq(td_policy_report_build(&once, &quarter, &params, .95, NULL, NULL), TD_OK);
    cr_expect_float_eq(by_cluster.over[0].value, once.over[0].value, 1e-12);
    cr_expect_float_eq(by_cluster.over[0].se, once.over[0].se, 1e-12);
    cr_expect_float_eq(by_row.over[0].se / by_cluster.over[0].se, 0.5, 0.03);
    td_mem_free(cluster);
    td_mem_free(score);
    td_mem_free(same);
    td_nuisance_free(&nuisance);
    td_test_rows_free(&rows);
    cr_assert_eq(td_mem_live_bytes(), 0);
}

/* Few clusters: however they are drawn, both halves have half of them; one alone is named. */
Test(uplift_policy_report, few_clusters_are_parted_evenly_and_one_is_refused) {
    td_test_rows rows;
    td_nuisance nuisance = make(&rows);
    uint32_t *cluster = td_mem_zeroed(N, sizeof *cluster, NULL);
    double *score = td_mem_array(2 * N, sizeof *score, NULL);
    cr_assert(cluster != NULL && score != NULL);
    td_nuisance_arm_scores(score, &nuisance);
    td_policy_params params = td_policy_params_default();
    td_policy_cases cases = {N, nuisance.row, nuisance.bins, 2, score, cluster, 7, 0};
    td_policy_report report, first = {.value = {0}};
    td_error err = {0};
    cr_assert_eq(td_policy_report_build(&report, &cases, &params, .95, NULL, &err), TD_ERR_SHAPE);
    cr_assert(strstr(err.text, "clusters to part into two halves") != NULL, "%s", err.text);
    for (uint32_t i = 0; i < N; i++) cluster[i] = 2 + i % 2; /* two of seven have a case */
    for (cases.seed = 0; cases.seed < 20; cases.seed++) {
        cr_assert_eq(td_policy_report_build(&report, &cases, &params, .95, NULL, &err), TD_OK, "%s",
                     err.text);
        if (cases.seed == 0) first = report;
        /* two ways to deal two clusters give the same two trees */
        cr_assert_eq(report.value.value, first.value.value);
    }
    for (uint32_t i = 0; i < N; i++) cluster[i] = i % 7;
    int n_other = 0;
    for (cases.seed = 0; cases.seed < 5; cases.seed++) {
        cr_assert_eq(td_policy_report_build(&report, &cases, &params, .95, NULL, &err), TD_OK);
        if (cases.seed == 0) first = report;
        n_other += report.value.value != first.value.value;
    }
    cr_assert_gt(n_other, 0, "the seed changes nothing");
    td_mem_free(cluster);
    td_mem_free(score);
    td_nuisance_free(&nuisance);
    td_test_rows_free(&rows);
    cr_assert_eq(td_mem_live_bytes(), 0);
}
