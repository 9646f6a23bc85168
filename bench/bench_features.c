/* bench/bench_features.c: where the time from clean events to the feature table goes.
 *
 *     bench_features SHOP_FOLDER [THREADS [RUNS]]
 *
 * 1. Read events.csv, cut sessions, build the funnel (not measured here: bench_kpi).
 * 2. RUNS times (default 3): catalog files, population, features, split.
 * 3. Print the least wall and processor seconds of each stage, and a hash of the feature bits,
 * which must not depend on THREADS.
 *
 * Wall time depends on what else the machine does; processor time less so. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/support/tools.h"
#include "core/base/hash.h"
#include "core/base/mem.h"
#include "core/features.h"
#include "core/funnel.h"
#include "core/population.h"
#include "core/split.h"
#include "io/csv_catalog.h"
#include "io/csv_events.h"

enum { STAGE_CATALOG, STAGE_POPULATION, STAGE_FEATURES, STAGE_SPLIT, N_STAGES };

static const char *const stage_names[N_STAGES] = {"catalog", "population", "features", "split"};

typedef struct stopwatch {
    double wall, cpu;
    double least_wall[N_STAGES], least_cpu[N_STAGES];
} stopwatch;

static void start(stopwatch *watch) {
    watch->wall = bench_seconds(CLOCK_MONOTONIC);
    watch->cpu = bench_seconds(CLOCK_PROCESS_CPUTIME_ID);
}

static void stop(stopwatch *watch, int stage, int is_first) {
    double wall = bench_seconds(CLOCK_MONOTONIC) - watch->wall;
    double cpu = bench_seconds(CLOCK_PROCESS_CPUTIME_ID) - watch->cpu;
    if (is_first || wall < watch->least_wall[stage]) watch->least_wall[stage] = wall;
    if (is_first || cpu < watch->least_cpu[stage]) watch->least_cpu[stage] = cpu;
    start(watch);
}

static void hash_bits(const td_feature_set *set, char hex[65]) {
    td_sha256 *hash = NULL;
    hex[0] = '\0';
    if (td_sha256_open(&hash, NULL) != TD_OK) return;
    for (uint32_t c = 0; c < set->features.n_columns; c++) {
        td_sha256_add(hash, set->features.column[c].number, set->n * sizeof(double));
    }
    td_sha256_close(hash, hex);
}

typedef struct shop {
    td_event_log log;
    td_sessions sessions;
    td_funnel funnel;
} shop;

static td_status read_shop(shop *out, const char *folder, const td_exec *exec, td_error *err) {
    char path[4096];
    td_file *file;
    TD_TRY(td_path_find(path, sizeof path, folder, "events.csv", err));
    TD_TRY(td_file_open(&file, path, err));
    td_status status = td_event_log_read(&out->log, file, exec, err);
    td_file_close(file);
    TD_TRY(status);
    TD_TRY(td_sessions_build(&out->sessions, &out->log.events, TD_DEFAULT_GAP_MS, exec, err));
    return td_funnel_build(&out->funnel, &out->log.events, &out->sessions, exec, err);
}

static td_status run_once(stopwatch *watch, const shop *s, const char *folder, int run,
                          const td_exec *exec, td_error *err) {
    td_catalog catalog;
    td_catalog_report report;
    td_catalog_source source = td_catalog_source_default(folder);
    start(watch);
    TD_TRY(td_catalog_read(&catalog, &report, &source, &s->log.events, exec, err));
    stop(watch, STAGE_CATALOG, run == 0);
    td_population_rule rule = td_population_rule_default();
    td_population population;
    TD_TRY(td_population_build(&population, &s->sessions, &s->funnel, &rule, err));
    stop(watch, STAGE_POPULATION, run == 0);
    td_feature_inputs inputs = {&s->log.events, &s->sessions, &catalog, &population, NULL, NULL};
    td_feature_set set;
    TD_TRY(td_features_build(&set, &inputs, exec, err));
    stop(watch, STAGE_FEATURES, run == 0);
    td_split_rule split_rule = td_split_rule_default();
    td_split split;
    TD_TRY(td_split_build(&split, &population, &s->sessions, &split_rule, err));
    stop(watch, STAGE_SPLIT, run == 0);
    if (run == 0) {
        char hex[65];
        hash_bits(&set, hex);
        printf("rows %llu, positives %llu, columns %u, bits %.16s\n", (unsigned long long)set.n,
               (unsigned long long)set.n_positives, set.features.n_columns, hex);
    }
    td_split_free(&split);
    td_feature_set_free(&set);
    td_population_free(&population);
    td_catalog_free(&catalog);
    return TD_OK;
}

int main(int argc, char **argv) {
    if (argc < 2) {
        fprintf(stderr, "usage: bench_features SHOP_FOLDER [THREADS [RUNS]]\n");
        return 2;
    }
    td_exec exec = {.n_threads = argc > 2 ? atoi(argv[2]) : 1};
    int n_runs = argc > 3 ? atoi(argv[3]) : 3;
    td_error err = {0};
    shop s = {0};
    stopwatch watch = {0};
    td_status status = read_shop(&s, argv[1], &exec, &err);
    for (int run = 0; status == TD_OK && run < n_runs; run++) {
        status = run_once(&watch, &s, argv[1], run, &exec, &err);
    }
    if (status != TD_OK) {
        char text[1024];
        td_error_format(&err, text, sizeof text);
        fprintf(stderr, "bench_features: %s\n", text);
        return 1;
    }
    for (int stage = 0; stage < N_STAGES; stage++) {
        printf("%-10s %7.3f s wall %7.3f s processor\n", stage_names[stage],
               watch.least_wall[stage], watch.least_cpu[stage]);
    }
    td_funnel_free(&s.funnel);
    td_sessions_free(&s.sessions);
    td_event_log_free(&s.log);
    return 0;
}
