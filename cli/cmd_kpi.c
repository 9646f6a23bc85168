/* cli/cmd_kpi.c: `tundish kpi DIR`: the shop's key figures, each as numerator and denominator.
 *
 *     figure                    value  numerator  denominator
 *     sessions                  6,229
 *     view_to_cart            2.075 %        129        6,217
 *     ...
 *
 *   1. events.csv is read and cleaned, sessions are cut, funnel rows made (shop.c).
 *   2. core/kpi counts, in total and for each group of --by.
 *   3. --lock writes the total down, --check compares with what was written (kpi_lock.c).
 *   4. The result is printed, or written as JSON (kpi_report.c).
 *
 * Groups: day, hour and weekday are UTC of the session's start; category is the top-level
 * category of the item of its first event, as of that event. A visitor or an order that occurs
 * in two groups counts in both, so groups need not add up to the total.
 *
 * The item properties are read only when --by category or --revenue needs them: they can be ten
 * times the log. What each figure counts stands in docs/funnel_definition.md. */
#include <stdio.h>
#include <string.h>

#include "cli/kpi_groups.h"
#include "cli/kpi_lock.h"
#include "cli/kpi_report.h"
#include "cli/progress.h"
#include "core/base/mem.h"

typedef struct options {
    td_cleaning cleaning;
    int64_t gap_s;
    const char *by;
    const char *price_property;
    int has_revenue;
    const char *lock;
    const char *check;
} options;

#define AT(field) offsetof(options, field)

static const td_option own_options[] = {
    {"by", "day|hour|weekday|category", NULL,
     "also for each day, hour or weekday (UTC) of the session's start, or category of its first "
     "item",
     AT(by), TD_OPT_CHOICE, 0, 0, 0},
    TD_OPTION_GAP(AT(gap_s)),
    {"revenue", NULL, NULL, "read item prices and add up revenue", AT(has_revenue), TD_OPT_FLAG, 0,
     0, 0},
    TD_OPTION_PRICE_PROPERTY(AT(price_property)),
    {"lock", "FILE", NULL, "write the total's figures, their definitions' hashes and the input's",
     AT(lock), TD_OPT_TEXT, 0, 0, 0},
    {"check", "FILE", NULL, "compare with the lock in FILE; anything that changed is an error",
     AT(check), TD_OPT_TEXT, 0, 0, 0},
};

const td_usage td_usage_kpi = {
    TD_USAGE_ONE_PATH("DIR"),
    TD_USAGE_OWN(own_options, options),
    TD_USAGE_CLEANING(AT(cleaning)),
    .notes = "What each figure counts stands in docs/funnel_definition.md.",
    .examples = "  tundish kpi shop\n"
                "  tundish kpi shop --by weekday\n"
                "  tundish kpi shop --lock kpi.lock.json\n"
                "  tundish kpi shop --check kpi.lock.json\n"
                "  tundish kpi shop --json - | jq .kpis.session_conversion",
};

typedef struct report {
    td_kpi_stages stages;
    const td_shop *shop;
    td_kpi_row total;
    td_kpi_grouping by;
    int64_t *price;     /* [events] with --revenue */
    td_kpi_drift drift; /* of --check */
} report;

static void free_report(report *r) {
    td_kpi_grouping_free(&r->by);
    td_mem_free(r->price);
}

/* The total always, the groups when asked for. */
static td_status count(report *r, const options *o, const td_exec *exec, td_error *err) {
    const td_shop *shop = r->shop;
    if (o->has_revenue)
        TD_TRY(td_catalog_event_prices(&r->price, &shop->catalog, &shop->log.events, exec, err));
    td_kpi_input input = {&shop->log.events, &shop->sessions, &shop->funnel, r->price};
    TD_TRY(td_kpi_group(&r->total, 1, NULL, &input, err));
    return o->by == NULL ? TD_OK : td_kpi_grouping_build(&r->by, o->by, shop, &input, exec, err);
}

/* --lock and --check, in this order: together they show that a fresh lock holds. */
static td_status lock_and_check(report *r, const options *o, td_error *err) {
    td_kpi_locked locked = {r->shop, &r->total, o->gap_s, r->price, o->price_property};
    if (o->lock != NULL) TD_TRY(td_kpi_lock_write(o->lock, &locked, err));
    if (o->check == NULL) return TD_OK;
    return td_kpi_lock_check(&r->drift, o->check, &locked, err);
}

/* JSON: counts, excluded, kpis, durations, and `by` when asked for; seconds last. */
static void fill_json(td_json *json, const void *ctx) {
    const report *r = ctx;
    td_kpi_json_counts(json, r->shop, &r->total);
    td_shop_json_excluded(json, r->shop);
    td_kpi_json_row(json, &r->total);
    if (r->by.groups.n > 0) td_kpi_json_groups(json, &r->by.groups);
    td_kpi_drift_json(json, &r->drift);
    td_kpi_json_stages(json, &r->stages);
}

/* Text: what was read, the figures, waiting times, the groups. */
static void print_text(const report *r) {
    td_kpi_print_rows_read(r->shop);
    td_kpi_print_row(&r->total);
    putchar('\n');
    td_kpi_print_durations(&r->total);
    if (r->by.groups.n > 0) td_kpi_print_groups(&r->by.groups);
    td_kpi_drift_print(&r->drift);
}

static td_status run(td_shop *shop, report *r, const td_cli *cli, const options *o, td_error *err) {
    TD_TRY(td_cli_check_out(cli, o->lock, err));
    r->stages.clock = td_clock_seconds();
    TD_TRY(td_shop_open(shop, cli->path[0], &o->cleaning, &cli->exec, err));
    r->stages.bytes = shop->snapshot == NULL ? td_file_bytes(shop->file).n : 0;
    td_kpi_stage_done(&r->stages, TD_STAGE_READ);
    int is_by_category = o->by != NULL && strcmp(o->by, "category") == 0;
    if (o->has_revenue || is_by_category) {
        td_catalog_source source = {cli->path[0], o->price_property};
        TD_TRY(td_shop_read_catalog(shop, &source, &o->cleaning, &cli->exec, err));
        td_shop_note_missing(shop, is_by_category, cli);
    }
    td_kpi_stage_done(&r->stages, TD_STAGE_CATALOG);
    TD_TRY(td_shop_cut_sessions(shop, o->gap_s, &cli->exec, err));
    td_kpi_stage_done(&r->stages, TD_STAGE_SESSIONS);
    TD_TRY(count(r, o, &cli->exec, err));
    td_kpi_stage_done(&r->stages, TD_STAGE_FIGURES);
    TD_TRY(lock_and_check(r, o, err));
    TD_TRY(td_cli_write_json(cli, fill_json, r, err));
    if (td_cli_has_text(cli, o->lock)) print_text(r);
    return td_kpi_drift_verdict(&r->drift, o->check, err);
}

td_status td_cmd_kpi(const td_cli *cli, const void *given, td_error *err) {
    td_shop shop = {0};
    report r = {.shop = &shop};
    td_status status = run(&shop, &r, cli, given, err);
    free_report(&r);
    td_shop_free(&shop);
    return status;
}
