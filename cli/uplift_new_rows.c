/* cli/uplift_new_rows.c: from a file to the rows whose effects a model is asked for.
 *
 *     model --names--> features, propensities --> what the reader needs --> view and propensity
 *
 *   1. Where does each treated arm's propensity come from? A model that weighs effects by a design
 *      known row by row (the X-learner) holds the names that `uplift fit --propensity` was given,
 *      columns or numbers; --propensity of `uplift predict` puts others in their place. Most models
 *      want none.
 *   2. Read features, propensity columns and columns to keep (score_table.c); nothing else of the
 *      table is looked at.
 *   3. P(arm) of every row: the control has what the treated arms leave,
 *          p_0 = 1 - sum of p_a.
 *
 * A row may have the chance 0 or 1 here, where nothing is learned from it: its effect is then that
 * of one arm's model alone.
 * Cost: O(rows * (features + arms)). */
#include "cli/uplift_new_rows.h"

#include <stdio.h>
#include <string.h>

#include "core/base/mem.h"
#include "io/csv_place.h"

void td_uplift_new_rows_free(td_uplift_new_rows *rows) {
    td_mem_free(rows->propensity);
    td_mem_free(rows->feature);
    td_score_table_free(&rows->table);
    memset(rows, 0, sizeof *rows);
}

/* Names of the treated arms' propensities; n = 0 where the model wants none. */
typedef struct sources {
    const char *const *name; /* [n] column or number */
    uint32_t n;
} sources;

/* Step 1. */
static td_status list_sources(sources *out, td_arena *arena, const td_uplift_model *model,
                              const char *list, td_error *err) {
    uint32_t n = td_uplift_model_n_arms(model) - 1;
    int is_wanted = td_uplift_model_propensity(model, 1) != NULL;
    TD_CHECK(is_wanted || list == NULL, err, TD_ERR_ARG,
             "--propensity: the effects of this model ('%s') do not depend on a known propensity",
             td_uplift_spec_of(td_uplift_model_learner(model))->name);
    if (!is_wanted) return TD_OK;
    if (list != NULL) {
        TD_TRY(td_list_split(&out->name, &out->n, list, "propensity", arena, err));
        TD_CHECK(out->n == n, err, TD_ERR_ARG,
                 "--propensity: '%s' has %u entries for %u treated arms", list, out->n, n);
        return TD_OK;
    }
    const char **name = td_arena_array(arena, n, sizeof *name, err);
    if (name == NULL) return TD_ERR_NOMEM;
    for (uint32_t a = 0; a < n; a++) name[a] = td_uplift_model_propensity(model, a + 1);
    *out = (sources){name, n};
    return TD_OK;
}

/* Features, and behind them the columns of propensities. */
static td_status list_features(td_score_request *out, td_arena *arena, const td_uplift_model *model,
                               const sources *from, td_error *err) {
    uint32_t n = td_uplift_model_n_features(model);
    td_score_feature *feature = td_arena_array(arena, (uint64_t)n + from->n, sizeof *feature, err);
    if (feature == NULL) return TD_ERR_NOMEM;
    for (uint32_t f = 0; f < n; f++) {
        feature[f] = (td_score_feature){td_uplift_model_feature(model, f),
                                        td_uplift_model_feature_kind(model, f)};
    }
    for (uint32_t a = 0; a < from->n; a++) {
        double number = 0;
        if (td_text_is_real(from->name[a], &number)) continue;
        feature[n++] = (td_score_feature){from->name[a], TD_COLUMN_NUMBER};
    }
    out->feature = feature;
    out->n_features = n;
    return TD_OK;
}

/* The reader knows that a column is missing and not what it is for. */
static td_status explain(td_status status, const sources *from, td_error *err) {
    for (uint32_t a = 0; status != TD_OK && err != NULL && a < from->n; a++) {
        char missing[300], file[sizeof err->file];
        snprintf(missing, sizeof missing, "no column '%.255s'", from->name[a]);
        if (strncmp(err->text, missing, strlen(missing)) != 0) continue;
        memcpy(file, err->file, sizeof file);
        return td_fail_at(
            err, status, file, 0, 0,
            "%s: the model weighs effects by the known P(treated) of each row, learned with "
            "--propensity %s; --propensity names another column, or a number",
            missing, from->name[a]);
    }
    return status;
}

/* Step 3 for one arm. */
static td_status take_one(double *p, const td_data *data, const char *name, td_error *err) {
    uint64_t n = data->table.n_rows;
    double constant = 0;
    uint32_t c = 0;
    int is_number = td_text_is_real(name, &constant);
    TD_CHECK(!is_number || (constant >= 0 && constant <= 1), err, TD_ERR_ARG,
             "--propensity: %s does not lie inside [0, 1]", name);
    if (!is_number) TD_TRY(td_data_find(&c, data, name, err));
    const td_column *column = &data->table.column[c];
    for (uint64_t i = 0; i < n; i++) {
        p[i] = is_number ? constant : column->number[i];
        if (p[i] >= 0 && p[i] <= 1) continue;
        td_csv_place place = {data->path, &data->csv, column->name, i};
        return td_csv_fail_place(&place, "a propensity does not lie inside [0, 1]", err);
    }
    return TD_OK;
}

static td_status take_propensity(td_uplift_new_rows *out, const sources *from, td_error *err) {
    const td_data *data = &out->table.data;
    uint64_t n = data->table.n_rows;
    if (from->n == 0) return TD_OK;
    TD_NEW(out->propensity, (from->n + 1) * n, err);
    for (uint64_t i = 0; i < n; i++) out->propensity[i] = 1;
    for (uint32_t a = 0; a < from->n; a++) {
        double *p = out->propensity + (a + 1) * n;
        TD_TRY(take_one(p, data, from->name[a], err));
        for (uint64_t i = 0; i < n; i++) out->propensity[i] -= p[i];
    }
    return TD_OK;
}

td_status td_uplift_new_rows_read(td_uplift_new_rows *out, const td_uplift_model *model,
                                  const td_uplift_new_request *request, const td_cli *cli,
                                  td_error *err) {
    td_arena *arena = &out->table.arena;
    sources from = {NULL, 0};
    td_score_request wanted = {.format = request->format, .keep = request->keep};
    TD_TRY(list_sources(&from, arena, model, request->propensity, err));
    TD_TRY(list_features(&wanted, arena, model, &from, err));
    TD_TRY(explain(td_score_table_read(&out->table, &wanted, cli, err), &from, err));
    TD_NEW(out->feature, out->table.data.table.n_columns, err);
    out->view = td_data_view(&out->table.data, out->feature, NULL, 0);
    return take_propensity(out, &from, err);
}
