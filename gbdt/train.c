/* gbdt/train.c: gradient boosting (Friedman 2001, doi:10.1214/aos/1013203451), round by round.
 *
 * 1. Scores start at the best constants (boost_from_average) or 0. A row has one score, or one per
 *    class (multiclass).
 * 2. Each round: draw rows (sample.c) and derive gradients of all scores (objective.c). Then, score
 *    by score: draw features, quantise the gradients (quantise.c), grow a tree (grow.c), set its
 *    leaf values from real gradients and update the score (leaves.c); rows outside the draw and
 *    validation rows walk down the tree (walk.c).
 * 3. With validation rows the metric is taken after each round; when it has not improved for
 *    early_stopping_round rounds training stops, and the model remembers the best round.
 * 4. A round in which nothing can be split ends training, unless another draw may do better.
 *    params->interim is shown the model as it stands every so many rounds.
 *
 * Cost: grow.c. Memory per row: two copies of the codes, 24 bytes of doubles per score, 8 of
 * quantised gradients, 12 of row order.
 * Going on from a model (params->init): its trees and scores are taken over, rounds count on. */
#include <math.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/base/rng.h"
#include "gbdt/grow.h"
#include "gbdt/leaves.h"
#include "gbdt/loss_value.h"
#include "gbdt/objective.h"
#include "gbdt/resume.h"
#include "gbdt/sample.h"
#include "gbdt/walk.h"

/* Arrays per row are [n_outputs * rows], output by output. */
typedef struct training {
    const td_train_params *params;
    const td_binned *train, *valid;
    const td_exec *exec;
    td_model *model; /* trees so far */
    td_loss loss, valid_loss;
    td_grower grower;
    td_sample sample;
    td_quantised q;
    td_tree tree;                     /* the tree in the making, arrays for num_leaves */
    uint32_t most_leaves;             /* of the round's trees */
    double *score, *grad, *hess;      /* of the training rows */
    td_gradient_range *range;         /* [n_outputs] */
    td_renewal renewal;               /* share 0 = none */
    uint32_t *leaf_of;                /* [rows] leaf in the tree */
    double *valid_score, *valid_best; /* best: scores at the best round */
    double best_metric;
    uint32_t best_round; /* rounds at the best metric */
} training;

void td_train_result_free(td_train_result *result) {
    td_mem_free(result->train_raw);
    td_mem_free(result->valid_raw);
    memset(result, 0, sizeof *result);
}

static void training_free(training *job) {
    td_grower_free(&job->grower);
    td_sample_free(&job->sample);
    td_quantised_free(&job->q);
    td_tree_free(&job->tree);
    td_model_free(job->model);
    td_mem_free(job->score);
    td_mem_free(job->grad);
    td_mem_free(job->hess);
    td_mem_free(job->range);
    td_mem_free(job->leaf_of);
    td_mem_free(job->valid_score);
    td_mem_free(job->valid_best);
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

/* values[n_outputs][n]: every row starts at the model's base scores, or where a model that is gone
 * on from has left it. */
static void fill_start(double *values, const td_model *model, uint64_t n, const double *raw) {
    if (raw != NULL) {
        memcpy(values, raw, model->n_outputs * n * sizeof *values);
        return;
    }
    for (uint64_t k = 0; k < model->n_outputs; k++) {
        for (uint64_t i = 0; i < n; i++) values[k * n + i] = model->base_score[k];
    }
}

static td_status start_scores(training *job, td_error *err) {
    uint64_t n = job->train->n_rows, n_outputs = job->loss.n_outputs;
    const td_init *init = job->params->init;
    if (job->params->boost_from_average && init == NULL) {
        TD_TRY(td_loss_start(job->model->base_score, &job->loss, job->exec, err));
    }
    TD_NEW(job->score, n * n_outputs, err);
    TD_NEW(job->grad, n * n_outputs, err);
    TD_NEW(job->hess, n * n_outputs, err);
    TD_NEW(job->range, n_outputs, err);
    TD_NEW(job->leaf_of, n, err);
    fill_start(job->score, job->model, n, init != NULL ? init->train_raw : NULL);
    if (job->valid == NULL) return TD_OK;
    job->valid_loss = td_loss_of(job->params, job->valid);
    TD_NEW(job->valid_score, job->valid->n_rows * n_outputs, err);
    TD_NEW(job->valid_best, job->valid->n_rows * n_outputs, err);
    fill_start(job->valid_score, job->model, job->valid->n_rows,
               init != NULL ? init->valid_raw : NULL);
    return TD_OK;
}

static td_status start(training *job, td_error *err) {
    const td_train_params *params = job->params;
    job->loss = td_loss_of(params, job->train);
    job->renewal = (td_renewal){job->loss.label, job->loss.weight, td_value_share(params)};
    TD_TRY(td_model_init(&job->model, job->train->n_features, job->loss.n_outputs,
                         td_init_rounds(params) + (uint32_t)params->num_iterations, err));
    job->model->objective = params->objective;
    TD_TRY(copy_features(job->model, job->train, err));
    TD_TRY(td_init_copy(job->model, params, err));
    TD_TRY(start_scores(job, err));
    TD_TRY(td_grower_init(&job->grower, job->train, params, job->exec, err));
    TD_TRY(td_tree_init(&job->tree, (uint32_t)params->num_leaves, err));
    return td_sample_init(&job->sample, params, job->train->n_rows, job->grower.blocks.n_slots,
                          err);
}

/* ---- one round ------------------------------------------------------------------------------- */

static td_status derive(training *job, uint32_t round, td_error *err) {
    td_gradients out = {job->grad, job->hess, job->range};
    TD_TRY(td_loss_gradients(&out, &job->loss, job->score, job->exec, err));
    for (uint32_t k = 0; k < job->loss.n_outputs; k++) {
        TD_CHECK(
            job->range[k].sum_grad < 1e300 && job->range[k].sum_hess < 1e300, err, TD_ERR_NUMERIC,
            "gradients of round %u are not finite: labels or weights are too extreme", round + 1);
    }
    return TD_OK;
}

/* Integers for the tree of one output; `tree` is its number in the model. */
static td_status quantise(training *job, uint32_t output, uint32_t tree, td_error *err) {
    uint64_t n = job->train->n_rows;
    int is_bounded = job->params->objective == TD_OBJECTIVE_BINARY ||
                     job->params->objective == TD_OBJECTIVE_MULTICLASS;
    int may_be_wide =
        job->train->weight != NULL || job->params->scale_pos_weight != 1 || !is_bounded;
    td_rng rng = td_rng_stream(job->params->seed, "dither", tree, 0);
    uint32_t salt = (uint32_t)td_rng_next(&rng);
    td_quantise_how how = {
        .range = job->range[output], .may_be_wide = may_be_wide, .salt = salt, .exec = job->exec};
    return td_quantise(&job->q, job->grad + output * n, job->hess + output * n, n, &how, err);
}

static td_status walk_rows(const training *job, double *score, const td_binned *rows,
                           const uint8_t *skip, td_error *err) {
    td_walk walk;
    TD_TRY(td_walk_init(&walk, &job->tree, rows, err));
    td_status status = td_walk_add(score, &walk, skip, job->exec, err);
    td_walk_free(&walk);
    return status;
}

static td_status keep_tree(training *job, td_error *err) {
    td_model *model = job->model;
    TD_TRY(td_tree_copy(&model->tree[model->n_trees], &job->tree, err));
    model->n_trees++;
    if (job->tree.n_leaves > job->most_leaves) job->most_leaves = job->tree.n_leaves;
    return TD_OK;
}

/* Grow a tree for one output into job->tree and update the output's scores. */
static td_status add_tree(training *job, uint32_t output, td_error *err) {
    uint64_t n = job->train->n_rows;
    const td_sample *sample = &job->sample;
    td_sample_features(&job->sample, job->model->n_trees);
    TD_TRY(quantise(job, output, job->model->n_trees, err));
    td_growth growth = {&job->q, sample->row, sample->n, sample->use_slot};
    TD_TRY(td_grow_tree(&job->tree, &job->grower, &growth, err));
    double *score = job->score + output * n;
    const td_renewal *renew = job->renewal.share > 0 ? &job->renewal : NULL;
    td_leaf_job finish = {.grower = &job->grower,
                          .n_rows = n,
                          .grad = job->grad + output * n,
                          .hess = job->hess + output * n,
                          .score = score,
                          .renew = renew,
                          .leaf_of = job->leaf_of};
    if (sample->row != NULL) memset(job->leaf_of, 0xff, n * sizeof *job->leaf_of);
    TD_TRY(td_leaves_finish(&job->tree, &finish, err));
    if (sample->row != NULL) TD_TRY(walk_rows(job, score, job->train, sample->in_bag, err));
    if (job->valid != NULL) {
        double *valid_score = job->valid_score + output * job->valid->n_rows;
        TD_TRY(walk_rows(job, valid_score, job->valid, NULL, err));
    }
    return keep_tree(job, err);
}

static td_status play_round(training *job, uint32_t round, td_error *err) {
    td_sample_rows(&job->sample, round);
    TD_TRY(derive(job, round, err));
    job->most_leaves = 0;
    for (uint32_t k = 0; k < job->loss.n_outputs; k++) TD_TRY(add_tree(job, k, err));
    return TD_OK;
}

/* ---- stopping -------------------------------------------------------------------------------- */

/* Take the metric after n_rounds rounds; *stop = 1 when it has not improved for long enough. */
static td_status judge(training *job, uint32_t n_rounds, int *stop, td_error *err) {
    td_stop_metric metric = td_metric_of_params(job->params);
    double value;
    TD_TRY(td_loss_metric(&value, metric, &job->valid_loss, job->valid_score, job->exec, err));
    double better = td_metric_rises(metric, &job->valid_loss) ? value - job->best_metric
                                                              : job->best_metric - value;
    if (job->best_round == 0 || better > 0) {
        job->best_metric = value;
        job->best_round = n_rounds;
        memcpy(job->valid_best, job->valid_score,
               job->valid->n_rows * job->loss.n_outputs * sizeof(double));
    }
    uint32_t patience = (uint32_t)job->params->early_stopping_round;
    *stop = patience > 0 && n_rounds - job->best_round >= patience;
    return TD_OK;
}

static uint32_t rounds_of(const td_model *model) { return model->n_trees / model->n_outputs; }

/* Rounds that count: with early stopping those up to the best one. */
static void settle_best(training *job) {
    int may_stop = job->valid != NULL && job->params->early_stopping_round > 0;
    job->model->best_iteration = may_stop ? job->best_round : rounds_of(job->model);
}

/* n_rounds: of this training. The model is as it would be if they were all. */
static td_status show_interim(training *job, uint32_t n_rounds, td_error *err) {
    const td_interim *interim = job->params->interim;
    if (interim == NULL || n_rounds % (uint32_t)interim->every != 0) return TD_OK;
    settle_best(job);
    return interim->save(interim->ctx, job->model, (int32_t)n_rounds, err);
}

static td_status boost(training *job, td_error *err) {
    uint32_t first = td_init_rounds(job->params), n = (uint32_t)job->params->num_iterations;
    int is_sampling = job->sample.row != NULL || job->sample.use_slot != NULL, stop = 0;
    /* the rows that the given model drew last may be in use for rounds to come */
    uint32_t every = job->params->bagging_freq > 0 ? (uint32_t)job->params->bagging_freq : 1;
    if (first % every != 0) td_sample_rows(&job->sample, first - first % every);
    for (uint32_t round = first; round < first + n && !stop; round++) {
        TD_TRY(td_exec_progress(job->exec, "train", round - first, n, err));
        TD_TRY(play_round(job, round, err));
        if (job->valid != NULL) TD_TRY(judge(job, round + 1, &stop, err));
        TD_TRY(show_interim(job, round + 1 - first, err));
        if (job->most_leaves == 1 && !is_sampling) break;
    }
    settle_best(job);
    return td_exec_progress(job->exec, "train", n, n, err);
}

/* ---- result ---------------------------------------------------------------------------------- */

/* Training scores at the best round: trees after it are left out by walking again. */
static td_status best_scores(training *job, td_error *err) {
    td_model *model = job->model;
    if (model->best_iteration == rounds_of(model)) return TD_OK;
    const td_init *init = job->params->init;
    fill_start(job->score, model, job->train->n_rows, init != NULL ? init->train_raw : NULL);
    uint32_t first = td_init_rounds(job->params) * model->n_outputs;
    for (uint32_t t = first; t < td_model_n_used(model); t++) {
        double *score = job->score + t % model->n_outputs * job->train->n_rows;
        td_walk walk;
        TD_TRY(td_walk_init(&walk, &model->tree[t], job->train, err));
        td_status status = td_walk_add(score, &walk, NULL, job->exec, err);
        td_walk_free(&walk);
        TD_TRY(status);
    }
    return TD_OK;
}

static td_status hand_out(td_train_result *result, training *job, td_error *err) {
    TD_TRY(best_scores(job, err));
    result->n_iterations = (int32_t)rounds_of(job->model);
    result->best_iteration = (int32_t)job->model->best_iteration;
    result->best_metric = job->valid != NULL ? job->best_metric : NAN;
    result->train_raw = job->score;
    job->score = NULL;
    if (job->valid == NULL) return TD_OK;
    int is_last = job->model->best_iteration == rounds_of(job->model);
    double **raw = is_last ? &job->valid_score : &job->valid_best;
    result->valid_raw = *raw;
    *raw = NULL;
    return TD_OK;
}

static td_status check_monotone(const td_binned *train, const td_train_params *params,
                                td_error *err) {
    if (params->monotone == NULL) return TD_OK;
    TD_CHECK(params->n_monotone == train->n_features, err, TD_ERR_ARG,
             "monotone_constraints has %u values, there are %u features", params->n_monotone,
             train->n_features);
    for (uint32_t f = 0; f < train->n_features; f++) {
        const int8_t *direction = params->monotone + f;
        TD_CHECK(*direction >= -1 && *direction <= 1, err, TD_ERR_RANGE,
                 "monotone_constraints: %d of feature '%s' is not -1, 0 or 1", *direction,
                 train->bin[f].name);
        TD_CHECK(*direction == 0 || train->bin[f].kind == TD_COLUMN_NUMBER, err, TD_ERR_ARG,
                 "monotone_constraints: '%s' holds categories, which have no order",
                 train->bin[f].name);
    }
    return TD_OK;
}

static td_status check_call(const td_binned *train, const td_binned *valid,
                            const td_train_params *params, td_error *err) {
    TD_TRY(td_params_check(params, err));
    TD_CHECK(valid != NULL || params->early_stopping_round == 0, err, TD_ERR_ARG,
             "early_stopping_round=%d needs validation rows", params->early_stopping_round);
    td_labels labels = td_labels_of(params);
    TD_CHECK(train->labels.n_classes == labels.n_classes &&
                 train->labels.is_count >= labels.is_count,
             err, TD_ERR_ARG, "the rows were binned for another objective or num_class");
    TD_CHECK(valid == NULL || params->objective != TD_OBJECTIVE_CUSTOM ||
                 td_metric_of_params(params) != TD_METRIC_L2 || params->metric == TD_METRIC_L2,
             err, TD_ERR_ARG,
             "validation rows of objective=custom need a metric: params.custom->metric");
    TD_CHECK(params->interim == NULL ||
                 (params->interim->every > 0 && params->interim->save != NULL),
             err, TD_ERR_ARG, "models every %d rounds: a number from 1 and a callback are needed",
             params->interim->every);
    TD_TRY(check_monotone(train, params, err));
    TD_TRY(td_init_check(params, train, valid != NULL, err));
    TD_CHECK(valid == NULL || valid->bin == train->bin || valid->bin == train->finer, err,
             TD_ERR_ARG, "the validation rows were not coded with the training bins");
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
