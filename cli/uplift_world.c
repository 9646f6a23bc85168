/* cli/uplift_world.c: where the rows of `uplift simulate` come from.
 *
 *   a generator   datasets/causal_generators: rows 0 .. n - 1 train, the others test
 *   a shop        events.csv -> features of every scored session (scoring.c), joined with
 *                 truth/sessions.csv by (visitor, start): both are in that order, one walk suffices
 *
 * A shop's log is its untreated world; a session whose visitor's coin says "treated" gets y1 as its
 * outcome here, and nothing of that feeds back into later sessions (datasets/README.md). */
#include "cli/uplift_world.h"

#include <math.h>
#include <string.h>

#include "core/base/mem.h"
#include "io/csv_read.h"
#include "io/csv_write.h"

void td_uplift_world_free(td_uplift_world *world) {
    td_mem_free(world->treatment);
    td_mem_free(world->outcome);
    td_mem_free(world->propensity);
    td_mem_free(world->effect);
    td_mem_free(world->cluster);
    td_mem_free(world->train);
    td_mem_free(world->test);
    td_causal_data_free(&world->drawn);
    td_scored_free(&world->scored);
    td_shop_free(&world->shop);
    memset(world, 0, sizeof *world);
}

static td_status allocate(td_uplift_world *world, uint64_t n, td_error *err) {
    world->n = n;
    TD_NEW(world->treatment, n, err);
    TD_NEW(world->outcome, n, err);
    TD_NEW(world->propensity, n, err);
    TD_NEW(world->effect, n, err);
    TD_NEW(world->train, n, err);
    TD_NEW(world->test, n, err);
    return TD_OK;
}

/* ---- a generator ----------------------------------------------------------------------------- */

static td_status draw(td_uplift_world *world, const td_causal_params *params, uint64_t n_test,
                      const td_exec *exec, td_error *err) {
    td_causal_params both = *params;
    both.n_rows += n_test;
    TD_TRY(td_causal_draw(&world->drawn, &both, exec, err));
    TD_TRY(allocate(world, both.n_rows, err));
    const td_causal_data *drawn = &world->drawn;
    size_t bytes = both.n_rows * sizeof *world->effect;
    memcpy(world->treatment, drawn->treatment, bytes);
    memcpy(world->outcome, drawn->outcome, bytes);
    memcpy(world->propensity, drawn->propensity, bytes);
    memcpy(world->effect, drawn->effect, bytes);
    for (uint64_t i = 0; i < both.n_rows; i++) {
        if (i < params->n_rows) {
            world->train[world->n_train++] = (uint32_t)i;
        } else {
            world->test[world->n_test++] = (uint32_t)i;
        }
    }
    world->features = &drawn->table;
    return TD_OK;
}

td_status td_uplift_world_draw(td_uplift_world *out, const td_causal_params *params,
                               uint64_t n_test, const td_exec *exec, td_error *err) {
    memset(out, 0, sizeof *out);
    td_status status = draw(out, params, n_test, exec, err);
    if (status != TD_OK) td_uplift_world_free(out);
    return status;
}

/* ---- a shop ---------------------------------------------------------------------------------- */

enum { VISITOR, START, ARM, P0, P1, Y0, Y1, N_COLUMNS };
static const char *const truth_columns[N_COLUMNS] = {"visitorid", "start", "arm", "p0",
                                                     "p1",        "y0",    "y1"};

static td_status read_truth(td_table *out, char *path, size_t size, const char *folder,
                            const td_exec *exec, td_error *err) {
    char inner[4096];
    TD_TRY(td_path_join(inner, sizeof inner, folder, "truth", err));
    TD_TRY(td_path_join(path, size, inner, "sessions.csv", err));
    td_csv_options options = td_csv_options_default();
    options.only = options.numeric = truth_columns;
    options.n_only = options.n_numeric = N_COLUMNS;
    return td_csv_read(out, path, &options, exec, err);
}

/* Columns of the truth by the enum above. */
static td_status find_columns(const double *column[N_COLUMNS], const td_table *truth,
                              td_error *err) {
    for (int c = 0; c < N_COLUMNS; c++) {
        uint32_t index;
        TD_TRY(td_table_find(truth, truth_columns[c], &index, err));
        column[c] = truth->column[index].number;
    }
    return TD_OK;
}

/* Row t of the truth tells session i. */
static void take_session(td_uplift_world *world, uint64_t i, const double *const *column,
                         uint64_t t) {
    int is_treated = column[ARM][t] > 0;
    world->treatment[i] = is_treated;
    world->outcome[i] = column[is_treated ? Y1 : Y0][t];
    world->propensity[i] = 0.5;
    world->effect[i] = column[P1][t] - column[P0][t];
}

static td_status join_truth(td_uplift_world *world, const td_feature_set *set,
                            const td_table *truth, const char *path, td_error *err) {
    const double *column[N_COLUMNS];
    TD_TRY(find_columns(column, truth, err));
    uint64_t t = 0;
    for (uint64_t i = 0; i < set->n; i++) {
        double visitor = (double)set->visitor[i], start = (double)set->start[i];
        while (t < truth->n_rows && (column[VISITOR][t] < visitor ||
                                     (column[VISITOR][t] == visitor && column[START][t] < start))) {
            t++;
        }
        int is_there = t < truth->n_rows && column[VISITOR][t] == visitor &&
                       column[START][t] == start && column[P0][t] >= 0 && column[Y1][t] >= 0;
        if (!is_there) {
            return td_fail_at(err, TD_ERR_FORMAT, path, 0, 0,
                              "no truth of the session of visitor %lld at %lld: only the standard "
                              "target and gap of an unchanged `generate` folder have one",
                              (long long)set->visitor[i], (long long)set->start[i]);
        }
        take_session(world, i, column, t);
    }
    return TD_OK;
}

/* Sessions are in the order of their visitors. */
static td_status number_visitors(td_uplift_world *world, const td_feature_set *set, td_error *err) {
    TD_NEW(world->cluster, set->n, err);
    for (uint64_t i = 0; i < set->n; i++) {
        world->n_clusters += i == 0 || set->visitor[i] != set->visitor[i - 1];
        world->cluster[i] = world->n_clusters - 1;
    }
    return TD_OK;
}

/* The sessions of `scored`, which may be another's. */
static td_status join(td_uplift_world *world, const char *folder, const td_scored *scored,
                      const td_exec *exec, td_error *err) {
    char path[4096];
    TD_TRY(allocate(world, scored->set.n, err));
    TD_TRY(number_visitors(world, &scored->set, err));
    td_table truth = {0};
    TD_TRY(read_truth(&truth, path, sizeof path, folder, exec, err));
    td_status status = join_truth(world, &scored->set, &truth, path, err);
    td_table_free(&truth);
    for (uint64_t i = 0; i < world->n; i++) {
        td_part part = (td_part)scored->split.part[i];
        if (part == TD_TRAIN || part == TD_VALID) world->train[world->n_train++] = (uint32_t)i;
        if (part == TD_TEST) world->test[world->n_test++] = (uint32_t)i;
    }
    world->features = &scored->set.features;
    return status;
}

td_status td_uplift_world_join(td_uplift_world *out, const char *folder, const td_scored *scored,
                               const td_exec *exec, td_error *err) {
    memset(out, 0, sizeof *out);
    td_status status = join(out, folder, scored, exec, err);
    if (status != TD_OK) td_uplift_world_free(out);
    return status;
}

static td_status read_shop(td_uplift_world *world, const char *folder, const td_scoring *scoring,
                           const td_exec *exec, td_error *err) {
    TD_TRY(td_scoring_open(&world->shop, folder, scoring, exec, err));
    TD_TRY(td_scoring_build(&world->scored, &world->shop, scoring, exec, err));
    return join(world, folder, &world->scored, exec, err);
}

td_status td_uplift_world_read(td_uplift_world *out, const char *folder, const td_scoring *scoring,
                               const td_exec *exec, td_error *err) {
    memset(out, 0, sizeof *out);
    td_status status = read_shop(out, folder, scoring, exec, err);
    if (status != TD_OK) td_uplift_world_free(out);
    return status;
}

/* ---- writing --------------------------------------------------------------------------------- */

enum { N_EXTRA = 5 };

/* A table that borrows the features' columns and the truth's arrays; only its list is owned. */
static td_status lend(td_table *out, double **part, const td_uplift_world *world, td_error *err) {
    static const char *const names[N_EXTRA] = {"treatment", "outcome", "propensity", "effect",
                                               "part"};
    uint32_t p = world->features->n_columns;
    TD_NEW_ZEROED(*part, world->n, err);
    for (uint64_t k = 0; k < world->n_test; k++) (*part)[world->test[k]] = 1;
    double *const number[N_EXTRA] = {world->treatment, world->outcome, world->propensity,
                                     world->effect, *part};
    td_column *column;
    TD_NEW_ZEROED(column, (uint64_t)p + N_EXTRA, err);
    memcpy(column, world->features->column, p * sizeof *column);
    for (uint32_t c = 0; c < N_EXTRA; c++) {
        column[p + c] = (td_column){.name = (char *)(uintptr_t)names[c], .number = number[c]};
    }
    *out = (td_table){.n_rows = world->n, .n_columns = p + N_EXTRA, .column = column};
    return TD_OK;
}

td_status td_uplift_world_write(const td_uplift_world *world, const char *path, td_error *err) {
    td_table table = {0};
    double *part = NULL;
    td_status status = lend(&table, &part, world, err);
    if (status == TD_OK) status = td_csv_write(&table, path, err);
    td_mem_free(table.column);
    td_mem_free(part);
    return status;
}
