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
 *     timings   {events, catalog}                                           seconds
 *     known     {file: is it the published one}, marginals                  load_known.c */
#include <stdio.h>

#include "cli/load_known.h"
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
    {"price-property", "NAME", "790", "the property of item_properties that holds the price",
     AT(price_property), TD_OPT_TEXT, 0, 0, 0},
    {"save", "FILE", NULL,
     "write the cleaned shop to FILE, a snapshot that other commands take in place of DIR",
     AT(save), TD_OPT_TEXT, 0, 0, 0},
    {"published", NULL, NULL,
     "compare with the published figures of RetailRocket, whatever the files are", AT(is_published),
     TD_OPT_FLAG, 0, 0, 0},
};

const td_usage td_usage_load = {
    .paths = "DIR",
    .min_paths = 1,
    .max_paths = 1,
    .options = own_options,
    .n_options = sizeof own_options / sizeof *own_options,
    .shared = td_cleaning_options,
    .n_shared = TD_N_CLEANING_OPTIONS,
    .shared_at = AT(cleaning),
    .size = sizeof(options),
    .notes = "DIR holds events.csv and, if the shop has them, item_properties_part1.csv,\n"
             "item_properties_part2.csv and category_tree.csv; each also as .gz or .zst. The true\n"
             "RetailRocket files are recognised by SHA-256 and compared with published figures.",
    .examples = "  tundish load shop\n"
                "  tundish load shop --exclusions excluded.csv --json load.json\n"
                "  tundish load synthetic --published\n"
                "  tundish load shop --save shop.snap && tundish kpi shop.snap",
};

typedef struct report {
    const td_shop *shop;
    double events_s;  /* seconds of reading, cleaning, sorting events.csv */
    double catalog_s; /* of the other files */
    uint64_t bytes;   /* of events.csv, inflated */
    td_known known;
} report;

/* The first and the last event, as numbers and for people. */
static void fill_span(td_json *json, const td_events *events) {
    char text[32];
    td_json_object(json, "span");
    td_json_i64(json, "first_timestamp", events->first_timestamp);
    td_json_i64(json, "last_timestamp", events->last_timestamp);
    td_json_text(json, "first", td_text_time(text, events->first_timestamp));
    td_json_text(json, "last", td_text_time(text, events->last_timestamp));
    td_json_end(json);
}

/* One file of the catalog, every reason named even when it did not occur. */
static void fill_catalog_file(td_json *json, const td_catalog_counts *file) {
    td_json_object(json, NULL);
    td_json_text(json, "file", file->name);
    td_json_u64(json, "rows_read", file->n_read);
    td_json_u64(json, "rows_kept", file->n_kept);
    td_json_u64(json, "rows_unused", file->n_unused);
    td_json_u64(json, "rows_not_in_log", file->n_not_in_log);
    td_json_object(json, "excluded");
    for (int reason = 0; reason < TD_N_CATALOG_REASONS; reason++)
        td_json_u64(json, td_catalog_reason_name((td_catalog_reason)reason),
                    file->n_by_reason[reason]);
    td_json_end(json);
    td_json_end(json);
}

/* Keys stand in the order of the flow: log, catalog, time spent. */
static void fill_json(td_json *json, const void *ctx) {
    const report *r = ctx;
    const td_event_log *log = &r->shop->log;
    td_json_object(json, "counts");
    td_json_u64(json, "rows_read", log->n_rows_read);
    td_json_u64(json, "rows_kept", log->events.n);
    td_json_u64(json, "rows_excluded", log->exclusions.n);
    td_json_u64(json, "visitors", log->events.visitors.n);
    td_json_u64(json, "items", log->events.items.n);
    td_json_end(json);
    td_shop_json_excluded(json, r->shop);
    fill_span(json, &log->events);
    td_json_array(json, "catalog");
    for (int i = 0; i < TD_N_CATALOG_FILES; i++) {
        const td_catalog_counts *file = &r->shop->catalog_report.file[i];
        if (file->is_present) fill_catalog_file(json, file);
    }
    td_json_end(json);
    td_json_object(json, "timings");
    td_json_f64(json, "events", r->events_s);
    td_json_f64(json, "catalog", r->catalog_s);
    td_json_end(json);
    td_known_json(json, &r->known);
}

/* The table of files, then what a person asks next: when, how many, how fast. Oddities of the
 * catalog are mentioned only where there are some. */
static void print_text(const report *r) {
    const td_events *events = &r->shop->log.events;
    const td_catalog *catalog = &r->shop->catalog;
    char first[32], last[32], a[32], b[32];
    td_shop_print_files(r->shop);
    putchar('\n');
    if (events->n > 0)
        printf("from      %s UTC\nto        %s UTC\n", td_text_time(first, events->first_timestamp),
               td_text_time(last, events->last_timestamp));
    printf("visitors  %s\n", td_text_count(a, events->visitors.n));
    printf("items     %s\n", td_text_count(a, events->items.n));
    if (catalog->n_conflicts > 0)
        printf("property values that lost to a greater one of the same time: %s\n",
               td_text_count(a, catalog->n_conflicts));
    if (catalog->n_missing_parents > 0)
        printf("categories named as a parent without a row of their own: %s\n",
               td_text_count(a, catalog->n_missing_parents));
    if (catalog->n_cycles > 0)
        printf("cycles cut in the category tree: %s\n", td_text_count(a, catalog->n_cycles));
    double seconds = r->events_s > 1e-6 ? r->events_s : 1e-6;
    printf("speed     events.csv in %.2f s: %s rows/s, %s/s\n", r->events_s,
           td_text_count(a, (uint64_t)((double)r->shop->log.n_rows_read / seconds)),
           td_text_bytes(b, (uint64_t)((double)r->bytes / seconds)));
    if (r->shop->catalog_report.file[TD_PROPERTIES_1].is_present ||
        r->shop->catalog_report.file[TD_TREE].is_present)
        printf("          catalog in %.2f s\n", r->catalog_s);
    td_known_print(&r->known);
}

/* After reading, so that a shop with too many excluded rows leaves no snapshot. */
static td_status save(const td_shop *shop, const td_cli *cli, const options *o, td_error *err) {
    if (o->save == NULL) return TD_OK;
    td_snapshot_source source = {&shop->log, shop->file, &shop->catalog, &shop->catalog_report,
                                 o->price_property};
    return td_snapshot_write(o->save, &source, &cli->exec, err);
}

/* The log first: the catalog keeps only items that occur in it. */
static td_status read_all(td_shop *shop, report *r, const td_cli *cli, const options *o,
                          td_error *err) {
    td_catalog_source source = {cli->path[0], o->price_property};
    double start = td_clock_seconds();
    TD_TRY(td_shop_open(shop, cli->path[0], &o->cleaning, &cli->exec, err));
    double middle = td_clock_seconds();
    TD_TRY(td_shop_read_catalog(shop, &source, &o->cleaning, &cli->exec, err));
    double seconds[] = {middle - start, td_clock_seconds() - middle};
    *r = (report){shop, seconds[0], seconds[1], td_file_bytes(shop->file).n, {{0}, 0, 0, {{0}}}};
    return TD_OK;
}

/* The true log is compared unasked; its files alone say which shop this is. */
static td_status compare(td_shop *shop, report *r, const td_cli *cli, const options *o,
                         td_error *err) {
    TD_TRY(td_known_find(&r->known, cli->path[0], err));
    if (!o->is_published && !r->known.is_same[0]) return TD_OK;
    TD_TRY(td_shop_cut_sessions(shop, TD_DEFAULT_GAP_MS / 1000, &cli->exec, err));
    return td_known_compare(&r->known, shop, &cli->exec, err);
}

td_status td_cmd_load(const td_cli *cli, const void *given, td_error *err) {
    td_shop shop = {0};
    report r = {0};
    const options *o = given;
    td_status status = td_cli_check_out(cli, o->save, err);
    if (status == TD_OK) status = read_all(&shop, &r, cli, o, err);
    if (status == TD_OK) status = save(&shop, cli, o, err);
    if (status == TD_OK) status = compare(&shop, &r, cli, o, err);
    if (status == TD_OK) status = td_cli_write_json(cli, fill_json, &r, err);
    if (status == TD_OK && td_cli_has_text(cli, NULL)) print_text(&r);
    td_shop_free(&shop);
    return status;
}
