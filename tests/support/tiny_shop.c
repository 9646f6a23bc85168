/* tests/support/tiny_shop.c: see tiny_shop.h. */
#include "tests/support/tiny_shop.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"

enum { N_VISITORS = 7, N_ITEMS = 9, N_CATEGORY_IDS = 8, N_DAYS = 40 };

static const int64_t FIRST_DAY_MS = INT64_C(16560) * 86400000; /* 2015-05-05 */

int64_t td_tiny_property_value(const td_tiny_property *row) {
    if (row->property != TD_PRICE) return strtoll(row->text, NULL, 10);
    return (int64_t)(strtod(row->text, NULL) * 1000 + 0.5);
}

static void fill_raw_events(td_raw_events *raw, const td_tiny_rows *rows) {
    cr_assert_eq(td_raw_events_init(raw, rows->n_events, NULL), TD_OK);
    for (uint64_t i = 0; i < rows->n_events; i++) {
        raw->timestamp[i] = rows->event[i].time;
        raw->visitor[i] = rows->event[i].visitor;
        raw->item[i] = rows->event[i].item;
        raw->transaction[i] = rows->event[i].transaction;
        raw->kind[i] = (uint8_t)rows->event[i].kind;
    }
}

static void fill_raw_catalog(td_raw_catalog *raw, const td_tiny_rows *rows,
                             const td_iddict *items) {
    *raw = (td_raw_catalog){.has_properties = rows->has_properties, .has_tree = rows->has_tree};
    raw->property = td_mem_array(rows->n_properties, sizeof *raw->property, NULL);
    raw->category = td_mem_array(rows->n_categories, sizeof *raw->category, NULL);
    for (uint64_t i = 0; rows->has_properties && i < rows->n_properties; i++) {
        const td_tiny_property *row = &rows->property[i];
        uint32_t item = td_iddict_find(items, row->item);
        if (item == TD_CODE_NONE) continue;
        raw->property[raw->n_properties++] =
            (td_raw_property){.timestamp = row->time,
                              .value = td_tiny_property_value(row),
                              .text = row->text,
                              .length = (uint32_t)strlen(row->text),
                              .item = item,
                              .property = (uint8_t)row->property};
    }
    for (uint64_t i = 0; rows->has_tree && i < rows->n_categories; i++) {
        raw->category[raw->n_categories++] =
            (td_raw_category){rows->category[i].id, rows->category[i].parent};
    }
}

void td_tiny_shop_build(td_tiny_shop *shop, const td_tiny_rows *rows,
                        const td_population_rule *rule, int n_threads) {
    td_exec exec = {.n_threads = n_threads};
    td_error err = {0};
    td_raw_events raw;
    fill_raw_events(&raw, rows);
    uint64_t *duplicate = NULL;
    uint64_t n_duplicates = 0;
    cr_assert_eq(td_events_build(&shop->events, &duplicate, &n_duplicates, &raw, &exec, &err),
                 TD_OK, "%s", err.text);
    td_mem_free(duplicate);
    cr_assert_eq(td_sessions_build(&shop->sessions, &shop->events, TD_DEFAULT_GAP_MS, &exec, &err),
                 TD_OK);
    cr_assert_eq(td_funnel_build(&shop->funnel, &shop->events, &shop->sessions, &exec, &err),
                 TD_OK);
    td_raw_catalog raw_catalog;
    fill_raw_catalog(&raw_catalog, rows, &shop->events.items);
    cr_assert_eq(td_catalog_build(&shop->catalog, &raw_catalog, shop->events.items.n, &exec, &err),
                 TD_OK, "%s", err.text);
    cr_assert_eq(td_population_build(&shop->population, &shop->sessions, &shop->funnel, rule, &err),
                 TD_OK);
    td_feature_inputs inputs = {
        &shop->events, &shop->sessions, &shop->catalog, &shop->population, NULL, NULL};
    cr_assert_eq(td_features_build(&shop->set, &inputs, &exec, &err), TD_OK, "%s", err.text);
}

void td_tiny_shop_free(td_tiny_shop *shop) {
    td_feature_set_free(&shop->set);
    td_population_free(&shop->population);
    td_catalog_free(&shop->catalog);
    td_funnel_free(&shop->funnel);
    td_sessions_free(&shop->sessions);
    td_events_free(&shop->events);
}

/* Days cluster on the edges of the windows (1, 7, 28 days apart), hours on 0, 1, 2 and 23,
 * minutes on the edges of the decision (5 minutes) and of the session gap (30 minutes). */
static int64_t random_time(td_rng *rng) {
    static const int64_t minute[] = {0, 0, 1, 2, 4, 5, 5, 6, 30, 31};
    static const int64_t hour[] = {0, 0, 1, 2, 23};
    static const int64_t jitter[] = {0, 0, 0, 1, -1};
    int64_t day = (int64_t)td_rng_below(rng, N_DAYS);
    if (td_rng_below(rng, 2)) day = 7 * (day / 7);
    return FIRST_DAY_MS + day * 86400000 + hour[td_rng_below(rng, 5)] * 3600000 +
           minute[td_rng_below(rng, 10)] * 60000 + jitter[td_rng_below(rng, 5)];
}

td_tiny_event td_tiny_random_event(td_rng *rng) {
    static const int64_t kind[] = {TD_VIEW, TD_VIEW, TD_VIEW, TD_ADDTOCART, TD_TRANSACTION};
    td_tiny_event event = {.time = random_time(rng),
                           .visitor = 1000 + (int64_t)td_rng_below(rng, N_VISITORS),
                           .item = 10 + (int64_t)td_rng_below(rng, N_ITEMS),
                           .transaction = TD_NO_TRANSACTION,
                           .kind = kind[td_rng_below(rng, 5)]};
    if (event.kind == TD_TRANSACTION) event.transaction = (int64_t)td_rng_below(rng, 50);
    return event;
}

td_tiny_property td_tiny_random_property(td_rng *rng) {
    td_tiny_property row = {.time = random_time(rng),
                            .item = 10 + (int64_t)td_rng_below(rng, N_ITEMS + 2),
                            .property = (td_property)td_rng_below(rng, TD_N_PROPERTIES)};
    unsigned value = (unsigned)td_rng_below(rng, N_CATEGORY_IDS + 2);
    if (row.property == TD_CATEGORY) snprintf(row.text, sizeof row.text, "%u", 5 + value);
    if (row.property == TD_AVAILABLE) snprintf(row.text, sizeof row.text, "%u", value % 2);
    if (row.property == TD_PRICE) {
        snprintf(row.text, sizeof row.text, "%u.%03u", 3 * value, 125 * (value % 8));
    }
    return row;
}

static int compare_events(const void *a, const void *b) {
    return memcmp(a, b, sizeof(td_tiny_event));
}

void td_tiny_rows_dedupe(td_tiny_rows *rows) {
    qsort(rows->event, rows->n_events, sizeof *rows->event, compare_events);
    uint64_t n = 0;
    for (uint64_t i = 0; i < rows->n_events; i++) {
        if (n > 0 && compare_events(&rows->event[n - 1], &rows->event[i]) == 0) continue;
        rows->event[n++] = rows->event[i];
    }
    rows->n_events = n;
}

void td_tiny_rows_random(td_tiny_rows *rows, td_rng *rng, uint64_t n_events,
                         uint64_t n_properties) {
    *rows = (td_tiny_rows){
        .n_events = n_events, .n_properties = n_properties, .has_properties = 1, .has_tree = 1};
    rows->event = calloc(n_events + 1, sizeof *rows->event);
    rows->property = calloc(n_properties + 1, sizeof *rows->property);
    rows->category = calloc(N_CATEGORY_IDS, sizeof *rows->category);
    for (uint64_t i = 0; i < n_events; i++) rows->event[i] = td_tiny_random_event(rng);
    for (uint64_t i = 0; i < n_properties; i++) rows->property[i] = td_tiny_random_property(rng);
    /* ids 5 .. 12 with parents 1 .. 14: roots, chains, missing parents and cycles occur */
    for (int64_t c = 0; c < N_CATEGORY_IDS; c++) {
        int64_t parent = 1 + (int64_t)td_rng_below(rng, 14);
        rows->category[c] = (td_tiny_category){5 + c, parent < 4 ? TD_NO_PARENT : parent};
    }
    rows->n_categories = N_CATEGORY_IDS;
    td_tiny_rows_dedupe(rows);
}

void td_tiny_rows_copy(td_tiny_rows *out, const td_tiny_rows *rows, uint64_t more) {
    *out = *rows;
    out->event = calloc(rows->n_events + more + 1, sizeof *out->event);
    out->property = calloc(rows->n_properties + more + 1, sizeof *out->property);
    out->category = calloc(rows->n_categories + 1, sizeof *out->category);
    memcpy(out->event, rows->event, rows->n_events * sizeof *out->event);
    memcpy(out->property, rows->property, rows->n_properties * sizeof *out->property);
    memcpy(out->category, rows->category, rows->n_categories * sizeof *out->category);
}

void td_tiny_rows_free(td_tiny_rows *rows) {
    free(rows->event);
    free(rows->property);
    free(rows->category);
    *rows = (td_tiny_rows){0};
}

void td_tiny_truncate(td_tiny_rows *rows, int64_t cut) {
    uint64_t n = 0;
    for (uint64_t i = 0; i < rows->n_events; i++) {
        if (rows->event[i].time <= cut) rows->event[n++] = rows->event[i];
    }
    rows->n_events = n;
    n = 0;
    for (uint64_t i = 0; i < rows->n_properties; i++) {
        if (rows->property[i].time <= cut) rows->property[n++] = rows->property[i];
    }
    rows->n_properties = n;
}
