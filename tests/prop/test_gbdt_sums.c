/* tests/prop/test_gbdt_sums.c: sums of doubles on the way to a model have the same bits for 1 to 4
 * threads: starting score, metrics, the root's sums, leaf values, the metric that stops training.
 *
 * Teeth. Weights span 20 decades and labels have heavy tails, so that the order of additions shows.
 * That it does is asserted: every test also computes its sum the naive way, one contiguous part a
 * thread and the parts added up, and fails unless this gives other bits for some number of threads.
 *
 * Mutants that were put into the library once, and the tests here that failed:
 *     td_row_sums_take, grain = rows / threads + 1    starting score, metrics, early stopping
 *     leaves.c, chunk_rows = rows / threads + 1       root, leaves, early stopping
 *     quantise.c, dither counted from the start of a thread's part    early stopping (samples) */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/base/numeric.h"
#include "gbdt/objective.h"
#include "gbdt/walk.h"
#include "tests/support/rows.h"

enum { N = 60000, MOST_THREADS = 4 };

static td_test_rows wild_rows(const char *kind, uint64_t seed) {
    int is_binary = strcmp(kind, "binary") == 0;
    td_test_rows rows = td_test_rows_random(N, 8, is_binary, seed);
    td_rng rng = td_rng_stream(seed, "wild", 0, 0);
    td_test_rows_add_weights(&rows);
    for (uint64_t i = 0; i < N; i++) {
        rows.weight[i] = td_pow(10, 20 * td_rng_uniform(&rng) - 10);
        if (strcmp(kind, "regression") == 0) rows.label[i] *= td_exp(4 * td_rng_normal(&rng));
        if (strcmp(kind, "multiclass") == 0)
            rows.label[i] = i < 3 ? (double)i : (double)(i * 7 % 3);
    }
    return rows;
}

static td_binned *bin(const td_test_rows *rows, const td_train_params *params) {
    td_binned *binned;
    td_error err = {0};
    cr_assert_eq(td_binned_build(&binned, &rows->view, params, NULL, &err), TD_OK, "%s", err.text);
    return binned;
}

/* Sum of x[n] as `threads` threads would make it, each adding up a contiguous part. */
static double naive_sum(const double *x, uint64_t n, uint64_t threads) {
    double sum = 0;
    for (uint64_t t = 0; t < threads; t++) {
        double part = 0;
        for (uint64_t i = t * n / threads; i < (t + 1) * n / threads; i++) part += x[i];
        sum += part;
    }
    return sum;
}

/* Does the naive quotient of two sums depend on the number of threads? */
static int shows_the_order(const double *up, const double *down, uint64_t n) {
    double one = naive_sum(up, n, 1) / naive_sum(down, n, 1);
    for (uint64_t threads = 2; threads <= MOST_THREADS; threads++) {
        if (naive_sum(up, n, threads) / naive_sum(down, n, threads) != one) return 1;
    }
    return 0;
}

/* ---- sums over all rows ---------------------------------------------------------------------- */

static void check_start(const char *kind, const char *text) {
    td_test_rows rows = wild_rows(kind, 1);
    td_train_params params = td_test_params(text);
    td_binned *binned = bin(&rows, &params);
    td_loss loss = td_loss_of(&params, binned);
    double one[3], many[3], *up = td_mem_array(N, sizeof *up, NULL);
    for (int threads = 1; threads <= MOST_THREADS; threads++) {
        td_exec exec = {.n_threads = threads};
        double *start = threads == 1 ? one : many;
        cr_assert_eq(td_loss_start(start, &loss, &exec, NULL), TD_OK);
        cr_assert_eq(memcmp(one, start, loss.n_outputs * sizeof *one), 0, "%s, %d threads", kind,
                     threads);
    }
    for (uint64_t i = 0; i < N; i++) up[i] = rows.weight[i] * rows.label[i];
    cr_assert(shows_the_order(up, rows.weight, N), "%s: no teeth", kind);
    td_mem_free(up);
    td_binned_free(binned);
    td_test_rows_free(&rows);
}

Test(gbdt_sums, the_starting_score) {
    check_start("binary", "objective=binary scale_pos_weight=3.7");
    check_start("regression", "objective=regression");
    check_start("multiclass", "objective=multiclass num_class=3");
    cr_assert_eq(td_mem_live_bytes(), 0);
}

typedef struct metric_case {
    const char *kind, *text;
    td_stop_metric metric;
} metric_case;

/* Terms of the metric's numerator, written down once more. */
static double term(const metric_case *how, const double *score, double label, uint64_t i) {
    if (how->metric == TD_METRIC_LOG_LOSS) {
        return td_log1p(td_exp(label == 1 ? -score[i] : score[i]));
    }
    if (how->metric == TD_METRIC_L2) return (score[i] - label) * (score[i] - label);
    double sum = 0, own = score[(uint64_t)label * N + i];
    for (uint64_t k = 0; k < 3; k++) sum += td_exp(score[k * N + i] - own);
    return how->metric == TD_METRIC_MULTI_LOG_LOSS ? td_log(sum) : sum > 2.5;
}

static void check_metric(const metric_case *how) {
    td_test_rows rows = wild_rows(how->kind, 2);
    td_train_params params = td_test_params(how->text);
    td_binned *binned = bin(&rows, &params);
    td_loss loss = td_loss_of(&params, binned);
    td_rng rng = td_rng_stream(3, "scores", 0, 0);
    double *score = td_mem_array(3 * N, sizeof *score, NULL), *up = td_mem_array(N, 8, NULL), one;
    for (uint64_t i = 0; i < 3 * N; i++) score[i] = 3 * td_rng_normal(&rng);
    for (uint64_t i = 0; i < N; i++) up[i] = rows.weight[i] * term(how, score, rows.label[i], i);
    for (int threads = 1; threads <= MOST_THREADS; threads++) {
        td_exec exec = {.n_threads = threads};
        double value;
        cr_assert_eq(td_loss_metric(&value, how->metric, &loss, score, &exec, NULL), TD_OK);
        if (threads == 1) one = value;
        cr_assert_eq(memcmp(&one, &value, sizeof one), 0, "%s, %d threads", how->text, threads);
    }
    double naive = naive_sum(up, N, 1) / naive_sum(rows.weight, N, 1);
    if (how->metric != TD_METRIC_MULTI_ERROR) cr_assert_float_eq(one / naive, 1, 1e-9);
    cr_assert(shows_the_order(up, rows.weight, N), "%s: no teeth", how->text);
    td_mem_free(up);
    td_mem_free(score);
    td_binned_free(binned);
    td_test_rows_free(&rows);
}

Test(gbdt_sums, metrics_of_validation_rows) {
    static const metric_case cases[] = {
        {"binary", "objective=binary", TD_METRIC_LOG_LOSS},
        {"regression", "objective=regression", TD_METRIC_L2},
        {"multiclass", "objective=multiclass num_class=3", TD_METRIC_MULTI_LOG_LOSS},
        {"multiclass", "objective=multiclass num_class=3", TD_METRIC_MULTI_ERROR}};
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) check_metric(&cases[k]);
    cr_assert_eq(td_mem_live_bytes(), 0);
}

/* ---- sums over leaves ------------------------------------------------------------------------ */

static td_model *fit(const td_binned *binned, const td_train_params *params, int n_threads) {
    td_model *model;
    td_error err = {0};
    td_exec exec = {.n_threads = n_threads};
    cr_assert_eq(td_train(&model, NULL, (td_train_rows){binned, NULL}, params, &exec, &err), TD_OK,
                 "%s", err.text);
    return model;
}

/* One tree from scores of 0: gradients are -w y, hessians w. Returns how many leaves have values
 * whose naive sums depend on the number of threads. */
static uint32_t check_leaves(const char *text, uint32_t *n_leaves) {
    td_test_rows rows = wild_rows("regression", 4);
    td_train_params params = td_test_params(text);
    td_binned *binned = bin(&rows, &params);
    td_model *one = fit(binned, &params, 1);
    const td_tree *tree = &one->tree[0];
    *n_leaves = tree->n_leaves;
    for (int threads = 2; threads <= MOST_THREADS; threads++) {
        td_model *many = fit(binned, &params, threads);
        cr_assert_eq(many->tree[0].n_leaves, tree->n_leaves);
        cr_assert_eq(memcmp(many->tree[0].leaf_value, tree->leaf_value, tree->n_leaves * 8), 0);
        cr_assert_eq(memcmp(many->tree[0].leaf_weight, tree->leaf_weight, tree->n_leaves * 8), 0);
        td_model_free(many);
    }
    td_walk walk;
    cr_assert_eq(td_walk_init(&walk, tree, binned, NULL), TD_OK);
    uint32_t n_bitten = 0;
    double *grad = td_mem_array(N, 8, NULL), *hess = td_mem_array(N, 8, NULL);
    for (uint32_t j = 0; j < tree->n_leaves; j++) {
        for (uint64_t i = 0; i < N; i++) {
            int is_here = td_walk_leaf(&walk, i) == j;
            grad[i] = is_here ? -rows.weight[i] * rows.label[i] : 0;
            hess[i] = is_here ? rows.weight[i] : 0;
        }
        n_bitten += (uint32_t)shows_the_order(grad, hess, N);
        double naive = -0.1 * naive_sum(grad, N, 1) / naive_sum(hess, N, 1);
        cr_assert_float_eq(tree->leaf_value[j] / naive, 1, 1e-9, "leaf %u", j);
    }
    td_mem_free(grad);
    td_mem_free(hess);
    td_walk_free(&walk);
    td_model_free(one);
    td_binned_free(binned);
    td_test_rows_free(&rows);
    return n_bitten;
}

Test(gbdt_sums, the_root_alone) {
    uint32_t n_leaves;
    cr_assert_eq(check_leaves("objective=regression num_iterations=1 boost_from_average=false "
                              "min_data_in_leaf=50000",
                              &n_leaves),
                 1);
    cr_assert_eq(n_leaves, 1);
    cr_assert_eq(td_mem_live_bytes(), 0);
}

Test(gbdt_sums, the_leaves_of_a_tree) {
    uint32_t n_leaves;
    uint32_t n_bitten = check_leaves("objective=regression num_iterations=1 num_leaves=12 "
                                     "boost_from_average=false min_data_in_leaf=500",
                                     &n_leaves);
    cr_assert(n_leaves == 12 && n_bitten >= 4, "%u of %u leaves have teeth", n_bitten, n_leaves);
    cr_assert_eq(td_mem_live_bytes(), 0);
}

/* ---- stopping -------------------------------------------------------------------------------- */

/* Rounds, best round, metric bits and scores of a training that stops early, with everything drawn
 * that can be drawn. */
static void check_stopping(const char *kind, const char *text) {
    td_test_rows rows = wild_rows(kind, 5), other = wild_rows(kind, 6);
    td_train_params params = td_test_params(text);
    td_binned *binned = bin(&rows, &params), *valid;
    td_train_result one = {0};
    cr_assert_eq(td_binned_code(&valid, binned, &other.view, NULL, NULL), TD_OK);
    uint64_t bytes = (uint64_t)N * td_params_n_outputs(&params) * sizeof(double);
    for (int threads = 1; threads <= MOST_THREADS; threads++) {
        td_exec exec = {.n_threads = threads};
        td_train_result result;
        td_model *model;
        td_train_rows both = {binned, valid};
        cr_assert_eq(td_train(&model, &result, both, &params, &exec, NULL), TD_OK);
        td_model_free(model);
        if (threads == 1) {
            one = result;
            cr_assert(one.n_iterations < params.num_iterations, "%s: never stopped", text);
            continue;
        }
        cr_assert_eq(result.n_iterations, one.n_iterations, "%s, %d threads", text, threads);
        cr_assert_eq(result.best_iteration, one.best_iteration);
        cr_assert_eq(memcmp(&result.best_metric, &one.best_metric, sizeof(double)), 0);
        cr_assert_eq(memcmp(result.train_raw, one.train_raw, bytes), 0);
        cr_assert_eq(memcmp(result.valid_raw, one.valid_raw, bytes), 0);
        td_train_result_free(&result);
    }
    td_train_result_free(&one);
    td_binned_free(valid);
    td_binned_free(binned);
    td_test_rows_free(&rows);
    td_test_rows_free(&other);
}

#define DRAWN "bagging_fraction=0.6 bagging_freq=2 feature_fraction=0.6 num_leaves=10 "
Test(gbdt_sums, early_stopping_with_samples_of_rows_and_features) {
    check_stopping("binary", DRAWN "num_iterations=40 early_stopping_round=2 learning_rate=0.6");
    check_stopping("regression", DRAWN "objective=regression num_iterations=40 "
                                       "early_stopping_round=2 learning_rate=0.6");
    check_stopping("multiclass", DRAWN "objective=multiclass num_class=3 num_iterations=40 "
                                       "early_stopping_round=2 learning_rate=0.6");
    cr_assert_eq(td_mem_live_bytes(), 0);
}
