/* tests/unit/test_uplift_joint.c: effect trees and forests of several arms at once. */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/base/rng.h"
#include "tests/support/rows.h"
#include "uplift/learner.h"

enum { N = 6000, ARMS = 3 };
static const char *const NAMES[] = {"none", "mail", "call"};

/* y = 2 x1 + effect + noise; the mail brings 1 where x0 > 0, the call -1 where x0 <= 0; P(arm)
 * depends on x1 where confounded. A fourth arm is named by nobody. */
typedef struct trial {
    td_test_rows rows;
    uint32_t arm[N];
    double propensity[ARMS * N], effect[2][N];
    td_uplift_data data;
} trial;

static double draw_row(trial *t, uint64_t i, int is_confounded, td_rng *rng) {
    double x0 = t->rows.table.column[0].number[i] = td_rng_normal(rng);
    double x1 = t->rows.table.column[1].number[i] = td_rng_normal(rng);
    double mail = is_confounded && x1 > 0 ? 0.6 : 0.25, call = 0.25, u = td_rng_uniform(rng);
    t->arm[i] = u < mail ? 1 : u < mail + call ? 2 : 0;
    t->propensity[N + i] = mail;
    t->propensity[2 * N + i] = call;
    t->propensity[i] = 1 - mail - call;
    t->effect[0][i] = x0 > 0;
    t->effect[1][i] = -(x0 <= 0);
    double own = t->arm[i] > 0 ? t->effect[t->arm[i] - 1][i] : 0;
    return 2 * x1 + own + td_rng_normal(rng);
}

static trial *trial_new(int is_confounded) {
    trial *t = td_mem_zeroed(1, sizeof *t, NULL);
    t->rows = td_test_rows_new(N, 2);
    td_rng rng = td_rng_stream(11, "joint", 0, 0);
    for (uint64_t i = 0; i < N; i++) {
        t->rows.label[i] = draw_row(t, i, is_confounded, &rng);
        if (i % 50 > 0) continue;
        t->arm[i] = TD_UPLIFT_NO_ARM;
        t->rows.label[i] = 1e6;
    }
    t->data =
        (td_uplift_data){.rows = t->rows.view, .arm = t->arm, .n_arms = ARMS, .arm_name = NAMES};
    return t;
}

static void trial_free(trial *t) {
    td_test_rows_free(&t->rows);
    td_mem_free(t);
}

static td_uplift_model *fit(const trial *t, td_uplift_learner learner, int is_pairwise,
                            int n_threads, td_uplift_pair_report *report) {
    td_uplift_params params = td_uplift_params_default();
    td_exec exec = {.n_threads = n_threads};
    td_error err = {0};
    td_uplift_model *model;
    params.learner = learner;
    params.is_pairwise = is_pairwise;
    params.trees = td_test_params("num_iterations=60");
    cr_assert_eq(td_uplift_fit(&model, report, &t->data, &params, &exec, &err), TD_OK, "%s",
                 err.text);
    return model;
}

static double pehe(const trial *t, const td_uplift_model *model, uint32_t arm) {
    double *tau = td_mem_array(2 * N, sizeof *tau, NULL), sum = 0;
    cr_assert_eq(td_uplift_predict(tau, model, &t->rows.view, NULL, NULL, NULL), TD_OK);
    for (uint32_t i = 0; i < N; i++) {
        double gap = tau[(arm - 1) * N + i] - t->effect[arm - 1][i];
        sum += gap * gap;
    }
    td_mem_free(tau);
    return sqrt(sum / N);
}

static int have_the_same_nodes(const td_tree *a, const td_tree *b) {
    if (a->n_leaves != b->n_leaves) return 0;
    for (uint32_t k = 0; k + 1 < a->n_leaves; k++) {
        if (a->node[k].feature != b->node[k].feature ||
            a->node[k].threshold != b->node[k].threshold)
            return 0;
    }
    return 1;
}

/* The constant misses by 0.5; a single tree is not centred and splits on the level's noise, too. */
Test(uplift_joint, arms_share_the_nodes_and_have_effects_of_their_own) {
    trial *t = trial_new(0);
    td_uplift_learner learners[] = {TD_UPLIFT_TREE, TD_UPLIFT_FOREST};
    for (int k = 0; k < 2; k++) {
        td_uplift_model *model = fit(t, learners[k], 0, 2, NULL);
        const td_model *mail = model->part[0].model[0], *call = model->part[1].model[0];
        for (uint32_t i = 0; i < mail->n_trees; i++) {
            cr_assert(have_the_same_nodes(&mail->tree[i], &call->tree[i]), "tree %u", i);
        }
        for (uint32_t a = 1; a < ARMS; a++) {
            double miss = pehe(t, model, a);
            cr_assert_lt(miss, k == 0 ? 0.45 : 0.25, "learner %d, arm %u: %g", k, a, miss);
        }
        td_uplift_model *apart = fit(t, learners[k], 1, 2, NULL);
        mail = apart->part[0].model[0];
        call = apart->part[1].model[0];
        int n_same = 0;
        for (uint32_t i = 0; i < mail->n_trees; i++) {
            n_same += have_the_same_nodes(&mail->tree[i], &call->tree[i]);
        }
        cr_assert_lt(n_same, (int)mail->n_trees);
        td_uplift_model_free(model);
        td_uplift_model_free(apart);
    }
    trial_free(t);
    cr_assert_eq(td_mem_live_bytes(), 0);
}

/* The mail goes to rows with a high outcome: its difference of means is 0.5 + 1.2. */
Test(uplift_joint, confounding_of_several_arms_is_removed) {
    trial *t = trial_new(1);
    for (int is_known = 0; is_known < 2; is_known++) {
        td_uplift_pair_report report[2];
        t->data.propensity = is_known ? t->propensity : NULL;
        td_uplift_model *model = fit(t, TD_UPLIFT_FOREST, 0, 2, report);
        cr_assert_gt(report[0].mean_treated - report[0].mean_control, 1.4);
        cr_assert_float_eq(report[0].mean_effect, 0.5, 0.12, "%g", report[0].mean_effect);
        cr_assert_float_eq(report[1].mean_effect, -0.5, 0.12, "%g", report[1].mean_effect);
        cr_assert_eq(report[0].is_estimated, !is_known);
        if (is_known) cr_assert(report[0].low == 0.25 && report[0].high == 0.6);
        td_uplift_model_free(model);
    }
    trial_free(t);
}

Test(uplift_joint, bytes_do_not_depend_on_threads_and_errors_are_those_of_the_arms) {
    trial *t = trial_new(0);
    char *bytes[2];
    uint64_t n[2];
    for (int k = 0; k < 2; k++) {
        td_uplift_model *model = fit(t, TD_UPLIFT_FOREST, 0, 1 + 4 * k, NULL);
        cr_assert_eq(td_uplift_to_bytes(&bytes[k], &n[k], model, NULL), TD_OK);
        td_uplift_model_free(model);
    }
    cr_assert(n[0] == n[1] && memcmp(bytes[0], bytes[1], n[0]) == 0);
    td_mem_free(bytes[0]);
    td_mem_free(bytes[1]);
    t->data.propensity = t->propensity;
    t->propensity[2 * N + 7] = 1;
    td_uplift_params params = td_uplift_params_default();
    params.learner = TD_UPLIFT_TREE;
    td_uplift_model *model;
    td_error err = {0};
    cr_assert_eq(td_uplift_fit(&model, NULL, &t->data, &params, NULL, &err), TD_ERR_RANGE);
    cr_assert_str_eq(err.text, "row 8: the propensity of arm 'call' is 1 and that of 'any other' "
                               "0; both must lie inside (0, 1), or the row says nothing about the "
                               "effect");
    trial_free(t);
    cr_assert_eq(td_mem_live_bytes(), 0);
}

Test(uplift_joint, every_failing_allocation_is_reported_and_nothing_stays) {
    trial *t = trial_new(0);
    uint64_t live = td_mem_live_bytes();
    td_uplift_params params = td_uplift_params_default();
    params.learner = TD_UPLIFT_TREE;
    params.propensity = TD_PROPENSITY_SHARE;
    params.trees = td_test_params("max_depth=2");
    td_status status = TD_ERR_NOMEM;
    for (uint64_t n = 1; status != TD_OK; n += 1 + n / 16) {
        td_uplift_model *model = NULL;
        td_mem_fail_after(n);
        status = td_uplift_fit(&model, NULL, &t->data, &params, NULL, NULL);
        td_mem_fail_after(0);
        cr_assert(status == TD_OK || status == TD_ERR_NOMEM);
        td_uplift_model_free(model);
        cr_assert_eq(td_mem_live_bytes(), live, "allocation %llu", (unsigned long long)n);
    }
    trial_free(t);
}
