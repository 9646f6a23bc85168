/* cli/cmd_uplift_predict.c: `tundish uplift predict`: the learned effect for the rows of a table.
 *
 *     model file + table -> [kept columns,] uplift             one treated arm
 *                           [kept columns,] uplift_A,uplift_B  several
 *
 * The table needs the model's feature columns, in any order; treatment and outcome may be absent.
 * An effect is in units of the outcome: for a 0/1 outcome the change of its probability. Numbers
 * are written as the shortest text that reads back equal. JSON: rows, arms, mean_uplift {arm: x},
 * timings {load, predict, write}. */
#include <stdio.h>
#include <string.h>

#include "cli/data.h"
#include "cli/progress.h"
#include "cli/report_text.h"
#include "cli/uplift_file.h"
#include "core/base/mem.h"
#include "core/base/numeric.h"
#include "io/csv_write.h"

typedef struct options {
    td_data_format format;
    const char *model;
    const char *out;
    const char *keep;
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
        "probability, or of a number. Sort by it, descending, to know whom to treat first.",
    .examples =
        "  tundish uplift predict --model m.uplift --data test.csv --out effects.csv\n"
        "  tundish uplift predict --model m.uplift --data test.csv --keep visitor,treated --out -",
};

typedef struct work {
    td_arena arena;
    td_uplift_model *model;
    td_data data;
    const td_column **feature;
    const td_column **kept; /* [n_kept] */
    uint32_t n_kept;
    uint32_t n_effects; /* treated arms */
    double *uplift;     /* [n_effects * n_rows] */
    double load_s, predict_s, write_s;
} work;

static void free_work(work *w) {
    td_mem_free(w->uplift);
    td_mem_free(w->feature);
    td_data_free(&w->data);
    td_uplift_model_free(w->model);
    td_arena_free(&w->arena);
}

/* What to read: kept columns as they are written, the model's columns as the kinds it knows; the
 * reader lets a number win where a name stands in both. */
static td_status list_columns(td_csv_options *lists, work *w, const char *const *keep,
                              td_error *err) {
    uint32_t n_features = td_uplift_model_n_features(w->model), n = w->n_kept;
    const char **name = td_arena_array(&w->arena, (uint64_t)n + n_features, sizeof *name, err);
    if (name == NULL) return TD_ERR_NOMEM;
    memcpy(name, keep, n * sizeof *name);
    for (int kind = 1; kind >= 0; kind--) {
        for (uint32_t f = 0; f < n_features; f++) {
            int is_category = td_uplift_model_feature_kind(w->model, f) == TD_COLUMN_CATEGORY;
            if (is_category == kind) name[n++] = td_uplift_model_feature(w->model, f);
        }
        if (kind == 1) lists->n_categorical = n;
    }
    lists->categorical = lists->only = name;
    lists->numeric = name + lists->n_categorical;
    lists->n_numeric = n - lists->n_categorical;
    lists->n_only = n;
    return TD_OK;
}

static td_status load(work *w, const options *o, const td_cli *cli, td_error *err) {
    td_csv_options lists = td_csv_options_default();
    TD_TRY(td_uplift_file_read(&w->model, o->model, err));
    w->n_effects = td_uplift_model_n_arms(w->model) - 1;
    const char *const *keep = NULL;
    TD_TRY(td_list_split(&keep, &w->n_kept, o->keep, "keep", &w->arena, err));
    TD_TRY(list_columns(&lists, w, keep, err));
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

static td_status predict(work *w, const td_exec *exec, td_error *err) {
    TD_NEW(w->feature, w->data.table.n_columns, err);
    td_matrix_view view = td_data_view(&w->data, w->feature, NULL, 0);
    TD_NEW(w->uplift, w->n_effects * view.n_rows, err);
    return td_data_blame(&w->data, td_uplift_predict(w->uplift, w->model, &view, exec, err), err);
}

/* Header: kept names, then `uplift` or one name for each arm. */
static void write_header(td_writer *writer, const work *w) {
    for (uint32_t k = 0; k < w->n_kept; k++) {
        td_csv_write_text(writer, ',', w->kept[k]->name, strlen(w->kept[k]->name));
        td_writer_text(writer, ",");
    }
    for (uint32_t a = 0; a < w->n_effects; a++) {
        char name[300];
        int n = snprintf(name, sizeof name, w->n_effects == 1 ? "uplift" : "uplift_%s",
                         td_uplift_model_arm(w->model, a + 1));
        if (a > 0) td_writer_text(writer, ",");
        uint64_t length = n < (int)sizeof name ? (uint64_t)n : sizeof name - 1;
        td_csv_write_text(writer, ',', name, length);
    }
    td_writer_text(writer, "\n");
}

static td_status write_csv(const work *w, const char *path, const td_exec *exec, td_error *err) {
    td_writer *writer = NULL;
    td_status status = TD_OK;
    uint64_t n = w->data.table.n_rows;
    TD_TRY(td_writer_open(&writer, path, err));
    write_header(writer, w);
    for (uint64_t i = 0; i < n && status == TD_OK; i++) {
        if (i % (1 << 16) == 0) status = td_exec_progress(exec, "write", i, n, err);
        for (uint32_t k = 0; k < w->n_kept; k++) {
            td_data_write_cell(writer, w->kept[k], i);
            td_writer_text(writer, ",");
        }
        for (uint32_t a = 0; a < w->n_effects; a++) {
            if (a > 0) td_writer_text(writer, ",");
            td_writer_f64(writer, w->uplift[a * n + i]);
        }
        td_writer_text(writer, "\n");
    }
    if (status == TD_OK) return td_writer_commit(writer, err);
    td_writer_abort(writer);
    return status;
}

static double mean_uplift(const work *w, uint32_t arm) {
    uint64_t n = w->data.table.n_rows;
    td_sum sum = {0, 0};
    for (uint64_t i = 0; i < n; i++) td_sum_add(&sum, w->uplift[arm * n + i]);
    return td_sum_value(&sum) / (double)n;
}

static void fill_json(td_json *json, const void *ctx) {
    const work *w = ctx;
    td_json_u64(json, "rows", w->data.table.n_rows);
    td_json_u64(json, "arms", w->n_effects);
    td_json_object(json, "mean_uplift");
    for (uint32_t a = 0; a < w->n_effects; a++) {
        td_json_f64(json, td_uplift_model_arm(w->model, a + 1), mean_uplift(w, a));
    }
    td_json_end(json);
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
    TD_TRY(predict(w, &cli->exec, err));
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

td_status td_cmd_uplift_predict(const td_cli *cli, const void *given, td_error *err) {
    work w = {0};
    td_status status = run(&w, given, cli, err);
    free_work(&w);
    return status;
}
