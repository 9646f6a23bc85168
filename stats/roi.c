/* stats/roi.c: Monte Carlo of incremental revenue and profit.
 *
 * Problem: an experiment has measured a lift with an error; margin, cost, reach and how long the
 * effect lasts are guesses. Rolled out, how likely is a loss, and is it worth to measure longer?
 *
 *   1. Draw i owns the stream (seed, "roi", i), so draws can be cut into chunks anywhere. In fixed
 *      order: effect, share, order value, margin, contact cost, half-life.
 *   2. Effect from counts: p2 - p1 with p ~ Beta(1 + x, 1 + n - x), each Beta from two gammas.
 *   3. profit = A effect - B with
 *          A = units share days value margin,   days = h (1 - 2^(-T/h))/ln 2 (T without decay)
 *          B = units share T cost + fixed
 *   4. Means in draw order with compensation; quantiles and histogram from the sorted draws.
 *   5. Value of information. Choices are "roll out" (profit) and "do not" (0):
 *          EVPI          E max(profit, 0) - max(E profit, 0)
 *          of the effect E max(E[A] effect - E[B], 0) - max(E profit, 0)
 *          of a sample   td_roi_evsi, closed form for a normal effect
 *      The second cannot exceed the first, but its estimate can, by the chance correlation of
 *      effect and other quantities in the draws: it is cut off there.
 *
 * The effect is independent of the other quantities, these of each other. Cost: a microsecond a
 * draw, then a sort. Not here: discounting, effects that differ between people (one row of an
 * uplift policy at a time), cannibalised later orders.
 *
 * Marsaglia and Tsang 2000, doi 10.1145/358407.358414 (gamma); Raiffa and Schlaifer, "Applied
 * Statistical Decision Theory" (1961); Briggs, Sculpher, Claxton, "Decision Modelling for Health
 * Economic Evaluation" (2006), chapter 6. */
#include "stats/roi.h"

#include <math.h>
#include <stdlib.h>

#include "core/base/mem.h"
#include "core/base/numeric.h"
#include "core/base/rng.h"
#include "stats/mean_diff.h"

#define LN_2 0.6931471805599453

enum { GRAIN = 4096, LEAST_DRAWS = 100 };

const double td_roi_quantile_at[TD_ROI_QUANTILES] = {.05, .25, .5, .75, .95};

/* --- beliefs ---------------------------------------------------------------------------------- */

td_status td_belief_check(const td_belief *b, const char *name, td_error *err) {
    int is_spread = b->kind != TD_BELIEF_FIXED && b->kind != TD_BELIEF_UNIFORM;
    TD_CHECK(b->a - b->a == 0 && b->b - b->b == 0, err, TD_ERR_RANGE, "%s is not finite", name);
    TD_CHECK(!is_spread || b->b > 0, err, TD_ERR_RANGE,
             "%s: the standard deviation %.10g is not above 0", name, b->b);
    TD_CHECK(b->kind != TD_BELIEF_UNIFORM || b->a < b->b, err, TD_ERR_RANGE,
             "%s: the limits %.10g and %.10g do not rise", name, b->a, b->b);
    TD_CHECK(b->kind != TD_BELIEF_LOGNORMAL || b->a > 0, err, TD_ERR_RANGE,
             "%s: the mean %.10g is not above 0", name, b->a);
    TD_CHECK(b->kind != TD_BELIEF_BETA || (b->a > 0 && b->a < 1), err, TD_ERR_RANGE,
             "%s: the mean %.10g of a share is not between 0 and 1", name, b->a);
    TD_CHECK(b->kind != TD_BELIEF_BETA || b->b * b->b < b->a * (1.0 - b->a), err, TD_ERR_RANGE,
             "%s: no share with mean %.10g has a standard deviation of %.10g", name, b->a, b->b);
    return TD_OK;
}

/* Gamma of shape a >= 1, by Marsaglia and Tsang: v^3 d of a normal, squeezed. */
static double draw_gamma_large(td_rng *rng, double a) {
    double d = a - 1.0 / 3.0, c = 1.0 / sqrt(9.0 * d);
    for (;;) {
        double x = td_rng_normal(rng), u = 1.0 - td_rng_uniform(rng), v = 1.0 + c * x;
        if (v <= 0) continue;
        v = v * v * v;
        if (td_log(u) < 0.5 * x * x + d * (1.0 - v + td_log(v))) return d * v;
    }
}

/* Any shape: gamma(a) = gamma(a + 1) U^(1/a). */
static double draw_gamma(td_rng *rng, double a) {
    if (a >= 1.0) return draw_gamma_large(rng, a);
    double u = 1.0 - td_rng_uniform(rng);
    return draw_gamma_large(rng, a + 1.0) * td_pow(u, 1.0 / a);
}

static double draw_beta(td_rng *rng, double a, double b) {
    double x = draw_gamma(rng, a), y = draw_gamma(rng, b);
    return x / (x + y);
}

/* Moments to parameters: log-normal sigma^2 = ln(1 + (sd/mean)^2), Beta a + b = m(1-m)/sd^2 - 1. */
static double draw_belief(td_rng *rng, const td_belief *b) {
    double s2, total;
    switch (b->kind) {
    case TD_BELIEF_NORMAL:
        return b->a + b->b * td_rng_normal(rng);
    case TD_BELIEF_UNIFORM:
        return b->a + (b->b - b->a) * td_rng_uniform(rng);
    case TD_BELIEF_LOGNORMAL:
        s2 = td_log1p(b->b * b->b / (b->a * b->a));
        return b->a * td_exp(sqrt(s2) * td_rng_normal(rng) - 0.5 * s2);
    case TD_BELIEF_BETA:
        total = b->a * (1.0 - b->a) / (b->b * b->b) - 1.0;
        return draw_beta(rng, b->a * total, (1.0 - b->a) * total);
    case TD_BELIEF_FIXED:
        break;
    }
    return b->a;
}

/* --- draws ------------------------------------------------------------------------------------ */

typedef struct draws {
    const td_roi_model *model;
    uint64_t n, seed;
    double *effect, *conversions, *revenue, *profit; /* [n] */
    double *gain, *cost;                             /* [n] A and B */
    double *treated;                                 /* [n] unit-days of treatment */
} draws;

static double draw_effect(td_rng *rng, const td_roi_model *m) {
    if (!m->has_counts) return draw_belief(rng, &m->effect);
    const td_two_counts *c = &m->counts;
    double p1 = draw_beta(rng, 1.0 + (double)c->x1, 1.0 + (double)(c->n1 - c->x1));
    return draw_beta(rng, 1.0 + (double)c->x2, 1.0 + (double)(c->n2 - c->x2)) - p1;
}

/* Days of full effect that a decaying one is worth. */
static double effective_days(double horizon, double half_life) {
    if (!(half_life > 0)) return horizon;
    return -half_life / LN_2 * td_expm1(-LN_2 * horizon / half_life);
}

/* Step 1 to 3 of one draw. */
static void draw_one(draws *d, uint64_t i) {
    const td_roi_model *m = d->model;
    td_rng rng = td_rng_stream(d->seed, "roi", i, 0);
    double effect = draw_effect(&rng, m);
    double share = fmin(1.0, fmax(0.0, draw_belief(&rng, &m->share)));
    double value = draw_belief(&rng, &m->order_value), margin = draw_belief(&rng, &m->margin);
    double contact = draw_belief(&rng, &m->contact_cost);
    double days = effective_days(m->horizon, draw_belief(&rng, &m->half_life));
    double treated = m->units_per_day * share;
    d->treated[i] = treated * m->horizon;
    d->effect[i] = effect;
    d->gain[i] = treated * days * value * margin;
    d->cost[i] = treated * m->horizon * contact + m->fixed_cost;
    d->conversions[i] = treated * days * effect;
    d->revenue[i] = d->conversions[i] * value;
    d->profit[i] = d->gain[i] * effect - d->cost[i];
}

static td_status draw_chunk(void *ctx, td_chunk chunk, td_error *err) {
    (void)err;
    for (uint64_t i = chunk.begin; i < chunk.end; i++) draw_one(ctx, i);
    return TD_OK;
}

/* --- summaries -------------------------------------------------------------------------------- */

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double mean_of(const double *x, uint64_t n) {
    td_sum sum = {0};
    for (uint64_t i = 0; i < n; i++) td_sum_add(&sum, x[i]);
    return td_sum_value(&sum) / (double)n;
}

/* Sorts x. */
static void summarise(td_roi_spread *out, double *x, uint64_t n) {
    td_sum squares = {0};
    out->mean = mean_of(x, n);
    for (uint64_t i = 0; i < n; i++) td_sum_add(&squares, (x[i] - out->mean) * (x[i] - out->mean));
    out->sd = sqrt(td_sum_value(&squares) / (double)(n - 1));
    qsort(x, n, sizeof *x, ascending);
    for (int q = 0; q < TD_ROI_QUANTILES; q++)
        out->quantile[q] = x[(uint64_t)ceil((double)n * td_roi_quantile_at[q]) - 1];
}

/* Needs the draws in their order. */
static void value_information(td_roi *out, const draws *d) {
    td_sum best = {0}, loss = {0}, known = {0};
    uint64_t n_losses = 0;
    out->per_effect = mean_of(d->gain, d->n);
    out->mean_cost = mean_of(d->cost, d->n);
    for (uint64_t i = 0; i < d->n; i++) {
        td_sum_add(&best, fmax(d->profit[i], 0.0));
        td_sum_add(&loss, fmax(-d->profit[i], 0.0));
        td_sum_add(&known, fmax(out->per_effect * d->effect[i] - out->mean_cost, 0.0));
        n_losses += d->profit[i] < 0;
    }
    double n = (double)d->n, now = fmax(mean_of(d->profit, d->n), 0.0);
    double linear = fmax(out->per_effect * mean_of(d->effect, d->n) - out->mean_cost, 0.0);
    out->chance_of_loss = (double)n_losses / n;
    out->mean_loss = td_sum_value(&loss) / n;
    out->evpi = fmax(0.0, td_sum_value(&best) / n - now);
    out->evpi_effect = fmin(out->evpi, fmax(0.0, td_sum_value(&known) / n - linear));
}

/* Sorted profit into bins of equal width. */
static void fill_bins(td_roi *out, const double *profit, uint64_t n) {
    out->bin_low = profit[0];
    out->bin_width = (profit[n - 1] - profit[0]) / TD_ROI_BINS;
    for (uint64_t i = 0; i < n; i++) {
        double at = out->bin_width > 0 ? (profit[i] - out->bin_low) / out->bin_width : 0;
        out->bin[at < TD_ROI_BINS - 1 ? (int)at : TD_ROI_BINS - 1]++;
    }
}

static void fill_result(td_roi *out, draws *d) {
    *out = (td_roi){.n = d->n};
    value_information(out, d);
    summarise(&out->effect, d->effect, d->n);
    summarise(&out->conversions, d->conversions, d->n);
    summarise(&out->revenue, d->revenue, d->n);
    summarise(&out->profit, d->profit, d->n);
    fill_bins(out, d->profit, d->n);
    double earned = out->per_effect * out->effect.mean - d->model->fixed_cost;
    out->break_even_effect = out->mean_cost / out->per_effect;
    out->break_even_cost = earned / mean_of(d->treated, d->n);
}

/* --- the whole -------------------------------------------------------------------------------- */

static td_status check_model(const td_roi_model *m, td_error *err) {
    double margin_top = m->margin.kind == TD_BELIEF_UNIFORM ? m->margin.b : m->margin.a;
    if (m->has_counts) {
        TD_TRY(td_two_counts_check(&m->counts, err));
    } else {
        TD_TRY(td_belief_check(&m->effect, "effect", err));
    }
    TD_TRY(td_belief_check(&m->share, "share", err));
    TD_TRY(td_belief_check(&m->order_value, "order value", err));
    TD_TRY(td_belief_check(&m->margin, "margin", err));
    TD_TRY(td_belief_check(&m->contact_cost, "contact cost", err));
    TD_TRY(td_belief_check(&m->half_life, "half-life", err));
    TD_CHECK(m->units_per_day > 0, err, TD_ERR_RANGE, "%.10g units a day: nobody to treat",
             m->units_per_day);
    TD_CHECK(m->horizon > 0, err, TD_ERR_RANGE, "a horizon of %.10g days", m->horizon);
    TD_CHECK(m->share.kind == TD_BELIEF_BETA || (m->share.a >= 0 && m->share.a <= 1), err,
             TD_ERR_RANGE, "share %.10g is not between 0 and 1", m->share.a);
    TD_CHECK(m->margin.a >= 0 && margin_top <= 1, err, TD_ERR_RANGE,
             "margin %.10g is not between 0 and 1: it is the part of the revenue that is profit",
             m->margin.a < 0 ? m->margin.a : margin_top);
    TD_CHECK(m->order_value.a >= 0, err, TD_ERR_RANGE, "order value %.10g is below 0",
             m->order_value.a);
    TD_CHECK(m->half_life.a >= 0, err, TD_ERR_RANGE, "half-life %.10g is below 0", m->half_life.a);
    TD_CHECK(m->contact_cost.a >= 0, err, TD_ERR_RANGE, "contact cost %.10g is below 0",
             m->contact_cost.a);
    TD_CHECK(m->fixed_cost - m->fixed_cost == 0, err, TD_ERR_RANGE, "fixed cost is not finite");
    return TD_OK;
}

td_status td_roi_simulate(td_roi *out, const td_roi_model *model, uint64_t n_draws, uint64_t seed,
                          const td_exec *exec, td_error *err) {
    TD_TRY(check_model(model, err));
    TD_CHECK(n_draws >= LEAST_DRAWS && n_draws <= UINT64_C(1) << 32, err, TD_ERR_RANGE,
             "%llu draws: from %d to 2^32 go", (unsigned long long)n_draws, LEAST_DRAWS);
    double *block = NULL;
    TD_NEW(block, 7 * n_draws, err);
    draws d = {.model = model, .n = n_draws, .seed = seed, .effect = block};
    d.conversions = block + n_draws;
    d.revenue = block + 2 * n_draws;
    d.profit = block + 3 * n_draws;
    d.gain = block + 4 * n_draws;
    d.cost = block + 5 * n_draws;
    d.treated = block + 6 * n_draws;
    td_status status = td_par_for(exec, n_draws, GRAIN, draw_chunk, &d, err);
    if (status == TD_OK) fill_result(out, &d);
    td_mem_free(block);
    return status;
}

double td_roi_evsi(const td_roi *roi, double se) {
    double before = roi->effect.sd * roi->effect.sd;
    double s = before / sqrt(before + se * se);
    if (!(s > 0)) return 0;
    double gap = fabs(roi->effect.mean - roi->break_even_effect);
    return fabs(roi->per_effect) * s * td_normal_loss(gap / s);
}
