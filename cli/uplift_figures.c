/* cli/uplift_figures.c: which charts an uplift assessment draws, and from which numbers.
 *
 *   qini      height of the Qini curve over the share treated. Band of the first score: bootstrap
 *             interval of the height at every tenth. Grey: the chord of a random score with the
 *             band that random orders reach at each share s. Such an order puts s n rows on top
 *             without replacement, so its height has variance s (1 - s) SS n / (n - 1) / N1^2; SS,
 *             a sum of squares over the rows, is read back from the deviation of the area,
 *             sd n^2 = sqrt(SS n (n + 1) / 12).
 *   tenths    effect in each tenth with its interval; dashed: the overall effect.
 *   profit    value x gain - cost over the share treated, from (0, 0) on, with its interval.
 * Each chart has a struct of arrays that is both drawn and written as JSON. */
#include "cli/uplift_figures.h"

#include <math.h>
#include <stdio.h>

#include "core/base/numeric.h"
#include "io/figure.h"

enum { TENTHS = TD_UPLIFT_DECILES, MAX_CURVES = 5, CHORD_POINTS = 51 };

/* Range of an axis that holds what it is shown, with 0 inside and some air. */
typedef struct range {
    double low, high;
} range;

static void widen(range *r, double value) {
    if (!isfinite(value)) return;
    r->low = fmin(r->low, value);
    r->high = fmax(r->high, value);
}

static td_axis axis_of(range r, const char *label, td_number_style style) {
    double air = 0.05 * (r.high - r.low);
    if (!(air > 0)) air = 1;
    return (td_axis){.label = label, .low = r.low - air, .high = r.high + air, .style = style};
}

static td_number_style style_of(const td_uplift_assessment *a) {
    return a->orders.is_binary ? TD_STYLE_PERCENT : TD_STYLE_PLAIN;
}

/* ---- qini ---- */

/* The chord, and around it what random orders reach. */
typedef struct chord {
    double x[CHORD_POINTS], y[CHORD_POINTS], low[CHORD_POINTS], high[CHORD_POINTS];
} chord;

static void trace_chord(chord *out, const td_uplift_assessment *a, double end) {
    double n = a->orders.n, area = a->noise[TD_QINI_AREA].sd * n * n;
    double square_sum = area * area * 12.0 / (n * (n + 1.0));
    double reach = td_normal_quantile(0.5 + 0.5 * a->request.level);
    for (int p = 0; p < CHORD_POINTS; p++) {
        double s = p / (CHORD_POINTS - 1.0);
        double sd = sqrt(s * (1.0 - s) * square_sum * n / (n - 1.0)) / a->rows[TD_TREATED];
        out->x[p] = s;
        out->y[p] = s * end;
        out->low[p] = s * end - reach * sd;
        out->high[p] = s * end + reach * sd;
    }
}

/* Height at the tenths' ends with its interval; the curve's own points lie between them. */
typedef struct tenths_band {
    double x[TENTHS + 1], y[TENTHS + 1], low[TENTHS + 1], high[TENTHS + 1];
} tenths_band;

static void trace_band(tenths_band *out, const td_uplift_assessment *a, uint32_t s) {
    out->x[0] = out->y[0] = out->low[0] = out->high[0] = 0.0;
    for (uint32_t g = 0; g < TENTHS; g++) {
        uint32_t place = td_uplift_tenth_place(&a->request.cuts, TD_TENTH_QINI, g);
        td_interval interval = a->verdict[s].spread[place].interval;
        int is_made = td_interval_is_defined(interval);
        out->x[g + 1] = (g + 1.0) / TENTHS;
        out->y[g + 1] = (double)NAN; /* the exact curve is drawn, not this */
        out->low[g + 1] = is_made ? interval.low : (double)NAN;
        out->high[g + 1] = is_made ? interval.high : (double)NAN;
    }
}

void td_uplift_figure_qini(td_writer *writer, const td_uplift_report *report) {
    const td_uplift_assessment *a = report->assessment;
    uint32_t n = a->orders.n_scores < MAX_CURVES ? a->orders.n_scores : MAX_CURVES, drawn = 0;
    td_series series[MAX_CURVES + 2];
    chord line;
    tenths_band band;
    range r = {0, 0};
    trace_chord(&line, a, a->mean[TD_TREATED] - a->mean[TD_CONTROL]);
    trace_band(&band, a, 0);
    for (int p = 0; p < CHORD_POINTS; p++) {
        widen(&r, line.low[p]);
        widen(&r, line.high[p]);
    }
    for (int g = 0; g <= TENTHS; g++) {
        widen(&r, band.low[g]);
        widen(&r, band.high[g]);
    }
    series[drawn++] = (td_series){.name = "random order",
                                  .x = line.x,
                                  .y = line.y,
                                  .n = CHORD_POINTS,
                                  .is_reference = 1,
                                  .low = line.low,
                                  .high = line.high};
    for (uint32_t s = 0; s < n; s++) {
        const td_uplift_verdict *verdict = &a->verdict[s];
        for (uint32_t p = 0; p < verdict->n_points; p++) widen(&r, verdict->qini[p]);
        series[drawn++] = (td_series){.name = report->name[s],
                                      .x = verdict->share,
                                      .y = verdict->qini,
                                      .n = verdict->n_points};
    }
    series[drawn++] = (td_series){.x = band.x,
                                  .y = band.y,
                                  .n = TENTHS + 1,
                                  .is_reference = 1,
                                  .low = band.low,
                                  .high = band.high};
    td_axis x = {"share of rows treated, best first", 0, 1, TD_STYLE_PERCENT};
    td_axis y = axis_of(r, "gain per treated row", style_of(a));
    td_figure_lines(writer, "Qini curve", x, y, series, drawn);
}

/* ---- tenths ---- */

typedef struct tenths_bars {
    double uplift[TENTHS], low[TENTHS], high[TENTHS];
} tenths_bars;

static void trace_tenths(tenths_bars *out, const td_uplift_assessment *a, uint32_t s) {
    for (uint32_t g = 0; g < TENTHS; g++) {
        uint32_t place = td_uplift_tenth_place(&a->request.cuts, TD_TENTH_UPLIFT, g);
        td_interval interval = a->verdict[s].spread[place].interval;
        int is_made = td_interval_is_defined(interval);
        out->uplift[g] = a->verdict[s].value[place];
        out->low[g] = is_made ? interval.low : (double)NAN;
        out->high[g] = is_made ? interval.high : (double)NAN;
    }
}

void td_uplift_figure_tenths(td_writer *writer, const td_uplift_report *report, uint32_t s) {
    static const char *const labels[TENTHS] = {"1", "2", "3", "4", "5", "6", "7", "8", "9", "10"};
    const td_uplift_assessment *a = report->assessment;
    tenths_bars bars;
    td_whisker whiskers[TENTHS];
    range r = {0, 0};
    char title[128];
    trace_tenths(&bars, a, s);
    for (uint32_t g = 0; g < TENTHS; g++) {
        whiskers[g] = (td_whisker){labels[g], bars.uplift[g], bars.low[g], bars.high[g]};
        widen(&r, bars.uplift[g]);
        widen(&r, bars.low[g]);
        widen(&r, bars.high[g]);
    }
    snprintf(title, sizeof title, "Effect of the treatment by tenth of %.60s", report->name[s]);
    td_figure_whiskers(writer, title, axis_of(r, "uplift", style_of(a)), whiskers, TENTHS,
                       a->mean[TD_TREATED] - a->mean[TD_CONTROL]);
}

/* ---- profit ---- */

enum { PROFITS = TD_PROFIT_POINTS + 1 };

typedef struct profit_band {
    double x[PROFITS], y[PROFITS], low[PROFITS], high[PROFITS];
} profit_band;

static void trace_profit(profit_band *out, const td_uplift_profit *p) {
    out->x[0] = out->y[0] = out->low[0] = out->high[0] = 0.0;
    for (int i = 0; i < TD_PROFIT_POINTS; i++) {
        const td_profit_point *point = &p->point[i];
        int is_made = td_interval_is_defined(point->interval);
        out->x[i + 1] = point->share;
        out->y[i + 1] = td_metric_is_defined(point->profit) ? point->profit.value : (double)NAN;
        out->low[i + 1] = is_made ? point->interval.low : (double)NAN;
        out->high[i + 1] = is_made ? point->interval.high : (double)NAN;
    }
}

void td_uplift_figure_profit(td_writer *writer, const td_uplift_profit *p) {
    double ends[2] = {0, 1}, zero[2] = {0, 0};
    profit_band band;
    range r = {0, 0};
    trace_profit(&band, p);
    for (int i = 0; i < PROFITS; i++) {
        widen(&r, band.y[i]);
        widen(&r, band.low[i]);
        widen(&r, band.high[i]);
    }
    td_series series[2] = {
        {.name = "profit per row",
         .x = band.x,
         .y = band.y,
         .n = PROFITS,
         .low = band.low,
         .high = band.high},
        {.name = "treat nobody", .x = ends, .y = zero, .n = 2, .is_reference = 1}};
    td_axis x = {"share of rows treated, best first", 0, 1, TD_STYLE_PERCENT};
    td_figure_lines(writer, "Profit by the share treated", x,
                    axis_of(r, "profit per row", TD_STYLE_PLAIN), series, 2);
}

/* ---- JSON ---- */

static void put_array(td_json *json, const char *key, const double *value, uint32_t n) {
    td_json_array(json, key);
    for (uint32_t i = 0; i < n; i++) td_json_f64(json, NULL, value[i]); /* NaN is null */
    td_json_end(json);
}

static void put_qini(td_json *json, const td_uplift_report *report) {
    const td_uplift_assessment *a = report->assessment;
    td_json_object(json, "qini");
    for (uint32_t s = 0; s < a->orders.n_scores; s++) {
        const td_uplift_verdict *verdict = &a->verdict[s];
        tenths_band band;
        trace_band(&band, a, s);
        td_json_object(json, report->name[s]);
        put_array(json, "share", verdict->share, verdict->n_points);
        put_array(json, "gain", verdict->qini, verdict->n_points);
        put_array(json, "tenth", band.x, TENTHS + 1);
        put_array(json, "low", band.low, TENTHS + 1);
        put_array(json, "high", band.high, TENTHS + 1);
        td_json_end(json);
    }
    td_json_end(json);
    chord line;
    trace_chord(&line, a, a->mean[TD_TREATED] - a->mean[TD_CONTROL]);
    td_json_object(json, "qini_random");
    put_array(json, "share", line.x, CHORD_POINTS);
    put_array(json, "gain", line.y, CHORD_POINTS);
    put_array(json, "low", line.low, CHORD_POINTS);
    put_array(json, "high", line.high, CHORD_POINTS);
    td_json_end(json);
}

static void put_profit(td_json *json, const td_uplift_profit *profit) {
    profit_band band;
    trace_profit(&band, profit);
    td_json_object(json, "profit");
    td_json_f64(json, "value", profit->value);
    td_json_f64(json, "cost", profit->cost);
    put_array(json, "share", band.x, PROFITS);
    put_array(json, "profit", band.y, PROFITS);
    put_array(json, "low", band.low, PROFITS);
    put_array(json, "high", band.high, PROFITS);
    td_json_end(json);
}

void td_json_uplift_figures(td_json *json, const td_uplift_report *report,
                            const td_uplift_profit *profit) {
    const td_uplift_assessment *a = report->assessment;
    put_qini(json, report);
    td_json_object(json, "by_tenth");
    for (uint32_t s = 0; s < a->orders.n_scores; s++) {
        tenths_bars bars;
        trace_tenths(&bars, a, s);
        td_json_object(json, report->name[s]);
        put_array(json, "uplift", bars.uplift, TENTHS);
        put_array(json, "low", bars.low, TENTHS);
        put_array(json, "high", bars.high, TENTHS);
        td_json_end(json);
    }
    td_json_end(json);
    td_json_f64(json, "overall_uplift", a->mean[TD_TREATED] - a->mean[TD_CONTROL]);
    put_profit(json, profit);
}

/* ---- files ---- */

static td_status open_figure(td_writer **writer, const char *folder, const char *name,
                             td_error *err) {
    char path[4096];
    TD_TRY(td_path_join(path, sizeof path, folder, name, err));
    return td_writer_open(writer, path, err);
}

td_status td_uplift_figures_write(const char *folder, const td_uplift_report *report,
                                  td_error *err) {
    td_writer *writer = NULL;
    if (!td_path_is_folder(folder)) TD_TRY(td_folder_make(folder, err));
    TD_TRY(open_figure(&writer, folder, "qini.svg", err));
    td_uplift_figure_qini(writer, report);
    TD_TRY(td_writer_commit(writer, err));
    TD_TRY(open_figure(&writer, folder, "uplift_by_tenth.svg", err));
    td_uplift_figure_tenths(writer, report, 0);
    return td_writer_commit(writer, err);
}
