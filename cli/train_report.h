/* cli/train_report.h: what `tundish train` has to say about a training. */
#ifndef TD_CLI_TRAIN_REPORT_H
#define TD_CLI_TRAIN_REPORT_H

#include "cli/train_run.h"
#include "io/json_write.h"

typedef struct td_train_report {
    const td_train_run *run;
    const td_train_args *args;
    int threads;
} td_train_report;

/* A td_json_fill_fn; ctx is a td_train_report. Keys: cmd_train.c. */
void td_train_fill_json(td_json *json, const void *ctx);

/* The same for a person, on stdout. */
void td_train_print(const td_train_report *report);

#endif
