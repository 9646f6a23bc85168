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
 * Cost: none for outcomes of 0 and 1, else one pass over the rows; four with clusters.
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

/* The four curves. */
enum { OF_Q, OF_U, OF_GRF, OF_PYLIFT, N_CURVES };

/* Sums of squares of a piece of the rows, or of all. */
typedef struct squares {
    double of[N_CURVES];
} squares;

typedef struct square_job {
    const td_uplift_order *order;
    contribution curve[N_CURVES];
    squares *piece; /* [n_pieces] */
} square_job;

static td_status square_piece(void *ctx, td_chunk chunk, td_error *err) {
    (void)err;
    const square_job *job = ctx;
    squares sum = {{0.0}};
    for (uint64_t i = chunk.begin; i < chunk.end; i++) {
        for (int c = 0; c < N_CURVES; c++) {
            double x = x_of(&job->curve[c], job->order, (uint32_t)i);
            sum.of[c] += x * x;
        }
    }
    job->piece[chunk.index] = sum;
    return TD_OK;
}

/* Outcomes of 0 and 1 with one propensity: rows are of four kinds, and the order in which they come
 * leaves no trace, not even in the last bit. */
static void square_kinds(squares *out, const square_job *job, const td_uplift_sums *s) {
    for (int c = 0; c < N_CURVES; c++) {
        out->of[c] = 0.0;
        for (int arm = 0; arm < 2; arm++) {
            double without = job->curve[c].offset[arm], with = job->curve[c].slope[arm] + without;
            out->of[c] += s->y[arm] * with * with + (s->n[arm] - s->y[arm]) * without * without;
        }
    }
}

/* Every row is a unit: pieces side by side, joined in their order. */
static td_status square_rows(squares *out, square_job *job, const td_exec *exec, td_error *err) {
    uint64_t n_pieces = td_par_n_chunks(job->order->n, PIECE);
    TD_NEW(job->piece, n_pieces, err);
    td_status status = td_par_for(exec, job->order->n, PIECE, square_piece, job, err);
    for (int c = 0; c < N_CURVES && status == TD_OK; c++) {
        td_sum sum = {0};
        for (uint64_t p = 0; p < n_pieces; p++) td_sum_add(&sum, job->piece[p].of[c]);
        out->of[c] = td_sum_value(&sum);
    }
    td_mem_free(job->piece);
    return status;
}

/* Squares of the units' sums of x; the offsets make all x add up to 0. */
static td_status square_units(squares *out, const square_job *job, uint32_t n_units,
                              td_error *err) {
    const td_uplift_order *order = job->order;
    double *unit_sum;
    TD_NEW(unit_sum, n_units, err);
    for (int c = 0; c < N_CURVES; c++) {
        td_sum sum = {0};
        memset(unit_sum, 0, n_units * sizeof *unit_sum);
        for (uint32_t i = 0; i < order->n; i++)
            unit_sum[order->item[i].unit] += x_of(&job->curve[c], order, i);
        for (uint32_t u = 0; u < n_units; u++) td_sum_add(&sum, unit_sum[u] * unit_sum[u]);
        out->of[c] = td_sum_value(&sum);
    }
    td_mem_free(unit_sum);
    return TD_OK;
}

static td_status measure_squares(squares *out, const td_uplift_orders *orders,
                                 const td_uplift_sums *s, const td_uplift_scale *z,
                                 const td_exec *exec, td_error *err) {
    double n1 = s->n[1], n0 = s->n[0], n = n1 + n0, mean1 = s->y[1] / n1, mean0 = s->y[0] / n0;
    double q = z->chord_q / n, ratio = n1 / n0;
    double g = (z->treated * s->v[1] - z->control * s->v[0]) / n, d = (mean1 - mean0) / n;
    square_job job = {.order = &orders->order[0],
                      .curve = {[OF_Q] = {{-ratio, 1.0}, {ratio * mean0 - q, -mean0 - q}, 0},
                                [OF_U] = {{-n / n0, n / n1}, {mean0 * n / n0, -mean1 * n / n1}, 0},
                                [OF_GRF] = {{-z->control, z->treated}, {-g, -g}, 1},
                                [OF_PYLIFT] = {{-1.0 / n0, 1.0 / n1}, {-d, -d}, 0}}};
    if (orders->has_clusters) return square_units(out, &job, orders->n_units, err);
    if (!orders->is_binary || orders->has_inverse) return square_rows(out, &job, exec, err);
    square_kinds(out, &job, s);
    return TD_OK;
}

/* A spread per unit of a normaliser; no value without one. */
static td_uplift_noise around(double centre, double sd, double normaliser) {
    if (!(normaliser > 0.0)) return (td_uplift_noise){NAN, NAN};
    return (td_uplift_noise){centre, sd / normaliser};
}

/* Steps 2 and 3; `area` turns the root of a sum of squares into the deviation of an area. */
static void fill(td_uplift_noise *noise, const td_uplift_plan *plan, const td_uplift_sums *s,
                 const td_uplift_scale *z, const squares *ss) {
    double n1 = s->n[1], n = s->n[0] + n1, area = sqrt(n * (n + 1.0) / 12.0);
    double q = area * sqrt(ss->of[OF_Q]), u = area * sqrt(ss->of[OF_U]),
           pylift = area * sqrt(ss->of[OF_PYLIFT]) / n;
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
    noise[TD_QINI_GRF] = around(0, area * sqrt(ss->of[OF_GRF]), n * n);
    double tail = n > 1.0 ? sqrt((n - td_uplift_harmonic(plan, n)) / (n - 1.0)) : NAN;
    noise[TD_QINI_GRF_AUTOC] = around(0, tail * sqrt(ss->of[OF_GRF]), n);
    noise[TD_QINI_AREA] = around(0, q, n * n);
    noise[TD_AUUC_SKLIFT] = around(0, u, z->perfect_u);
    noise[TD_AUUC_CAUSALML_RAW] = around(half_u, u, n + 1.0);
    noise[TD_AUUC_CAUSALML] = around(sign, u, (n + 1.0) * fabs(z->chord_u));
    noise[TD_AUUC_EXCESS] = around(0, u, n + 1.0);
}

td_status td_uplift_noise_measure(td_uplift_noise *noise, const td_uplift_plan *plan,
                                  const td_uplift_sums *sums, const td_exec *exec, td_error *err) {
    squares all;
    for (int m = 0; m < TD_UPLIFT_AT; m++) noise[m] = (td_uplift_noise){NAN, NAN};
    td_uplift_scale scale = td_uplift_scale_of(plan->orders, sums);
    TD_TRY(measure_squares(&all, plan->orders, sums, &scale, exec, err));
    fill(noise, plan, sums, &scale, &all);
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
