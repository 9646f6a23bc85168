/* cli/report_evaluation.c: an evaluation as JSON: exact numbers, null with a reason where a metric
 * or an interval has no value. */
#include "cli/report_evaluation.h"

#include <stdio.h>

#include "stats/calibrate.h"

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

void td_json_interval(td_json *json, const char *name, td_interval interval) {
    char key[64];
    snprintf(key, sizeof key, "%s_ci", name);
    if (td_interval_is_defined(interval)) {
        td_json_array(json, key);
        td_json_f64(json, NULL, interval.low);
        td_json_f64(json, NULL, interval.high);
        td_json_end(json);
        return;
    }
    td_json_null(json, key);
    snprintf(key, sizeof key, "%s_ci_reason", name);
    td_json_text(json, key, interval.undefined_reason);
}

/* An evaluation, and its intervals where they were made (spread = NULL: they were not). */
typedef struct judged {
    const td_evaluation *evaluation;
    const td_spread *spread;                /* [metrics of the bootstrap] */
    const td_metric *amount, *amount_share; /* [cuts] NULL = no amounts */
    double level;                           /* of all intervals */
    int is_clustered;
    td_interval auc, auc_logit;
} judged;

/* A metric and its interval from the bootstrap. A metric without a value has its reason already. */
static void json_judged(td_json *json, const char *name, td_metric metric, const judged *j,
                        uint32_t place) {
    td_json_metric(json, name, metric);
    if (j->spread != NULL && td_metric_is_defined(metric))
        td_json_interval(json, name, j->spread[place].interval);
}

static void json_cuts(td_json *json, const judged *j) {
    const td_evaluation *evaluation = j->evaluation;
    td_json_array(json, "at_k");
    for (uint32_t i = 0; i < evaluation->n_cuts; i++) {
        const td_top_k *at = &evaluation->at[i];
        td_json_object(json, NULL);
        td_json_u64(json, "k", at->k);
        if (evaluation->cut[i].share > 0) td_json_f64(json, "share", evaluation->cut[i].share);
        td_json_metric(json, "hits", at->hits);
        uint32_t place = td_boot_at_cut(i, 0);
        json_judged(json, "precision", at->precision, j, place + TD_BOOT_PRECISION);
        json_judged(json, "recall", at->recall, j, place + TD_BOOT_RECALL);
        json_judged(json, "lift", at->lift, j, place + TD_BOOT_LIFT);
        if (j->amount != NULL) {
            json_judged(json, "amount", j->amount[i], j, place + TD_BOOT_AMOUNT);
            json_judged(json, "amount_share", j->amount_share[i], j, place + TD_BOOT_AMOUNT_SHARE);
        }
        td_json_end(json);
    }
    td_json_end(json);
}

static void json_gains(td_json *json, const judged *j) {
    td_json_array(json, "gains");
    for (uint32_t g = 0; g < TD_GAIN_GROUPS; g++) {
        const td_gain_row *row = &j->evaluation->gain[g];
        uint32_t place = td_boot_at_group(g, 0);
        td_json_object(json, NULL);
        td_json_i64(json, "group", g + 1);
        td_json_u64(json, "rows", row->end - row->begin);
        td_json_f64(json, "hits", row->hits);
        json_judged(json, "rate", row->rate, j, place + TD_BOOT_GROUP_RATE);
        json_judged(json, "lift", row->lift, j, place + TD_BOOT_GROUP_LIFT);
        json_judged(json, "cumulative_recall", row->cumulative.recall, j,
                    place + TD_BOOT_GROUP_CUMULATIVE_RECALL);
        json_judged(json, "cumulative_lift", row->cumulative.lift, j,
                    place + TD_BOOT_GROUP_CUMULATIVE_LIFT);
        td_json_end(json);
    }
    td_json_end(json);
}

/* Wilson's interval takes rows for independent; where they come in clusters the draws know. */
static td_interval rate_interval(const judged *j, td_interval wilson, uint32_t place) {
    return j->is_clustered ? j->spread[place].interval : wilson;
}

static void json_reliability(td_json *json, const judged *j) {
    td_json_array(json, "reliability");
    for (uint32_t b = 0; b < TD_RELIABILITY_BINS; b++) {
        const td_reliability_bin *bin = &j->evaluation->probability.bins[b];
        td_json_object(json, NULL);
        td_json_f64(json, "low", bin->low);
        td_json_f64(json, "high", bin->high);
        td_json_u64(json, "rows", bin->rows);
        td_json_u64(json, "positives", bin->positives);
        td_json_metric(json, "mean_score", bin->mean_score);
        td_json_metric(json, "rate", bin->rate);
        if (bin->rows > 0) {
            td_interval wilson = td_wilson_interval(bin->positives, bin->rows, j->level);
            td_json_interval(json, "rate", rate_interval(j, wilson, TD_BOOT_BIN_RATE + b));
        }
        td_json_end(json);
    }
    td_json_end(json);
}

/* The Brier score is miscalibration - discrimination + uncertainty, either way. */
static void json_brier_parts(td_json *json, const judged *j) {
    const td_reliability *r = &j->evaluation->reliability;
    td_json_object(json, "brier_parts");
    json_judged(json, "uncertainty", r->uncertainty, j, TD_BOOT_UNCERTAINTY);
    json_judged(json, "corp_miscalibration", r->corp.miscalibration, j,
                TD_BOOT_CORP_MISCALIBRATION);
    json_judged(json, "corp_discrimination", r->corp.discrimination, j,
                TD_BOOT_CORP_DISCRIMINATION);
    json_judged(json, "murphy_miscalibration", r->murphy.miscalibration, j,
                TD_BOOT_MURPHY_MISCALIBRATION);
    json_judged(json, "murphy_discrimination", r->murphy.discrimination, j,
                TD_BOOT_MURPHY_DISCRIMINATION);
    td_json_end(json);
}

/* Groups are stored from the lowest scores up, those of the gains table from the highest down. */
static void json_mass(td_json *json, const judged *j) {
    const td_reliability *r = &j->evaluation->reliability;
    json_judged(json, "ece_equal_mass", r->ece_mass, j, TD_BOOT_ECE_MASS);
    json_judged(json, "worst_gap", r->worst_gap, j, TD_BOOT_WORST_GAP);
    td_json_array(json, "reliability_equal_mass");
    for (uint32_t g = 0; g < TD_MASS_BINS; g++) {
        const td_mass_bin *bin = &r->bin[g];
        if (bin->rows == 0) continue;
        uint32_t place = td_boot_at_group(TD_MASS_BINS - 1 - g, TD_BOOT_GROUP_RATE);
        td_json_object(json, NULL);
        td_json_f64(json, "score_low", bin->score_low);
        td_json_f64(json, "score_high", bin->score_high);
        td_json_u64(json, "rows", bin->rows);
        td_json_f64(json, "hits", bin->hits);
        td_json_metric(json, "mean_score", bin->mean_score);
        td_json_metric(json, "rate", bin->rate);
        td_json_interval(json, "rate", rate_interval(j, bin->rate_ci, place));
        td_json_end(json);
    }
    td_json_end(json);
}

static void json_all(td_json *json, const judged *j) {
    const td_evaluation *evaluation = j->evaluation;
    const td_probability_metrics *probability = &evaluation->probability;
    td_json_u64(json, "rows", evaluation->n);
    td_json_u64(json, "positives", evaluation->n_positives);
    json_judged(json, "base_rate", probability->base_rate, j, TD_BOOT_BASE_RATE);
    td_json_metric(json, "roc_auc", evaluation->roc_auc);
    if (j->spread != NULL && td_metric_is_defined(evaluation->roc_auc)) {
        td_json_interval(json, "roc_auc", j->auc);
        td_json_interval(json, "roc_auc_logit", j->auc_logit);
        td_json_interval(json, "roc_auc_bootstrap", j->spread[TD_BOOT_AUC].interval);
    }
    json_judged(json, "average_precision", evaluation->average_precision, j, TD_BOOT_AP);
    json_judged(json, "pr_auc", evaluation->pr_area, j, TD_BOOT_PR_AREA);
    json_judged(json, "ks", evaluation->ks.value, j, TD_BOOT_KS);
    if (td_metric_is_defined(evaluation->ks.value)) {
        td_json_f64(json, "ks_threshold", evaluation->ks.threshold);
        td_json_u64(json, "ks_rows", evaluation->ks.rows);
        td_json_f64(json, "ks_tpr", evaluation->ks.tpr);
        td_json_f64(json, "ks_fpr", evaluation->ks.fpr);
    }
    json_judged(json, "log_loss", probability->log_loss, j, TD_BOOT_LOG_LOSS);
    json_judged(json, "brier", probability->brier, j, TD_BOOT_BRIER);
    json_judged(json, "ece", probability->ece, j, TD_BOOT_ECE);
    json_judged(json, "mean_score", probability->mean_score, j, TD_BOOT_MEAN_SCORE);
    json_cuts(json, j);
    json_gains(json, j);
    json_reliability(json, j);
    json_brier_parts(json, j);
    json_mass(json, j);
}

static void json_histogram(td_json *json, const td_score_spread *spread) {
    td_json_array(json, "histogram");
    for (int b = 0; b < TD_SCORE_BINS; b++) {
        td_json_object(json, NULL);
        td_json_f64(json, "low", td_score_edge[b]);
        td_json_f64(json, "high", td_score_edge[b + 1]);
        td_json_u64(json, "rows", spread->bin[b]);
        td_json_end(json);
    }
    td_json_end(json);
    td_json_u64(json, "rows_outside", spread->n_outside);
}

/* Scores of either class of score s. */
static void json_classes(td_json *json, const td_assessment *assessment, uint32_t s) {
    td_json_array(json, "scores_by_class");
    for (int label = 0; label < 2; label++) {
        const td_score_spread *spread = &assessment->spread[s][label];
        td_json_object(json, NULL);
        td_json_i64(json, "label", label);
        td_json_u64(json, "rows", spread->n);
        td_json_array(json, "quantiles");
        for (int q = 0; q < TD_SCORE_QUANTILES && spread->n > 0; q++) {
            td_json_object(json, NULL);
            td_json_f64(json, "share", td_score_quantile[q]);
            td_json_metric(json, "score", spread->quantile[q]);
            td_json_end(json);
        }
        td_json_end(json);
        json_histogram(json, spread);
        td_json_end(json);
    }
    td_json_end(json);
}

/* Partial AUC and cheapest cut, where they were asked for. */
static void json_asked(td_json *json, const td_assessment *assessment, uint32_t s,
                       const judged *j) {
    const td_assessment_request *request = &assessment->request;
    if (request->max_fpr > 0) {
        td_json_object(json, "partial_auc");
        td_json_f64(json, "max_fpr", request->max_fpr);
        json_judged(json, "area", assessment->partial[s].area, j, TD_BOOT_PARTIAL_AREA);
        json_judged(json, "corrected", assessment->partial[s].corrected, j,
                    TD_BOOT_PARTIAL_CORRECTED);
        td_json_end(json);
    }
    if (request->cost_fp + request->cost_fn <= 0) return;
    const td_cheapest_cut *cut = &assessment->cheapest[s];
    td_json_object(json, "cheapest_cut");
    json_judged(json, "threshold", cut->threshold, j, TD_BOOT_CUT_THRESHOLD);
    td_json_u64(json, "rows", cut->rows);
    td_json_interval(json, "rows", j->spread[TD_BOOT_CUT_ROWS].interval);
    td_json_u64(json, "hits", cut->hits);
    td_json_interval(json, "hits", j->spread[TD_BOOT_CUT_HITS].interval);
    td_json_f64(json, "cost", cut->cost);
    td_json_interval(json, "cost", j->spread[TD_BOOT_CUT_COST].interval);
    td_json_f64(json, "cost_of_nobody", cut->cost_none);
    td_json_f64(json, "cost_of_everybody", cut->cost_all);
    td_json_end(json);
}

void td_json_evaluation(td_json *json, const td_evaluation *evaluation) {
    judged j = {.evaluation = evaluation, .level = 0.95};
    json_all(json, &j);
}

void td_json_assessed(td_json *json, const td_assessment *assessment, uint32_t s) {
    judged j = {.evaluation = &assessment->evaluation[s],
                .spread = assessment->bootstrap.of[s],
                .level = assessment->request.bootstrap.level,
                .is_clustered = assessment->request.bootstrap.resample == TD_RESAMPLE_CLUSTERS,
                .auc = assessment->auc_interval[s],
                .auc_logit = assessment->auc_logit[s]};
    if (assessment->request.amount != NULL) {
        j.amount = assessment->amount[s];
        j.amount_share = assessment->amount_share[s];
    }
    json_all(json, &j);
    json_classes(json, assessment, s);
    json_asked(json, assessment, s, &j);
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

const char *td_text_interval(char out[48], td_interval interval) {
    if (td_interval_is_defined(interval)) {
        snprintf(out, 48, "%.4f to %.4f", interval.low, interval.high);
    } else {
        snprintf(out, 48, "n/a");
    }
    return out;
}
