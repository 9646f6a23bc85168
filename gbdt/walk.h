/* gbdt/walk.h: rows that are already coded go down a tree of the model in training. */
#ifndef TD_GBDT_WALK_H
#define TD_GBDT_WALK_H

#include "gbdt/binning.h"
#include "gbdt/lanes.h"
#include "gbdt/tree.h"

/* How a column of lane codes is made from a feature's bins. */
typedef enum td_walk_kind {
    TD_WALK_HIGH, /* the codes as they are: missing is above every bin and goes right */
    TD_WALK_LOW,  /* missing becomes 0 and goes left */
    TD_WALK_BYTE, /* category: code / 8 */
    TD_WALK_BIT   /* category: 1 << code % 8; 0 when missing */
} td_walk_kind;

typedef struct td_walk_column {
    uint32_t feature;
    td_walk_kind kind;
} td_walk_column;

/* A tree whose questions are about the codes of `binned`. */
typedef struct td_walk {
    const td_tree *source;   /* borrowed */
    const td_binned *binned; /* borrowed */
    td_lane_tree tree;       /* the same for blocks of rows */
    td_lane_node *node;      /* [n_leaves - 1] */
    td_walk_column *column;  /* [n_columns] */
    uint32_t n_columns;
    td_lane_fn leaves; /* kernel in use */
} td_walk;

/* Translate a tree whose thresholds are bounds of these bins; the tree is borrowed. *out owned*.
 * TD_ERR_SHAPE: one tree asks about more than 32,000 features. O(leaves + features). */
td_status td_walk_init(td_walk *out, const td_tree *tree, const td_binned *binned,
                       td_error *err) TD_MUST_USE;
void td_walk_free(td_walk *walk);

/* Leaf of one row: the specification of the blocks below, and the way for a few rows. O(depth). */
uint32_t td_walk_leaf(const td_walk *walk, uint64_t row);

/* score[row] += leaf value for every row, or for the rows with skip[row] = 0. O(rows). */
td_status td_walk_add(double *score, const td_walk *walk, const uint8_t *skip, const td_exec *exec,
                      td_error *err) TD_MUST_USE;

#endif
