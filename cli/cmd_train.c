/* cli/cmd_train.c: `tundish train`: a model from any table with a label column.
 *
 *     $ tundish train --data train.csv --label bought --valid valid.csv --model m.tundish
 *     table    rows     AUC  avg precision  log-loss   Brier
 *     train  22,792  0.9518         0.8761    0.2370  0.0747
 *     valid   9,769  0.9295         0.8316    0.2760  0.0877
 *
 *   1. Options, LightGBM's names and configuration files: train_args.c.
 *   2. Reading, binning, training, scoring, writing, each timed: train_run.c.
 *   3. Here: help, the table above, and the JSON object
 *
 *          learner, label, features, trees, iterations, metrics {train, valid},
 *          calibration {curve, shift, valid_log_loss_before, ..._after} or null, threads,
 *          timings {load, bin, train, predict, other, wall}, peak_memory_bytes
 *
 *      where `other` is the rest of the wall time, so that the parts add up to it.
 *
 * Metrics are those of the model as written (after early stopping), unweighted. The model's
 * bytes depend on table, parameters and seed alone. */
#include <stdio.h>
#include <string.h>

#include "cli/progress.h"
#include "cli/report_evaluation.h"
#include "cli/train_run.h"

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
             "LightGBM's or XGBoost's names. --config reads a LightGBM train.conf, too.",
    .examples =
        "  tundish train --data train.csv --label bought --valid valid.csv --model m.tundish \\\n"
        "      --num-leaves 63 --early-stopping-round 50\n"
        "  tundish train --data binary.train --no-header --label-index 0 --model m.tundish\n"
        "  tundish train --data adult.csv --label income --positive '>50K' --model m.tundish\n"
        "  tundish train --data train.csv --label bought --learner logistic --model l.tundish",
};

typedef struct report {
    const td_train_run *run;
    const td_train_args *args;
    int threads;
} report;

/* One table; null when there was none. Keys as benchmark scripts expect them: auc, log_loss, l2. */
static void fill_metrics(td_json *json, const char *key, const td_table_metrics *m, int is_binary) {
    if (m->n == 0) {
        td_json_null(json, key);
        return;
    }
    td_json_object(json, key);
    td_json_u64(json, "rows", m->n);
    if (is_binary) {
        td_json_u64(json, "positives", m->probability.n_positives);
        td_json_metric(json, "auc", m->auc);
        td_json_metric(json, "average_precision", m->average_precision);
        td_json_metric(json, "log_loss", m->probability.log_loss);
        td_json_metric(json, "brier", m->probability.brier);
    } else {
        td_json_metric(json, "l2", m->regression.mse);
        td_json_metric(json, "rmse", m->regression.rmse);
        td_json_metric(json, "mae", m->regression.mae);
        td_json_metric(json, "r2", m->regression.r2);
    }
    td_json_end(json);
}

/* Null without a curve, with the reason where one was asked for. */
static void fill_calibration(td_json *json, const report *r) {
    const td_train_run *run = r->run;
    if (run->curve == TD_CURVE_NONE) {
        td_json_null(json, "calibration");
        if (*run->not_calibrated != '\0')
            td_json_text(json, "calibration_reason", run->not_calibrated);
        return;
    }
    td_json_object(json, "calibration");
    td_json_text(json, "curve", td_curve_name[run->curve]);
    td_json_f64(json, "shift", run->shift);
    td_json_metric(json, "valid_log_loss_before", run->loss_before);
    td_json_metric(json, "valid_log_loss_after", run->metrics[TD_TABLE_VALID].probability.log_loss);
    if (*run->not_calibrated != '\0') td_json_text(json, "reason", run->not_calibrated);
    td_json_end(json);
}

/* Arguments, writing the model, giving memory back. */
static double other_seconds(const td_train_run *run) {
    double named = run->load_s + run->bin_s + run->train_s + run->predict_s;
    return run->wall_s > named ? run->wall_s - named : 0;
}

/* threads, timings and memory are the only keys that may differ between equal runs. */
static void fill_json(td_json *json, const void *ctx) {
    const report *r = ctx;
    const td_train_run *run = r->run;
    td_json_text(json, "learner", r->args->learner);
    td_json_text(json, "label", run->label);
    td_json_u64(json, "features", run->n_features);
    td_json_i64(json, "trees", run->best_iteration);
    td_json_i64(json, "iterations", run->n_iterations);
    td_json_object(json, "metrics");
    fill_metrics(json, "train", &run->metrics[TD_TABLE_TRAIN], run->is_binary);
    fill_metrics(json, "valid", &run->metrics[TD_TABLE_VALID], run->is_binary);
    td_json_end(json);
    fill_calibration(json, r);
    td_json_object(json, "timings");
    td_json_f64(json, "load", run->load_s);
    td_json_f64(json, "bin", run->bin_s);
    td_json_f64(json, "train", run->train_s);
    td_json_f64(json, "predict", run->predict_s);
    td_json_f64(json, "other", other_seconds(run));
    td_json_f64(json, "wall", run->wall_s);
    td_json_end(json);
    td_json_i64(json, "threads", r->threads);
    td_json_u64(json, "peak_memory_bytes", td_system_peak_bytes());
}

/* One line of the table; nothing for a table that was not given. */
static void add_metrics(td_grid *grid, const char *name, const td_table_metrics *m, int is_binary) {
    char text[32];
    if (m->n == 0) return;
    td_metric shown[] = {m->auc, m->average_precision, m->probability.log_loss,
                         m->probability.brier};
    td_metric values[] = {m->regression.rmse, m->regression.mse, m->regression.mae,
                          m->regression.r2};
    td_grid_cell(grid, "%s", name);
    td_grid_count(grid, m->n);
    for (int i = 0; i < 4; i++)
        td_grid_cell(grid, "%s", td_text_metric(text, is_binary ? shown[i] : values[i]));
}

/* Quality first, then what was made, then what it cost. */
static void print_text(const report *r) {
    static const char *const binary[] = {"AUC", "avg precision", "log-loss", "Brier"};
    static const char *const regression[] = {"RMSE", "MSE", "MAE", "R2"};
    const td_train_run *run = r->run;
    char text[32];
    td_grid grid;
    td_grid_open(&grid, "lrrrrr");
    td_grid_cell(&grid, "table");
    td_grid_cell(&grid, "rows");
    for (int i = 0; i < 4; i++)
        td_grid_cell(&grid, "%s", run->is_binary ? binary[i] : regression[i]);
    add_metrics(&grid, "train", &run->metrics[TD_TABLE_TRAIN], run->is_binary);
    add_metrics(&grid, "valid", &run->metrics[TD_TABLE_VALID], run->is_binary);
    td_grid_print(&grid, 0);
    printf("\n%s: %d %s on %u features, label %s\n", r->args->model, run->best_iteration,
           strcmp(r->args->learner, "gbdt") == 0 ? "trees" : "Newton steps", run->n_features,
           run->label);
    if (run->curve != TD_CURVE_NONE) {
        char before[32], after[32];
        printf("calibrated: %s, log-loss on valid %s before and %s after%s\n",
               td_curve_name[run->curve], td_text_metric(before, run->loss_before),
               td_text_metric(after, run->metrics[TD_TABLE_VALID].probability.log_loss),
               run->curve > TD_CURVE_PRIOR ? " (on the rows it was fitted on)" : "");
    }
    printf("%.2f s = load %.2f + bin %.2f + train %.2f + predict %.2f + other %.2f; %d threads, "
           "peak %s\n",
           run->wall_s, run->load_s, run->bin_s, run->train_s, run->predict_s, other_seconds(run),
           r->threads, td_text_bytes(text, td_system_peak_bytes()));
}

/* Copies of the arguments and of the call, because LightGBM's num_threads may change the latter. */
td_status td_cmd_train(const td_cli *given, const void *options, td_error *err) {
    double start = td_clock_seconds();
    td_train_args args = *(const td_train_args *)options;
    td_cli cli = *given;
    TD_TRY(td_train_args_finish(&args, &cli, err));
    TD_TRY(td_cli_check_out(&cli, args.model, err));
    td_train_run run;
    TD_TRY(td_train_execute(&run, &args, &cli, start, err));
    if (strcmp(args.learner, "logistic") == 0 && !run.has_converged)
        td_cli_note(&cli, "the fit has not converged in %d steps", run.n_iterations);
    if (*run.not_calibrated != '\0')
        td_cli_note(&cli, "NOT CALIBRATED by %s: %s", args.calibrate, run.not_calibrated);
    report r = {&run, &args, cli.exec.n_threads};
    TD_TRY(td_cli_write_json(&cli, fill_json, &r, err));
    if (td_cli_has_text(&cli, args.model)) print_text(&r);
    return TD_OK;
}
