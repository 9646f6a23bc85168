/* gbdt/ahead.h: expanding branches before their turn, so that all threads have work. Which branches
 * are is a matter of time only: the loop in grow.c makes the same tree whatever was expanded. */
#ifndef TD_GBDT_AHEAD_H
#define TD_GBDT_AHEAD_H

#include "gbdt/grow.h"

/* After the root was evaluated: expand what the tree will likely use. */
td_status td_expand_ahead(td_grower *grower, const td_growth *growth, td_error *err) TD_MUST_USE;

/* After a tree was grown: remember what helps to guess for the next one. */
void td_ahead_learn(td_grower *grower, const td_tree *tree);

#endif
