/* gbdt/tree.h: the inside of a model, for the modules that grow, read, write and apply trees.
 *
 * Nodes and leaves of a tree are numbered apart. A child is a node i >= 0 or a leaf ~j < 0:
 *
 *                   node 0
 *            x[3] <= 1.5 ?            left  = ~0  (leaf 0)
 *             /        \              right = 1   (node 1)
 *         leaf 0      node 1
 *                    /      \
 *                leaf 1    leaf 2
 *
 * A parent's number is lower than its children's. Splitting leaf j makes the left child leaf j and
 * the right child the next free leaf. */
#ifndef TD_GBDT_TREE_H
#define TD_GBDT_TREE_H

#include <stdint.h>

#include "core/base/dict.h"
#include "gbdt/gbdt.h"

enum { TD_SET_WORDS = 8 }; /* a set of bins: bit b of word b / 32 */

typedef struct td_bin_set {
    uint32_t word[TD_SET_WORDS];
} td_bin_set;

static inline int td_bin_set_has(const td_bin_set *set, uint32_t bin) {
    return (int)(set->word[(bin >> 5) & 7] >> (bin & 31) & 1);
}
static inline void td_bin_set_add(td_bin_set *set, uint32_t bin) {
    set->word[(bin >> 5) & 7] |= (uint32_t)1 << (bin & 31);
}

typedef struct td_node {
    uint32_t feature;
    uint8_t is_category;  /* left = category's level is in sets[set] */
    uint8_t missing_left; /* NaN goes left; categories: always 0, missing and unseen go right */
    uint32_t set;         /* index into td_tree.sets, categories only */
    double threshold;     /* numbers: left = x <= threshold */
    double gain;          /* gain of the split, > 0 */
    int32_t left, right;  /* child: node >= 0, or ~leaf */
} td_node;

typedef struct td_tree {
    uint32_t n_leaves;   /* >= 1; n_leaves - 1 nodes */
    uint32_t n_sets;     /* category splits */
    td_node *node;       /* [n_leaves - 1] */
    double *leaf_value;  /* [n_leaves] learning rate included */
    double *leaf_weight; /* [n_leaves] sum of hessians of the training rows */
    uint64_t *leaf_rows; /* [n_leaves] training rows */
    td_bin_set *sets;    /* [n_sets] */
} td_tree;

void td_tree_free(td_tree *tree);

/* Arrays for up to max_leaves leaves, n_leaves = 1. *out owned*. */
td_status td_tree_init(td_tree *out, uint32_t max_leaves, td_error *err) TD_MUST_USE;

/* Exact copy without spare room. *out owned*. */
td_status td_tree_copy(td_tree *out, const td_tree *tree, td_error *err) TD_MUST_USE;

typedef struct td_model_feature {
    char *name;
    td_column_kind kind;
    td_textdict levels; /* categories: text of level = bin; others than these are "unseen" */
} td_model_feature;

struct td_model {
    td_objective objective;
    uint32_t n_features;
    uint32_t n_outputs;        /* raw scores of a row: classes of multiclass, else 1 */
    uint32_t n_trees;          /* a multiple of n_outputs; tree t adds to score t % n_outputs */
    uint32_t best_iteration;   /* rounds in use: best_iteration * n_outputs <= n_trees */
    double *base_score;        /* [n_outputs] raw scores before the first tree */
    td_model_feature *feature; /* [n_features] */
    td_tree *tree;             /* [n_trees] */
};

/* Trees that predictions use. */
static inline uint32_t td_model_n_used(const td_model *model) {
    return model->best_iteration * model->n_outputs;
}

/* A model with zeroed features and base scores, and room for n_rounds * n_outputs trees. *out
 * owned*. */
td_status td_model_init(td_model **out, uint32_t n_features, uint32_t n_outputs, uint32_t n_rounds,
                        td_error *err) TD_MUST_USE;

/* Copy of a dictionary. *out owned*. */
td_status td_levels_copy(td_textdict *out, const td_textdict *levels, td_error *err) TD_MUST_USE;

#endif
