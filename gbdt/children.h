/* gbdt/children.h: histograms and best splits of the leaves that a split has made. */
#ifndef TD_GBDT_CHILDREN_H
#define TD_GBDT_CHILDREN_H

#include "gbdt/grow.h"

/* Give a leaf its histogram (from its rows) and its best split. */
td_status td_leaf_evaluate(td_grower *grower, const td_growth *growth, td_leaf *leaf,
                           td_error *err) TD_MUST_USE;

/* Evaluate two children. The smaller one's histogram is built, the larger one's is what is left of
 * `parent`, which is consumed. A child with too few rows gets no split. */
td_status td_children_evaluate(td_grower *grower, const td_growth *growth, td_hist parent,
                               td_leaf *child[2], td_error *err) TD_MUST_USE;

/* Buffers. A get allocates when none is free; put forgets a histogram and sets both forms NULL. */
td_status td_pool_get(void **out, td_pool *pool, td_error *err) TD_MUST_USE;
void td_hist_put(td_grower *grower, td_hist *hist);

#endif
