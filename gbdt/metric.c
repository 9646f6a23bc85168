/* gbdt/metric.c: how good the raw scores of validation rows are; what early stopping watches.
 *
 *     log_loss        binary: log(1 + exp(-m)) with m = s for y = 1, -s for y = 0. Against
 *                     overflow: log(1 + t) + max(-m, 0), t = exp(-|m|); and against the digits of a
 *                     small t that are lost in u = 1 + t: log(1 + t) = log(u) + (t - (u - 1)) / u
 *     l2              squared error of the response (for binary: the Brier score)
 *     multi_logloss   log(sum over j of exp(s_j - s_y)), with the highest score taken out first
 *     multi_error     1 when another class scores at least as high as the row's own, else 0
 *     l1, huber, quantile, poisson   of the response (loss_value.c)
 *     auc             ranking.c; without weights
 *
 * All but the AUC are weighted means over the rows: sums over fixed chunks, joined in order. The
 * weight of a row is the one it was given; scale_pos_weight does not count, as in LightGBM.
 *
 * Exponentials and logarithms are taken for blocks of rows (core/base/numeric: the same bits as one
 * by one). Cost a row: about 5 ns per score; with double-double log1p, row by row, it was 60. */
#include <math.h>
#include <string.h>

#include "core/base/numeric.h"
#include "gbdt/loss_value.h"
#include "stats/ranking.h"

enum { BLOCK = 256 };

/* What one evaluation is about; shared by all chunks. */
typedef struct judging {
    const td_loss *loss;
    const double *score;
    td_stop_metric metric;
} judging;

/* loss[n] of n <= BLOCK rows. t, u and log u as at the top; loss holds t until the last loop. */
static void log_losses(double *loss, const double *score, const double *label, uint64_t n) {
    double u[BLOCK], log_u[BLOCK];
    for (uint64_t i = 0; i < n; i++) loss[i] = -fabs(score[i]);
    td_exp_array(loss, loss, n);
    for (uint64_t i = 0; i < n; i++) u[i] = 1 + loss[i];
    td_log_array(log_u, u, n);
    for (uint64_t i = 0; i < n; i++) {
        double margin = label[i] == 1 ? score[i] : -score[i];
        loss[i] = log_u[i] + (loss[i] - (u[i] - 1)) / u[i] + (margin < 0 ? -margin : 0);
    }
}

/* The scores of class k of these rows stand at score[k * n_rows]. As in softmax the highest is
 * taken out first, so the sum lies between 1 and K and its logarithm loses nothing. */
static void multi_log_losses(double *loss, const td_loss *rows, const double *score,
                             const double *label, uint64_t n) {
    double top[BLOCK], part[BLOCK], sum[BLOCK] = {0};
    memcpy(top, score, n * sizeof *top);
    for (uint32_t k = 1; k < rows->n_outputs; k++) {
        for (uint64_t i = 0; i < n; i++) top[i] = fmax(top[i], score[k * rows->n_rows + i]);
    }
    for (uint32_t k = 0; k < rows->n_outputs; k++) {
        for (uint64_t i = 0; i < n; i++) part[i] = score[k * rows->n_rows + i] - top[i];
        td_exp_array(part, part, n);
        for (uint64_t i = 0; i < n; i++) sum[i] += part[i];
    }
    td_log_array(loss, sum, n);
    for (uint64_t i = 0; i < n; i++) {
        loss[i] += top[i] - score[(uint64_t)label[i] * rows->n_rows + i];
    }
}

/* A tie is an error: the class would be a guess. */
static double multi_error(const td_loss *rows, const double *score, uint64_t own) {
    for (uint64_t k = 0; k < rows->n_outputs; k++) {
        if (k != own && score[k * rows->n_rows] >= score[own * rows->n_rows]) return 1;
    }
    return 0;
}

/* Losses of values judge the response, which for poisson is exp(score); so does the Brier score. */
static void value_losses(double *loss, const judging *work, const double *score,
                         const double *label, uint64_t n) {
    memcpy(loss, score, n * sizeof *loss);
    td_response(loss, work->loss->objective, 1, n, n);
    for (uint64_t i = 0; i < n; i++) {
        loss[i] = td_value_loss(work->metric, label[i], loss[i], work->loss->alpha);
    }
}

static void fill_losses(double *loss, const judging *work, uint64_t begin, uint64_t n) {
    const double *score = work->score + begin, *label = work->loss->label + begin;
    switch (work->metric) {
    case TD_METRIC_MULTI_LOG_LOSS:
        multi_log_losses(loss, work->loss, score, label, n);
        break;
    case TD_METRIC_MULTI_ERROR:
        for (uint64_t i = 0; i < n; i++) {
            loss[i] = multi_error(work->loss, score + i, (uint64_t)label[i]);
        }
        break;
    case TD_METRIC_LOG_LOSS:
        log_losses(loss, score, label, n);
        break;
    default:
        value_losses(loss, work, score, label, n);
        break;
    }
}

/* Sum of weights times the loss of a row, sum of weights. */
static void add_losses(double *sum, const void *ctx, uint64_t begin, uint64_t end) {
    const judging *work = ctx;
    const double *weight = work->loss->weight;
    for (uint64_t at = begin; at < end; at += BLOCK) {
        double loss[BLOCK];
        uint64_t n = end - at < BLOCK ? end - at : BLOCK;
        fill_losses(loss, work, at, n);
        for (uint64_t i = 0; i < n; i++) {
            double w = weight != NULL ? weight[at + i] : 1;
            sum[0] += w * loss[i];
            sum[1] += w;
        }
    }
}

/* Both classes are needed, and this is the place where validation rows without one show. */
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

int td_metric_rises(td_stop_metric metric, const td_loss *loss) {
    if (metric == TD_METRIC_CUSTOM) return loss->custom->metric_rises;
    return metric == TD_METRIC_AUC;
}

td_stop_metric td_metric_of_params(const td_train_params *params) {
    if (params->metric != TD_METRIC_DEFAULT) return params->metric;
    if (params->custom != NULL && params->custom->metric != NULL) return TD_METRIC_CUSTOM;
    switch (params->objective) {
    case TD_OBJECTIVE_BINARY:
        return TD_METRIC_LOG_LOSS;
    case TD_OBJECTIVE_MULTICLASS:
        return TD_METRIC_MULTI_LOG_LOSS;
    case TD_OBJECTIVE_REGRESSION_L1:
        return TD_METRIC_L1;
    case TD_OBJECTIVE_HUBER:
        return TD_METRIC_HUBER;
    case TD_OBJECTIVE_QUANTILE:
        return TD_METRIC_QUANTILE;
    case TD_OBJECTIVE_POISSON:
        return TD_METRIC_POISSON;
    default:
        return TD_METRIC_L2;
    }
}

/* All rows in one call: a metric need not be a mean over rows. */
static td_status ask_custom(double *value, const td_loss *loss, const double *score,
                            td_error *err) {
    const td_custom *custom = loss->custom;
    td_custom_rows rows = {loss->n_rows, 0,           loss->n_rows, loss->n_outputs,
                           score,        loss->label, loss->weight};
    TD_TRY(custom->metric(value, &rows, custom->ctx, err));
    TD_CHECK(fabs(*value) <= 1e300, err, TD_ERR_NUMERIC, "the custom metric is %g, not finite",
             *value);
    return TD_OK;
}

td_status td_loss_metric(double *value, td_stop_metric metric, const td_loss *loss,
                         const double *score, const td_exec *exec, td_error *err) {
    if (metric == TD_METRIC_AUC) return auc_of(value, loss, score, exec, err);
    if (metric == TD_METRIC_CUSTOM) return ask_custom(value, loss, score, err);
    judging work = {loss, score, metric};
    td_row_sums what = {loss->n_rows, 2, add_losses, &work};
    double sum[2];
    TD_TRY(td_row_sums_take(sum, &what, exec, err));
    *value = sum[0] / sum[1];
    return TD_OK;
}
