/* cli/main.c: the command table, in the order in which a newcomer meets the commands, and
 * nothing else.
 *
 *     name        what the user types, one word or two ("uplift fit": file cmd_uplift_fit.c)
 *     group       heading in `tundish --help`; rows of one group stand together
 *     function    td_cmd_NAME in cmd_NAME.c
 *     line        what it does, in one line, without a full stop
 *     usage       td_usage_NAME: paths, options, notes, examples; parsing and help are made from it
 *
 * Adding a command: README.md of this folder. */
#include "cli/cmd.h"

static const td_command commands[] = {
    {"generate", "Make data", td_cmd_generate, "write a synthetic shop whose truth is known",
     &td_usage_generate},
    {"load", "Look at a shop", td_cmd_load, "read a shop folder and say what is kept and what not",
     &td_usage_load},
    {"eda", "Look at a shop", td_cmd_eda, "what an analyst asks of a new log first", &td_usage_eda},
    {"kpi", "Look at a shop", td_cmd_kpi, "key figures with their numerators and denominators",
     &td_usage_kpi},
    {"funnel", "Look at a shop", td_cmd_funnel, "how far sessions get, and how fast",
     &td_usage_funnel},
    {"audit", "Look at a shop", td_cmd_audit,
     "figures counted again by SQL; features searched for leaks", &td_usage_audit},
    {"run", "The whole road", td_cmd_run, "from raw CSV to models, metrics and one report",
     &td_usage_run},
    {"replay", "The whole road", td_cmd_replay, "make a run again and compare every artefact",
     &td_usage_replay},
    {"monitor", "The whole road", td_cmd_monitor,
     "new sessions against a run: drift, calibration, key figures", &td_usage_monitor},
    {"features", "Learn", td_cmd_features, "what was known about each session at its decision",
     &td_usage_features},
    {"train", "Learn", td_cmd_train, "boosted trees or logistic regression from any table",
     &td_usage_train},
    {"cv", "Learn", td_cmd_cv, "cross-validation by time, purged and embargoed", &td_usage_cv},
    {"predict", "Learn", td_cmd_predict, "scores of a model for the rows of a table",
     &td_usage_predict},
    {"evaluate", "Learn", td_cmd_evaluate, "AUC, average precision, lift ... of a score",
     &td_usage_evaluate},
    {"uplift fit", "Whom to treat", td_cmd_uplift_fit,
     "learn by how much a treatment moves each row's outcome", &td_usage_uplift_fit},
    {"uplift predict", "Whom to treat", td_cmd_uplift_predict,
     "the learned effect for the rows of a table", &td_usage_uplift_predict},
    {"uplift evaluate", "Whom to treat", td_cmd_uplift_evaluate,
     "Qini, AUUC, uplift at K of scores, in every dialect", &td_usage_uplift_evaluate},
    {"uplift policy", "Whom to treat", td_cmd_uplift_policy,
     "whom to treat under costs or a budget, and what that is worth", &td_usage_uplift_policy},
    {"uplift tree", "Whom to treat", td_cmd_uplift_tree,
     "the best rule of two questions, with several arms and costs", &td_usage_uplift_tree},
    {"uplift inspect", "Whom to treat", td_cmd_uplift_inspect,
     "does the effect differ, and which model knows for whom", &td_usage_uplift_inspect},
    {"uplift simulate", "Whom to treat", td_cmd_uplift_simulate,
     "every learner where the true effect is known", &td_usage_uplift_simulate},
    {"power", "Experiment", td_cmd_power,
     "how many visitors and days a test needs, what it can see", &td_usage_power},
    {"assign", "Experiment", td_cmd_assign, "split visitors into arms, and check a split",
     &td_usage_assign},
    {"abtest", "Experiment", td_cmd_abtest, "which arm won, how sure is that, was the split right",
     &td_usage_abtest},
    {"roi", "Experiment", td_cmd_roi, "what a measured lift earns, and how likely it loses",
     &td_usage_roi},
    {"version", "Program", td_cmd_version, "version, instruction set and libraries in use",
     &td_usage_version},
};

int main(int argc, char **argv) {
    return td_cli_main(commands, sizeof commands / sizeof *commands, argc, argv);
}
