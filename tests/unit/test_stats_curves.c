/* stats/curves: points, thinning and the gains table by hand. */
#include <criterion/criterion.h>
#include <math.h>

#include "core/base/mem.h"
#include "stats/curves.h"

static const double score6[] = {3, 3, 3, 2, 2, 1};
static const double label6[] = {1, 0, 0, 1, 1, 0};

static td_ranking rank(const double *score, const double *label, uint64_t n) {
    td_ranking ranking = {0};
    cr_assert_eq(td_ranking_build(&ranking, score, label, n, NULL, NULL), TD_OK);
    return ranking;
}

static void expect_points(const td_curve *curve, const double (*want)[3], uint64_t n) {
    cr_assert_eq(curve->n, n);
    for (uint64_t i = 0; i < n; i++) {
        cr_assert_float_eq(curve->x[i], want[i][0], 1e-15);
        cr_assert_float_eq(curve->y[i], want[i][1], 1e-15);
        cr_assert_eq(curve->threshold[i], want[i][2]);
    }
}

Test(stats_curves, roc_and_pr_have_a_point_per_distinct_score) {
    td_ranking ranking = rank(score6, label6, 6);
    td_curve roc, pr;
    cr_assert_eq(td_curve_roc(&roc, &ranking, NULL), TD_OK);
    cr_assert_eq(td_curve_pr(&pr, &ranking, NULL), TD_OK);
    const double want_roc[][3] = {
        {0, 0, HUGE_VAL}, {2.0 / 3, 1.0 / 3, 3}, {2.0 / 3, 1, 2}, {1, 1, 1}};
    const double want_pr[][3] = {{1.0 / 3, 1.0 / 3, 3}, {1, 0.6, 2}, {1, 0.5, 1}};
    expect_points(&roc, want_roc, 4);
    expect_points(&pr, want_pr, 3);
    td_curve_free(&roc);
    td_curve_free(&pr);
    td_ranking_free(&ranking);
}

Test(stats_curves, missing_classes_are_refused) {
    const double none[] = {0, 0, 0}, all[] = {1, 1, 1};
    td_curve curve;
    td_error err;
    td_ranking ranking = rank(score6, none, 3);
    cr_assert_eq(td_curve_roc(&curve, &ranking, &err), TD_ERR_NUMERIC);
    cr_assert_eq(td_curve_pr(&curve, &ranking, &err), TD_ERR_NUMERIC);
    td_ranking_free(&ranking);
    ranking = rank(score6, all, 3);
    cr_assert_eq(td_curve_roc(&curve, &ranking, &err), TD_ERR_NUMERIC);
    td_ranking_free(&ranking);
}

Test(stats_curves, out_of_memory_leaves_nothing) {
    td_ranking ranking = rank(score6, label6, 6);
    uint64_t before = td_mem_live_bytes();
    for (uint64_t n = 1; n <= 3; n++) {
        td_curve curve;
        td_mem_fail_after(n);
        td_status status = td_curve_roc(&curve, &ranking, NULL);
        td_mem_fail_after(0);
        cr_assert_eq(status, TD_ERR_NOMEM);
        cr_assert_eq(td_mem_live_bytes(), before);
    }
    td_ranking_free(&ranking);
}

/* A staircase of 1001 points along the diagonal: 11 points must lie about a tenth apart. */
Test(stats_curves, thinning_keeps_the_ends_and_even_steps) {
    enum { N = 1000 };
    double score[N], label[N];
    for (int i = 0; i < N; i++) {
        score[i] = -i;
        label[i] = i % 2;
    }
    td_ranking ranking = rank(score, label, N);
    td_curve curve;
    cr_assert_eq(td_curve_roc(&curve, &ranking, NULL), TD_OK);
    td_curve_thin(&curve, 2000);
    cr_assert_eq(curve.n, (uint64_t)N + 1, "a curve that fits stays");
    td_curve_thin(&curve, 11);
    cr_assert_eq(curve.n, 11u);
    for (int i = 0; i <= 10; i++) {
        cr_assert_float_eq(curve.x[i] + curve.y[i], 0.2 * i, 2.1 / N);
    }
    cr_assert_eq(curve.x[10] + curve.y[10], 2.0);
    cr_assert_eq(curve.threshold[10], -(N - 1.0));
    td_curve_thin(&curve, 2);
    cr_assert_eq(curve.n, 2u);
    cr_assert_eq(curve.x[0] + curve.y[0], 0.0);
    cr_assert_eq(curve.x[1] + curve.y[1], 2.0);
    td_curve_free(&curve);
    td_ranking_free(&ranking);
}

Test(stats_curves, gains_table_shares_a_cut_block_by_its_mean) {
    td_ranking ranking = rank(score6, label6, 6);
    td_gain_row rows[3];
    td_gain_table(rows, 3, &ranking);
    const double hits[] = {2.0 / 3, 1.0 / 3 + 1, 1};
    const double cumulative[] = {2.0 / 3, 2, 3};
    for (uint64_t g = 0; g < 3; g++) {
        cr_assert_eq(rows[g].begin, 2 * g);
        cr_assert_eq(rows[g].end, 2 * g + 2);
        cr_assert_float_eq(rows[g].hits, hits[g], 1e-15);
        cr_assert_float_eq(rows[g].rate.value, hits[g] / 2, 1e-15);
        cr_assert_float_eq(rows[g].lift.value, hits[g], 1e-15);
        cr_assert_float_eq(rows[g].cumulative.hits.value, cumulative[g], 1e-15);
    }
    cr_assert_eq(rows[1].score_high, 3.0);
    cr_assert_eq(rows[1].score_low, 2.0);
    cr_assert_eq(rows[2].score_low, 1.0);
    td_ranking_free(&ranking);
}

Test(stats_curves, gains_table_with_fewer_rows_than_groups) {
    const double score[] = {2, 1}, label[] = {0, 0};
    td_ranking ranking = rank(score, label, 2);
    td_gain_row rows[5];
    td_gain_table(rows, 5, &ranking);
    uint64_t filled = 0;
    for (int g = 0; g < 5; g++) {
        filled += rows[g].end - rows[g].begin;
        cr_assert_eq(td_metric_is_defined(rows[g].rate), rows[g].end > rows[g].begin);
        cr_assert(!td_metric_is_defined(rows[g].lift));
    }
    cr_assert_eq(filled, 2u);
    cr_assert_str_eq(rows[0].rate.undefined_reason, "no rows in this group");
    td_ranking_free(&ranking);
}
