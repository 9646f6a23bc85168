/* cli/cmd_evaluate.c: `tundish evaluate`: how good a score in a table is against its label.
 *
 *     $ tundish evaluate --data scores.csv --label bought --score prediction --k 100,1%
 *
 *   1. Read the table; take the label as 0 and 1, and the score.
 *   2. stats/assessment sorts once and measures: ROC AUC, average precision, KS, log-loss, Brier,
 *      calibration, precision, recall and lift at every cut of --k; intervals of all of them; the
 *      same for --score2, and both compared.
 *   3. --by: the same for every group of rows (evaluate_slices.c).
 *   4. Several score columns are probabilities of several classes: evaluate_classes.c.
 *   5. Print (report_assessment.c), or write the JSON object (report_compare.c).
 *
 * A metric that has no value (one class only, a score that is no probability, a cut beyond the
 * rows) is null with its reason beside it, never a made-up number. Rows of equal score are
 * credited by their mean at every cut, so the order of the file has no meaning. JSON:
 *
 *     rows, positives, base_rate, roc_auc, average_precision, pr_auc, ks, log_loss, brier, ece,
 *     mean_score, ece_equal_mass, worst_gap, brier_parts {uncertainty, corp_*, murphy_*}
 *     at_k         [{k, share, hits, precision, recall, lift}]     share only for cuts in percent
 *     gains        [{group, rows, hits, rate, lift, ...}]          ten groups from the top
 *     reliability  [{low, high, rows, positives, mean_score, rate}]   bins of equal width
 *     reliability_equal_mass [{score_low, score_high, rows, hits, mean_score, rate}]
 *     NAME_ci [low, high] beside every number above but counts, mean_score of groups, quantiles
 *     uncertainty {level, replicates, resampled, cluster, clusters, roc_auc_ci_method,
 *                  ks_ci_method, by_folds [keys of the numbers whose interval is by folds]}
 *     scores_by_class [{label, rows, quantiles [{share, score}],
 *                       histogram [{low, high, rows}], rows_outside}]
 *     warning      where the rows cannot be ranked: one class, all scores equal
 *     partial_auc, cheapest_cut, second, comparison, slices        where asked for
 *     NAME_reason  beside every NAME that is null */
#include <string.h>

#include "cli/data.h"
#include "cli/evaluate_classes.h"
#include "cli/report_assessment.h"
#include "core/base/mem.h"
#include "io/csv_place.h"

enum { MAX_COLUMNS = 5 };

typedef struct work {
    td_arena arena;
    td_data data;
    double *label;
    td_cut cut[TD_MAX_CUTS];
    uint32_t n_cuts;
    td_groups clusters;
    td_groups by;
    td_slice *slice;
    td_assessment assessment;
} work;

static void free_work(work *w) {
    td_assessment_free(&w->assessment);
    for (uint32_t g = 0; g < w->by.n && w->slice != NULL; g++)
        td_assessment_free(&w->slice[g].assessment);
    td_mem_free(w->slice);
    td_groups_free(&w->by);
    td_groups_free(&w->clusters);
    td_mem_free(w->label);
    td_data_free(&w->data);
    td_arena_free(&w->arena);
}

/* "100" = rows, "2.5%" = share of the rows. */
static td_status read_cut(td_cut *out, const char *text, td_error *err) {
    size_t n = strlen(text);
    int64_t rows = 0;
    double percent = 0;
    char number[32] = "";
    if (n > 1 && n < sizeof number && text[n - 1] == '%') {
        memcpy(number, text, n - 1);
        TD_CHECK(td_text_is_real(number, &percent) && percent > 0 && percent <= 100, err,
                 TD_ERR_ARG, "--k: '%s' is not a share above 0%% and up to 100%%", text);
        *out = (td_cut){.share = percent / 100};
        return TD_OK;
    }
    TD_CHECK(td_text_is_whole(text, &rows) && rows >= 1, err, TD_ERR_ARG,
             "--k: '%s' is neither a number of rows nor a share such as 1%%", text);
    *out = (td_cut){.k = (uint64_t)rows};
    return TD_OK;
}

/* Without --k the library knows which cuts a table of this size can have. */
static td_status read_cuts(work *w, const char *text, td_error *err) {
    const char *const *piece = NULL;
    uint32_t n = 0;
    if (text == NULL) {
        w->n_cuts = td_default_cuts(w->cut, w->data.table.n_rows);
        return TD_OK;
    }
    TD_TRY(td_list_split(&piece, &n, text, "k", &w->arena, err));
    TD_CHECK(n <= TD_MAX_CUTS, err, TD_ERR_ARG, "--k: at most %d cuts", TD_MAX_CUTS);
    for (uint32_t i = 0; i < n; i++) TD_TRY(read_cut(&w->cut[w->n_cuts++], piece[i], err));
    return TD_OK;
}

/* The score column, every value there and a number. */
static td_status find_score(const double **score, const td_data *data, const char *name,
                            td_error *err) {
    uint32_t c = 0;
    TD_TRY(td_data_find(&c, data, name, err));
    const td_column *column = &data->table.column[c];
    td_csv_place place = {data->path, &data->csv, column->name, 0};
    if (column->kind != TD_COLUMN_NUMBER)
        return td_csv_fail_place(&place, "the score is not a number", err);
    for (; place.row < data->table.n_rows; place.row++) {
        if (column->number[place.row] != column->number[place.row])
            return td_csv_fail_place(&place, "the score is missing", err);
    }
    *score = column->number;
    return TD_OK;
}

/* Only the columns in use are read, others may hold what they like. Numbers in place of names count
 * all columns, and then all are read. */
static void list_columns(td_csv_options *lists, const char *only[MAX_COLUMNS],
                         const td_evaluate_options *o) {
    int64_t index;
    const char *label = strncmp(o->label, "name:", 5) == 0 ? o->label + 5 : o->label;
    const char *const used[MAX_COLUMNS] = {label, o->score, o->second, o->cluster, o->by};
    lists->only = only;
    if (td_text_is_whole(o->label, &index)) return;
    uint32_t n = 0;
    for (int i = 0; i < MAX_COLUMNS; i++) {
        int is_new = used[i] != NULL;
        for (uint32_t k = 0; k < n && is_new; k++) is_new = strcmp(only[k], used[i]) != 0;
        if (is_new) only[n++] = used[i];
    }
    lists->n_only = n;
}

static td_status make_request(td_assessment_request *out, work *w, const td_evaluate_options *o,
                              const td_cli *cli, td_error *err) {
    uint64_t n = w->data.table.n_rows;
    TD_CHECK(o->replicates <= 0 || o->replicates >= TD_MIN_REPLICATES, err, TD_ERR_ARG,
             "--replicates: %lld draws say nothing, use 0 or at least %d", (long long)o->replicates,
             TD_MIN_REPLICATES);
    TD_CHECK(o->cluster == NULL || !o->is_stratified, err, TD_ERR_ARG,
             "--stratified: whole clusters are drawn, their classes cannot be kept apart");
    *out = (td_assessment_request){.rows = {n, NULL, w->label, w->cut, w->n_cuts},
                                   .bootstrap = {.seed = cli->seed, .level = o->level},
                                   .max_fpr = o->max_fpr,
                                   .cost_fp = o->cost_fp,
                                   .cost_fn = o->cost_fn};
    out->bootstrap.n_replicates =
        o->replicates < 0 ? td_default_replicates(n) : (uint32_t)o->replicates;
    if (o->is_stratified) out->bootstrap.resample = TD_RESAMPLE_CLASSES;
    TD_TRY(find_score(&out->rows.score, &w->data, o->score, err));
    if (o->second != NULL) TD_TRY(find_score(&out->other[0], &w->data, o->second, err));
    if (o->cluster == NULL) return TD_OK;
    TD_TRY(td_data_group(&w->clusters, &w->data, o->cluster, &cli->exec, err));
    out->bootstrap.resample = TD_RESAMPLE_CLUSTERS;
    out->bootstrap.cluster = w->clusters.code;
    out->bootstrap.n_clusters = w->clusters.n;
    return TD_OK;
}

static td_status slice_rows(work *w, const td_evaluate_options *o, const td_cli *cli,
                            td_error *err) {
    if (o->by == NULL) return TD_OK;
    TD_TRY(td_data_group(&w->by, &w->data, o->by, &cli->exec, err));
    TD_NEW_ZEROED(w->slice, w->by.n, err);
    return td_slices_measure(w->slice, &w->by, &w->assessment.request, &cli->exec, err);
}

static void fill_json(td_json *json, const void *ctx) { td_json_report(json, ctx); }

static td_status run(work *w, const td_evaluate_options *o, const td_cli *cli, td_error *err) {
    if (td_evaluate_has_classes(o)) return td_evaluate_classes(o, cli, err);
    uint32_t column = 0;
    td_assessment_request request;
    td_label_rule rule = {o->label, -1, o->positive, 2};
    const char *only[MAX_COLUMNS];
    td_csv_options lists = td_csv_options_default();
    list_columns(&lists, only, o);
    TD_TRY(td_data_read(&w->data, o->format.data, &o->format, &lists, cli, err));
    TD_TRY(read_cuts(w, o->k, err));
    TD_TRY(td_data_find_label(&column, &w->data, &rule, err));
    TD_TRY(td_data_take_label(&w->label, &w->data, column, &rule, err));
    TD_TRY(make_request(&request, w, o, cli, err));
    TD_TRY(td_assessment_build(&w->assessment, &request, &cli->exec, err));
    TD_TRY(slice_rows(w, o, cli, err));
    td_evaluate_report report = {.assessment = &w->assessment,
                                 .name = {o->score, o->second},
                                 .cluster = o->cluster,
                                 .groups = &w->by,
                                 .slice = w->slice};
    TD_TRY(td_cli_write_json(cli, fill_json, &report, err));
    if (td_cli_has_text(cli, NULL)) td_print_report(&report);
    return TD_OK;
}

td_status td_cmd_evaluate(const td_cli *cli, const void *given, td_error *err) {
    work w;
    memset(&w, 0, sizeof w);
    td_status status = run(&w, given, cli, err);
    free_work(&w);
    return status;
}
