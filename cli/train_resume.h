/* cli/train_resume.h: the model that `train --init-model` goes on from, with its scores of the
 * tables. */
#ifndef TD_CLI_TRAIN_RESUME_H
#define TD_CLI_TRAIN_RESUME_H

#include "cli/cmd.h"
#include "cli/model_file.h"

/* Zeroed struct = none. */
typedef struct td_resume {
    td_any_model model;
    double *raw[2]; /* [n_outputs * rows] of the training and the validation table, or NULL */
    td_init init;   /* of the above */
} td_resume;

/* Read the model and score both tables, which must still have their columns; a view without rows is
 * no table. Free the struct also after a failure. TD_ERR_ARG for a logistic regression; errors of
 * td_any_model_read and td_predict. */
td_status td_resume_open(td_resume *out, const char *path, const td_matrix_view view[2],
                         const td_cli *cli, td_error *err) TD_MUST_USE;
void td_resume_free(td_resume *resume);

#endif
