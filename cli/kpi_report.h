/* cli/kpi_report.h: key figures as text and as JSON, for the commands that show them. */
#ifndef TD_CLI_KPI_REPORT_H
#define TD_CLI_KPI_REPORT_H

#include "cli/report_text.h"
#include "cli/shop.h"
#include "core/kpi.h"

/* Groups of sessions with a text for each label; `heading` names the first column. */
typedef struct td_kpi_groups {
    const char *heading; /* "day", "category", ... */
    uint32_t n;
    char (*label)[24];      /* [n] */
    const td_kpi_row **row; /* [n] borrowed */
} td_kpi_groups;

/* Seconds of the stages of `kpi`, and the size of events.csv for the rates. */
typedef enum td_kpi_stage {
    TD_STAGE_READ, /* map, parse, clean, sort, code; of a snapshot: map, verify */
    TD_STAGE_CATALOG,
    TD_STAGE_SESSIONS, /* cut sessions, funnel rows */
    TD_STAGE_FIGURES,
    TD_N_KPI_STAGES
} td_kpi_stage;

typedef struct td_kpi_stages {
    double clock; /* start of the running stage */
    double seconds[TD_N_KPI_STAGES];
    uint64_t bytes; /* of events.csv, 0 = it was not read */
} td_kpi_stages;

/* Close the running stage under this name. */
void td_kpi_stage_done(td_kpi_stages *stages, td_kpi_stage stage);

/* JSON "timings": {read, catalog, sessions, figures: seconds, and their megabytes of events.csv a
 * second as <name>_mb_per_s}. */
void td_kpi_json_stages(td_json *json, const td_kpi_stages *stages);

/* JSON "counts": {rows_read, ..., orders}; `total` belongs to the shop's log. */
void td_kpi_json_counts(td_json *json, const td_shop *shop, const td_kpi_row *total);

/* JSON "kpis": {name: {numerator, denominator, value}}, and "durations" in milliseconds:
 * {name: {n, p10, p25, p50, p75, p90}}. An undefined value is null. */
void td_kpi_json_row(td_json *json, const td_kpi_row *row);

/* JSON "by": {"grouping": heading, "groups": [{label, kpis, durations}]}. */
void td_kpi_json_groups(td_json *json, const td_kpi_groups *groups);

/* Text: rows read and excluded in one line; counts and ratios; waiting times; a blank line and one
 * line a group. */
void td_kpi_print_rows_read(const td_shop *shop);
void td_kpi_print_row(const td_kpi_row *row);
void td_kpi_print_durations(const td_kpi_row *row);
void td_kpi_print_groups(const td_kpi_groups *groups);

#endif
