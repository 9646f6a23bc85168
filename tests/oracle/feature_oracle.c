/* tests/oracle/feature_oracle.c: see feature_oracle.h. Every value is O(rows) or worse on
 * purpose. */
#include "tests/oracle/feature_oracle.h"

#include <criterion/criterion.h>
#include <stdlib.h>

/* The session. --------------------------------------------------------------------------------- */

static int compare_times(const void *a, const void *b) {
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

td_oracle_filter td_oracle_prefix(const td_oracle *o) {
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
    td_oracle_filter prefix = td_oracle_prefix(o);
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

double td_oracle_in_prefix(const td_oracle *o, int64_t kind, int64_t item) {
    if (o->hide_cart && kind == TD_ADDTOCART) return 0;
    td_oracle_filter f = td_oracle_prefix(o);
    f.kind = kind;
    f.item = item;
    double n = td_oracle_count(o->rows, f);
    if (kind != TD_ORACLE_ANY || !o->hide_cart) return n;
    f.kind = TD_ADDTOCART;
    return n - td_oracle_count(o->rows, f);
}

double td_oracle_feature(const td_oracle *oracle, const char *name) {
    const td_oracle_row *row = td_oracle_own(name);
    if (row == NULL) row = td_oracle_shop(name);
    cr_assert_not_null(row, "no oracle for %s", name);
    return row->value(oracle);
}
