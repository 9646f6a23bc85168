/* uplift/class_transform.c: one classifier of "did what the effect would do".
 *
 *     z = y w + (1 - y) (1 - w)       1 for a treated success and for an untreated failure
 *
 * With rows weighted so that both arms count alike at every x,
 *
 *     P*(z = 1 | x) = (mu_1(x) + 1 - mu_0(x)) / 2,    so    tau(x) = 2 P*(z = 1 | x) - 1.
 *
 * 1. z for every row of the pair; outcomes must be 0 or 1.
 * 2. Weights w / (2 e(x)) + (1 - w) / (2 (1 - e(x))), times the row's own. The plain method leaves
 *    them out and is right for e = 1/2 only: with 80 % treated it ranks by the outcome.
 * 3. P*: z, learned as a class.
 *
 * One model with the log-loss, so answers lie in (-1, 1). Its weakness: a tree that explains z has
 * to find differences of a few per cent around one half. Cost: one training.
 *
 * Reference: Jaskowski and Jaroszewicz, "Uplift modeling for clinical trial data", ICML Workshop on
 * Clinical Data Analysis (2012); general propensity: Athey and Imbens 2016,
 * doi:10.1073/pnas.1510489113, and Gutierrez and Gerardy, PMLR 67 (2017) 1-13. */
#include "core/base/mem.h"
#include "uplift/learner.h"

/* Steps 1 and 2. */
static void transform(double *z, double *weight, const td_pair *pair) {
    for (uint64_t i = 0; i < pair->n; i++) {
        uint32_t row = pair->row[i];
        double w = pair->w[row], e = pair->e[row];
        double own = pair->weight != NULL ? pair->weight[row] : 1;
        z[row] = pair->y[row] == w;
        weight[row] = own * (w > 0 ? 0.5 / e : 0.5 / (1 - e));
    }
}

static td_status fit(td_part *out, const td_pair *pair, td_error *err) {
    uint64_t n = td_binned_rows(pair->bins);
    double *z, *weight;
    TD_NEW(z, 2 * n, err);
    weight = z + n;
    transform(z, weight, pair);
    td_question question = {.label = z,
                            .weight = weight,
                            .objective = TD_OBJECTIVE_BINARY,
                            .side = TD_SIDE_BOTH,
                            .role = TD_ROLE_EFFECT};
    td_status status = td_learn(&out->model[0], NULL, pair, &question, err); /* 3 */
    td_mem_free(z);
    return status;
}

static td_status effect(double *out, const td_part *part, const td_new_rows *rows,
                        const td_exec *exec, td_error *err) {
    TD_TRY(td_effect_direct(out, part, rows, exec, err));
    for (uint64_t i = 0; i < rows->view->n_rows; i++) out[i] = 2 * out[i] - 1;
    return TD_OK;
}

const td_learner td_learner_class = {
    .spec = {"class", "classification of z = (y == w), weighted by the propensity; outcomes 0, 1",
             "Jaskowski and Jaroszewicz 2012; doi:10.1073/pnas.1510489113"},
    .fit = fit,
    .effect = effect,
    .models_arms = 1,
    .needs_binary = 1,
    .uses_propensity = 1,
    .n_models = 1,
};
