/* gbdt/walk.h: rows that are already coded walk down a tree by their codes. */
#ifndef TD_GBDT_WALK_H
#define TD_GBDT_WALK_H

#include "gbdt/binning.h"
#include "gbdt/tree.h"

/* A tree with each node's question as a set of codes. */
typedef struct td_walk {
    const td_tree *tree;     /* borrowed */
    const td_binned *binned; /* borrowed */
    td_bin_set *left;        /* [n_leaves - 1] codes that go left */
} td_walk;

/* Translate a tree whose thresholds are bounds of these bins. *out owned*. */
td_status td_walk_init(td_walk *out, const td_tree *tree, const td_binned *binned,
                       td_error *err) TD_MUST_USE;
void td_walk_free(td_walk *walk);

/* Leaf of a row. O(depth). */
uint32_t td_walk_leaf(const td_walk *walk, uint64_t row);

/* score[row] += leaf value for every row, or for the rows with skip[row] = 0. */
td_status td_walk_add(double *score, const td_walk *walk, const uint8_t *skip, const td_exec *exec,
                      td_error *err) TD_MUST_USE;

#endif
