/* bench/bench_forest.c: how long an effect forest takes to grow.
 *
 *     build/bench/bench_forest [rows=100000] [features=12] [trees=100] [threads=2] [repeats=1]
 *                              [min_rows=10] [arms=2] [outcome=0]
 *
 * A made-up trial: every arm has the same chance, 5 % respond, the effect follows two of the
 * features. The outcome is the response, with noise (outcome=1), or what the responding spend, with
 * a heavy tail (outcome=2). Features have 255 bins each. The forest is the default one (honest,
 * half of the rows a tree, bags of two) but for the number of trees; time goes up in proportion to
 * that. Prints seconds of the wall clock and of the processor, leaves per tree, and the correlation
 * of effects with the truth, so that a fast forest that learned nothing would show. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/base/mem.h"
#include "core/base/numeric.h"
#include "core/base/rng.h"
#include "core/matrix.h"
#include "gbdt/tree.h"
#include "uplift/forest.h"

static void must(td_status status, const td_error *err) {
    if (status == TD_OK) return;
    fprintf(stderr, "bench_forest: %s\n", err->text);
    exit(1);
}

static double read_clock(clockid_t id) {
    struct timespec now;
    clock_gettime(id, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static double option(int argc, char **argv, const char *name, double standard) {
    size_t length = strlen(name);
    for (int a = 1; a < argc; a++) {
        if (strncmp(argv[a], name, length) == 0 && argv[a][length] == '=')
            return atof(argv[a] + length + 1);
    }
    return standard;
}

typedef struct trial {
    td_table table;
    const td_column **feature;
    td_matrix_view view;
    double *outcome, *truth, *effect;
    uint32_t *arm;
    td_binned *binned;
} trial;

/* Spending has the same mean for everybody who responds. */
static double outcome_of(td_rng *rng, double chance, int kind) {
    int responds = td_rng_uniform(rng) < chance;
    if (kind == 0) return responds;
    double z = td_rng_normal(rng);
    return kind == 1 ? responds + 0.1 * z : responds * td_exp(1.5 * z);
}

typedef struct size {
    uint64_t n;
    uint32_t p, n_arms;
    int outcome;
} size;

static void draw(trial *t, size of) {
    uint64_t n = of.n;
    uint32_t p = of.p;
    td_error err = {0};
    td_rng rng = td_rng_stream(1, "bench", 0, 0);
    must(td_table_init(&t->table, n, p, &err), &err);
    for (uint32_t f = 0; f < p; f++) {
        char name[16];
        snprintf(name, sizeof name, "x%u", f);
        must(td_table_set_number(&t->table, f, name, &err), &err);
        for (uint64_t i = 0; i < n; i++) t->table.column[f].number[i] = td_rng_uniform(&rng);
    }
    t->outcome = td_mem_array(3 * n, sizeof *t->outcome, &err);
    t->arm = td_mem_array(n, sizeof *t->arm, &err);
    t->feature = td_mem_array(p, sizeof *t->feature, &err);
    if (t->outcome == NULL || t->arm == NULL || t->feature == NULL) must(TD_ERR_NOMEM, &err);
    t->truth = t->outcome + n;
    t->effect = t->truth + n;
    for (uint64_t i = 0; i < n; i++) {
        double x0 = t->table.column[0].number[i], x1 = t->table.column[p > 1].number[i];
        t->truth[i] = 0.04 * x0 * (x1 > 0.5);
        t->arm[i] = of.n_arms - 1 - (uint32_t)(td_rng_uniform(&rng) * of.n_arms);
        t->outcome[i] = outcome_of(&rng, 0.04 + (t->arm[i] == 1) * t->truth[i], of.outcome);
    }
    t->view = td_table_view(&t->table, t->feature, t->outcome);
    td_train_params params = td_train_params_default();
    params.objective = TD_OBJECTIVE_REGRESSION;
    must(td_binned_build(&t->binned, &t->view, &params, NULL, &err), &err);
}

static double correlation(const double *a, const double *b, uint64_t n) {
    double ma = 0, mb = 0, aa = 0, bb = 0, ab = 0;
    for (uint64_t i = 0; i < n; i++) {
        ma += a[i] / (double)n;
        mb += b[i] / (double)n;
    }
    for (uint64_t i = 0; i < n; i++) {
        aa += (a[i] - ma) * (a[i] - ma);
        bb += (b[i] - mb) * (b[i] - mb);
        ab += (a[i] - ma) * (b[i] - mb);
    }
    return ab / sqrt(aa * bb);
}

int main(int argc, char **argv) {
    trial t = {0};
    td_error err = {0};
    uint64_t n = (uint64_t)option(argc, argv, "rows", 1e5);
    size of = {n, (uint32_t)option(argc, argv, "features", 12),
               (uint32_t)option(argc, argv, "arms", 2), (int)option(argc, argv, "outcome", 0)};
    draw(&t, of);
    td_forest_params params = td_forest_params_default();
    params.n_trees = (uint32_t)option(argc, argv, "trees", 100);
    params.min_rows = (uint32_t)option(argc, argv, "min_rows", params.min_rows);
    td_forest_rows rows = {.binned = t.binned, .arm = t.arm, .n_arms = of.n_arms};
    td_exec exec = {.n_threads = (int)option(argc, argv, "threads", 2)};
    for (int r = 0; r < (int)option(argc, argv, "repeats", 1); r++) {
        td_model *arms[TD_UPLIFT_MAX_ARMS], *forest;
        double wall = read_clock(CLOCK_MONOTONIC), cpu = read_clock(CLOCK_PROCESS_CPUTIME_ID);
        must(td_forest_fit(arms, &rows, &params, &exec, &err), &err);
        forest = arms[0];
        wall = read_clock(CLOCK_MONOTONIC) - wall;
        cpu = read_clock(CLOCK_PROCESS_CPUTIME_ID) - cpu;
        double leaves = 0;
        for (uint32_t k = 0; k < forest->n_trees; k++) leaves += forest->tree[k].n_leaves;
        must(td_predict(t.effect, forest, &t.view, TD_SCORE_RAW, &exec, &err), &err);
        printf("%llu rows, %u trees: %.2f s wall, %.2f s processor; %.0f leaves a tree, "
               "correlation %.3f\n",
               (unsigned long long)n, params.n_trees, wall, cpu, leaves / params.n_trees,
               correlation(t.effect, t.truth, n));
        for (uint32_t a = 1; a < of.n_arms; a++) td_model_free(arms[a - 1]);
    }
    td_binned_free(t.binned);
    td_mem_free(t.outcome);
    td_mem_free(t.arm);
    td_mem_free(t.feature);
    td_table_free(&t.table);
    return 0;
}
