/* cli/run_figure_data.c: the numbers behind the charts of a run, for somebody else's charts.
 *
 *     results/figures/data.json
 *         part, base_rate
 *         roc, precision_recall   {model: {x, y, threshold}}   thinned as they are drawn
 *         gains                   {model: {share, recall, lift, recall_low, ...}}   best first
 *         calibration             {model: {mean_score, rate, low, high, rows}}   from the lowest up
 *         importances             [{feature, gain_share}]
 *         uplift                  qini, qini_random, by_tenth, profit: uplift_figures.h
 *
 * Arrays of one object belong together, one entry a point. What has no value is null. */
#include <stdio.h>

#include "cli/report_evaluation.h"
#include "cli/run.h"

static void put_array(td_json *json, const char *name, const double *value, uint64_t n) {
    td_json_array(json, name);
    for (uint64_t i = 0; i < n; i++) {
        if (value[i] - value[i] == 0.0) {
            td_json_f64(json, NULL, value[i]);
        } else {
            td_json_null(json, NULL); /* the threshold of the first ROC point is infinite */
        }
    }
    td_json_end(json);
}

static void put_curve(td_json *json, const td_curve *curve) {
    put_array(json, "x", curve->x, curve->n);
    put_array(json, "y", curve->y, curve->n);
    put_array(json, "threshold", curve->threshold, curve->n);
}

static void put_roc(td_json *json, const td_run *run, td_run_model m) {
    put_curve(json, &run->roc[m]);
}

static void put_pr(td_json *json, const td_run *run, td_run_model m) {
    put_curve(json, &run->pr[m]);
}

/* A number or null, without a reason: there is no room for one in an array. */
static void put_metric(td_json *json, td_metric metric) {
    if (td_metric_is_defined(metric)) {
        td_json_f64(json, NULL, metric.value);
    } else {
        td_json_null(json, NULL);
    }
}

/* Ends of the intervals of a column of the gains table: NAME_low, NAME_high. */
static void put_ends(td_json *json, const td_run *run, td_run_model m, const char *name,
                     uint32_t which) {
    for (int end = 0; end < 2; end++) {
        char key[32];
        snprintf(key, sizeof key, "%s_%s", name, end == 0 ? "low" : "high");
        td_json_array(json, key);
        for (uint32_t g = 0; g < TD_GAIN_GROUPS; g++) {
            td_interval interval = run->test.bootstrap.of[m][td_boot_at_group(g, which)].interval;
            put_metric(json, (td_metric){end == 0 ? interval.low : interval.high,
                                         interval.undefined_reason});
        }
        td_json_end(json);
    }
}

static void put_gains(td_json *json, const td_run *run, td_run_model m) {
    const td_gain_row *gain = run->evaluation[m][TD_TEST].gain;
    td_json_array(json, "share");
    for (int g = 1; g <= TD_GAIN_GROUPS; g++) td_json_f64(json, NULL, (double)g / TD_GAIN_GROUPS);
    td_json_end(json);
    td_json_array(json, "recall");
    for (int g = 0; g < TD_GAIN_GROUPS; g++) put_metric(json, gain[g].cumulative.recall);
    td_json_end(json);
    td_json_array(json, "lift");
    for (int g = 0; g < TD_GAIN_GROUPS; g++) put_metric(json, gain[g].cumulative.lift);
    td_json_end(json);
    put_ends(json, run, m, "recall", TD_BOOT_GROUP_CUMULATIVE_RECALL);
    put_ends(json, run, m, "lift", TD_BOOT_GROUP_CUMULATIVE_LIFT);
}

static void put_calibration(td_json *json, const td_run *run, td_run_model m) {
    const td_mass_bin *bin = run->evaluation[m][TD_TEST].reliability.bin;
    td_json_array(json, "mean_score");
    for (int g = 0; g < TD_MASS_BINS; g++) put_metric(json, bin[g].mean_score);
    td_json_end(json);
    td_json_array(json, "rate");
    for (int g = 0; g < TD_MASS_BINS; g++) put_metric(json, bin[g].rate);
    td_json_end(json);
    for (int end = 0; end < 2; end++) {
        td_json_array(json, end == 0 ? "low" : "high");
        for (uint32_t g = TD_MASS_BINS; g-- > 0;) { /* groups of the gains table, from the lowest */
            td_interval drawn =
                run->test.bootstrap.of[m][td_boot_at_group(g, TD_BOOT_GROUP_RATE)].interval;
            put_metric(json,
                       (td_metric){end == 0 ? drawn.low : drawn.high, drawn.undefined_reason});
        }
        td_json_end(json);
    }
    td_json_array(json, "rows");
    for (int g = 0; g < TD_MASS_BINS; g++) td_json_u64(json, NULL, bin[g].rows);
    td_json_end(json);
}

/* Rows of each class in the bins of the score; the edges stand beside the models. */
static void put_scores(td_json *json, const td_run *run, td_run_model m) {
    for (int label = 0; label < 2; label++) {
        td_json_array(json, label == 1 ? "with_purchase" : "without_purchase");
        for (int b = 0; b < TD_SCORE_BINS; b++)
            td_json_u64(json, NULL, run->test.spread[m][label].bin[b]);
        td_json_end(json);
    }
}

/* One chart: an object with one entry a model. */
static void put_chart(td_json *json, const td_run *run, const char *name,
                      void (*put)(td_json *, const td_run *, td_run_model)) {
    td_json_object(json, name);
    for (int m = 0; m < TD_N_RUN_MODELS; m++) {
        td_json_object(json, td_run_model_name((td_run_model)m));
        put(json, run, (td_run_model)m);
        td_json_end(json);
    }
    td_json_end(json);
}

void td_run_json_figures(td_json *json, const td_run *run) {
    td_json_text(json, "part", td_part_name(TD_TEST));
    td_json_metric(json, "base_rate", run->evaluation[0][TD_TEST].probability.base_rate);
    put_chart(json, run, "roc", put_roc);
    put_chart(json, run, "precision_recall", put_pr);
    put_chart(json, run, "gains", put_gains);
    put_chart(json, run, "calibration", put_calibration);
    put_chart(json, run, "scores", put_scores);
    td_json_array(json, "score_edges");
    for (int b = 0; b <= TD_SCORE_BINS; b++) td_json_f64(json, NULL, td_score_edge[b]);
    td_json_end(json);
    td_json_array(json, "importances");
    for (uint32_t i = 0; i < run->n_importances; i++) {
        const td_run_importance *importance = &run->importance[i];
        td_json_object(json, NULL);
        td_json_text(json, "feature",
                     td_model_feature_name(run->trees[TD_RUN_PRIMARY], importance->feature));
        td_json_f64(json, "gain_share", importance->share);
        td_json_end(json);
    }
    td_json_end(json);
    td_run_uplift_json_figures(json, run);
}
