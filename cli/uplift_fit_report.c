/* cli/uplift_fit_report.c: what `tundish uplift fit` tells about a fit, as JSON and as a table.
 *
 * For each arm against control: the rows, the means of the outcome, their difference, and beside it
 * the mean of the learned effects over the same rows. In a randomised experiment the two should be
 * close; where the arms were chosen by something that the features know, the mean effect is the one
 * to believe. The propensity's range is that before clipping. */
#include "cli/uplift_fit_report.h"

#include <stdio.h>

#include "io/file.h"

static const char *source_of(const td_uplift_fit_report *w, const td_uplift_pair_report *pair) {
    if (pair->high == 0) return "not used";
    if (w->table->propensity != NULL) return "known";
    return pair->is_estimated ? "estimated" : "share";
}

static void fill_pair(td_json *json, const td_uplift_fit_report *w, uint32_t arm) {
    const td_uplift_pair_report *pair = &w->pair[arm - 1];
    td_json_object(json, NULL);
    td_json_text(json, "arm", td_uplift_model_arm(w->model, arm));
    td_json_u64(json, "treated", pair->n_treated);
    td_json_u64(json, "control", pair->n_control);
    td_json_f64(json, "mean_treated", pair->mean_treated);
    td_json_f64(json, "mean_control", pair->mean_control);
    td_json_f64(json, "difference", pair->mean_treated - pair->mean_control);
    td_json_f64(json, "mean_effect", pair->mean_effect);
    td_json_object(json, "propensity");
    td_json_text(json, "source", source_of(w, pair));
    if (pair->high > 0) {
        td_json_f64(json, "low", pair->low);
        td_json_f64(json, "high", pair->high);
        td_json_u64(json, "clipped", pair->n_clipped);
        td_json_f64(json, "log_loss_trees", pair->loss_trees);
        td_json_f64(json, "log_loss_share", pair->loss_share);
    }
    td_json_end(json);
    td_json_end(json);
}

void td_uplift_fit_json(td_json *json, const void *ctx) {
    const td_uplift_fit_report *w = ctx;
    td_json_text(json, "learner", w->learner);
    td_json_text(json, "outcome", td_uplift_model_is_binary(w->model) ? "binary" : "number");
    td_json_u64(json, "features", w->table->learn.rows.n_features);
    td_json_u64(json, "rows", w->table->learn.rows.n_rows - w->table->n_left_out);
    td_json_u64(json, "left_out", w->table->n_left_out);
    if (w->table->learn.cluster != NULL) td_json_u64(json, "clusters", w->table->learn.n_clusters);
    td_json_array(json, "arms");
    for (uint32_t a = 1; a < w->table->learn.n_arms; a++) fill_pair(json, w, a);
    td_json_end(json);
    td_json_object(json, "timings");
    td_json_f64(json, "load", w->load_s);
    td_json_f64(json, "fit", w->fit_s);
    td_json_f64(json, "wall", w->wall_s);
    td_json_end(json);
    td_json_i64(json, "threads", w->threads);
    td_json_u64(json, "peak_memory_bytes", td_system_peak_bytes());
}

void td_uplift_fit_print(const td_uplift_fit_report *w) {
    static const char *const heads[] = {"arm",          "treated",      "control",
                                        "mean treated", "mean control", "difference",
                                        "mean effect",  "clipped",      "propensity"};
    td_grid grid;
    td_grid_open(&grid, "lrrrrrrrl");
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++) td_grid_cell(&grid, "%s", heads[i]);
    for (uint32_t a = 1; a < w->table->learn.n_arms; a++) {
        const td_uplift_pair_report *pair = &w->pair[a - 1];
        td_grid_cell(&grid, "%s", td_uplift_model_arm(w->model, a));
        td_grid_count(&grid, pair->n_treated);
        td_grid_count(&grid, pair->n_control);
        td_grid_cell(&grid, "%.5g", pair->mean_treated);
        td_grid_cell(&grid, "%.5g", pair->mean_control);
        td_grid_cell(&grid, "%+.5f", pair->mean_treated - pair->mean_control);
        td_grid_cell(&grid, "%+.5f", pair->mean_effect);
        td_grid_count(&grid, pair->n_clipped);
        td_grid_cell(&grid, "%s", source_of(w, pair));
    }
    td_grid_print(&grid, 0);
    printf("\n%s: learner %s on %u features; load %.2f s, fit %.2f s\n", w->path, w->learner,
           w->table->learn.rows.n_features, w->load_s, w->fit_s);
}
