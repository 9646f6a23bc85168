/* A shop that is cut in memory is the shop that would have been read from files that end there. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/leak_poison.h"
#include "core/leak_shop.h"
#include "tests/support/tiny_shop.h"

/* Made-up rows as a file would hold them; codes are those of `full`. */
static void add_poison(td_tiny_rows *rows, const td_leak_poison *poison, const td_tiny_shop *full) {
    for (uint64_t i = 0; i < poison->n_events; i++) {
        const td_leak_event *event = &poison->event[i];
        rows->event[rows->n_events++] =
            (td_tiny_event){.time = event->time,
                            .visitor = full->events.visitors.id[event->visitor],
                            .item = full->events.items.id[event->item],
                            .transaction = event->transaction,
                            .kind = event->kind};
    }
    for (uint64_t i = 0; i < poison->n_properties; i++) {
        const td_leak_property *from = &poison->property[i];
        td_tiny_property *to = &rows->property[rows->n_properties++];
        *to = (td_tiny_property){.time = from->time,
                                 .item = full->events.items.id[from->item],
                                 .property = (td_property)from->property};
        unsigned value = (unsigned)from->value;
        if (to->property == TD_CATEGORY) value = (unsigned)full->catalog.categories.id[from->value];
        if (to->property == TD_PRICE) {
            snprintf(to->text, sizeof to->text, "%u.%03u", value / 1000, value % 1000);
        } else {
            snprintf(to->text, sizeof to->text, "%u", value);
        }
    }
}

static void same_bytes(const void *a, const void *b, size_t n, const char *what) {
    cr_assert(n == 0 || memcmp(a, b, n) == 0, "%s differ", what);
}

#define SAME(field, n) same_bytes(cut->field, read->field, (n) * sizeof *cut->field, #field)

static void same_events(const td_events *cut, const td_events *read) {
    cr_assert_eq(cut->n, read->n);
    SAME(timestamp, cut->n);
    SAME(visitor, cut->n);
    SAME(item, cut->n);
    SAME(kind, cut->n);
    SAME(transaction, cut->n);
    cr_assert_eq(cut->visitors.n, read->visitors.n);
    SAME(visitors.id, cut->visitors.n);
    cr_assert_eq(cut->items.n, read->items.n);
    SAME(items.id, cut->items.n);
    cr_assert_eq(cut->first_timestamp, read->first_timestamp);
    cr_assert_eq(cut->last_timestamp, read->last_timestamp);
}

static void same_catalog(const td_catalog *cut, const td_catalog *read) {
    cr_assert_eq(cut->has_properties, read->has_properties);
    cr_assert_eq(cut->has_tree, read->has_tree);
    cr_assert_eq(cut->n_items, read->n_items);
    uint64_t n_lists = (uint64_t)TD_N_PROPERTIES * cut->n_items;
    SAME(begin, n_lists + 1);
    SAME(entry, cut->begin[n_lists]);
    cr_assert_eq(cut->categories.n, read->categories.n);
    SAME(categories.id, cut->categories.n);
    SAME(parent, cut->categories.n);
    SAME(root, cut->categories.n);
    SAME(depth, cut->categories.n);
    SAME(flags, cut->categories.n);
}

/* The log of the cut shop's events, built from them. */
static void same_item_log(const td_item_log *cut, const td_events *events) {
    td_item_log built;
    const td_item_log *read = &built;
    td_error err = {0};
    cr_assert_eq(td_item_log_build(&built, events, NULL, &err), TD_OK, "%s", err.text);
    cr_assert_eq(cut->n_items, read->n_items);
    SAME(begin, read->n_items + 1);
    SAME(time, events->n);
    SAME(kind, events->n);
    SAME(carts, events->n);
    SAME(transactions, events->n);
    td_item_log_free(&built);
}

/* `shop` is cut again and again. */
static void compare_at(td_leak_shop *shop, const td_tiny_rows *rows, const td_tiny_shop *full,
                       int64_t cut, const td_leak_poison *poison) {
    td_feature_inputs inputs = {
        &full->events, &full->sessions, &full->catalog, &full->population, NULL, NULL};
    td_item_log log;
    td_error err = {0};
    cr_assert_eq(td_item_log_build(&log, &full->events, NULL, &err), TD_OK, "%s", err.text);
    inputs.item_log = &log;
    cr_assert_eq(td_leak_shop_build(shop, &inputs, cut, poison, &err), TD_OK, "%s", err.text);
    td_item_log_free(&log);
    td_tiny_rows other;
    td_tiny_rows_copy(&other, rows, 10000);
    td_tiny_truncate(&other, cut);
    if (poison != NULL) add_poison(&other, poison, full);
    td_population_rule rule = td_population_rule_default();
    td_tiny_shop read;
    td_tiny_shop_build(&read, &other, &rule, 1);
    same_events(&shop->events, &read.events);
    same_catalog(&shop->catalog, &read.catalog);
    same_item_log(&shop->item_log, &read.events);
    cr_assert_eq(shop->sessions.n, read.sessions.n);
    cr_assert_eq(shop->funnel.n, read.funnel.n);
    td_tiny_shop_free(&read);
    td_tiny_rows_free(&other);
}

/* Each shop at some decision times, with and without made-up rows. */
static void compare_shops(uint64_t seed, int is_poisoned) {
    td_rng rng = td_rng_stream(seed, "leak shop", 0, 0);
    td_population_rule rule = td_population_rule_default();
    for (int i = 0; i < 12; i++) {
        td_tiny_rows rows;
        td_tiny_rows_random(&rows, &rng, 20 + td_rng_below(&rng, 250), 100);
        rows.has_tree = i % 4 != 1;
        rows.has_properties = i % 4 != 2;
        td_tiny_shop full;
        td_tiny_shop_build(&full, &rows, &rule, 1);
        td_leak_shop shop = {0};
        for (int c = 0; c < 8; c++) {
            uint32_t row = (uint32_t)td_rng_below(&rng, full.population.n);
            int64_t cut = full.population.decision[row];
            td_feature_inputs inputs = {&full.events,     &full.sessions, &full.catalog,
                                        &full.population, NULL,           NULL};
            td_leak_targets targets = {.row = &row, .n = 1, .cut = cut};
            td_leak_poison poison = {0};
            if (is_poisoned) {
                cr_assert_eq(td_leak_poison_make(&poison, &inputs, &targets, &rng, NULL), TD_OK);
                cr_assert_gt(poison.n_events, 900);
            }
            compare_at(&shop, &rows, &full, cut, is_poisoned ? &poison : NULL);
            td_leak_poison_free(&poison);
        }
        td_leak_shop_free(&shop);
        td_tiny_shop_free(&full);
        td_tiny_rows_free(&rows);
    }
}

Test(core_leak_shop, a_cut_equals_reading_files_that_end_there) { compare_shops(1, 0); }

Test(core_leak_shop, made_up_rows_equal_reading_files_that_hold_them) { compare_shops(2, 1); }

Test(core_leak_shop, poison_is_later_than_the_cut_and_starts_one_millisecond_after_it) {
    td_rng rng = td_rng_stream(3, "leak shop", 0, 0);
    td_population_rule rule = td_population_rule_default();
    td_tiny_rows rows;
    td_tiny_rows_random(&rows, &rng, 200, 100);
    td_tiny_shop full;
    td_tiny_shop_build(&full, &rows, &rule, 1);
    td_feature_inputs inputs = {&full.events,     &full.sessions, &full.catalog,
                                &full.population, NULL,           NULL};
    uint32_t row = 3;
    int64_t cut = full.population.decision[row];
    td_leak_targets targets = {.row = &row, .n = 1, .cut = cut};
    td_leak_poison poison;
    cr_assert_eq(td_leak_poison_make(&poison, &inputs, &targets, &rng, NULL), TD_OK);
    int n_own = 0, n_first_property = 0;
    uint32_t visitor = full.sessions.visitor[full.population.session[row]];
    for (uint64_t i = 0; i < poison.n_events; i++) {
        cr_assert_gt(poison.event[i].time, cut);
        n_own += poison.event[i].visitor == visitor && poison.event[i].time == cut + 1;
    }
    for (uint64_t i = 0; i < poison.n_properties; i++) {
        cr_assert_gt(poison.property[i].time, cut);
        n_first_property += poison.property[i].time == cut + 1;
    }
    cr_assert_geq(n_own, 1);
    cr_assert_geq(n_first_property, 3);
    td_leak_poison_free(&poison);
    td_tiny_shop_free(&full);
    td_tiny_rows_free(&rows);
}

Test(core_leak_shop, memory_that_runs_out_leaves_nothing_behind) {
    td_rng rng = td_rng_stream(4, "leak shop", 0, 0);
    td_population_rule rule = td_population_rule_default();
    td_tiny_rows rows;
    td_tiny_rows_random(&rows, &rng, 100, 50);
    td_tiny_shop full;
    td_tiny_shop_build(&full, &rows, &rule, 1);
    td_feature_inputs inputs = {&full.events,     &full.sessions, &full.catalog,
                                &full.population, NULL,           NULL};
    uint64_t live = td_mem_live_bytes();
    td_leak_shop shop = {0};
    int n_failures = 0;
    for (uint64_t n = 1;; n++) {
        td_mem_fail_after(n);
        td_status status =
            td_leak_shop_build(&shop, &inputs, full.population.decision[5], NULL, NULL);
        td_mem_fail_after(0);
        if (status == TD_OK) break;
        cr_assert_eq(status, TD_ERR_NOMEM);
        cr_assert_eq(td_mem_live_bytes(), live);
        n_failures++;
    }
    cr_assert_gt(n_failures, 15);
    td_leak_shop_free(&shop);
    cr_assert_eq(td_mem_live_bytes(), live);
    td_tiny_shop_free(&full);
    td_tiny_rows_free(&rows);
}
