/* core/features_catalog.c: what the shop said about the session's items at the decision.
 *
 * Problem: price, availability and the depth of the category walk of the items in the prefix,
 * each as of the last visible time. The gather step has asked the catalog; here is only arithmetic.
 *
 *     price change of an item = price / price 7 days before - 1     (both known, the older > 0)
 *
 * The category tree has no time: it is the declared timeless exception. Means run over the items
 * for which the fact is known, in slot order; none known gives NaN. A cart without a known price
 * is worth NaN, an empty cart 0. Cost: O(items). */
#include <math.h>

#include "core/features_views.h"

/* A mean of what is known. */
typedef struct mean {
    double sum;
    uint32_t n;
} mean;

/* NaN = unknown: passed over. */
static void mean_add(mean *m, double value) {
    if (isnan(value)) return;
    m->sum += value;
    m->n++;
}

static double mean_value(const mean *m) { return m->n > 0 ? m->sum / m->n : NAN; }

/* How broad and how deep the session walks through the shop. */
static void walk_categories(double *out, const td_catalog_view *catalog) {
    mean depth = {0};
    double max_depth = NAN;
    for (uint32_t i = 0; i < catalog->n_items; i++) {
        if (!catalog->item[i].has_category) continue;
        mean_add(&depth, catalog->item[i].depth);
        max_depth = td_greater_known(max_depth, catalog->item[i].depth);
    }
    out[TD_F_catalog_known_share] = catalog->n_items > 0 ? (double)depth.n / catalog->n_items : NAN;
    out[TD_F_catalog_categories] = catalog->n_categories;
    out[TD_F_catalog_tops] = catalog->n_tops;
    out[TD_F_catalog_max_depth] = max_depth;
    out[TD_F_catalog_mean_depth] = mean_value(&depth);
}

/* Price level, and whether it has just changed. */
static void read_prices(double *out, const td_catalog_view *catalog) {
    mean price = {0}, change = {0};
    double max_price = NAN;
    for (uint32_t i = 0; i < catalog->n_items; i++) {
        const td_catalog_item *item = &catalog->item[i];
        mean_add(&price, item->price);
        max_price = td_greater_known(max_price, item->price);
        if (item->price_before > 0) mean_add(&change, item->price / item->price_before - 1);
    }
    out[TD_F_catalog_mean_price] = mean_value(&price);
    out[TD_F_catalog_max_price] = max_price;
    out[TD_F_catalog_price_change] = mean_value(&change);
}

/* What lies in the cart is worth, and what can be bought at all. */
static void value_cart(double *out, const td_prefix_view *prefix, const td_catalog_view *catalog) {
    mean carted = {0}, available = {0};
    uint32_t n_carted = 0;
    for (uint32_t i = 0; i < catalog->n_items; i++) {
        const td_catalog_item *item = &catalog->item[i];
        if (item->available >= 0) mean_add(&available, item->available);
        if (prefix->item[i].n_of_kind[TD_ADDTOCART] == 0) continue;
        n_carted++;
        mean_add(&carted, item->price);
    }
    out[TD_F_catalog_cart_value] = n_carted > 0 && carted.n == 0 ? NAN : carted.sum;
    out[TD_F_catalog_available_share] = mean_value(&available);
}

void td_features_catalog(double *out, const td_prefix_view *prefix,
                         const td_catalog_view *catalog) {
    walk_categories(out, catalog);
    read_prices(out, catalog);
    value_cart(out, prefix, catalog);
}
