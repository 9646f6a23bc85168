/* cli/cmd_funnel.c: `tundish funnel DIR`: how far sessions get, and how fast.
 *
 *     view --------> addtocart --------> transaction
 *     has_view       has_cart            has_purchase
 *          valid_cart         valid_purchase        "at or before"; for one item: item_valid_*
 *
 *   1. events.csv -> sessions -> one funnel row per session (shop.c).
 *   2. Sessions by the furthest stage reached, by flag, and the conversions between stages.
 *   3. Waiting times between stages as quantiles.
 *   4. --out writes the funnel row of every session: what step 2 adds up.
 *   5. With --steps: paths of visitors or sessions along any ordered steps (funnel_steps.c) take
 *      the place of the tables of steps 2 and 3.
 *
 * Anomalies (cart without view, purchase without cart) are counted and never repaired: they are
 * part of the truth about a log. Definitions: docs/funnel_definition.md. JSON: counts, excluded,
 * stages {kind: sessions}, flags {flag: sessions}, kpis, durations; with --steps also paths. */
#include "cli/export.h"
#include "cli/funnel_report.h"
#include "cli/funnel_steps.h"
#include "cli/kpi_report.h"

typedef struct options {
    td_cleaning cleaning;
    td_path_options paths;
    int64_t gap_s;
    const char *out;
    const char *price_property;
} options;

#define AT(field) offsetof(options, field)

static const td_option own_options[] = {
    {"out", "FILE", NULL, "one row per session with counts, flags and first times, CSV or .parquet",
     AT(out), TD_OPT_TEXT, 0, 0, 0},
    TD_OPTION_GAP(AT(gap_s)),
    {"steps", "KIND,KIND,...", NULL,
     "count ordered steps: view, addtocart, transaction; a kind may occur twice", AT(paths.steps),
     TD_OPT_TEXT, 0, 0, 0},
    {"window", "TIME", "none",
     "of --steps: the last at most so long after the first: 45s, 30m, 12h, 1d, 2w, none",
     AT(paths.window), TD_OPT_TEXT, 0, 0, 0},
    {"mode", "MODE,...", NULL,
     "of --steps: strict_order, strict_dedup, strict_increase, strict_once, allow_reentry",
     AT(paths.mode), TD_OPT_TEXT, 0, 0, 0},
    {"unit", "visitor|session", "visitor", "of --steps: whose events make one path", AT(paths.unit),
     TD_OPT_CHOICE, 0, 0, 0},
    {"by", "GROUP,...", NULL,
     "of --steps: also by hour, weekday, day (UTC), category or kind of one event", AT(paths.by),
     TD_OPT_TEXT, 0, 0, 0},
    {"touch", "entry|first|last", "entry",
     "of --by: the event that made step 1, the first of all, the one that got farthest",
     AT(paths.touch), TD_OPT_CHOICE, 0, 0, 0},
    {"level", "L", "0.95", "of --steps: confidence of the intervals", AT(paths.level), TD_OPT_REAL,
     0, 0.5, 0.9999},
    {"price-property", "NAME", "790", "of --by category: the property that holds the price",
     AT(price_property), TD_OPT_TEXT, 0, 0, 0},
};

const td_usage td_usage_funnel = {
    TD_USAGE_ONE_PATH("DIR"),
    TD_USAGE_OWN(own_options, options),
    TD_USAGE_CLEANING(AT(cleaning)),
    .notes = "The flags, the columns of --out and the modes of --steps are defined in\n"
             "docs/funnel_definition.md.",
    .examples = "  tundish funnel shop\n"
                "  tundish funnel shop --out session_funnels.csv\n"
                "  tundish funnel shop --steps view,addtocart,transaction --window 1d\n"
                "  tundish funnel shop --steps view,view,addtocart --unit session \\\n"
                "      --mode strict_order,strict_once --by hour,category",
};

typedef struct report {
    const td_shop *shop;
    td_kpi_row total;
    td_funnel_counts counts;
    td_paths paths; /* of --steps; nothing without */
} report;

/* The same keys as `kpi`, and stages and flags between them. */
static void fill_json(td_json *json, const void *ctx) {
    const report *r = ctx;
    td_kpi_json_counts(json, r->shop, &r->total);
    td_shop_json_excluded(json, r->shop);
    td_funnel_counts_json(json, &r->counts);
    td_kpi_json_row(json, &r->total);
    if (r->paths.steps.n > 0) td_paths_json(json, &r->paths);
}

static void print_text(const report *r) {
    td_kpi_print_rows_read(r->shop);
    if (r->paths.steps.n > 0) {
        td_paths_print(&r->paths);
    } else {
        td_funnel_counts_print(&r->counts, r->shop->sessions.n, &r->total);
    }
}

/* Step 5. */
static td_status walk_paths(report *r, td_shop *shop, const td_cli *cli, const options *o,
                            td_error *err) {
    if (td_paths_need_catalog(&r->paths)) {
        td_catalog_source source = {cli->path[0], o->price_property};
        TD_TRY(td_shop_read_catalog(shop, &source, &o->cleaning, &cli->exec, err));
        td_shop_note_missing(shop, 1, cli);
    }
    return td_paths_build(&r->paths, shop, &cli->exec, err);
}

static td_status run(td_shop *shop, report *r, const td_cli *cli, const options *o, td_error *err) {
    TD_TRY(td_cli_check_out(cli, o->out, err));
    if (o->paths.steps != NULL) TD_TRY(td_paths_parse(&r->paths, &o->paths, err));
    TD_TRY(td_shop_open(shop, cli->path[0], &o->cleaning, &cli->exec, err));
    TD_TRY(td_shop_cut_sessions(shop, o->gap_s, &cli->exec, err));
    td_kpi_input input = {&shop->log.events, &shop->sessions, &shop->funnel, NULL};
    TD_TRY(td_kpi_group(&r->total, 1, NULL, &input, err));
    td_funnel_counts_add(&r->counts, &shop->funnel);
    if (o->paths.steps != NULL) TD_TRY(walk_paths(r, shop, cli, o, err));
    if (o->out != NULL)
        TD_TRY(td_export_sessions(o->out, &shop->log.events, &shop->sessions, &shop->funnel,
                                  &cli->exec, err));
    TD_TRY(td_cli_write_json(cli, fill_json, r, err));
    if (td_cli_has_text(cli, o->out)) print_text(r);
    return TD_OK;
}

td_status td_cmd_funnel(const td_cli *cli, const void *given, td_error *err) {
    td_shop shop = {0};
    report r = {.shop = &shop};
    td_status status = run(&shop, &r, cli, given, err);
    td_paths_free(&r.paths);
    td_shop_free(&shop);
    return status;
}
