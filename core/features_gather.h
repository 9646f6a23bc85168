/* core/features_gather.h: the step between the full tables and the views. Not for features: only
 * the engine (features.c) and the market sweep (features_sweep.c) include it.
 *
 * A gather function takes a row of the population, reads the full tables up to the scope's bound
 * and copies what lies before it into the worker's scratch; the view points there. */
#ifndef TD_CORE_FEATURES_GATHER_H
#define TD_CORE_FEATURES_GATHER_H

#include <stdint.h>

#include "core/base/arena.h"
#include "core/base/err.h"
#include "core/features.h"
#include "core/features_views.h"

/* One worker's scratch. Marks hold "row + 1 of the last row that met this code", so nothing is
 * cleared between rows. */
typedef struct td_gather {
    struct td_met {
        uint32_t mark;
        uint32_t slot;       /* in the marking row */
    } * met;                 /* [n_items] */
    uint32_t *category_mark; /* [n categories] */
    uint32_t *top_mark;      /* [n categories] */
    td_prefix_event *event;  /* [longest session] */
    td_prefix_item *item;    /* [longest session] by slot */
    uint32_t *item_code;     /* [longest session] by slot */
    uint32_t *category_code; /* [longest session] by slot, TD_CODE_NONE = unknown */
    td_catalog_item *fact;   /* [longest session] by slot */
} td_gather;

/* Events of the longest session: no prefix has more events or items. O(sessions). */
uint64_t td_gather_longest(const td_sessions *sessions);

/* Scratch from the arena; `longest` as above. */
td_status td_gather_init(td_gather *out, const td_feature_inputs *inputs, uint64_t longest,
                         td_arena *arena, td_error *err) TD_MUST_USE;

/* Events of population row `row` with time <= its cut (carts left out when hidden), items by slot;
 * item_code is filled. The view is valid until the next gather. */
td_prefix_view td_gather_prefix(td_gather *gather, const td_feature_inputs *inputs, uint64_t row);

/* Facts of the prefix items as of the row's cut; fills category_code. catalog NULL: nothing is
 * known.
 */
td_catalog_view td_gather_catalog(td_gather *gather, const td_feature_inputs *inputs, uint64_t row,
                                  uint32_t n_items);

#endif
