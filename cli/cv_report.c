/* cli/cv_report.c: the splits of `cv` for people and as JSON, with mean and standard deviation.
 *
 * The standard deviation is that between splits. It is no standard error of the mean: splits share
 * train rows, and purged ones test rows as well (Bengio and Grandvalet 2004, JMLR 5). */
#include <math.h>
#include <stdio.h>

#include "cli/cv.h"
#include "cli/report_evaluation.h"

/* Mean and standard deviation over the splits that have the metric. */
static void sum_up(const td_cv_report *r, int metric, td_metric *mean, td_metric *sd) {
    double sum = 0, square = 0;
    uint32_t n = 0;
    for (uint32_t s = 0; s < r->plan->n_splits; s++) {
        td_metric value = r->result[s].metric[metric];
        if (!td_metric_is_defined(value)) continue;
        n++;
        sum += value.value;
    }
    *mean = n > 0 ? td_metric_of(sum / n) : td_metric_undefined("no split has a value");
    *sd = td_metric_undefined("fewer than two splits have a value");
    for (uint32_t s = 0; s < r->plan->n_splits && n > 1; s++) {
        td_metric value = r->result[s].metric[metric];
        double gap = value.value - mean->value;
        if (td_metric_is_defined(value)) square += gap * gap;
    }
    if (n > 1) *sd = td_metric_of(sqrt(square / (n - 1)));
}

/* Rows by their role in the split: "later" ones wait for a further split of the rolling scheme. */
static void json_split(td_json *json, const td_cv_result *r, uint32_t split) {
    static const char *const role[] = {"later",        "train",     "test",
                                       "purged_label", "embargoed", "purged_visitor"};
    td_json_object(json, NULL);
    td_json_u64(json, "split", split + 1);
    td_json_i64(json, "test_from", r->test_from);
    td_json_i64(json, "test_to", r->test_to);
    td_json_object(json, "rows");
    for (int k = 0; k < TD_CV_N_ROLES; k++) td_json_u64(json, role[k], r->count[k]);
    td_json_end(json);
    td_json_u64(json, "train_positives", r->train_positives);
    td_json_u64(json, "test_positives", r->test_positives);
    for (int m = 0; m < TD_CV_N_METRICS; m++)
        td_json_metric(json, td_cv_metric_name[m], r->metric[m]);
    td_json_end(json);
}

/* Splits, then mean and sd over those that have the metric. */
void td_cv_json(td_json *json, const void *ctx) {
    const td_cv_report *r = ctx;
    td_json_text(json, "scheme", r->options->scheme);
    td_json_text(json, "bins", r->options->bins);
    td_json_i64(json, "folds", r->options->folds);
    td_json_u64(json, "rows", r->plan->rows.n);
    td_json_array(json, "splits");
    for (uint32_t s = 0; s < r->plan->n_splits; s++) json_split(json, &r->result[s], s);
    td_json_end(json);
    for (int k = 0; k < 2; k++) {
        td_json_object(json, k == 0 ? "mean" : "sd");
        for (int m = 0; m < TD_CV_N_METRICS; m++) {
            td_metric value[2];
            sum_up(r, m, &value[0], &value[1]);
            td_json_metric(json, td_cv_metric_name[m], value[k]);
        }
        td_json_end(json);
    }
}

/* "left out": purged, embargoed and visitors in test; later rows are not counted there. */
void td_cv_print(const td_cv_report *r) {
    static const char *const heads[] = {"split",    "train", "left out", "test",  "positive", "AUC",
                                        "avg prec", "KS",    "log-loss", "Brier", "lift 10 %"};
    td_grid grid;
    char text[32];
    td_grid_open(&grid, "rrrrrrrrrrr");
    for (int i = 0; i < 11; i++) td_grid_cell(&grid, "%s", heads[i]);
    for (uint32_t s = 0; s < r->plan->n_splits; s++) {
        const td_cv_result *one = &r->result[s];
        td_grid_count(&grid, s + 1);
        td_grid_count(&grid, one->count[TD_CV_TRAIN]);
        td_grid_count(&grid, one->count[TD_CV_PURGED_LABEL] + one->count[TD_CV_EMBARGOED] +
                                 one->count[TD_CV_PURGED_GROUP]);
        td_grid_count(&grid, one->count[TD_CV_TEST]);
        td_grid_count(&grid, one->test_positives);
        for (int m = 0; m < TD_CV_N_METRICS; m++)
            td_grid_cell(&grid, "%s", td_text_metric(text, one->metric[m]));
    }
    td_grid_print(&grid, 0);
    td_metric mean, sd;
    sum_up(r, 0, &mean, &sd);
    printf("\nROC AUC %s on average", td_text_metric(text, mean));
    printf(", standard deviation %s over %u splits\n", td_text_metric(text, sd), r->plan->n_splits);
}
