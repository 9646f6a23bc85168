/* uplift/inference_scores.c: doubly robust scores of single rows, and what follows from their mean.
 *
 * Letters: y outcome, w = 1 treated or 0, e = P(w = 1 | row), mu_w = expected outcome in arm w.
 *
 *     score = mu1 - mu0 + (w - e) / (e (1 - e)) (y - mu_w)
 *
 * has the row's effect as its expectation when either e or both mu are right, and the product of
 * their errors as bias otherwise. So means over rows (all of them, a group, weighted by a model's
 * effects) estimate means of effects, and their spread gives honest standard errors.
 *
 *   mean effect   mean score, se = sd / sqrt(n); by weight and cluster: inference_units.c
 *   DR loss       mean (score - S)^2     = mean (effect - S)^2 + what no model changes
 *   R loss        mean ((y - m) - (w - e) S)^2, m = e mu1 + (1 - e) mu0
 *   gain          loss of the constant mean score - loss of S, row by row: a paired difference
 *
 * Cost: O(n), sums compensated, in row order. What it does not do: choose or fit mu and e. Robins,
 * Rotnitzky and Zhao (1994), doi:10.1080/01621459.1994.10476818; Nie and Wager (2021),
 * doi:10.1093/biomet/asaa076; Foster and Syrgkanis (2023), doi:10.1214/23-AOS2258. */
#include <math.h>

#include "uplift/inference_parts.h"

static td_status check_row(const td_effect_rows *rows, uint64_t i, td_error *err) {
    unsigned long long number = i + 1;
    double w = rows->treated[i], e = rows->propensity[i];
    TD_CHECK(w == 0 || w == 1, err, TD_ERR_RANGE, "row %llu: treatment %g is neither 0 nor 1",
             number, w);
    TD_CHECK(e > 0 && e < 1, err, TD_ERR_RANGE, "row %llu: propensity %g is not inside (0, 1)",
             number, e);
    TD_CHECK(fabs(rows->outcome[i]) <= 1e150, err, TD_ERR_RANGE,
             "row %llu: outcome %g is not finite", number, rows->outcome[i]);
    TD_CHECK(fabs(rows->mu0[i]) <= 1e150 && fabs(rows->mu1[i]) <= 1e150, err, TD_ERR_RANGE,
             "row %llu: expected outcomes %g and %g are not finite", number, rows->mu0[i],
             rows->mu1[i]);
    return TD_OK;
}

td_status td_effect_scores(double *score, const td_effect_rows *rows, td_error *err) {
    for (uint64_t i = 0; i < rows->n; i++) {
        TD_TRY(check_row(rows, i, err));
        double w = rows->treated[i], e = rows->propensity[i];
        double mu = w > 0 ? rows->mu1[i] : rows->mu0[i];
        score[i] = rows->mu1[i] - rows->mu0[i] + (w - e) / (e * (1 - e)) * (rows->outcome[i] - mu);
    }
    return TD_OK;
}

/* ---- losses ---------------------------------------------------------------------------------- */

/* Row i's two losses when its effect is said to be s. */
static void row_losses(double loss[2], const td_effect_scored *scored, const td_effect_rows *rows,
                       uint64_t i, double s) {
    double e = rows->propensity[i], m = e * rows->mu1[i] + (1 - e) * rows->mu0[i];
    double dr = scored->score[i] - s, r = rows->outcome[i] - m - (rows->treated[i] - e) * s;
    loss[0] = dr * dr;
    loss[1] = r * r;
}

/* A loss of all rows, or what the model gains over the constant. */
typedef struct loss_view {
    const td_effect_scored *scored;
    const td_effect_rows *rows;
    double constant;
    int which; /* 0 = DR, 1 = R */
} loss_view;

static double own_loss(const void *ctx, uint64_t i) {
    const loss_view *v = ctx;
    double loss[2];
    row_losses(loss, v->scored, v->rows, i, v->scored->effect[i]);
    return loss[v->which];
}

static double gain(const void *ctx, uint64_t i) {
    const loss_view *v = ctx;
    double loss[2];
    row_losses(loss, v->scored, v->rows, i, v->constant);
    return loss[v->which] - own_loss(ctx, i);
}

td_effect_loss td_effect_losses(const td_effect_scored *scored, const td_effect_rows *rows) {
    td_effect_units units = td_effect_units_of(scored->units, scored->n);
    loss_view view = {scored, rows, 0, 0};
    view.constant = td_effect_mean_of(scored->score, &units, scored->level).value;
    double loss[2];
    td_effect_estimate gains[2];
    for (view.which = 0; view.which < 2; view.which++) {
        td_effect_values values = {.ctx = &view, .n_groups = 1, .units = units};
        td_effect_means means;
        values.value = own_loss;
        td_effect_means_of(&means, &values);
        loss[view.which] = means.mean[0];
        values.value = gain;
        td_effect_means_of(&means, &values);
        gains[view.which] =
            td_effect_estimate_by(means.mean[0], sqrt(means.cov[0]), scored->level, &units);
    }
    return (td_effect_loss){loss[0], loss[1], gains[0], gains[1]};
}

double td_effect_rows_needed(double value, double se, double n, double alpha, double power) {
    int is_possible = se > 0 && n > 0 && alpha > 0 && alpha < 1 && power > 0 && power < 1;
    if (!is_possible) return (double)NAN;
    double z = td_normal_quantile(1 - alpha / 2) + td_normal_quantile(power);
    double ratio = z * se / value;
    return n * ratio * ratio;
}
