/* Effect trees and forests: hand cases, honesty, categories, threads, standard errors, refusals. */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/matrix.h"
#include "datasets/causal_generators.h"
#include "gbdt/binning.h"
#include "gbdt/tree.h"
#include "tests/support/rows.h"
#include "uplift/tree_parts.h"

static double gain_of(td_uplift_criterion criterion, int is_normalised, const td_arm_sum *left,
                      const td_arm_sum *right, uint32_t n_arms) {
    td_forest_params params = td_forest_params_tree();
    params.criterion = criterion;
    params.is_normalised = is_normalised;
    params.shrinkage = 0;
    td_effect_rule rule = {&params, n_arms};
    td_arm_sum node[8];
    for (uint32_t a = 0; a < n_arms; a++) {
        node[a] = left[a];
        td_arm_sum_add(&node[a], &right[a]);
    }
    double rate[8];
    td_arm_rates(rate, node, NULL, &rule);
    td_effect_sides sides = {left, right, rate};
    return td_effect_gain(&sides, &rule);
}

/* Control 50 + 50 rows with rates 0.2, 0.4 (node 0.3); treated 50 + 50 with 0.6, 0.2 (node 0.4). */
static const td_arm_sum hand_left[2] = {{50, 10, 50}, {50, 30, 50}};
static const td_arm_sum hand_right[2] = {{50, 20, 50}, {50, 10, 50}};

Test(uplift_forest, gains_by_hand) {
    const td_arm_sum *l = hand_left, *r = hand_right;
    /* euclidean: (2 * 0.16 + 2 * 0.04)/2 - 2 * 0.01 */
    cr_assert_float_eq(gain_of(TD_UPLIFT_EUCLIDEAN, 0, l, r, 2), 0.18, 1e-15);
    /* chi2: (0.16/0.16 + 0.04/0.24)/2 - 0.01/0.21 */
    double chi2 = (1 + 1.0 / 6) / 2 - 1.0 / 21;
    cr_assert_float_eq(gain_of(TD_UPLIFT_CHI2, 0, l, r, 2), chi2, 1e-14);
    double kl = (.6 * log(3) + .4 * log(.5) + .2 * log(.5) + .8 * log(.8 / .6)) / 2 -
                .4 * log(.4 / .3) - .6 * log(.6 / .7);
    cr_assert_float_eq(gain_of(TD_UPLIFT_KL, 0, l, r, 2), kl, 1e-14);
    /* cts: (0.6 + 0.4)/2 - 0.4; ddp: |0.4 - (-0.2)| */
    cr_assert_float_eq(gain_of(TD_UPLIFT_CTS, 1, l, r, 2), 0.1, 1e-15);
    cr_assert_float_eq(gain_of(TD_UPLIFT_DDP, 1, l, r, 2), 0.6, 1e-15);
}

/* All arms halved: d = 0, so I = Gini(1/2) + 1/2 = 1 (entropy: log 2 + 1/2). */
Test(uplift_forest, normalisation_of_an_even_split_by_hand) {
    cr_assert_float_eq(gain_of(TD_UPLIFT_EUCLIDEAN, 1, hand_left, hand_right, 2), 0.18, 1e-15);
    double raw = gain_of(TD_UPLIFT_KL, 0, hand_left, hand_right, 2);
    double divided = gain_of(TD_UPLIFT_KL, 1, hand_left, hand_right, 2);
    cr_assert_float_eq(divided, raw / (log(2) + .5), 1e-14);
}

/* Treated 80 left, 20 right; control 40, 60: I = Gini(1/2) 2 (0.8 - 0.4)^2 + 0.32/2 + 0.48/2 + 1/2
 * = 0.16 + 0.4 + 0.5 = 1.06; rates 0.5 and 0.25 (treated), 0.25 and 0.5 (control): node 0.45, 0.4;
 * gain (120 * 2 * 0.0625 + 80 * 2 * 0.0625)/200 - 2 * 0.0025 = 0.12. */
Test(uplift_forest, normalisation_punishes_parting_the_arms) {
    const td_arm_sum left[2] = {{40, 10, 40}, {80, 40, 80}};
    const td_arm_sum right[2] = {{60, 30, 60}, {20, 5, 20}};
    cr_assert_float_eq(gain_of(TD_UPLIFT_EUCLIDEAN, 1, left, right, 2), 0.12 / 1.06, 1e-14);
}

Test(uplift_forest, shrinkage_by_hand) {
    td_forest_params params = td_forest_params_tree();
    params.shrinkage = 10;
    td_effect_rule rule = {&params, 2};
    const td_arm_sum sums[2] = {{10, 5, 10}, {0, 0, 0}};
    double parent[2] = {.1, .7}, rate[2];
    td_arm_rates(rate, sums, parent, &rule);
    cr_assert_float_eq(rate[0], .3, 1e-15);
    cr_assert_float_eq(rate[1], .7, 1e-15);
}

typedef struct forest {
    td_binned *binned;
    td_model *model[4];
    uint32_t n_arms;
} forest;

static forest fit(const td_matrix_view *view, const uint32_t *arm, uint32_t n_arms,
                  const td_forest_params *params, int n_threads) {
    forest f = {.n_arms = n_arms};
    td_train_params trees = td_train_params_default();
    trees.objective = TD_OBJECTIVE_REGRESSION;
    trees.min_data_in_bin = 1;
    td_exec exec = {.n_threads = n_threads};
    td_error err = {0};
    cr_assert_eq(td_binned_build(&f.binned, view, &trees, &exec, &err), TD_OK, "%s", err.text);
    td_forest_rows rows = {.binned = f.binned, .arm = arm, .n_arms = n_arms};
    cr_assert_eq(td_forest_fit(f.model, &rows, params, &exec, &err), TD_OK, "%s", err.text);
    return f;
}

static void forest_free(forest *f) {
    td_binned_free(f->binned);
    for (uint32_t a = 1; a < f->n_arms; a++) td_model_free(f->model[a - 1]);
}

/* x = 0: control 0 0 1 1, treated 1 1 1 1 (+0.5); x = 1: control 1 1 0 0, treated 0 0 0 0
 * (-0.5). */
Test(uplift_forest, one_split_by_hand) {
    td_test_rows rows = td_test_rows_new(16, 2);
    uint32_t arm[16];
    for (uint32_t i = 0; i < 16; i++) {
        double x = i < 8 ? 0 : 1;
        arm[i] = i / 4 % 2;
        rows.table.column[1].number[i] = x;
        rows.label[i] = arm[i] == 1 ? 1 - x : (i % 4 < 2) == (x > 0);
    }
    td_forest_params params = td_forest_params_tree();
    params.min_rows = 4;
    params.min_arm_rows = 2;
    params.shrinkage = 0;
    params.max_depth = 3;
    forest f = fit(&rows.view, arm, 2, &params, 1);
    const td_tree *tree = &f.model[0]->tree[0];
    cr_assert_eq(tree->n_leaves, 2);
    cr_assert_eq(tree->node[0].feature, 1);
    cr_assert_float_eq(tree->leaf_value[0], 0.5, 1e-15);
    cr_assert_float_eq(tree->leaf_value[1], -0.5, 1e-15);
    cr_assert_eq(tree->leaf_rows[0], 8);
    forest_free(&f);
    td_test_rows_free(&rows);
    cr_assert_eq(td_mem_live_bytes(), 0);
}

/* Effect +1 for levels c1 and c3, -1 for c0 and c2, missing rows like c0. */
Test(uplift_forest, categories_are_parted_by_their_effect) {
    td_test_rows rows = td_test_rows_new(400, 1);
    uint32_t arm[400];
    for (uint32_t i = 0; i < 400; i++) {
        uint32_t level = i % 5;
        arm[i] = i / 5 % 2;
        rows.table.column[0].number[i] = level == 4 ? (double)NAN : level;
        rows.label[i] = arm[i] * (level == 1 || level == 3 ? 1.0 : -1.0) + (i % 7) * 0.125;
    }
    td_test_rows_make_category(&rows, 0);
    td_forest_params params = td_forest_params_tree();
    params.min_rows = 40;
    params.shrinkage = 0;
    params.max_depth = 1;
    forest f = fit(&rows.view, arm, 2, &params, 1);
    double effect[400];
    td_error err = {0};
    cr_assert_eq(td_predict(effect, f.model[0], &rows.view, TD_SCORE_RAW, NULL, &err), TD_OK, "%s",
                 err.text);
    for (uint32_t i = 0; i < 400; i++) {
        uint32_t level = i % 5;
        cr_assert_float_eq(effect[i], level == 1 || level == 3 ? 1 : -1, 0.1);
    }
    forest_free(&f);
    td_test_rows_free(&rows);
}

/* Arms 1 and 2 against 0: effect of arm 1 is x, of arm 2 is -x. */
Test(uplift_forest, every_arm_has_its_own_effect) {
    td_test_rows rows = td_test_rows_new(3000, 1);
    static uint32_t arm[3000];
    td_rng rng = td_rng_stream(5, "test", 0, 0);
    for (uint32_t i = 0; i < 3000; i++) {
        double x = td_rng_uniform(&rng) < .5 ? -1 : 1;
        arm[i] = (uint32_t)td_rng_below(&rng, 3);
        rows.table.column[0].number[i] = x;
        rows.label[i] = (arm[i] == 1 ? x : arm[i] == 2 ? -x : 0) + .5 * td_rng_normal(&rng);
    }
    td_forest_params params = td_forest_params_default();
    params.n_trees = 20;
    forest f = fit(&rows.view, arm, 3, &params, 2);
    static double one[3000], two[3000];
    cr_assert_eq(td_predict(one, f.model[0], &rows.view, TD_SCORE_RAW, NULL, NULL), TD_OK);
    cr_assert_eq(td_predict(two, f.model[1], &rows.view, TD_SCORE_RAW, NULL, NULL), TD_OK);
    for (uint32_t i = 0; i < 3000; i++) {
        double x = rows.table.column[0].number[i];
        cr_assert_float_eq(one[i], x, .15); /* sd of a side's difference: 0.5 sqrt(2/500) = 0.03 */
        cr_assert_float_eq(two[i], -x, .15);
    }
    forest_free(&f);
    td_test_rows_free(&rows);
}

typedef struct drawn {
    td_causal_data data;
    const td_column **feature;
    td_matrix_view view;
    uint32_t *arm;
} drawn;

static drawn draw(const char *name, uint64_t n, uint64_t seed) {
    drawn d = {0};
    td_causal_params params = td_causal_params_default(name);
    params.n_rows = n;
    params.seed = seed;
    td_error err = {0};
    cr_assert_eq(td_causal_draw(&d.data, &params, NULL, &err), TD_OK, "%s", err.text);
    d.arm = td_mem_array(n, sizeof *d.arm, NULL);
    for (uint64_t i = 0; i < n; i++) d.arm[i] = d.data.treatment[i] > 0;
    d.feature = td_mem_array(d.data.table.n_columns, sizeof *d.feature, NULL);
    d.view = td_table_view(&d.data.table, d.feature, d.data.outcome);
    return d;
}

static void drawn_free(drawn *d) {
    td_causal_data_free(&d->data);
    td_mem_free(d->arm);
    td_mem_free(d->feature);
}

static double pehe(const double *effect, const drawn *d) {
    double sum = 0;
    uint64_t n = d->view.n_rows;
    for (uint64_t i = 0; i < n; i++) {
        sum += (effect[i] - d->data.effect[i]) * (effect[i] - d->data.effect[i]);
    }
    return sqrt(sum / (double)n);
}

/* Every kind of forest, also with few rows, has the same bytes for 1, 2 and 5 threads. */
Test(uplift_forest, threads_do_not_change_a_bit) {
    drawn d = draw("causalml2", 900, 3);
    for (int kind = 0; kind < 3; kind++) {
        td_forest_params params = td_forest_params_default();
        params.n_trees = 12;
        params.n_candidates = 2;
        params.is_honest = kind != 1;
        if (kind == 2) params.with_replacement = 1, params.bag_size = 1;
        char *first = NULL;
        uint64_t n_first = 0;
        for (int threads = 1; threads <= 5; threads += threads == 1 ? 1 : 3) {
            forest f = fit(&d.view, d.arm, 2, &params, threads);
            char *bytes;
            uint64_t n;
            cr_assert_eq(td_model_to_bytes(&bytes, &n, f.model[0], NULL), TD_OK);
            if (first != NULL) {
                cr_assert_eq(n, n_first);
                cr_assert_eq(memcmp(bytes, first, n), 0);
            }
            forest_free(&f);
            td_mem_free(first);
            first = bytes;
            n_first = n;
        }
        td_mem_free(first);
    }
    drawn_free(&d);
    cr_assert_eq(td_mem_live_bytes(), 0);
}

Test(uplift_forest, saved_and_read_predicts_the_same) {
    drawn d = draw("causalml2", 800, 4);
    td_forest_params params = td_forest_params_default();
    params.n_trees = 10;
    forest f = fit(&d.view, d.arm, 2, &params, 1);
    char *bytes;
    uint64_t n;
    td_error err = {0};
    td_model *again;
    cr_assert_eq(td_model_to_bytes(&bytes, &n, f.model[0], &err), TD_OK, "%s", err.text);
    cr_assert_eq(td_model_from_bytes(&again, bytes, n, &err), TD_OK, "%s", err.text);
    double a[800], b[800];
    cr_assert_eq(td_predict(a, f.model[0], &d.view, TD_SCORE_RAW, NULL, &err), TD_OK);
    cr_assert_eq(td_predict(b, again, &d.view, TD_SCORE_RAW, NULL, &err), TD_OK);
    cr_assert_eq(memcmp(a, b, sizeof a), 0);
    td_mem_free(bytes);
    td_model_free(again);
    forest_free(&f);
    drawn_free(&d);
}

/* On a trial with a strong effect (sd of tau 1.08) the forest is far closer to the truth than the
 * constant; new rows, not those it was grown on. */
Test(uplift_forest, learns_the_effect_of_a_trial) {
    drawn d = draw("causalml2", 4000, 5), fresh = draw("causalml2", 2000, 6);
    td_forest_params params = td_forest_params_default();
    params.n_trees = 100;
    forest f = fit(&d.view, d.arm, 2, &params, 2);
    static double effect[2000], constant[2000];
    cr_assert_eq(td_predict(effect, f.model[0], &fresh.view, TD_SCORE_RAW, NULL, NULL), TD_OK);
    double mean = 0;
    for (int i = 0; i < 2000; i++) mean += fresh.data.effect[i] / 2000;
    for (int i = 0; i < 2000; i++) constant[i] = mean;
    cr_assert_lt(pehe(effect, &fresh), 0.6 * pehe(constant, &fresh));
    forest_free(&f);
    drawn_free(&d);
    drawn_free(&fresh);
}

/* Where effects hardly vary, an honest forest's standard errors must be of the size of its
 * errors. */
Test(uplift_forest, standard_errors_have_the_size_of_the_errors) {
    drawn d = draw("grf_aw2", 2000, 7), fresh = draw("grf_aw2", 500, 8);
    td_forest_params params = td_forest_params_default();
    params.n_trees = 400;
    params.min_rows = 100;
    forest f = fit(&d.view, d.arm, 2, &params, 2);
    double effect[500], se[500], plain[500];
    td_forest_effects out = {effect, se};
    td_error err = {0};
    cr_assert_eq(td_forest_spread(out, f.model[0], 2, &fresh.view, NULL, &err), TD_OK, "%s",
                 err.text);
    cr_assert_eq(td_predict(plain, f.model[0], &fresh.view, TD_SCORE_RAW, NULL, &err), TD_OK);
    int covered = 0;
    for (int i = 0; i < 500; i++) {
        cr_assert_float_eq(effect[i], plain[i], 1e-12);
        cr_assert(se[i] > 0 && se[i] < 1);
        covered += fabs(effect[i] - fresh.data.effect[i]) <= 3 * se[i];
    }
    cr_assert_gt(covered, 450, "%d",
                 covered); /* of one sample the points are dependent: a wide margin */
    forest_free(&f);
    drawn_free(&d);
    drawn_free(&fresh);
}

static void refuse(const drawn *d, const td_forest_rows *rows, td_forest_params params,
                   td_status wanted, const char *text) {
    td_model *model[4];
    td_error err = {0};
    (void)d;
    cr_assert_eq(td_forest_fit(model, rows, &params, NULL, &err), wanted, "%s", err.text);
    cr_assert_not_null(strstr(err.text, text), "%s", err.text);
}

Test(uplift_forest, impossible_requests_are_named) {
    drawn d = draw("causalml2", 60, 9);
    td_forest_params p = td_forest_params_default();
    p.n_trees = 4;
    forest f = fit(&d.view, d.arm, 2, &p, 1);
    td_forest_rows rows = {.binned = f.binned, .arm = d.arm, .n_arms = 2};
    td_forest_params bad = p;
    bad.criterion = TD_UPLIFT_KL;
    refuse(&d, &rows, bad, TD_ERR_ARG, "row 1: outcome");
    bad = p;
    bad.n_trees = 5;
    refuse(&d, &rows, bad, TD_ERR_ARG, "5 trees cannot stand in bags of 2");
    bad = p;
    bad.sample_fraction = 0.7;
    refuse(&d, &rows, bad, TD_ERR_ARG, "0.7, is not in (0, 0.5]");
    bad = p;
    bad.with_replacement = 1;
    refuse(&d, &rows, bad, TD_ERR_ARG, "do not go with bags");
    rows.n_arms = 3;
    refuse(&d, &rows, p, TD_ERR_SHAPE, "arm 2 of 3 has no rows");
    rows.n_arms = 2;
    d.arm[7] = 2;
    refuse(&d, &rows, p, TD_ERR_RANGE, "row 8: arm 2 of 2");
    d.arm[7] = 1;
    uint32_t cluster[60] = {0};
    cluster[4] = 2;
    rows.cluster = cluster;
    rows.n_clusters = 2;
    refuse(&d, &rows, p, TD_ERR_RANGE, "row 5: cluster 2 of 2");
    rows.n_clusters = 61;
    refuse(&d, &rows, p, TD_ERR_ARG, "61 clusters for 60 rows");
    rows.n_clusters = 3;
    bad.bag_size = 1;
    refuse(&d, &rows, bad, TD_ERR_ARG, "rows with repeats do not go with clusters");
    double se[60], effect[60];
    td_forest_effects out = {effect, se};
    td_error err = {0};
    cr_assert_eq(td_forest_spread(out, f.model[0], 1, &d.view, NULL, &err), TD_ERR_ARG);
    cr_assert_not_null(strstr(err.text, "4 trees in bags of 1"));
    td_uplift_criterion criterion;
    cr_assert_eq(td_uplift_criterion_find(&criterion, "gini", &err), TD_ERR_ARG);
    cr_assert_eq(td_uplift_criterion_find(&criterion, "cts", &err), TD_OK);
    cr_assert_eq(criterion, TD_UPLIFT_CTS);
    forest_free(&f);
    drawn_free(&d);
}

Test(uplift_forest, every_failing_allocation_leaves_nothing) {
    drawn d = draw("causalml2", 80, 10);
    td_forest_params p = td_forest_params_default();
    p.n_trees = 2;
    forest f = fit(&d.view, d.arm, 2, &p, 1);
    td_forest_rows rows = {.binned = f.binned, .arm = d.arm, .n_arms = 2};
    uint64_t before = td_mem_live_bytes();
    td_status status = TD_ERR_NOMEM;
    uint64_t n = 1;
    for (; status != TD_OK && n < 1000; n++) {
        td_model *model[1];
        td_mem_fail_after(n);
        status = td_forest_fit(model, &rows, &p, NULL, NULL);
        td_mem_fail_after(0);
        if (status == TD_OK) td_model_free(model[0]);
        cr_assert_eq(td_mem_live_bytes(), before, "allocation %llu", (unsigned long long)n);
    }
    cr_assert_eq(status, TD_OK);
    cr_assert_gt(n, 20);
    forest_free(&f);
    drawn_free(&d);
}

/* The learner: fitted through the common door, saved, read, asked for standard errors. */
Test(uplift_forest, only_the_forest_gives_standard_errors) {
    drawn d = draw("causalml2", 600, 12);
    static const char *const names[] = {"0", "1"};
    td_uplift_data data = {.rows = d.view, .arm = d.arm, .n_arms = 2, .arm_name = names};
    td_uplift_params params = td_uplift_params_default();
    params.propensity = TD_PROPENSITY_SHARE;
    double effect[600], se[600], plain[600];
    td_forest_effects out = {effect, se};
    td_error err = {0};
    for (int k = 0; k < 2; k++) {
        td_uplift_model *model;
        params.learner = k == 0 ? TD_UPLIFT_TREE : TD_UPLIFT_FOREST;
        cr_assert_eq(td_uplift_fit(&model, NULL, &data, &params, NULL, &err), TD_OK, "%s",
                     err.text);
        td_status status = td_uplift_spread(out, model, 1, &d.view, NULL, &err);
        cr_assert_eq(status, k == 0 ? TD_ERR_ARG : TD_OK);
        if (k == 1) {
            cr_assert_eq(td_uplift_predict(plain, model, &d.view, NULL, NULL, &err), TD_OK);
            for (int i = 0; i < 600; i++) cr_assert_float_eq(plain[i], effect[i], 1e-12);
            cr_assert_eq(td_uplift_spread(out, model, 2, &d.view, NULL, &err), TD_ERR_ARG);
        }
        td_uplift_model_free(model);
    }
    drawn_free(&d);
    cr_assert_eq(td_mem_live_bytes(), 0);
}

static double sum_of_effects(const drawn *d, const td_forest_rows *rows,
                             const td_forest_params *params, int n_threads) {
    double effect[300], sum = 0;
    td_model *model[1];
    td_error err = {0};
    td_exec exec = {.n_threads = n_threads};
    cr_assert_eq(td_forest_fit(model, rows, params, &exec, &err), TD_OK, "%s", err.text);
    cr_assert_eq(td_predict(effect, model[0], &d->view, TD_SCORE_RAW, NULL, &err), TD_OK);
    td_model_free(model[0]);
    for (int i = 0; i < 300; i++) sum += (i + 1) * effect[i];
    return sum;
}

/* Clusters of one row draw what rows draw; of three rows something else, for any threads. A tree of
 * all rows, not honest, draws nothing. */
Test(uplift_forest, clusters_are_drawn_whole) {
    drawn d = draw("causalml2", 300, 12);
    td_forest_params p = td_forest_params_default(), tree = td_forest_params_tree();
    p.n_trees = 20;
    tree.min_rows = 20;
    forest f = fit(&d.view, d.arm, 2, &p, 1);
    uint32_t own[300], three[300];
    for (uint32_t i = 0; i < 300; i++) {
        own[i] = i;
        three[i] = i % 100;
    }
    td_forest_rows rows = {.binned = f.binned, .arm = d.arm, .n_arms = 2};
    td_forest_rows alone = rows, by_three = rows;
    alone.cluster = own;
    alone.n_clusters = 300;
    by_three.cluster = three;
    by_three.n_clusters = 100;
    double plain = sum_of_effects(&d, &rows, &p, 1);
    cr_assert_eq(sum_of_effects(&d, &alone, &p, 1), plain);
    cr_assert_neq(sum_of_effects(&d, &by_three, &p, 1), plain);
    cr_assert_eq(sum_of_effects(&d, &by_three, &p, 1), sum_of_effects(&d, &by_three, &p, 3));
    cr_assert_eq(sum_of_effects(&d, &by_three, &tree, 1), sum_of_effects(&d, &rows, &tree, 1));
    forest_free(&f);
    drawn_free(&d);
    cr_assert_eq(td_mem_live_bytes(), 0);
}
