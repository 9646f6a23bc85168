/* stats/calibrate.c: probability curves of few parameters by Newton's method; the isotonic ones are
 * in isotonic.c.
 *
 * Problem: maximise sum t_i ln p_i + (1 - t_i) ln(1 - p_i), p_i = sigmoid(w . f(s_i)), over w, with
 *        Platt         f = (s, 1)                      t = (P + 1)/(P + 2) or 1/(N + 2)
 *        temperature   f = (logit s)                   t = label
 *        beta          f = (ln s, -ln(1 - s), 1)       t = label
 * P positives, N negatives. Platt's targets are those of a uniform prior: they keep w finite where
 * the classes are separated. For ln and logit, s is clipped to [2^-52, 1 - 2^-52].
 *   1. Newton: g = sum (t - p) f, H = sum p (1 - p) f f', solve H step = g by Cholesky.
 *   2. Halve the step until the objective does not fall; stop when the gain is below 1e-13 of it.
 *   3. Beta: a negative a or b would bend the curve back; its feature is left out and the rest
 *      fitted again (Kull et al. 2017, section 3.2).
 * A rescaled score needs no care: Newton's steps do not depend on the scale of f.
 * Cost: O(n) a step, some ten steps. Sums run over the rows in order, on one thread.
 * With separated classes temperature and beta have no finite maximum: 100 steps are the end, and
 * the curve is then as steep as it became.
 *
 * References: see calibrate.h. */
#include "stats/calibrate.h"

#include <math.h>

#include "core/base/mem.h"
#include "core/base/numeric.h"
#include "stats/isotonic.h"

enum { MAX_FEATURES = 3, MAX_STEPS = 100, MAX_HALVINGS = 40 };

#define CLIP 0x1p-52

/* ---- features ---- */

typedef struct fit {
    td_calibration_kind kind;
    const double *score, *label;
    uint64_t n;
    double target[2]; /* of label 0 and 1 */
    int n_features;
    int is_used[MAX_FEATURES]; /* beta may leave one out */
    double weight[MAX_FEATURES];
} fit;

static int feature_count(td_calibration_kind kind) {
    if (kind == TD_CALIBRATE_TEMPERATURE) return 1;
    return kind == TD_CALIBRATE_BETA ? 3 : 2;
}

static void features_of(double f[MAX_FEATURES], td_calibration_kind kind, double s) {
    f[0] = s;
    f[1] = f[2] = 1.0;
    if (kind == TD_CALIBRATE_PLATT) return;
    double p = fmin(fmax(s, CLIP), 1.0 - CLIP);
    f[0] = kind == TD_CALIBRATE_TEMPERATURE ? td_logit(p) : td_log(p);
    f[1] = -td_log1p(-p);
}

static double linear(const double *weight, const double *f, int n) {
    double eta = 0.0;
    for (int k = 0; k < n; k++) eta += weight[k] * f[k];
    return eta;
}

/* ---- Newton ---- */

typedef struct slope {
    double objective;
    double g[MAX_FEATURES];
    double h[MAX_FEATURES][MAX_FEATURES];
} slope;

/* ln p = -ln(1 + e^-eta): without overflow for either sign. */
static double log_sigmoid(double eta) {
    return eta > 0 ? -td_log1p(td_exp(-eta)) : eta - td_log1p(td_exp(eta));
}

static slope measure(const fit *job, const double *weight) {
    slope out = {0};
    td_sum objective = {0};
    for (uint64_t i = 0; i < job->n; i++) {
        double f[MAX_FEATURES];
        features_of(f, job->kind, job->score[i]);
        double eta = linear(weight, f, job->n_features);
        double t = job->target[job->label[i] == 1.0], p = td_sigmoid(eta);
        td_sum_add(&objective, t * log_sigmoid(eta) + (1.0 - t) * log_sigmoid(-eta));
        for (int k = 0; k < job->n_features; k++) {
            if (!job->is_used[k]) continue;
            out.g[k] += (t - p) * f[k];
            for (int l = 0; l <= k; l++) {
                if (job->is_used[l]) out.h[k][l] += p * (1.0 - p) * f[k] * f[l];
            }
        }
    }
    for (int k = 0; k < job->n_features; k++) {
        if (!job->is_used[k]) out.h[k][k] = 1.0;
    }
    out.objective = td_sum_value(&objective);
    return out;
}

/* step = H^-1 g by Cholesky on the lower triangle; 0 where a pivot vanishes (a constant score). */
static void solve(double step[MAX_FEATURES], slope *at, int n) {
    for (int k = 0; k < n; k++) {
        for (int l = 0; l <= k; l++) {
            double sum = at->h[k][l];
            for (int m = 0; m < l; m++) sum -= at->h[k][m] * at->h[l][m];
            int is_flat = l == k && !(sum > 1e-14 * at->h[k][k]);
            if (l == k) at->h[k][k] = is_flat ? HUGE_VAL : sqrt(sum);
            if (l < k) at->h[k][l] = sum / at->h[l][l];
        }
    }
    for (int k = 0; k < n; k++) {
        step[k] = at->g[k];
        for (int l = 0; l < k; l++) step[k] -= at->h[k][l] * step[l];
        step[k] /= at->h[k][k];
    }
    for (int k = n; k-- > 0;) {
        for (int l = k + 1; l < n; l++) step[k] -= at->h[l][k] * step[l];
        step[k] /= at->h[k][k];
    }
}

/* Take the step, halved until it does not lose; returns the gain. */
static double advance(fit *job, slope *at) {
    double step[MAX_FEATURES], before = at->objective;
    solve(step, at, job->n_features);
    for (int halving = 0; halving < MAX_HALVINGS; halving++) {
        double trial[MAX_FEATURES];
        for (int k = 0; k < job->n_features; k++) trial[k] = job->weight[k] + step[k];
        slope there = measure(job, trial);
        if (there.objective >= before) {
            for (int k = 0; k < job->n_features; k++) job->weight[k] = trial[k];
            *at = there;
            return there.objective - before;
        }
        for (int k = 0; k < job->n_features; k++) step[k] *= 0.5;
    }
    return 0.0;
}

static void maximise(fit *job) {
    slope at = measure(job, job->weight);
    for (int i = 0; i < MAX_STEPS; i++) {
        double gain = advance(job, &at);
        if (gain <= 1e-15 * fabs(at.objective)) return;
    }
}

/* ---- fit ---- */

static td_status check_rows(const fit *job, td_error *err) {
    int is_share = job->kind == TD_CALIBRATE_TEMPERATURE || job->kind == TD_CALIBRATE_BETA;
    for (uint64_t i = 0; i < job->n; i++) {
        double s = job->score[i], label = job->label[i];
        unsigned long long row = (unsigned long long)i + 1;
        TD_CHECK(s - s == 0.0, err, TD_ERR_RANGE, "score of row %llu is %g, must be finite", row,
                 s);
        TD_CHECK(!is_share || (s >= 0.0 && s <= 1.0), err, TD_ERR_RANGE,
                 "score of row %llu is %g, must be a probability", row, s);
        TD_CHECK(label == 0.0 || label == 1.0, err, TD_ERR_RANGE,
                 "label of row %llu is %g, must be 0 or 1", row, label);
    }
    return TD_OK;
}

static td_status fit_curve(td_calibration *out, fit *job, double positives, td_error *err) {
    job->n_features = feature_count(job->kind);
    job->target[1] = 1.0;
    if (job->kind == TD_CALIBRATE_PLATT) {
        job->target[1] = (positives + 1.0) / (positives + 2.0);
        job->target[0] = 1.0 / ((double)job->n - positives + 2.0);
    }
    for (int k = 0; k < MAX_FEATURES; k++) job->is_used[k] = 1;
    maximise(job);
    for (int k = 0; k < 2 && job->kind == TD_CALIBRATE_BETA; k++) {
        if (job->weight[k] >= 0.0) continue;
        job->is_used[k] = 0;
        job->weight[k] = 0.0;
        maximise(job);
    }
    const double *w = job->weight;
    int rises =
        job->kind == TD_CALIBRATE_BETA ? w[0] >= 0 && w[1] >= 0 && w[0] + w[1] > 0 : w[0] > 0.0;
    TD_CHECK(rises, err, TD_ERR_NUMERIC,
             "the score does not rise with the label: there is nothing to calibrate");
    out->a = w[0];
    out->b = job->n_features > 1 ? w[1] : 0.0;
    out->c = job->n_features > 2 ? w[2] : 0.0;
    return TD_OK;
}

static td_status fit_steps(td_calibration *out, const fit *job, td_error *err) {
    td_ranking ranking = {0};
    TD_TRY(td_ranking_build(&ranking, job->score, job->label, job->n, NULL, err));
    td_status status = td_isotonic_fit(out, &ranking, err);
    td_ranking_free(&ranking);
    return status;
}

td_status td_calibration_fit(td_calibration *out, td_calibration_kind kind, const double *score,
                             const double *label, uint64_t n, td_error *err) {
    fit job = {.kind = kind, .score = score, .label = label, .n = n};
    TD_TRY(check_rows(&job, err));
    double positives = 0.0;
    for (uint64_t i = 0; i < n; i++) positives += label[i];
    TD_CHECK(positives > 0.0 && positives < (double)n, err, TD_ERR_NUMERIC,
             "%g of %llu rows are positive: both classes are needed", positives,
             (unsigned long long)n);
    *out = (td_calibration){.kind = kind};
    int has_steps = kind == TD_CALIBRATE_ISOTONIC || kind == TD_CALIBRATE_MONOTONE;
    td_status status = has_steps ? fit_steps(out, &job, err) : fit_curve(out, &job, positives, err);
    if (status != TD_OK) td_calibration_free(out);
    return status;
}

/* ---- use ---- */

void td_calibration_apply(double *probability, const td_calibration *calibration,
                          const double *score, uint64_t n) {
    int n_features = feature_count(calibration->kind);
    const double weight[MAX_FEATURES] = {calibration->a, calibration->b, calibration->c};
    for (uint64_t i = 0; i < n; i++) {
        if (calibration->n_knots > 0) {
            probability[i] = td_isotonic_at(calibration, score[i]);
            continue;
        }
        double s = score[i], f[MAX_FEATURES];
        features_of(f, calibration->kind, s);
        probability[i] = s == s ? td_sigmoid(linear(weight, f, n_features)) : s;
    }
}

void td_calibration_free(td_calibration *calibration) {
    td_mem_free(calibration->score);
    td_mem_free(calibration->probability);
    *calibration = (td_calibration){0};
}

double td_prior_shift(double probability, double from, double to) {
    double positive = probability * (to / from);
    return positive / (positive + (1.0 - probability) * ((1.0 - to) / (1.0 - from)));
}

/* Center and reach of the shares q with |hits/n - q| <= z sqrt(q (1 - q) / n). */
td_interval td_wilson_share(double hits, double n, double level) {
    double z = td_normal_quantile(0.5 + 0.5 * level);
    double share = hits / n, z2 = z * z / n;
    double center = (share + 0.5 * z2) / (1.0 + z2);
    double reach = z / (1.0 + z2) * sqrt(share * (1.0 - share) / n + 0.25 * z2 / n);
    /* exactly 0 and 1 at the ends, where the difference would leave dust */
    return td_interval_of(hits <= 0.0 ? 0.0 : center - reach, hits >= n ? 1.0 : center + reach);
}

td_interval td_wilson_interval(uint64_t hits, uint64_t n, double level) {
    if (n == 0) return td_interval_undefined("no rows");
    return td_wilson_share((double)hits, (double)n, level);
}
