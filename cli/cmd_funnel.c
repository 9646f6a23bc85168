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
 *
 * Anomalies (cart without view, purchase without cart) are counted and never repaired: they are
 * part of the truth about a log. Definitions: docs/funnel_definition.md. JSON: counts, excluded,
 * stages {kind: sessions}, flags {flag: sessions}, kpis, durations. */
#include <stdio.h>

#include "cli/export.h"
#include "cli/kpi_report.h"

typedef struct options {
    td_cleaning cleaning;
    int64_t gap_s;
    const char *out;
} options;

#define AT(field) offsetof(options, field)

static const td_option own_options[] = {
    {"out", "FILE", NULL, "write one row per session with counts, flags and first times as CSV",
     AT(out), TD_OPT_TEXT, 0, 0, 0},
    {"gap", "SECONDS", "1800", "a pause longer than this starts a new session", AT(gap_s),
     TD_OPT_WHOLE, 0, 0, 1e9},
};

const td_usage td_usage_funnel = {
    .paths = "DIR",
    .min_paths = 1,
    .max_paths = 1,
    .options = own_options,
    .n_options = sizeof own_options / sizeof *own_options,
    .shared = td_cleaning_options,
    .n_shared = TD_N_CLEANING_OPTIONS,
    .shared_at = AT(cleaning),
    .size = sizeof(options),
    .notes = "The flags and the columns of --out are defined in docs/funnel_definition.md.",
    .examples = "  tundish funnel shop\n"
                "  tundish funnel shop --out session_funnels.csv",
};

typedef struct report {
    const td_shop *shop;
    td_kpi_row total;
    uint64_t n_of_stage[TD_N_KINDS];       /* sessions whose furthest stage this is */
    uint64_t n_of_flag[TD_N_FUNNEL_FLAGS]; /* sessions with the flag */
} report;

/* Column sums of the table that --out writes. */
static void count_flags(report *r) {
    const td_funnel *funnel = &r->shop->funnel;
    for (uint64_t s = 0; s < funnel->n; s++) {
        r->n_of_stage[funnel->row[s].stage]++;
        for (int bit = 0; bit < TD_N_FUNNEL_FLAGS; bit++)
            r->n_of_flag[bit] += funnel->row[s].flags >> bit & 1;
    }
}

/* The same keys as `kpi`, and stages and flags between them. */
static void fill_json(td_json *json, const void *ctx) {
    const report *r = ctx;
    td_kpi_json_counts(json, r->shop, &r->total);
    td_shop_json_excluded(json, r->shop);
    td_json_object(json, "stages");
    for (int kind = 0; kind < TD_N_KINDS; kind++)
        td_json_u64(json, td_event_kind_name((td_event_kind)kind), r->n_of_stage[kind]);
    td_json_end(json);
    td_json_object(json, "flags");
    for (int bit = 0; bit < TD_N_FUNNEL_FLAGS; bit++)
        td_json_u64(json, td_funnel_flag_name(bit), r->n_of_flag[bit]);
    td_json_end(json);
    td_kpi_json_row(json, &r->total);
}

/* A name, a number, and its share of `of`. */
static void add_share(td_grid *grid, const char *name, uint64_t n, uint64_t of) {
    td_grid_cell(grid, "%s", name);
    td_grid_count(grid, n);
    if (of > 0) {
        td_grid_cell(grid, "%.3f %%", 100 * (double)n / (double)of);
    } else {
        td_grid_cell(grid, "-");
    }
}

/* Each session stands in exactly one of these rows. */
static void print_stages(const report *r) {
    uint64_t n = r->shop->sessions.n;
    td_grid grid;
    td_grid_open(&grid, "lrr");
    td_grid_cell(&grid, "furthest stage");
    td_grid_cell(&grid, "sessions");
    td_grid_cell(&grid, "share");
    for (int kind = 0; kind < TD_N_KINDS; kind++)
        add_share(&grid, td_event_kind_name((td_event_kind)kind), r->n_of_stage[kind], n);
    add_share(&grid, "all", n, n);
    td_grid_print(&grid, 0);
}

/* Flags overlap, so these shares do not add up to one. */
static void print_flags(const report *r) {
    td_grid grid;
    td_grid_open(&grid, "lrr");
    td_grid_cell(&grid, "flag");
    td_grid_cell(&grid, "sessions");
    td_grid_cell(&grid, "share");
    for (int bit = 0; bit < TD_N_FUNNEL_FLAGS; bit++)
        add_share(&grid, td_funnel_flag_name(bit), r->n_of_flag[bit], r->shop->sessions.n);
    td_grid_print(&grid, 0);
}

/* Numerator and denominator beside every share: they can be checked in the table of --out. */
static void print_conversions(const td_kpi_row *total) {
    static const td_kpi_id shown[] = {TD_KPI_VIEW_TO_CART, TD_KPI_CART_TO_PURCHASE,
                                      TD_KPI_SESSION_CONVERSION, TD_KPI_CART_ABANDONMENT};
    td_grid grid;
    td_grid_open(&grid, "lrrr");
    td_grid_cell(&grid, "conversion");
    td_grid_cell(&grid, "sessions");
    td_grid_cell(&grid, "of");
    td_grid_cell(&grid, "share");
    for (size_t i = 0; i < sizeof shown / sizeof *shown; i++) {
        td_ratio ratio = total->kpi[shown[i]];
        td_grid_cell(&grid, "%s", td_kpi_name(shown[i]));
        td_grid_count(&grid, ratio.numerator);
        td_grid_count(&grid, ratio.denominator);
        if (ratio.denominator > 0) {
            td_grid_cell(&grid, "%.3f %%", 100 * td_ratio_value(ratio));
        } else {
            td_grid_cell(&grid, "-");
        }
    }
    td_grid_print(&grid, 0);
}

/* From the coarse to the fine. */
static void print_text(const report *r) {
    td_kpi_print_rows_read(r->shop);
    print_stages(r);
    putchar('\n');
    print_conversions(&r->total);
    putchar('\n');
    td_kpi_print_durations(&r->total);
    putchar('\n');
    print_flags(r);
}

static td_status run(td_shop *shop, const td_cli *cli, const options *o, td_error *err) {
    report r = {.shop = shop};
    TD_TRY(td_cli_check_out(cli, o->out, err));
    TD_TRY(td_shop_open(shop, cli->path[0], &o->cleaning, &cli->exec, err));
    TD_TRY(td_shop_cut_sessions(shop, o->gap_s, &cli->exec, err));
    td_kpi_input input = {&shop->log.events, &shop->sessions, &shop->funnel, NULL};
    TD_TRY(td_kpi_group(&r.total, 1, NULL, &input, err));
    count_flags(&r);
    if (o->out != NULL)
        TD_TRY(td_export_sessions(o->out, &shop->log.events, &shop->sessions, &shop->funnel,
                                  &cli->exec, err));
    TD_TRY(td_cli_write_json(cli, fill_json, &r, err));
    if (td_cli_has_text(cli, o->out)) print_text(&r);
    return TD_OK;
}

td_status td_cmd_funnel(const td_cli *cli, const void *given, td_error *err) {
    td_shop shop = {0};
    td_status status = run(&shop, cli, given, err);
    td_shop_free(&shop);
    return status;
}
