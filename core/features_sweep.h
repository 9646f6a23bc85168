/* core/features_sweep.h: the market scope's counts, kept up to date along the time line. Engine
 * only. */
#ifndef TD_CORE_FEATURES_SWEEP_H
#define TD_CORE_FEATURES_SWEEP_H

#include <stdint.h>

#include "core/base/err.h"
#include "core/base/par.h"
#include "core/features.h"

/* Market features of all rows: column[TD_F_<name>] (NULL = not wanted) receives one value a row.
 * Borrows all. O(events + rows), one thread sweeps. */
td_status td_features_sweep_market(double *const *column, const td_feature_inputs *inputs,
                                   const td_exec *exec, td_error *err) TD_MUST_USE;

#endif
