/* io/figure.c: SVG by hand: a frame, ticks at round numbers, paths and bars.
 *
 *      title
 *      legend
 *     +----------------------+
 *  y  |   lines              |     plot box: LEFT..WIDTH-RIGHT x TOP..HEIGHT-BOTTOM
 *     |                      |
 *     +----------------------+
 *            x label
 *
 * Ticks are multiples of 1, 2 or 5 times a power of ten, found by repeated multiplication (no
 * logarithm needed). Coordinates are printed with two decimals. Interaction, dates and stacked
 * charts are not offered. The palette is Okabe and Ito's, which people with colour-blindness can
 * tell apart (Okabe, Ito: Color Universal Design, 2008). */
#include "io/figure.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Pixels of the drawing (viewBox; a page scales it): size, margins for ticks and title, height
 * of a bar. */
enum { WIDTH = 640, HEIGHT = 400, LEFT = 64, RIGHT = 20, TOP = 52, BOTTOM = 48, BAR_STEP = 24 };
enum { BARS_TOP = 32, GLYPH = 7 }; /* GLYPH: room for one character of text */

/* Blue, vermilion, green, purple, orange, sky: the order in which series take them. */
static const char *const palette[] = {"#0072B2", "#D55E00", "#009E73",
                                      "#CC79A7", "#E69F00", "#56B4E9"};
enum { N_COLOURS = 6 };

void td_xml_text(td_writer *writer, const char *text) {
    for (const char *p = text; *p != '\0'; p++) {
        switch (*p) {
        case '&':
            td_writer_text(writer, "&amp;");
            break;
        case '<':
            td_writer_text(writer, "&lt;");
            break;
        case '>':
            td_writer_text(writer, "&gt;");
            break;
        case '"':
            td_writer_text(writer, "&quot;");
            break;
        case '\'':
            td_writer_text(writer, "&#39;");
            break;
        default:
            td_writer_bytes(writer, p, 1);
        }
    }
}

/* 1234567 -> "1,234,567" */
static void format_count(char out[40], double value) {
    char digits[32];
    int n = snprintf(digits, sizeof digits, "%.0f", fabs(value));
    int at = 0;
    if (value < 0) out[at++] = '-';
    for (int i = 0; i < n && at < 37; i++) {
        out[at++] = digits[i];
        int left = n - 1 - i;
        if (left > 0 && left % 3 == 0) out[at++] = ',';
    }
    out[at] = '\0';
}

const char *td_number_format(char out[40], double value, td_number_style style) {
    if (!isfinite(value)) {
        snprintf(out, 40, "n/a");
    } else if (style == TD_STYLE_COUNT && fabs(value) < 1e15) {
        format_count(out, value);
    } else if (style == TD_STYLE_PERCENT) {
        double share = 100 * value;
        snprintf(out, 40, fabs(share) < 10 ? "%.2f %%" : "%.1f %%", share);
    } else {
        snprintf(out, 40, "%.4g", value);
    }
    return out;
}

/* Smallest step of the form {1, 2, 5} * 10^k with at most `most` steps in the span. */
static double tick_step(double span, int most) {
    double power = 1;
    while (power * most < span) power *= 10;
    while (power * most >= 10 * span) power /= 10;
    static const double parts[] = {0.1, 0.2, 0.5, 1};
    for (int i = 0; i < 4; i++) {
        if (parts[i] * power * most >= span) return parts[i] * power;
    }
    return power;
}

/* Value -> pixel, linear. y grows downwards in SVG, so the low end of the axis is the bottom. */
static double to_x(td_axis axis, double value) {
    return LEFT + (WIDTH - LEFT - RIGHT) * (value - axis.low) / (axis.high - axis.low);
}

static double to_y(td_axis axis, double value) {
    return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * (value - axis.low) / (axis.high - axis.low);
}

/* The title twice: as text above the plot and as <title>, which screen readers and tooltips
 * take. */
static void open_svg(td_writer *writer, const char *title, int height) {
    td_writer_printf(writer,
                     "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" role=\"img\" "
                     "font-family=\"system-ui,sans-serif\" font-size=\"12\" "
                     "fill=\"currentColor\">\n<title>",
                     WIDTH, height);
    td_xml_text(writer, title);
    td_writer_printf(writer, "</title>\n<text x=\"%d\" y=\"20\" font-size=\"15\">", LEFT / 4);
    td_xml_text(writer, title);
    td_writer_text(writer, "</text>\n");
}

/* anchor: "start", "middle" or "end", the point of the text that lies at (x, y). */
static void put_label(td_writer *writer, double x, double y, const char *anchor, const char *text) {
    td_writer_printf(writer, "<text x=\"%.2f\" y=\"%.2f\" text-anchor=\"%s\">", x, y, anchor);
    td_xml_text(writer, text);
    td_writer_text(writer, "</text>\n");
}

/* A faint grid line. currentColor follows the page, light or dark. */
static void put_rule(td_writer *writer, double x1, double y1, double x2, double y2) {
    td_writer_printf(writer,
                     "<line x1=\"%.2f\" y1=\"%.2f\" x2=\"%.2f\" y2=\"%.2f\" "
                     "stroke=\"currentColor\" stroke-opacity=\"0.15\"/>\n",
                     x1, y1, x2, y2);
}

/* Ticks of a percent axis need a decimal only where neighbouring ones would look equal. */
static void format_tick(char out[40], double value, double step, td_number_style style) {
    if (style == TD_STYLE_PERCENT) {
        snprintf(out, 40, step >= 0.0099 ? "%.0f %%" : "%.1f %%", 100 * value);
    } else {
        td_number_format(out, value, style);
    }
}

/* Ticks are k * step with whole k: adding the step up would let rounding drift. 1e-9 lets a tick at
 * the very end of the axis through. */
static void put_y_axis(td_writer *writer, td_axis y) {
    double step = tick_step(y.high - y.low, 6);
    for (double k = ceil(y.low / step); k * step <= y.high * (1 + 1e-9); k++) {
        char text[40];
        format_tick(text, k * step, step, y.style);
        put_rule(writer, LEFT, to_y(y, k * step), WIDTH - RIGHT, to_y(y, k * step));
        put_label(writer, LEFT - 6, to_y(y, k * step) + 4, "end", text);
    }
    if (y.label == NULL) return;
    td_writer_printf(writer,
                     "<text transform=\"translate(14 %d) rotate(-90)\" text-anchor=\"middle\">",
                     (HEIGHT + TOP - BOTTOM) / 2);
    td_xml_text(writer, y.label);
    td_writer_text(writer, "</text>\n");
}

static void put_x_axis(td_writer *writer, td_axis x) {
    double step = tick_step(x.high - x.low, 8);
    for (double k = ceil(x.low / step); k * step <= x.high * (1 + 1e-9); k++) {
        char text[40];
        format_tick(text, k * step, step, x.style);
        put_rule(writer, to_x(x, k * step), TOP, to_x(x, k * step), HEIGHT - BOTTOM);
        put_label(writer, to_x(x, k * step), HEIGHT - BOTTOM + 16, "middle", text);
    }
    if (x.label != NULL) {
        put_label(writer, (WIDTH + LEFT - RIGHT) / 2.0, HEIGHT - 10, "middle", x.label);
    }
}

/* A point that is not finite lifts the pen: the line has a gap there rather than a false stroke. */
static void put_path(td_writer *writer, td_axis x, td_axis y, const td_series *series,
                     const char *colour) {
    td_writer_text(writer, "<path fill=\"none\" d=\"");
    int is_open = 0;
    for (uint64_t i = 0; i < series->n; i++) {
        int is_drawn = isfinite(series->x[i]) && isfinite(series->y[i]);
        if (is_drawn) {
            td_writer_printf(writer, "%s%.2f %.2f", is_open ? "L" : "M", to_x(x, series->x[i]),
                             to_y(y, series->y[i]));
        }
        is_open = is_drawn;
    }
    if (series->is_reference) {
        td_writer_text(writer, "\" stroke=\"#888\" stroke-dasharray=\"5 4\"/>\n");
    } else {
        td_writer_printf(writer, "\" stroke=\"%s\" stroke-width=\"2\"/>\n", colour);
    }
    if (!series->has_points) return;
    for (uint64_t i = 0; i < series->n; i++) {
        if (!isfinite(series->x[i]) || !isfinite(series->y[i])) continue;
        td_writer_printf(writer, "<circle cx=\"%.2f\" cy=\"%.2f\" r=\"3\" fill=\"%s\"/>\n",
                         to_x(x, series->x[i]), to_y(y, series->y[i]), colour);
    }
}

/* The band of a series: along its upper edge and back along the lower one. */
static void put_band(td_writer *writer, td_axis x, td_axis y, const td_series *series,
                     const char *colour) {
    if (series->low == NULL || series->high == NULL) return;
    td_writer_printf(writer, "<path fill=\"%s\" fill-opacity=\"0.15\" d=\"",
                     series->is_reference ? "#888" : colour);
    char move = 'M';
    for (uint64_t i = 0; i < 2 * series->n; i++) {
        uint64_t at = i < series->n ? i : 2 * series->n - 1 - i;
        double edge = i < series->n ? series->high[at] : series->low[at];
        if (!isfinite(series->x[at]) || !isfinite(edge)) continue;
        td_writer_printf(writer, "%c%.2f %.2f", move, to_x(x, series->x[at]), to_y(y, edge));
        move = 'L';
    }
    td_writer_text(writer, "\"/>\n");
}

/* One entry of the legend at x; returns where the next one starts. */
static double put_legend(td_writer *writer, double x, const td_series *series, const char *colour) {
    td_writer_printf(writer,
                     "<line x1=\"%.2f\" y1=\"36\" x2=\"%.2f\" y2=\"36\" stroke=\"%s\" "
                     "stroke-width=\"2\"%s/>\n",
                     x, x + 22, series->is_reference ? "#888" : colour,
                     series->is_reference ? " stroke-dasharray=\"5 4\"" : "");
    put_label(writer, x + 28, 40, "start", series->name);
    return x + 28 + GLYPH * (double)strlen(series->name) + 14;
}

void td_figure_lines(td_writer *writer, const char *title, td_axis x, td_axis y,
                     const td_series *series, uint32_t n_series) {
    open_svg(writer, title, HEIGHT);
    put_x_axis(writer, x);
    put_y_axis(writer, y);
    uint32_t n_coloured = 0;
    double legend_x = LEFT;
    for (uint32_t i = 0; i < n_series; i++) {
        const char *colour = palette[n_coloured % N_COLOURS];
        if (!series[i].is_reference) n_coloured++;
        put_band(writer, x, y, &series[i], colour);
        put_path(writer, x, y, &series[i], colour);
        if (series[i].name != NULL) legend_x = put_legend(writer, legend_x, &series[i], colour);
    }
    td_writer_text(writer, "</svg>\n");
}

/* Length of the longest bar; 1 where all are 0, which then have no length. */
static double greatest(const td_bar *bars, uint32_t n) {
    double most = 0;
    for (uint32_t i = 0; i < n; i++) {
        if (isfinite(bars[i].value) && bars[i].value > most) most = bars[i].value;
    }
    return most > 0 ? most : 1;
}

/* Horizontal because labels are names: LABELS pixels for them, VALUES for number and note. */
void td_figure_bars(td_writer *writer, const char *title, td_number_style style, const td_bar *bars,
                    uint32_t n_bars) {
    enum { LABELS = 220, VALUES = 170 };
    double most = greatest(bars, n_bars);
    open_svg(writer, title, BARS_TOP + BAR_STEP * (int)n_bars + 8);
    for (uint32_t i = 0; i < n_bars; i++) {
        double y = BARS_TOP + BAR_STEP * (double)i;
        double share = isfinite(bars[i].value) ? bars[i].value / most : 0;
        double width = (WIDTH - LABELS - VALUES) * share;
        char text[40];
        td_number_format(text, bars[i].value, style);
        put_label(writer, LABELS - 8, y + 15, "end", bars[i].label);
        td_writer_printf(writer,
                         "<rect x=\"%d\" y=\"%.2f\" width=\"%.2f\" height=\"%d\" fill=\"%s\"/>\n",
                         LABELS, y + 2, width, BAR_STEP - 7, palette[0]);
        td_writer_printf(writer, "<text x=\"%.2f\" y=\"%.2f\">", LABELS + width + 6, y + 15);
        td_xml_text(writer, text);
        if (bars[i].note != NULL) {
            td_writer_text(writer, "  ");
            td_xml_text(writer, bars[i].note);
        }
        td_writer_text(writer, "</text>\n");
    }
    td_writer_text(writer, "</svg>\n");
}

/* Each column carries its label and value as a tooltip; below, labels are thinned so that they do
 * not overlap. */
/* Every how manyth column is labelled, so that the longest label has room, and a gap behind it. */
static uint32_t label_stride(const td_bar *columns, uint32_t n_columns, double step) {
    uint64_t longest = 0;
    for (uint32_t i = 0; i < n_columns; i++) {
        uint64_t length = strlen(columns[i].label);
        if (length > longest) longest = length;
    }
    return (uint32_t)fmax(1.0, ceil(GLYPH * (double)(longest + 1) / step));
}

void td_figure_columns(td_writer *writer, const char *title, td_axis y, const td_bar *columns,
                       uint32_t n_columns) {
    open_svg(writer, title, HEIGHT);
    put_y_axis(writer, y);
    double step = (WIDTH - LEFT - RIGHT) / (double)(n_columns > 0 ? n_columns : 1);
    uint32_t every = label_stride(columns, n_columns, step);
    for (uint32_t i = 0; i < n_columns; i++) {
        double x = LEFT + step * (double)i;
        double value = isfinite(columns[i].value) ? columns[i].value : y.low;
        td_writer_printf(
            writer,
            "<rect x=\"%.2f\" y=\"%.2f\" width=\"%.2f\" height=\"%.2f\" fill=\"%s\"><title>",
            x + 0.1 * step, to_y(y, value), 0.8 * step, to_y(y, y.low) - to_y(y, value),
            palette[0]);
        td_xml_text(writer, columns[i].label);
        char text[40];
        td_number_format(text, columns[i].value, y.style);
        td_writer_printf(writer, ": %s</title></rect>\n", text);
        if (i % every != 0) continue;
        put_label(writer, x + step / 2, HEIGHT - BOTTOM + 16, "middle", columns[i].label);
    }
    td_writer_text(writer, "</svg>\n");
}

void td_figure_whiskers(td_writer *writer, const char *title, td_axis y, const td_whisker *whiskers,
                        uint32_t n_whiskers, double reference) {
    open_svg(writer, title, HEIGHT);
    put_y_axis(writer, y);
    double step = (WIDTH - LEFT - RIGHT) / (double)(n_whiskers > 0 ? n_whiskers : 1);
    if (isfinite(reference))
        td_writer_printf(writer,
                         "<line x1=\"%d\" y1=\"%.2f\" x2=\"%d\" y2=\"%.2f\" stroke=\"#888\" "
                         "stroke-dasharray=\"5 4\"/>\n",
                         LEFT, to_y(y, reference), WIDTH - RIGHT, to_y(y, reference));
    for (uint32_t i = 0; i < n_whiskers; i++) {
        double x = LEFT + step * ((double)i + 0.5);
        if (isfinite(whiskers[i].low) && isfinite(whiskers[i].high))
            td_writer_printf(writer,
                             "<line x1=\"%.2f\" y1=\"%.2f\" x2=\"%.2f\" y2=\"%.2f\" "
                             "stroke=\"%s\" stroke-width=\"2\"/>\n",
                             x, to_y(y, whiskers[i].low), x, to_y(y, whiskers[i].high), palette[0]);
        if (isfinite(whiskers[i].value))
            td_writer_printf(writer, "<circle cx=\"%.2f\" cy=\"%.2f\" r=\"4\" fill=\"%s\"/>\n", x,
                             to_y(y, whiskers[i].value), palette[0]);
        put_label(writer, x, HEIGHT - BOTTOM + 16, "middle", whiskers[i].label);
    }
    td_writer_text(writer, "</svg>\n");
}
