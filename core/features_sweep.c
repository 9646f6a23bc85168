/* core/features_sweep.c: everybody's events before each session's start, in one walk along the time
 * line.
 *
 * Problem: for each session the counts of its items, their categories and the whole site over the
 * last 1, 7 and 28 days and over all time, as they stood strictly before the session's start.
 *
 * 1. events in time order, copied into a compact stream with the item's category and price as of
 *    the event (known at that time, hence before every later start);
 * 2. rows in the order of their session's start;
 * 3. for each row, before it is served:
 *        add      every event with time <  start             to all windows
 *        remove   every event with time <  start - window    from that window
 *
 *           28 d tail                7 d tail      1 d tail    head
 *     ----------|------------------------|-------------|---------|start---> time
 *               |<-- counted in 28 d ----------------------------|
 *
 *    An event at the very millisecond of the start is not seen, whoever made it; starts that are
 *    equal see the same counts;
 * 4. copy the counts of the row's items and categories into a view, call the features.
 *
 * The head never passes the start of the row being served, so no later event can have been
 * counted: the bound of the scope lies in this one loop condition.
 *
 * Price of the category: sum and number of the prices of all earlier views of its items, added in
 * time order, so that a log that is cut off later gives the same bits.
 *
 * Cost: each event is added once and removed three times: O(events + rows), about 20 bytes of
 * counts touched a step. One thread: the counts at one start depend on all before it. */
#include "core/features_sweep.h"

#include <math.h>

#include "core/base/arena.h"
#include "core/base/mem.h"
#include "core/features_gather.h"
#include "core/features_views.h"
#include "core/order.h"

enum { STREAM_GRAIN = 1 << 16, PROGRESS_EVERY = 1 << 16, N_TAILS = 4 };

static const int64_t HOUR_MS = INT64_C(3600000);
static const int64_t DAY_MS = INT64_C(86400000);

typedef struct market_event {
    int64_t time;
    double price; /* currency units, NaN unknown */
    uint32_t item;
    uint32_t category; /* TD_CODE_NONE = unknown */
    uint8_t kind;
} market_event;

typedef struct price_mean {
    double sum;
    uint64_t n;
} price_mean;

typedef struct sweep {
    const td_feature_inputs *inputs;
    const uint32_t *event_order;
    uint64_t n_events;
    market_event *stream; /* [n_events] ascending in time */
    uint64_t head;        /* events before it are counted in TD_WINDOW_ALL */
    uint64_t
        tail[N_TAILS]; /* per window (the last: hour): events before it are no longer counted */
    uint64_t n_hour;   /* events of the last hour, all items */
    td_market_count site;
    td_market_count *item;     /* [n_items] */
    td_market_count *category; /* [n categories] */
    price_mean *price;         /* [n categories] */
    td_gather gather;
    /* one row's view, by slot */
    td_market_count *row_item;
    td_market_count *row_category;
    double *row_ratio;
} sweep;

enum { TAIL_HOUR = N_TAILS - 1 };

static const int64_t TAIL_DAYS[TD_WINDOW_ALL] = {1, 7, 28};

/* Step 1. */
static td_status fill_stream(void *ctx, td_chunk chunk, td_error *err) {
    (void)err;
    sweep *s = ctx;
    const td_events *events = s->inputs->events;
    const td_catalog *catalog = s->inputs->catalog;
    for (uint64_t i = chunk.begin; i < chunk.end; i++) {
        uint32_t e = s->event_order[i];
        market_event *out = &s->stream[i];
        *out = (market_event){.time = events->timestamp[e],
                              .item = events->item[e],
                              .category = TD_CODE_NONE,
                              .price = NAN,
                              .kind = events->kind[e]};
        if (catalog == NULL) continue;
        out->category = td_catalog_category(catalog, out->item, out->time);
        out->price = td_gather_price(catalog, out->item, out->time);
    }
    return TD_OK;
}

/* Step 3. */
static void count_in(td_market_count *count, uint8_t kind) {
    for (int w = 0; w < TD_N_WINDOWS; w++) count->n[w][kind]++;
}

static void add_event(sweep *s, const market_event *event) {
    s->n_hour++;
    count_in(&s->site, event->kind);
    count_in(&s->item[event->item], event->kind);
    if (event->category == TD_CODE_NONE) return;
    count_in(&s->category[event->category], event->kind);
    if (event->kind != TD_VIEW || isnan(event->price)) return;
    s->price[event->category].sum += event->price;
    s->price[event->category].n++;
}

static void remove_event(sweep *s, const market_event *event, int window) {
    s->site.n[window][event->kind]--;
    s->item[event->item].n[window][event->kind]--;
    if (event->category != TD_CODE_NONE) s->category[event->category].n[window][event->kind]--;
}

static void advance(sweep *s, int64_t start) {
    while (s->head < s->n_events && s->stream[s->head].time < start) {
        add_event(s, &s->stream[s->head++]);
    }
    /* a tail stops before the head by itself: the events from the head on are at or after start */
    for (int w = 0; w < TD_WINDOW_ALL; w++) {
        int64_t from = start - TAIL_DAYS[w] * DAY_MS;
        while (s->tail[w] < s->head && s->stream[s->tail[w]].time < from) {
            remove_event(s, &s->stream[s->tail[w]++], w);
        }
    }
    while (s->tail[TAIL_HOUR] < s->head && s->stream[s->tail[TAIL_HOUR]].time < start - HOUR_MS) {
        s->tail[TAIL_HOUR]++;
        s->n_hour--;
    }
}

/* Step 4: distinct categories and price ratios of the row's items. */
static uint32_t view_categories(sweep *s, uint64_t row, uint32_t n_items) {
    const td_catalog *catalog = s->inputs->catalog;
    int64_t cut = s->inputs->population->cut[row];
    uint32_t mark = (uint32_t)row + 1;
    uint32_t n_categories = 0;
    td_gather_categories(&s->gather, s->inputs, row, n_items);
    for (uint32_t i = 0; i < n_items; i++) {
        uint32_t c = s->gather.category_code[i];
        s->row_ratio[i] = NAN;
        if (c == TD_CODE_NONE) continue;
        if (s->price[c].n > 0 && s->price[c].sum > 0) {
            double mean = s->price[c].sum / (double)s->price[c].n;
            s->row_ratio[i] = td_gather_price(catalog, s->gather.item_code[i], cut) / mean;
        }
        if (s->gather.category_mark[c] == mark) continue;
        s->gather.category_mark[c] = mark;
        s->row_category[n_categories++] = s->category[c];
    }
    return n_categories;
}

static void serve_row(sweep *s, uint64_t row, double *const *column) {
    td_prefix_view prefix = td_gather_prefix(&s->gather, s->inputs, row);
    for (uint32_t i = 0; i < prefix.n_items; i++) {
        s->row_item[i] = s->item[s->gather.item_code[i]];
        s->row_ratio[i] = NAN;
    }
    uint32_t n_categories =
        s->inputs->catalog != NULL ? view_categories(s, row, prefix.n_items) : 0;
    td_market_view market = {.n_hour = s->n_hour,
                             .site = s->site,
                             .n_items = prefix.n_items,
                             .n_categories = n_categories,
                             .item = s->row_item,
                             .category = s->row_category,
                             .price_ratio = s->row_ratio};
    double out[TD_N_MARKET];
    td_features_market(out, &prefix, &market);
    for (int f = 0; f < TD_N_MARKET; f++) {
        if (column[f] != NULL) column[f][row] = out[f];
    }
}

static td_status walk(sweep *s, const uint32_t *row_order, double *const *column,
                      const td_exec *exec, td_error *err) {
    const td_population *population = s->inputs->population;
    for (uint64_t i = 0; i < population->n; i++) {
        if (i % PROGRESS_EVERY == 0) {
            TD_TRY(td_exec_progress(exec, "market features", i, population->n, err));
        }
        uint64_t row = row_order[i];
        advance(s, s->inputs->sessions->start[population->session[row]]);
        serve_row(s, row, column);
    }
    return TD_OK;
}

static td_status allocate(sweep *s, td_arena *arena, td_error *err) {
    uint64_t n_items = s->inputs->events->items.n;
    uint64_t n_categories = s->inputs->catalog != NULL ? s->inputs->catalog->categories.n : 0;
    uint64_t longest = td_gather_longest(s->inputs->sessions);
    TD_TRY(td_gather_init(&s->gather, s->inputs, longest, arena, err));
    TD_NEW_ZEROED(s->item, n_items, err);
    TD_NEW_ZEROED(s->category, n_categories, err);
    TD_NEW_ZEROED(s->price, n_categories, err);
    TD_NEW(s->stream, s->n_events, err);
    s->row_item = td_arena_array(arena, longest, sizeof *s->row_item, err);
    s->row_category = td_arena_array(arena, longest, sizeof *s->row_category, err);
    s->row_ratio = td_arena_array(arena, longest, sizeof *s->row_ratio, err);
    int is_complete = s->row_item && s->row_category && s->row_ratio;
    return is_complete ? TD_OK : TD_ERR_NOMEM;
}

static td_status order_rows(uint32_t **order, const td_feature_inputs *inputs, const td_exec *exec,
                            td_error *err) {
    uint64_t n = inputs->population->n;
    int64_t *start;
    TD_NEW(start, n, err);
    for (uint64_t i = 0; i < n; i++) {
        start[i] = inputs->sessions->start[inputs->population->session[i]];
    }
    td_status status = td_order_by_time(order, start, n, exec, err);
    td_mem_free(start);
    return status;
}

static td_status order_and_walk(sweep *s, double *const *column, const td_exec *exec,
                                td_error *err) {
    uint32_t *order;
    TD_TRY(td_order_by_time(&order, s->inputs->events->timestamp, s->n_events, exec, err));
    s->event_order = order;
    td_status status = td_par_for(exec, s->n_events, STREAM_GRAIN, fill_stream, s, err);
    td_mem_free(order);
    TD_TRY(status);
    TD_TRY(order_rows(&order, s->inputs, exec, err));
    status = walk(s, order, column, exec, err);
    td_mem_free(order);
    return status;
}

td_status td_features_sweep_market(double *const *column, const td_feature_inputs *inputs,
                                   const td_exec *exec, td_error *err) {
    sweep s = {.inputs = inputs, .n_events = inputs->events->n};
    td_arena arena = {0};
    td_status status = allocate(&s, &arena, err);
    if (status == TD_OK) status = order_and_walk(&s, column, exec, err);
    td_mem_free(s.stream);
    td_mem_free(s.item);
    td_mem_free(s.category);
    td_mem_free(s.price);
    td_arena_free(&arena);
    return status;
}
