/* core/features_visitor.c: what this visitor did before the session began.
 *
 * Problem: a visitor who has bought, or who left something in the cart last week, is not like a new
 * one. All values come from totals over sessions that were over before this one started (sessions
 * of one visitor are more than the gap apart, so "began before" means "ended before").
 *
 *     session 0      session 1            session 2 = now
 *     [v v c]        [v]                  |start
 *      first          last_end ----------> days_since_session
 *          last cart --------------------> days_since_cart
 *
 * conversion = (sessions with a purchase + 1) / (sessions + 100): the mean of a Beta(1, 99) prior
 * of one purchase in a hundred, updated by the visitor's sessions. The prior is a constant of the
 * definition, not fitted to anything, so it knows no time.
 *
 * Without an earlier session the counts are 0 and everything that has no value is missing.
 * Cost: O(items of the prefix). */
#include <math.h>

#include "core/features_views.h"

static const double MS_PER_S = 1000.0;
static const double MS_PER_DAY = 86400000.0;
static const double PRIOR_PURCHASES = 1.0;
static const double PRIOR_SESSIONS = 100.0;

static double days_since(const td_visitor_view *visitor, int64_t time) {
    return (double)(visitor->start - time) / MS_PER_DAY;
}

static double days_since_kind(const td_visitor_view *visitor, td_event_kind kind) {
    return visitor->n_of_kind[kind] > 0 ? days_since(visitor, visitor->last_of_kind[kind]) : NAN;
}

static void match_items(double *out, const td_visitor_view *visitor) {
    uint32_t n_seen = 0, n_reopened = 0;
    for (uint32_t i = 0; i < visitor->n_items; i++) {
        const uint32_t *n = visitor->item[i].n_of_kind;
        n_seen += n[TD_VIEW] + n[TD_ADDTOCART] + n[TD_TRANSACTION] > 0;
        n_reopened += n[TD_ADDTOCART] > 0 && n[TD_TRANSACTION] == 0;
    }
    out[TD_F_visitor_seen_items] = n_seen;
    out[TD_F_visitor_reopened_items] = n_reopened;
}

void td_features_visitor(double *out, const td_visitor_view *visitor) {
    const uint64_t *n = visitor->n_of_kind;
    double n_sessions = (double)visitor->n_sessions;
    int is_known = visitor->n_sessions > 0;
    out[TD_F_visitor_sessions] = n_sessions;
    out[TD_F_visitor_views] = (double)n[TD_VIEW];
    out[TD_F_visitor_carts] = (double)n[TD_ADDTOCART];
    out[TD_F_visitor_purchases] = (double)n[TD_TRANSACTION];
    out[TD_F_visitor_conversion] =
        ((double)visitor->n_purchase_sessions + PRIOR_PURCHASES) / (n_sessions + PRIOR_SESSIONS);
    out[TD_F_visitor_days_known] = is_known ? days_since(visitor, visitor->first_time) : NAN;
    out[TD_F_visitor_days_since_session] = is_known ? days_since(visitor, visitor->last_end) : NAN;
    out[TD_F_visitor_days_since_cart] = days_since_kind(visitor, TD_ADDTOCART);
    out[TD_F_visitor_days_since_purchase] = days_since_kind(visitor, TD_TRANSACTION);
    uint64_t n_events = n[TD_VIEW] + n[TD_ADDTOCART] + n[TD_TRANSACTION];
    out[TD_F_visitor_mean_session_s] =
        is_known ? (double)visitor->total_ms / MS_PER_S / n_sessions : NAN;
    out[TD_F_visitor_mean_events] = is_known ? (double)n_events / n_sessions : NAN;
    out[TD_F_visitor_last_stage] = is_known ? (double)visitor->last_stage : NAN;
    out[TD_F_visitor_open_items] = (double)visitor->n_open_items;
    match_items(out, visitor);
}
