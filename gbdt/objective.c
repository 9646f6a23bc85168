/* gbdt/objective.c: what a loss has to say about rows. See objective.h for the formulas.
 *
 * Every sum runs over fixed chunks of rows, in row order within a chunk, and the chunks' sums are
 * added in chunk order: no thread count can change a bit.
 *
 * log-loss of a row from its raw score s, without overflow: log(1 + exp(-m)) with m = s for y = 1,
 * -s for y = 0; it is written log1p(exp(-|m|)) + max(-m, 0).
 *
 * To add a loss: its name in params.c, its derivatives in derive(), its start in td_loss_start, its
 * response in predict.c. Cost: one exponential a row. */
#include "gbdt/objective.h"

#include <math.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/base/numeric.h"
#include "gbdt/binning.h"
#include "stats/ranking.h"

enum { GRAIN = 8192 };

td_loss td_loss_of(const td_train_params *params, const td_binned *rows) {
    return (td_loss){params->objective, rows->n_rows, rows->label, rows->weight,
                     params->scale_pos_weight};
}

static inline double weight_of(const td_loss *loss, uint64_t i) {
    double w = loss->weight != NULL ? loss->weight[i] : 1;
    return loss->label[i] == 1 && loss->objective == TD_OBJECTIVE_BINARY ? w * loss->pos_weight : w;
}

typedef struct job {
    const td_loss *loss;
    const double *score;
    td_stop_metric metric; /* of td_loss_metric */
    double *grad, *hess;
    td_gradient_range *range; /* [chunks] */
    double (*part)[2];        /* [chunks] partial sums */
} job;

/* ---- gradients ------------------------------------------------------------------------------- */

/* Derivatives of rows [begin, end), before weights. */
static void derive(const job *work, uint64_t begin, uint64_t end) {
    const double *label = work->loss->label;
    double *grad = work->grad, *hess = work->hess;
    if (work->loss->objective == TD_OBJECTIVE_REGRESSION) {
        for (uint64_t i = begin; i < end; i++) {
            grad[i] = work->score[i] - label[i];
            hess[i] = 1;
        }
        return;
    }
    td_sigmoid_array(grad + begin, work->score + begin, end - begin);
    for (uint64_t i = begin; i < end; i++) {
        double p = grad[i];
        grad[i] = p - label[i];
        hess[i] = p * (1 - p);
    }
}

static td_status gradient_chunk(void *ctx, td_chunk chunk, td_error *err) {
    (void)err;
    const job *work = ctx;
    derive(work, chunk.begin, chunk.end);
    if (work->loss->weight != NULL || work->loss->pos_weight != 1) {
        for (uint64_t i = chunk.begin; i < chunk.end; i++) {
            double w = weight_of(work->loss, i);
            work->grad[i] *= w;
            work->hess[i] *= w;
        }
    }
    td_gradient_range range = {0};
    for (uint64_t i = chunk.begin; i < chunk.end; i++) {
        double g = fabs(work->grad[i]), h = work->hess[i];
        range.max_grad = g > range.max_grad ? g : range.max_grad;
        range.max_hess = h > range.max_hess ? h : range.max_hess;
        range.sum_grad += g;
        range.sum_hess += h;
    }
    work->range[chunk.index] = range;
    return TD_OK;
}

static td_gradient_range join_ranges(const td_gradient_range *part, uint64_t n) {
    td_gradient_range all = {0};
    for (uint64_t k = 0; k < n; k++) {
        all.max_grad = part[k].max_grad > all.max_grad ? part[k].max_grad : all.max_grad;
        all.max_hess = part[k].max_hess > all.max_hess ? part[k].max_hess : all.max_hess;
        all.sum_grad += part[k].sum_grad;
        all.sum_hess += part[k].sum_hess;
    }
    return all;
}

td_status td_loss_gradients(td_gradients *out, const td_loss *loss, const double *score,
                            const td_exec *exec, td_error *err) {
    uint64_t n_chunks = td_par_n_chunks(loss->n_rows, GRAIN);
    job work = {.loss = loss, .score = score, .grad = out->grad, .hess = out->hess};
    TD_NEW(work.range, n_chunks, err);
    td_status status = td_par_for(exec, loss->n_rows, GRAIN, gradient_chunk, &work, err);
    out->range = join_ranges(work.range, n_chunks);
    td_mem_free(work.range);
    return status;
}

/* ---- sums over rows -------------------------------------------------------------------------- */

/* Both sums of fn over all rows. */
static td_status sum_chunks(double sum[2], job *work, td_par_fn fn, const td_exec *exec,
                            td_error *err) {
    uint64_t n_chunks = td_par_n_chunks(work->loss->n_rows, GRAIN);
    TD_NEW(work->part, n_chunks, err);
    td_status status = td_par_for(exec, work->loss->n_rows, GRAIN, fn, work, err);
    sum[0] = sum[1] = 0;
    for (uint64_t k = 0; status == TD_OK && k < n_chunks; k++) {
        sum[0] += work->part[k][0];
        sum[1] += work->part[k][1];
    }
    td_mem_free(work->part);
    return status;
}

/* Sum of weights times labels, sum of weights. */
static td_status label_chunk(void *ctx, td_chunk chunk, td_error *err) {
    (void)err;
    const job *work = ctx;
    double sum[2] = {0};
    for (uint64_t i = chunk.begin; i < chunk.end; i++) {
        double w = weight_of(work->loss, i);
        sum[0] += w * work->loss->label[i];
        sum[1] += w;
    }
    memcpy(work->part[chunk.index], sum, sizeof sum);
    return TD_OK;
}

td_status td_loss_start(double *start, const td_loss *loss, const td_exec *exec, td_error *err) {
    job work = {.loss = loss};
    double sum[2];
    TD_TRY(sum_chunks(sum, &work, label_chunk, exec, err));
    double mean = sum[0] / sum[1];
    *start = loss->objective == TD_OBJECTIVE_BINARY ? td_logit(mean) : mean;
    TD_CHECK(fabs(*start) <= 1e300, err, TD_ERR_NUMERIC,
             "the starting score %g is not finite: weights or labels are too extreme", *start);
    return TD_OK;
}

/* Loss of one row by the metric: squared error of the response, or the objective's own loss. */
static double row_loss(const job *work, double score, double label) {
    int is_binary = work->loss->objective == TD_OBJECTIVE_BINARY;
    if (is_binary && work->metric != TD_METRIC_L2) {
        double margin = label == 1 ? score : -score;
        return td_log1p(td_exp(-fabs(margin))) + (margin < 0 ? -margin : 0);
    }
    double response = is_binary ? td_sigmoid(score) : score;
    return (response - label) * (response - label);
}

/* Sum of weights times the loss of a row, sum of weights. */
static td_status loss_chunk(void *ctx, td_chunk chunk, td_error *err) {
    (void)err;
    const job *work = ctx;
    double sum[2] = {0};
    for (uint64_t i = chunk.begin; i < chunk.end; i++) {
        double w = work->loss->weight != NULL ? work->loss->weight[i] : 1;
        sum[0] += w * row_loss(work, work->score[i], work->loss->label[i]);
        sum[1] += w;
    }
    memcpy(work->part[chunk.index], sum, sizeof sum);
    return TD_OK;
}

static td_status auc_of(double *value, const td_loss *loss, const double *score,
                        const td_exec *exec, td_error *err) {
    td_ranking ranking = {0};
    TD_TRY(td_ranking_build(&ranking, score, loss->label, loss->n_rows, exec, err));
    td_metric auc = td_ranking_auc(&ranking);
    *value = auc.value;
    td_ranking_free(&ranking);
    TD_CHECK(td_metric_is_defined(auc), err, TD_ERR_NUMERIC,
             "the AUC to stop by is undefined on the validation rows: %s", auc.undefined_reason);
    return TD_OK;
}

int td_metric_rises(td_stop_metric metric) { return metric == TD_METRIC_AUC; }

td_status td_loss_metric(double *value, td_stop_metric metric, const td_loss *loss,
                         const double *score, const td_exec *exec, td_error *err) {
    if (metric == TD_METRIC_AUC) return auc_of(value, loss, score, exec, err);
    job work = {.loss = loss, .score = score, .metric = metric};
    double sum[2];
    TD_TRY(sum_chunks(sum, &work, loss_chunk, exec, err));
    *value = sum[0] / sum[1];
    return TD_OK;
}
