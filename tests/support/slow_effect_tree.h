/* tests/support/slow_effect_tree.h: an effect tree by plain sums of doubles: the specification that
 * the trees on the trainer's histograms (uplift/tree_hist.h) are held against. */
#ifndef TD_TESTS_SUPPORT_SLOW_EFFECT_TREE_H
#define TD_TESTS_SUPPORT_SLOW_EFFECT_TREE_H

#include "uplift/tree_parts.h"

/* What is summed of each row of the table; borrowed. */
typedef struct td_slow_values {
    const double *weight, *outcome; /* [n_rows] outcome times weight */
} td_slow_values;

/* Nodes of the tree that job and rows ask for; leaves have no values. *out owned*. Asserts
 * success. O(depth * (rows + leaves * 256) * features). */
void td_slow_effect_tree(td_tree *out, const td_tree_job *job, const td_tree_rows *rows,
                         td_slow_values values);

#endif
