/* uplift/with_column.h: the same rows with one number column more, binned or to be predicted. */
#ifndef TD_UPLIFT_WITH_COLUMN_H
#define TD_UPLIFT_WITH_COLUMN_H

#include "uplift/learner.h"

/* The column that is added, borrowed. */
typedef struct td_extra {
    const char *name;
    double *number; /* [n_rows] */
} td_extra;

/* The pair's bins and this column's. *out owned*; the pair's bins must outlive it. Errors of
 * td_binned_append. */
td_status td_bins_with(td_binned **out, const td_pair *pair, const char *name, double *number,
                       td_error *err) TD_MUST_USE;

/* td_predict (response) on the rows with this column. */
td_status td_predict_with(double *out, const td_model *model, const td_matrix_view *rows,
                          td_extra extra, const td_exec *exec, td_error *err) TD_MUST_USE;

#endif
