/* uplift/r_learner.c: the residual of the outcome on the residual of the treatment.
 *
 * With m(x) = E[y | x]:   y - m(x) = (w - e(x)) tau(x) + noise   (Robinson 1988), so tau minimises
 *
 *     sum_i  weight_i ( (y_i - m(x_i)) - (w_i - e(x_i)) tau(x_i) )^2          the R-loss
 *   = sum_i  weight_i (w_i - e_i)^2 ( (y_i - m_i) / (w_i - e_i) - tau(x_i) )^2.
 *
 * 1. m(x_i) out of fold, from the rows of both arms.
 * 2. e(x_i) out of fold (propensity.c), clipped.
 * 3. tau: the ratio (y - m) / (w - e), learned with the weights (w - e)^2.
 *
 * Errors of m and e enter only as their product, and rows where both arms are frequent count most.
 * Its weakness: for a 0/1 outcome the ratio knows nothing of the bounds. Cost: n_folds trainings
 * for m, one (and the choice of its trees) for tau.
 *
 * Reference: Nie and Wager, "Quasi-oracle estimation of heterogeneous treatment effects",
 * Biometrika 108 (2021) 299-319, doi:10.1093/biomet/asaa076; Robinson, Econometrica 56 (1988)
 * 931-954, doi:10.2307/1912705. */
#include "core/base/mem.h"
#include "uplift/learner.h"

/* Step 3; m becomes the ratio. */
static td_status learn_ratio(td_part *out, const td_pair *pair, double *m, double *weight,
                             td_error *err) {
    for (uint64_t i = 0; i < pair->n; i++) {
        uint32_t row = pair->row[i];
        double own = pair->weight != NULL ? pair->weight[row] : 1;
        double moved = pair->w[row] - pair->e[row];
        m[row] = (pair->y[row] - m[row]) / moved;
        weight[row] = own * moved * moved;
    }
    td_question question = {.label = m,
                            .weight = weight,
                            .objective = TD_OBJECTIVE_REGRESSION,
                            .side = TD_SIDE_BOTH,
                            .role = TD_ROLE_EFFECT};
    return td_learn(&out->model[0], NULL, pair, &question, err);
}

static td_status fit(td_part *out, const td_pair *pair, td_error *err) {
    uint64_t n = td_binned_rows(pair->bins);
    double *m;
    TD_NEW(m, 2 * n, err);
    td_question outcome = td_question_outcome(pair, TD_SIDE_BOTH);
    td_status status = td_crossfit(m, pair, &outcome, err); /* 1 */
    if (status == TD_OK) status = learn_ratio(out, pair, m, m + n, err);
    td_mem_free(m);
    return status;
}

const td_learner td_learner_r = {
    .spec = {"r", "residual of the outcome on residual of the treatment, cross-fitted",
             "Nie and Wager 2021, doi:10.1093/biomet/asaa076"},
    .fit = fit,
    .effect = td_effect_direct,
    .uses_propensity = 1,
    .n_models = 1,
};
