/* cli/monitor_baseline.c: what `monitor` takes from a run directory.
 *
 *   manifest.json                       run_id, and the parameters that scored the sessions
 *   results/models/primary.tundish      the model
 *   data/extracts/ml_features.parquet   features and labels of all sessions; the reference are
 *                                       those of the test part, the latest
 *   results/metrics/kpis_by_day.csv     key figures of every day
 *
 * A run of an older version may lack a file or a parameter: the error names it. */
#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>

#include "cli/monitor.h"
#include "core/base/mem.h"
#include "io/file.h"

/* --- manifest --------------------------------------------------------------------------------- */

static td_status text_of(char *out, size_t size, const cJSON *object, const char *key,
                         const char *path, td_error *err) {
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, key));
    TD_CHECK(text != NULL && strlen(text) < size, err, TD_ERR_FORMAT, "%s: no text '%s'", path,
             key);
    snprintf(out, size, "%s", text);
    return TD_OK;
}

/* The manifest keeps parameters as texts, numbers too. */
static td_status whole_of(int64_t *out, const cJSON *object, const char *key, const char *path,
                          td_error *err) {
    char text[32];
    TD_TRY(text_of(text, sizeof text, object, key, path, err));
    TD_CHECK(td_text_is_whole(text, out), err, TD_ERR_FORMAT, "%s: '%s' is '%s', no whole number",
             path, key, text);
    return TD_OK;
}

/* New sessions have to be cut, decided and featured as the run's were; only cleaning is the
 * usual. */
static td_status take_parameters(td_monitor_baseline *out, const cJSON *root, const char *path,
                                 td_error *err) {
    const cJSON *parameters = cJSON_GetObjectItemCaseSensitive(root, "parameters");
    int64_t hide_cart = 0;
    TD_TRY(text_of(out->run_id, sizeof out->run_id, root, "run_id", path, err));
    TD_TRY(text_of(out->target, sizeof out->target, parameters, "target", path, err));
    TD_TRY(text_of(out->price_property, sizeof out->price_property, parameters, "price_property",
                   path, err));
    TD_TRY(whole_of(&out->scoring.gap_s, parameters, "gap_seconds", path, err));
    TD_TRY(whole_of(&out->scoring.decision_s, parameters, "decision_seconds", path, err));
    TD_TRY(whole_of(&out->scoring.purge_s, parameters, "purge_seconds", path, err));
    TD_TRY(whole_of(&hide_cart, parameters, "hide_cart", path, err));
    out->scoring.hide_cart = (int)hide_cart;
    out->scoring.target = out->target;
    out->scoring.price_property = out->price_property;
    out->scoring.cleaning.max_excluded = 0.01;
    return TD_OK;
}

static td_status read_manifest(td_monitor_baseline *out, const char *run, td_error *err) {
    char path[4096];
    td_file *file = NULL;
    TD_TRY(td_path_join(path, sizeof path, run, "manifest.json", err));
    TD_TRY(td_file_open(&file, path, err));
    td_bytes bytes = td_file_bytes(file);
    cJSON *root = cJSON_ParseWithLength(bytes.data, bytes.n);
    td_status status = root == NULL
                           ? td_fail(err, TD_ERR_FORMAT, "%s: not the manifest of a run", path)
                           : take_parameters(out, root, path, err);
    cJSON_Delete(root);
    td_file_close(file);
    return status;
}

/* --- sessions --------------------------------------------------------------------------------- */

/* Number columns only; a text column of this name is another program's file. NULL = failed. */
static const double *number_column(const td_data *data, const char *name, td_error *err) {
    uint32_t c = 0;
    if (td_data_find(&c, data, name, err) != TD_OK) return NULL;
    const double *number = data->table.column[c].number;
    if (number == NULL)
        (void)td_fail(err, TD_ERR_FORMAT, "%s: column %s is not a number", data->path, name);
    return number;
}

/* 1 when the text of a row of `split` is the name of the part. */
static int is_part(const td_column *split, uint64_t row, td_part part) {
    const char *name = td_part_name(part);
    uint32_t code = split->code[row];
    if (code == TD_CODE_NONE) return 0;
    const td_textdict *dict = &split->dict;
    uint64_t begin = dict->begin[code], length = dict->begin[code + 1] - begin;
    return length == strlen(name) && memcmp(dict->bytes + begin, name, length) == 0;
}

/* Test rows, their labels, and the last decision of any part. */
static td_status pick_reference(td_monitor_baseline *out, td_error *err) {
    const td_table *table = &out->features.table;
    const double *label = number_column(&out->features, "label", err);
    if (label == NULL) return TD_ERR_FORMAT;
    const double *decision = number_column(&out->features, "decision", err);
    if (decision == NULL) return TD_ERR_FORMAT;
    uint32_t split = 0;
    TD_TRY(td_data_find(&split, &out->features, "split", err));
    TD_CHECK(table->column[split].kind == TD_COLUMN_CATEGORY, err, TD_ERR_FORMAT,
             "%s: column split is not a text", out->features.path);
    TD_NEW(out->row, table->n_rows, err);
    TD_NEW(out->train_row, table->n_rows, err);
    TD_NEW(out->label, table->n_rows, err);
    for (uint64_t i = 0; i < table->n_rows; i++) {
        if ((int64_t)decision[i] > out->last_decision) out->last_decision = (int64_t)decision[i];
        if (is_part(&table->column[split], i, TD_TRAIN))
            out->train_row[out->n_train++] = (uint32_t)i;
        if (!is_part(&table->column[split], i, TD_TEST)) continue;
        out->label[out->n] = label[i];
        out->row[out->n++] = (uint32_t)i;
    }
    TD_CHECK(out->n > 0, err, TD_ERR_SHAPE, "%s: no session of the test part", out->features.path);
    return TD_OK;
}

/* By the model that new sessions are scored with, so that both sides come from one code. */
static td_status score_reference(td_monitor_baseline *out, const td_cli *cli, td_error *err) {
    const td_table *table = &out->features.table;
    const td_column **feature = td_mem_array(table->n_columns, sizeof *feature, err);
    if (feature == NULL) return TD_ERR_NOMEM;
    td_matrix_view view = td_data_view(&out->features, feature, NULL, 0);
    double *all = td_mem_array(table->n_rows, sizeof *all, err);
    out->score = td_mem_array(out->n, sizeof *out->score, err);
    td_status status = all == NULL || out->score == NULL ? TD_ERR_NOMEM : TD_OK;
    if (status == TD_OK)
        status = td_any_model_predict(all, &out->model, &view, TD_SCORE_RESPONSE, &cli->exec, err);
    for (uint64_t i = 0; i < out->n && status == TD_OK; i++) out->score[i] = all[out->row[i]];
    td_mem_free(all);
    td_mem_free(feature);
    return status;
}

/* --- public ----------------------------------------------------------------------------------- */

static td_status read_table(td_data *out, char path[4096], const char *run, const char *name,
                            const td_cli *cli, td_error *err) {
    td_csv_options lists = td_csv_options_default();
    td_data_format format = {.delimiter = NULL};
    TD_TRY(td_path_join(path, 4096, run, name, err));
    return td_data_read(out, path, &format, &lists, cli, err);
}

static td_status read_all(td_monitor_baseline *out, const char *run, const td_cli *cli,
                          td_error *err) {
    char path[4096];
    TD_TRY(read_manifest(out, run, err));
    TD_TRY(td_path_join(path, sizeof path, run, "results/models/primary.tundish", err));
    TD_TRY(td_any_model_read(&out->model, path, err));
    TD_TRY(read_table(&out->days, path, run, "results/metrics/kpis_by_day.csv", cli, err));
    TD_TRY(read_table(&out->features, path, run, "data/extracts/ml_features.parquet", cli, err));
    TD_TRY(pick_reference(out, err));
    TD_TRY(score_reference(out, cli, err));
    out->days.path = out->features.path = run; /* the paths above end with this call */
    return TD_OK;
}

td_status td_monitor_baseline_read(td_monitor_baseline *out, const char *run, const td_cli *cli,
                                   td_error *err) {
    *out = (td_monitor_baseline){.last_decision = INT64_MIN};
    td_status status = read_all(out, run, cli, err);
    if (status != TD_OK) td_monitor_baseline_free(out);
    return status;
}

void td_monitor_baseline_free(td_monitor_baseline *baseline) {
    td_any_model_free(&baseline->model);
    td_data_free(&baseline->features);
    td_data_free(&baseline->days);
    td_mem_free(baseline->row);
    td_mem_free(baseline->train_row);
    td_mem_free(baseline->score);
    td_mem_free(baseline->label);
    *baseline = (td_monitor_baseline){0};
}
