/* bench/bench_train.c: time of binning, training and prediction on float32 .npy arrays.
 *
 *     build/bench/bench_train DIR/SET [key=value ...]     reads SET_Xtrain.npy, SET_ytrain.npy,
 *                                                         SET_Xtest.npy, SET_ytest.npy
 *
 * The arrays are those of a benchmark data generator: C order, little endian. Besides training
 * parameters the keys threads=N, repeat=N, categorical=0,1,5 (columns) and save=FILE are known.
 * Prints one line per run: seconds of each stage, AUC and log-loss on the test rows, the model's
 * SHA-256 and the peak of allocated memory. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/support/tools.h"
#include "core/base/cpu.h"
#include "core/base/hash.h"
#include "core/base/mem.h"
#include "core/matrix.h"
#include "gbdt/gbdt.h"
#include "stats/probability.h"
#include "stats/ranking.h"

/* Seconds of the wall clock and of the process on all cores: beside other work only the second
 * tells. */
typedef struct moment {
    double wall, cpu;
} moment;

static moment now(void) {
    return (moment){bench_seconds(CLOCK_MONOTONIC), bench_seconds(CLOCK_PROCESS_CPUTIME_ID)};
}

/* ---- data ------------------------------------------------------------------------------------ */

/* Opens an .npy of float32 in C order and leaves the file at its first value. */
static FILE *open_npy(const char *stem, const char *part, uint64_t shape[2]) {
    char path[4096], header[4096] = "";
    snprintf(path, sizeof path, "%s_%s.npy", stem, part);
    FILE *file = fopen(path, "rb");
    unsigned char magic[10];
    if (file == NULL || fread(magic, 1, 10, file) != 10) {
        fprintf(stderr, "bench_train: cannot read %s\n", path);
        exit(1);
    }
    size_t length = (size_t)magic[8] + 256 * (size_t)magic[9];
    if (length >= sizeof header || fread(header, 1, length, file) != length) exit(1);
    const char *at = strstr(header, "'shape': (");
    if (at == NULL || strstr(header, "'<f4'") == NULL || strstr(header, "True") != NULL) exit(1);
    shape[1] = 1;
    sscanf(at + 10, "%lu, %lu", &shape[0], &shape[1]);
    return file;
}

static double *read_label(const char *stem, const char *part, uint64_t n) {
    uint64_t shape[2];
    FILE *file = open_npy(stem, part, shape);
    float *values = malloc(n * sizeof *values);
    double *label = malloc(n * sizeof *label);
    if (shape[0] != n || fread(values, sizeof *values, n, file) != n) exit(1);
    for (uint64_t i = 0; i < n; i++) label[i] = values[i];
    free(values);
    fclose(file);
    return label;
}

static td_table read_table(const char *stem, const char *part) {
    uint64_t shape[2];
    td_error err = {0};
    FILE *file = open_npy(stem, part, shape);
    td_table table;
    bench_must(td_table_init(&table, shape[0], (uint32_t)shape[1], &err), &err);
    for (uint32_t f = 0; f < shape[1]; f++) {
        char name[16];
        snprintf(name, sizeof name, "f%u", f);
        bench_must(td_table_set_number(&table, f, name, &err), &err);
    }
    float *row = malloc(shape[1] * sizeof *row);
    for (uint64_t i = 0; i < shape[0]; i++) {
        if (fread(row, sizeof *row, shape[1], file) != shape[1]) exit(1);
        for (uint32_t f = 0; f < shape[1]; f++) table.column[f].number[i] = row[f];
    }
    free(row);
    fclose(file);
    return table;
}

/* Turn a column of small integers into categories whose texts are the numbers. */
static void make_category(td_column *column, uint64_t n) {
    td_error err = {0};
    char *bytes = calloc(n, 12);
    uint64_t *begin = calloc(n, sizeof *begin);
    uint32_t *length = calloc(n, sizeof *length);
    for (uint64_t i = 0; i < n; i++) {
        begin[i] = 12 * i;
        length[i] = (uint32_t)snprintf(bytes + begin[i], 12, "%d", (int)column->number[i]);
    }
    bench_must(td_textdict_build(&column->dict, n, bytes, begin, length, &err), &err);
    column->code = td_mem_array(n, sizeof *column->code, &err);
    for (uint64_t i = 0; i < n; i++) {
        column->code[i] = td_textdict_find(&column->dict, bytes + begin[i], length[i]);
    }
    td_mem_free(column->number);
    column->number = NULL;
    column->kind = TD_COLUMN_CATEGORY;
    free(bytes);
    free(begin);
    free(length);
}

static void make_categories(td_table *table, const char *list) {
    for (const char *at = list; *at != '\0';) {
        char *end;
        long f = strtol(at, &end, 10);
        if (end == at || f < 0 || f >= (long)table->n_columns) exit(1);
        make_category(&table->column[f], table->n_rows);
        at = *end == ',' ? end + 1 : end;
    }
}

static td_matrix_view view_of(const td_table *table, const double *label) {
    const td_column **feature = malloc(table->n_columns * sizeof *feature);
    return td_table_view(table, feature, label);
}

/* ---- one run --------------------------------------------------------------------------------- */

typedef struct run {
    td_matrix_view train, test;
    td_train_params params;
    td_exec exec;
    const char *save;
} run;

static void report(const run *job, const moment time[4], const td_model *model,
                   const double *score) {
    td_error err = {0};
    td_ranking ranking = {0};
    char *bytes, hex[65];
    uint64_t n;
    bench_must(td_ranking_build(&ranking, score, job->test.label, job->test.n_rows, NULL, &err),
               &err);
    bench_must(td_model_to_bytes(&bytes, &n, model, &err), &err);
    bench_must(td_sha256_of(bytes, n, hex, &err), &err);
    printf("%s threads %d", td_cpu_simd_name(td_cpu_simd()), job->exec.n_threads);
    static const char *const stage[] = {"bin", "train", "predict"};
    for (int k = 0; k < 3; k++) {
        printf("  %s %.3f (cpu %.3f)", stage[k], time[k + 1].wall - time[k].wall,
               time[k + 1].cpu - time[k].cpu);
    }
    printf("  auc %.6f  peak %.0f MB  %.12s\n", td_ranking_auc(&ranking).value,
           (double)td_mem_peak_bytes() * 1e-6, hex);
    fflush(stdout);
    FILE *file = job->save != NULL ? fopen(job->save, "wb") : NULL;
    if (file != NULL && fwrite(bytes, 1, n, file) == n) fclose(file);
    td_mem_free(bytes);
    td_ranking_free(&ranking);
}

static void run_once(const run *job) {
    td_error err = {0};
    td_binned *binned;
    td_model *model;
    moment time[4];
    double *score = malloc(job->test.n_rows * sizeof *score);
    time[0] = now();
    bench_must(td_binned_build(&binned, &job->train, &job->params, &job->exec, &err), &err);
    time[1] = now();
    bench_must(
        td_train(&model, NULL, (td_train_rows){binned, NULL}, &job->params, &job->exec, &err),
        &err);
    time[2] = now();
    bench_must(td_predict(score, model, &job->test, TD_SCORE_RESPONSE, &job->exec, &err), &err);
    time[3] = now();
    report(job, time, model, score);
    td_model_free(model);
    td_binned_free(binned);
    free(score);
}

int main(int argc, char **argv) {
    if (argc < 2) {
        fprintf(stderr, "usage: bench_train DIR/SET [key=value ...]\n");
        return 2;
    }
    run job = {.params = td_train_params_default(), .exec = {.n_threads = 2}};
    const char *categories = "";
    int repeat = 1;
    td_error err = {0};
    for (int i = 2; i < argc; i++) {
        char *value = strchr(argv[i], '=');
        if (value == NULL) return 2;
        *value++ = '\0';
        if (strcmp(argv[i], "threads") == 0)
            job.exec.n_threads = atoi(value);
        else if (strcmp(argv[i], "repeat") == 0)
            repeat = atoi(value);
        else if (strcmp(argv[i], "categorical") == 0)
            categories = value;
        else if (strcmp(argv[i], "save") == 0)
            job.save = value;
        else
            bench_must(td_params_set(&job.params, argv[i], value, &err), &err);
    }
    td_table train = read_table(argv[1], "Xtrain"), test = read_table(argv[1], "Xtest");
    make_categories(&train, categories);
    make_categories(&test, categories);
    double *label = read_label(argv[1], "ytrain", train.n_rows);
    double *test_label = read_label(argv[1], "ytest", test.n_rows);
    job.train = view_of(&train, label);
    job.test = view_of(&test, test_label);
    for (int i = 0; i < repeat; i++) run_once(&job);
    return 0;
}
