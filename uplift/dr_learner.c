/* uplift/dr_learner.c: regression of a doubly robust pseudo-outcome.
 *
 *     phi = mu_1(x) - mu_0(x) + (w - e(x)) / (e(x) (1 - e(x))) (y - mu_w(x))
 *     E[phi | x] = tau(x)
 *
 * when either the outcome models or the propensity are right; their errors multiply.
 *
 * 1. mu_0(x_i), mu_1(x_i) out of fold: K models of each arm.
 * 2. e(x_i) out of fold (propensity.c), clipped.
 * 3. phi_i for every row of the pair.
 * 4. tau: phi, learned from the rows of both arms.
 *
 * The paper learns steps 1 and 4 on different halves and swaps them; K folds do the same with more
 * rows for each model. Its weakness: 1 / e makes phi wild where an arm is rare; see how many rows
 * were clipped. Cost: 2 n_folds trainings for step 1, one (and the choice of its trees) for step 4.
 *
 * Reference: Kennedy, "Towards optimal doubly robust estimation of heterogeneous causal effects",
 * Electronic Journal of Statistics 17 (2023) 3008-3049, doi:10.1214/23-EJS2157, algorithm 1. */
#include "core/base/mem.h"
#include "uplift/learner.h"

/* Steps 1 and 3. scratch [rows]. */
static td_status make_phi(double *phi, double *scratch, const td_pair *pair, td_error *err) {
    double *mu0 = scratch, *mu1 = phi;
    td_question control = td_question_outcome(pair, TD_SIDE_CONTROL);
    td_question treated = td_question_outcome(pair, TD_SIDE_TREATED);
    TD_TRY(td_crossfit(mu0, pair, &control, err));
    TD_TRY(td_crossfit(mu1, pair, &treated, err));
    for (uint64_t i = 0; i < pair->n; i++) {
        uint32_t row = pair->row[i];
        double w = pair->w[row], e = pair->e[row];
        double residual = pair->y[row] - (w > 0 ? mu1[row] : mu0[row]);
        phi[row] = mu1[row] - mu0[row] + (w - e) / (e * (1 - e)) * residual;
    }
    return TD_OK;
}

static td_status fit(td_part *out, const td_pair *pair, td_error *err) {
    uint64_t n = td_binned_rows(pair->bins);
    double *phi;
    TD_NEW(phi, 2 * n, err);
    td_status status = make_phi(phi, phi + n, pair, err);
    td_question question = {.label = phi,
                            .weight = pair->weight,
                            .objective = TD_OBJECTIVE_REGRESSION,
                            .side = TD_SIDE_BOTH,
                            .role = TD_ROLE_EFFECT};
    if (status == TD_OK) status = td_learn(&out->model[0], NULL, pair, &question, err); /* 4 */
    td_mem_free(phi);
    return status;
}

const td_learner td_learner_dr = {
    .spec = {"dr", "regression of the doubly robust pseudo-outcome, cross-fitted",
             "Kennedy 2023, doi:10.1214/23-EJS2157"},
    .fit = fit,
    .effect = td_effect_direct,
    .models_arms = 1,
    .uses_propensity = 1,
    .n_models = 1,
};
