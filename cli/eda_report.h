/* cli/eda_report.h: a first look at a shop as text, as JSON and as a page. */
#ifndef TD_CLI_EDA_REPORT_H
#define TD_CLI_EDA_REPORT_H

#include "cli/report_text.h"
#include "cli/shop.h"
#include "core/eda.h"
#include "core/kpi.h"

/* Events of one hour, weekday or day of their own time (a session's may reach into the next). */
typedef struct td_eda_clock {
    uint64_t hour[24][TD_N_KINDS];
    uint64_t weekday[7][TD_N_KINDS];
} td_eda_clock;

/* Key figures by top-level category, most sessions first. */
typedef struct td_eda_categories {
    uint32_t n;
    int64_t *id;            /* [n] -1 = unknown */
    const td_kpi_row **row; /* [n] into `all` */
    td_kpi_row *all;        /* owned */
} td_eda_categories;

/* Everything that is reported; the shop is borrowed. */
typedef struct td_eda_look {
    const td_shop *shop;
    td_kpis kpis;
    td_eda eda;
    td_eda_clock clock;
    td_eda_categories categories; /* none without a catalog */
} td_eda_look;

/* JSON: counts, excluded, span, kpis, durations, hours, weekdays, days, categories, spreads,
 * visitors, items, coverage. */
void td_eda_json(td_json *json, const td_eda_look *look);

void td_eda_print(const td_eda_look *look);

/* One HTML page with figures. Errors are kept by the writer. */
void td_eda_page(td_writer *writer, const td_eda_look *look);

#endif
