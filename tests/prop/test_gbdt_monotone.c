/* tests/prop/test_gbdt_monotone.c: what a monotone constraint promises holds for any value of a
 * feature, whatever the other features hold.
 *
 * Teeth: the same trainings without constraints break the order on most tables, which is asserted.
 * Mutants that were put into the library once: leaf values without their bounds (leaves.c), and
 * bounds handed down unparted (td_bounds_part), each fail all three tests of kept order. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/base/mem.h"
#include "tests/support/rows.h"

enum { N_FEATURES = 6, PROBES = 60, STEPS = 40 };

static const int8_t directions[N_FEATURES] = {1, 0, -1, 1, -1, 0};

typedef struct ways {
    const char *text; /* parameters */
    int is_constrained;
} ways;

static td_model *fit(const td_test_rows *rows, const ways *how, int n_threads) {
    td_train_params params = td_test_params(how->text);
    td_exec exec = {.n_threads = n_threads};
    td_binned *binned;
    td_model *model;
    td_error err = {0};
    if (how->is_constrained) {
        params.monotone = directions;
        params.n_monotone = N_FEATURES;
    }
    cr_assert_eq(td_binned_build(&binned, &rows->view, &params, &exec, &err), TD_OK, "%s",
                 err.text);
    cr_assert_eq(td_train(&model, NULL, (td_train_rows){binned, NULL}, &params, &exec, &err), TD_OK,
                 "%s", err.text);
    td_binned_free(binned);
    return model;
}

/* Row `probe` of `rows` STEPS times, with feature f going up from its lowest to its highest. */
static td_test_rows sweep(const td_test_rows *rows, uint64_t probe, uint32_t f) {
    td_test_rows out = td_test_rows_new(STEPS, N_FEATURES);
    for (uint32_t g = 0; g < N_FEATURES; g++) {
        for (int i = 0; i < STEPS; i++) {
            double x = rows->table.column[g].number[probe];
            out.table.column[g].number[i] = g == f ? -3 + 24.0 * i / (STEPS - 1) : x;
        }
    }
    return out;
}

/* Steps in the wrong direction over all probes and constrained features. */
static uint64_t count_breaks(const td_model *model, const td_test_rows *rows) {
    uint64_t breaks = 0, n_outputs = td_model_n_outputs(model);
    double score[3 * STEPS];
    for (uint64_t probe = 0; probe < PROBES; probe++) {
        for (uint32_t f = 0; f < N_FEATURES; f++) {
            if (directions[f] == 0) continue;
            td_test_rows swept = sweep(rows, probe * 7, f);
            cr_assert_eq(td_predict(score, model, &swept.view, TD_SCORE_RAW, NULL, NULL), TD_OK);
            for (uint64_t i = 1; i < n_outputs * STEPS; i++) {
                if (i % STEPS != 0) breaks += directions[f] * (score[i] - score[i - 1]) < 0;
            }
            td_test_rows_free(&swept);
        }
    }
    return breaks;
}

/* Noise and weights make leaf values from real gradients leave the order of quantised ones. */
static td_test_rows noisy_rows(int is_binary, uint64_t seed) {
    td_test_rows rows = td_test_rows_random(1500, N_FEATURES, is_binary, seed);
    td_rng rng = td_rng_stream(seed, "monotone", 0, 0);
    td_test_rows_add_weights(&rows);
    for (uint64_t i = 0; i < 1500; i++) {
        rows.weight[i] = exp(2 * td_rng_normal(&rng));
        if (!is_binary) rows.label[i] += 2 * td_rng_normal(&rng);
    }
    return rows;
}

static void check(const char *text, int is_binary) {
    uint64_t free_breaks = 0;
    for (uint64_t seed = 1; seed <= 4; seed++) {
        td_test_rows rows = noisy_rows(is_binary, seed);
        for (int constrained = 0; constrained < 2; constrained++) {
            ways how = {text, constrained};
            td_model *model = fit(&rows, &how, 1 + (int)(seed % 3));
            uint64_t breaks = count_breaks(model, &rows);
            if (constrained) cr_assert_eq(breaks, 0, "%s, seed %d", text, (int)seed);
            free_breaks += breaks;
            td_model_free(model);
        }
        td_test_rows_free(&rows);
    }
    cr_assert_gt(free_breaks, 500, "%s: too easy, %d breaks", text, (int)free_breaks);
}

Test(gbdt_monotone, leafwise_trees_keep_the_order) {
    check("num_iterations=15 num_leaves=20 min_data_in_leaf=3", 1);
}

Test(gbdt_monotone, depthwise_trees_keep_the_order) {
    check("objective=regression num_iterations=15 grow_policy=depthwise max_depth=5 "
          "min_data_in_leaf=3 lambda_l1=0.5 lambda_l2=2",
          0);
}

Test(gbdt_monotone, samples_of_rows_and_features_keep_the_order) {
    check("objective=regression num_iterations=20 num_leaves=12 bagging_fraction=0.5 "
          "bagging_freq=1 feature_fraction=0.5 min_data_in_leaf=3 learning_rate=0.3",
          0);
}

/* A constraint costs quality only where it bites: the error stays well below that of the mean. */
Test(gbdt_monotone, constrained_trees_still_learn) {
    td_test_rows rows = td_test_rows_random(3000, N_FEATURES, 0, 9);
    ways how = {"objective=regression num_iterations=60", 1};
    td_model *model = fit(&rows, &how, 2);
    double *score = td_mem_array(3000, sizeof *score, NULL), mean = 0, error = 0, spread = 0;
    cr_assert_eq(td_predict(score, model, &rows.view, TD_SCORE_RAW, NULL, NULL), TD_OK);
    for (int i = 0; i < 3000; i++) mean += rows.label[i] / 3000;
    for (int i = 0; i < 3000; i++) {
        error += (score[i] - rows.label[i]) * (score[i] - rows.label[i]);
        spread += (mean - rows.label[i]) * (mean - rows.label[i]);
    }
    cr_assert_lt(error, 0.8 * spread);
    td_mem_free(score);
    td_model_free(model);
    td_test_rows_free(&rows);
    cr_assert_eq(td_mem_live_bytes(), 0);
}

Test(gbdt_monotone, constraints_that_cannot_be_meant_are_refused) {
    td_test_rows rows = td_test_rows_random(300, N_FEATURES, 1, 1);
    td_test_rows_make_category(&rows, 1);
    td_train_params params = td_train_params_default();
    int8_t wrong[N_FEATURES] = {0, 1, 0, 0, 0, 0};
    td_binned *binned;
    td_model *model;
    td_error err = {0};
    cr_assert_eq(td_binned_build(&binned, &rows.view, &params, NULL, NULL), TD_OK);
    td_train_rows both = {binned, NULL};
    params.monotone = wrong;
    params.n_monotone = 5;
    cr_assert_eq(td_train(&model, NULL, both, &params, NULL, &err), TD_ERR_ARG);
    cr_assert_not_null(strstr(err.text, "5 values, there are 6"), "%s", err.text);
    params.n_monotone = N_FEATURES;
    cr_assert_eq(td_train(&model, NULL, both, &params, NULL, &err), TD_ERR_ARG);
    cr_assert_not_null(strstr(err.text, "'f1' holds categories"), "%s", err.text);
    wrong[1] = 0;
    wrong[3] = 2;
    cr_assert_eq(td_train(&model, NULL, both, &params, NULL, &err), TD_ERR_RANGE);
    td_binned_free(binned);
    td_test_rows_free(&rows);
    cr_assert_eq(td_mem_live_bytes(), 0);
}
