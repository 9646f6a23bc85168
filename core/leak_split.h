/* core/leak_split.h: do the parts of the time split know of each other?
 *
 *     train .........end  |   valid ..........end  |   test
 *                 margin->|                margin->|
 */
#ifndef TD_CORE_LEAK_SPLIT_H
#define TD_CORE_LEAK_SPLIT_H

#include <stdint.h>

#include "core/base/err.h"
#include "core/base/par.h"
#include "core/features.h"
#include "core/split.h"

typedef struct td_leak_split {
    uint64_t n_visitors_train_test; /* visitors with rows in both parts: dependent, not forbidden */
    uint64_t n_visitors_valid_test;
    uint64_t n_duplicates[TD_N_PARTS]; /* rows of valid and of test whose features, all of them bit
                                          by bit, also stand in train; else 0 */
    uint64_t
        n_late_labels; /* train or valid rows with an event at the next part's boundary or later */
    uint64_t n_unsettled; /* train or valid rows whose session could have gone on up to it: end +
                                gap >= boundary */
    int64_t
        least_margin_ms; /* boundary - end, over rows of train and valid; INT64_MAX without one */
} td_leak_split;

/* Everything borrowed; `set` and `split` have the rows of inputs->population. Two feature rows
 * count as equal when 64 bits of a hash are (chance of one false pair among 2 M rows: 1e-7). O(rows
 * * columns). */
td_status td_leak_split_build(td_leak_split *out, const td_feature_inputs *inputs,
                              const td_feature_set *set, const td_split *split, const td_exec *exec,
                              td_error *err) TD_MUST_USE;

#endif
