/* cli/sql_gate.h: the SQL audit over a shop in memory, for `audit sql` and as a gate of `run`. */
#ifndef TD_CLI_SQL_GATE_H
#define TD_CLI_SQL_GATE_H

#include "cli/shop.h"
#include "io/sql_audit.h"

/* What the engine counted of the shop; borrowed. */
typedef struct td_sql_gate {
    const td_shop *shop;
    const td_kpis *kpis;
    const td_kpi_row *by_category; /* of td_shop_count_categories; NULL = events only */
    int has_prices;                /* the figures carry revenue */
    const char *folder;
    const char *price_property;
} td_sql_gate;

/* Count by SQL, compare. TD_OK also when there are differences: see td_sql_audit_verdict. */
td_status td_sql_gate_run(td_sql_audit *out, const td_sql_gate *gate, const td_exec *exec,
                          td_error *err) TD_MUST_USE;

/* JSON: "full", "rows_read", "sessions_compared", "figures_compared", "differences", "first". */
void td_sql_gate_json(td_json *json, const td_sql_audit *audit, int is_full);

#endif
