/* gbdt/leaves_renew.h: leaf values as weighted quantiles of the residuals. */
#ifndef TD_GBDT_LEAVES_RENEW_H
#define TD_GBDT_LEAVES_RENEW_H

#include "gbdt/leaves.h"

/* Make the leaf values of a tree again from residuals label - score of each leaf's rows: the value
 * that leaves job->renew->share of the weight below, within bounds, times the learning rate. Needs
 * leaf_of and leaf_rows; scores are those before the tree. 32 bytes a row besides. O(rows). */
td_status td_leaves_renew(td_tree *tree, const td_leaf_job *job, td_error *err) TD_MUST_USE;

#endif
