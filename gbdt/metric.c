/* gbdt/metric.c: how good the raw scores of validation rows are; what early stopping watches.
 *
 *     log_loss        binary: log(1 + exp(-m)) with m = s for y = 1, -s for y = 0, written
 *                     log1p(exp(-|m|)) + max(-m, 0) against overflow
 *     l2              squared error of the response (for binary: the Brier score)
 *     multi_logloss   log(sum over j of exp(s_j - s_y)), with the highest score taken out first
 *     multi_error     1 when another class scores at least as high as the row's own, else 0
 *     auc             ranking.c; without weights
 *
 * All but the AUC are weighted means over the rows: sums over fixed chunks, joined in order. The
 * weight of a row is the one it was given; scale_pos_weight does not count, as in LightGBM. */
#include <math.h>

#include "core/base/numeric.h"
#include "gbdt/objective.h"
#include "stats/ranking.h"

typedef struct judging {
    const td_loss *loss;
    const double *score;
    td_stop_metric metric;
} judging;

static double log_loss(double score, double label) {
    double margin = label == 1 ? score : -score;
    return td_log1p(td_exp(-fabs(margin))) + (margin < 0 ? -margin : 0);
}

static double multi_log_loss(const double *score, uint64_t stride, uint32_t n_outputs,
                             uint32_t label) {
    double top = score[0], sum = 0;
    for (uint32_t k = 1; k < n_outputs; k++) top = fmax(top, score[k * stride]);
    for (uint32_t k = 0; k < n_outputs; k++) sum += td_exp(score[k * stride] - top);
    return td_log(sum) + (top - score[label * stride]);
}

static double multi_error(const double *score, uint64_t stride, uint32_t n_outputs,
                          uint32_t label) {
    double own = score[label * stride];
    for (uint32_t k = 0; k < n_outputs; k++) {
        if (k != label && score[k * stride] >= own) return 1;
    }
    return 0;
}

static double row_loss(const judging *work, uint64_t i) {
    const td_loss *loss = work->loss;
    const double *score = work->score + i;
    double label = loss->label[i];
    switch (work->metric) {
    case TD_METRIC_MULTI_LOG_LOSS:
        return multi_log_loss(score, loss->n_rows, loss->n_outputs, (uint32_t)label);
    case TD_METRIC_MULTI_ERROR:
        return multi_error(score, loss->n_rows, loss->n_outputs, (uint32_t)label);
    case TD_METRIC_LOG_LOSS:
        return log_loss(*score, label);
    default: {
        double response = *score;
        td_response(&response, loss->objective, 1, 1, 1);
        return (response - label) * (response - label);
    }
    }
}

/* Sum of weights times the loss of a row, sum of weights. */
static void add_losses(double *sum, const void *ctx, uint64_t begin, uint64_t end) {
    const judging *work = ctx;
    for (uint64_t i = begin; i < end; i++) {
        double w = work->loss->weight != NULL ? work->loss->weight[i] : 1;
        sum[0] += w * row_loss(work, i);
        sum[1] += w;
    }
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

td_stop_metric td_metric_of_params(const td_train_params *params) {
    if (params->metric != TD_METRIC_DEFAULT) return params->metric;
    switch (params->objective) {
    case TD_OBJECTIVE_BINARY:
        return TD_METRIC_LOG_LOSS;
    case TD_OBJECTIVE_MULTICLASS:
        return TD_METRIC_MULTI_LOG_LOSS;
    default:
        return TD_METRIC_L2;
    }
}

td_status td_loss_metric(double *value, td_stop_metric metric, const td_loss *loss,
                         const double *score, const td_exec *exec, td_error *err) {
    if (metric == TD_METRIC_AUC) return auc_of(value, loss, score, exec, err);
    judging work = {loss, score, metric};
    td_row_sums what = {loss->n_rows, 2, add_losses, &work};
    double sum[2];
    TD_TRY(td_row_sums_take(sum, &what, exec, err));
    *value = sum[0] / sum[1];
    return TD_OK;
}
