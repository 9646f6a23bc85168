/* cli/report_assessment.c: an assessment as text: four decimals, intervals as "low to high", "n/a"
 * where a number has no value. */
#include "cli/report_assessment.h"

#include <stdio.h>

static void add_metric(td_grid *grid, const char *name, td_metric metric, td_interval interval,
                       const char *note) {
    char text[48];
    td_grid_cell(grid, "%s", name);
    td_grid_cell(grid, "%s", td_text_metric(text, metric));
    td_grid_cell(grid, "%s",
                 td_interval_is_defined(interval) ? td_text_interval(text, interval) : "");
    td_grid_cell(grid, "%s", td_metric_is_defined(metric) ? note : metric.undefined_reason);
}

static void print_metrics(const td_assessment *a) {
    const td_evaluation *e = &a->evaluation[0];
    const td_spread *spread = a->bootstrap.of[0];
    char ks_note[96] = "";
    snprintf(ks_note, sizeof ks_note, "greatest distance of the two classes, at score %.4g",
             e->ks.threshold);
    td_interval none = td_interval_undefined("");
    td_grid grid;
    td_grid_open(&grid, "lrll");
    add_metric(&grid, "base rate", e->probability.base_rate, none, "share of positive rows");
    add_metric(&grid, "ROC AUC", e->roc_auc, a->auc_interval[0],
               "chance that a positive outranks a negative");
    add_metric(&grid, "average precision", e->average_precision, spread[TD_BOOT_AP].interval,
               "precision averaged over recall");
    add_metric(&grid, "PR area", e->pr_area, none, "below the interpolated precision-recall curve");
    add_metric(&grid, "KS", e->ks.value, spread[TD_BOOT_KS].interval, ks_note);
    add_metric(&grid, "log-loss", e->probability.log_loss, spread[TD_BOOT_LOG_LOSS].interval,
               "lower is better");
    add_metric(&grid, "Brier score", e->probability.brier, spread[TD_BOOT_BRIER].interval,
               "mean squared error, lower is better");
    add_metric(&grid, "  of it miscalibration", e->reliability.corp.miscalibration, none,
               "what a calibration could repair; 0 is best");
    add_metric(&grid, "  less discrimination", e->reliability.corp.discrimination, none,
               "what telling rows apart is worth");
    add_metric(&grid, "  plus uncertainty", e->reliability.uncertainty, none,
               "Brier score of the base rate alone");
    add_metric(&grid, "calibration error", e->reliability.ece_mass, none,
               "mean distance of score and rate in ten groups of equal size (ECE)");
    if (a->request.max_fpr > 0) {
        char note[96];
        snprintf(note, sizeof note, "ROC area up to a false positive rate of %g, 0.5 = by chance",
                 a->request.max_fpr);
        add_metric(&grid, "partial AUC", a->partial[0].corrected, none, note);
    }
    td_grid_print(&grid, 2);
}

/* One line on what the intervals mean and where they come from. */
static void print_uncertainty(const td_evaluate_report *report) {
    const td_assessment *a = report->assessment;
    const td_bootstrap_params *params = &a->request.bootstrap;
    char n[32];
    char clusters[32];
    double percent = 100 * params->level;
    if (a->bootstrap.n_replicates == 0) {
        printf("  %g %% intervals: AUC by DeLong's formula, KS by folds; others: --replicates N\n",
               percent);
        return;
    }
    td_text_count(n, a->bootstrap.n_replicates);
    if (report->cluster != NULL) {
        printf("  %g %% intervals from %s draws of %s whole groups (%s), KS by folds of them\n",
               percent, n, td_text_count(clusters, params->n_clusters), report->cluster);
        return;
    }
    printf("  %g %% intervals: AUC by DeLong's formula, KS by folds, others from %s draws of the "
           "rows%s\n",
           percent, n, params->resample == TD_RESAMPLE_CLASSES ? ", each class by itself" : "");
}

static void print_cuts(const td_assessment *a) {
    static const char *const heads[] = {"top",      "rows",   "hits", "precision",
                                        "interval", "recall", "lift"};
    const td_evaluation *evaluation = &a->evaluation[0];
    td_grid grid;
    td_grid_open(&grid, "rrrrlrr");
    for (int i = 0; i < 7; i++) td_grid_cell(&grid, "%s", heads[i]);
    for (uint32_t i = 0; i < evaluation->n_cuts; i++) {
        const td_top_k *at = &evaluation->at[i];
        char text[48];
        td_grid_cell(&grid, "%s", td_text_cut(text, evaluation->cut[i]));
        td_grid_count(&grid, at->k);
        if (td_metric_is_defined(at->hits)) {
            td_grid_cell(&grid, "%.1f", at->hits.value);
        } else {
            td_grid_cell(&grid, "n/a");
        }
        td_grid_cell(&grid, "%s", td_text_metric(text, at->precision));
        td_interval interval = a->bootstrap.of[0][TD_BOOT_AT_K + 3 * i].interval;
        td_grid_cell(&grid, "%s", td_text_interval(text, interval));
        td_grid_cell(&grid, "%s", td_text_metric(text, at->recall));
        td_grid_cell(&grid, "%s", td_text_metric(text, at->lift));
    }
    td_grid_print(&grid, 2);
}

/* What was promised and what happened, from the highest scores down. */
static void print_groups(const td_assessment *a) {
    static const char *const heads[] = {"tenth",     "rows",     "scores from",
                                        "predicted", "happened", "interval"};
    const td_reliability *r = &a->evaluation[0].reliability;
    if (!td_metric_is_defined(r->ece_mass)) return;
    td_grid grid;
    td_grid_open(&grid, "rrrrrl");
    for (int i = 0; i < 6; i++) td_grid_cell(&grid, "%s", heads[i]);
    for (int g = TD_MASS_BINS - 1; g >= 0; g--) {
        const td_mass_bin *bin = &r->bin[g];
        char text[48];
        if (bin->rows == 0) continue;
        td_grid_cell(&grid, "%d", TD_MASS_BINS - g);
        td_grid_count(&grid, bin->rows);
        td_grid_cell(&grid, "%.4f", bin->score_low);
        td_grid_cell(&grid, "%s", td_text_metric(text, bin->mean_score));
        td_grid_cell(&grid, "%s", td_text_metric(text, bin->rate));
        td_grid_cell(&grid, "%s", td_text_interval(text, bin->rate_ci));
    }
    td_grid_print(&grid, 2);
    printf("\n");
}

static void print_classes(const td_assessment *a) {
    static const char *const heads[] = {"scores of", "lowest", "5 %",  "25 %",
                                        "median",    "75 %",   "95 %", "highest"};
    static const char *const names[] = {"negatives", "positives"};
    td_grid grid;
    td_grid_open(&grid, "lrrrrrrr");
    for (int i = 0; i < 8; i++) td_grid_cell(&grid, "%s", heads[i]);
    for (int label = 1; label >= 0; label--) {
        td_grid_cell(&grid, "%s", names[label]);
        for (int q = 0; q < TD_SCORE_QUANTILES; q++) {
            char text[32];
            td_grid_cell(&grid, "%s", td_text_metric(text, a->spread[0][label].quantile[q]));
        }
    }
    td_grid_print(&grid, 2);
}

static void print_cheapest(const td_assessment *a) {
    const td_cheapest_cut *cut = &a->cheapest[0];
    char rows[32];
    char hits[32];
    if (td_metric_is_defined(cut->threshold)) {
        printf(
            "Cheapest: act on scores of %.6g and more: %s rows, %s of them positive; cost %.6g\n",
            cut->threshold.value, td_text_count(rows, cut->rows), td_text_count(hits, cut->hits),
            cut->cost);
    } else {
        printf("Cheapest: act on nobody; cost %.6g\n", cut->cost);
    }
    printf("  for comparison: nobody %.6g, everybody %.6g\n", cut->cost_none, cut->cost_all);
}

static void print_comparison(const td_evaluate_report *report) {
    static const char *const heads[] = {"difference", "interval", "p-value", "better"};
    const td_assessment *a = report->assessment;
    td_grid grid;
    td_grid_open(&grid, "lrrrlrl");
    td_grid_cell(&grid, "compared");
    for (int s = 0; s < 2; s++) td_grid_cell(&grid, "%s", report->name[s]);
    for (int i = 0; i < 4; i++) td_grid_cell(&grid, "%s", heads[i]);
    for (int i = 0; i < TD_N_COMPARED; i++) {
        const td_compared *row = &td_compared_table[i];
        td_metric first = td_compared_value(&a->evaluation[0], row->place);
        td_metric second = td_compared_value(&a->evaluation[1], row->place);
        if (!td_metric_is_defined(first) || !td_metric_is_defined(second)) continue;
        td_difference sure = td_difference_of(a, row->place);
        td_interval interval = sure.interval;
        double gap = first.value - second.value;
        int is_first = row->is_better_low ? gap < 0 : gap > 0;
        int is_sure = td_interval_is_defined(interval) && (interval.low > 0 || interval.high < 0);
        char text[48];
        td_grid_cell(&grid, "%s", row->title);
        td_grid_cell(&grid, "%s", td_text_metric(text, first));
        td_grid_cell(&grid, "%s", td_text_metric(text, second));
        td_grid_cell(&grid, "%+.4f", gap);
        td_grid_cell(&grid, "%s", td_text_interval(text, interval));
        td_grid_cell(&grid, "%s", td_text_metric(text, sure.p_value));
        td_grid_cell(&grid, "%s", is_sure ? report->name[is_first ? 0 : 1] : "not decided");
    }
    td_grid_print(&grid, 2);
}

static void print_slices(const td_evaluate_report *report) {
    static const char *const heads[] = {"rows",     "positive",          "rate", "ROC AUC",
                                        "interval", "average precision", "note"};
    td_grid grid;
    td_grid_open(&grid, "lrrrrlrl");
    td_grid_cell(&grid, "%s", report->groups->column);
    for (int i = 0; i < 7; i++) td_grid_cell(&grid, "%s", heads[i]);
    for (uint32_t g = 0; g < report->groups->n; g++) {
        const td_slice *slice = &report->slice[g];
        char text[64];
        td_grid_cell(&grid, "%s", td_group_name(text, report->groups, g));
        td_grid_count(&grid, slice->rows);
        td_grid_count(&grid, slice->positives);
        td_grid_cell(&grid, "%s", td_text_metric(text, slice->base_rate));
        td_grid_cell(&grid, "%s", td_text_metric(text, slice->roc_auc));
        td_grid_cell(&grid, "%s", td_text_interval(text, slice->auc_interval));
        td_grid_cell(&grid, "%s", td_text_metric(text, slice->average_precision));
        td_grid_cell(&grid, "%s", slice->is_small ? "too few rows to trust" : "");
    }
    td_grid_print(&grid, 2);
}

void td_print_report(const td_evaluate_report *report) {
    const td_assessment *a = report->assessment;
    char rows[32];
    char positives[32];
    printf("%s rows, %s positive\n", td_text_count(rows, a->evaluation[0].n),
           td_text_count(positives, a->evaluation[0].n_positives));
    const char *warning = td_assessment_warning(a);
    if (warning != NULL) printf("  note: %s\n", warning);
    print_metrics(a);
    print_uncertainty(report);
    if (a->evaluation[0].n_cuts > 0) {
        printf("\n");
        print_cuts(a);
    }
    printf("\n");
    print_groups(a);
    print_classes(a);
    if (a->request.cost_fp + a->request.cost_fn > 0) {
        printf("\n");
        print_cheapest(a);
    }
    if (a->n_scores == 2) {
        printf("\n");
        print_comparison(report);
    }
    if (report->groups->n == 0) return;
    printf("\n");
    print_slices(report);
}
