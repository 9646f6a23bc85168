/* gbdt/objective.c: what a loss has to say about rows. See objective.h for the formulas.
 *
 * 1. Derivatives: chunk by chunk, first without weights, then times the row's weight; the ranges of
 *    the chunks are joined in chunk order, because they decide the unit of quantise.c.
 * 2. Starting scores: sums of weighted labels, or of the weights of each class.
 * 3. Responses: what a user of the model reads.
 *
 * softmax without overflow, m the highest of a row's scores:
 *
 *     p_k = exp(s_k - m) / (sum over j = 0 .. K-1, in this order, of exp(s_j - m))
 *
 * The factor K / (K - 1) on its second derivative is LightGBM's: the diagonal of the Hessian
 * understates how the classes move together (Friedman, Hastie, Tibshirani 2000,
 * doi:10.1214/aos/1016218223, section 4.6, have (K - 1) / K on the step).
 *
 * Every sum runs over fixed chunks of rows, in row order within a chunk, and the chunks' sums are
 * added in chunk order. To add a loss: README.md. Cost: one exponential per row and output. */
#include "gbdt/objective.h"

#include <math.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/base/numeric.h"
#include "gbdt/binning.h"
#include "gbdt/gradients.h"
#include "gbdt/loss_value.h"

enum { GRAIN = 8192, SOFTMAX_ROWS = 256 };

td_loss td_loss_of(const td_train_params *params, const td_binned *rows) {
    return (td_loss){.objective = params->objective,
                     .n_outputs = td_params_n_outputs(params),
                     .n_rows = rows->n_rows,
                     .label = rows->label,
                     .weight = rows->weight,
                     .alpha = params->alpha,
                     .max_delta_step = params->poisson_max_delta_step,
                     .pos_weight = params->scale_pos_weight,
                     .custom = params->custom};
}

/* A row counts weight times, a positive one of a binary objective pos_weight times more. */
static inline double weight_of(const td_loss *loss, uint64_t i) {
    double w = loss->weight != NULL ? loss->weight[i] : 1;
    return loss->label[i] == 1 && loss->objective == TD_OBJECTIVE_BINARY ? w * loss->pos_weight : w;
}

/* ---- responses ------------------------------------------------------------------------------- */

/* n <= SOFTMAX_ROWS rows, in place. Class by class and not row by row: scores of a class stand
 * together, and a vector holds the rows of one class. The highest score becomes exp(0) = 1, so the
 * sum lies between 1 and K and nothing can overflow or be divided by 0. */
static void softmax_rows(double *score, uint32_t n_outputs, uint64_t stride, uint64_t n) {
    double top[SOFTMAX_ROWS], sum[SOFTMAX_ROWS] = {0};
    memcpy(top, score, n * sizeof *top);
    for (uint32_t k = 1; k < n_outputs; k++) {
        const double *s = score + k * stride;
        for (uint64_t i = 0; i < n; i++) top[i] = s[i] > top[i] ? s[i] : top[i];
    }
    for (uint32_t k = 0; k < n_outputs; k++) {
        double *s = score + k * stride;
        for (uint64_t i = 0; i < n; i++) s[i] -= top[i];
        td_exp_array(s, s, n);
        for (uint64_t i = 0; i < n; i++) sum[i] += s[i];
    }
    for (uint32_t k = 0; k < n_outputs; k++) {
        double *s = score + k * stride;
        for (uint64_t i = 0; i < n; i++) s[i] /= sum[i];
    }
}

void td_response(double *score, td_objective objective, uint32_t n_outputs, uint64_t stride,
                 uint64_t n) {
    if (objective == TD_OBJECTIVE_BINARY) td_sigmoid_array(score, score, n);
    if (objective == TD_OBJECTIVE_POISSON) td_exp_array(score, score, n);
    if (objective != TD_OBJECTIVE_MULTICLASS) return;
    for (uint64_t at = 0; at < n; at += SOFTMAX_ROWS) {
        softmax_rows(score + at, n_outputs, stride, n - at < SOFTMAX_ROWS ? n - at : SOFTMAX_ROWS);
    }
}

/* ---- derivatives ----------------------------------------------------------------------------- */

typedef struct job {
    const td_gradients *out;
    const td_loss *loss;
    const double *score;
    td_gradient_range *range; /* [chunks * n_outputs] */
} job;

/* Squared error; half of it, so that no factor 2 appears. */
static void derive_value(const job *work, uint64_t begin, uint64_t end) {
    const double *label = work->loss->label;
    for (uint64_t i = begin; i < end; i++) {
        work->out->grad[i] = work->score[i] - label[i];
        work->out->hess[i] = 1;
    }
}

/* Log-loss: grad holds the probabilities for a moment. */
static void derive_binary(const job *work, uint64_t begin, uint64_t end) {
    const double *label = work->loss->label;
    double *grad = work->out->grad, *hess = work->out->hess;
    td_sigmoid_array(grad + begin, work->score + begin, end - begin);
    td_binary_gradients(grad + begin, hess + begin, label + begin, end - begin);
}

/* Multiclass log-loss: softmax is made in place of the gradients, block by block, while the scores
 * of the rows are still in the cache. */
static void derive_classes(const job *work, uint64_t begin, uint64_t end) {
    const td_loss *loss = work->loss;
    uint64_t n = loss->n_rows, length = end - begin;
    double factor = (double)loss->n_outputs / (loss->n_outputs - 1.0);
    for (uint32_t k = 0; k < loss->n_outputs; k++) {
        memcpy(work->out->grad + k * n + begin, work->score + k * n + begin,
               length * sizeof(double));
    }
    td_response(work->out->grad + begin, loss->objective, loss->n_outputs, n, length);
    for (uint32_t k = 0; k < loss->n_outputs; k++) {
        double *grad = work->out->grad + k * n, *hess = work->out->hess + k * n;
        for (uint64_t i = begin; i < end; i++) {
            double p = grad[i];
            hess[i] = factor * p * (1 - p);
            grad[i] = p - (loss->label[i] == k);
        }
    }
}

/* Rows [begin, end) go to the callback with the whole arrays, as custom.h promises. */
static td_status ask_custom(const job *work, uint64_t begin, uint64_t end, td_error *err) {
    const td_loss *loss = work->loss;
    td_custom_rows rows = {loss->n_rows, begin,       end,         loss->n_outputs,
                           work->score,  loss->label, loss->weight};
    return loss->custom->gradients(work->out->grad, work->out->hess, &rows, loss->custom->ctx, err);
}

/* What a callback wrote is looked at before it is believed. */
static td_status check_custom(const job *work, uint64_t begin, uint64_t end, td_error *err) {
    for (uint32_t k = 0; k < work->loss->n_outputs; k++) {
        for (uint64_t i = begin; i < end; i++) {
            double grad = work->out->grad[k * work->loss->n_rows + i];
            double hess = work->out->hess[k * work->loss->n_rows + i];
            TD_CHECK(fabs(grad) <= 1e300 && hess >= 0 && hess <= 1e300, err, TD_ERR_NUMERIC,
                     "row %llu, output %u: the custom loss says gradient %g and hessian %g",
                     (unsigned long long)i + 1, k, grad, hess);
        }
    }
    return TD_OK;
}

/* A callback for all rows at once has been asked before the chunks began. */
static td_status derive_custom(const job *work, uint64_t begin, uint64_t end, td_error *err) {
    if (!work->loss->custom->is_whole) TD_TRY(ask_custom(work, begin, end, err));
    return check_custom(work, begin, end, err);
}

/* Derivatives of rows [begin, end) of a loss known here, before weights. */
static void derive(const job *work, uint64_t begin, uint64_t end) {
    switch (work->loss->objective) {
    case TD_OBJECTIVE_BINARY:
        derive_binary(work, begin, end);
        break;
    case TD_OBJECTIVE_REGRESSION:
        derive_value(work, begin, end);
        break;
    case TD_OBJECTIVE_MULTICLASS:
        derive_classes(work, begin, end);
        break;
    case TD_OBJECTIVE_CUSTOM:
        break;
    default:
        td_value_derive(work->out, work->loss, work->score, begin, end);
        break;
    }
}

/* Once for all losses known here: their derivatives are linear in the weight. */
static void apply_weights(const job *work, uint64_t begin, uint64_t end) {
    const td_loss *loss = work->loss;
    if (loss->weight == NULL && loss->pos_weight == 1) return;
    for (uint32_t k = 0; k < loss->n_outputs; k++) {
        double *grad = work->out->grad + k * loss->n_rows;
        double *hess = work->out->hess + k * loss->n_rows;
        for (uint64_t i = begin; i < end; i++) {
            double w = weight_of(loss, i);
            grad[i] *= w;
            hess[i] *= w;
        }
    }
}

static td_status gradient_chunk(void *ctx, td_chunk chunk, td_error *err) {
    const job *work = ctx;
    uint64_t n_outputs = work->loss->n_outputs;
    if (work->loss->objective == TD_OBJECTIVE_CUSTOM) {
        TD_TRY(derive_custom(work, chunk.begin, chunk.end, err));
    } else {
        derive(work, chunk.begin, chunk.end);
        apply_weights(work, chunk.begin, chunk.end);
    }
    for (uint64_t k = 0; k < n_outputs; k++) {
        uint64_t at = k * work->loss->n_rows + chunk.begin;
        work->range[chunk.index * n_outputs + k] = td_gradient_range_of(
            work->out->grad + at, work->out->hess + at, chunk.end - chunk.begin);
    }
    return TD_OK;
}

td_status td_loss_gradients(const td_gradients *out, const td_loss *loss, const double *score,
                            const td_exec *exec, td_error *err) {
    uint64_t n_outputs = loss->n_outputs, n_chunks = td_par_n_chunks(loss->n_rows, GRAIN);
    job work = {.out = out, .loss = loss, .score = score};
    int is_custom = loss->objective == TD_OBJECTIVE_CUSTOM;
    if (is_custom && loss->custom->is_whole) TD_TRY(ask_custom(&work, 0, loss->n_rows, err));
    TD_NEW_ZEROED(work.range, n_chunks * n_outputs, err);
    td_status status = td_par_for(exec, loss->n_rows, GRAIN, gradient_chunk, &work, err);
    memset(out->range, 0, n_outputs * sizeof *out->range);
    for (uint64_t k = 0; k < n_chunks * n_outputs; k++) {
        td_gradient_range_join(&out->range[k % n_outputs], &work.range[k]);
    }
    td_mem_free(work.range);
    return status;
}

/* ---- sums over rows -------------------------------------------------------------------------- */

/* Partial sums are kept per chunk, never per thread: which thread had a chunk must not show. */
typedef struct adding {
    const td_row_sums *what;
    double *part; /* [chunks * n_sums] */
} adding;

static td_status add_chunk(void *ctx, td_chunk chunk, td_error *err) {
    (void)err;
    const adding *work = ctx;
    double *part = work->part + chunk.index * work->what->n_sums;
    work->what->fn(part, work->what->ctx, chunk.begin, chunk.end);
    return TD_OK;
}

td_status td_row_sums_take(double *sum, const td_row_sums *what, const td_exec *exec,
                           td_error *err) {
    uint64_t n_chunks = td_par_n_chunks(what->n_rows, GRAIN), n_sums = what->n_sums;
    adding work = {.what = what};
    TD_NEW_ZEROED(work.part, n_chunks * n_sums, err);
    td_status status = td_par_for(exec, what->n_rows, GRAIN, add_chunk, &work, err);
    for (uint64_t s = 0; s < n_sums; s++) {
        sum[s] = 0;
        for (uint64_t c = 0; c < n_chunks; c++) sum[s] += work.part[c * n_sums + s];
    }
    td_mem_free(work.part);
    return status;
}

/* ---- start ----------------------------------------------------------------------------------- */

/* Sum of weights times labels, sum of weights. */
static void add_labels(double *sum, const void *ctx, uint64_t begin, uint64_t end) {
    const td_loss *loss = ctx;
    for (uint64_t i = begin; i < end; i++) {
        double w = weight_of(loss, i);
        sum[0] += w * loss->label[i];
        sum[1] += w;
    }
}

/* Sums of the weights of each class. */
static void add_classes(double *sum, const void *ctx, uint64_t begin, uint64_t end) {
    const td_loss *loss = ctx;
    for (uint64_t i = begin; i < end; i++) sum[(uint64_t)loss->label[i]] += weight_of(loss, i);
}

/* log of the shares: softmax of them gives the shares back. Shifting all scores by one number would
 * change nothing; this choice makes them add up to 1 before the exponential is normalised. */
static td_status start_classes(double *start, const td_loss *loss, const td_exec *exec,
                               td_error *err) {
    td_row_sums what = {loss->n_rows, loss->n_outputs, add_classes, loss};
    TD_TRY(td_row_sums_take(start, &what, exec, err));
    double total = 0;
    for (uint32_t k = 0; k < loss->n_outputs; k++) total += start[k];
    for (uint32_t k = 0; k < loss->n_outputs; k++) start[k] = td_log(start[k] / total);
    return TD_OK;
}

td_status td_loss_start(double *start, const td_loss *loss, const td_exec *exec, td_error *err) {
    if (loss->objective == TD_OBJECTIVE_CUSTOM) {
        const double *given = loss->custom->start;
        for (uint32_t k = 0; k < loss->n_outputs; k++) start[k] = given != NULL ? given[k] : 0;
    } else if (loss->objective == TD_OBJECTIVE_MULTICLASS) {
        TD_TRY(start_classes(start, loss, exec, err));
    } else {
        td_row_sums what = {loss->n_rows, 2, add_labels, loss};
        double sum[2];
        TD_TRY(td_row_sums_take(sum, &what, exec, err));
        double mean = sum[0] / sum[1];
        *start = td_logit(mean);
        if (loss->objective != TD_OBJECTIVE_BINARY) {
            TD_TRY(td_value_start(start, loss, mean, err));
        }
    }
    for (uint32_t k = 0; k < loss->n_outputs; k++) {
        TD_CHECK(fabs(start[k]) <= 1e300, err, TD_ERR_NUMERIC,
                 "the starting score %g is not finite: weights or labels are too extreme",
                 start[k]);
    }
    return TD_OK;
}
