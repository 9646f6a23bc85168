/* cli/cmd_uplift_inspect.c: `tundish uplift inspect`: is there an effect that differs, and which
 * model knows for whom?
 *
 *     $ tundish uplift inspect --data rct.csv --treatment treated --outcome bought --propensity 0.5
 *
 *   1. Read the table (uplift_table.c).
 *   2. Effects of learners, out of fold, or of columns (--score); inference about them
 *      (uplift_inspect.c); --refute draws placebos and random causes, --policy-tree a rule.
 *   3. Print or write JSON (uplift_inspect_report.c).
 *
 * JSON: rows, clusters (with --cluster), is_weighted, mean_effect {value, se, ci, p_value},
 * propensity {is_estimated, low, high, clipped}, best, models [{model, loading,
 * calibration_intercept, calibration_slope, slope_is_one_p_value, calibration_error,
 * calibration_r2, dr_loss, r_loss, dr_gain, r_gain, qini_area, qini_se, qini_rows_needed, groups
 * [{rows, predicted, low, high, effect}], highest_minus_lowest, one_effect_chi2,
 * one_effect_p_value, refutation}], policy_tree. */
#include <string.h>

#include "cli/uplift_inspect.h"
#include "cli/uplift_options.h"

typedef struct options {
    td_data_format format;
    td_uplift_columns columns;
    const char *learner;
    int64_t groups, folds, refute, replicates;
    double level, power, cost, clip;
    int policy_tree;
} options;

#define AT(field) offsetof(options, field)

static const td_option own_options[] = {
    TD_OPTION_TREATMENT(AT(columns.treatment)),
    TD_OPTION_OUTCOME(AT(columns.outcome)),
    {"learner", "NAME,...", "t,x,dr,uplift_forest", "learners to inspect, out of fold", AT(learner),
     TD_OPT_TEXT, 0, 0, 0},
    {"score", "COL,...", NULL,
     "columns of effects to inspect instead, from models that did not learn from these rows",
     AT(columns.scores), TD_OPT_TEXT, 0, 0, 0},
    {"arms", "CONTROL,TREATED", NULL,
     "values of the treatment, the control first; rows of other arms are left out",
     AT(columns.arms), TD_OPT_TEXT, 0, 0, 0},
    {"propensity", "HOW", "estimate",
     "P(treated): estimate, share (of the rows), or what is known: a number or a column",
     AT(columns.propensity), TD_OPT_TEXT, 0, 0, 0},
    {"weight", "COL", NULL,
     "column of row weights, positive: every mean and regression is weighted", AT(columns.weight),
     TD_OPT_TEXT, 0, 0, 0},
    {"cluster", "COL", NULL,
     "rows with one value of it depend on each other (visitor): kept in one fold, errors count "
     "them "
     "whole",
     AT(columns.cluster), TD_OPT_TEXT, 0, 0, 0},
    TD_OPTION_CLIP(AT(clip), "0.02"),
    TD_OPTION_FOLDS(AT(folds), 20),
    {"groups", "K", "5", "groups of predicted effect", AT(groups), TD_OPT_WHOLE, 0, 2,
     TD_EFFECT_MAX_GROUPS},
    {"refute", "R", "0", "placebos and random causes to draw for each learner", AT(refute),
     TD_OPT_WHOLE, 0, 0, TD_INSPECT_DRAWS},
    {"policy-tree", NULL, NULL, "find the best rule of two questions", AT(policy_tree), TD_OPT_FLAG,
     0, 0, 0},
    {"cost", "C", "0", "of --policy-tree: cost of treating a row, in units of the outcome",
     AT(cost), TD_OPT_REAL, 0, -1e100, 1e100},
    {"replicates", "N", "200", "bootstrap draws behind the Qini's error", AT(replicates),
     TD_OPT_WHOLE, 0, 20, 100000},
    {"level", "L", "0.95", "of the intervals", AT(level), TD_OPT_REAL, 0, 0.5, 0.9999},
    {"power", "P", "0.8", "chance to tell the Qini from 0 at the rows needed", AT(power),
     TD_OPT_REAL, 0, 0.05, 0.9999},
    TD_OPTION_POSITIVE(AT(columns.positive)),
    TD_OPTION_IGNORE(AT(columns.ignore)),
    TD_OPTION_CATEGORICAL(AT(columns.categorical)),
};

const td_usage td_usage_uplift_inspect = {
    TD_USAGE_OWN(own_options, options),
    TD_USAGE_SHARED(td_data_options, TD_N_DATA_OPTIONS, AT(format)),
    .notes =
        "loading: 0 = the model knows nothing of the differences, 1 = they are right on average.\n"
        "slope: 1 = predicted effects mean what they say. gain: loss of a constant effect minus\n"
        "the model's, above 0 = better than a constant; * = largest. rows needed: at which the\n"
        "Qini would be told from 0. docs/uplift.md has the definitions and measured coverage.\n"
        "Several rows of a visitor are not independent: name the visitor by --cluster.",
    .examples =
        "  tundish uplift inspect --data rct.csv --treatment treated --outcome bought \\\n"
        "      --propensity 0.5 --learner dr,uplift_forest --refute 3 --policy-tree\n"
        "  tundish uplift inspect --data scored.csv --treatment treated --outcome bought \\\n"
        "      --score uplift",
};

/* Names, and whether every learner exists, before anything is read. */
static td_status list_models(td_inspect_plan *plan, const options *o, td_arena *arena,
                             td_error *err) {
    plan->are_columns = o->columns.scores != NULL;
    const char *names = plan->are_columns ? o->columns.scores : o->learner;
    TD_TRY(td_list_split(&plan->name, &plan->n_models, names,
                         plan->are_columns ? "score" : "learner", arena, err));
    TD_CHECK(plan->n_models >= 1 && plan->n_models <= TD_INSPECT_MODELS, err, TD_ERR_ARG,
             "%u models are not in 1 .. %d", plan->n_models, TD_INSPECT_MODELS);
    td_uplift_learner ignored;
    for (uint32_t k = 0; !plan->are_columns && k < plan->n_models; k++) {
        TD_TRY(td_uplift_learner_find(&ignored, plan->name[k], err));
    }
    return TD_OK;
}

typedef struct work {
    td_arena arena;
    td_uplift_table table;
    td_inspection inspection;
} work;

static td_status run(work *w, const options *o, const td_cli *cli, td_error *err) {
    td_uplift_params params = td_uplift_params_default();
    params.trees.seed = cli->seed;
    params.n_folds = (int32_t)o->folds;
    params.clip = o->clip;
    if (strcmp(o->columns.propensity, "share") == 0) params.propensity = TD_PROPENSITY_SHARE;
    td_inspect_plan plan = {.table = &w->table,
                            .params = &params,
                            .n_groups = (uint32_t)o->groups,
                            .n_folds = (uint32_t)o->folds,
                            .n_draws = (uint32_t)o->refute,
                            .n_replicates = (uint32_t)o->replicates,
                            .level = o->level,
                            .power = o->power,
                            .cost = o->cost,
                            .wants_tree = o->policy_tree};
    TD_TRY(list_models(&plan, o, &w->arena, err));
    TD_TRY(td_cli_check_out(cli, NULL, err));
    TD_TRY(td_uplift_table_read(&w->table, &o->columns, &o->format, cli, err));
    if (w->table.n_left_out > 0) {
        td_cli_note(cli, "%llu rows of arms that --arms does not name are left out",
                    (unsigned long long)w->table.n_left_out);
    }
    TD_TRY(td_inspect_run(&w->inspection, &plan, cli, err));
    TD_TRY(td_cli_write_json(cli, td_inspect_json, &w->inspection, err));
    if (td_cli_has_text(cli, NULL)) td_inspect_print(&w->inspection);
    return TD_OK;
}

/* The inspection is some 400 kB, so it lies on the heap. */
td_status td_cmd_uplift_inspect(const td_cli *cli, const void *given, td_error *err) {
    td_arena arena = {0};
    work *w = td_arena_array(&arena, 1, sizeof *w, err);
    if (w == NULL) return TD_ERR_NOMEM;
    memset(w, 0, sizeof *w);
    td_status status = run(w, given, cli, err);
    td_inspection_free(&w->inspection);
    td_uplift_table_free(&w->table);
    td_arena_free(&w->arena);
    td_arena_free(&arena);
    return status;
}
