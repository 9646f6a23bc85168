/* uplift/tree_parts.h: what the modules of an effect tree tell each other.
 *
 *     forest.c       which rows a tree sees, all trees in parallel
 *     tree_grow.c    a tree from its rows: split, go on with both sides, fill the leaves
 *     tree_split.c   the best question at a node, from a histogram by (bin, arm)
 *     tree_criterion.c   how good a split is */
#ifndef TD_UPLIFT_TREE_PARTS_H
#define TD_UPLIFT_TREE_PARTS_H

#include "core/base/rng.h"
#include "gbdt/binning.h"
#include "gbdt/tree.h"
#include "uplift/forest.h"

/* One arm's rows somewhere: in a bin, on a side, in a leaf. */
typedef struct td_arm_sum {
    double weight;  /* sum of weights */
    double outcome; /* sum of weight * outcome */
    uint64_t rows;
} td_arm_sum;

static inline void td_arm_sum_add(td_arm_sum *sum, const td_arm_sum *other) {
    sum->weight += other->weight;
    sum->outcome += other->outcome;
    sum->rows += other->rows;
}

/* How splits are judged. */
typedef struct td_effect_rule {
    const td_forest_params *params;
    uint32_t n_arms;
} td_effect_rule;

/* rate[n_arms] = mean outcome of each arm, drawn by `shrinkage` rows to parent [n_arms] (NULL: not
 * at all); 0 for an arm without rows and parent. */
void td_arm_rates(double *rate, const td_arm_sum *sums, const double *parent,
                  const td_effect_rule *rule);

/* The two sides of a candidate, [n_arms] each, and the rates of the node. */
typedef struct td_effect_sides {
    const td_arm_sum *left, *right;
    const double *node_rate;
} td_effect_sides;

/* Gain of a split; larger is better, none is worth making at 0 or below. */
double td_effect_gain(const td_effect_sides *sides, const td_effect_rule *rule);

/* A growing row of a tree, as its histograms want it. */
typedef struct td_tree_case {
    double weight, outcome; /* outcome times weight */
    uint32_t place;         /* of the row among the tree's growing rows: td_effect_search.code */
    uint32_t arm;
} td_tree_case;

/* Rows of one node; a row that was drawn twice stands there twice. */
typedef struct td_node_rows {
    const td_tree_case *row;
    uint64_t n;
} td_node_rows;

/* The question of a node. Codes in `left` go left. */
typedef struct td_effect_split {
    double gain; /* 0 = no split */
    uint32_t feature;
    uint32_t bin;         /* numbers: last ordinary bin on the left */
    uint8_t missing_left; /* numbers only */
    td_bin_set left;
    td_arm_sum left_sum[TD_UPLIFT_MAX_ARMS], right_sum[TD_UPLIFT_MAX_ARMS];
} td_effect_split;

/* Where a search works: fixed for a tree. */
typedef struct td_effect_search {
    const td_forest_rows *rows;
    td_effect_rule rule;
    const uint8_t
        *code; /* [n_features * n_grow] of the tree's growing rows alone: a feature's codes
                            fit a cache that the whole table's would not */
    uint64_t n_grow;
    td_arm_sum *hist; /* [256 * n_arms] of one feature */
} td_effect_search;

/* Improve *best by the questions of one feature at a node. Candidates come in the order (ordinary
 * bins ascending; then the second direction of missing rows), and only a strictly larger gain
 * replaces an earlier one. O(n + 256 n_arms). */
void td_effect_split_feature(td_effect_split *best, const td_effect_search *search,
                             uint32_t feature, td_node_rows node, const double *node_rate);

/* Rows that choose the splits, and rows that fill the leaves (the same ones unless honest); all
 * ascending. */
typedef struct td_tree_rows {
    const uint32_t *grow, *fill;
    uint64_t n_grow, n_fill;
} td_tree_rows;

/* One tree's surroundings. */
typedef struct td_tree_job {
    const td_forest_rows *rows;
    const td_forest_params *params;
    const double *mean; /* [n_arms] of all rows, where a tree's own rows lack an arm */
    uint32_t index;     /* of the tree: names its random streams */
} td_tree_job;

/* tree[n_arms - 1], same nodes, leaf values = effect of each arm times `scale`. *out owned*. */
td_status td_effect_tree_grow(td_tree *tree, double scale, const td_tree_job *job,
                              const td_tree_rows *rows, td_error *err) TD_MUST_USE;

#endif
