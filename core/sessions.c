/* core/sessions.c: cut the ordered events into sessions.
 *
 * Problem: events in canonical order -> sessions, each a run of one visitor's events without a gap
 * greater than gap_ms.
 *
 * Steps: event i opens a session when
 *     i = 0, or visitor[i] != visitor[i-1], or timestamp[i] - timestamp[i-1] > gap_ms.
 *   1. Every chunk of events counts its opening events.
 *   2. A running sum gives each chunk the index of its first session.
 *   3. Every chunk writes the sessions it opens, and the end of the session before each of them
 *      (the event before an opening event is the last one of its session):
 *
 *          events    a a a | a b | b b
 *          opens     ^     ^ ^   ^         (3 sessions written by chunk 0, 1 by chunk 1)
 *
 * Then with first and last the log's least and greatest timestamp:
 *     censored        end + gap > last        (it may have gone on after the log's end)
 *     left_truncated  start - first < gap     (it may have begun before the log's start)
 *
 * Cost: two passes over visitor and timestamp, 12 bytes an event each. */
#include "core/sessions.h"

#include <string.h>

#include "core/base/mem.h"

enum { GRAIN = 1 << 16 };

typedef struct build_ctx {
    const td_events *events;
    td_sessions *out;
    uint64_t *first; /* [n_chunks] sessions opened in earlier chunks */
} build_ctx;

/* The rule of step 1. */
static int opens_session(const td_events *events, uint64_t i, int64_t gap_ms) {
    if (i == 0 || events->visitor[i] != events->visitor[i - 1]) return 1;
    return events->timestamp[i] - events->timestamp[i - 1] > gap_ms;
}

/* Opening events of the chunk. */
static td_status count_chunk(void *ctx, td_chunk chunk, td_error *err) {
    (void)err;
    const build_ctx *b = ctx;
    uint64_t count = 0;
    for (uint64_t i = chunk.begin; i < chunk.end; i++) {
        count += (uint64_t)opens_session(b->events, i, b->out->gap_ms);
    }
    b->first[chunk.index] = count;
    return TD_OK;
}

/* Event `last` is the final one of session s. The subtraction cannot overflow: times and gap are
 * not negative. */
static void close_session(td_sessions *out, const td_events *events, uint64_t s, uint64_t last) {
    out->end[s] = events->timestamp[last];
    out->is_censored[s] = out->end[s] > events->last_timestamp - out->gap_ms;
}

/* Event i is the first one of session s, and s the first session of its visitor when the event
 * before is another's. */
static void open_session(td_sessions *out, const td_events *events, uint64_t s, uint64_t i) {
    uint32_t visitor = events->visitor[i];
    out->begin[s] = (uint32_t)i;
    out->visitor[s] = visitor;
    out->start[s] = events->timestamp[i];
    out->is_left_truncated[s] = out->start[s] - events->first_timestamp < out->gap_ms;
    if (i == 0 || visitor != events->visitor[i - 1]) out->visitor_begin[visitor] = (uint32_t)s;
}

/* Sessions that open in the chunk. The session before the first of them closes here too, whoever
 * opened it: every entry is written by exactly one chunk. */
static td_status write_chunk(void *ctx, td_chunk chunk, td_error *err) {
    (void)err;
    const build_ctx *b = ctx;
    uint64_t next = b->first[chunk.index];
    for (uint64_t i = chunk.begin; i < chunk.end; i++) {
        if (!opens_session(b->events, i, b->out->gap_ms)) continue;
        if (next > 0) close_session(b->out, b->events, next - 1, i - 1);
        open_session(b->out, b->events, next, i);
        next++;
    }
    return TD_OK;
}

static td_status allocate(td_sessions *out, uint64_t n_visitors, td_error *err) {
    TD_NEW(out->begin, out->n + 1, err);
    TD_NEW(out->visitor, out->n, err);
    TD_NEW(out->start, out->n, err);
    TD_NEW(out->end, out->n, err);
    TD_NEW(out->is_censored, out->n, err);
    TD_NEW(out->is_left_truncated, out->n, err);
    TD_NEW(out->visitor_begin, n_visitors + 1, err);
    return TD_OK;
}

/* Count, sum up, write; the last session and the two end marks are left for the end. */
static td_status cut(build_ctx *b, const td_exec *exec, td_error *err) {
    const td_events *events = b->events;
    td_sessions *out = b->out;
    uint64_t n_chunks = td_par_n_chunks(events->n, GRAIN);
    TD_TRY(td_par_for(exec, events->n, GRAIN, count_chunk, b, err));
    for (uint64_t c = 0; c < n_chunks; c++) {
        uint64_t count = b->first[c];
        b->first[c] = out->n;
        out->n += count;
    }
    TD_TRY(allocate(out, events->visitors.n, err));
    TD_TRY(td_par_for(exec, events->n, GRAIN, write_chunk, b, err));
    if (out->n > 0) close_session(out, events, out->n - 1, events->n - 1);
    out->begin[out->n] = (uint32_t)events->n;
    out->visitor_begin[events->visitors.n] = (uint32_t)out->n;
    return TD_OK;
}

td_status td_sessions_build(td_sessions *out, const td_events *events, int64_t gap_ms,
                            const td_exec *exec, td_error *err) {
    memset(out, 0, sizeof *out);
    TD_CHECK(gap_ms >= 0, err, TD_ERR_ARG, "session gap %lld ms is negative", (long long)gap_ms);
    out->gap_ms = gap_ms;
    build_ctx b = {.events = events, .out = out};
    TD_NEW(b.first, td_par_n_chunks(events->n, GRAIN), err);
    td_status status = cut(&b, exec, err);
    td_mem_free(b.first);
    if (status != TD_OK) td_sessions_free(out);
    return status;
}

void td_sessions_free(td_sessions *sessions) {
    td_mem_free(sessions->begin);
    td_mem_free(sessions->visitor);
    td_mem_free(sessions->start);
    td_mem_free(sessions->end);
    td_mem_free(sessions->is_censored);
    td_mem_free(sessions->is_left_truncated);
    td_mem_free(sessions->visitor_begin);
    memset(sessions, 0, sizeof *sessions);
}
