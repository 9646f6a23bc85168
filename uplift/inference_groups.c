/* uplift/inference_groups.c: do predicted effects order and size the real ones?
 *
 * Groups (GATE): rows sorted by predicted effect S; a block of equal S whose ranks are [a, b) goes
 * to group floor(K (a + b)/2 / n), so tied rows stay together and their order cannot matter. Per
 * group the mean score g_k with se s_k = sd / sqrt(n_k).
 *
 *   difference   g_K - g_1, se = sqrt(s_K^2 + s_1^2)
 *   one effect   X2 = sum_k (g_k - g)^2 / s_k^2, g = sum(g_k / s_k^2) / sum(1 / s_k^2): chi-square
 *                with K - 1 degrees of freedom when all groups have one effect
 *
 * BLP: y on (1, mu0, S, w - e, (w - e)(S - mean S)) with weights 1 / (e (1 - e)). The last two
 * columns are orthogonal to everything known before treatment, so mu0 and S in front only take
 * noise away, and nothing needs to be right about them. Loading b: the best linear predictor of the
 * effect is mean + b (S - mean S).
 *
 * Calibration: score on (1, S). Slope 1 and intercept 0 when S means what it says; slope below 1
 * when its differences are overstated. Error and R2 from the groups, as EconML's DRTester.
 *
 * Cost: O(n). What it does not do: several splits of the data (medians of p-values), clusters,
 * simultaneous bands. Chernozhukov, Demirer, Duflo and Fernandez-Val (2025),
 * doi:10.3982/ECTA19303. */
#include <math.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/base/numeric.h"
#include "core/base/radix.h"
#include "stats/special.h"
#include "uplift/inference_parts.h"

/* ---- groups ---------------------------------------------------------------------------------- */

/* Bits that sort like the doubles themselves; -0 and 0 are one value. */
static uint64_t sortable(double x) {
    uint64_t bits;
    x += 0.0;
    memcpy(&bits, &x, sizeof bits);
    return bits >> 63 != 0 ? ~bits : bits | (uint64_t)1 << 63;
}

static td_status sort_effects(td_keyed *order, td_keyed *scratch, const td_effect_scored *rows,
                              td_error *err) {
    for (uint64_t i = 0; i < rows->n; i++) {
        TD_CHECK(fabs(rows->effect[i]) <= 1e150, err, TD_ERR_RANGE,
                 "row %llu: predicted effect %g is not finite", (unsigned long long)i + 1,
                 rows->effect[i]);
        order[i] = (td_keyed){sortable(rows->effect[i]), i};
    }
    return td_radix_sort(order, scratch, rows->n, NULL, err);
}

/* One group's rows, order[begin .. end); score is scratch of that length. */
static void fill_group(td_effect_group *group, const td_keyed *order, uint64_t n, double *score,
                       const td_effect_scored *rows) {
    td_sum predicted = {0, 0};
    for (uint64_t i = 0; i < n; i++) {
        score[i] = rows->score[order[i].value];
        td_sum_add(&predicted, rows->effect[order[i].value]);
    }
    group->n = n;
    group->mean = td_effect_mean(score, n, rows->level);
    if (n == 0) return;
    group->predicted = td_sum_value(&predicted) / (double)n;
    group->low = rows->effect[order[0].value];
    group->high = rows->effect[order[n - 1].value];
}

/* border[k] = first rank of group k. */
static void find_borders(uint64_t border[TD_EFFECT_MAX_GROUPS + 1], const td_keyed *order,
                         uint64_t n, uint32_t n_groups) {
    uint32_t next = 0;
    for (uint64_t begin = 0, end; begin < n; begin = end) {
        for (end = begin + 1; end < n && order[end].key == order[begin].key;) end++;
        uint64_t group = (uint64_t)n_groups * (begin + end) / 2 / n;
        while (next <= group) border[next++] = begin;
    }
    while (next <= n_groups) border[next++] = n;
}

static void compare_groups(td_effect_groups *out, double level) {
    const td_effect_group *low = &out->group[0], *high = &out->group[out->n_groups - 1];
    double weight = 0, sum = 0, x2 = 0;
    int is_defined = 1;
    for (uint32_t k = 0; k < out->n_groups; k++) {
        double se = out->group[k].mean.se;
        is_defined = is_defined && se > 0;
        if (!is_defined) continue;
        weight += 1 / (se * se);
        sum += out->group[k].mean.value / (se * se);
    }
    out->chi2 = out->p_value = td_metric_undefined("a group has no spread to judge by");
    out->difference = td_effect_estimate_of(high->mean.value - low->mean.value, 0, level);
    if (!is_defined) return;
    for (uint32_t k = 0; k < out->n_groups; k++) {
        double z = (out->group[k].mean.value - sum / weight) / out->group[k].mean.se;
        x2 += z * z;
    }
    out->chi2 = td_metric_of(x2);
    out->p_value = td_metric_of(td_chi2_sf(x2, out->n_groups - 1.0));
    double se = sqrt(low->mean.se * low->mean.se + high->mean.se * high->mean.se);
    out->difference = td_effect_estimate_of(high->mean.value - low->mean.value, se, level);
}

td_status td_effect_groups_build(td_effect_groups *out, const td_effect_scored *rows,
                                 uint32_t n_groups, td_error *err) {
    TD_CHECK(n_groups >= 2 && n_groups <= TD_EFFECT_MAX_GROUPS, err, TD_ERR_ARG,
             "%u groups are not in 2 .. %d", n_groups, TD_EFFECT_MAX_GROUPS);
    memset(out, 0, sizeof *out);
    out->n_groups = n_groups;
    td_keyed *order;
    TD_NEW(order, 2 * rows->n, err);
    double *score = td_mem_array(rows->n, sizeof *score, err);
    td_status status =
        score == NULL ? TD_ERR_NOMEM : sort_effects(order, order + rows->n, rows, err);
    if (status == TD_OK) {
        uint64_t border[TD_EFFECT_MAX_GROUPS + 1];
        find_borders(border, order, rows->n, n_groups);
        for (uint32_t k = 0; k < n_groups; k++) {
            fill_group(&out->group[k], order + border[k], border[k + 1] - border[k], score, rows);
        }
        compare_groups(out, rows->level);
    }
    td_mem_free(score);
    td_mem_free(order);
    return status;
}

/* ---- best linear predictor ------------------------------------------------------------------- */

typedef struct blp_rows {
    const td_effect_rows *rows;
    const double *effect;
    double mean; /* of the effects */
} blp_rows;

static void blp_row(double *x, double *y, double *weight, const void *ctx, uint64_t i) {
    const blp_rows *blp = ctx;
    const td_effect_rows *rows = blp->rows;
    double e = rows->propensity[i], off = rows->treated[i] - e, s = blp->effect[i] - blp->mean;
    x[0] = 1;
    x[1] = off;
    x[2] = off * s;
    x[3] = rows->mu0[i];
    x[4] = s;
    *y = rows->outcome[i];
    *weight = 1 / (e * (1 - e));
}

td_status td_effect_blp_fit(td_effect_blp *out, const double *effect, const td_effect_rows *rows,
                            double level, td_error *err) {
    td_sum sum = {0, 0};
    for (uint64_t i = 0; i < rows->n; i++) td_sum_add(&sum, effect[i]);
    blp_rows blp = {rows, effect, td_sum_value(&sum) / (double)rows->n};
    td_small_rows regression = {rows->n, 5, blp_row, &blp};
    td_small_fit fit;
    td_small_regress(&fit, &regression);
    double var = fit.cov[2 * TD_SMALL_COLUMNS + 2];
    TD_CHECK(var > 0, err, TD_ERR_NUMERIC,
             "all predicted effects are equal: nothing can be said about their differences");
    out->mean = td_effect_estimate_of(fit.coef[1], sqrt(fit.cov[TD_SMALL_COLUMNS + 1]), level);
    out->loading = td_effect_estimate_of(fit.coef[2], sqrt(var), level);
    return TD_OK;
}

/* ---- calibration ----------------------------------------------------------------------------- */

static void calibration_row(double *x, double *y, double *weight, const void *ctx, uint64_t i) {
    const td_effect_scored *rows = ctx;
    x[0] = 1;
    x[1] = rows->effect[i];
    *y = rows->score[i];
    *weight = 1;
}

static void judge_groups(td_effect_calibration *out, const td_effect_groups *groups, double mean) {
    double n = 0, error = 0, flat = 0;
    for (uint32_t k = 0; k < groups->n_groups; k++) {
        const td_effect_group *group = &groups->group[k];
        n += (double)group->n;
        error += (double)group->n * fabs(group->predicted - group->mean.value);
        flat += (double)group->n * fabs(mean - group->mean.value);
    }
    out->error = n > 0 ? td_metric_of(error / n) : td_metric_undefined("no rows");
    out->r2 =
        flat > 0 ? td_metric_of(1 - error / flat) : td_metric_undefined("all groups have one mean");
}

td_effect_calibration td_effect_calibrate(const td_effect_scored *rows,
                                          const td_effect_groups *groups) {
    td_effect_calibration out;
    td_small_rows regression = {rows->n, 2, calibration_row, rows};
    td_small_fit fit;
    td_small_regress(&fit, &regression);
    double slope_se = sqrt(fit.cov[TD_SMALL_COLUMNS + 1]);
    out.intercept = td_effect_estimate_of(fit.coef[0], sqrt(fit.cov[0]), rows->level);
    out.slope = td_effect_estimate_of(fit.coef[1], slope_se, rows->level);
    out.slope_is_one_p = slope_se > 0
                             ? td_metric_of(td_effect_p_value((fit.coef[1] - 1) / slope_se))
                             : td_metric_undefined("all predicted effects are equal");
    judge_groups(&out, groups, td_effect_mean(rows->score, rows->n, rows->level).value);
    return out;
}
