/* datasets/synth_catalog.h: what the synthetic shop sells: items, prices, stock, category tree.
 *
 * Items are numbered by popularity rank (0 = most wanted). Their properties stand in weekly
 * snapshots, as in the original files:
 *
 *     log    day 0 ...... 7 ...... 14 ...... 21 ........................ 133 .... 138
 *     week        -1      |   0    |    1    |    2        ...            |  18
 *                         first snapshot: before it nothing is known of any item
 *
 * The law of the purchases reads an item only through td_synth_offer_at: what a reader of the
 * property files can know as of that time. */
#ifndef TD_DATASETS_SYNTH_CATALOG_H
#define TD_DATASETS_SYNTH_CATALOG_H

#include <stdint.h>

#include "core/base/err.h"
#include "core/base/par.h"
#include "core/base/rng.h"

#define TD_SYNTH_LOG_BEGIN INT64_C(1430622000000) /* 2015-05-03 03:00 UTC, ms */
#define TD_SYNTH_DAY_MS    INT64_C(86400000)

enum {
    TD_SYNTH_N_DAYS = 138, /* to 2015-09-18 03:00 */
    TD_SYNTH_N_WEEKS = 19, /* snapshots, the first on day 7 */
    TD_SYNTH_N_CATEGORIES = 1669,
    TD_SYNTH_N_ROOTS = 25,       /* categories 0 .. 24 */
    TD_SYNTH_CATEGORY_MOD = 1699 /* prime; original category ids are below it */
};

typedef struct td_synth_item {
    uint64_t discount;       /* two bits a week: index into the discount steps */
    uint32_t id;             /* as in the files */
    uint32_t base_price;     /* thousandths */
    uint32_t is_available;   /* bit w = in stock as of snapshot w */
    uint16_t category[2];    /* before change_week, and from it on */
    uint8_t change_week;     /* TD_SYNTH_N_WEEKS = the category never changes */
    uint8_t first_week;      /* first snapshot with this item; TD_SYNTH_N_WEEKS = never listed */
    uint8_t has_category;    /* 0: listed without categoryid */
    uint8_t popularity_band; /* 2, 1, 0: the top, middle, last third of the demand */
} td_synth_item;

/* What is known of an item as of a time. Without is_listed everything else is 0. */
typedef struct td_synth_offer {
    uint32_t price; /* thousandths */
    uint16_t category;
    uint8_t is_listed;
    uint8_t has_category;
    uint8_t is_available;
} td_synth_offer;

typedef struct td_synth_catalog {
    uint32_t n_items;    /* items for sale: ranks 0 .. n_items - 1 can be visited */
    uint32_t n_listed;   /* >= n_items: the others stand in the property files only */
    uint32_t n_slots;    /* items of ranks r and r + n_slots belong together */
    td_synth_item *item; /* [n_listed] */
    double *demand;      /* [4097]: rank where each 4096th of the demand begins */
    uint16_t parent[TD_SYNTH_N_CATEGORIES]; /* of a root: itself */
    uint16_t root[TD_SYNTH_N_CATEGORIES];   /* 0 .. 24 */
    uint8_t depth[TD_SYNTH_N_CATEGORIES];   /* edges up to the root */
} td_synth_catalog;

void td_synth_catalog_free(td_synth_catalog *catalog);

/* *out owned*. n_items >= 25, n_listed >= n_items. O(n_listed). */
td_status td_synth_catalog_build(td_synth_catalog *out, uint32_t n_items, uint32_t n_listed,
                                 uint64_t seed, const td_exec *exec, td_error *err) TD_MUST_USE;

/* Category id as in the files. */
uint32_t td_synth_category_id(uint32_t category);

/* When snapshot `week` was taken, ms. */
int64_t td_synth_week_time(int week);

/* Price in thousandths as of snapshot `week`. */
uint32_t td_synth_price(const td_synth_item *item, int week);
uint32_t td_synth_category(const td_synth_item *item, int week);

td_synth_offer td_synth_offer_at(const td_synth_catalog *catalog, uint32_t rank, int64_t time);

/* A rank by demand, and one of the same slot as `rank` by demand within it. */
uint32_t td_synth_draw_item(const td_synth_catalog *catalog, td_rng *rng);
uint32_t td_synth_draw_related(const td_synth_catalog *catalog, uint32_t rank, td_rng *rng);

#endif
