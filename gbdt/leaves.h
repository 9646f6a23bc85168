/* gbdt/leaves.h: values of a grown tree's leaves and the scores they change. */
#ifndef TD_GBDT_LEAVES_H
#define TD_GBDT_LEAVES_H

#include "gbdt/grow.h"

#define TD_NO_LEAF UINT32_MAX

/* For losses whose best constant is a quantile (leaves_renew.c). */
typedef struct td_renewal {
    const double *label;  /* [n_rows] */
    const double *weight; /* [n_rows], NULL = ones */
    double share;         /* of the weight that a leaf's value leaves below */
} td_renewal;

/* Real gradients and the scores to update. */
typedef struct td_leaf_job {
    const td_grower *grower; /* its leaves and order belong to `tree` */
    uint64_t n_rows;
    const double *grad;      /* [n_rows] */
    const double *hess;      /* [n_rows] */
    double *score;           /* [n_rows] */
    const td_renewal *renew; /* NULL = leaf values are Newton steps */
    uint32_t *leaf_of; /* [n_rows] receives the leaf of each row, TD_NO_LEAF = not in this tree */
} td_leaf_job;

/* Set leaf_value = -rate * T(G) / (H + l2), leaf_weight = H and leaf_rows from the sums over each
 * leaf's rows, and add the values to the scores of these rows. O(rows). */
td_status td_leaves_finish(td_tree *tree, const td_leaf_job *job, td_error *err) TD_MUST_USE;

#endif
