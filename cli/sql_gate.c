/* cli/sql_gate.c: hands the engine's figures of a shop to the SQL audit and shows what it says. */
#include "cli/sql_gate.h"

#include "core/base/mem.h"

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
