/* bench/coverage_evaluate.c: how often the 95 % intervals of `evaluate` hold the truth.
 *
 *     build/bench/coverage_evaluate [runs=10000] [drawn=2000] [rows=10000] [replicates=1000]
 *                                   [threads=2] [seed=1]
 *
 * Made-up shops with a base rate of about 0.8 %. Row i of visitor v:
 *
 *     x_i  = sqrt(s) a_v + sqrt(1 - s) e_i        what the score sees; a, b, e standard normal
 *     p_i  = sigmoid(-6.05 + 1.3 x_i + h b_v)     probability of a purchase
 *     score_i = sigmoid(-6.05 + 1.3 x_i)
 *
 * Without clusters every visitor has one row, s = h = 0 and the score is the true probability; with
 * clusters a visitor has 1 to 19 rows, s = 0.5, h = 1. The truth of a metric is the mean of its
 * values over 32 samples of a million rows. A run draws new rows, makes every interval, and counts
 * those that hold the truth; intervals by formula in all runs, bootstraps in the first `drawn` of
 * them. Standard error of a coverage: 0.2 points in 10,000 runs, 0.5 in 2,000. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/support/tools.h"
#include "core/base/mem.h"
#include "core/base/numeric.h"
#include "core/base/rng.h"
#include "stats/bootstrap.h"
#include "stats/delong.h"
#include "stats/ks_interval.h"

enum { N_METRICS = TD_BOOT_AT_K + 2 * 3, N_WAYS = 6, TRUTH_ROWS = 1000000, TRUTH_SAMPLES = 32 };

static const td_cut cuts[2] = {{0, 0.01}, {0, 0.1}};

static const char *const metric_name[N_METRICS] = {
    "ROC AUC",         "average precision", "KS",          "log-loss",
    "Brier score",     "precision, 1 %",    "recall, 1 %", "lift, 1 %",
    "precision, 10 %", "recall, 10 %",      "lift, 10 %"};

/* Ways to make an interval. */
enum { DELONG, DELONG_LOGIT, FOLDS, ROWS, CLASSES, CLUSTERS };

typedef struct options {
    uint64_t runs, drawn, rows, replicates, seed;
    int n_threads;
} options;

typedef struct rows {
    uint64_t n;
    double *score, *label;
    uint32_t *cluster;
    uint32_t n_clusters;
    td_ranking ranking;
} rows;

static td_status rows_init(rows *r, uint64_t n, td_error *err) {
    *r = (rows){.n = n};
    TD_NEW(r->score, n, err);
    TD_NEW(r->label, n, err);
    TD_NEW(r->cluster, n, err);
    return TD_OK;
}

static void rows_free(rows *r) {
    td_mem_free(r->score);
    td_mem_free(r->label);
    td_mem_free(r->cluster);
    td_ranking_free(&r->ranking);
}

static td_status draw_rows(rows *r, int has_clusters, uint64_t seed, uint64_t run, td_error *err) {
    td_rng rng = td_rng_stream(seed, has_clusters ? "clusters" : "rows", run, 0);
    double share = has_clusters ? 0.5 : 0.0, hidden = has_clusters ? 1.0 : 0.0;
    r->n_clusters = 0;
    for (uint64_t i = 0; i < r->n;) {
        double a = td_rng_normal(&rng), b = td_rng_normal(&rng);
        uint64_t end = i + 1 + (has_clusters ? td_rng_below(&rng, 19) : 0);
        for (; i < end && i < r->n; i++) {
            double x = __builtin_sqrt(share) * a + __builtin_sqrt(1 - share) * td_rng_normal(&rng);
            r->score[i] = td_sigmoid(-6.05 + 1.3 * x);
            r->label[i] = td_rng_uniform(&rng) < td_sigmoid(-6.05 + 1.3 * x + hidden * b);
            r->cluster[i] = r->n_clusters;
        }
        r->n_clusters++;
    }
    td_ranking_free(&r->ranking);
    return td_ranking_build(&r->ranking, r->score, r->label, r->n, NULL, err);
}

static td_status measure(double value[N_METRICS], const rows *r, td_error *err) {
    td_scored_rows scored = {
        .n = r->n, .score = r->score, .label = r->label, .cut = cuts, .n_cuts = 2};
    td_evaluation e = {0};
    TD_TRY(td_evaluation_measure(&e, &r->ranking, &scored, NULL, err));
    value[TD_BOOT_AUC] = e.roc_auc.value;
    value[TD_BOOT_AP] = e.average_precision.value;
    value[TD_BOOT_KS] = e.ks.value.value;
    value[TD_BOOT_LOG_LOSS] = e.probability.log_loss.value;
    value[TD_BOOT_BRIER] = e.probability.brier.value;
    for (int c = 0; c < 2; c++) {
        value[TD_BOOT_AT_K + 3 * c + TD_BOOT_PRECISION] = e.at[c].precision.value;
        value[TD_BOOT_AT_K + 3 * c + TD_BOOT_RECALL] = e.at[c].recall.value;
        value[TD_BOOT_AT_K + 3 * c + TD_BOOT_LIFT] = e.at[c].lift.value;
    }
    td_evaluation_free(&e);
    return TD_OK;
}

/* ---- the truth ---- */

typedef struct truth_job {
    const options *o;
    int has_clusters;
    double value[TRUTH_SAMPLES][N_METRICS];
} truth_job;

static td_status truth_sample(void *ctx, td_chunk chunk, td_error *err) {
    truth_job *job = ctx;
    rows r = {0};
    td_status status = rows_init(&r, TRUTH_ROWS, err);
    if (status == TD_OK)
        status = draw_rows(&r, job->has_clusters, job->o->seed + 1000003, chunk.index, err);
    if (status == TD_OK) status = measure(job->value[chunk.index], &r, err);
    rows_free(&r);
    return status;
}

static void find_truth(double truth[N_METRICS], const options *o, int has_clusters) {
    td_exec exec = {.n_threads = o->n_threads};
    td_error err = {0};
    truth_job job = {.o = o, .has_clusters = has_clusters};
    bench_must(td_par_for(&exec, TRUTH_SAMPLES, 1, truth_sample, &job, &err), &err);
    for (int m = 0; m < N_METRICS; m++) {
        truth[m] = 0;
        for (int s = 0; s < TRUTH_SAMPLES; s++) truth[m] += job.value[s][m] / TRUTH_SAMPLES;
    }
}

/* ---- runs ---- */

typedef struct outcome {
    unsigned char is_made[N_WAYS][N_METRICS], holds[N_WAYS][N_METRICS];
} outcome;

typedef struct run_job {
    const options *o;
    int has_clusters;
    const double *truth;
    outcome *out; /* [runs] */
} run_job;

static void note(outcome *out, int way, int metric, td_interval interval, double truth) {
    if (!td_interval_is_defined(interval)) return;
    out->is_made[way][metric] = 1;
    out->holds[way][metric] = interval.low <= truth && truth <= interval.high;
}

static td_status judge_run(outcome *out, const run_job *job, const rows *r, uint64_t run,
                           td_error *err) {
    td_delong delong = td_delong_measure(&r->ranking);
    note(out, DELONG, 0, td_delong_interval(delong, 0.95, TD_AUC_PLAIN), job->truth[0]);
    note(out, DELONG_LOGIT, 0, td_delong_interval(delong, 0.95, TD_AUC_LOGIT), job->truth[0]);
    td_ks_rows ks_rows = {&r->ranking, r->label, NULL, 0};
    td_ks_result ks;
    TD_TRY(td_ks_interval_of(&ks, &ks_rows, 0.95, job->o->seed + run, err));
    note(out, FOLDS, TD_BOOT_KS, ks.interval, job->truth[TD_BOOT_KS]);
    if (job->has_clusters) {
        ks_rows.cluster = r->cluster;
        ks_rows.n_clusters = r->n_clusters;
        TD_TRY(td_ks_interval_of(&ks, &ks_rows, 0.95, job->o->seed + run, err));
        note(out, CLUSTERS, TD_BOOT_KS, ks.interval, job->truth[TD_BOOT_KS]);
    }
    if (run >= job->o->drawn) return TD_OK;
    td_bootstrap_rows input = {r->n, r->label, 1, {r->score, NULL}, {&r->ranking, NULL}, cuts, 2};
    for (int way = ROWS; way <= (job->has_clusters ? CLUSTERS : CLASSES); way++) {
        td_bootstrap_params params = {.n_replicates = (uint32_t)job->o->replicates,
                                      .seed = job->o->seed + run,
                                      .level = 0.95,
                                      .resample = (td_resample)(way - ROWS),
                                      .cluster = r->cluster,
                                      .n_clusters = r->n_clusters};
        td_bootstrap boot;
        TD_TRY(td_bootstrap_run(&boot, &input, &params, NULL, err));
        for (int m = 0; m < N_METRICS; m++)
            note(out, way, m, boot.of[0][m].interval, job->truth[m]);
    }
    return TD_OK;
}

static td_status one_run(void *ctx, td_chunk chunk, td_error *err) {
    run_job *job = ctx;
    rows r = {0};
    td_status status = rows_init(&r, job->o->rows, err);
    if (status == TD_OK) status = draw_rows(&r, job->has_clusters, job->o->seed, chunk.index, err);
    if (status == TD_OK) status = judge_run(&job->out[chunk.index], job, &r, chunk.index, err);
    rows_free(&r);
    return status;
}

static void print_table(const run_job *job) {
    static const char *const ways[] = {"DeLong",     "DeLong, logit", "folds",
                                       "drawn rows", "drawn classes", "clusters"};
    printf("| metric | truth |");
    for (int way = 0; way < N_WAYS; way++) printf(" %s |", ways[way]);
    printf("\n|---|---|---|---|---|---|---|---|\n");
    for (int m = 0; m < N_METRICS; m++) {
        printf("| %s | %.5f |", metric_name[m], job->truth[m]);
        for (int way = 0; way < N_WAYS; way++) {
            uint64_t made = 0, holds = 0;
            for (uint64_t r = 0; r < job->o->runs; r++) {
                made += job->out[r].is_made[way][m];
                holds += job->out[r].holds[way][m];
            }
            if (made == 0) printf(" |");
            if (made > 0) printf(" %.1f |", 100.0 * (double)holds / (double)made);
        }
        printf("\n");
    }
    fflush(stdout);
}

int main(int argc, char **argv) {
    options o = {
        bench_count(argc, argv, "runs", 10000), bench_count(argc, argv, "drawn", 2000),
        bench_count(argc, argv, "rows", 10000), bench_count(argc, argv, "replicates", 1000),
        bench_count(argc, argv, "seed", 1),     (int)bench_count(argc, argv, "threads", 2)};
    td_error err = {0};
    td_exec exec = {.n_threads = o.n_threads};
    for (int has_clusters = 0; has_clusters < 2; has_clusters++) {
        double truth[N_METRICS];
        find_truth(truth, &o, has_clusters);
        run_job job = {.o = &o, .has_clusters = has_clusters, .truth = truth};
        job.out = td_mem_zeroed(o.runs, sizeof *job.out, &err);
        bench_must(job.out == NULL ? TD_ERR_NOMEM : TD_OK, &err);
        bench_must(td_par_for(&exec, o.runs, 1, one_run, &job, &err), &err);
        printf("%s**%s**, %llu rows, %llu runs, %llu of them with %llu replicates\n\n",
               has_clusters ? "\n" : "",
               has_clusters ? "Visitors of 1 to 19 rows" : "Independent rows",
               (unsigned long long)o.rows, (unsigned long long)o.runs, (unsigned long long)o.drawn,
               (unsigned long long)o.replicates);
        print_table(&job);
        td_mem_free(job.out);
    }
    return 0;
}
