/* cli/uplift_json.c: an assessment of rankings by uplift as JSON.
 *
 *     qini         {DIALECT: value, DIALECT_ci: [low, high], DIALECT_p_value, DIALECT_noise: [low,
 *                  high], DIALECT_noise_p}
 *     qini_rows_needed   rows at which the Qini would be told from 0 (power 0.8)
 *     auuc         as qini
 *     uplift_at    {"0.1": {overall, by_group, each with _ci and _p_value}}
 *     deciles      [{group, treated, control, outcome_treated, outcome_control, uplift, gain,
 *                  qini}]
 *     curve        [{share, qini}]             height of the Qini curve for a figure
 *     balance      {treated_share_low, treated_share_high, chi2, p_value}
 *
 * The first score's stand in the outermost object, every score's in `scores`, every two scores'
 * differences in `comparisons`. DIALECT_noise is the band that random scores reach, DIALECT_noise_p
 * the share of them at least as far out. A value that does not exist is null with NAME_reason. */
#include <math.h>
#include <stdio.h>

#include "cli/report_evaluation.h"
#include "cli/uplift_report.h"
#include "io/num_format.h"
#include "uplift/inference.h"

#define ROWS_NEEDED_POWER 0.8

td_metric td_uplift_qini_rows_needed(const td_uplift_assessment *a, uint32_t s) {
    td_metric qini = td_uplift_value(a, s, TD_QINI_AREA);
    td_metric se = a->verdict[s].spread[TD_QINI_AREA].se;
    if (!td_metric_is_defined(qini)) return qini;
    if (!td_metric_is_defined(se)) return se;
    double rows = td_effect_rows_needed(qini.value, se.value, a->orders.n, 1 - a->request.level,
                                        ROWS_NEEDED_POWER);
    return rows <= 1e15 ? td_metric_of(ceil(rows))
                        : td_metric_undefined("this Qini cannot be told from 0 by any sample");
}

/* A value, its interval and its p-value; metrics without a value have their reason only. */
static void json_spread(td_json *json, const char *name, td_metric value, const td_spread *spread) {
    char key[80];
    td_json_metric(json, name, value);
    if (!td_metric_is_defined(value)) return;
    td_json_interval(json, name, spread->interval);
    snprintf(key, sizeof key, "%s_p_value", name);
    td_json_metric(json, key, spread->p_value);
}

static void json_noise(td_json *json, const char *name, const td_uplift_assessment *a, uint32_t s,
                       uint32_t metric) {
    char key[80];
    td_interval band = td_uplift_noise_band(a->noise[metric], a->request.level);
    if (!td_interval_is_defined(band)) return;
    snprintf(key, sizeof key, "%s_noise", name);
    td_json_array(json, key);
    td_json_f64(json, NULL, band.low);
    td_json_f64(json, NULL, band.high);
    td_json_end(json);
    snprintf(key, sizeof key, "%s_noise_p", name);
    td_json_metric(json, key, td_uplift_noise_p(a->noise[metric], a->verdict[s].value[metric]));
}

/* Metrics first .. last of score s. */
static void json_metrics(td_json *json, const td_uplift_assessment *a, uint32_t s,
                         td_uplift_metric first, td_uplift_metric last) {
    for (uint32_t m = first; m <= (uint32_t)last; m++) {
        const char *name = td_uplift_metric_name((td_uplift_metric)m);
        json_spread(json, name, td_uplift_value(a, s, m), &a->verdict[s].spread[m]);
        json_noise(json, name, a, s, m);
    }
}

static void json_cuts(td_json *json, const td_uplift_assessment *a, uint32_t s) {
    td_json_object(json, "uplift_at");
    for (uint32_t i = 0; i < a->request.cuts.n; i++) {
        char key[TD_NUM_TEXT + 1];
        uint32_t place = TD_UPLIFT_AT + 2 * i;
        key[td_format_f64(key, a->request.cuts.share[i])] = '\0';
        td_json_object(json, key);
        json_spread(json, "overall", td_uplift_value(a, s, place), &a->verdict[s].spread[place]);
        json_spread(json, "by_group", td_uplift_value(a, s, place + 1),
                    &a->verdict[s].spread[place + 1]);
        td_json_end(json);
    }
    td_json_end(json);
}

static void json_tenths(td_json *json, const td_uplift_assessment *a, uint32_t s) {
    static const char *const names[] = {"uplift", "gain", "qini"};
    td_json_array(json, "deciles");
    for (uint32_t g = 0; g < TD_UPLIFT_DECILES; g++) {
        const td_uplift_group *group = &a->verdict[s].group[g];
        td_json_object(json, NULL);
        td_json_u64(json, "group", g + 1);
        td_json_f64(json, "treated", group->rows[TD_TREATED]);
        td_json_f64(json, "control", group->rows[TD_CONTROL]);
        td_json_f64(json, "outcome_treated", group->outcome[TD_TREATED]);
        td_json_f64(json, "outcome_control", group->outcome[TD_CONTROL]);
        for (int what = TD_TENTH_UPLIFT; what <= TD_TENTH_QINI; what++) {
            uint32_t place = td_uplift_tenth_place(&a->request.cuts, (td_uplift_tenth)what, g);
            json_spread(json, names[what], td_uplift_value(a, s, place),
                        &a->verdict[s].spread[place]);
        }
        td_json_end(json);
    }
    td_json_end(json);
}

static void json_curve(td_json *json, const td_uplift_verdict *verdict) {
    td_json_array(json, "curve");
    for (uint32_t p = 0; p < verdict->n_points; p++) {
        td_json_object(json, NULL);
        td_json_f64(json, "share", verdict->share[p]);
        td_json_f64(json, "qini", verdict->qini[p]);
        td_json_end(json);
    }
    td_json_end(json);
}

static void json_score(td_json *json, const td_uplift_assessment *a, uint32_t s) {
    const td_uplift_verdict *verdict = &a->verdict[s];
    td_json_u64(json, "distinct_scores", verdict->n_distinct);
    td_json_object(json, "qini");
    json_metrics(json, a, s, TD_QINI_SKLIFT, TD_QINI_AREA);
    td_json_end(json);
    td_json_metric(json, "qini_rows_needed", td_uplift_qini_rows_needed(a, s));
    td_json_object(json, "auuc");
    json_metrics(json, a, s, TD_AUUC_SKLIFT, TD_AUUC_EXCESS);
    td_json_end(json);
    json_spread(json, "weighted_average_uplift", td_uplift_value(a, s, TD_WEIGHTED_UPLIFT),
                &verdict->spread[TD_WEIGHTED_UPLIFT]);
    json_cuts(json, a, s);
    json_tenths(json, a, s);
    json_curve(json, verdict);
    td_json_object(json, "balance");
    td_json_f64(json, "treated_share_low", verdict->balance.low);
    td_json_f64(json, "treated_share_high", verdict->balance.high);
    td_json_metric(json, "chi2", verdict->balance.chi2);
    td_json_metric(json, "p_value", verdict->balance.p_value);
    td_json_end(json);
}

static void json_comparisons(td_json *json, const td_uplift_report *report) {
    const td_uplift_assessment *a = report->assessment;
    td_json_array(json, "comparisons");
    for (uint32_t i = 0; i < a->orders.n_scores; i++) {
        for (uint32_t k = i + 1; k < a->orders.n_scores; k++) {
            td_json_object(json, NULL);
            td_json_text(json, "first", report->name[i]);
            td_json_text(json, "second", report->name[k]);
            td_json_object(json, "qini");
            for (uint32_t m = TD_QINI_SKLIFT; m <= TD_QINI_AREA; m++)
                json_spread(json, td_uplift_metric_name((td_uplift_metric)m),
                            td_uplift_difference(a, i, k, m),
                            td_uplift_difference_spread(a, i, k, m));
            td_json_end(json);
            td_json_object(json, "auuc");
            for (uint32_t m = TD_AUUC_SKLIFT; m <= TD_AUUC_EXCESS; m++)
                json_spread(json, td_uplift_metric_name((td_uplift_metric)m),
                            td_uplift_difference(a, i, k, m),
                            td_uplift_difference_spread(a, i, k, m));
            td_json_end(json);
            td_json_end(json);
        }
    }
    td_json_end(json);
}

static void json_facts(td_json *json, const td_uplift_report *report) {
    const td_uplift_assessment *a = report->assessment;
    const td_uplift_request *request = &a->request;
    td_json_u64(json, "rows", a->orders.n);
    td_json_u64(json, "treated", a->orders.n_treated);
    td_json_u64(json, "control", a->orders.n - a->orders.n_treated);
    td_json_u64(json, "left_out", report->n_left_out);
    td_json_text(json, "outcome", a->orders.is_binary ? "binary" : "number");
    td_json_f64(json, "mean_treated", a->mean[TD_TREATED]);
    td_json_f64(json, "mean_control", a->mean[TD_CONTROL]);
    json_spread(json, "overall_uplift", td_uplift_value(a, 0, TD_OVERALL_UPLIFT),
                &a->verdict[0].spread[TD_OVERALL_UPLIFT]);
    td_json_object(json, "propensity");
    td_json_text(json, "source",
                 a->orders.has_inverse ? "column"
                 : a->orders.share > 0 ? "given"
                                       : "treated share");
    if (!a->orders.has_inverse)
        td_json_f64(json, "value",
                    a->orders.share > 0 ? a->orders.share
                                        : (double)a->orders.n_treated / (double)a->orders.n);
    td_json_end(json);
    td_json_object(json, "uncertainty");
    td_json_f64(json, "level", request->level);
    td_json_u64(json, "replicates", request->n_replicates);
    td_json_text(json, "resampled", report->cluster != NULL ? "clusters" : "rows");
    if (report->cluster != NULL) {
        td_json_text(json, "cluster", report->cluster);
        td_json_u64(json, "clusters", request->clusters.n);
    }
    td_json_text(json, "noise", "normal approximation of all permutations");
    td_json_end(json);
}

void td_json_uplift_report(td_json *json, const td_uplift_report *report) {
    const td_uplift_assessment *a = report->assessment;
    json_facts(json, report);
    td_json_text(json, "score", report->name[0]);
    json_score(json, a, 0);
    td_json_array(json, "scores");
    for (uint32_t s = 0; s < a->orders.n_scores; s++) {
        td_json_object(json, NULL);
        td_json_text(json, "name", report->name[s]);
        json_score(json, a, s);
        td_json_end(json);
    }
    td_json_end(json);
    json_comparisons(json, report);
}
