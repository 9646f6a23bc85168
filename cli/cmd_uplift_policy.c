/* cli/cmd_uplift_policy.c: `tundish uplift policy`: whom to treat, and what that is worth.
 *
 *     $ tundish uplift policy --data rct.csv --treatment treated --outcome bought --score tau \
 *           --value 40 --cost 0.5 --out targets.csv
 *
 *   1. Read the table (uplift_scores.c): one score for each treated arm, its expected effect.
 *   2. Choose (stats/target): the rows where value x score exceeds the cost, best first, within
 *      --budget; or the --top share of one score, whatever it says.
 *   3. Judge on the experiment's own rows (stats/offpolicy): inverse propensity, self-normalised
 *      and doubly robust, each against giving all rows one and the same arm. Expected outcomes for
 *      the last come from --mu, else from the tenths of the score.
 *   4. With two arms the profit curve over the share treated (stats/uplift_profit).
 *   5. Report, write the target list and the curve.
 *
 * JSON: rows, arms, rule, budget, spent, chosen {arm: rows}, treated_share, cost_per_row, `value`
 * {ipw, self_normalised, doubly_robust, each with _se, _ci, _p_value}, `against` [{arm, value,
 * difference}], profit {curve [{share, effect, effect_se, profit, profit_ci}], best_share,
 * best_profit, corrected_profit, break_even_share}. */
#include <string.h>

#include "cli/uplift_figures.h"
#include "cli/uplift_policy.h"
#include "core/base/mem.h"

static void free_work(td_policy_work *w) {
    td_mem_free(w->action);
    td_mem_free(w->same);
    td_mem_free(w->group);
    td_mem_free(w->mean);
    td_uplift_scores_free(&w->scores);
}

/* ---- step 1 ---- */

static td_status read_costs(td_policy_work *w, const char *list, td_error *err) {
    const char *const *piece = NULL;
    uint32_t n = 0, n_arms = w->scores.n_arms;
    TD_TRY(td_list_split(&piece, &n, list, "cost", &w->scores.arena, err));
    TD_CHECK(n == 1 || n == n_arms - 1, err, TD_ERR_ARG,
             "--cost: '%s' has %u entries for %u treated arms", list, n, n_arms - 1);
    for (uint32_t a = 1; a < n_arms; a++) {
        const char *text = piece[n == 1 ? 0 : a - 1];
        TD_CHECK(td_text_is_real(text, &w->report.cost[a]) && w->report.cost[a] >= 0, err,
                 TD_ERR_ARG, "--cost: '%s' is not a number from 0 on", text);
    }
    return TD_OK;
}

static td_status read_table(td_policy_work *w, const td_policy_options *o, const td_cli *cli,
                            td_error *err) {
    td_uplift_score_columns columns = o->columns;
    columns.max_arms = TD_MAX_POLICY_ARMS;
    TD_CHECK(o->replicates <= 0 || o->replicates >= TD_MIN_UPLIFT_REPLICATES, err, TD_ERR_ARG,
             "--replicates: %lld draws say nothing, use 0 or at least %d", (long long)o->replicates,
             TD_MIN_UPLIFT_REPLICATES);
    TD_TRY(td_uplift_scores_read(&w->scores, &columns, &o->format, cli, err));
    uint32_t n_arms = w->scores.n_arms;
    TD_CHECK(w->scores.n_scores == n_arms - 1, err, TD_ERR_ARG,
             "--score: %u columns for %u treated arms", w->scores.n_scores, n_arms - 1);
    TD_CHECK(o->curve == NULL || n_arms == 2, err, TD_ERR_ARG,
             "--curve: a profit curve is drawn for two arms, not for %u", n_arms);
    TD_CHECK(o->figure == NULL || n_arms == 2, err, TD_ERR_ARG,
             "--figure: a profit curve is drawn for two arms, not for %u", n_arms);
    return read_costs(w, o->cost, err);
}

/* ---- step 5 ---- */

static void fill_json(td_json *json, const void *ctx) { td_json_policy_report(json, ctx); }

static td_status write_files(const td_policy_work *w, const td_policy_options *o, td_error *err) {
    td_writer *writer = NULL;
    if (o->out != NULL) TD_TRY(td_policy_write_targets(o->out, &w->report, o->columns.keep, err));
    if (o->curve != NULL) TD_TRY(td_policy_write_curve(o->curve, &w->profit, err));
    if (o->figure == NULL) return TD_OK;
    TD_TRY(td_writer_open(&writer, o->figure, err));
    td_uplift_figure_profit(writer, &w->profit);
    return td_writer_commit(writer, err);
}

static td_status run(td_policy_work *w, const td_policy_options *o, const td_cli *cli,
                     td_error *err) {
    TD_TRY(td_cli_check_out(cli, o->out, err));
    TD_TRY(read_table(w, o, cli, err));
    td_policy_report *r = &w->report;
    r->scores = &w->scores;
    r->outcome = o->columns.outcome;
    r->cluster = o->columns.cluster;
    r->value = o->value;
    r->level = o->level;
    r->has_means = w->scores.mean != NULL;
    TD_TRY(td_data_blame(&w->scores.data, td_policy_judge(w, o, cli, err), err));
    TD_TRY(write_files(w, o, err));
    TD_TRY(td_cli_write_json(cli, fill_json, r, err));
    if (td_cli_has_text(cli, o->out)) td_print_policy_report(r);
    return TD_OK;
}

td_status td_cmd_uplift_policy(const td_cli *cli, const void *given, td_error *err) {
    td_policy_work w;
    memset(&w, 0, sizeof w);
    td_status status = run(&w, given, cli, err);
    free_work(&w);
    return status;
}
