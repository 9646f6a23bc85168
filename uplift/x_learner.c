/* uplift/x_learner.c: each arm's effects are imputed with the other arm's model.
 *
 * 1. mu_0 from the control rows, mu_1 from the treated rows (as in t_learner.c).
 * 2. Imputed effects, each with the model of the arm that the row was not in:
 *        D_1 = y - mu_0(x)   of a treated row,      D_0 = mu_1(x) - y   of a control row.
 * 3. tau_1: D_1 learned from the treated rows; tau_0: D_0 learned from the control rows.
 *    A cluster with rows in both arms (a visitor treated in some sessions only) would sit on both
 *    sides of step 2: then the answers of step 1 are those out of fold.
 * 4. tau(x) = e(x) tau_0(x) + (1 - e(x)) tau_1(x).
 *
 * Strong with unequal arms: where few rows are treated, e is small and tau_1 counts, which rests on
 * mu_0, the model with many rows. e(x) is that of the new row: by the model that was estimated, or
 * as the row brings it where the design was known row by row; one number where it was one for all.
 * Cost: four trainings.
 *
 * Reference: Kuenzel, Sekhon, Bickel, Yu, PNAS 116 (2019) 4156-4165, doi:10.1073/pnas.1804597116,
 * equations 7 to 9. */
#include "core/base/mem.h"
#include "uplift/learner.h"

/* Step 3. */
static td_question about_effect(const td_pair *pair, const double *imputed, td_side side) {
    return (td_question){.label = imputed,
                         .weight = pair->weight,
                         .objective = TD_OBJECTIVE_REGRESSION,
                         .side = side,
                         .role = TD_ROLE_EFFECT};
}

/* Step 1 for one arm: answers for all rows of the pair. */
static td_status answer(double *mu, const td_pair *pair, td_side side, td_error *err) {
    td_question question = td_question_outcome(pair, side);
    if (pair->is_mixed) return td_crossfit(mu, pair, &question, err);
    td_model *model;
    td_status status = td_learn(&model, mu, pair, &question, err);
    td_model_free(model);
    return status;
}

/* Steps 1 and 2. mu [2 * rows] holds mu_0, then mu_1, then the imputed effects in the first. */
static td_status impute(double *mu, const td_pair *pair, td_error *err) {
    double *mu0 = mu, *mu1 = mu + td_binned_rows(pair->bins);
    TD_TRY(answer(mu0, pair, TD_SIDE_CONTROL, err));
    TD_TRY(answer(mu1, pair, TD_SIDE_TREATED, err));
    for (uint64_t i = 0; i < pair->n; i++) {
        uint32_t row = pair->row[i];
        double y = pair->y[row];
        mu0[row] = pair->w[row] > 0 ? y - mu0[row] : mu1[row] - y;
    }
    return TD_OK;
}

static double mean_propensity(const td_pair *pair) {
    double sum = 0;
    for (uint64_t i = 0; i < pair->n; i++) sum += pair->e[pair->row[i]];
    return sum / (double)pair->n;
}

static td_status fit_parts(td_part *out, const td_pair *pair, double *mu, td_error *err) {
    TD_TRY(impute(mu, pair, err));
    td_question about0 = about_effect(pair, mu, TD_SIDE_CONTROL);
    td_question about1 = about_effect(pair, mu, TD_SIDE_TREATED);
    TD_TRY(td_learn(&out->model[0], NULL, pair, &about0, err));
    TD_TRY(td_learn(&out->model[1], NULL, pair, &about1, err));
    out->propensity = mean_propensity(pair);
    return TD_OK;
}

static td_status fit(td_part *out, const td_pair *pair, td_error *err) {
    double *mu;
    TD_NEW(mu, 2 * td_binned_rows(pair->bins), err);
    td_status status = fit_parts(out, pair, mu, err);
    td_mem_free(mu);
    return status;
}

/* Step 4. model[2] is the propensity where it was estimated. scratch [2 * n_rows]. */
static td_status blend(double *out, double *scratch, const td_part *part, const td_new_rows *rows,
                       const td_exec *exec, td_error *err) {
    const td_matrix_view *view = rows->view;
    uint64_t n = view->n_rows;
    double *tau0 = scratch, *e = scratch + n;
    TD_TRY(td_predict(tau0, part->model[0], view, TD_SCORE_RESPONSE, exec, err));
    TD_TRY(td_predict(out, part->model[1], view, TD_SCORE_RESPONSE, exec, err));
    for (uint64_t i = 0; i < n; i++) e[i] = rows->e != NULL ? rows->e[i] : part->propensity;
    if (part->model[2] != NULL) {
        TD_TRY(td_predict(e, part->model[2], view, TD_SCORE_RESPONSE, exec, err));
    }
    for (uint64_t i = 0; i < n; i++) out[i] = e[i] * tau0[i] + (1 - e[i]) * out[i];
    return TD_OK;
}

static td_status effect(double *out, const td_part *part, const td_new_rows *rows,
                        const td_exec *exec, td_error *err) {
    double *scratch;
    TD_NEW(scratch, 2 * rows->view->n_rows, err);
    td_status status = blend(out, scratch, part, rows, exec, err);
    td_mem_free(scratch);
    return status;
}

const td_learner td_learner_x = {
    .spec = {"x", "effects imputed with the other arm's model; for unequal arms",
             "Kuenzel et al. 2019, doi:10.1073/pnas.1804597116"},
    .fit = fit,
    .effect = effect,
    .models_arms = 1,
    .uses_propensity = 1,
    .keeps_propensity = 1,
    .n_models = 2,
};
