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
 * In parallel: ranks are cut into pieces, few and of equal length. The counts at the start of a
 * piece depend on all events before it, but not on the rows: they are counted anew there, and since
 * they are integers, they are the same as if the walk had come all the way.
 *
 *     piece 0  |rows ......|
 *     piece 1  add events..|rows ......|             N_PIECES is fixed: the cost of the leading
 *     piece 2  add events..............|rows ......| part grows with the events alone
 *
 * Cost: each event of the stream is added once and removed three times, and added again for each
 * piece that begins after it; a rank moves by doubling steps: O(events + rows). Memory: 16 bytes an
 * item and thread, 160 bytes a row. */
#include "core/features_sweep.h"

#include <math.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/base/mem.h"
#include "core/features_gather.h"
#include "core/features_stream.h"
#include "core/features_views.h"
#include "core/order.h"

enum { GRAIN = 1 << 16, N_PIECES = 8, PROGRESS_EVERY = 1 << 16, LOOK_AHEAD = 8 };

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

/* What one thread counts with; all but `item` ascends along the piece at hand. */
typedef struct counter {
    td_market_count site;
    td_market_count *category;    /* [n categories] */
    td_price_sum *price;          /* [n categories] */
    uint64_t head;                /* events before it are counted in TD_WINDOW_ALL */
    uint64_t tail[TD_WINDOW_ALL]; /* events before it are not counted in the window any more */
    uint64_t hour_tail;           /* events from it to the head: those of the last hour */
    item_ranks *item;             /* [n_items] */
    uint32_t *category_mark;      /* [n categories] rank + 1 of the last row that met it */
    /* one row's view, by slot */
    td_market_count *row_item;
    td_market_count *row_category;
    double *row_ratio;
    uint8_t *row_carted;
} counter;

/* What all threads read, and where they write their own ranks. */
typedef struct sweep {
    const td_feature_inputs *inputs;
    const td_slots *slots;
    const td_item_log *log;
    const td_exec *exec;
    const uint32_t *order;   /* of rows */
    market_row *row;         /* [rows] by rank */
    td_market_stream stream; /* its counts are where each piece begins */
    uint64_t n_categories;
    counter *counters; /* one a thread */
    double *value;     /* [rows][TD_N_MARKET] by rank */
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
static void add_event(counter *c, const td_market_event *event, int window) {
    c->site.n[window][event->kind]++;
    if (event->category == TD_CODE_NONE) return;
    c->category[event->category].n[window][event->kind]++;
    if (window == TD_WINDOW_ALL && event->price >= 0)
        td_price_sum_add(&c->price[event->category], event->price);
}

static void remove_event(counter *c, const td_market_event *event, int window) {
    c->site.n[window][event->kind]--;
    if (event->category == TD_CODE_NONE) return;
    c->category[event->category].n[window][event->kind]--;
}

static void advance(counter *c, const td_market_stream *stream, int64_t start) {
    const td_market_event *event = stream->event;
    for (; c->head < stream->n && event[c->head].time < start; c->head++)
        for (int w = 0; w < TD_N_WINDOWS; w++) add_event(c, &event[c->head], w);
    /* a tail stays behind the head: what it passes is older than start and has been added */
    for (int w = 0; w < TD_WINDOW_ALL; w++) {
        int64_t from = start - TAIL_DAYS[w] * DAY_MS;
        while (c->tail[w] < c->head && event[c->tail[w]].time < from) {
            remove_event(c, &event[c->tail[w]++], w);
        }
    }
    while (c->hour_tail < c->head && event[c->hour_tail].time < start - HOUR_MS) c->hour_tail++;
}

/* Counts as of the first start of a piece. An event is added to the windows that hold it and to no
 * other, which is what adding and removing would leave. */
static void begin_piece(counter *c, const sweep *s, int64_t start) {
    const td_market_event *event = s->stream.event;
    c->site = s->stream.site;
    if (s->n_categories > 0) {
        memcpy(c->category, s->stream.category, s->n_categories * sizeof *c->category);
        memcpy(c->price, s->stream.price, s->n_categories * sizeof *c->price);
    }
    memset(c->item, 0, s->log->n_items * sizeof *c->item);
    c->hour_tail = 0;
    for (c->head = 0; c->head < s->stream.n && event[c->head].time < start; c->head++)
        add_event(c, &event[c->head], TD_WINDOW_ALL);
    for (int w = 0; w < TD_WINDOW_ALL; w++) {
        int64_t from = start - TAIL_DAYS[w] * DAY_MS;
        for (c->tail[w] = c->head; c->tail[w] > 0 && event[c->tail[w] - 1].time >= from;)
            add_event(c, &event[--c->tail[w]], w);
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

static void count_item(td_market_count *out, counter *c, const td_item_log *log, uint32_t item,
                       int64_t start) {
    uint32_t begin = log->begin[item];
    uint32_t n = log->begin[item + 1] - begin;
    item_ranks *ranks = &c->item[item];
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
static uint32_t view_category(counter *c, const market_row *row, uint32_t mark, uint32_t slot,
                              uint32_t n_categories) {
    const td_slot *item = &row->slot[slot];
    uint32_t code = item->category;
    c->row_ratio[slot] = NAN;
    if (code == TD_CODE_NONE) return n_categories;
    double mean = mean_price(&c->price[code]);
    if (mean > 0) c->row_ratio[slot] = item->price / mean;
    if (c->category_mark[code] == mark) return n_categories;
    c->category_mark[code] = mark;
    c->row_category[n_categories] = c->category[code];
    return n_categories + 1;
}

static void serve_row(counter *c, const sweep *s, uint64_t rank, double *out) {
    const market_row *row = &s->row[rank];
    uint32_t n_categories = 0;
    for (uint32_t i = 0; i < row->n_slots; i++) {
        count_item(&c->row_item[i], c, s->log, row->slot[i].item, row->start);
        c->row_carted[i] = row->slot[i].is_carted;
        n_categories = view_category(c, row, (uint32_t)rank + 1, i, n_categories);
    }
    td_market_view market = {.n_hour = c->head - c->hour_tail,
                             .site = c->site,
                             .n_items = row->n_slots,
                             .n_categories = n_categories,
                             .item = c->row_item,
                             .category = c->row_category,
                             .price_ratio = c->row_ratio,
                             .is_carted = c->row_carted};
    td_features_market(out, &market);
}

/* One worker alone speaks of progress, as td_progress_fn asks; it takes every piece or some. */
static td_status walk(void *ctx, td_chunk piece, td_error *err) {
    const sweep *s = ctx;
    counter *c = &s->counters[piece.worker];
    const td_exec *exec = piece.worker == 0 ? s->exec : NULL;
    uint64_t n = s->inputs->population->n;
    begin_piece(c, s, s->row[piece.begin].start);
    for (uint64_t i = piece.begin; i < piece.end; i++) {
        if (i % PROGRESS_EVERY == 0) TD_TRY(td_exec_progress(exec, "market features", i, n, err));
        /* the slots and counts of rows to come lie anywhere in memory: ask for them early */
        if (i + 2 * LOOK_AHEAD < n) __builtin_prefetch(s->row[i + 2 * LOOK_AHEAD].slot);
        if (i + LOOK_AHEAD < n && s->row[i + LOOK_AHEAD].n_slots > 0) {
            __builtin_prefetch(&c->item[s->row[i + LOOK_AHEAD].slot[0].item]);
        }
        advance(c, &s->stream, s->row[i].start);
        serve_row(c, s, i, s->value + i * TD_N_MARKET);
    }
    return TD_OK;
}

/* Scratch of one thread; marks start at 0, which no row has. */
static td_status init_counter(counter *c, const sweep *s, uint64_t longest, td_arena *arena,
                              td_error *err) {
    *c = (counter){
        .category = td_arena_array(arena, s->n_categories, sizeof *c->category, err),
        .price = td_arena_array(arena, s->n_categories, sizeof *c->price, err),
        .item = td_arena_array(arena, s->log->n_items, sizeof *c->item, err),
        .category_mark = td_arena_array(arena, s->n_categories, sizeof *c->category_mark, err),
        .row_item = td_arena_array(arena, longest, sizeof *c->row_item, err),
        .row_category = td_arena_array(arena, longest, sizeof *c->row_category, err),
        .row_ratio = td_arena_array(arena, longest, sizeof *c->row_ratio, err),
        .row_carted = td_arena_array(arena, longest, sizeof *c->row_carted, err),
    };
    int is_complete = c->category && c->price && c->item && c->category_mark && c->row_item &&
                      c->row_category && c->row_ratio && c->row_carted;
    if (!is_complete) return TD_ERR_NOMEM;
    memset(c->category_mark, 0, s->n_categories * sizeof *c->category_mark);
    return TD_OK;
}

static td_status allocate(sweep *s, td_arena *arena, td_error *err) {
    uint64_t longest = td_gather_longest(s->inputs->sessions);
    int n_threads = td_exec_threads(s->exec);
    TD_NEW(s->row, s->inputs->population->n, err);
    s->counters = td_arena_array(arena, (uint64_t)n_threads, sizeof *s->counters, err);
    if (s->counters == NULL) return TD_ERR_NOMEM;
    for (int i = 0; i < n_threads; i++)
        TD_TRY(init_counter(&s->counters[i], s, longest, arena, err));
    return TD_OK;
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

static td_status walk_pieces(sweep *s, td_error *err) {
    uint64_t n = s->inputs->population->n;
    uint64_t piece = n / N_PIECES + 1;
    return td_par_for(s->exec, n, piece > GRAIN ? piece : GRAIN, walk, s, err);
}

td_status td_market_sweep(td_market_values *out, const td_feature_inputs *inputs,
                          const td_item_log *log, const td_slots *slots, const td_exec *exec,
                          td_error *err) {
    *out = (td_market_values){0};
    sweep s = {.inputs = inputs, .slots = slots, .log = log, .exec = exec};
    s.n_categories = inputs->catalog != NULL ? inputs->catalog->categories.n : 0;
    uint64_t n = inputs->population->n;
    td_arena arena = {0};
    td_status status = allocate(&s, &arena, err);
    if (status == TD_OK) {
        out->rank = td_mem_array(n, sizeof *out->rank, err);
        s.value = out->value = td_mem_array(n, TD_N_MARKET * sizeof *out->value, err);
        if (out->rank == NULL || out->value == NULL) status = TD_ERR_NOMEM;
    }
    if (status == TD_OK) status = order_rows(&s, out->rank, exec, err);
    if (status == TD_OK) status = join_events(&s, exec, err);
    if (status == TD_OK) status = walk_pieces(&s, err);
    if (status != TD_OK) td_market_values_free(out);
    td_market_stream_free(&s.stream);
    td_mem_free(s.row);
    td_arena_free(&arena);
    return status;
}
