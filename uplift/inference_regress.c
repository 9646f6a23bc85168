/* uplift/inference_regress.c: least squares with two to five columns and errors that trust no
 * variance model, nor that rows of one cluster are independent.
 *
 *   1. Gram matrix G = X' D X and X' D y, D = the rows' weights, by compensated sums in row order.
 *   2. Inverse of G by sweeping one column after the other (Goodnight 1979). A pivot below 1e-10 of
 *      its diagonal element means that the column follows from those before it: it is left out.
 *   3. HC3 covariance (MacKinnon and White 1985): rows' residuals u, leverages h = d x' G^-1 x,
 *
 *          C = G^-1 (sum_i d_i^2 (u_i / (1 - h_i))^2 x_i x_i') G^-1
 *
 *      A leverage above 0.999 is held there: such a row decides its own fit.
 *   4. With clusters the same by whole clusters, CR3 (Bell and McCaffrey 2002): G_u = sum over the
 *      cluster's rows of d x x', s_u of d x u,
 *
 *          C = sum_u delta_u delta_u',   delta_u = (G - G_u)^-1 s_u
 *
 *      delta_u is exactly what leaving the cluster out changes, so C is the jackknife; with one row
 *      a cluster it is step 3. A cluster without which a column cannot be told from the others
 *      counts by G^-1 s_u.
 *
 * Columns should be of comparable size (the callers centre theirs); with p = 5 and 53-bit sums
 * nothing more is needed. Cost: O(n p^2), twice, and O(p^3) a cluster. Goodnight (1979),
 * doi:10.1080/00031305.1979.10482685; MacKinnon and White, doi:10.1016/0304-4076(85)90158-7; Bell
 * and McCaffrey, Survey Methodology 28(2); Cameron and Miller, doi:10.3368/jhr.50.2.317. */
#include <math.h>
#include <string.h>

#include "uplift/inference_parts.h"

enum { P = TD_SMALL_COLUMNS };

static const double pivot_least = 1e-10, leverage_most = 0.999;

/* One row, with both its weights in *weight. */
static void read_row(double *x, double *y, double *weight, const td_small_rows *rows, uint64_t i) {
    rows->row(x, y, weight, rows->ctx, i);
    *weight *= td_unit_weight(&rows->units, i);
}

/* Step 1: lower part of the symmetric sums, then mirrored. */
static void gram(double *g, double *xy, const td_small_rows *rows) {
    td_sum sums[P * P] = {{0, 0}}, targets[P] = {{0, 0}};
    uint32_t p = rows->p;
    for (uint64_t i = 0; i < rows->n; i++) {
        double x[P], y, weight;
        read_row(x, &y, &weight, rows, i);
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

/* Step 2: g becomes its inverse; rows and columns of left-out columns become 0. diagonal[p]: what
 * pivots are held against. Returns how many columns are left out. */
static uint32_t sweep(double *g, const double *diagonal, uint32_t p) {
    uint32_t n_out = 0;
    int is_out[P] = {0};
    for (uint32_t k = 0; k < p; k++) {
        double pivot = g[k * P + k];
        is_out[k] = !(pivot > pivot_least * diagonal[k]);
        n_out += (uint32_t)is_out[k];
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
    return n_out;
}

static double product(const double *a, const double *x, const double *b, uint32_t p) {
    double sum = 0;
    for (uint32_t j = 0; j < p; j++) {
        for (uint32_t k = 0; k < p; k++) sum += a[j] * x[j * P + k] * b[k];
    }
    return sum;
}

/* The whole of a fit: what the errors need beside the coefficients. */
typedef struct fit_parts {
    double gram[P * P], inverse[P * P], diagonal[P];
    uint32_t n_out;
} fit_parts;

/* Step 3: the middle of the sandwich, then its bread. */
static void spread_rows(td_small_fit *out, const fit_parts *parts, const td_small_rows *rows) {
    td_sum sums[P * P] = {{0, 0}};
    double middle[P * P] = {0};
    uint32_t p = rows->p;
    for (uint64_t i = 0; i < rows->n; i++) {
        double x[P], y, weight;
        read_row(x, &y, &weight, rows, i);
        for (uint32_t j = 0; j < p; j++) y -= out->coef[j] * x[j];
        double leverage = fmin(weight * product(x, parts->inverse, x, p), leverage_most);
        double size = weight * y / (1 - leverage);
        for (uint32_t j = 0; j < p; j++) {
            for (uint32_t k = 0; k <= j; k++) {
                td_sum_add(&sums[j * P + k], size * x[j] * (size * x[k]));
            }
        }
    }
    for (uint32_t j = 0; j < p; j++) {
        for (uint32_t k = 0; k <= j; k++)
            middle[j * P + k] = middle[k * P + j] = td_sum_value(&sums[j * P + k]);
    }
    for (uint32_t j = 0; j < p; j++) {
        for (uint32_t k = 0; k < p; k++) {
            out->cov[j * P + k] =
                product(&parts->inverse[j * P], middle, &parts->inverse[k * P], p);
        }
    }
}

/* delta of a cluster; without = G becomes (G - G_u)^-1. */
static void leave_out(double *delta, double *without, const td_small_fit *fit,
                      const fit_parts *parts, const td_small_rows *rows, uint64_t u) {
    double sum[P] = {0};
    uint32_t p = rows->p;
    uint64_t end = td_unit_end(&rows->units, u);
    for (uint64_t at = td_unit_begin(&rows->units, u); at < end; at++) {
        double x[P], y, weight;
        read_row(x, &y, &weight, rows, td_unit_row(&rows->units, at));
        for (uint32_t j = 0; j < p; j++) y -= fit->coef[j] * x[j];
        for (uint32_t j = 0; j < p; j++) {
            sum[j] += weight * x[j] * y;
            for (uint32_t k = 0; k < p; k++) without[j * P + k] -= weight * x[j] * x[k];
        }
    }
    const double *bread = without;
    if (sweep(without, parts->diagonal, p) != parts->n_out) bread = parts->inverse;
    for (uint32_t j = 0; j < p; j++) {
        delta[j] = 0;
        for (uint32_t k = 0; k < p; k++) delta[j] += bread[j * P + k] * sum[k];
    }
}

/* Step 4. */
static void spread_clusters(td_small_fit *out, const fit_parts *parts, const td_small_rows *rows) {
    td_sum sums[P * P] = {{0, 0}};
    uint32_t p = rows->p;
    for (uint64_t u = 0; u < rows->units.n_units; u++) {
        double delta[P], without[P * P];
        memcpy(without, parts->gram, sizeof without);
        leave_out(delta, without, out, parts, rows, u);
        for (uint32_t j = 0; j < p; j++) {
            for (uint32_t k = 0; k < p; k++) td_sum_add(&sums[j * P + k], delta[j] * delta[k]);
        }
    }
    for (uint32_t j = 0; j < P * P; j++) out->cov[j] = td_sum_value(&sums[j]);
}

void td_small_regress(td_small_fit *out, const td_small_rows *rows) {
    fit_parts parts = {.n_out = 0};
    double xy[P] = {0};
    uint32_t p = rows->p;
    memset(out, 0, sizeof *out);
    out->p = p;
    gram(parts.gram, xy, rows);
    memcpy(parts.inverse, parts.gram, sizeof parts.gram);
    for (uint32_t k = 0; k < p; k++) parts.diagonal[k] = parts.gram[k * P + k];
    parts.n_out = sweep(parts.inverse, parts.diagonal, p);
    for (uint32_t j = 0; j < p; j++) {
        for (uint32_t k = 0; k < p; k++) out->coef[j] += parts.inverse[j * P + k] * xy[k];
    }
    if (rows->units.begin != NULL) {
        spread_clusters(out, &parts, rows);
    } else {
        spread_rows(out, &parts, rows);
    }
}
