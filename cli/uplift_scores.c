/* cli/uplift_scores.c: from a file to the rows of stats/uplift_order.
 *
 *     columns of the file:  segment   visit   t_learner  x_learner  visitor
 *                           treatment outcome score      score      cluster
 *
 *   1. Read the columns in use, no others.
 *   2. Treatment: numbers 0 and 1, or the values of --arms, control first; rows of other arms are
 *      left out and counted.
 *   3. Outcome, scores, propensities, expected outcomes of the rows that stay, each bad cell an
 *      error with its place.
 *   4. Clusters are numbered anew among the rows that stay.
 *
 * There is a propensity for each treated arm; the control has the rest, 1 - sum. A number holds for
 * every row; what is no number is a column. Cost: O(rows) beside reading. */
#include "cli/uplift_scores.h"

#include <string.h>

#include "core/base/mem.h"
#include "io/csv_place.h"

enum { MAX_ARMS = 64, MAX_COLUMNS = TD_MAX_UPLIFT_SCORES + 2 * MAX_ARMS + 6 };

void td_uplift_scores_free(td_uplift_scores *scores) {
    for (uint32_t s = 0; s < scores->n_scores && scores->score != NULL; s++)
        td_mem_free(scores->score[s]);
    td_mem_free(scores->score);
    td_mem_free(scores->row);
    td_mem_free(scores->arm);
    td_mem_free(scores->treatment);
    td_mem_free(scores->outcome);
    td_mem_free(scores->propensity);
    td_mem_free(scores->share);
    td_mem_free(scores->mean);
    td_mem_free(scores->cluster);
    if (!scores->borrows_data) td_data_free(&scores->data);
    td_arena_free(&scores->arena);
    memset(scores, 0, sizeof *scores);
}

static td_status fail_cell(const td_data *data, uint32_t column, uint64_t row, const char *problem,
                           td_error *err) {
    td_csv_place place = {data->path, &data->csv, data->table.column[column].name, row};
    return td_csv_fail_place(&place, problem, err);
}

/* ---- step 1 ---- */

static void add_column(const char **only, uint32_t *n, const char *name) {
    if (name == NULL) return;
    for (uint32_t k = 0; k < *n; k++) {
        if (strcmp(only[k], name) == 0) return;
    }
    only[(*n)++] = name;
}

/* The pieces of a list that are no numbers. */
static td_status add_columns(const char **only, uint32_t *n, const char *list, const char *option,
                             td_arena *arena, td_error *err) {
    const char *const *piece = NULL;
    uint32_t n_pieces = 0;
    double number = 0;
    TD_TRY(td_list_split(&piece, &n_pieces, list, option, arena, err));
    TD_CHECK(n_pieces <= MAX_ARMS, err, TD_ERR_ARG,
             "--%s: %u entries, at most %d arms are possible", option, n_pieces, MAX_ARMS);
    for (uint32_t k = 0; k < n_pieces; k++) {
        if (!td_text_is_real(piece[k], &number)) add_column(only, n, piece[k]);
    }
    return TD_OK;
}

static td_status name_scores(td_uplift_scores *out, const td_uplift_score_columns *columns,
                             td_error *err) {
    TD_TRY(td_list_split(&out->name, &out->n_scores, columns->score, "score", &out->arena, err));
    TD_CHECK(out->n_scores >= 1, err, TD_ERR_ARG, "--score names no column");
    TD_CHECK(out->n_scores <= TD_MAX_UPLIFT_SCORES, err, TD_ERR_ARG,
             "--score: %u columns, at most %d can be compared", out->n_scores,
             TD_MAX_UPLIFT_SCORES);
    return TD_OK;
}

static td_status read(td_uplift_scores *out, const td_uplift_score_columns *columns,
                      const td_data_format *format, const td_cli *cli, td_error *err) {
    const char *only[MAX_COLUMNS];
    uint32_t n = 0;
    td_csv_options lists = td_csv_options_default();
    TD_TRY(name_scores(out, columns, err));
    add_column(only, &n, columns->treatment);
    add_column(only, &n, columns->outcome);
    for (uint32_t s = 0; s < out->n_scores; s++) add_column(only, &n, out->name[s]);
    TD_TRY(add_columns(only, &n, columns->propensity, "propensity", &out->arena, err));
    TD_TRY(add_columns(only, &n, columns->mean, "mu", &out->arena, err));
    add_column(only, &n, columns->cluster);
    add_column(only, &n, columns->keep);
    lists.only = only;
    lists.n_only = n;
    if (columns->arms != NULL) {
        lists.categorical = &columns->treatment;
        lists.n_categorical = 1;
    }
    TD_TRY(td_data_read(&out->data, format->data, format, &lists, cli, err));
    out->data.csv.only = NULL; /* the lists end with this call; places are found without them */
    out->data.csv.n_only = 0;
    out->data.csv.categorical = NULL;
    out->data.csv.n_categorical = 0;
    return TD_OK;
}

/* ---- step 2 ---- */

static void keep_row(td_uplift_scores *out, uint64_t row, uint32_t arm) {
    out->row[out->n] = (uint32_t)row;
    out->arm[out->n] = arm;
    out->treatment[out->n++] = arm > 0 ? 1.0 : 0.0;
}

static td_status take_numbers(td_uplift_scores *out, uint32_t c, td_error *err) {
    static const char *const names[] = {"control", "treated"};
    const td_column *column = &out->data.table.column[c];
    out->arm_name = names;
    out->n_arms = 2;
    TD_CHECK(column->kind == TD_COLUMN_NUMBER, err, TD_ERR_ARG,
             "treatment %s holds texts: name the arms, control first, with --arms CONTROL,ARM,...",
             column->name);
    for (uint64_t i = 0; i < out->data.table.n_rows; i++) {
        double w = column->number[i];
        if (w != 0.0 && w != 1.0)
            return fail_cell(&out->data, c, i,
                             w != w ? "the treatment is missing"
                                    : "a treatment is not 0 or 1 (name other arms with --arms)",
                             err);
        keep_row(out, i, w == 1.0);
    }
    return TD_OK;
}

td_status td_uplift_arm_is_new(const char *const *name, uint32_t a, td_error *err) {
    for (uint32_t b = 0; b < a; b++) {
        TD_CHECK(strcmp(name[a], name[b]) != 0, err, TD_ERR_ARG, "--arms: '%s' stands twice",
                 name[a]);
    }
    return TD_OK;
}

static td_status find_names(uint32_t *code, td_uplift_scores *out, const td_column *column,
                            const td_uplift_score_columns *columns, td_error *err) {
    TD_TRY(td_list_split(&out->arm_name, &out->n_arms, columns->arms, "arms", &out->arena, err));
    TD_CHECK(out->n_arms >= 2 && out->n_arms <= columns->max_arms, err, TD_ERR_ARG,
             "--arms: '%s' names %u arms, 2 to %u can be compared", columns->arms, out->n_arms,
             columns->max_arms);
    for (uint32_t a = 0; a < out->n_arms; a++) {
        code[a] = td_textdict_find(&column->dict, out->arm_name[a], strlen(out->arm_name[a]));
        TD_CHECK(code[a] != TD_CODE_NONE, err, TD_ERR_ARG, "--arms: %s has no value '%s'",
                 column->name, out->arm_name[a]);
        TD_TRY(td_uplift_arm_is_new(out->arm_name, a, err));
    }
    return TD_OK;
}

static td_status take_names(td_uplift_scores *out, uint32_t c,
                            const td_uplift_score_columns *columns, td_error *err) {
    const td_column *column = &out->data.table.column[c];
    uint32_t code[MAX_ARMS] = {0};
    TD_TRY(find_names(code, out, column, columns, err));
    for (uint64_t i = 0; i < out->data.table.n_rows; i++) {
        if (column->code[i] == TD_CODE_NONE)
            return fail_cell(&out->data, c, i, "the treatment is missing", err);
        for (uint32_t a = 0; a < out->n_arms; a++) {
            if (column->code[i] == code[a]) keep_row(out, i, a);
        }
    }
    return TD_OK;
}

static td_status take_arms(td_uplift_scores *out, const td_uplift_score_columns *columns,
                           td_error *err) {
    uint32_t c = 0;
    uint64_t n = out->data.table.n_rows;
    TD_CHECK(n <= UINT32_MAX, err, TD_ERR_RANGE, "%llu rows, the limit is 4294967295",
             (unsigned long long)n);
    TD_TRY(td_data_find(&c, &out->data, columns->treatment, err));
    TD_NEW(out->row, n, err);
    TD_NEW(out->arm, n, err);
    TD_NEW(out->treatment, n, err);
    td_status status =
        columns->arms != NULL ? take_names(out, c, columns, err) : take_numbers(out, c, err);
    out->n_left_out = n - out->n;
    return td_data_blame(&out->data, status, err);
}

/* ---- steps 3 and 4 ---- */

/* Values [n] of a number column in the rows that stay; in (0, 1) where it is a chance. */
static td_status take_column(double *out, const td_uplift_scores *scores, const char *name,
                             int is_chance, td_error *err) {
    uint32_t c = 0;
    TD_TRY(td_data_find(&c, &scores->data, name, err));
    const td_column *column = &scores->data.table.column[c];
    if (column->kind != TD_COLUMN_NUMBER)
        return fail_cell(&scores->data, c, 0, "a number is needed here", err);
    for (uint64_t i = 0; i < scores->n; i++) {
        out[i] = column->number[scores->row[i]];
        if (out[i] != out[i])
            return fail_cell(&scores->data, c, scores->row[i], "a value is missing", err);
        if (is_chance && !(out[i] > 0 && out[i] < 1))
            return fail_cell(&scores->data, c, scores->row[i],
                             "a propensity does not lie between 0 and 1 (neither of them)", err);
    }
    return TD_OK;
}

static td_status take_outcome(td_uplift_scores *out, const td_uplift_score_columns *columns,
                              td_error *err) {
    uint32_t c = 0;
    double *all = NULL;
    td_label_rule rule = {columns->outcome, -1, columns->positive, 0};
    TD_TRY(td_data_find_label(&c, &out->data, &rule, err));
    TD_NEW(out->outcome, out->n, err);
    TD_TRY(td_data_take_label(&all, &out->data, c, &rule, err));
    for (uint64_t i = 0; i < out->n; i++) out->outcome[i] = all[out->row[i]];
    td_mem_free(all);
    return TD_OK;
}

/* Numbers only: one chance of each arm for all rows. */
static td_status take_shares(td_uplift_scores *out, const char *const *piece, td_error *err) {
    double *share = td_mem_zeroed(out->n_arms, sizeof *share, err);
    if (share == NULL) return TD_ERR_NOMEM;
    out->share = share;
    share[0] = 1.0;
    for (uint32_t a = 1; a < out->n_arms; a++) {
        if (td_text_is_real(piece[a - 1], &share[a])) share[0] -= share[a];
    }
    for (uint32_t k = 1; k <= out->n_arms; k++) { /* what was given first, the rest last */
        uint32_t a = k % out->n_arms;
        TD_CHECK(
            share[a] > 0 && share[a] < 1, err, TD_ERR_ARG,
            "--propensity: %g for arm %s does not lie between 0 and 1: with it nobody could be "
            "compared",
            share[a], out->arm_name[a]);
    }
    return TD_OK;
}

/* With a column among them: chances of every row. */
static td_status take_chances(td_uplift_scores *out, const char *const *piece, td_error *err) {
    uint64_t n = out->n;
    double number = 0;
    TD_NEW(out->propensity, out->n_arms * n, err);
    for (uint64_t i = 0; i < n; i++) out->propensity[i] = 1.0;
    for (uint32_t a = 1; a < out->n_arms; a++) {
        double *chance = out->propensity + a * n;
        if (td_text_is_real(piece[a - 1], &number)) {
            for (uint64_t i = 0; i < n; i++) chance[i] = number;
        } else {
            TD_TRY(take_column(chance, out, piece[a - 1], 1, err));
        }
        for (uint64_t i = 0; i < n; i++) out->propensity[i] -= chance[i];
    }
    for (uint64_t i = 0; i < n; i++)
        TD_CHECK(out->propensity[i] > 0 && out->propensity[i] < 1, err, TD_ERR_RANGE,
                 "--propensity: row %llu leaves %g for arm %s", (unsigned long long)out->row[i] + 1,
                 out->propensity[i], out->arm_name[0]);
    return TD_OK;
}

static td_status take_propensity(td_uplift_scores *out, const char *list, td_error *err) {
    const char *const *piece = NULL;
    uint32_t n = 0;
    double number = 0;
    int is_number = 1;
    if (list == NULL) return TD_OK;
    TD_TRY(td_list_split(&piece, &n, list, "propensity", &out->arena, err));
    TD_CHECK(n == out->n_arms - 1, err, TD_ERR_ARG,
             "--propensity: '%s' has %u entries for %u treated arms", list, n, out->n_arms - 1);
    for (uint32_t k = 0; k < n; k++) is_number &= td_text_is_real(piece[k], &number);
    return is_number ? take_shares(out, piece, err) : take_chances(out, piece, err);
}

static td_status take_means(td_uplift_scores *out, const char *list, td_error *err) {
    const char *const *piece = NULL;
    uint32_t n = 0;
    if (list == NULL) return TD_OK;
    TD_TRY(td_list_split(&piece, &n, list, "mu", &out->arena, err));
    TD_CHECK(n == out->n_arms, err, TD_ERR_ARG, "--mu: '%s' has %u columns for %u arms", list, n,
             out->n_arms);
    TD_NEW(out->mean, n * out->n, err);
    for (uint32_t a = 0; a < n; a++)
        TD_TRY(take_column(out->mean + a * out->n, out, piece[a], 0, err));
    return TD_OK;
}

/* Codes of the whole table become codes among the rows that stay, in order of first appearance by
 * code: new_code holds 1 for a code that is met, then its rank. */
static td_status number_clusters(td_uplift_scores *out, const td_groups *groups, td_error *err) {
    uint32_t *new_code = NULL;
    TD_NEW(out->cluster, out->n, err);
    TD_NEW_ZEROED(new_code, groups->n, err);
    for (uint64_t i = 0; i < out->n; i++) new_code[groups->code[out->row[i]]] = 1;
    for (uint32_t g = 0; g < groups->n; g++) {
        uint32_t is_met = new_code[g];
        new_code[g] = out->n_clusters;
        out->n_clusters += is_met;
    }
    for (uint64_t i = 0; i < out->n; i++) out->cluster[i] = new_code[groups->code[out->row[i]]];
    td_mem_free(new_code);
    return TD_OK;
}

static td_status take_clusters(td_uplift_scores *out, const char *name, const td_cli *cli,
                               td_error *err) {
    td_groups groups = {0};
    if (name == NULL) return TD_OK;
    TD_TRY(td_data_group(&groups, &out->data, name, &cli->exec, err));
    td_status status = number_clusters(out, &groups, err);
    td_groups_free(&groups);
    return status;
}

static td_status take(td_uplift_scores *out, const td_uplift_score_columns *columns,
                      const td_cli *cli, td_error *err) {
    TD_TRY(take_arms(out, columns, err));
    TD_TRY(take_outcome(out, columns, err));
    TD_NEW_ZEROED(out->score, out->n_scores, err);
    for (uint32_t s = 0; s < out->n_scores; s++) {
        TD_NEW(out->score[s], out->n, err);
        TD_TRY(take_column(out->score[s], out, out->name[s], 0, err));
    }
    TD_TRY(take_propensity(out, columns->propensity, err));
    TD_TRY(take_means(out, columns->mean, err));
    return take_clusters(out, columns->cluster, cli, err);
}

td_status td_uplift_scores_read(td_uplift_scores *out, const td_uplift_score_columns *columns,
                                const td_data_format *format, const td_cli *cli, td_error *err) {
    memset(out, 0, sizeof *out);
    td_status status = read(out, columns, format, cli, err);
    if (status == TD_OK) status = take(out, columns, cli, err);
    if (status != TD_OK) td_uplift_scores_free(out);
    return status;
}

td_status td_uplift_scores_of(td_uplift_scores *out, const td_data *data,
                              const td_uplift_score_columns *columns, const td_cli *cli,
                              td_error *err) {
    memset(out, 0, sizeof *out);
    out->data = *data;
    out->borrows_data = 1;
    td_status status = name_scores(out, columns, err);
    if (status == TD_OK) status = take(out, columns, cli, err);
    if (status != TD_OK) td_uplift_scores_free(out);
    return status;
}

td_uplift_rows td_uplift_scores_view(const td_uplift_scores *scores) {
    return (td_uplift_rows){.n = scores->n,
                            .treatment = scores->treatment,
                            .outcome = scores->outcome,
                            .propensity =
                                scores->propensity != NULL ? scores->propensity + scores->n : NULL,
                            .share = scores->share != NULL ? scores->share[1] : 0.0,
                            .n_scores = scores->n_scores,
                            .score = (const double *const *)scores->score};
}
