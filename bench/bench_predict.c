/* bench/bench_predict.c: time of td_predict, for whole tables and for small batches.
 *
 *     build/bench/bench_predict MODEL TABLE [threads=N] [repeat=N] [rows=N]
 *
 * MODEL as written by `tundish train`, TABLE any file that `tundish predict` reads. One line per
 * number of rows (1, 4, 16, ... and all, or `rows` alone): milliseconds of wall and CPU time per
 * call and nanoseconds of CPU time per row, each the best of `repeat` measurements of calls that
 * together take at least 20 ms. A call includes everything td_predict prepares from the model.
 * TD_SIMD=scalar|avx2|avx512 chooses the kernel. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/support/tools.h"
#include "core/base/cpu.h"
#include "core/base/mem.h"
#include "core/matrix.h"
#include "gbdt/gbdt.h"
#include "io/csv_read.h"
#include "io/file.h"

static td_model *read_model(const char *path) {
    td_error err = {0};
    td_file *file;
    td_model *model;
    bench_must(td_file_open(&file, path, &err), &err);
    td_bytes bytes = td_file_bytes(file);
    bench_must(td_model_from_bytes(&model, bytes.data, bytes.n, &err), &err);
    td_file_close(file);
    return model;
}

/* Columns that the model knows as categories are read as such. */
static td_table read_table(const char *path, const td_model *model, const td_exec *exec) {
    td_error err = {0};
    td_csv_options options = td_csv_options_default();
    uint32_t n = td_model_n_features(model);
    const char **name = malloc((n + 1) * sizeof *name);
    for (uint32_t f = 0; f < n; f++) {
        int is_category = td_model_feature_kind(model, f) == TD_COLUMN_CATEGORY;
        if (is_category) name[options.n_categorical++] = td_model_feature_name(model, f);
    }
    options.categorical = name;
    td_table table;
    bench_must(td_csv_read(&table, path, &options, exec, &err), &err);
    free(name);
    return table;
}

typedef struct job {
    const td_model *model;
    td_matrix_view view;
    td_exec exec;
    int repeat;
} job;

static void measure(const job *work, uint64_t n_rows) {
    td_error err = {0};
    td_matrix_view view = work->view;
    view.n_rows = n_rows;
    double *score = malloc(n_rows * sizeof *score), best_wall = 1e9, best_cpu = 1e9;
    for (int k = 0; k < work->repeat; k++) {
        double wall = bench_seconds(CLOCK_MONOTONIC), cpu = bench_seconds(CLOCK_PROCESS_CPUTIME_ID),
               used = 0;
        uint64_t n_calls = 0;
        for (; used < 0.02; n_calls++) {
            bench_must(td_predict(score, work->model, &view, TD_SCORE_RESPONSE, &work->exec, &err),
                       &err);
            used = bench_seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu;
        }
        wall = (bench_seconds(CLOCK_MONOTONIC) - wall) / (double)n_calls;
        used /= (double)n_calls;
        if (wall < best_wall) best_wall = wall;
        if (used < best_cpu) best_cpu = used;
    }
    printf("%9llu rows  wall %9.3f ms  cpu %9.3f ms  %8.1f ns/row\n", (unsigned long long)n_rows,
           1e3 * best_wall, 1e3 * best_cpu, 1e9 * best_cpu / (double)n_rows);
    free(score);
}

int main(int argc, char **argv) {
    if (argc < 3) {
        fprintf(stderr, "usage: bench_predict MODEL TABLE [threads=N] [repeat=N] [rows=N]\n");
        return 2;
    }
    job work = {.exec = {.n_threads = 1}, .repeat = 5};
    uint64_t n_rows = 0;
    for (int i = 3; i < argc; i++) {
        if (strncmp(argv[i], "threads=", 8) == 0) work.exec.n_threads = atoi(argv[i] + 8);
        if (strncmp(argv[i], "repeat=", 7) == 0) work.repeat = atoi(argv[i] + 7);
        if (strncmp(argv[i], "rows=", 5) == 0) n_rows = strtoull(argv[i] + 5, NULL, 10);
    }
    td_model *model = read_model(argv[1]);
    td_table table = read_table(argv[2], model, &work.exec);
    const td_column **feature = malloc(table.n_columns * sizeof *feature);
    work.model = model;
    work.view = td_table_view(&table, feature, NULL);
    printf("%s, %d threads, %d trees\n", td_cpu_simd_name(td_cpu_simd()), work.exec.n_threads,
           td_model_best_iteration(model));
    for (uint64_t n = 1; n_rows == 0 && n < table.n_rows; n *= 4) measure(&work, n);
    measure(&work, n_rows > 0 && n_rows < table.n_rows ? n_rows : table.n_rows);
    free(feature);
    td_table_free(&table);
    td_model_free(model);
    return 0;
}
