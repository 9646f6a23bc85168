/* cli/uplift_fit_report.h: what `tundish uplift fit` tells about a fit. */
#ifndef TD_CLI_UPLIFT_FIT_REPORT_H
#define TD_CLI_UPLIFT_FIT_REPORT_H

#include "cli/report_text.h"
#include "cli/uplift_table.h"

/* A fit with its table, all borrowed. */
typedef struct td_uplift_fit_report {
    const char *learner;
    const char *path; /* of the model file */
    const td_uplift_table *table;
    const td_uplift_model *model;
    const td_uplift_pair_report *pair; /* [n_arms - 1] */
    double load_s, fit_s, wall_s;
    int threads;
} td_uplift_fit_report;

/* A td_json_fill_fn on a td_uplift_fit_report: keys as cmd_uplift_fit.c lists them. */
void td_uplift_fit_json(td_json *json, const void *fit);

/* The table of arms, to stdout. */
void td_uplift_fit_print(const td_uplift_fit_report *fit);

#endif
