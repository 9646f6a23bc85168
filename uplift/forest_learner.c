/* uplift/forest_learner.c: the effect tree and the effect forest as learners beside the others.
 *
 *   1. The rows of the pair become a subset of the shared bins (gbdt/subset.h).
 *   2. Forest: the outcome is centred, y - m(x), m = E[y | x] from models that did not see the row.
 *      The arms' difference of residuals is (1 - e) tau + e tau = tau at every x, and what the
 *      features say about the level is noise no more, nor a bias where a leaf mixes several x.
 *   3. Each row weighs its own weight / P(its arm | row), so that a node compares the two arms as
 *      if a coin of probability 1/2 had been thrown there (Hajek's form: the weights are divided by
 *      their sum within each arm of a leaf). With one probability for all this changes nothing.
 *   4. tree: one tree on all rows, normalised criterion, shrunken, depth 5.
 *      forest: 500 honest trees in bags of 2, each on half of the rows.
 *
 * Criterion and honesty are the user's where given. Kullback-Leibler and chi-square compare shares
 * of 0 and 1, so their forest's outcome is not centred.
 *
 * The seed is that of the trainer's parameters, and so is the number of trees of a forest where it
 * was given (num_iterations, rounded up to even), max_depth and min_data_in_leaf. Cost: one
 * cross-fitted question and the trees. Athey, Tibshirani, Wager (2019), doi:10.1214/18-AOS1709,
 * section 6.1.1 for the centring. */
#include "core/base/mem.h"
#include "uplift/forest.h"
#include "uplift/learner.h"

enum { BAG_SIZE = 2 }; /* of a forest's trees: what td_uplift_spread counts on */

static int is_given(const td_train_params *trees, const char *name) {
    int i = td_params_find(name);
    return i >= 0 && (trees->given >> i & 1) != 0;
}

/* What the user said about trees, as far as these trees have it. */
static void take_params(td_forest_params *params, const td_uplift_params *given) {
    const td_train_params *trees = &given->trees;
    params->seed = trees->seed;
    params->criterion = given->criterion;
    if (given->honesty != TD_HONESTY_STANDARD) {
        params->is_honest = given->honesty == TD_HONESTY_YES;
    }
    if (params->n_trees > 1 && is_given(trees, "num_iterations")) {
        params->n_trees = ((uint32_t)trees->num_iterations + 1) / 2 * 2;
    }
    if (is_given(trees, "max_depth") && trees->max_depth > 0) {
        params->max_depth = (uint32_t)trees->max_depth;
    }
    if (is_given(trees, "min_data_in_leaf") && trees->min_data_in_leaf >= 2) {
        params->min_rows = (uint32_t)trees->min_data_in_leaf;
    }
}

/* arm[k] and weight[k] of the k-th row of the pair. */
static void weigh_rows(uint32_t *arm, double *weight, const td_pair *pair) {
    for (uint64_t k = 0; k < pair->n; k++) {
        uint32_t row = pair->row[k];
        double own = pair->weight != NULL ? pair->weight[row] : 1;
        arm[k] = pair->w[row] > 0;
        weight[k] = own / (arm[k] ? pair->e[row] : 1 - pair->e[row]);
    }
}

/* What the trees are made from; owned. */
typedef struct leaf_rows {
    td_binned *binned;
    uint32_t *arm;
    double *weight;
    double *label;     /* [rows of the table] */
    uint32_t *cluster; /* of the pair's rows, numbered anew; NULL = none */
    uint32_t n_clusters;
} leaf_rows;

static void leaf_rows_free(leaf_rows *rows) {
    td_binned_free(rows->binned);
    td_mem_free(rows->arm);
    td_mem_free(rows->weight);
    td_mem_free(rows->label);
    td_mem_free(rows->cluster);
}

/* Clusters that the pair has, in order of appearance: the others have no row to draw. */
static td_status number_clusters(leaf_rows *out, const td_pair *pair, td_error *err) {
    uint32_t *number; /* plus one; 0 = not met */
    TD_NEW(out->cluster, pair->n, err);
    TD_NEW_ZEROED(number, pair->n_clusters, err);
    for (uint64_t k = 0; k < pair->n; k++) {
        uint32_t c = pair->cluster[pair->row[k]];
        if (number[c] == 0) number[c] = ++out->n_clusters;
        out->cluster[k] = number[c] - 1;
    }
    td_mem_free(number);
    return TD_OK;
}

/* Steps 1 to 3. */
static td_status prepare(leaf_rows *out, const td_pair *pair, int is_centred, td_error *err) {
    TD_NEW(out->arm, pair->n, err);
    TD_NEW(out->weight, pair->n, err);
    TD_NEW_ZEROED(out->label, td_binned_rows(pair->bins), err);
    td_question level = td_question_outcome(pair, TD_SIDE_BOTH);
    if (is_centred) TD_TRY(td_crossfit(out->label, pair, &level, err));
    for (uint64_t k = 0; k < pair->n; k++) {
        uint32_t row = pair->row[k];
        out->label[row] = pair->y[row] - out->label[row];
    }
    weigh_rows(out->arm, out->weight, pair);
    if (pair->cluster != NULL) TD_TRY(number_clusters(out, pair, err));
    td_subset subset = {.row = pair->row,
                        .n_rows = pair->n,
                        .label = out->label,
                        .objective = TD_OBJECTIVE_REGRESSION};
    return td_binned_take(&out->binned, pair->bins, &subset, pair->exec, err);
}

static td_status fit_trees(td_part *out, const td_pair *pair, td_forest_params params,
                           td_error *err) {
    leaf_rows leaf = {0};
    td_uplift_criterion criterion = pair->params->criterion;
    int wants_rates = criterion == TD_UPLIFT_KL || criterion == TD_UPLIFT_CHI2;
    td_status status = prepare(&leaf, pair, params.n_trees > 1 && !wants_rates, err);
    if (status == TD_OK) {
        take_params(&params, pair->params);
        td_forest_rows rows = {.binned = leaf.binned,
                               .arm = leaf.arm,
                               .n_arms = 2,
                               .weight = leaf.weight,
                               .cluster = leaf.cluster,
                               .n_clusters = leaf.n_clusters};
        status = td_forest_fit(out->model, &rows, &params, pair->exec, err);
    }
    leaf_rows_free(&leaf);
    return status;
}

static td_status fit_tree(td_part *out, const td_pair *pair, td_error *err) {
    return fit_trees(out, pair, td_forest_params_tree(), err);
}

static td_status fit_forest(td_part *out, const td_pair *pair, td_error *err) {
    td_forest_params params = td_forest_params_default();
    params.bag_size = BAG_SIZE;
    return fit_trees(out, pair, params, err);
}

const td_learner td_learner_tree = {
    .spec = {"uplift_tree", "one tree grown for the difference of the arms, normalised criterion",
             "Rzepakowski, Jaroszewicz (2012), doi:10.1007/s10115-011-0434-0"},
    .fit = fit_tree,
    .effect = td_effect_direct,
    .uses_propensity = 1,
    .n_models = 1};

td_status td_uplift_spread(td_forest_effects out, const td_uplift_model *model, uint32_t arm,
                           const td_matrix_view *rows, const td_exec *exec, td_error *err) {
    TD_CHECK(model->learner == TD_UPLIFT_FOREST, err, TD_ERR_ARG,
             "learner '%s' has no standard errors, only uplift_forest has",
             td_uplift_spec_of(model->learner)->name);
    TD_CHECK(arm >= 1 && arm < model->n_arms, err, TD_ERR_ARG, "arm %u of %u", arm, model->n_arms);
    return td_forest_spread(out, model->part[arm - 1].model[0], BAG_SIZE, rows, exec, err);
}

const td_learner td_learner_forest = {
    .spec = {"uplift_forest", "honest trees grown for the difference of the arms, with intervals",
             "Wager, Athey (2018), doi:10.1080/01621459.2017.1319839"},
    .fit = fit_forest,
    .effect = td_effect_direct,
    .uses_propensity = 1,
    .n_models = 1};
