/* gbdt/leaves.h: values of a grown tree's leaves and the scores they change. */
#ifndef TD_GBDT_LEAVES_H
#define TD_GBDT_LEAVES_H

#include "gbdt/grow.h"

/* Real gradients and the scores to update. */
typedef struct td_leaf_job {
    const td_grower *grower; /* its leaves and order belong to `tree` */
    const double *grad;      /* [rows] */
    const double *hess;      /* [rows] */
    double *score;           /* [rows] */
} td_leaf_job;

/* Set leaf_value = -rate * T(G) / (H + l2), leaf_weight = H and leaf_rows from the sums over each
 * leaf's rows, and add the values to the scores of these rows. O(rows). */
td_status td_leaves_finish(td_tree *tree, const td_leaf_job *job, td_error *err) TD_MUST_USE;

#endif
