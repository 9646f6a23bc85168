/* core/eda.h: a first look at a log: how things are spread, who stands out, what is missing.
 *
 * Counts and conversion by hour, weekday, day and category are key figures (core/kpi.h); this is
 * what they leave out. */
#ifndef TD_CORE_EDA_H
#define TD_CORE_EDA_H

#include <stdint.h>

#include "core/base/err.h"
#include "core/base/par.h"
#include "core/catalog.h"
#include "core/events.h"
#include "core/kpi.h"
#include "core/sessions.h"

/* Whole numbers that are spread over a range. */
typedef enum td_spread_id {
    TD_SPREAD_SESSION_EVENTS,   /* events of a session */
    TD_SPREAD_SESSION_DURATION, /* ms from first event to last, of sessions of two or more */
    TD_SPREAD_GAP,              /* ms between neighbouring events of a session */
    TD_SPREAD_PAUSE,            /* ms from a session's end to the visitor's next start */
    TD_SPREAD_VISITOR_EVENTS,   /* events of a visitor */
    TD_SPREAD_ITEM_EVENTS,      /* events of an item */
    TD_N_SPREADS
} td_spread_id;

/* "session_events", ...; 1 when the values are milliseconds. */
const char *td_spread_name(td_spread_id id);
int td_spread_is_time(td_spread_id id);

enum { TD_SPREAD_MAX_BINS = 16 };

typedef struct td_spread {
    uint64_t n;
    int64_t least; /* -1 when n = 0, as the next two */
    int64_t greatest;
    int64_t quantile[TD_N_QUANTILES]; /* order statistics ceil(n p), td_kpi_quantile_percent */
    double mean;                      /* 0 when n = 0 */
    uint32_t n_bins;
    int64_t from[TD_SPREAD_MAX_BINS]; /* bin i: from[i] <= value < from[i + 1]; the last is open */
    uint64_t bin[TD_SPREAD_MAX_BINS];
} td_spread;

/* What makes a visitor stand out. */
typedef struct td_eda_rule {
    uint64_t heavy_events;    /* heavy: at least so many events */
    uint64_t fast_gaps;       /* fast: at least so many gaps inside sessions ... */
    int64_t fast_ms;          /* ... whose median is shorter than this */
    uint32_t sleepless_hours; /* sleepless: events in at least so many hours of one UTC day */
} td_eda_rule;

td_eda_rule td_eda_rule_default(void); /* 500 events; 50 gaps, 2 s; 20 hours */

enum {
    TD_VISITOR_HEAVY = 1,
    TD_VISITOR_FAST = 2,
    TD_VISITOR_SLEEPLESS = 4,
    TD_N_VISITOR_FLAGS = 3
};

/* "heavy", "fast", "sleepless" of bit i. */
const char *td_visitor_flag_name(int bit);

typedef struct td_eda_visitor {
    int64_t id;
    uint64_t n_of_kind[TD_N_KINDS];
    uint64_t n_sessions;
    int64_t median_gap_ms; /* inside sessions; -1 without a gap */
    uint32_t day_hours;    /* most hours of one UTC day with an event */
    int flags;
} td_eda_visitor;

typedef struct td_eda_item {
    int64_t id;
    uint64_t n_of_kind[TD_N_KINDS];
} td_eda_item;

enum { TD_EDA_TOP = 20 };

/* Visitors of a kind, and what they weigh. */
typedef struct td_eda_share {
    uint64_t visitors, events, transactions;
} td_eda_share;

typedef struct td_eda {
    td_eda_rule rule;
    td_spread spread[TD_N_SPREADS];
    uint32_t n_visitors; /* the busiest, most events first, ties by id */
    td_eda_visitor visitor[TD_EDA_TOP];
    uint32_t n_items;
    td_eda_item item[TD_EDA_TOP]; /* the most seen, likewise */
    td_eda_share flagged[TD_N_VISITOR_FLAGS];
    td_eda_share robotic;                  /* fast or sleepless */
    uint64_t items_with[TD_N_PROPERTIES];  /* items of the log with some value of the property */
    uint64_t events_with[TD_N_PROPERTIES]; /* events whose item had a value as of the event */
} td_eda;

typedef struct td_eda_input { /* all borrowed */
    const td_events *events;
    const td_sessions *sessions;
    const td_catalog *catalog; /* NULL = none, its counts are 0 then */
} td_eda_input;

/* O(events log(values)), a sort of each spread. */
td_status td_eda_build(td_eda *out, const td_eda_input *input, const td_eda_rule *rule,
                       const td_exec *exec, td_error *err) TD_MUST_USE;

#endif
