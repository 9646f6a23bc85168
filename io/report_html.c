/* io/report_html.c: the page's skeleton and style sheet; content comes from the caller in reading
 * order.
 *
 *     td_page_open, then sections of cards, banner, paragraphs, tables and figures, td_page_close
 *
 *   1. One file and no script: style sheet and figures stand in the page, so that it can be mailed
 *      alone and opens without a network.
 *   2. Texts are escaped here; callers hand over plain text. Figures write their own SVG.
 *   3. Colours follow the reader's light or dark setting (color-scheme, currentColor).
 *
 * Errors stay in the writer until its commit. Not here: what a page says (cli/run_report.c,
 * cli/eda_page.c). */
#include "io/report_html.h"

#include <stddef.h>

#include "io/figure.h"

static const char style_sheet[] =
    ":root{color-scheme:light dark;--line:#8884;--soft:#8881;--accent:#0072B2}"
    "body{font:15px/1.5 system-ui,sans-serif;max-width:1080px;margin:2rem auto;padding:0 1rem}"
    "h1{font-size:1.6rem;margin-bottom:.2rem}h2{margin-top:2.2rem;border-bottom:1px solid "
    "var(--line)}"
    "table{border-collapse:collapse;margin:1rem 0;font-variant-numeric:tabular-nums}"
    "th,td{padding:.25rem .7rem;text-align:right;border-bottom:1px solid var(--line)}"
    "th:first-child,td:first-child{text-align:left}th{font-weight:600}"
    ".cards{display:flex;flex-wrap:wrap;gap:.8rem;margin:1rem 0}"
    ".card{background:var(--soft);border-radius:8px;padding:.6rem 1rem;min-width:7rem}"
    ".card b{display:block;font-size:1.35rem}.card span{opacity:.75;font-size:.85rem}"
    ".banner{border-left:4px solid #D55E00;background:var(--soft);padding:.6rem 1rem}"
    ".figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(440px,1fr));gap:1rem}"
    "figure{margin:1rem "
    "0;max-width:760px}figcaption{opacity:.75;font-size:.85rem}svg{max-width:100%;height:auto}"
    "code{font-size:.85em;overflow-wrap:anywhere}@media print{body{max-width:none}}";

void td_page_open(td_writer *writer, const char *title) {
    td_writer_text(writer,
                   "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                   "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
                   "<link rel=\"icon\" href=\"data:,\">\n<title>");
    td_xml_text(writer, title);
    td_writer_text(writer, "</title>\n<style>");
    td_writer_text(writer, style_sheet);
    td_writer_text(writer, "</style>\n</head>\n<body>\n<h1>");
    td_xml_text(writer, title);
    td_writer_text(writer, "</h1>\n");
}

void td_page_close(td_writer *writer) { td_writer_text(writer, "</body>\n</html>\n"); }

void td_page_section(td_writer *writer, const char *anchor, const char *heading) {
    td_writer_text(writer, "<h2 id=\"");
    td_xml_text(writer, anchor);
    td_writer_text(writer, "\">");
    td_xml_text(writer, heading);
    td_writer_text(writer, "</h2>\n");
}

static void element(td_writer *writer, const char *open, const char *text, const char *close) {
    td_writer_text(writer, open);
    td_xml_text(writer, text);
    td_writer_text(writer, close);
}

void td_page_paragraph(td_writer *writer, const char *text) {
    element(writer, "<p>", text, "</p>\n");
}

void td_page_banner(td_writer *writer, const char *text) {
    element(writer, "<p class=\"banner\">", text, "</p>\n");
}

void td_page_cards(td_writer *writer, const char *const *names, const char *const *values,
                   uint32_t n) {
    td_writer_text(writer, "<div class=\"cards\">\n");
    for (uint32_t i = 0; i < n; i++) {
        element(writer, "<div class=\"card\"><b>", values[i], "</b>");
        element(writer, "<span>", names[i], "</span></div>\n");
    }
    td_writer_text(writer, "</div>\n");
}

void td_page_table_open(td_writer *writer, const char *const *headers, uint32_t n) {
    td_writer_text(writer, "<table>\n<thead><tr>");
    for (uint32_t i = 0; i < n; i++) element(writer, "<th>", headers[i], "</th>");
    td_writer_text(writer, "</tr></thead>\n<tbody>\n");
}

void td_page_row(td_writer *writer, const char *const *cells, uint32_t n) {
    td_writer_text(writer, "<tr>");
    for (uint32_t i = 0; i < n; i++) element(writer, "<td>", cells[i], "</td>");
    td_writer_text(writer, "</tr>\n");
}

void td_page_table_close(td_writer *writer) { td_writer_text(writer, "</tbody>\n</table>\n"); }

void td_page_figure_open(td_writer *writer) { td_writer_text(writer, "<figure>\n"); }

void td_page_figure_close(td_writer *writer, const char *caption) {
    if (caption != NULL) element(writer, "<figcaption>", caption, "</figcaption>");
    td_writer_text(writer, "</figure>\n");
}
