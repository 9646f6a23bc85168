/* tests/unit/test_gbdt_losses.c: absolute error, quantile, Huber and Poisson by hand. */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "core/base/mem.h"
#include "gbdt/loss_value.h"
#include "gbdt/tree.h"
#include "tests/support/rows.h"

typedef struct trained {
    td_model *model;
    td_train_result result;
} trained;

static trained train(const td_test_rows *rows, const char *text, int n_threads) {
    td_train_params params = td_test_params(text);
    td_exec exec = {.n_threads = n_threads};
    td_binned *binned;
    trained out = {0};
    td_error err = {0};
    cr_assert_eq(td_binned_build(&binned, &rows->view, &params, &exec, &err), TD_OK, "%s",
                 err.text);
    td_train_rows both = {binned, NULL};
    cr_assert_eq(td_train(&out.model, &out.result, both, &params, &exec, &err), TD_OK, "%s",
                 err.text);
    td_binned_free(binned);
    return out;
}

static void trained_free(trained *t) {
    td_train_result_free(&t->result);
    td_model_free(t->model);
}

/* x = 0 holds labels 1 2 3, x = 1 holds 5 6 7 100. */
static td_test_rows seven_rows(void) {
    static const double labels[7] = {1, 2, 3, 5, 6, 7, 100};
    td_test_rows rows = td_test_rows_new(7, 1);
    memcpy(rows.label, labels, sizeof labels);
    for (int i = 0; i < 7; i++) rows.table.column[0].number[i] = i >= 3;
    return rows;
}

#define ONE_STEP " num_iterations=1 learning_rate=1 min_data_in_leaf=1 min_data_in_bin=1"

Test(gbdt_losses, absolute_error_makes_leaves_medians) {
    td_test_rows rows = seven_rows();
    trained t = train(&rows, "objective=mae" ONE_STEP, 1);
    cr_assert_eq(*t.model->base_score, 5); /* the fourth of seven */
    cr_assert_eq(t.model->tree[0].n_leaves, 2);
    for (int i = 0; i < 7; i++) cr_assert_eq(t.result.train_raw[i], i < 3 ? 2 : 6, "row %d", i);
    trained_free(&t);
    td_test_rows_free(&rows);
    cr_assert_eq(td_mem_live_bytes(), 0);
}

Test(gbdt_losses, quantiles_count_weights) {
    td_test_rows rows = seven_rows();
    td_test_rows_add_weights(&rows);
    rows.weight[6] = 5; /* of 11 in all, 8 at x = 1: 0.8 of it is reached with the last row */
    trained t = train(&rows, "objective=quantile alpha=0.8" ONE_STEP, 1);
    cr_assert_eq(*t.model->base_score, 100);
    for (int i = 0; i < 7; i++) cr_assert_eq(t.result.train_raw[i], i < 3 ? 3 : 100);
    trained_free(&t);
    rows.weight[6] = 1;
    rows.weight[4] = 6; /* 6 alone holds 6 of 9 at x = 1 */
    t = train(&rows, "objective=quantile alpha=0.7" ONE_STEP, 1);
    for (int i = 3; i < 7; i++) cr_assert_eq(t.result.train_raw[i], 6);
    trained_free(&t);
    td_test_rows_free(&rows);
    cr_assert_eq(td_mem_live_bytes(), 0);
}

/* Derivatives at given scores, of three rows. */
static void derive(double grad[3], double hess[3], const char *text, const double label[3],
                   const double score[3]) {
    td_train_params params = td_test_params(text);
    td_gradient_range range;
    td_loss loss = {.objective = params.objective,
                    .n_outputs = 1,
                    .n_rows = 3,
                    .label = label,
                    .pos_weight = 1,
                    .alpha = params.alpha,
                    .max_delta_step = params.poisson_max_delta_step};
    td_gradients out = {grad, hess, &range};
    cr_assert_eq(td_loss_gradients(&out, &loss, score, NULL, NULL), TD_OK);
}

Test(gbdt_losses, derivatives_match_their_definition) {
    static const double label[3] = {1, 2, 3}, score[3] = {1.5, 2, 0};
    double grad[3], hess[3];
    derive(grad, hess, "objective=huber alpha=0.8", label, score);
    cr_assert(grad[0] == 0.5 && grad[1] == 0 && grad[2] == -0.8 && hess[2] == 1);
    derive(grad, hess, "objective=regression_l1", label, score);
    cr_assert(grad[0] == 1 && grad[1] == 0 && grad[2] == -1 && hess[0] == 1);
    derive(grad, hess, "objective=quantile alpha=0.75", label, score);
    cr_assert(grad[0] == 0.25 && grad[1] == -0.75 && grad[2] == -0.75);
    derive(grad, hess, "objective=poisson poisson_max_delta_step=0.5", label, score);
    for (int i = 0; i < 3; i++) {
        cr_assert_float_eq(grad[i], exp(score[i]) - label[i], 1e-14);
        cr_assert_float_eq(hess[i], exp(score[i] + 0.5), 1e-14);
    }
}

Test(gbdt_losses, metrics_match_their_definition) {
    cr_assert_eq(td_value_loss(TD_METRIC_L1, 3, 5, 0.9), 2);
    cr_assert_eq(td_value_loss(TD_METRIC_L2, 3, 5, 0.9), 4);
    cr_assert_float_eq(td_value_loss(TD_METRIC_QUANTILE, 3, 5, 0.9), 0.2, 1e-15);
    cr_assert_float_eq(td_value_loss(TD_METRIC_QUANTILE, 5, 3, 0.9), 1.8, 1e-15);
    cr_assert_eq(td_value_loss(TD_METRIC_HUBER, 3, 3.5, 1), 0.125);
    cr_assert_eq(td_value_loss(TD_METRIC_HUBER, 3, 7, 1), 3.5);
    cr_assert_float_eq(td_value_loss(TD_METRIC_POISSON, 3, 2, 1), 2 - 3 * log(2), 1e-15);
}

Test(gbdt_losses, poisson_learns_the_log_of_the_mean) {
    td_test_rows rows = seven_rows();
    trained t = train(&rows,
                      "objective=count:poisson num_iterations=200 min_data_in_leaf=1 "
                      "min_data_in_bin=1 learning_rate=0.3",
                      1);
    cr_assert_float_eq(*t.model->base_score, log(124.0 / 7), 1e-12);
    double mean[7];
    cr_assert_eq(td_predict(mean, t.model, &rows.view, TD_SCORE_RESPONSE, NULL, NULL), TD_OK);
    for (int i = 0; i < 7; i++) cr_assert_float_eq(mean[i], i < 3 ? 2 : 29.5, 0.02, "%g", mean[i]);
    trained_free(&t);
    rows.label[2] = -1;
    td_train_params params = td_test_params("objective=poisson");
    td_binned *binned;
    td_error err = {0};
    cr_assert_eq(td_binned_build(&binned, &rows.view, &params, NULL, &err), TD_ERR_RANGE);
    cr_assert_not_null(strstr(err.text, "row 3: label -1 is below 0"), "%s", err.text);
    td_test_rows_free(&rows);
    cr_assert_eq(td_mem_live_bytes(), 0);
}

/* Weights, samples of rows and features, monotone features: the share below stays the one asked
 * for, and threads change nothing. */
Test(gbdt_losses, quantiles_cover_their_share_for_any_number_of_threads) {
    enum { N = 30000 };
    td_test_rows rows = td_test_rows_random(N, 5, 0, 1);
    td_test_rows_add_weights(&rows);
    double total = 0, below = 0;
    for (int i = 0; i < N; i++) total += rows.weight[i] = 1 + i % 4;
    static const char text[] =
        "objective=quantile alpha=0.8 num_iterations=30 bagging_fraction=0.7 "
        "bagging_freq=1 feature_fraction=0.8";
    trained one = train(&rows, text, 1), many = train(&rows, text, 3);
    cr_assert_eq(memcmp(one.result.train_raw, many.result.train_raw, N * sizeof(double)), 0);
    for (int i = 0; i < N; i++) {
        if (rows.label[i] <= one.result.train_raw[i]) below += rows.weight[i];
    }
    cr_assert(below > 0.77 * total && below < 0.83 * total, "%g", below / total);
    trained_free(&one);
    trained_free(&many);
    td_test_rows_free(&rows);
    cr_assert_eq(td_mem_live_bytes(), 0);
}
