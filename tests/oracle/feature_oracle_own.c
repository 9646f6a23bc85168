/* tests/oracle/feature_oracle_own.c: features of the visitor and the session itself, and of the
 * clock, from their definitions. */
#include <math.h>
#include <string.h>

#include "core/features_table.h"
#include "tests/oracle/feature_oracle.h"

static const int64_t HOUR = 3600000, DAY = 86400000;

typedef const td_oracle *O;
#define ORACLE(name) static double name(O o)

/* Prefix. -------------------------------------------------------------------------------------- */

static int64_t cart_time(O o, int sign) {
    td_oracle_filter f = td_oracle_prefix(o);
    f.kind = TD_ADDTOCART;
    return o->hide_cart ? TD_ORACLE_NEVER : td_oracle_time(o->rows, f, sign);
}

static double seconds(int64_t from, int64_t to) { return (double)(to - from) / 1000; }

ORACLE(prefix_events) { return td_oracle_in_prefix(o, TD_ORACLE_ANY, TD_ORACLE_ANY); }
ORACLE(prefix_views) { return td_oracle_in_prefix(o, TD_VIEW, TD_ORACLE_ANY); }
ORACLE(prefix_carts) { return td_oracle_in_prefix(o, TD_ADDTOCART, TD_ORACLE_ANY); }
ORACLE(prefix_items) { return o->n_items; }
ORACLE(prefix_repeat_views) {
    double n = 0;
    for (int i = 0; i < o->n_items; i++)
        n += fmax(0, td_oracle_in_prefix(o, TD_VIEW, o->item[i]) - 1);
    return n;
}
ORACLE(prefix_top_item_views) {
    double n = 0;
    for (int i = 0; i < o->n_items; i++) n = fmax(n, td_oracle_in_prefix(o, TD_VIEW, o->item[i]));
    return n;
}
ORACLE(prefix_carted_items) {
    double n = 0;
    for (int i = 0; i < o->n_items; i++) n += td_oracle_in_prefix(o, TD_ADDTOCART, o->item[i]) > 0;
    return n;
}
ORACLE(prefix_viewed_carted_items) {
    double n = 0;
    for (int i = 0; i < o->n_items; i++) {
        n += td_oracle_in_prefix(o, TD_ADDTOCART, o->item[i]) > 0 &&
             td_oracle_in_prefix(o, TD_VIEW, o->item[i]) > 0;
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
static const td_oracle_row TABLE[] = {TD_PREFIX_FEATURES(ROW) TD_VISITOR_FEATURES(ROW)
                                          TD_CLOCK_FEATURES(ROW)};

const td_oracle_row *td_oracle_own(const char *name) {
    for (size_t i = 0; i < sizeof TABLE / sizeof *TABLE; i++) {
        if (strcmp(TABLE[i].name, name) == 0) return &TABLE[i];
    }
    return NULL;
}
