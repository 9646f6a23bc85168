/* stats/bootstrap.c: replicates in parallel, then standard errors, intervals and p-values.
 *
 *   1. Lay out units and items once (bootstrap_plan.c).
 *   2. Batches of eight replicates are the chunks of a parallel loop (bootstrap_walk.c). Every
 *      replicate has a random stream and a row of values of its own: no order of work can show.
 *   3. Per metric, sort the m values and read off
 *        se       = sqrt(sum (x - mean)^2 / (m - 1))
 *        interval = percentiles a = (1 - level)/2 and 1 - a; the q-th is interpolated at (m - 1) q
 *        p-value  = min(1, 2 (1 + min(#{d <= 0}, #{d >= 0})) / (m + 1)) of a difference d: how often
 *                   the draws fall on the other side; it can never be 0
 * Cost: see bootstrap_walk.c; the sorts are nothing beside it.
 * Percentile intervals inherit the bias of a metric: a resample holds rows twice, which makes the
 * largest distance of a KS larger. docs/evaluation.md measures how often the intervals hold.
 *
 * References: Efron (1979), doi:10.1214/aos/1176344552; Davison and Hinkley, "Bootstrap methods and
 * their application" (1997), doi:10.1017/CBO9780511802843, section 4.4 for the p-value. */
#include "stats/bootstrap.h"

#include <math.h>

#include "core/base/mem.h"
#include "core/base/numeric.h"
#include "stats/bootstrap_plan.h"

static const char *const TOO_FEW = "no value in too many replicates";
static const char *const NOT_MADE = "no bootstrap was made";

static const char *const NO_SPREAD = "every draw gave the same value";

#define NEEDED_SHARE 0.95 /* of the replicates must have a value */

uint32_t td_default_replicates(uint64_t n) {
    if (n <= 200000) return 1000;
    return n <= 5000000 ? 200 : 0;
}

/* ---- replicates ---- */

typedef struct job {
    const td_boot_plan *plan;
    td_boot_scratch *scratch; /* [workers] */
    double *value;            /* [n_batches * LANES][n_scores][n_metrics] */
    uint64_t first;           /* batch of this round's first chunk */
} job;

static uint64_t values_per_replicate(const td_boot_plan *plan) {
    return (uint64_t)plan->n_scores * plan->n_metrics;
}

static td_status run_batch(void *ctx, td_chunk chunk, td_error *err) {
    (void)err;
    const job *j = ctx;
    uint64_t replicate = (j->first + chunk.index) * TD_BOOT_LANES;
    td_boot_batch(j->value + replicate * values_per_replicate(j->plan), j->plan,
                  &j->scratch[chunk.worker], replicate);
    return TD_OK;
}

/* In rounds, so that progress moves and an interrupt is heard; where a round ends shows nowhere. */
static td_status run_rounds(job *j, uint64_t n_batches, const td_exec *exec, td_error *err) {
    uint64_t round = 4 * (uint64_t)td_exec_threads(exec);
    for (j->first = 0; j->first < n_batches; j->first += round) {
        uint64_t n = n_batches - j->first < round ? n_batches - j->first : round;
        TD_TRY(td_exec_progress(exec, "bootstrap", j->first, n_batches, err));
        TD_TRY(td_par_for(exec, n, 1, run_batch, j, err));
    }
    return td_exec_progress(exec, "bootstrap", n_batches, n_batches, err);
}

static td_status run_with_scratch(job *j, uint64_t n_batches, const td_exec *exec, td_error *err) {
    uint64_t n_workers = (uint64_t)td_exec_threads(exec);
    TD_NEW_ZEROED(j->scratch, n_workers, err);
    td_status status = TD_OK;
    for (uint64_t w = 0; w < n_workers && status == TD_OK; w++)
        status = td_boot_scratch_build(&j->scratch[w], j->plan, err);
    if (status == TD_OK) status = run_rounds(j, n_batches, exec, err);
    for (uint64_t w = 0; w < n_workers; w++) td_boot_scratch_free(&j->scratch[w]);
    td_mem_free(j->scratch);
    return status;
}

/* ---- from values to intervals ---- */

static void sift_down(double *x, uint64_t root, uint64_t n) {
    for (uint64_t child = 2 * root + 1; child < n; child = 2 * root + 1) {
        if (child + 1 < n && x[child + 1] > x[child]) child++;
        if (x[root] >= x[child]) return;
        double swap = x[root];
        x[root] = x[child];
        x[child] = swap;
        root = child;
    }
}

/* Heapsort: a few thousand values, no memory. */
static void sort_values(double *x, uint64_t n) {
    for (uint64_t i = n / 2; i > 0; i--) sift_down(x, i - 1, n);
    for (uint64_t end = n; end > 1; end--) {
        double swap = x[0];
        x[0] = x[end - 1];
        x[end - 1] = swap;
        sift_down(x, 0, end - 1);
    }
}

/* q-th quantile of ascending x[n], interpolated: type 7 of Hyndman and Fan (1996). */
static double quantile_of(const double *x, uint64_t n, double q) {
    double at = (double)(n - 1) * q, whole = floor(at);
    uint64_t i = (uint64_t)whole;
    if (i + 1 >= n) return x[n - 1];
    return x[i] + (at - whole) * (x[i + 1] - x[i]);
}

static double deviation_of(const double *x, uint64_t n) {
    td_sum sum = {0}, squares = {0};
    for (uint64_t i = 0; i < n; i++) td_sum_add(&sum, x[i]);
    double mean = td_sum_value(&sum) / (double)n;
    for (uint64_t i = 0; i < n; i++) td_sum_add(&squares, (x[i] - mean) * (x[i] - mean));
    return sqrt(td_sum_value(&squares) / (double)(n - 1));
}

static double p_value_of(const double *x, uint64_t n) {
    uint64_t below = 0, above = 0;
    for (uint64_t i = 0; i < n; i++) {
        below += x[i] <= 0.0;
        above += x[i] >= 0.0;
    }
    uint64_t fewer = below < above ? below : above;
    return fmin(1.0, 2.0 * (double)(1 + fewer) / (double)(n + 1));
}

static td_spread spread_undefined(const char *reason) {
    return (td_spread){.se = td_metric_undefined(reason),
                       .interval = td_interval_undefined(reason),
                       .p_value = td_metric_undefined(reason)};
}

/* x[n_replicates] with NaN where the metric had no value; overwritten. */
static td_spread spread_of(double *x, const td_bootstrap_params *params, int is_difference) {
    uint64_t n = 0;
    for (uint64_t r = 0; r < params->n_replicates; r++) {
        if (x[r] == x[r]) x[n++] = x[r];
    }
    if ((double)n < NEEDED_SHARE * params->n_replicates) return spread_undefined(TOO_FEW);
    td_spread out = spread_undefined("not a difference");
    out.se = td_metric_of(deviation_of(x, n));
    if (is_difference) out.p_value = td_metric_of(p_value_of(x, n));
    sort_values(x, n);
    if (!is_difference && x[0] == x[n - 1]) {
        out.interval = td_interval_undefined(NO_SPREAD);
        return out;
    }
    double tail = 0.5 * (1.0 - params->level);
    out.interval = td_interval_of(quantile_of(x, n, tail), quantile_of(x, n, 1.0 - tail));
    return out;
}

/* Column `metric` of score a, or of a - b. */
static void summarise(td_bootstrap *out, double *column, const job *j,
                      const td_bootstrap_params *params) {
    uint64_t stride = values_per_replicate(j->plan), n_metrics = j->plan->n_metrics;
    for (uint32_t m = 0; m < n_metrics; m++) {
        for (uint32_t s = 0; s < out->n_scores; s++) {
            for (uint64_t r = 0; r < params->n_replicates; r++)
                column[r] = j->value[r * stride + s * n_metrics + m];
            out->of[s][m] = spread_of(column, params, 0);
        }
        if (out->n_scores < 2) continue;
        for (uint64_t r = 0; r < params->n_replicates; r++)
            column[r] = j->value[r * stride + m] - j->value[r * stride + n_metrics + m];
        out->difference[m] = spread_of(column, params, 1);
    }
}

/* ---- public ---- */

static td_status check(const td_bootstrap_rows *rows, const td_bootstrap_params *params,
                       td_error *err) {
    TD_CHECK(params->n_replicates >= TD_MIN_REPLICATES, err, TD_ERR_ARG,
             "%u bootstrap replicates, at least %d are needed", params->n_replicates,
             TD_MIN_REPLICATES);
    TD_CHECK(params->level > 0.0 && params->level < 1.0, err, TD_ERR_ARG,
             "a confidence level of %g lies outside (0, 1)", params->level);
    TD_CHECK(rows->n_scores == 1 || rows->n_scores == 2, err, TD_ERR_ARG, "%u scores to resample",
             rows->n_scores);
    TD_CHECK(rows->n_cuts <= TD_MAX_CUTS, err, TD_ERR_ARG, "%u cuts, at most %d are possible",
             rows->n_cuts, TD_MAX_CUTS);
    return TD_OK;
}

static td_status run_plan(td_bootstrap *out, const td_boot_plan *plan,
                          const td_bootstrap_params *params, const td_exec *exec, td_error *err) {
    uint64_t n_batches = td_par_n_chunks(params->n_replicates, TD_BOOT_LANES);
    job j = {.plan = plan};
    double *column = NULL;
    TD_NEW(column, params->n_replicates, err);
    j.value =
        td_mem_array(n_batches * TD_BOOT_LANES * values_per_replicate(plan), sizeof *j.value, err);
    td_status status = j.value == NULL ? TD_ERR_NOMEM : run_with_scratch(&j, n_batches, exec, err);
    if (status == TD_OK) {
        out->n_replicates = params->n_replicates;
        out->n_metrics = plan->n_metrics;
        summarise(out, column, &j, params);
    }
    td_mem_free(j.value);
    td_mem_free(column);
    return status;
}

void td_bootstrap_clear(td_bootstrap *out, uint32_t n_scores) {
    *out = (td_bootstrap){.n_scores = n_scores};
    for (int m = 0; m < TD_BOOT_MAX_METRICS; m++)
        out->of[0][m] = out->of[1][m] = out->difference[m] = spread_undefined(NOT_MADE);
}

td_status td_bootstrap_run(td_bootstrap *out, const td_bootstrap_rows *rows,
                           const td_bootstrap_params *params, const td_exec *exec, td_error *err) {
    TD_TRY(check(rows, params, err));
    td_bootstrap_clear(out, rows->n_scores);
    if (rows->n == 0) return TD_OK;
    td_boot_plan plan = {0};
    TD_TRY(td_boot_plan_build(&plan, rows, params, err));
    td_status status = run_plan(out, &plan, params, exec, err);
    td_boot_plan_free(&plan);
    return status;
}
