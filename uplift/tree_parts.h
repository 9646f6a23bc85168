/* uplift/tree_parts.h: what the modules of an effect tree tell each other.
 *
 *     forest.c       which rows a tree sees, all trees in parallel
 *     tree_table.c   rows laid out and quantised as the trainer does, once for all trees
 *     tree_grow.c    a tree from its rows: split, go on with both sides, fill the leaves
 *     tree_hist.c    histograms of nodes, arm by arm, by the trainer's kernels
 *     tree_split.c   the best question at a node, from its histogram
 *     tree_criterion.c   how good a split is; tree_gains_avx*.c, many of them at a time */
#ifndef TD_UPLIFT_TREE_PARTS_H
#define TD_UPLIFT_TREE_PARTS_H

#include "core/base/rng.h"
#include "gbdt/binning.h"
#include "gbdt/tree.h"
#include "uplift/forest.h"
#include "uplift/tree_hist.h"

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

/* Gain of a split; larger is better, none is worth making at 0 or below. It is 0 where an arm has
 * no weight on a side. */
double td_effect_gain(const td_effect_sides *sides, const td_effect_rule *rule);

enum { TD_EFFECT_BINS = 256 };

/* Candidates of one walk over a feature's bins: sums of the left sides, the right ones are what is
 * left of the totals; integers of tree_hist.h. */
typedef struct td_effect_scan {
    const td_effect_rule *rule;
    const double *node_rate;                    /* [n_arms] */
    const double *outcome_scale, *weight_scale; /* [n_arms] real = integer * scale */
    uint32_t begin, end;                        /* candidates that have room on both sides */
    int64_t *grad, *hess, *rows;                /* [n_arms * TD_EFFECT_BINS] */
    const int64_t *grad_total, *hess_total, *rows_total; /* [n_arms] of the node */
} td_effect_scan;

/* Real sums of the sides of candidate i, [n_arms] each. */
void td_effect_scan_sides(td_arm_sum *left, td_arm_sum *right, const td_effect_scan *scan,
                          uint32_t i);

/* gain[i] of the candidates begin .. end - 1. The last two are the second for a euclidean criterion
 * that is not normalised, four and eight candidates at a time. */
void td_effect_gains(double *gain, const td_effect_scan *scan);
void td_effect_gains_scalar(double *gain, const td_effect_scan *scan);
void td_effect_gains_avx2(double *gain, const td_effect_scan *scan);
void td_effect_gains_avx512(double *gain, const td_effect_scan *scan);

/* The question of a node. Codes in `left` go left. */
typedef struct td_effect_split {
    double gain; /* 0 = no split */
    uint32_t feature;
    uint32_t bin;         /* numbers: last ordinary bin on the left */
    uint8_t missing_left; /* numbers only */
    uint8_t met_missing;  /* the node has missing rows */
    td_bin_set left;
    td_arm_sum left_sum[TD_UPLIFT_MAX_ARMS], right_sum[TD_UPLIFT_MAX_ARMS];
} td_effect_split;

/* Where a search works: fixed for a tree. */
typedef struct td_effect_search {
    const td_effect_table *table;
    td_effect_rule rule;
    int64_t *sums; /* [3 * n_arms * TD_EFFECT_BINS] of a walk */
    uint64_t *own; /* [n_arms * TD_SUMS_STRIDE] histogram of a feature that shares a track */
} td_effect_search;

/* A node as a search sees it. */
typedef struct td_effect_node {
    const td_hist *hist;
    const int64_t *total; /* [3 * n_arms] grad of each arm, hess of each, rows of each */
    const double *rate;   /* [n_arms] */
} td_effect_node;

/* Improve *best by the questions of one slot at a node. Candidates come in the order (ordinary bins
 * ascending; then the second direction of missing rows), and only a strictly larger gain replaces
 * an earlier one. O(bins * n_arms). */
void td_effect_split_slot(td_effect_split *best, const td_effect_search *search, uint32_t slot,
                          td_effect_node node);

/* Rows that choose the splits, and rows that fill the leaves (the same ones unless honest); all
 * ascending. */
typedef struct td_tree_rows {
    const uint32_t *grow, *fill;
    uint64_t n_grow, n_fill;
} td_tree_rows;

/* One tree's surroundings. */
typedef struct td_tree_job {
    const td_forest_rows *rows;
    const td_effect_table *table;
    const td_forest_params *params;
    const double *mean; /* [n_arms] of all rows, where a tree's own rows lack an arm */
    uint32_t index;     /* of the tree: names its random streams */
} td_tree_job;

/* tree[n_arms - 1], same nodes, leaf values = effect of each arm times `scale`. *out owned*. */
td_status td_effect_tree_grow(td_tree *tree, double scale, const td_tree_job *job,
                              const td_tree_rows *rows, td_error *err) TD_MUST_USE;

#endif
