/* cli/power_curve.c: the curve of `tundish power --curve-out FILE`: power against size, as a table
 * (FILE.csv: control, total, days and a column per method) or as a chart (FILE.svg).
 *
 * Sizes hold the design effect, powers the looks. A value that does not exist is an empty cell and
 * a gap in the line. */
#include <math.h>
#include <string.h>

#include "cli/power.h"
#include "io/figure.h"
#include "io/file.h"

/* Unrounded powers; days are empty where traffic is unknown. */
static void write_csv(td_writer *writer, const td_power_report *r) {
    td_writer_text(writer, "control,total,days");
    for (uint32_t m = 0; m < r->n_rows; m++) td_writer_printf(writer, ",%s", r->row[m].method);
    td_writer_text(writer, "\n");
    for (int p = 0; p < TD_POWER_CURVE; p++) {
        double n1 = r->curve_n[p], control = td_power_planned(r, n1);
        double days = td_power_days(r, n1);
        td_writer_f64(writer, control);
        td_writer_text(writer, ",");
        td_writer_f64(writer, control + td_power_planned_other(r, n1));
        td_writer_text(writer, ",");
        if (days == days) td_writer_f64(writer, days);
        for (uint32_t m = 0; m < r->n_rows; m++) {
            td_writer_text(writer, ",");
            if (td_metric_is_defined(r->curve[p][m])) td_writer_f64(writer, r->curve[p][m].value);
        }
        td_writer_text(writer, "\n");
    }
}

/* The dashed line is where power meets what was asked for. */
static void write_svg(td_writer *writer, const td_power_report *r) {
    double x[TD_POWER_CURVE], y[TD_N_POWER_METHODS][TD_POWER_CURVE], ends[2], level[2];
    td_series series[TD_N_POWER_METHODS + 1];
    uint32_t n = 0;
    for (int p = 0; p < TD_POWER_CURVE; p++) x[p] = td_power_planned(r, r->curve_n[p]);
    for (uint32_t m = 0; m < r->n_rows; m++) {
        for (int p = 0; p < TD_POWER_CURVE; p++)
            y[m][p] = td_metric_is_defined(r->curve[p][m]) ? r->curve[p][m].value : (double)NAN;
        series[n] = (td_series){.name = r->row[m].method, .x = x, .y = y[m], .n = TD_POWER_CURVE};
        n++;
    }
    ends[0] = 0;
    ends[1] = x[TD_POWER_CURVE - 1];
    level[0] = level[1] = r->power;
    series[n] =
        (td_series){.name = "power asked for", .x = ends, .y = level, .n = 2, .is_reference = 1};
    td_axis across = {"units in control", 0, ends[1], TD_STYLE_COUNT};
    td_axis up = {"power", 0, 1, TD_STYLE_PERCENT};
    td_figure_lines(writer, "Power by size of the experiment", across, up, series, n + 1);
}

/* 1 when `text` ends with `end`. */
static int ends_with(const char *text, const char *end) {
    size_t n = strlen(text), m = strlen(end);
    return n >= m && strcmp(text + n - m, end) == 0;
}

/* With a size and no effect there is nothing to draw: power of what? */
td_status td_power_write_curve(const td_power_report *r, td_error *err) {
    const char *path = r->options->curve_out;
    if (path == NULL) return TD_OK;
    int is_svg = ends_with(path, ".svg");
    TD_CHECK(is_svg || ends_with(path, ".csv"), err, TD_ERR_ARG,
             "--curve-out: '%s' ends neither with .csv nor with .svg", path);
    TD_CHECK(r->curve_n[0] > 0, err, TD_ERR_ARG,
             "--curve-out: there is no curve of an effect; leave --n out or give an effect");
    td_writer *writer = NULL;
    TD_TRY(td_writer_open(&writer, path, err));
    if (is_svg) {
        write_svg(writer, r);
    } else {
        write_csv(writer, r);
    }
    return td_writer_commit(writer, err);
}
