/* cli/load_report.h: the result of `tundish load`, shown. */
#ifndef TD_CLI_LOAD_REPORT_H
#define TD_CLI_LOAD_REPORT_H

#include "cli/load_known.h"
#include "cli/shop.h"

typedef struct td_load_report {
    const td_shop *shop; /* borrowed, with its catalog */
    double events_s;     /* seconds of reading, cleaning, sorting events.csv */
    double catalog_s;    /* of the other files */
    uint64_t bytes;      /* of events.csv, inflated; 0 = a snapshot */
    td_known known;
} td_load_report;

/* ctx is a td_load_report; keys as listed in cmd_load.c. */
void td_load_json(td_json *json, const void *ctx);

/* The table of files, span, counts and the speed of each stage, on stdout. */
void td_load_print(const td_load_report *report);

#endif
