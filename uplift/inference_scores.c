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
 *   mean effect   mean score, se = sd / sqrt(n)
 *   DR loss       mean (score - S)^2     = mean (effect - S)^2 + what no model changes
 *   R loss        mean ((y - m) - (w - e) S)^2, m = e mu1 + (1 - e) mu0
 *   gain          loss of the constant mean score - loss of S, row by row: a paired difference
 *
 * Cost: O(n), sums compensated, in row order. What it does not do: choose or fit mu and e. Robins,
 * Rotnitzky and Zhao (1994), doi:10.1080/01621459.1994.10476818; Nie and Wager (2021),
 * doi:10.1093/biomet/asaa076; Foster and Syrgkanis (2023), doi:10.1214/23-AOS2258. */
#include <math.h>

#include "core/base/numeric.h"
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

td_effect_estimate td_effect_mean(const double *x, uint64_t n, double level) {
    td_sum sum = {0, 0}, squares = {0, 0};
    for (uint64_t i = 0; i < n; i++) td_sum_add(&sum, x[i]);
    double mean = n > 0 ? td_sum_value(&sum) / (double)n : 0;
    for (uint64_t i = 0; i < n; i++) td_sum_add(&squares, (x[i] - mean) * (x[i] - mean));
    double variance = n > 1 ? td_sum_value(&squares) / (double)(n - 1) : 0;
    return td_effect_estimate_of(mean, n > 1 ? sqrt(variance / (double)n) : 0, level);
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

td_effect_loss td_effect_losses(const td_effect_scored *scored, const td_effect_rows *rows) {
    double n = (double)scored->n, level = scored->level;
    double constant = td_effect_mean(scored->score, scored->n, level).value;
    td_sum own[2] = {{0, 0}}, gain[2] = {{0, 0}}, squares[2] = {{0, 0}};
    for (int pass = 0; pass < 2; pass++) { /* means, then squares around them */
        for (uint64_t i = 0; i < scored->n; i++) {
            double with[2], without[2];
            row_losses(with, scored, rows, i, scored->effect[i]);
            row_losses(without, scored, rows, i, constant);
            for (int k = 0; k < 2; k++) {
                double off = without[k] - with[k] - td_sum_value(&gain[k]) / n;
                if (pass == 0) td_sum_add(&own[k], with[k]);
                if (pass == 1) td_sum_add(&squares[k], off * off);
            }
            for (int k = 0; pass == 0 && k < 2; k++) td_sum_add(&gain[k], without[k] - with[k]);
        }
    }
    td_effect_loss out = {.dr = td_sum_value(&own[0]) / n, .r = td_sum_value(&own[1]) / n};
    for (int k = 0; k < 2; k++) {
        double se = n > 1 ? sqrt(td_sum_value(&squares[k]) / (n - 1) / n) : 0;
        td_effect_estimate estimate = td_effect_estimate_of(td_sum_value(&gain[k]) / n, se, level);
        if (k == 0) out.dr_gain = estimate;
        if (k == 1) out.r_gain = estimate;
    }
    return out;
}

double td_effect_rows_needed(double value, double se, double n, double alpha, double power) {
    int is_possible = se > 0 && n > 0 && alpha > 0 && alpha < 1 && power > 0 && power < 1;
    if (!is_possible) return (double)NAN;
    double z = td_normal_quantile(1 - alpha / 2) + td_normal_quantile(power);
    double ratio = z * se / value;
    return n * ratio * ratio;
}
