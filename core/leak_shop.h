/* core/leak_shop.h: a shop as it stood at a time C, perhaps with made-up rows after it. Leak audit
 * only. */
#ifndef TD_CORE_LEAK_SHOP_H
#define TD_CORE_LEAK_SHOP_H

#include <stdint.h>

#include "core/base/err.h"
#include "core/catalog.h"
#include "core/features.h"
#include "core/funnel.h"

/* A made-up event later than C; codes are those of the full log. */
typedef struct td_leak_event {
    int64_t time;
    int64_t transaction; /* TD_NO_TRANSACTION unless a transaction */
    uint32_t visitor;
    uint32_t item;
    uint8_t kind;
} td_leak_event;

/* A made-up item property later than C; the value as in td_dated_value. */
typedef struct td_leak_property {
    int64_t time;
    int64_t value;
    uint32_t item;
    uint8_t property;
} td_leak_property;

/* Most made-up events, and most made-up properties, of a cut. */
enum { TD_LEAK_MAX_MADE_UP = 8192 };

typedef struct td_leak_poison {
    uint64_t n_events;
    td_leak_event *event; /* [n_events] distinct, in the canonical order of events */
    uint64_t n_properties;
    td_leak_property *property; /* [n_properties] distinct (item, property, time), in that order */
} td_leak_poison;

void td_leak_poison_free(td_leak_poison *poison);

typedef struct td_leak_shop {
    td_events events;
    td_sessions sessions;
    td_funnel funnel;
    td_catalog catalog;   /* zeroed without one; its counts of duplicates and conflicts are 0 */
    td_item_log item_log; /* zeroed when the inputs have none */
} td_leak_shop;

void td_leak_shop_free(td_leak_shop *shop);

/* Events and item properties with time <= cut, and those of `poison` (NULL = none) behind them;
 * visitors, items and categories are ranked anew, so nobody who comes later leaves a trace in a
 * code; then sessions and funnel as in production. `out` is zeroed, or holds a shop cut earlier
 * from the same inputs, whose memory is used again. *out owned*, the rest borrowed. One thread,
 * O(events + items + property values). */
td_status td_leak_shop_build(td_leak_shop *out, const td_feature_inputs *inputs, int64_t cut,
                             const td_leak_poison *poison, td_error *err) TD_MUST_USE;

#endif
