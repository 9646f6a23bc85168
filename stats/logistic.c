/* stats/logistic.c: ridge logistic regression by iteratively reweighted least squares.
 *
 * Problem: coefficients b of the standardised terms z (logistic_design.c; z_0 = 1) that minimise
 *        F(b) = D(b) + lambda sum_{t >= 1} b_t^2,     deviance D = -2 sum_i w_i log P(y_i | z_i)
 *   1. Check the rows, measure the columns, start at b_0 = logit(mean label), all else 0.
 *   2. Rows pass (parallel): eta_i = z_i b,  e = exp(-|eta|),  p_i = sigmoid(eta_i),
 *        r_i = w_i (y_i - p_i),   v_i = w_i p_i (1 - p_i),   D += 2 w_i log(1 + exp(-+ eta_i)).
 *   3. Normal equations (blocks of the design, BLAS on one thread), solved by Cholesky:
 *        H = Z' diag(v) Z + lambda I_{t >= 1},     g = Z' r - lambda b,     step = H^-1 g.
 *   4. b <- b + step, halved while F rises; back to 2 until |F_old - F| <= tol (|F| + 0.1).
 *   5. Standard errors from H^-1 at the end (the curvature of F: with lambda > 0 they are those of
 *      a posterior under b_t ~ N(0, 1 / lambda)), carried to the units of the raw columns.
 *
 * Why Newton: q is small (tens of columns), so that a step costs one pass over the data, and five
 * to ten steps reach the last digits; gradient methods need hundreds of passes for half of them.
 * F is convex, so that the halved steps lead to the one minimum; where the classes can be separated
 * D alone has none, and lambda > 0 is what keeps b finite. Without it complete separation is
 * refused (D falls to SEPARATED of the null deviance); quasi-complete separation shows in huge
 * standard errors.
 * Cost: per iteration n q^2 flops for q terms, and an exp and a log per row.
 * No variable selection, no L1, no interactions.
 *
 * References: McCullagh, Nelder, Generalized Linear Models, 2nd ed. (1989), section 4.4,
 * doi:10.1007/978-1-4899-3242-6; le Cessie, van Houwelingen (1992), doi:10.2307/2347628 (ridge);
 * Albert, Anderson (1984), doi:10.1093/biomet/71.1.1 (separation). */
#include "stats/logistic.h"

#include <math.h>
#include <string.h>

#include "core/base/blas.h"
#include "core/base/mem.h"
#include "core/base/numeric.h"
#include "stats/logistic_design.h"

enum {
    GRAIN = 2048,     /* rows per chunk, in the rows pass and per block of the design */
    MAX_HALVINGS = 30 /* 2^-30 of a step: smaller ones do not change b any more */
};

#define SEPARATED 1e-8  /* share of the null deviance */
#define SLACK     1e-13 /* relative rise of F that is rounding */

/* Everything a fit needs besides the model; one block of rows of the design exists at a time. */
typedef struct fitter {
    const td_logistic_data *data;
    const td_logistic_params *params;
    const td_exec *exec;
    td_logistic *model;
    td_logistic_term *terms; /* [n_terms] */
    uint32_t n_terms;
    uint32_t q;       /* n_terms + 1 */
    double *beta;     /* [q] of the standardised terms, intercept first */
    double *trial;    /* [q] */
    double *step;     /* [q] g, then the Newton step */
    double *part;     /* [q] a chunk's share of g; scratch */
    double *hessian;  /* [q x q] H, then its factor */
    double *gram;     /* [q x q] a chunk's share of H */
    double *block;    /* [GRAIN x q] */
    double *residual; /* [n] r */
    double *curve;    /* [n] v */
    double *deviance; /* [n_chunks] */
    double objective; /* F at beta */
} fitter;

td_logistic_params td_logistic_params_default(void) {
    return (td_logistic_params){.l2 = 1.0, .tolerance = 1e-12, .max_iterations = 50};
}

void td_logistic_free(td_logistic *model) {
    td_mem_free(model->columns);
    *model = (td_logistic){0};
}

/* ---- rows ---- */

/* Sum the weights of all rows and of the positive ones; a row of weight 0 must be valid as well. */
static td_status check_rows(const td_logistic_data *data, double *total, double *positive,
                            td_error *err) {
    td_sum all = {0}, ones = {0};
    for (uint64_t i = 0; i < data->n; i++) {
        double y = data->label[i], w = data->weight != NULL ? data->weight[i] : 1.0;
        TD_CHECK(y == 0.0 || y == 1.0, err, TD_ERR_RANGE, "label of row %llu is %g, must be 0 or 1",
                 (unsigned long long)i + 1, y);
        TD_CHECK(w >= 0.0 && w < HUGE_VAL, err, TD_ERR_RANGE,
                 "weight of row %llu is %g, must be finite and not negative",
                 (unsigned long long)i + 1, w);
        td_sum_add(&all, w);
        if (y == 1.0) td_sum_add(&ones, w);
    }
    *total = td_sum_value(&all);
    *positive = td_sum_value(&ones);
    TD_CHECK(*total > 0.0, err, TD_ERR_NUMERIC, "logistic regression without rows");
    TD_CHECK(
        *positive > 0.0 &&
        *positive<*total, err, TD_ERR_NUMERIC,
                  "logistic regression with one class only: every label is %d", *positive> 0.0);
    return TD_OK;
}

/* Step 2 for one chunk. With e = exp(-|eta|) nothing overflows and nothing cancels:
 *     log(1 + exp(eta)) = max(eta, 0) + log(1 + e),   p (1 - p) = e / (1 + e)^2. */
static td_status weigh_rows(void *ctx, td_chunk chunk, td_error *err) {
    (void)err;
    const fitter *fit = ctx;
    const td_logistic_data *data = fit->data;
    double eta[GRAIN], e[GRAIN], soft[GRAIN];
    uint64_t rows = chunk.end - chunk.begin;
    td_logistic_linear(eta, fit->model, data->x, chunk.begin, rows);
    for (uint64_t i = 0; i < rows; i++) e[i] = -fabs(eta[i]);
    td_exp_array(e, e, rows);
    for (uint64_t i = 0; i < rows; i++) soft[i] = 1.0 + e[i];
    td_log_array(soft, soft, rows);
    double deviance = 0.0;
    for (uint64_t i = 0; i < rows; i++) {
        uint64_t row = chunk.begin + i;
        double y = data->label[row], w = data->weight != NULL ? data->weight[row] : 1.0;
        double p = (eta[i] >= 0.0 ? 1.0 : e[i]) / (1.0 + e[i]);
        int is_wrong_side = (eta[i] >= 0.0) != (y == 1.0); /* then |eta| is paid in full */
        fit->residual[row] = w * (y - p);
        fit->curve[row] = w * e[i] / ((1.0 + e[i]) * (1.0 + e[i]));
        deviance += 2.0 * w * (soft[i] + (is_wrong_side ? fabs(eta[i]) : 0.0));
    }
    fit->deviance[chunk.index] = deviance;
    return TD_OK;
}

/* ---- Newton's method ---- */

/* Coefficients per unit of the raw columns: z = (x - center) / scale, hence b z = (b / scale) (x -
 * center). Terms that were left out keep their 0. */
static void set_model(const fitter *fit, const double *beta) {
    fit->model->base = beta[0];
    for (uint32_t t = 0; t < fit->n_terms; t++) {
        td_logistic_column *column = &fit->model->columns[fit->terms[t].column];
        double *coef = fit->terms[t].is_indicator ? &column->missing_coef : &column->coef;
        *coef = beta[t + 1] / fit->terms[t].scale;
    }
}

/* lambda sum b^2 without the intercept: the base rate is never shrunk. */
static double penalty(const fitter *fit, const double *beta) {
    double squares = 0.0;
    for (uint32_t t = 1; t < fit->q; t++) squares += beta[t] * beta[t];
    return fit->params->l2 * squares;
}

/* Move the model to beta and fill r, v and the deviance there; *objective = F(beta). */
static td_status evaluate(fitter *fit, const double *beta, double *objective, td_error *err) {
    set_model(fit, beta);
    uint64_t n = fit->data->n;
    TD_TRY(td_par_for(fit->exec, n, GRAIN, weigh_rows, fit, err));
    td_sum sum = {0};
    for (uint64_t c = 0; c < td_par_n_chunks(n, GRAIN); c++) td_sum_add(&sum, fit->deviance[c]);
    fit->model->deviance = td_sum_value(&sum);
    *objective = fit->model->deviance + penalty(fit, beta);
    return TD_OK;
}

/* H and g at the model's place, over blocks of GRAIN rows in order; H is factored. Residuals r and
 * weights v were left by the rows pass:
 *
 *     rows    block Z_c            v_c  r_c
 *     0       | 1  z  z  z ... |   | |  | |
 *     ...     | 1  z  z  z ... |   | |  | |     H += Z_c' diag(v_c) Z_c,   g += Z_c' r_c
 *     2047    | 1  z  z  z ... |   | |  | |
 *
 * The ridge stands on the diagonal, the intercept's cell excepted. */
static td_status make_normal(fitter *fit, td_error *err) {
    uint64_t n = fit->data->n, cells = (uint64_t)fit->q * fit->q;
    memset(fit->hessian, 0, cells * sizeof *fit->hessian);
    memset(fit->step, 0, fit->q * sizeof *fit->step);
    for (uint64_t first = 0; first < n; first += GRAIN) {
        uint64_t rows = n - first < GRAIN ? n - first : GRAIN;
        td_logistic_design(fit->block, fit->terms, fit->n_terms, fit->data->x, first, rows);
        TD_TRY(td_blas_gram(fit->gram, fit->block, fit->curve + first, rows, fit->q, err));
        td_blas_transposed_times(fit->part, fit->block, fit->residual + first, rows, fit->q);
        for (uint64_t i = 0; i < cells; i++) fit->hessian[i] += fit->gram[i];
        for (uint32_t t = 0; t < fit->q; t++) fit->step[t] += fit->part[t];
    }
    for (uint32_t t = 1; t < fit->q; t++) {
        fit->hessian[(uint64_t)t * fit->q + t] += fit->params->l2;
        fit->step[t] -= fit->params->l2 * fit->beta[t];
    }
    return td_cholesky_factor(fit->hessian, fit->q, err);
}

/* beta <- beta + the longest of step, step/2, step/4 ... that does not raise F; *gain = what F
 * lost. When none does, beta stays: it is the minimum to rounding. */
static td_status take_step(fitter *fit, double *gain, td_error *err) {
    double share = 1.0, before = fit->objective;
    for (int halving = 0; halving <= MAX_HALVINGS; halving++, share /= 2.0) {
        for (uint32_t t = 0; t < fit->q; t++) fit->trial[t] = fit->beta[t] + share * fit->step[t];
        double objective;
        TD_TRY(evaluate(fit, fit->trial, &objective, err));
        if (!(objective <= before + SLACK * fabs(before))) continue;
        memcpy(fit->beta, fit->trial, fit->q * sizeof *fit->beta);
        fit->objective = objective;
        *gain = before - objective;
        return TD_OK;
    }
    *gain = 0.0;
    return evaluate(fit, fit->beta, &fit->objective, err);
}

/* Newton converges quadratically: when F stands still to `tolerance`, the step just taken was about
 * its square root long, and what is left about its square. */
static td_status iterate(fitter *fit, td_error *err) {
    td_logistic *model = fit->model;
    TD_TRY(evaluate(fit, fit->beta, &fit->objective, err));
    while (!model->has_converged && model->iterations < fit->params->max_iterations) {
        TD_TRY(td_exec_progress(fit->exec, "logistic regression", model->iterations,
                                fit->params->max_iterations, err));
        TD_TRY(make_normal(fit, err));
        td_cholesky_apply(fit->hessian, fit->step, fit->q);
        double gain;
        TD_TRY(take_step(fit, &gain, err));
        model->iterations++;
        double limit = fit->params->tolerance * (fabs(fit->objective) + 0.1);
        model->has_converged = fabs(gain) <= limit;
    }
    TD_CHECK(fit->params->l2 > 0.0 || model->deviance > SEPARATED * model->null_deviance, err,
             TD_ERR_NUMERIC,
             "the features separate the classes: no finite coefficients without l2 > 0");
    return TD_OK;
}

/* ---- standard errors ---- */

/* Variance of direction' beta = direction' H^-1 direction; uses `part` as scratch. */
static double variance_along(fitter *fit, const double *direction) {
    memcpy(fit->part, direction, fit->q * sizeof *direction);
    td_cholesky_apply(fit->hessian, fit->part, fit->q);
    double variance = 0.0;
    for (uint32_t t = 0; t < fit->q; t++) variance += direction[t] * fit->part[t];
    return variance;
}

/* Raw coefficients are b_t / scale_t, so their errors are sqrt((H^-1)_tt) / scale_t; the intercept
 * at x = 0 is b_0 - sum_t b_t center_t / scale_t, a direction of its own. */
static td_status finish(fitter *fit, td_error *err) {
    td_logistic *model = fit->model;
    TD_TRY(make_normal(fit, err));
    double *to_origin = fit->step, *unit = fit->trial;
    memset(unit, 0, fit->q * sizeof *unit);
    to_origin[0] = 1.0;
    model->intercept = model->base;
    for (uint32_t t = 0; t < fit->n_terms; t++) {
        const td_logistic_term *term = &fit->terms[t];
        td_logistic_column *column = &model->columns[term->column];
        unit[t + 1] = 1.0 / term->scale;
        double se = sqrt(variance_along(fit, unit));
        unit[t + 1] = 0.0;
        *(term->is_indicator ? &column->missing_se : &column->se) = se;
        double coef = term->is_indicator ? column->missing_coef : column->coef;
        model->intercept -= coef * term->center;
        to_origin[t + 1] = -term->center / term->scale;
    }
    model->intercept_se = sqrt(variance_along(fit, to_origin));
    return TD_OK;
}

/* ---- fit ---- */

/* What was allocated before a failure is freed by fitter_free, which takes NULLs. */
static td_status fitter_alloc(fitter *fit, td_error *err) {
    uint64_t n = fit->data->n, q = fit->q;
    TD_NEW_ZEROED(fit->beta, q, err);
    TD_NEW(fit->trial, q, err);
    TD_NEW(fit->step, q, err);
    TD_NEW(fit->part, q, err);
    TD_NEW(fit->hessian, q * q, err);
    TD_NEW(fit->gram, q * q, err);
    TD_NEW(fit->block, GRAIN * q, err);
    TD_NEW(fit->residual, n, err);
    TD_NEW(fit->curve, n, err);
    TD_NEW(fit->deviance, td_par_n_chunks(n, GRAIN), err);
    return TD_OK;
}

static void fitter_free(fitter *fit) {
    void *const blocks[] = {fit->terms,    fit->beta,    fit->trial,   fit->step,
                            fit->part,     fit->hessian, fit->gram,    fit->block,
                            fit->residual, fit->curve,   fit->deviance};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++) td_mem_free(blocks[i]);
}

static td_status fit_with(fitter *fit, td_error *err) {
    td_logistic *model = fit->model;
    double total = 0.0, positive = 0.0;
    TD_TRY(check_rows(fit->data, &total, &positive, err));
    TD_NEW_ZEROED(model->columns, model->p, err);
    TD_NEW(fit->terms, 2 * (uint64_t)model->p, err);
    TD_TRY(td_logistic_measure(model->columns, fit->data, total, fit->exec, err));
    fit->n_terms = td_logistic_terms(fit->terms, model);
    fit->q = fit->n_terms + 1;
    TD_TRY(fitter_alloc(fit, err));
    double rate = positive / total;
    model->null_deviance = -2.0 * (positive * td_log(rate) + (total - positive) * td_log1p(-rate));
    fit->beta[0] = td_logit(rate);
    TD_TRY(iterate(fit, err));
    return finish(fit, err);
}

td_status td_logistic_fit(td_logistic *out, const td_logistic_data *data,
                          const td_logistic_params *params, const td_exec *exec, td_error *err) {
    TD_CHECK(params->l2 >= 0.0 && params->l2 < HUGE_VAL, err, TD_ERR_ARG,
             "l2 is %g, must be finite and not negative", params->l2);
    TD_CHECK(params->tolerance >= 0.0, err, TD_ERR_ARG, "tolerance is %g, must not be negative",
             params->tolerance);
    TD_CHECK(params->max_iterations >= 1, err, TD_ERR_ARG, "max_iterations is 0, must be positive");
    *out = (td_logistic){.p = data->p, .n = data->n, .l2 = params->l2};
    fitter fit = {.data = data, .params = params, .exec = exec, .model = out};
    td_status status = fit_with(&fit, err);
    fitter_free(&fit);
    if (status != TD_OK) td_logistic_free(out);
    return status;
}

/* ---- predict ---- */

typedef struct predictor {
    double *probability;
    const td_logistic *model;
    const double *const *x;
} predictor;

static td_status predict_rows(void *ctx, td_chunk chunk, td_error *err) {
    (void)err;
    const predictor *work = ctx;
    double *out = work->probability + chunk.begin;
    uint64_t rows = chunk.end - chunk.begin;
    td_logistic_linear(out, work->model, work->x, chunk.begin, rows);
    td_sigmoid_array(out, out, rows);
    return TD_OK;
}

td_status td_logistic_predict(double *probability, const td_logistic *model, const double *const *x,
                              uint64_t n, const td_exec *exec, td_error *err) {
    predictor work = {.probability = probability, .model = model, .x = x};
    return td_par_for(exec, n, GRAIN, predict_rows, &work, err);
}
