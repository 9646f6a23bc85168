/* uplift/with_column.c: the same rows with one number column more.
 *
 *     view of the table   | f0 | f1 | ... |          borrowed
 *     view handed on      | f0 | f1 | ... | extra |  an array of pointers, one longer
 *
 * Two learners add a column: S the arm, the dependent two-model learner the control's score. The
 * bins of the other columns are those of the pair; nothing is binned twice. A td_column wants a
 * name that can be written to, so it gets a copy of a short one.
 * Cost: O(rows) for bins, O(columns) for a view. */
#include "uplift/with_column.h"

#include <stdio.h>
#include <string.h>

#include "core/base/mem.h"

enum { NAME_BYTES = 32 };

static td_column column_of(char name[NAME_BYTES], const char *text, double *number) {
    snprintf(name, NAME_BYTES, "%s", text);
    return (td_column){.name = name, .kind = TD_COLUMN_NUMBER, .number = number};
}

td_status td_bins_with(td_binned **out, const td_pair *pair, const char *name, double *number,
                       td_error *err) {
    char room[NAME_BYTES];
    td_column column = column_of(room, name, number);
    td_train_params params = pair->params->trees;
    return td_binned_append(out, pair->bins, &column, &params, pair->exec, err);
}

td_status td_predict_with(double *out, const td_model *model, const td_matrix_view *rows,
                          td_extra extra, const td_exec *exec, td_error *err) {
    char room[NAME_BYTES];
    td_column column = column_of(room, extra.name, extra.number);
    const td_column **feature;
    TD_NEW(feature, (uint64_t)rows->n_features + 1, err);
    memcpy(feature, rows->feature, rows->n_features * sizeof *feature);
    feature[rows->n_features] = &column;
    td_matrix_view view = *rows;
    view.feature = feature;
    view.n_features++;
    td_status status = td_predict(out, model, &view, TD_SCORE_RESPONSE, exec, err);
    td_mem_free(feature);
    return status;
}
