/* datasets/synth_join.c: from the lives of visitors to one log in the order of time.
 *
 * Problem: visitors are drawn one after the other, a shop's log is written as time passes.
 *
 * 1. Number the orders through: each trace counted its own from 0.
 * 2. Count the events of each hour of the log, sum up to positions, scatter the events there:
 *
 *        trace 0: h3 h9 h9 | trace 1: h1 h9 | ...      ->     h1 | h3 | h9 h9 h9 | ...
 *
 * 3. Sort each hour by millisecond with two stable passes of 11 bits (an hour has < 2^22 ms), all
 *    hours in parallel. Both steps are stable and traces come in visitor order, so the result is
 *    ordered by (time, visitor) whatever the number of threads.
 * 4. Give every CART_COPY-th addtocart and every VIEW_COPY-th view a second, equal row: the exact
 *    copies that the original log holds (366 and 94).
 * 5. A session is censored when it ends less than the session gap before the log's last event.
 *
 * Cost: O(events). Memory: twice the events while they are joined. */
#include "core/base/mem.h"
#include "datasets/synth_shop.h"

enum { HOUR_MS = 3600000, RADIX_BITS = 11, N_RADIX = 1 << RADIX_BITS };

/* Hours that an event can fall in: a session that starts at the log's end has at most 600 events
 * half an hour apart. */
enum { N_HOURS = (TD_SYNTH_N_DAYS + 13) * 24 };

/* 68,966 carts / 366 copies, 2,664,218 views / 94 copies in the original. */
enum { CART_COPY = 188, VIEW_COPY = 28343 };

/* Hour of the log, 0 .. N_HOURS - 1. */
static uint64_t hour_of(int64_t time) { return (uint64_t)(time - TD_SYNTH_LOG_BEGIN) / HOUR_MS; }

/* Steps 1 and 2. begin[h] = first event of hour h, begin[N_HOURS] = all. */
static void scatter_by_hour(td_synth_shop *shop, uint64_t begin[N_HOURS + 1],
                            td_synth_trace *traces, uint64_t n_traces) {
    for (uint64_t t = 0; t < n_traces; t++) {
        for (uint64_t i = 0; i < traces[t].n_events; i++) {
            begin[hour_of(traces[t].event[i].timestamp) + 1]++;
        }
    }
    for (uint64_t h = 0; h < N_HOURS; h++) begin[h + 1] += begin[h];
    for (uint64_t t = 0; t < n_traces; t++) {
        for (uint64_t i = 0; i < traces[t].n_events; i++) {
            td_synth_event event = traces[t].event[i];
            if (event.kind == TD_TRANSACTION) event.order += (uint32_t)shop->n_orders;
            shop->event[begin[hour_of(event.timestamp)]++] = event;
        }
        shop->n_orders += traces[t].n_orders;
        td_mem_free(traces[t].event);
        traces[t].event = NULL;
    }
    /* the scatter moved each begin to the hour's end, which is the next hour's begin */
    for (uint64_t h = N_HOURS; h > 0; h--) begin[h] = begin[h - 1];
    begin[0] = 0;
}

typedef struct hour_sort {
    td_synth_event *event;
    const uint64_t *begin; /* [N_HOURS + 1] */
} hour_sort;

/* One stable counting pass over `bits` from `shift` of the time within the hour. */
static void radix_pass(td_synth_event *out, const td_synth_event *in, uint64_t n, int shift) {
    uint32_t at[N_RADIX + 1] = {0};
    for (uint64_t i = 0; i < n; i++) {
        uint64_t ms = (uint64_t)(in[i].timestamp - TD_SYNTH_LOG_BEGIN) % HOUR_MS;
        at[(ms >> shift) % N_RADIX + 1]++;
    }
    for (uint32_t d = 0; d < N_RADIX; d++) at[d + 1] += at[d];
    for (uint64_t i = 0; i < n; i++) {
        uint64_t ms = (uint64_t)(in[i].timestamp - TD_SYNTH_LOG_BEGIN) % HOUR_MS;
        out[at[(ms >> shift) % N_RADIX]++] = in[i];
    }
}

/* Step 3 for a chunk of hours. */
static td_status sort_hours(void *ctx, td_chunk chunk, td_error *err) {
    const hour_sort *sort = ctx;
    for (uint64_t h = chunk.begin; h < chunk.end; h++) {
        uint64_t n = sort->begin[h + 1] - sort->begin[h];
        if (n < 2) continue;
        td_synth_event *event = sort->event + sort->begin[h];
        td_synth_event *scratch;
        TD_NEW(scratch, n, err);
        radix_pass(scratch, event, n, 0);
        radix_pass(event, scratch, n, RADIX_BITS);
        td_mem_free(scratch);
    }
    return TD_OK;
}

/* Step 4: by counting, not by chance, because 460 chances would be off by more than 5 % too often.
 */
static void choose_copies(td_synth_shop *shop) {
    uint64_t n_views = 0;
    uint64_t n_carts = 0;
    for (uint64_t i = 0; i < shop->n_events; i++) {
        td_synth_event *event = &shop->event[i];
        if (event->kind == TD_ADDTOCART && ++n_carts % CART_COPY == CART_COPY / 2) {
            event->n_rows = 2;
        } else if (event->kind == TD_VIEW && ++n_views % VIEW_COPY == VIEW_COPY / 2) {
            event->n_rows = 2;
        }
    }
}

/* Step 5, and all sessions in one array: traces come in visitor order. */
static void join_sessions(td_synth_shop *shop, td_synth_trace *traces, uint64_t n_traces) {
    uint64_t n = 0;
    int64_t last = shop->n_events > 0 ? shop->event[shop->n_events - 1].timestamp : 0;
    for (uint64_t t = 0; t < n_traces; t++) {
        for (uint64_t i = 0; i < traces[t].n_sessions; i++) {
            td_synth_session session = traces[t].session[i];
            session.is_censored = session.end + TD_SYNTH_GAP_MS > last;
            shop->session[n++] = session;
        }
    }
}

td_status td_synth_join(td_synth_shop *shop, td_synth_trace *traces, uint64_t n_traces,
                        const td_exec *exec, td_error *err) {
    for (uint64_t t = 0; t < n_traces; t++) {
        shop->n_events += traces[t].n_events;
        shop->n_sessions += traces[t].n_sessions;
    }
    /* owned by the shop from here on, which is freed as a whole when something below fails */
    TD_NEW(shop->event, shop->n_events, err);
    TD_NEW(shop->session, shop->n_sessions, err);
    uint64_t *begin;
    TD_NEW_ZEROED(begin, N_HOURS + 1, err);
    scatter_by_hour(shop, begin, traces, n_traces);
    hour_sort sort = {.event = shop->event, .begin = begin};
    td_status status = td_par_for(exec, N_HOURS, 1, sort_hours, &sort, err);
    td_mem_free(begin);
    TD_TRY(status);
    choose_copies(shop);
    join_sessions(shop, traces, n_traces);
    return TD_OK;
}
