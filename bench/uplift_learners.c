/* bench/uplift_learners.c: how near do the learners come to effects that are known?
 *
 *     uplift_learners LAW ROWS SEED LEARNER,... [known] [key=value ...]   a line of JSON each
 *     uplift_learners --csv DIR LAW ROWS SEED                       the same rows for others
 *     uplift_learners --ihdp FILE SEED LEARNER,... [key=value ...]  a replicate of IHDP
 *
 * 1. Draw ROWS rows of a law of datasets/causal_generators and as many fresh ones (seed + 10^6).
 *    IHDP: all 747 rows are learned from and judged, as its papers do; the truth is not looked at.
 * 2. Fit each learner on the first, with the default parameters or the given ones; the propensity
 *    is estimated, or with `known` that of the law, for fresh rows too.
 * 3. PEHE = sqrt(mean (tau_hat - tau)^2) on the fresh rows; beside it that of the difference of the
 *    arms' means, which a learner must beat to be worth anything, and the processor seconds of the
 *    fit.
 *
 * bench/uplift_peers.py runs it over laws and seeds and beside learners made of XGBoost. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/support/tools.h"
#include "core/base/mem.h"
#include "core/matrix.h"
#include "datasets/causal_generators.h"
#include "uplift/uplift.h"

enum { IHDP_COLUMNS = 30, IHDP_FEATURES = 25, MAX_ROWS_IHDP = 10000 };

/* Rows to learn from or to be judged on. */
typedef struct sample {
    td_causal_data drawn;
    const td_column **feature;
    td_matrix_view view;
    uint32_t *arm;
    double *propensity; /* [2 * n_rows]; NULL = not known */
} sample;

static void fail(const td_error *err) {
    fprintf(stderr, "uplift_learners: %s\n", err->text);
    exit(1);
}

static void view_of(sample *s) {
    td_error err = {0};
    const td_table *table = &s->drawn.table;
    s->feature = td_mem_array(table->n_columns, sizeof *s->feature, &err);
    s->arm = td_mem_array(table->n_rows, sizeof *s->arm, &err);
    if (s->feature == NULL || s->arm == NULL) fail(&err);
    for (uint64_t i = 0; i < table->n_rows; i++) s->arm[i] = s->drawn.treatment[i] == 1;
    s->view = td_table_view(table, s->feature, s->drawn.outcome);
}

static sample draw(const char *law, uint64_t n_rows, uint64_t seed) {
    sample s = {0};
    td_error err = {0};
    td_causal_params params = td_causal_params_default(law);
    params.n_rows = n_rows;
    params.seed = seed;
    if (td_causal_draw(&s.drawn, &params, NULL, &err) != TD_OK) fail(&err);
    view_of(&s);
    return s;
}

static double *numbers(uint64_t n) {
    td_error err = {0};
    double *out = td_mem_array(n, sizeof *out, &err);
    if (out == NULL) fail(&err);
    return out;
}

static void know_propensity(sample *s) {
    uint64_t n = s->view.n_rows;
    s->propensity = numbers(2 * n);
    for (uint64_t i = 0; i < n; i++) {
        s->propensity[i] = 1 - s->drawn.propensity[i];
        s->propensity[n + i] = s->drawn.propensity[i];
    }
}

/* Columns: treatment, y_factual, y_cfactual, mu0, mu1, x1 ... x25; no header. */
static sample read_ihdp(const char *path) {
    static double cell[MAX_ROWS_IHDP][IHDP_COLUMNS];
    uint64_t n = 0;
    FILE *file = fopen(path, "r");
    if (file == NULL) exit(1);
    for (int c = 0; n < MAX_ROWS_IHDP && fscanf(file, "%lf%*[,]", &cell[n][c]) == 1;) {
        c = (c + 1) % IHDP_COLUMNS;
        n += c == 0;
    }
    fclose(file);
    sample s = {0};
    td_error err = {0};
    if (td_table_init(&s.drawn.table, n, IHDP_FEATURES, &err) != TD_OK) fail(&err);
    s.drawn.treatment = numbers(n);
    s.drawn.outcome = numbers(n);
    s.drawn.effect = numbers(n);
    for (int f = 0; f < IHDP_FEATURES; f++) {
        char name[16];
        snprintf(name, sizeof name, "x%d", f + 1);
        if (td_table_set_number(&s.drawn.table, (uint32_t)f, name, &err) != TD_OK) fail(&err);
        for (uint64_t i = 0; i < n; i++) s.drawn.table.column[f].number[i] = cell[i][5 + f];
    }
    for (uint64_t i = 0; i < n; i++) {
        s.drawn.treatment[i] = cell[i][0];
        s.drawn.outcome[i] = cell[i][1];
        s.drawn.effect[i] = cell[i][4] - cell[i][3];
    }
    view_of(&s);
    return s;
}

static void free_sample(sample *s) {
    td_causal_data_free(&s->drawn);
    td_mem_free(s->feature);
    td_mem_free(s->arm);
    td_mem_free(s->propensity);
}

static void write_csv(const char *path, const sample *s) {
    FILE *file = fopen(path, "w");
    if (file == NULL) exit(1);
    for (uint32_t f = 0; f < s->view.n_features; f++) fprintf(file, "%s,", s->feature[f]->name);
    fprintf(file, "treatment,outcome,propensity,effect\n");
    for (uint64_t i = 0; i < s->view.n_rows; i++) {
        const td_causal_data *d = &s->drawn;
        for (uint32_t f = 0; f < s->view.n_features; f++) {
            fprintf(file, "%.17g,", s->feature[f]->number[i]);
        }
        fprintf(file, "%g,%.17g,%.17g,%.17g\n", d->treatment[i], d->outcome[i], d->propensity[i],
                d->effect[i]);
    }
    fclose(file);
}

static double pehe(const double *tau, const sample *s) {
    double sum = 0;
    for (uint64_t i = 0; i < s->view.n_rows; i++) {
        sum += (tau[i] - s->drawn.effect[i]) * (tau[i] - s->drawn.effect[i]);
    }
    return sqrt(sum / (double)s->view.n_rows);
}

static void judge(const char *name, const sample *learn, const sample *fresh,
                  td_uplift_params params) {
    td_error err = {0};
    td_exec exec = {.n_threads = (int)sysconf(_SC_NPROCESSORS_ONLN)};
    static const char *const arms[] = {"0", "1"};
    td_uplift_data data = {.rows = learn->view,
                           .arm = learn->arm,
                           .n_arms = 2,
                           .arm_name = arms,
                           .propensity = learn->propensity};
    td_uplift_pair_report report;
    td_uplift_model *model;
    if (td_uplift_learner_find(&params.learner, name, &err) != TD_OK) fail(&err);
    double start = bench_seconds(CLOCK_PROCESS_CPUTIME_ID);
    if (td_uplift_fit(&model, &report, &data, &params, &exec, &err) != TD_OK) fail(&err);
    double seconds = bench_seconds(CLOCK_PROCESS_CPUTIME_ID) - start;
    double *tau = numbers(fresh->view.n_rows);
    if (td_uplift_predict(tau, model, &fresh->view, fresh->propensity, &exec, &err) != TD_OK) {
        fail(&err);
    }
    double miss = pehe(tau, fresh);
    for (uint64_t i = 0; i < fresh->view.n_rows; i++) {
        tau[i] = report.mean_treated - report.mean_control;
    }
    printf("{\"learner\": \"%s\", \"pehe\": %.6f, \"constant\": %.6f, \"mean_effect\": %.6f, "
           "\"seconds\": %.3f}\n",
           name, miss, pehe(tau, fresh), report.mean_effect, seconds);
    fflush(stdout);
    td_mem_free(tau);
    td_uplift_model_free(model);
}

static void judge_all(char *names, const sample *learn, const sample *fresh, int n, char **setting,
                      uint64_t seed) {
    td_error err = {0};
    td_uplift_params params = td_uplift_params_default();
    for (int k = 0; k < n; k++) {
        char *value = strchr(setting[k], '=');
        if (value == NULL) exit(2);
        *value++ = '\0';
        if (td_params_set(&params.trees, setting[k], value, &err) != TD_OK) fail(&err);
    }
    params.trees.seed = seed;
    for (char *name = strtok(names, ","); name != NULL; name = strtok(NULL, ",")) {
        judge(name, learn, fresh, params);
    }
}

int main(int argc, char **argv) {
    if (argc >= 6 && strcmp(argv[1], "--csv") == 0) {
        for (int k = 0; k < 2; k++) {
            char path[512];
            snprintf(path, sizeof path, "%s/%s.csv", argv[2], k == 0 ? "learn" : "fresh");
            sample s = draw(argv[3], strtoull(argv[4], NULL, 10),
                            strtoull(argv[5], NULL, 10) + (k == 0 ? 0 : 1000000));
            write_csv(path, &s);
            free_sample(&s);
        }
        return 0;
    }
    if (argc >= 5 && strcmp(argv[1], "--ihdp") == 0) {
        sample s = read_ihdp(argv[2]);
        judge_all(argv[4], &s, &s, argc - 5, argv + 5, strtoull(argv[3], NULL, 10));
        free_sample(&s);
        return 0;
    }
    if (argc < 5) {
        fputs("usage: uplift_learners LAW ROWS SEED LEARNER,... [known] [key=value ...]\n", stderr);
        return 2;
    }
    uint64_t n = strtoull(argv[2], NULL, 10), seed = strtoull(argv[3], NULL, 10);
    sample learn = draw(argv[1], n, seed), fresh = draw(argv[1], n, seed + 1000000);
    int is_known = argc > 5 && strcmp(argv[5], "known") == 0;
    if (is_known) {
        know_propensity(&learn);
        know_propensity(&fresh);
    }
    judge_all(argv[4], &learn, &fresh, argc - 5 - is_known, argv + 5 + is_known, seed);
    free_sample(&learn);
    free_sample(&fresh);
    return 0;
}
