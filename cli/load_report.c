/* cli/load_report.c: what `tundish load` found, as JSON and as text.
 *
 * Both tell the same things in the same order: rows of each file and their fate, the span of time,
 * how many visitors and items, oddities of the catalog, the speed of each stage, and the published
 * figures beside the log's own when the files are those of RetailRocket (load_known.c).
 *
 * A rate divides the bytes of a stage's files (inflated, when they came compressed) by the seconds
 * of the whole stage: for events.csv that is mapping, parsing, cleaning, sorting and coding; for
 * the catalog all its files. A snapshot is mapped, nothing is parsed, so it has no rate in bytes.
 *
 * Nothing is counted here; the keys of the JSON are listed in cmd_load.c. */
#include "cli/load_report.h"

#include <stdio.h>

/* --- stages ----------------------------------------------------------------------------------- */

/* Bytes of the catalog's files, as read; a snapshot has none. */
static uint64_t catalog_bytes(const td_load_report *r) {
    uint64_t n = 0;
    for (int i = 0; i < TD_N_CATALOG_FILES; i++) n += r->shop->catalog_report.file[i].n_bytes;
    return n;
}

static uint64_t catalog_rows(const td_load_report *r) {
    uint64_t n = 0;
    for (int i = 0; i < TD_N_CATALOG_FILES; i++) n += r->shop->catalog_report.file[i].n_read;
    return n;
}

static int has_catalog(const td_load_report *r) {
    const td_catalog_counts *file = r->shop->catalog_report.file;
    return file[TD_PROPERTIES_1].is_present || file[TD_PROPERTIES_2].is_present ||
           file[TD_TREE].is_present;
}

/* Seconds under the stage's name and, where bytes were read, their rate: 10^6 bytes a second. */
static void json_stage(td_json *json, const char *name, double seconds, uint64_t n_bytes) {
    char rate[32];
    snprintf(rate, sizeof rate, "%s_mb_per_s", name);
    td_json_f64(json, name, seconds);
    if (n_bytes > 0 && seconds > 0) td_json_f64(json, rate, (double)n_bytes / 1e6 / seconds);
}

static void print_speed(const char *what, double seconds, uint64_t n_rows, uint64_t n_bytes) {
    char rows[32], bytes[32];
    double s = seconds > 1e-6 ? seconds : 1e-6;
    printf("%s in %.2f s: %s rows/s", what, seconds,
           td_text_count(rows, (uint64_t)((double)n_rows / s)));
    if (n_bytes > 0) printf(", %s/s", td_text_bytes(bytes, (uint64_t)((double)n_bytes / s)));
    putchar('\n');
}

/* --- JSON and text ---------------------------------------------------------------------------- */

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

/* Keys stand in the order of the flow: log, catalog, time spent. */
void td_load_json(td_json *json, const void *ctx) {
    const td_load_report *r = ctx;
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
    td_shop_json_catalog(json, "catalog", r->shop);
    td_json_object(json, "timings");
    json_stage(json, "events", r->events_s, r->bytes);
    json_stage(json, "catalog", r->catalog_s, catalog_bytes(r));
    td_json_end(json);
    td_known_json(json, &r->known);
}

/* The table of files, then what a person asks next: when, how many, how fast. Oddities of the
 * catalog are mentioned only where there are some. */
void td_load_print(const td_load_report *r) {
    const td_event_log *log = &r->shop->log;
    const td_events *events = &log->events;
    const td_catalog *catalog = &r->shop->catalog;
    char first[32], last[32], a[32];
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
    print_speed("speed     events.csv", r->events_s, log->n_rows_read, r->bytes);
    if (has_catalog(r))
        print_speed("          catalog", r->catalog_s, catalog_rows(r), catalog_bytes(r));
    td_known_print(&r->known);
}
