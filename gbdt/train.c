/* gbdt/train.c: gradient boosting (Friedman 2001, doi:10.1214/aos/1013203451), one tree a round.
 *
 * 1. Scores start at the best constant (boost_from_average) or 0.
 * 2. Each round: draw rows (every bagging_freq rounds) and features from counter streams; derive
 *    gradients at the scores (objective.c); quantise them (quantise.c); grow a tree (grow.c); set
 *    its leaf values from real gradients and update the scores (leaves.c); rows outside the draw
 *    and validation rows walk down the tree (walk.c).
 * 3. With validation rows the metric is taken after each round; when it has not improved for
 *    early_stopping_round rounds training stops, and the model remembers the best round.
 * 4. A round in which nothing can be split ends training, unless another draw may do better.
 *
 * Cost: grow.c. Memory per row: two copies of the codes, 24 bytes of doubles, 8 of quantised
 * gradients, 12 of row order.
 * Not done here: multiclass, custom losses, continued training. */
#include <math.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/base/rng.h"
#include "gbdt/grow.h"
#include "gbdt/leaves.h"
#include "gbdt/objective.h"
#include "gbdt/walk.h"

typedef struct training {
    const td_train_params *params;
    const td_binned *train, *valid;
    const td_exec *exec;
    td_model *model; /* trees so far */
    td_loss loss, valid_loss;
    td_grower grower;
    td_quantised q;
    td_tree tree;                     /* the round's tree, arrays for num_leaves */
    double *score, *grad, *hess;      /* [rows] */
    uint32_t *leaf_of;                /* [rows] leaf in the round's tree */
    double *valid_score, *valid_best; /* [rows of valid]; best: scores at the best round */
    double best_metric;
    uint32_t best_round; /* trees at the best metric */
    uint32_t *bag_row;   /* [rows] drawn rows, NULL without bagging */
    uint8_t *in_bag;     /* [rows] */
    uint64_t n_bag;
    uint8_t *use_slot; /* [n_slots], NULL without feature sampling */
} training;

void td_train_result_free(td_train_result *result) {
    td_mem_free(result->train_raw);
    td_mem_free(result->valid_raw);
    memset(result, 0, sizeof *result);
}

static void training_free(training *job) {
    td_grower_free(&job->grower);
    td_quantised_free(&job->q);
    td_tree_free(&job->tree);
    td_model_free(job->model);
    td_mem_free(job->score);
    td_mem_free(job->grad);
    td_mem_free(job->hess);
    td_mem_free(job->leaf_of);
    td_mem_free(job->valid_score);
    td_mem_free(job->valid_best);
    td_mem_free(job->bag_row);
    td_mem_free(job->in_bag);
    td_mem_free(job->use_slot);
}

/* ---- start ----------------------------------------------------------------------------------- */

static td_status copy_features(td_model *model, const td_binned *train, td_error *err) {
    for (uint32_t f = 0; f < train->n_features; f++) {
        const td_bins *bins = &train->bin[f];
        td_model_feature *feature = &model->feature[f];
        feature->kind = bins->kind;
        feature->name = td_mem_text(bins->name, err);
        if (feature->name == NULL) return TD_ERR_NOMEM;
        if (bins->kind == TD_COLUMN_CATEGORY) {
            TD_TRY(td_levels_copy(&feature->levels, &bins->levels, err));
        }
    }
    return TD_OK;
}

static void fill(double *values, uint64_t n, double value) {
    for (uint64_t i = 0; i < n; i++) values[i] = value;
}

static td_status start_scores(training *job, td_error *err) {
    uint64_t n = job->train->n_rows;
    double base = 0;
    if (job->params->boost_from_average) {
        TD_TRY(td_loss_start(&base, &job->loss, job->exec, err));
    }
    job->model->base_score = base;
    TD_NEW(job->score, n, err);
    TD_NEW(job->grad, n, err);
    TD_NEW(job->hess, n, err);
    TD_NEW(job->leaf_of, n, err);
    fill(job->score, n, base);
    if (job->valid == NULL) return TD_OK;
    job->valid_loss = td_loss_of(job->params, job->valid);
    TD_NEW(job->valid_score, job->valid->n_rows, err);
    TD_NEW(job->valid_best, job->valid->n_rows, err);
    fill(job->valid_score, job->valid->n_rows, base);
    return TD_OK;
}

static td_status start_sampling(training *job, td_error *err) {
    uint64_t n = job->train->n_rows;
    if (job->params->bagging_freq > 0 && job->params->bagging_fraction < 1) {
        TD_NEW(job->bag_row, n, err);
        TD_NEW(job->in_bag, n, err);
    }
    if (job->params->feature_fraction < 1) {
        TD_NEW(job->use_slot, job->grower.blocks.n_slots, err);
    }
    return TD_OK;
}

static td_status start(training *job, td_error *err) {
    uint32_t n_rounds = (uint32_t)job->params->num_iterations;
    TD_TRY(td_model_init(&job->model, job->train->n_features, n_rounds, err));
    job->model->objective = job->params->objective;
    job->loss = td_loss_of(job->params, job->train);
    TD_TRY(copy_features(job->model, job->train, err));
    TD_TRY(start_scores(job, err));
    TD_TRY(td_grower_init(&job->grower, job->train, job->params, job->exec, err));
    TD_TRY(td_tree_init(&job->tree, (uint32_t)job->params->num_leaves, err));
    return start_sampling(job, err);
}

/* ---- one round ------------------------------------------------------------------------------- */

/* Row i is drawn when output i of the round's stream is below the fraction; at least one row is. */
static void draw_rows(training *job, uint32_t round) {
    td_rng rng = td_rng_stream(job->params->seed, "bagging", round, 0);
    job->n_bag = 0;
    for (uint64_t i = 0; i < job->train->n_rows; i++) {
        job->in_bag[i] = td_rng_uniform(&rng) < job->params->bagging_fraction;
        job->bag_row[job->n_bag] = (uint32_t)i;
        job->n_bag += job->in_bag[i];
    }
    if (job->n_bag > 0) return;
    job->in_bag[0] = 1;
    job->bag_row[job->n_bag++] = 0;
}

/* A fraction of the slots, rounded to nearest and at least one: keep each slot with probability
 * (still wanted) / (still to come). */
static void draw_features(training *job, uint32_t round) {
    uint32_t n = job->grower.blocks.n_slots;
    td_rng rng = td_rng_stream(job->params->seed, "features", round, 0);
    uint64_t wanted = (uint64_t)(job->params->feature_fraction * n + 0.5);
    if (wanted == 0) wanted = 1;
    for (uint32_t s = 0; s < n; s++) {
        job->use_slot[s] = td_rng_below(&rng, n - s) < wanted;
        wanted -= job->use_slot[s];
    }
}

static td_status quantise_round(training *job, uint32_t round, td_error *err) {
    td_gradients out = {.grad = job->grad, .hess = job->hess};
    TD_TRY(td_loss_gradients(&out, &job->loss, job->score, job->exec, err));
    td_gradient_range range = out.range;
    TD_CHECK(range.sum_grad < 1e300 && range.sum_hess < 1e300, err, TD_ERR_NUMERIC,
             "gradients of round %u are not finite: labels or weights are too extreme", round + 1);
    int may_be_wide = job->train->weight != NULL || job->params->scale_pos_weight != 1 ||
                      job->params->objective != TD_OBJECTIVE_BINARY;
    uint64_t salt = 0;
    td_rng rng = td_rng_stream(job->params->seed, "dither", round, 0);
    salt = td_rng_next(&rng);
    td_quantise_how how = {range, may_be_wide, (uint32_t)salt, job->exec};
    return td_quantise(&job->q, job->grad, job->hess, job->train->n_rows, &how, err);
}

static td_status walk_rows(const training *job, double *score, const td_binned *rows,
                           const uint8_t *skip, td_error *err) {
    td_walk walk;
    TD_TRY(td_walk_init(&walk, &job->tree, rows, err));
    td_status status = td_walk_add(score, &walk, skip, job->exec, err);
    td_walk_free(&walk);
    return status;
}

/* Grow the round's tree into job->tree and update all scores. */
static td_status play_round(training *job, uint32_t round, td_error *err) {
    td_growth growth = {&job->q, NULL, job->train->n_rows, job->use_slot};
    if (job->bag_row != NULL) {
        if (round % (uint32_t)job->params->bagging_freq == 0) draw_rows(job, round);
        growth.row = job->bag_row;
        growth.n_rows = job->n_bag;
    }
    if (job->use_slot != NULL) draw_features(job, round);
    TD_TRY(quantise_round(job, round, err));
    TD_TRY(td_grow_tree(&job->tree, &job->grower, &growth, err));
    td_leaf_job finish = {&job->grower, job->train->n_rows, job->grad,
                          job->hess,    job->score,         job->leaf_of};
    if (job->bag_row != NULL) {
        memset(job->leaf_of, 0xff, job->train->n_rows * sizeof *job->leaf_of);
    }
    TD_TRY(td_leaves_finish(&job->tree, &finish, err));
    if (job->bag_row != NULL) {
        TD_TRY(walk_rows(job, job->score, job->train, job->in_bag, err));
    }
    if (job->valid != NULL) TD_TRY(walk_rows(job, job->valid_score, job->valid, NULL, err));
    return TD_OK;
}

/* ---- stopping -------------------------------------------------------------------------------- */

static td_stop_metric metric_of(const td_train_params *params) {
    if (params->metric != TD_METRIC_DEFAULT) return params->metric;
    return params->objective == TD_OBJECTIVE_BINARY ? TD_METRIC_LOG_LOSS : TD_METRIC_L2;
}

/* Take the metric after n_trees trees; *stop = 1 when it has not improved for long enough. */
static td_status judge(training *job, uint32_t n_trees, int *stop, td_error *err) {
    td_stop_metric metric = metric_of(job->params);
    double value;
    TD_TRY(td_loss_metric(&value, metric, &job->valid_loss, job->valid_score, job->exec, err));
    double better = td_metric_rises(metric) ? value - job->best_metric : job->best_metric - value;
    if (job->best_round == 0 || better > 0) {
        job->best_metric = value;
        job->best_round = n_trees;
        memcpy(job->valid_best, job->valid_score, job->valid->n_rows * sizeof(double));
    }
    uint32_t patience = (uint32_t)job->params->early_stopping_round;
    *stop = patience > 0 && n_trees - job->best_round >= patience;
    return TD_OK;
}

static td_status keep_tree(training *job, td_error *err) {
    td_model *model = job->model;
    TD_TRY(td_tree_copy(&model->tree[model->n_trees], &job->tree, err));
    model->n_trees++;
    return TD_OK;
}

static td_status boost(training *job, td_error *err) {
    uint32_t n_rounds = (uint32_t)job->params->num_iterations;
    int is_sampling = job->bag_row != NULL || job->use_slot != NULL, stop = 0;
    for (uint32_t round = 0; round < n_rounds && !stop; round++) {
        TD_TRY(td_exec_progress(job->exec, "train", round, n_rounds, err));
        TD_TRY(play_round(job, round, err));
        TD_TRY(keep_tree(job, err));
        if (job->valid != NULL) TD_TRY(judge(job, round + 1, &stop, err));
        if (job->tree.n_leaves == 1 && !is_sampling) break;
    }
    int has_stopped = job->valid != NULL && job->params->early_stopping_round > 0;
    job->model->best_iteration = has_stopped ? job->best_round : job->model->n_trees;
    return td_exec_progress(job->exec, "train", n_rounds, n_rounds, err);
}

/* ---- result ---------------------------------------------------------------------------------- */

/* Training scores at the best round: trees after it are left out by walking again. */
static td_status best_scores(training *job, td_error *err) {
    td_model *model = job->model;
    if (model->best_iteration == model->n_trees) return TD_OK;
    fill(job->score, job->train->n_rows, model->base_score);
    for (uint32_t t = 0; t < model->best_iteration; t++) {
        td_walk walk;
        TD_TRY(td_walk_init(&walk, &model->tree[t], job->train, err));
        td_status status = td_walk_add(job->score, &walk, NULL, job->exec, err);
        td_walk_free(&walk);
        TD_TRY(status);
    }
    return TD_OK;
}

static td_status hand_out(td_train_result *result, training *job, td_error *err) {
    TD_TRY(best_scores(job, err));
    result->n_iterations = (int32_t)job->model->n_trees;
    result->best_iteration = (int32_t)job->model->best_iteration;
    result->best_metric = job->valid != NULL ? job->best_metric : NAN;
    result->train_raw = job->score;
    job->score = NULL;
    if (job->valid == NULL) return TD_OK;
    int is_last = job->model->best_iteration == job->model->n_trees;
    double **raw = is_last ? &job->valid_score : &job->valid_best;
    result->valid_raw = *raw;
    *raw = NULL;
    return TD_OK;
}

static td_status check_call(const td_binned *train, const td_binned *valid,
                            const td_train_params *params, td_error *err) {
    TD_TRY(td_params_check(params, err));
    TD_CHECK(valid != NULL || params->early_stopping_round == 0, err, TD_ERR_ARG,
             "early_stopping_round=%d needs validation rows", params->early_stopping_round);
    TD_CHECK(train->is_binary == (params->objective == TD_OBJECTIVE_BINARY), err, TD_ERR_ARG,
             "the rows were binned for another objective");
    TD_CHECK(valid == NULL || valid->bin == train->bin, err, TD_ERR_ARG,
             "the validation rows were not coded with the training bins");
    return TD_OK;
}

td_status td_train(td_model **out, td_train_result *result, td_train_rows rows,
                   const td_train_params *params, const td_exec *exec, td_error *err) {
    *out = NULL;
    TD_TRY(check_call(rows.train, rows.valid, params, err));
    training job = {.params = params, .train = rows.train, .valid = rows.valid, .exec = exec};
    td_status status = start(&job, err);
    if (status == TD_OK) status = boost(&job, err);
    if (status == TD_OK && result != NULL) {
        memset(result, 0, sizeof *result);
        status = hand_out(result, &job, err);
    }
    if (status == TD_OK) {
        *out = job.model;
        job.model = NULL;
    } else if (result != NULL) {
        memset(result, 0, sizeof *result);
    }
    training_free(&job);
    return status;
}
