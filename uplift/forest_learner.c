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
 * Several arms: one set of trees for all of them, as the papers have it (a node is parted because
 * the arms' effects differ on its sides, summed over the arms; leaf values differ by arm), unless
 * each arm is wanted by itself. Then the rows are those of every arm, m(x) is their common level,
 * and a row weighs own weight / P(own arm | x), each arm's chance found against all others
 * (one_against_rest.c) and the control's the rest.
 *
 * Criterion and honesty are the user's where given. Kullback-Leibler and chi-square compare shares
 * of 0 and 1, so their forest's outcome is not centred.
 *
 * The seed is that of the trainer's parameters, and so is the number of trees of a forest where it
 * was given (num_iterations, rounded up to even), max_depth and min_data_in_leaf. Cost: one
 * cross-fitted question and the trees. Athey, Tibshirani, Wager (2019), doi:10.1214/18-AOS1709,
 * section 6.1.1 for the centring. */
#include <math.h>
#include <string.h>

#include "core/base/mem.h"
#include "uplift/forest.h"
#include "uplift/learner.h"
#include "uplift/one_against_rest.h"
#include "uplift/pair.h"

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
static void weigh_pair(uint32_t *arm, double *weight, const td_pair *pair) {
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

/* Steps 1 and 2; arm and weight are still to be filled. */
static td_status prepare(leaf_rows *out, const td_pair *pair, int is_forest, td_error *err) {
    td_uplift_criterion criterion = pair->params->criterion;
    int is_centred = is_forest && criterion != TD_UPLIFT_KL && criterion != TD_UPLIFT_CHI2;
    TD_NEW(out->arm, pair->n, err);
    TD_NEW(out->weight, pair->n, err);
    TD_NEW_ZEROED(out->label, td_binned_rows(pair->bins), err);
    td_question level = td_question_outcome(pair, TD_SIDE_BOTH);
    if (is_centred) TD_TRY(td_crossfit(out->label, pair, &level, err));
    for (uint64_t k = 0; k < pair->n; k++) {
        uint32_t row = pair->row[k];
        out->label[row] = pair->y[row] - out->label[row];
    }
    if (pair->cluster != NULL) TD_TRY(number_clusters(out, pair, err));
    td_subset subset = {.row = pair->row,
                        .n_rows = pair->n,
                        .label = out->label,
                        .objective = TD_OBJECTIVE_REGRESSION};
    return td_binned_take(&out->binned, pair->bins, &subset, pair->exec, err);
}

/* Step 4. model [n_arms - 1]. */
static td_status grow(td_model **model, const leaf_rows *leaf, uint32_t n_arms, const td_pair *pair,
                      td_forest_params params, td_error *err) {
    take_params(&params, pair->params);
    td_forest_rows rows = {.binned = leaf->binned,
                           .arm = leaf->arm,
                           .n_arms = n_arms,
                           .weight = leaf->weight,
                           .cluster = leaf->cluster,
                           .n_clusters = leaf->n_clusters};
    return td_forest_fit(model, &rows, &params, pair->exec, err);
}

static td_status fit_trees(td_part *out, const td_pair *pair, td_forest_params params,
                           td_error *err) {
    leaf_rows leaf = {0};
    td_status status = prepare(&leaf, pair, params.n_trees > 1, err);
    if (status == TD_OK) {
        weigh_pair(leaf.arm, leaf.weight, pair);
        status = grow(out->model, &leaf, 2, pair, params, err);
    }
    leaf_rows_free(&leaf);
    return status;
}

static td_forest_params forest_params(void) {
    td_forest_params params = td_forest_params_default();
    params.bag_size = BAG_SIZE;
    return params;
}

static td_status fit_tree(td_part *out, const td_pair *pair, td_error *err) {
    return fit_trees(out, pair, td_forest_params_tree(), err);
}

static td_status fit_forest(td_part *out, const td_pair *pair, td_error *err) {
    return fit_trees(out, pair, forest_params(), err);
}

/* ---- several arms at once -------------------------------------------------------------------- */

/* All arms' chances, and what the trees are made from. */
typedef struct joint {
    const td_several *several;
    td_uplift_pair_report *report; /* [n_arms - 1] */
    td_forest_params params;
    td_rest rest;
    double *chance; /* [n_arms * rows of the table] */
    leaf_rows leaf;
} joint;

static void joint_free(joint *j) {
    leaf_rows_free(&j->leaf);
    td_rest_free(&j->rest);
    td_mem_free(j->chance);
}

/* The control's chance is what the treated arms leave, held off 0 as they are. */
static void weigh_arms(joint *j, const td_pair *all) {
    const td_uplift_data *data = j->several->data;
    uint64_t n = data->rows.n_rows;
    double c = all->params->clip;
    for (uint64_t k = 0; k < all->n; k++) {
        uint32_t row = all->row[k], arm = data->arm[row];
        double own = all->weight != NULL ? all->weight[row] : 1, rest = 1;
        for (uint32_t a = 1; a < data->n_arms; a++) rest -= j->chance[a * n + row];
        double chance = arm == 0 ? fmin(fmax(rest, c), 1 - c) : j->chance[arm * n + row];
        j->leaf.arm[k] = arm;
        j->leaf.weight[k] = own / chance;
    }
}

/* The chance of arm a against all others, whose pair this is. */
static td_status take_chance(joint *j, const td_uplift_data *data, td_pair *pair, uint32_t a,
                             td_error *err) {
    uint64_t n = data->rows.n_rows;
    const double *known[2] = {j->rest.chance, j->rest.chance + n};
    TD_TRY(td_pair_weigh(pair, &j->report[a - 1], data->propensity != NULL ? known : NULL, 0, err));
    memcpy(j->chance + a * n, pair->e, n * sizeof *pair->e);
    return TD_OK;
}

/* Any of the pairs lists the rows of all arms. */
static td_status grow_joint(td_model **model, joint *j, const td_pair *all, td_error *err) {
    TD_TRY(prepare(&j->leaf, all, j->params.n_trees > 1, err));
    weigh_arms(j, all);
    return grow(model, &j->leaf, j->several->data->n_arms, all, j->params, err);
}

static td_status fit_joint(td_model **model, joint *j, td_error *err) {
    const td_several *s = j->several;
    uint32_t last = s->data->n_arms - 1;
    TD_TRY(td_rest_init(&j->rest, s->data->rows.n_rows, err));
    TD_NEW(j->chance, s->data->n_arms * s->data->rows.n_rows, err);
    for (uint32_t a = 1; a <= last; a++) {
        td_uplift_data data = td_rest_pair(&j->rest, s->data, a);
        td_pair pair = {.bins = s->bins, .is_binary = s->is_binary};
        TD_TRY(td_pair_init(&pair, &data, 1, s->params, s->exec, err));
        td_status status = take_chance(j, &data, &pair, a, err);
        if (status == TD_OK && a == last) status = grow_joint(model, j, &pair, err);
        td_pair_free(&pair);
        TD_TRY(status);
    }
    return TD_OK;
}

static td_status fit_arms(td_part *part, td_uplift_pair_report *report, const td_several *several,
                          td_forest_params params, td_error *err) {
    td_model *model[TD_UPLIFT_MAX_ARMS] = {NULL};
    joint j = {.several = several, .report = report, .params = params};
    td_status status = fit_joint(model, &j, err);
    joint_free(&j);
    for (uint32_t a = 1; a < several->data->n_arms; a++) part[a - 1].model[0] = model[a - 1];
    return status;
}

static td_status fit_tree_arms(td_part *part, td_uplift_pair_report *report,
                               const td_several *several, td_error *err) {
    return fit_arms(part, report, several, td_forest_params_tree(), err);
}

static td_status fit_forest_arms(td_part *part, td_uplift_pair_report *report,
                                 const td_several *several, td_error *err) {
    return fit_arms(part, report, several, forest_params(), err);
}

const td_learner td_learner_tree = {
    .spec = {"uplift_tree", "one tree grown for the difference of the arms, normalised criterion",
             "Rzepakowski, Jaroszewicz (2012), doi:10.1007/s10115-011-0434-0"},
    .fit = fit_tree,
    .fit_arms = fit_tree_arms,
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
    .fit_arms = fit_forest_arms,
    .effect = td_effect_direct,
    .uses_propensity = 1,
    .n_models = 1};
