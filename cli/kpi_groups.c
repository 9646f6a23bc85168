/* cli/kpi_groups.c: `kpi --by`: one row of key figures a day, hour, weekday or category.
 *
 *   1. core/kpi counts the groups: by calendar all three at once, by category from the catalog.
 *   2. Each group that is shown gets a text (2015-06-01, 13, monday, 1482) and a pointer to its
 *      row. Rows are not copied: they are hundreds of bytes each.
 *
 * Of the categories only those with a session become a line; sessions whose first item has no known
 * category as of its event stand under "unknown", so that the sessions of all lines add up to the
 * total. Visitors and orders need not: see cmd_kpi.c. */
#include "cli/kpi_groups.h"

#include <stdio.h>
#include <string.h>

#include "core/base/mem.h"

void td_kpi_grouping_free(td_kpi_grouping *grouping) {
    td_kpis_free(&grouping->calendar);
    td_mem_free(grouping->category);
    td_mem_free(grouping->groups.label);
    td_mem_free(grouping->groups.row);
    *grouping = (td_kpi_grouping){0};
}

/* Room for n groups; n itself stays 0 until they are filled. */
static td_status alloc_groups(td_kpi_groups *groups, const char *heading, uint32_t n,
                              td_error *err) {
    groups->heading = heading;
    TD_NEW(groups->label, n, err);
    TD_NEW(groups->row, n, err);
    return TD_OK;
}

/* The word of --by is a name of td_kpi_calendar: the table of options has checked that. */
static td_status group_by_calendar(td_kpi_grouping *r, const char *by, const td_kpi_input *input,
                                   const td_exec *exec, td_error *err) {
    int calendar = 0;
    while (strcmp(td_kpi_calendar_name((td_kpi_calendar)calendar), by) != 0) calendar++;
    TD_TRY(td_kpis_build(&r->calendar, input, exec, err));
    const td_kpi_breakdown *rows = &r->calendar.by[calendar];
    TD_TRY(alloc_groups(&r->groups, by, rows->n, err));
    for (uint32_t g = 0; g < rows->n; g++) {
        td_kpi_label_text(r->groups.label[g], (td_kpi_calendar)calendar, rows->label[g]);
        r->groups.row[g] = &rows->row[g];
    }
    r->groups.n = rows->n;
    return TD_OK;
}

/* Only categories with a session become a line: the catalog knows many that nobody visited. */
static td_status group_by_category(td_kpi_grouping *r, const td_shop *shop,
                                   const td_kpi_input *input, const td_exec *exec, td_error *err) {
    const td_iddict *ids = &shop->catalog.categories;
    TD_TRY(td_shop_count_categories(&r->category, shop, input, exec, err));
    TD_TRY(alloc_groups(&r->groups, "category", ids->n + 1, err));
    for (uint32_t c = 0; c <= ids->n; c++) {
        if (r->category[c].kpi[TD_KPI_SESSIONS].numerator == 0) continue;
        uint32_t g = r->groups.n++;
        r->groups.row[g] = &r->category[c];
        if (c == ids->n) {
            snprintf(r->groups.label[g], sizeof r->groups.label[g], "unknown");
        } else {
            snprintf(r->groups.label[g], sizeof r->groups.label[g], "%lld", (long long)ids->id[c]);
        }
    }
    return TD_OK;
}

td_status td_kpi_grouping_build(td_kpi_grouping *out, const char *by, const td_shop *shop,
                                const td_kpi_input *input, const td_exec *exec, td_error *err) {
    return strcmp(by, "category") == 0 ? group_by_category(out, shop, input, exec, err)
                                       : group_by_calendar(out, by, input, exec, err);
}
