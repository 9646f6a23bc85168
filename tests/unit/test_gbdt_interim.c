/* tests/unit/test_gbdt_interim.c: models on the way are the models of runs that end there. */
#include <criterion/criterion.h>
#include <string.h>

#include "core/base/mem.h"
#include "gbdt/gbdt.h"
#include "tests/support/rows.h"

enum { N = 600, ROUNDS = 11, EVERY = 3, MOST = 4 };

typedef struct tables {
    td_test_rows rows;
    td_binned *train, *valid;
} tables;

static tables tables_of(const char *settings, int n_classes) {
    tables t = {.rows = td_test_rows_random(N, 5, n_classes == 2, 8)};
    td_test_rows_make_category(&t.rows, 2);
    for (int i = 0; n_classes > 2 && i < N; i++) t.rows.label[i] = i * 7 % n_classes;
    td_train_params params = td_test_params(settings);
    td_matrix_view half = t.rows.view;
    half.n_rows = N / 2;
    cr_assert_eq(td_binned_build(&t.train, &t.rows.view, &params, NULL, NULL), TD_OK);
    cr_assert_eq(td_binned_code(&t.valid, t.train, &half, NULL, NULL), TD_OK);
    return t;
}

static void tables_free(tables *t) {
    td_binned_free(t->valid);
    td_binned_free(t->train);
    td_test_rows_free(&t->rows);
}

/* What save has been shown. */
typedef struct seen {
    int n;
    int32_t round[MOST];
    char *bytes[MOST];
    uint64_t size[MOST];
    int fails_at; /* 0 = never */
} seen;

static td_status keep(void *ctx, const td_model *model, int32_t n_rounds, td_error *err) {
    seen *s = ctx;
    if (n_rounds == s->fails_at) TD_FAIL(err, TD_ERR_IO, "no room after %d rounds", n_rounds);
    cr_assert_lt(s->n, MOST);
    s->round[s->n] = n_rounds;
    TD_TRY(td_model_to_bytes(&s->bytes[s->n], &s->size[s->n], model, err));
    s->n++;
    return TD_OK;
}

static td_status grow(td_model **out, const tables *t, const td_train_params *params,
                      td_error *err) {
    td_exec exec = {.n_threads = 2};
    const td_binned *valid = params->early_stopping_round > 0 ? t->valid : NULL;
    return td_train(out, NULL, (td_train_rows){t->train, valid}, params, &exec, err);
}

static void expect_model_of(const tables *t, td_train_params params, int32_t n_rounds,
                            const seen *s, int i) {
    td_model *model = NULL;
    char *bytes = NULL;
    uint64_t n = 0;
    params.num_iterations = n_rounds;
    params.interim = NULL;
    cr_assert_eq(grow(&model, t, &params, NULL), TD_OK);
    cr_assert_eq(td_model_to_bytes(&bytes, &n, model, NULL), TD_OK);
    cr_assert(n == s->size[i] && memcmp(bytes, s->bytes[i], n) == 0, "round %d: another model",
              n_rounds);
    td_mem_free(bytes);
    td_model_free(model);
}

/* Rounds of the whole model that count. */
static int32_t expect_models_on_the_way(const char *settings, int n_classes) {
    tables t = tables_of(settings, n_classes);
    td_train_params params = td_test_params(settings);
    seen s = {0};
    td_interim interim = {EVERY, keep, &s};
    td_model *model = NULL;
    params.num_iterations = ROUNDS;
    params.interim = &interim;
    cr_assert_eq(grow(&model, &t, &params, NULL), TD_OK);
    cr_assert_eq(s.n, ROUNDS / EVERY, "%s: %d models", settings, s.n);
    for (int i = 0; i < s.n; i++) {
        cr_assert_eq(s.round[i], EVERY * (i + 1));
        expect_model_of(&t, params, s.round[i], &s, i);
        td_mem_free(s.bytes[i]);
    }
    int32_t best = td_model_best_iteration(model);
    td_model_free(model);
    tables_free(&t);
    cr_assert_eq(td_mem_live_bytes(), 0);
    return best;
}

Test(gbdt_interim, models_on_the_way_are_those_of_shorter_runs) {
    expect_models_on_the_way("num_leaves=15", 2);
    expect_models_on_the_way("num_leaves=7 bagging_fraction=0.6 bagging_freq=2 "
                             "feature_fraction=0.6",
                             2);
    expect_models_on_the_way("objective=multiclass num_class=3 num_leaves=5", 3);
}

/* The best round so far is part of the model. Steps this large overshoot at once, so the best round
 * lies before the last one, and patience is longer than the run. */
Test(gbdt_interim, early_stopping_marks_the_best_round_so_far) {
    int32_t best = expect_models_on_the_way("num_leaves=31 learning_rate=1.9 min_data_in_leaf=2 "
                                            "early_stopping_round=50",
                                            2);
    cr_assert_lt(best, EVERY, "%d: the case has no teeth", best);
}

Test(gbdt_interim, a_save_that_fails_ends_the_training) {
    tables t = tables_of("num_leaves=7", 2);
    td_train_params params = td_test_params("num_leaves=7");
    seen s = {.fails_at = 2 * EVERY};
    td_interim interim = {EVERY, keep, &s};
    td_model *model = NULL;
    td_error err = {0};
    params.num_iterations = ROUNDS;
    params.interim = &interim;
    cr_assert_eq(grow(&model, &t, &params, &err), TD_ERR_IO);
    cr_assert_not_null(strstr(err.text, "no room after 6 rounds"), "%s", err.text);
    cr_assert_null(model);
    cr_assert_eq(s.n, 1);
    td_mem_free(s.bytes[0]);
    interim.every = 0;
    cr_assert_eq(grow(&model, &t, &params, &err), TD_ERR_ARG);
    tables_free(&t);
    cr_assert_eq(td_mem_live_bytes(), 0);
}
