/* cli/report_evaluation.c: how an evaluation is written: null with a reason where a metric has no
 * value, "n/a" for people. Numbers in JSON are exact, numbers in text have four decimals. */
#include "cli/report_evaluation.h"

#include <stdio.h>

void td_json_metric(td_json *json, const char *name, td_metric metric) {
    if (td_metric_is_defined(metric)) {
        td_json_f64(json, name, metric.value);
        return;
    }
    char reason[64];
    snprintf(reason, sizeof reason, "%s_reason", name);
    td_json_null(json, name);
    td_json_text(json, reason, metric.undefined_reason);
}

static void json_cuts(td_json *json, const td_evaluation *evaluation) {
    td_json_array(json, "at_k");
    for (uint32_t i = 0; i < evaluation->n_cuts; i++) {
        const td_top_k *at = &evaluation->at[i];
        td_json_object(json, NULL);
        td_json_u64(json, "k", at->k);
        if (evaluation->cut[i].share > 0) td_json_f64(json, "share", evaluation->cut[i].share);
        td_json_metric(json, "hits", at->hits);
        td_json_metric(json, "precision", at->precision);
        td_json_metric(json, "recall", at->recall);
        td_json_metric(json, "lift", at->lift);
        td_json_end(json);
    }
    td_json_end(json);
}

static void json_gains(td_json *json, const td_evaluation *evaluation) {
    td_json_array(json, "gains");
    for (int g = 0; g < TD_GAIN_GROUPS; g++) {
        const td_gain_row *row = &evaluation->gain[g];
        td_json_object(json, NULL);
        td_json_i64(json, "group", g + 1);
        td_json_u64(json, "rows", row->end - row->begin);
        td_json_f64(json, "hits", row->hits);
        td_json_metric(json, "rate", row->rate);
        td_json_metric(json, "lift", row->lift);
        td_json_metric(json, "cumulative_recall", row->cumulative.recall);
        td_json_metric(json, "cumulative_lift", row->cumulative.lift);
        td_json_end(json);
    }
    td_json_end(json);
}

static void json_reliability(td_json *json, const td_probability_metrics *probability) {
    td_json_array(json, "reliability");
    for (int b = 0; b < TD_RELIABILITY_BINS; b++) {
        const td_reliability_bin *bin = &probability->bins[b];
        td_json_object(json, NULL);
        td_json_f64(json, "low", bin->low);
        td_json_f64(json, "high", bin->high);
        td_json_u64(json, "rows", bin->rows);
        td_json_u64(json, "positives", bin->positives);
        td_json_metric(json, "mean_score", bin->mean_score);
        td_json_metric(json, "rate", bin->rate);
        td_json_end(json);
    }
    td_json_end(json);
}

void td_json_evaluation(td_json *json, const td_evaluation *evaluation) {
    const td_probability_metrics *probability = &evaluation->probability;
    td_json_u64(json, "rows", evaluation->n);
    td_json_u64(json, "positives", evaluation->n_positives);
    td_json_metric(json, "base_rate", probability->base_rate);
    td_json_metric(json, "roc_auc", evaluation->roc_auc);
    td_json_metric(json, "average_precision", evaluation->average_precision);
    td_json_metric(json, "ks", evaluation->ks.value);
    if (td_metric_is_defined(evaluation->ks.value)) {
        td_json_f64(json, "ks_threshold", evaluation->ks.threshold);
        td_json_u64(json, "ks_rows", evaluation->ks.rows);
    }
    td_json_metric(json, "log_loss", probability->log_loss);
    td_json_metric(json, "brier", probability->brier);
    td_json_metric(json, "ece", probability->ece);
    td_json_metric(json, "mean_score", probability->mean_score);
    json_cuts(json, evaluation);
    json_gains(json, evaluation);
    json_reliability(json, probability);
}

const char *td_text_cut(char out[32], td_cut cut) {
    if (cut.share > 0) {
        snprintf(out, 32, "%.4g %%", 100 * cut.share);
    } else {
        td_text_count(out, cut.k);
    }
    return out;
}

const char *td_text_metric(char out[32], td_metric metric) {
    if (td_metric_is_defined(metric)) {
        snprintf(out, 32, "%.4f", metric.value);
    } else {
        snprintf(out, 32, "n/a");
    }
    return out;
}

static void add_metric(td_grid *grid, const char *name, td_metric metric, const char *note) {
    char text[32];
    td_grid_cell(grid, "%s", name);
    td_grid_cell(grid, "%s", td_text_metric(text, metric));
    td_grid_cell(grid, "%s", td_metric_is_defined(metric) ? note : metric.undefined_reason);
}

static void print_metrics(const td_evaluation *evaluation) {
    const td_probability_metrics *probability = &evaluation->probability;
    char ks_note[96] = "";
    snprintf(ks_note, sizeof ks_note, "greatest distance of the two classes, at score %.4g",
             evaluation->ks.threshold);
    td_grid grid;
    td_grid_open(&grid, "lrl");
    add_metric(&grid, "base rate", probability->base_rate, "share of positive rows");
    add_metric(&grid, "ROC AUC", evaluation->roc_auc, "chance that a positive outranks a negative");
    add_metric(&grid, "average precision", evaluation->average_precision,
               "precision averaged over recall");
    add_metric(&grid, "KS", evaluation->ks.value, ks_note);
    add_metric(&grid, "log-loss", probability->log_loss, "lower is better");
    add_metric(&grid, "Brier score", probability->brier, "mean squared error, lower is better");
    add_metric(&grid, "calibration error", probability->ece,
               "mean distance of score and rate (ECE)");
    td_grid_print(&grid, 2);
}

static void print_cuts(const td_evaluation *evaluation) {
    static const char *const heads[] = {"top", "rows", "hits", "precision", "recall", "lift"};
    td_grid grid;
    td_grid_open(&grid, "rrrrrr");
    for (int i = 0; i < 6; i++) td_grid_cell(&grid, "%s", heads[i]);
    for (uint32_t i = 0; i < evaluation->n_cuts; i++) {
        const td_top_k *at = &evaluation->at[i];
        char text[32];
        td_grid_cell(&grid, "%s", td_text_cut(text, evaluation->cut[i]));
        td_grid_count(&grid, at->k);
        if (td_metric_is_defined(at->hits)) {
            td_grid_cell(&grid, "%.1f", at->hits.value);
        } else {
            td_grid_cell(&grid, "n/a");
        }
        td_grid_cell(&grid, "%s", td_text_metric(text, at->precision));
        td_grid_cell(&grid, "%s", td_text_metric(text, at->recall));
        td_grid_cell(&grid, "%s", td_text_metric(text, at->lift));
    }
    td_grid_print(&grid, 2);
}

void td_print_evaluation(const td_evaluation *evaluation) {
    char rows[32];
    char positives[32];
    printf("%s rows, %s positive\n", td_text_count(rows, evaluation->n),
           td_text_count(positives, evaluation->n_positives));
    print_metrics(evaluation);
    if (evaluation->n_cuts == 0) return;
    printf("\n");
    print_cuts(evaluation);
}
