/* tests/oracle/feature_oracle.c: see feature_oracle.h. Every value is O(rows) or worse on
 * purpose. */
#include "tests/oracle/feature_oracle.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/features_table.h"

static const int64_t HOUR = 3600000, DAY = 86400000;

/* The session. --------------------------------------------------------------------------------- */

static int compare_times(const void *a, const void *b) {
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static td_oracle_filter own_prefix(const td_oracle *o) {
    td_oracle_filter f = TD_ORACLE_EVERYTHING;
    f.visitor = o->visitor;
    f.from = o->start;
    f.to = (o->end < o->cut ? o->end : o->cut) + 1;
    return f;
}

static int is_hidden(const td_oracle *o, const td_tiny_event *e) {
    return o->hide_cart && e->kind == TD_ADDTOCART;
}

void td_oracle_open(td_oracle *o, const td_tiny_rows *rows, int64_t visitor, int64_t start,
                    const td_population_rule *rule) {
    *o = (td_oracle){.rows = rows, .visitor = visitor, .start = start};
    o->end = td_oracle_session_end(rows, visitor, start);
    o->decision = o->cut = start + rule->decision_ms;
    o->hide_cart = rule->hide_cart;
    td_oracle_filter buys = TD_ORACLE_EVERYTHING;
    buys.visitor = visitor;
    buys.from = start;
    buys.to = o->end + 1;
    buys.kind = TD_TRANSACTION;
    int64_t bought = td_oracle_time(rows, buys, -1);
    if (bought != TD_ORACLE_NEVER && bought <= o->cut) o->cut = bought - 1;
    td_oracle_filter prefix = own_prefix(o);
    for (uint64_t i = 0; i < rows->n_events; i++) {
        const td_tiny_event *e = &rows->event[i];
        if (!td_oracle_matches(rows, e, &prefix) || is_hidden(o, e)) continue;
        cr_assert_lt(o->n_times, TD_ORACLE_MAX);
        o->time[o->n_times++] = e->time;
        o->n_items = td_oracle_add(o->item, o->n_items, e->item);
    }
    qsort(o->time, (size_t)o->n_times, sizeof *o->time, compare_times);
    for (int i = 0; i < o->n_items; i++) {
        int64_t c = td_oracle_category(rows, o->item[i], o->cut);
        if (c != TD_ORACLE_ANY) o->n_categories = td_oracle_add(o->category, o->n_categories, c);
    }
}

int td_oracle_buys_after(const td_oracle *o, int64_t from) {
    td_oracle_filter f = TD_ORACLE_EVERYTHING;
    f.visitor = o->visitor;
    f.kind = TD_TRANSACTION;
    f.from = from + 1;
    f.to = o->end + 1;
    return td_oracle_count(o->rows, f) > 0;
}

/* Prefix. -------------------------------------------------------------------------------------- */

typedef const td_oracle *O;
#define ORACLE(name) static double name(O o)

static double in_prefix(O o, int64_t kind, int64_t item) {
    if (o->hide_cart && kind == TD_ADDTOCART) return 0;
    td_oracle_filter f = own_prefix(o);
    f.kind = kind;
    f.item = item;
    double n = td_oracle_count(o->rows, f);
    if (kind != TD_ORACLE_ANY || !o->hide_cart) return n;
    f.kind = TD_ADDTOCART;
    return n - td_oracle_count(o->rows, f);
}

static int64_t cart_time(O o, int sign) {
    td_oracle_filter f = own_prefix(o);
    f.kind = TD_ADDTOCART;
    return o->hide_cart ? TD_ORACLE_NEVER : td_oracle_time(o->rows, f, sign);
}

static double seconds(int64_t from, int64_t to) { return (double)(to - from) / 1000; }

ORACLE(prefix_events) { return in_prefix(o, TD_ORACLE_ANY, TD_ORACLE_ANY); }
ORACLE(prefix_views) { return in_prefix(o, TD_VIEW, TD_ORACLE_ANY); }
ORACLE(prefix_carts) { return in_prefix(o, TD_ADDTOCART, TD_ORACLE_ANY); }
ORACLE(prefix_items) { return o->n_items; }
ORACLE(prefix_repeat_views) {
    double n = 0;
    for (int i = 0; i < o->n_items; i++) n += fmax(0, in_prefix(o, TD_VIEW, o->item[i]) - 1);
    return n;
}
ORACLE(prefix_top_item_views) {
    double n = 0;
    for (int i = 0; i < o->n_items; i++) n = fmax(n, in_prefix(o, TD_VIEW, o->item[i]));
    return n;
}
ORACLE(prefix_carted_items) {
    double n = 0;
    for (int i = 0; i < o->n_items; i++) n += in_prefix(o, TD_ADDTOCART, o->item[i]) > 0;
    return n;
}
ORACLE(prefix_viewed_carted_items) {
    double n = 0;
    for (int i = 0; i < o->n_items; i++) {
        n += in_prefix(o, TD_ADDTOCART, o->item[i]) > 0 && in_prefix(o, TD_VIEW, o->item[i]) > 0;
    }
    return n;
}
ORACLE(prefix_duration_s) {
    return o->n_times > 0 ? seconds(o->start, o->time[o->n_times - 1]) : NAN;
}
ORACLE(prefix_since_last_s) {
    return o->n_times > 0 ? seconds(o->time[o->n_times - 1], o->decision) : NAN;
}
ORACLE(prefix_mean_gap_s) {
    double sum = 0;
    for (int i = 1; i < o->n_times; i++) sum += (double)(o->time[i] - o->time[i - 1]);
    return o->n_times > 1 ? sum / 1000 / (o->n_times - 1) : NAN;
}
ORACLE(prefix_max_gap_s) {
    double best = NAN;
    for (int i = 1; i < o->n_times; i++) best = fmax(best, seconds(o->time[i - 1], o->time[i]));
    return best;
}
ORACLE(prefix_last_gap_s) {
    return o->n_times > 1 ? seconds(o->time[o->n_times - 2], o->time[o->n_times - 1]) : NAN;
}
ORACLE(prefix_to_cart_s) {
    return cart_time(o, -1) != TD_ORACLE_NEVER ? seconds(o->start, cart_time(o, -1)) : NAN;
}
ORACLE(prefix_since_cart_s) {
    return cart_time(o, 1) != TD_ORACLE_NEVER ? seconds(cart_time(o, 1), o->decision) : NAN;
}
ORACLE(prefix_after_cart) {
    if (cart_time(o, 1) == TD_ORACLE_NEVER) return NAN;
    double n = 0;
    for (int i = 0; i < o->n_times; i++) n += o->time[i] > cart_time(o, 1);
    return n;
}
ORACLE(prefix_last_minute) {
    double n = 0;
    for (int i = 0; i < o->n_times; i++) n += o->decision - o->time[i] < 60000;
    return n;
}
ORACLE(prefix_is_cart_last) {
    return o->n_times > 0 ? cart_time(o, 1) == o->time[o->n_times - 1] : NAN;
}

/* Visitor. ------------------------------------------------------------------------------------- */

static td_oracle_filter own_past(O o, int64_t kind) {
    td_oracle_filter f = TD_ORACLE_EVERYTHING;
    f.visitor = o->visitor;
    f.to = o->start;
    f.kind = kind;
    return f;
}

static double past_of_item(O o, int64_t item, int64_t kind) {
    td_oracle_filter f = own_past(o, kind);
    f.item = item;
    return td_oracle_count(o->rows, f);
}

static double days_since(O o, int64_t t) {
    return t == TD_ORACLE_NEVER ? NAN : (double)(o->start - t) / (double)DAY;
}

/* Earlier sessions: how many, with a purchase, their summed length; start of the latest. */
typedef struct sessions {
    double n, n_purchases, total_ms;
    int64_t last_start;
} sessions;

static sessions past_sessions(O o) {
    sessions out = {.last_start = TD_ORACLE_NEVER};
    td_oracle_filter f = own_past(o, TD_ORACLE_ANY);
    for (int64_t t = td_oracle_time(o->rows, f, -1); t != TD_ORACLE_NEVER;
         t = td_oracle_time(o->rows, f, -1)) {
        td_oracle_filter own = f;
        own.from = t;
        own.to = td_oracle_session_end(o->rows, o->visitor, t) + 1;
        own.kind = TD_TRANSACTION;
        out.n++;
        out.n_purchases += td_oracle_count(o->rows, own) > 0;
        out.total_ms += (double)(own.to - 1 - t);
        out.last_start = t;
        f.from = own.to;
    }
    return out;
}

ORACLE(visitor_sessions) { return past_sessions(o).n; }
ORACLE(visitor_views) { return td_oracle_count(o->rows, own_past(o, TD_VIEW)); }
ORACLE(visitor_carts) { return td_oracle_count(o->rows, own_past(o, TD_ADDTOCART)); }
ORACLE(visitor_purchases) { return td_oracle_count(o->rows, own_past(o, TD_TRANSACTION)); }
ORACLE(visitor_conversion) {
    return (past_sessions(o).n_purchases + 1) / (past_sessions(o).n + 100);
}
ORACLE(visitor_days_known) {
    return days_since(o, td_oracle_time(o->rows, own_past(o, TD_ORACLE_ANY), -1));
}
ORACLE(visitor_days_since_session) {
    return days_since(o, td_oracle_time(o->rows, own_past(o, TD_ORACLE_ANY), 1));
}
ORACLE(visitor_days_since_cart) {
    return days_since(o, td_oracle_time(o->rows, own_past(o, TD_ADDTOCART), 1));
}
ORACLE(visitor_days_since_purchase) {
    return days_since(o, td_oracle_time(o->rows, own_past(o, TD_TRANSACTION), 1));
}
ORACLE(visitor_mean_session_s) {
    return past_sessions(o).total_ms / 1000 / past_sessions(o).n; /* 0 / 0 = NaN */
}
ORACLE(visitor_mean_events) {
    return td_oracle_count(o->rows, own_past(o, TD_ORACLE_ANY)) / past_sessions(o).n;
}
ORACLE(visitor_last_stage) {
    if (past_sessions(o).n == 0) return NAN;
    td_oracle_filter f = own_past(o, TD_TRANSACTION);
    f.from = past_sessions(o).last_start;
    if (td_oracle_count(o->rows, f) > 0) return 2;
    f.kind = TD_ADDTOCART;
    return td_oracle_count(o->rows, f) > 0;
}
ORACLE(visitor_open_items) {
    double n = 0;
    for (int64_t item = 0; item < 100; item++) {
        n += past_of_item(o, item, TD_ADDTOCART) > 0 && past_of_item(o, item, TD_TRANSACTION) == 0;
    }
    return n;
}
ORACLE(visitor_seen_items) {
    double n = 0;
    for (int i = 0; i < o->n_items; i++) n += past_of_item(o, o->item[i], TD_ORACLE_ANY) > 0;
    return n;
}
ORACLE(visitor_reopened_items) {
    double n = 0;
    for (int i = 0; i < o->n_items; i++) {
        n += past_of_item(o, o->item[i], TD_ADDTOCART) > 0 &&
             past_of_item(o, o->item[i], TD_TRANSACTION) == 0;
    }
    return n;
}

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
        if (in_prefix(o, TD_ADDTOCART, o->item[i]) == 0) continue;
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
        if (in_prefix(o, TD_ADDTOCART, o->item[i]) == 0 || isnan(price)) continue;
        sum += price;
        n++;
    }
    return n == 0 && prefix_carted_items(o) > 0 ? NAN : sum;
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

/* Clock: counted up day by day and month by month from 1970-01-01, a Thursday. ----------------- */

ORACLE(clock_hour) { return (double)(o->decision % DAY / HOUR); }
ORACLE(clock_weekday) {
    int weekday = 3;
    for (int64_t day = 0; day < o->decision / DAY; day++) weekday = (weekday + 1) % 7;
    return weekday;
}
ORACLE(clock_month_day) {
    static const int length[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int year = 1970, month = 0, month_day = 1;
    for (int64_t day = 0; day < o->decision / DAY; day++) {
        int is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
        if (month_day++ < length[month] + (month == 1 && is_leap)) continue;
        month_day = 1;
        year += month == 11;
        month = (month + 1) % 12;
    }
    return month_day;
}
ORACLE(clock_day_sin) { return sin(2 * acos(-1.0) * (double)(o->decision % DAY) / (double)DAY); }
ORACLE(clock_day_cos) { return cos(2 * acos(-1.0) * (double)(o->decision % DAY) / (double)DAY); }

/* Made from the whitelist: a feature without an oracle does not compile. */
#define ROW(name, needs, definition) {#name, name},
static const struct {
    const char *name;
    double (*value)(O o);
} TABLE[] = {TD_PREFIX_FEATURES(ROW) TD_VISITOR_FEATURES(ROW) TD_MARKET_FEATURES(ROW)
                 TD_CATALOG_FEATURES(ROW) TD_CLOCK_FEATURES(ROW)};

double td_oracle_feature(const td_oracle *oracle, const char *name) {
    for (size_t i = 0; i < sizeof TABLE / sizeof *TABLE; i++) {
        if (strcmp(TABLE[i].name, name) == 0) return TABLE[i].value(oracle);
    }
    cr_assert_fail("no oracle for %s", name);
    return NAN;
}
