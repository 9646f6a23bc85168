/* tests/oracle/feature_facts.c: see feature_facts.h. Every answer is a scan over all rows, on
 * purpose. */
#include "tests/oracle/feature_facts.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

static const int64_t GAP = 1800000;

int td_oracle_value(const td_tiny_rows *rows, td_property property, int64_t item, int64_t t,
                    int64_t *value) {
    const td_tiny_property *best = NULL;
    for (uint64_t i = 0; rows->has_properties && i < rows->n_properties; i++) {
        const td_tiny_property *row = &rows->property[i];
        if (row->property != property || row->item != item || row->time > t) continue;
        if (best != NULL && row->time < best->time) continue;
        if (best == NULL || row->time > best->time || strcmp(row->text, best->text) > 0) best = row;
    }
    if (best != NULL) *value = td_tiny_property_value(best);
    return best != NULL;
}

int64_t td_oracle_category(const td_tiny_rows *rows, int64_t item, int64_t t) {
    int64_t id = TD_ORACLE_ANY;
    td_oracle_value(rows, TD_CATEGORY, item, t, &id);
    return id;
}

double td_oracle_price(const td_tiny_rows *rows, int64_t item, int64_t t) {
    int64_t value;
    return td_oracle_value(rows, TD_PRICE, item, t, &value) ? (double)value / 1000 : NAN;
}

static int64_t parent_in_file(const td_tiny_rows *rows, int64_t id) {
    for (uint64_t i = 0; rows->has_tree && i < rows->n_categories; i++) {
        if (rows->category[i].id == id) return rows->category[i].parent;
    }
    return TD_NO_PARENT;
}

/* Parent after cycles are cut: the smallest id of a cycle has none. */
static int64_t parent_of(const td_tiny_rows *rows, int64_t id) {
    int64_t smallest = id;
    int64_t at = parent_in_file(rows, id);
    for (uint64_t step = 0; step <= rows->n_categories && at != TD_NO_PARENT && at != id; step++) {
        if (at < smallest) smallest = at;
        at = parent_in_file(rows, at);
    }
    return at == id && smallest == id ? TD_NO_PARENT : parent_in_file(rows, id);
}

int64_t td_oracle_root(const td_tiny_rows *rows, int64_t id, int *depth) {
    *depth = 0;
    for (int64_t up = parent_of(rows, id); up != TD_NO_PARENT; up = parent_of(rows, id)) {
        id = up;
        ++*depth;
    }
    return id;
}

int td_oracle_matches(const td_tiny_rows *rows, const td_tiny_event *e, const td_oracle_filter *f) {
    return (f->visitor == TD_ORACLE_ANY || f->visitor == e->visitor) && e->time >= f->from &&
           e->time < f->to && (f->item == TD_ORACLE_ANY || f->item == e->item) &&
           (f->kind == TD_ORACLE_ANY || f->kind == e->kind) &&
           (f->category == TD_ORACLE_ANY ||
            td_oracle_category(rows, e->item, e->time) == f->category);
}

double td_oracle_count(const td_tiny_rows *rows, td_oracle_filter f) {
    double n = 0;
    for (uint64_t i = 0; i < rows->n_events; i++) n += td_oracle_matches(rows, &rows->event[i], &f);
    return n;
}

/* Greatest (sign 1) or least (sign -1) time of the matching events, TD_ORACLE_NEVER for none. */
int64_t td_oracle_time(const td_tiny_rows *rows, td_oracle_filter f, int sign) {
    int64_t best = TD_ORACLE_NEVER;
    for (uint64_t i = 0; i < rows->n_events; i++) {
        if (!td_oracle_matches(rows, &rows->event[i], &f)) continue;
        int64_t t = rows->event[i].time;
        if (best == TD_ORACLE_NEVER || (sign > 0 ? t > best : t < best)) best = t;
    }
    return best;
}

int td_oracle_add(int64_t *list, int n, int64_t value) {
    for (int i = 0; i < n; i++) {
        if (list[i] == value) return n;
    }
    cr_assert_lt(n, TD_ORACLE_MAX);
    list[n] = value;
    return n + 1;
}

int64_t td_oracle_session_end(const td_tiny_rows *rows, int64_t visitor, int64_t start) {
    int64_t end = start;
    for (;;) {
        td_oracle_filter next = TD_ORACLE_EVERYTHING;
        next.visitor = visitor;
        next.from = end + 1;
        next.to = end + GAP + 1;
        int64_t t = td_oracle_time(rows, next, 1);
        if (t == TD_ORACLE_NEVER) return end;
        end = t;
    }
}
