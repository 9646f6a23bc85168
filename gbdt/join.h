/* gbdt/join.h: bins of a whole table, made as coarse as a part of its rows wants them. */
#ifndef TD_GBDT_JOIN_H
#define TD_GBDT_JOIN_H

#include "gbdt/binning.h"

/* Join neighbouring bins of `rows`, which td_binned_take has just made, and change their codes.
 * `rows` owns the new bounds; names and levels stay borrowed. Bins that hold one value each, and
 * categories, stay as they are. O(rows * features); 2 KiB a feature. */
td_status td_bins_join(td_binned *rows, const td_exec *exec, td_error *err) TD_MUST_USE;

#endif
