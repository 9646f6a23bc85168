/* cli/evaluate_classes.c: how good probabilities of several classes are against the class.
 *
 *     label   p0    p1    p2        $ tundish evaluate --data t.csv --label label --score p0,p1,p2
 *     2       0.1   0.2   0.7       $ tundish evaluate --data t.csv --label label --score 'p*'
 *
 * 1. --score: names between commas, column k for class k; or a prefix and '*', for prefix 0,
 *    prefix 1, ... as far as the table has such columns (what `predict` writes: prediction_*).
 * 2. Read label and scores; stats/multiclass measures.
 * 3. Print, or write the JSON object
 *
 *        rows, classes, multi_logloss, multi_error, mean_recall, mean_auc
 *        by_class   [{class, rows, predicted, precision, recall, auc}]
 *        confusion  [[rows of class i predicted as class j]]
 *
 * auc is that of the class against all others, mean_auc their plain mean over the classes that have
 * one. Intervals, cuts, clusters and slices are those of two classes; their options are refused
 * here instead of being ignored. */
#include "cli/evaluate_classes.h"

#include <stdio.h>
#include <string.h>

#include "cli/report_evaluation.h"
#include "core/base/mem.h"
#include "stats/multiclass.h"

/* Everything of one evaluation, freed together. */
typedef struct work {
    td_arena arena;
    td_data data;
    double *label, *probability;
    td_class_rows rows;
    td_multiclass_metrics metrics;
    uint64_t *count; /* [n_classes * n_classes] */
    td_metric *auc;  /* [n_classes] */
    td_metric mean_auc;
} work;

int td_evaluate_has_classes(const td_evaluate_options *options) {
    size_t n = strlen(options->score);
    return strchr(options->score, ',') != NULL || (n > 0 && options->score[n - 1] == '*');
}

/* An option that is accepted and does nothing would be a lie. */
static td_status check_options(const td_evaluate_options *o, td_error *err) {
    const char *given = o->second != NULL     ? "score2"
                        : o->cluster != NULL  ? "cluster"
                        : o->by != NULL       ? "by"
                        : o->k != NULL        ? "k"
                        : o->positive != NULL ? "positive"
                        : o->is_stratified    ? "stratified"
                                              : NULL;
    TD_CHECK(given == NULL, err, TD_ERR_ARG, "--%s: not available with a score for each class",
             given);
    return TD_OK;
}

/* --- reading ---------------------------------------------------------------------------------- */

/* Index of the column of class k; *found = 0 when a prefix has no more columns. */
static td_status find_class(uint32_t *column, int *found, const work *w, const char *prefix,
                            uint32_t k, td_error *err) {
    char name[256];
    snprintf(name, sizeof name, "%s%u", prefix, k);
    *found = 0;
    for (uint32_t c = 0; c < w->data.table.n_columns && !*found; c++) {
        *found = strcmp(w->data.table.column[c].name, name) == 0;
        if (*found) *column = c;
    }
    return *found || k >= 2 ? TD_OK : td_data_find(column, &w->data, name, err);
}

/* columns[*n] of the classes, in the arena. */
static td_status find_columns(uint32_t **columns, uint32_t *n, work *w, const char *score,
                              td_error *err) {
    const char *const *name = NULL;
    uint32_t n_names = 0, n_columns = w->data.table.n_columns;
    *columns = td_arena_array(&w->arena, n_columns, sizeof **columns, err);
    if (*columns == NULL) return TD_ERR_NOMEM;
    *n = 0;
    if (strchr(score, ',') == NULL) {
        char prefix[200];
        int found = 1;
        snprintf(prefix, sizeof prefix, "%.*s", (int)strlen(score) - 1, score);
        while (*n < n_columns) {
            TD_TRY(find_class(&(*columns)[*n], &found, w, prefix, *n, err));
            if (!found) return TD_OK;
            ++*n;
        }
        return TD_OK;
    }
    TD_TRY(td_list_split(&name, &n_names, score, "score", &w->arena, err));
    TD_CHECK(n_names <= n_columns, err, TD_ERR_ARG, "--score names %u columns, the table has %u",
             n_names, n_columns);
    for (; *n < n_names; ++*n) TD_TRY(td_data_find(&(*columns)[*n], &w->data, name[*n], err));
    return TD_OK;
}

/* The whole table is read: with a prefix nobody knows before how many classes there are. */
static td_status read_rows(work *w, const td_evaluate_options *o, const td_cli *cli,
                           td_error *err) {
    td_csv_options lists = td_csv_options_default();
    uint32_t *columns = NULL, n_classes = 0, label = 0;
    TD_TRY(td_data_read(&w->data, o->format.data, &o->format, &lists, cli, err));
    TD_TRY(find_columns(&columns, &n_classes, w, o->score, err));
    td_label_rule rule = {o->label, -1, NULL, n_classes};
    TD_TRY(td_data_find_label(&label, &w->data, &rule, err));
    TD_TRY(td_data_take_label(&w->label, &w->data, label, &rule, err));
    uint64_t n = w->data.table.n_rows;
    TD_NEW(w->probability, n * n_classes, err);
    for (uint32_t k = 0; k < n_classes; k++) {
        const td_column *column = &w->data.table.column[columns[k]];
        TD_CHECK(column->kind == TD_COLUMN_NUMBER, err, TD_ERR_ARG, "score %s holds texts",
                 column->name);
        memcpy(w->probability + k * n, column->number, n * sizeof *column->number);
    }
    w->rows = (td_class_rows){n, n_classes, w->probability, w->label};
    return TD_OK;
}

/* A sort per class for its AUC; the rest is one pass. */
static td_status measure(work *w, const td_exec *exec, td_error *err) {
    uint32_t n_classes = w->rows.n_classes, n_defined = 0;
    double sum = 0;
    TD_NEW(w->count, (uint64_t)n_classes * n_classes, err);
    TD_NEW(w->auc, n_classes, err);
    TD_TRY(
        td_data_blame(&w->data, td_multiclass_measure(&w->metrics, w->count, &w->rows, err), err));
    for (uint32_t k = 0; k < n_classes; k++) {
        TD_TRY(td_multiclass_auc(&w->auc[k], &w->rows, k, exec, err));
        n_defined += (uint32_t)td_metric_is_defined(w->auc[k]);
        sum += w->auc[k].value;
    }
    w->mean_auc = n_defined > 0 ? td_metric_of(sum / n_defined)
                                : td_metric_undefined("no class has rows and other rows");
    return TD_OK;
}

/* --- reports ---------------------------------------------------------------------------------- */

/* A line of the report: rows of a class, rows predicted as it, and how they meet. */
typedef struct class_line {
    uint64_t rows, predicted;
    td_metric precision, recall;
} class_line;

static class_line line_of(const work *w, uint32_t k) {
    uint32_t n = w->rows.n_classes;
    class_line out = {0};
    for (uint32_t j = 0; j < n; j++) {
        out.rows += w->count[k * n + j];
        out.predicted += w->count[j * n + k];
    }
    double found = (double)w->count[k * n + k];
    out.precision = out.predicted > 0 ? td_metric_of(found / (double)out.predicted)
                                      : td_metric_undefined("the class is never predicted");
    out.recall = out.rows > 0 ? td_metric_of(found / (double)out.rows)
                              : td_metric_undefined("the class has no rows");
    return out;
}

/* Keys as listed at the top; the confusion matrix as rows of true classes. */
static void fill_json(td_json *json, const void *ctx) {
    const work *w = ctx;
    uint32_t n = w->rows.n_classes;
    td_json_u64(json, "rows", w->rows.n);
    td_json_u64(json, "classes", n);
    td_json_metric(json, "multi_logloss", w->metrics.log_loss);
    td_json_metric(json, "multi_error", w->metrics.error);
    td_json_metric(json, "mean_recall", w->metrics.mean_recall);
    td_json_metric(json, "mean_auc", w->mean_auc);
    td_json_array(json, "by_class");
    for (uint32_t k = 0; k < n; k++) {
        class_line line = line_of(w, k);
        td_json_object(json, NULL);
        td_json_u64(json, "class", k);
        td_json_u64(json, "rows", line.rows);
        td_json_u64(json, "predicted", line.predicted);
        td_json_metric(json, "precision", line.precision);
        td_json_metric(json, "recall", line.recall);
        td_json_metric(json, "auc", w->auc[k]);
        td_json_end(json);
    }
    td_json_end(json);
    td_json_array(json, "confusion");
    for (uint32_t i = 0; i < n; i++) {
        td_json_array(json, NULL);
        for (uint32_t j = 0; j < n; j++) td_json_u64(json, NULL, w->count[i * n + j]);
        td_json_end(json);
    }
    td_json_end(json);
}

/* The confusion counts are for programs; a person reads precision and recall of each class. */
static void print_text(const work *w) {
    static const char *const title[] = {"class", "rows", "predicted", "precision", "recall", "AUC"};
    char text[4][32];
    td_grid grid;
    printf("%s rows, %u classes\n", td_text_count(text[0], w->rows.n), w->rows.n_classes);
    printf("log-loss %s, error %s, mean recall %s, mean AUC (one class against the rest) %s\n\n",
           td_text_metric(text[0], w->metrics.log_loss), td_text_metric(text[1], w->metrics.error),
           td_text_metric(text[2], w->metrics.mean_recall), td_text_metric(text[3], w->mean_auc));
    td_grid_open(&grid, "rrrrrr");
    for (int i = 0; i < 6; i++) td_grid_cell(&grid, "%s", title[i]);
    for (uint32_t k = 0; k < w->rows.n_classes; k++) {
        class_line line = line_of(w, k);
        td_grid_cell(&grid, "%u", k);
        td_grid_count(&grid, line.rows);
        td_grid_count(&grid, line.predicted);
        td_grid_cell(&grid, "%s", td_text_metric(text[0], line.precision));
        td_grid_cell(&grid, "%s", td_text_metric(text[0], line.recall));
        td_grid_cell(&grid, "%s", td_text_metric(text[0], w->auc[k]));
    }
    td_grid_print(&grid, 0);
}

/* --- the whole -------------------------------------------------------------------------------- */

static td_status run(work *w, const td_evaluate_options *o, const td_cli *cli, td_error *err) {
    TD_TRY(check_options(o, err));
    TD_TRY(read_rows(w, o, cli, err));
    TD_TRY(measure(w, &cli->exec, err));
    TD_TRY(td_cli_write_json(cli, fill_json, w, err));
    if (td_cli_has_text(cli, NULL)) print_text(w);
    return TD_OK;
}

td_status td_evaluate_classes(const td_evaluate_options *o, const td_cli *cli, td_error *err) {
    work w = {0};
    td_status status = run(&w, o, cli, err);
    td_mem_free(w.auc);
    td_mem_free(w.count);
    td_mem_free(w.probability);
    td_mem_free(w.label);
    td_data_free(&w.data);
    td_arena_free(&w.arena);
    return status;
}
