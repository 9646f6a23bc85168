/* core/funnel.h: step 3 of the flow: one funnel row per session.
 *
 * Equal timestamps are simultaneous: "a view at or before the first cart" holds when both carry the
 * same time. Anomalies (cart without view, purchase without cart) are counted, never repaired. */
#ifndef TD_CORE_FUNNEL_H
#define TD_CORE_FUNNEL_H

#include <stdint.h>

#include "core/base/err.h"
#include "core/base/par.h"
#include "core/events.h"
#include "core/sessions.h"

#define TD_NO_TIME INT64_C(-1)

enum {
    TD_HAS_VIEW = 1 << 0,
    TD_HAS_CART = 1 << 1,
    TD_HAS_PURCHASE = 1 << 2,
    TD_VALID_CART = 1 << 3,          /* a view at or before the first cart */
    TD_VALID_PURCHASE = 1 << 4,      /* a cart at or before the first purchase */
    TD_VALID_PATH = 1 << 5,          /* both */
    TD_ITEM_VALID_CART = 1 << 6,     /* some item has a view at or before one of its carts */
    TD_ITEM_VALID_PURCHASE = 1 << 7, /* some item has a cart at or before one of its purchases */
    TD_ITEM_VALID_PATH = 1 << 8,     /* one and the same item has view <= cart <= purchase */
    TD_CART_WITHOUT_VIEW = 1 << 9,
    TD_PURCHASE_WITHOUT_CART = 1 << 10,
    TD_PURCHASE_WITHOUT_VIEW = 1 << 11,
    TD_N_FUNNEL_FLAGS = 12
};

/* "has_view", ... of bit i (0 .. TD_N_FUNNEL_FLAGS - 1). */
const char *td_funnel_flag_name(int bit);

typedef struct td_funnel_row {
    uint32_t n_of_kind[TD_N_KINDS];    /* events by kind */
    uint16_t flags;                    /* bits above */
    uint8_t stage;                     /* furthest td_event_kind reached */
    int64_t first_of_kind[TD_N_KINDS]; /* ms of the first event of each kind, TD_NO_TIME */
} td_funnel_row;

typedef struct td_funnel {
    uint64_t n; /* sessions */
    td_funnel_row *row;
} td_funnel;

void td_funnel_free(td_funnel *funnel);

/* *out owned*; events and sessions borrowed. O(events), item flags by sorting within a session. */
td_status td_funnel_build(td_funnel *out, const td_events *events, const td_sessions *sessions,
                          const td_exec *exec, td_error *err) TD_MUST_USE;

#endif
