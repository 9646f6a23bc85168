/* cli/sql_gate.c: hands the engine's figures of a shop to the SQL audit, group by group.
 *
 *   1. A list of groups in the order in which SQL gives them: by the name of the grouping, then by
 *      label: category, day, hour, total, weekday.
 *   2. A category's label is its id; sessions of unknown category have -1.
 *   3. io/sql_audit counts and compares. */
#include "cli/sql_gate.h"

#include "core/base/mem.h"

static void add_calendar(td_sql_engine *engine, td_sql_group *group, const td_kpis *kpis,
                         td_kpi_calendar calendar) {
    const td_kpi_breakdown *by = &kpis->by[calendar];
    for (uint32_t g = 0; g < by->n; g++) {
        group[engine->n_groups++] =
            (td_sql_group){td_kpi_calendar_name(calendar), by->label[g], &by->row[g]};
    }
}

/* Step 2: -1 stands before all ids; the engine has it last. */
static void add_categories(td_sql_engine *engine, td_sql_group *group, const td_sql_gate *gate) {
    const td_iddict *ids = &gate->shop->catalog.categories;
    if (gate->by_category == NULL) return;
    group[engine->n_groups++] = (td_sql_group){"category", -1, &gate->by_category[ids->n]};
    for (uint32_t c = 0; c < ids->n; c++) {
        group[engine->n_groups++] = (td_sql_group){"category", ids->id[c], &gate->by_category[c]};
    }
}

static uint64_t count_groups(const td_sql_gate *gate) {
    uint64_t n = 1;
    for (int c = 0; c < TD_N_CALENDARS; c++) n += gate->kpis->by[c].n;
    return gate->by_category == NULL ? n : n + gate->shop->catalog.categories.n + 1;
}

td_status td_sql_gate_run(td_sql_audit *out, const td_sql_gate *gate, const td_exec *exec,
                          td_error *err) {
    const td_shop *shop = gate->shop;
    int is_full = gate->by_category != NULL;
    td_sql_group *group;
    TD_NEW(group, count_groups(gate), err);
    td_sql_engine engine = {.log = &shop->log,
                            .sessions = &shop->sessions,
                            .funnel = &shop->funnel,
                            .group = group,
                            .has_revenue = is_full && gate->has_prices};
    add_categories(&engine, group, gate);
    add_calendar(&engine, group, gate->kpis, TD_BY_DAY);
    add_calendar(&engine, group, gate->kpis, TD_BY_HOUR);
    group[engine.n_groups++] = (td_sql_group){"total", 0, &gate->kpis->total};
    add_calendar(&engine, group, gate->kpis, TD_BY_WEEKDAY);
    td_sql_source source = {.events = shop->file,
                            .folder = is_full ? gate->folder : NULL,
                            .price_property = gate->price_property,
                            .gap_ms = shop->sessions.gap_ms};
    td_status status = td_sql_audit_run(out, &source, &engine, exec, err);
    td_mem_free(group);
    return status;
}

void td_sql_gate_json(td_json *json, const td_sql_audit *audit, int is_full) {
    td_json_bool(json, "full", is_full);
    td_json_u64(json, "rows_read", audit->n_rows_read);
    td_json_u64(json, "sessions_compared", audit->n_sessions);
    td_json_u64(json, "figures_compared", audit->n_figures);
    td_json_u64(json, "differences", audit->n_differences);
    td_json_array(json, "first");
    for (uint32_t i = 0; i < audit->n_noted; i++) td_json_text(json, NULL, audit->difference[i]);
    td_json_end(json);
}
