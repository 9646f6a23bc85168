/* gbdt/predict.c: scores of rows in a table.
 *
 * 1. Match the model's features to the table's columns by name; translate the table's category
 *    codes to the model's levels by text.
 * 2. Few rows: copy a block of them row by row, walk every tree, add up. This is the specification.
 *    Many rows: prepare the model once, then whole blocks go down the trees together (lanes.h).
 * 3. The response of a binary model is the sigmoid of the raw score, that of classes the softmax.
 *
 * Little work is done by one thread: waking another would take longer.
 *
 * A raw score is its base_score + the leaf values in the order of the trees, the same additions
 * that training made, so training scores and predictions are equal to the bit.
 * Cost: rows * trees * depth walking, see lanes_score.c for blocks. Preparing a model costs about
 * as much as walking MIN_LANE_ROWS rows, whatever its size: both grow with the nodes. */
#include <string.h>

#include "core/base/mem.h"
#include "gbdt/binning.h"
#include "gbdt/lanes.h"
#include "gbdt/objective.h"
#include "gbdt/tree.h"

enum { BLOCK_ROWS = TD_LANE_ROWS, MIN_LANE_ROWS = 256, THREAD_WORK = 1000000 };

typedef struct prediction {
    double *out;
    const td_model *model;
    td_source *source; /* [n_features] */
    uint64_t n_rows;
    double *block;    /* [threads * BLOCK_ROWS * n_features], NULL when lanes are used */
    uint8_t *scratch; /* [threads * td_lanes_scratch_bytes], NULL when they are not */
    td_lanes lanes;
    td_score kind;
    td_exec exec; /* threads in use */
} prediction;

static td_status map_levels(td_source *from, const td_model_feature *feature, td_error *err) {
    const td_textdict *dict = &from->column->dict;
    TD_NEW(from->level_of, dict->n, err);
    for (uint32_t k = 0; k < dict->n; k++) {
        uint64_t begin = dict->begin[k], length = dict->begin[k + 1] - begin;
        from->level_of[k] = td_textdict_find(&feature->levels, dict->bytes + begin, length);
    }
    return TD_OK;
}

/* ---- few rows -------------------------------------------------------------------------------- */

/* Values of one feature for rows [begin, begin + n), `step` apart. */
static void copy_feature(double *to, uint64_t step, const td_source *from, uint64_t begin,
                         uint64_t n) {
    const td_column *column = from->column;
    for (uint64_t i = 0; i < n; i++) {
        if (from->level_of == NULL) {
            to[i * step] = column->number[begin + i];
        } else {
            uint32_t code = column->code[begin + i];
            to[i * step] = code < column->dict.n ? from->level_of[code] : TD_CODE_NONE;
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

static void walk_rows(double *out, const prediction *job, td_chunk chunk) {
    const td_model *model = job->model;
    uint64_t n_features = model->n_features, n = chunk.end - chunk.begin;
    double *rows = job->block + (uint64_t)chunk.worker * BLOCK_ROWS * n_features;
    for (uint32_t f = 0; f < n_features; f++) {
        copy_feature(rows + f, n_features, &job->source[f], chunk.begin, n);
    }
    for (uint32_t k = 0; k < model->n_outputs; k++) {
        double *score = out + k * job->n_rows;
        for (uint64_t i = 0; i < n; i++) score[i] = model->base_score[k];
        for (uint32_t t = k; t < td_model_n_used(model); t += model->n_outputs) {
            for (uint64_t i = 0; i < n; i++) {
                score[i] += tree_value(&model->tree[t], rows + i * n_features);
            }
        }
    }
}

/* ---- many rows ------------------------------------------------------------------------------- */

static void score_block(double *out, const prediction *job, td_chunk chunk) {
    uint64_t scratch_bytes = td_lanes_scratch_bytes(&job->lanes), n = chunk.end - chunk.begin;
    uint8_t *scratch = job->scratch + (uint64_t)chunk.worker * scratch_bytes;
    const double *score = td_lanes_score(&job->lanes, job->source, chunk.begin, n, scratch);
    for (uint64_t k = 0; k < job->model->n_outputs; k++) {
        memcpy(out + k * job->n_rows, score + k * TD_LANE_ROWS, n * sizeof *score);
    }
}

/* A thread that sleeps needs up to a millisecond to wake: it is called only when there is so much
 * to do for each. Work in nanoseconds, roughly: one per row and number, 1/32 per row and node. */
static int useful_threads(const prediction *job, int n_threads) {
    uint64_t per_row = job->lanes.n_nodes / 32 + job->lanes.n_columns;
    uint64_t useful = job->n_rows * per_row / THREAD_WORK;
    if (useful >= (uint64_t)n_threads) return n_threads;
    return useful > 1 ? (int)useful : 1;
}

/* ---- the whole ------------------------------------------------------------------------------- */

static td_status predict_chunk(void *ctx, td_chunk chunk, td_error *err) {
    (void)err;
    const prediction *job = ctx;
    double *out = job->out + chunk.begin;
    if (job->scratch != NULL) {
        score_block(out, job, chunk);
    } else {
        walk_rows(out, job, chunk);
    }
    if (job->kind == TD_SCORE_RESPONSE) {
        td_response(out, job->model->objective, job->model->n_outputs, job->n_rows,
                    chunk.end - chunk.begin);
    }
    return TD_OK;
}

static td_status match_columns(prediction *job, const td_matrix_view *rows, td_error *err) {
    uint32_t place = 0;
    TD_NEW_ZEROED(job->source, job->model->n_features, err);
    for (uint32_t f = 0; f < job->model->n_features; f++) {
        const td_model_feature *feature = &job->model->feature[f];
        td_source *from = &job->source[f];
        TD_TRY(td_columns_match(&from->column, &place, rows, feature->name, feature->kind, err));
        if (feature->kind == TD_COLUMN_CATEGORY) TD_TRY(map_levels(from, feature, err));
    }
    return TD_OK;
}

/* Choose the way by the number of rows and reserve the workers' memory. */
static td_status prepare(prediction *job, td_error *err) {
    if (job->n_rows >= MIN_LANE_ROWS) TD_TRY(td_lanes_build(&job->lanes, job->model, err));
    if (job->lanes.fits) {
        job->exec.n_threads = useful_threads(job, job->exec.n_threads);
        uint64_t threads = (uint64_t)job->exec.n_threads;
        TD_NEW_ZEROED(job->scratch, threads * td_lanes_scratch_bytes(&job->lanes), err);
    } else {
        uint64_t threads = (uint64_t)job->exec.n_threads;
        TD_NEW(job->block, threads * BLOCK_ROWS * job->model->n_features, err);
    }
    return TD_OK;
}

static void prediction_free(prediction *job) {
    for (uint32_t f = 0; job->source != NULL && f < job->model->n_features; f++) {
        td_mem_free(job->source[f].level_of);
    }
    td_mem_free(job->source);
    td_mem_free(job->block);
    td_mem_free(job->scratch);
    td_lanes_free(&job->lanes);
}

td_status td_predict(double *out, const td_model *model, const td_matrix_view *rows, td_score kind,
                     const td_exec *exec, td_error *err) {
    prediction job = {.out = out, .model = model, .n_rows = rows->n_rows, .kind = kind};
    job.exec.n_threads = td_exec_threads(exec);
    td_status status = match_columns(&job, rows, err);
    if (status == TD_OK) status = prepare(&job, err);
    if (status == TD_OK) {
        status = td_par_for(&job.exec, rows->n_rows, BLOCK_ROWS, predict_chunk, &job, err);
    }
    prediction_free(&job);
    return status;
}
