/* cli/uplift_report.h: an assessment of rankings by uplift as JSON and for people. */
#ifndef TD_CLI_UPLIFT_REPORT_H
#define TD_CLI_UPLIFT_REPORT_H

#include "cli/report_text.h"
#include "stats/uplift_assessment.h"

typedef struct td_uplift_report {
    const td_uplift_assessment *assessment;
    const char *const *name; /* [n_scores] of the score columns */
    const char *outcome;     /* column */
    const char *cluster;     /* column, NULL = none */
    uint64_t n_left_out;     /* rows of other arms */
} td_uplift_report;

/* Keys into the open object: rows, treated, control, ..., qini, qini_rows_needed, auuc, uplift_at,
 * deciles, curve, balance of the first score; scores [the same of each]; comparisons. */
void td_json_uplift_report(td_json *json, const td_uplift_report *report);

/* The same for people, on stdout. */
void td_print_uplift_report(const td_uplift_report *report);

/* Rows at which the Qini (area per row) of score s would be told from 0 at the assessment's level
 * with a power of 0.8; no value without a bootstrap (td_effect_rows_needed). */
td_metric td_uplift_qini_rows_needed(const td_uplift_assessment *assessment, uint32_t s);

/* 1 when the ranking of score s is better than a random one beyond chance: its Qini lies above the
 * noise floor and, where a bootstrap was made, so does its interval above 0. -1: worse, alike. */
int td_uplift_standing(const td_uplift_assessment *assessment, uint32_t s);

#endif
