/* cli/run_figures.c: which charts a run draws, and from which numbers.
 *
 *   funnel, conversion by hour and weekday     all sessions of the log     run->kpis
 *   roc, precision_recall, gains, calibration  test part, both models      run->roc, pr, evaluation
 *   scores with and without a purchase         test part, primary model    run->test
 *   importances                                primary model               run->importance
 *
 * A chart is a row of td_run_figure_table: file name, caption, function. Drawing only reads what
 * earlier stages have made, so it cannot fail but for writing. io/figure has the SVG. The numbers
 * for charts of somebody else's stand in results/figures/data.json (run_figure_data.c). */
#include <math.h>
#include <stdio.h>

#include "cli/run.h"
#include "io/figure.h"

enum { MAX_BARS = 20 };

/* 0 to 1 as percent: both axes of most charts. */
static const td_axis share_x = {.label = NULL, .low = 0, .high = 1, .style = TD_STYLE_PERCENT};

/* Stages are counted each for itself (a cart without a view is a cart), so that bars are those of
 * the tables. */
static void draw_funnel(td_writer *writer, const td_run *run) {
    const td_ratio *kpi = run->kpis.total.kpi;
    double sessions = (double)kpi[TD_KPI_SESSIONS].numerator;
    double counts[] = {sessions, (double)kpi[TD_KPI_VIEW_TO_CART].denominator,
                       (double)kpi[TD_KPI_CART_RATE].numerator,
                       (double)kpi[TD_KPI_SESSION_CONVERSION].numerator};
    static const char *const labels[] = {"sessions", "with a view", "with a cart",
                                         "with a purchase"};
    char notes[4][40];
    td_bar bars[4];
    for (int i = 0; i < 4; i++) {
        td_number_format(notes[i], counts[i] / sessions, TD_STYLE_PERCENT);
        bars[i] = (td_bar){.label = labels[i], .value = counts[i], .note = notes[i]};
    }
    td_figure_bars(writer, "Funnel: sessions that reach each stage", TD_STYLE_COUNT, bars, 4);
}

/* Upper end of an axis that holds all conversion rates of a breakdown with some air. */
static double conversion_top(const td_kpi_breakdown *by) {
    double top = 0;
    for (uint32_t i = 0; i < by->n; i++) {
        double value = td_ratio_value(by->row[i].kpi[TD_KPI_SESSION_CONVERSION]);
        if (value > top) top = value;
    }
    return top > 0 ? 1.1 * top : 1;
}

/* Hours and weekdays have at most 24 groups; weekdays are cut to three letters. */
static void draw_conversion(td_writer *writer, const td_run *run, td_kpi_calendar calendar,
                            const char *title) {
    const td_kpi_breakdown *by = &run->kpis.by[calendar];
    char labels[24][16];
    td_bar bars[24];
    uint32_t n = by->n < 24 ? by->n : 24;
    for (uint32_t i = 0; i < n; i++) {
        td_kpi_label_text(labels[i], calendar, by->label[i]);
        if (calendar == TD_BY_WEEKDAY) labels[i][3] = '\0';
        bars[i] = (td_bar){.label = labels[i],
                           .value = td_ratio_value(by->row[i].kpi[TD_KPI_SESSION_CONVERSION])};
    }
    td_axis y = {.low = 0, .high = conversion_top(by), .style = TD_STYLE_PERCENT};
    td_figure_columns(writer, title, y, bars, n);
}

static void draw_hours(td_writer *writer, const td_run *run) {
    draw_conversion(writer, run, TD_BY_HOUR, "Session conversion by hour of day (UTC)");
}

static void draw_weekdays(td_writer *writer, const td_run *run) {
    draw_conversion(writer, run, TD_BY_WEEKDAY, "Session conversion by weekday (UTC)");
}

/* All models' curves of the test part with a reference line. */
static void draw_curves(td_writer *writer, const td_run *run, const char *title, int is_pr) {
    td_series series[TD_N_RUN_MODELS + 1];
    double top = 0;
    for (int m = 0; m < TD_N_RUN_MODELS; m++) {
        const td_curve *curve = is_pr ? &run->pr[m] : &run->roc[m];
        series[m] = (td_series){.name = td_run_model_name((td_run_model)m),
                                .x = curve->x,
                                .y = curve->y,
                                .n = curve->n};
        for (uint64_t i = 0; i < curve->n; i++) top = fmax(top, curve->y[i]);
    }
    double rate = run->evaluation[0][TD_TEST].probability.base_rate.value;
    double ends[] = {0, 1};
    double reference[] = {is_pr ? rate : 0, is_pr ? rate : 1};
    series[TD_N_RUN_MODELS] = (td_series){.name = is_pr ? "base rate" : "no skill",
                                          .x = ends,
                                          .y = reference,
                                          .n = 2,
                                          .is_reference = 1};
    td_axis x = share_x;
    td_axis y = {.low = 0, .high = is_pr && top > 0 ? top : 1, .style = TD_STYLE_PERCENT};
    x.label = is_pr ? "recall" : "false positive rate";
    y.label = is_pr ? "precision" : "true positive rate";
    td_figure_lines(writer, title, x, y, series, TD_N_RUN_MODELS + 1);
}

static void draw_roc(td_writer *writer, const td_run *run) {
    draw_curves(writer, run, "ROC curve, test sessions", 0);
}

static void draw_pr(td_writer *writer, const td_run *run) {
    draw_curves(writer, run, "Precision and recall, test sessions", 1);
}

/* x = share of the sessions contacted, best first; y = share of the purchases among them: recall at
 * each of the cuts, with the origin put before them. */
static void draw_gains(td_writer *writer, const td_run *run) {
    double x[TD_GAIN_GROUPS + 1];
    double y[TD_N_RUN_MODELS][TD_GAIN_GROUPS + 1];
    td_series series[TD_N_RUN_MODELS + 1];
    for (int g = 0; g <= TD_GAIN_GROUPS; g++) x[g] = (double)g / TD_GAIN_GROUPS;
    for (int m = 0; m < TD_N_RUN_MODELS; m++) {
        y[m][0] = 0;
        for (int g = 0; g < TD_GAIN_GROUPS; g++) {
            td_metric recall = run->evaluation[m][TD_TEST].gain[g].cumulative.recall;
            y[m][g + 1] = td_metric_is_defined(recall) ? recall.value : (double)NAN;
        }
        series[m] = (td_series){.name = td_run_model_name((td_run_model)m),
                                .x = x,
                                .y = y[m],
                                .n = TD_GAIN_GROUPS + 1,
                                .has_points = 1};
    }
    double ends[] = {0, 1};
    series[TD_N_RUN_MODELS] =
        (td_series){.name = "at random", .x = ends, .y = ends, .n = 2, .is_reference = 1};
    td_axis x_axis = share_x;
    td_axis y_axis = share_x;
    x_axis.label = "share of sessions contacted, best first";
    y_axis.label = "share of purchases reached";
    td_figure_lines(writer, "Cumulative gains, test sessions", x_axis, y_axis, series,
                    TD_N_RUN_MODELS + 1);
}

/* Mean score against observed rate in ten groups of equal size, all models. The axes end at the
 * largest number shown. */
static void draw_calibration(td_writer *writer, const td_run *run) {
    double x[TD_N_RUN_MODELS][TD_MASS_BINS], y[TD_N_RUN_MODELS][TD_MASS_BINS], top = 0;
    td_series series[TD_N_RUN_MODELS + 1];
    for (int m = 0; m < TD_N_RUN_MODELS; m++) {
        const td_reliability *test = &run->evaluation[m][TD_TEST].reliability;
        for (int g = 0; g < TD_MASS_BINS; g++) {
            const td_mass_bin *bin = &test->bin[g];
            x[m][g] = td_metric_is_defined(bin->mean_score) ? bin->mean_score.value : (double)NAN;
            y[m][g] = td_metric_is_defined(bin->rate) ? bin->rate.value : (double)NAN;
            if (bin->rows > 0) top = fmax(top, fmax(x[m][g], y[m][g]));
        }
        series[m] = (td_series){.name = td_run_model_name((td_run_model)m),
                                .x = x[m],
                                .y = y[m],
                                .n = TD_MASS_BINS,
                                .has_points = 1};
    }
    if (!(top > 0)) top = 1;
    double ends[] = {0, top};
    series[TD_N_RUN_MODELS] =
        (td_series){.name = "perfect", .x = ends, .y = ends, .n = 2, .is_reference = 1};
    td_axis axis = {
        .label = "mean predicted probability", .low = 0, .high = top, .style = TD_STYLE_PERCENT};
    td_axis rate = axis;
    rate.label = "observed rate";
    td_figure_lines(writer, "Calibration, test sessions", axis, rate, series, TD_N_RUN_MODELS + 1);
}

/* Shares of one class of the test sessions in the fixed bins of the primary model's score. */
static void draw_scores(td_writer *writer, const td_run *run, int label, const char *title) {
    const td_score_spread *spread = &run->test.spread[TD_RUN_PRIMARY][label];
    td_bar bars[TD_SCORE_BINS];
    char labels[TD_SCORE_BINS][16];
    double top = 0;
    for (int b = 0; b < TD_SCORE_BINS; b++) {
        double share = spread->n > 0 ? (double)spread->bin[b] / (double)spread->n : 0;
        snprintf(labels[b], sizeof labels[b], "%g", td_score_edge[b]);
        bars[b] = (td_bar){.label = labels[b], .value = share};
        top = fmax(top, share);
    }
    td_axis y = {.low = 0, .high = top > 0 ? 1.1 * top : 1, .style = TD_STYLE_PERCENT};
    td_figure_columns(writer, title, y, bars, TD_SCORE_BINS);
}

static void draw_scores_bought(td_writer *writer, const td_run *run) {
    draw_scores(writer, run, 1, "Scores of test sessions with a purchase");
}

static void draw_scores_not(td_writer *writer, const td_run *run) {
    draw_scores(writer, run, 0, "Scores of test sessions without one");
}

/* At most MAX_BARS: beyond them bars are too short to tell apart. */
static void draw_importances(td_writer *writer, const td_run *run) {
    td_bar bars[MAX_BARS];
    uint32_t n = run->n_importances < MAX_BARS ? run->n_importances : MAX_BARS;
    for (uint32_t i = 0; i < n; i++) {
        const td_run_importance *importance = &run->importance[i];
        bars[i] = (td_bar){
            .label = td_model_feature_name(run->trees[TD_RUN_PRIMARY], importance->feature),
            .value = importance->share};
    }
    td_figure_bars(writer, "Share of total split gain by feature", TD_STYLE_PERCENT, bars, n);
}

/* Name of the file, caption, and who draws it. */
const td_run_figure td_run_figure_table[] = {
    {"funnel", "Sessions that hold at least one event of each kind.", draw_funnel},
    {"conversion_by_hour", "Hour of the session's start, UTC.", draw_hours},
    {"conversion_by_weekday", "Weekday of the session's start, UTC.", draw_weekdays},
    {"roc", "Every point is one distinct score.", draw_roc},
    {"precision_recall", "The dashed line is what a random choice would reach.", draw_pr},
    {"gains", "How many of the purchases the best-scored sessions hold.", draw_gains},
    {"calibration", "Predicted probability against observed rate in ten groups of equal size.",
     draw_calibration},
    {"scores_with_purchase",
     "Share of these sessions by predicted probability (primary model); a column begins at its "
     "label.",
     draw_scores_bought},
    {"scores_without_purchase",
     "Share of these sessions by predicted probability (primary model); a column begins at its "
     "label.",
     draw_scores_not},
    {"importances", "Gain of all splits on a feature, as a share of the total.", draw_importances},
};
const uint32_t td_run_n_figures = sizeof td_run_figure_table / sizeof *td_run_figure_table;

/* Each chart as a file of its own; the page draws the same ones into itself (run_report.c). */
td_status td_run_figures(td_run *run, td_error *err) {
    for (uint32_t i = 0; i < td_run_n_figures; i++) {
        char name[128];
        snprintf(name, sizeof name, "results/figures/%s.svg", td_run_figure_table[i].name);
        td_writer *writer = NULL;
        TD_TRY(td_run_open(&writer, run, name, err));
        td_run_figure_table[i].draw(writer, run);
        td_writer_printf(writer, "<!-- run %s -->\n", run->run_id);
        TD_TRY(td_writer_commit(writer, err));
    }
    td_run_stage_done(run, "figures");
    return TD_OK;
}
