/* stats/uplift_profit.c: gain, value and cost by the share treated.
 *
 *   1. Gain G(s) = U(k) / n, k = s n: what treating the top k adds per row of all, at 20 shares:
 *      ten as "uplift at K", ten as ends of the tenths (uplift_metrics.c). Once on the rows, once
 *      in each replicate.
 *   2. profit(s) = value G(s) - cost k / n.
 *   3. best share = argmax over the 20 points and 0. The same rows that made the choice measure it
 *      too high; the replicates show by how much: each chooses its own best point s_r, and
 *          excess = mean over r of (profit_r(s_r) - profit(s_r))
 *      is taken off (Efron's bootstrap estimate of optimism).
 *   4. break-even = largest s with profit(s) >= 0; the profit is a straight line between points.
 *      Percentiles of best share and break-even over the replicates are their intervals.
 * Cost: that of the bootstrap.
 *
 * References: Efron (1983), doi:10.1080/01621459.1983.10477973 (optimism); Gubela, Lessmann and
 * Jaroszewicz (2020), doi:10.1016/j.ejor.2019.11.030 (profit of targeting). */
#include "stats/uplift_profit.h"

#include <math.h>
#include <string.h>

#include "core/base/mem.h"

enum { POINTS = TD_PROFIT_POINTS };

static const char *const NO_EFFECT = "an arm has no rows in this part of the ranking";

/* Shares between the tenths. */
static td_uplift_cuts odd_twentieths(void) {
    td_uplift_cuts cuts = {.n = POINTS / 2};
    for (uint32_t i = 0; i < cuts.n; i++) cuts.share[i] = 0.05 + 0.1 * i;
    return cuts;
}

/* Rows of each point. */
static double rows_at(double n, int point) {
    uint32_t tenth = (uint32_t)point / 2;
    if (point % 2 == 0) return floor(n * (0.05 + 0.1 * tenth));
    return td_uplift_border(n, TD_UPLIFT_DECILES, tenth + 1);
}

/* Step 2 from the metrics of one walk; n is that of the rows, as replicates have theirs. */
static void profits_of(double *profit, const double *metric, const td_uplift_cuts *cuts, double n,
                       const td_uplift_profit *p) {
    for (int i = 0; i < POINTS; i++) {
        double share = rows_at(n, i) / n;
        uint32_t tenth = td_uplift_tenth_place(cuts, TD_TENTH_GAIN, (uint32_t)(i / 2));
        double gain = i % 2 == 0 ? metric[TD_UPLIFT_AT + i] * share : metric[tenth];
        profit[i] = p->value * gain - p->cost * share;
    }
}

/* Point of the highest profit, -1 = nobody. */
static int best_of(const double *profit) {
    int best = -1;
    double most = 0.0;
    for (int i = 0; i < POINTS; i++) {
        if (!(profit[i] > most)) continue;
        best = i;
        most = profit[i];
    }
    return best;
}

/* Step 4: the last crossing from above 0 to below it; point -1 is share 0, profit 0. */
static double break_even_of(const double *profit, double n) {
    for (int i = POINTS - 1; i >= 0; i--) {
        if (!(profit[i] >= 0.0)) continue;
        double share = rows_at(n, i) / n;
        if (i == POINTS - 1 || !(profit[i + 1] < 0.0)) return share;
        double next = rows_at(n, i + 1) / n;
        return share + (next - share) * profit[i] / (profit[i] - profit[i + 1]);
    }
    return 0.0;
}

/* What the replicates say. */
typedef struct draws {
    uint32_t n;
    double *profit;     /* [n][POINTS] */
    double *x;          /* [n] scratch */
    double *best_share; /* [n] */
    double *break_even; /* [n] */
    double excess;
} draws;

static td_status make_draws(draws *d, uint32_t n, td_error *err) {
    d->n = n;
    TD_NEW(d->profit, (uint64_t)n * POINTS, err);
    TD_NEW(d->x, n, err);
    TD_NEW(d->best_share, n, err);
    TD_NEW(d->break_even, n, err);
    return TD_OK;
}

static void free_draws(draws *d) {
    td_mem_free(d->profit);
    td_mem_free(d->x);
    td_mem_free(d->best_share);
    td_mem_free(d->break_even);
}

static void read_draws(draws *d, const td_uplift_replicates *r, const td_uplift_cuts *cuts,
                       const td_uplift_profit *p, const double *profit) {
    double n = p->rows, excess = 0.0;
    for (uint32_t i = 0; i < d->n; i++) {
        double *own = d->profit + (uint64_t)i * POINTS;
        profits_of(own, r->value + (uint64_t)i * r->n_scores * r->n_metrics, cuts, n, p);
        int best = best_of(own);
        d->best_share[i] = best < 0 ? 0.0 : rows_at(n, best) / n;
        d->break_even[i] = break_even_of(own, n);
        if (best >= 0 && profit[best] == profit[best]) excess += own[best] - profit[best];
    }
    d->excess = d->n > 0 ? excess / d->n : 0.0;
}

static td_spread spread_at(draws *d, int point, double level) {
    td_spread_rule rule = {.level = level, .has_null = 1};
    for (uint32_t r = 0; r < d->n; r++) d->x[r] = d->profit[(uint64_t)r * POINTS + (uint64_t)point];
    return td_spread_of(d->x, d->n, &rule);
}

static td_interval interval_of(double *x, uint32_t n, double level) {
    td_spread_rule rule = {.level = level, .may_stand = 1};
    return td_spread_of(x, n, &rule).interval;
}

/* effect = (profit + cost share) / (value share): its error is that of the profit, scaled. */
static void fill_point(td_profit_point *out, const td_uplift_profit *p, int i, double profit,
                       draws *d, double level) {
    static const char *const none = "no bootstrap was made";
    double share = rows_at(p->rows, i) / p->rows;
    *out = (td_profit_point){.share = share,
                             .effect = td_metric_undefined(NO_EFFECT),
                             .effect_se = td_metric_undefined(none),
                             .profit = td_metric_undefined(NO_EFFECT),
                             .interval = td_interval_undefined(none),
                             .p_value = td_metric_undefined(none)};
    if (!(profit == profit)) return;
    out->profit = td_metric_of(profit);
    out->effect = td_metric_of((profit + p->cost * share) / (p->value * share));
    if (d->n == 0) return;
    td_spread spread = spread_at(d, i, level);
    out->interval = spread.interval;
    out->p_value = spread.p_value;
    out->effect_se = spread.se;
    if (td_metric_is_defined(spread.se))
        out->effect_se = td_metric_of(spread.se.value / (p->value * share));
}

/* With no point above 0 the best is to treat nobody: share 0, profit 0. */
static void fill(td_uplift_profit *out, const double *profit, draws *d, double level) {
    static const char *const none = "no bootstrap was made";
    int best = best_of(profit);
    for (int i = 0; i < POINTS; i++) fill_point(&out->point[i], out, i, profit[i], d, level);
    out->best_share = td_metric_of(best < 0 ? 0.0 : out->point[best].share);
    out->best_profit = td_metric_of(best < 0 ? 0.0 : profit[best]);
    out->break_even = td_metric_of(break_even_of(profit, out->rows));
    out->corrected_profit = td_metric_undefined(none);
    out->best_share_interval = out->break_even_interval = td_interval_undefined(none);
    if (d->n == 0) return;
    out->corrected_profit = td_metric_of(out->best_profit.value - d->excess);
    out->best_share_interval = interval_of(d->best_share, d->n, level);
    out->break_even_interval = interval_of(d->break_even, d->n, level);
}

/* One plan serves the rows and all replicates; the request's own cuts play no part here. */
static td_status measure(td_uplift_profit *out, const td_uplift_plan *plan, uint32_t n_replicates,
                         double level, const td_exec *exec, td_error *err) {
    td_uplift_cuts cuts = odd_twentieths();
    td_uplift_replicates replicates = {0};
    td_uplift_point *point = NULL;
    double profit[POINTS];
    draws d = {0};
    TD_NEW(point, 1, err);
    td_status status = td_uplift_measure_rows(point, plan, &cuts, exec, err);
    if (status == TD_OK) profits_of(profit, point->value, &cuts, out->rows, out);
    td_mem_free(point);
    if (status == TD_OK)
        status = td_uplift_bootstrap_run(&replicates, plan, &cuts, n_replicates, exec, err);
    if (status == TD_OK) status = make_draws(&d, n_replicates, err);
    if (status == TD_OK) {
        read_draws(&d, &replicates, &cuts, out, profit);
        fill(out, profit, &d, level);
    }
    free_draws(&d);
    td_uplift_replicates_free(&replicates);
    return status;
}

td_status td_uplift_profit_build(td_uplift_profit *out, const td_uplift_request *request,
                                 double value, double cost, const td_exec *exec, td_error *err) {
    td_uplift_orders orders = {0};
    td_uplift_plan plan = {0};
    TD_CHECK(value > 0.0 && value - value == 0.0, err, TD_ERR_ARG,
             "a value of %g for one unit of the outcome is not above 0", value);
    TD_CHECK(cost >= 0.0 && cost - cost == 0.0, err, TD_ERR_ARG, "a cost of %g is below 0", cost);
    td_uplift_rows rows = request->rows;
    if (rows.n_scores > 1) rows.n_scores = 1;
    *out = (td_uplift_profit){.value = value, .cost = cost, .rows = (double)rows.n};
    TD_TRY(td_uplift_orders_build(&orders, &rows, &request->clusters, exec, err));
    td_status status = td_uplift_plan_build(&plan, &orders, request->seed, err);
    if (status == TD_OK)
        status = measure(out, &plan, request->n_replicates, request->level, exec, err);
    td_uplift_plan_free(&plan);
    td_uplift_orders_free(&orders);
    return status;
}
