/* stats/uplift_bootstrap.c: replicates of all metrics of all scores.
 *
 *   1. Batches of eight replicates are the chunks of a parallel loop: draw the weights of the units
 *      once (resample.c), then walk every score with them. A replicate has a random stream and
 *      rows of values of its own, so no order of work can show.
 *   2. The rows as they are make one walk with weight 1.
 *   3. Spreads: percentiles of a metric, or of the difference of two scores in the same replicate.
 * The p-value of causalml's two AUUCs is that of their excess over a random score's, because their
 * own random value is not 0.
 * Treated share and normalisers are taken anew from each replicate, as another sample would have
 * its own; a propensity that was given stays.
 * Cost: see uplift_walk.c.
 *
 * References: Efron (1979), doi:10.1214/aos/1176344552; clusters: Field and Welsh (2007),
 * doi:10.1111/j.1467-9868.2007.00593.x. */
#include "stats/uplift_bootstrap.h"

#include "core/base/mem.h"

enum { LANES = TD_BOOT_LANES };

typedef struct job {
    const td_uplift_plan *plan;
    const td_uplift_cuts *cuts;
    td_uplift_scratch *scratch; /* [workers] */
    double *value;              /* [n_batches * LANES][n_scores][n_metrics] */
    td_uplift_point *point;     /* [n_scores] of the rows as they are */
    uint64_t first;             /* batch of this round's first chunk */
} job;

/* All lanes of one score with the weights in place; replicate r's values stand `stride` apart. */
static void measure_score(double *value, uint64_t stride, const job *j, td_uplift_scratch *scratch,
                          uint32_t s) {
    td_uplift_sums sums[LANES];
    td_uplift_walk(sums, j->plan, scratch, s);
    for (int l = 0; l < LANES; l++) {
        td_uplift_view view = {&j->plan->orders->order[s], scratch, l};
        td_uplift_measure(value + (uint64_t)l * stride, j->plan, j->cuts, &sums[l], view);
    }
}

static td_status run_batch(void *ctx, td_chunk chunk, td_error *err) {
    (void)err;
    const job *j = ctx;
    td_uplift_scratch *scratch = &j->scratch[chunk.worker];
    uint32_t n_scores = j->plan->orders->n_scores, n_metrics = td_uplift_n_metrics(j->cuts);
    uint64_t replicate = (j->first + chunk.index) * LANES, stride = (uint64_t)n_scores * n_metrics;
    td_resample_draw(scratch->weight, scratch->drawn, &j->plan->draw, replicate);
    for (uint32_t s = 0; s < n_scores; s++)
        measure_score(j->value + replicate * stride + (uint64_t)s * n_metrics, stride, j, scratch,
                      s);
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

/* Every score by a walk of its own worker; only lane 0 is kept. */
static td_status run_score(void *ctx, td_chunk chunk, td_error *err) {
    (void)err;
    job *j = ctx;
    td_uplift_scratch *scratch = &j->scratch[chunk.worker];
    uint32_t s = (uint32_t)chunk.index;
    td_uplift_sums sums[LANES];
    td_uplift_walk(sums, j->plan, scratch, s);
    td_uplift_view view = {&j->plan->orders->order[s], scratch, 0};
    td_uplift_point *point = &j->point[s];
    point->sums = sums[0];
    td_uplift_measure(point->value, j->plan, j->cuts, &sums[0], view);
    for (uint32_t g = 0; g < TD_UPLIFT_DECILES; g++) {
        double end = td_uplift_border(j->plan->orders->n, TD_UPLIFT_DECILES, g + 1);
        point->tenth[g] = td_uplift_state_at(view, TD_DEPTH_ROWS, end);
    }
    return TD_OK;
}

/* Scratch for every worker, then the batches, or the scores where n_batches is 0. */
static td_status run_with_scratch(job *j, uint64_t n_batches, const td_exec *exec, td_error *err) {
    uint64_t n_workers = (uint64_t)td_exec_threads(exec), n_scores = j->plan->orders->n_scores;
    uint64_t n_jobs = n_batches > 0 ? n_batches : n_scores;
    if (n_workers > n_jobs) n_workers = n_jobs;
    td_exec fewer = exec != NULL ? *exec : (td_exec){0};
    fewer.n_threads = (int)n_workers;
    TD_NEW_ZEROED(j->scratch, n_workers, err);
    td_status status = TD_OK;
    for (uint64_t w = 0; w < n_workers && status == TD_OK; w++)
        status = td_uplift_scratch_build(&j->scratch[w], j->plan, n_batches == 0, err);
    if (status == TD_OK)
        status = n_batches > 0 ? run_rounds(j, n_batches, &fewer, err)
                               : td_par_for(&fewer, n_scores, 1, run_score, j, err);
    for (uint64_t w = 0; w < n_workers; w++) td_uplift_scratch_free(&j->scratch[w]);
    td_mem_free(j->scratch);
    return status;
}

/* ---- public ---- */

td_status td_uplift_bootstrap_run(td_uplift_replicates *out, const td_uplift_plan *plan,
                                  const td_uplift_cuts *cuts, uint32_t n, const td_exec *exec,
                                  td_error *err) {
    uint64_t n_batches = td_par_n_chunks(n, LANES);
    *out = (td_uplift_replicates){
        .n = n, .n_scores = plan->orders->n_scores, .n_metrics = td_uplift_n_metrics(cuts)};
    TD_NEW(out->value, n_batches * LANES * out->n_scores * out->n_metrics, err);
    job j = {.plan = plan, .cuts = cuts, .value = out->value};
    td_status status = n_batches > 0 ? run_with_scratch(&j, n_batches, exec, err) : TD_OK;
    if (status != TD_OK) td_uplift_replicates_free(out);
    return status;
}

void td_uplift_replicates_free(td_uplift_replicates *replicates) {
    td_mem_free(replicates->value);
    *replicates = (td_uplift_replicates){0};
}

td_status td_uplift_measure_rows(td_uplift_point *point, const td_uplift_plan *plan,
                                 const td_uplift_cuts *cuts, const td_exec *exec, td_error *err) {
    job j = {.plan = plan, .cuts = cuts, .point = point};
    return run_with_scratch(&j, 0, exec, err);
}

/* The metric whose value 0 means "random" or "no effect" in the place of this one. */
static uint32_t null_metric(uint32_t metric) {
    return metric == TD_AUUC_CAUSALML || metric == TD_AUUC_CAUSALML_RAW ? TD_AUUC_EXCESS : metric;
}

static void take_column(double *x, const td_uplift_replicates *r, uint32_t metric, uint32_t a,
                        uint32_t b) {
    uint64_t stride = (uint64_t)r->n_scores * r->n_metrics;
    const double *first = r->value + (uint64_t)a * r->n_metrics + metric;
    const double *second = r->value + (uint64_t)b * r->n_metrics + metric;
    for (uint64_t i = 0; i < r->n; i++)
        x[i] = a == b ? first[i * stride] : first[i * stride] - second[i * stride];
}

td_spread td_uplift_spread_of(double *x, const td_uplift_replicates *replicates, uint32_t metric,
                              uint32_t a, uint32_t b, double level) {
    if (replicates->n == 0) return td_spread_undefined("no bootstrap was made");
    td_spread_rule rule = {.level = level, .has_null = 1, .may_stand = a != b};
    take_column(x, replicates, metric, a, b);
    td_spread out = td_spread_of(x, replicates->n, &rule);
    if (a != b || null_metric(metric) == metric) return out;
    take_column(x, replicates, null_metric(metric), a, b);
    out.p_value = td_spread_of(x, replicates->n, &rule).p_value;
    return out;
}
