/* cli/run_assess.c: the models on the test sessions, with intervals, and compared in pairs.
 *
 *   1. Test rows side by side: label, visitor, and the probability of every model.
 *   2. One assessment of all scores (stats/assessment). Sessions of one visitor are alike, so whole
 *      visitors are drawn: rows drawn one by one would promise too much. All models see the same
 *      draws, so two of them have a paired difference, much surer than two intervals side by side.
 *   3. As JSON (comparison.pairs) and as tables of the report: every number of every model, then
 *      the differences of each pair and who is better, then how far the probabilities are off.
 *
 * KS, least cost and calibration are by folds, which stand in the place of draws. The evaluations
 * of the test part that other stages read are those of the assessment, borrowed. Nothing is
 * computed here. Cost: that of the bootstrap, three scores wide. */
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
        .other = {rows->score[TD_RUN_ALTERNATIVE], rows->score[TD_RUN_BASELINE]},
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

/* Every two models, the better founded hope first: scores of run->test are numbered like models. */
static const td_score_pair pairs[TD_MAX_PAIRS] = {{TD_RUN_PRIMARY, TD_RUN_BASELINE},
                                                  {TD_RUN_ALTERNATIVE, TD_RUN_BASELINE},
                                                  {TD_RUN_PRIMARY, TD_RUN_ALTERNATIVE}};

/* first minus second; the keys of the metrics come from td_json_comparison. */
void td_run_json_comparison(td_json *json, const td_run *run) {
    td_json_object(json, "comparison");
    td_json_text(json, "part", td_part_name(TD_TEST));
    td_json_text(json, "resampled", "visitors");
    td_json_u64(json, "visitors", run->test.request.bootstrap.n_clusters);
    td_json_u64(json, "replicates", run->test.bootstrap.n_replicates);
    td_json_f64(json, "level", run->test.request.bootstrap.level);
    td_json_array(json, "pairs");
    for (int p = 0; p < TD_MAX_PAIRS; p++) {
        td_json_object(json, NULL);
        td_json_text(json, "first", td_run_model_name((td_run_model)pairs[p].first));
        td_json_text(json, "second", td_run_model_name((td_run_model)pairs[p].second));
        td_json_comparison(json, &run->test, pairs[p]);
        td_json_end(json);
    }
    td_json_end(json);
    td_json_end(json);
}

enum { N_COLUMNS = 1 + 2 * TD_N_RUN_MODELS };

/* "primary", "interval", ... behind the first cell. */
static void open_table(td_writer *writer, const char *title) {
    const char *heads[N_COLUMNS] = {title};
    for (int m = 0; m < TD_N_RUN_MODELS; m++) {
        heads[1 + 2 * m] = td_run_model_name((td_run_model)m);
        heads[2 + 2 * m] = "interval";
    }
    td_page_table_open(writer, heads, N_COLUMNS);
}

static const char *interval_text(char out[64], td_interval interval, int decimals) {
    if (!td_interval_is_defined(interval)) return "n/a";
    snprintf(out, 64, "%.*f to %.*f", decimals, interval.low, decimals, interval.high);
    return out;
}

/* A statistic of every model with its interval. Undefined on the test part: no row. */
static void put_statistic(td_writer *writer, const td_run *run, const char *title, uint32_t place,
                          int decimals) {
    char text[N_COLUMNS][64];
    const char *cells[N_COLUMNS] = {title};
    for (uint32_t m = 0; m < TD_N_RUN_MODELS; m++) {
        td_metric value = td_statistic_of(&run->test, m, place);
        td_interval interval = run->test.bootstrap.of[m][place].interval;
        if (!td_metric_is_defined(value)) return;
        snprintf(text[2 * m], 64, "%.*f", decimals, value.value);
        cells[1 + 2 * m] = text[2 * m];
        cells[2 + 2 * m] = interval_text(text[2 * m + 1], interval, decimals);
    }
    td_page_row(writer, cells, N_COLUMNS);
}

/* What a pair's models differ by. */
static void put_pair(td_writer *writer, const td_run *run, td_score_pair pair) {
    char names[64];
    snprintf(names, sizeof names, "%s - %s", td_run_model_name((td_run_model)pair.first),
             td_run_model_name((td_run_model)pair.second));
    for (int i = 0; i < TD_N_COMPARED; i++) {
        const td_compared *row = &td_compared_table[i];
        td_metric first = td_statistic_of(&run->test, pair.first, row->place);
        td_metric second = td_statistic_of(&run->test, pair.second, row->place);
        td_difference gap = td_difference_of(&run->test, pair, row->place);
        char text[3][64];
        if (!td_metric_is_defined(first) || !td_metric_is_defined(second)) continue;
        double by = first.value - second.value;
        int is_sure =
            td_interval_is_defined(gap.interval) && (gap.interval.low > 0 || gap.interval.high < 0);
        int is_first = row->is_better_low ? by < 0 : by > 0;
        uint32_t better = is_first ? pair.first : pair.second;
        snprintf(text[0], sizeof text[0], "%+.5f", by);
        const char *cells[] = {names,
                               row->title,
                               text[0],
                               interval_text(text[1], gap.interval, 5),
                               td_text_metric(text[2], gap.p_value),
                               is_sure ? td_run_model_name((td_run_model)better) : "not decided"};
        td_page_row(writer, cells, 6);
    }
}

static void put_differences(td_writer *writer, const td_run *run) {
    static const char *const heads[] = {"compared, paired", "on test", "difference",
                                        "interval",         "p-value", "better"};
    td_page_table_open(writer, heads, 6);
    for (int p = 0; p < TD_MAX_PAIRS; p++) put_pair(writer, run, pairs[p]);
    td_page_table_close(writer);
}

/* How far the probabilities are off. */
static void put_calibration(td_writer *writer, const td_run *run) {
    static const struct {
        const char *title;
        uint32_t place;
    } rows[] = {{"calibration error, ten groups of equal size", TD_BOOT_ECE_MASS},
                {"worst of the ten groups", TD_BOOT_WORST_GAP},
                {"miscalibration (part of the Brier score)", TD_BOOT_CORP_MISCALIBRATION},
                {"discrimination (likewise)", TD_BOOT_CORP_DISCRIMINATION}};
    open_table(writer, "calibration on test");
    for (uint64_t i = 0; i < sizeof rows / sizeof *rows; i++)
        put_statistic(writer, run, rows[i].title, rows[i].place, 5);
    td_page_table_close(writer);
}

void td_run_put_comparison(td_writer *writer, const td_run *run) {
    char line[480];
    char n[32];
    snprintf(line, sizeof line,
             "95 %% intervals from %s draws of whole visitors, of KS and calibration by folds of "
             "them. All models see the same draws, so two of them are compared pair by pair: where "
             "the interval of their difference leaves out 0, one is better beyond chance.",
             td_text_count(n, run->test.bootstrap.n_replicates));
    td_page_paragraph(writer, line);
    open_table(writer, "on test");
    for (int i = 0; i < TD_N_COMPARED; i++)
        put_statistic(writer, run, td_compared_table[i].title, td_compared_table[i].place, 4);
    td_page_table_close(writer);
    put_differences(writer, run);
    put_calibration(writer, run);
}
