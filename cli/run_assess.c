/* cli/run_assess.c: both models on the test sessions, with intervals, and compared.
 *
 * Sessions of one visitor are alike, so whole visitors are drawn: rows drawn one by one would
 * promise too much. Both models see the same draws. The evaluations of the test part are those of
 * the assessment, borrowed. */
#include <stdio.h>

#include "cli/report_assessment.h"
#include "cli/run.h"
#include "cli/run_money.h"
#include "core/base/mem.h"
#include "io/report_html.h"

/* Test rows side by side; the visitors' codes are dense within them. */
typedef struct test_rows {
    uint64_t n;
    double *label;
    double *score[TD_N_RUN_MODELS];
    int64_t *visitor;
    uint32_t *code;
    td_iddict visitors;
} test_rows;

static void free_rows(test_rows *rows) {
    for (int m = 0; m < TD_N_RUN_MODELS; m++) td_mem_free(rows->score[m]);
    td_mem_free(rows->label);
    td_mem_free(rows->visitor);
    td_mem_free(rows->code);
    td_iddict_free(&rows->visitors);
}

/* Score, label and visitor of the test rows, in their order. */
static td_status take_rows(test_rows *rows, const td_run *run, td_error *err) {
    uint64_t n = run->scored.split.n_of_part[TD_TEST];
    for (int m = 0; m < TD_N_RUN_MODELS; m++) TD_NEW(rows->score[m], n, err);
    TD_NEW(rows->label, n, err);
    TD_NEW(rows->visitor, n, err);
    TD_NEW(rows->code, n, err);
    for (uint64_t i = 0; i < run->scored.set.n; i++) {
        if (run->scored.split.part[i] != TD_TEST) continue;
        for (int m = 0; m < TD_N_RUN_MODELS; m++) rows->score[m][rows->n] = run->score[m][i];
        rows->label[rows->n] = run->scored.set.label[i];
        rows->visitor[rows->n++] = run->scored.set.visitor[i];
    }
    return td_iddict_build(&rows->visitors, rows->code, rows->visitor, rows->n, &run->cli->exec,
                           err);
}

/* Intervals by formula and by draws, with the run's seed: replay gets the same ones. */
static td_status assess(td_run *run, const test_rows *rows, td_error *err) {
    td_cut cut[TD_MAX_CUTS];
    td_assessment_request request = {
        .rows = {.n = rows->n, .score = rows->score[TD_RUN_PRIMARY], .label = rows->label},
        .second = rows->score[TD_RUN_BASELINE],
        .bootstrap = {.n_replicates = td_default_replicates(rows->n),
                      .seed = run->params.seed,
                      .level = 0.95,
                      .resample = TD_RESAMPLE_CLUSTERS,
                      .cluster = rows->code,
                      .n_clusters = rows->visitors.n}};
    if (run->money != NULL) request.amount = run->money->amount;
    request.rows.cut = cut;
    request.rows.n_cuts = td_default_cuts(cut, rows->n);
    return td_assessment_build(&run->test, &request, &run->cli->exec, err);
}

td_status td_run_assess(td_run *run, td_error *err) {
    test_rows rows = {0};
    td_status status = take_rows(&rows, run, err);
    if (status == TD_OK) status = assess(run, &rows, err);
    free_rows(&rows);
    TD_TRY(status);
    for (int m = 0; m < TD_N_RUN_MODELS; m++) run->evaluation[m][TD_TEST] = run->test.evaluation[m];
    return TD_OK;
}

/* first minus second; the keys of the metrics come from td_json_comparison. */
void td_run_json_comparison(td_json *json, const td_run *run) {
    td_json_object(json, "comparison");
    td_json_text(json, "part", td_part_name(TD_TEST));
    td_json_text(json, "first", td_run_model_name(TD_RUN_PRIMARY));
    td_json_text(json, "second", td_run_model_name(TD_RUN_BASELINE));
    td_json_text(json, "resampled", "visitors");
    td_json_u64(json, "visitors", run->test.request.bootstrap.n_clusters);
    td_json_u64(json, "replicates", run->test.bootstrap.n_replicates);
    td_json_f64(json, "level", run->test.request.bootstrap.level);
    td_json_comparison(json, &run->test);
    td_json_end(json);
}

/* Metrics that are undefined on the test part have no row. */
/* How far the probabilities are off, each model by itself. */
static void put_calibration(td_writer *writer, const td_run *run) {
    static const struct {
        const char *title;
        uint32_t place;
    } rows[] = {{"calibration error, ten groups of equal size", TD_BOOT_ECE_MASS},
                {"worst of the ten groups", TD_BOOT_WORST_GAP},
                {"miscalibration (part of the Brier score)", TD_BOOT_CORP_MISCALIBRATION},
                {"discrimination (likewise)", TD_BOOT_CORP_DISCRIMINATION}};
    static const char *const heads[] = {"calibration on test", "trees", "interval", "logistic",
                                        "interval"};
    td_page_table_open(writer, heads, 5);
    for (uint64_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[4][48];
        const char *cells[5] = {rows[i].title};
        for (uint32_t s = 0; s < 2; s++) {
            td_metric value = td_statistic_of(&run->test, s, rows[i].place);
            td_interval interval = run->test.bootstrap.of[s][rows[i].place].interval;
            snprintf(text[2 * s], 48, "%.6f", value.value);
            snprintf(text[2 * s + 1], 48, "%.6f to %.6f", interval.low, interval.high);
            cells[1 + 2 * s] = td_metric_is_defined(value) ? text[2 * s] : "n/a";
            cells[2 + 2 * s] = td_interval_is_defined(interval) ? text[2 * s + 1] : "n/a";
        }
        td_page_row(writer, cells, 5);
    }
    td_page_table_close(writer);
}

void td_run_put_comparison(td_writer *writer, const td_run *run) {
    static const char *const heads[] = {"on test",  "trees",      "interval",      "logistic",
                                        "interval", "difference", "of difference", "p-value"};
    char line[320];
    char n[32];
    snprintf(
        line, sizeof line,
        "95 %% intervals from %s draws of whole visitors, of KS by folds of them; draws of its "
        "difference are biased, so that one is not judged. Where the interval of the difference "
        "leaves out 0, one model is better beyond chance.",
        td_text_count(n, run->test.bootstrap.n_replicates));
    td_page_paragraph(writer, line);
    td_page_table_open(writer, heads, 8);
    for (int i = 0; i < TD_N_COMPARED; i++) {
        const td_compared *row = &td_compared_table[i];
        td_metric value[2];
        char text[7][48];
        td_difference gap = td_difference_of(&run->test, row->place);
        for (int s = 0; s < 2; s++) {
            value[s] = td_statistic_of(&run->test, (uint32_t)s, row->place);
            td_text_metric(text[s], value[s]);
            td_text_interval(text[2 + s], run->test.bootstrap.of[s][row->place].interval);
        }
        if (!td_metric_is_defined(value[0]) || !td_metric_is_defined(value[1])) continue;
        snprintf(text[4], sizeof text[4], "%+.4f", value[0].value - value[1].value);
        const char *cells[] = {row->title,
                               text[0],
                               text[2],
                               text[1],
                               text[3],
                               text[4],
                               td_text_interval(text[5], gap.interval),
                               td_text_metric(text[6], gap.p_value)};
        td_page_row(writer, cells, 8);
    }
    td_page_table_close(writer);
    put_calibration(writer, run);
}
