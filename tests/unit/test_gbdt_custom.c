/* tests/unit/test_gbdt_custom.c: a loss and a metric of the caller's own. */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "core/base/mem.h"
#include "gbdt/tree.h"
#include "tests/support/rows.h"

enum { N = 20000 };

/* ---- callbacks ------------------------------------------------------------------------------- */

/* Squared error, as objective=regression has it; output k learns (k + 1) times the label. */
static td_status squared(double *grad, double *hess, const td_custom_rows *rows, void *ctx,
                         td_error *err) {
    (void)ctx;
    (void)err;
    for (uint64_t k = 0; k < rows->n_outputs; k++) {
        for (uint64_t i = rows->begin; i < rows->end; i++) {
            uint64_t at = k * rows->n_rows + i;
            double w = rows->weight != NULL ? rows->weight[i] : 1;
            grad[at] = (rows->score[at] - (double)(k + 1) * rows->label[i]) * w;
            hess[at] = w;
        }
    }
    return TD_OK;
}

/* What goes wrong, and where: ctx is a row number. */
static td_status refuses(double *grad, double *hess, const td_custom_rows *rows, void *ctx,
                         td_error *err) {
    uint64_t bad = *(const uint64_t *)ctx;
    TD_TRY(squared(grad, hess, rows, ctx, err));
    TD_CHECK(bad < rows->begin || bad >= rows->end, err, TD_ERR_RANGE, "cannot judge row %llu",
             (unsigned long long)bad);
    return TD_OK;
}

static td_status not_a_number(double *grad, double *hess, const td_custom_rows *rows, void *ctx,
                              td_error *err) {
    TD_TRY(squared(grad, hess, rows, ctx, err));
    if (rows->begin <= 12345 && 12345 < rows->end) grad[12345] = NAN;
    return TD_OK;
}

static td_status curved_down(double *grad, double *hess, const td_custom_rows *rows, void *ctx,
                             td_error *err) {
    TD_TRY(squared(grad, hess, rows, ctx, err));
    if (rows->begin <= 3 && 3 < rows->end) hess[3] = -1;
    return TD_OK;
}

/* Mean absolute error; ctx counts the calls where there is one. */
static td_status absolute(double *value, const td_custom_rows *rows, void *ctx, td_error *err) {
    (void)err;
    if (ctx != NULL) ++*(int *)ctx;
    *value = 0;
    for (uint64_t i = rows->begin; i < rows->end; i++) {
        *value += fabs(rows->score[i] - rows->label[i]) / (double)rows->n_rows;
    }
    return TD_OK;
}

static td_status closeness(double *value, const td_custom_rows *rows, void *ctx, td_error *err) {
    TD_TRY(absolute(value, rows, ctx, err));
    *value = 1 / (1 + *value);
    return TD_OK;
}

static td_status endless(double *value, const td_custom_rows *rows, void *ctx, td_error *err) {
    (void)rows;
    (void)ctx;
    (void)err;
    *value = INFINITY;
    return TD_OK;
}

/* ---- training -------------------------------------------------------------------------------- */

typedef struct run {
    td_status status;
    td_error err;
    td_train_result result;
    uint32_t n_outputs;
} run;

static run train(const td_test_rows *rows, const td_test_rows *other, const char *text,
                 const td_custom *custom, int n_threads) {
    run out = {0};
    td_train_params params = td_test_params(text);
    td_exec exec = {.n_threads = n_threads};
    td_binned *binned = NULL, *valid = NULL;
    td_model *model = NULL;
    params.custom = custom;
    out.status = td_binned_build(&binned, &rows->view, &params, &exec, &out.err);
    if (out.status == TD_OK && other != NULL) {
        out.status = td_binned_code(&valid, binned, &other->view, &exec, &out.err);
    }
    if (out.status == TD_OK) {
        td_train_rows both = {binned, valid};
        out.status = td_train(&model, &out.result, both, &params, &exec, &out.err);
    }
    if (out.status == TD_OK) out.n_outputs = td_model_n_outputs(model);
    td_model_free(model);
    td_binned_free(valid);
    td_binned_free(binned);
    return out;
}

Test(gbdt_custom, squared_error_by_callback_is_the_regression_to_the_bit) {
    td_test_rows rows = td_test_rows_random(N, 5, 0, 1);
    td_test_rows_add_weights(&rows);
    for (int i = 0; i < N; i++) rows.weight[i] = 1 + i % 3;
    run known = train(&rows, NULL,
                      "objective=regression num_iterations=10 boost_from_average=false", NULL, 1);
    cr_assert_eq(known.status, TD_OK);
    for (int way = 0; way < 4; way++) {
        td_custom custom = {.gradients = squared, .is_whole = way / 2};
        run own =
            train(&rows, NULL, "objective=custom num_iterations=10", &custom, 1 + 2 * (way % 2));
        cr_assert_eq(own.status, TD_OK, "%s", own.err.text);
        cr_assert_eq(memcmp(own.result.train_raw, known.result.train_raw, N * sizeof(double)), 0);
        td_train_result_free(&own.result);
    }
    td_train_result_free(&known.result);
    td_test_rows_free(&rows);
    cr_assert_eq(td_mem_live_bytes(), 0);
}

Test(gbdt_custom, several_outputs_start_where_they_are_told) {
    td_test_rows rows = td_test_rows_random(N, 5, 0, 2);
    static const double start[2] = {10, -4};
    td_custom custom = {.gradients = squared, .start = start};
    run own = train(&rows, NULL, "objective=custom num_class=2 num_iterations=40", &custom, 2);
    cr_assert(own.status == TD_OK && own.n_outputs == 2, "%s", own.err.text);
    double error[2] = {0}, spread = 0;
    for (int i = 0; i < N; i++) {
        spread += fabs(rows.label[i]) / N;
        for (int k = 0; k < 2; k++) {
            double miss = own.result.train_raw[k * N + i] / (k + 1) - rows.label[i];
            error[k] += fabs(miss) / N;
        }
    }
    cr_assert(error[0] < 0.8 * spread && error[1] < 0.8 * spread, "%g %g of %g", error[0], error[1],
              spread);
    td_train_result_free(&own.result);
    td_test_rows_free(&rows);
}

Test(gbdt_custom, a_metric_of_ones_own_stops_any_objective) {
    td_test_rows rows = td_test_rows_random(3000, 5, 0, 3),
                 other = td_test_rows_random(2000, 5, 0, 4);
    static const char text[] = "objective=regression num_iterations=300 learning_rate=0.5 "
                               "early_stopping_round=5 num_leaves=40";
    int calls = 0;
    td_custom falls = {.metric = absolute, .ctx = &calls};
    td_custom rises = {.metric = closeness, .metric_rises = 1};
    run first = train(&rows, &other, text, &falls, 1),
        second = train(&rows, &other, text, &rises, 2);
    cr_assert(first.status == TD_OK && second.status == TD_OK);
    cr_assert_eq(first.result.n_iterations, first.result.best_iteration + 5);
    cr_assert_eq(calls, first.result.n_iterations);
    double error = 0;
    for (int i = 0; i < 2000; i++) {
        error += fabs(first.result.valid_raw[i] - other.label[i]) / 2000;
    }
    cr_assert_eq(error, first.result.best_metric);
    cr_assert_eq(second.result.best_iteration, first.result.best_iteration);
    td_train_result_free(&first.result);
    td_train_result_free(&second.result);
    td_test_rows_free(&rows);
    td_test_rows_free(&other);
    cr_assert_eq(td_mem_live_bytes(), 0);
}

static void assert_fails(run got, td_status code, const char *words) {
    cr_assert_eq(got.status, code, "%d: %s", (int)got.status, got.err.text);
    cr_assert_not_null(strstr(got.err.text, words), "%s", got.err.text);
}

Test(gbdt_custom, what_a_callback_cannot_answer_ends_the_training_with_its_words) {
    td_test_rows rows = td_test_rows_random(N, 5, 0, 5), other = td_test_rows_random(500, 5, 0, 6);
    uint64_t bad = 17000;
    for (int threads = 1; threads <= 3; threads++) {
        td_custom refusing = {.gradients = refuses, .ctx = &bad, .is_whole = threads == 2};
        assert_fails(train(&rows, NULL, "objective=custom", &refusing, threads), TD_ERR_RANGE,
                     "cannot judge row 17000");
        td_custom nan = {.gradients = not_a_number};
        assert_fails(train(&rows, NULL, "objective=custom", &nan, threads), TD_ERR_NUMERIC,
                     "row 12346, output 0");
    }
    td_custom negative = {.gradients = curved_down, .is_whole = 1};
    assert_fails(train(&rows, NULL, "objective=custom", &negative, 1), TD_ERR_NUMERIC,
                 "row 4, output 0: the custom loss says");
    td_custom infinite = {.metric = endless};
    assert_fails(train(&rows, &other, "objective=regression", &infinite, 1), TD_ERR_NUMERIC,
                 "the custom metric is inf");
    td_custom no_metric = {.gradients = squared}, no_loss = {.metric = absolute};
    assert_fails(train(&rows, &other, "objective=custom", &no_metric, 1), TD_ERR_ARG,
                 "need a metric");
    assert_fails(train(&rows, NULL, "objective=custom", &no_loss, 1), TD_ERR_ARG,
                 "custom->gradients is missing");
    assert_fails(train(&rows, NULL, "objective=custom", NULL, 1), TD_ERR_ARG, "for C programs");
    assert_fails(train(&rows, NULL, "objective=regression metric=custom", NULL, 1), TD_ERR_ARG,
                 "custom->metric is missing");
    td_test_rows_free(&rows);
    td_test_rows_free(&other);
    cr_assert_eq(td_mem_live_bytes(), 0);
}
