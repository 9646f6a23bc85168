/* bench/bench_uplift.c: all metrics of uplift, and a paired bootstrap, on a made-up experiment.
 *
 *     build/bench/bench_uplift [rows=1000000] [scores=1] [replicates=200] [threads=2] [rate=0.1]
 *                              [repeats=3]
 *
 * Scores are nearly all distinct. Prints seconds of the wall clock and of the processor, the least
 * of the repeats: the full set is sort, every dialect, uplift at K, tenths and noise floor; the
 * bootstrap measures all of them again for each replicate. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/support/tools.h"
#include "core/base/mem.h"
#include "core/base/rng.h"
#include "stats/uplift_assessment.h"

enum { MAX_SCORES = 8 };

/* One assessment, timed; the least of `repeats`. */
static void measure(const char *what, const td_uplift_request *request, int repeats,
                    const td_exec *exec) {
    td_error err = {0};
    td_uplift_assessment a = {0};
    double best_wall = 1e9, best_cpu = 1e9;
    for (int r = 0; r < repeats; r++) {
        td_uplift_assessment_free(&a);
        double wall = bench_seconds(CLOCK_MONOTONIC), cpu = bench_seconds(CLOCK_PROCESS_CPUTIME_ID);
        bench_must(td_uplift_assessment_build(&a, request, exec, &err), &err);
        wall = bench_seconds(CLOCK_MONOTONIC) - wall;
        cpu = bench_seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu;
        if (wall < best_wall) best_wall = wall;
        if (cpu < best_cpu) best_cpu = cpu;
    }
    printf("%-36s %.3f s wall, %.3f s processor\n", what, best_wall, best_cpu);
    printf("    Qini %.6f, random scores +- %.6f, se %.6f\n",
           td_uplift_value(&a, 0, TD_QINI_SKLIFT).value,
           td_uplift_noise_band(a.noise[TD_QINI_SKLIFT], 0.95).high,
           a.verdict[0].spread[TD_QINI_SKLIFT].se.value);
    td_uplift_assessment_free(&a);
}

int main(int argc, char **argv) {
    uint64_t n = (uint64_t)bench_option(argc, argv, "rows", 1e6);
    uint32_t n_scores = (uint32_t)bench_option(argc, argv, "scores", 1);
    double rate = bench_option(argc, argv, "rate", 0.1);
    int repeats = (int)bench_option(argc, argv, "repeats", 3);
    td_exec exec = {.n_threads = (int)bench_option(argc, argv, "threads", 2)};
    double *y = bench_array(n), *w = bench_array(n), *score[MAX_SCORES];
    if (n_scores < 1 || n_scores > MAX_SCORES) n_scores = 1;
    for (uint32_t s = 0; s < n_scores; s++) score[s] = bench_array(n);
    td_rng rng = td_rng_stream(1, "bench", 0, 0);
    for (uint64_t i = 0; i < n; i++) {
        double x = td_rng_uniform(&rng);
        w[i] = td_rng_uniform(&rng) < 0.5;
        y[i] = td_rng_uniform(&rng) < rate * (1.0 + w[i] * x);
        for (uint32_t s = 0; s < n_scores; s++) score[s][i] = x + (1.0 + s) * td_rng_uniform(&rng);
    }
    td_uplift_request request = {.rows = {.n = n,
                                          .treatment = w,
                                          .outcome = y,
                                          .n_scores = n_scores,
                                          .score = (const double *const *)score},
                                 .cuts = td_uplift_cuts_default(),
                                 .seed = 1,
                                 .level = 0.95};
    measure("full set", &request, repeats, &exec);
    request.n_replicates = (uint32_t)bench_option(argc, argv, "replicates", 200);
    measure("full set and paired bootstrap", &request, repeats, &exec);
    for (uint32_t s = 0; s < n_scores; s++) td_mem_free(score[s]);
    td_mem_free(y);
    td_mem_free(w);
    return 0;
}
