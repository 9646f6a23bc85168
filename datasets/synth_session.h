/* datasets/synth_session.h: one session of a visitor, from its first event to its last.
 *
 *     start                     decision = start + 300 s
 *       |--- prefix events ------|--- later events, drawn given the outcome ---| > 30 min | ...
 *                                ^ state -> law -> p0, p1 -> one draw -> y0, y1
 */
#ifndef TD_DATASETS_SYNTH_SESSION_H
#define TD_DATASETS_SYNTH_SESSION_H

#include <stdint.h>

#include "core/base/err.h"
#include "core/base/rng.h"
#include "datasets/synth_law.h"
#include "datasets/synth_visitor.h"

#define TD_SYNTH_NO_ITEM UINT32_MAX /* nothing in the cart */

/* One visitor on its way. The state's history fields (sessions, carts, purchases before) last over
 * sessions; all its other fields are those of the session. */
typedef struct td_synth_walk {
    const td_synth_world *world;
    td_synth_trace *trace;
    const td_synth_heavy *heavy; /* NULL for nearly everybody */
    td_rng rng;
    uint32_t visitor;
    uint64_t first_event;   /* of the visitor, index into the trace */
    uint64_t session_event; /* first of the session */
    int64_t start;          /* of the session */
    int64_t now;            /* time of the last event */
    uint32_t item;          /* rank: what the visitor looks at */
    uint32_t cart_item;     /* what it last put into the cart in this session */
    int is_item_in_cart;    /* and that is the item it looks at */
    uint32_t longest;       /* > 0: the next session without a purchase has so many events */
    td_synth_state state;
} td_synth_walk;

/* 1 with probability p. */
int td_synth_coin(td_synth_walk *walk, double p);

/* Append the session that starts at `start` (ms): its events and its row of the truth. Afterwards
 * walk->now is its end and walk->state remembers it. */
td_status td_synth_walk_session(td_synth_walk *walk, int64_t start, td_error *err) TD_MUST_USE;

#endif
