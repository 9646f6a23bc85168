/* cli/cmd_uplift_predict.c: `tundish uplift predict`: the learned effect for the rows of a table.
 *
 *     model file + table -> [kept columns,] uplift             one treated arm
 *                           [kept columns,] uplift_A,uplift_B  several
 *
 * --level adds to a model of uplift_forest the spread of every effect over half-samples,
 *
 *     uplift_se, uplift_low, uplift_high = uplift -+ z((1 + level) / 2) se      [_A, _B]
 *
 * after the effects, arm by arm; other learners have no such spread in their file and are refused.
 *
 * The table needs the model's feature columns, in any order; treatment and outcome may be absent. A
 * model that weighs effects by a known propensity wants its column, too (uplift_new_rows.c).
 * An effect is in units of the outcome: for a 0/1 outcome the change of its probability. Numbers
 * are written as the shortest text that reads back equal. JSON: rows, arms, mean_uplift {arm: x},
 * timings {load, predict, write, other, wall}. */
#include <stdio.h>

#include "cli/progress.h"
#include "cli/report_text.h"
#include "cli/uplift_file.h"
#include "cli/uplift_new_rows.h"
#include "core/base/mem.h"
#include "core/base/numeric.h"
#include "uplift/forest.h"

typedef struct options {
    td_data_format format;
    const char *model;
    const char *out;
    const char *keep;
    const char *propensity;
    double level; /* of intervals, 0 = none wanted */
} options;

#define AT(field) offsetof(options, field)

static const td_option own_options[] = {
    {"model", "FILE", NULL, "model written by `tundish uplift fit`", AT(model), TD_OPT_TEXT, 1, 0,
     0},
    {"out", "FILE", NULL,
     "CSV to write: column `uplift` (uplift_ARM with several arms), a row per row; '-' = stdout",
     AT(out), TD_OPT_TEXT, 1, 0, 0},
    {"keep", "COL,...", NULL, "columns of the table to write before the uplift", AT(keep),
     TD_OPT_TEXT, 0, 0, 0},
    {"propensity", "P,...", NULL,
     "known P(treated) of these rows, a column or a number for each treated arm, in place of the "
     "columns that the model names; of models that weigh effects by it (x)",
     AT(propensity), TD_OPT_TEXT, 0, 0, 0},
    {"level", "L", NULL,
     "of uplift_forest: also write uplift_se and the interval uplift_low, uplift_high of level L "
     "(_ARM with several arms)",
     AT(level), TD_OPT_REAL, 0, 0.5, 0.9999},
};

const td_usage td_usage_uplift_predict = {
    .options = own_options,
    .n_options = sizeof own_options / sizeof *own_options,
    .shared = td_data_options,
    .n_shared = TD_N_DATA_OPTIONS,
    .shared_at = AT(format),
    .size = sizeof(options),
    .notes =
        "`uplift` is by how much the treatment changes the outcome of that row: the change of a\n"
        "probability, or of a number. Sort by it, descending, to know whom to treat first.\n"
        "Intervals tell how far an effect would move with other rows, not how far it is off:\n"
        "docs/uplift.md has the shares that hold the truth.",
    .examples =
        "  tundish uplift predict --model m.uplift --data test.csv --out effects.csv\n"
        "  tundish uplift predict --model m.uplift --data test.csv --keep visitor,treated --out -\n"
        "  tundish uplift predict --model forest.uplift --data test.csv --level 0.9 --out e.csv",
};

typedef struct work {
    td_uplift_model *model;
    td_uplift_new_rows rows;
    uint32_t n_effects; /* treated arms */
    double *uplift;     /* [n_effects * n_rows] */
    double *spread;     /* [3 * n_effects * n_rows] se, low, high of every arm; NULL = not wanted */
    td_score_times times;
} work;

/* The rows borrow names of the model, so the model goes last. */
static void free_work(work *w) {
    td_mem_free(w->uplift);
    td_mem_free(w->spread);
    td_uplift_new_rows_free(&w->rows);
    td_uplift_model_free(w->model);
}

static td_status load(work *w, const options *o, const td_cli *cli, td_error *err) {
    td_uplift_new_request request = {&o->format, o->keep, o->propensity};
    TD_TRY(td_uplift_file_read(&w->model, o->model, err));
    w->n_effects = td_uplift_model_n_arms(w->model) - 1;
    return td_uplift_new_rows_read(&w->rows, w->model, &request, cli, err);
}

/* Interval of every effect; the mean that comes with the errors rounds otherwise and is dropped. */
static td_status add_intervals(work *w, const td_matrix_view *view, double level,
                               const td_exec *exec, td_error *err) {
    uint64_t n = view->n_rows;
    double z = td_normal_quantile((1 + level) / 2);
    TD_NEW(w->spread, 3 * w->n_effects * n, err);
    for (uint32_t a = 0; a < w->n_effects; a++) {
        double *se = w->spread + 3 * a * n, *low = se + n, *high = low + n;
        td_forest_effects out = {.effect = low, .se = se};
        TD_TRY(td_uplift_spread(out, w->model, a + 1, view, exec, err));
        for (uint64_t i = 0; i < n; i++) {
            low[i] = w->uplift[a * n + i] - z * se[i];
            high[i] = w->uplift[a * n + i] + z * se[i];
        }
    }
    return TD_OK;
}

static td_status predict(work *w, double level, const td_exec *exec, td_error *err) {
    const td_matrix_view *view = &w->rows.view;
    TD_NEW(w->uplift, w->n_effects * view->n_rows, err);
    td_status status = td_uplift_predict(w->uplift, w->model, view, w->rows.propensity, exec, err);
    if (status == TD_OK && level > 0) status = add_intervals(w, view, level, exec, err);
    return td_data_blame(&w->rows.table.data, status, err);
}

enum { NAME = 300 };

/* One column `uplift`, or a column for each arm; text is room for NAME bytes. */
static td_score_column column_of(char *text, const work *w, const char *figure, uint32_t arm,
                                 const double *value) {
    const char *own = td_uplift_model_arm(w->model, arm + 1);
    int is_one = w->n_effects == 1;
    snprintf(text, NAME, "uplift%s%s%s", figure, is_one ? "" : "_", is_one ? "" : own);
    return (td_score_column){text, value};
}

/* Effects of all arms, then error and interval of each. */
static td_status write_effects(work *w, const char *path, const td_exec *exec, td_error *err) {
    static const char *const figures[] = {"_se", "_low", "_high"};
    td_arena *arena = &w->rows.table.arena;
    uint32_t n_columns = (w->spread != NULL ? 4 : 1) * w->n_effects, k = 0;
    uint64_t n = w->rows.table.data.table.n_rows;
    td_score_column *column = td_arena_array(arena, n_columns, sizeof *column, err);
    char *text = td_arena_array(arena, n_columns, NAME, err);
    if (column == NULL || text == NULL) return TD_ERR_NOMEM;
    for (; k < w->n_effects; k++) {
        column[k] = column_of(text + (uint64_t)k * NAME, w, "", k, w->uplift + k * n);
    }
    for (uint32_t f = 0; k < n_columns; k++, f++) {
        column[k] =
            column_of(text + (uint64_t)k * NAME, w, figures[f % 3], f / 3, w->spread + f * n);
    }
    td_score_columns scores = {column, n_columns};
    return td_score_table_write(path, &w->rows.table, &scores, exec, err);
}

static double mean_uplift(const work *w, uint32_t arm) {
    uint64_t n = w->rows.table.data.table.n_rows;
    td_sum sum = {0, 0};
    for (uint64_t i = 0; i < n; i++) td_sum_add(&sum, w->uplift[arm * n + i]);
    return td_sum_value(&sum) / (double)n;
}

static void fill_json(td_json *json, const void *ctx) {
    const work *w = ctx;
    td_json_u64(json, "rows", w->rows.table.data.table.n_rows);
    td_json_u64(json, "arms", w->n_effects);
    td_json_object(json, "mean_uplift");
    for (uint32_t a = 0; a < w->n_effects; a++) {
        td_json_f64(json, td_uplift_model_arm(w->model, a + 1), mean_uplift(w, a));
    }
    td_json_end(json);
    td_score_times_json(json, &w->times);
}

static td_status run(work *w, const options *o, const td_cli *cli, td_error *err) {
    double start = td_clock_seconds();
    TD_TRY(td_cli_check_out(cli, o->out, err));
    TD_TRY(load(w, o, cli, err));
    double loaded = td_clock_seconds();
    TD_TRY(predict(w, o->level, &cli->exec, err));
    double predicted = td_clock_seconds();
    TD_TRY(write_effects(w, o->out, &cli->exec, err));
    w->times = (td_score_times){.load = loaded - start,
                                .predict = predicted - loaded,
                                .write = td_clock_seconds() - predicted,
                                .start = cli->start,
                                .n_rows = w->rows.table.data.table.n_rows};
    TD_TRY(td_cli_write_json(cli, fill_json, w, err));
    td_score_times_print(&w->times, cli, o->out);
    return TD_OK;
}

td_status td_cmd_uplift_predict(const td_cli *cli, const void *given, td_error *err) {
    work w = {0};
    td_status status = run(&w, given, cli, err);
    free_work(&w);
    return status;
}
