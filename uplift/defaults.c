/* uplift/defaults.c: parameters of the trainer for a question, chosen by the number of rows.
 *
 * What the user gave (trees.given) stays as it is. The rest:
 *
 *     rows to learn from n    learning_rate   leaves: outcome   effect   min_data_in_leaf
 *     up to      2,000            0.05               4             3      max(5, n / 50)
 *     up to     20,000            0.05               8             4      max(20, n / 200)
 *     up to    200,000            0.1               16             8      200
 *     more                        0.1               31            16      500
 *
 * The number of trees is chosen out of fold among 0 .. 300 (0 .. 150 from 20,000 rows on), unless
 * num_iterations is given (crossfit.c). An effect varies less than the outcome and its pseudo-
 * outcomes are far noisier: hence fewer leaves. lambda_l2 is 1 up to 20,000 rows.
 *
 * No reference: the table was set by the causal laws of datasets/ and the shop (docs/uplift.md tells
 * the figures), not by the data sets that the README reports. */
#include "uplift/learner.h"

typedef struct size_class {
    uint64_t n; /* up to so many rows */
    int32_t outcome_leaves, effect_leaves, most_trees;
    int32_t min_rows, share; /* min_data_in_leaf = max(min_rows, n / share) */
    double learning_rate, l2;
} size_class;

static const size_class classes[] = {
    {2000, 4, 3, 300, 5, 50, 0.05, 1},
    {20000, 8, 4, 300, 20, 200, 0.05, 1},
    {200000, 16, 8, 150, 200, 200000, 0.1, 0},
    {UINT64_MAX, 31, 16, 150, 500, 2000000, 0.1, 0},
};

static int is_given(const td_train_params *params, const char *name) {
    return (int)(params->given >> td_params_find(name) & 1);
}

int td_trees_are_fixed(const td_uplift_params *params) {
    return is_given(&params->trees, "num_iterations");
}

td_train_params td_trees_for(const td_uplift_params *params, const td_question *question,
                             uint64_t n) {
    td_train_params trees = params->trees;
    const size_class *size = classes;
    while (n > size->n) size++;
    int32_t leaves = question->role == TD_ROLE_OUTCOME ? size->outcome_leaves : size->effect_leaves;
    int32_t least = (int32_t)(n / (uint64_t)size->share);
    if (least < size->min_rows) least = size->min_rows;
    if (!is_given(&trees, "num_leaves")) trees.num_leaves = leaves;
    if (!is_given(&trees, "num_iterations")) trees.num_iterations = size->most_trees;
    if (!is_given(&trees, "learning_rate")) trees.learning_rate = size->learning_rate;
    if (!is_given(&trees, "min_data_in_leaf")) trees.min_data_in_leaf = least;
    if (!is_given(&trees, "lambda_l2")) trees.lambda_l2 = size->l2;
    trees.objective = question->objective;
    return trees;
}
