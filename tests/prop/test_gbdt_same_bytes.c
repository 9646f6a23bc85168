/* tests/prop/test_gbdt_same_bytes.c: one model for any thread count and SIMD level.
 *
 * Teeth: weights over 20 decades and heavy-tailed labels, so that a sum in another order changes
 * bits in root sums, leaf values, the starting score or the metric that stops training; sum by sum
 * in test_gbdt_sums.c. Mutants that were put into the library once: sums of rows or of leaves over
 * one part a thread (objective.c, leaves.c) fail every test about threads, dither counted within a
 * thread's part (quantise.c) all but the regression's; the last instead of the first of equal lanes
 * (split_avx512.c) fails the test of SIMD levels. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/hash.h"
#include "core/base/mem.h"
#include "tests/support/rows.h"

static td_test_rows wild_rows(uint64_t n, int is_binary, uint64_t seed) {
    td_test_rows rows = td_test_rows_random(n, 20, is_binary, seed);
    td_rng rng = td_rng_stream(seed, "wild", 0, 0);
    td_test_rows_add_weights(&rows);
    for (uint64_t i = 0; i < n; i++) {
        rows.weight[i] = pow(10, 20 * td_rng_uniform(&rng) - 10);
        if (!is_binary) rows.label[i] *= exp(4 * td_rng_normal(&rng));
    }
    return rows;
}

static void assert_same_for_threads(const td_test_rows *rows, const char *params_text) {
    static const int threads[] = {2, 3, 4, 8};
    td_train_params params = td_test_params(params_text);
    uint64_t n, n_one;
    char *one = td_test_model_bytes(&n_one, rows, &params, 1);
    cr_assert_not_null(strstr(one, "\nnode "), "%s: no split, nothing is tested", params_text);
    for (size_t k = 0; k < sizeof threads / sizeof threads[0]; k++) {
        char *bytes = td_test_model_bytes(&n, rows, &params, threads[k]);
        cr_assert(n == n_one && memcmp(one, bytes, n) == 0, "%s: %d threads give another model",
                  params_text, threads[k]);
        td_mem_free(bytes);
    }
    td_mem_free(one);
}

Test(gbdt_same_bytes, weights_over_twenty_decades_binary) {
    td_test_rows rows = wild_rows(40000, 1, 1);
    assert_same_for_threads(&rows, "num_iterations=3 num_leaves=12 min_sum_hessian_in_leaf=0");
    td_test_rows_free(&rows);
}

Test(gbdt_same_bytes, heavy_tailed_labels_and_weights_regression) {
    td_test_rows rows = wild_rows(40000, 0, 2);
    assert_same_for_threads(&rows,
                            "num_iterations=3 num_leaves=12 objective=regression lambda_l2=1");
    td_test_rows_free(&rows);
}

Test(gbdt_same_bytes, row_and_feature_sampling_and_levels) {
    td_test_rows rows = td_test_rows_random(40000, 20, 1, 3);
    td_test_rows_make_category(&rows, 1);
    td_test_rows_make_category(&rows, 5);
    assert_same_for_threads(&rows, "num_iterations=3 num_leaves=12 bagging_fraction=0.6 "
                                   "bagging_freq=2 feature_fraction=0.7 lambda_l1=0.1");
    assert_same_for_threads(&rows, "num_iterations=3 num_leaves=16 max_depth=4 "
                                   "grow_policy=depthwise");
    td_test_rows_free(&rows);
}

/* Rounds, best round and metric bits of a training that stops early. */
static void stop_early(td_train_result *result, const td_test_rows *train,
                       const td_test_rows *valid, int n_threads) {
    td_train_params params =
        td_test_params("num_iterations=60 early_stopping_round=3 "
                       "learning_rate=0.5 num_leaves=8 min_sum_hessian_in_leaf=0");
    td_exec exec = {.n_threads = n_threads};
    td_binned *binned, *other;
    td_model *model;
    cr_assert_eq(td_binned_build(&binned, &train->view, &params, &exec, NULL), TD_OK);
    cr_assert_eq(td_binned_code(&other, binned, &valid->view, &exec, NULL), TD_OK);
    cr_assert_eq(td_train(&model, result, (td_train_rows){binned, other}, &params, &exec, NULL),
                 TD_OK);
    td_model_free(model);
    td_binned_free(other);
    td_binned_free(binned);
}

Test(gbdt_same_bytes, early_stopping_sees_the_same_metric) {
    td_test_rows train = wild_rows(12000, 1, 4), valid = wild_rows(12000, 1, 5);
    td_train_result one;
    stop_early(&one, &train, &valid, 1);
    cr_assert_lt(one.n_iterations, 60);
    for (int threads = 2; threads <= 3; threads++) {
        td_train_result many;
        stop_early(&many, &train, &valid, threads);
        cr_assert_eq(many.best_iteration, one.best_iteration);
        cr_assert_eq(many.best_metric, one.best_metric);
        cr_assert_eq(memcmp(many.train_raw, one.train_raw, 12000 * sizeof(double)), 0);
        cr_assert_eq(memcmp(many.valid_raw, one.valid_raw, 12000 * sizeof(double)), 0);
        td_train_result_free(&many);
    }
    td_train_result_free(&one);
    td_test_rows_free(&train);
    td_test_rows_free(&valid);
}

/* Squares of the last penalty, in units of hessians, leave the range of doubles. */
static const char *const settings[] = {
    "num_iterations=4 num_leaves=30 lambda_l2=0.5",
    "objective=multiclass num_class=3 num_iterations=3 num_leaves=20 bagging_fraction=0.7 "
    "bagging_freq=1 feature_fraction=0.7",
    "objective=regression num_iterations=2 num_leaves=8 lambda_l2=1e152"};
enum { N_SETTINGS = sizeof settings / sizeof *settings, CLASSES = 1, VALUES = 2 };

/* Hash of a model made in a process of its own with this TD_SIMD: the level is asked once. */
static void hash_at_level(char hex[65], const char *level, int setting) {
    int pipes[2];
    cr_assert_eq(pipe(pipes), 0);
    pid_t child = fork();
    cr_assert_geq(child, 0);
    if (child == 0) {
        setenv("TD_SIMD", level, 1);
        td_test_rows rows =
            setting == VALUES ? td_test_rows_random(20000, 20, 0, 6) : wild_rows(20000, 1, 6);
        td_test_rows_make_category(&rows, 1);
        for (uint64_t i = 0; setting == CLASSES && i < 20000; i++) {
            rows.label[i] = (double)(i % 3);
        }
        td_train_params params = td_test_params(settings[setting]);
        uint64_t n;
        char *bytes = td_test_model_bytes(&n, &rows, &params, 1), mine[65] = "";
        int is_done =
            td_sha256_of(bytes, n, mine, NULL) == TD_OK && write(pipes[1], mine, 65) == 65;
        _exit(is_done ? 0 : 1);
    }
    int status = 0;
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_assert_eq(status, 0, "level %s failed", level);
    cr_assert_eq(read(pipes[0], hex, 65), 65);
    close(pipes[0]);
    close(pipes[1]);
}

Test(gbdt_same_bytes, every_simd_level_makes_the_same_model) {
    static const char *const levels[] = {"avx2", "avx512"};
    char scalar[65], other[65];
    for (int setting = 0; setting < N_SETTINGS; setting++) {
        hash_at_level(scalar, "scalar", setting);
        for (int k = 0; k < 2; k++) {
            hash_at_level(other, levels[k], setting);
            cr_assert_str_eq(scalar, other, "%s: %s", settings[setting], levels[k]);
        }
    }
}
