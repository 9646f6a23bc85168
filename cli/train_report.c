/* cli/train_report.c: the numbers of a training, as JSON keys and as a table.
 *
 *     objective     JSON keys of a table                        columns of the text
 *     binary        auc, average_precision, log_loss, brier     AUC, avg precision, log-loss, Brier
 *     multiclass    multi_logloss, multi_error, mean_recall     log-loss, error, mean recall
 *     others        l2, rmse, mae, r2                           MSE, RMSE, MAE, R2
 *
 * Keys are those that benchmark scripts expect: LightGBM's names of the metrics. A metric without a
 * value is null with its reason beside it. `trees` counts the trees in use, num_class of them a
 * round for classes; `iterations` the rounds that were trained. `other` is what the wall time holds
 * beside the named parts: starting the program, arguments, writing the model,
 * giving memory back. threads, timings and
 * memory are the only keys that may differ between equal runs. */
#include "cli/train_report.h"

#include <stdio.h>
#include <string.h>

#include "cli/progress.h"
#include "cli/report_evaluation.h"

enum { N_SHOWN = 4 };

/* A number under its two names. */
typedef struct shown {
    const char *key, *title;
    td_metric value;
} shown;

/* The metrics of a table that suit the objective; returns how many. */
static uint32_t list_metrics(shown out[N_SHOWN], const td_train_run *run,
                             const td_table_metrics *m) {
    const shown binary[] = {{"auc", "AUC", m->auc},
                            {"average_precision", "avg precision", m->average_precision},
                            {"log_loss", "log-loss", m->probability.log_loss},
                            {"brier", "Brier", m->probability.brier}};
    const shown classes[] = {{"multi_logloss", "log-loss", m->classes.log_loss},
                             {"multi_error", "error", m->classes.error},
                             {"mean_recall", "mean recall", m->classes.mean_recall}};
    const shown values[] = {{"l2", "MSE", m->regression.mse},
                            {"rmse", "RMSE", m->regression.rmse},
                            {"mae", "MAE", m->regression.mae},
                            {"r2", "R2", m->regression.r2}};
    const shown *from = run->n_outputs > 1 ? classes : run->n_classes == 2 ? binary : values;
    uint32_t n = run->n_outputs > 1 ? 3 : 4;
    memcpy(out, from, n * sizeof *out);
    return n;
}

/* One table; null when there was none. */
static void fill_metrics(td_json *json, const char *key, const td_train_run *run, int table) {
    const td_table_metrics *m = &run->metrics[table];
    if (m->n == 0) {
        td_json_null(json, key);
        return;
    }
    td_json_object(json, key);
    td_json_u64(json, "rows", m->n);
    if (run->n_outputs == 1 && run->n_classes == 2)
        td_json_u64(json, "positives", m->probability.n_positives);
    shown metrics[N_SHOWN];
    uint32_t n = list_metrics(metrics, run, m);
    for (uint32_t i = 0; i < n; i++) td_json_metric(json, metrics[i].key, metrics[i].value);
    td_json_end(json);
}

/* One line of the table; nothing for a table that was not given. */
static void add_metrics(td_grid *grid, const char *name, const td_train_run *run, int table) {
    char text[32];
    if (run->metrics[table].n == 0) return;
    td_grid_cell(grid, "%s", name);
    td_grid_count(grid, run->metrics[table].n);
    shown metrics[N_SHOWN];
    uint32_t n = list_metrics(metrics, run, &run->metrics[table]);
    for (uint32_t i = 0; i < n; i++)
        td_grid_cell(grid, "%s", td_text_metric(text, metrics[i].value));
}

/* Null without a curve, with the reason where one was asked for. */
static void fill_calibration(td_json *json, const td_train_report *r) {
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

/* Starting the program, arguments, writing the model, giving memory back. */
static double other_seconds(const td_train_run *run) {
    double named = run->load_s + run->bin_s + run->train_s + run->predict_s;
    return run->wall_s > named ? run->wall_s - named : 0;
}

/* threads, timings and memory are the only keys that may differ between equal runs. */
void td_train_fill_json(td_json *json, const void *ctx) {
    const td_train_report *r = ctx;
    const td_train_run *run = r->run;
    td_json_text(json, "learner", r->args->learner);
    td_json_text(json, "label", run->label);
    td_json_u64(json, "features", run->n_features);
    td_json_i64(json, "trees", run->n_trees);
    td_json_i64(json, "iterations", run->n_iterations);
    td_json_object(json, "metrics");
    fill_metrics(json, "train", run, TD_TABLE_TRAIN);
    fill_metrics(json, "valid", run, TD_TABLE_VALID);
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

/* Quality first, then what was made, then what it cost. */
void td_train_print(const td_train_report *r) {
    const td_train_run *run = r->run;
    char text[32];
    td_grid grid;
    shown shown_here[N_SHOWN];
    uint32_t n = list_metrics(shown_here, run, &run->metrics[TD_TABLE_TRAIN]);
    td_grid_open(&grid, n == 4 ? "lrrrrr" : "lrrrr");
    td_grid_cell(&grid, "table");
    td_grid_cell(&grid, "rows");
    for (uint32_t i = 0; i < n; i++) td_grid_cell(&grid, "%s", shown_here[i].title);
    add_metrics(&grid, "train", run, TD_TABLE_TRAIN);
    add_metrics(&grid, "valid", run, TD_TABLE_VALID);
    td_grid_print(&grid, 0);
    printf("\n%s: %d %s on %u features, label %s\n", r->args->model, run->n_trees,
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
