/* core/features_gather.c: cut the full tables at a row's bound and copy what lies before it.
 *
 * Problem: features must not be able to reach what comes after their bound, so they get copies
 * that end there. This file is the one place where the bounds of the prefix and the catalog scope
 * are applied:
 *
 *     prefix    event.time <= cut          (copy stops at the first later event; events ascend)
 *     catalog   value as of cut, as of cut - 7 days
 *
 * Items get slots in the order in which the prefix meets them. A code has been met by this row
 * when its mark says so (mark = row + 1), thus a row costs only what it touches: O(events of the
 * prefix + items * log(values of the item)).
 *
 * The visitor's totals are accumulated in features.c, the market's in features_sweep.c. */
#include "core/features_gather.h"

#include <math.h>
#include <string.h>

static const int64_t PRICE_AGO_MS = INT64_C(7) * 86400000;
static const double THOUSANDTHS = 1000.0;

uint64_t td_gather_longest(const td_sessions *sessions) {
    uint64_t longest = 0;
    for (uint64_t s = 0; s < sessions->n; s++) {
        uint64_t n = sessions->begin[s + 1] - sessions->begin[s];
        if (n > longest) longest = n;
    }
    return longest;
}

/* Marks start at 0, and no row has the mark 0. */
static uint32_t *zeroed_codes(td_arena *arena, uint64_t n, td_error *err) {
    uint32_t *out = td_arena_array(arena, n, sizeof *out, err);
    if (out != NULL) memset(out, 0, n * sizeof *out);
    return out;
}

td_status td_gather_init(td_gather *out, const td_feature_inputs *inputs, uint64_t longest,
                         td_arena *arena, td_error *err) {
    uint64_t n_items = inputs->events->items.n;
    uint64_t n_categories = inputs->catalog != NULL ? inputs->catalog->categories.n : 0;
    *out = (td_gather){
        .met = td_arena_array(arena, n_items, sizeof *out->met, err),
        .category_mark = zeroed_codes(arena, n_categories, err),
        .top_mark = zeroed_codes(arena, n_categories, err),
        .event = td_arena_array(arena, longest, sizeof *out->event, err),
        .item = td_arena_array(arena, longest, sizeof *out->item, err),
        .item_code = td_arena_array(arena, longest, sizeof *out->item_code, err),
        .category_code = td_arena_array(arena, longest, sizeof *out->category_code, err),
        .fact = td_arena_array(arena, longest, sizeof *out->fact, err),
    };
    int is_complete = out->met && out->category_mark && out->top_mark && out->event && out->item &&
                      out->item_code && out->category_code && out->fact;
    if (!is_complete) return TD_ERR_NOMEM;
    memset(out->met, 0, n_items * sizeof *out->met);
    return TD_OK;
}

td_prefix_view td_gather_prefix(td_gather *gather, const td_feature_inputs *inputs, uint64_t row) {
    const td_events *events = inputs->events;
    const td_population *population = inputs->population;
    uint32_t s = population->session[row];
    uint32_t mark = (uint32_t)row + 1;
    int64_t cut = population->cut[row];
    uint32_t n_events = 0, n_items = 0;
    for (uint32_t e = inputs->sessions->begin[s]; e < inputs->sessions->begin[s + 1]; e++) {
        /* the bound of the prefix scope */
        if (events->timestamp[e] > cut) break;
        if (population->rule.hide_cart && events->kind[e] == TD_ADDTOCART) continue;
        uint32_t item = events->item[e];
        struct td_met *met = &gather->met[item];
        if (met->mark != mark) {
            *met = (struct td_met){mark, n_items};
            gather->item_code[n_items] = item;
            gather->item[n_items++] = (td_prefix_item){{0}};
        }
        gather->item[met->slot].n_of_kind[events->kind[e]]++;
        gather->event[n_events++] =
            (td_prefix_event){events->timestamp[e], met->slot, events->kind[e]};
    }
    return (td_prefix_view){.start = inputs->sessions->start[s],
                            .decision = population->decision[row],
                            .n_events = n_events,
                            .n_items = n_items,
                            .event = gather->event,
                            .item = gather->item};
}

/* Price as of t in currency units, NaN unknown. */
static double price_as_of(const td_catalog *catalog, uint32_t item, int64_t t) {
    int64_t thousandths;
    if (!td_catalog_value(catalog, TD_PRICE, item, t, &thousandths)) return NAN;
    return (double)thousandths / THOUSANDTHS;
}

/* Facts of one item but for its category. */
static td_catalog_item look_up(const td_catalog *catalog, uint32_t item, int64_t cut) {
    int64_t available = -1;
    td_catalog_value(catalog, TD_AVAILABLE, item, cut, &available);
    return (td_catalog_item){.price = price_as_of(catalog, item, cut),
                             .price_before = price_as_of(catalog, item, cut - PRICE_AGO_MS),
                             .available = (int8_t)available};
}

td_catalog_view td_gather_catalog(td_gather *gather, const td_feature_inputs *inputs, uint64_t row,
                                  uint32_t n_items) {
    const td_catalog *catalog = inputs->catalog;
    int64_t cut = inputs->population->cut[row]; /* the bound of the catalog scope */
    uint32_t mark = (uint32_t)row + 1;
    td_catalog_view view = {.n_items = n_items, .item = gather->fact};
    for (uint32_t i = 0; i < n_items; i++) {
        td_catalog_item *fact = &gather->fact[i];
        gather->category_code[i] = TD_CODE_NONE;
        *fact = (td_catalog_item){.price = NAN, .price_before = NAN, .available = -1};
        if (catalog == NULL) continue;
        *fact = look_up(catalog, gather->item_code[i], cut);
        uint32_t c = td_catalog_category(catalog, gather->item_code[i], cut);
        if (c == TD_CODE_NONE) continue;
        uint32_t top = catalog->root[c];
        gather->category_code[i] = c;
        fact->has_category = 1;
        fact->depth = catalog->depth[c];
        /* the first item of the row in this category, in this top-level category */
        view.n_categories += gather->category_mark[c] != mark;
        view.n_tops += gather->top_mark[top] != mark;
        gather->category_mark[c] = gather->top_mark[top] = mark;
    }
    return view;
}
