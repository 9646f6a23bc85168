/* gbdt/children.h: histograms and best splits of the branches that a split has made. */
#ifndef TD_GBDT_CHILDREN_H
#define TD_GBDT_CHILDREN_H

#include "gbdt/grow.h"

/* Who works: all threads together (is_alone = 0, worker 0), or one worker of a parallel loop. */
typedef struct td_crew {
    td_grower *grower;
    const td_growth *growth;
    int is_alone;
    int worker;
} td_crew;

/* Give the root its histogram (from its rows) and its best split. */
td_status td_root_evaluate(const td_crew *crew, td_branch *root, td_error *err) TD_MUST_USE;

/* Evaluate two children. The smaller one's histogram is built, the larger one's is what is left of
 * `parent`, which is consumed. A child with too few rows gets no split. */
td_status td_children_evaluate(const td_crew *crew, td_hist parent, td_branch *left,
                               td_branch *right, td_error *err) TD_MUST_USE;

#endif
