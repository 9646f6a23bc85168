/* uplift/t_learner.c: two models, one for each arm.
 *
 * Problem: tau(x) = E[y | x, w = 1] - E[y | x, w = 0] in a randomised experiment, or wherever x
 * holds all that decided who was treated.
 *
 * 1. mu_0: the outcome, learned from the control rows.
 * 2. mu_1: the outcome, learned from the treated rows.
 * 3. tau(x) = mu_1(x) - mu_0(x).
 *
 * Strong where the two outcomes have little in common and both arms have many rows. Its weakness:
 * each model is smoothed on its own, so that their difference has structure where the effect has
 * none; with unequal arms the smaller arm's model is the smoother one, and the difference shows it.
 * The propensity is not used. Cost: two trainings.
 *
 * Reference: Kuenzel, Sekhon, Bickel, Yu, "Metalearners for estimating heterogeneous treatment
 * effects using machine learning", PNAS 116 (2019) 4156-4165, doi:10.1073/pnas.1804597116; as the
 * "two-model approach" of uplift: Hansotia and Rukstales, J. Interactive Marketing 16 (2002) 35-46,
 * doi:10.1002/dir.10035. */
#include "core/base/mem.h"
#include "uplift/learner.h"

static td_status fit(td_part *out, const td_pair *pair, td_error *err) {
    td_question control = td_question_outcome(pair, TD_SIDE_CONTROL);
    td_question treated = td_question_outcome(pair, TD_SIDE_TREATED);
    TD_TRY(td_learn(&out->model[0], NULL, pair, &control, err)); /* 1 */
    return td_learn(&out->model[1], NULL, pair, &treated, err);  /* 2 */
}

/* Step 3. */
static td_status effect(double *out, const td_part *part, const td_new_rows *rows,
                        const td_exec *exec, td_error *err) {
    double *mu0;
    const td_matrix_view *view = rows->view;
    TD_NEW(mu0, view->n_rows, err);
    td_status status = td_predict(mu0, part->model[0], view, TD_SCORE_RESPONSE, exec, err);
    if (status == TD_OK) {
        status = td_predict(out, part->model[1], view, TD_SCORE_RESPONSE, exec, err);
    }
    for (uint64_t i = 0; status == TD_OK && i < view->n_rows; i++) out[i] -= mu0[i];
    td_mem_free(mu0);
    return status;
}

const td_learner td_learner_t = {
    .spec = {"t", "two models, one for each arm; the effect is their difference",
             "Kuenzel et al. 2019, doi:10.1073/pnas.1804597116"},
    .fit = fit,
    .effect = effect,
    .models_arms = 1,
    .n_models = 2,
};
