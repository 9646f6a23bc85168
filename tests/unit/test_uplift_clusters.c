/* tests/unit/test_uplift_clusters.c: rows of one cluster never stand on both sides of a fold.
 *
 * The trap of these tables: a feature tells the cluster, and all rows of a cluster share one
 * outcome. A model that has seen a sister row knows the answer; one that has not knows nothing. */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "core/base/mem.h"
#include "tests/support/rows.h"
#include "uplift/half_samples.h"
#include "uplift/nuisance.h"
#include "uplift/pair.h"

enum { N = 2000, SISTERS = 8, N_CLUSTERS = N / SISTERS };

static const char *const NAMES[] = {"control", "mail"};

typedef struct visitors {
    td_test_rows rows;
    uint32_t arm[N], cluster[N];
    td_uplift_data data;
} visitors;

/* Cluster c has f0 = c and one outcome; with is_mixed its rows are in both arms by turns. */
static visitors *visitors_new(int is_mixed, int is_binary) {
    visitors *v = td_mem_zeroed(1, sizeof *v, NULL);
    v->rows = td_test_rows_new(N, 2);
    td_rng rng = td_rng_stream(5, "test", 0, 0);
    double outcome[N_CLUSTERS], coin[N_CLUSTERS];
    for (int c = 0; c < N_CLUSTERS; c++) {
        outcome[c] = is_binary ? td_rng_uniform(&rng) < 0.3 : td_rng_normal(&rng);
        coin[c] = td_rng_uniform(&rng) < 0.5;
    }
    for (uint32_t i = 0; i < N; i++) {
        uint32_t c = i % N_CLUSTERS; /* sisters lie far apart */
        v->cluster[i] = c;
        v->arm[i] = is_mixed ? i / N_CLUSTERS % 2 : (uint32_t)coin[c];
        v->rows.table.column[0].number[i] = c;
        v->rows.table.column[1].number[i] = td_rng_uniform(&rng);
        v->rows.label[i] = outcome[c];
    }
    v->data = (td_uplift_data){.rows = v->rows.view,
                               .arm = v->arm,
                               .n_arms = 2,
                               .arm_name = NAMES,
                               .cluster = v->cluster,
                               .n_clusters = N_CLUSTERS};
    return v;
}

static void visitors_free(visitors *v) {
    td_test_rows_free(&v->rows);
    td_mem_free(v);
}

static td_uplift_params params_of(td_uplift_learner learner) {
    td_uplift_params params = td_uplift_params_default();
    params.learner = learner;
    params.propensity = TD_PROPENSITY_SHARE;
    params.trees = td_test_params("num_iterations=60 num_leaves=127 min_data_in_leaf=2 "
                                  "min_sum_hessian_in_leaf=0.000001 learning_rate=0.3");
    return params;
}

Test(uplift_clusters, a_cluster_has_one_fold_and_folds_are_even) {
    for (int is_mixed = 0; is_mixed < 2; is_mixed++) {
        visitors *v = visitors_new(is_mixed, 1);
        td_uplift_params params = params_of(TD_UPLIFT_DR);
        td_pair pair = {.is_binary = 1};
        td_error err = {0};
        cr_assert_eq(td_pair_init(&pair, &v->data, 1, &params, NULL, &err), TD_OK, "%s", err.text);
        cr_assert_eq(pair.is_mixed, is_mixed);
        int n[5] = {0}, ones[5] = {0};
        for (int i = 0; i < N; i++) {
            cr_assert_eq(pair.fold[i], pair.fold[i % N_CLUSTERS], "row %d", i);
            n[pair.fold[i]]++;
            ones[pair.fold[i]] += v->rows.label[i] == 1;
        }
        for (int k = 0; k < 5; k++) {
            cr_expect_lt(abs(n[k] - N / 5), 5 * SISTERS, "fold %d has %d rows", k, n[k]);
            cr_expect_lt(abs(ones[k] - ones[0]), 5 * SISTERS, "fold %d", k);
        }
        td_pair_free(&pair);
        visitors_free(v);
    }
    cr_expect_eq(td_mem_live_bytes(), 0);
}

/* Mean squared residual of the outcome models, in units of the outcome's variance. */
static double unexplained(visitors *v, const uint32_t *cluster) {
    td_uplift_params params = params_of(TD_UPLIFT_DR);
    td_nuisance nuisance;
    td_error err = {0};
    v->data.cluster = cluster;
    cr_assert_eq(td_nuisance_fit(&nuisance, &v->data, &params, NULL, &err), TD_OK, "%s", err.text);
    double sum = 0, mean = 0, squares = 0;
    for (uint64_t i = 0; i < N; i++) mean += nuisance.outcome[i] / N;
    for (uint64_t i = 0; i < N; i++) {
        double mu = nuisance.treated[i] > 0 ? nuisance.mu1[i] : nuisance.mu0[i];
        sum += (nuisance.outcome[i] - mu) * (nuisance.outcome[i] - mu);
        squares += (nuisance.outcome[i] - mean) * (nuisance.outcome[i] - mean);
    }
    td_nuisance_free(&nuisance);
    return sum / squares;
}

/* Without clusters the answers out of fold come from models that have seen sister rows: a leak that
 * explains nearly everything. */
Test(uplift_clusters, outcome_models_have_not_seen_sister_rows) {
    visitors *v = visitors_new(0, 0);
    cr_expect_lt(unexplained(v, NULL), 0.2, "rows by themselves leak");
    cr_expect_gt(unexplained(v, v->cluster), 0.9, "folds by cluster do not");
    visitors_free(v);
    cr_expect_eq(td_mem_live_bytes(), 0);
}

/* The outcome of a mixed cluster does not depend on the arm, so every effect is 0. X imputes
 * y - mu(x): with sister rows on the other side that is 0 in each row; without, it is noise. Only
 * the second is an honest picture of what is known, and R and DR show it the same way. */
Test(uplift_clusters, effects_out_of_fold_differ_from_those_that_saw_sisters) {
    static const td_uplift_learner learners[] = {TD_UPLIFT_X, TD_UPLIFT_R, TD_UPLIFT_DR};
    visitors *v = visitors_new(1, 0);
    for (int k = 0; k < 3; k++) {
        td_uplift_params params = params_of(learners[k]);
        double spread[2] = {0, 0}, *effect = td_mem_array(N, sizeof *effect, NULL);
        for (int has_clusters = 0; has_clusters < 2; has_clusters++) {
            td_uplift_model *model;
            td_error err = {0};
            v->data.cluster = has_clusters ? v->cluster : NULL;
            cr_assert_eq(td_uplift_fit(&model, NULL, &v->data, &params, NULL, &err), TD_OK, "%s",
                         err.text);
            cr_assert_eq(td_uplift_predict(effect, model, &v->data.rows, NULL, NULL, &err), TD_OK);
            for (int i = 0; i < N; i++) spread[has_clusters] += effect[i] * effect[i] / N;
            td_uplift_model_free(model);
        }
        cr_expect_gt(spread[1], 2 * spread[0], "learner %d: %g with clusters, %g without", k,
                     spread[1], spread[0]);
        td_mem_free(effect);
    }
    visitors_free(v);
    cr_expect_eq(td_mem_live_bytes(), 0);
}

/* Effects by models that saw no sister row know nothing of the outcome; with rows by themselves the
 * T-learner's follow it. */
Test(uplift_clusters, crosspredicted_effects_have_not_seen_sister_rows) {
    visitors *v = visitors_new(0, 0);
    td_uplift_params params = params_of(TD_UPLIFT_T);
    double *effect = td_mem_array(N, sizeof *effect, NULL), follows[2] = {0, 0};
    for (int has_clusters = 0; has_clusters < 2; has_clusters++) {
        td_error err = {0};
        v->data.cluster = has_clusters ? v->cluster : NULL;
        cr_assert_eq(td_uplift_crosspredict(effect, &v->data, &params, 5, NULL, &err), TD_OK, "%s",
                     err.text);
        for (int i = 0; i < N; i++) {
            double sign = v->arm[i] == 1 ? 1 : -1;
            follows[has_clusters] += sign * effect[i] * v->rows.label[i] / N;
        }
    }
    cr_expect_gt(follows[0], 0.5, "%g", follows[0]);
    cr_expect_lt(fabs(follows[1]), 0.3, "%g", follows[1]);
    td_mem_free(effect);
    visitors_free(v);
}

Test(uplift_clusters, half_samples_take_whole_clusters) {
    visitors *v = visitors_new(0, 0);
    td_uplift_params params = params_of(TD_UPLIFT_T);
    params.trees = td_test_params("num_iterations=1 num_leaves=2 min_data_in_leaf=900");
    td_half_samples job = {&v->data, &params, &v->data.rows, NULL, 60};
    double *se = td_mem_array(2 * N, sizeof *se, NULL);
    td_error err = {0};
    cr_assert_eq(td_uplift_half_samples(se, &job, NULL, &err), TD_OK, "%s", err.text);
    v->data.cluster = NULL;
    cr_assert_eq(td_uplift_half_samples(se + N, &job, NULL, &err), TD_OK, "%s", err.text);
    /* eight equal rows a cluster: a difference in means errs sqrt(8) times as far */
    cr_expect_gt(se[0], 2 * se[N]);
    cr_expect_lt(se[0], 4 * se[N]);
    td_mem_free(se);
    visitors_free(v);
    cr_expect_eq(td_mem_live_bytes(), 0);
}

static void expect_refusal(const td_uplift_data *data, td_uplift_learner learner, td_status status,
                           const char *text) {
    td_uplift_params params = params_of(learner);
    td_uplift_model *model;
    td_error err = {0};
    cr_expect_eq(td_uplift_fit(&model, NULL, data, &params, NULL, &err), status, "%s", err.text);
    cr_expect(strstr(err.text, text) != NULL, "%s", err.text);
}

Test(uplift_clusters, too_few_clusters_are_named) {
    visitors *v = visitors_new(0, 1);
    v->cluster[6] = N_CLUSTERS;
    expect_refusal(&v->data, TD_UPLIFT_DR, TD_ERR_RANGE, "row 7: cluster 250 of 250");
    /* all treated rows are one visitor's */
    for (int i = 0; i < N; i++) v->cluster[i] = v->arm[i] == 1 ? 0 : 1 + (uint32_t)i % 200;
    expect_refusal(&v->data, TD_UPLIFT_R, TD_ERR_NUMERIC, "rows of arm 'mail' all stand in");
    /* all treated rows with outcome 1 are */
    for (int i = 0; i < N; i++) {
        int is_one = v->arm[i] == 1 && v->rows.label[i] == 1;
        v->cluster[i] = is_one ? 0 : 1 + (uint32_t)i % 200;
    }
    expect_refusal(&v->data, TD_UPLIFT_DR, TD_ERR_NUMERIC,
                   "rows with outcome 1 of arm mail all stand in clusters of one fold");
    visitors_free(v);
    cr_expect_eq(td_mem_live_bytes(), 0);
}

/* Mean standard error of a forest's effects. */
static double mean_spread(const td_uplift_data *data, td_uplift_params params) {
    static double effect[N], se[N];
    td_uplift_model *model;
    td_uplift_pair_report report;
    td_error err = {0};
    cr_assert_eq(td_uplift_fit(&model, &report, data, &params, NULL, &err), TD_OK, "%s", err.text);
    td_forest_effects out = {effect, se};
    cr_assert_eq(td_uplift_spread(out, model, 1, &data->rows, NULL, &err), TD_OK, "%s", err.text);
    td_uplift_model_free(model);
    double sum = 0;
    for (int i = 0; i < N; i++) sum += se[i];
    return sum / N;
}

/* Eight sisters of one arm and one outcome are one piece of news: bags of rows take them for eight,
 * and their spread falls short by up to sqrt(8). Clusters of one row are no clusters. */
Test(uplift_clusters, a_forest_draws_whole_clusters) {
    visitors *v = visitors_new(0, 0);
    td_uplift_params params = td_uplift_params_default();
    params.learner = TD_UPLIFT_FOREST;
    params.propensity = TD_PROPENSITY_SHARE;
    params.trees = td_test_params("num_iterations=200 max_depth=2 min_data_in_leaf=100");
    double by_cluster = mean_spread(&v->data, params);
    v->data.cluster = NULL;
    double by_row = mean_spread(&v->data, params);
    cr_assert_gt(by_cluster, 1.5 * by_row, "%g by cluster, %g by row", by_cluster, by_row);
    visitors_free(v);
    cr_assert_eq(td_mem_live_bytes(), 0);
}
