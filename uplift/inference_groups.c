/* uplift/inference_groups.c: do predicted effects order and size the real ones?
 *
 * Groups (GATE): rows sorted by predicted effect S; a block of equal S that holds the weight [a, b)
 * of all W (ranks without weights) goes to group floor(K (a + b)/2 / W), so tied rows stay together
 * and their order cannot matter. Per group the mean score g_k; V = covariance of these by units
 * (inference_units.c), diagonal sd^2 / n_k where rows are independent.
 *
 *   difference   g_K - g_1, variance V_KK + V_11 - 2 V_1K
 *   one effect   X2 = g' V^-1 g - (1' V^-1 g)^2 / 1' V^-1 1: chi-square with K - 1 degrees of
 *                freedom when all groups have one effect; diagonal: sum_k (g_k - mean)^2 / V_kk
 *
 * BLP: y on (1, mu0, S, w - e, (w - e)(S - mean S)) with weights 1 / (e (1 - e)). The last two
 * columns are orthogonal to everything known before treatment, so mu0 and S in front only take
 * noise away, and nothing needs to be right about them. Loading b: the best linear predictor of the
 * effect is mean + b (S - mean S).
 *
 * Calibration: score on (1, S). Slope 1 and intercept 0 when S means what it says; slope below 1
 * when its differences are overstated. Error and R2 from the groups, as EconML's DRTester.
 *
 * Cost: O(n). What it does not do: several splits of the data (medians of p-values), simultaneous
 * bands. Chernozhukov, Demirer, Duflo and Fernandez-Val (2025),
 * doi:10.3982/ECTA19303. */
#include <math.h>
#include <string.h>

#include "core/base/blas.h"
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

/* Group of every row. */
static void deal_groups(uint8_t *group, const td_keyed *order, const td_effect_units *units,
                        uint32_t n_groups) {
    td_sum all = {0, 0}, below = {0, 0};
    for (uint64_t i = 0; i < units->n; i++) td_sum_add(&all, td_unit_weight(units, i));
    double total = td_sum_value(&all);
    for (uint64_t begin = 0, end; begin < units->n; begin = end) {
        double a = td_sum_value(&below);
        for (end = begin; end < units->n && order[end].key == order[begin].key; end++)
            td_sum_add(&below, td_unit_weight(units, order[end].value));
        double middle = n_groups * (a + td_sum_value(&below)) / 2 / total;
        uint32_t k = middle < n_groups - 1 ? (uint32_t)middle : n_groups - 1;
        for (uint64_t r = begin; r < end; r++) group[order[r].value] = (uint8_t)k;
    }
}

/* Rows, bounds and mean predicted effects; order: rows by predicted effect. */
static void describe_groups(td_effect_groups *out, const uint8_t *group, const td_keyed *order,
                            const td_effect_scored *rows, const td_effect_units *units) {
    td_sum predicted[TD_EFFECT_MAX_GROUPS] = {{0, 0}};
    for (uint64_t r = 0; r < rows->n; r++) {
        uint64_t i = order[r].value;
        td_effect_group *own = &out->group[group[i]];
        if (own->n++ == 0) own->low = rows->effect[i];
        own->high = rows->effect[i];
        td_sum_add(&predicted[group[i]], td_unit_weight(units, i) * rows->effect[i]);
    }
    for (uint32_t k = 0; k < out->n_groups; k++) {
        td_effect_group *own = &out->group[k];
        if (own->n > 0) own->predicted = td_sum_value(&predicted[k]) / own->weight;
    }
}

/* X2 of "one effect"; NaN when the groups' covariance is singular. */
static double one_effect(const td_effect_means *means, uint32_t k) {
    double v[TD_EFFECT_MAX_GROUPS * TD_EFFECT_MAX_GROUPS], g[TD_EFFECT_MAX_GROUPS],
        one[TD_EFFECT_MAX_GROUPS], gg = 0, g1 = 0, one1 = 0;
    for (uint32_t i = 0; i < k; i++) {
        for (uint32_t j = 0; j < k; j++) v[i * k + j] = means->cov[i * TD_EFFECT_MAX_GROUPS + j];
        g[i] = means->mean[i];
        one[i] = 1;
    }
    if (td_cholesky_factor(v, k, NULL) != TD_OK) return (double)NAN;
    td_cholesky_apply(v, g, k);
    td_cholesky_apply(v, one, k);
    for (uint32_t i = 0; i < k; i++) {
        gg += means->mean[i] * g[i];
        g1 += g[i];
        one1 += one[i];
    }
    return gg - g1 * g1 / one1;
}

static void compare_groups(td_effect_groups *out, const td_effect_means *means, double level,
                           const td_effect_units *units) {
    enum { ROW = TD_EFFECT_MAX_GROUPS };
    uint32_t last = out->n_groups - 1;
    int is_defined = 1;
    for (uint32_t k = 0; k <= last; k++) is_defined = is_defined && means->cov[k * ROW + k] > 0;
    double x2 = is_defined ? one_effect(means, out->n_groups) : (double)NAN;
    out->chi2 = out->p_value = td_metric_undefined("a group has no spread to judge by");
    double var = means->cov[last * ROW + last] + means->cov[0] - 2 * means->cov[last];
    double se = is_defined && var > 0 ? sqrt(var) : 0;
    out->difference = td_effect_estimate_by(means->mean[last] - means->mean[0], se, level, units);
    if (x2 != x2) return;
    out->chi2 = td_metric_of(x2);
    out->p_value = td_metric_of(td_chi2_sf(fmax(x2, 0), last));
}

/* Steps of td_effect_groups_build with memory for the order (2 n) and the groups of rows (n). */
static td_status build_groups(td_effect_groups *out, td_keyed *order, uint8_t *group,
                              const td_effect_scored *rows, td_error *err) {
    td_effect_units units = td_effect_units_of(rows->units, rows->n);
    td_effect_means means;
    TD_TRY(sort_effects(order, order + rows->n, rows, err));
    deal_groups(group, order, &units, out->n_groups);
    td_effect_values values = {td_effect_value_at, rows->score, group, out->n_groups, units};
    td_effect_means_of(&means, &values);
    for (uint32_t k = 0; k < out->n_groups; k++) {
        double se = sqrt(means.cov[k * TD_EFFECT_MAX_GROUPS + k]);
        out->group[k].weight = means.weight[k];
        out->group[k].mean = td_effect_estimate_by(means.mean[k], se, rows->level, &units);
    }
    describe_groups(out, group, order, rows, &units);
    compare_groups(out, &means, rows->level, &units);
    return TD_OK;
}

td_status td_effect_groups_build(td_effect_groups *out, const td_effect_scored *rows,
                                 uint32_t n_groups, td_error *err) {
    TD_CHECK(n_groups >= 2 && n_groups <= TD_EFFECT_MAX_GROUPS, err, TD_ERR_ARG,
             "%u groups are not in 2 .. %d", n_groups, TD_EFFECT_MAX_GROUPS);
    memset(out, 0, sizeof *out);
    out->n_groups = n_groups;
    td_keyed *order;
    TD_NEW(order, 2 * rows->n, err);
    uint8_t *group = td_mem_array(rows->n, sizeof *group, err);
    td_status status = group == NULL ? TD_ERR_NOMEM : build_groups(out, order, group, rows, err);
    td_mem_free(group);
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
    td_effect_units units = td_effect_units_of(rows->units, rows->n);
    blp_rows blp = {rows, effect, td_effect_mean_of(effect, &units, level).value};
    td_small_rows regression = {rows->n, 5, blp_row, &blp, units};
    td_small_fit fit;
    td_small_regress(&fit, &regression);
    double var = fit.cov[2 * TD_SMALL_COLUMNS + 2];
    TD_CHECK(var > 0, err, TD_ERR_NUMERIC,
             "all predicted effects are equal: nothing can be said about their differences");
    double se = sqrt(fit.cov[TD_SMALL_COLUMNS + 1]);
    out->mean = td_effect_estimate_by(fit.coef[1], se, level, &units);
    out->loading = td_effect_estimate_by(fit.coef[2], sqrt(var), level, &units);
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
        n += group->weight;
        error += group->weight * fabs(group->predicted - group->mean.value);
        flat += group->weight * fabs(mean - group->mean.value);
    }
    out->error = n > 0 ? td_metric_of(error / n) : td_metric_undefined("no rows");
    out->r2 =
        flat > 0 ? td_metric_of(1 - error / flat) : td_metric_undefined("all groups have one mean");
}

td_effect_calibration td_effect_calibrate(const td_effect_scored *rows,
                                          const td_effect_groups *groups) {
    td_effect_calibration out;
    td_effect_units units = td_effect_units_of(rows->units, rows->n);
    td_small_rows regression = {rows->n, 2, calibration_row, rows, units};
    td_small_fit fit;
    td_small_regress(&fit, &regression);
    double slope_se = sqrt(fit.cov[TD_SMALL_COLUMNS + 1]);
    out.intercept = td_effect_estimate_by(fit.coef[0], sqrt(fit.cov[0]), rows->level, &units);
    out.slope = td_effect_estimate_by(fit.coef[1], slope_se, rows->level, &units);
    out.slope_is_one_p = slope_se > 0
                             ? td_metric_of(td_effect_p_value((fit.coef[1] - 1) / slope_se, &units))
                             : td_metric_undefined("all predicted effects are equal");
    judge_groups(&out, groups, td_effect_mean_of(rows->score, &units, rows->level).value);
    return out;
}
