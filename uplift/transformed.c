/* uplift/transformed.c: regression of an outcome that is transformed to have the effect as mean.
 *
 *     z = y (w - e(x)) / (e(x) (1 - e(x)))         E[z | x] = tau(x)
 *
 * because a treated row counts as y / e and a control row as -y / (1 - e).
 *
 * 1. z for every row of the pair.
 * 2. tau: z, learned as a number (squared error) from the rows of both arms.
 *
 * One model, any outcome, any propensity. Its weakness: z varies far more than y, by y^2 / e at
 * least, whether or not x explains y; the doubly robust learner subtracts what x explains first.
 * Cost: one training.
 *
 * Reference: Athey and Imbens, "Recursive partitioning for heterogeneous causal effects", PNAS 113
 * (2016) 7353-7360, doi:10.1073/pnas.1510489113 (their transformed outcome trees). */
#include "core/base/mem.h"
#include "uplift/learner.h"

static td_status fit(td_part *out, const td_pair *pair, td_error *err) {
    double *z;
    TD_NEW(z, td_binned_rows(pair->bins), err);
    for (uint64_t i = 0; i < pair->n; i++) {
        uint32_t row = pair->row[i];
        double e = pair->e[row];
        z[row] = pair->y[row] * (pair->w[row] - e) / (e * (1 - e)); /* 1 */
    }
    td_question question = {.label = z,
                            .weight = pair->weight,
                            .objective = TD_OBJECTIVE_REGRESSION,
                            .side = TD_SIDE_BOTH,
                            .role = TD_ROLE_EFFECT};
    td_status status = td_learn(&out->model[0], NULL, pair, &question, err); /* 2 */
    td_mem_free(z);
    return status;
}

const td_learner td_learner_transformed = {
    .spec = {"transformed", "regression of the transformed outcome y (w - e) / (e (1 - e))",
             "Athey and Imbens 2016, doi:10.1073/pnas.1510489113"},
    .fit = fit,
    .effect = td_effect_direct,
    .uses_propensity = 1,
    .n_models = 1,
};
