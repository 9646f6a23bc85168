/* gbdt/labels.h: which labels and weights an objective accepts. */
#ifndef TD_GBDT_LABELS_H
#define TD_GBDT_LABELS_H

#include <stdint.h>

#include "core/table.h"
#include "gbdt/params.h"

/* What a label may be, decided by the objective. */
typedef struct td_labels {
    uint32_t n_classes; /* labels are 0 .. n_classes - 1; 0 = finite numbers */
    int is_count;       /* numbers must not be negative */
} td_labels;

td_labels td_labels_of(const td_train_params *params);

/* Check label and weight of every row. TD_ERR_SHAPE without rows or labels; TD_ERR_RANGE names the
 * first bad row and its value. O(rows). */
td_status td_labels_check(const td_matrix_view *view, td_labels rule, td_error *err) TD_MUST_USE;

/* Training rows need every class: TD_ERR_NUMERIC names the lowest one that is missing. O(rows). */
td_status td_labels_check_classes(const td_matrix_view *view, td_labels rule,
                                  td_error *err) TD_MUST_USE;

#endif
