/* gbdt/labels.c: labels and weights are checked once, before anything is built from them.
 *
 *     objective      label                        training rows
 *     binary         0 or 1                       both classes
 *     multiclass     0, 1, ... num_class - 1      every class
 *     poisson        any finite number >= 0       -
 *     others         any finite number            -
 *
 * Weights are positive and finite. A row that breaks the rule is an error with its number and
 * value: a model fitted to a label that slipped through would be wrong in silence. Validation rows
 * may lack classes.
 *
 * Cost: one pass over labels and weights; a set of classes besides. */
#include "gbdt/labels.h"

#include <math.h>

#include "core/base/mem.h"

td_labels td_labels_of(const td_train_params *params) {
    switch (params->objective) {
    case TD_OBJECTIVE_BINARY:
        return (td_labels){.n_classes = 2};
    case TD_OBJECTIVE_MULTICLASS:
        return (td_labels){.n_classes = (uint32_t)params->num_class};
    case TD_OBJECTIVE_POISSON:
        return (td_labels){.is_count = 1};
    default:
        return (td_labels){0};
    }
}

/* One row; numbers are told to 17 digits where they could look like a whole number and are none. */
static td_status check_label(double y, td_labels rule, uint64_t row, td_error *err) {
    unsigned long long number = row + 1;
    TD_CHECK(y == y, err, TD_ERR_RANGE, "row %llu: the label is missing (NaN)", number);
    TD_CHECK(fabs(y) <= 1e300, err, TD_ERR_RANGE, "row %llu: label %g is not finite", number, y);
    TD_CHECK(!rule.is_count || y >= 0, err, TD_ERR_RANGE,
             "row %llu: label %.17g is below 0 (objective=poisson)", number, y);
    if (rule.n_classes == 0) return TD_OK;
    int is_class = y >= 0 && y < rule.n_classes && y == floor(y);
    TD_CHECK(is_class || rule.n_classes != 2, err, TD_ERR_RANGE,
             "row %llu: label %.17g is neither 0 nor 1", number, y);
    TD_CHECK(is_class, err, TD_ERR_RANGE,
             "row %llu: label %.17g is no class 0 .. %u (num_class=%u)", number, y,
             rule.n_classes - 1, rule.n_classes);
    return TD_OK;
}

td_status td_labels_check(const td_matrix_view *view, td_labels rule, td_error *err) {
    TD_CHECK(view->n_rows > 0, err, TD_ERR_SHAPE, "the table has no rows");
    TD_CHECK(view->n_rows <= INT32_MAX, err, TD_ERR_SHAPE, "more than 2^31 - 1 rows");
    TD_CHECK(view->label != NULL, err, TD_ERR_SHAPE, "the rows have no label");
    for (uint64_t i = 0; i < view->n_rows; i++) {
        TD_TRY(check_label(view->label[i], rule, i, err));
        double weight = view->weight != NULL ? view->weight[i] : 1;
        TD_CHECK(weight > 0 && weight <= 1e300, err, TD_ERR_RANGE,
                 "row %llu: weight %g is not positive and finite", (unsigned long long)i + 1,
                 weight);
    }
    return TD_OK;
}

td_status td_labels_check_classes(const td_matrix_view *view, td_labels rule, td_error *err) {
    if (rule.n_classes == 0) return TD_OK;
    uint8_t *has;
    TD_NEW_ZEROED(has, rule.n_classes, err);
    for (uint64_t i = 0; i < view->n_rows; i++) has[(uint32_t)view->label[i]] = 1;
    uint32_t k = 0;
    while (k < rule.n_classes && has[k]) k++;
    td_mem_free(has);
    if (k == rule.n_classes) return TD_OK;
    TD_CHECK(rule.n_classes != 2, err, TD_ERR_NUMERIC,
             "all %llu labels are %g: a binary model needs both classes",
             (unsigned long long)view->n_rows, view->label[0]);
    TD_FAIL(err, TD_ERR_NUMERIC, "no row has the label %u, num_class=%u needs classes 0 .. %u", k,
            rule.n_classes, rule.n_classes - 1);
}
