/* tests/oracle/feature_oracle_shop.c: features of the market and the catalog from their
 * definitions.
 */
#include <math.h>
#include <string.h>

#include "core/features_table.h"
#include "tests/oracle/feature_oracle.h"

static const int64_t HOUR = 3600000, DAY = 86400000;

typedef const td_oracle *O;
#define ORACLE(name) static double name(O o)

/* Market. -------------------------------------------------------------------------------------- */

/* Of an item, of a category or (both TD_ORACLE_ANY) of the site, in the last `days` (0 = ever). */
static double market(O o, int64_t item, int64_t category, int64_t kind, int64_t days) {
    td_oracle_filter f = TD_ORACLE_EVERYTHING;
    f.item = item;
    f.category = category;
    f.kind = kind;
    f.to = o->start;
    if (days > 0) f.from = o->start - days * DAY;
    return td_oracle_count(o->rows, f);
}

static double smoothed(O o, int64_t item, int64_t category, const int64_t kind[2], int64_t days) {
    double prior = market(o, TD_ORACLE_ANY, TD_ORACLE_ANY, kind[0], days) /
                   market(o, TD_ORACLE_ANY, TD_ORACLE_ANY, kind[1], days);
    if (market(o, TD_ORACLE_ANY, TD_ORACLE_ANY, kind[1], days) == 0) return NAN;
    return (market(o, item, category, kind[0], days) + 20 * prior) /
           (market(o, item, category, kind[1], days) + 20);
}

static const int64_t CARTS_PER_VIEW[2] = {TD_ADDTOCART, TD_VIEW};
static const int64_t PURCHASES_PER_VIEW[2] = {TD_TRANSACTION, TD_VIEW};
static const int64_t PURCHASES_PER_CART[2] = {TD_TRANSACTION, TD_ADDTOCART};

static double best_item(O o, const int64_t kind[2], int64_t days) {
    double best = NAN;
    for (int i = 0; i < o->n_items; i++) {
        best = fmax(best, smoothed(o, o->item[i], TD_ORACLE_ANY, kind, days));
    }
    return best;
}

static double best_category(O o, const int64_t kind[2], int64_t days) {
    double best = NAN;
    for (int i = 0; i < o->n_categories; i++) {
        best = fmax(best, smoothed(o, TD_ORACLE_ANY, o->category[i], kind, days));
    }
    return best;
}

static double trend(O o, int64_t item, int64_t category, int64_t days) {
    return (market(o, item, category, TD_VIEW, days) + 1) /
           (market(o, item, category, TD_VIEW, 28) / (28.0 / (double)days) + 1);
}

static double item_views(O o, int64_t days) {
    double sum = 0;
    for (int i = 0; i < o->n_items; i++) sum += market(o, o->item[i], TD_ORACLE_ANY, TD_VIEW, days);
    return sum / o->n_items;
}

static double item_trend(O o, int64_t days) {
    double sum = 0;
    for (int i = 0; i < o->n_items; i++) sum += trend(o, o->item[i], TD_ORACLE_ANY, days);
    return sum / o->n_items;
}

static double category_trend(O o, int64_t days) {
    double sum = 0;
    for (int i = 0; i < o->n_categories; i++) sum += trend(o, TD_ORACLE_ANY, o->category[i], days);
    return sum / o->n_categories;
}

/* Mean price of all earlier views of items that were in the category at the view. */
static double category_price(O o, int64_t category) {
    td_oracle_filter f = TD_ORACLE_EVERYTHING;
    f.category = category;
    f.kind = TD_VIEW;
    f.to = o->start;
    double sum = 0, n = 0;
    for (uint64_t i = 0; i < o->rows->n_events; i++) {
        const td_tiny_event *e = &o->rows->event[i];
        double price = td_oracle_price(o->rows, e->item, e->time);
        if (!td_oracle_matches(o->rows, e, &f) || isnan(price)) continue;
        sum += price;
        n++;
    }
    return sum > 0 ? sum / n : NAN;
}

ORACLE(market_item_views_1d) { return item_views(o, 1); }
ORACLE(market_item_views_28d) { return item_views(o, 28); }
ORACLE(market_item_trend_1d) { return item_trend(o, 1); }
ORACLE(market_item_trend_7d) { return item_trend(o, 7); }
ORACLE(market_item_cart_rate_1d) { return best_item(o, CARTS_PER_VIEW, 1); }
ORACLE(market_item_cart_rate_7d) { return best_item(o, CARTS_PER_VIEW, 7); }
ORACLE(market_item_cart_rate_28d) { return best_item(o, CARTS_PER_VIEW, 28); }
ORACLE(market_item_conversion_7d) { return best_item(o, PURCHASES_PER_VIEW, 7); }
ORACLE(market_item_conversion_28d) { return best_item(o, PURCHASES_PER_VIEW, 28); }
ORACLE(market_item_conversion) { return best_item(o, PURCHASES_PER_VIEW, 0); }
ORACLE(market_cart_conversion) {
    double best = NAN;
    for (int i = 0; i < o->n_items; i++) {
        if (td_oracle_in_prefix(o, TD_ADDTOCART, o->item[i]) == 0) continue;
        best = fmax(best, smoothed(o, o->item[i], TD_ORACLE_ANY, PURCHASES_PER_CART, 0));
    }
    return best;
}
ORACLE(market_new_items) {
    double n = 0;
    for (int i = 0; i < o->n_items; i++)
        n += market(o, o->item[i], TD_ORACLE_ANY, TD_ORACLE_ANY, 0) == 0;
    return n / o->n_items;
}
ORACLE(market_category_trend_1d) { return category_trend(o, 1); }
ORACLE(market_category_trend_7d) { return category_trend(o, 7); }
ORACLE(market_category_cart_rate_7d) { return best_category(o, CARTS_PER_VIEW, 7); }
ORACLE(market_category_conversion_28d) { return best_category(o, PURCHASES_PER_VIEW, 28); }
ORACLE(market_category_conversion) { return best_category(o, PURCHASES_PER_VIEW, 0); }
ORACLE(market_price_ratio) {
    double sum = 0, n = 0;
    for (int i = 0; i < o->n_items; i++) {
        int64_t category = td_oracle_category(o->rows, o->item[i], o->cut);
        if (category == TD_ORACLE_ANY) continue;
        double ratio = td_oracle_price(o->rows, o->item[i], o->cut) / category_price(o, category);
        if (isnan(ratio)) continue;
        sum += ratio;
        n++;
    }
    return sum / n;
}
ORACLE(market_site_load) {
    td_oracle_filter f = TD_ORACLE_EVERYTHING;
    f.from = o->start - HOUR;
    f.to = o->start;
    return (24 * td_oracle_count(o->rows, f) + 1) /
           (market(o, TD_ORACLE_ANY, TD_ORACLE_ANY, TD_ORACLE_ANY, 1) + 1);
}
ORACLE(market_site_trend) {
    return (7 * market(o, TD_ORACLE_ANY, TD_ORACLE_ANY, TD_ORACLE_ANY, 1) + 1) /
           (market(o, TD_ORACLE_ANY, TD_ORACLE_ANY, TD_ORACLE_ANY, 7) + 1);
}
ORACLE(market_site_conversion_7d) {
    double n = market(o, TD_ORACLE_ANY, TD_ORACLE_ANY, TD_VIEW, 7);
    return n > 0 ? market(o, TD_ORACLE_ANY, TD_ORACLE_ANY, TD_TRANSACTION, 7) / n : NAN;
}

/* Catalog. ------------------------------------------------------------------------------------- */

static double known_items(O o) {
    double n = 0;
    for (int i = 0; i < o->n_items; i++) {
        n += td_oracle_category(o->rows, o->item[i], o->cut) != TD_ORACLE_ANY;
    }
    return n;
}

ORACLE(catalog_known_share) { return known_items(o) / o->n_items; }
ORACLE(catalog_categories) { return o->n_categories; }
ORACLE(catalog_tops) {
    int64_t top[TD_ORACLE_MAX];
    int n = 0, depth;
    for (int i = 0; i < o->n_categories; i++) {
        n = td_oracle_add(top, n, td_oracle_root(o->rows, o->category[i], &depth));
    }
    return n;
}
ORACLE(catalog_max_depth) {
    double best = NAN;
    int depth;
    for (int i = 0; i < o->n_categories; i++) {
        td_oracle_root(o->rows, o->category[i], &depth);
        best = fmax(best, depth);
    }
    return best;
}
ORACLE(catalog_mean_depth) {
    double sum = 0;
    int depth;
    for (int i = 0; i < o->n_items; i++) {
        int64_t category = td_oracle_category(o->rows, o->item[i], o->cut);
        if (category == TD_ORACLE_ANY) continue;
        td_oracle_root(o->rows, category, &depth);
        sum += depth;
    }
    return sum / known_items(o);
}
ORACLE(catalog_mean_price) {
    double sum = 0, n = 0;
    for (int i = 0; i < o->n_items; i++) {
        double price = td_oracle_price(o->rows, o->item[i], o->cut);
        if (isnan(price)) continue;
        sum += price;
        n++;
    }
    return sum / n;
}
ORACLE(catalog_max_price) {
    double best = NAN;
    for (int i = 0; i < o->n_items; i++) {
        best = fmax(best, td_oracle_price(o->rows, o->item[i], o->cut));
    }
    return best;
}
ORACLE(catalog_cart_value) {
    double sum = 0, n = 0;
    for (int i = 0; i < o->n_items; i++) {
        double price = td_oracle_price(o->rows, o->item[i], o->cut);
        if (td_oracle_in_prefix(o, TD_ADDTOCART, o->item[i]) == 0 || isnan(price)) continue;
        sum += price;
        n++;
    }
    return n == 0 && td_oracle_in_prefix(o, TD_ADDTOCART, TD_ORACLE_ANY) > 0 ? NAN : sum;
}
ORACLE(catalog_price_change) {
    double sum = 0, n = 0;
    for (int i = 0; i < o->n_items; i++) {
        double before = td_oracle_price(o->rows, o->item[i], o->cut - 7 * DAY);
        if (isnan(before) || before == 0) continue;
        sum += td_oracle_price(o->rows, o->item[i], o->cut) / before - 1;
        n++;
    }
    return sum / n;
}
ORACLE(catalog_available_share) {
    double sum = 0, n = 0;
    for (int i = 0; i < o->n_items; i++) {
        int64_t value;
        if (!td_oracle_value(o->rows, TD_AVAILABLE, o->item[i], o->cut, &value)) continue;
        sum += (double)value;
        n++;
    }
    return sum / n;
}

/* Made from the whitelist: a feature without an oracle does not compile. */
#define ROW(name, needs, definition) {#name, name},
static const td_oracle_row TABLE[] = {TD_MARKET_FEATURES(ROW) TD_CATALOG_FEATURES(ROW)};

const td_oracle_row *td_oracle_shop(const char *name) {
    for (size_t i = 0; i < sizeof TABLE / sizeof *TABLE; i++) {
        if (strcmp(TABLE[i].name, name) == 0) return &TABLE[i];
    }
    return NULL;
}
