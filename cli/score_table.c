/* cli/score_table.c: rows in, rows with scores out.
 *
 *     keep + features --> what the reader needs --> td_data --> (the command scores) --> CSV
 *
 * Row by row is what a file wants; the scores come column by column. Holds no model. */
#include "cli/score_table.h"

#include <stdio.h>
#include <string.h>

#include "cli/progress.h"
#include "cli/report_text.h"
#include "io/csv_write.h"

/* Append the features of one kind. */
static uint32_t list_kind(const char **name, const td_score_request *request, td_column_kind kind) {
    uint32_t n = 0;
    for (uint32_t f = 0; f < request->n_features; f++) {
        if (request->feature[f].kind == kind) name[n++] = request->feature[f].name;
    }
    return n;
}

/* One list of names, kept columns and categories first, numbers behind them: the reader lets a
 * number win where a name stands in both. */
static td_status list_columns(td_csv_options *lists, td_score_table *table,
                              const td_score_request *request, const char *const *keep,
                              td_error *err) {
    uint64_t room = (uint64_t)table->n_kept + request->n_features;
    const char **name = td_arena_array(&table->arena, room, sizeof *name, err);
    if (name == NULL) return TD_ERR_NOMEM;
    for (uint32_t k = 0; k < table->n_kept; k++) name[k] = keep[k];
    uint32_t n_texts = table->n_kept + list_kind(name + table->n_kept, request, TD_COLUMN_CATEGORY);
    lists->categorical = lists->only = name;
    lists->numeric = name + n_texts;
    lists->n_categorical = n_texts;
    lists->n_numeric = list_kind(name + n_texts, request, TD_COLUMN_NUMBER);
    lists->n_only = n_texts + lists->n_numeric;
    return TD_OK;
}

td_status td_score_table_read(td_score_table *out, const td_score_request *request,
                              const td_cli *cli, td_error *err) {
    td_csv_options lists = td_csv_options_default();
    const char *const *keep = NULL;
    TD_TRY(td_list_split(&keep, &out->n_kept, request->keep, "keep", &out->arena, err));
    TD_TRY(list_columns(&lists, out, request, keep, err));
    TD_TRY(td_data_read(&out->data, request->format->data, request->format, &lists, cli, err));
    out->kept = td_arena_array(&out->arena, (uint64_t)out->n_kept + 1, sizeof *out->kept, err);
    if (out->kept == NULL) return TD_ERR_NOMEM;
    for (uint32_t k = 0; k < out->n_kept; k++) {
        uint32_t index = 0;
        TD_TRY(td_data_find(&index, &out->data, keep[k], err));
        out->kept[k] = &out->data.table.column[index];
    }
    return TD_OK;
}

/* The data borrow names of the arena, so it goes last. */
void td_score_table_free(td_score_table *table) {
    td_data_free(&table->data);
    td_arena_free(&table->arena);
}

static void write_header(td_writer *writer, const td_score_table *table,
                         const td_score_columns *scores) {
    for (uint32_t k = 0; k < table->n_kept; k++) {
        td_csv_write_text(writer, ',', table->kept[k]->name, strlen(table->kept[k]->name));
        td_writer_text(writer, ",");
    }
    for (uint32_t c = 0; c < scores->n; c++) {
        if (c > 0) td_writer_text(writer, ",");
        td_csv_write_text(writer, ',', scores->column[c].name, strlen(scores->column[c].name));
    }
    td_writer_text(writer, "\n");
}

static void write_row(td_writer *writer, const td_score_table *table,
                      const td_score_columns *scores, uint64_t row) {
    for (uint32_t k = 0; k < table->n_kept; k++) {
        td_data_write_cell(writer, table->kept[k], row);
        td_writer_text(writer, ",");
    }
    for (uint32_t c = 0; c < scores->n; c++) {
        if (c > 0) td_writer_text(writer, ",");
        td_writer_f64(writer, scores->column[c].value[row]);
    }
    td_writer_text(writer, "\n");
}

td_status td_score_table_write(const char *path, const td_score_table *table,
                               const td_score_columns *scores, const td_exec *exec, td_error *err) {
    td_writer *writer = NULL;
    td_status status = TD_OK;
    uint64_t n = table->data.table.n_rows;
    TD_TRY(td_writer_open(&writer, path, err));
    write_header(writer, table, scores);
    for (uint64_t i = 0; i < n && status == TD_OK; i++) {
        if (i % (1 << 16) == 0) status = td_exec_progress(exec, "write", i, n, err);
        write_row(writer, table, scores, i);
    }
    if (status == TD_OK) return td_writer_commit(writer, err);
    td_writer_abort(writer);
    return status;
}

static double other_seconds(const td_score_times *times, double wall) {
    double named = times->load + times->predict + times->write;
    return wall > named ? wall - named : 0;
}

void td_score_times_json(td_json *json, const td_score_times *times) {
    double wall = td_clock_seconds() - times->start;
    td_json_object(json, "timings");
    td_json_f64(json, "load", times->load);
    td_json_f64(json, "predict", times->predict);
    td_json_f64(json, "write", times->write);
    td_json_f64(json, "other", other_seconds(times, wall));
    td_json_f64(json, "wall", wall);
    td_json_end(json);
}

void td_score_times_print(const td_score_times *times, const td_cli *cli, const char *out) {
    char rows[32];
    if (!td_cli_has_text(cli, out)) return;
    double wall = td_clock_seconds() - times->start;
    printf("%s rows scored and written to %s\n"
           "%.2f s = load %.2f + predict %.2f + write %.2f + other %.2f\n",
           td_text_count(rows, times->n_rows), out, wall, times->load, times->predict, times->write,
           other_seconds(times, wall));
}
