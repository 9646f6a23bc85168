/* stats/uplift_assessment.c: the calls of one evaluation in their order.
 *
 *   1. Orders: one sort a score; everything below walks them.
 *   2. Metrics of the rows, the tenths (who is in them, by arm) and the noise floor.
 *   3. The Qini curve for a figure: block ends nearest above a grid of ranks, so every point is one
 *      of the exact curve.
 *   4. Bootstrap, then the spread of every metric and of every difference of two scores.
 * Balance: the score was made without looking at the arm, so the treated share must be the same in
 * all tenths up to chance; Pearson's chi-square over the 10 x 2 table. A small p-value says that
 * the score knows the arm or that the treatment was not assigned at random.
 * Cost: sorts and walks of O(n), the bootstrap (uplift_walk.c), little beside it.
 *
 * Reference: Pearson (1900), doi:10.1080/14786440009463897. */
#include "stats/uplift_assessment.h"

#include <math.h>

#include "core/base/mem.h"
#include "stats/special.h"

/* ---- tenths ---- */

static td_uplift_balance balance_of(const td_uplift_group *group, const double *rows) {
    td_uplift_balance out = {.low = 1.0, .high = 0.0};
    double n = rows[0] + rows[1], chi2 = 0.0;
    int is_full = 1;
    for (int g = 0; g < TD_UPLIFT_DECILES; g++) {
        double size = group[g].rows[0] + group[g].rows[1];
        is_full &= size > 0.0;
        if (!(size > 0.0)) continue;
        out.low = fmin(out.low, group[g].rows[1] / size);
        out.high = fmax(out.high, group[g].rows[1] / size);
        for (int arm = 0; arm < 2; arm++) {
            double expected = size * rows[arm] / n, gap = group[g].rows[arm] - expected;
            chi2 += gap * gap / expected;
        }
    }
    out.chi2 = is_full ? td_metric_of(chi2) : td_metric_undefined("fewer rows than tenths");
    out.p_value = is_full ? td_metric_of(td_chi2_sf(chi2, TD_UPLIFT_DECILES - 1))
                          : td_metric_undefined("fewer rows than tenths");
    return out;
}

/* ---- curve ---- */

/* Ranks of the grid are n g / (points - 1); the first block end at or beyond each is a point. */
static void trace_curve(td_uplift_verdict *out, const td_uplift_order *order, double n_treated) {
    double n[2] = {0}, y[2] = {0}, steps = TD_UPLIFT_CURVE_POINTS - 1;
    out->share[0] = out->qini[0] = 0.0;
    out->n_points = 1;
    for (uint32_t i = 0; i < order->n; i++) {
        td_uplift_item item = order->item[i];
        int arm = (item.flags & TD_UPLIFT_TREATED) != 0;
        n[arm] += 1.0;
        y[arm] += item.y;
        double rank = (double)i + 1.0;
        int is_due = rank * steps >= (double)order->n * out->n_points || i + 1 == order->n;
        if (!is_due || (item.flags & TD_UPLIFT_END) == 0) continue;
        if (out->n_points == TD_UPLIFT_CURVE_POINTS) continue;
        out->share[out->n_points] = rank / (double)order->n;
        out->qini[out->n_points++] = (n[0] > 0.0 ? y[1] - y[0] * n[1] / n[0] : y[1]) / n_treated;
    }
}

/* ---- assessment ---- */

static td_status check_request(const td_uplift_request *request, td_error *err) {
    uint32_t replicates = request->n_replicates;
    TD_CHECK(replicates == 0 || replicates >= TD_MIN_UPLIFT_REPLICATES, err, TD_ERR_ARG,
             "%u bootstrap replicates, at least %d are needed", replicates,
             TD_MIN_UPLIFT_REPLICATES);
    TD_CHECK(request->level > 0.0 && request->level < 1.0, err, TD_ERR_ARG,
             "a confidence level of %g lies outside (0, 1)", request->level);
    TD_CHECK(request->cuts.n <= TD_MAX_UPLIFT_CUTS, err, TD_ERR_ARG,
             "%u cuts, at most %d are possible", request->cuts.n, TD_MAX_UPLIFT_CUTS);
    for (uint32_t i = 0; i < request->cuts.n; i++)
        TD_CHECK(request->cuts.share[i] > 0.0 && request->cuts.share[i] <= 1.0, err, TD_ERR_ARG,
                 "a cut at %g of the rows is not above 0 and up to 1", request->cuts.share[i]);
    return TD_OK;
}

/* What the walk of one score says about it. */
typedef struct reader {
    td_uplift_assessment *out;
    const td_uplift_point *point; /* [n_scores] */
} reader;

static td_status read_score(void *ctx, td_chunk chunk, td_error *err) {
    (void)err;
    const reader *r = ctx;
    const td_uplift_point *point = &r->point[chunk.index];
    const td_uplift_order *order = &r->out->orders.order[chunk.index];
    td_uplift_verdict *verdict = &r->out->verdict[chunk.index];
    td_uplift_state last = {{0}, {0}};
    for (uint32_t m = 0; m < r->out->n_metrics; m++) verdict->value[m] = point->value[m];
    for (int g = 0; g < TD_UPLIFT_DECILES; g++) {
        td_uplift_state state = point->tenth[g];
        for (int arm = 0; arm < 2; arm++) {
            verdict->group[g].rows[arm] = state.n[arm] - last.n[arm];
            verdict->group[g].outcome[arm] = state.y[arm] - last.y[arm];
        }
        last = state;
    }
    verdict->balance = balance_of(verdict->group, r->out->rows);
    verdict->n_distinct = order->n_blocks;
    trace_curve(verdict, order, r->out->rows[1]);
    return TD_OK;
}

/* Steps 2 and 3. The noise floor needs one walk's sums and is the same for every score: it depends
 * on arms and outcomes, not on the order. */
static td_status measure(td_uplift_assessment *out, const td_uplift_plan *plan, const td_exec *exec,
                         td_error *err) {
    uint32_t n_scores = out->orders.n_scores;
    td_uplift_point *point = NULL;
    TD_NEW(point, n_scores, err);
    td_status status = td_uplift_measure_rows(point, plan, &out->request.cuts, exec, err);
    if (status == TD_OK)
        status = td_uplift_noise_measure(out->noise, plan, &point[0].sums, exec, err);
    for (int arm = 0; arm < 2 && status == TD_OK; arm++) {
        out->rows[arm] = point[0].sums.n[arm];
        out->mean[arm] = point[0].sums.y[arm] / point[0].sums.n[arm];
    }
    reader all = {out, point};
    if (status == TD_OK) status = td_par_for(exec, n_scores, 1, read_score, &all, err);
    td_mem_free(point);
    return status;
}

/* n scores make n (n - 1) / 2 pairs; a spread is a sort of the replicates, a fraction of a second
 * for ten scores. */
static void spread_all(td_uplift_assessment *out, const td_uplift_replicates *replicates,
                       double *x) {
    uint32_t n_scores = out->orders.n_scores, pair = 0;
    double level = out->request.level;
    for (uint32_t a = 0; a < n_scores; a++) {
        for (uint32_t m = 0; m < out->n_metrics; m++)
            out->verdict[a].spread[m] = td_uplift_spread_of(x, replicates, m, a, a, level);
        for (uint32_t b = a + 1; b < n_scores; b++, pair++) {
            td_spread *difference = out->difference + (uint64_t)pair * out->n_metrics;
            for (uint32_t m = 0; m < out->n_metrics; m++)
                difference[m] = td_uplift_spread_of(x, replicates, m, a, b, level);
        }
    }
}

static td_status resample(td_uplift_assessment *out, const td_uplift_plan *plan,
                          const td_exec *exec, td_error *err) {
    td_uplift_replicates replicates = {0};
    double *x = NULL;
    TD_NEW(x, out->request.n_replicates, err);
    td_status status = td_uplift_bootstrap_run(&replicates, plan, &out->request.cuts,
                                               out->request.n_replicates, exec, err);
    if (status == TD_OK) spread_all(out, &replicates, x);
    td_uplift_replicates_free(&replicates);
    td_mem_free(x);
    return status;
}

static td_status build(td_uplift_assessment *out, const td_exec *exec, td_error *err) {
    const td_uplift_request *request = &out->request;
    TD_TRY(td_uplift_orders_build(&out->orders, &request->rows, &request->clusters, exec, err));
    uint32_t n_scores = out->orders.n_scores;
    out->n_metrics = td_uplift_n_metrics(&request->cuts);
    out->n_pairs = n_scores * (n_scores - 1) / 2;
    TD_NEW_ZEROED(out->verdict, n_scores, err);
    TD_NEW(out->difference, (uint64_t)out->n_pairs * out->n_metrics, err);
    td_uplift_plan plan = {0};
    TD_TRY(td_uplift_plan_build(&plan, &out->orders, request->seed, err));
    td_status status = measure(out, &plan, exec, err);
    if (status == TD_OK) status = resample(out, &plan, exec, err);
    td_uplift_plan_free(&plan);
    return status;
}

td_status td_uplift_assessment_build(td_uplift_assessment *out, const td_uplift_request *request,
                                     const td_exec *exec, td_error *err) {
    TD_TRY(check_request(request, err));
    *out = (td_uplift_assessment){.request = *request};
    td_status status = build(out, exec, err);
    if (status != TD_OK) td_uplift_assessment_free(out);
    return status;
}

void td_uplift_assessment_free(td_uplift_assessment *assessment) {
    td_uplift_orders_free(&assessment->orders);
    td_mem_free(assessment->verdict);
    td_mem_free(assessment->difference);
    *assessment = (td_uplift_assessment){0};
}

/* ---- reading ---- */

static td_metric metric_of(const td_uplift_assessment *a, double value, uint32_t metric) {
    if (value == value) return td_metric_of(value);
    return td_metric_undefined(td_uplift_metric_reason(&a->orders, metric));
}

td_metric td_uplift_value(const td_uplift_assessment *assessment, uint32_t s, uint32_t metric) {
    return metric_of(assessment, assessment->verdict[s].value[metric], metric);
}

td_metric td_uplift_difference(const td_uplift_assessment *assessment, uint32_t a, uint32_t b,
                               uint32_t metric) {
    double gap = assessment->verdict[a].value[metric] - assessment->verdict[b].value[metric];
    return metric_of(assessment, gap, metric);
}

/* Pairs are numbered (0,1), (0,2), ..., (1,2), ...: those before row a are a n - a (a + 1) / 2. */
const td_spread *td_uplift_difference_spread(const td_uplift_assessment *assessment, uint32_t a,
                                             uint32_t b, uint32_t metric) {
    uint32_t pair = a * assessment->orders.n_scores - a * (a + 1) / 2 + (b - a - 1);
    return &assessment->difference[(uint64_t)pair * assessment->n_metrics + metric];
}
