/* Nuisance models, effects out of fold and refutations on a small experiment. */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/matrix.h"
#include "datasets/causal_generators.h"
#include "tests/support/rows.h"
#include "uplift/refute.h"

enum { N = 1500 };

typedef struct trial {
    td_causal_data drawn;
    const td_column *feature[16];
    uint32_t arm[N];
    double effect[N];
    td_uplift_data data;
    td_uplift_params params;
} trial;

static const char *const names[] = {"control", "treated"};

static void trial_make(trial *t, const char *generator) {
    memset(t, 0, sizeof *t);
    td_causal_params params = td_causal_params_default(generator);
    params.n_rows = N;
    params.seed = 4;
    td_error err = {0};
    cr_assert_eq(td_causal_draw(&t->drawn, &params, NULL, &err), TD_OK, "%s", err.text);
    for (uint64_t i = 0; i < N; i++) t->arm[i] = t->drawn.treatment[i] > 0;
    t->data = (td_uplift_data){.rows = td_table_view(&t->drawn.table, t->feature, t->drawn.outcome),
                               .arm = t->arm,
                               .n_arms = 2,
                               .arm_name = names};
    t->params = td_uplift_params_default();
    t->params.learner = TD_UPLIFT_T;
    t->params.trees = td_test_params("num_iterations=30 num_leaves=8");
}

/* Setup A: mu0, mu1 and e are all functions of the features, and confounding is strong. */
Test(uplift_refute, nuisance_is_near_the_truth_and_removes_confounding) {
    static trial t;
    trial_make(&t, "causalml1");
    td_nuisance nuisance;
    td_error err = {0};
    cr_assert_eq(td_nuisance_fit(&nuisance, &t.data, &t.params, NULL, &err), TD_OK, "%s", err.text);
    td_effect_rows rows = td_nuisance_rows(&nuisance);
    cr_assert_eq(rows.n, N);
    double miss = 0, truth = 0, score[N], naive[2] = {0, 0}, n[2] = {0, 0};
    for (uint64_t i = 0; i < N; i++) {
        miss += fabs(rows.propensity[i] - t.drawn.propensity[i]) / N;
        truth += t.drawn.effect[i] / N;
        naive[t.arm[i]] += rows.outcome[i];
        n[t.arm[i]]++;
    }
    cr_assert_lt(miss, 0.12); /* a constant misses by 0.24 */
    cr_assert_eq(td_effect_scores(score, &rows, &err), TD_OK);
    td_effect_estimate mean = td_effect_mean(score, N, .95);
    cr_assert_gt(naive[1] / n[1] - naive[0] / n[0] - truth, 0.15);
    cr_assert_lt(fabs(mean.value - truth), 2.5 * mean.se);
    td_nuisance_free(&nuisance);
    td_causal_data_free(&t.drawn);
    cr_assert_eq(td_mem_live_bytes(), 0);
}

/* Rows left out keep their place in the table and are not among the packed ones. */
Test(uplift_refute, rows_without_an_arm_are_left_out) {
    static trial t;
    trial_make(&t, "causalml2");
    for (uint64_t i = 0; i < N; i += 3) t.arm[i] = TD_UPLIFT_NO_ARM;
    td_nuisance nuisance;
    cr_assert_eq(td_nuisance_fit(&nuisance, &t.data, &t.params, NULL, NULL), TD_OK);
    cr_assert_eq(nuisance.n, 1000);
    for (uint64_t k = 0; k < 1000; k++) {
        uint32_t row = nuisance.row[k];
        cr_assert_neq(row % 3, 0);
        cr_assert_eq(nuisance.outcome[k], t.drawn.outcome[row]);
        cr_assert_eq(nuisance.treated[k], t.drawn.treatment[row]);
    }
    td_nuisance_free(&nuisance);
    td_causal_data_free(&t.drawn);
}

/* A row's own outcome must not reach its effect: changing it leaves the row's effect as it was. */
Test(uplift_refute, effects_out_of_fold_do_not_know_their_row) {
    static trial t;
    trial_make(&t, "causalml2");
    t.params.propensity = TD_PROPENSITY_SHARE;
    td_error err = {0};
    double before[N], after[N];
    cr_assert_eq(td_uplift_crosspredict(before, &t.data, &t.params, 2, NULL, &err), TD_OK, "%s",
                 err.text);
    t.drawn.outcome[77] += 50;
    cr_assert_eq(td_uplift_crosspredict(after, &t.data, &t.params, 2, NULL, &err), TD_OK);
    cr_assert_eq(before[77], after[77]);
    int moved = 0;
    for (uint64_t i = 0; i < N; i++) moved += before[i] != after[i];
    cr_assert_gt(moved, 100);
    td_causal_data_free(&t.drawn);
}

Test(uplift_refute, a_placebo_has_no_effect_and_a_random_cause_changes_little) {
    static trial t;
    trial_make(&t, "causalml2");
    td_refute_job job = {&t.data, &t.params, 2, t.effect, .95};
    td_error err = {0};
    cr_assert_eq(td_uplift_crosspredict(t.effect, &t.data, &t.params, 2, NULL, &err), TD_OK);
    td_refutation placebo, cause, again;
    td_exec exec = {.n_threads = 3};
    cr_assert_eq(td_uplift_refute(&placebo, TD_REFUTE_PLACEBO, &job, 0, NULL, &err), TD_OK, "%s",
                 err.text);
    cr_assert_eq(td_uplift_refute(&cause, TD_REFUTE_RANDOM_CAUSE, &job, 0, NULL, &err), TD_OK);
    cr_assert_eq(td_uplift_refute(&again, TD_REFUTE_RANDOM_CAUSE, &job, 0, &exec, &err), TD_OK);
    cr_assert_lt(fabs(placebo.mean.value), 3.5 * placebo.mean.se);
    cr_assert_lt(fabs(placebo.loading.value), 3.5 * placebo.loading.se);
    cr_assert_gt(cause.loading.value, 5 * cause.loading.se); /* the effect is there */
    cr_assert_gt(cause.correlation.value, 0.85);
    cr_assert_lt(fabs(placebo.correlation.value), 0.5);
    cr_assert_eq(memcmp(&again.mean, &cause.mean, sizeof cause.mean), 0);
    td_causal_data_free(&t.drawn);
    cr_assert_eq(td_mem_live_bytes(), 0);
}

/* Pairs of rows that share their arm: the placebo deals pairs, so the mean effect's error by pair
 * is as large as the experiment's. With one pair in both arms it deals rows. */
Test(uplift_refute, a_placebo_deals_whole_clusters_where_the_experiment_did) {
    static trial t;
    static uint32_t pair[N];
    trial_make(&t, "causalml2");
    for (uint32_t i = 0; i < N; i++) pair[i] = i / 2;
    for (uint32_t i = 0; i < N; i += 2) {
        t.arm[i + 1] = t.arm[i];
        t.drawn.outcome[i] = t.drawn.outcome[i + 1] = i % 4 == 0 ? 5 : -5; /* shared */
    }
    t.data.cluster = pair;
    t.data.n_clusters = N / 2;
    td_refute_job job = {&t.data, &t.params, 2, t.effect, .95};
    td_refutation whole, mixed;
    cr_assert_eq(td_uplift_refute(&whole, TD_REFUTE_PLACEBO, &job, 0, NULL, NULL), TD_OK);
    t.arm[1] = !t.arm[0];
    cr_assert_eq(td_uplift_refute(&mixed, TD_REFUTE_PLACEBO, &job, 0, NULL, NULL), TD_OK);
    /* rows of a pair repeat each other: sqrt(2) between the two ways of dealing */
    cr_assert_gt(whole.mean.se, 1.2 * mixed.mean.se);
    cr_assert_lt(fabs(whole.mean.value), 3.5 * whole.mean.se);
    td_causal_data_free(&t.drawn);
    cr_assert_eq(td_mem_live_bytes(), 0);
}

Test(uplift_refute, impossible_requests_are_named) {
    static trial t;
    trial_make(&t, "causalml2");
    td_error err = {0};
    td_nuisance nuisance;
    cr_assert_eq(td_uplift_crosspredict(t.effect, &t.data, &t.params, 1, NULL, &err), TD_ERR_ARG);
    cr_assert_not_null(strstr(err.text, "1 folds"));
    t.data.n_arms = 3;
    cr_assert_eq(td_nuisance_fit(&nuisance, &t.data, &t.params, NULL, &err), TD_ERR_ARG);
    cr_assert_not_null(strstr(err.text, "3 arms"));
    t.data.n_arms = 2;
    uint64_t before = td_mem_live_bytes();
    td_refute_job job = {&t.data, &t.params, 2, t.effect, .95};
    for (uint64_t n = 1; n < 200; n += 17) {
        td_refutation out;
        td_mem_fail_after(n);
        cr_assert_eq(td_uplift_refute(&out, TD_REFUTE_RANDOM_CAUSE, &job, 0, NULL, NULL),
                     TD_ERR_NOMEM);
        td_mem_fail_after(0);
        cr_assert_eq(td_mem_live_bytes(), before);
    }
    td_causal_data_free(&t.drawn);
}
