/* stats/bootstrap.c: replicates in parallel, then standard errors, intervals and p-values.
 *
 *   1. Lay out units and items once (bootstrap_plan.c).
 *   2. Batches of eight replicates are the chunks of a parallel loop (bootstrap_walk.c). Every
 *      replicate has a random stream and a row of values of its own: no order of work can show.
 *   3. Per metric, standard error, percentile interval and, of a difference, p-value (spread.c).
 * Cost: see bootstrap_walk.c; the sorts are nothing beside it.
 * A KS is a largest distance, an ECE has the best of signs: draws of such numbers are biased, and
 * they get no interval here but in ks_interval.c and fold_interval.c, and their differences none at
 * all: two biases need not cancel. docs/evaluation.md measures how often the intervals hold.
 *
 * References: Efron (1979), doi:10.1214/aos/1176344552; Davison and Hinkley, "Bootstrap methods
 * and their application" (1997), doi:10.1017/CBO9780511802843. */
#include "stats/bootstrap.h"

#include <math.h>

#include "core/base/mem.h"
#include "core/base/numeric.h"
#include "stats/bootstrap_walk.h"

static const char *const NOT_MADE = "no bootstrap was made";
static const char *const BIASED = "draws of a best choice are biased";

uint32_t td_default_replicates(uint64_t n) {
    if (n <= 200000) return 1000;
    return n <= 5000000 ? 200 : 0;
}

int td_is_by_folds(uint32_t place) {
    return place == TD_BOOT_KS || place == TD_BOOT_ECE || place == TD_BOOT_ECE_MASS ||
           place == TD_BOOT_WORST_GAP || place == TD_BOOT_CORP_MISCALIBRATION ||
           place == TD_BOOT_CORP_DISCRIMINATION || place == TD_BOOT_CUT_COST;
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

/* Units that hold a positive, or a negative, whichever are fewer. */
static double rare_units(const td_boot_plan *plan) {
    uint64_t with[2] = {plan->n - plan->n_positives, plan->n_positives};
    if (plan->unit_rows != NULL) {
        with[0] = with[1] = 0;
        for (uint32_t u = 0; u < plan->draw.n_units; u++) {
            with[1] += plan->unit_positives[u] > 0;
            with[0] += plan->unit_positives[u] < plan->unit_rows[u];
        }
    }
    return (double)(with[0] < with[1] ? with[0] : with[1]);
}

/* Every metric of every score, and of every difference of two. */
static void summarise(td_bootstrap *out, double *x, const job *j,
                      const td_bootstrap_params *params) {
    uint64_t stride = values_per_replicate(j->plan), n_metrics = j->plan->n_metrics;
    double n_rare = rare_units(j->plan);
    td_spread_rule paired = {
        .level = params->level, .n_rare = n_rare, .has_null = 1, .may_stand = 1};
    for (uint32_t m = 0; m < n_metrics; m++) {
        for (uint32_t s = 0; s < out->n_scores; s++) {
            const double *value = j->value + s * n_metrics + m;
            for (uint64_t r = 0; r < params->n_replicates; r++) x[r] = value[r * stride];
            td_spread_rule rule = {.level = params->level, .n_rare = n_rare};
            out->of[s][m] = td_spread_of(x, params->n_replicates, &rule);
            if (td_is_by_folds(m)) out->of[s][m].interval = td_interval_undefined(BIASED);
        }
        if (td_is_by_folds(m)) continue;
        for (uint32_t b = 1; b < out->n_scores; b++) {
            for (uint32_t a = 0; a < b; a++) {
                const double *first = j->value + a * n_metrics + m;
                const double *second = j->value + b * n_metrics + m;
                for (uint64_t r = 0; r < params->n_replicates; r++)
                    x[r] = first[r * stride] - second[r * stride];
                out->difference[td_pair_at(a, b)][m] =
                    td_spread_of(x, params->n_replicates, &paired);
            }
        }
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
    TD_CHECK(rows->n_scores >= 1 && rows->n_scores <= TD_MAX_SCORES, err, TD_ERR_ARG,
             "%u scores to resample", rows->n_scores);
    TD_CHECK(rows->n_cuts <= TD_MAX_CUTS, err, TD_ERR_ARG, "%u cuts, at most %d are possible",
             rows->n_cuts, TD_MAX_CUTS);
    TD_CHECK(rows->cost_fp >= 0.0 && rows->cost_fn >= 0.0, err, TD_ERR_ARG,
             "costs %g and %g, must not be negative", rows->cost_fp, rows->cost_fn);
    return TD_OK;
}

static td_status run_plan(td_bootstrap *out, const td_boot_plan *plan,
                          const td_bootstrap_params *params, const td_exec *exec, td_error *err) {
    uint64_t n_batches = td_par_n_chunks(params->n_replicates, TD_BOOT_LANES);
    uint64_t batch = TD_BOOT_LANES * values_per_replicate(plan);
    double *x = NULL;
    TD_NEW(x, params->n_replicates, err);
    job j = {.plan = plan};
    j.value = td_mem_array(n_batches * batch, sizeof *j.value, err);
    td_status status = j.value == NULL ? TD_ERR_NOMEM : TD_OK;
    if (status == TD_OK) status = run_with_scratch(&j, n_batches, exec, err);
    if (status == TD_OK) {
        out->n_replicates = params->n_replicates;
        out->n_metrics = plan->n_metrics;
        summarise(out, x, &j, params);
    }
    td_mem_free(j.value);
    td_mem_free(x);
    return status;
}

void td_bootstrap_clear(td_bootstrap *out, uint32_t n_scores) {
    *out = (td_bootstrap){.n_scores = n_scores};
    for (uint32_t m = 0; m < TD_BOOT_MAX_METRICS; m++) {
        for (uint32_t s = 0; s < TD_MAX_SCORES; s++) out->of[s][m] = td_spread_undefined(NOT_MADE);
        for (uint32_t p = 0; p < TD_MAX_PAIRS; p++)
            out->difference[p][m] = td_spread_undefined(td_is_by_folds(m) ? BIASED : NOT_MADE);
    }
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
