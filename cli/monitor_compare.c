/* cli/monitor_compare.c: new sessions against those of a run's test part.
 *
 *   1. Read the shop as the run did, score every session with the run's model. New are the sessions
 *      decided after the last one that the run has scored. A log that holds the run's events too
 *      gives the new sessions the same history that they would have had in a run.
 *   2. Drift of every feature of the model, and of the score. It rings when the whole interval of a
 *      PSI lies above --psi: few rows cannot ring by chance, however large their PSI. It has
 *      to move more than it did within the run, from the train to the test part. Features of the
 *      market and the clock are shown and never ring: all sessions of an hour share them, so that
 *      thousands of rows are a few values, and they move in every shop.
 *   3. Calibration: purchases that came against those that were predicted,
 *        z = (sum y - sum p) / sqrt(max(sum over visitors (sum of y - p)^2, sum p (1 - p)))
 *      It rings beyond 3.
 *   4. Ranking: AUC of new sessions less that of the baseline, by DeLong's variances; rings below
 *      -3 standard errors.
 *   5. Key figures by day: monitor_days.c. */
#include <math.h>
#include <string.h>

#include "cli/monitor.h"
#include "core/base/mem.h"
#include "core/matrix.h"

#define RING 3.0 /* standard errors */

/* What is compared with what. */
typedef struct task {
    const td_monitor_baseline *baseline;
    const td_monitor_options *options;
    const td_exec *exec;
} task;

/* New sessions, side by side. */
typedef struct new_rows {
    uint64_t n;
    uint32_t *row; /* [n] in the scored set */
    double *score, *label;
    double *value[3]; /* scratch for one feature: test rows, new rows, train rows */
} new_rows;

static void free_rows(new_rows *rows) {
    td_mem_free(rows->row);
    td_mem_free(rows->score);
    td_mem_free(rows->label);
    for (int i = 0; i < 3; i++) td_mem_free(rows->value[i]);
}

static td_status pick_new(new_rows *out, const td_monitor_baseline *baseline,
                          const td_feature_set *set, td_error *err) {
    TD_NEW(out->row, set->n, err);
    for (uint64_t i = 0; i < set->n; i++) {
        if (set->decision[i] > baseline->last_decision) out->row[out->n++] = (uint32_t)i;
    }
    TD_NEW(out->score, out->n, err);
    TD_NEW(out->label, out->n, err);
    TD_NEW(out->value[0], baseline->n, err);
    TD_NEW(out->value[1], out->n, err);
    TD_NEW(out->value[2], baseline->n_train, err);
    for (uint64_t i = 0; i < out->n; i++) out->label[i] = set->label[out->row[i]];
    return TD_OK;
}

static td_status score_new(new_rows *rows, const td_monitor_baseline *baseline,
                           const td_feature_set *set, const td_exec *exec, td_error *err) {
    const td_table *table = &set->features;
    const td_column **feature = td_mem_array(table->n_columns, sizeof *feature, err);
    double *all = td_mem_array(table->n_rows, sizeof *all, err);
    td_status status = feature == NULL || all == NULL ? TD_ERR_NOMEM : TD_OK;
    if (status == TD_OK) {
        td_matrix_view view = td_table_view(table, feature, NULL);
        status = td_any_model_predict(all, &baseline->model, &view, TD_SCORE_RESPONSE, exec, err);
    }
    for (uint64_t i = 0; i < rows->n && status == TD_OK; i++) rows->score[i] = all[rows->row[i]];
    td_mem_free(all);
    td_mem_free(feature);
    return status;
}

/* --- drift ------------------------------------------------------------------------------------ */

/* Scope of a feature by its name; a model of another program may have others. */
static int is_shared(const char *name) {
    for (uint32_t i = 0; i < td_feature_count(); i++) {
        const td_feature_info *info = td_feature_at(i);
        if (strcmp(info->name, name) == 0)
            return info->scope == TD_SCOPE_MARKET || info->scope == TD_SCOPE_CLOCK;
    }
    return 0;
}

static int rings(const td_monitor_drift *d, double threshold) {
    if (is_shared(d->name)) return 0;
    if (td_metric_is_defined(d->within_run)) threshold = fmax(threshold, d->within_run.value);
    const td_interval *interval = &d->drift.psi.interval;
    return td_interval_is_defined(*interval) && interval->low > threshold;
}

static void take(double *out, const double *column, const uint32_t *row, uint64_t n) {
    for (uint64_t i = 0; i < n; i++) out[i] = column[row[i]];
}

static td_status compare_feature(td_monitor_drift *out, const td_monitor_baseline *baseline,
                                 const td_feature_set *set, new_rows *rows, td_error *err) {
    uint32_t before = 0, after = 0;
    TD_TRY(td_data_find(&before, &baseline->features, out->name, err));
    TD_TRY(td_table_find(&set->features, out->name, &after, err));
    const double *old = baseline->features.table.column[before].number;
    const double *new = set->features.column[after].number;
    TD_CHECK(old != NULL && new != NULL, err, TD_ERR_FORMAT, "feature %s is not a number",
             out->name);
    take(rows->value[0], old, baseline->row, baseline->n);
    take(rows->value[1], new, rows->row, rows->n);
    td_two_samples samples = {rows->value[0], rows->value[1], baseline->n, rows->n};
    TD_TRY(td_drift_measure(&out->drift, &samples, 0.95, err));
    td_drift within;
    take(rows->value[2], old, baseline->train_row, baseline->n_train);
    samples = (td_two_samples){rows->value[2], rows->value[0], baseline->n_train, baseline->n};
    TD_TRY(td_drift_measure(&within, &samples, 0.95, err));
    out->within_run = within.psi.value;
    return TD_OK;
}

static td_status compare_drift(td_monitor_reading *out, const task *t, const td_feature_set *set,
                               new_rows *rows, td_error *err) {
    const td_monitor_baseline *baseline = t->baseline;
    double threshold = t->options->psi;
    out->n_features = td_any_model_n_features(&baseline->model);
    TD_NEW_ZEROED(out->feature, out->n_features, err);
    for (uint32_t f = 0; f < out->n_features; f++) {
        td_monitor_drift *one = &out->feature[f];
        one->name = td_any_model_feature(&baseline->model, f);
        TD_TRY(compare_feature(one, baseline, set, rows, err));
        one->is_alert = rings(one, threshold);
        out->n_alerts += (uint32_t)one->is_alert;
    }
    td_two_samples samples = {baseline->score, rows->score, baseline->n, rows->n};
    out->score.name = "score";
    out->score.within_run = td_metric_undefined("the score of train rows flatters");
    TD_TRY(td_drift_measure(&out->score.drift, &samples, 0.95, err));
    out->score.is_alert = rings(&out->score, threshold);
    out->n_alerts += (uint32_t)out->score.is_alert;
    return TD_OK;
}

/* --- quality ---------------------------------------------------------------------------------- */

/* Rows of a visitor follow each other: sessions are ordered by visitor. */
static void compare_calibration(td_monitor_reading *out, const new_rows *rows,
                                const td_feature_set *set) {
    double variance = 0, chance = 0, gap = 0;
    for (uint64_t i = 0; i < rows->n; i++) {
        gap += rows->label[i] - rows->score[i];
        out->predicted += rows->score[i];
        chance += rows->score[i] * (1.0 - rows->score[i]);
        out->observed += rows->label[i];
        int is_last =
            i + 1 == rows->n || set->visitor[rows->row[i]] != set->visitor[rows->row[i + 1]];
        if (!is_last) continue;
        variance += gap * gap;
        gap = 0;
    }
    out->n_positives = (uint64_t)out->observed;
    /* sessions without any purchase hardly spread by visitor; binomial chance is the least */
    variance = fmax(variance, chance);
    out->calibration_z = td_metric_undefined("nothing was predicted");
    if (!(variance > 0)) return;
    out->calibration_z = td_metric_of((out->observed - out->predicted) / sqrt(variance));
    out->is_calibration_alert = fabs(out->calibration_z.value) > RING;
    out->n_alerts += (uint32_t)out->is_calibration_alert;
}

static td_status measure_auc(td_delong *out, const double *score, const double *label, uint64_t n,
                             const td_exec *exec, td_error *err) {
    td_ranking ranking = {0};
    TD_TRY(td_ranking_build(&ranking, score, label, n, exec, err));
    *out = td_delong_measure(&ranking);
    td_ranking_free(&ranking);
    return TD_OK;
}

static td_status compare_auc(td_monitor_reading *out, const td_monitor_baseline *baseline,
                             const new_rows *rows, const td_exec *exec, td_error *err) {
    TD_TRY(measure_auc(&out->auc[0], baseline->score, baseline->label, baseline->n, exec, err));
    TD_TRY(measure_auc(&out->auc[1], rows->score, rows->label, rows->n, exec, err));
    out->auc_z = td_metric_undefined("fewer than two sessions of a class");
    if (!td_metric_is_defined(out->auc[0].variance) || !td_metric_is_defined(out->auc[1].variance))
        return TD_OK;
    double se = sqrt(out->auc[0].variance.value + out->auc[1].variance.value);
    if (!(se > 0)) return TD_OK;
    out->auc_z = td_metric_of((out->auc[1].auc.value - out->auc[0].auc.value) / se);
    out->is_auc_alert = out->auc_z.value < -RING;
    out->n_alerts += (uint32_t)out->is_auc_alert;
    return TD_OK;
}

/* --- all -------------------------------------------------------------------------------------- */

static td_status compare_rows(td_monitor_reading *out, const task *t, const td_feature_set *set,
                              new_rows *rows, td_error *err) {
    TD_TRY(pick_new(rows, t->baseline, set, err));
    out->n = rows->n;
    if (rows->n == 0) return TD_OK;
    TD_TRY(score_new(rows, t->baseline, set, t->exec, err));
    TD_TRY(compare_drift(out, t, set, rows, err));
    compare_calibration(out, rows, set);
    return compare_auc(out, t->baseline, rows, t->exec, err);
}

static td_status compare(td_monitor_reading *out, const td_monitor_baseline *baseline,
                         const td_monitor_options *options, const td_cli *cli, td_error *err) {
    td_shop shop;
    td_scored scored = {0};
    new_rows rows = {0};
    const td_exec *exec = &cli->exec;
    const task t = {baseline, options, exec};
    TD_TRY(td_scoring_open(&shop, options->data, &baseline->scoring, exec, err));
    out->n_events = shop.log.events.n;
    td_status status = td_scoring_build(&scored, &shop, &baseline->scoring, exec, err);
    if (status == TD_OK) status = compare_rows(out, &t, &scored.set, &rows, err);
    if (status == TD_OK) status = td_monitor_days(out, baseline, &shop, exec, err);
    free_rows(&rows);
    td_scored_free(&scored);
    td_shop_free(&shop);
    return status;
}

td_status td_monitor_compare(td_monitor_reading *out, const td_monitor_baseline *baseline,
                             const td_monitor_options *options, const td_cli *cli, td_error *err) {
    memset(out, 0, sizeof *out);
    td_status status = compare(out, baseline, options, cli, err);
    if (status != TD_OK) td_monitor_reading_free(out);
    return status;
}

void td_monitor_reading_free(td_monitor_reading *reading) {
    td_mem_free(reading->feature);
    td_mem_free(reading->day);
    memset(reading, 0, sizeof *reading);
}
