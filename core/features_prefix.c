/* core/features_prefix.c: what the session itself has shown up to its decision.
 *
 * Problem: turn the visible events into a few numbers about intent: how much, how fast, how often
 * the same item, how far into the funnel, how long ago.
 *
 *     start   v0    v0      c0          v1         decision
 *       |-----o-----o-------o-----------o--------------|
 *         gap   gap     gap     gap        since_last
 *
 * Events ascend in time. Events of one time are simultaneous, so no value may depend on their order
 * among themselves: gaps of 0 are the same either way, and "the last event is a cart" reads "a cart
 * has the time of the last event". Times are integers in ms; a value is divided into seconds
 * once, at the end. Cost: O(events + items). */
#include <math.h>

#include "core/features_views.h"

static const double MS_PER_S = 1000.0;
static const int64_t MINUTE_MS = 60000;

static double seconds(int64_t ms) { return (double)ms / MS_PER_S; }

/* Interest in single items: what is looked at twice is wanted more. */
static void count_items(double *out, const td_prefix_view *prefix) {
    uint32_t n_repeat = 0, n_top = 0, n_carted = 0, n_both = 0;
    for (uint32_t i = 0; i < prefix->n_items; i++) {
        uint32_t n_views = prefix->item[i].n_of_kind[TD_VIEW];
        int is_carted = prefix->item[i].n_of_kind[TD_ADDTOCART] > 0;
        if (n_views > 1) n_repeat += n_views - 1;
        if (n_views > n_top) n_top = n_views;
        n_carted += (uint32_t)is_carted;
        n_both += is_carted && n_views > 0;
    }
    out[TD_F_prefix_items] = prefix->n_items;
    out[TD_F_prefix_repeat_views] = n_repeat;
    out[TD_F_prefix_top_item_views] = n_top;
    out[TD_F_prefix_carted_items] = n_carted;
    out[TD_F_prefix_viewed_carted_items] = n_both;
}

/* Volume, and how much of it is recent. */
static void count_events(double *out, const td_prefix_view *prefix) {
    uint32_t n_of_kind[TD_N_KINDS] = {0};
    uint32_t n_last_minute = 0;
    for (uint32_t i = 0; i < prefix->n_events; i++) {
        n_of_kind[prefix->event[i].kind]++;
        n_last_minute += prefix->event[i].time > prefix->decision - MINUTE_MS;
    }
    out[TD_F_prefix_events] = prefix->n_events;
    out[TD_F_prefix_views] = n_of_kind[TD_VIEW];
    out[TD_F_prefix_carts] = n_of_kind[TD_ADDTOCART];
    out[TD_F_prefix_last_minute] = n_last_minute;
}

/* Pace. One event has no gap, none has no time at all. */
static void measure_times(double *out, const td_prefix_view *prefix) {
    uint32_t n = prefix->n_events;
    out[TD_F_prefix_duration_s] = out[TD_F_prefix_since_last_s] = NAN;
    out[TD_F_prefix_mean_gap_s] = out[TD_F_prefix_max_gap_s] = out[TD_F_prefix_last_gap_s] = NAN;
    if (n == 0) return;
    const td_prefix_event *event = prefix->event;
    int64_t last = event[n - 1].time;
    out[TD_F_prefix_duration_s] = seconds(last - prefix->start);
    out[TD_F_prefix_since_last_s] = seconds(prefix->decision - last);
    if (n == 1) return;
    int64_t max_gap = 0;
    for (uint32_t i = 1; i < n; i++) {
        int64_t gap = event[i].time - event[i - 1].time;
        if (gap > max_gap) max_gap = gap;
    }
    out[TD_F_prefix_mean_gap_s] = seconds(last - event[0].time) / (double)(n - 1);
    out[TD_F_prefix_max_gap_s] = seconds(max_gap);
    out[TD_F_prefix_last_gap_s] = seconds(last - event[n - 2].time);
}

/* The cart: when it was first used, how long ago last, what came after. */
static void measure_cart(double *out, const td_prefix_view *prefix) {
    uint32_t n = prefix->n_events;
    int64_t first = 0, last = 0;
    int has_cart = 0;
    for (uint32_t i = 0; i < n; i++) {
        if (prefix->event[i].kind != TD_ADDTOCART) continue;
        if (!has_cart) first = prefix->event[i].time;
        last = prefix->event[i].time;
        has_cart = 1;
    }
    uint32_t n_after = 0;
    for (uint32_t i = 0; i < n; i++) n_after += prefix->event[i].time > last;
    out[TD_F_prefix_to_cart_s] = has_cart ? seconds(first - prefix->start) : NAN;
    out[TD_F_prefix_since_cart_s] = has_cart ? seconds(prefix->decision - last) : NAN;
    out[TD_F_prefix_after_cart] = has_cart ? (double)n_after : NAN;
    out[TD_F_prefix_is_cart_last] = n == 0 ? NAN : has_cart && last == prefix->event[n - 1].time;
}

void td_features_prefix(double *out, const td_prefix_view *prefix) {
    count_events(out, prefix);
    count_items(out, prefix);
    measure_times(out, prefix);
    measure_cart(out, prefix);
}
