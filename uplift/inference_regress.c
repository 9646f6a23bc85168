/* uplift/inference_regress.c: least squares with two to five columns and errors that trust no
 * variance model.
 *
 *   1. Gram matrix G = X' D X and X' D y, D = the rows' weights, by compensated sums in row order.
 *   2. Inverse of G by sweeping one column after the other (Goodnight 1979). A pivot below 1e-10 of
 *      its diagonal element means that the column follows from those before it: it is left out.
 *   3. HC3 covariance (MacKinnon and White 1985): rows' residuals u, leverages h = d x' G^-1 x,
 *
 *          C = G^-1 (sum_i d_i^2 (u_i / (1 - h_i))^2 x_i x_i') G^-1
 *
 *      A leverage above 0.999 is held there: such a row decides its own fit.
 *
 * Columns should be of comparable size (the callers centre theirs); with p = 5 and 53-bit sums
 * nothing more is needed. Cost: O(n p^2), twice. What it does not do: clusters. Goodnight (1979),
 * doi:10.1080/00031305.1979.10482685; MacKinnon and White, doi:10.1016/0304-4076(85)90158-7. */
#include <math.h>
#include <string.h>

#include "core/base/numeric.h"
#include "uplift/inference_parts.h"

enum { P = TD_SMALL_COLUMNS };

static const double pivot_least = 1e-10, leverage_most = 0.999;

/* Step 1: lower part of the symmetric sums, then mirrored. */
static void gram(double *g, double *xy, const td_small_rows *rows) {
    td_sum sums[P * P] = {{0, 0}}, targets[P] = {{0, 0}};
    uint32_t p = rows->p;
    for (uint64_t i = 0; i < rows->n; i++) {
        double x[P], y, weight;
        rows->row(x, &y, &weight, rows->ctx, i);
        for (uint32_t j = 0; j < p; j++) {
            td_sum_add(&targets[j], weight * x[j] * y);
            for (uint32_t k = 0; k <= j; k++) td_sum_add(&sums[j * P + k], weight * x[j] * x[k]);
        }
    }
    for (uint32_t j = 0; j < p; j++) {
        xy[j] = td_sum_value(&targets[j]);
        for (uint32_t k = 0; k <= j; k++)
            g[j * P + k] = g[k * P + j] = td_sum_value(&sums[j * P + k]);
    }
}

/* Step 2: g becomes its inverse; rows and columns of left-out columns become 0. */
static void sweep(double *g, uint32_t p) {
    double diagonal[P];
    int is_out[P] = {0};
    for (uint32_t k = 0; k < p; k++) diagonal[k] = g[k * P + k];
    for (uint32_t k = 0; k < p; k++) {
        double pivot = g[k * P + k];
        is_out[k] = !(pivot > pivot_least * diagonal[k]);
        if (is_out[k]) continue;
        for (uint32_t j = 0; j < p; j++) g[k * P + j] /= pivot;
        for (uint32_t i = 0; i < p; i++) {
            double own = g[i * P + k];
            if (i == k) continue;
            for (uint32_t j = 0; j < p; j++) g[i * P + j] -= own * g[k * P + j];
            g[i * P + k] = -own / pivot;
        }
        g[k * P + k] = 1 / pivot;
    }
    for (uint32_t k = 0; k < p; k++) {
        for (uint32_t j = 0; is_out[k] && j < p; j++) g[k * P + j] = g[j * P + k] = 0;
    }
}

static double product(const double *a, const double *x, const double *b, uint32_t p) {
    double sum = 0;
    for (uint32_t j = 0; j < p; j++) {
        for (uint32_t k = 0; k < p; k++) sum += a[j] * x[j * P + k] * b[k];
    }
    return sum;
}

/* The middle of the sandwich. */
static void meat(double *m, const td_small_fit *fit, const double *inverse,
                 const td_small_rows *rows) {
    td_sum sums[P * P] = {{0, 0}};
    uint32_t p = rows->p;
    for (uint64_t i = 0; i < rows->n; i++) {
        double x[P], y, weight;
        rows->row(x, &y, &weight, rows->ctx, i);
        for (uint32_t j = 0; j < p; j++) y -= fit->coef[j] * x[j];
        double leverage = fmin(weight * product(x, inverse, x, p), leverage_most);
        double size = weight * y / (1 - leverage);
        for (uint32_t j = 0; j < p; j++) {
            for (uint32_t k = 0; k <= j; k++) {
                td_sum_add(&sums[j * P + k], size * x[j] * (size * x[k]));
            }
        }
    }
    for (uint32_t j = 0; j < p; j++) {
        for (uint32_t k = 0; k <= j; k++)
            m[j * P + k] = m[k * P + j] = td_sum_value(&sums[j * P + k]);
    }
}

void td_small_regress(td_small_fit *out, const td_small_rows *rows) {
    double g[P * P] = {0}, xy[P] = {0}, middle[P * P] = {0};
    uint32_t p = rows->p;
    memset(out, 0, sizeof *out);
    out->p = p;
    gram(g, xy, rows);
    sweep(g, p);
    for (uint32_t j = 0; j < p; j++) {
        for (uint32_t k = 0; k < p; k++) out->coef[j] += g[j * P + k] * xy[k];
    }
    meat(middle, out, g, rows);
    for (uint32_t j = 0; j < p; j++) {
        for (uint32_t k = 0; k < p; k++) {
            out->cov[j * P + k] = product(&g[j * P], middle, &g[k * P], p);
        }
    }
}

double td_effect_p_value(double z) { return 2 * td_normal_cdf(-fabs(z)); }

td_effect_estimate td_effect_estimate_of(double value, double se, double level) {
    static const char *const reason = "no spread of the rows to judge by";
    td_effect_estimate out = {value, se, td_interval_undefined(reason),
                              td_metric_undefined(reason)};
    if (!(se > 0)) return out;
    double reach = td_normal_quantile(0.5 + level / 2) * se;
    out.interval = td_interval_of(value - reach, value + reach);
    out.p_value = td_metric_of(td_effect_p_value(value / se));
    return out;
}
