/* cli/report_compare.c: the JSON of an assessment beside its metrics: how the intervals were made,
 * slices, and two scores compared. */
#include "cli/report_assessment.h"

const td_compared td_compared_table[TD_N_COMPARED] = {
    {"roc_auc", "ROC AUC", TD_BOOT_AUC, 0},
    {"average_precision", "average precision", TD_BOOT_AP, 0},
    {"pr_auc", "PR area", TD_BOOT_PR_AREA, 0},
    {"ks", "KS", TD_BOOT_KS, 0},
    {"log_loss", "log-loss", TD_BOOT_LOG_LOSS, 1},
    {"brier", "Brier score", TD_BOOT_BRIER, 1},
    {"partial_auc", "partial AUC", TD_BOOT_PARTIAL_CORRECTED, 0},
    {"cheapest_cost", "cheapest cost", TD_BOOT_CUT_COST, 1},
};

static const char *const resample_name[] = {[TD_RESAMPLE_ROWS] = "rows",
                                            [TD_RESAMPLE_CLASSES] = "rows within each class",
                                            [TD_RESAMPLE_CLUSTERS] = "clusters"};

/* Keys of the numbers that are there once a score; a cut, a group or a bin has several. */
static const char *const key_at[TD_BOOT_BIN_RATE] = {
    [TD_BOOT_AUC] = "roc_auc",
    [TD_BOOT_AP] = "average_precision",
    [TD_BOOT_KS] = "ks",
    [TD_BOOT_LOG_LOSS] = "log_loss",
    [TD_BOOT_BRIER] = "brier",
    [TD_BOOT_PR_AREA] = "pr_auc",
    [TD_BOOT_BASE_RATE] = "base_rate",
    [TD_BOOT_MEAN_SCORE] = "mean_score",
    [TD_BOOT_ECE] = "ece",
    [TD_BOOT_ECE_MASS] = "ece_equal_mass",
    [TD_BOOT_WORST_GAP] = "worst_gap",
    [TD_BOOT_UNCERTAINTY] = "uncertainty",
    [TD_BOOT_CORP_MISCALIBRATION] = "corp_miscalibration",
    [TD_BOOT_CORP_DISCRIMINATION] = "corp_discrimination",
    [TD_BOOT_MURPHY_MISCALIBRATION] = "murphy_miscalibration",
    [TD_BOOT_MURPHY_DISCRIMINATION] = "murphy_discrimination",
    [TD_BOOT_PARTIAL_AREA] = "partial_auc.area",
    [TD_BOOT_PARTIAL_CORRECTED] = "partial_auc.corrected",
    [TD_BOOT_CUT_THRESHOLD] = "cheapest_cut.threshold",
    [TD_BOOT_CUT_ROWS] = "cheapest_cut.rows",
    [TD_BOOT_CUT_HITS] = "cheapest_cut.hits",
    [TD_BOOT_CUT_COST] = "cheapest_cut.cost",
};

static void json_uncertainty(td_json *json, const td_evaluate_report *report) {
    const td_bootstrap_params *params = &report->assessment->request.bootstrap;
    td_json_object(json, "uncertainty");
    td_json_f64(json, "level", params->level);
    td_json_u64(json, "replicates", report->assessment->bootstrap.n_replicates);
    td_json_text(json, "resampled", resample_name[params->resample]);
    if (report->cluster != NULL) {
        td_json_text(json, "cluster", report->cluster);
        td_json_u64(json, "clusters", params->n_clusters);
    }
    td_json_text(json, "roc_auc_ci_method", report->cluster != NULL ? "bootstrap" : "delong");
    td_json_text(json, "ks_ci_method", "folds");
    td_json_array(json, "by_folds");
    for (uint32_t place = 0; place < TD_BOOT_BIN_RATE; place++) {
        if (td_is_by_folds(place)) td_json_text(json, NULL, key_at[place]);
    }
    td_json_end(json);
    td_json_end(json);
}

/* Quantiles 0 and 1 of both classes say whether there is more than one score. */
const char *td_assessment_warning(const td_assessment *assessment) {
    enum { HIGHEST = TD_SCORE_QUANTILES - 1 };
    const td_score_spread *spread = assessment->spread[0];
    if (spread[0].n == 0) return "every row is positive: with one class nothing can be ranked";
    if (spread[1].n == 0) return "no row is positive: with one class nothing can be ranked";
    for (int label = 0; label < 2; label++) {
        if (spread[label].quantile[0].value != spread[0].quantile[0].value ||
            spread[label].quantile[HIGHEST].value != spread[0].quantile[0].value)
            return NULL;
    }
    return "all scores are equal: they rank nothing";
}

/* DeLong's test in full, where rows are independent. */
static void json_delong(td_json *json, const td_delong_pair *pair) {
    td_json_object(json, "delong");
    td_json_metric(json, "variance_first", pair->first.variance);
    td_json_metric(json, "variance_second", pair->second.variance);
    td_json_metric(json, "covariance", pair->covariance);
    td_json_metric(json, "z", pair->z);
    td_json_end(json);
}

td_difference td_difference_of(const td_assessment *assessment, td_score_pair pair,
                               uint32_t place) {
    uint32_t p = td_pair_at(pair.first, pair.second);
    td_resample resample = assessment->request.bootstrap.resample;
    const td_spread *spread = &assessment->bootstrap.difference[p][place];
    td_difference out = {spread->interval, spread->p_value, 0};
    if (place == TD_BOOT_AUC && resample != TD_RESAMPLE_CLUSTERS)
        out = (td_difference){assessment->pair[p].interval, assessment->pair[p].p_value, 1};
    return out;
}

static const char *method_of(td_difference gap, uint32_t place) {
    if (td_is_by_folds(place)) return "folds";
    return gap.is_delong ? "delong" : "bootstrap";
}

/* One compared statistic as an object; nothing where a score has no value. */
static void json_compared(td_json *json, const td_assessment *assessment, td_score_pair pair,
                          const char *key, uint32_t place) {
    td_metric first = td_statistic_of(assessment, pair.first, place);
    td_metric second = td_statistic_of(assessment, pair.second, place);
    if (!td_metric_is_defined(first) || !td_metric_is_defined(second)) return;
    td_difference gap = td_difference_of(assessment, pair, place);
    td_json_object(json, key);
    td_json_f64(json, "first", first.value);
    td_json_f64(json, "second", second.value);
    td_json_f64(json, "difference", first.value - second.value);
    td_json_interval(json, "difference", gap.interval);
    td_json_metric(json, "p_value", gap.p_value);
    td_json_text(json, "method", method_of(gap, place));
    if (gap.is_delong) json_delong(json, &assessment->pair[td_pair_at(pair.first, pair.second)]);
    td_json_end(json);
}

void td_json_comparison(td_json *json, const td_assessment *assessment, td_score_pair pair) {
    for (int i = 0; i < TD_N_COMPARED; i++)
        json_compared(json, assessment, pair, td_compared_table[i].key, td_compared_table[i].place);
    const td_evaluation *evaluation = &assessment->evaluation[0];
    td_json_array(json, "at_k");
    for (uint32_t c = 0; c < evaluation->n_cuts; c++) {
        td_json_object(json, NULL);
        td_json_u64(json, "k", evaluation->at[c].k);
        if (evaluation->cut[c].share > 0) td_json_f64(json, "share", evaluation->cut[c].share);
        json_compared(json, assessment, pair, "precision", td_boot_at_cut(c, TD_BOOT_PRECISION));
        json_compared(json, assessment, pair, "recall", td_boot_at_cut(c, TD_BOOT_RECALL));
        td_json_end(json);
    }
    td_json_end(json);
}

void td_json_report(td_json *json, const td_evaluate_report *report) {
    const td_assessment *assessment = report->assessment;
    td_json_assessed(json, assessment, 0);
    const char *warning = td_assessment_warning(assessment);
    if (warning != NULL) td_json_text(json, "warning", warning);
    json_uncertainty(json, report);
    if (assessment->n_scores == 2) {
        td_json_object(json, "second");
        td_json_text(json, "score", report->name[1]);
        td_json_assessed(json, assessment, 1);
        td_json_end(json);
        td_json_object(json, "comparison");
        td_json_text(json, "first", report->name[0]);
        td_json_text(json, "second", report->name[1]);
        td_json_comparison(json, assessment, (td_score_pair){0, 1});
        td_json_end(json);
    }
    if (report->groups->n > 0) td_json_slices(json, report);
}
