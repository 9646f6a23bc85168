/* cli/audit_sql.c: `tundish audit sql DIR`: sessions and key figures counted once more, by SQL.
 *
 *   1. The engine reads the shop and counts, in total, by day, hour and weekday; with --full by
 *      category and with revenue too.
 *   2. SQL does the same in SQLite, from the same raw files (io/sql_audit).
 *   3. Every session and every figure is compared; a difference is named and the exit status 1. */
#include <stdio.h>

#include "cli/audit.h"
#include "cli/progress.h"
#include "cli/sql_gate.h"
#include "core/base/mem.h"

typedef struct report {
    td_shop shop;
    int64_t *price;
    td_kpis kpis;
    td_kpi_row *by_category;
    td_sql_audit audit;
    double seconds; /* of SQL and the comparison */
} report;

static void free_report(report *r) {
    td_kpis_free(&r->kpis);
    td_mem_free(r->by_category);
    td_mem_free(r->price);
    td_shop_free(&r->shop);
}

/* Step 1. */
static td_status count(report *r, const td_cli *cli, const td_audit_options *o, td_error *err) {
    td_shop *shop = &r->shop;
    const td_exec *exec = &cli->exec;
    td_catalog_source source = {cli->path[1], o->scoring.price_property};
    TD_TRY(td_shop_open(shop, cli->path[1], &o->scoring.cleaning, exec, err));
    if (o->is_full) TD_TRY(td_shop_read_catalog(shop, &source, &o->scoring.cleaning, exec, err));
    TD_TRY(td_shop_cut_sessions(shop, o->scoring.gap_s, exec, err));
    td_kpi_input input = {&shop->log.events, &shop->sessions, &shop->funnel, NULL};
    if (o->is_full && shop->catalog.has_properties) {
        TD_TRY(td_catalog_event_prices(&r->price, &shop->catalog, input.events, exec, err));
        input.price = r->price;
    }
    TD_TRY(td_kpis_build(&r->kpis, &input, exec, err));
    if (!o->is_full) return TD_OK;
    return td_shop_count_categories(&r->by_category, shop, &input, exec, err);
}

static void fill_json(td_json *json, const void *ctx) {
    const report *r = ctx;
    td_sql_gate_json(json, &r->audit, r->by_category != NULL);
    td_json_object(json, "timings");
    td_json_f64(json, "audit", r->seconds);
    td_json_end(json);
}

static void print_text(const report *r) {
    char rows[32], sessions[32], figures[32];
    printf("rows read by SQL    %s\n", td_text_count(rows, r->audit.n_rows_read));
    printf("sessions compared   %s\n", td_text_count(sessions, r->audit.n_sessions));
    printf("numbers compared    %s\n", td_text_count(figures, r->audit.n_figures));
    printf("differences         %llu\n", (unsigned long long)r->audit.n_differences);
    for (uint32_t i = 0; i < r->audit.n_noted; i++) printf("  %s\n", r->audit.difference[i]);
    printf("time of SQL         %.1f s\n", r->seconds);
}

static td_status run(report *r, const td_cli *cli, const td_audit_options *o, td_error *err) {
    TD_CHECK(cli->n_paths == 2, err, TD_ERR_ARG, "audit sql takes one shop folder: DIR is missing");
    TD_TRY(count(r, cli, o, err));
    td_sql_gate gate = {&r->shop,         &r->kpis,     r->by_category,
                        r->price != NULL, cli->path[1], o->scoring.price_property};
    double start = td_clock_seconds();
    TD_TRY(td_sql_gate_run(&r->audit, &gate, &cli->exec, err));
    r->seconds = td_clock_seconds() - start;
    TD_TRY(td_cli_write_json(cli, fill_json, r, err));
    if (td_cli_has_text(cli, NULL)) print_text(r);
    return td_sql_audit_verdict(&r->audit, err);
}

td_status td_audit_sql(const td_cli *cli, const td_audit_options *options, td_error *err) {
    report r = {0};
    td_status status = run(&r, cli, options, err);
    free_report(&r);
    return status;
}
