/* gbdt/exact.h: the slow, readable twin of the tree grower. Tests only: not part of the library.
 *
 * It knows nothing of bins, histograms, subtraction, partitions or threads: for every leaf, every
 * feature and every question it adds up the rows on either side. With one bin per distinct value
 * the fast grower must find the same tree, bit for bit. */
#ifndef TD_GBDT_EXACT_H
#define TD_GBDT_EXACT_H

#include "gbdt/gbdt.h"
#include "gbdt/tree.h"

typedef struct td_exact_data {
    uint64_t n_rows;
    uint32_t n_features;
    const double *const *x;   /* [n_features] columns of [n_rows], NaN = missing; categories hold
                               levels 0, 1, ... */
    const uint32_t *n_levels; /* [n_features] levels of a category, 0 = the feature is a number */
    const uint8_t *use;       /* [n_features] 1 = may split; NULL = all */
    const uint8_t *in_bag;    /* [n_rows] 1 = the tree is grown on the row; NULL = all */
    const int64_t *grad;      /* [n_rows] integer gradients */
    const int64_t *hess;      /* [n_rows] integer hessians */
    double grad_scale;        /* real gradient = integer * scale */
    double hess_scale;
} td_exact_data;

/* Grow one tree by num_leaves, max_depth, min_data_in_leaf, min_sum_hessian_in_leaf, lambda_l1,
 * lambda_l2, min_gain_to_split, grow_policy, monotone and the parameters of categories. Leaf values
 * are 0, leaf_rows is filled. *out owned*. O(leaves * features * questions * rows). */
td_status td_exact_grow(td_tree *out, const td_exact_data *data, const td_train_params *params,
                        td_error *err) TD_MUST_USE;

#endif
