/* bench/bench_kpi.c: where the time from events.csv to the key figures goes.
 *
 *     bench_kpi EVENTS_CSV [THREADS [RUNS]]
 *
 * 1. Map the file and touch every page once, so that the disk is not measured.
 * 2. RUNS times (default 5): read, code, sort, find copies, sessions, funnel, key figures. Stages
 *    inside td_event_log_read are told apart by its progress calls.
 * 3. Print the median seconds a stage, its rate in MB of the file a second, and the median of the
 *    whole. Medians of stages need not add up to the median of the whole.
 *
 * Wall time; run it on an idle machine. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/support/tools.h"
#include "core/base/mem.h"
#include "core/kpi.h"
#include "io/csv_events.h"

enum {
    STAGE_PARSE,
    STAGE_CODE,
    STAGE_SORT,
    STAGE_COPIES,
    STAGE_SESSIONS,
    STAGE_FUNNEL,
    STAGE_KPI,
    STAGE_ALL,
    N_STAGES
};
enum { MAX_RUNS = 101 };

static const char *const stage_names[N_STAGES] = {"parse",    "dictionary", "sort", "copies, check",
                                                  "sessions", "funnel",     "kpi",  "all"};

typedef struct stopwatch {
    double since; /* end of the last stage */
    int stage;    /* running */
    double seconds[N_STAGES];
} stopwatch;

/* The running stage ends, the next one starts; -1 stops the watch. */
static void enter(stopwatch *watch, int stage) {
    double t = bench_seconds(CLOCK_MONOTONIC);
    if (watch->stage >= 0) watch->seconds[watch->stage] += t - watch->since;
    watch->since = t;
    watch->stage = stage;
}

/* td_event_log_read tells its stages by name. */
static int on_progress(void *ctx, const char *stage, uint64_t done, uint64_t total) {
    stopwatch *watch = ctx;
    if (strcmp(stage, "code ids") == 0) enter(watch, STAGE_CODE);
    if (strcmp(stage, "sort events") == 0) enter(watch, done < total ? STAGE_SORT : STAGE_COPIES);
    return 0;
}

/* A benchmark has no use for half a result. */
static void require(td_status status, const td_error *err) {
    if (status == TD_OK) return;
    char text[1024];
    td_error_format(err, text, sizeof text);
    fprintf(stderr, "bench_kpi: %s\n", text);
    exit(1);
}

/* The whole road once; freeing the tables is not timed. */
static void run_once(stopwatch *watch, const td_file *file, int n_threads) {
    td_exec exec = {.n_threads = n_threads, .progress = on_progress, .progress_ctx = watch};
    td_error err = {0};
    td_event_log log;
    td_sessions sessions;
    td_funnel funnel;
    td_kpis kpis;
    double begin = bench_seconds(CLOCK_MONOTONIC);
    enter(watch, STAGE_PARSE);
    require(td_event_log_read(&log, file, &exec, &err), &err);
    enter(watch, STAGE_SESSIONS);
    require(td_sessions_build(&sessions, &log.events, TD_DEFAULT_GAP_MS, &exec, &err), &err);
    enter(watch, STAGE_FUNNEL);
    require(td_funnel_build(&funnel, &log.events, &sessions, &exec, &err), &err);
    enter(watch, STAGE_KPI);
    td_kpi_input input = {.events = &log.events, .sessions = &sessions, .funnel = &funnel};
    require(td_kpis_build(&kpis, &input, &exec, &err), &err);
    enter(watch, -1);
    watch->seconds[STAGE_ALL] = bench_seconds(CLOCK_MONOTONIC) - begin;
    td_kpis_free(&kpis);
    td_funnel_free(&funnel);
    td_sessions_free(&sessions);
    td_event_log_free(&log);
}

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The sum makes the compiler keep the reads. */
static unsigned touch_pages(td_bytes bytes) {
    unsigned sum = 0;
    for (uint64_t i = 0; i < bytes.n; i += 4096) sum += (unsigned char)bytes.data[i];
    return sum;
}

int main(int argc, char **argv) {
    if (argc < 2) {
        fprintf(stderr, "usage: bench_kpi EVENTS_CSV [THREADS [RUNS]]\n");
        return 2;
    }
    int n_threads = argc > 2 ? atoi(argv[2]) : td_system_cores();
    int n_runs = argc > 3 ? atoi(argv[3]) : 5;
    if (n_runs < 1 || n_runs > MAX_RUNS) n_runs = 5;
    td_file *file;
    td_error err = {0};
    require(td_file_open(&file, argv[1], &err), &err);
    td_bytes bytes = td_file_bytes(file);
    unsigned sum = touch_pages(bytes);
    static double seconds[N_STAGES][MAX_RUNS];
    for (int run = 0; run < n_runs; run++) {
        stopwatch watch = {.stage = -1};
        run_once(&watch, file, n_threads);
        for (int i = 0; i < N_STAGES; i++) seconds[i][run] = watch.seconds[i];
    }
    double mb = (double)bytes.n / 1e6;
    printf("%.1f MB, %d threads, median of %d runs (page sum %u)\n", mb, n_threads, n_runs, sum);
    for (int i = 0; i < N_STAGES; i++) {
        qsort(seconds[i], (size_t)n_runs, sizeof(double), ascending);
        double median = seconds[i][n_runs / 2];
        printf("%-14s %8.4f s %9.0f MB/s\n", stage_names[i], median, mb / median);
    }
    printf("peak %.0f MB of the heap\n", (double)td_mem_peak_bytes() / 1e6);
    td_file_close(file);
    return 0;
}
