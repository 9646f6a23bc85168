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
 * write}. */
#include <stdio.h>
#include <string.h>

#include "cli/data.h"
#include "cli/model_file.h"
#include "cli/progress.h"
#include "cli/report_text.h"
#include "core/base/mem.h"
#include "io/csv_write.h"

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
    td_arena arena;
    td_any_model model;
    td_data data;
    const td_column **feature;
    const td_column **kept; /* [n_kept] */
    uint32_t n_kept;
    uint64_t n_outputs;
    double *prediction; /* [n_outputs * rows], output by output */
    double *raw;        /* likewise; NULL without --raw */
    double load_s, predict_s, write_s;
} work;

/* Names in the arena are borrowed by the table options, so it goes last. */
static void free_work(work *w) {
    td_mem_free(w->prediction);
    td_mem_free(w->raw);
    td_mem_free(w->feature);
    td_data_free(&w->data);
    td_any_model_free(&w->model);
    td_arena_free(&w->arena);
}

/* Model before table: the model says how to read. */
static td_status load(work *w, const options *o, const td_cli *cli, td_error *err) {
    td_csv_options lists = td_csv_options_default();
    TD_TRY(td_any_model_read(&w->model, o->model, err));
    const char *const *keep = NULL;
    TD_TRY(td_list_split(&keep, &w->n_kept, o->keep, "keep", &w->arena, err));
    TD_TRY(td_any_model_columns(&lists, &w->model, keep, w->n_kept, &w->arena, err));
    TD_TRY(td_data_read(&w->data, o->format.data, &o->format, &lists, cli, err));
    w->kept = td_arena_array(&w->arena, (uint64_t)w->n_kept + 1, sizeof *w->kept, err);
    if (w->kept == NULL) return TD_ERR_NOMEM;
    for (uint32_t i = 0; i < w->n_kept; i++) {
        uint32_t index = 0;
        TD_TRY(td_data_find(&index, &w->data, keep[i], err));
        w->kept[i] = &w->data.table.column[index];
    }
    return TD_OK;
}

/* Two passes over the trees with --raw: the price of one simple library call. */
static td_status predict(work *w, const options *o, const td_exec *exec, td_error *err) {
    uint64_t n = w->data.table.n_rows;
    TD_NEW(w->feature, w->data.table.n_columns, err);
    td_matrix_view view = td_data_view(&w->data, w->feature, NULL, 0);
    w->n_outputs = td_any_model_n_outputs(&w->model);
    TD_NEW(w->prediction, n * w->n_outputs, err);
    td_status status =
        td_any_model_predict(w->prediction, &w->model, &view, TD_SCORE_RESPONSE, exec, err);
    TD_TRY(td_data_blame(&w->data, status, err));
    if (!o->has_raw) return TD_OK;
    TD_NEW(w->raw, n * w->n_outputs, err);
    return td_any_model_predict(w->raw, &w->model, &view, TD_SCORE_RAW, exec, err);
}

/* "prediction", or "prediction_0,prediction_1,...". */
static void write_names(td_writer *writer, const char *name, uint64_t n_outputs) {
    for (uint64_t k = 0; k < n_outputs; k++) {
        char text[48];
        snprintf(text, sizeof text, n_outputs > 1 ? "%s%s_%llu" : "%s%s", k > 0 ? "," : "", name,
                 (unsigned long long)k);
        td_writer_text(writer, text);
    }
}

static void write_scores(td_writer *writer, const double *score, uint64_t n, uint64_t n_outputs) {
    for (uint64_t k = 0; k < n_outputs; k++) {
        if (k > 0) td_writer_text(writer, ",");
        td_writer_f64(writer, score[k * n]);
    }
}

/* Column by column would be faster to read, row by row is what a file wants. */
static td_status write_csv(const work *w, const char *path, const td_exec *exec, td_error *err) {
    td_writer *writer = NULL;
    td_status status = TD_OK;
    uint64_t n = w->data.table.n_rows;
    TD_TRY(td_writer_open(&writer, path, err));
    for (uint32_t k = 0; k < w->n_kept; k++) {
        td_csv_write_text(writer, ',', w->kept[k]->name, strlen(w->kept[k]->name));
        td_writer_text(writer, ",");
    }
    write_names(writer, "prediction", w->n_outputs);
    if (w->raw != NULL) td_writer_text(writer, ",");
    if (w->raw != NULL) write_names(writer, "raw", w->n_outputs);
    td_writer_text(writer, "\n");
    for (uint64_t i = 0; i < n && status == TD_OK; i++) {
        if (i % (1 << 16) == 0) status = td_exec_progress(exec, "write", i, n, err);
        for (uint32_t k = 0; k < w->n_kept; k++) {
            td_data_write_cell(writer, w->kept[k], i);
            td_writer_text(writer, ",");
        }
        write_scores(writer, w->prediction + i, n, w->n_outputs);
        if (w->raw != NULL) td_writer_text(writer, ",");
        if (w->raw != NULL) write_scores(writer, w->raw + i, n, w->n_outputs);
        td_writer_text(writer, "\n");
    }
    if (status == TD_OK) return td_writer_commit(writer, err);
    td_writer_abort(writer);
    return status;
}

/* The three phases as the clock saw them. */
static void fill_json(td_json *json, const void *ctx) {
    const work *w = ctx;
    td_json_u64(json, "rows", w->data.table.n_rows);
    td_json_object(json, "timings");
    td_json_f64(json, "load", w->load_s);
    td_json_f64(json, "predict", w->predict_s);
    td_json_f64(json, "write", w->write_s);
    td_json_end(json);
}

static td_status run(work *w, const options *o, const td_cli *cli, td_error *err) {
    double start = td_clock_seconds();
    TD_TRY(td_cli_check_out(cli, o->out, err));
    TD_TRY(load(w, o, cli, err));
    double loaded = td_clock_seconds();
    TD_TRY(predict(w, o, &cli->exec, err));
    double predicted = td_clock_seconds();
    TD_TRY(write_csv(w, o->out, &cli->exec, err));
    w->load_s = loaded - start;
    w->predict_s = predicted - loaded;
    w->write_s = td_clock_seconds() - predicted;
    TD_TRY(td_cli_write_json(cli, fill_json, w, err));
    char rows[32];
    if (td_cli_has_text(cli, o->out))
        printf("%s rows scored and written to %s\nload %.2f s, predict %.2f s, write %.2f s\n",
               td_text_count(rows, w->data.table.n_rows), o->out, w->load_s, w->predict_s,
               w->write_s);
    return TD_OK;
}

td_status td_cmd_predict(const td_cli *cli, const void *given, td_error *err) {
    work w = {0};
    td_status status = run(&w, given, cli, err);
    free_work(&w);
    return status;
}
