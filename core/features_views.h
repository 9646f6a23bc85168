/* core/features_views.h: what a feature is given, by scope, and the five scope functions.
 *
 *     events, catalog --(gather: cut at the scope's bound, copied)--> views --(pure)--> values
 *
 * A scope function gets its views and nothing else: plain values, already cut at the scope's
 * bound. No pointer leads from a view back to the event store, the session table or the catalog,
 * and no item, category or visitor code (a rank over the whole log) is in it: items are numbered
 * by `slot`, in the order in which the prefix meets them. */
#ifndef TD_CORE_FEATURES_VIEWS_H
#define TD_CORE_FEATURES_VIEWS_H

#include <stdint.h>

#include "core/events.h"
#include "core/features.h"
#include "core/features_table.h"

#define TD_F_ENUM(name, needs, definition) TD_F_##name,
enum td_prefix_feature { TD_PREFIX_FEATURES(TD_F_ENUM) TD_N_PREFIX };
enum td_visitor_feature { TD_VISITOR_FEATURES(TD_F_ENUM) TD_N_VISITOR };
enum td_market_feature { TD_MARKET_FEATURES(TD_F_ENUM) TD_N_MARKET };
enum td_catalog_feature { TD_CATALOG_FEATURES(TD_F_ENUM) TD_N_CATALOG };
enum td_clock_feature { TD_CLOCK_FEATURES(TD_F_ENUM) TD_N_CLOCK };
#undef TD_F_ENUM

/* prefix: the session's own events with time <= cut. */
typedef struct td_prefix_event {
    int64_t time; /* ms */
    uint32_t slot;
    uint8_t kind;
} td_prefix_event;

typedef struct td_prefix_item {
    uint32_t n_of_kind[TD_N_KINDS];
} td_prefix_item;

typedef struct td_prefix_view {
    int64_t start;
    int64_t decision;
    uint32_t n_events;
    uint32_t n_items;
    const td_prefix_event *event; /* [n_events] ascending in time */
    const td_prefix_item *item;   /* [n_items] by slot */
} td_prefix_view;

/* visitor: totals over this visitor's sessions that began before this one, which are over. */
typedef struct td_visitor_item {
    uint32_t n_of_kind[TD_N_KINDS]; /* earlier events of the visitor with this item */
} td_visitor_item;

typedef struct td_visitor_view {
    int64_t start; /* of the session */
    uint64_t n_sessions;
    uint64_t n_purchase_sessions;
    uint64_t n_of_kind[TD_N_KINDS];
    uint64_t n_open_items; /* carted, never bought */
    int64_t total_ms;      /* summed length of the sessions */
    int64_t first_time;    /* the five below mean nothing while n_sessions = 0 */
    int64_t last_end;
    int64_t last_of_kind[TD_N_KINDS]; /* meaningful where n_of_kind > 0 */
    int last_stage;                   /* furthest td_event_kind of the latest session */
    uint32_t n_items;
    const td_visitor_item *item; /* [n_items] by slot of the prefix */
} td_visitor_view;

/* market: counts of everybody's events with time in [start - window, start). */
enum { TD_WINDOW_1D = 0, TD_WINDOW_7D, TD_WINDOW_28D, TD_WINDOW_ALL, TD_N_WINDOWS };

typedef struct td_market_count {
    uint32_t n[TD_N_WINDOWS][TD_N_KINDS];
} td_market_count;

typedef struct td_market_view {
    uint64_t n_hour;      /* events of the site in the last hour */
    td_market_count site; /* all items */
    uint32_t n_items;
    uint32_t n_categories;
    const td_market_count *item;     /* [n_items] by slot of the prefix */
    const td_market_count *category; /* [n_categories] distinct categories of the prefix items */
    const double *price_ratio;       /* [n_items] price as of the cut / mean price of the earlier
                                        views in the category, NaN unknown */
    const uint8_t *is_carted;        /* [n_items] the prefix carts the item */
} td_market_view;

/* catalog: facts of the prefix items as of the cut. */
typedef struct td_catalog_item {
    double price;        /* currency units, NaN unknown */
    double price_before; /* 7 days before the cut, NaN unknown */
    uint32_t depth;      /* of the category */
    uint8_t has_category;
    int8_t available; /* 0, 1, -1 unknown */
} td_catalog_item;

typedef struct td_catalog_view {
    uint32_t n_items;
    uint32_t n_categories;       /* distinct */
    uint32_t n_tops;             /* distinct top-level categories */
    const td_catalog_item *item; /* [n_items] by slot of the prefix */
} td_catalog_view;

/* clock: the decision time. */
typedef struct td_clock_view {
    int64_t decision;
} td_clock_view;

/* out[TD_F_<name>] of each feature of the scope. Market and catalog features speak of the prefix's
 * items. Pure; O(events + items of the view). */
void td_features_prefix(double *out, const td_prefix_view *prefix);
void td_features_visitor(double *out, const td_visitor_view *visitor);
void td_features_market(double *out, const td_market_view *market);
void td_features_catalog(double *out, const td_prefix_view *prefix, const td_catalog_view *catalog);
void td_features_clock(double *out, const td_clock_view *clock);

/* The greater of two values of which one or both may be unknown (NaN). */
static inline double td_greater_known(double a, double b) { return b > a || a != a ? b : a; }

#endif
