/* core/catalog.c: item properties as of a time, and the category tree.
 *
 * Problem: the property files say "from time t0 on, item i has value v". A feature may ask only for
 * the value that held at a time t, the last one written at or before t.
 *
 * Histories:
 * 1. rows in time order (radix sort), then scattered stably by (item, property), so that the rows
 *    of each pair ascend;
 * 2. rows of one pair and time: the value text that is greatest in byte order wins. Further rows
 *    with the winning text are counted as duplicates, all others as conflicts; neither the winner
 *    nor the counts depend on the file's order;
 * 3. a look-up is a binary search in the item's few entries: O(log k).
 *
 * Tree, over the ids of the tree and of all category values:
 * 4. codes are ranks of ids; two different parents of one category are an error;
 * 5. a category without a row of its own is a root and flagged;
 * 6. every cycle is cut at its smallest id, whose parent is removed. A walk from each category
 *    marks what it meets with its own number; meeting that number again closes a cycle. Each
 *    category is marked once: O(categories);
 *
 *        3 -> 8 -> 5 -> 3      cut at 3:     8 -> 5 -> 3 (root)
 *
 * 7. depth and root: up to the first category that has them, then down again.
 *
 * It does not know items outside the log, nor any property but three, and reads no file. */
#include "core/catalog.h"

#include <string.h>

#include "core/base/mem.h"
#include "core/order.h"

enum { GROUP_GRAIN = 1 << 16 };

const char *td_property_name(td_property property) {
    static const char *const name[TD_N_PROPERTIES] = {"category", "available", "price"};
    return name[property];
}

void td_raw_catalog_free(td_raw_catalog *raw) {
    td_mem_free(raw->property);
    td_mem_free(raw->category);
    *raw = (td_raw_catalog){0};
}

void td_catalog_free(td_catalog *catalog) {
    td_mem_free(catalog->begin);
    td_mem_free(catalog->entry);
    td_iddict_free(&catalog->categories);
    td_mem_free(catalog->parent);
    td_mem_free(catalog->root);
    td_mem_free(catalog->depth);
    td_mem_free(catalog->flags);
    *catalog = (td_catalog){0};
}

/* Bytes as unsigned numbers; of two texts where one begins the other the longer is greater. */
static int compare_text(const td_raw_property *a, const td_raw_property *b) {
    uint32_t common = a->length < b->length ? a->length : b->length;
    int order = memcmp(a->text, b->text, common);
    if (order != 0) return order;
    return (a->length > b->length) - (a->length < b->length);
}

/* Index of (item, property) in td_catalog.begin. */
static uint64_t pair_of(uint32_t item, unsigned property) {
    return (uint64_t)item * TD_N_PROPERTIES + property;
}

/* Step 1: slot [n_properties] = rows by pair and then by time. begin [n_pairs + 1]. */
static void scatter_rows(uint32_t *slot, uint32_t *begin, const td_raw_catalog *raw,
                         const uint32_t *order, uint64_t n_pairs) {
    memset(begin, 0, (n_pairs + 1) * sizeof *begin);
    for (uint64_t i = 0; i < raw->n_properties; i++) {
        begin[pair_of(raw->property[i].item, raw->property[i].property) + 1]++;
    }
    for (uint64_t pair = 0; pair < n_pairs; pair++) begin[pair + 1] += begin[pair];
    for (uint64_t i = 0; i < raw->n_properties; i++) {
        const td_raw_property *row = &raw->property[order[i]];
        slot[begin[pair_of(row->item, row->property)]++] = order[i];
    }
    /* each begin has moved to its end, which is the next pair's begin: move them back */
    memmove(begin + 1, begin, n_pairs * sizeof *begin);
    begin[0] = 0;
}

/* Step 2 for the rows slot[0 .. n) of one item and time: the winner. Counts compare with the winner
 * and not with each other, so that they do not depend on the rows' order. */
static const td_raw_property *settle_tie(td_catalog *out, const td_raw_catalog *raw,
                                         const uint32_t *slot, uint32_t n) {
    const td_raw_property *best = &raw->property[slot[0]];
    for (uint32_t i = 1; i < n; i++) {
        const td_raw_property *row = &raw->property[slot[i]];
        if (compare_text(row, best) > 0) best = row;
    }
    uint32_t n_equal = 0;
    for (uint32_t i = 0; i < n; i++) n_equal += compare_text(&raw->property[slot[i]], best) == 0;
    out->n_duplicates += n_equal - 1;
    out->n_conflicts += n - n_equal;
    return best;
}

/* Step 2: one entry per pair and time. begin is rewritten while it is read: entries never outnumber
 * rows, and begin[pair + 1] is read before it is written. */
static void settle_ties(td_catalog *out, const td_raw_catalog *raw, const uint32_t *slot,
                        uint64_t n_pairs) {
    uint32_t n_entries = 0;
    uint32_t i = 0;
    for (uint64_t pair = 0; pair < n_pairs; pair++) {
        uint32_t end = out->begin[pair + 1];
        out->begin[pair] = n_entries;
        while (i < end) {
            int64_t time = raw->property[slot[i]].timestamp;
            uint32_t n = 1;
            while (i + n < end && raw->property[slot[i + n]].timestamp == time) n++;
            const td_raw_property *best = settle_tie(out, raw, slot + i, n);
            out->entry[n_entries++] = (td_dated_value){best->timestamp, best->value};
            i += n;
        }
    }
    out->begin[n_pairs] = n_entries;
}

static td_status build_histories(td_catalog *out, const td_raw_catalog *raw, const uint32_t *order,
                                 td_error *err) {
    uint64_t n_pairs = pair_of(out->n_items, 0);
    TD_NEW(out->begin, n_pairs + 1, err);
    TD_NEW(out->entry, raw->n_properties, err);
    uint32_t *slot;
    TD_NEW(slot, raw->n_properties, err);
    scatter_rows(slot, out->begin, raw, order, n_pairs);
    settle_ties(out, raw, slot, n_pairs);
    td_mem_free(slot);
    return TD_OK;
}

/* Rows of all properties in one order: one sort instead of three. */
static td_status order_properties(uint32_t **order, const td_raw_catalog *raw, const td_exec *exec,
                                  td_error *err) {
    int64_t *time;
    TD_NEW(time, raw->n_properties, err);
    for (uint64_t i = 0; i < raw->n_properties; i++) time[i] = raw->property[i].timestamp;
    td_status status = td_order_by_time(order, time, raw->n_properties, exec, err);
    td_mem_free(time);
    return status;
}

/* Collect the ids of all category values, then of the tree; or (code != NULL) write the codes of
 * the values back. The order is the same both times. */
static uint64_t visit_categories(td_catalog *catalog, int64_t *id, const uint32_t *code) {
    uint64_t n = 0;
    for (uint32_t item = 0; item < catalog->n_items; item++) {
        uint64_t pair = pair_of(item, TD_CATEGORY);
        for (uint32_t i = catalog->begin[pair]; i < catalog->begin[pair + 1]; i++, n++) {
            if (code != NULL) {
                catalog->entry[i].value = code[n];
            } else {
                id[n] = catalog->entry[i].value;
            }
        }
    }
    return n;
}

/* Step 4, first half: the dictionary; category values become codes. */
static td_status code_categories(td_catalog *out, const td_raw_catalog *raw, const td_exec *exec,
                                 td_error *err) {
    uint64_t n_most = out->begin[pair_of(out->n_items, 0)] + 2 * raw->n_categories;
    int64_t *id = td_mem_array(n_most, sizeof *id, err);
    uint32_t *code = td_mem_array(n_most, sizeof *code, err);
    td_status status = id == NULL || code == NULL ? TD_ERR_NOMEM : TD_OK;
    if (status == TD_OK) {
        uint64_t n = visit_categories(out, id, NULL);
        for (uint64_t i = 0; i < raw->n_categories; i++) {
            const td_raw_category *row = &raw->category[i];
            id[n++] = row->id;
            id[n++] = row->parent == TD_NO_PARENT ? row->id : row->parent;
        }
        status = td_iddict_build(&out->categories, code, id, n, exec, err);
    }
    if (status == TD_OK) (void)visit_categories(out, id, code);
    td_mem_free(id);
    td_mem_free(code);
    return status;
}

/* For error texts. */
static long long parent_id(const td_catalog *catalog, uint32_t parent) {
    return parent == TD_CODE_NONE ? -1 : (long long)catalog->categories.id[parent];
}

/* Steps 4 and 5: parents from the rows. */
static td_status link_parents(td_catalog *out, const td_raw_catalog *raw, td_error *err) {
    uint32_t n = out->categories.n;
    /* until its row turns up, a category has none */
    for (uint32_t c = 0; c < n; c++) {
        out->parent[c] = TD_CODE_NONE;
        out->flags[c] = TD_CATEGORY_WITHOUT_ROW;
    }
    for (uint64_t i = 0; i < raw->n_categories; i++) {
        const td_raw_category *row = &raw->category[i];
        uint32_t c = td_iddict_find(&out->categories, row->id);
        uint32_t parent = row->parent == TD_NO_PARENT
                              ? TD_CODE_NONE
                              : td_iddict_find(&out->categories, row->parent);
        int is_new = out->flags[c] & TD_CATEGORY_WITHOUT_ROW;
        TD_CHECK(is_new || out->parent[c] == parent, err, TD_ERR_FORMAT,
                 "category %lld has two parents, %lld and %lld (-1 = none)", (long long)row->id,
                 parent_id(out, out->parent[c]), (long long)row->parent);
        out->n_duplicates += !is_new;
        out->parent[c] = parent;
        out->flags[c] = 0;
    }
    return TD_OK;
}

/* How many categories are named as a parent and have no row. */
static uint64_t count_missing_parents(const td_catalog *catalog) {
    uint64_t n = 0;
    for (uint32_t c = 0; c < catalog->categories.n; c++) {
        uint32_t parent = catalog->parent[c];
        if (parent == TD_CODE_NONE) continue;
        uint8_t *flags = &catalog->flags[parent];
        /* depth is not filled yet: it serves as the mark "already counted" */
        n += (*flags & TD_CATEGORY_WITHOUT_ROW) && catalog->depth[parent] == 0;
        catalog->depth[parent] = 1;
    }
    return n;
}

/* Step 6. `depth` serves as the walk's mark: 0 = not met, w + 1 = met by the walk from w. */
static void cut_cycles(td_catalog *out) {
    uint32_t n = out->categories.n;
    memset(out->depth, 0, (size_t)n * sizeof *out->depth);
    for (uint32_t w = 0; w < n; w++) {
        /* up from w until a root or a category that some walk has met */
        uint32_t c = w;
        while (c != TD_CODE_NONE && out->depth[c] == 0) {
            out->depth[c] = w + 1;
            c = out->parent[c];
        }
        /* met by an earlier walk: what lies above is settled; met by this one: a cycle */
        if (c == TD_CODE_NONE || out->depth[c] != w + 1) continue;
        uint32_t smallest = c; /* codes are ranks: the smallest code has the smallest id */
        for (uint32_t m = out->parent[c]; m != c; m = out->parent[m]) {
            if (m < smallest) smallest = m;
        }
        out->parent[smallest] = TD_CODE_NONE;
        out->flags[smallest] |= TD_CATEGORY_CUT;
        out->n_cycles++;
    }
}

/* Step 7. root = TD_CODE_NONE marks a category not done yet. */
static void measure_tree(td_catalog *out) {
    uint32_t n = out->categories.n;
    for (uint32_t c = 0; c < n; c++) out->root[c] = TD_CODE_NONE;
    for (uint32_t c = 0; c < n; c++) {
        /* up to the first category whose root is known, or to a root */
        uint32_t n_steps = 0;
        uint32_t top = c;
        while (out->root[top] == TD_CODE_NONE && out->parent[top] != TD_CODE_NONE) {
            top = out->parent[top];
            n_steps++;
        }
        if (out->root[top] == TD_CODE_NONE) {
            out->root[top] = top;
            out->depth[top] = 0;
        }
        /* and once more the same way, now with the answer: c is n_steps below top */
        uint32_t depth = out->depth[top] + n_steps;
        for (uint32_t m = c; m != top; m = out->parent[m]) {
            out->root[m] = out->root[top];
            out->depth[m] = depth--;
        }
    }
}

static td_status build_tree(td_catalog *out, const td_raw_catalog *raw, const td_exec *exec,
                            td_error *err) {
    TD_TRY(code_categories(out, raw, exec, err));
    uint32_t n = out->categories.n;
    TD_NEW(out->parent, n, err);
    TD_NEW(out->root, n, err);
    TD_NEW_ZEROED(out->depth, n, err);
    TD_NEW(out->flags, n, err);
    TD_TRY(link_parents(out, raw, err));
    out->n_missing_parents = count_missing_parents(out);
    cut_cycles(out);
    measure_tree(out);
    return TD_OK;
}

td_status td_catalog_build(td_catalog *out, td_raw_catalog *raw, uint32_t n_items,
                           const td_exec *exec, td_error *err) {
    *out = (td_catalog){
        .n_items = n_items, .has_properties = raw->has_properties, .has_tree = raw->has_tree};
    uint32_t *order = NULL;
    td_status status = order_properties(&order, raw, exec, err);
    if (status == TD_OK) status = build_histories(out, raw, order, err);
    td_mem_free(order);
    if (status == TD_OK) status = build_tree(out, raw, exec, err);
    if (status != TD_OK) td_catalog_free(out);
    td_raw_catalog_free(raw);
    return status;
}

int td_catalog_value(const td_catalog *catalog, td_property property, uint32_t item, int64_t t,
                     int64_t *value) {
    const uint32_t *begin = &catalog->begin[pair_of(item, property)];
    const td_dated_value *start = catalog->entry + begin[0];
    const td_dated_value *first = start;
    uint32_t n = begin[1] - begin[0];
    /* invariant: entries before `first` have time <= t, entries from first + n on have time > t */
    while (n > 0) {
        uint32_t half = n / 2;
        if (first[half].time <= t) {
            first += half + 1;
            n -= half + 1;
        } else {
            n = half;
        }
    }
    if (first == start) return 0;
    *value = first[-1].value;
    return 1;
}

uint32_t td_catalog_category(const td_catalog *catalog, uint32_t item, int64_t t) {
    int64_t code = TD_CODE_NONE;
    td_catalog_value(catalog, TD_CATEGORY, item, t, &code);
    return (uint32_t)code;
}

/* Groups of sessions, for key figures by top-level category. */
typedef struct group_job {
    uint32_t *group;
    const td_catalog *catalog;
    const td_events *events;
    const td_sessions *sessions;
} group_job;

static td_status group_chunk(void *ctx, td_chunk chunk, td_error *err) {
    (void)err;
    const group_job *job = ctx;
    for (uint64_t s = chunk.begin; s < chunk.end; s++) {
        uint32_t e = job->sessions->begin[s];
        uint32_t c =
            td_catalog_category(job->catalog, job->events->item[e], job->events->timestamp[e]);
        job->group[s] = c == TD_CODE_NONE ? TD_CODE_NONE : job->catalog->root[c];
    }
    return TD_OK;
}

td_status td_catalog_session_groups(uint32_t **group, const td_catalog *catalog,
                                    const td_events *events, const td_sessions *sessions,
                                    const td_exec *exec, td_error *err) {
    group_job job = {NULL, catalog, events, sessions};
    TD_NEW(job.group, sessions->n, err);
    td_status status = td_par_for(exec, sessions->n, GROUP_GRAIN, group_chunk, &job, err);
    if (status != TD_OK) {
        td_mem_free(job.group);
        return status;
    }
    *group = job.group;
    return TD_OK;
}

typedef struct price_job {
    int64_t *price;
    const td_catalog *catalog;
    const td_events *events;
} price_job;

static td_status price_chunk(void *ctx, td_chunk chunk, td_error *err) {
    (void)err;
    const price_job *job = ctx;
    const td_events *events = job->events;
    for (uint64_t e = chunk.begin; e < chunk.end; e++) {
        job->price[e] = -1;
        td_catalog_value(job->catalog, TD_PRICE, events->item[e], events->timestamp[e],
                         &job->price[e]);
    }
    return TD_OK;
}

td_status td_catalog_event_prices(int64_t **price, const td_catalog *catalog,
                                  const td_events *events, const td_exec *exec, td_error *err) {
    price_job job = {NULL, catalog, events};
    TD_NEW(job.price, events->n, err);
    td_status status = td_par_for(exec, events->n, GROUP_GRAIN, price_chunk, &job, err);
    if (status != TD_OK) {
        td_mem_free(job.price);
        return status;
    }
    *price = job.price;
    return TD_OK;
}
