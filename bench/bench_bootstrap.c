/* bench/bench_bootstrap.c: one evaluation and a paired bootstrap on made-up scores.
 *
 *     build/bench/bench_bootstrap [rows=1000000] [replicates=200] [threads=2] [rate=0.008]
 *
 * Two scores per row, nearly all distinct. Prints seconds of the wall clock and of the processor.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/support/tools.h"
#include "core/base/mem.h"
#include "core/base/numeric.h"
#include "core/base/rng.h"
#include "stats/bootstrap.h"

static double wall, cpu;

static void start(void) {
    wall = bench_seconds(CLOCK_MONOTONIC);
    cpu = bench_seconds(CLOCK_PROCESS_CPUTIME_ID);
}

static void stop(const char *what) {
    printf("%-28s %.3f s wall, %.3f s processor\n", what, bench_seconds(CLOCK_MONOTONIC) - wall,
           bench_seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu);
}

int main(int argc, char **argv) {
    uint64_t n = (uint64_t)bench_option(argc, argv, "rows", 1e6);
    double rate = bench_option(argc, argv, "rate", 0.008);
    td_exec exec = {.n_threads = (int)bench_option(argc, argv, "threads", 2)};
    double *label = bench_array(n), *score[2] = {bench_array(n), bench_array(n)};
    td_rng rng = td_rng_stream(1, "bench", 0, 0);
    for (uint64_t i = 0; i < n; i++) {
        label[i] = td_rng_uniform(&rng) < rate;
        double shared = td_rng_normal(&rng) + 1.5 * label[i];
        for (int s = 0; s < 2; s++)
            score[s][i] = td_sigmoid(shared - 5.0 + 0.5 * td_rng_normal(&rng));
    }
    td_error err = {0};
    td_ranking ranking[2] = {0};
    start();
    bench_must(td_ranking_build(&ranking[0], score[0], label, n, &exec, &err), &err);
    double auc = td_ranking_auc(&ranking[0]).value;
    double ap = td_ranking_average_precision(&ranking[0]).value;
    double ks = td_ranking_ks(&ranking[0]).value.value;
    stop("sort, AUC, AP, KS");
    bench_must(td_ranking_build(&ranking[1], score[1], label, n, &exec, &err), &err);
    td_cut cut[TD_MAX_CUTS];
    uint32_t n_cuts = td_default_cuts(cut, n);
    td_bootstrap_rows rows = {.n = n,
                              .label = label,
                              .n_scores = 2,
                              .score = {score[0], score[1]},
                              .ranking = {&ranking[0], &ranking[1]},
                              .cut = cut,
                              .n_cuts = n_cuts,
                              .max_fpr = 0.1,
                              .cost_fp = 1.0,
                              .cost_fn = 20.0};
    td_bootstrap_params params = {.n_replicates =
                                      (uint32_t)bench_option(argc, argv, "replicates", 200),
                                  .seed = 1,
                                  .level = 0.95};
    td_bootstrap boot;
    start();
    bench_must(td_bootstrap_run(&boot, &rows, &params, &exec, &err), &err);
    stop("paired bootstrap");
    printf("AUC %.6f se %.6f, AP %.6f se %.6f, KS %.6f se %.6f\n", auc,
           boot.of[0][TD_BOOT_AUC].se.value, ap, boot.of[0][TD_BOOT_AP].se.value, ks,
           boot.of[0][TD_BOOT_KS].se.value);
    for (int s = 0; s < 2; s++) {
        td_ranking_free(&ranking[s]);
        td_mem_free(score[s]);
    }
    td_mem_free(label);
    return 0;
}
