/* tests/support/tiny_shop.h: small made-up shops for tests: plain rows in, all tables of the
 * library out.
 *
 * Rows keep original ids and texts, so that an oracle can work from them alone. */
#ifndef TD_TESTS_SUPPORT_TINY_SHOP_H
#define TD_TESTS_SUPPORT_TINY_SHOP_H

#include <stdint.h>

#include "core/base/rng.h"
#include "core/catalog.h"
#include "core/features.h"
#include "core/funnel.h"
#include "core/population.h"

typedef struct td_tiny_event {
    int64_t time;
    int64_t visitor;
    int64_t item;
    int64_t transaction; /* TD_NO_TRANSACTION unless a transaction */
    int64_t kind;        /* td_event_kind; no padding, so that rows compare as bytes */
} td_tiny_event;

typedef struct td_tiny_property {
    int64_t time;
    int64_t item; /* original id, perhaps of no event */
    td_property property;
    char text[16]; /* "7", "0", "n277.200" without the n: digits, perhaps with a point */
} td_tiny_property;

typedef struct td_tiny_category {
    int64_t id;
    int64_t parent; /* TD_NO_PARENT */
} td_tiny_category;

typedef struct td_tiny_rows {
    uint64_t n_events;
    uint64_t n_properties;
    uint64_t n_categories;
    td_tiny_event *event;       /* [n_events] distinct, any order */
    td_tiny_property *property; /* [n_properties] any order */
    td_tiny_category *category; /* [n_categories] */
    int has_properties;         /* the files are there */
    int has_tree;
} td_tiny_rows;

typedef struct td_tiny_shop {
    td_events events;
    td_sessions sessions;
    td_funnel funnel;
    td_catalog catalog;
    td_population population;
    td_feature_set set;
} td_tiny_shop;

/* Value of a property text as the catalog wants it: an id, 0 or 1, thousandths. */
int64_t td_tiny_property_value(const td_tiny_property *row);

/* Everything up to the features. Asserts that all steps succeed. `rows` is not changed. */
void td_tiny_shop_build(td_tiny_shop *shop, const td_tiny_rows *rows,
                        const td_population_rule *rule, int n_threads);
void td_tiny_shop_free(td_tiny_shop *shop);

/* A random shop on a coarse grid of times, so that ties, exact window edges and events at the very
 * decision are frequent. Both files present. Free with td_tiny_rows_free. */
void td_tiny_rows_random(td_tiny_rows *rows, td_rng *rng, uint64_t n_events, uint64_t n_properties);
void td_tiny_rows_free(td_tiny_rows *rows);

/* One event, property or category in the style of td_tiny_rows_random, at a time of the grid. */
td_tiny_event td_tiny_random_event(td_rng *rng);
td_tiny_property td_tiny_random_property(td_rng *rng);

/* Copy with room for `more` further events and properties. */
void td_tiny_rows_copy(td_tiny_rows *out, const td_tiny_rows *rows, uint64_t more);

/* Drop exact copies of events (the cleaning step is not what these tests are about). */
void td_tiny_rows_dedupe(td_tiny_rows *rows);

/* Keep the rows at `cut` or before, in place. */
void td_tiny_truncate(td_tiny_rows *rows, int64_t cut);

#endif
