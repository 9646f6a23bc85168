/* cli/sql_gate.c: hands the engine's figures of a shop to the SQL audit and shows what it says.
 *
 *   1. What the engine counted is listed group by group: `events` stops at the calendar, `full`
 *      goes on to categories and revenue, which need the item properties.
 *   2. io/sql_audit loads the raw files by a loader of its own and counts again in SQLite.
 *   3. A difference is no error here: `run` and `audit sql` ask td_sql_audit_verdict for one.
 *
 * Used by `run` as its gate (cli/run_data.c) and by `audit sql` (cli/audit_sql.c), so that both do
 * the same. A shop from a snapshot is refused: it has no raw rows to count. */
#include "cli/sql_gate.h"

#include "core/base/mem.h"

/* `group` lists total, calendar groups and, when full, categories: what SQL counts is compared with
 * these and nothing else. Rows and properties are read from the raw files again. */
td_status td_sql_gate_run(td_sql_audit *out, const td_sql_gate *gate, const td_exec *exec,
                          td_error *err) {
    const td_shop *shop = gate->shop;
    TD_TRY(td_shop_need_raw(shop, "the SQL audit (--audit none leaves it out)", err));
    int is_full = gate->by_category != NULL;
    td_sql_group *group = NULL;
    td_sql_engine engine = {.log = &shop->log,
                            .sessions = &shop->sessions,
                            .funnel = &shop->funnel,
                            .has_revenue = is_full && gate->has_prices};
    TD_TRY(td_sql_groups_list(&group, &engine.n_groups, gate->kpis, gate->by_category,
                              &shop->catalog.categories, err));
    engine.group = group;
    td_sql_source source = {.events = shop->file,
                            .folder = is_full ? gate->folder : NULL,
                            .price_property = gate->price_property,
                            .gap_ms = shop->sessions.gap_ms};
    td_status status = td_sql_audit_run(out, &source, &engine, exec, err);
    td_mem_free(group);
    return status;
}

/* The first differences in words; their number is counted beyond those that are kept. */
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
