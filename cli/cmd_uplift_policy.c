/* cli/cmd_uplift_policy.c: `tundish uplift policy`: whom to treat, and what that is worth.
 *
 *     $ tundish uplift policy --data rct.csv --treatment treated --outcome bought --score tau \
 *           --value 40 --cost 0.5 --out targets.csv
 *
 *   1. Read the table (uplift_scores.c): one score for each treated arm, its expected effect.
 *   2. Choose (stats/target): the rows where value x score exceeds the cost, best first, within
 *      --budget; or the --top share of one score, whatever it says.
 *   3. Judge on the experiment's own rows (stats/offpolicy): inverse propensity, self-normalised and
 *      doubly robust, each against giving all rows one and the same arm. Expected outcomes for the
 *      last come from --mu, else from the tenths of the score.
 *   4. With two arms the profit curve over the share treated (stats/uplift_profit).
 *   5. Report, write the target list and the curve.
 *
 * JSON: rows, arms, rule, budget, spent, chosen {arm: rows}, treated_share, cost_per_row, `value`
 * {ipw, self_normalised, doubly_robust, each with _se, _ci, _p_value}, `against` [{arm, value,
 * difference}], profit {curve [{share, effect, effect_se, profit, profit_ci}], best_share,
 * best_profit, corrected_profit, break_even_share}. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cli/uplift_policy.h"
#include "core/base/mem.h"
#include "stats/bootstrap.h"
#include "stats/target.h"

typedef struct options {
    td_data_format format;
    td_uplift_score_columns columns;
    const char *cost;
    const char *budget;
    const char *out;
    const char *curve;
    const char *figure;
    double value;
    double top;
    double level;
    int64_t replicates;
} options;

#define AT(field) offsetof(options, field)

static const td_option own_options[] = {
    {"treatment", "COL", NULL, "column that says which arm a row was in: 0 and 1, or see --arms",
     AT(columns.treatment), TD_OPT_TEXT, 1, 0, 0},
    {"outcome", "COL", NULL, "column of what happened: 0 and 1, or an amount", AT(columns.outcome),
     TD_OPT_TEXT, 1, 0, 0},
    {"score", "COL,...", NULL,
     "expected effect of each treated arm: what it adds to the outcome of a row", AT(columns.score),
     TD_OPT_TEXT, 1, 0, 0},
    {"arms", "CONTROL,ARM,...", NULL,
     "values of the treatment, the control first; rows of other arms are left out",
     AT(columns.arms), TD_OPT_TEXT, 0, 0, 0},
    {"positive", "VALUE", NULL, "value of the outcome that counts as 1, all others as 0",
     AT(columns.positive), TD_OPT_TEXT, 0, 0, 0},
    {"propensity", "E|COL,...", NULL,
     "chance of each treated arm: a number or a column (default: the arms' shares)",
     AT(columns.propensity), TD_OPT_TEXT, 0, 0, 0},
    {"mu", "COL,...", NULL,
     "expected outcome under each arm, control first, made without the row (default: means of the "
     "tenths of the score)",
     AT(columns.mean), TD_OPT_TEXT, 0, 0, 0},
    {"cluster", "COL", NULL, "rows of one value depend on each other (sessions of a visitor)",
     AT(columns.cluster), TD_OPT_TEXT, 0, 0, 0},
    {"value", "V", "1", "what one unit of the outcome is worth", AT(value), TD_OPT_REAL, 0, 1e-300,
     1e300},
    {"cost", "C,...", "0", "what treating one row costs, for each treated arm", AT(cost),
     TD_OPT_TEXT, 0, 0, 0},
    {"budget", "B", NULL, "to be spent on all rows together; without costs: rows to be treated",
     AT(budget), TD_OPT_TEXT, 0, 0, 0},
    {"top", "SHARE", NULL, "treat this share of the rows, the highest scores first", AT(top),
     TD_OPT_REAL, 0, 0, 1},
    {"out", "FILE", NULL, "write the target list: row, id, scores, action, expected_gain", AT(out),
     TD_OPT_TEXT, 0, 0, 0},
    {"id", "COL", NULL, "column to copy into the target list", AT(columns.keep), TD_OPT_TEXT, 0, 0,
     0},
    {"curve", "FILE", NULL, "write the profit curve: share, effect, effect_se, profit ...",
     AT(curve), TD_OPT_TEXT, 0, 0, 0},
    {"figure", "FILE", NULL, "draw the profit curve as SVG", AT(figure), TD_OPT_TEXT, 0, 0, 0},
    {"replicates", "N", "-1",
     "random draws behind the profit curve's intervals; 0 = none, -1 = by the number of rows",
     AT(replicates), TD_OPT_WHOLE, 0, -1, 100000},
    {"level", "SHARE", "0.95", "confidence of the intervals", AT(level), TD_OPT_REAL, 0, 0.5,
     0.9999},
};

const td_usage td_usage_uplift_policy = {
    .options = own_options,
    .n_options = sizeof own_options / sizeof *own_options,
    .shared = td_data_options,
    .n_shared = TD_N_DATA_OPTIONS,
    .shared_at = AT(format),
    .size = sizeof(options),
    .notes =
        "A row is treated when value x score is above the cost, the best gain per cost first "
        "until\n"
        "the budget ends; of several arms each row gets the one that pays best. --top takes the\n"
        "best share of one score instead and does not ask what it says.\n"
        "\n"
        "The worth is net of costs and per row of all. It is measured on the rows whose arm by\n"
        "chance was the one the rule gives: on other rows than the score was learned from it is\n"
        "unbiased. The best share of the profit curve is chosen on the same rows and so a little\n"
        "too good; `corrected` takes that off.",
    .examples =
        "  tundish uplift policy --data rct.csv --treatment treated --outcome bought --score tau "
        "\\\n"
        "      --value 40 --cost 0.5 --out targets.csv --id visitorid\n"
        "  tundish uplift policy --data rct.csv --treatment w --outcome revenue --score tau --top "
        "0.3\n"
        "  tundish uplift policy --data mail.csv --treatment segment --arms none,men,women \\\n"
        "      --outcome spend --score tau_men,tau_women --cost 0.1,0.15 --budget 2000",
};

typedef struct work {
    td_uplift_scores scores;
    uint32_t *action; /* [n] */
    uint32_t *same;   /* [n] one arm for all */
    uint32_t *group;  /* [n] tenth of the first score */
    double *mean;     /* [n_arms][n] from the tenths */
    td_uplift_profit profit;
    td_offpolicy_rows rows;
    td_policy_report report;
} work;

static void free_work(work *w) {
    td_mem_free(w->action);
    td_mem_free(w->same);
    td_mem_free(w->group);
    td_mem_free(w->mean);
    td_uplift_scores_free(&w->scores);
}

/* ---- step 1 ---- */

static td_status read_costs(work *w, const char *list, td_error *err) {
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

static td_status read_table(work *w, const options *o, const td_cli *cli, td_error *err) {
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

/* ---- step 2 ---- */

static td_status choose(work *w, const options *o, const td_cli *cli, td_error *err) {
    const td_uplift_scores *s = &w->scores;
    double budget = HUGE_VAL;
    int is_free = 1;
    for (uint32_t a = 1; a < s->n_arms; a++) is_free &= w->report.cost[a] == 0.0;
    if (o->budget != NULL)
        TD_CHECK(td_text_is_real(o->budget, &budget) && budget >= 0, err, TD_ERR_ARG,
                 "--budget: '%s' is not a number from 0 on", o->budget);
    TD_CHECK(o->top == 0 || s->n_arms == 2, err, TD_ERR_ARG,
             "--top: one score decides about two arms; several arms need costs or a budget");
    TD_CHECK(o->top == 0 || o->budget == NULL, err, TD_ERR_ARG,
             "--top and --budget both say how many are treated: give one");
    TD_CHECK(o->budget == NULL || !is_free || s->n_arms == 2, err, TD_ERR_ARG,
             "--budget: with several arms it needs their --cost");
    static const double one_a_row[2] = {0.0, 1.0};
    int is_counted = o->top > 0 || (o->budget != NULL && is_free);
    td_target_question question = {.n = s->n,
                                   .n_arms = s->n_arms,
                                   .score = (const double *const *)s->score,
                                   .value = o->value,
                                   .cost = w->report.cost,
                                   .price = is_counted ? one_a_row : NULL,
                                   .budget = o->top > 0 ? floor((double)s->n * o->top) : budget,
                                   .is_forced = o->top > 0};
    w->report.rule = o->top > 0          ? "the best share of the score"
                     : o->budget == NULL ? "value x score above the cost"
                                         : "value x score above the cost, within the budget";
    w->report.budget = budget;
    TD_TRY(td_target_choose(w->action, &w->report.spent, &question, &cli->exec, err));
    w->report.spent = 0.0;
    for (uint64_t i = 0; i < s->n; i++) w->report.spent += w->report.cost[w->action[i]];
    return TD_OK;
}

/* ---- step 3 ---- */

/* Tenth of each row in the ranking by the first score; tied rows share the tenth of their best. */
static td_status find_tenths(work *w, const td_cli *cli, td_error *err) {
    td_ranking ranking = {0};
    const td_uplift_scores *s = &w->scores;
    TD_NEW(w->group, s->n, err);
    TD_TRY(td_ranking_build(&ranking, s->score[0], s->treatment, s->n, &cli->exec, err));
    uint32_t begin = 0;
    for (uint32_t b = 0; b < ranking.n_blocks; b++) {
        uint32_t end = ranking.blocks[b].end;
        uint32_t tenth = (uint32_t)((uint64_t)begin * TD_UPLIFT_DECILES / ranking.n);
        for (uint32_t i = begin; i < end; i++) w->group[ranking.order[i]] = tenth;
        begin = end;
    }
    td_ranking_free(&ranking);
    return TD_OK;
}

static td_status judge(work *w, const options *o, const td_cli *cli, td_error *err) {
    const td_uplift_scores *s = &w->scores;
    w->rows = (td_offpolicy_rows){.n = s->n,
                                  .n_arms = s->n_arms,
                                  .arm = s->arm,
                                  .outcome = s->outcome,
                                  .propensity = s->propensity,
                                  .share = s->share,
                                  .mean = s->mean,
                                  .value = o->value,
                                  .cost = w->report.cost,
                                  .cluster = s->cluster,
                                  .n_clusters = s->n_clusters};
    if (s->mean == NULL) {
        TD_TRY(find_tenths(w, cli, err));
        TD_NEW(w->mean, s->n_arms * s->n, err);
        TD_TRY(td_offpolicy_group_means(w->mean, &w->rows, w->group, TD_UPLIFT_DECILES, err));
        w->rows.mean = w->mean;
    }
    td_policy_report *r = &w->report;
    TD_TRY(td_offpolicy_measure(&r->chosen, &w->rows, w->action, NULL, o->level, err));
    for (uint32_t a = 0; a < s->n_arms; a++) {
        r->rival[a].arm = a;
        for (uint64_t i = 0; i < s->n; i++) w->same[i] = a;
        TD_TRY(td_offpolicy_measure(&r->rival[a].value, &w->rows, w->same, NULL, o->level, err));
        TD_TRY(td_offpolicy_measure(&r->rival[a].gap, &w->rows, w->action, w->same, o->level, err));
    }
    return TD_OK;
}

/* ---- step 4 ---- */

static td_status find_profit(work *w, const options *o, const td_cli *cli, td_error *err) {
    const td_uplift_scores *s = &w->scores;
    if (s->n_arms != 2) return TD_OK;
    w->report.n_replicates =
        o->replicates < 0 ? td_default_replicates(s->n) : (uint32_t)o->replicates;
    td_uplift_request request = {.rows = td_uplift_scores_view(s),
                                 .clusters = {s->cluster, s->n_clusters},
                                 .n_replicates = w->report.n_replicates,
                                 .seed = cli->seed,
                                 .level = o->level};
    TD_TRY(
        td_uplift_profit_build(&w->profit, &request, o->value, w->report.cost[1], &cli->exec, err));
    w->report.profit = &w->profit;
    return TD_OK;
}

/* ---- step 5 ---- */

static void fill_json(td_json *json, const void *ctx) { td_json_policy_report(json, ctx); }

static td_status write_files(const work *w, const options *o, td_error *err) {
    td_writer *writer = NULL;
    if (o->out != NULL) TD_TRY(td_policy_write_targets(o->out, &w->report, o->columns.keep, err));
    if (o->curve != NULL) TD_TRY(td_policy_write_curve(o->curve, &w->profit, err));
    if (o->figure == NULL) return TD_OK;
    TD_TRY(td_writer_open(&writer, o->figure, err));
    td_uplift_figure_profit(writer, &w->profit);
    return td_writer_commit(writer, err);
}

static td_status run(work *w, const options *o, const td_cli *cli, td_error *err) {
    TD_TRY(td_cli_check_out(cli, o->out, err));
    TD_TRY(read_table(w, o, cli, err));
    TD_NEW(w->action, w->scores.n, err);
    TD_NEW(w->same, w->scores.n, err);
    td_policy_report *r = &w->report;
    r->scores = &w->scores;
    r->outcome = o->columns.outcome;
    r->cluster = o->columns.cluster;
    r->value = o->value;
    r->level = o->level;
    r->action = w->action;
    r->has_means = w->scores.mean != NULL;
    td_status status = choose(w, o, cli, err);
    if (status == TD_OK) status = judge(w, o, cli, err);
    if (status == TD_OK) status = find_profit(w, o, cli, err);
    TD_TRY(td_data_blame(&w->scores.data, status, err));
    TD_TRY(write_files(w, o, err));
    TD_TRY(td_cli_write_json(cli, fill_json, r, err));
    if (td_cli_has_text(cli, o->out)) td_print_policy_report(r);
    return TD_OK;
}

td_status td_cmd_uplift_policy(const td_cli *cli, const void *given, td_error *err) {
    work w;
    memset(&w, 0, sizeof w);
    td_status status = run(&w, given, cli, err);
    free_work(&w);
    return status;
}
