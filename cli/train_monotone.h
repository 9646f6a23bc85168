/* cli/train_monotone.h: --monotone-constraints as directions of features. */
#ifndef TD_CLI_TRAIN_MONOTONE_H
#define TD_CLI_TRAIN_MONOTONE_H

#include "core/base/arena.h"
#include "core/table.h"

/* direction[n_features] of the view from "1,0,-1" (by position, a value for every feature) or
 * "price:-1,stars:1" (by name, the others free); NULL for a NULL text. The arena's. TD_ERR_ARG
 * names what is no direction, a count that does not fit, an unknown or twice-named feature. */
td_status td_train_monotone(const int8_t **direction, const char *text, const td_matrix_view *view,
                            td_arena *arena, td_error *err) TD_MUST_USE;

#endif
