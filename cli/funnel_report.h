/* cli/funnel_report.h: how many sessions got how far, as text and as JSON. */
#ifndef TD_CLI_FUNNEL_REPORT_H
#define TD_CLI_FUNNEL_REPORT_H

#include "core/funnel.h"
#include "core/kpi.h"
#include "io/json_write.h"

typedef struct td_funnel_counts {
    uint64_t n_of_stage[TD_N_KINDS];       /* sessions whose furthest stage this is */
    uint64_t n_of_flag[TD_N_FUNNEL_FLAGS]; /* sessions with the flag */
} td_funnel_counts;

/* Add the column sums of a funnel table. O(sessions). */
void td_funnel_counts_add(td_funnel_counts *counts, const td_funnel *funnel);

/* The keys "stages" and "flags" of the open JSON object. */
void td_funnel_counts_json(td_json *json, const td_funnel_counts *counts);

/* Stages, conversions, waiting times and flags on stdout; `total` is of the same n_sessions. */
void td_funnel_counts_print(const td_funnel_counts *counts, uint64_t n_sessions,
                            const td_kpi_row *total);

#endif
