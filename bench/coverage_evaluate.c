/* bench/coverage_evaluate.c: how often the 95 % intervals of `evaluate` hold the truth.
 *
 *     build/bench/coverage_evaluate [runs=10000] [drawn=2000] [rows=10000] [replicates=1000]
 *                                   [threads=2] [seed=1] [only=0]     1 rows, 2 clusters, 0 both
 *
 * Made-up shops with a base rate of 0.8 % (c). Row i of visitor v:
 *
 *     x_i  = sqrt(s) a_v + sqrt(1 - s) e_i        what the score sees; a, b, e standard normal
 *     p_i  = sigmoid(c + 1.3 x_i + h b_v)     probability of a purchase
 *     score_i = sigmoid(c + 1.3 x_i)
 *
 * Without clusters every visitor has one row, s = h = 0 and the score is the true probability; with
 * clusters a visitor has 1 to 19 rows, s = 0.5, h = 1, and the score is too low. A purchase is
 * worth exp(3 + e) with e standard normal. The truth of a statistic is the mean of its values over
 * 32 samples of a million rows; of sums (rows, hits, cost, money) per row. Where the score is the
 * true probability the distances of score and rate are 0, and the parts of the Brier score follow:
 * a million rows would still tell a little more. A run draws new rows, makes every interval, and
 * counts those that hold the truth; intervals by formula in all runs, bootstraps in the first
 * `drawn` of them. Standard error of a coverage: 0.2 points in 10,000 runs, 0.5 in 2,000. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/support/tools.h"
#include "core/base/mem.h"
#include "core/base/numeric.h"
#include "core/base/rng.h"
#include "stats/assessment.h"

enum { TRUTH_ROWS = 1000000, TRUTH_SAMPLES = 32, N_CUTS = 2 };

static const td_cut cuts[N_CUTS] = {{0, 0.01}, {0, 0.1}};

enum { CUT_1 = TD_BOOT_AT_K, CUT_10 = CUT_1 + TD_BOOT_PER_CUT };
enum { TENTH_1 = TD_BOOT_GAINS, TENTH_3 = TENTH_1 + 2 * TD_BOOT_PER_GROUP };

/* What is shown; sums grow with the rows. */
static const struct {
    int place;
    const char *name;
    int is_sum;
} shown[] = {
    {TD_BOOT_BASE_RATE, "base rate", 0},
    {TD_BOOT_AUC, "ROC AUC", 0},
    {TD_BOOT_PARTIAL_AREA, "ROC area to 10 %", 0},
    {TD_BOOT_PARTIAL_CORRECTED, "the same, corrected", 0},
    {TD_BOOT_AP, "average precision", 0},
    {TD_BOOT_PR_AREA, "PR area", 0},
    {TD_BOOT_KS, "KS", 0},
    {TD_BOOT_LOG_LOSS, "log-loss", 0},
    {TD_BOOT_BRIER, "Brier score", 0},
    {TD_BOOT_UNCERTAINTY, "uncertainty", 0},
    {TD_BOOT_CORP_MISCALIBRATION, "miscalibration, CORP", 0},
    {TD_BOOT_CORP_DISCRIMINATION, "discrimination, CORP", 0},
    {TD_BOOT_MURPHY_MISCALIBRATION, "miscalibration, Murphy", 0},
    {TD_BOOT_MURPHY_DISCRIMINATION, "discrimination, Murphy", 0},
    {TD_BOOT_MEAN_SCORE, "mean score", 0},
    {TD_BOOT_ECE, "ECE, equal width", 0},
    {TD_BOOT_ECE_MASS, "ECE, equal size", 0},
    {TD_BOOT_WORST_GAP, "worst gap", 0},
    {CUT_1 + TD_BOOT_PRECISION, "precision, 1 %", 0},
    {CUT_1 + TD_BOOT_RECALL, "recall, 1 %", 0},
    {CUT_1 + TD_BOOT_LIFT, "lift, 1 %", 0},
    {CUT_1 + TD_BOOT_AMOUNT, "money, 1 %", 1},
    {CUT_1 + TD_BOOT_AMOUNT_SHARE, "share of money, 1 %", 0},
    {CUT_10 + TD_BOOT_PRECISION, "precision, 10 %", 0},
    {CUT_10 + TD_BOOT_RECALL, "recall, 10 %", 0},
    {CUT_10 + TD_BOOT_LIFT, "lift, 10 %", 0},
    {CUT_10 + TD_BOOT_AMOUNT, "money, 10 %", 1},
    {CUT_10 + TD_BOOT_AMOUNT_SHARE, "share of money, 10 %", 0},
    {TENTH_3 + TD_BOOT_GROUP_RATE, "rate, third tenth", 0},
    {TENTH_3 + TD_BOOT_GROUP_LIFT, "lift, third tenth", 0},
    {TENTH_3 + TD_BOOT_GROUP_CUMULATIVE_RECALL, "recall to the third tenth", 0},
    {TENTH_3 + TD_BOOT_GROUP_CUMULATIVE_LIFT, "lift to the third tenth", 0},
    {TD_BOOT_CUT_THRESHOLD, "cheapest threshold", 0},
    {TD_BOOT_CUT_ROWS, "rows above it", 1},
    {TD_BOOT_CUT_HITS, "hits above it", 1},
    {TD_BOOT_CUT_COST, "least cost", 1},
};
enum { N_SHOWN = sizeof shown / sizeof *shown };

/* Ways to make an interval. */
enum { DELONG, DELONG_LOGIT, FOLDS, FOLDS_CLUSTERS, ROWS, CLASSES, CLUSTERS, N_WAYS };

static const char *const way_name[N_WAYS] = {
    "DeLong",     "DeLong, logit", "folds",   "folds of clusters",
    "drawn rows", "drawn classes", "clusters"};

typedef struct options {
    uint64_t runs, drawn, rows, replicates, seed;
    int n_threads;
} options;

typedef struct rows {
    uint64_t n;
    double *score, *label;
    int64_t *amount;
    uint32_t *cluster;
    uint32_t n_clusters;
} rows;

static td_status rows_init(rows *r, uint64_t n, td_error *err) {
    *r = (rows){.n = n};
    TD_NEW(r->score, n, err);
    TD_NEW(r->label, n, err);
    TD_NEW(r->amount, n, err);
    TD_NEW(r->cluster, n, err);
    return TD_OK;
}

static void rows_free(rows *r) {
    td_mem_free(r->score);
    td_mem_free(r->label);
    td_mem_free(r->amount);
    td_mem_free(r->cluster);
}

static void draw_rows(rows *r, int has_clusters, uint64_t seed, uint64_t run) {
    td_rng rng = td_rng_stream(seed, has_clusters ? "clusters" : "rows", run, 0);
    td_rng money = td_rng_stream(seed, "money", run, 0);
    double share = has_clusters ? 0.5 : 0.0, hidden = has_clusters ? 1.0 : 0.0;
    double level = has_clusters ? -6.09 : -5.634; /* 0.8 % of the rows are positive */
    r->n_clusters = 0;
    for (uint64_t i = 0; i < r->n;) {
        double a = td_rng_normal(&rng), b = td_rng_normal(&rng);
        uint64_t end = i + 1 + (has_clusters ? td_rng_below(&rng, 19) : 0);
        for (; i < end && i < r->n; i++) {
            double x = __builtin_sqrt(share) * a + __builtin_sqrt(1 - share) * td_rng_normal(&rng);
            r->score[i] = td_sigmoid(level + 1.3 * x);
            r->label[i] = td_rng_uniform(&rng) < td_sigmoid(level + 1.3 * x + hidden * b);
            r->amount[i] = 0;
            if (r->label[i] > 0) r->amount[i] = (int64_t)(1000 * td_exp(3 + td_rng_normal(&money)));
            r->cluster[i] = r->n_clusters;
        }
        r->n_clusters++;
    }
}

/* Everything there is to ask. */
static td_assessment_request request_of(const rows *r) {
    return (td_assessment_request){
        .rows = {.n = r->n, .score = r->score, .label = r->label, .cut = cuts, .n_cuts = N_CUTS},
        .bootstrap = {.level = 0.95},
        .amount = r->amount,
        .max_fpr = 0.1,
        .cost_fp = 1,
        .cost_fn = 30};
}

/* ---- the truth ---- */

typedef struct truth_job {
    const options *o;
    int has_clusters;
    double value[TRUTH_SAMPLES][N_SHOWN];
} truth_job;

static td_status measure(double value[N_SHOWN], const rows *r, td_error *err) {
    td_assessment_request request = request_of(r);
    td_assessment a = {0};
    TD_TRY(td_assessment_build(&a, &request, NULL, err));
    for (int m = 0; m < N_SHOWN; m++) {
        value[m] = td_statistic_of(&a, 0, (uint32_t)shown[m].place).value;
        if (shown[m].is_sum) value[m] /= (double)r->n;
    }
    td_assessment_free(&a);
    return TD_OK;
}

static td_status truth_sample(void *ctx, td_chunk chunk, td_error *err) {
    truth_job *job = ctx;
    rows r = {0};
    td_status status = rows_init(&r, TRUTH_ROWS, err);
    if (status == TD_OK) {
        draw_rows(&r, job->has_clusters, job->o->seed + 1000003, chunk.index);
        status = measure(job->value[chunk.index], &r, err);
    }
    rows_free(&r);
    return status;
}

static double *truth_of(double truth[N_SHOWN], int place) {
    int m = 0;
    while (shown[m].place != place) m++;
    return &truth[m];
}

/* What a score has that is the true probability. */
static void set_calibrated(double truth[N_SHOWN]) {
    *truth_of(truth, TD_BOOT_ECE) = *truth_of(truth, TD_BOOT_ECE_MASS) = 0;
    *truth_of(truth, TD_BOOT_WORST_GAP) = *truth_of(truth, TD_BOOT_CORP_MISCALIBRATION) = 0;
    *truth_of(truth, TD_BOOT_CORP_DISCRIMINATION) =
        *truth_of(truth, TD_BOOT_UNCERTAINTY) - *truth_of(truth, TD_BOOT_BRIER);
}

static void find_truth(double truth[N_SHOWN], const options *o, int has_clusters) {
    td_exec exec = {.n_threads = o->n_threads};
    td_error err = {0};
    truth_job job = {.o = o, .has_clusters = has_clusters};
    bench_must(td_par_for(&exec, TRUTH_SAMPLES, 1, truth_sample, &job, &err), &err);
    for (int m = 0; m < N_SHOWN; m++) {
        truth[m] = 0;
        for (int s = 0; s < TRUTH_SAMPLES; s++) truth[m] += job.value[s][m] / TRUTH_SAMPLES;
        if (shown[m].is_sum) truth[m] *= (double)o->rows;
    }
    if (!has_clusters) set_calibrated(truth);
}

/* ---- runs ---- */

typedef struct outcome {
    unsigned char is_made[N_WAYS][N_SHOWN], holds[N_WAYS][N_SHOWN];
} outcome;

typedef struct run_job {
    const options *o;
    int has_clusters;
    const double *truth;
    outcome *out; /* [runs] */
} run_job;

static void note(outcome *out, int way, int m, td_interval interval, const double *truth) {
    if (!td_interval_is_defined(interval)) return;
    out->is_made[way][m] = 1;
    out->holds[way][m] = interval.low <= truth[m] && truth[m] <= interval.high;
}

/* The intervals of one way to draw, and those by formula that come with it. */
static void note_all(outcome *out, const td_assessment *a, const double *truth) {
    td_resample resample = a->request.bootstrap.resample;
    int is_clustered = resample == TD_RESAMPLE_CLUSTERS, way = ROWS + (int)resample;
    for (int m = 0; m < N_SHOWN; m++) {
        uint32_t place = (uint32_t)shown[m].place;
        int is_by_folds = td_is_by_folds(place);
        if (is_by_folds && resample == TD_RESAMPLE_CLASSES) continue;
        int at = !is_by_folds ? way : is_clustered ? FOLDS_CLUSTERS : FOLDS;
        note(out, at, m, a->bootstrap.of[0][place].interval, truth);
        if (place != TD_BOOT_AUC || resample != TD_RESAMPLE_ROWS) continue;
        note(out, DELONG, m, a->auc_interval[0], truth);
        note(out, DELONG_LOGIT, m, a->auc_logit[0], truth);
    }
}

static td_status judge_run(outcome *out, const run_job *job, const rows *r, uint64_t run,
                           td_error *err) {
    td_assessment_request request = request_of(r);
    request.bootstrap.seed = job->o->seed + run;
    request.bootstrap.cluster = r->cluster;
    request.bootstrap.n_clusters = r->n_clusters;
    if (run < job->o->drawn) request.bootstrap.n_replicates = (uint32_t)job->o->replicates;
    for (int way = ROWS; way <= (job->has_clusters ? CLUSTERS : CLASSES); way++) {
        if (way == CLASSES && run >= job->o->drawn) continue; /* nothing by formula is new there */
        td_assessment a = {0};
        request.bootstrap.resample = (td_resample)(way - ROWS);
        TD_TRY(td_assessment_build(&a, &request, NULL, err));
        note_all(out, &a, job->truth);
        td_assessment_free(&a);
    }
    return TD_OK;
}

static td_status one_run(void *ctx, td_chunk chunk, td_error *err) {
    run_job *job = ctx;
    rows r = {0};
    td_status status = rows_init(&r, job->o->rows, err);
    if (status == TD_OK) {
        draw_rows(&r, job->has_clusters, job->o->seed, chunk.index);
        status = judge_run(&job->out[chunk.index], job, &r, chunk.index, err);
    }
    rows_free(&r);
    return status;
}

static void print_table(const run_job *job) {
    printf("| statistic | truth |");
    for (int way = 0; way < N_WAYS; way++) printf(" %s |", way_name[way]);
    printf("\n|---|---|---|---|---|---|---|---|---|\n");
    for (int m = 0; m < N_SHOWN; m++) {
        printf("| %s | %.6g |", shown[m].name, job->truth[m]);
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
    uint64_t only = bench_count(argc, argv, "only", 0);
    for (int has_clusters = only == 2; has_clusters < (only == 1 ? 1 : 2); has_clusters++) {
        double truth[N_SHOWN];
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
