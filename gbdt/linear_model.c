/* gbdt/linear_model.c: from table columns to the inputs of a logistic regression.
 *
 *   1. choose inputs: a number is one; a category gets its most frequent training levels (ties by
 *      byte order), kept in byte order
 *   2. lay the inputs out as columns of doubles: numbers are borrowed, levels are 0/1 blocks
 *   3. fit or predict with stats/logistic
 *
 * The levels of a feature live in the model as texts, so rows whose category codes differ (another
 * file, another order) are read alike. Cost O(rows * inputs). */
#include "gbdt/linear_model.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"

static void free_parts(td_linear_model *model) {
    for (uint32_t f = 0; f < model->n_features && model->feature != NULL; f++) {
        td_mem_free(model->feature[f].name);
        td_textdict_free(&model->feature[f].levels);
    }
    td_mem_free(model->feature);
    td_logistic_free(&model->logistic);
}

void td_linear_model_free(td_linear_model *model) {
    if (model == NULL) return;
    free_parts(model);
    td_mem_free(model);
}

/* --- choosing the inputs ---------------------------------------------------------------------- */

typedef struct level_count {
    uint64_t n;
    uint32_t code;
} level_count;

static int by_count(const void *a, const void *b) {
    const level_count *x = a;
    const level_count *y = b;
    if (x->n != y->n) return x->n > y->n ? -1 : 1;
    return x->code < y->code ? -1 : 1;
}

/* Texts of the chosen codes as a dictionary of their own. */
static td_status build_levels(td_textdict *out, const td_column *column, const level_count *level,
                              uint32_t n, td_error *err) {
    uint64_t begin[TD_LINEAR_LEVELS];
    uint32_t length[TD_LINEAR_LEVELS];
    for (uint32_t i = 0; i < n; i++) {
        begin[i] = column->dict.begin[level[i].code];
        length[i] = (uint32_t)(column->dict.begin[level[i].code + 1] - begin[i]);
    }
    return td_textdict_build(out, n, column->dict.bytes, begin, length, err);
}

static td_status choose_levels(td_textdict *out, const td_column *column, uint64_t n_rows,
                               td_error *err) {
    level_count *level = td_mem_zeroed(column->dict.n, sizeof *level, err);
    if (level == NULL) return TD_ERR_NOMEM;
    for (uint32_t c = 0; c < column->dict.n; c++) level[c].code = c;
    for (uint64_t i = 0; i < n_rows; i++) {
        if (column->code[i] != TD_CODE_NONE) level[column->code[i]].n++;
    }
    if (column->dict.n > 1) qsort(level, column->dict.n, sizeof *level, by_count);
    uint32_t n = 0;
    while (n < column->dict.n && n < TD_LINEAR_LEVELS && level[n].n > 0) n++;
    td_status status = build_levels(out, column, level, n, err);
    td_mem_free(level);
    return status;
}

static td_status choose_inputs(td_linear_model *model, const td_matrix_view *train, td_error *err) {
    TD_NEW_ZEROED(model->feature, train->n_features, err);
    model->n_features = train->n_features;
    uint32_t n_inputs = 0;
    for (uint32_t f = 0; f < train->n_features; f++) {
        const td_column *column = train->feature[f];
        td_linear_feature *feature = &model->feature[f];
        feature->kind = column->kind;
        feature->first = n_inputs;
        feature->n_inputs = 1;
        feature->name = td_mem_text(column->name, err);
        if (feature->name == NULL) return TD_ERR_NOMEM;
        if (column->kind == TD_COLUMN_CATEGORY) {
            TD_TRY(choose_levels(&feature->levels, column, train->n_rows, err));
            feature->n_inputs = feature->levels.n;
        }
        n_inputs += feature->n_inputs;
    }
    TD_CHECK(n_inputs > 0, err, TD_ERR_SHAPE, "no feature to learn from");
    return TD_OK;
}

/* --- laying the inputs out -------------------------------------------------------------------- */

typedef struct inputs {
    uint32_t n;
    const double **x; /* [n] columns */
    double **own;     /* [n] blocks of categories, NULL where x is borrowed */
} inputs;

static void inputs_free(inputs *in) {
    for (uint32_t i = 0; in->own != NULL && i < in->n; i++) td_mem_free(in->own[i]);
    td_mem_free(in->own);
    td_mem_free(in->x);
}

static td_status spread_category(inputs *in, const td_linear_feature *feature,
                                 const td_column *column, uint64_t n_rows, td_error *err) {
    const td_textdict *dict = &column->dict;
    for (uint32_t k = 0; k < feature->n_inputs; k++) {
        const td_textdict *levels = &feature->levels;
        uint64_t length = levels->begin[k + 1] - levels->begin[k];
        uint32_t code = td_textdict_find(dict, levels->bytes + levels->begin[k], length);
        double *block;
        TD_NEW(block, n_rows, err);
        in->own[feature->first + k] = block;
        in->x[feature->first + k] = block;
        for (uint64_t i = 0; i < n_rows; i++) {
            block[i] = column->code[i] == code && code != TD_CODE_NONE ? 1.0 : 0.0;
        }
    }
    return TD_OK;
}

static const td_column *find_column(const td_matrix_view *rows, const char *name) {
    for (uint32_t i = 0; i < rows->n_features; i++) {
        if (strcmp(rows->feature[i]->name, name) == 0) return rows->feature[i];
    }
    return NULL;
}

static td_status spread(inputs *in, const td_linear_model *model, const td_matrix_view *rows,
                        td_error *err) {
    for (uint32_t f = 0; f < model->n_features; f++) in->n += model->feature[f].n_inputs;
    TD_NEW_ZEROED(in->x, in->n, err);
    TD_NEW_ZEROED(in->own, in->n, err);
    for (uint32_t f = 0; f < model->n_features; f++) {
        const td_linear_feature *feature = &model->feature[f];
        const td_column *column = find_column(rows, feature->name);
        TD_CHECK(column != NULL, err, TD_ERR_SHAPE, "column '%s' of the model is missing",
                 feature->name);
        TD_CHECK(column->kind == feature->kind, err, TD_ERR_ARG,
                 "column '%s' holds %s, the model was trained on %s", feature->name,
                 column->kind == TD_COLUMN_NUMBER ? "numbers" : "texts",
                 feature->kind == TD_COLUMN_NUMBER ? "numbers" : "texts");
        if (feature->kind == TD_COLUMN_NUMBER) {
            in->x[feature->first] = column->number;
        } else {
            TD_TRY(spread_category(in, feature, column, rows->n_rows, err));
        }
    }
    return TD_OK;
}

/* --- fit and predict -------------------------------------------------------------------------- */

static td_status fit(td_linear_model *model, const td_matrix_view *train,
                     const td_logistic_params *params, const td_exec *exec, td_error *err) {
    TD_TRY(choose_inputs(model, train, err));
    inputs in = {0};
    td_status status = spread(&in, model, train, err);
    if (status == TD_OK) {
        td_logistic_data data = {.n = train->n_rows,
                                 .p = in.n,
                                 .x = in.x,
                                 .label = train->label,
                                 .weight = train->weight};
        status = td_logistic_fit(&model->logistic, &data, params, exec, err);
    }
    inputs_free(&in);
    return status;
}

td_status td_linear_train(td_linear_model **out, const td_matrix_view *train,
                          const td_logistic_params *params, const td_exec *exec, td_error *err) {
    TD_CHECK(train->label != NULL, err, TD_ERR_SHAPE, "no label to learn from");
    td_linear_model *model = td_mem_zeroed(1, sizeof *model, err);
    if (model == NULL) return TD_ERR_NOMEM;
    td_status status = fit(model, train, params, exec, err);
    if (status != TD_OK) {
        td_linear_model_free(model);
        return status;
    }
    *out = model;
    return TD_OK;
}

td_status td_linear_predict(double *probability, const td_linear_model *model,
                            const td_matrix_view *rows, const td_exec *exec, td_error *err) {
    inputs in = {0};
    td_status status = spread(&in, model, rows, err);
    if (status == TD_OK) {
        status = td_logistic_predict(probability, &model->logistic, in.x, rows->n_rows, exec, err);
    }
    inputs_free(&in);
    return status;
}
