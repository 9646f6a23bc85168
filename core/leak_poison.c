/* core/leak_poison.c: made-up rows after a cut C that would hurt if anybody looked at them.
 *
 * Problem: a leak of 1 ms shows only in a session that has an event 1 ms after its decision, and a
 * real log may not hold a single one. So what follows C is replaced by rows that make every
 * possible look ahead visible. For each of the sessions compared at C (up to MAX_TARGETS, those
 * decided at C itself first):
 *
 *     own       3 events of its visitor, the first at C + 1 ms, all near enough to extend the
 *     session market    2 events of somebody else at each of its first items, the first at C + 1 ms
 *     catalog   category, availability and price of these items written anew at C + 1 ms
 *
 *         start          C = decision
 *           e   e    e   |r  r      r          own
 *           i1  i2   i1  |x x                  market and catalog of i1, i2
 *                        ^ C + 1 ms
 *
 * and beside them N_ANY rows of anybody and anything over the next four weeks. Visitors and items
 * are those of the full log, so some have never been seen before C and shift the codes of the
 * others.
 *
 * Random numbers: one stream a cut. Rows are sorted into the canonical order, equal ones are
 * dropped. It does not imitate the shop's law: a random row need not be likely, only possible. */
#include "core/leak_poison.h"

#include <stdlib.h>

#include "core/base/mem.h"

enum {
    MAX_TARGETS = 256,
    N_OWN = 3,
    MAX_ITEMS = 4, /* first events of a target whose items are touched */
    N_MARKET = 2,
    N_ANY = 1024,
    N_ANY_PROPERTIES = 512,
    MAX_PRICE = 500000,
    MAX_EVENTS = MAX_TARGETS * (N_OWN + MAX_ITEMS * N_MARKET) + N_ANY,
    MAX_PROPERTIES = MAX_TARGETS * MAX_ITEMS * TD_N_PROPERTIES + N_ANY_PROPERTIES
};

_Static_assert((int)MAX_EVENTS <= (int)TD_LEAK_MAX_MADE_UP &&
                   (int)MAX_PROPERTIES <= (int)TD_LEAK_MAX_MADE_UP,
               "a cut shop has room for them");

static const int64_t FOUR_WEEKS_MS = INT64_C(28) * 86400000;
static const uint64_t N_TRANSACTIONS = UINT64_C(1000000);

typedef struct maker {
    td_leak_poison *out;
    const td_feature_inputs *inputs;
    int64_t cut;
    td_rng *rng;
} maker;

/* An event of a random kind. */
static void put_event(maker *m, uint32_t visitor, uint32_t item, int64_t time) {
    uint8_t kind = (uint8_t)td_rng_below(m->rng, TD_N_KINDS);
    int64_t transaction = (int64_t)td_rng_below(m->rng, N_TRANSACTIONS);
    if (kind != TD_TRANSACTION) transaction = TD_NO_TRANSACTION;
    m->out->event[m->out->n_events++] = (td_leak_event){
        .time = time, .transaction = transaction, .visitor = visitor, .item = item, .kind = kind};
}

static void put_property(maker *m, uint32_t item, td_property property, int64_t time) {
    uint64_t n_values[TD_N_PROPERTIES] = {m->inputs->catalog->categories.n, 2, MAX_PRICE};
    if (n_values[property] == 0) return; /* a shop without a single category */
    int64_t value = (int64_t)td_rng_below(m->rng, n_values[property]);
    m->out->property[m->out->n_properties++] = (td_leak_property){
        .time = time, .value = value, .item = item, .property = (uint8_t)property};
}

static int has_properties(const maker *m) {
    return m->inputs->catalog != NULL && m->inputs->catalog->has_properties;
}

static uint32_t any_visitor(maker *m) {
    return (uint32_t)td_rng_below(m->rng, m->inputs->events->visitors.n);
}

/* Others do something with an item, and its facts change. */
static void touch_item(maker *m, uint32_t item) {
    for (int i = 0; i < N_MARKET; i++) {
        int64_t later = i == 0 ? 0 : (int64_t)td_rng_below(m->rng, 1000);
        put_event(m, any_visitor(m), item, m->cut + 1 + later);
    }
    if (!has_properties(m)) return;
    for (int p = 0; p < TD_N_PROPERTIES; p++) {
        put_property(m, item, (td_property)p, m->cut + 1);
    }
}

static void aim_at(maker *m, uint32_t row) {
    const td_events *events = m->inputs->events;
    const td_sessions *sessions = m->inputs->sessions;
    uint32_t s = m->inputs->population->session[row];
    uint32_t first = sessions->begin[s];
    uint32_t n = sessions->begin[s + 1] - first;
    uint64_t near = (uint64_t)sessions->gap_ms / 2 + 1;
    for (int i = 0; i < N_OWN; i++) {
        int64_t later = i == 0 ? 0 : (int64_t)td_rng_below(m->rng, near);
        uint32_t item = events->item[first + td_rng_below(m->rng, n)];
        put_event(m, sessions->visitor[s], item, m->cut + 1 + later);
    }
    for (uint32_t e = first; e < first + n && e < first + MAX_ITEMS; e++) {
        touch_item(m, events->item[e]);
    }
}

static void put_anything(maker *m) {
    uint32_t n_items = m->inputs->events->items.n;
    for (int i = 0; i < N_ANY; i++) {
        int64_t time = m->cut + 1 + (int64_t)td_rng_below(m->rng, (uint64_t)FOUR_WEEKS_MS);
        put_event(m, any_visitor(m), (uint32_t)td_rng_below(m->rng, n_items), time);
    }
    for (int i = 0; has_properties(m) && i < N_ANY_PROPERTIES; i++) {
        int64_t time = m->cut + 1 + (int64_t)td_rng_below(m->rng, (uint64_t)FOUR_WEEKS_MS);
        uint32_t item = (uint32_t)td_rng_below(m->rng, n_items);
        put_property(m, item, (td_property)td_rng_below(m->rng, TD_N_PROPERTIES), time);
    }
}

static int order_of(int64_t a, int64_t b) { return (a > b) - (a < b); }

/* The canonical order of events; codes are ranks of ids, so they compare alike. */
static int compare_events(const void *a, const void *b) {
    const td_leak_event *x = a, *y = b;
    int order = order_of(x->visitor, y->visitor);
    if (order == 0) order = order_of(x->time, y->time);
    if (order == 0) order = order_of(x->kind, y->kind);
    if (order == 0) order = order_of(x->item, y->item);
    if (order == 0) order = order_of(x->transaction, y->transaction);
    return order;
}

/* By place in the catalog, and by value so that which of two rows is dropped is no matter of luck.
 * */
static int compare_places(const td_leak_property *x, const td_leak_property *y) {
    int order = order_of(x->item, y->item);
    if (order == 0) order = order_of(x->property, y->property);
    if (order == 0) order = order_of(x->time, y->time);
    return order;
}

static int compare_properties(const void *a, const void *b) {
    const td_leak_property *x = a, *y = b;
    int order = compare_places(x, y);
    return order != 0 ? order : order_of(x->value, y->value);
}

static void sort_rows(td_leak_poison *out) {
    qsort(out->event, out->n_events, sizeof *out->event, compare_events);
    qsort(out->property, out->n_properties, sizeof *out->property, compare_properties);
    uint64_t n = 0;
    for (uint64_t i = 0; i < out->n_events; i++) {
        if (n > 0 && compare_events(&out->event[n - 1], &out->event[i]) == 0) continue;
        out->event[n++] = out->event[i];
    }
    out->n_events = n;
    n = 0;
    for (uint64_t i = 0; i < out->n_properties; i++) {
        if (n > 0 && compare_places(&out->property[n - 1], &out->property[i]) == 0) continue;
        out->property[n++] = out->property[i];
    }
    out->n_properties = n;
}

td_status td_leak_poison_make(td_leak_poison *out, const td_feature_inputs *inputs,
                              const td_leak_targets *targets, td_rng *rng, td_error *err) {
    *out = (td_leak_poison){0};
    out->event = td_mem_array(MAX_EVENTS, sizeof *out->event, err);
    out->property = td_mem_array(MAX_PROPERTIES, sizeof *out->property, err);
    if (out->event == NULL || out->property == NULL) {
        td_leak_poison_free(out);
        return TD_ERR_NOMEM;
    }
    maker m = {.out = out, .inputs = inputs, .cut = targets->cut, .rng = rng};
    for (uint64_t i = 0; i < targets->n && i < MAX_TARGETS; i++) aim_at(&m, targets->row[i]);
    put_anything(&m);
    sort_rows(out);
    return TD_OK;
}
