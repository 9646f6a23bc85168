/* core/features_sweep.c: everybody's events before each session's start, in one walk along the time
 * line.
 *
 * Problem: for each session the counts of its items, their categories and the whole site over the
 * last 1, 7 and 28 days and over all time, as they stood strictly before the session's start.
 *
 * 1. events in time order, copied into a compact stream with the item's category and price as of
 *    the event (known at that time, hence before every later start);
 * 2. rows in the order of their session's start (their rank);
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
 * 4. copy the counts of the row's items and categories into a view, call the features; values are
 *    written by rank, one row behind the other, and go to their columns later and in parallel.
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

enum { GRAIN = 1 << 16, PROGRESS_EVERY = 1 << 16, LOOK_AHEAD = 8 };

static const int64_t HOUR_MS = INT64_C(3600000);
static const int64_t DAY_MS = INT64_C(86400000);
static const int64_t TAIL_DAYS[TD_WINDOW_ALL] = {1, 7, 28};

typedef struct market_event {
    int64_t time;
    double price; /* currency units, NaN unknown */
    uint32_t item;
    uint32_t category; /* TD_CODE_NONE = unknown */
    uint8_t kind;
} market_event;

typedef struct market_row {
    int64_t start;
    const td_slot *slot; /* [n_slots] */
    uint32_t n_slots;
} market_row;

typedef struct price_mean {
    double sum;
    uint64_t n;
} price_mean;

typedef struct sweep {
    const td_feature_inputs *inputs;
    const td_slots *slots;
    const uint32_t *order; /* of events, then of rows */
    uint64_t n_events;
    market_event *stream;         /* [n_events] ascending in time */
    market_row *row;              /* [rows] by rank */
    uint64_t head;                /* events before it are counted in TD_WINDOW_ALL */
    uint64_t tail[TD_WINDOW_ALL]; /* events before it are not counted in the window any more */
    uint64_t hour_tail;           /* the same for n_hour */
    uint64_t n_hour;              /* events of the last hour, all items */
    td_market_count site;
    td_market_count *item;     /* [n_items] */
    td_market_count *category; /* [n categories] */
    price_mean *price;         /* [n categories] */
    uint32_t *category_mark;   /* [n categories] rank + 1 of the last row that met it */
    /* one row's view, by slot */
    td_market_count *row_item;
    td_market_count *row_category;
    double *row_ratio;
    uint8_t *row_carted;
} sweep;

void td_market_values_free(td_market_values *values) {
    td_mem_free(values->rank);
    td_mem_free(values->value);
    *values = (td_market_values){0};
}

/* Step 1. */

/* Events and values lie anywhere in memory: what later rows need is asked for in the order in which
 * one address leads to the next. */
static void ask_early(const sweep *s, uint64_t i) {
    const td_events *events = s->inputs->events;
    const td_catalog *catalog = s->inputs->catalog;
    if (i + 3 * LOOK_AHEAD >= s->n_events) return;
    uint32_t e = s->order[i + 3 * LOOK_AHEAD];
    __builtin_prefetch(&events->timestamp[e]);
    __builtin_prefetch(&events->item[e]);
    __builtin_prefetch(&events->kind[e]);
    if (catalog == NULL) return;
    uint64_t list = (uint64_t)events->item[s->order[i + 2 * LOOK_AHEAD]] * TD_N_PROPERTIES;
    __builtin_prefetch(&catalog->begin[list]);
    list = (uint64_t)events->item[s->order[i + LOOK_AHEAD]] * TD_N_PROPERTIES;
    __builtin_prefetch(&catalog->entry[catalog->begin[list]]);
}

static td_status fill_stream(void *ctx, td_chunk chunk, td_error *err) {
    (void)err;
    sweep *s = ctx;
    const td_events *events = s->inputs->events;
    const td_catalog *catalog = s->inputs->catalog;
    for (uint64_t i = chunk.begin; i < chunk.end; i++) {
        ask_early(s, i);
        uint32_t e = s->order[i];
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

/* Step 2: rows by rank, with all that a row asks. */
static td_status fill_rows(void *ctx, td_chunk chunk, td_error *err) {
    (void)err;
    sweep *s = ctx;
    const td_sessions *sessions = s->inputs->sessions;
    for (uint64_t i = chunk.begin; i < chunk.end; i++) {
        uint32_t row = s->order[i];
        uint32_t session = s->inputs->population->session[row];
        s->row[i] = (market_row){.start = sessions->start[session],
                                 .slot = s->slots->slot + sessions->begin[session],
                                 .n_slots = s->slots->n_slots[row]};
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
    /* a tail stays behind the head: what it passes is older than start and has been added */
    for (int w = 0; w < TD_WINDOW_ALL; w++) {
        int64_t from = start - TAIL_DAYS[w] * DAY_MS;
        while (s->tail[w] < s->head && s->stream[s->tail[w]].time < from) {
            remove_event(s, &s->stream[s->tail[w]++], w);
        }
    }
    while (s->hour_tail < s->head && s->stream[s->hour_tail].time < start - HOUR_MS) {
        s->hour_tail++;
        s->n_hour--;
    }
}

/* Step 4: price ratio of one item, and its category unless the row has met it already. */
static uint32_t view_category(sweep *s, uint64_t rank, uint32_t slot, uint32_t n_categories) {
    const td_slot *item = &s->row[rank].slot[slot];
    uint32_t c = item->category;
    s->row_ratio[slot] = NAN;
    if (c == TD_CODE_NONE) return n_categories;
    if (s->price[c].sum > 0) {
        s->row_ratio[slot] = item->price / (s->price[c].sum / (double)s->price[c].n);
    }
    if (s->category_mark[c] == rank + 1) return n_categories;
    s->category_mark[c] = (uint32_t)rank + 1;
    s->row_category[n_categories] = s->category[c];
    return n_categories + 1;
}

static void serve_row(sweep *s, uint64_t rank, double *out) {
    const market_row *row = &s->row[rank];
    uint32_t n_categories = 0;
    for (uint32_t i = 0; i < row->n_slots; i++) {
        s->row_item[i] = s->item[row->slot[i].item];
        s->row_carted[i] = row->slot[i].is_carted;
        n_categories = view_category(s, rank, i, n_categories);
    }
    td_market_view market = {.n_hour = s->n_hour,
                             .site = s->site,
                             .n_items = row->n_slots,
                             .n_categories = n_categories,
                             .item = s->row_item,
                             .category = s->row_category,
                             .price_ratio = s->row_ratio,
                             .is_carted = s->row_carted};
    td_features_market(out, &market);
}

static td_status walk(sweep *s, double *value, const td_exec *exec, td_error *err) {
    uint64_t n = s->inputs->population->n;
    for (uint64_t i = 0; i < n; i++) {
        if (i % PROGRESS_EVERY == 0) TD_TRY(td_exec_progress(exec, "market features", i, n, err));
        /* the slots and counts of rows to come lie anywhere in memory: ask for them early */
        if (i + 2 * LOOK_AHEAD < n) __builtin_prefetch(s->row[i + 2 * LOOK_AHEAD].slot);
        if (i + LOOK_AHEAD < n && s->row[i + LOOK_AHEAD].n_slots > 0) {
            __builtin_prefetch(&s->item[s->row[i + LOOK_AHEAD].slot[0].item]);
        }
        advance(s, s->row[i].start);
        serve_row(s, i, value + i * TD_N_MARKET);
    }
    return TD_OK;
}

static td_status allocate(sweep *s, td_arena *arena, td_error *err) {
    uint64_t n_items = s->inputs->events->items.n;
    uint64_t n_categories = s->inputs->catalog != NULL ? s->inputs->catalog->categories.n : 0;
    uint64_t longest = td_gather_longest(s->inputs->sessions);
    TD_NEW_ZEROED(s->item, n_items, err);
    TD_NEW_ZEROED(s->category, n_categories, err);
    TD_NEW_ZEROED(s->price, n_categories, err);
    TD_NEW_ZEROED(s->category_mark, n_categories, err);
    TD_NEW(s->stream, s->n_events, err);
    TD_NEW(s->row, s->inputs->population->n, err);
    s->row_item = td_arena_array(arena, longest, sizeof *s->row_item, err);
    s->row_category = td_arena_array(arena, longest, sizeof *s->row_category, err);
    s->row_ratio = td_arena_array(arena, longest, sizeof *s->row_ratio, err);
    s->row_carted = td_arena_array(arena, longest, sizeof *s->row_carted, err);
    int is_complete = s->row_item && s->row_category && s->row_ratio && s->row_carted;
    return is_complete ? TD_OK : TD_ERR_NOMEM;
}

static td_status order_events(sweep *s, const td_exec *exec, td_error *err) {
    uint32_t *order;
    TD_TRY(td_order_by_time(&order, s->inputs->events->timestamp, s->n_events, exec, err));
    s->order = order;
    td_status status = td_par_for(exec, s->n_events, GRAIN, fill_stream, s, err);
    td_mem_free(order);
    return status;
}

static td_status order_rows(sweep *s, uint32_t *rank, const td_exec *exec, td_error *err) {
    const td_population *population = s->inputs->population;
    uint64_t n = population->n;
    int64_t *start;
    TD_NEW(start, n, err);
    for (uint64_t i = 0; i < n; i++) start[i] = s->inputs->sessions->start[population->session[i]];
    uint32_t *order;
    td_status status = td_order_by_time(&order, start, n, exec, err);
    td_mem_free(start);
    TD_TRY(status);
    s->order = order;
    for (uint64_t i = 0; i < n; i++) rank[order[i]] = (uint32_t)i;
    status = td_par_for(exec, n, GRAIN, fill_rows, s, err);
    td_mem_free(order);
    return status;
}

td_status td_market_sweep(td_market_values *out, const td_feature_inputs *inputs,
                          const td_slots *slots, const td_exec *exec, td_error *err) {
    *out = (td_market_values){0};
    sweep s = {.inputs = inputs, .slots = slots, .n_events = inputs->events->n};
    uint64_t n = inputs->population->n;
    td_arena arena = {0};
    td_status status = allocate(&s, &arena, err);
    if (status == TD_OK) {
        out->rank = td_mem_array(n, sizeof *out->rank, err);
        out->value = td_mem_array(n, TD_N_MARKET * sizeof *out->value, err);
        if (out->rank == NULL || out->value == NULL) status = TD_ERR_NOMEM;
    }
    if (status == TD_OK) status = order_events(&s, exec, err);
    if (status == TD_OK) status = order_rows(&s, out->rank, exec, err);
    if (status == TD_OK) status = walk(&s, out->value, exec, err);
    if (status != TD_OK) td_market_values_free(out);
    td_mem_free(s.stream);
    td_mem_free(s.row);
    td_mem_free(s.item);
    td_mem_free(s.category);
    td_mem_free(s.price);
    td_mem_free(s.category_mark);
    td_arena_free(&arena);
    return status;
}
