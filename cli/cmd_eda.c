/* cli/cmd_eda.c: `tundish eda DIR`: what a data analyst asks of a new log first.
 *
 *   1. The shop is read, sessions are cut, the catalog is joined if there is one.
 *   2. Key figures in total, by hour, weekday, day (core/kpi) and by category.
 *   3. Spreads of lengths and pauses, the busiest visitors and items, visitors who look like
 *      machines by a stated rule, coverage of the properties (core/eda).
 *   4. Text on stdout, everything as JSON, a page with figures (--html).
 *
 * Nothing is changed or left out for what is found. docs/eda_workflow.md says how to read it. */
#include <stdlib.h>
#include <string.h>

#include "cli/eda_report.h"
#include "core/base/mem.h"

typedef struct options {
    td_cleaning cleaning;
    int64_t gap_s;
    int64_t heavy_events, fast_gaps, fast_ms, sleepless_hours;
    const char *html;
    const char *price_property;
} options;

#define AT(field) offsetof(options, field)

static const td_option own_options[] = {
    {"html", "FILE", NULL, "also write one page with figures", AT(html), TD_OPT_TEXT, 0, 0, 0},
    TD_OPTION_GAP(AT(gap_s)),
    {"heavy-events", "N", "500", "a visitor of so many events is heavy", AT(heavy_events),
     TD_OPT_WHOLE, 0, 1, 1e9},
    {"fast-gaps", "N", "50", "a visitor is judged fast from so many gaps inside sessions on",
     AT(fast_gaps), TD_OPT_WHOLE, 0, 1, 1e9},
    {"fast-ms", "MS", "2000", "fast: the median of these gaps is shorter", AT(fast_ms),
     TD_OPT_WHOLE, 0, 0, 1e9},
    {"sleepless-hours", "H", "20", "sleepless: events in so many hours of one UTC day",
     AT(sleepless_hours), TD_OPT_WHOLE, 0, 1, 24},
    TD_OPTION_PRICE_PROPERTY(AT(price_property)),
};

const td_usage td_usage_eda = {
    TD_USAGE_ONE_PATH("DIR"),
    TD_USAGE_OWN(own_options, options),
    TD_USAGE_CLEANING(AT(cleaning)),
    .notes = "docs/eda_workflow.md says what to ask first, and what the rule for robots is.",
    .examples = "  tundish eda shop\n"
                "  tundish eda shop --html eda.html --json eda.json",
};

/* Events by their own hour and weekday, UTC. */
static void count_clock(td_eda_clock *clock, const td_events *events) {
    for (uint64_t e = 0; e < events->n; e++) {
        int64_t hours = events->timestamp[e] / 3600000;
        clock->hour[hours % 24][events->kind[e]]++;
        clock->weekday[(hours / 24 + 3) % 7][events->kind[e]]++; /* 1970-01-01 was a Thursday */
    }
}

/* A category and its sessions, to be sorted. */
typedef struct ranked {
    uint64_t n;
    uint32_t code;
} ranked;

/* Most sessions first, then by code, which is the order of the ids. */
static int by_sessions(const void *a, const void *b) {
    const ranked *x = a, *y = b;
    if (x->n != y->n) return x->n < y->n ? 1 : -1;
    return (x->code > y->code) - (x->code < y->code);
}

/* Categories that nobody visited have no line. */
static td_status rank_categories(td_eda_categories *out, const td_shop *shop, ranked *order,
                                 td_error *err) {
    const td_iddict *ids = &shop->catalog.categories;
    uint32_t n = 0;
    for (uint32_t c = 0; c <= ids->n; c++) {
        uint64_t sessions = out->all[c].kpi[TD_KPI_SESSIONS].numerator;
        if (sessions > 0) order[n++] = (ranked){sessions, c};
    }
    qsort(order, n, sizeof *order, by_sessions);
    TD_NEW(out->id, n, err);
    TD_NEW(out->row, n, err);
    for (uint32_t i = 0; i < n; i++) {
        uint32_t c = order[i].code;
        out->id[i] = c < ids->n ? ids->id[c] : -1;
        out->row[i] = &out->all[c];
    }
    out->n = n;
    return TD_OK;
}

/* Without properties nothing has a category, and there is no table to make. */
static td_status count_categories(td_eda_categories *out, const td_shop *shop,
                                  const td_kpi_input *input, const td_exec *exec, td_error *err) {
    if (!shop->catalog.has_properties) return TD_OK;
    TD_TRY(td_shop_count_categories(&out->all, shop, input, exec, err));
    ranked *order;
    TD_NEW(order, (uint64_t)shop->catalog.categories.n + 1, err);
    td_status status = rank_categories(out, shop, order, err);
    td_mem_free(order);
    return status;
}

/* Whole or not at all, as every file. */
static td_status write_page(const char *path, const td_eda_look *look, td_error *err) {
    td_writer *writer = NULL;
    TD_TRY(td_writer_open(&writer, path, err));
    td_eda_page(writer, look);
    return td_writer_commit(writer, err);
}

static void fill_json(td_json *json, const void *ctx) { td_eda_json(json, ctx); }

static td_status run(td_shop *shop, td_eda_look *look, const td_cli *cli, const options *o,
                     td_error *err) {
    TD_TRY(td_cli_check_out(cli, o->html, err));
    TD_TRY(td_shop_open(shop, cli->path[0], &o->cleaning, &cli->exec, err));
    td_catalog_source source = {cli->path[0], o->price_property};
    TD_TRY(td_shop_read_catalog(shop, &source, &o->cleaning, &cli->exec, err));
    td_shop_note_missing(shop, 1, cli);
    TD_TRY(td_shop_cut_sessions(shop, o->gap_s, &cli->exec, err));
    td_kpi_input input = {&shop->log.events, &shop->sessions, &shop->funnel, NULL};
    TD_TRY(td_kpis_build(&look->kpis, &input, &cli->exec, err));
    TD_TRY(count_categories(&look->categories, shop, &input, &cli->exec, err));
    td_eda_rule rule = {(uint64_t)o->heavy_events, (uint64_t)o->fast_gaps, o->fast_ms,
                        (uint32_t)o->sleepless_hours};
    const td_catalog *catalog = shop->catalog.has_properties ? &shop->catalog : NULL;
    td_eda_input seen = {&shop->log.events, &shop->sessions, catalog};
    TD_TRY(td_eda_build(&look->eda, &seen, &rule, &cli->exec, err));
    count_clock(&look->clock, &shop->log.events);
    if (o->html != NULL) TD_TRY(write_page(o->html, look, err));
    TD_TRY(td_cli_write_json(cli, fill_json, look, err));
    if (td_cli_has_text(cli, o->html)) td_eda_print(look);
    return TD_OK;
}

td_status td_cmd_eda(const td_cli *cli, const void *given, td_error *err) {
    td_shop shop = {0};
    td_eda_look look = {.shop = &shop};
    td_status status = run(&shop, &look, cli, given, err);
    td_kpis_free(&look.kpis);
    td_mem_free(look.categories.id);
    td_mem_free(look.categories.row);
    td_mem_free(look.categories.all);
    td_shop_free(&shop);
    return status;
}
