/* cli/uplift_new_rows.h: the rows of a table that a model of effects is applied to. */
#ifndef TD_CLI_UPLIFT_NEW_ROWS_H
#define TD_CLI_UPLIFT_NEW_ROWS_H

#include "cli/score_table.h"
#include "uplift/uplift.h"

/* What the user says about them; all borrowed. */
typedef struct td_uplift_new_request {
    const td_data_format *format;
    const char *keep;       /* columns to keep, by commas; NULL = none */
    const char *propensity; /* columns or numbers in place of the model's names; NULL = those */
} td_uplift_new_request;

/* Zeroed struct = empty. */
typedef struct td_uplift_new_rows {
    td_score_table table;
    const td_column **feature;
    td_matrix_view view; /* of all columns that were read */
    double *propensity;  /* [n_arms * n_rows] as td_uplift_predict takes it; NULL = not wanted */
} td_uplift_new_rows;

/* Read the model's features, the columns of the propensities that it wants, and those to keep. The
 * model must outlive the rows. TD_ERR_ARG: a missing column, with what it is for; a list of
 * propensities of another length, or for a model that wants none. TD_ERR_FORMAT names the cell of a
 * propensity outside [0, 1]. Free the rows also after a failure. */
td_status td_uplift_new_rows_read(td_uplift_new_rows *out, const td_uplift_model *model,
                                  const td_uplift_new_request *request, const td_cli *cli,
                                  td_error *err) TD_MUST_USE;
void td_uplift_new_rows_free(td_uplift_new_rows *rows);

#endif
