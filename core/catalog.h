/* core/catalog.h: what was known about an item at a time, and the category tree.
 *
 *     item 7, price      |--- 1200 ---|-------- 990 --------|---- 1100 ----->
 *                       t0            t1        ^ t         t2
 *     value as of t = the value with the greatest timestamp <= t = 990
 *
 * Only three properties are kept (category, availability, price) and only of items that occur in
 * the log. io/csv_catalog fills the raw tables. The tree has no time: it is the one declared
 * timeless input. */
#ifndef TD_CORE_CATALOG_H
#define TD_CORE_CATALOG_H

#include <stdint.h>

#include "core/base/dict.h"
#include "core/base/err.h"
#include "core/base/par.h"
#include "core/events.h"
#include "core/sessions.h"

typedef enum td_property {
    TD_CATEGORY = 0,  /* value: category, as an original id in raw rows, as a code in the catalog */
    TD_AVAILABLE = 1, /* value: 0 or 1 */
    TD_PRICE = 2,     /* value: thousandths of the currency unit, >= 0 */
    TD_N_PROPERTIES = 3
} td_property;

/* "category", "available", "price". */
const char *td_property_name(td_property property);

/* One kept row of item_properties. Two rows of one (item, property, timestamp) are decided by
 * `text`. */
typedef struct td_raw_property {
    int64_t timestamp; /* ms since 1970 UTC */
    int64_t value;     /* as above */
    const char *text;  /* [length] the value as written, borrowed until td_catalog_build returns */
    uint32_t length;
    uint32_t item; /* code in td_events.items */
    uint8_t property;
} td_raw_property;

/* One row of category_tree. */
typedef struct td_raw_category {
    int64_t id;
    int64_t parent; /* original id, TD_NO_PARENT for a root */
} td_raw_category;

#define TD_NO_PARENT INT64_C(-1)

typedef struct td_raw_catalog {
    int has_properties; /* a property file was there, even if without rows */
    int has_tree;
    uint64_t n_properties;     /* below 2^32 */
    td_raw_property *property; /* [n_properties] any order */
    uint64_t n_categories;
    td_raw_category *category; /* [n_categories] any order */
} td_raw_catalog;

void td_raw_catalog_free(td_raw_catalog *raw);

typedef struct td_dated_value {
    int64_t time;
    int64_t value;
} td_dated_value;

enum {
    TD_CATEGORY_WITHOUT_ROW = 1, /* named as a parent or by an item only: a root by necessity */
    TD_CATEGORY_CUT = 2          /* smallest id of a cycle: its parent was removed */
};

typedef struct td_catalog {
    int has_properties;
    int has_tree;
    uint32_t n_items;
    /* Entries of property p of item i: entry[begin[k]] .. entry[begin[k + 1] - 1], k = 3 i + p,
     * times ascending and distinct. An item's properties lie together: one look takes one or two
     * cache lines. */
    uint32_t *begin; /* [TD_N_PROPERTIES * n_items + 1] */
    td_dated_value *entry;
    td_iddict categories;  /* ids of the tree and of all category values */
    uint32_t *parent;      /* [n categories] code, TD_CODE_NONE for a root */
    uint32_t *root;        /* [n categories] code of the top-level category above it (or itself) */
    uint32_t *depth;       /* [n categories] edges up to the root, 0 for a root */
    uint8_t *flags;        /* [n categories] bits above */
    uint64_t n_duplicates; /* kept property rows equal to another one */
    uint64_t n_conflicts;  /* kept property rows that lost to a greater value at the same time */
    uint64_t n_missing_parents; /* categories named as a parent that have no row of their own */
    uint64_t n_cycles;          /* cycles cut */
} td_catalog;

void td_catalog_free(td_catalog *catalog);

/* Consumes raw (freed in any case). Conflicting parents of one category are TD_ERR_FORMAT and
 * named. *out owned*. O(rows + n_items), radix sorts. */
td_status td_catalog_build(td_catalog *out, td_raw_catalog *raw, uint32_t n_items,
                           const td_exec *exec, td_error *err) TD_MUST_USE;

/* Value of (item, property) as of t: 1 and *value when one is known, else 0 and *value untouched.
 * O(log k), k = values of the item. */
int td_catalog_value(const td_catalog *catalog, td_property property, uint32_t item, int64_t t,
                     int64_t *value);

/* Category code of the item as of t, TD_CODE_NONE when unknown. */
uint32_t td_catalog_category(const td_catalog *catalog, uint32_t item, int64_t t);

/* Group of each session for KPIs: top-level category of the first event's item as of that event,
 * TD_CODE_NONE = unknown; its original id is catalog->categories.id[code]. Without a tree each
 * category is its own top. *group owned*, [sessions->n]. */
td_status td_catalog_session_groups(uint32_t **group, const td_catalog *catalog,
                                    const td_events *events, const td_sessions *sessions,
                                    const td_exec *exec, td_error *err) TD_MUST_USE;

/* Price of each event's item as of the event, thousandths, -1 = unknown: what revenue is added up
 * from. *price owned*, [events->n]. O(events log k). */
td_status td_catalog_event_prices(int64_t **price, const td_catalog *catalog,
                                  const td_events *events, const td_exec *exec,
                                  td_error *err) TD_MUST_USE;

#endif
