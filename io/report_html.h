/* io/report_html.h: one self-contained HTML page: headings, paragraphs, tables, inline SVG. No
 * script, nothing loaded from anywhere, readable on paper and on a dark screen.
 *
 *     td_page_open(writer, "title");
 *     td_page_section(writer, "funnel", "The funnel");
 *     td_page_table_open(writer, headers, 3);
 *     td_page_row(writer, cells, 3);
 *     td_page_table_close(writer);
 *     td_page_close(writer);
 *
 * Errors are kept by the writer and come out at its commit. */
#ifndef TD_IO_REPORT_HTML_H
#define TD_IO_REPORT_HTML_H

#include <stdint.h>

#include "io/file.h"

void td_page_open(td_writer *writer, const char *title);
void td_page_close(td_writer *writer);

/* A second-level heading with an anchor; sections follow each other. */
void td_page_section(td_writer *writer, const char *anchor, const char *heading);

/* Paragraphs: plain, and a highlighted one for warnings. Text is escaped. */
void td_page_paragraph(td_writer *writer, const char *text);
void td_page_banner(td_writer *writer, const char *text);

/* Big numbers in a row: value above, name below. */
void td_page_cards(td_writer *writer, const char *const *names, const char *const *values,
                   uint32_t n);

/* Tables: the first column is left-aligned, the others right-aligned. Cells are escaped. */
void td_page_table_open(td_writer *writer, const char *const *headers, uint32_t n);
void td_page_row(td_writer *writer, const char *const *cells, uint32_t n);
void td_page_table_close(td_writer *writer);

/* Around an inline SVG written by io/figure. */
void td_page_figure_open(td_writer *writer);
void td_page_figure_close(td_writer *writer, const char *caption);

#endif
