/* cli/cmd_run.c: `tundish run DIR --out RUN`: the whole road, from raw CSV to report.
 *
 * Options and parameters, the stages in their order, and what is told at the end. The stages are
 * cli/run_*.c; what becomes of an existing RUN stands in cli/run_folder.c. */
#include <stdio.h>

#include "cli/progress.h"
#include "cli/report_evaluation.h"
#include "cli/run_stage.h"
#include "core/base/mem.h"

#define AT(field) offsetof(td_run_options, field)

static const td_option own_options[] = {
    {"out", "RUN", NULL, "folder to make: extracts, models, metrics, figures, report.html", AT(out),
     TD_OPT_TEXT, 1, 0, 0},
    {"force", NULL, NULL, "replace RUN if it is there and is a run", AT(is_forced), TD_OPT_FLAG, 0,
     0, 0},
    {"resume", NULL, NULL,
     "go on with RUN.partial of a killed run: finished stages of the same input are used again",
     AT(is_resumed), TD_OPT_FLAG, 0, 0, 0},
    {"audit", "none|events|full", "events",
     "count the key figures once more by SQL and stop at a difference; full: also by category, and "
     "revenue",
     AT(audit), TD_OPT_CHOICE, 0, 0, 0},
    {"leak-audit", "none|sample", "sample",
     "build the features again from logs cut at 64 decision times; a leak fails the run",
     AT(leak_audit), TD_OPT_CHOICE, 0, 0, 0},
    {"plan-lift", "L", "0.1",
     "experiment plan: relative lift that acting on the best-scored sessions is assumed to have",
     AT(plan_lift), TD_OPT_REAL, 0, 0.001, 100},
    {"margin", "M", "1", "experiment plan: part of the revenue that is profit", AT(margin),
     TD_OPT_REAL, 0, 0, 1},
    {"contact-cost", "C", "0", "experiment plan: cost of acting on one session", AT(contact_cost),
     TD_OPT_REAL, 0, 0, 0},
    {"uplift", "NAME,...", "s",
     "learners of the treatment's effect (`uplift fit --help`), where the folder is one that "
     "`generate` wrote; none",
     AT(uplift), TD_OPT_TEXT, 0, 0, 0},
    {"calibrate", TD_CURVE_CHOICES, "platt",
     "curve from scores to probabilities, fitted on the validation part and saved with the models",
     AT(calibrate), TD_OPT_CHOICE, 0, 0, 0},
};

/* Anything else is a parameter of the trainer. */
static td_status set_parameter(void *options, const td_setting *setting, td_error *err) {
    td_run_options *run_options = options;
    td_run_params_prepare(run_options);
    return td_scoring_set_parameter(&run_options->params, setting, err);
}

/* Wrong parameters show before the work. The report speaks of probabilities, so the objective is
 * settled; the seed of --seed counts unless a parameter (random_state=7) has set one. */
static td_status finish_parameters(td_run_options *options, const td_cli *cli, td_error *err) {
    td_run_params_prepare(options);
    td_train_params *params = &options->params;
    if ((params->given >> td_params_find("seed") & 1) == 0) params->seed = cli->seed;
    TD_CHECK(params->objective == TD_OBJECTIVE_BINARY, err, TD_ERR_ARG,
             "objective: a run learns the probability of a purchase, only 'binary' is possible");
    TD_TRY(td_run_uplift_check(options->uplift, err));
    return td_params_check(params, err);
}

const td_usage td_usage_run = {
    TD_USAGE_ONE_PATH("DIR"),
    TD_USAGE_OWN(own_options, td_run_options),
    TD_USAGE_SCORING(AT(scoring)),
    .other = set_parameter,
    .notes =
        "Parameters of the trainer are taken as `--num-leaves 31` or `num_leaves=31`\n"
        "(tundish train --help lists them). Defaults of a run: 500 rounds at rate 0.05, trees of "
        "8\n"
        "leaves with at least 100 sessions each, lambda_l2 10, half of the features per tree;\n"
        "stopped after 50 rounds without gain on the validation part. With fewer than 30\n"
        "purchases in that part the rounds are fixed (at most 100), nothing is calibrated, and "
        "the\n"
        "report says so. Beside this primary model stand an alternative (the same parameters and\n"
        "bins, trees grown level by level to depth 6 at rate 0.1) and a logistic regression; all\n"
        "three are compared in pairs on the test part.",
    .examples = "  tundish run shop --out run1\n"
                "  tundish run shop --out run2 --hide-cart --num-leaves 31",
};

/* In RUN.partial until it is whole. */
static td_status go(td_run *run, td_error *err) {
    TD_TRY(td_run_folder_check(run, err));
    TD_TRY(td_run_all(run, err));
    return td_run_folder_place(run, err);
}

/* With --resume what is done stays for the next try. */
static void clean_up(const td_run *run) {
    if (run->folder[0] == '\0') return;
    if (run->options->is_resumed) {
        td_cli_note(run->cli, "finished stages stay in %s", run->folder);
        return;
    }
    td_error ignored;
    if (td_path_remove(run->folder, &ignored) != TD_OK)
        td_cli_note(run->cli, "%s could not be removed: %s", run->folder, ignored.text);
}

/* The numbers of the test part that scripts ask for; all others are in RUN. */
static void fill_json(td_json *json, const void *ctx) {
    const td_run *run = ctx;
    td_json_text(json, "run_id", run->run_id);
    td_json_text(json, "target", td_target_name(run->scored.population.rule.target));
    td_json_bool(json, "hide_cart", run->scored.population.rule.hide_cart);
    td_json_u64(json, "rows", run->scored.set.n);
    td_json_u64(json, "positives", run->scored.set.n_positives);
    for (int m = 0; m < TD_N_RUN_MODELS; m++) {
        const td_evaluation *test = &run->evaluation[m][TD_TEST];
        td_json_object(json, td_run_model_name((td_run_model)m));
        td_json_metric(json, "roc_auc", test->roc_auc);
        td_json_metric(json, "average_precision", test->average_precision);
        td_json_metric(json, "log_loss", test->probability.log_loss);
        td_json_end(json);
    }
    td_json_object(json, "timings");
    for (int i = 0; i < run->n_timings; i++) {
        td_json_f64(json, run->timing[i].stage, run->timing[i].seconds);
    }
    td_json_end(json);
    td_json_i64(json, "threads", run->cli->exec.n_threads);
    td_json_u64(json, "peak_memory_bytes", td_system_peak_bytes());
}

/* One line a model, what was predicted of how many, and where to read on. */
static void print_text(const td_run *run) {
    td_grid grid;
    td_grid_open(&grid, "lrrrr");
    static const char *const heads[] = {"test part", "ROC AUC", "average precision", "KS",
                                        "lift at 10 %"};
    for (int i = 0; i < 5; i++) td_grid_cell(&grid, "%s", heads[i]);
    for (int m = 0; m < TD_N_RUN_MODELS; m++) {
        const td_evaluation *test = &run->evaluation[m][TD_TEST];
        char text[32];
        td_grid_cell(&grid, "%s", td_run_model_title((td_run_model)m));
        td_grid_cell(&grid, "%s", td_text_metric(text, test->roc_auc));
        td_grid_cell(&grid, "%s", td_text_metric(text, test->average_precision));
        td_grid_cell(&grid, "%s", td_text_metric(text, test->ks.value));
        td_grid_cell(&grid, "%s", td_text_metric(text, test->gain[0].cumulative.lift));
    }
    td_grid_print(&grid, 0);
    char scored[32];
    char positives[32];
    const td_population_rule *rule = &run->scored.population.rule;
    printf("\n%s sessions scored, %s %s%s; run %.12s\n", td_text_count(scored, run->scored.set.n),
           td_text_count(positives, run->scored.set.n_positives),
           rule->target == TD_ANY_PURCHASE ? "with a purchase at any time (any_purchase)"
                                           : "with a purchase after the decision",
           rule->hide_cart ? ", cart events hidden" : "", run->run_id);
    printf("report: %s/report.html\n", run->options->out);
}

/* td_run is large, so it lies on the heap. */
td_status td_cmd_run(const td_cli *cli, const void *given, td_error *err) {
    td_run_options options = *(const td_run_options *)given;
    char out[4096];
    TD_TRY(td_run_folder_name(out, options.out, err));
    options.out = out;
    TD_TRY(finish_parameters(&options, cli, err));
    td_run *run = td_mem_zeroed(1, sizeof *run, err);
    if (run == NULL) return TD_ERR_NOMEM;
    run->cli = cli;
    run->options = &options;
    run->source = cli->path[0];
    run->params = options.params;
    run->clock = td_clock_seconds();
    td_status status = go(run, err);
    if (status == TD_OK) status = td_cli_write_json(cli, fill_json, run, err);
    if (status == TD_OK && td_cli_has_text(cli, NULL)) print_text(run);
    if (status != TD_OK) clean_up(run);
    td_run_free(run);
    td_mem_free(run);
    return status;
}
