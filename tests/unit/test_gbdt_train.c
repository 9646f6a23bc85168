/* tests/unit/test_gbdt_train.c: training and prediction as a whole, on cases with known answers. */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/base/numeric.h"
#include "gbdt/tree.h"
#include "tests/support/rows.h"

/* Bins, model and training result of some rows. */
typedef struct trained {
    td_binned *binned;
    td_model *model;
    td_train_result result;
} trained;

static trained train(const td_test_rows *rows, const char *params_text) {
    td_train_params params = td_test_params(params_text);
    trained out;
    td_error err = {0};
    cr_assert_eq(td_binned_build(&out.binned, &rows->view, &params, NULL, &err), TD_OK, "%s",
                 err.text);
    cr_assert_eq(
        td_train(&out.model, &out.result, (td_train_rows){out.binned, NULL}, &params, NULL, &err),
        TD_OK, "%s", err.text);
    return out;
}

static void trained_free(trained *t) {
    td_train_result_free(&t->result);
    td_model_free(t->model);
    td_binned_free(t->binned);
}

Test(gbdt_train, one_binary_stump_by_hand) {
    td_test_rows rows = td_test_rows_new(8, 1);
    for (int i = 0; i < 8; i++) {
        rows.table.column[0].number[i] = i < 4 ? 1 : 2;
        rows.label[i] = i == 0 || i > 4; /* 1 of 4 on the left, 3 of 4 on the right */
    }
    trained t = train(&rows, "num_iterations=1 min_data_in_leaf=1 min_data_in_bin=1 lambda_l2=1 "
                             "learning_rate=0.5");
    const td_tree *tree = &t.model->tree[0];
    cr_assert_eq(tree->n_leaves, 2);
    cr_assert_eq(tree->node[0].threshold, 1.5);
    cr_assert_eq(*t.model->base_score, 0); /* half of the labels are 1 */
    /* G = 4 * 0.5 - 1 = 1 on the left, H = 4 * 0.25 = 1: value = -0.5 * 1 / (1 + 1) */
    cr_assert_float_eq(tree->leaf_value[0], -0.25, 1e-15);
    cr_assert_float_eq(tree->leaf_value[1], 0.25, 1e-15);
    cr_assert_float_eq(tree->node[0].gain, 1.0 / 2 + 1.0 / 2, 1e-3); /* quantised to 1/4095 */
    cr_assert(tree->leaf_rows[0] == 4 && tree->leaf_rows[1] == 4);
    trained_free(&t);
    td_test_rows_free(&rows);
    cr_assert_eq(td_mem_live_bytes(), 0);
}

Test(gbdt_train, regression_starts_at_the_weighted_mean_and_fits_a_step) {
    td_test_rows rows = td_test_rows_new(100, 2);
    td_test_rows_add_weights(&rows);
    for (int i = 0; i < 100; i++) {
        rows.table.column[1].number[i] = i;
        rows.label[i] = i < 30 ? 5 : -1;
        rows.weight[i] = i < 30 ? 2 : 1;
    }
    trained t = train(&rows, "objective=regression num_iterations=200 num_leaves=2");
    cr_assert_float_eq(*t.model->base_score, (30 * 2 * 5 - 70.0) / 130, 1e-12);
    for (int i = 0; i < 100; i++) cr_assert_float_eq(t.result.train_raw[i], rows.label[i], 1e-6);
    uint64_t split[2];
    double gain[2];
    td_model_importance(t.model, split, gain);
    cr_assert(split[0] == 0 && gain[0] == 0 && split[1] > 50 && gain[1] > 0);
    trained_free(&t);
    td_test_rows_free(&rows);
}

Test(gbdt_train, predictions_equal_training_scores_to_the_bit) {
    td_test_rows rows = td_test_rows_random(5000, 8, 1, 7);
    td_test_rows_make_category(&rows, 1);
    trained t = train(&rows, "num_iterations=12 bagging_fraction=0.5 bagging_freq=1 "
                             "feature_fraction=0.5 min_data_per_group=10");
    double raw[5000], response[5000];
    td_exec exec = {.n_threads = 3};
    cr_assert_eq(td_predict(raw, t.model, &rows.view, TD_SCORE_RAW, &exec, NULL), TD_OK);
    cr_assert_eq(td_predict(response, t.model, &rows.view, TD_SCORE_RESPONSE, NULL, NULL), TD_OK);
    cr_assert_eq(memcmp(raw, t.result.train_raw, sizeof raw), 0);
    for (int i = 0; i < 5000; i++) cr_assert_eq(response[i], td_sigmoid(raw[i]));
    trained_free(&t);
    td_test_rows_free(&rows);
}

Test(gbdt_train, response_climbs_a_staircase_step_by_step) {
    td_test_rows rows = td_test_rows_new(2000, 1);
    for (int i = 0; i < 2000; i++) {
        rows.table.column[0].number[i] = 0.01 * ((i * 7) % 2000);
        rows.label[i] = floor(rows.table.column[0].number[i]);
    }
    trained t = train(&rows, "objective=regression num_iterations=50");
    for (int i = 0; i < 24; i++) rows.table.column[0].number[i] = i - 2 + 0.5;
    rows.view.n_rows = 24;
    double out[24];
    cr_assert_eq(td_predict(out, t.model, &rows.view, TD_SCORE_RAW, NULL, NULL), TD_OK);
    for (int i = 2; i < 22; i++) cr_assert_float_eq(out[i], i - 2, 0.1);
    for (int i = 3; i < 22; i++) cr_assert_gt(out[i], out[i - 1] + 0.8);
    cr_assert(out[0] == out[2] && out[23] == out[21]); /* flat beyond the data */
    trained_free(&t);
    td_test_rows_free(&rows);
}

static uint32_t depth_of(const td_tree *tree, int32_t at) {
    if (at < 0) return 0;
    uint32_t left = depth_of(tree, tree->node[at].left);
    uint32_t right = depth_of(tree, tree->node[at].right);
    return 1 + (left > right ? left : right);
}

Test(gbdt_train, limits_of_leaves_depth_rows_and_gain_are_kept) {
    td_test_rows rows = td_test_rows_random(6000, 6, 1, 8);
    trained t = train(&rows, "num_iterations=5 num_leaves=40 max_depth=4 min_data_in_leaf=150 "
                             "min_gain_to_split=2 grow_policy=depthwise");
    for (uint32_t k = 0; k < t.model->n_trees; k++) {
        const td_tree *tree = &t.model->tree[k];
        cr_assert(tree->n_leaves > 4 && tree->n_leaves <= 16);
        cr_assert_leq(depth_of(tree, 0), 4);
        uint64_t rows_seen = 0;
        for (uint32_t j = 0; j < tree->n_leaves; j++) {
            cr_assert_geq(tree->leaf_rows[j], 150);
            rows_seen += tree->leaf_rows[j];
        }
        cr_assert_eq(rows_seen, 6000);
        for (uint32_t i = 0; i + 1 < tree->n_leaves; i++) cr_assert_gt(tree->node[i].gain, 2);
    }
    trained_free(&t);
    td_test_rows_free(&rows);
}

Test(gbdt_train, early_stopping_keeps_the_best_round) {
    td_test_rows rows = td_test_rows_random(3000, 6, 1, 9),
                 other = td_test_rows_random(3000, 6, 1, 10);
    td_train_params params = td_test_params("num_iterations=200 learning_rate=0.4 metric=auc "
                                            "early_stopping_round=5 num_leaves=60");
    td_binned *binned, *valid;
    td_model *model;
    td_train_result result;
    cr_assert_eq(td_binned_build(&binned, &rows.view, &params, NULL, NULL), TD_OK);
    cr_assert_eq(td_binned_code(&valid, binned, &other.view, NULL, NULL), TD_OK);
    cr_assert_eq(td_train(&model, &result, (td_train_rows){binned, valid}, &params, NULL, NULL),
                 TD_OK);
    cr_assert_eq(result.n_iterations, result.best_iteration + 5);
    cr_assert_eq(td_model_best_iteration(model), result.best_iteration);
    cr_assert(result.best_metric > 0.7 && result.best_metric < 1);
    double raw[3000];
    cr_assert_eq(td_predict(raw, model, &other.view, TD_SCORE_RAW, NULL, NULL), TD_OK);
    cr_assert_eq(memcmp(raw, result.valid_raw, sizeof raw), 0);
    cr_assert_eq(td_predict(raw, model, &rows.view, TD_SCORE_RAW, NULL, NULL), TD_OK);
    cr_assert_eq(memcmp(raw, result.train_raw, sizeof raw), 0);
    td_train_result_free(&result);
    td_model_free(model);
    td_binned_free(valid);
    td_binned_free(binned);
    td_test_rows_free(&rows);
    td_test_rows_free(&other);
    cr_assert_eq(td_mem_live_bytes(), 0);
}

Test(gbdt_train, columns_are_found_by_name_and_levels_by_text) {
    td_test_rows rows = td_test_rows_new(400, 2), other = td_test_rows_new(4, 3);
    for (int i = 0; i < 400; i++) {
        rows.table.column[0].number[i] = i % 4;
        rows.table.column[1].number[i] = i % 3;
        rows.label[i] = i % 4 == 2;
    }
    td_test_rows_make_category(&rows, 0);
    trained t = train(&rows, "num_iterations=20 min_data_per_group=1");
    strcpy(other.table.column[0].name, "xx");
    strcpy(other.table.column[1].name, "f1");
    strcpy(other.table.column[2].name, "f0");
    static const double levels[] = {2, 9, NAN,
                                    1}; /* c9 is unseen; the codes differ from training */
    for (int i = 0; i < 4; i++) other.table.column[2].number[i] = levels[i];
    td_test_rows_make_category(&other, 2);
    double out[4];
    td_error err = {0};
    cr_assert_eq(td_predict(out, t.model, &other.view, TD_SCORE_RESPONSE, NULL, &err), TD_OK, "%s",
                 err.text);
    cr_assert_gt(out[0], 0.7);
    for (int i = 1; i < 4; i++) cr_assert_lt(out[i], 0.2);
    strcpy(other.table.column[2].name, "g0");
    cr_assert_eq(td_predict(out, t.model, &other.view, TD_SCORE_RAW, NULL, &err), TD_ERR_SHAPE);
    cr_assert_not_null(strstr(err.text, "'f0'"), "%s", err.text);
    strcpy(other.table.column[1].name, "f0");
    cr_assert_eq(td_predict(out, t.model, &other.view, TD_SCORE_RAW, NULL, &err), TD_ERR_ARG);
    trained_free(&t);
    td_test_rows_free(&rows);
    td_test_rows_free(&other);
    cr_assert_eq(td_mem_live_bytes(), 0);
}

Test(gbdt_train, nothing_to_split_gives_the_base_rate) {
    td_test_rows rows = td_test_rows_new(50, 2);
    for (int i = 0; i < 50; i++) rows.label[i] = i < 10;
    trained t = train(&rows, "num_iterations=20");
    cr_assert_eq(t.result.n_iterations, 1);
    for (int i = 0; i < 50; i++) cr_assert_float_eq(t.result.train_raw[i], td_logit(0.2), 1e-12);
    trained_free(&t);
    td_test_rows_free(&rows);
}

Test(gbdt_train, l2_of_a_binary_objective_is_the_brier_score) {
    td_test_rows rows = td_test_rows_random(2000, 5, 1, 31),
                 other = td_test_rows_random(1000, 5, 1, 32);
    td_train_params params =
        td_test_params("num_iterations=30 metric=l2 early_stopping_round=5 num_leaves=8");
    td_binned *binned, *valid;
    td_model *model;
    td_train_result result;
    cr_assert_eq(td_binned_build(&binned, &rows.view, &params, NULL, NULL), TD_OK);
    cr_assert_eq(td_binned_code(&valid, binned, &other.view, NULL, NULL), TD_OK);
    cr_assert_eq(td_train(&model, &result, (td_train_rows){binned, valid}, &params, NULL, NULL),
                 TD_OK);
    double probability[1000], brier = 0;
    cr_assert_eq(td_predict(probability, model, &other.view, TD_SCORE_RESPONSE, NULL, NULL), TD_OK);
    for (int i = 0; i < 1000; i++) {
        double miss = probability[i] - other.view.label[i];
        brier += miss * miss / 1000;
    }
    cr_assert(fabs(result.best_metric - brier) < 1e-12, "%.17g %.17g", result.best_metric, brier);
    cr_assert_gt(result.best_iteration, 5);
    td_train_result_free(&result);
    td_model_free(model);
    td_binned_free(valid);
    td_binned_free(binned);
    td_test_rows_free(&rows);
    td_test_rows_free(&other);
}

Test(gbdt_train, an_auc_to_stop_by_needs_both_classes) {
    td_test_rows rows = td_test_rows_random(500, 3, 1, 33),
                 other = td_test_rows_random(200, 3, 1, 34);
    double ones[200];
    for (int i = 0; i < 200; i++) ones[i] = 1;
    td_matrix_view one_class = other.view;
    one_class.label = ones;
    td_train_params params = td_test_params("num_iterations=5 metric=auc early_stopping_round=2");
    td_binned *binned, *valid;
    td_model *model = NULL;
    td_error err = {0};
    cr_assert_eq(td_binned_build(&binned, &rows.view, &params, NULL, NULL), TD_OK);
    cr_assert_eq(td_binned_code(&valid, binned, &one_class, NULL, NULL), TD_OK);
    cr_assert_eq(td_train(&model, NULL, (td_train_rows){binned, valid}, &params, NULL, &err),
                 TD_ERR_NUMERIC);
    cr_assert_not_null(strstr(err.text, "validation"), "%s", err.text);
    td_binned_free(valid);
    td_binned_free(binned);
    td_test_rows_free(&rows);
    td_test_rows_free(&other);
    cr_assert_eq(td_mem_live_bytes(), 0);
}

Test(gbdt_train, calls_that_cannot_be_meant_are_refused) {
    td_test_rows rows = td_test_rows_random(200, 3, 1, 11);
    td_train_params params = td_train_params_default();
    td_binned *binned, *other;
    td_model *model;
    td_error err = {0};
    cr_assert_eq(td_binned_build(&binned, &rows.view, &params, NULL, NULL), TD_OK);
    cr_assert_eq(td_binned_build(&other, &rows.view, &params, NULL, NULL), TD_OK);
    cr_assert_eq(td_train(&model, NULL, (td_train_rows){binned, other}, &params, NULL, &err),
                 TD_ERR_ARG);
    params.early_stopping_round = 3;
    cr_assert_eq(td_train(&model, NULL, (td_train_rows){binned, NULL}, &params, NULL, &err),
                 TD_ERR_ARG);
    cr_assert_not_null(strstr(err.text, "validation"), "%s", err.text);
    params.early_stopping_round = 0;
    params.objective = TD_OBJECTIVE_REGRESSION;
    cr_assert_eq(td_train(&model, NULL, (td_train_rows){binned, NULL}, &params, NULL, &err),
                 TD_ERR_ARG);
    td_binned_free(binned);
    td_binned_free(other);
    td_test_rows_free(&rows);
    cr_assert_eq(td_mem_live_bytes(), 0);
}

static int stop_at_third(void *ctx, const char *stage, uint64_t done, uint64_t total) {
    (void)total;
    int *calls = ctx;
    *calls += strcmp(stage, "train") == 0;
    return done == 3;
}

Test(gbdt_train, progress_can_interrupt) {
    td_test_rows rows = td_test_rows_random(500, 3, 1, 12);
    td_train_params params = td_train_params_default();
    int calls = 0;
    td_exec exec = {.n_threads = 2, .progress = stop_at_third, .progress_ctx = &calls};
    td_binned *binned;
    td_model *model;
    cr_assert_eq(td_binned_build(&binned, &rows.view, &params, NULL, NULL), TD_OK);
    td_status status = td_train(&model, NULL, (td_train_rows){binned, NULL}, &params, &exec, NULL);
    cr_assert_eq(status, TD_ERR_INTERRUPTED);
    cr_assert(model == NULL && calls == 4);
    td_binned_free(binned);
    td_test_rows_free(&rows);
    cr_assert_eq(td_mem_live_bytes(), 0);
}

/* Everything from binning to prediction; 1 when an allocation failed on the way. */
static int run_all(const td_test_rows *rows, double *out) {
    td_train_params params = td_test_params("num_iterations=3 num_leaves=8 bagging_fraction=0.5 "
                                            "bagging_freq=1 feature_fraction=0.8");
    td_binned *binned = NULL, *valid = NULL;
    td_model *model = NULL, *again = NULL;
    td_train_result result = {0};
    char *bytes = NULL;
    uint64_t n = 0;
    td_status status = td_binned_build(&binned, &rows->view, &params, NULL, NULL);
    if (status == TD_OK) status = td_binned_code(&valid, binned, &rows->view, NULL, NULL);
    if (status == TD_OK)
        status = td_train(&model, &result, (td_train_rows){binned, valid}, &params, NULL, NULL);
    if (status == TD_OK) status = td_model_to_bytes(&bytes, &n, model, NULL);
    if (status == TD_OK) status = td_model_from_bytes(&again, bytes, n, NULL);
    if (status == TD_OK) status = td_predict(out, again, &rows->view, TD_SCORE_RAW, NULL, NULL);
    cr_assert(status == TD_OK || status == TD_ERR_NOMEM);
    td_mem_free(bytes);
    td_train_result_free(&result);
    td_model_free(model);
    td_model_free(again);
    td_binned_free(valid);
    td_binned_free(binned);
    return status != TD_OK;
}

Test(gbdt_train, every_failing_allocation_is_reported_and_nothing_stays) {
    td_test_rows rows = td_test_rows_random(300, 4, 1, 13);
    td_test_rows_make_category(&rows, 1);
    double out[300];
    uint64_t live = td_mem_live_bytes(), n = 1;
    for (int failed = 1; failed; n++) {
        td_mem_fail_after(n);
        failed = run_all(&rows, out);
        td_mem_fail_after(0);
        cr_assert_eq(td_mem_live_bytes(), live, "allocation %lu leaks", n);
    }
    cr_assert_gt(n, 100);
    td_test_rows_free(&rows);
}
