/* cli/uplift_table.c: from a file to the data of td_uplift_fit.
 *
 *     columns of the file:  recency  channel  segment   visit  e
 *                           feature  feature  treatment outcome propensity (if named)
 *
 *   1. Read the table; treatment values that are texts, or named by --arms, are read as texts.
 *   2. Treatment -> arm codes: the values of --arms in their order, control first; without --arms
 *      the numbers 0 and 1. Rows of an arm that --arms leaves out stay in the table without an arm:
 *      they teach bin bounds and nothing else, and are counted for the user.
 *   3. Outcome, weight, propensity -> numbers, clusters -> codes; each bad cell an error with its
 *      place.
 *   4. All other columns are features.
 *
 * A known propensity is P(arm) of each treated arm; the control has the rest, 1 - sum. What is no
 * number is a column name: a column called 0.5 has to be renamed. */
#include "cli/uplift_table.h"

#include <string.h>

#include "core/base/mem.h"
#include "io/csv_place.h"

enum { MAX_ARMS = 64, MAX_SCORES = 16, MAX_LEFT_OUT = 5 + MAX_ARMS + MAX_SCORES };

void td_uplift_table_free(td_uplift_table *table) {
    td_mem_free(table->feature);
    td_mem_free(table->outcome);
    td_mem_free(table->weight);
    td_mem_free(table->arm);
    td_mem_free(table->propensity);
    td_groups_free(&table->clusters);
    td_data_free(&table->data);
    td_arena_free(&table->arena);
    memset(table, 0, sizeof *table);
}

/* Columns that turn out to be no features. */
typedef struct used_columns {
    uint32_t column[MAX_LEFT_OUT];
    uint32_t n;
} used_columns;

static td_status find(uint32_t *column, used_columns *used, const td_uplift_table *table,
                      const char *name, td_error *err) {
    TD_TRY(td_data_find(column, &table->data, name, err));
    used->column[used->n++] = *column;
    return TD_OK;
}

static td_status fail_cell(const td_data *data, uint32_t column, uint64_t row, const char *problem,
                           td_error *err) {
    td_csv_place place = {data->path, &data->csv, data->table.column[column].name, row};
    return td_csv_fail_place(&place, problem, err);
}

/* ---- arms ------------------------------------------------------------------------------------ */

/* Without --arms: numbers 0 and 1. */
static td_status take_numbers(td_uplift_table *out, uint32_t c, td_error *err) {
    static const char *const names[] = {"0", "1"};
    const td_column *column = &out->data.table.column[c];
    TD_CHECK(column->kind == TD_COLUMN_NUMBER, err, TD_ERR_ARG,
             "treatment %s holds texts: name the arms, control first, with --arms CONTROL,ARM,...",
             column->name);
    for (uint64_t i = 0; i < out->data.table.n_rows; i++) {
        double w = column->number[i];
        if (w != 0 && w != 1) {
            return fail_cell(&out->data, c, i,
                             "a treatment is not 0 or 1 (name other arms with --arms)", err);
        }
        out->arm[i] = w == 1;
    }
    out->learn.n_arms = 2;
    out->learn.arm_name = names;
    return TD_OK;
}

/* With --arms: code of the text among the names; none for other texts. */
static td_status take_names(td_uplift_table *out, uint32_t c, const char *list, td_error *err) {
    const td_column *column = &out->data.table.column[c];
    TD_TRY(td_list_split(&out->learn.arm_name, &out->learn.n_arms, list, "arms", &out->arena, err));
    TD_CHECK(out->learn.n_arms >= 2 && out->learn.n_arms <= MAX_ARMS, err, TD_ERR_ARG,
             "--arms: '%s' names %u arms, 2 to %d can be compared", list, out->learn.n_arms,
             MAX_ARMS);
    uint32_t *arm_of =
        td_arena_array(&out->arena, (uint64_t)column->dict.n + 1, sizeof *arm_of, err);
    if (arm_of == NULL) return TD_ERR_NOMEM;
    for (uint32_t k = 0; k <= column->dict.n; k++) arm_of[k] = TD_UPLIFT_NO_ARM;
    for (uint32_t a = 0; a < out->learn.n_arms; a++) {
        const char *name = out->learn.arm_name[a];
        uint32_t code = td_textdict_find(&column->dict, name, strlen(name));
        TD_CHECK(code != TD_CODE_NONE, err, TD_ERR_ARG, "--arms: %s has no value '%s'",
                 column->name, name);
        TD_CHECK(arm_of[code] == TD_UPLIFT_NO_ARM, err, TD_ERR_ARG, "--arms: '%s' stands twice",
                 name);
        arm_of[code] = a;
    }
    for (uint64_t i = 0; i < out->data.table.n_rows; i++) {
        uint32_t code = column->code[i];
        if (code == TD_CODE_NONE) {
            return fail_cell(&out->data, c, i, "the treatment is missing", err);
        }
        out->arm[i] = arm_of[code];
        out->n_left_out += arm_of[code] == TD_UPLIFT_NO_ARM;
    }
    return TD_OK;
}

static td_status take_arms(td_uplift_table *out, used_columns *used,
                           const td_uplift_columns *columns, td_error *err) {
    uint32_t c = 0;
    TD_TRY(find(&c, used, out, columns->treatment, err));
    TD_NEW(out->arm, out->data.table.n_rows, err);
    td_status status =
        columns->arms != NULL ? take_names(out, c, columns->arms, err) : take_numbers(out, c, err);
    out->learn.arm = out->arm;
    return td_data_blame(&out->data, status, err);
}

/* ---- propensity ------------------------------------------------------------------------------ */

/* P(arm) of every row, from a number or a column. */
static td_status take_one(double *out, used_columns *used, const td_uplift_table *table,
                          const char *text, td_error *err) {
    uint64_t n = table->data.table.n_rows;
    double value = 0;
    if (td_text_is_real(text, &value)) {
        for (uint64_t i = 0; i < n; i++) out[i] = value;
        return TD_OK;
    }
    uint32_t c = 0;
    TD_TRY(find(&c, used, table, text, err));
    const td_column *column = &table->data.table.column[c];
    TD_CHECK(column->kind == TD_COLUMN_NUMBER, err, TD_ERR_ARG, "propensity %s holds texts", text);
    for (uint64_t i = 0; i < n; i++) {
        out[i] = column->number[i];
        if (out[i] > 0 && out[i] < 1) continue;
        return fail_cell(&table->data, c, i, "a propensity does not lie inside (0, 1)", err);
    }
    return TD_OK;
}

static td_status take_propensity(td_uplift_table *out, used_columns *used, const char *list,
                                 td_error *err) {
    uint64_t n = out->data.table.n_rows;
    uint32_t n_arms = out->learn.n_arms, n_given = 0;
    const char *const *given = NULL;
    TD_TRY(td_list_split(&given, &n_given, list, "propensity", &out->arena, err));
    TD_CHECK(n_given == n_arms - 1, err, TD_ERR_ARG,
             "--propensity: '%s' has %u entries for %u treated arms", list, n_given, n_arms - 1);
    TD_NEW(out->propensity, n_arms * n, err);
    for (uint64_t i = 0; i < n; i++) out->propensity[i] = 1;
    for (uint32_t a = 1; a < n_arms; a++) {
        double *p = out->propensity + a * n;
        TD_TRY(take_one(p, used, out, given[a - 1], err));
        for (uint64_t i = 0; i < n; i++) out->propensity[i] -= p[i];
    }
    out->learn.propensity = out->propensity;
    out->learn.propensity_name = given;
    return TD_OK;
}

/* ---- whole ----------------------------------------------------------------------------------- */

/* The treatment is read as a text when its values are named. */
static td_status read(td_uplift_table *out, const td_uplift_columns *columns,
                      const td_data_format *format, const td_cli *cli, td_error *err) {
    td_csv_options lists = td_csv_options_default();
    const char *const *categorical = NULL;
    uint32_t n = 0;
    TD_TRY(
        td_list_split(&lists.ignore, &lists.n_ignore, columns->ignore, "ignore", &out->arena, err));
    TD_TRY(td_list_split(&categorical, &n, columns->categorical, "categorical", &out->arena, err));
    const char **texts = td_arena_array(&out->arena, (uint64_t)n + 1, sizeof *texts, err);
    if (texts == NULL) return TD_ERR_NOMEM;
    for (uint32_t k = 0; k < n; k++) texts[k] = categorical[k];
    if (columns->arms != NULL) texts[n++] = columns->treatment;
    lists.categorical = texts;
    lists.n_categorical = n;
    return td_data_read(&out->data, format->data, format, &lists, cli, err);
}

static td_status take_clusters(td_uplift_table *out, used_columns *used, const char *name,
                               const td_exec *exec, td_error *err) {
    uint32_t c = 0;
    TD_TRY(find(&c, used, out, name, err));
    TD_TRY(td_data_group(&out->clusters, &out->data, name, exec, err));
    out->learn.cluster = out->clusters.code;
    out->learn.n_clusters = out->clusters.n;
    return TD_OK;
}

/* Columns that the caller looks at itself. */
static td_status set_apart(used_columns *used, td_uplift_table *out, const char *scores,
                           td_error *err) {
    const char *const *name = NULL;
    uint32_t n = 0, c = 0;
    TD_TRY(td_list_split(&name, &n, scores, "score", &out->arena, err));
    TD_CHECK(n <= MAX_SCORES, err, TD_ERR_ARG, "--score: %u columns, at most %d", n, MAX_SCORES);
    for (uint32_t k = 0; k < n; k++) TD_TRY(find(&c, used, out, name[k], err));
    return TD_OK;
}

static td_status take(td_uplift_table *out, const td_uplift_columns *columns, const td_exec *exec,
                      td_error *err) {
    used_columns used = {.n = 0};
    uint32_t c = 0;
    td_label_rule rule = {columns->outcome, -1, columns->positive, 0};
    TD_TRY(take_arms(out, &used, columns, err));
    TD_TRY(find(&c, &used, out, columns->outcome, err));
    TD_TRY(td_data_take_label(&out->outcome, &out->data, c, &rule, err));
    if (columns->weight != NULL) {
        TD_TRY(find(&c, &used, out, columns->weight, err));
        TD_TRY(td_data_take_weight(&out->weight, &out->data, c, err));
    }
    const char *e = columns->propensity;
    if (e != NULL && strcmp(e, "share") != 0 && strcmp(e, "estimate") != 0) {
        TD_TRY(take_propensity(out, &used, e, err));
    }
    if (columns->cluster != NULL) TD_TRY(take_clusters(out, &used, columns->cluster, exec, err));
    if (columns->id != NULL) TD_TRY(find(&c, &used, out, columns->id, err));
    TD_TRY(set_apart(&used, out, columns->scores, err));
    TD_NEW(out->feature, out->data.table.n_columns, err);
    out->learn.rows = td_data_view(&out->data, out->feature, used.column, used.n);
    out->learn.rows.label = out->outcome;
    out->learn.rows.weight = out->weight;
    return TD_OK;
}

td_status td_uplift_table_read(td_uplift_table *out, const td_uplift_columns *columns,
                               const td_data_format *format, const td_cli *cli, td_error *err) {
    memset(out, 0, sizeof *out);
    td_status status = read(out, columns, format, cli, err);
    if (status == TD_OK) status = take(out, columns, &cli->exec, err);
    if (status != TD_OK) td_uplift_table_free(out);
    return status;
}
