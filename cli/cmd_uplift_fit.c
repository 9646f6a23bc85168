/* cli/cmd_uplift_fit.c: `tundish uplift fit`: learn by how much a treatment moves each row.
 *
 *     $ tundish uplift fit --learner dr --data rct.csv --treatment treated --outcome bought \
 *           --model m.uplift
 *     arm  treated  control  mean treated  mean control  difference  mean effect
 *     1      9,987   10,013        0.1212        0.1004      0.0208       0.0204
 *
 *   1. Read the table (uplift_table.c), fit (uplift/), write the model file.
 *   2. Report for each arm against control: rows, means of the outcome, their difference, the mean
 *      of the learned effects beside it, and where the propensity came from.
 *
 * JSON: learner, outcome (binary or number), features, rows, left_out, arms [{arm, treated,
 * control, mean_treated, mean_control, difference, mean_effect, propensity {source, low, high,
 * clipped, log_loss_trees, log_loss_share}}], timings {load, fit, wall}, threads,
 * peak_memory_bytes. */
#include <stdio.h>
#include <string.h>

#include "cli/progress.h"
#include "cli/uplift_file.h"
#include "cli/uplift_fit_report.h"
#include "core/base/mem.h"

typedef struct options {
    td_data_format format;
    td_uplift_columns columns;
    const char *learner;
    const char *model;
    int64_t folds;
    double clip;
    td_train_params trees;
    int has_trees; /* trees hold the defaults */
    uint64_t from_file;
} options;

#define AT(field) offsetof(options, field)

static const td_option own_options[] = {
    {"learner", "NAME", NULL,
     "t, s, transformed, class, x, r, dr, dependent, uplift_tree or uplift_forest; see below",
     AT(learner), TD_OPT_TEXT, 1, 0, 0},
    {"treatment", "COL", NULL, "column that says which arm a row was in: 0 and 1, or see --arms",
     AT(columns.treatment), TD_OPT_TEXT, 1, 0, 0},
    {"outcome", "COL", NULL, "column of the outcome: 0 and 1, or any number (revenue)",
     AT(columns.outcome), TD_OPT_TEXT, 1, 0, 0},
    {"model", "FILE", NULL, "model file to write", AT(model), TD_OPT_TEXT, 1, 0, 0},
    {"arms", "CONTROL,ARM,...", NULL,
     "values of the treatment, the control first; rows of other arms are left out",
     AT(columns.arms), TD_OPT_TEXT, 0, 0, 0},
    {"propensity", "HOW", "estimate",
     "P(treated): estimate, share (of the rows), or what is known: a number or a column, one for "
     "each treated arm",
     AT(columns.propensity), TD_OPT_TEXT, 0, 0, 0},
    {"clip", "C", "0.01", "propensities are held within [C, 1 - C]", AT(clip), TD_OPT_REAL, 0, 1e-6,
     0.499},
    {"folds", "K", "5", "parts for whatever is learned on some rows and applied to others",
     AT(folds), TD_OPT_WHOLE, 0, 2, 100},
    {"positive", "VALUE", NULL, "value of the outcome that counts as 1, all others as 0",
     AT(columns.positive), TD_OPT_TEXT, 0, 0, 0},
    {"weight", "COL", NULL, "column of row weights, positive", AT(columns.weight), TD_OPT_TEXT, 0,
     0, 0},
    {"cluster", "COL", NULL,
     "rows of one value depend on each other (sessions of a visitor): never on both sides of a "
     "fold",
     AT(columns.cluster), TD_OPT_TEXT, 0, 0, 0},
    {"ignore", "COL,...", NULL, "columns that are no features", AT(columns.ignore), TD_OPT_TEXT, 0,
     0, 0},
    {"categorical", "COL,...", NULL, "number columns that are categories; texts always are",
     AT(columns.categorical), TD_OPT_TEXT, 0, 0, 0},
};

/* Parameters of the trainer; the command line overrides the configuration file. */
static td_status take_setting(void *given, const td_setting *setting, td_error *err) {
    options *o = given;
    if (!o->has_trees) o->trees = td_train_params_default();
    o->has_trees = 1;
    TD_CHECK(setting->value != NULL, err, TD_ERR_ARG, "%s needs a value: %s=VALUE", setting->name,
             setting->name);
    int i = td_params_find(setting->name);
    uint64_t bit = i >= 0 ? UINT64_C(1) << i : 0;
    if (setting->file == NULL && (o->from_file & bit)) {
        o->trees.given &= ~bit;
        o->from_file &= ~bit;
    }
    td_error inner = {0};
    if (td_params_set(&o->trees, setting->name, setting->value, &inner) != TD_OK)
        return td_fail_at(err, TD_ERR_ARG, setting->file, setting->line, 0, "%s", inner.text);
    if (setting->file != NULL) o->from_file |= bit;
    return TD_OK;
}

static void print_learners(void) {
    puts("\nlearners");
    for (int k = 0; k < TD_UPLIFT_N_LEARNERS; k++) {
        const td_uplift_spec *spec = td_uplift_spec_of((td_uplift_learner)k);
        printf("  %-12s ", spec->name);
        td_help_wrapped(spec->help, 15, 15);
        printf("%15s%s\n", "", spec->reference);
    }
}

const td_usage td_usage_uplift_fit = {
    .options = own_options,
    .n_options = sizeof own_options / sizeof *own_options,
    .shared = td_data_options,
    .n_shared = TD_N_DATA_OPTIONS,
    .shared_at = AT(format),
    .size = sizeof(options),
    .other = take_setting,
    .print_more = print_learners,
    .notes =
        "Parameters of the trees are given as in `tundish train` (num_leaves=15); those that are\n"
        "not given follow from the number of rows, the number of trees is chosen out of fold.",
    .examples =
        "  tundish uplift fit --learner t --data rct.csv --treatment treated --outcome bought \\\n"
        "      --propensity 0.5 --model m.uplift\n"
        "  tundish uplift fit --learner x --data mails.csv --treatment segment \\\n"
        "      --arms 'No E-Mail,Womens E-Mail' --outcome visit --ignore conversion,spend \\\n"
        "      --model m.uplift",
};

/* What is owned while fitting. */
typedef struct work {
    td_uplift_table table;
    td_uplift_model *model;
    td_uplift_pair_report *pair; /* [n_arms - 1] */
} work;

static void free_work(work *w) {
    td_uplift_model_free(w->model);
    td_mem_free(w->pair);
    td_uplift_table_free(&w->table);
}

/* The seed of --seed counts unless a parameter (random_state=7) has set one. */
static td_status settle(td_uplift_params *out, const options *o, const td_cli *cli, td_error *err) {
    *out = td_uplift_params_default();
    TD_TRY(td_uplift_learner_find(&out->learner, o->learner, err));
    if (o->has_trees) out->trees = o->trees;
    if ((out->trees.given >> td_params_find("seed") & 1) == 0) out->trees.seed = cli->seed;
    out->n_folds = (int32_t)o->folds;
    out->clip = o->clip;
    if (strcmp(o->columns.propensity, "share") == 0) out->propensity = TD_PROPENSITY_SHARE;
    return td_params_check(&out->trees, err);
}

/* Tell about rows without an arm: leaving rows out is never silent. */
static void note_left_out(const work *w, const td_cli *cli) {
    if (w->table.n_left_out == 0) return;
    td_cli_note(cli, "%llu rows of arms that --arms does not name are left out",
                (unsigned long long)w->table.n_left_out);
}

static td_status run(work *w, const options *o, const td_cli *cli, td_error *err) {
    double start = td_clock_seconds();
    td_uplift_params params;
    TD_TRY(settle(&params, o, cli, err));
    TD_TRY(td_cli_check_out(cli, o->model, err));
    TD_TRY(td_uplift_table_read(&w->table, &o->columns, &o->format, cli, err));
    note_left_out(w, cli);
    double loaded = td_clock_seconds();
    TD_NEW(w->pair, w->table.learn.n_arms, err);
    td_status status = td_uplift_fit(&w->model, w->pair, &w->table.learn, &params, &cli->exec, err);
    TD_TRY(td_data_blame(&w->table.data, status, err));
    double fitted = td_clock_seconds();
    TD_TRY(td_uplift_file_write(o->model, w->model, err));
    td_uplift_fit_report report = {.learner = o->learner,
                                   .path = o->model,
                                   .table = &w->table,
                                   .model = w->model,
                                   .pair = w->pair,
                                   .load_s = loaded - start,
                                   .fit_s = fitted - loaded,
                                   .wall_s = td_clock_seconds() - start,
                                   .threads = cli->exec.n_threads};
    TD_TRY(td_cli_write_json(cli, td_uplift_fit_json, &report, err));
    if (td_cli_has_text(cli, o->model)) td_uplift_fit_print(&report);
    return TD_OK;
}

td_status td_cmd_uplift_fit(const td_cli *cli, const void *given, td_error *err) {
    work w = {0};
    td_status status = run(&w, given, cli, err);
    free_work(&w);
    return status;
}
