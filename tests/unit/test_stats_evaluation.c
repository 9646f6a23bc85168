/* tests/unit/test_stats_evaluation.c: the bundle says what its parts say. */
#include "stats/evaluation.h"

#include <criterion/criterion.h>
#include <math.h>

#include "core/base/mem.h"

static const double score[] = {0.1, 0.4, 0.35, 0.8};
static const double label[] = {0, 0, 1, 1};

Test(stats_evaluation, four_rows_have_the_values_of_the_scikit_learn_manual) {
    td_cut cuts[] = {{2, 0}, {0, 0.25}};
    td_scored_rows rows = {.n = 4, .score = score, .label = label, .cut = cuts, .n_cuts = 2};
    td_evaluation out = {0};
    cr_assert_eq(td_evaluation_build(&out, &rows, NULL, NULL), TD_OK);
    cr_assert_eq(out.roc_auc.value, 0.75);
    cr_assert(fabs(out.average_precision.value - 0.8333333333333333) < 1e-15);
    cr_assert_eq(out.at[0].k, 2);
    cr_assert_eq(out.at[0].precision.value, 0.5);
    cr_assert_eq(out.at[1].k, 1);
    cr_assert_eq(out.at[1].lift.value, 2.0);
    cr_assert_eq(out.roc.n, 5);
    td_evaluation_free(&out);
    cr_assert_eq(td_mem_live_bytes(), 0);
}

/* sklearn.metrics.average_precision_score and precision_recall_curve, their example: the sum of
 * steps is 0.8333..., the area by trapezoids from (recall 0, precision 1), auc(), 0.791666667. */
Test(stats_evaluation, trapezoids_below_the_manuals_precision_recall_curve) {
    td_scored_rows rows = {.n = 4, .score = score, .label = label};
    td_evaluation out = {0};
    cr_assert_eq(td_evaluation_build(&out, &rows, NULL, NULL), TD_OK);
    double area = 0, recall = 0, precision = 1;
    for (uint64_t i = 0; i < out.pr.n; i++) {
        area += 0.5 * (out.pr.x[i] - recall) * (out.pr.y[i] + precision);
        recall = out.pr.x[i];
        precision = out.pr.y[i];
    }
    cr_assert_float_eq(area, 0.791666667, 5e-10);
    cr_assert_float_eq(out.average_precision.value, 0.833333333, 5e-10);
    td_evaluation_free(&out);
}

Test(stats_evaluation, one_class_is_undefined_and_no_error) {
    static const double ones[] = {1, 1, 1, 1};
    td_scored_rows rows = {.n = 4, .score = score, .label = ones};
    td_evaluation out = {0};
    cr_assert_eq(td_evaluation_build(&out, &rows, NULL, NULL), TD_OK);
    cr_assert_not_null(out.roc_auc.undefined_reason);
    cr_assert_eq(out.roc.n, 0);
    cr_assert(td_metric_is_defined(out.probability.log_loss));
    td_evaluation_free(&out);
}

Test(stats_evaluation, default_cuts_fit_the_rows) {
    td_cut cut[TD_MAX_CUTS];
    cr_assert_eq(td_default_cuts(cut, 50), 4);
    cr_assert_eq(td_default_cuts(cut, 500), 6);
    cr_assert_eq(td_default_cuts(cut, 100000), 7);
}

Test(stats_evaluation, a_failed_allocation_leaves_nothing_behind) {
    td_scored_rows rows = {.n = 4, .score = score, .label = label};
    int has_failed = 0;
    for (uint64_t n = 1; n < 40; n++) {
        td_evaluation out = {0};
        td_mem_fail_after(n);
        td_status status = td_evaluation_build(&out, &rows, NULL, NULL);
        td_mem_fail_after(0);
        has_failed |= status == TD_ERR_NOMEM;
        td_evaluation_free(&out);
        cr_assert_eq(td_mem_live_bytes(), 0, "allocation %d leaks", (int)n);
    }
    cr_assert(has_failed);
}
