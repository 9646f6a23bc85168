/* cli/cmd_train.c: `tundish train`: a model from any table with a label column.
 *
 *     $ tundish train --data train.csv --label bought --valid valid.csv --model m.tundish
 *     table    rows     AUC  avg precision  log-loss   Brier
 *     train  22,792  0.9518         0.8761    0.2370  0.0747
 *     valid   9,769  0.9295         0.8316    0.2760  0.0877
 *
 *   1. Options, LightGBM's names and configuration files: train_args.c.
 *   2. Reading, binning, training, scoring, writing, each timed: train_run.c.
 *   3. The table above and the JSON object: train_report.c
 *
 *          learner, label, features, trees, iterations, metrics {train, valid},
 *          calibration {curve, shift, valid_log_loss_before, ..._after} or null, threads,
 *          timings {load, bin, train, predict, other, wall}, peak_memory_bytes
 *
 *      where `other` is the rest of the wall time, so that the parts add up to it.
 *
 * Metrics are those of the model as written (after early stopping), unweighted. The model's
 * bytes depend on table, parameters and seed alone. */
#include <string.h>

#include "cli/progress.h"
#include "cli/report_text.h"
#include "cli/train_report.h"

const td_usage td_usage_train = {
    .options = td_train_options,
    .n_options = TD_N_TRAIN_OPTIONS,
    .shared = td_data_options,
    .n_shared = TD_N_DATA_OPTIONS,
    .shared_at = offsetof(td_train_args, format),
    .size = sizeof(td_train_args),
    .other = td_train_setting,
    .print_more = td_train_print_parameters,
    .notes = "Parameters are given as --num-leaves 63, --num_leaves=63 or num_leaves=63, under\n"
             "LightGBM's or XGBoost's names. --config reads a LightGBM train.conf, too.\n"
             "Labels of objective=multiclass are the numbers 0 to num_class - 1.",
    .examples =
        "  tundish train --data train.csv --label bought --valid valid.csv --model m.tundish \\\n"
        "      --num-leaves 63 --early-stopping-round 50\n"
        "  tundish train --data binary.train --no-header --label-index 0 --model m.tundish\n"
        "  tundish train --data adult.csv --label income --positive '>50K' --model m.tundish\n"
        "  tundish train --data iris.csv --label kind --model i.tundish objective=multiclass "
        "num_class=3\n"
        "  tundish train --data train.csv --label bought --init-model m.tundish --model "
        "m2.tundish\n"
        "  tundish train --data train.csv --label bought --learner logistic --model l.tundish",
};

/* Copies of the arguments and of the call, because LightGBM's num_threads may change the latter. */
td_status td_cmd_train(const td_cli *given, const void *options, td_error *err) {
    td_train_args args = *(const td_train_args *)options;
    td_cli cli = *given;
    TD_TRY(td_train_args_finish(&args, &cli, err));
    TD_TRY(td_cli_check_out(&cli, args.model, err));
    td_train_run run;
    TD_TRY(td_train_execute(&run, &args, &cli, err));
    if (strcmp(args.learner, "logistic") == 0 && !run.has_converged)
        td_cli_note(&cli, "the fit has not converged in %d steps", run.n_iterations);
    if (*run.not_calibrated != '\0')
        td_cli_note(&cli, "NOT CALIBRATED by %s: %s", args.calibrate, run.not_calibrated);
    run.wall_s = td_clock_seconds() - cli.start;
    td_train_report report = {&run, &args, cli.exec.n_threads};
    TD_TRY(td_cli_write_json(&cli, td_train_fill_json, &report, err));
    if (td_cli_has_text(&cli, args.model)) td_train_print(&report);
    return TD_OK;
}
