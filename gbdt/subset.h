/* gbdt/subset.h: other questions about rows that are already binned.
 *
 * A learner of effects trains many models on one table: on the treated rows only, on four folds of
 * five, with residuals in place of labels. Bins are learned once; each training gets its rows'
 * codes copied together (one byte a cell) and labels and weights of its own.
 *
 *     codes of all rows      |a0|a1|a2|a3|a4|...      row = {1, 4}
 *     codes of the training  |a1|a4|                  label, weight: those of rows 1 and 4
 *
 * A model trained so is the model that td_train makes from a table of only these rows, with the
 * bins of the whole table. */
#ifndef TD_GBDT_SUBSET_H
#define TD_GBDT_SUBSET_H

#include <stdint.h>

#include "gbdt/gbdt.h"

/* Which rows, and what they are asked; all borrowed, label and weight indexed like `from`. */
typedef struct td_subset {
    const uint32_t *row;  /* [n_rows] rows of `from`, any order; NULL = all */
    uint64_t n_rows;      /* of the subset; not looked at without row */
    const double *label;  /* [rows of from]; finite, 0 or 1 for binary, on the chosen rows */
    const double *weight; /* [rows of from] positive and finite there; NULL = all ones */
    td_objective objective;
    int joins_bins; /* bins too fine for these rows are joined (join.h) */
} td_subset;

/* *out owned*, with the bins of `from`, which must outlive it. Two subsets of one `from` may be
 * training and validation rows of a td_train, also where only the training rows' bins are joined.
 * One class only is fine here, and an error of td_train
 * where it is to be learned from. TD_ERR_SHAPE: no rows. TD_ERR_RANGE: a row outside, or a label or
 * weight as in td_binned_build, with its row. O(rows * features). */
td_status td_binned_take(td_binned **out, const td_binned *from, const td_subset *subset,
                         const td_exec *exec, td_error *err) TD_MUST_USE;

/* `from` with one feature more: a number column over the same rows, binned by max_bin and
 * min_data_in_bin of params. Labels and weights are those of `from`. *out owned*; `from` must
 * outlive it. TD_ERR_SHAPE when a feature has that name. O(rows * features). */
td_status td_binned_append(td_binned **out, const td_binned *from, const td_column *extra,
                           const td_train_params *params, const td_exec *exec,
                           td_error *err) TD_MUST_USE;

#endif
