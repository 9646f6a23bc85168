/* tests/unit/test_gbdt_resume.c: going on from a model is the same as never having stopped. */
#include <criterion/criterion.h>
#include <string.h>

#include "core/base/mem.h"
#include "gbdt/tree.h"
#include "tests/support/rows.h"

enum { N = 700, FIRST = 7, MORE = 6 };

/* Rows binned for training and, the first half of them, for validation. */
typedef struct tables {
    td_test_rows rows;
    td_binned *train, *valid;
    td_matrix_view valid_view;
} tables;

static tables tables_of(uint64_t seed, const char *settings, int n_classes) {
    tables t = {.rows = td_test_rows_random(N, 5, n_classes == 2, seed)};
    td_test_rows_make_category(&t.rows, 2);
    for (int i = 0; n_classes > 2 && i < N; i++) t.rows.label[i] = i * 7 % n_classes;
    td_train_params params = td_test_params(settings);
    t.valid_view = t.rows.view;
    t.valid_view.n_rows = N / 2;
    cr_assert_eq(td_binned_build(&t.train, &t.rows.view, &params, NULL, NULL), TD_OK);
    cr_assert_eq(td_binned_code(&t.valid, t.train, &t.valid_view, NULL, NULL), TD_OK);
    return t;
}

static void tables_free(tables *t) {
    td_binned_free(t->valid);
    td_binned_free(t->train);
    td_test_rows_free(&t->rows);
}

static td_model *grow(const tables *t, td_train_params params, int n_rounds, td_train_result *out) {
    td_exec exec = {.n_threads = 2};
    td_model *model = NULL;
    td_error err = {0};
    params.num_iterations = n_rounds;
    cr_assert_eq(td_train(&model, out, (td_train_rows){t->train, t->valid}, &params, &exec, &err),
                 TD_OK, "%s", err.text);
    return model;
}

static void expect_same_bytes(const td_model *a, const td_model *b, const char *settings) {
    char *x, *y;
    uint64_t n, m;
    cr_assert_eq(td_model_to_bytes(&x, &n, a, NULL), TD_OK);
    cr_assert_eq(td_model_to_bytes(&y, &m, b, NULL), TD_OK);
    cr_assert(n == m && memcmp(x, y, n) == 0, "%s: another model", settings);
    td_mem_free(x);
    td_mem_free(y);
}

/* FIRST rounds, scores by td_predict, MORE rounds; against FIRST + MORE in one go. */
static void expect_seamless(const char *settings, int n_classes) {
    tables t = tables_of(21, settings, n_classes);
    td_train_params params = td_test_params(settings);
    td_train_result whole = {0}, parts = {0};
    td_model *one = grow(&t, params, FIRST + MORE, &whole), *first = grow(&t, params, FIRST, NULL);
    uint64_t n_outputs = td_model_n_outputs(one);
    double *raw[2];
    for (int k = 0; k < 2; k++) {
        const td_matrix_view *view = k == 0 ? &t.rows.view : &t.valid_view;
        raw[k] = td_mem_array(n_outputs * view->n_rows, sizeof(double), NULL);
        cr_assert_eq(td_predict(raw[k], first, view, TD_SCORE_RAW, NULL, NULL), TD_OK);
    }
    td_init init = {first, raw[0], raw[1]};
    params.init = &init;
    td_model *both = grow(&t, params, MORE, &parts);
    expect_same_bytes(one, both, settings);
    cr_assert_eq(parts.n_iterations, FIRST + MORE);
    cr_assert_eq(parts.best_iteration, FIRST + MORE);
    cr_assert_eq(memcmp(parts.train_raw, whole.train_raw, n_outputs * N * sizeof(double)), 0);
    cr_assert_eq(memcmp(parts.valid_raw, whole.valid_raw, n_outputs * N / 2 * sizeof(double)), 0);
    td_mem_free(raw[0]);
    td_mem_free(raw[1]);
    td_train_result_free(&whole);
    td_train_result_free(&parts);
    td_model_free(one);
    td_model_free(first);
    td_model_free(both);
    tables_free(&t);
    cr_assert_eq(td_mem_live_bytes(), 0);
}

Test(gbdt_resume, rounds_in_two_parts_are_the_rounds_in_one) {
    expect_seamless("num_leaves=15", 2);
    expect_seamless("num_leaves=15 boost_from_average=false grow_policy=depthwise max_depth=3", 2);
    expect_seamless("objective=regression num_leaves=7 learning_rate=0.3", 0);
    expect_seamless("objective=l1 num_leaves=7", 0);
    expect_seamless("objective=multiclass num_class=3 num_leaves=7", 3);
}

/* 7 is no multiple of 3: rounds 7 and 8 keep the rows that round 6 drew. */
Test(gbdt_resume, draws_of_rows_and_features_go_on_with_the_round) {
    expect_seamless("num_leaves=15 bagging_fraction=0.6 bagging_freq=3 feature_fraction=0.5", 2);
    expect_seamless("objective=multiclass num_class=3 num_leaves=7 bagging_fraction=0.7 "
                    "bagging_freq=2 feature_fraction=0.6",
                    3);
}

Test(gbdt_resume, early_stopping_counts_on_and_leaves_out_what_was_thrown_away) {
    const char *settings = "num_leaves=31 learning_rate=0.8 min_data_in_leaf=2";
    tables t = tables_of(22, settings, 2);
    td_train_params params = td_test_params(settings);
    td_train_result result = {0};
    td_model *first = grow(&t, params, FIRST, &result);
    first->best_iteration = 3; /* as if the rest had not helped */
    cr_assert_eq(td_predict(result.train_raw, first, &t.rows.view, TD_SCORE_RAW, NULL, NULL),
                 TD_OK);
    cr_assert_eq(td_predict(result.valid_raw, first, &t.valid_view, TD_SCORE_RAW, NULL, NULL),
                 TD_OK);
    td_init init = {first, result.train_raw, result.valid_raw};
    params.init = &init;
    params.early_stopping_round = 2;
    td_train_result after = {0};
    td_model *both = grow(&t, params, 40, &after);
    cr_assert_gt(after.best_iteration, 3);
    cr_assert_leq(after.n_iterations, 43);
    double *again = td_mem_array(N, sizeof *again, NULL);
    cr_assert_eq(td_predict(again, both, &t.rows.view, TD_SCORE_RAW, NULL, NULL), TD_OK);
    cr_assert_eq(memcmp(again, after.train_raw, N * sizeof *again), 0, "scores at the best round");
    td_mem_free(again);
    td_train_result_free(&result);
    td_train_result_free(&after);
    td_model_free(first);
    td_model_free(both);
    tables_free(&t);
    cr_assert_eq(td_mem_live_bytes(), 0);
}

static void expect_refused(const tables *t, td_train_params params, const char *part) {
    td_model *model = NULL;
    td_error err = {0};
    td_train_rows rows = {t->train, t->valid};
    cr_assert_eq(td_train(&model, NULL, rows, &params, NULL, &err), TD_ERR_ARG, "%s", part);
    cr_assert_not_null(strstr(err.text, part), "'%s' lacks '%s'", err.text, part);
    cr_assert_null(model);
}

Test(gbdt_resume, a_model_of_another_question_is_refused_by_name) {
    tables t = tables_of(23, "num_leaves=7", 2);
    td_train_params params = td_test_params("num_leaves=7");
    td_train_result result = {0};
    td_model *first = grow(&t, params, FIRST, &result);
    td_init init = {first, result.train_raw, result.valid_raw};
    params.init = &init;
    init.valid_raw = NULL;
    expect_refused(&t, params, "scores of the given model are missing");
    init.valid_raw = result.valid_raw;
    first->objective = TD_OBJECTIVE_HUBER;
    expect_refused(&t, params, "another objective");
    first->objective = TD_OBJECTIVE_BINARY;
    first->feature[1].name[0] = 'g';
    expect_refused(&t, params, "feature 2 of the given model is 'g1', of the rows 'f1'");
    first->feature[1].name[0] = 'f';
    first->feature[2].levels.bytes[0] = 'x';
    expect_refused(&t, params, "category 'f2' has other values");
    first->feature[2].levels.bytes[0] = 'c';
    first->feature[0].kind = TD_COLUMN_CATEGORY;
    expect_refused(&t, params, "'f0' holds numbers, the given model expects categories");
    first->feature[0].kind = TD_COLUMN_NUMBER;
    first->n_features = 4;
    expect_refused(&t, params, "has 4 features, the rows have 5");
    first->n_features = 5;
    td_train_result_free(&result);
    td_model_free(first);
    tables_free(&t);
    cr_assert_eq(td_mem_live_bytes(), 0);
}
