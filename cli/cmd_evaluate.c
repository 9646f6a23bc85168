/* cli/cmd_evaluate.c: `tundish evaluate`: how good a score in a table is against its label.
 *
 *     $ tundish evaluate --data scores.csv --label bought --score prediction --k 100,1%
 *
 *   1. Read the table; take the label as 0 and 1, and the score.
 *   2. stats/evaluation sorts once and measures: ROC AUC, average precision, KS, log-loss, Brier,
 *      calibration, precision, recall and lift at every cut of --k.
 *   3. Print, or write the JSON object (report_evaluation.c).
 *
 * A metric that has no value (one class only, a score that is no probability, a cut beyond the
 * rows) is null with its reason beside it, never a made-up number. Rows of equal score are
 * credited by their mean at every cut, so the order of the file has no meaning. JSON:
 *
 *     rows, positives, base_rate, roc_auc, average_precision, ks, log_loss, brier, ece, mean_score
 *     at_k         [{k, share, hits, precision, recall, lift}]     share only for cuts in percent
 *     gains        [{group, rows, hits, rate, lift, ...}]          ten groups from the top
 *     reliability  [{low, high, rows, positives, mean_score, rate}]
 *     NAME_reason  beside every NAME that is null */
#include <string.h>

#include "cli/data.h"
#include "cli/report_evaluation.h"
#include "core/base/mem.h"
#include "io/csv_place.h"

typedef struct options {
    td_data_format format;
    const char *label;
    const char *score;
    const char *positive;
    const char *k;
} options;

#define AT(field) offsetof(options, field)

static const td_option own_options[] = {
    {"label", "COL", NULL, "column of what happened: 0 or 1", AT(label), TD_OPT_TEXT, 1, 0, 0},
    {"score", "COL", NULL, "column of the score; higher means more likely", AT(score), TD_OPT_TEXT,
     1, 0, 0},
    {"positive", "VALUE", NULL, "value of the label that counts as 1, all others as 0",
     AT(positive), TD_OPT_TEXT, 0, 0, 0},
    {"k", "LIST", NULL, "cuts of the ranking: rows or shares (default: 100,500,1000,1%,5%,10%,20%)",
     AT(k), TD_OPT_TEXT, 0, 0, 0},
};

const td_usage td_usage_evaluate = {
    .options = own_options,
    .n_options = sizeof own_options / sizeof *own_options,
    .shared = td_data_options,
    .n_shared = TD_N_DATA_OPTIONS,
    .shared_at = AT(format),
    .size = sizeof(options),
    .notes =
        "Log-loss and Brier score need a score that is a probability. A metric without a value\n"
        "(one class only, k beyond the rows) is null in JSON, with the reason beside it.\n"
        "Rows of equal score are credited by their mean at every cut.",
    .examples =
        "  tundish evaluate --data scores.csv --label bought --score prediction\n"
        "  tundish evaluate --data scores.csv --label bought --score prediction --k 50,1% --json -",
};

typedef struct work {
    td_arena arena;
    td_data data;
    double *label;
    td_cut cut[TD_MAX_CUTS];
    uint32_t n_cuts;
    td_evaluation evaluation;
} work;

static void free_work(work *w) {
    td_evaluation_free(&w->evaluation);
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

/* Two columns are read, others may hold what they like. Numbers in place of names count all
 * columns, and then all are read. */
static void list_columns(td_csv_options *lists, const char *only[2], const options *o) {
    int64_t index;
    only[0] = strncmp(o->label, "name:", 5) == 0 ? o->label + 5 : o->label;
    only[1] = o->score;
    lists->only = only;
    lists->n_only = td_text_is_whole(o->label, &index) ? 0 : 2;
}

/* The object is the evaluation and nothing else. */
static void fill_json(td_json *json, const void *ctx) { td_json_evaluation(json, ctx); }

static td_status run(work *w, const options *o, const td_cli *cli, td_error *err) {
    uint32_t column = 0;
    const double *score = NULL;
    td_label_rule rule = {o->label, -1, o->positive, 1};
    const char *only[2];
    td_csv_options lists = td_csv_options_default();
    list_columns(&lists, only, o);
    TD_TRY(td_data_read(&w->data, o->format.data, &o->format, &lists, cli, err));
    TD_TRY(read_cuts(w, o->k, err));
    TD_TRY(td_data_find_label(&column, &w->data, &rule, err));
    TD_TRY(td_data_take_label(&w->label, &w->data, column, &rule, err));
    TD_TRY(find_score(&score, &w->data, o->score, err));
    td_scored_rows rows = {w->data.table.n_rows, score, w->label, w->cut, w->n_cuts};
    TD_TRY(td_evaluation_build(&w->evaluation, &rows, &cli->exec, err));
    TD_TRY(td_cli_write_json(cli, fill_json, &w->evaluation, err));
    if (td_cli_has_text(cli, NULL)) td_print_evaluation(&w->evaluation);
    return TD_OK;
}

td_status td_cmd_evaluate(const td_cli *cli, const void *given, td_error *err) {
    work w = {0};
    td_status status = run(&w, given, cli, err);
    free_work(&w);
    return status;
}
