/* gbdt/ahead.h: expanding branches before their turn, so that all threads have work. Which branches
 * are is a matter of time only: the loop in grow.c makes the same tree whatever was expanded. */
#ifndef TD_GBDT_AHEAD_H
#define TD_GBDT_AHEAD_H

#include "gbdt/grow.h"

/* After the root was evaluated: expand what the tree needs, but its last split, and little more. */
td_status td_expand_ahead(td_grower *grower, const td_growth *growth, td_error *err) TD_MUST_USE;

#endif
