/* core/leak_shop.c: cut a shop at a time C.
 *
 * Problem: the audit needs, at many times C, the tables that a reader would have built from files
 * that end at C. Reading and sorting again each time would cost seconds; the rows are sorted
 * already, so a cut is a filter that keeps their order:
 *
 *   1. events: visitor by visitor the rows with time <= C, behind them the made-up rows of the
 *      visitor, which are all later than C: the canonical order holds by itself;
 *
 *          visitor 7   e e e | e e       ->  e e e r r
 *          visitor 8         | e         ->  (gone: codes behind it move up)
 *
 *   2. codes: visitors are ranked while they are met; items are marked, ranked and coded in a
 *      second pass. A rank among those who have come by C is what the cleaning step would give;
 *   3. item properties: the values with time <= C of the items left, behind them the made-up ones;
 *   4. categories: those of the tree, which has no time, and those that a value left names. Depth
 *      and root of a category are the tree's and move with it;
 *   5. the item log, where the inputs have one: item by item the events with time <= C, behind them
 *      the made-up ones;
 *   6. sessions and funnel by the functions of production.
 *
 * Cost: O(events + items + values), one thread; the audit runs several cuts side by side. It does
 * not know what a feature is. Equal to reading the cut files: tests/unit/test_core_leak_shop.c. */
#include "core/leak_shop.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"

void td_leak_poison_free(td_leak_poison *poison) {
    td_mem_free(poison->event);
    td_mem_free(poison->property);
    *poison = (td_leak_poison){0};
}

void td_leak_shop_free(td_leak_shop *shop) {
    td_catalog_free(&shop->catalog);
    td_funnel_free(&shop->funnel);
    td_sessions_free(&shop->sessions);
    td_events_free(&shop->events);
    td_item_log_free(&shop->item_log);
    *shop = (td_leak_shop){0};
}

typedef struct cutter {
    const td_feature_inputs *inputs;
    int64_t cut;
    const td_leak_poison *poison;
    td_leak_shop *out;
    uint32_t *item_of;     /* [old items] new code, TD_CODE_NONE = has no event left */
    uint32_t *category_of; /* [old categories] likewise */
} cutter;

/* The first rank that is free, given to each marked code in ascending order; ids of those. */
static void rank_codes(td_iddict *out, uint32_t *code, const td_iddict *old) {
    for (uint32_t c = 0; c < old->n; c++) {
        if (code[c] == TD_CODE_NONE) continue;
        code[c] = out->n;
        out->id[out->n++] = old->id[c];
    }
}

/* [n] codes, nobody marked. */
static td_status unmarked(uint32_t **out, uint32_t n, td_error *err) {
    TD_NEW(*out, n, err);
    memset(*out, 0xff, n * sizeof **out);
    return TD_OK;
}

/* Room for any cut of the inputs; what an earlier build left has it already. */
static td_status make_room(td_events *out, const td_events *from, td_error *err) {
    if (out->timestamp != NULL) return TD_OK;
    uint64_t n = from->n + TD_LEAK_MAX_MADE_UP;
    TD_NEW(out->timestamp, n, err);
    TD_NEW(out->visitor, n, err);
    TD_NEW(out->item, n, err);
    TD_NEW(out->kind, n, err);
    TD_NEW(out->transaction, n, err);
    TD_NEW(out->visitors.id, from->visitors.n, err);
    TD_NEW(out->items.id, from->items.n, err);
    return TD_OK;
}

/* Step 1 for one visitor of the full log, its events e .. end - 1: `visitor` of the cut one, whose
 * first place is i. Returns the place behind its last event. */
static uint64_t keep_events(const cutter *c, uint64_t e, uint64_t end, uint64_t i,
                            uint32_t visitor) {
    const td_events *from = c->inputs->events;
    int64_t *restrict time = c->out->events.timestamp;
    uint32_t *restrict of_visitor = c->out->events.visitor;
    uint32_t *restrict item = c->out->events.item;
    uint8_t *restrict kind = c->out->events.kind;
    int64_t *restrict transaction = c->out->events.transaction;
    uint32_t *restrict item_of = c->item_of;
    for (; e < end && from->timestamp[e] <= c->cut; e++, i++) {
        time[i] = from->timestamp[e];
        of_visitor[i] = visitor;
        item[i] = from->item[e]; /* old code until step 2 */
        kind[i] = from->kind[e];
        transaction[i] = from->transaction[e];
        item_of[from->item[e]] = 0;
    }
    return i;
}

static void add_event(cutter *c, const td_leak_event *event) {
    td_events *to = &c->out->events;
    uint64_t i = to->n++;
    to->timestamp[i] = event->time;
    to->visitor[i] = to->visitors.n;
    to->item[i] = event->item;
    to->kind[i] = event->kind;
    to->transaction[i] = event->transaction;
    c->item_of[event->item] = 0;
}

static void fill_events(cutter *c) {
    const td_sessions *sessions = c->inputs->sessions;
    const td_iddict *visitors = &c->inputs->events->visitors;
    td_events *to = &c->out->events;
    uint64_t next = 0; /* made-up row */
    for (uint32_t v = 0; v < visitors->n; v++) {
        uint64_t before = to->n;
        to->n =
            keep_events(c, sessions->begin[sessions->visitor_begin[v]],
                        sessions->begin[sessions->visitor_begin[v + 1]], before, to->visitors.n);
        while (c->poison != NULL && next < c->poison->n_events &&
               c->poison->event[next].visitor == v) {
            add_event(c, &c->poison->event[next++]);
        }
        if (to->n > before) to->visitors.id[to->visitors.n++] = visitors->id[v];
    }
}

static void find_span(td_events *events) {
    if (events->n == 0) return;
    events->first_timestamp = events->last_timestamp = events->timestamp[0];
    for (uint64_t e = 1; e < events->n; e++) {
        int64_t t = events->timestamp[e];
        if (t < events->first_timestamp) events->first_timestamp = t;
        if (t > events->last_timestamp) events->last_timestamp = t;
    }
}

/* Steps 1 and 2. */
static td_status cut_events(cutter *c, td_error *err) {
    const td_events *from = c->inputs->events;
    td_events *to = &c->out->events;
    TD_TRY(make_room(to, from, err));
    TD_TRY(unmarked(&c->item_of, from->items.n, err));
    fill_events(c);
    rank_codes(&to->items, c->item_of, &from->items);
    for (uint64_t e = 0; e < to->n; e++) to->item[e] = c->item_of[to->item[e]];
    find_span(to);
    return TD_OK;
}

/* Step 3 for one list, property p of old item i; *next walks the made-up values. */
static void cut_values(cutter *c, uint32_t i, uint8_t p, uint64_t *next) {
    const td_catalog *from = c->inputs->catalog;
    td_catalog *to = &c->out->catalog;
    uint64_t list = (uint64_t)c->item_of[i] * TD_N_PROPERTIES + p;
    uint32_t n = to->begin[list];
    uint64_t old = (uint64_t)i * TD_N_PROPERTIES + p;
    for (uint32_t e = from->begin[old]; e < from->begin[old + 1]; e++) {
        if (from->entry[e].time > c->cut) break;
        to->entry[n++] = from->entry[e];
    }
    const td_leak_poison *poison = c->poison;
    for (; poison != NULL && *next < poison->n_properties; (*next)++) {
        const td_leak_property *row = &poison->property[*next];
        if (row->item > i || (row->item == i && row->property > p)) break;
        if (row->item < i || row->property < p) continue; /* its item has no event left */
        to->entry[n++] = (td_dated_value){row->time, row->value};
    }
    to->begin[list + 1] = n;
}

static td_status fill_values(cutter *c, td_error *err) {
    const td_catalog *from = c->inputs->catalog;
    td_catalog *to = &c->out->catalog;
    uint64_t n_old = from->begin[(uint64_t)TD_N_PROPERTIES * from->n_items];
    to->n_items = c->out->events.items.n;
    if (to->begin == NULL) {
        TD_NEW(to->begin, (uint64_t)TD_N_PROPERTIES * from->n_items + 1, err);
        TD_NEW(to->entry, n_old + TD_LEAK_MAX_MADE_UP, err);
    }
    to->begin[0] = 0;
    uint64_t next = 0;
    for (uint32_t i = 0; i < from->n_items; i++) {
        if (c->item_of[i] == TD_CODE_NONE) continue;
        for (int p = 0; p < TD_N_PROPERTIES; p++) cut_values(c, i, (uint8_t)p, &next);
    }
    return TD_OK;
}

/* Values of the category property, one after the other: the next place of one from list i on. */
static uint32_t next_category(const td_catalog *catalog, uint32_t *item, uint32_t e) {
    for (; *item < catalog->n_items; (*item)++) {
        uint64_t list = (uint64_t)*item * TD_N_PROPERTIES + TD_CATEGORY;
        if (e < catalog->begin[list]) e = catalog->begin[list];
        if (e < catalog->begin[list + 1]) return e;
    }
    return UINT32_MAX;
}

/* Step 4: a category stays when the tree has a row of it or names it as a parent, or a value does.
 * */
static void mark_categories(cutter *c) {
    const td_catalog *from = c->inputs->catalog;
    const td_catalog *to = &c->out->catalog;
    for (uint32_t k = 0; k < from->categories.n; k++) {
        if (!(from->flags[k] & TD_CATEGORY_WITHOUT_ROW)) c->category_of[k] = 0;
        if (from->parent[k] != TD_CODE_NONE) c->category_of[from->parent[k]] = 0;
    }
    uint32_t item = 0;
    for (uint32_t e = next_category(to, &item, 0); e != UINT32_MAX;
         e = next_category(to, &item, e + 1)) {
        c->category_of[to->entry[e].value] = 0;
    }
}

static td_status move_tree(cutter *c, td_error *err) {
    const td_catalog *from = c->inputs->catalog;
    td_catalog *to = &c->out->catalog;
    TD_NEW(to->parent, to->categories.n, err);
    TD_NEW(to->root, to->categories.n, err);
    TD_NEW(to->depth, to->categories.n, err);
    TD_NEW(to->flags, to->categories.n, err);
    for (uint32_t k = 0; k < from->categories.n; k++) {
        uint32_t i = c->category_of[k];
        if (i == TD_CODE_NONE) continue;
        uint32_t parent = from->parent[k];
        to->parent[i] = parent == TD_CODE_NONE ? TD_CODE_NONE : c->category_of[parent];
        to->root[i] = c->category_of[from->root[k]];
        to->depth[i] = from->depth[k];
        to->flags[i] = from->flags[k];
    }
    return TD_OK;
}

/* Steps 3 and 4. */
static td_status cut_catalog(cutter *c, td_error *err) {
    const td_catalog *from = c->inputs->catalog;
    td_catalog *to = &c->out->catalog;
    to->has_properties = from->has_properties;
    to->has_tree = from->has_tree;
    to->n_missing_parents = from->n_missing_parents;
    to->n_cycles = from->n_cycles;
    TD_TRY(fill_values(c, err));
    TD_TRY(unmarked(&c->category_of, from->categories.n, err));
    mark_categories(c);
    TD_NEW(to->categories.id, from->categories.n, err);
    rank_codes(&to->categories, c->category_of, &from->categories);
    uint32_t item = 0;
    for (uint32_t e = next_category(to, &item, 0); e != UINT32_MAX;
         e = next_category(to, &item, e + 1)) {
        to->entry[e].value = c->category_of[to->entry[e].value];
    }
    return move_tree(c, err);
}

static int order_of(int64_t a, int64_t b) { return (a > b) - (a < b); }

/* The order of an item log. */
static int compare_by_item(const void *a, const void *b) {
    const td_leak_event *x = a, *y = b;
    int order = order_of(x->item, y->item);
    if (order == 0) order = order_of(x->time, y->time);
    return order != 0 ? order : order_of(x->kind, y->kind);
}

/* Step 5; made_up [n] in the order of an item log. */
static void fill_item_log(cutter *c, const td_leak_event *made_up, uint64_t n) {
    const td_item_log *from = c->inputs->item_log;
    td_item_log *to = &c->out->item_log;
    uint64_t next = 0;
    uint32_t place = 0;
    for (uint32_t i = 0; i < from->n_items; i++) {
        uint32_t item = c->item_of[i];
        if (item == TD_CODE_NONE) continue;
        for (uint32_t e = from->begin[i]; e < from->begin[i + 1] && from->time[e] <= c->cut; e++) {
            td_item_log_add(to, item, place++, from->time[e], from->kind[e]);
        }
        for (; next < n && made_up[next].item == i; next++) {
            td_item_log_add(to, item, place++, made_up[next].time, made_up[next].kind);
        }
        to->begin[item + 1] = place;
    }
}

static td_status cut_item_log(cutter *c, td_error *err) {
    const td_events *full = c->inputs->events;
    if (c->out->item_log.begin == NULL)
        TD_TRY(
            td_item_log_init(&c->out->item_log, full->n + TD_LEAK_MAX_MADE_UP, full->items.n, err));
    c->out->item_log.n_items = c->out->events.items.n;
    uint64_t n = c->poison != NULL ? c->poison->n_events : 0;
    td_leak_event *made_up;
    TD_NEW(made_up, n, err);
    if (n > 0) memcpy(made_up, c->poison->event, n * sizeof *made_up);
    qsort(made_up, n, sizeof *made_up, compare_by_item);
    fill_item_log(c, made_up, n);
    td_mem_free(made_up);
    return TD_OK;
}

static td_status build(cutter *c, td_error *err) {
    td_leak_shop *out = c->out;
    TD_TRY(cut_events(c, err));
    if (c->inputs->item_log != NULL) TD_TRY(cut_item_log(c, err));
    if (c->inputs->catalog != NULL) TD_TRY(cut_catalog(c, err));
    TD_TRY(td_sessions_build(&out->sessions, &out->events, c->inputs->sessions->gap_ms, NULL, err));
    return td_funnel_build(&out->funnel, &out->events, &out->sessions, NULL, err);
}

/* The large arrays of an earlier build stay, the rest is given back. */
static void recycle(td_leak_shop *shop) {
    td_leak_shop old = *shop;
    *shop = (td_leak_shop){.events = {.timestamp = old.events.timestamp,
                                      .visitor = old.events.visitor,
                                      .item = old.events.item,
                                      .kind = old.events.kind,
                                      .transaction = old.events.transaction,
                                      .visitors = {.id = old.events.visitors.id},
                                      .items = {.id = old.events.items.id}},
                           .catalog = {.begin = old.catalog.begin, .entry = old.catalog.entry},
                           .item_log = old.item_log};
    old.events = (td_events){0};
    old.item_log = (td_item_log){0};
    old.catalog.begin = NULL;
    old.catalog.entry = NULL;
    td_leak_shop_free(&old);
}

td_status td_leak_shop_build(td_leak_shop *out, const td_feature_inputs *inputs, int64_t cut,
                             const td_leak_poison *poison, td_error *err) {
    recycle(out);
    cutter c = {.inputs = inputs, .cut = cut, .poison = poison, .out = out};
    td_status status = build(&c, err);
    td_mem_free(c.item_of);
    td_mem_free(c.category_of);
    if (status != TD_OK) td_leak_shop_free(out);
    return status;
}
