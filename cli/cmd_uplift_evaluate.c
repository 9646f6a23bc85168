/* cli/cmd_uplift_evaluate.c: `tundish uplift evaluate`: how well scores rank rows by uplift.
 *
 *     $ tundish uplift evaluate --data rct.csv --treatment treated --outcome bought --score tau
 *
 *   1. Read the table; treatment, outcome and scores of the two arms (uplift_scores.c).
 *   2. stats/uplift_assessment sorts each score once and measures: Qini and AUUC in the dialects
 *      of four systems, uplift at K, tenths, the noise floor, paired bootstrap, differences.
 *   3. Print (uplift_text.c), write the JSON object (uplift_json.c), draw --figures.
 *
 * JSON: rows, treated, control, left_out, outcome, mean_treated, mean_control, overall_uplift,
 * propensity, uncertainty, then of the first score qini, auuc, weighted_average_uplift, uplift_at,
 * deciles, curve, balance; scores [{name, the same}]; comparisons [{first, second, qini, auuc}]. */
#include <string.h>

#include "cli/uplift_figures.h"
#include "cli/uplift_options.h"
#include "cli/uplift_report.h"
#include "cli/uplift_scores.h"
#include "stats/bootstrap.h"

typedef struct options {
    td_data_format format;
    td_uplift_score_columns columns;
    const char *k;
    const char *figures;
    int64_t replicates;
    double level;
} options;

#define AT(field) offsetof(options, field)

static const td_option own_options[] = {
    {"treatment", "COL", NULL, "column that says who was treated: 0 and 1, or see --arms",
     AT(columns.treatment), TD_OPT_TEXT, 1, 0, 0},
    {"outcome", "COL", NULL, "column of what happened: 0 and 1, or an amount (revenue)",
     AT(columns.outcome), TD_OPT_TEXT, 1, 0, 0},
    {"score", "COL,...", NULL, "columns of the scores; higher = treat first", AT(columns.score),
     TD_OPT_TEXT, 1, 0, 0},
    {"arms", "CONTROL,TREATED", NULL,
     "values of the treatment, the control first; rows of other arms are left out",
     AT(columns.arms), TD_OPT_TEXT, 0, 0, 0},
    TD_OPTION_POSITIVE(AT(columns.positive)),
    {"propensity", "E|COL", NULL,
     "chance of being treated: one number, or a column (default: the treated share)",
     AT(columns.propensity), TD_OPT_TEXT, 0, 0, 0},
    {"cluster", "COL", NULL,
     "rows of one value belong together (sessions of a visitor): they are drawn together",
     AT(columns.cluster), TD_OPT_TEXT, 0, 0, 0},
    {"k", "SHARES", NULL, "tops of the ranking (default: 5%,10%,20%,30%,50%)", AT(k), TD_OPT_TEXT,
     0, 0, 0},
    {"replicates", "N", "-1",
     "random draws behind the intervals; 0 = none, -1 = 1000 up to 200,000 rows, 200 up to 5 "
     "million, none beyond",
     AT(replicates), TD_OPT_WHOLE, 0, -1, 100000},
    {"level", "SHARE", "0.95", "confidence of the intervals and of the random scores' band",
     AT(level), TD_OPT_REAL, 0, 0.5, 0.9999},
    {"figures", "DIR", NULL, "draw qini.svg and uplift_by_tenth.svg into this folder", AT(figures),
     TD_OPT_TEXT, 0, 0, 0},
};

const td_usage td_usage_uplift_evaluate = {
    TD_USAGE_OWN(own_options, options),
    TD_USAGE_SHARED(td_data_options, TD_N_DATA_OPTIONS, AT(format)),
    .notes =
        "Qini: the area between the curve of what is gained by treating from the top of the\n"
        "ranking down, and a straight line. Other systems define curve, area and scale each in\n"
        "their own way, so their numbers cannot be compared; all are printed, each by its name,\n"
        "equal to that system's on rows without ties and independent of the order of the rows.\n"
        "\n"
        "A random score never has a Qini of exactly 0 on a sample. `random scores` is the band\n"
        "that 95 % of them reach on these rows: a Qini inside it says nothing. `rows needed`: at\n"
        "which this Qini would be told from 0 with a chance of 80 %. Rows are of an\n"
        "experiment: treatment was assigned by chance (or --propensity says with which chance).",
    .examples =
        "  tundish uplift evaluate --data rct.csv --treatment treated --outcome bought --score "
        "tau\n"
        "  tundish uplift evaluate --data rct.csv --treatment w --outcome revenue \\\n"
        "      --score t_learner,x_learner --cluster visitorid --k 10%,25% --json -\n"
        "  tundish uplift evaluate --data mail.csv --treatment segment --arms 'No E-Mail,Womens "
        "E-Mail' \\\n"
        "      --outcome visit --score tau --figures figures",
};

typedef struct work {
    td_uplift_scores scores;
    td_uplift_assessment assessment;
} work;

/* "10%" or "0.1" of the rows. */
static td_status read_share(double *share, const char *text, td_error *err) {
    size_t n = strlen(text);
    char number[32] = "";
    int is_percent = n > 1 && text[n - 1] == '%';
    if (n < sizeof number) memcpy(number, text, is_percent ? n - 1 : n);
    TD_CHECK(td_text_is_real(number, share), err, TD_ERR_ARG,
             "--k: '%s' is not a share such as 10%% or 0.1", text);
    if (is_percent) *share /= 100;
    TD_CHECK(*share > 0 && *share <= 1, err, TD_ERR_ARG,
             "--k: '%s' is not above 0%% and up to 100%%", text);
    return TD_OK;
}

static td_status read_cuts(td_uplift_cuts *out, const char *text, td_arena *arena, td_error *err) {
    const char *const *piece = NULL;
    *out = td_uplift_cuts_default();
    if (text == NULL) return TD_OK;
    TD_TRY(td_list_split(&piece, &out->n, text, "k", arena, err));
    TD_CHECK(out->n <= TD_MAX_UPLIFT_CUTS, err, TD_ERR_ARG, "--k: at most %d shares",
             TD_MAX_UPLIFT_CUTS);
    for (uint32_t i = 0; i < out->n; i++) TD_TRY(read_share(&out->share[i], piece[i], err));
    return TD_OK;
}

static void fill_json(td_json *json, const void *ctx) { td_json_uplift_report(json, ctx); }

static td_status run(work *w, const options *o, const td_cli *cli, td_error *err) {
    td_uplift_request request = {.seed = cli->seed, .level = o->level};
    TD_CHECK(o->replicates <= 0 || o->replicates >= TD_MIN_UPLIFT_REPLICATES, err, TD_ERR_ARG,
             "--replicates: %lld draws say nothing, use 0 or at least %d", (long long)o->replicates,
             TD_MIN_UPLIFT_REPLICATES);
    td_uplift_score_columns columns = o->columns;
    columns.max_arms = 2;
    TD_TRY(td_uplift_scores_read(&w->scores, &columns, &o->format, cli, err));
    TD_TRY(read_cuts(&request.cuts, o->k, &w->scores.arena, err));
    request.rows = td_uplift_scores_view(&w->scores);
    request.clusters = (td_uplift_clusters){w->scores.cluster, w->scores.n_clusters};
    request.n_replicates =
        o->replicates < 0 ? td_default_replicates(w->scores.n) : (uint32_t)o->replicates;
    TD_TRY(td_data_blame(&w->scores.data,
                         td_uplift_assessment_build(&w->assessment, &request, &cli->exec, err),
                         err));
    td_uplift_report report = {.assessment = &w->assessment,
                               .name = w->scores.name,
                               .outcome = o->columns.outcome,
                               .cluster = o->columns.cluster,
                               .n_left_out = w->scores.n_left_out};
    if (o->figures != NULL) TD_TRY(td_uplift_figures_write(o->figures, &report, err));
    TD_TRY(td_cli_write_json(cli, fill_json, &report, err));
    if (td_cli_has_text(cli, NULL)) td_print_uplift_report(&report);
    return TD_OK;
}

td_status td_cmd_uplift_evaluate(const td_cli *cli, const void *given, td_error *err) {
    work w;
    memset(&w, 0, sizeof w);
    td_status status = run(&w, given, cli, err);
    td_uplift_assessment_free(&w.assessment);
    td_uplift_scores_free(&w.scores);
    return status;
}
