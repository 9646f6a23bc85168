/* cli/cmd_load.c: `tundish load DIR`: read every file of a shop folder and say what was in it.
 *
 *     file                  rows read   kept  excluded  unused  not in log
 *     events.csv                9,385  9,382         3
 *       exact_duplicate                              3
 *     category_tree.csv         1,669  1,669         0       0           0
 *
 * The first thing to run on a new log: which rows are kept, which are not and why, the span of
 * time and the speed of reading. For every file read = kept + excluded + unused + not in log:
 *
 *   unused        a property that no feature needs
 *   not in log    a property of an item without events
 *
 * --save writes what was read and cleaned into a snapshot: one file that every command for shops
 * takes in place of DIR and maps instead of parsing.
 *
 * --exclusions writes each excluded row of events.csv with its line and raw text. What is
 * counted here is read again by the later commands. JSON:
 *
 *     counts    {rows_read, rows_kept, rows_excluded, visitors, items}      of events.csv
 *     excluded  {reason: rows}                                              every reason, 0 too
 *     span      {first_timestamp, last_timestamp, first, last}
 *     catalog   [{file, rows_read, rows_kept, rows_unused, rows_not_in_log, excluded}]
 *     timings   {events, events_mb_per_s, catalog, catalog_mb_per_s}        seconds, 10^6 bytes
 *     known     {file: is it the published one}, marginals                  load_known.c */
#include "cli/load_report.h"
#include "cli/progress.h"
#include "cli/shop.h"

typedef struct options {
    td_cleaning cleaning;
    const char *price_property;
    const char *save;
    int is_published;
} options;

#define AT(field) offsetof(options, field)

static const td_option own_options[] = {
    TD_OPTION_PRICE_PROPERTY(AT(price_property)),
    {"save", "FILE", NULL,
     "write the cleaned shop to FILE, a snapshot that other commands take in place of DIR",
     AT(save), TD_OPT_TEXT, 0, 0, 0},
    {"published", NULL, NULL,
     "compare with the published figures of RetailRocket, whatever the files are", AT(is_published),
     TD_OPT_FLAG, 0, 0, 0},
};

const td_usage td_usage_load = {
    TD_USAGE_ONE_PATH("DIR"),
    TD_USAGE_OWN(own_options, options),
    TD_USAGE_CLEANING(AT(cleaning)),
    .notes = "DIR holds events.csv and, if the shop has them, item_properties_part1.csv,\n"
             "item_properties_part2.csv and category_tree.csv; each also as .gz or .zst. The true\n"
             "RetailRocket files are recognised by SHA-256 and compared with published figures.",
    .examples = "  tundish load shop\n"
                "  tundish load shop --exclusions excluded.csv --json load.json\n"
                "  tundish load synthetic --published\n"
                "  tundish load shop --save shop.snap && tundish kpi shop.snap",
};

/* After reading, so that a shop with too many excluded rows leaves no snapshot. */
static td_status save(const td_shop *shop, const td_cli *cli, const options *o, td_error *err) {
    if (o->save == NULL) return TD_OK;
    td_snapshot_source source = {&shop->log, shop->file, &shop->catalog, &shop->catalog_report,
                                 o->price_property};
    return td_snapshot_write(o->save, &source, &cli->exec, err);
}

/* The log first: the catalog keeps only items that occur in it. */
static td_status read_all(td_shop *shop, td_load_report *r, const td_cli *cli, const options *o,
                          td_error *err) {
    td_catalog_source source = {cli->path[0], o->price_property};
    double start = td_clock_seconds();
    TD_TRY(td_shop_open(shop, cli->path[0], &o->cleaning, &cli->exec, err));
    double middle = td_clock_seconds();
    TD_TRY(td_shop_read_catalog(shop, &source, &o->cleaning, &cli->exec, err));
    *r = (td_load_report){.shop = shop,
                          .events_s = middle - start,
                          .catalog_s = td_clock_seconds() - middle,
                          .bytes = shop->snapshot == NULL ? td_file_bytes(shop->file).n : 0};
    return TD_OK;
}

/* The true log is compared unasked; its files alone say which shop this is. */
static td_status compare(td_shop *shop, td_load_report *r, const td_cli *cli, const options *o,
                         td_error *err) {
    TD_TRY(td_known_find(&r->known, cli->path[0], err));
    if (!o->is_published && !r->known.is_same[0]) return TD_OK;
    TD_TRY(td_shop_cut_sessions(shop, TD_DEFAULT_GAP_MS / 1000, &cli->exec, err));
    return td_known_compare(&r->known, shop, &cli->exec, err);
}

td_status td_cmd_load(const td_cli *cli, const void *given, td_error *err) {
    td_shop shop = {0};
    td_load_report r = {0};
    const options *o = given;
    td_status status = td_cli_check_out(cli, o->save, err);
    if (status == TD_OK) status = read_all(&shop, &r, cli, o, err);
    if (status == TD_OK) status = save(&shop, cli, o, err);
    if (status == TD_OK) status = compare(&shop, &r, cli, o, err);
    if (status == TD_OK) status = td_cli_write_json(cli, td_load_json, &r, err);
    if (status == TD_OK && td_cli_has_text(cli, NULL)) td_load_print(&r);
    td_shop_free(&shop);
    return status;
}
