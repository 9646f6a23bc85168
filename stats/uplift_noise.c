/* stats/uplift_noise.c: the permutation distribution of every area, without permuting.
 *
 * A random score is a random order of the rows. An area below a curve of sums, sum_i x_i c(rank i),
 * is then a linear rank statistic, whose mean and variance over all orders are exact:
 *     mean = n xbar cbar,   variance = sum (x - xbar)^2 sum (c - cbar)^2 / (n - 1)
 *   1. Write each curve as a sum over the rows above a rank:
 *        Q   x = y - m0 (treated),  -(N1/N0) (y - m0) (control),   m0, m1 means of the arms
 *        U   x = (y - m1) n/N1,     -(y - m0) n/N0
 *        S   x = y / e,             -y / (1 - e)                    grf
 *        pylift   x = y / N1,       -y / N0
 *      S and pylift's curve are such sums; Q and U up to terms of the order of their own sampling
 *      error over sqrt(rows), since the share of treated rows and the means above a rank come close
 *      to those of all rows.
 *   2. Areas over ranks: c = n - rank + 1/2, sum (c - cbar)^2 = n (n^2 - 1) / 12.
 *      AUTOC: c = H(n) - H(rank - 1), whose mean is 1, sum (c - 1)^2 = n - H(n).
 *   3. Divide by what each dialect divides by: it does not depend on the score.
 * With clusters x is added up over each cluster first, as if a cluster stood at one place.
 * Areas of many rows are close to normal; quantiles are those of the normal distribution.
 * Cost: four passes over the rows.
 *
 * Reference: Hajek, Sidak and Sen, "Theory of rank tests" (1999),
 * doi:10.1016/B978-0-12-642350-1.X5017-6, section 3.3 (linear rank statistics). */
#include "stats/uplift_noise.h"

#include <math.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/base/numeric.h"

enum { PIECE = 4096 }; /* rows added up plainly before the compensated sum takes them */

/* x of a row of each arm: slope * y + offset, of v = y times inverse propensity where asked. */
typedef struct contribution {
    double slope[2], offset[2];
    int of_inverse;
} contribution;

static double x_of(const contribution *c, const td_uplift_order *order, uint32_t i) {
    int arm = (order->item[i].flags & TD_UPLIFT_TREATED) != 0;
    double y = order->item[i].y;
    if (c->of_inverse && order->inverse != NULL) y *= order->inverse[i];
    return c->slope[arm] * y + c->offset[arm];
}

/* Sum over units of (their sum of x)^2; the offsets make all x add up to 0. unit_sum NULL = every
 * row is a unit. */
static double square_sum(const contribution *c, const td_uplift_orders *orders, double *unit_sum) {
    const td_uplift_order *order = &orders->order[0];
    td_sum sum = {0};
    if (unit_sum == NULL) {
        for (uint32_t begin = 0; begin < order->n; begin += PIECE) {
            uint32_t end = order->n - begin < PIECE ? order->n : begin + PIECE;
            double piece = 0.0;
            for (uint32_t i = begin; i < end; i++) {
                double x = x_of(c, order, i);
                piece += x * x;
            }
            td_sum_add(&sum, piece);
        }
        return td_sum_value(&sum);
    }
    memset(unit_sum, 0, orders->n_units * sizeof *unit_sum);
    for (uint32_t i = 0; i < order->n; i++) unit_sum[order->item[i].unit] += x_of(c, order, i);
    for (uint32_t u = 0; u < orders->n_units; u++) td_sum_add(&sum, unit_sum[u] * unit_sum[u]);
    return td_sum_value(&sum);
}

/* Sums of squares of the four curves. */
typedef struct squares {
    double q, u, grf, pylift;
} squares;

static squares measure_squares(const td_uplift_orders *orders, const td_uplift_sums *s,
                               const td_uplift_scale *z, double *unit_sum) {
    double n1 = s->n[1], n0 = s->n[0], n = n1 + n0, mean1 = s->y[1] / n1, mean0 = s->y[0] / n0;
    double q = z->chord_q / n, ratio = n1 / n0;
    double g = (z->treated * s->v[1] - z->control * s->v[0]) / n, d = (mean1 - mean0) / n;
    contribution of_q = {{-ratio, 1.0}, {ratio * mean0 - q, -mean0 - q}, 0};
    contribution of_u = {{-n / n0, n / n1}, {mean0 * n / n0, -mean1 * n / n1}, 0};
    contribution of_grf = {{-z->control, z->treated}, {-g, -g}, 1};
    contribution of_pylift = {{-1.0 / n0, 1.0 / n1}, {-d, -d}, 0};
    return (squares){.q = square_sum(&of_q, orders, unit_sum),
                     .u = square_sum(&of_u, orders, unit_sum),
                     .grf = square_sum(&of_grf, orders, unit_sum),
                     .pylift = square_sum(&of_pylift, orders, unit_sum)};
}

/* A spread per unit of a normaliser; no value without one. */
static td_uplift_noise around(double centre, double sd, double normaliser) {
    if (!(normaliser > 0.0)) return (td_uplift_noise){NAN, NAN};
    return (td_uplift_noise){centre, sd / normaliser};
}

/* Steps 2 and 3; `area` turns the root of a sum of squares into the deviation of an area. */
static void fill(td_uplift_noise *noise, const td_uplift_plan *plan, const td_uplift_sums *s,
                 const td_uplift_scale *z, squares ss) {
    double n1 = s->n[1], n = s->n[0] + n1, area = sqrt(n * (n + 1.0) / 12.0);
    double q = area * sqrt(ss.q), u = area * sqrt(ss.u), pylift = area * sqrt(ss.pylift) / n;
    double half_u = 0.5 * z->chord_u, sign = half_u > 0.0 ? 0.5 : -0.5;
    double is_one = plan->orders->has_inverse ? 0.0 : 1.0;
    noise[TD_QINI_SKLIFT] = around(0, q, z->perfect_q);
    noise[TD_QINI_SKLIFT_NO_NEGATIVE] = around(0, q, z->perfect_none);
    noise[TD_QINI_CAUSALML_RAW] = around(0, q, n + 1.0);
    noise[TD_QINI_CAUSALML] = around(0, q, (n + 1.0) * fabs(z->chord_q));
    noise[TD_QINI_PYLIFT] = around(0, pylift, is_one);
    noise[TD_QINI_PYLIFT_Q1] = around(0, pylift, z->most_overfit);
    noise[TD_QINI_PYLIFT_Q2] = around(0, pylift, z->most_practical);
    noise[TD_AQINI_PYLIFT] = around(0, q, is_one * n * n1);
    noise[TD_AQINI_PYLIFT_Q1] = around(0, q, n * n1 * z->most_overfit);
    noise[TD_AQINI_PYLIFT_Q2] = around(0, q, n * n1 * z->most_practical);
    noise[TD_QINI_GRF] = around(0, area * sqrt(ss.grf), n * n);
    double tail = n > 1.0 ? sqrt((n - td_uplift_harmonic(plan, n)) / (n - 1.0)) : NAN;
    noise[TD_QINI_GRF_AUTOC] = around(0, tail * sqrt(ss.grf), n);
    noise[TD_QINI_AREA] = around(0, q, n * n);
    noise[TD_AUUC_SKLIFT] = around(0, u, z->perfect_u);
    noise[TD_AUUC_CAUSALML_RAW] = around(half_u, u, n + 1.0);
    noise[TD_AUUC_CAUSALML] = around(sign, u, (n + 1.0) * fabs(z->chord_u));
    noise[TD_AUUC_EXCESS] = around(0, u, n + 1.0);
}

td_status td_uplift_noise_measure(td_uplift_noise *noise, const td_uplift_plan *plan,
                                  const td_uplift_sums *sums, td_error *err) {
    const td_uplift_orders *orders = plan->orders;
    double *unit_sum = NULL;
    if (orders->has_clusters) TD_NEW(unit_sum, orders->n_units, err);
    for (int m = 0; m < TD_UPLIFT_AT; m++) noise[m] = (td_uplift_noise){NAN, NAN};
    td_uplift_scale scale = td_uplift_scale_of(orders, sums);
    fill(noise, plan, sums, &scale, measure_squares(orders, sums, &scale, unit_sum));
    td_mem_free(unit_sum);
    return TD_OK;
}

static const char *const NO_AREA = "a random score has no band here";

td_interval td_uplift_noise_band(td_uplift_noise noise, double level) {
    if (!(noise.sd == noise.sd)) return td_interval_undefined(NO_AREA);
    double reach = td_normal_quantile(0.5 + 0.5 * level) * noise.sd;
    return td_interval_of(noise.centre - reach, noise.centre + reach);
}

td_metric td_uplift_noise_p(td_uplift_noise noise, double value) {
    if (!(noise.sd > 0.0) || value != value) return td_metric_undefined(NO_AREA);
    return td_metric_of(2.0 * td_normal_cdf(-fabs(value - noise.centre) / noise.sd));
}
