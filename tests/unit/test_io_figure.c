/* tests/unit/test_io_figure.c: numbers as people read them, and charts that hold what they should.
 */
#include "io/figure.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "io/report_html.h"

static void check_number(double value, td_number_style style, const char *expected) {
    char out[40];
    td_number_format(out, value, style);
    cr_assert_str_eq(out, expected, "%s, expected %s", out, expected);
}

Test(io_figure, numbers_read_as_people_write_them) {
    check_number(1234567, TD_STYLE_COUNT, "1,234,567");
    check_number(-1000, TD_STYLE_COUNT, "-1,000");
    check_number(999, TD_STYLE_COUNT, "999");
    check_number(0.00642, TD_STYLE_PERCENT, "0.64 %");
    check_number(0.5, TD_STYLE_PERCENT, "50.0 %");
    check_number(0.123456, TD_STYLE_PLAIN, "0.1235");
    check_number(NAN, TD_STYLE_COUNT, "n/a");
}

/* What `draw` writes, read back from a scratch file. */
static uint64_t drawn(char *out, uint64_t size, void (*draw)(td_writer *)) {
    char path[] = "/tmp/td_figure_XXXXXX";
    close(mkstemp(path));
    td_writer *writer = NULL;
    td_error err;
    cr_assert_eq(td_writer_open(&writer, path, &err), TD_OK);
    draw(writer);
    cr_assert_eq(td_writer_commit(writer, &err), TD_OK);
    FILE *file = fopen(path, "r");
    uint64_t n = fread(out, 1, size - 1, file);
    out[n] = '\0';
    fclose(file);
    unlink(path);
    return n;
}

static void draw_lines(td_writer *writer) {
    static const double x[] = {0, 0.5, NAN, 0.75, 1};
    static const double y[] = {0, 0.8, 0.9, 0.95, 1};
    td_series series = {.name = "a < b", .x = x, .y = y, .n = 5};
    td_axis axis = {.label = "share", .low = 0, .high = 1, .style = TD_STYLE_PERCENT};
    td_figure_lines(writer, "ROC", axis, axis, &series, 1);
}

Test(io_figure, a_gap_in_the_data_is_a_gap_in_the_line_and_text_is_escaped) {
    static char text[20000];
    drawn(text, sizeof text, draw_lines);
    const char *path = strstr(text, "d=\"M64.00 352.00L342.00 112.00M");
    cr_assert_not_null(path, "%s", text);
    cr_assert_not_null(strstr(text, "a &lt; b"));
    cr_assert_null(strstr(text, "nan"));
}

static void draw_bars(td_writer *writer) {
    td_bar bars[] = {{"view", 100, NULL}, {"cart", 25, "25 %"}, {"none", NAN, NULL}};
    td_figure_bars(writer, "funnel", TD_STYLE_COUNT, bars, 3);
}

Test(io_figure, bars_are_proportional_to_their_values) {
    static char text[20000];
    drawn(text, sizeof text, draw_bars);
    cr_assert_not_null(strstr(text, "width=\"250.00\""), "%s", text);
    cr_assert_not_null(strstr(text, "width=\"62.50\""));
    cr_assert_not_null(strstr(text, "width=\"0.00\""));
}

static void draw_page(td_writer *writer) {
    td_page_open(writer, "a & b");
    td_page_section(writer, "s", "heading");
    const char *cells[] = {"x", "<1>"};
    td_page_table_open(writer, cells, 2);
    td_page_row(writer, cells, 2);
    td_page_table_close(writer);
    td_page_close(writer);
}

static void draw_columns(td_writer *writer) {
    static const char *const label[] = {"0",     "0.0001", "0.0002", "0.0005", "0.001",
                                        "0.002", "0.005",  "0.01",   "0.02",   "0.05",
                                        "0.1",   "0.2",    "0.5"};
    td_bar bars[13];
    for (int i = 0; i < 13; i++) bars[i] = (td_bar){.label = label[i], .value = 0.5};
    td_axis y = {.low = 0, .high = 1, .style = TD_STYLE_PERCENT};
    td_figure_columns(writer, "scores", y, bars, 13);
    td_figure_columns(writer, "few", y, bars, 3);
}

/* 13 columns of 42.8 pixels: six glyphs of 7 and a gap need two columns. */
Test(io_figure, labels_of_columns_do_not_run_into_each_other) {
    char out[32768];
    drawn(out, sizeof out, draw_columns);
    char *few = strstr(out, ">few<");
    cr_assert_not_null(few);
    cr_assert_not_null(strstr(few, ">0.0001</text>"));
    *few = '\0';
    cr_assert_not_null(strstr(out, ">0.0002</text>"));
    cr_assert_not_null(strstr(out, ">0.5</text>"));
    cr_assert_null(strstr(out, ">0.0001</text>"));
    cr_assert_null(strstr(out, ">0.0005</text>"));
    cr_assert_not_null(strstr(out, "0.0005: 50.0 %</title>")); /* the tooltip stays */
}

Test(io_report_html, a_page_is_whole_and_escaped) {
    static char text[20000];
    uint64_t n = drawn(text, sizeof text, draw_page);
    cr_assert_not_null(strstr(text, "<h1>a &amp; b</h1>"));
    cr_assert_not_null(strstr(text, "<td>&lt;1&gt;</td>"));
    cr_assert_str_eq(text + n - 8, "</html>\n");
}

/* x from 64 to 620, y from 352 (0) up to 52 (1): the band goes along its upper edge and back. */
static void draw_band(td_writer *writer) {
    static const double x[] = {0, 1}, y[] = {0, 1}, low[] = {0, 0.5}, high[] = {0, 1};
    td_series series = {.x = x, .y = y, .n = 2, .low = low, .high = high};
    td_axis axis = {.low = 0, .high = 1};
    td_figure_lines(writer, "band", axis, axis, &series, 1);
}

Test(io_figure, a_band_is_closed_along_its_lower_edge) {
    static char text[20000];
    drawn(text, sizeof text, draw_band);
    cr_assert_not_null(
        strstr(text, "fill-opacity=\"0.15\" d=\"M64.00 352.00L620.00 52.00L620.00 202.00L64.00 "
                     "352.00\"/>"),
        "%s", text);
}

static void draw_whiskers(td_writer *writer) {
    static const td_whisker whiskers[] = {{"a", 0.5, 0.25, 0.75}, {"b", NAN, NAN, NAN}};
    td_axis axis = {.low = 0, .high = 1};
    td_figure_whiskers(writer, "effects", axis, whiskers, 2, 0.5);
}

Test(io_figure, whiskers_stand_at_their_values_and_what_is_missing_is_left_out) {
    static char text[20000];
    drawn(text, sizeof text, draw_whiskers);
    cr_assert_not_null(strstr(text, "x1=\"203.00\" y1=\"277.00\" x2=\"203.00\" y2=\"127.00\""));
    cr_assert_not_null(strstr(text, "<circle cx=\"203.00\" cy=\"202.00\""));
    cr_assert_not_null(strstr(text, "stroke-dasharray=\"5 4\""));
    cr_assert_null(strstr(text, "nan"));
}
