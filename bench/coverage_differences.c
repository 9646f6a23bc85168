/* bench/coverage_differences.c: how often the 95 % intervals of differences by folds hold.
 *
 *     build/bench/coverage_differences [runs=2000] [rows=10000] [samples=8] [threads=2] [seed=1]
 *
 * Made-up shops with a base rate of about 0.8 %, two scores. z stands for what there is to know of
 * a row, e_1 and e_2 for noise, all standard normal; p = sigmoid(c + 1.3 z + h b_v):
 *
 *     alike      both scores see 0.9 z + 0.44 e_k, each its own noise          no difference at all
 *     noisy      the first is sigmoid(c + 1.3 z), the second the same of 0.8 z + 0.6 e_2
 *     too low    the second is sigmoid(c + 1.3 z + 0.2 e_2 - 0.7): ranks as well, is off by a half
 *
 * Rows by themselves (h = 0: the first score of the last two laws is the true probability), or 1 to
 * 19 rows a visitor v, h = 1, half of the variance of z the visitor's own, intervals by clusters.
 * The truth is the mean difference in `samples` samples of a million rows; 0 where both are alike;
 * a true probability has no miscalibration. A row of the table for every number, a column
 * for every law; standard error of a coverage 0.5 points in 2,000 runs. */
#include <stdio.h>

#include "bench/support/tools.h"
#include "core/base/mem.h"
#include "core/base/numeric.h"
#include "core/base/rng.h"
#include "stats/assessment.h"

enum { ALIKE, NOISY, TOO_LOW, N_LAWS, N_NUMBERS = 4, TRUTH_ROWS = 1000000 };

static const char *const law_name[N_LAWS] = {"alike", "noisy", "too low"};

static const struct {
    uint32_t place;
    const char *name;
} shown[N_NUMBERS] = {{TD_BOOT_KS, "KS"},
                      {TD_BOOT_CORP_MISCALIBRATION, "miscalibration, CORP"},
                      {TD_BOOT_CORP_DISCRIMINATION, "discrimination, CORP"},
                      {TD_BOOT_CUT_COST, "least cost"}};

typedef struct rows {
    uint64_t n;
    double *score[2], *label;
    uint32_t *cluster;
    uint32_t n_clusters;
} rows;

static td_status rows_init(rows *r, uint64_t n, td_error *err) {
    *r = (rows){.n = n};
    for (int s = 0; s < 2; s++) TD_NEW(r->score[s], n, err);
    TD_NEW(r->label, n, err);
    TD_NEW(r->cluster, n, err);
    return TD_OK;
}

static void rows_free(rows *r) {
    for (int s = 0; s < 2; s++) td_mem_free(r->score[s]);
    td_mem_free(r->label);
    td_mem_free(r->cluster);
}

/* Log-odds of both scores; a draw is the same for every law up to here. */
static void draw_scores(double score[2], int law, double level, double z, td_rng *rng) {
    double e[2] = {td_rng_normal(rng), td_rng_normal(rng)};
    score[0] = level + 1.3 * (law == ALIKE ? 0.9 * z + 0.43589 * e[0] : z);
    score[1] = level + 1.3 * z + 0.2 * e[1] - 0.7;
    if (law == ALIKE) score[1] = level + 1.3 * (0.9 * z + 0.43589 * e[1]);
    if (law == NOISY) score[1] = level + 1.3 * (0.8 * z + 0.6 * e[1]);
}

/* Label and scores of every row; visitors are numbered as they come. */
static void draw_rows(rows *r, int law, int has_clusters, uint64_t seed, uint64_t run) {
    td_rng rng = td_rng_stream(seed, law_name[law], run, (uint64_t)has_clusters);
    double share = has_clusters ? 0.5 : 0.0, hidden = has_clusters ? 1.0 : 0.0;
    double level = has_clusters ? -6.09 : -5.634;
    r->n_clusters = 0;
    for (uint64_t i = 0; i < r->n;) {
        double a = td_rng_normal(&rng), b = td_rng_normal(&rng);
        uint64_t end = i + 1 + (has_clusters ? td_rng_below(&rng, 19) : 0);
        for (; i < end && i < r->n; i++) {
            double z = __builtin_sqrt(share) * a + __builtin_sqrt(1 - share) * td_rng_normal(&rng);
            double score[2];
            draw_scores(score, law, level, z, &rng);
            for (int s = 0; s < 2; s++) r->score[s][i] = td_sigmoid(score[s]);
            r->label[i] = td_rng_uniform(&rng) < td_sigmoid(level + 1.3 * z + hidden * b);
            r->cluster[i] = r->n_clusters;
        }
        r->n_clusters++;
    }
}

/* Everything by formula and by folds, nothing drawn. */
static td_status assess(td_assessment *out, const rows *r, int has_clusters, uint64_t seed,
                        td_error *err) {
    td_assessment_request request = {.rows = {.n = r->n, .score = r->score[0], .label = r->label},
                                     .other = {r->score[1]},
                                     .bootstrap = {.level = 0.95, .seed = seed},
                                     .cost_fp = 1,
                                     .cost_fn = 30};
    if (has_clusters) {
        request.bootstrap.resample = TD_RESAMPLE_CLUSTERS;
        request.bootstrap.cluster = r->cluster;
        request.bootstrap.n_clusters = r->n_clusters;
    }
    return td_assessment_build(out, &request, NULL, err);
}

typedef struct job {
    int law, has_clusters;
    uint64_t n_rows, seed;
    double truth[N_NUMBERS];
    double (*value)[N_NUMBERS]; /* [samples] differences, for the truth */
    signed char *holds;         /* [runs][N_NUMBERS] -1: no interval */
} job;

/* Number m of score s; what a true probability has is known. */
static double number_of(const job *j, const td_assessment *a, uint32_t s, int m) {
    double value = td_statistic_of(a, s, shown[m].place).value;
    if (j->has_clusters || j->law == ALIKE || s == 1) return value;
    if (shown[m].place == TD_BOOT_CORP_DISCRIMINATION)
        return td_statistic_of(a, s, TD_BOOT_UNCERTAINTY).value -
               td_statistic_of(a, s, TD_BOOT_BRIER).value;
    return shown[m].place == TD_BOOT_CORP_MISCALIBRATION ? 0.0 : value;
}

/* One large sample for the truth; sums are told for the rows of a run. */
static td_status sample(void *ctx, td_chunk chunk, td_error *err) {
    job *j = ctx;
    rows r = {0};
    td_assessment a = {0};
    td_status status = rows_init(&r, TRUTH_ROWS, err);
    if (status == TD_OK) {
        draw_rows(&r, j->law, j->has_clusters, j->seed + 1000003, chunk.index);
        status = assess(&a, &r, j->has_clusters, 1, err);
    }
    for (int m = 0; m < N_NUMBERS && status == TD_OK; m++) {
        double scale = shown[m].place == TD_BOOT_CUT_COST ? (double)j->n_rows / TRUTH_ROWS : 1.0;
        j->value[chunk.index][m] = scale * (number_of(j, &a, 0, m) - number_of(j, &a, 1, m));
    }
    td_assessment_free(&a);
    rows_free(&r);
    return status;
}

/* New rows, every interval, and whether the truth lies in it. */
static td_status one_run(void *ctx, td_chunk chunk, td_error *err) {
    job *j = ctx;
    rows r = {0};
    td_assessment a = {0};
    td_status status = rows_init(&r, j->n_rows, err);
    if (status == TD_OK) {
        draw_rows(&r, j->law, j->has_clusters, j->seed, chunk.index);
        status = assess(&a, &r, j->has_clusters, j->seed + chunk.index, err);
    }
    for (int m = 0; m < N_NUMBERS && status == TD_OK; m++) {
        td_interval interval = a.bootstrap.difference[0][shown[m].place].interval;
        int holds = interval.low <= j->truth[m] && j->truth[m] <= interval.high;
        j->holds[chunk.index * N_NUMBERS + (uint64_t)m] =
            (signed char)(td_interval_is_defined(interval) ? holds : -1);
    }
    td_assessment_free(&a);
    rows_free(&r);
    return status;
}

/* Share of the runs whose interval holds, in percent. */
static void count(double out[N_NUMBERS], const job *j, uint64_t runs) {
    for (int m = 0; m < N_NUMBERS; m++) {
        uint64_t made = 0, held = 0;
        for (uint64_t r = 0; r < runs; r++) {
            made += j->holds[r * N_NUMBERS + (uint64_t)m] >= 0;
            held += j->holds[r * N_NUMBERS + (uint64_t)m] > 0;
        }
        out[m] = 100.0 * (double)held / (double)made;
    }
}

int main(int argc, char **argv) {
    uint64_t runs = bench_count(argc, argv, "runs", 2000);
    uint64_t samples = bench_count(argc, argv, "samples", 8);
    td_exec exec = {.n_threads = (int)bench_count(argc, argv, "threads", 2)};
    td_error err = {0};
    double covered[2 * N_LAWS][N_NUMBERS], truth[2 * N_LAWS][N_NUMBERS];
    for (int c = 0; c < 2 * N_LAWS; c++) {
        job j = {.law = c % N_LAWS,
                 .has_clusters = c >= N_LAWS,
                 .n_rows = bench_count(argc, argv, "rows", 10000),
                 .seed = bench_count(argc, argv, "seed", 1)};
        j.value = td_mem_array(samples, sizeof *j.value, &err);
        j.holds = td_mem_array(runs, N_NUMBERS, &err);
        bench_must(j.value == NULL || j.holds == NULL ? TD_ERR_NOMEM : TD_OK, &err);
        if (j.law != ALIKE) bench_must(td_par_for(&exec, samples, 1, sample, &j, &err), &err);
        for (uint64_t s = 0; s < samples && j.law != ALIKE; s++)
            for (int m = 0; m < N_NUMBERS; m++) j.truth[m] += j.value[s][m] / (double)samples;
        bench_must(td_par_for(&exec, runs, 1, one_run, &j, &err), &err);
        count(covered[c], &j, runs);
        for (int m = 0; m < N_NUMBERS; m++) truth[c][m] = j.truth[m];
        td_mem_free(j.value);
        td_mem_free(j.holds);
    }
    printf(
        "| difference of | alike | noisy (truth) | too low (truth) | clusters: alike | noisy | too "
        "low |\n|---|---|---|---|---|---|---|\n");
    for (int m = 0; m < N_NUMBERS; m++) {
        printf("| %s |", shown[m].name);
        for (int c = 0; c < 2 * N_LAWS; c++) {
            if (c % N_LAWS == ALIKE) printf(" %.1f |", covered[c][m]);
            if (c % N_LAWS != ALIKE) printf(" %.1f (%.3g) |", covered[c][m], truth[c][m]);
        }
        printf("\n");
    }
    return 0;
}
