/* core/features_sweep.c: everybody's events before each session's start, in one walk along the time
 * line.
 *
 * Problem: for each session the counts of its items, their categories and the whole site over the
 * last 1, 7 and 28 days and over all time, as they stood strictly before the session's start.
 *
 * 1. rows in the order of their session's start (their rank);
 * 2. events from 28 days before the first start up to the last one, in time order, with the item's
 *    category and price as of the event, known at that time, hence before every later start
 *    (features_stream.c). Older events are counted in "all time" already;
 * 3. for each row, before it is served:
 *        add      every event with time <  start             to all windows
 *        remove   every event with time <  start - window    from that window
 *
 *           28 d tail                7 d tail      1 d tail    head
 *     ----------|------------------------|-------------|---------|start---> time
 *               |<-- counted in 28 d ----------------------------|
 *
 *    An event at the very millisecond of the start is not seen, whoever made it; starts that are
 *    equal see the same counts. Counters are kept for the site and the categories, which are few;
 * 4. items are many, and most rows ask for one: their counts are ranks in the item log, found from
 *    where the last row that asked for the item left them (starts ascend, so ranks do);
 * 5. the row's counts go into a view, and the features are called; values are written by rank, one
 *    row behind the other, and go to their columns later and in parallel.
 *
 * The head never passes the start of the row being served, and ranks count times < start: the bound
 * of the scope lies in these two conditions.
 *
 * Price of the category: sum and number of the prices of all earlier views of its items. The sum is
 * an integer of 96 bits (thousandths in two halves), so the order of adding does not matter.
 *
 * Cost: each event of the stream is added once and removed three times; a rank moves by doubling
 * steps: O(events + rows). One thread: the counts at one start depend on all before it. */
#include "core/features_sweep.h"

#include <math.h>

#include "core/base/arena.h"
#include "core/base/mem.h"
#include "core/features_gather.h"
#include "core/features_stream.h"
#include "core/features_views.h"
#include "core/order.h"

enum { GRAIN = 1 << 16, PROGRESS_EVERY = 1 << 16, LOOK_AHEAD = 8 };

static const int64_t HOUR_MS = INT64_C(3600000);
static const int64_t DAY_MS = INT64_C(86400000);
static const int64_t TAIL_DAYS[TD_WINDOW_ALL] = {1, 7, 28};

typedef struct market_row {
    int64_t start;
    const td_slot *slot; /* [n_slots] */
    uint32_t n_slots;
} market_row;

/* Events of an item before the start, and before the beginning of each window, of the last row that
 * asked for it. */
typedef struct item_ranks {
    uint32_t head;
    uint32_t tail[TD_WINDOW_ALL];
} item_ranks;

typedef struct sweep {
    const td_feature_inputs *inputs;
    const td_slots *slots;
    const td_item_log *log;
    const uint32_t *order;        /* of rows */
    market_row *row;              /* [rows] by rank */
    td_market_stream stream;      /* its counts become those of the windows */
    uint64_t head;                /* events before it are counted in TD_WINDOW_ALL */
    uint64_t tail[TD_WINDOW_ALL]; /* events before it are not counted in the window any more */
    uint64_t hour_tail;           /* the same for n_hour */
    uint64_t n_hour;              /* events of the last hour, all items */
    item_ranks *item;             /* [n_items] */
    uint32_t *category_mark;      /* [n categories] rank + 1 of the last row that met it */
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

/* Step 1: rows by rank, with all that a row asks. */
static td_status fill_rows(void *ctx, td_chunk chunk, td_error *err) {
    (void)err;
    sweep *s = ctx;
    const td_sessions *sessions = s->inputs->sessions;
    for (uint64_t i = chunk.begin; i < chunk.end; i++) {
        uint32_t row = s->order[i];
        uint32_t session = s->inputs->population->session[row];
        s->row[i] = (market_row){.start = sessions->start[session],
                                 .slot = s->slots->slot + s->slots->begin[row],
                                 .n_slots = s->slots->n_slots[row]};
    }
    return TD_OK;
}

/* Step 3. */
static void add_event(sweep *s, const td_market_event *event) {
    td_market_count *category = s->stream.category;
    s->n_hour++;
    for (int w = 0; w < TD_N_WINDOWS; w++) s->stream.site.n[w][event->kind]++;
    if (event->category == TD_CODE_NONE) return;
    for (int w = 0; w < TD_N_WINDOWS; w++) category[event->category].n[w][event->kind]++;
    if (event->price >= 0) td_price_sum_add(&s->stream.price[event->category], event->price);
}

static void remove_event(sweep *s, const td_market_event *event, int window) {
    s->stream.site.n[window][event->kind]--;
    if (event->category == TD_CODE_NONE) return;
    s->stream.category[event->category].n[window][event->kind]--;
}

static void advance(sweep *s, int64_t start) {
    const td_market_event *event = s->stream.event;
    while (s->head < s->stream.n && event[s->head].time < start) add_event(s, &event[s->head++]);
    /* a tail stays behind the head: what it passes is older than start and has been added */
    for (int w = 0; w < TD_WINDOW_ALL; w++) {
        int64_t from = start - TAIL_DAYS[w] * DAY_MS;
        while (s->tail[w] < s->head && event[s->tail[w]].time < from) {
            remove_event(s, &event[s->tail[w]++], w);
        }
    }
    while (s->hour_tail < s->head && event[s->hour_tail].time < start - HOUR_MS) {
        s->hour_tail++;
        s->n_hour--;
    }
}

/* Step 4: how many of time [n], ascending, are < t; `from` of them at least. Doubling steps up to
 * one that is too far, then halves. */
static uint32_t rank_from(const int64_t *time, uint32_t n, uint32_t from, int64_t t) {
    uint32_t step = 1;
    uint32_t low = from; /* time[low - 1] < t */
    while (low < n && time[low] < t) {
        uint32_t next = n - low > step ? low + step : n;
        if (next == n || time[next] >= t) {
            uint32_t high = next; /* time[high] >= t, or high = n */
            low++;
            while (low < high) {
                uint32_t middle = low + (high - low) / 2;
                if (time[middle] < t) {
                    low = middle + 1;
                } else {
                    high = middle;
                }
            }
            return low;
        }
        low = next + 1;
        step *= 2;
    }
    return low;
}

/* Events of each kind among the first `rank` of the item. */
static void count_until(uint32_t n[TD_N_KINDS], const td_item_log *log, uint32_t begin,
                        uint32_t rank) {
    n[TD_ADDTOCART] = rank > 0 ? log->carts[begin + rank - 1] : 0;
    n[TD_TRANSACTION] = rank > 0 ? log->transactions[begin + rank - 1] : 0;
    n[TD_VIEW] = rank - n[TD_ADDTOCART] - n[TD_TRANSACTION];
}

static void count_item(td_market_count *out, sweep *s, uint32_t item, int64_t start) {
    const td_item_log *log = s->log;
    uint32_t begin = log->begin[item];
    uint32_t n = log->begin[item + 1] - begin;
    item_ranks *ranks = &s->item[item];
    ranks->head = rank_from(log->time + begin, n, ranks->head, start);
    count_until(out->n[TD_WINDOW_ALL], log, begin, ranks->head);
    for (int w = 0; w < TD_WINDOW_ALL; w++) {
        uint32_t before[TD_N_KINDS];
        int64_t from = start - TAIL_DAYS[w] * DAY_MS;
        ranks->tail[w] = rank_from(log->time + begin, ranks->head, ranks->tail[w], from);
        count_until(before, log, begin, ranks->tail[w]);
        for (int k = 0; k < TD_N_KINDS; k++) out->n[w][k] = out->n[TD_WINDOW_ALL][k] - before[k];
    }
}

/* Currency units, NaN without a view of known price. */
static double mean_price(const td_price_sum *mean) {
    static const double HALF = 4294967296.0; /* 2^32 */
    static const double THOUSANDTHS = 1000.0;
    double sum = (double)mean->high * HALF + (double)mean->low;
    return mean->n > 0 ? sum / THOUSANDTHS / (double)mean->n : NAN;
}

/* Step 5: price ratio of one item, and its category unless the row has met it already. */
static uint32_t view_category(sweep *s, uint64_t rank, uint32_t slot, uint32_t n_categories) {
    const td_slot *item = &s->row[rank].slot[slot];
    uint32_t c = item->category;
    s->row_ratio[slot] = NAN;
    if (c == TD_CODE_NONE) return n_categories;
    double mean = mean_price(&s->stream.price[c]);
    if (mean > 0) s->row_ratio[slot] = item->price / mean;
    if (s->category_mark[c] == rank + 1) return n_categories;
    s->category_mark[c] = (uint32_t)rank + 1;
    s->row_category[n_categories] = s->stream.category[c];
    return n_categories + 1;
}

static void serve_row(sweep *s, uint64_t rank, double *out) {
    const market_row *row = &s->row[rank];
    uint32_t n_categories = 0;
    for (uint32_t i = 0; i < row->n_slots; i++) {
        count_item(&s->row_item[i], s, row->slot[i].item, row->start);
        s->row_carted[i] = row->slot[i].is_carted;
        n_categories = view_category(s, rank, i, n_categories);
    }
    td_market_view market = {.n_hour = s->n_hour,
                             .site = s->stream.site,
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
    TD_NEW_ZEROED(s->category_mark, n_categories, err);
    TD_NEW(s->row, s->inputs->population->n, err);
    s->row_item = td_arena_array(arena, longest, sizeof *s->row_item, err);
    s->row_category = td_arena_array(arena, longest, sizeof *s->row_category, err);
    s->row_ratio = td_arena_array(arena, longest, sizeof *s->row_ratio, err);
    s->row_carted = td_arena_array(arena, longest, sizeof *s->row_carted, err);
    int is_complete = s->row_item && s->row_category && s->row_ratio && s->row_carted;
    return is_complete ? TD_OK : TD_ERR_NOMEM;
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

/* Step 2, once the starts are known. */
static td_status join_events(sweep *s, const td_exec *exec, td_error *err) {
    uint64_t n = s->inputs->population->n;
    if (n == 0) return TD_OK;
    td_market_span span = {s->row[0].start - TAIL_DAYS[TD_WINDOW_28D] * DAY_MS,
                           s->row[n - 1].start};
    return td_market_stream_build(&s->stream, s->log, s->inputs->catalog, span, exec, err);
}

td_status td_market_sweep(td_market_values *out, const td_feature_inputs *inputs,
                          const td_item_log *log, const td_slots *slots, const td_exec *exec,
                          td_error *err) {
    *out = (td_market_values){0};
    sweep s = {.inputs = inputs, .slots = slots, .log = log};
    uint64_t n = inputs->population->n;
    td_arena arena = {0};
    td_status status = allocate(&s, &arena, err);
    if (status == TD_OK) {
        out->rank = td_mem_array(n, sizeof *out->rank, err);
        out->value = td_mem_array(n, TD_N_MARKET * sizeof *out->value, err);
        if (out->rank == NULL || out->value == NULL) status = TD_ERR_NOMEM;
    }
    if (status == TD_OK) status = order_rows(&s, out->rank, exec, err);
    if (status == TD_OK) status = join_events(&s, exec, err);
    if (status == TD_OK) status = walk(&s, out->value, exec, err);
    if (status != TD_OK) td_market_values_free(out);
    td_market_stream_free(&s.stream);
    td_mem_free(s.row);
    td_mem_free(s.item);
    td_mem_free(s.category_mark);
    td_arena_free(&arena);
    return status;
}
