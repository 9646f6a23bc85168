/* cli/report_assessment.c: an assessment as text: four decimals, intervals as "low to high", "n/a"
 * where a number has no value. */
#include "cli/report_assessment.h"

#include <stdio.h>

/* Four decimals, six for what would look like nothing, two for money. */
static int decimals_of(double value) {
    double size = value < 0 ? -value : value;
    if (size >= 1000) return 2;
    return size > 0 && size < 0.01 ? 6 : 4;
}

static const char *fine_metric(char out[32], td_metric metric) {
    if (!td_metric_is_defined(metric)) return td_text_metric(out, metric);
    snprintf(out, 32, "%.*f", decimals_of(metric.value), metric.value);
    return out;
}

static const char *fine_interval(char out[64], td_interval interval) {
    if (!td_interval_is_defined(interval)) return "n/a";
    double low = interval.low, high = interval.high;
    int decimals = decimals_of(-low > high ? low : high);
    snprintf(out, 64, "%.*f to %.*f", decimals, low, decimals, high);
    return out;
}

static void add_metric(td_grid *grid, const char *name, td_metric metric, td_interval interval,
                       const char *note) {
    char text[64];
    td_grid_cell(grid, "%s", name);
    td_grid_cell(grid, "%s", fine_metric(text, metric));
    td_grid_cell(grid, "%s", td_interval_is_defined(interval) ? fine_interval(text, interval) : "");
    td_grid_cell(grid, "%s", td_metric_is_defined(metric) ? note : metric.undefined_reason);
}

/* Metrics in the order in which they are printed. */
static const struct {
    uint32_t place;
    const char *name, *note;
} listed[] = {
    {TD_BOOT_BASE_RATE, "base rate", "share of positive rows"},
    {TD_BOOT_AUC, "ROC AUC", "chance that a positive outranks a negative"},
    {TD_BOOT_AP, "average precision", "precision averaged over recall"},
    {TD_BOOT_PR_AREA, "PR area", "below the interpolated precision-recall curve"},
    {TD_BOOT_KS, "KS", NULL},
    {TD_BOOT_LOG_LOSS, "log-loss", "lower is better"},
    {TD_BOOT_BRIER, "Brier score", "mean squared error, lower is better"},
    {TD_BOOT_CORP_MISCALIBRATION, "  of it miscalibration",
     "what a calibration could repair; 0 is best"},
    {TD_BOOT_CORP_DISCRIMINATION, "  less discrimination", "what telling rows apart is worth"},
    {TD_BOOT_UNCERTAINTY, "  plus uncertainty", "Brier score of the base rate alone"},
    {TD_BOOT_ECE_MASS, "calibration error",
     "mean distance of score and rate in ten groups of equal size (ECE)"},
    {TD_BOOT_PARTIAL_CORRECTED, "partial AUC", NULL},
};

static void print_metrics(const td_assessment *a) {
    char ks_note[96] = "", partial_note[96] = "";
    snprintf(ks_note, sizeof ks_note, "greatest distance of the two classes, at score %.4g",
             a->evaluation[0].ks.threshold);
    snprintf(partial_note, sizeof partial_note,
             "ROC area up to a false positive rate of %g, 0.5 = by chance", a->request.max_fpr);
    td_grid grid;
    td_grid_open(&grid, "lrll");
    for (size_t i = 0; i < sizeof listed / sizeof *listed; i++) {
        uint32_t place = listed[i].place;
        if (place == TD_BOOT_PARTIAL_CORRECTED && a->request.max_fpr <= 0) continue;
        td_interval interval = a->bootstrap.of[0][place].interval;
        if (place == TD_BOOT_AUC) interval = a->auc_interval[0];
        const char *note = place == TD_BOOT_KS ? ks_note : partial_note;
        add_metric(&grid, listed[i].name, td_statistic_of(a, 0, place), interval,
                   listed[i].note != NULL ? listed[i].note : note);
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
        printf(
            "  %g %% intervals: AUC by DeLong's formula, KS, calibration and least cost by folds; "
            "others: --replicates N\n",
            percent);
        return;
    }
    td_text_count(n, a->bootstrap.n_replicates);
    if (report->cluster != NULL) {
        printf("  %g %% intervals from %s draws of %s whole groups (%s); KS, calibration and least "
               "cost by folds of them\n",
               percent, n, td_text_count(clusters, params->n_clusters), report->cluster);
        return;
    }
    printf("  %g %% intervals: AUC by DeLong's formula; KS, calibration and least cost by folds; "
           "others from %s draws of the rows%s\n",
           percent, n, params->resample == TD_RESAMPLE_CLASSES ? ", each class by itself" : "");
}

/* A statistic and its interval, two cells. */
static void add_pair(td_grid *grid, const td_assessment *a, uint32_t place) {
    char text[64];
    td_grid_cell(grid, "%s", td_text_metric(text, td_statistic_of(a, 0, place)));
    td_interval interval = a->bootstrap.of[0][place].interval;
    td_grid_cell(grid, "%s",
                 td_interval_is_defined(interval) ? td_text_interval(text, interval) : "");
}

static void print_cuts(const td_assessment *a) {
    static const char *const heads[] = {"top",    "rows",     "hits", "precision", "interval",
                                        "recall", "interval", "lift", "interval"};
    const td_evaluation *evaluation = &a->evaluation[0];
    td_grid grid;
    td_grid_open(&grid, "rrrrlrlrl");
    for (int i = 0; i < 9; i++) td_grid_cell(&grid, "%s", heads[i]);
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
        for (uint32_t which = TD_BOOT_PRECISION; which <= TD_BOOT_LIFT; which++)
            add_pair(&grid, a, td_boot_at_cut(i, which));
    }
    td_grid_print(&grid, 2);
}

/* What was promised and what happened, from the highest scores down. */
static void print_groups(const td_assessment *a) {
    static const char *const heads[] = {"tenth",     "rows",     "scores from",
                                        "predicted", "happened", "interval"};
    const td_reliability *r = &a->evaluation[0].reliability;
    int is_clustered = a->request.bootstrap.resample == TD_RESAMPLE_CLUSTERS;
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
        uint32_t place = td_boot_at_group((uint32_t)(TD_MASS_BINS - 1 - g), TD_BOOT_GROUP_RATE);
        td_interval drawn = a->bootstrap.of[0][place].interval;
        td_grid_cell(&grid, "%s", td_text_interval(text, is_clustered ? drawn : bin->rate_ci));
    }
    td_grid_print(&grid, 2);
    printf("\n");
}

/* How much of all that can be found is found down to each tenth. */
static void print_gains(const td_assessment *a) {
    static const char *const heads[] = {"tenth",        "hits",     "lift",        "interval",
                                        "found so far", "interval", "lift so far", "interval"};
    td_grid grid;
    td_grid_open(&grid, "rrrlrlrl");
    for (int i = 0; i < 8; i++) td_grid_cell(&grid, "%s", heads[i]);
    for (uint32_t g = 0; g < TD_GAIN_GROUPS; g++) {
        const td_gain_row *row = &a->evaluation[0].gain[g];
        if (row->begin == row->end) continue;
        td_grid_cell(&grid, "%u", g + 1);
        td_grid_cell(&grid, "%.1f", row->hits);
        for (uint32_t which = TD_BOOT_GROUP_LIFT; which < TD_BOOT_PER_GROUP; which++)
            add_pair(&grid, a, td_boot_at_group(g, which));
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

/* Rows of either class by score, bins that hold any. */
static void print_histogram(const td_assessment *a) {
    static const char *const heads[] = {"scores from", "to", "positives", "negatives",
                                        "share positive"};
    const td_score_spread *spread = a->spread[0];
    td_grid grid;
    td_grid_open(&grid, "rrrrr");
    for (int i = 0; i < 5; i++) td_grid_cell(&grid, "%s", heads[i]);
    for (int b = TD_SCORE_BINS - 1; b >= 0; b--) {
        uint64_t rows = spread[0].bin[b] + spread[1].bin[b];
        if (rows == 0) continue;
        td_grid_cell(&grid, "%g", td_score_edge[b]);
        td_grid_cell(&grid, "%g", td_score_edge[b + 1]);
        td_grid_count(&grid, spread[1].bin[b]);
        td_grid_count(&grid, spread[0].bin[b]);
        td_grid_cell(&grid, "%.4f", (double)spread[1].bin[b] / (double)rows);
    }
    td_grid_print(&grid, 2);
    uint64_t outside = spread[0].n_outside + spread[1].n_outside;
    char text[32];
    if (outside > 0) printf("  %s rows score outside 0 to 1\n", td_text_count(text, outside));
}

static void print_cheapest(const td_assessment *a) {
    const td_cheapest_cut *cut = &a->cheapest[0];
    const td_spread *spread = a->bootstrap.of[0];
    char text[64];
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
    printf("  interval of the cost %s", fine_interval(text, spread[TD_BOOT_CUT_COST].interval));
    printf(", of the score %s", fine_interval(text, spread[TD_BOOT_CUT_THRESHOLD].interval));
    printf(", of the rows %s\n", fine_interval(text, spread[TD_BOOT_CUT_ROWS].interval));
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
        td_metric first = td_statistic_of(a, 0, row->place);
        td_metric second = td_statistic_of(a, 1, row->place);
        if (!td_metric_is_defined(first) || !td_metric_is_defined(second)) continue;
        td_difference sure = td_difference_of(a, (td_score_pair){0, 1}, row->place);
        td_interval interval = sure.interval;
        double gap = first.value - second.value;
        int is_first = row->is_better_low ? gap < 0 : gap > 0;
        int is_sure = td_interval_is_defined(interval) && (interval.low > 0 || interval.high < 0);
        char text[64];
        td_grid_cell(&grid, "%s", row->title);
        td_grid_cell(&grid, "%s", fine_metric(text, first));
        td_grid_cell(&grid, "%s", fine_metric(text, second));
        td_grid_cell(&grid, "%+.*f", decimals_of(gap), gap);
        td_grid_cell(&grid, "%s", fine_interval(text, interval));
        td_grid_cell(&grid, "%s", td_text_metric(text, sure.p_value));
        const char *verdict = is_sure ? report->name[is_first ? 0 : 1] : "not decided";
        if (!td_interval_is_defined(interval)) verdict = interval.undefined_reason;
        td_grid_cell(&grid, "%s", verdict);
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
    print_gains(a);
    print_classes(a);
    printf("\n");
    print_histogram(a);
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
    td_print_slices(report);
}
