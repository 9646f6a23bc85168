/* bench/coverage_uplift.c: how often the intervals of uplift metrics and of a rule's value hold.
 *
 *     build/bench/coverage_uplift [runs=2000] [rows=10000] [replicates=200] [threads=2] [seed=1]
 *
 * Made-up experiments with a known law: x uniform, half of the units treated, outcome with chance
 * 0.08 + 0.04 x + 0.08 w x (overall uplift 4 points), score = x + noise. Truths are means over 32
 * samples of a million rows. First independent rows; then visitors of 1 to 19 rows that share x,
 * the arm and a propensity to buy, resampled by row (wrong there) and by visitor. Also: the share
 * of random scores beyond the 95 % band. Prints the tables of docs/uplift.md. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/support/tools.h"
#include "core/base/mem.h"
#include "core/base/rng.h"
#include "stats/offpolicy.h"
#include "stats/uplift_assessment.h"

enum {
    TRUTH_ROWS = 1000000,
    TRUTH_SAMPLES = 32,
    N_METRICS = 15,
    N_VALUES = 2 * TD_N_POLICY_VALUES
};
enum { N_TRUTHS = N_METRICS + N_VALUES, N_BANDS = 5 };

/* Metrics that do not depend on the number of rows; the last places are cuts at 10 and 30 %. */
static const struct {
    const char *name;
    uint32_t metric;
} measured[N_METRICS] = {{"Qini, sklift", TD_QINI_SKLIFT},
                         {"Qini, causalml", TD_QINI_CAUSALML},
                         {"Qini, pylift q1", TD_QINI_PYLIFT_Q1},
                         {"Qini, pylift aqini q1", TD_AQINI_PYLIFT_Q1},
                         {"AUTOC, grf", TD_QINI_GRF_AUTOC},
                         {"QINI, grf", TD_QINI_GRF},
                         {"Qini area per row", TD_QINI_AREA},
                         {"AUUC, sklift", TD_AUUC_SKLIFT},
                         {"AUUC, causalml", TD_AUUC_CAUSALML},
                         {"weighted average uplift", TD_WEIGHTED_UPLIFT},
                         {"overall uplift", TD_OVERALL_UPLIFT},
                         {"uplift at 10 %", TD_UPLIFT_AT},
                         {"uplift at 10 %, by group", TD_UPLIFT_AT + 1},
                         {"uplift at 30 %", TD_UPLIFT_AT + 2},
                         {"uplift at 30 %, by group", TD_UPLIFT_AT + 3}};

static const char *const value_name[N_VALUES] = {"rule's value, IPW",
                                                 "rule's value, self-normalised",
                                                 "rule's value, doubly robust",
                                                 "rule minus nobody, IPW",
                                                 "rule minus nobody, self-normalised",
                                                 "rule minus nobody, doubly robust"};

static const uint32_t band_of[N_BANDS] = {TD_QINI_SKLIFT, TD_QINI_PYLIFT_Q1, TD_QINI_GRF_AUTOC,
                                          TD_QINI_GRF, TD_AUUC_CAUSALML};

typedef struct options {
    uint64_t runs, rows, replicates, seed;
    int n_threads;
} options;

/* ---- experiments ---- */

typedef struct rows {
    uint64_t n;
    double *y, *w, *score, *random, *mean;
    uint32_t *arm, *action, *nobody, *group, *cluster;
    uint32_t n_clusters;
} rows;

static td_status rows_init(rows *r, uint64_t n, td_error *err) {
    *r = (rows){.n = n};
    TD_NEW(r->y, n, err);
    TD_NEW(r->w, n, err);
    TD_NEW(r->score, n, err);
    TD_NEW(r->random, n, err);
    TD_NEW(r->mean, 2 * n, err);
    TD_NEW(r->arm, n, err);
    TD_NEW(r->action, n, err);
    TD_NEW_ZEROED(r->nobody, n, err);
    TD_NEW(r->group, n, err);
    TD_NEW(r->cluster, n, err);
    return TD_OK;
}

static void rows_free(rows *r) {
    void *all[] = {r->y,   r->w,      r->score,  r->random, r->mean,
                   r->arm, r->action, r->nobody, r->group,  r->cluster};
    for (unsigned i = 0; i < sizeof all / sizeof *all; i++) td_mem_free(all[i]);
}

/* The rule treats scores above 1; expected outcomes come from ten equal parts of the score. */
static void draw_rows(rows *r, int has_clusters, uint64_t seed, uint64_t run) {
    td_rng rng = td_rng_stream(seed, has_clusters ? "uplift clusters" : "uplift rows", run, 0);
    r->n_clusters = 0;
    for (uint64_t i = 0; i < r->n;) {
        double x = td_rng_uniform(&rng), w = td_rng_uniform(&rng) < 0.5;
        double own = has_clusters ? 0.5 + td_rng_uniform(&rng) : 1.0;
        uint64_t end = i + 1 + (has_clusters ? td_rng_below(&rng, 19) : 0);
        for (; i < end && i < r->n; i++) {
            r->w[i] = w;
            r->arm[i] = w == 1.0;
            r->y[i] = td_rng_uniform(&rng) < own * (0.08 + 0.04 * x + 0.08 * w * x);
            r->score[i] = x + td_rng_uniform(&rng);
            r->random[i] = td_rng_uniform(&rng);
            r->action[i] = r->score[i] > 1.0;
            r->group[i] = (uint32_t)(5.0 * r->score[i]);
            r->cluster[i] = r->n_clusters;
        }
        r->n_clusters++;
    }
}

/* Both scores, with or without replicates. */
static td_status assess(td_uplift_assessment *out, const rows *r, uint32_t n_replicates,
                        int by_cluster, uint64_t seed, td_error *err) {
    const double *score[2] = {r->score, r->random};
    td_uplift_request request = {.rows = {.n = r->n,
                                          .treatment = r->w,
                                          .outcome = r->y,
                                          .n_scores = n_replicates > 0 ? 1 : 2,
                                          .score = score},
                                 .cuts = {2, {0.1, 0.3}},
                                 .n_replicates = n_replicates,
                                 .seed = seed,
                                 .level = 0.95};
    if (by_cluster) request.clusters = (td_uplift_clusters){r->cluster, r->n_clusters};
    return td_uplift_assessment_build(out, &request, NULL, err);
}

/* The rule, then the rule minus nobody. */
static td_status value_rule(td_offpolicy_value *out, rows *r, int by_cluster, td_error *err) {
    static const double half[2] = {0.5, 0.5}, cost[2] = {0.0, 0.3};
    td_offpolicy_rows given = {.n = r->n,
                               .n_arms = 2,
                               .arm = r->arm,
                               .outcome = r->y,
                               .share = half,
                               .mean = r->mean,
                               .value = 10.0,
                               .cost = cost,
                               .cluster = by_cluster ? r->cluster : NULL,
                               .n_clusters = r->n_clusters};
    TD_TRY(td_offpolicy_group_means(r->mean, &given, r->group, 10, err));
    TD_TRY(td_offpolicy_measure(&out[0], &given, r->action, NULL, 0.95, err));
    return td_offpolicy_measure(&out[1], &given, r->action, r->nobody, 0.95, err);
}

/* ---- the truth ---- */

typedef struct truth_job {
    const options *o;
    int has_clusters;
    double value[TRUTH_SAMPLES][N_TRUTHS];
} truth_job;

static td_status measure_sample(double *value, rows *r, td_error *err) {
    td_uplift_assessment a = {0};
    td_offpolicy_value rule[2];
    TD_TRY(assess(&a, r, 0, 0, 0, err));
    for (int m = 0; m < N_METRICS; m++) value[m] = a.verdict[0].value[measured[m].metric];
    td_uplift_assessment_free(&a);
    TD_TRY(value_rule(rule, r, 0, err));
    for (int v = 0; v < N_VALUES; v++)
        value[N_METRICS + v] = rule[v / TD_N_POLICY_VALUES].value[v % TD_N_POLICY_VALUES].value;
    return TD_OK;
}

static td_status truth_sample(void *ctx, td_chunk chunk, td_error *err) {
    truth_job *job = ctx;
    rows r = {0};
    td_status status = rows_init(&r, TRUTH_ROWS, err);
    if (status == TD_OK) {
        draw_rows(&r, job->has_clusters, job->o->seed + 1000003, chunk.index);
        status = measure_sample(job->value[chunk.index], &r, err);
    }
    rows_free(&r);
    return status;
}

static void find_truth(double truth[N_TRUTHS], const options *o, int has_clusters) {
    td_exec exec = {.n_threads = o->n_threads};
    td_error err = {0};
    static truth_job job;
    job.o = o;
    job.has_clusters = has_clusters;
    bench_must(td_par_for(&exec, TRUTH_SAMPLES, 1, truth_sample, &job, &err), &err);
    for (int m = 0; m < N_TRUTHS; m++) {
        truth[m] = 0;
        for (int s = 0; s < TRUTH_SAMPLES; s++) truth[m] += job.value[s][m] / TRUTH_SAMPLES;
    }
}

/* ---- runs ---- */

typedef struct outcome {
    unsigned char is_made[2][N_TRUTHS], holds[2][N_TRUTHS]; /* [by rows, by clusters] */
    unsigned char in_band[N_BANDS];
} outcome;

typedef struct run_job {
    const options *o;
    int has_clusters;
    const double *truth;
    outcome *out; /* [runs] */
} run_job;

static void note(outcome *out, int way, int place, td_interval interval, double truth) {
    if (!td_interval_is_defined(interval)) return;
    out->is_made[way][place] = 1;
    out->holds[way][place] = interval.low <= truth && truth <= interval.high;
}

static td_status judge_way(outcome *out, const run_job *job, rows *r, int way, uint64_t run,
                           td_error *err) {
    td_uplift_assessment a = {0};
    td_offpolicy_value rule[2];
    TD_TRY(assess(&a, r, (uint32_t)job->o->replicates, way, job->o->seed + run, err));
    for (int m = 0; m < N_METRICS; m++)
        note(out, way, m, a.verdict[0].spread[measured[m].metric].interval, job->truth[m]);
    td_uplift_assessment_free(&a);
    TD_TRY(value_rule(rule, r, way, err));
    for (int v = 0; v < N_VALUES; v++)
        note(out, way, N_METRICS + v, rule[v / TD_N_POLICY_VALUES].interval[v % TD_N_POLICY_VALUES],
             job->truth[N_METRICS + v]);
    return TD_OK;
}

/* The second score is a random one: is it inside the band? */
static td_status judge_band(outcome *out, const rows *r, td_error *err) {
    td_uplift_assessment a = {0};
    TD_TRY(assess(&a, r, 0, 0, 0, err));
    for (int b = 0; b < N_BANDS; b++) {
        td_interval band = td_uplift_noise_band(a.noise[band_of[b]], 0.95);
        double value = a.verdict[1].value[band_of[b]];
        out->in_band[b] = band.low <= value && value <= band.high;
    }
    td_uplift_assessment_free(&a);
    return TD_OK;
}

static td_status one_run(void *ctx, td_chunk chunk, td_error *err) {
    run_job *job = ctx;
    outcome *out = &job->out[chunk.index];
    rows r = {0};
    td_status status = rows_init(&r, job->o->rows, err);
    if (status == TD_OK) {
        draw_rows(&r, job->has_clusters, job->o->seed, chunk.index);
        status = judge_band(out, &r, err);
    }
    for (int way = 0; way <= job->has_clusters && status == TD_OK; way++)
        status = judge_way(out, job, &r, way, chunk.index, err);
    rows_free(&r);
    return status;
}

static void print_table(const run_job *job) {
    printf("| | truth | by rows |%s\n|---|---|---|%s\n", job->has_clusters ? " by visitors |" : "",
           job->has_clusters ? "---|" : "");
    for (int m = 0; m < N_TRUTHS; m++) {
        printf("| %s | %.5f |", m < N_METRICS ? measured[m].name : value_name[m - N_METRICS],
               job->truth[m]);
        for (int way = 0; way <= job->has_clusters; way++) {
            uint64_t made = 0, holds = 0;
            for (uint64_t r = 0; r < job->o->runs; r++) {
                made += job->out[r].is_made[way][m];
                holds += job->out[r].holds[way][m];
            }
            printf(" %.1f |", made > 0 ? 100.0 * (double)holds / (double)made : 0.0);
        }
        printf("\n");
    }
    printf("\nrandom scores inside their 95 %% band:");
    for (int b = 0; b < N_BANDS; b++) {
        uint64_t inside = 0;
        for (uint64_t r = 0; r < job->o->runs; r++) inside += job->out[r].in_band[b];
        printf(" %s %.1f %%", td_uplift_metric_name((td_uplift_metric)band_of[b]),
               100.0 * (double)inside / (double)job->o->runs);
    }
    printf("\n");
    fflush(stdout);
}

int main(int argc, char **argv) {
    options o = {bench_count(argc, argv, "runs", 2000), bench_count(argc, argv, "rows", 10000),
                 bench_count(argc, argv, "replicates", 200), bench_count(argc, argv, "seed", 1),
                 (int)bench_count(argc, argv, "threads", 2)};
    td_error err = {0};
    td_exec exec = {.n_threads = o.n_threads};
    for (int has_clusters = 0; has_clusters < 2; has_clusters++) {
        double truth[N_TRUTHS];
        find_truth(truth, &o, has_clusters);
        run_job job = {.o = &o, .has_clusters = has_clusters, .truth = truth};
        job.out = td_mem_zeroed(o.runs, sizeof *job.out, &err);
        bench_must(job.out == NULL ? TD_ERR_NOMEM : TD_OK, &err);
        bench_must(td_par_for(&exec, o.runs, 1, one_run, &job, &err), &err);
        printf("%s%s, %llu rows, %llu runs, %llu replicates\n\n", has_clusters ? "\n" : "",
               has_clusters ? "Visitors of 1 to 19 rows" : "Independent rows",
               (unsigned long long)o.rows, (unsigned long long)o.runs,
               (unsigned long long)o.replicates);
        print_table(&job);
        td_mem_free(job.out);
    }
    return 0;
}
