/* tests/unit/test_uplift_learners.c: learners of effects on tables whose effects are known. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/base/rng.h"
#include "tests/support/rows.h"
#include "uplift/uplift.h"

/* A table with arms and known effects. */
typedef struct trial {
    td_test_rows rows;
    uint32_t *arm;
    double *propensity; /* [n_arms * n], NULL = not known */
    double *effect;     /* [n] of arm 1 */
    td_uplift_data data;
} trial;

static const char *const NAMES[] = {"control", "mail", "call"};

static trial trial_new(uint64_t n, uint32_t n_features, uint32_t n_arms) {
    trial t = {.rows = td_test_rows_new(n, n_features)};
    t.arm = td_mem_zeroed(n, sizeof *t.arm, NULL);
    t.effect = td_mem_zeroed(n, sizeof *t.effect, NULL);
    t.data =
        (td_uplift_data){.rows = t.rows.view, .arm = t.arm, .n_arms = n_arms, .arm_name = NAMES};
    return t;
}

static void trial_free(trial *t) {
    td_test_rows_free(&t->rows);
    td_mem_free(t->arm);
    td_mem_free(t->propensity);
    td_mem_free(t->effect);
}

static td_uplift_params params_of(td_uplift_learner learner, const char *trees) {
    td_uplift_params params = td_uplift_params_default();
    params.learner = learner;
    params.trees = td_test_params(trees);
    return params;
}

static td_uplift_model *fit(const trial *t, td_uplift_pair_report *report,
                            const td_uplift_params *params, int n_threads) {
    td_exec exec = {.n_threads = n_threads};
    td_error err = {0};
    td_uplift_model *model;
    cr_assert_eq(td_uplift_fit(&model, report, &t->data, params, &exec, &err), TD_OK, "%s",
                 err.text);
    return model;
}

/* Effects on the trial's own rows, [(n_arms - 1) * n], td_mem_free. */
static double *effects(const trial *t, const td_uplift_model *model) {
    double *out = td_mem_array(t->data.n_arms * t->rows.view.n_rows, sizeof *out, NULL);
    td_error err = {0};
    cr_assert_eq(td_uplift_predict(out, model, &t->rows.view, t->propensity, NULL, &err), TD_OK,
                 "%s", err.text);
    return out;
}

/* ---- by hand --------------------------------------------------------------------------------- */

/* One feature of two values, 200 rows; the share of ones by (x, w) is in `ones` of 50 rows each.
 * One stump with learning rate 1 answers each cell's own mean, so that every learner without
 * cross-fitting gives the difference of the cells. */
static trial four_cells(const int ones[2][2]) {
    trial t = trial_new(200, 1, 2);
    for (int i = 0; i < 200; i++) {
        int x = i / 100, w = i / 50 % 2;
        t.rows.table.column[0].number[i] = x;
        t.rows.label[i] = i % 50 < ones[x][w];
        t.arm[i] = (uint32_t)w;
        t.effect[i] = (ones[x][1] - ones[x][0]) / 50.0;
    }
    return t;
}

static const char ONE_STUMP[] = "num_iterations=1 num_leaves=2 learning_rate=1 lambda_l2=0 "
                                "min_data_in_leaf=1 min_data_in_bin=1";

Test(uplift_learners, transformed_outcome_of_four_cells_is_the_difference_of_means) {
    static const int ones[2][2] = {{10, 30}, {25, 20}};
    trial t = four_cells(ones);
    td_uplift_params params = params_of(TD_UPLIFT_TRANSFORMED, ONE_STUMP);
    params.propensity = TD_PROPENSITY_SHARE;
    td_uplift_pair_report report;
    td_uplift_model *model = fit(&t, &report, &params, 1);
    double *tau = effects(&t, model);
    cr_assert_float_eq(tau[0], 0.4, 1e-12);
    cr_assert_float_eq(tau[199], -0.1, 1e-12);
    cr_assert(report.n_treated == 100 && report.n_control == 100);
    cr_assert_float_eq(report.mean_treated, 0.5, 1e-15);
    cr_assert_float_eq(report.mean_control, 0.35, 1e-15);
    cr_assert_float_eq(report.mean_effect, 0.15, 1e-12);
    cr_assert(report.low == 0.5 && report.high == 0.5 && report.n_clipped == 0);
    td_mem_free(tau);
    td_uplift_model_free(model);
    trial_free(&t);
    cr_assert_eq(td_mem_live_bytes(), 0);
}

/* The X-learner's second stage sees y - mean of the other arm's cell: the same difference. Of a
 * number outcome, because a stump's log-odds are one Newton step and no cell mean. */
Test(uplift_learners, two_model_and_x_of_four_cells_are_the_difference_of_means) {
    static const int ones[2][2] = {{10, 30}, {25, 20}};
    trial t = four_cells(ones);
    for (int i = 0; i < 200; i++) t.rows.label[i] *= 3;
    td_uplift_learner learners[] = {TD_UPLIFT_T, TD_UPLIFT_X};
    for (int k = 0; k < 2; k++) {
        td_uplift_params params = params_of(learners[k], ONE_STUMP);
        td_uplift_model *model = fit(&t, NULL, &params, 1);
        cr_assert_not(td_uplift_model_is_binary(model));
        double *tau = effects(&t, model);
        cr_assert_float_eq(tau[0], 1.2, 1e-12, "learner %d: %g", k, tau[0]);
        cr_assert_float_eq(tau[199], -0.3, 1e-12, "learner %d: %g", k, tau[199]);
        td_mem_free(tau);
        td_uplift_model_free(model);
    }
    trial_free(&t);
}

/* With 80 % treated, z = (y == w) alone would say 0.44 and 0.26; weights make it the effect. The
 * first Newton step from log-odds 0 is exact to first order only, so many small ones are taken. */
Test(uplift_learners, class_transformation_is_right_for_unequal_arms) {
    trial t = trial_new(1000, 1, 2);
    for (int i = 0; i < 1000; i++) {
        int x = i / 500, w = i % 5 > 0, k = i % 500 / 5; /* 100 control, 400 treated for each x */
        t.rows.table.column[0].number[i] = x;
        t.arm[i] = (uint32_t)w;
        t.rows.label[i] = w ? k % 10 < 5 : k % 10 < (x == 0 ? 3 : 6);
    }
    td_uplift_params params =
        params_of(TD_UPLIFT_CLASS, "num_iterations=200 num_leaves=2 learning_rate=0.2 lambda_l2=0");
    params.propensity = TD_PROPENSITY_SHARE;
    td_uplift_model *model = fit(&t, NULL, &params, 1);
    double *tau = effects(&t, model);
    cr_assert_float_eq(tau[0], 0.5 - 0.3, 1e-6, "%g", tau[0]);
    cr_assert_float_eq(tau[999], 0.5 - 0.6, 1e-6, "%g", tau[999]);
    td_mem_free(tau);
    td_uplift_model_free(model);
    trial_free(&t);
}

/* ---- against a known effect ------------------------------------------------------------------ */

/* y = 2 x1 + w tau(x) + noise, tau = 1 where x0 > 0, else 0; treated with probability
 * 0.2 + 0.6 (x1 > 0) when confounded, else 1/2. */
static trial step_effect(uint64_t n, int is_confounded, uint64_t seed) {
    trial t = trial_new(n, 4, 2);
    td_rng rng = td_rng_stream(seed, "step effect", 0, 0);
    t.propensity = td_mem_array(2 * n, sizeof(double), NULL);
    for (uint64_t i = 0; i < n; i++) {
        double x[4];
        for (int f = 0; f < 4; f++) {
            x[f] = t.rows.table.column[f].number[i] = td_rng_normal(&rng);
        }
        double e = is_confounded ? 0.2 + 0.6 * (x[1] > 0) : 0.5;
        t.arm[i] = td_rng_uniform(&rng) < e;
        t.effect[i] = x[0] > 0;
        t.rows.label[i] = 2 * x[1] + t.arm[i] * t.effect[i] + td_rng_normal(&rng);
        t.propensity[i] = 1 - e;
        t.propensity[n + i] = e;
    }
    return t;
}

static double pehe(const double *tau, const double *truth, uint64_t n) {
    double sum = 0;
    for (uint64_t i = 0; i < n; i++) sum += (tau[i] - truth[i]) * (tau[i] - truth[i]);
    return sqrt(sum / (double)n);
}

/* A constant misses by 0.5. The bounds are twice what each learner reached, except for the
 * transformed outcome, which is the noisiest by its nature, and a single tree. */
Test(uplift_learners, each_finds_a_step_in_the_effect) {
    trial t = step_effect(6000, 0, 1);
    for (int k = 0; k < TD_UPLIFT_N_LEARNERS; k++) {
        if (k == TD_UPLIFT_CLASS) continue;
        td_uplift_params params =
            params_of((td_uplift_learner)k, "num_leaves=4 learning_rate=0.1 num_iterations=60");
        td_uplift_model *model = fit(&t, NULL, &params, 2);
        double *tau = effects(&t, model);
        double miss = pehe(tau, t.effect, 6000);
        double bound = k == TD_UPLIFT_TRANSFORMED || k == TD_UPLIFT_TREE ? 0.45 : 0.30;
        cr_assert_lt(miss, bound, "%s: %g", td_uplift_spec_of((td_uplift_learner)k)->name, miss);
        td_mem_free(tau);
        td_uplift_model_free(model);
    }
    trial_free(&t);
}

/* Rows with a high outcome are treated more often: the difference of means is 0.5 + 1.9. Learners
 * that know or estimate the propensity, or model the outcome, must not believe it. */
Test(uplift_learners, confounding_is_removed_with_a_known_or_estimated_propensity) {
    trial t = step_effect(8000, 1, 2);
    td_uplift_learner learners[] = {TD_UPLIFT_TRANSFORMED, TD_UPLIFT_X, TD_UPLIFT_R, TD_UPLIFT_DR,
                                    TD_UPLIFT_FOREST};
    for (int is_known = 0; is_known < 2; is_known++) {
        t.data.propensity = is_known ? t.propensity : NULL;
        for (int k = 0; k < 5; k++) {
            td_uplift_params params =
                params_of(learners[k], "num_leaves=8 learning_rate=0.1 num_iterations=80");
            td_uplift_pair_report report;
            td_uplift_model *model = fit(&t, &report, &params, 2);
            cr_assert_gt(report.mean_treated - report.mean_control, 1.8);
            cr_assert_float_eq(report.mean_effect, 0.5, 0.12, "learner %d, known %d: %g", k,
                               is_known, report.mean_effect);
            cr_assert_eq(report.is_estimated, !is_known);
            if (is_known) cr_assert(report.low == 0.2 && report.high == 0.8);
            td_uplift_model_free(model);
        }
    }
    trial_free(&t);
}

Test(uplift_learners, trees_of_the_propensity_are_thrown_away_in_a_randomised_trial) {
    trial t = step_effect(3000, 0, 3);
    td_uplift_params params = params_of(TD_UPLIFT_TRANSFORMED, "");
    td_uplift_pair_report report;
    td_uplift_model *model = fit(&t, &report, &params, 2);
    cr_assert_not(report.is_estimated);
    cr_assert_float_eq(report.loss_share, 0.6931, 1e-3);
    cr_assert(report.low == report.high);
    td_uplift_model_free(model);
    trial_free(&t);
}

Test(uplift_learners, several_arms_have_an_effect_each_and_other_rows_do_not_matter) {
    enum { N = 6000 };
    trial t = trial_new(N, 2, 3);
    td_rng rng = td_rng_stream(4, "three arms", 0, 0);
    for (uint64_t i = 0; i < N; i++) {
        double x = t.rows.table.column[0].number[i] = td_rng_normal(&rng);
        t.rows.table.column[1].number[i] = td_rng_normal(&rng);
        t.arm[i] = (uint32_t)td_rng_below(&rng, 4);
        double effect = t.arm[i] == 1 ? 2.0 * (x > 0) : t.arm[i] == 2 ? -1 : 0;
        t.rows.label[i] = effect + 0.5 * td_rng_normal(&rng);
        if (t.arm[i] == 3) {
            t.arm[i] = TD_UPLIFT_NO_ARM;
            t.rows.label[i] = 1e6;
        }
    }
    td_uplift_params params = params_of(TD_UPLIFT_DR, "num_leaves=4 num_iterations=60");
    td_uplift_pair_report report[2];
    td_uplift_model *model = fit(&t, report, &params, 2);
    double *tau = effects(&t, model);
    for (uint64_t i = 0; i < N; i++) t.effect[i] = 2.0 * (t.rows.table.column[0].number[i] > 0);
    cr_assert_lt(pehe(tau, t.effect, N), 0.2);
    for (uint64_t i = 0; i < N; i++) t.effect[i] = -1;
    cr_assert_lt(pehe(tau + N, t.effect, N), 0.15);
    cr_assert_float_eq(report[1].mean_effect, -1, 0.05);
    cr_assert_str_eq(td_uplift_model_arm(model, 2), "call");
    td_mem_free(tau);
    td_uplift_model_free(model);
    trial_free(&t);
}

/* ---- files, threads, memory ------------------------------------------------------------------ */

static char *bytes_of(const td_uplift_model *model, uint64_t *n) {
    char *bytes;
    td_error err = {0};
    cr_assert_eq(td_uplift_to_bytes(&bytes, n, model, &err), TD_OK, "%s", err.text);
    return bytes;
}

Test(uplift_learners, bytes_are_the_same_for_any_number_of_threads_and_read_back) {
    trial t = step_effect(1500, 1, 5);
    for (uint64_t i = 0; i < 1500; i++) t.rows.label[i] = t.rows.label[i] > 0.5;
    for (int k = 0; k < TD_UPLIFT_N_LEARNERS; k++) {
        td_uplift_params params =
            params_of((td_uplift_learner)k, k % 2 ? "num_iterations=12" : "learning_rate=0.3");
        td_uplift_model *one = fit(&t, NULL, &params, 1), *seven = fit(&t, NULL, &params, 7);
        uint64_t n1, n7, n_again;
        char *b1 = bytes_of(one, &n1), *b7 = bytes_of(seven, &n7);
        cr_assert_eq(n1, n7, "learner %d", k);
        cr_assert_arr_eq(b1, b7, n1, "learner %d", k);
        td_uplift_model *again;
        td_error err = {0};
        cr_assert_eq(td_uplift_from_bytes(&again, b1, n1, &err), TD_OK, "%s", err.text);
        cr_assert_eq(td_uplift_model_learner(again), (td_uplift_learner)k);
        cr_assert_str_eq(td_uplift_model_feature(again, 3), "f3");
        char *b_again = bytes_of(again, &n_again);
        cr_assert(n_again == n1 && memcmp(b_again, b1, n1) == 0);
        double *tau = effects(&t, one), *tau_again = effects(&t, again);
        cr_assert_eq(memcmp(tau, tau_again, 1500 * sizeof *tau), 0);
        td_mem_free(tau);
        td_mem_free(tau_again);
        td_mem_free(b1);
        td_mem_free(b7);
        td_mem_free(b_again);
        td_uplift_model_free(one);
        td_uplift_model_free(seven);
        td_uplift_model_free(again);
    }
    trial_free(&t);
    cr_assert_eq(td_mem_live_bytes(), 0);
}

Test(uplift_learners, a_changed_or_foreign_file_is_refused) {
    static const int ones[2][2] = {{10, 30}, {25, 20}};
    trial t = four_cells(ones);
    td_uplift_params params = params_of(TD_UPLIFT_X, "num_iterations=2 num_leaves=2");
    td_uplift_model *model = fit(&t, NULL, &params, 1), *read;
    uint64_t n;
    char *bytes = bytes_of(model, &n);
    td_error err = {0};
    bytes[n / 2] ^= 1;
    cr_assert_eq(td_uplift_from_bytes(&read, bytes, n, &err), TD_ERR_FORMAT);
    cr_assert_str_eq(err.text, "the model file was changed: its checksum does not match");
    cr_assert_eq(td_uplift_from_bytes(&read, bytes, n - 9, &err), TD_ERR_FORMAT);
    cr_assert_str_eq(err.text, "the model file is cut: it does not end with its checksum");
    cr_assert_eq(td_uplift_from_bytes(&read, "x\n", 2, &err), TD_ERR_FORMAT);
    cr_assert_str_eq(err.text, "not a tundish model");
    cr_assert_null(read);
    td_mem_free(bytes);
    td_uplift_model_free(model);
    trial_free(&t);
    cr_assert_eq(td_mem_live_bytes(), 0);
}

Test(uplift_learners, every_failing_allocation_is_reported_and_nothing_stays) {
    static const int ones[2][2] = {{10, 30}, {25, 20}};
    trial t = four_cells(ones);
    uint64_t live = td_mem_live_bytes();
    td_uplift_learner learners[] = {TD_UPLIFT_S, TD_UPLIFT_X, TD_UPLIFT_DR, TD_UPLIFT_DEPENDENT};
    for (int k = 0; k < 4; k++) {
        td_uplift_params params = params_of(learners[k], "num_leaves=2 num_iterations=1");
        params.n_folds = 2;
        td_status status = TD_ERR_NOMEM;
        for (uint64_t n = 1; status != TD_OK; n += 1 + n / 16) {
            td_uplift_model *model = NULL;
            td_error err = {0};
            td_mem_fail_after(n);
            status = td_uplift_fit(&model, NULL, &t.data, &params, NULL, &err);
            td_mem_fail_after(0);
            cr_assert(status == TD_OK || status == TD_ERR_NOMEM, "%s", err.text);
            td_uplift_model_free(model);
            cr_assert_eq(td_mem_live_bytes(), live, "learner %d, allocation %llu", k,
                         (unsigned long long)n);
        }
    }
    trial_free(&t);
}

/* tau(x) = e tau_0(x) + (1 - e) tau_1(x) with the e that a new row brings; through a file, too. */
Test(uplift_learners, x_weighs_new_rows_by_the_known_propensity_that_they_bring) {
    enum { N = 2000 };
    static const char *const name[] = {"p(mail)"};
    trial t = step_effect(N, 1, 7);
    t.data.propensity = t.propensity;
    t.data.propensity_name = name;
    td_uplift_params params = params_of(TD_UPLIFT_X, "num_leaves=8 num_iterations=30");
    td_uplift_model *model = fit(&t, NULL, &params, 1), *again;
    uint64_t n;
    char *bytes = bytes_of(model, &n);
    td_error err = {0};
    cr_assert_eq(td_uplift_from_bytes(&again, bytes, n, &err), TD_OK, "%s", err.text);
    cr_assert_str_eq(td_uplift_model_propensity(again, 1), "p(mail)");
    double *own = effects(&t, model), *given = td_mem_array(2 * N, sizeof *given, NULL);
    double *at[2];
    for (int e = 0; e < 2; e++) {
        for (int i = 0; i < 2 * N; i++) given[i] = i < N ? 1 - e : e;
        at[e] = td_mem_array(N, sizeof *at[e], NULL);
        cr_assert_eq(td_uplift_predict(at[e], again, &t.rows.view, given, NULL, &err), TD_OK);
    }
    int n_apart = 0;
    for (int i = 0; i < N; i++) {
        double e = t.propensity[N + i];
        cr_assert_float_eq(own[i], (1 - e) * at[0][i] + e * at[1][i], 1e-12);
        n_apart += at[0][i] != at[1][i];
    }
    cr_assert_gt(n_apart, N / 2);
    cr_assert_eq(td_uplift_predict(own, again, &t.rows.view, NULL, NULL, &err), TD_ERR_ARG);
    cr_assert_str_eq(err.text, "the model weighs effects by the propensity of each row "
                               "('p(mail)'), and none is given");
    given[N + 4] = 1.5;
    cr_assert_eq(td_uplift_predict(own, again, &t.rows.view, given, NULL, &err), TD_ERR_RANGE);
    cr_assert_not_null(strstr(err.text, "row 5: the propensity of the arm is 1.5"));
    for (int e = 0; e < 2; e++) td_mem_free(at[e]);
    td_mem_free(own);
    td_mem_free(given);
    td_mem_free(bytes);
    td_uplift_model_free(model);
    td_uplift_model_free(again);
    trial_free(&t);
    cr_assert_eq(td_mem_live_bytes(), 0);
}

/* One number for all rows is no design to bring, and other learners do not look at it. */
Test(uplift_learners, a_propensity_that_is_one_for_all_rows_is_not_asked_for) {
    trial t = step_effect(600, 0, 8);
    t.data.propensity = t.propensity;
    for (int k = 0; k < TD_UPLIFT_N_LEARNERS; k++) {
        if (k == TD_UPLIFT_CLASS) continue;
        td_uplift_params params = params_of((td_uplift_learner)k, "num_iterations=4");
        if (k != TD_UPLIFT_X) t.propensity[5] = 1 - (t.propensity[605] = 0.4);
        if (k == TD_UPLIFT_X) t.propensity[5] = t.propensity[605] = 0.5;
        td_uplift_model *model = fit(&t, NULL, &params, 1);
        cr_assert_null(td_uplift_model_propensity(model, 1));
        double *tau = td_mem_array(600, sizeof *tau, NULL);
        td_error err = {0};
        cr_assert_eq(td_uplift_predict(tau, model, &t.rows.view, NULL, NULL, &err), TD_OK, "%s",
                     err.text);
        td_mem_free(tau);
        td_uplift_model_free(model);
    }
    trial_free(&t);
}

/* ---- what cannot be answered ----------------------------------------------------------------- */

static void expect_error(const trial *t, const td_uplift_params *params, td_status code,
                         const char *text) {
    td_uplift_model *model;
    td_error err = {0};
    cr_assert_eq(td_uplift_fit(&model, NULL, &t->data, params, NULL, &err), code, "%s", err.text);
    cr_assert_str_eq(err.text, text);
    cr_assert_null(model);
}

Test(uplift_learners, ill_posed_data_is_answered_by_name) {
    static const int ones[2][2] = {{10, 30}, {25, 20}};
    trial t = four_cells(ones);
    td_uplift_params params = params_of(TD_UPLIFT_T, "num_iterations=2");
    t.data.n_arms = 3;
    expect_error(&t, &params, TD_ERR_SHAPE, "arm 'call' has no rows");
    for (int i = 0; i < 9; i++) t.arm[i] = 2;
    expect_error(&t, &params, TD_ERR_SHAPE, "arm 'call' has 9 rows: 5 folds need at least 10");
    for (int i = 0; i < 9; i++) t.arm[i] = i == 8 ? 7 : 0;
    t.data.n_arms = 2;
    expect_error(&t, &params, TD_ERR_RANGE, "row 9: arm 7 of 2");
    t.arm[8] = 0;
    t.rows.label[3] = INFINITY;
    expect_error(&t, &params, TD_ERR_RANGE, "row 4: outcome inf is not finite");
    t.rows.label[3] = 0.5;
    params.learner = TD_UPLIFT_CLASS;
    expect_error(&t, &params, TD_ERR_ARG,
                 "learner 'class' needs an outcome of 0 and 1, this one has other values");
    params.learner = TD_UPLIFT_DR;
    for (int i = 0; i < 200; i++) t.rows.label[i] = t.arm[i] == 0 && i % 3 == 0;
    expect_error(&t, &params, TD_ERR_NUMERIC,
                 "0 of the 100 rows of arm 'mail' have the outcome 1: a model of them needs at "
                 "least two rows of either outcome");
    for (int i = 0; i < 200; i++) t.rows.label[i] = 4;
    expect_error(&t, &params, TD_ERR_NUMERIC,
                 "the outcome is the same in all rows: nothing seems to move it");
    trial_free(&t);
    cr_assert_eq(td_mem_live_bytes(), 0);
}

Test(uplift_learners, impossible_propensities_and_parameters_are_named) {
    static const int ones[2][2] = {{10, 30}, {25, 20}};
    trial t = four_cells(ones);
    t.propensity = td_mem_array(400, sizeof(double), NULL);
    for (int i = 0; i < 400; i++) t.propensity[i] = 0.5;
    t.data.propensity = t.propensity;
    t.propensity[200 + 17] = 1;
    t.propensity[17] = 0;
    td_uplift_params params = params_of(TD_UPLIFT_DR, "num_iterations=2");
    expect_error(&t, &params, TD_ERR_RANGE,
                 "row 18: the propensity of arm 'mail' is 1 and that of 'control' 0; both must lie "
                 "inside (0, 1), or the row says nothing about the effect");
    params.n_folds = 1;
    expect_error(&t, &params, TD_ERR_ARG, "n_folds: 1 lies outside 2..100");
    params.n_folds = 2;
    params.clip = 0.5;
    expect_error(&t, &params, TD_ERR_ARG, "clip: 0.5 lies outside (0..0.5)");
    params = params_of(TD_UPLIFT_DR, "objective=regression");
    expect_error(&t, &params, TD_ERR_ARG,
                 "objective cannot be given here: a learner of effects settles it for each of its "
                 "models");
    td_uplift_learner learner;
    td_error err = {0};
    cr_assert_eq(td_uplift_learner_find(&learner, "xx", &err), TD_ERR_ARG);
    cr_assert_not_null(strstr(err.text, "the nearest is 'x'"));
    trial_free(&t);
}

/* A propensity of 0.004 is clipped to 0.01, and counted. */
Test(uplift_learners, clipped_rows_are_counted) {
    static const int ones[2][2] = {{10, 30}, {25, 20}};
    trial t = four_cells(ones);
    t.propensity = td_mem_array(400, sizeof(double), NULL);
    for (int i = 0; i < 200; i++) {
        t.propensity[200 + i] = i < 3 ? 0.004 : 0.5;
        t.propensity[i] = 1 - t.propensity[200 + i];
    }
    t.data.propensity = t.propensity;
    td_uplift_params params = params_of(TD_UPLIFT_R, "num_iterations=2");
    td_uplift_pair_report report;
    td_uplift_model *model = fit(&t, &report, &params, 1);
    cr_assert_eq(report.n_clipped, 3);
    cr_assert(report.low == 0.004 && report.high == 0.5);
    td_uplift_model_free(model);
    trial_free(&t);
}
