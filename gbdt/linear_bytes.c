/* gbdt/linear_bytes.c: a linear model as text and back (docs/model_integration.md).
 *
 *     tundish model 1 linear
 *     rows N
 *     fit ITERATIONS CONVERGED l2 deviance null_deviance
 *     intercept base intercept se
 *     features N INPUTS
 *     feature number 1 NAME                        then one input line
 *     feature category N NAME                      then N input lines, each with its level
 *     input [LEVEL] mean sd coef se missing_share missing_coef missing_se
 */
#include <string.h>

#include "core/base/mem.h"
#include "gbdt/linear_model.h"
#include "gbdt/model_bytes.h"

static void write_input(td_model_text *text, const td_logistic_column *column) {
    td_model_text_f64(text, column->mean);
    td_model_text_f64(text, column->sd);
    td_model_text_f64(text, column->coef);
    td_model_text_f64(text, column->se);
    td_model_text_f64(text, column->missing_share);
    td_model_text_f64(text, column->missing_coef);
    td_model_text_f64(text, column->missing_se);
    td_model_text_end_line(text);
}

static void write_feature(td_model_text *text, const td_linear_model *model, uint32_t f) {
    const td_linear_feature *feature = &model->feature[f];
    int is_category = feature->kind == TD_COLUMN_CATEGORY;
    td_model_text_printf(text, "feature %s %u", is_category ? "category" : "number",
                         feature->n_inputs);
    td_model_text_word(text, feature->name, strlen(feature->name));
    td_model_text_end_line(text);
    for (uint32_t k = 0; k < feature->n_inputs; k++) {
        const td_textdict *levels = &feature->levels;
        td_model_text_printf(text, "input");
        if (is_category) {
            td_model_text_word(text, levels->bytes + levels->begin[k],
                               levels->begin[k + 1] - levels->begin[k]);
        }
        write_input(text, &model->logistic.columns[feature->first + k]);
    }
}

td_status td_linear_to_bytes(char **bytes, uint64_t *n, const td_linear_model *model,
                             td_error *err) {
    const td_logistic *logistic = &model->logistic;
    td_model_text text;
    td_model_text_open(&text, "linear");
    td_model_text_printf(&text, "rows %llu\n", (unsigned long long)logistic->n);
    td_model_text_printf(&text, "fit %u %d", logistic->iterations, logistic->has_converged);
    td_model_text_f64(&text, logistic->l2);
    td_model_text_f64(&text, logistic->deviance);
    td_model_text_f64(&text, logistic->null_deviance);
    td_model_text_end_line(&text);
    td_model_text_printf(&text, "intercept");
    td_model_text_f64(&text, logistic->base);
    td_model_text_f64(&text, logistic->intercept);
    td_model_text_f64(&text, logistic->intercept_se);
    td_model_text_end_line(&text);
    td_model_text_printf(&text, "features %u %u\n", model->n_features, logistic->p);
    for (uint32_t f = 0; f < model->n_features; f++) write_feature(&text, model, f);
    return td_model_text_seal(&text, bytes, n, err);
}

static td_status read_input(td_logistic_column *column, td_model_reader *reader, td_error *err) {
    TD_TRY(td_model_reader_f64(reader, &column->mean, err));
    TD_TRY(td_model_reader_f64(reader, &column->sd, err));
    TD_TRY(td_model_reader_f64(reader, &column->coef, err));
    TD_TRY(td_model_reader_f64(reader, &column->se, err));
    TD_TRY(td_model_reader_f64(reader, &column->missing_share, err));
    TD_TRY(td_model_reader_f64(reader, &column->missing_coef, err));
    return td_model_reader_f64(reader, &column->missing_se, err);
}

/* Lines of one category's inputs: level text, then its numbers. */
static td_status read_levels(td_linear_feature *feature, td_logistic_column *column,
                             td_model_reader *reader, td_error *err) {
    char *word[TD_LINEAR_LEVELS] = {0};
    uint64_t begin[TD_LINEAR_LEVELS];
    uint32_t length[TD_LINEAR_LEVELS];
    char *bytes = NULL;
    uint64_t n_bytes = 0;
    td_status status = TD_OK;
    for (uint32_t k = 0; k < feature->n_inputs && status == TD_OK; k++) {
        uint64_t n = 0;
        status = td_model_reader_line(reader, "input", err);
        if (status == TD_OK) status = td_model_reader_word(reader, &word[k], &n, err);
        if (status == TD_OK) status = read_input(&column[k], reader, err);
        begin[k] = n_bytes;
        length[k] = (uint32_t)n;
        n_bytes += n;
    }
    if (status == TD_OK) {
        bytes = td_mem_array(n_bytes, 1, err);
        status = bytes == NULL ? TD_ERR_NOMEM : TD_OK;
    }
    for (uint32_t k = 0; k < feature->n_inputs; k++) {
        if (status == TD_OK) memcpy(bytes + begin[k], word[k], length[k]);
        td_mem_free(word[k]);
    }
    if (status == TD_OK) {
        status = td_textdict_build(&feature->levels, feature->n_inputs, bytes, begin, length, err);
    }
    td_mem_free(bytes);
    if (status == TD_OK && feature->levels.n != feature->n_inputs) {
        return td_model_reader_fail(reader, err, "a level stands twice");
    }
    return status;
}

static td_status read_feature(td_linear_model *model, uint32_t f, uint32_t first,
                              td_model_reader *reader, td_error *err) {
    td_linear_feature *feature = &model->feature[f];
    char *kind = NULL;
    int64_t n_inputs;
    TD_TRY(td_model_reader_line(reader, "feature", err));
    TD_TRY(td_model_reader_word(reader, &kind, NULL, err));
    int is_category = strcmp(kind, "category") == 0;
    int is_known = is_category || strcmp(kind, "number") == 0;
    td_mem_free(kind);
    if (!is_known) return td_model_reader_fail(reader, err, "an unknown kind of feature");
    TD_TRY(td_model_reader_i64(reader, &n_inputs, is_category ? 0 : 1,
                               is_category ? TD_LINEAR_LEVELS : 1, err));
    TD_TRY(td_model_reader_word(reader, &feature->name, NULL, err));
    feature->kind = is_category ? TD_COLUMN_CATEGORY : TD_COLUMN_NUMBER;
    feature->first = first;
    feature->n_inputs = (uint32_t)n_inputs;
    if (first + feature->n_inputs > model->logistic.p) {
        return td_model_reader_fail(reader, err, "more inputs than declared");
    }
    td_logistic_column *column = &model->logistic.columns[first];
    if (is_category) return read_levels(feature, column, reader, err);
    TD_TRY(td_model_reader_line(reader, "input", err));
    return read_input(column, reader, err);
}

static td_status read_head(td_linear_model *model, td_model_reader *reader, td_error *err) {
    td_logistic *logistic = &model->logistic;
    int64_t rows;
    int64_t iterations;
    int64_t has_converged;
    TD_TRY(td_model_reader_line(reader, "rows", err));
    TD_TRY(td_model_reader_i64(reader, &rows, 0, INT64_MAX, err));
    TD_TRY(td_model_reader_line(reader, "fit", err));
    TD_TRY(td_model_reader_i64(reader, &iterations, 0, UINT32_MAX, err));
    TD_TRY(td_model_reader_i64(reader, &has_converged, 0, 1, err));
    TD_TRY(td_model_reader_f64(reader, &logistic->l2, err));
    TD_TRY(td_model_reader_f64(reader, &logistic->deviance, err));
    TD_TRY(td_model_reader_f64(reader, &logistic->null_deviance, err));
    TD_TRY(td_model_reader_line(reader, "intercept", err));
    TD_TRY(td_model_reader_f64(reader, &logistic->base, err));
    TD_TRY(td_model_reader_f64(reader, &logistic->intercept, err));
    logistic->n = (uint64_t)rows;
    logistic->iterations = (uint32_t)iterations;
    logistic->has_converged = (int)has_converged;
    return td_model_reader_f64(reader, &logistic->intercept_se, err);
}

static td_status read_model(td_linear_model *model, td_model_reader *reader, uint64_t n_bytes,
                            td_error *err) {
    int64_t n_features;
    int64_t p;
    TD_TRY(read_head(model, reader, err));
    TD_TRY(td_model_reader_line(reader, "features", err));
    /* each feature and each input takes a line, so the text's length bounds both */
    TD_TRY(td_model_reader_i64(reader, &n_features, 1, (int64_t)(n_bytes / 8), err));
    TD_TRY(td_model_reader_i64(reader, &p, 1, (int64_t)(n_bytes / 8), err));
    TD_NEW_ZEROED(model->feature, (uint64_t)n_features, err);
    model->n_features = (uint32_t)n_features;
    TD_NEW_ZEROED(model->logistic.columns, (uint64_t)p, err);
    model->logistic.p = (uint32_t)p;
    uint32_t first = 0;
    for (uint32_t f = 0; f < model->n_features; f++) {
        TD_TRY(read_feature(model, f, first, reader, err));
        first += model->feature[f].n_inputs;
    }
    if (first != model->logistic.p || !td_model_reader_is_done(reader)) {
        return td_model_reader_fail(reader, err, "fewer inputs than declared, or lines left over");
    }
    return TD_OK;
}

td_status td_linear_from_bytes(td_linear_model **out, const char *bytes, uint64_t n,
                               td_error *err) {
    td_model_reader reader;
    TD_TRY(td_model_reader_open(&reader, bytes, n, "linear", err));
    td_linear_model *model = td_mem_zeroed(1, sizeof *model, err);
    if (model == NULL) return TD_ERR_NOMEM;
    td_status status = read_model(model, &reader, n, err);
    if (status != TD_OK) {
        td_linear_model_free(model);
        return status;
    }
    *out = model;
    return TD_OK;
}
