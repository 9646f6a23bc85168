/* uplift/defaults.c: parameters of the trainer for a question, chosen by how much the rows can
 * tell.
 *
 * What the user gave (trees.given) stays as it is. The rest follows from
 *
 *     m = min(n, 20 n rare)      n rows to learn from; rare = share of the rarer outcome, if 0 or 1
 *
 * because of a rare outcome the cases count and not the rows: 1,000,000 sessions of which 8,000 buy
 * tell as much as 160,000 rows of a number.
 *
 *     m up to     learning_rate   leaves: outcome   effect   min_data_in_leaf (times n / m)
 *       2,000         0.05               4             3      max(5, m / 50)
 *      20,000         0.05               8             4      max(20, m / 200)
 *     200,000         0.1               16             8      200
 *        more         0.1               31            16      500
 *
 * The number of trees is chosen out of fold among 0 .. 300 (0 .. 150 above m = 20,000), unless
 * num_iterations is given (crossfit.c). An effect varies less than the outcome and its pseudo-
 * outcomes are far noisier: hence fewer leaves. lambda_l2 is 1 up to m = 20,000, then 0.
 *
 * No reference: the table was set by the causal laws of datasets/ and the shop (docs/uplift.md
 * tells the figures), not by the data sets that the README reports. */
#include <math.h>

#include "uplift/learner.h"

typedef struct size_class {
    double m; /* up to so much */
    int32_t outcome_leaves, effect_leaves, most_trees;
    double min_rows, share; /* min_data_in_leaf = max(min_rows, m / share), times n / m */
    double learning_rate, l2;
} size_class;

static const size_class classes[] = {
    {2000, 4, 3, 300, 5, 50, 0.05, 1},
    {20000, 8, 4, 300, 20, 200, 0.05, 1},
    {200000, 16, 8, 150, 200, 200000, 0.1, 0},
    {HUGE_VAL, 31, 16, 150, 500, 2000000, 0.1, 0},
};

static int is_given(const td_train_params *params, const char *name) {
    return (int)(params->given >> td_params_find(name) & 1);
}

int td_trees_are_fixed(const td_uplift_params *params) {
    return is_given(&params->trees, "num_iterations");
}

td_train_params td_trees_for(const td_pair *pair, const td_question *question, uint64_t n) {
    td_train_params trees = pair->params->trees;
    double rows = (double)n, m = rows * fmin(1, 20 * pair->rare);
    const size_class *size = classes;
    while (m > size->m) size++;
    int32_t leaves = question->role == TD_ROLE_OUTCOME ? size->outcome_leaves : size->effect_leaves;
    double least = fmax(size->min_rows, m / size->share) * (rows / m);
    if (!is_given(&trees, "num_leaves")) trees.num_leaves = leaves;
    if (!is_given(&trees, "num_iterations")) trees.num_iterations = size->most_trees;
    if (!is_given(&trees, "learning_rate")) trees.learning_rate = size->learning_rate;
    if (!is_given(&trees, "min_data_in_leaf")) trees.min_data_in_leaf = (int32_t)least;
    if (!is_given(&trees, "lambda_l2")) trees.lambda_l2 = size->l2;
    trees.objective = question->objective;
    return trees;
}
