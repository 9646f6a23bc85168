/* cli/cmd_cv.c: `tundish cv`: how a model would have done, split by split, had time stood still.
 *
 *     $ tundish cv shop --folds 5
 *     $ tundish cv --data rows.csv --label bought --time day --horizon 7 --group visitor
 *
 *   1. Rows with times, label ends and visitors, from a shop or a table (cv_input.c).
 *   2. Folds by time, splits with purge and embargo (core/cv.c).
 *   3. A model for every split, measured on its test fold (cv_run.c), and the report (cv_report.c).
 * JSON: scheme, bins, folds, rows, splits [{split, test_from, test_to, rows {train, test,
 * purged_label, embargoed, purged_visitor}, train_positives, test_positives, metrics}], mean, sd.
 * */
#include <string.h>

#include "cli/cv.h"
#include "core/base/mem.h"

#define AT(field) offsetof(td_cv_options, field)

static const td_option own_options[] = {
    {"data", "FILE", NULL, "a table instead of a shop: .csv, .tsv, .svm or .parquet",
     AT(format.data), TD_OPT_TEXT, 0, 0, 0},
    {"label", "COL", NULL, "table: column to learn, 0 or 1", AT(label), TD_OPT_TEXT, 0, 0, 0},
    {"positive", "VALUE", NULL, "table: value of the label that counts as 1", AT(positive),
     TD_OPT_TEXT, 0, 0, 0},
    {"time", "COL", NULL, "table: when a row was decided, a whole number in any unit", AT(time),
     TD_OPT_TEXT, 0, 0, 0},
    {"end", "COL", NULL, "table: when its label was known", AT(end), TD_OPT_TEXT, 0, 0, 0},
    {"horizon", "UNITS", "0", "table: label known this long after --time, without --end",
     AT(horizon), TD_OPT_WHOLE, 0, 0, 1e15},
    {"group", "COL", NULL, "table: visitor, for --purge-visitors", AT(group), TD_OPT_TEXT, 0, 0, 0},
    {"ignore", "COL,...", NULL, "table: columns that are no features", AT(ignore), TD_OPT_TEXT, 0,
     0, 0},
    {"scheme", "rolling|purged", "rolling",
     "rolling: train on the past, test on the next fold; purged: test every choice of folds",
     AT(scheme), TD_OPT_CHOICE, 0, 0, 0},
    {"folds", "K", "5", "parts of equal size, cut by time", AT(folds), TD_OPT_WHOLE, 0, 2,
     TD_CV_MAX_FOLDS},
    {"test-folds", "T", "1", "folds tested at once when purged", AT(test_folds), TD_OPT_WHOLE, 0, 1,
     TD_CV_MAX_FOLDS},
    {"embargo", "UNITS", "0",
     "no train rows this long after the labels of a tested fold (shop: seconds)", AT(embargo),
     TD_OPT_WHOLE, 0, 0, 1e15},
    {"bins", "train|all", "train",
     "rows whose features say where bins end: a split's train rows; all: learned once for all "
     "splits, faster, labels unseen, but tested rows have a say",
     AT(bins), TD_OPT_CHOICE, 0, 0, 0},
    {"purge-visitors", NULL, NULL, "no train rows of visitors that are tested", AT(purge_visitors),
     TD_OPT_FLAG, 0, 0, 0},
};

/* LightGBM's defaults, once. */
static void prepare(td_cv_options *o) {
    if (!o->is_prepared) o->params = td_train_params_default();
    o->is_prepared = 1;
}

static td_status set_parameter(void *options, const td_setting *setting, td_error *err) {
    td_cv_options *o = options;
    prepare(o);
    return td_scoring_set_parameter(&o->params, setting, err);
}

const td_usage td_usage_cv = {
    .paths = "[DIR]",
    .min_paths = 0,
    .max_paths = 1,
    TD_USAGE_OWN(own_options, td_cv_options),
    TD_USAGE_SCORING(AT(scoring)),
    .other = set_parameter,
    .notes =
        "A row whose label is still open when a tested row is decided is not trained on.\n"
        "Bins are learned on train rows alone: rolling splits share those of the first, whose\n"
        "train rows are in all of them; purged splits learn their own. Parameters of the\n"
        "trainer are taken as in `tundish train` (--num-leaves 31).",
    .examples = "  tundish cv shop --folds 6 --num-leaves 8 --learning-rate 0.05\n"
                "  tundish cv --data rows.csv --label bought --time day --horizon 7 \\\n"
                "      --group visitor --purge-visitors --scheme purged --test-folds 2 --embargo 1",
};

/* --- the command ------------------------------------------------------------------------------ */

static td_status execute(td_cv_input *input, td_cv_plan *plan, td_cv_result **result,
                         const td_cv_options *o, const td_cli *cli, td_error *err) {
    int is_shop = cli->n_paths == 1;
    TD_CHECK(is_shop == (o->format.data == NULL), err, TD_ERR_ARG,
             "give either a shop's folder or --data FILE");
    TD_TRY(is_shop ? td_cv_input_shop(input, cli->path[0], o, cli, err)
                   : td_cv_input_table(input, o, cli, err));
    td_cv_rule rule = {.scheme = strcmp(o->scheme, "purged") == 0 ? TD_CV_PURGED : TD_CV_ROLLING,
                       .n_folds = (uint32_t)o->folds,
                       .n_test = (uint32_t)o->test_folds,
                       .embargo = is_shop ? 1000 * o->embargo : o->embargo,
                       .purge_groups = o->purge_visitors};
    TD_TRY(td_cv_plan_build(plan, &input->rows, &rule, err));
    TD_NEW(*result, plan->n_splits, err);
    td_cv_learning learning = {&o->params, strcmp(o->bins, "all") == 0};
    TD_TRY(td_cv_execute(*result, plan, input, &learning, &cli->exec, err));
    td_cv_report r = {o, plan, *result};
    TD_TRY(td_cli_write_json(cli, td_cv_json, &r, err));
    if (td_cli_has_text(cli, NULL)) td_cv_print(&r);
    return TD_OK;
}

td_status td_cmd_cv(const td_cli *cli, const void *given, td_error *err) {
    td_cv_options o = *(const td_cv_options *)given;
    prepare(&o);
    if ((o.params.given >> td_params_find("seed") & 1) == 0) o.params.seed = cli->seed;
    TD_CHECK(o.params.objective == TD_OBJECTIVE_BINARY, err, TD_ERR_ARG,
             "objective: only 'binary' is possible here");
    TD_CHECK(o.params.early_stopping_round == 0, err, TD_ERR_ARG,
             "early_stopping_round: a split has no validation rows, fix num_iterations");
    TD_TRY(td_params_check(&o.params, err));
    td_cv_input input = {0};
    td_cv_plan plan = {0};
    td_cv_result *result = NULL;
    td_status status = execute(&input, &plan, &result, &o, cli, err);
    td_mem_free(result);
    td_cv_plan_free(&plan);
    td_cv_input_free(&input);
    return status;
}
