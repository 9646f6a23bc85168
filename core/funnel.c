/* core/funnel.c: what each session did on the way view -> add to cart -> purchase.
 *
 * Problem: for every session the counts and first times of the three kinds and the flags of
 * funnel.h. Equal times are simultaneous, so every "at or before" below is <=.
 *
 * Steps, for one session with first times V, C, P (view, cart, purchase):
 *   1. One walk over its events: counts and first times.
 *   2. Session flags:   valid_cart      V <= C
 *                       valid_purchase  C <= P
 *                       valid_path      both
 *   3. Item flags, where the session has more than one kind: its events are grouped by item, in
 *      time order within an item, and a small machine walks them:
 *
 *          view             cart                          purchase
 *          seen_view = 1    seen_view -> item_valid_cart  seen_cart -> item_valid_purchase
 *                           seen_path |= seen_view        seen_path -> item_valid_path
 *                           seen_cart = 1
 *
 *      The canonical order puts view < cart < purchase at one time, so "seen" is "at or before".
 *
 * Cost: O(events); step 3 sorts a session's events by item (few sessions need it). */
#include "core/funnel.h"

#include <string.h>

#include "core/base/mem.h"
#include "core/base/radix.h"

enum { GRAIN = 1 << 15, SHORT_SESSION = 128 /* events whose sort fits the stack */ };

typedef struct build_ctx {
    const td_events *events;
    const td_sessions *sessions;
    td_funnel *out;
} build_ctx;

/* The flag when the condition holds, else no bit. */
static uint16_t flag_if(int condition, int flag) { return (uint16_t)(condition ? flag : 0); }

/* Step 2. */
static uint16_t session_flags(const td_funnel_row *row) {
    int view = row->n_of_kind[TD_VIEW] > 0;
    int cart = row->n_of_kind[TD_ADDTOCART] > 0;
    int buy = row->n_of_kind[TD_TRANSACTION] > 0;
    const int64_t *first = row->first_of_kind;
    int valid_cart = view && cart && first[TD_VIEW] <= first[TD_ADDTOCART];
    int valid_buy = cart && buy && first[TD_ADDTOCART] <= first[TD_TRANSACTION];
    return (uint16_t)(flag_if(view, TD_HAS_VIEW) | flag_if(cart, TD_HAS_CART) |
                      flag_if(buy, TD_HAS_PURCHASE) | flag_if(valid_cart, TD_VALID_CART) |
                      flag_if(valid_buy, TD_VALID_PURCHASE) |
                      flag_if(valid_cart && valid_buy, TD_VALID_PATH) |
                      flag_if(cart && !view, TD_CART_WITHOUT_VIEW) |
                      flag_if(buy && !cart, TD_PURCHASE_WITHOUT_CART) |
                      flag_if(buy && !view, TD_PURCHASE_WITHOUT_VIEW));
}

/* Step 3 on events grouped by item: by_item[i] = (item, index of the event). */
static uint16_t walk_items(const td_events *events, const td_keyed *by_item, uint64_t n) {
    int flags = 0;
    int seen_view = 0;
    int seen_cart = 0;
    int seen_path = 0;
    for (uint64_t i = 0; i < n; i++) {
        if (i > 0 && by_item[i].key != by_item[i - 1].key) seen_view = seen_cart = seen_path = 0;
        switch (events->kind[by_item[i].value]) {
        case TD_VIEW:
            seen_view = 1;
            break;
        case TD_ADDTOCART:
            seen_cart = 1;
            seen_path |= seen_view;
            if (seen_view) flags |= TD_ITEM_VALID_CART;
            break;
        default:
            if (seen_cart) flags |= TD_ITEM_VALID_PURCHASE;
            if (seen_path) flags |= TD_ITEM_VALID_PATH;
            break;
        }
    }
    return (uint16_t)flags;
}

/* Group the session's events by item: a stable sort keeps them in time order within an item. */
static td_status add_item_flags(td_funnel_row *row, const td_events *events, uint64_t begin,
                                uint64_t n, td_error *err) {
    td_keyed on_stack[2 * SHORT_SESSION];
    td_keyed *by_item = on_stack;
    if (n > SHORT_SESSION) TD_NEW(by_item, 2 * n, err);
    for (uint64_t i = 0; i < n; i++) by_item[i] = (td_keyed){events->item[begin + i], begin + i};
    td_status status = td_radix_sort(by_item, by_item + n, n, NULL, err);
    if (status == TD_OK) row->flags |= walk_items(events, by_item, n);
    if (by_item != on_stack) td_mem_free(by_item);
    return status;
}

/* Events stand in time order, so the first of a kind has its first time. A session of one kind has
 * no item flag, whatever its items. */
static td_status build_row(td_funnel_row *row, const td_events *events, uint64_t begin,
                           uint64_t end, td_error *err) {
    *row = (td_funnel_row){.first_of_kind = {TD_NO_TIME, TD_NO_TIME, TD_NO_TIME}};
    for (uint64_t i = begin; i < end; i++) {
        uint8_t kind = events->kind[i];
        if (row->n_of_kind[kind]++ == 0) row->first_of_kind[kind] = events->timestamp[i];
        if (kind > row->stage) row->stage = kind;
    }
    row->flags = session_flags(row);
    int n_kinds = 0;
    for (int kind = 0; kind < TD_N_KINDS; kind++) n_kinds += row->n_of_kind[kind] > 0;
    return n_kinds > 1 ? add_item_flags(row, events, begin, end - begin, err) : TD_OK;
}

static td_status build_chunk(void *ctx, td_chunk chunk, td_error *err) {
    const build_ctx *b = ctx;
    const uint32_t *begin = b->sessions->begin;
    for (uint64_t s = chunk.begin; s < chunk.end; s++) {
        TD_TRY(build_row(&b->out->row[s], b->events, begin[s], begin[s + 1], err));
    }
    return TD_OK;
}

td_status td_funnel_build(td_funnel *out, const td_events *events, const td_sessions *sessions,
                          const td_exec *exec, td_error *err) {
    memset(out, 0, sizeof *out);
    out->n = sessions->n;
    TD_NEW(out->row, out->n, err);
    build_ctx b = {.events = events, .sessions = sessions, .out = out};
    td_status status = td_par_for(exec, out->n, GRAIN, build_chunk, &b, err);
    if (status != TD_OK) td_funnel_free(out);
    return status;
}

void td_funnel_free(td_funnel *funnel) {
    td_mem_free(funnel->row);
    memset(funnel, 0, sizeof *funnel);
}

const char *td_funnel_flag_name(int bit) {
    static const char *const names[TD_N_FUNNEL_FLAGS] = {
        "has_view",        "has_cart",          "has_purchase",          "valid_cart",
        "valid_purchase",  "valid_path",        "item_valid_cart",       "item_valid_purchase",
        "item_valid_path", "cart_without_view", "purchase_without_cart", "purchase_without_view"};
    return bit >= 0 && bit < TD_N_FUNNEL_FLAGS ? names[bit] : "unknown";
}
