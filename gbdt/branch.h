/* gbdt/branch.h: one step of growing a tree. */
#ifndef TD_GBDT_BRANCH_H
#define TD_GBDT_BRANCH_H

#include "gbdt/children.h"

/* Divide a branch's rows and evaluate the two children, unless the tree is complete with them
 * (is_last). The branch must have a split (gain > 0) and no child yet. */
td_status td_branch_expand(const td_crew *crew, uint32_t number, int is_last,
                           td_error *err) TD_MUST_USE;

#endif
