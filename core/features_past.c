/* core/features_past.c: the visitor scope's totals.
 *
 * Problem: every session needs the totals over all earlier sessions of its visitor. Scanning them
 * anew for each session costs the square of a visitor's events, and the busiest visitors have
 * thousands.
 *
 * Sessions of a visitor are taken in ascending order; a session is absorbed only after its own
 * row has been served, so what a row sees is exactly the events before its start. Per item the
 * visitor's counts are kept in an array over all items; a mark tells whose counts they are, so
 * that the next visitor starts from nothing without clearing.
 *
 *     open item: carted at least once, never bought.
 *         first cart of an item not bought: + 1        first purchase of an item carted: - 1
 *     The two rules give the same count for every order of events of one time.
 *
 * Cost: O(events) over all, O(items of the prefix) a row. */
#include "core/features_past.h"

#include <string.h>

#include "core/base/par.h"

td_status td_past_init(td_past *out, const td_feature_inputs *inputs, uint64_t longest,
                       td_arena *arena, td_error *err) {
    uint64_t n_items = inputs->events->items.n;
    *out = (td_past){
        .item = td_arena_array(arena, n_items, sizeof *out->item, err),
        .slot = td_arena_array(arena, longest, sizeof *out->slot, err),
    };
    if (out->item == NULL || out->slot == NULL) return TD_ERR_NOMEM;
    memset(out->item, 0, n_items * sizeof *out->item);
    return TD_OK;
}

void td_past_begin(td_past *past, uint32_t visitor) {
    past->total = (td_visitor_view){0};
    past->visitor_mark = visitor + 1;
}

td_visitor_view td_past_view(td_past *past, int64_t start, const uint32_t *item_code,
                             uint32_t n_items) {
    for (uint32_t i = 0; i < n_items; i++) {
        const struct td_past_item *item = &past->item[item_code[i]];
        int is_met = item->mark == past->visitor_mark;
        past->slot[i] = is_met ? item->count : (td_visitor_item){{0}};
    }
    td_visitor_view view = past->total;
    view.start = start;
    view.n_items = n_items;
    view.item = past->slot;
    return view;
}

static void absorb_event(td_past *past, uint32_t item, uint8_t kind, int64_t time) {
    struct td_past_item *own = &past->item[item];
    if (own->mark != past->visitor_mark) {
        *own = (struct td_past_item){.mark = past->visitor_mark};
    }
    uint32_t *n = own->count.n_of_kind;
    int was_open = n[TD_ADDTOCART] > 0 && n[TD_TRANSACTION] == 0;
    n[kind]++;
    int is_open = n[TD_ADDTOCART] > 0 && n[TD_TRANSACTION] == 0;
    past->total.n_open_items += (uint64_t)is_open;
    past->total.n_open_items -= (uint64_t)was_open;
    past->total.n_of_kind[kind]++;
    past->total.last_of_kind[kind] = time;
}

void td_past_absorb(td_past *past, const td_feature_inputs *inputs, uint32_t s) {
    const td_events *events = inputs->events;
    const td_sessions *sessions = inputs->sessions;
    int stage = TD_VIEW;
    for (uint32_t e = sessions->begin[s]; e < sessions->begin[s + 1]; e++) {
        if (events->kind[e] > stage) stage = events->kind[e];
        absorb_event(past, events->item[e], events->kind[e], events->timestamp[e]);
    }
    td_visitor_view *total = &past->total;
    if (total->n_sessions == 0) total->first_time = sessions->start[s];
    total->n_sessions++;
    total->n_purchase_sessions += stage == TD_TRANSACTION;
    total->total_ms += sessions->end[s] - sessions->start[s];
    total->last_end = sessions->end[s];
    total->last_stage = stage;
}
