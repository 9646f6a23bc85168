/* core/features_stream.c: the item log joined with the catalog, then put in the order of time.
 *
 * Problem: the market's counts by category need the category of each event's item as of the event,
 * and prices as well. Looked up event by event that is three jumps in memory each; item by item the
 * events and the values both ascend in time, and the join is a merge:
 *
 *     item 7   events       x   x       x x
 *              category  c1 ------------- c2 ----     the value in force moves along
 *
 *   1. walk the items; for each event take the values in force (the last with time <= event);
 *   2. an event before `from` is counted at once: no window but "all time" of any row holds it;
 *   3. an event in [from, until) is kept; these are sorted by time. Events of one time may come in
 *      any order: counts and integer sums do not depend on it.
 *
 * Cost: one sequential pass over log and values, a radix sort of what is kept. */
#include "core/features_stream.h"

#include "core/base/mem.h"
#include "core/base/radix.h"

enum { LOOK_AHEAD = 16 };

void td_market_stream_free(td_market_stream *stream) {
    td_mem_free(stream->event);
    td_mem_free(stream->category);
    td_mem_free(stream->price);
    *stream = (td_market_stream){0};
}

/* The value in force, moving along with the events of an item. */
typedef struct force {
    const td_dated_value *next;
    const td_dated_value *end;
    int64_t value;
} force;

static force force_of(const td_catalog *catalog, uint32_t item, td_property property) {
    if (catalog == NULL) return (force){.value = -1};
    const uint32_t *begin = &catalog->begin[(uint64_t)item * TD_N_PROPERTIES + property];
    return (force){catalog->entry + begin[0], catalog->entry + begin[1], -1};
}

static void move_to(force *f, int64_t t) {
    for (; f->next != f->end && f->next->time <= t; f->next++) f->value = f->next->value;
}

typedef struct builder {
    td_market_stream *out;
    const td_item_log *log;
    const td_catalog *catalog;
    td_market_span span;
    td_market_event *kept; /* [out->n] item by item */
} builder;

/* Step 2. */
static void count_old(td_market_stream *out, const td_market_event *event) {
    out->site.n[TD_WINDOW_ALL][event->kind]++;
    if (event->category == TD_CODE_NONE) return;
    out->category[event->category].n[TD_WINDOW_ALL][event->kind]++;
    if (event->price >= 0) td_price_sum_add(&out->price[event->category], event->price);
}

/* Step 1 for one item. */
static void join_item(builder *b, uint32_t item) {
    const td_item_log *log = b->log;
    force category = force_of(b->catalog, item, TD_CATEGORY);
    force price = force_of(b->catalog, item, TD_PRICE);
    for (uint32_t e = log->begin[item]; e < log->begin[item + 1]; e++) {
        int64_t t = log->time[e];
        if (t >= b->span.until) return;
        move_to(&category, t);
        move_to(&price, t);
        uint8_t kind = log->kind[e];
        int is_priced = kind == TD_VIEW && category.value >= 0;
        td_market_event event = {.time = t,
                                 .price = is_priced ? price.value : -1,
                                 .category =
                                     category.value >= 0 ? (uint32_t)category.value : TD_CODE_NONE,
                                 .kind = kind};
        if (t < b->span.from) {
            count_old(b->out, &event);
        } else {
            b->kept[b->out->n++] = event;
        }
    }
}

/* Step 3. */
static td_status sort_kept(builder *b, td_keyed *row, const td_exec *exec, td_error *err) {
    uint64_t n = b->out->n;
    for (uint64_t i = 0; i < n; i++) row[i] = (td_keyed){(uint64_t)b->kept[i].time, i};
    TD_TRY(td_radix_sort(row, row + n, n, exec, err));
    TD_NEW(b->out->event, n, err);
    for (uint64_t i = 0; i < n; i++) {
        if (i + LOOK_AHEAD < n) __builtin_prefetch(&b->kept[row[i + LOOK_AHEAD].value]);
        b->out->event[i] = b->kept[row[i].value];
    }
    return TD_OK;
}

static td_status build(builder *b, const td_exec *exec, td_error *err) {
    td_market_stream *out = b->out;
    uint64_t n_categories = b->catalog != NULL ? b->catalog->categories.n : 0;
    TD_NEW_ZEROED(out->category, n_categories, err);
    TD_NEW_ZEROED(out->price, n_categories, err);
    TD_NEW(b->kept, b->log->begin[b->log->n_items], err);
    for (uint32_t item = 0; item < b->log->n_items; item++) join_item(b, item);
    td_keyed *row;
    TD_NEW(row, 2 * out->n, err);
    td_status status = sort_kept(b, row, exec, err);
    td_mem_free(row);
    return status;
}

td_status td_market_stream_build(td_market_stream *out, const td_item_log *log,
                                 const td_catalog *catalog, td_market_span span,
                                 const td_exec *exec, td_error *err) {
    *out = (td_market_stream){0};
    builder b = {.out = out, .log = log, .catalog = catalog, .span = span};
    td_status status = build(&b, exec, err);
    td_mem_free(b.kept);
    if (status != TD_OK) td_market_stream_free(out);
    return status;
}
