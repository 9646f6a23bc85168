/* gbdt/predict.c: scores of rows in a table.
 *
 * 1. Match the model's features to the table's columns by name; translate the table's category codes
 *    to the model's levels by text.
 * 2. Per block of rows, in parallel: copy the features row by row, walk every tree, add up.
 * 3. The response of a binary model is the sigmoid of the raw score.
 *
 * A raw score is base_score + the leaf values in the order of the trees, the same additions that
 * training made, so training scores and predictions are equal to the bit.
 * Cost: rows * trees * depth. */
#include <string.h>

#include "core/base/mem.h"
#include "core/base/numeric.h"
#include "gbdt/binning.h"
#include "gbdt/tree.h"

enum { BLOCK_ROWS = 512 };

/* A column of the table as the model sees it. */
typedef struct source {
    const td_column *column;
    double *level_of; /* [dict.n] model level of a table code, NaN = unseen; NULL for numbers */
} source;

typedef struct prediction {
    double *out;
    const td_model *model;
    source *source; /* [n_features] */
    double *block;  /* [threads * BLOCK_ROWS * n_features] */
    td_score kind;
} prediction;

static td_status map_levels(source *from, const td_model_feature *feature, td_error *err) {
    const td_textdict *dict = &from->column->dict;
    TD_NEW(from->level_of, dict->n, err);
    for (uint32_t k = 0; k < dict->n; k++) {
        uint64_t begin = dict->begin[k], length = dict->begin[k + 1] - begin;
        uint32_t level = td_textdict_find(&feature->levels, dict->bytes + begin, length);
        from->level_of[k] = level == TD_CODE_NONE ? (double)TD_CODE_NONE : level;
    }
    return TD_OK;
}

/* Values of one feature for rows [begin, begin + n), `step` apart. */
static void copy_feature(double *to, uint64_t step, const source *from, uint64_t begin,
                         uint64_t n) {
    const td_column *column = from->column;
    for (uint64_t i = 0; i < n; i++) {
        if (from->level_of == NULL) {
            to[i * step] = column->number[begin + i];
        } else {
            uint32_t code = column->code[begin + i];
            to[i * step] = code < column->dict.n ? from->level_of[code] : (double)TD_CODE_NONE;
        }
    }
}

static int goes_left(const td_tree *tree, const td_node *node, double x) {
    if (node->is_category) {
        return x < 256 && td_bin_set_has(&tree->sets[node->set], (uint32_t)x);
    }
    return x == x ? x <= node->threshold : node->missing_left;
}

static double tree_value(const td_tree *tree, const double *row) {
    int32_t at = tree->n_leaves > 1 ? 0 : ~0;
    while (at >= 0) {
        const td_node *node = &tree->node[at];
        at = goes_left(tree, node, row[node->feature]) ? node->left : node->right;
    }
    return tree->leaf_value[~at];
}

static td_status predict_block(void *ctx, td_chunk chunk, td_error *err) {
    (void)err;
    const prediction *job = ctx;
    const td_model *model = job->model;
    uint64_t n_features = model->n_features, n = chunk.end - chunk.begin;
    double *rows = job->block + (uint64_t)chunk.worker * BLOCK_ROWS * n_features;
    double *out = job->out + chunk.begin;
    for (uint32_t f = 0; f < n_features; f++) {
        copy_feature(rows + f, n_features, &job->source[f], chunk.begin, n);
    }
    for (uint64_t i = 0; i < n; i++) out[i] = model->base_score;
    for (uint32_t t = 0; t < model->best_iteration; t++) {
        for (uint64_t i = 0; i < n; i++) {
            out[i] += tree_value(&model->tree[t], rows + i * n_features);
        }
    }
    int is_probability = job->kind == TD_SCORE_RESPONSE && model->objective == TD_OBJECTIVE_BINARY;
    if (is_probability) td_sigmoid_array(out, out, n);
    return TD_OK;
}

static td_status match_columns(prediction *job, const td_matrix_view *rows, td_error *err) {
    for (uint32_t f = 0; f < job->model->n_features; f++) {
        const td_model_feature *feature = &job->model->feature[f];
        source *from = &job->source[f];
        TD_TRY(td_columns_match(&from->column, rows, feature->name, feature->kind, err));
        if (feature->kind == TD_COLUMN_CATEGORY) TD_TRY(map_levels(from, feature, err));
    }
    return TD_OK;
}

td_status td_predict(double *out, const td_model *model, const td_matrix_view *rows, td_score kind,
                     const td_exec *exec, td_error *err) {
    prediction job = {.out = out, .model = model, .kind = kind};
    uint64_t threads = (uint64_t)td_exec_threads(exec), n_features = model->n_features;
    job.source = td_mem_zeroed(n_features, sizeof *job.source, err);
    job.block = td_mem_array(threads * BLOCK_ROWS * n_features, sizeof(double), err);
    td_status status = job.source != NULL && job.block != NULL ? TD_OK : TD_ERR_NOMEM;
    if (status == TD_OK) status = match_columns(&job, rows, err);
    if (status == TD_OK) {
        status = td_par_for(exec, rows->n_rows, BLOCK_ROWS, predict_block, &job, err);
    }
    for (uint32_t f = 0; job.source != NULL && f < n_features; f++) {
        td_mem_free(job.source[f].level_of);
    }
    td_mem_free(job.source);
    td_mem_free(job.block);
    return status;
}
