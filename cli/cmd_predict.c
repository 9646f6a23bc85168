/* cli/cmd_predict.c: `tundish predict`: scores of a model for the rows of a table.
 *
 *     model file + table -> [kept columns,] prediction[, raw]      a line for each row, in order
 *
 *   1. Read the model; it knows its columns by name and which of them are categories.
 *   2. Read the table accordingly. Other columns are allowed, their order has no meaning; a file
 *      without a header has the names c0, c1, ... and so is matched by place.
 *   3. Score all rows with all threads, write the CSV whole or not at all.
 *
 * `prediction` is the probability of label 1, or the value of a regression; `raw` is what the
 * trees add up to (log-odds). A model of several classes writes prediction_0, prediction_1, ... and
 * raw_0, raw_1, ..., a probability and a score for each class. Numbers, kept ones too, are written
 * as the shortest text that reads back equal (1.50 -> 1.5). JSON: rows, timings {load, predict,
 * write, other, wall}. */
#include <stdio.h>

#include "cli/model_file.h"
#include "cli/progress.h"
#include "cli/report_text.h"
#include "cli/score_table.h"
#include "core/base/mem.h"

typedef struct options {
    td_data_format format;
    const char *model;
    const char *out;
    const char *keep;
    int has_raw;
} options;

#define AT(field) offsetof(options, field)

static const td_option own_options[] = {
    {"model", "FILE", NULL, "model written by train", AT(model), TD_OPT_TEXT, 1, 0, 0},
    {"out", "FILE", NULL,
     "CSV to write: column `prediction`, for several classes `prediction_0`, `prediction_1`, ..., "
     "one "
     "row per row of the table; '-' = stdout",
     AT(out), TD_OPT_TEXT, 1, 0, 0},
    {"keep", "COL,...", NULL, "columns of the table to write before the prediction", AT(keep),
     TD_OPT_TEXT, 0, 0, 0},
    {"raw", NULL, NULL, "also a column `raw`: the score before it becomes a probability",
     AT(has_raw), TD_OPT_FLAG, 0, 0, 0},
};

const td_usage td_usage_predict = {
    .options = own_options,
    .n_options = sizeof own_options / sizeof *own_options,
    .shared = td_data_options,
    .n_shared = TD_N_DATA_OPTIONS,
    .shared_at = AT(format),
    .size = sizeof(options),
    .notes = "`prediction` is the probability of label 1, or the value of a regression;\n"
             "`prediction_K` the probability of class K.",
    .examples =
        "  tundish predict --model m.tundish --data test.csv --out scores.csv\n"
        "  tundish predict --model m.tundish --data test.csv --keep id,label --out scores.csv",
};

typedef struct work {
    td_any_model model;
    td_score_table table;
    const td_column **feature;
    uint64_t n_outputs;
    double *prediction; /* [n_outputs * rows], output by output */
    double *raw;        /* likewise; NULL without --raw */
    td_score_times times;
} work;

/* The table borrows names of the model, so the model goes last. */
static void free_work(work *w) {
    td_mem_free(w->prediction);
    td_mem_free(w->raw);
    td_mem_free(w->feature);
    td_score_table_free(&w->table);
    td_any_model_free(&w->model);
    *w = (work){.times = w->times};
}

/* Model before table: the model says how to read. */
static td_status load(work *w, const options *o, const td_cli *cli, td_error *err) {
    TD_TRY(td_any_model_read(&w->model, o->model, err));
    uint32_t n = td_any_model_n_features(&w->model);
    td_score_feature *feature = td_arena_array(&w->table.arena, n, sizeof *feature, err);
    if (feature == NULL) return TD_ERR_NOMEM;
    for (uint32_t f = 0; f < n; f++) {
        feature[f] =
            (td_score_feature){td_any_model_feature(&w->model, f), td_any_model_kind(&w->model, f)};
    }
    td_score_request request = {&o->format, o->keep, feature, n};
    return td_score_table_read(&w->table, &request, cli, err);
}

/* Two passes over the trees with --raw: the price of one simple library call. */
static td_status predict(work *w, const options *o, const td_exec *exec, td_error *err) {
    td_data *data = &w->table.data;
    uint64_t n = data->table.n_rows;
    TD_NEW(w->feature, data->table.n_columns, err);
    td_matrix_view view = td_data_view(data, w->feature, NULL, 0);
    w->n_outputs = td_any_model_n_outputs(&w->model);
    TD_NEW(w->prediction, n * w->n_outputs, err);
    td_status status =
        td_any_model_predict(w->prediction, &w->model, &view, TD_SCORE_RESPONSE, exec, err);
    TD_TRY(td_data_blame(data, status, err));
    if (!o->has_raw) return TD_OK;
    TD_NEW(w->raw, n * w->n_outputs, err);
    return td_any_model_predict(w->raw, &w->model, &view, TD_SCORE_RAW, exec, err);
}

/* Columns `name`, or name_0, name_1, ... of several classes. */
static td_status name_columns(td_score_column *column, work *w, const char *name,
                              const double *score, td_error *err) {
    enum { NAME = 32 };
    char *text = td_arena_array(&w->table.arena, w->n_outputs, NAME, err);
    if (text == NULL) return TD_ERR_NOMEM;
    for (uint64_t k = 0; k < w->n_outputs; k++) {
        snprintf(text + k * NAME, NAME, w->n_outputs > 1 ? "%s_%llu" : "%s", name,
                 (unsigned long long)k);
        column[k] = (td_score_column){text + k * NAME, score + k * w->table.data.table.n_rows};
    }
    return TD_OK;
}

static td_status write_scores(work *w, const char *path, const td_exec *exec, td_error *err) {
    uint64_t n = w->raw != NULL ? 2 * w->n_outputs : w->n_outputs;
    td_score_column *column = td_arena_array(&w->table.arena, n, sizeof *column, err);
    if (column == NULL) return TD_ERR_NOMEM;
    TD_TRY(name_columns(column, w, "prediction", w->prediction, err));
    if (w->raw != NULL) TD_TRY(name_columns(column + w->n_outputs, w, "raw", w->raw, err));
    td_score_columns scores = {column, (uint32_t)n};
    return td_score_table_write(path, &w->table, &scores, exec, err);
}

static void fill_json(td_json *json, const void *ctx) {
    const work *w = ctx;
    td_json_u64(json, "rows", w->times.n_rows);
    td_score_times_json(json, &w->times);
}

static td_status run(work *w, const options *o, const td_cli *cli, td_error *err) {
    double start = td_clock_seconds();
    TD_TRY(td_cli_check_out(cli, o->out, err));
    TD_TRY(load(w, o, cli, err));
    double loaded = td_clock_seconds();
    TD_TRY(predict(w, o, &cli->exec, err));
    double predicted = td_clock_seconds();
    TD_TRY(write_scores(w, o->out, &cli->exec, err));
    w->times = (td_score_times){.load = loaded - start,
                                .predict = predicted - loaded,
                                .write = td_clock_seconds() - predicted,
                                .start = cli->start,
                                .n_rows = w->table.data.table.n_rows};
    free_work(w); /* its time belongs to `other` */
    TD_TRY(td_cli_write_json(cli, fill_json, w, err));
    td_score_times_print(&w->times, cli, o->out);
    return TD_OK;
}

td_status td_cmd_predict(const td_cli *cli, const void *given, td_error *err) {
    work w = {0};
    td_status status = run(&w, given, cli, err);
    free_work(&w);
    return status;
}
