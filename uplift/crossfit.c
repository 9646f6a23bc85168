/* uplift/crossfit.c: questions to the trainer, and answers from models that did not see the row.
 *
 * Problem: a model's answer on its own training rows follows their noise. Residuals and pseudo-
 * outcomes made of such answers carry that noise into the effect; made of answers out of fold they
 * do not (Chernozhukov et al. 2018, "double machine learning").
 *
 *     fold k of K:   learn from the question's rows outside fold k
 *                    answer for every row of fold k, of both arms
 *
 * Steps of td_crossfit:
 *   1. One model for each fold, grown until the loss of its held-out rows has not fallen for
 *      PATIENCE trees, or to the most trees.
 *   2. The loss of the held-out rows after each tree, summed over folds:
 *          loss(t) = sum_k sum_{i in fold k, asked side}  weight_i  l(label_i, f_k,t(x_i))
 *      with l the squared error, or the log-loss for a 0/1 label.
 *   3. r = the t with the least loss among those that every fold has reached; t = 0 is the
 *      constant. One number for all folds: what a row could tell its own model is one choice among
 *      a few hundred, made by all rows together.
 *   4. The answer for row i of fold k is that of the first r trees of model k.
 * td_learn takes steps 1 to 3 and then trains on all rows with r trees.
 *
 * With num_iterations given by the user nothing is chosen: steps 2 and 3 fall away. On large tables
 * td_learn asks one fold in place of all (a fifth of the rows tells the loss well enough).
 *
 * Small tables are learned fold beside fold, one thread each; large ones fold after fold, all
 * threads in each. The trainer's bytes do not depend on threads, so neither do these.
 * Cost: n_folds trainings, and one walk of each held-out row down each tree.
 *
 * Reference: Chernozhukov et al., Econometrics Journal 21 (2018) C1-C68, doi:10.1111/ectj.12097. */
#include <math.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/base/numeric.h"
#include "gbdt/walk.h"
#include "uplift/learner.h"

/* Rows up to which folds are learned side by side, up to which td_learn asks all of them, and up to
 * which one thread trains faster than several. */
enum { SMALL_ROWS = 100000, ALL_FOLDS_ROWS = 50000, ALONE_ROWS = 20000, PATIENCE = 40 };

/* One question on its way. */
typedef struct asking {
    const td_pair *pair;
    const td_question *question;
    const td_binned *bins;
    td_train_params params;
    td_model **model;  /* [n_folds] */
    double *loss;      /* [n_folds * (most + 1)] of the held-out rows after 0, 1, ... trees */
    uint32_t *reached; /* [n_folds] trees after which the loss is known; a model that the trainer
                          ended itself, because nothing was left to learn, has reached them all */
    uint32_t most;     /* trees */
    uint32_t n_folds;  /* that are learned */
    uint32_t *scratch; /* [workers * 2 * pair->n] rows */
    double *score;     /* [rows of bins] where answers go, or NULL */
    uint32_t n_trees;  /* chosen */
    const td_exec *inner;
} asking;

td_question td_question_outcome(const td_pair *pair, td_side side) {
    return (td_question){.label = pair->y,
                         .weight = pair->weight,
                         .objective =
                             pair->is_binary ? TD_OBJECTIVE_BINARY : TD_OBJECTIVE_REGRESSION,
                         .side = side,
                         .role = TD_ROLE_OUTCOME};
}

static int is_asked(const asking *job, uint32_t row) {
    td_side side = job->question->side;
    return side == TD_SIDE_BOTH || (job->pair->w[row] > 0) == (side == TD_SIDE_TREATED);
}

/* Rows of the pair with (fold == k) == is_fold; with is_asked_only those of the question's side.
 * k < 0: every fold. */
static uint64_t list_rows(uint32_t *out, const asking *job, int k, int is_fold, int is_asked_only) {
    const td_pair *pair = job->pair;
    uint64_t n = 0;
    for (uint64_t i = 0; i < pair->n; i++) {
        uint32_t row = pair->row[i];
        int is_chosen = k < 0 || (pair->fold[row] == k) == is_fold;
        out[n] = row;
        n += is_chosen && (!is_asked_only || is_asked(job, row));
    }
    return n;
}

static td_subset subset_of(const asking *job, const uint32_t *row, uint64_t n) {
    const td_question *q = job->question;
    return (td_subset){row, n, q->label, q->weight, q->objective, 0};
}

/* Rows to learn from. The bins of the whole table are joined to what these rows can tell apart. */
static td_status take(td_binned **out, const asking *job, const uint32_t *row, uint64_t n,
                      td_error *err) {
    td_subset subset = subset_of(job, row, n);
    subset.joins_bins = 1;
    return td_binned_take(out, job->bins, &subset, job->inner, err);
}

/* ---- one model ------------------------------------------------------------------------------- */

static td_status train(td_model **out, const asking *job, const uint32_t *row, uint64_t n,
                       td_error *err) {
    td_binned *rows = NULL;
    TD_TRY(take(&rows, job, row, n, err));
    td_status status =
        td_train(out, NULL, (td_train_rows){rows, NULL}, &job->params, job->inner, err);
    td_binned_free(rows);
    return status;
}

/* The same, ended by the loss of other rows. Where a fold holds no row of the asked side there is
 * nothing to end by. */
static td_status train_until(td_model **out, const asking *job, const uint32_t *row,
                             const uint64_t n[2], td_error *err) {
    if (n[1] == 0) return train(out, job, row, n[0], err);
    td_train_rows rows = {NULL, NULL};
    td_binned *learn = NULL, *held = NULL;
    td_train_params params = job->params;
    td_subset others = subset_of(job, row + n[0], n[1]);
    params.early_stopping_round = PATIENCE;
    td_status status = take(&learn, job, row, n[0], err);
    if (status == TD_OK) status = td_binned_take(&held, job->bins, &others, job->inner, err);
    rows.train = learn;
    rows.valid = held;
    if (status == TD_OK) status = td_train(out, NULL, rows, &params, job->inner, err);
    td_binned_free(learn);
    td_binned_free(held);
    return status;
}

/* Weighted loss of held-out rows of the asked side. */
static double loss_of(const asking *job, const uint32_t *row, const double *raw, uint64_t n) {
    const td_question *q = job->question;
    td_sum sum = {0, 0};
    for (uint64_t i = 0; i < n; i++) {
        if (!is_asked(job, row[i])) continue;
        double y = q->label[row[i]], weight = q->weight != NULL ? q->weight[row[i]] : 1;
        double loss = (raw[i] - y) * (raw[i] - y);
        if (q->objective == TD_OBJECTIVE_BINARY) {
            double margin = y == 1 ? raw[i] : -raw[i];
            loss = td_log1p(td_exp(-fabs(margin))) + (margin < 0 ? -margin : 0);
        }
        td_sum_add(&sum, weight * loss);
    }
    return td_sum_value(&sum);
}

/* Rows that walk down a model's trees. */
typedef struct walkers {
    const uint32_t *row; /* [n] */
    td_binned *rows;     /* their codes */
    double *raw;         /* [n] scores so far */
    double *loss;        /* [most + 1] losses after 0, 1, ... trees, NULL = not wanted */
} walkers;

/* All trees where losses are wanted, else the chosen ones. A model may have fewer, because its loss
 * had risen or because nothing was left to learn: the losses after that are those of its last. */
static td_status walk(walkers *on, const asking *job, const td_model *model, td_error *err) {
    uint64_t n = on->rows->n_rows;
    uint32_t n_trees = on->loss != NULL ? job->most : job->n_trees;
    for (uint64_t i = 0; i < n; i++) on->raw[i] = model->base_score[0];
    for (uint32_t t = 0; t < n_trees; t++) {
        if (on->loss != NULL) on->loss[t] = loss_of(job, on->row, on->raw, n);
        if (t >= model->n_trees) continue;
        td_walk way;
        TD_TRY(td_walk_init(&way, &model->tree[t], on->rows, err));
        td_status status = td_walk_add(on->raw, &way, NULL, job->inner, err);
        td_walk_free(&way);
        TD_TRY(status);
    }
    if (on->loss != NULL) on->loss[n_trees] = loss_of(job, on->row, on->raw, n);
    return TD_OK;
}

/* Walk the listed rows; answers go to job->score where loss is NULL. */
static td_status answer(const asking *job, const td_model *model, const uint32_t *row, uint64_t n,
                        double *loss, td_error *err) {
    if (n == 0) return TD_OK;
    walkers on = {.row = row, .loss = loss};
    td_subset subset = {row, n, job->pair->y, NULL, TD_OBJECTIVE_REGRESSION, 0};
    TD_TRY(td_binned_take(&on.rows, job->bins, &subset, job->inner, err));
    on.raw = td_mem_array(n, sizeof *on.raw, err);
    td_status status = on.raw == NULL ? TD_ERR_NOMEM : walk(&on, job, model, err);
    if (status == TD_OK && loss == NULL) {
        if (model->objective == TD_OBJECTIVE_BINARY) td_sigmoid_array(on.raw, on.raw, n);
        for (uint64_t i = 0; i < n; i++) job->score[row[i]] = on.raw[i];
    }
    td_mem_free(on.raw);
    td_binned_free(on.rows);
    return status;
}

/* ---- folds ----------------------------------------------------------------------------------- */

static uint32_t *scratch_of(const asking *job, int worker) {
    return job->scratch + (uint64_t)worker * 2 * job->pair->n;
}

/* Steps 1 and 2 for one fold. */
static td_status learn_fold(void *ctx, td_chunk chunk, td_error *err) {
    asking *job = ctx;
    int k = (int)chunk.begin;
    uint32_t *row = scratch_of(job, chunk.worker);
    td_model **model = &job->model[k];
    uint64_t n[2] = {list_rows(row, job, k, 0, 1), 0};
    if (td_trees_are_fixed(job->pair->params)) return train(model, job, row, n[0], err);
    n[1] = list_rows(row + n[0], job, k, 1, 1);
    TD_TRY(train_until(model, job, row, n, err));
    uint32_t is_cut = (*model)->n_trees - (*model)->best_iteration >= PATIENCE;
    job->reached[k] = is_cut ? (*model)->n_trees : job->most;
    double *loss = job->loss + (uint64_t)k * (job->most + 1);
    return answer(job, *model, row + n[0], n[1], loss, err);
}

/* Step 4 for one fold. */
static td_status answer_fold(void *ctx, td_chunk chunk, td_error *err) {
    asking *job = ctx;
    int k = (int)chunk.begin;
    uint32_t *row = scratch_of(job, chunk.worker);
    uint64_t n = list_rows(row, job, k, 1, 0);
    return answer(job, job->model[k], row, n, NULL, err);
}

/* Small tables: folds side by side, the trainer alone on a thread. */
static td_status for_folds(asking *job, td_par_fn fn, td_error *err) {
    const td_exec *exec = job->pair->exec;
    if (job->pair->n <= SMALL_ROWS) return td_par_for(exec, job->n_folds, 1, fn, job, err);
    for (uint32_t k = 0; k < job->n_folds; k++) {
        TD_TRY(td_exec_progress(exec, "uplift", k, job->n_folds, err));
        TD_TRY(fn(job, (td_chunk){.index = k, .begin = k, .end = k + 1}, err));
    }
    return TD_OK;
}

/* Step 3. The fewest trees win a tie. */
static void choose(asking *job) {
    job->n_trees = job->most;
    if (td_trees_are_fixed(job->pair->params)) return;
    double best = HUGE_VAL;
    uint32_t last = job->most;
    for (uint32_t k = 0; k < job->n_folds; k++) {
        if (job->reached[k] < last) last = job->reached[k];
    }
    for (uint32_t t = 0; t <= last; t++) {
        double loss = 0;
        for (uint32_t k = 0; k < job->n_folds; k++) {
            loss += job->loss[(uint64_t)k * (job->most + 1) + t];
        }
        if (!(loss < best)) continue;
        best = loss;
        job->n_trees = t;
    }
}

/* ---- whole ----------------------------------------------------------------------------------- */

static td_status open_asking(asking *job, td_error *err) {
    const td_pair *pair = job->pair;
    uint64_t threads = (uint64_t)td_exec_threads(pair->exec);
    int is_small = pair->n <= SMALL_ROWS;
    job->inner = is_small ? NULL : pair->exec;
    job->bins = job->question->bins != NULL ? job->question->bins : pair->bins;
    job->n_folds = (uint32_t)pair->params->n_folds;
    TD_NEW_ZEROED(job->model, job->n_folds, err);
    TD_NEW(job->scratch, (is_small ? threads : 1) * 2 * pair->n, err);
    TD_NEW(job->reached, job->n_folds, err);
    uint64_t n = list_rows(job->scratch, job, -1, 0, 1);
    job->params = td_trees_for(pair, job->question, n);
    job->most = (uint32_t)job->params.num_iterations;
    TD_NEW(job->loss, (uint64_t)job->n_folds * (job->most + 1), err);
    return TD_OK;
}

static void close_asking(asking *job) {
    for (int k = 0; job->model != NULL && k < job->pair->params->n_folds; k++) {
        td_model_free(job->model[k]);
    }
    td_mem_free(job->model);
    td_mem_free(job->loss);
    td_mem_free(job->reached);
    td_mem_free(job->scratch);
}

/* Train on all rows with the chosen number of trees; none = the constant. */
static td_status learn_all(td_model **out, asking *job, td_error *err) {
    td_train_params given = job->params;
    uint64_t n = list_rows(job->scratch, job, -1, 0, 1);
    job->params.num_iterations = job->n_trees > 0 ? (int32_t)job->n_trees : 1;
    if (n > ALONE_ROWS) job->inner = job->pair->exec;
    td_status status = train(out, job, job->scratch, n, err);
    job->params = given;
    if (status == TD_OK && job->n_trees < (*out)->best_iteration) {
        (*out)->best_iteration = job->n_trees;
    }
    return status;
}

td_status td_crossfit(double *score, const td_pair *pair, const td_question *question,
                      td_error *err) {
    asking job = {.pair = pair, .question = question, .score = score};
    td_status status = open_asking(&job, err);
    if (status == TD_OK) status = for_folds(&job, learn_fold, err);
    if (status == TD_OK) {
        choose(&job);
        status = for_folds(&job, answer_fold, err);
    }
    close_asking(&job);
    return status;
}

static td_status learn(td_model **out, asking *job, td_error *err) {
    TD_TRY(open_asking(job, err));
    if (job->pair->n > ALL_FOLDS_ROWS) job->n_folds = 1;
    if (!td_trees_are_fixed(job->pair->params)) TD_TRY(for_folds(job, learn_fold, err));
    choose(job);
    TD_TRY(learn_all(out, job, err));
    if (job->score == NULL) return TD_OK;
    uint64_t n = list_rows(job->scratch, job, -1, 0, 0);
    return answer(job, *out, job->scratch, n, NULL, err);
}

td_status td_learn(td_model **out, double *score, const td_pair *pair, const td_question *question,
                   td_error *err) {
    asking job = {.pair = pair, .question = question, .score = score};
    *out = NULL;
    td_status status = learn(out, &job, err);
    close_asking(&job);
    if (status != TD_OK) {
        td_model_free(*out);
        *out = NULL;
    }
    return status;
}
