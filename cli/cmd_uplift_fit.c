/* cli/cmd_uplift_fit.c: `tundish uplift fit`: learn by how much a treatment moves each row.
 *
 *     $ tundish uplift fit --learner dr --data rct.csv --treatment treated --outcome bought \
 *           --model m.uplift
 *     arm  treated  control  mean treated  mean control  difference  mean effect
 *     1      9,987   10,013        0.1212        0.1004      0.0208       0.0204
 *
 *   1. Read the table (uplift_table.c), fit (uplift/), write the model file.
 *      --cluster: folds, and a forest's bags and halves, take a cluster's rows together.
 *   2. Report for each arm against control: rows, means of the outcome, their difference, the mean
 *      of the learned effects beside it, and where the propensity came from.
 *
 * JSON: learner, outcome (binary or number), features, rows, left_out, clusters (with --cluster),
 * arms [{arm, treated, control, mean_treated, mean_control, difference, mean_effect, propensity
 * {source, low, high, clipped, log_loss_trees, log_loss_share}}], timings {load, fit, wall},
 * threads, peak_memory_bytes. */
#include <stdio.h>
#include <string.h>

#include "cli/progress.h"
#include "cli/uplift_file.h"
#include "cli/uplift_fit_options.h"
#include "cli/uplift_fit_report.h"
#include "core/base/mem.h"
#include "uplift/forest.h"

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

/* Options that only trees grown for the effect have. */
static td_status settle_trees(td_uplift_params *out, const td_uplift_fit_options *o,
                              td_error *err) {
    int is_effect_tree = out->learner == TD_UPLIFT_TREE || out->learner == TD_UPLIFT_FOREST;
    const char *given = o->criterion != NULL ? "criterion" : o->honest != NULL ? "honest" : "joint";
    TD_CHECK(is_effect_tree || (o->criterion == NULL && o->honest == NULL && o->joint == NULL), err,
             TD_ERR_ARG,
             "--%s is for uplift_tree and uplift_forest; learner '%s' has no such choice", given,
             o->learner);
    out->is_pairwise = o->joint != NULL && strcmp(o->joint, "no") == 0;
    if (o->honest != NULL)
        out->honesty = strcmp(o->honest, "yes") == 0 ? TD_HONESTY_YES : TD_HONESTY_NO;
    if (o->criterion == NULL) return TD_OK;
    return td_uplift_criterion_find(&out->criterion, o->criterion, err);
}

/* The seed of --seed counts unless a parameter (random_state=7) has set one. */
static td_status settle(td_uplift_params *out, const td_uplift_fit_options *o, const td_cli *cli,
                        td_error *err) {
    *out = td_uplift_params_default();
    TD_TRY(td_uplift_learner_find(&out->learner, o->learner, err));
    if (o->has_trees) out->trees = o->trees;
    if ((out->trees.given >> td_params_find("seed") & 1) == 0) out->trees.seed = cli->seed;
    out->n_folds = (int32_t)o->folds;
    out->clip = o->clip;
    if (strcmp(o->columns.propensity, "share") == 0) out->propensity = TD_PROPENSITY_SHARE;
    TD_TRY(settle_trees(out, o, err));
    return td_params_check(&out->trees, err);
}

/* Tell about rows without an arm: leaving rows out is never silent. */
static void note_left_out(const work *w, const td_cli *cli) {
    if (w->table.n_left_out == 0) return;
    td_cli_note(cli, "%llu rows of arms that --arms does not name are left out",
                (unsigned long long)w->table.n_left_out);
}

static td_status run(work *w, const td_uplift_fit_options *o, const td_cli *cli, td_error *err) {
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
