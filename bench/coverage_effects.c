/* bench/coverage_effects.c: how often intervals about effects hold the truth.
 *
 *     build/bench/coverage_effects GENERATOR ROWS RUNS [TREES]
 *
 * Each run draws ROWS rows of a generator (its seed is the run's number) and 200 rows more, fits
 * the effect forest to the first, and asks whether the 95 % intervals hold
 *
 *   cate      the true effect of each of the 200 rows (little bags)
 *   ate       the mean true effect of the run's rows (doubly robust scores, cross-fitted trees)
 *   gate      that of each fifth of the rows by effects out of fold (T-learner)
 *
 * The nuisance is estimated as `uplift inspect` does it. Prints shares, mean widths and errors. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/support/tools.h"
#include "core/base/mem.h"
#include "core/matrix.h"
#include "datasets/causal_generators.h"
#include "uplift/forest.h"
#include "uplift/nuisance.h"

enum { N_TEST = 200, N_GROUPS = 5 };

typedef struct tally {
    double cate, width, error, ate, gate, groups, runs;
} tally;

typedef struct bed {
    td_causal_data drawn;
    td_matrix train, test;
    uint32_t *row, *arm;
    td_uplift_data data;
    td_uplift_params params;
} bed;

static const char *const names[] = {"0", "1"};

/* Of the forest: its trees, and other parameters as key=value. */
typedef struct forest_settings {
    const char *trees;
    int n;
    char **setting; /* [n] */
} forest_settings;

static bed bed_make(const char *generator, uint64_t n, uint64_t seed,
                    const forest_settings *forest) {
    bed b = {0};
    td_error err = {0};
    td_causal_params params = td_causal_params_default(generator);
    params.n_rows = n + N_TEST;
    params.seed = seed;
    bench_must(td_causal_draw(&b.drawn, &params, NULL, &err), &err);
    b.row = td_mem_array(n + N_TEST, sizeof *b.row, &err);
    b.arm = td_mem_array(n, sizeof *b.arm, &err);
    if (b.row == NULL || b.arm == NULL) bench_must(TD_ERR_NOMEM, &err);
    for (uint32_t i = 0; i < n + N_TEST; i++) b.row[i] = i;
    for (uint32_t i = 0; i < n; i++) b.arm[i] = b.drawn.treatment[i] > 0;
    td_row_choice train = {n, b.row}, test = {N_TEST, b.row + n};
    bench_must(td_matrix_take(&b.train, &b.drawn.table, b.drawn.outcome, train, NULL, &err), &err);
    bench_must(td_matrix_take(&b.test, &b.drawn.table, b.drawn.outcome, test, NULL, &err), &err);
    b.data = (td_uplift_data){.rows = b.train.view, .arm = b.arm, .n_arms = 2, .arm_name = names};
    b.params = td_uplift_params_default();
    b.params.trees.seed = seed;
    b.params.learner = TD_UPLIFT_FOREST;
    bench_must(td_params_set(&b.params.trees, "num_iterations", forest->trees, &err), &err);
    for (int k = 0; k < forest->n; k++) {
        char key[64];
        const char *value = strchr(forest->setting[k], '=');
        if (value == NULL) exit(2);
        snprintf(key, sizeof key, "%.*s", (int)(value - forest->setting[k]), forest->setting[k]);
        bench_must(td_params_set(&b.params.trees, key, value + 1, &err), &err);
    }
    return b;
}

static void bed_free(bed *b) {
    td_matrix_free(&b->train);
    td_matrix_free(&b->test);
    td_mem_free(b->row);
    td_mem_free(b->arm);
    td_causal_data_free(&b->drawn);
}

static void judge_forest(tally *sum, const bed *b, const td_exec *exec) {
    td_uplift_model *model;
    td_error err = {0};
    double effect[N_TEST], se[N_TEST];
    td_forest_effects out = {effect, se};
    bench_must(td_uplift_fit(&model, NULL, &b->data, &b->params, exec, &err), &err);
    bench_must(td_uplift_spread(out, model, 1, &b->test.view, exec, &err), &err);
    td_uplift_model_free(model);
    uint64_t n = b->train.view.n_rows;
    for (int i = 0; i < N_TEST; i++) {
        double off = effect[i] - b->drawn.effect[n + (uint64_t)i];
        sum->cate += (fabs(off) <= 1.959964 * se[i]) / (double)N_TEST;
        sum->width += 2 * 1.959964 * se[i] / N_TEST;
        sum->error += off * off / N_TEST;
    }
}

/* True means of the groups that the out-of-fold effects make: by the same borders. */
static void judge_groups(tally *sum, const td_effect_groups *groups, const double *effect,
                         const double *truth, uint64_t n) {
    for (uint32_t k = 0; k < groups->n_groups; k++) {
        const td_effect_group *group = &groups->group[k];
        double mean = 0, rows = 0;
        for (uint64_t i = 0; i < n; i++) {
            if (effect[i] < group->low || effect[i] > group->high || group->n == 0) continue;
            mean += truth[i];
            rows++;
        }
        if (rows == 0) continue;
        mean /= rows;
        sum->groups++;
        sum->gate += group->mean.interval.low <= mean && mean <= group->mean.interval.high;
    }
}

static void judge_scores(tally *sum, bed *b, const td_exec *exec) {
    td_nuisance nuisance;
    td_error err = {0};
    uint64_t n = b->train.view.n_rows;
    td_uplift_params params = b->params;
    params.trees = td_train_params_default();
    params.learner = TD_UPLIFT_T;
    double *effect = td_mem_array(2 * n, sizeof *effect, &err);
    if (effect == NULL) bench_must(TD_ERR_NOMEM, &err);
    bench_must(td_nuisance_fit(&nuisance, &b->data, &params, exec, &err), &err);
    bench_must(td_uplift_crosspredict(effect, &b->data, &params, 2, exec, &err), &err);
    td_effect_rows rows = td_nuisance_rows(&nuisance);
    bench_must(td_effect_scores(effect + n, &rows, &err), &err);
    td_effect_scored scored = {n, effect, effect + n, .95, NULL};
    td_effect_groups groups;
    bench_must(td_effect_groups_build(&groups, &scored, N_GROUPS, &err), &err);
    td_effect_estimate ate = td_effect_mean(effect + n, n, .95);
    double truth = 0;
    for (uint64_t i = 0; i < n; i++) truth += b->drawn.effect[i] / (double)n;
    sum->ate += ate.interval.low <= truth && truth <= ate.interval.high;
    judge_groups(sum, &groups, effect, b->drawn.effect, n);
    td_nuisance_free(&nuisance);
    td_mem_free(effect);
}

int main(int argc, char **argv) {
    if (argc < 4) {
        fprintf(stderr, "usage: coverage_effects GENERATOR ROWS RUNS [TREES]\n");
        return 2;
    }
    uint64_t n = strtoull(argv[2], NULL, 10), runs = strtoull(argv[3], NULL, 10);
    forest_settings forest = {argc > 4 ? argv[4] : "500", argc > 5 ? argc - 5 : 0, argv + 5};
    td_exec exec = {.n_threads = 2};
    tally sum = {0};
    for (uint64_t r = 0; r < runs; r++) {
        bed b = bed_make(argv[1], n, r + 1, &forest);
        judge_forest(&sum, &b, &exec);
        judge_scores(&sum, &b, &exec);
        bed_free(&b);
        sum.runs++;
    }
    printf("%s n %llu trees %s runs %.0f: cate %.4f width %.3f rmse %.3f | ate %.4f | gate %.4f\n",
           argv[1], (unsigned long long)n, forest.trees, sum.runs, sum.cate / sum.runs,
           sum.width / sum.runs, sqrt(sum.error / sum.runs), sum.ate / sum.runs,
           sum.gate / sum.groups);
    return 0;
}
