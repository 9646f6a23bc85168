/* core/features_market.c: how the session's items and categories did with everybody before it
 * began.
 *
 * Problem: an item that sells well makes a purchase likelier. Raw rates of rare items are noise
 * (one purchase of one view is not 100 %), so each is drawn towards the rate p of the whole site:
 *
 *     smoothed(a, b) = (a + 20 p) / (b + 20),    p = site's a / site's b in the same window
 *
 * Both the counts and p hold events with time < session start only; the sweep (features_sweep.c)
 * sees to that, these functions just divide. Trends compare the daily (weekly) views with their
 * mean over 28 days, 1 added to both so that silence gives 1.
 *
 * Aggregation over the prefix's items or categories: a mean where the typical one matters, the
 * greatest where one hot item is enough. No item gives NaN, a site without the denominator gives
 * NaN. Sums run in slot order. Cost: O(items + categories). */
#include <math.h>

#include "core/features_views.h"

static const double SMOOTHING = 20.0;

/* What is divided by what, in which window. */
typedef struct rate {
    int window;
    td_event_kind above;
    td_event_kind below;
} rate;

static double smoothed(const td_market_count *count, const td_market_count *site, rate r) {
    double site_below = site->n[r.window][r.below];
    if (site_below == 0) return NAN;
    double prior = site->n[r.window][r.above] / site_below;
    return (count->n[r.window][r.above] + SMOOTHING * prior) /
           (count->n[r.window][r.below] + SMOOTHING);
}

/* Greatest smoothed rate of n counts; NaN for none. */
static double greatest(const td_market_count *count, uint32_t n, const td_market_count *site,
                       rate r) {
    double best = NAN;
    for (uint32_t i = 0; i < n; i++) best = td_greater_known(best, smoothed(&count[i], site, r));
    return best;
}

/* Mean of the views; the sum is an integer, so its order does not matter. */
static double mean_views(const td_market_count *count, uint32_t n, int window) {
    uint64_t sum = 0;
    for (uint32_t i = 0; i < n; i++) sum += count[i].n[window][TD_VIEW];
    return n > 0 ? (double)sum / n : NAN;
}

/* Mean of (views in the window + 1) / (views in 28 days / parts + 1); the window is 28 / parts
 * days. */
static double mean_trend(const td_market_count *count, uint32_t n, int window, double parts) {
    double sum = 0;
    for (uint32_t i = 0; i < n; i++) {
        double now = count[i].n[window][TD_VIEW];
        double usual = count[i].n[TD_WINDOW_28D][TD_VIEW] / parts;
        sum += (now + 1) / (usual + 1);
    }
    return n > 0 ? sum / n : NAN;
}

/* How much the items are looked at, and what comes of it. */
static void rate_items(double *out, const td_market_view *market) {
    const td_market_count *item = market->item, *site = &market->site;
    uint32_t n = market->n_items;
    out[TD_F_market_item_views_1d] = mean_views(item, n, TD_WINDOW_1D);
    out[TD_F_market_item_views_28d] = mean_views(item, n, TD_WINDOW_28D);
    out[TD_F_market_item_trend_1d] = mean_trend(item, n, TD_WINDOW_1D, 28);
    out[TD_F_market_item_trend_7d] = mean_trend(item, n, TD_WINDOW_7D, 4);
    out[TD_F_market_item_cart_rate_1d] =
        greatest(item, n, site, (rate){TD_WINDOW_1D, TD_ADDTOCART, TD_VIEW});
    out[TD_F_market_item_cart_rate_7d] =
        greatest(item, n, site, (rate){TD_WINDOW_7D, TD_ADDTOCART, TD_VIEW});
    out[TD_F_market_item_cart_rate_28d] =
        greatest(item, n, site, (rate){TD_WINDOW_28D, TD_ADDTOCART, TD_VIEW});
    out[TD_F_market_item_conversion_7d] =
        greatest(item, n, site, (rate){TD_WINDOW_7D, TD_TRANSACTION, TD_VIEW});
    out[TD_F_market_item_conversion_28d] =
        greatest(item, n, site, (rate){TD_WINDOW_28D, TD_TRANSACTION, TD_VIEW});
    out[TD_F_market_item_conversion] =
        greatest(item, n, site, (rate){TD_WINDOW_ALL, TD_TRANSACTION, TD_VIEW});
}

/* Do carts with these items end in a purchase? Are the items known to anybody? */
static void rate_cart(double *out, const td_market_view *market) {
    double best = NAN;
    uint32_t n_new = 0;
    for (uint32_t i = 0; i < market->n_items; i++) {
        const uint32_t *n = market->item[i].n[TD_WINDOW_ALL];
        n_new += n[TD_VIEW] + n[TD_ADDTOCART] + n[TD_TRANSACTION] == 0;
        if (!market->is_carted[i]) continue;
        best =
            td_greater_known(best, smoothed(&market->item[i], &market->site,
                                            (rate){TD_WINDOW_ALL, TD_TRANSACTION, TD_ADDTOCART}));
    }
    out[TD_F_market_cart_conversion] = best;
    out[TD_F_market_new_items] = market->n_items > 0 ? (double)n_new / market->n_items : NAN;
}

/* The same for categories: an item of few events borrows from its neighbours. */
static void rate_categories(double *out, const td_market_view *market) {
    const td_market_count *category = market->category, *site = &market->site;
    uint32_t n = market->n_categories;
    out[TD_F_market_category_trend_1d] = mean_trend(category, n, TD_WINDOW_1D, 28);
    out[TD_F_market_category_trend_7d] = mean_trend(category, n, TD_WINDOW_7D, 4);
    out[TD_F_market_category_cart_rate_7d] =
        greatest(category, n, site, (rate){TD_WINDOW_7D, TD_ADDTOCART, TD_VIEW});
    out[TD_F_market_category_conversion_28d] =
        greatest(category, n, site, (rate){TD_WINDOW_28D, TD_TRANSACTION, TD_VIEW});
    out[TD_F_market_category_conversion] =
        greatest(category, n, site, (rate){TD_WINDOW_ALL, TD_TRANSACTION, TD_VIEW});
}

/* Cheap or dear within its category? */
static void compare_prices(double *out, const td_market_view *market) {
    double sum = 0;
    uint32_t n = 0;
    for (uint32_t i = 0; i < market->n_items; i++) {
        if (isnan(market->price_ratio[i])) continue;
        sum += market->price_ratio[i];
        n++;
    }
    out[TD_F_market_price_ratio] = n > 0 ? sum / n : NAN;
}

static double n_events(const td_market_count *count, int window) {
    const uint32_t *n = count->n[window];
    return (double)((uint64_t)n[TD_VIEW] + n[TD_ADDTOCART] + n[TD_TRANSACTION]);
}

/* Is the site busy, growing, selling? 1 is added on both sides, so that an empty site gives 1. */
static void rate_site(double *out, const td_market_view *market) {
    const td_market_count *site = &market->site;
    double n_day = n_events(site, TD_WINDOW_1D);
    out[TD_F_market_site_load] = (24 * (double)market->n_hour + 1) / (n_day + 1);
    out[TD_F_market_site_trend] = (7 * n_day + 1) / (n_events(site, TD_WINDOW_7D) + 1);
    double n_views = site->n[TD_WINDOW_7D][TD_VIEW];
    out[TD_F_market_site_conversion_7d] =
        n_views > 0 ? site->n[TD_WINDOW_7D][TD_TRANSACTION] / n_views : NAN;
}

void td_features_market(double *out, const td_market_view *market) {
    rate_items(out, market);
    rate_cart(out, market);
    rate_categories(out, market);
    compare_prices(out, market);
    rate_site(out, market);
}
