/* cli/model_file.c: model files of the program: bytes from and to the two learners, through
 * io/file.
 *
 *     tundish model 1 gbdt|linear         first line: which reader; 'calibrated' wraps one of them
 *     ...                                 the learner's own lines (docs/model_integration.md)
 *     sha256 ...                          last line: hash of everything above
 *
 * Which reader to use is told by the first line of the file. Everything else is the learners'
 * own: format, checks, finding columns by name, categories by text. The functions below ask
 * "trees or linear?" and pass on; that question is asked nowhere else in the program. The raw
 * score of a logistic regression is the log-odds of its probability.
 *
 * Cost: that of the calls. It knows no other format: foreign ones are the business of an
 * importer. */
#include "cli/model_file.h"

#include <stdio.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/base/numeric.h"
#include "gbdt/model_bytes.h"
#include "io/file.h"

void td_any_model_free(td_any_model *model) {
    td_model_free(model->trees);
    td_linear_model_free(model->linear);
    td_model_calibration_free(&model->calibration);
    *model = (td_any_model){0};
}

td_status td_any_model_bytes(char **bytes, uint64_t *n, const td_any_model *model, td_error *err) {
    char *inner = NULL;
    uint64_t n_inner = 0;
    TD_TRY(model->trees != NULL ? td_model_to_bytes(&inner, &n_inner, model->trees, err)
                                : td_linear_to_bytes(&inner, &n_inner, model->linear, err));
    if (model->calibration.choice == TD_CURVE_NONE) {
        *bytes = inner;
        *n = n_inner;
        return TD_OK;
    }
    td_status status = td_calibrated_to_bytes(bytes, n, &model->calibration, inner, n_inner, err);
    td_mem_free(inner);
    return status;
}

/* The bytes are whole in memory before the file is opened: a failure leaves no partial file. */
td_status td_any_model_write(const char *path, const td_any_model *model, td_error *err) {
    char *bytes = NULL;
    uint64_t n = 0;
    TD_TRY(td_any_model_bytes(&bytes, &n, model, err));
    td_status status = td_file_write(path, bytes, n, err);
    td_mem_free(bytes);
    return status;
}

static td_status read_learner(td_any_model *out, td_bytes bytes, td_error *err) {
    return td_model_bytes_are(bytes.data, bytes.n, "linear")
               ? td_linear_from_bytes(&out->linear, bytes.data, bytes.n, err)
               : td_model_from_bytes(&out->trees, bytes.data, bytes.n, err);
}

static td_status read_bytes(td_any_model *out, td_bytes bytes, td_error *err) {
    if (!td_calibrated_bytes_are(bytes.data, bytes.n)) return read_learner(out, bytes, err);
    td_bytes inner = {0};
    TD_TRY(td_calibrated_from_bytes(&out->calibration, &inner.data, &inner.n, bytes.data, bytes.n,
                                    err));
    TD_TRY(read_learner(out, inner, err));
    TD_CHECK(td_any_model_is_binary(out), err, TD_ERR_FORMAT,
             "model file: a calibration around a model that predicts values");
    return TD_OK;
}

/* The readers see bytes and not a path, so the path is added to their error here. */
td_status td_any_model_read(td_any_model *out, const char *path, td_error *err) {
    *out = (td_any_model){0};
    td_file *file = NULL;
    TD_TRY(td_file_open(&file, path, err));
    td_status status = read_bytes(out, td_file_bytes(file), err);
    td_file_close(file);
    if (status != TD_OK) td_any_model_free(out);
    if (status != TD_OK && err != NULL && err->file[0] == '\0')
        snprintf(err->file, sizeof err->file, "%s", path);
    return status;
}

uint32_t td_any_model_n_features(const td_any_model *model) {
    return model->trees != NULL ? td_model_n_features(model->trees) : model->linear->n_features;
}

const char *td_any_model_feature(const td_any_model *model, uint32_t i) {
    return model->trees != NULL ? td_model_feature_name(model->trees, i)
                                : model->linear->feature[i].name;
}

td_column_kind td_any_model_kind(const td_any_model *model, uint32_t i) {
    return model->trees != NULL ? td_model_feature_kind(model->trees, i)
                                : model->linear->feature[i].kind;
}

/* Logistic regression always is. */
int td_any_model_is_binary(const td_any_model *model) {
    return model->trees == NULL || td_model_objective(model->trees) == TD_OBJECTIVE_BINARY;
}

uint32_t td_any_model_n_outputs(const td_any_model *model) {
    return model->trees != NULL ? td_model_n_outputs(model->trees) : 1;
}

td_status td_any_model_predict(double *out, const td_any_model *model, const td_matrix_view *rows,
                               td_score kind, const td_exec *exec, td_error *err) {
    int is_calibrated = kind == TD_SCORE_RESPONSE && model->calibration.choice != TD_CURVE_NONE;
    if (is_calibrated) kind = TD_SCORE_RAW;
    if (model->trees != NULL) {
        TD_TRY(td_predict(out, model->trees, rows, kind, exec, err));
    } else {
        TD_TRY(td_linear_predict(out, model->linear, rows, exec, err));
        for (uint64_t i = 0; kind == TD_SCORE_RAW && i < rows->n_rows; i++)
            out[i] = td_logit(out[i]);
    }
    if (is_calibrated) td_model_calibration_apply(out, &model->calibration, out, rows->n_rows);
    return TD_OK;
}
