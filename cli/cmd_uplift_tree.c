/* cli/cmd_uplift_tree.c: `tundish uplift tree`: the best rule of two questions, several arms.
 *
 *     $ tundish uplift tree --data mail.csv --treatment segment --arms none,men,women \
 *           --outcome spend --cost 0.10,0.15 --out actions.csv
 *
 *   1. Read the table (uplift_table.c): features, arms, outcome, known propensities, clusters.
 *   2. Scores of every arm on every row, without bias (uplift/arm_scores.h).
 *   3. Worth of an arm = value x score - its cost; the exact tree over these, and its worth on
 *      halves that it was not chosen on (uplift/policy_report.h).
 *   4. Report; --out writes the tree's arm of every row, those of left-out arms too.
 *
 * JSON: rows, left_out, clusters (with --cluster), arms, value_of_outcome, cost {arm: cost},
 * propensity {low, high, clipped}, depth, questions [{is_asked, feature, threshold | levels, yes,
 * no}], share_fitted {arm: share}, value_fitted, best_single {arm, value}, held_out {value, share
 * {arm: share}, against [{all_rows_get, difference}]}. */
#include <stdio.h>
#include <string.h>

#include "cli/uplift_tree_options.h"
#include "cli/uplift_tree_report.h"
#include "core/base/mem.h"
#include "io/csv_write.h"
#include "uplift/arm_scores.h"

/* What is owned while the command runs. */
typedef struct work {
    td_arena arena;
    td_uplift_table table;
    td_arm_scores scores;
    td_policy_report policy;
    double cost[TD_POLICY_MAX_ACTIONS];
    uint32_t *action; /* [rows of the table] */
    const td_tree_options *o;
} work;

static void free_work(work *w) {
    td_mem_free(w->action);
    td_arm_scores_free(&w->scores);
    td_uplift_table_free(&w->table);
    td_arena_free(&w->arena);
}

static td_status read_costs(work *w, td_error *err) {
    const char *const *piece = NULL;
    uint32_t n = 0, n_arms = w->table.learn.n_arms;
    TD_TRY(td_list_split(&piece, &n, w->o->cost, "cost", &w->arena, err));
    TD_CHECK(n == 1 || n == n_arms - 1, err, TD_ERR_ARG,
             "--cost: '%s' has %u entries for %u treated arms", w->o->cost, n, n_arms - 1);
    for (uint32_t a = 1; a < n_arms; a++) {
        const char *text = piece[n == 1 ? 0 : a - 1];
        TD_CHECK(td_text_is_real(text, &w->cost[a]) && w->cost[a] >= 0, err, TD_ERR_ARG,
                 "--cost: '%s' is not a number from 0 on", text);
    }
    return TD_OK;
}

static td_status load(work *w, const td_cli *cli, td_error *err) {
    TD_TRY(td_uplift_table_read(&w->table, &w->o->columns, &w->o->format, cli, err));
    TD_CHECK(w->table.learn.n_arms <= TD_POLICY_MAX_ACTIONS, err, TD_ERR_ARG,
             "--arms: %u arms, a policy tree chooses among at most %d", w->table.learn.n_arms,
             TD_POLICY_MAX_ACTIONS);
    if (w->table.n_left_out > 0) {
        td_cli_note(cli, "%llu rows of arms that --arms does not name are left out",
                    (unsigned long long)w->table.n_left_out);
    }
    return read_costs(w, err);
}

/* Step 3; scores become worths. */
static td_status grow(work *w, const td_cli *cli, td_error *err) {
    td_arm_scores *s = &w->scores;
    const td_uplift_data *learn = &w->table.learn;
    td_policy_params params = {(uint32_t)w->o->depth, (uint32_t)w->o->min_rows};
    for (uint32_t a = 0; a < s->n_arms; a++) {
        for (uint64_t i = 0; i < s->n; i++) {
            s->score[a * s->n + i] = w->o->value * s->score[a * s->n + i] - w->cost[a];
        }
    }
    td_policy_cases cases = {.n = s->n,
                             .row = s->row,
                             .bins = s->bins,
                             .n_actions = s->n_arms,
                             .score = s->score,
                             .cluster = learn->cluster,
                             .n_clusters = learn->n_clusters,
                             .seed = cli->seed};
    TD_TRY(td_policy_report_build(&w->policy, &cases, &params, w->o->level, &cli->exec, err));
    TD_NEW(w->action, learn->rows.n_rows, err);
    td_policy_tree_apply(w->action, &w->policy.tree, s->bins);
    return TD_OK;
}

/* ---- report ---------------------------------------------------------------------------------- */

static td_tree_report report_of(const work *w) {
    const td_uplift_data *learn = &w->table.learn;
    return (td_tree_report){&w->policy, w->scores.bins, learn->arm_name, learn->n_arms};
}

static void fill_json(td_json *json, const void *ctx) {
    const work *w = ctx;
    td_tree_report tree = report_of(w);
    td_json_u64(json, "rows", w->scores.n);
    td_json_u64(json, "left_out", w->table.n_left_out);
    if (w->table.learn.cluster != NULL) {
        td_json_u64(json, "clusters", w->table.learn.n_clusters);
    }
    td_json_u64(json, "arms", tree.n_arms);
    td_json_f64(json, "value_of_outcome", w->o->value);
    td_json_object(json, "cost");
    for (uint32_t a = 1; a < tree.n_arms; a++) td_json_f64(json, tree.arm_name[a], w->cost[a]);
    td_json_end(json);
    td_json_object(json, "propensity");
    td_json_f64(json, "low", w->scores.low);
    td_json_f64(json, "high", w->scores.high);
    td_json_u64(json, "clipped", w->scores.n_clipped);
    td_json_end(json);
    td_tree_json(json, &tree);
    td_json_object(json, "best_single");
    td_json_text(json, "arm", tree.arm_name[w->policy.tree.best_action]);
    td_json_f64(json, "value", w->policy.tree.best_one);
    td_json_end(json);
}

static td_status write_actions(const work *w, td_error *err) {
    const td_data *data = &w->table.data;
    td_writer *writer = NULL;
    uint32_t c = 0;
    if (w->o->columns.id != NULL) TD_TRY(td_data_find(&c, data, w->o->columns.id, err));
    TD_TRY(td_writer_open(&writer, w->o->out, err));
    td_writer_text(writer, w->o->columns.id != NULL ? "row,id,action\n" : "row,action\n");
    for (uint64_t i = 0; i < data->table.n_rows; i++) {
        const char *action = w->table.learn.arm_name[w->action[i]];
        td_writer_u64(writer, i + 1);
        td_writer_text(writer, ",");
        if (w->o->columns.id != NULL) {
            td_data_write_cell(writer, &data->table.column[c], i);
            td_writer_text(writer, ",");
        }
        td_csv_write_text(writer, ',', action, strlen(action));
        td_writer_text(writer, "\n");
    }
    return td_writer_commit(writer, err);
}

static void print(const work *w) {
    char rows[32];
    td_tree_report tree = report_of(w);
    printf("%s rows, %u arms", td_text_count(rows, w->scores.n), tree.n_arms);
    if (w->table.learn.cluster != NULL) {
        printf(", %s clusters", td_text_count(rows, w->table.learn.n_clusters));
    }
    printf(", propensities in [%.3g, %.3g]", w->scores.low, w->scores.high);
    if (w->scores.n_clipped > 0) printf(", %s clipped", td_text_count(rows, w->scores.n_clipped));
    printf("\n\n");
    td_tree_print(&tree);
}

static td_status run(work *w, const td_cli *cli, td_error *err) {
    td_uplift_params params = td_uplift_params_default();
    params.trees.seed = cli->seed;
    params.n_folds = (int32_t)w->o->folds;
    params.clip = w->o->clip;
    if (strcmp(w->o->columns.propensity, "share") == 0) params.propensity = TD_PROPENSITY_SHARE;
    TD_TRY(td_cli_check_out(cli, w->o->out, err));
    TD_TRY(load(w, cli, err));
    td_status status = td_arm_scores_fit(&w->scores, &w->table.learn, &params, &cli->exec, err);
    if (status == TD_OK) status = grow(w, cli, err);
    TD_TRY(td_data_blame(&w->table.data, status, err));
    if (w->o->out != NULL) TD_TRY(write_actions(w, err));
    TD_TRY(td_cli_write_json(cli, fill_json, w, err));
    if (td_cli_has_text(cli, w->o->out)) print(w);
    return TD_OK;
}

td_status td_cmd_uplift_tree(const td_cli *cli, const void *given, td_error *err) {
    work w = {.o = given};
    td_status status = run(&w, cli, err);
    free_work(&w);
    return status;
}
