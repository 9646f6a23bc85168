/* cli/kpi_groups.h: key figures by the word of --by. */
#ifndef TD_CLI_KPI_GROUPS_H
#define TD_CLI_KPI_GROUPS_H

#include "cli/kpi_report.h"
#include "cli/shop.h"
#include "core/kpi.h"

/* `groups` points at rows of the other two; zeroed = no groups. */
typedef struct td_kpi_grouping {
    td_kpi_groups groups;
    td_kpis calendar;     /* day, hour, weekday */
    td_kpi_row *category; /* [catalog categories + 1], the last = unknown */
} td_kpi_grouping;

/* by: "category", whose shop has read its catalog, or a name of td_kpi_calendar. *out* starts
 * zeroed and is *owned*, also when this fails. O(events). */
td_status td_kpi_grouping_build(td_kpi_grouping *out, const char *by, const td_shop *shop,
                                const td_kpi_input *input, const td_exec *exec,
                                td_error *err) TD_MUST_USE;
void td_kpi_grouping_free(td_kpi_grouping *grouping);

#endif
