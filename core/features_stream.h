/* core/features_stream.h: everybody's events as the market scope counts them: by time, with the
 * category and price of their items as they were. Engine only. */
#ifndef TD_CORE_FEATURES_STREAM_H
#define TD_CORE_FEATURES_STREAM_H

#include <stdint.h>

#include "core/base/err.h"
#include "core/base/par.h"
#include "core/catalog.h"
#include "core/features_views.h"
#include "core/item_log.h"

/* Prices stay below 2^50 thousandths and events below 2^32: neither half can overflow. */
typedef struct td_price_sum {
    uint64_t low;  /* sum of the low 32 bits of the prices */
    uint64_t high; /* sum of the rest */
    uint64_t n;
} td_price_sum;

static inline void td_price_sum_add(td_price_sum *sum, int64_t thousandths) {
    sum->low += (uint64_t)thousandths & UINT32_MAX;
    sum->high += (uint64_t)thousandths >> 32;
    sum->n++;
}

typedef struct td_market_event {
    int64_t time;
    int64_t price;     /* thousandths, of a view whose category and price are known; else -1 */
    uint32_t category; /* TD_CODE_NONE = unknown */
    uint8_t kind;
} td_market_event;

typedef struct td_market_stream {
    uint64_t n;
    td_market_event *event;    /* [n] with from <= time < until, ascending in time */
    td_market_count site;      /* events before `from`, window TD_WINDOW_ALL only */
    td_market_count *category; /* [n categories] the same of their items */
    td_price_sum *price;       /* [n categories] of the views among them */
} td_market_stream;

void td_market_stream_free(td_market_stream *stream);

/* Times in [from, until), ms. */
typedef struct td_market_span {
    int64_t from;
    int64_t until;
} td_market_span;

/* *out owned*; log borrowed, catalog too (NULL = none). O(events of the log + values), and a sort
 * of the n events. */
td_status td_market_stream_build(td_market_stream *out, const td_item_log *log,
                                 const td_catalog *catalog, td_market_span span,
                                 const td_exec *exec, td_error *err) TD_MUST_USE;

#endif
