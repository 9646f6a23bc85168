/* datasets/synth_visitor.h: the life of one visitor of the synthetic shop, session by session, and
 * what all visitors share. */
#ifndef TD_DATASETS_SYNTH_VISITOR_H
#define TD_DATASETS_SYNTH_VISITOR_H

#include <stdint.h>

#include "core/base/err.h"
#include "datasets/synth.h"
#include "datasets/synth_catalog.h"

#define TD_SYNTH_DECISION_MS INT64_C(300000)
#define TD_SYNTH_GAP_MS      INT64_C(1800000)

/* One event of the log; 24 bytes. */
typedef struct td_synth_event {
    int64_t timestamp; /* ms */
    uint32_t visitor;
    uint32_t rank;  /* of the item */
    uint32_t order; /* of a transaction: number of its order; else 0 */
    uint8_t kind;   /* td_event_kind */
    uint8_t n_rows; /* in events.csv: 1, or 2 with an exact copy */
} td_synth_event;

/* Visitor with a fixed number of events (crawlers, resellers). */
typedef struct td_synth_heavy {
    uint32_t visitor;
    uint32_t n_events;
    uint32_t longest; /* events of its longest session, 0 = as it comes */
} td_synth_heavy;

/* When people come: cumulative shares of the days of the log and of the hours of such a day, each
 * from 0 to its own total. */
typedef struct td_synth_calendar {
    double day[TD_SYNTH_N_DAYS + 1];
    double hour[25];
} td_synth_calendar;

/* Fill from the shares by weekday and hour that datasets/README.md lists. */
void td_synth_calendar_init(td_synth_calendar *calendar);

/* What all visitors share: read by all threads, written by none once it is built. */
typedef struct td_synth_world {
    td_synth_catalog catalog;
    td_synth_calendar calendar;
    td_synth_heavy *heavy; /* [n_heavy] by visitor */
    uint32_t n_heavy;
    uint32_t n_visitors;
    double shift; /* of the log-odds of a purchase */
    uint64_t seed;
} td_synth_world;

/* Events and sessions of consecutive visitors. Orders are numbered from 0 within the trace. */
typedef struct td_synth_trace {
    td_synth_event *event; /* [n_events] by (visitor, time) */
    uint64_t n_events;
    uint64_t event_capacity;
    td_synth_session *session; /* [n_sessions] */
    uint64_t n_sessions;
    uint64_t session_capacity;
    uint32_t n_orders;
} td_synth_trace;

/* Give both arrays back; a zeroed trace is allowed. */
void td_synth_trace_free(td_synth_trace *trace);

/* Append the whole life of one visitor; its draws depend on (seed, visitor) alone. On failure
 * (TD_ERR_NOMEM) the trace holds a part of it and stays owned by the caller. O(its events). */
td_status td_synth_visitor_live(td_synth_trace *trace, const td_synth_world *world,
                                uint32_t visitor, td_error *err) TD_MUST_USE;

#endif
