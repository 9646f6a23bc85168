/* core/features_past.h: running totals over one visitor's finished sessions. Engine only.
 *
 *     td_past_begin(&past);                       for each visitor
 *     for each session, ascending:
 *         td_past_view(&past, ...)                what was known before it
 *         td_past_absorb(&past, ...)              only now it becomes the past */
#ifndef TD_CORE_FEATURES_PAST_H
#define TD_CORE_FEATURES_PAST_H

#include <stdint.h>

#include "core/base/arena.h"
#include "core/base/err.h"
#include "core/features.h"
#include "core/features_views.h"

typedef struct td_past {
    td_visitor_view total; /* without start and items */
    uint32_t visitor_mark; /* visitor + 1 */
    struct td_past_item {
        uint32_t mark; /* visitor_mark of the visitor whose counts these are */
        td_visitor_item count;
    } * item;              /* [n_items] */
    td_visitor_item *slot; /* [longest session] counts by slot of the row at hand */
} td_past;

td_status td_past_init(td_past *out, const td_feature_inputs *inputs, uint64_t longest,
                       td_arena *arena, td_error *err) TD_MUST_USE;

/* Forget everything: a visitor without a past. */
void td_past_begin(td_past *past, uint32_t visitor);

/* The past as seen from a session that starts at `start`, with the prefix's items. Valid until
 * the next call. O(n_items). */
td_visitor_view td_past_view(td_past *past, int64_t start, const uint32_t *item_code,
                             uint32_t n_items);

/* Session s of this visitor is over. O(its events). */
void td_past_absorb(td_past *past, const td_feature_inputs *inputs, uint32_t s);

#endif
