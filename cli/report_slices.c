/* cli/report_slices.c: the slices of `evaluate --by`, as JSON and as tables for people.
 *
 * JSON has all that is known of the whole; the terminal has what shows where a score fails, in
 * tables narrow enough for it:
 *
 *     1. rows, rate, ROC AUC, average precision     does it rank there?
 *     2. KS, lift of the best tenth                 is the top worth acting on?
 *     3. log-loss, Brier score, calibration error   are its probabilities right there?
 *
 * A number without a value is "n/a"; a slice with few purchases or few others is marked, its
 * intervals are wide for that reason. */
#include <math.h>
#include <stdio.h>

#include "cli/report_assessment.h"

/* A column of a table: a statistic and its interval. */
typedef struct column {
    const char *head;
    uint32_t place;
} column;

enum { MAX_COLUMNS = 3 }; /* or one, where there are no cuts */

static td_interval interval_of(const td_assessment *a, uint32_t place) {
    return place == TD_BOOT_AUC ? a->auc_interval[0] : a->bootstrap.of[0][place].interval;
}

/* Cells of one slice; an interval that does not exist leaves its cell empty. */
static void put_slice(td_grid *grid, const td_slice *slice, const column *columns, int n) {
    const td_assessment *a = &slice->assessment;
    char text[64];
    for (int c = 0; c < n; c++) {
        td_grid_cell(grid, "%s", td_text_metric(text, td_statistic_of(a, 0, columns[c].place)));
        td_interval interval = interval_of(a, columns[c].place);
        td_grid_cell(grid, "%s",
                     td_interval_is_defined(interval) ? td_text_interval(text, interval) : "");
    }
}

/* The rows' numbers stand in the first table. */
static void put_table(const td_evaluate_report *report, const column *columns, int n,
                      int is_first) {
    td_grid grid;
    td_grid_open(&grid, is_first ? "lrrrlrlrll" : n == 1 ? "lrl" : "lrlrlrl");
    td_grid_cell(&grid, "%s", report->groups->column);
    if (is_first) td_grid_cell(&grid, "rows");
    if (is_first) td_grid_cell(&grid, "positive");
    for (int c = 0; c < n; c++) {
        td_grid_cell(&grid, "%s", columns[c].head);
        td_grid_cell(&grid, "interval");
    }
    if (is_first) td_grid_cell(&grid, "note");
    for (uint32_t g = 0; g < report->groups->n; g++) {
        const td_slice *slice = &report->slice[g];
        const td_evaluation *e = &slice->assessment.evaluation[0];
        char text[64];
        td_grid_cell(&grid, "%s", td_group_name(text, report->groups, g));
        if (is_first) td_grid_count(&grid, e->n);
        if (is_first) td_grid_count(&grid, e->n_positives);
        put_slice(&grid, slice, columns, n);
        if (is_first) td_grid_cell(&grid, "%s", slice->is_small ? "too few rows to trust" : "");
    }
    td_grid_print(&grid, 2);
}

/* The cut nearest to a tenth of the rows; without shares among them the first. */
static uint32_t best_cut(const td_assessment *a) {
    const td_evaluation *e = &a->evaluation[0];
    uint32_t best = 0;
    for (uint32_t c = 0; c < e->n_cuts; c++) {
        double share = e->cut[c].share, so_far = e->cut[best].share;
        if (share > 0 && (!(so_far > 0) || fabs(share - 0.1) < fabs(so_far - 0.1))) best = c;
    }
    return best;
}

void td_print_slices(const td_evaluate_report *report) {
    static const column ranking[] = {
        {"rate", TD_BOOT_BASE_RATE}, {"ROC AUC", TD_BOOT_AUC}, {"average precision", TD_BOOT_AP}};
    static const column probability[] = {{"log-loss", TD_BOOT_LOG_LOSS},
                                         {"Brier score", TD_BOOT_BRIER},
                                         {"calibration error", TD_BOOT_ECE_MASS}};
    const td_evaluation *whole = &report->assessment->evaluation[0];
    put_table(report, ranking, 3, 1);
    printf("\n");
    column top[MAX_COLUMNS] = {{"KS", TD_BOOT_KS}};
    char heads[2][64];
    int n = 1;
    if (whole->n_cuts > 0) {
        uint32_t c = best_cut(report->assessment);
        char cut[32];
        td_text_cut(cut, whole->cut[c]);
        snprintf(heads[0], sizeof heads[0], "lift of the top %s", cut);
        snprintf(heads[1], sizeof heads[1], "recall of the top %s", cut);
        top[n++] = (column){heads[0], td_boot_at_cut(c, TD_BOOT_LIFT)};
        top[n++] = (column){heads[1], td_boot_at_cut(c, TD_BOOT_RECALL)};
    }
    put_table(report, top, n, 0);
    printf("\n");
    put_table(report, probability, 3, 0);
}

/* Slices stand in the order of their value, as in the tables. */
void td_json_slices(td_json *json, const td_evaluate_report *report) {
    td_json_array(json, "slices");
    for (uint32_t g = 0; g < report->groups->n; g++) {
        const td_slice *slice = &report->slice[g];
        char name[64];
        td_json_object(json, NULL);
        td_json_text(json, "column", report->groups->column);
        td_json_text(json, "value", td_group_name(name, report->groups, g));
        td_json_bool(json, "is_small", slice->is_small);
        td_json_assessed(json, &slice->assessment, 0);
        td_json_end(json);
    }
    td_json_end(json);
}
