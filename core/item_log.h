/* core/item_log.h: the events once more, item by item: what anybody did with an item up to a time
 * is a rank in its row of times.
 *
 *     item 7   time     t0  t1  t2  t3  t4            events of item 7 before t: rank of t among
 *              carts     0   1   1   1   2  (so far)  its times; carts among them: carts[rank - 1]
 */
#ifndef TD_CORE_ITEM_LOG_H
#define TD_CORE_ITEM_LOG_H

#include <stdint.h>

#include "core/base/err.h"
#include "core/base/par.h"
#include "core/events.h"

typedef struct td_item_log {
    uint32_t n_items;
    uint32_t *begin;        /* [n_items + 1]: events of item i are begin[i] .. begin[i+1] - 1 */
    int64_t *time;          /* [events] ms, ascending within an item; equal ones by kind */
    uint8_t *kind;          /* [events] td_event_kind */
    uint32_t *carts;        /* [events] carts of the item up to and with this event */
    uint32_t *transactions; /* [events] the same of transactions */
} td_item_log;

void td_item_log_free(td_item_log *log);

/* Room for n events of n_items items, begin[0] = 0; the rest is for td_item_log_add. *out owned*.
 */
td_status td_item_log_init(td_item_log *out, uint64_t n, uint32_t n_items,
                           td_error *err) TD_MUST_USE;

/* Put an event behind the others of the last item begun: place e, which is the item's first when e
 * = begin[item]. Times (and kinds of one time) come in ascending order. */
static inline void td_item_log_add(td_item_log *log, uint32_t item, uint32_t e, int64_t time,
                                   uint8_t kind) {
    uint32_t is_first = e == log->begin[item];
    log->time[e] = time;
    log->kind[e] = kind;
    log->carts[e] = (is_first ? 0 : log->carts[e - 1]) + (kind == TD_ADDTOCART);
    log->transactions[e] = (is_first ? 0 : log->transactions[e - 1]) + (kind == TD_TRANSACTION);
}

/* *out owned*, events borrowed. O(n): two radix sorts. */
td_status td_item_log_build(td_item_log *out, const td_events *events, const td_exec *exec,
                            td_error *err) TD_MUST_USE;

#endif
