/* tests/unit/test_gbdt_multiclass.c: softmax over classes: a hand case, and what holds of any
 * training: sampling, weights, early stopping, prediction, model text, errors. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/base/numeric.h"
#include "gbdt/objective.h"
#include "gbdt/tree.h"
#include "tests/support/rows.h"

/* Random rows whose class 0 .. 2 follows from two features. */
static td_test_rows class_rows(uint64_t n, uint64_t seed) {
    td_test_rows rows = td_test_rows_random(n, 6, 0, seed);
    for (uint64_t i = 0; i < n; i++) {
        rows.label[i] = rows.label[i] < -0.5 ? 2 : rows.label[i] < 0.6 ? 0 : 1;
    }
    for (uint64_t i = 0; i < 3; i++) rows.label[i] = (double)i; /* every class, always */
    return rows;
}

typedef struct trained {
    td_binned *binned, *valid;
    td_model *model;
    td_train_result result;
} trained;

static trained train(const td_test_rows *rows, const td_test_rows *other, const char *text,
                     int n_threads) {
    td_train_params params = td_test_params(text);
    td_exec exec = {.n_threads = n_threads};
    trained out = {0};
    td_error err = {0};
    cr_assert_eq(td_binned_build(&out.binned, &rows->view, &params, &exec, &err), TD_OK, "%s",
                 err.text);
    if (other != NULL) {
        cr_assert_eq(td_binned_code(&out.valid, out.binned, &other->view, &exec, &err), TD_OK);
    }
    td_train_rows both = {out.binned, out.valid};
    cr_assert_eq(td_train(&out.model, &out.result, both, &params, &exec, &err), TD_OK, "%s",
                 err.text);
    return out;
}

static void trained_free(trained *t) {
    td_train_result_free(&t->result);
    td_model_free(t->model);
    td_binned_free(t->valid);
    td_binned_free(t->binned);
}

/* 12 rows: x = 0 holds 4 of class 0, x = 1 holds 2 of class 1 and 6 of class 2. */
static td_test_rows hand_rows(void) {
    td_test_rows rows = td_test_rows_new(12, 1);
    for (int i = 0; i < 12; i++) {
        rows.table.column[0].number[i] = i >= 4;
        rows.label[i] = i < 4 ? 0 : i < 6 ? 1 : 2;
    }
    return rows;
}

Test(gbdt_multiclass, one_round_of_three_classes_by_hand) {
    td_test_rows rows = hand_rows();
    trained t = train(&rows, NULL,
                      "objective=softmax num_class=3 num_iterations=1 min_data_in_leaf=1 "
                      "min_data_in_bin=1 learning_rate=1",
                      1);
    static const double share[3] = {4 / 12.0, 2 / 12.0, 6 / 12.0};
    static const double of_left[3] = {4, 0, 0}, of_right[3] = {0, 2, 6};
    cr_assert(t.model->n_trees == 3 && t.result.n_iterations == 1);
    for (int k = 0; k < 3; k++) {
        double p = share[k], hess = 1.5 * p * (1 - p); /* K / (K - 1) = 3 / 2 */
        cr_assert_float_eq(t.model->base_score[k], log(p), 1e-15);
        const td_tree *tree = &t.model->tree[k];
        cr_assert_eq(tree->n_leaves, 2);
        cr_assert_float_eq(tree->leaf_value[0], -(4 * p - of_left[k]) / (4 * hess), 1e-12);
        cr_assert_float_eq(tree->leaf_value[1], -(8 * p - of_right[k]) / (8 * hess), 1e-12);
    }
    double p[36];
    cr_assert_eq(td_predict(p, t.model, &rows.view, TD_SCORE_RESPONSE, NULL, NULL), TD_OK);
    for (int i = 0; i < 12; i++) {
        double sum = 0, part[3];
        for (int k = 0; k < 3; k++) sum += part[k] = exp(t.result.train_raw[k * 12 + i]);
        for (int k = 0; k < 3; k++) cr_assert_float_eq(p[k * 12 + i], part[k] / sum, 1e-14);
    }
    trained_free(&t);
    td_test_rows_free(&rows);
    cr_assert_eq(td_mem_live_bytes(), 0);
}

Test(gbdt_multiclass, softmax_neither_overflows_nor_loses_small_classes) {
    double score[6] = {1000, -1000, 999, -1001, -5000, 3}; /* two rows, three classes */
    td_response(score, TD_OBJECTIVE_MULTICLASS, 3, 2, 2);
    cr_assert_float_eq(score[0], 1 / (1 + exp(-1)), 1e-15);
    cr_assert_float_eq(score[2], exp(-1) / (1 + exp(-1)), 1e-15);
    cr_assert(score[4] == 0 && score[1] == 0 && score[5] == 1);
}

Test(gbdt_multiclass, metrics_match_their_definition) {
    td_test_rows rows = class_rows(3000, 1), other = class_rows(1000, 2);
    td_test_rows_add_weights(&other);
    for (int i = 0; i < 1000; i++) other.weight[i] = 1 + i % 5;
    static const char *const metric[] = {"multi_logloss", "multi_error"};
    for (int which = 0; which < 2; which++) {
        char text[160];
        snprintf(text, sizeof text,
                 "objective=multiclass num_class=3 num_iterations=10 learning_rate=0.3 "
                 "early_stopping_round=10 metric=%s",
                 metric[which]);
        trained t = train(&rows, &other, text, 1);
        double *p = td_mem_array(3000, sizeof *p, NULL), sum = 0, weights = 0;
        cr_assert_eq(td_predict(p, t.model, &other.view, TD_SCORE_RESPONSE, NULL, NULL), TD_OK);
        for (int i = 0; i < 1000; i++) {
            int own = (int)other.label[i], wrong = 0;
            for (int k = 0; k < 3; k++) wrong |= k != own && p[k * 1000 + i] >= p[own * 1000 + i];
            sum += other.weight[i] * (which == 0 ? -log(p[own * 1000 + i]) : wrong);
            weights += other.weight[i];
        }
        cr_assert_float_eq(t.result.best_metric, sum / weights, 1e-12);
        cr_assert(sum / weights < log(3) && sum > 0);
        td_mem_free(p);
        trained_free(&t);
    }
    td_test_rows_free(&rows);
    td_test_rows_free(&other);
}

/* Everything at once: weights, sampling of rows and features, categories, missing values, early
 * stopping; scores of training, of whole tables and of single rows are the same bits. */
Test(gbdt_multiclass, predictions_equal_training_scores_to_the_bit) {
    td_test_rows rows = class_rows(4000, 3), other = class_rows(1500, 4);
    td_test_rows_make_category(&rows, 1);
    td_test_rows_make_category(&other, 1);
    td_test_rows_add_weights(&rows);
    for (int i = 0; i < 4000; i++) rows.weight[i] = 1 + i % 3;
    static const char text[] = "objective=multiclass num_class=3 num_iterations=80 "
                               "early_stopping_round=4 learning_rate=0.5 bagging_fraction=0.6 "
                               "bagging_freq=2 feature_fraction=0.7 min_data_per_group=10";
    trained t = train(&rows, &other, text, 1), again = train(&rows, &other, text, 3);
    cr_assert(t.result.n_iterations < 80 && t.result.n_iterations == t.result.best_iteration + 4);
    cr_assert_eq(t.model->n_trees, 3 * (uint32_t)t.result.n_iterations);
    cr_assert_eq(memcmp(t.result.train_raw, again.result.train_raw, 12000 * sizeof(double)), 0);
    double *raw = td_mem_array(12000, sizeof *raw, NULL), few[3 * 100];
    td_exec exec = {.n_threads = 2};
    cr_assert_eq(td_predict(raw, t.model, &rows.view, TD_SCORE_RAW, &exec, NULL), TD_OK);
    cr_assert_eq(memcmp(raw, t.result.train_raw, 12000 * sizeof *raw), 0);
    cr_assert_eq(td_predict(raw, t.model, &other.view, TD_SCORE_RAW, &exec, NULL), TD_OK);
    cr_assert_eq(memcmp(raw, t.result.valid_raw, 4500 * sizeof *raw), 0);
    td_matrix_view some = other.view;
    some.n_rows = 100;
    cr_assert_eq(td_predict(few, t.model, &some, TD_SCORE_RAW, NULL, NULL), TD_OK);
    for (int k = 0; k < 3; k++) {
        cr_assert_eq(memcmp(few + 100 * k, raw + 1500 * k, 100 * sizeof *few), 0);
    }
    td_mem_free(raw);
    trained_free(&t);
    trained_free(&again);
    td_test_rows_free(&rows);
    td_test_rows_free(&other);
    cr_assert_eq(td_mem_live_bytes(), 0);
}

Test(gbdt_multiclass, the_model_text_keeps_every_output) {
    td_test_rows rows = class_rows(2000, 5);
    td_train_params params = td_test_params("objective=multiclass num_class=3 num_iterations=4");
    uint64_t n, n_again;
    char *bytes = td_test_model_bytes(&n, &rows, &params, 1), *again;
    static const char head[] = "tundish model 2 gbdt\nobjective multiclass\noutputs 3\n";
    cr_assert_eq(memcmp(bytes, head, strlen(head)), 0);
    td_model *model;
    td_error err = {0};
    cr_assert_eq(td_model_from_bytes(&model, bytes, n, &err), TD_OK, "%s", err.text);
    cr_assert(td_model_n_outputs(model) == 3 && td_model_best_iteration(model) == 4);
    cr_assert_eq(td_model_to_bytes(&again, &n_again, model, NULL), TD_OK);
    cr_assert(n == n_again && memcmp(bytes, again, n) == 0);
    td_model_free(model);
    td_mem_free(bytes);
    td_mem_free(again);
    td_test_rows_free(&rows);
    cr_assert_eq(td_mem_live_bytes(), 0);
}

static void assert_refused(const td_test_rows *rows, const char *text, td_status code,
                           const char *words) {
    td_train_params params = td_test_params(text);
    td_binned *binned = NULL;
    td_error err = {0};
    cr_assert_eq(td_binned_build(&binned, &rows->view, &params, NULL, &err), code, "%s", text);
    cr_assert_not_null(strstr(err.text, words), "%s", err.text);
}

Test(gbdt_multiclass, labels_and_parameters_that_cannot_be_meant_are_refused) {
    td_test_rows rows = class_rows(100, 6);
    assert_refused(&rows, "objective=multiclass num_class=4", TD_ERR_NUMERIC, "label 3");
    assert_refused(&rows, "objective=multiclass num_class=2", TD_ERR_RANGE, "neither 0 nor 1");
    assert_refused(&rows, "objective=multiclass", TD_ERR_ARG, "num_class >= 2");
    assert_refused(&rows, "objective=regression num_class=3", TD_ERR_ARG, "objective=multiclass");
    assert_refused(&rows, "objective=multiclass num_class=3 metric=auc", TD_ERR_ARG, "binary");
    assert_refused(&rows, "objective=regression metric=merror", TD_ERR_ARG, "multiclass");
    rows.label[57] = 1.5;
    assert_refused(&rows, "objective=multiclass num_class=3", TD_ERR_RANGE, "row 58: label 1.5");
    rows.label[57] = -1;
    assert_refused(&rows, "objective=multiclass num_class=3", TD_ERR_RANGE, "0 .. 2");
    td_test_rows_free(&rows);
    cr_assert_eq(td_mem_live_bytes(), 0);
}
