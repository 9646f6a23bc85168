/* cli/monitor_report.c: a reading of `monitor` for people and as JSON.
 *
 *     new sessions, purchases         how much there is to judge by
 *     purchases came / predicted      is the probability still right?   z in standard errors
 *     ROC AUC then / now              is the ranking still right?       z in standard errors
 *     moved: score, features by PSI   has the input changed?            PSI, Jensen-Shannon, KS
 *     key figures by day              is the shop itself another?       control limits
 *
 * Text shows what rings and the features that moved most; JSON has every feature and day. Nothing
 * is computed here: monitor_compare.c and monitor_days.c decide what rings. */
#include <stdio.h>

#include "cli/monitor.h"
#include "cli/report_evaluation.h"

enum { MOST_LINES = 10 }; /* features and days shown when they ring */

/* --- JSON ------------------------------------------------------------------------------------- */

/* One feature, or the score. psi_by_chance: what two samples of these sizes differ by if nothing
 * moved; psi_within_run: the run's own test part against its train part. */
static void json_drift(td_json *json, const td_monitor_drift *d) {
    const td_drift *drift = &d->drift;
    td_json_text(json, "name", d->name);
    td_json_bool(json, "is_alert", d->is_alert);
    td_json_metric(json, "psi", drift->psi.value);
    td_json_interval(json, "psi", drift->psi.interval);
    td_json_metric(json, "psi_by_chance", drift->psi.expected);
    td_json_metric(json, "psi_within_run", d->within_run);
    td_json_metric(json, "jensen_shannon", drift->jensen_shannon);
    td_json_metric(json, "ks", drift->ks);
    td_json_metric(json, "ks_p_value", drift->ks_p);
    td_json_metric(json, "median_baseline", drift->median_baseline);
    td_json_metric(json, "median_new", drift->median_current);
    td_json_f64(json, "missing_baseline", drift->missing_baseline);
    td_json_f64(json, "missing_new", drift->missing_current);
}

/* Purchases against predictions, and the ranking then and now, each as a difference in standard
 * errors. */
static void json_quality(td_json *json, const td_monitor_reading *r) {
    td_json_object(json, "calibration");
    td_json_f64(json, "predicted", r->predicted);
    td_json_f64(json, "observed", r->observed);
    td_json_metric(json, "z", r->calibration_z);
    td_json_bool(json, "is_alert", r->is_calibration_alert);
    td_json_end(json);
    td_json_object(json, "roc_auc");
    td_json_metric(json, "baseline", r->auc[0].auc);
    td_json_metric(json, "new", r->auc[1].auc);
    td_json_metric(json, "z", r->auc_z);
    td_json_bool(json, "is_alert", r->is_auc_alert);
    td_json_end(json);
}

/* Key figures by whole day with the limits of their control chart. */
static void json_days(td_json *json, const td_monitor_reading *r) {
    td_json_array(json, "days");
    for (uint32_t i = 0; i < r->n_days; i++) {
        const td_monitor_day *day = &r->day[i];
        td_json_object(json, NULL);
        td_json_text(json, "day", day->day);
        td_json_text(json, "kpi", day->name);
        if (day->value == day->value) {
            td_json_f64(json, "value", day->value);
        } else {
            td_json_null(json, "value");
        }
        td_json_interval(json, "limits", day->limits);
        td_json_metric(json, "z", day->z);
        td_json_bool(json, "is_alert", day->is_alert);
        td_json_end(json);
    }
    td_json_end(json);
}

/* Without new sessions there are days (perhaps) and no drift. */
void td_monitor_json(td_json *json, const void *ctx) {
    const td_monitor_report *report = ctx;
    const td_monitor_reading *r = report->reading;
    td_json_text(json, "baseline", report->baseline->run_id);
    td_json_i64(json, "last_decision", report->baseline->last_decision);
    td_json_u64(json, "events", r->n_events);
    td_json_u64(json, "sessions_baseline", report->baseline->n);
    td_json_u64(json, "sessions_new", r->n);
    td_json_u64(json, "purchases_new", r->n_positives);
    td_json_u64(json, "alerts", r->n_alerts);
    json_days(json, r);
    if (r->n == 0) return;
    json_quality(json, r);
    td_json_object(json, "score");
    json_drift(json, &r->score);
    td_json_end(json);
    td_json_array(json, "features");
    for (uint32_t f = 0; f < r->n_features; f++) {
        td_json_object(json, NULL);
        json_drift(json, &r->feature[f]);
        td_json_end(json);
    }
    td_json_end(json);
}

/* --- text ------------------------------------------------------------------------------------- */

/* An undefined value shows why in the JSON; here it is n/a. */
static void print_drift_row(td_grid *grid, const td_monitor_drift *d) {
    char text[48];
    td_grid_cell(grid, "%s", d->name);
    td_grid_cell(grid, "%s", td_text_metric(text, d->drift.psi.value));
    td_grid_cell(grid, "%s", td_text_interval(text, d->drift.psi.interval));
    td_grid_cell(grid, "%s", td_text_metric(text, d->within_run));
    td_grid_cell(grid, "%s", td_text_metric(text, d->drift.ks));
    td_grid_cell(grid, "%s", td_text_metric(text, d->drift.median_baseline));
    td_grid_cell(grid, "%s", td_text_metric(text, d->drift.median_current));
    td_grid_cell(grid, "%s", d->is_alert ? "ALERT" : "");
}

/* Index of the feature with the largest PSI among those not shown yet; n_features = none. */
static uint32_t next_largest(const td_monitor_reading *r, double below) {
    uint32_t best = r->n_features;
    for (uint32_t f = 0; f < r->n_features; f++) {
        td_metric psi = r->feature[f].drift.psi.value;
        if (!td_metric_is_defined(psi) || psi.value >= below) continue;
        if (best == r->n_features || psi.value > r->feature[best].drift.psi.value.value) best = f;
    }
    return best;
}

/* The score, then the features that moved most. */
static void print_drift(const td_monitor_reading *r) {
    static const char *const heads[] = {"moved", "PSI",    "interval", "in the run",
                                        "KS",    "median", "now",      ""};
    td_grid grid;
    td_grid_open(&grid, "lrlrrrrl");
    for (int i = 0; i < 8; i++) td_grid_cell(&grid, "%s", heads[i]);
    print_drift_row(&grid, &r->score);
    double below = 1e300;
    for (int line = 0; line < MOST_LINES; line++) {
        uint32_t f = next_largest(r, below);
        if (f == r->n_features) break;
        print_drift_row(&grid, &r->feature[f]);
        below = r->feature[f].drift.psi.value.value;
    }
    td_grid_print(&grid, 2);
}

static void print_quality(const td_monitor_reading *r) {
    char z[32], auc[2][32];
    td_text_metric(z, r->calibration_z);
    printf("  purchases: %.0f came, %.1f were predicted; %s standard errors apart%s\n", r->observed,
           r->predicted, z, r->is_calibration_alert ? "  ALERT" : "");
    for (int i = 0; i < 2; i++) td_text_metric(auc[i], r->auc[i].auc);
    td_text_metric(z, r->auc_z);
    printf("  ROC AUC: %s in the run, %s now; %s standard errors apart%s\n", auc[0], auc[1], z,
           r->is_auc_alert ? "  ALERT" : "");
}

/* Only days that ring, MOST_LINES of them. How many were judged and the width of the limits say
 * what an alert is worth. */
static void print_days(const td_monitor_reading *r) {
    static const char *const heads[] = {"day", "key figure", "value", "limits", ""};
    uint32_t n = 0, shown = 0;
    for (uint32_t i = 0; i < r->n_days; i++) n += (uint32_t)r->day[i].is_alert;
    if (r->n_days == 0) {
        printf("  no whole new day yet\n");
        return;
    }
    printf("  key figures by day: %u judged, %u outside their limits of %.2f standard deviations\n",
           r->n_days, n, r->day_z);
    if (n == 0) return;
    td_grid grid;
    td_grid_open(&grid, "llrll");
    for (int i = 0; i < 5; i++) td_grid_cell(&grid, "%s", heads[i]);
    for (uint32_t i = 0; i < r->n_days && shown < MOST_LINES; i++) {
        const td_monitor_day *day = &r->day[i];
        char text[48];
        if (!day->is_alert) continue;
        shown++;
        td_grid_cell(&grid, "%s", day->day);
        td_grid_cell(&grid, "%s", day->name);
        td_grid_cell(&grid, "%.6g", day->value);
        td_grid_cell(&grid, "%s", td_text_interval(text, day->limits));
        td_grid_cell(&grid, "ALERT");
    }
    td_grid_print(&grid, 2);
    if (shown < n) printf("  ... and %u more\n", n - shown);
}

/* Quality, drift, days; a last line when all is quiet, so that silence is an answer too. */
void td_monitor_print(const td_monitor_report *report) {
    const td_monitor_reading *r = report->reading;
    char new[32], old[32], purchases[32];
    printf("%s new sessions, %s with a purchase, against %s of the test part of run %.12s\n",
           td_text_count(new, r->n), td_text_count(purchases, r->n_positives),
           td_text_count(old, report->baseline->n), report->baseline->run_id);
    if (r->n > 0) {
        print_quality(r);
        print_drift(r);
    }
    print_days(r);
    if (r->n_alerts == 0) printf("nothing rings\n");
    fflush(stdout); /* a reading of --follow should be seen when it is made */
}
