/* uplift/dependent.c: two models, the second of which knows what the first one says.
 *
 * 1. mu_0: the outcome, learned from the control rows.
 * 2. s(x) = mu_0(x), appended to the features of the treated rows (mu_0 never saw those rows).
 * 3. mu_1: the outcome, learned from the treated rows with s as one feature more.
 * 4. tau(x) = mu_1(x, s(x)) - mu_0(x).
 *
 * Like t_learner.c, but the treated model starts from the control's view of a row and spends its
 * splits on what the treatment changes; worth most when the treated rows are few. The propensity is
 * not used. Cost: two trainings.
 *
 * Reference: Betlei, Diemert, Amini, "Uplift prediction with dependent feature representation in
 * imbalanced treatment and control conditions", ICONIP 2018, LNCS 11305, 47-57,
 * doi:10.1007/978-3-030-04221-9_5 (dependent data representation, control to treatment). */
#include "core/base/mem.h"
#include "uplift/learner.h"
#include "uplift/with_column.h"

static const char SCORE_COLUMN[] = "(control score)";

/* Steps 2 and 3. */
static td_status learn_treated(td_part *out, const td_pair *pair, double *score, td_error *err) {
    td_binned *bins = NULL;
    td_question treated = td_question_outcome(pair, TD_SIDE_TREATED);
    TD_TRY(td_bins_with(&bins, pair, SCORE_COLUMN, score, err));
    treated.bins = bins;
    td_status status = td_learn(&out->model[1], NULL, pair, &treated, err);
    td_binned_free(bins);
    return status;
}

/* Rows of other arms have the score 0, which only bin bounds can notice. */
static td_status fit(td_part *out, const td_pair *pair, td_error *err) {
    double *score;
    td_question control = td_question_outcome(pair, TD_SIDE_CONTROL);
    TD_NEW_ZEROED(score, td_binned_rows(pair->bins), err);
    td_status status = td_learn(&out->model[0], score, pair, &control, err); /* 1 */
    if (status == TD_OK) status = learn_treated(out, pair, score, err);
    td_mem_free(score);
    return status;
}

/* Step 4. */
static td_status effect(double *out, const td_part *part, const td_new_rows *rows,
                        const td_exec *exec, td_error *err) {
    const td_matrix_view *view = rows->view;
    double *score;
    TD_NEW(score, view->n_rows, err);
    td_status status = td_predict(score, part->model[0], view, TD_SCORE_RESPONSE, exec, err);
    if (status == TD_OK) {
        status =
            td_predict_with(out, part->model[1], view, (td_extra){SCORE_COLUMN, score}, exec, err);
    }
    for (uint64_t i = 0; status == TD_OK && i < view->n_rows; i++) out[i] -= score[i];
    td_mem_free(score);
    return status;
}

const td_learner td_learner_dependent = {
    .spec = {"dependent", "two models, the control's score is a feature of the treatment's",
             "Betlei, Diemert, Amini 2018, doi:10.1007/978-3-030-04221-9_5"},
    .fit = fit,
    .effect = effect,
    .models_arms = 1,
    .n_models = 2,
};
