/* uplift/pair.h: from a table with several arms to one arm against control. */
#ifndef TD_UPLIFT_PAIR_H
#define TD_UPLIFT_PAIR_H

#include "uplift/learner.h"

/* Codes in range, every arm with rows enough for the folds, outcomes that vary; *is_binary tells
 * whether every outcome is 0 or 1. Errors of td_uplift_fit. O(rows). */
td_status td_uplift_check(int *is_binary, const td_uplift_data *data,
                          const td_uplift_params *params, td_error *err) TD_MUST_USE;

/* Rows, arms and folds of the pair (arm, control). *out owned*; before, it holds bins and is_binary
 * and is zero otherwise; e is still to be filled. TD_ERR_NUMERIC names an arm (or both) in which a
 * 0/1 outcome has fewer than two rows of either value. */
td_status td_pair_init(td_pair *out, const td_uplift_data *data, uint32_t arm,
                       const td_uplift_params *params, const td_exec *exec,
                       td_error *err) TD_MUST_USE;
void td_pair_free(td_pair *pair);

#endif
