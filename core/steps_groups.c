/* core/steps_groups.c: counts and waiting times of the walks.
 *
 * Problem: the table of walks has a level, three events and the times of a path per unit (visitor
 * or session). Wanted: units by level in groups that mean something to a shop, and waiting times
 * that can be handed to an estimator of survival.
 *
 *   1. groups: each unit takes the label of one of its events (hour, weekday, day, kind of the
 *      event, top-level category of its item). A unit is in one group only, so groups add up to
 *      the units that are in one;
 *   2. labels are sorted and counted: reached[i] = units of the group with level > i;
 *   3. waiting for step b since step a, of the units that made a at time t_a:
 *
 *          made b       t_b - t_a                                  converted
 *          otherwise    min(t_1 + window, end of the log) - t_a    still waiting
 *
 *      A session that is over waits on: that it will not convert any more is known only because it
 *      is over, and the share asked for is one of all that made a.
 *
 * Cost: O(units) and a radix sort of (label, level) pairs. */
#include "core/steps_groups.h"

#include "core/base/mem.h"
#include "core/base/radix.h"

static const int64_t HOUR_MS = INT64_C(3600000);
static const int64_t DAY_MS = INT64_C(86400000);
static const int64_t THURSDAY = 3; /* 1970-01-01, when Monday is 0 */

const char *td_steps_by_name(td_steps_by by) {
    static const char *const name[TD_N_STEPS_BY] = {"nothing", "hour",     "weekday",
                                                    "day",     "category", "kind"};
    return name[by];
}

const char *td_step_touch_name(td_step_touch touch) {
    static const char *const name[TD_N_TOUCHES] = {"entry", "first", "last"};
    return name[touch];
}

void td_step_breakdown_free(td_step_breakdown *breakdown) {
    td_mem_free(breakdown->group);
    *breakdown = (td_step_breakdown){0};
}

void td_step_waits_free(td_step_waits *waits) {
    td_mem_free(waits->time);
    td_mem_free(waits->is_event);
    *waits = (td_step_waits){0};
}

typedef struct labels {
    const td_step_table *table;
    const td_events *events;
    const td_catalog *catalog;
    td_steps_by by;
    td_step_touch touch;
} labels;

/* The top-level category as of the event, not as of today. */
static int64_t category_of(const labels *l, uint32_t e) {
    const td_catalog *catalog = l->catalog;
    uint32_t c = td_catalog_category(catalog, l->events->item[e], l->events->timestamp[e]);
    return c == TD_CODE_NONE ? -1 : catalog->categories.id[catalog->root[c]];
}

/* Step 1. */
static int64_t label_of(const labels *l, uint64_t u) {
    const td_step_table *table = l->table;
    uint32_t e = l->touch == TD_TOUCH_FIRST   ? table->first[u]
                 : l->touch == TD_TOUCH_ENTRY ? table->entry[u]
                                              : table->last[u];
    int64_t t = l->events->timestamp[e];
    switch (l->by) {
    case TD_STEPS_BY_HOUR:
        return t / HOUR_MS % 24;
    case TD_STEPS_BY_WEEKDAY:
        return (t / DAY_MS + THURSDAY) % 7;
    case TD_STEPS_BY_DAY:
        return t / DAY_MS;
    case TD_STEPS_BY_CATEGORY:
        return category_of(l, e);
    case TD_STEPS_BY_KIND:
        return l->events->kind[e];
    default:
        return 0;
    }
}

/* A unit that never entered has no entry to be grouped by. */
static int is_grouped(const labels *l, uint64_t u) {
    return l->by == TD_STEPS_BY_NOTHING || l->touch == TD_TOUCH_FIRST || l->table->level[u] > 0;
}

/* Step 2: rows by label; -1 comes first, as it should. */
static uint64_t list_rows(td_keyed *row, const labels *l) {
    uint64_t n = 0;
    for (uint64_t u = 0; u < l->table->n; u++) {
        if (!is_grouped(l, u)) continue;
        row[n++] = (td_keyed){.key = (uint64_t)(label_of(l, u) + 1), .value = l->table->level[u]};
    }
    return n;
}

/* Equal labels stand together. */
static td_status count_rows(td_step_breakdown *out, const td_keyed *row, uint64_t n,
                            uint32_t n_steps, td_error *err) {
    uint64_t n_groups = 0;
    for (uint64_t i = 0; i < n; i++) n_groups += i == 0 || row[i].key != row[i - 1].key;
    TD_NEW_ZEROED(out->group, n_groups, err);
    for (uint64_t i = 0; i < n; i++) {
        if (i == 0 || row[i].key != row[i - 1].key) {
            out->group[out->n++].label = (int64_t)row[i].key - 1;
        }
        td_step_group *group = &out->group[out->n - 1];
        group->n_units++;
        for (uint32_t step = 0; step < n_steps; step++) group->reached[step] += row[i].value > step;
    }
    return TD_OK;
}

td_status td_step_breakdown_build(td_step_breakdown *out, const td_step_table *table,
                                  td_step_grouping grouping, const td_events *events,
                                  const td_catalog *catalog, td_error *err) {
    *out = (td_step_breakdown){0};
    TD_CHECK(grouping.by != TD_STEPS_BY_CATEGORY || catalog != NULL, err, TD_ERR_ARG,
             "groups by category need a catalog");
    labels l = {table, events, catalog, grouping.by, grouping.touch};
    td_keyed *row;
    TD_NEW(row, table->n, err);
    td_keyed *scratch = td_mem_array(table->n, sizeof *scratch, err);
    td_status status = scratch == NULL ? TD_ERR_NOMEM : TD_OK;
    uint64_t n = 0;
    if (status == TD_OK) {
        n = list_rows(row, &l);
        status = td_radix_sort(row, scratch, n, NULL, err);
    }
    if (status == TD_OK) status = count_rows(out, row, n, table->n_steps, err);
    td_mem_free(row);
    td_mem_free(scratch);
    if (status != TD_OK) td_step_breakdown_free(out);
    return status;
}

/* Step 3. */
static int64_t end_of_watch(const td_step_table *table, const int64_t *time) {
    if (table->window_ms >= table->last_timestamp - time[0]) return table->last_timestamp;
    return time[0] + table->window_ms;
}

td_status td_step_waits_build(td_step_waits *out, const td_step_table *table, uint32_t from,
                              uint32_t to, td_error *err) {
    *out = (td_step_waits){0};
    uint64_t n = 0;
    for (uint64_t u = 0; u < table->n; u++) n += table->level[u] >= from;
    out->time = td_mem_array(n, sizeof *out->time, err);
    out->is_event = td_mem_array(n, sizeof *out->is_event, err);
    if (out->time == NULL || out->is_event == NULL) {
        td_step_waits_free(out);
        return TD_ERR_NOMEM;
    }
    for (uint64_t u = 0; u < table->n; u++) {
        if (table->level[u] < from) continue;
        const int64_t *time = table->time + u * table->n_steps;
        int is_event = table->level[u] >= to;
        int64_t end = is_event ? time[to - 1] : end_of_watch(table, time);
        out->time[out->n] = end - time[from - 1];
        out->is_event[out->n++] = (uint8_t)is_event;
    }
    return TD_OK;
}
