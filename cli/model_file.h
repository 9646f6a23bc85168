/* cli/model_file.h: a model of any learner in a file, and scores from it. The first line of the
 * file tells the learner: boosted trees (gbdt/gbdt.h) or logistic regression (gbdt/linear_model.h);
 * or a calibration around one of them (gbdt/model_calibration.h). */
#ifndef TD_CLI_MODEL_FILE_H
#define TD_CLI_MODEL_FILE_H

#include "core/base/arena.h"
#include "gbdt/gbdt.h"
#include "gbdt/linear_model.h"
#include "gbdt/model_calibration.h"
#include "io/csv_read.h"

/* One of the two learners, owned; the other is NULL. A choice of TD_CURVE_NONE: not calibrated. */
typedef struct td_any_model {
    td_model *trees;
    td_linear_model *linear;
    td_model_calibration calibration; /* owned */
} td_any_model;

void td_any_model_free(td_any_model *model);

/* The bytes that are written below. *bytes owned. */
td_status td_any_model_bytes(char **bytes, uint64_t *n, const td_any_model *model,
                             td_error *err) TD_MUST_USE;

/* Write the model, whole or not at all. Errors of io/file. */
td_status td_any_model_write(const char *path, const td_any_model *model,
                             td_error *err) TD_MUST_USE;

/* Read one. *out owned*. TD_ERR_FORMAT names the line for a foreign, cut or changed file. */
td_status td_any_model_read(td_any_model *out, const char *path, td_error *err) TD_MUST_USE;

uint32_t td_any_model_n_features(const td_any_model *model);
const char *td_any_model_feature(const td_any_model *model, uint32_t i); /* borrowed */
td_column_kind td_any_model_kind(const td_any_model *model, uint32_t i);

/* 1 when the response is a probability (binary), 0 when it is a value. */
int td_any_model_is_binary(const td_any_model *model);

/* Scores of a row: classes of a multiclass model, else 1. */
uint32_t td_any_model_n_outputs(const td_any_model *model);

/* out[n_outputs * n_rows], output by output; columns are found by name. The response of a
 * calibrated model is the calibrated probability, the raw score what the learner adds up.
 * TD_ERR_SHAPE names a missing column, TD_ERR_ARG one of the wrong kind. */
td_status td_any_model_predict(double *out, const td_any_model *model, const td_matrix_view *rows,
                               td_score kind, const td_exec *exec, td_error *err) TD_MUST_USE;

#endif
