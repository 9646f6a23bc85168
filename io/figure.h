/* io/figure.h: plain SVG charts, drawn without a browser or a script, the same bytes everywhere.
 *
 * A chart is written to a td_writer: once into results/figures/NAME.svg, once inline into the
 * report page. Text uses currentColor, so that a page decides about light and dark. Points that are
 * not finite are left out and break the line. */
#ifndef TD_IO_FIGURE_H
#define TD_IO_FIGURE_H

#include <stdint.h>

#include "io/file.h"

typedef enum td_number_style { TD_STYLE_PLAIN, TD_STYLE_PERCENT, TD_STYLE_COUNT } td_number_style;

typedef struct td_series {
    const char *name; /* for the legend; NULL = none */
    const double *x;  /* [n] */
    const double *y;  /* [n] */
    uint64_t n;
    int is_reference;         /* drawn thin, dashed and grey: a diagonal, a base rate */
    int has_points;           /* dots at the points as well */
    const double *low, *high; /* [n] shaded between them, in the series' colour; NULL = no band */
} td_series;

typedef struct td_axis {
    const char *label;
    double low, high; /* range of the axis, low < high */
    td_number_style style;
} td_axis;

/* Lines over a numeric axis: ROC, precision-recall, lift, calibration. Up to 6 drawn series, then
 * colours repeat. */
void td_figure_lines(td_writer *writer, const char *title, td_axis x, td_axis y,
                     const td_series *series, uint32_t n_series);

typedef struct td_bar {
    const char *label;
    double value;     /* >= 0; not finite = no bar */
    const char *note; /* behind the value, NULL = none */
} td_bar;

/* Horizontal bars with label and value: funnel stages, importances. */
void td_figure_bars(td_writer *writer, const char *title, td_number_style style, const td_bar *bars,
                    uint32_t n_bars);

/* Upright columns along an ordered axis: by hour, by weekday, by day. */
void td_figure_columns(td_writer *writer, const char *title, td_axis y, const td_bar *columns,
                       uint32_t n_columns);

typedef struct td_whisker {
    const char *label;
    double value;     /* a dot; not finite = none */
    double low, high; /* a line from low to high; not finite = none */
} td_whisker;

/* Dots with intervals along an ordered axis, and a dashed line at `reference` (NaN = none): effects
 * by tenth. */
void td_figure_whiskers(td_writer *writer, const char *title, td_axis y, const td_whisker *whiskers,
                        uint32_t n_whiskers, double reference);

/* Text with the five XML characters escaped. */
void td_xml_text(td_writer *writer, const char *text);

/* A number as a person reads it: 1,234,567 (count), 12.3 % (percent), 0.1234 (plain), into out. */
const char *td_number_format(char out[40], double value, td_number_style style);

#endif
