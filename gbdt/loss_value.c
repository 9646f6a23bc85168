/* gbdt/loss_value.c: absolute error, quantile, Huber and Poisson, as LightGBM has them.
 *
 *     loss            grad                              hess
 *     regression_l1   sign(s - y)                       1
 *     quantile        1 - alpha above y, else -alpha    1
 *     huber           s - y, cut at +-alpha             1
 *     poisson         exp(s) - y                        exp(s + poisson_max_delta_step)
 *
 * The first two have no second derivative worth the name: with 1 in its place a tree finds where
 * residuals differ, and its leaf values are made again as weighted quantiles of the residuals
 * (leaves_renew.c), as in Friedman (2001), doi:10.1214/aos/1013203451, algorithm 3. Poisson's
 * hessian is enlarged to keep the first steps short (LightGBM's poisson_max_delta_step).
 *
 * Weighted quantile: rows sorted by value, weights added up in this order, the first row at which
 * the sum reaches share * total. LightGBM interpolates between neighbours; a value that occurs
 * needs no such choice and is exact for integers. Cost: a radix sort of the rows. */
#include "gbdt/loss_value.h"

#include <math.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/base/numeric.h"

/* ---- derivatives ----------------------------------------------------------------------------- */

static double grad_of(const td_loss *loss, double score, double label) {
    double gap = score - label;
    switch (loss->objective) {
    case TD_OBJECTIVE_REGRESSION_L1:
        return (gap > 0) - (gap < 0);
    case TD_OBJECTIVE_QUANTILE:
        return gap > 0 ? 1 - loss->alpha : -loss->alpha;
    default: /* huber */
        return fmin(fmax(gap, -loss->alpha), loss->alpha);
    }
}

void td_value_derive(const td_gradients *out, const td_loss *loss, const double *score,
                     uint64_t begin, uint64_t end) {
    double *grad = out->grad, *hess = out->hess;
    if (loss->objective != TD_OBJECTIVE_POISSON) {
        for (uint64_t i = begin; i < end; i++) {
            grad[i] = grad_of(loss, score[i], loss->label[i]);
            hess[i] = 1;
        }
        return;
    }
    double factor = td_exp(loss->max_delta_step);
    td_exp_array(grad + begin, score + begin, end - begin);
    for (uint64_t i = begin; i < end; i++) {
        hess[i] = grad[i] * factor;
        grad[i] -= loss->label[i];
    }
}

/* ---- quantiles ------------------------------------------------------------------------------- */

/* Order-preserving key: flip all bits of negatives, the sign bit of the others. */
td_keyed td_value_keyed(double value, uint64_t row) {
    uint64_t bits;
    value += 0.0; /* -0 becomes +0 */
    memcpy(&bits, &value, sizeof bits);
    return (td_keyed){bits ^ ((uint64_t) - (int64_t)(bits >> 63) | (uint64_t)1 << 63), row};
}

static double value_of(td_keyed keyed) {
    uint64_t bits = keyed.key ^ (((keyed.key >> 63) - 1) | (uint64_t)1 << 63);
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static double weight_of(const td_weighted *set, uint64_t i) {
    return set->weight != NULL ? set->weight[set->rows[i].value] : 1;
}

td_status td_value_quantile(double *out, const td_weighted *set, double share, td_error *err) {
    TD_TRY(td_radix_sort(set->rows, set->scratch, set->n, NULL, err));
    double total = 0, sum = 0;
    for (uint64_t i = 0; i < set->n; i++) total += weight_of(set, i);
    uint64_t at = 0;
    for (; at + 1 < set->n; at++) {
        sum += weight_of(set, at);
        if (sum >= share * total) break;
    }
    *out = value_of(set->rows[at]);
    return TD_OK;
}

double td_value_share(const td_train_params *params) {
    if (params->objective == TD_OBJECTIVE_REGRESSION_L1) return 0.5;
    return params->objective == TD_OBJECTIVE_QUANTILE ? params->alpha : 0;
}

static td_status label_quantile(double *out, const td_loss *loss, double share, td_error *err) {
    td_weighted set = {.n = loss->n_rows, .weight = loss->weight};
    set.rows = td_mem_array(set.n, sizeof *set.rows, err);
    set.scratch = td_mem_array(set.n, sizeof *set.scratch, err);
    td_status status = set.rows != NULL && set.scratch != NULL ? TD_OK : TD_ERR_NOMEM;
    for (uint64_t i = 0; status == TD_OK && i < set.n; i++) {
        set.rows[i] = td_value_keyed(loss->label[i], i);
    }
    if (status == TD_OK) status = td_value_quantile(out, &set, share, err);
    td_mem_free(set.rows);
    td_mem_free(set.scratch);
    return status;
}

td_status td_value_start(double *start, const td_loss *loss, double mean, td_error *err) {
    switch (loss->objective) {
    case TD_OBJECTIVE_REGRESSION_L1:
        return label_quantile(start, loss, 0.5, err);
    case TD_OBJECTIVE_QUANTILE:
        return label_quantile(start, loss, loss->alpha, err);
    case TD_OBJECTIVE_POISSON:
        TD_CHECK(mean > 0, err, TD_ERR_NUMERIC, "all labels are 0: poisson has no start");
        *start = td_log(mean);
        return TD_OK;
    default:
        *start = mean;
        return TD_OK;
    }
}

/* ---- metrics --------------------------------------------------------------------------------- */

double td_value_loss(td_stop_metric metric, double label, double response, double alpha) {
    double gap = label - response, size = fabs(gap);
    switch (metric) {
    case TD_METRIC_L1:
        return size;
    case TD_METRIC_QUANTILE:
        return gap < 0 ? (alpha - 1) * gap : alpha * gap;
    case TD_METRIC_HUBER:
        return size <= alpha ? 0.5 * gap * gap : alpha * (size - 0.5 * alpha);
    case TD_METRIC_POISSON:
        return response - label * td_log(fmax(response, 1e-10));
    default:
        return gap * gap;
    }
}
