/* uplift/arm_scores.c: doubly robust scores of every arm on every row.
 *
 *     G_a(i) = mu_a(x_i) + 1{A_i = a} / e_a(x_i) (y_i - mu_a(x_i))
 *
 * A_i arm of row i, y_i outcome, mu_a(x) = E[y | x, A = a], e_a(x) = P(A = a | x). The expectation
 * of G_a(i) given x_i is the mean outcome under arm a when mu_a or e_a is right.
 *
 * Learners of effects know pairs of arms (pair.c); a rule that picks one of several arms needs all
 * of them on one scale. So each arm a in turn is the "treated" side of a pair whose other side is
 * every other arm (one_against_rest.c).
 *
 *   1. Bin the features once.
 *   2. For each arm: mu_a from its own rows, answers for all rows out of fold; e_a for all but the
 *      control, as known, from the shares, or from trees that beat them (propensity.c), clipped.
 *   3. e_0 = 1 - sum of the others, clipped too. (Estimated on their own, chances of several arms
 *      need not add up to 1.)
 *   4. G.
 *
 * Cost: see arm_scores.h; [2 n_arms] doubles a row. Robins, Rotnitzky and Zhao (1994),
 * doi:10.1080/01621459.1994.10476818; Zhou, Athey and Wager (2023), doi:10.1287/opre.2022.2271,
 * section 3, for several arms. */
#include "uplift/arm_scores.h"

#include <math.h>
#include <string.h>

#include "core/base/mem.h"
#include "uplift/one_against_rest.h"
#include "uplift/pair.h"

void td_arm_scores_free(td_arm_scores *scores) {
    td_mem_free(scores->row);
    td_mem_free(scores->score);
    td_binned_free(scores->bins);
    memset(scores, 0, sizeof *scores);
}

typedef struct work {
    td_arm_scores *out;
    const td_uplift_data *data;
    const td_uplift_params *params;
    const td_exec *exec;
    int is_binary;
    td_rest rest;       /* of the pair at hand */
    double *mu;         /* [rows of the table] */
    double *propensity; /* [n_arms * rows of the table] */
} work;

static td_status work_init(work *w, td_error *err) {
    uint64_t n = w->data->rows.n_rows;
    TD_TRY(td_rest_init(&w->rest, n, err));
    TD_NEW(w->mu, n, err);
    TD_NEW(w->propensity, w->data->n_arms * n, err);
    TD_NEW(w->out->row, n, err);
    w->out->n_arms = w->data->n_arms;
    w->out->low = 1;
    for (uint64_t i = 0; i < n; i++) {
        w->out->row[w->out->n] = (uint32_t)i;
        w->out->n += w->data->arm[i] != TD_UPLIFT_NO_ARM;
        w->propensity[i] = 1; /* of the control: what the others leave */
    }
    TD_NEW(w->out->score, w->data->n_arms * w->out->n, err);
    return TD_OK;
}

static void work_free(work *w) {
    td_rest_free(&w->rest);
    td_mem_free(w->mu);
    td_mem_free(w->propensity);
}

static void note_range(td_arm_scores *out, double low, double high, uint64_t n_clipped) {
    out->low = fmin(out->low, low);
    out->high = fmax(out->high, high);
    out->n_clipped += n_clipped;
}

/* Step 2: mu_a into the scores' place, e_a. */
static td_status ask_arm(work *w, uint32_t a, td_pair *pair, const td_uplift_data *data,
                         td_error *err) {
    uint64_t n = data->rows.n_rows;
    td_question question = td_question_outcome(pair, TD_SIDE_TREATED);
    TD_TRY(td_crossfit(w->mu, pair, &question, err));
    for (uint64_t k = 0; k < w->out->n; k++) {
        w->out->score[a * w->out->n + k] = w->mu[w->out->row[k]];
    }
    td_uplift_pair_report report;
    const double *known[2] = {w->rest.chance, w->rest.chance + n};
    if (a == 0 && data->propensity == NULL) return TD_OK;
    TD_TRY(td_pair_weigh(pair, &report, data->propensity != NULL ? known : NULL, 0, err));
    if (a == 0) return TD_OK; /* a known chance of the control had to be looked at */
    note_range(w->out, report.low, report.high, report.n_clipped);
    for (uint64_t i = 0; i < n; i++) {
        w->propensity[a * n + i] = pair->e[i];
        w->propensity[i] -= pair->e[i];
    }
    return TD_OK;
}

static td_status take_arm(work *w, uint32_t a, td_error *err) {
    td_uplift_data data = td_rest_pair(&w->rest, w->data, a);
    td_pair pair = {.bins = w->out->bins, .is_binary = w->is_binary};
    TD_TRY(td_pair_init(&pair, &data, 1, w->params, w->exec, err));
    td_status status = ask_arm(w, a, &pair, &data, err);
    td_pair_free(&pair);
    return status;
}

/* Steps 3 and 4. */
static void weigh(work *w) {
    td_arm_scores *out = w->out;
    uint64_t n_rows = w->data->rows.n_rows, moved = 0;
    double c = w->params->clip, low = 1, high = 0;
    for (uint64_t k = 0; k < out->n; k++) {
        uint32_t row = out->row[k], a = w->data->arm[row];
        double *e0 = &w->propensity[row];
        low = fmin(low, *e0);
        high = fmax(high, *e0);
        moved += *e0 < c || *e0 > 1 - c;
        *e0 = fmin(fmax(*e0, c), 1 - c);
        double *score = &out->score[a * out->n + k];
        *score += (w->data->rows.label[row] - *score) / w->propensity[a * n_rows + row];
    }
    note_range(out, low, high, moved);
}

static td_status fit(work *w, td_error *err) {
    td_train_params trees = w->params->trees;
    trees.objective = TD_OBJECTIVE_REGRESSION; /* bins do not look at the outcome */
    TD_TRY(td_uplift_check(&w->is_binary, w->data, w->params, err));
    TD_TRY(work_init(w, err));
    TD_TRY(td_binned_build(&w->out->bins, &w->data->rows, &trees, w->exec, err));
    for (uint32_t a = 0; a < w->data->n_arms; a++) TD_TRY(take_arm(w, a, err));
    weigh(w);
    return TD_OK;
}

td_status td_arm_scores_fit(td_arm_scores *out, const td_uplift_data *data,
                            const td_uplift_params *params, const td_exec *exec, td_error *err) {
    td_uplift_params own = *params;
    own.learner = TD_UPLIFT_DR; /* asks the same of the rows: outcomes that vary in every arm */
    memset(out, 0, sizeof *out);
    work w = {.out = out, .data = data, .params = &own, .exec = exec};
    td_status status = fit(&w, err);
    work_free(&w);
    if (status != TD_OK) td_arm_scores_free(out);
    return status;
}
