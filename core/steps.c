/* core/steps.c: the farthest path along ordered steps.
 *
 * Problem: events e with times t(e) and kinds k(e); steps 1 .. n, each asking for a kind, a window
 * w. A path of length m is a choice e_1 .. e_m with
 *
 *     k(e_i) = kind of step i,    t(e_1) <= t(e_2) <= ... <= t(e_m) <= t(e_1) + w
 *
 *     strict_increase    t(e_1) < t(e_2) < ...
 *     strict_once        e_1 .. e_m are different events (matters where two steps ask for one kind)
 *
 * Equal times are simultaneous: they may be taken in any order. The level is the length of the
 * longest path. The other modes say how far is read; what is read is judged as above:
 *
 *     strict_order       L = level so far, L >= 1. An event that serves neither step L + 1 nor
 *                        step L ends the reading; with allow_reentry it is passed over if it serves
 *                        step 1
 *     strict_dedup       an event that does not serve step L + 1 and serves one of 2 .. L ends it
 *
 * For these two, events of one time are read in the order of the steps they serve, those that serve
 * none last.
 *
 *   1. state: for every length i the latest possible start among the paths of that length. A later
 *      start can do all that an earlier one can, since only the window looks back; so this one
 *      number decides everything that follows, and the search is exact;
 *   2. events of one time form a group. With `before` the state before the group and c[kind] the
 *      events of it read so far, every path of `before` grows by
 *
 *          strict_increase   one step at most
 *          strict_once       steps while each kind is asked for at most c[kind] times
 *          otherwise         steps while c[kind] > 0
 *
 *      and a new path may start in the group. `now` = the better of both, length by length;
 *   3. whenever the level rises, the path is noted.
 *
 * ClickHouse keeps the latest event of each step instead of the state before a group and so loses
 * paths under strict_increase when events share a time (its issue 93789); here the definition
 * decides, and tests/oracle/test_oracle_steps.c compares with a search of all choices.
 *
 * Cost: O(n) a lone event, O(n^2) for each of several events of one time. It does not know what a
 * kind means. */
#include "core/steps.h"

#include <string.h>

#include "core/base/mem.h"

enum { GRAIN = 1 << 14 };

const char *td_step_mode_name(int bit) {
    static const char *const name[TD_N_STEP_MODES] = {
        "strict_increase", "strict_once", "strict_order", "strict_dedup", "allow_reentry"};
    return name[bit];
}

td_status td_steps_check(const td_steps *steps, td_error *err) {
    TD_CHECK(steps->n >= 1 && steps->n <= TD_MAX_STEPS, err, TD_ERR_ARG,
             "%u steps: a funnel has 1 to %d", steps->n, TD_MAX_STEPS);
    for (uint32_t i = 0; i < steps->n; i++) {
        TD_CHECK(steps->kind[i] < TD_MAX_STEP_KINDS, err, TD_ERR_ARG,
                 "step %u asks for kind %u of %d", i + 1, steps->kind[i], TD_MAX_STEP_KINDS);
    }
    TD_CHECK(steps->window_ms >= 0, err, TD_ERR_ARG, "a window of %lld ms",
             (long long)steps->window_ms);
    TD_CHECK(steps->modes >= 0 && steps->modes < 1 << TD_N_STEP_MODES, err, TD_ERR_ARG,
             "modes %d are unknown", steps->modes);
    TD_CHECK(!(steps->modes & TD_ALLOW_REENTRY) || steps->modes & TD_STRICT_ORDER, err, TD_ERR_ARG,
             "allow_reentry relaxes strict_order and means nothing without it");
    return TD_OK;
}

/* Step 1: paths of length 1 .. n, each with its latest start. */
typedef struct state {
    uint32_t has_path;                        /* bit i: some path of length i + 1 */
    int64_t start[TD_MAX_STEPS];              /* of the path of length i + 1 */
    uint64_t entry[TD_MAX_STEPS];             /* its first event */
    int64_t time[TD_MAX_STEPS][TD_MAX_STEPS]; /* [i][0 .. i] times of its steps */
} state;

typedef struct walk {
    const td_steps *steps;
    td_step_path *best;
    uint32_t serves[TD_MAX_STEP_KINDS]; /* bit i: kind serves step i + 1 */
    state before;                       /* of all events earlier than the group */
    state now;
    int64_t at;                        /* time of the group */
    uint64_t opener;                   /* first event of the group that serves step 1 */
    uint32_t count[TD_MAX_STEP_KINDS]; /* events of the group read so far */
} walk;

static void copy_state(state *to, const state *from, uint32_t n) {
    to->has_path = from->has_path;
    for (uint32_t i = 0; i < n; i++) {
        if (!(from->has_path >> i & 1)) continue;
        to->start[i] = from->start[i];
        to->entry[i] = from->entry[i];
        memcpy(to->time[i], from->time[i], (i + 1) * sizeof to->time[i][0]);
    }
}

/* A path of length `length` whose first `old` steps are those of `before`, the others now. */
static void offer(walk *w, uint32_t length, uint32_t old, int64_t start) {
    uint32_t i = length - 1;
    state *now = &w->now;
    if (now->has_path >> i & 1 && now->start[i] >= start) return;
    now->has_path |= UINT32_C(1) << i;
    now->start[i] = start;
    now->entry[i] = old > 0 ? w->before.entry[old - 1] : w->opener;
    if (old > 0) memcpy(now->time[i], w->before.time[old - 1], old * sizeof now->time[i][0]);
    for (uint32_t j = old; j < length; j++) now->time[i][j] = w->at;
}

/* Step 2: all that the path of length `old` can become in this group. */
static void grow(walk *w, uint32_t old) {
    const td_steps *steps = w->steps;
    int64_t start = old > 0 ? w->before.start[old - 1] : w->at;
    if (w->at - start > steps->window_ms) return;
    uint32_t asked[TD_MAX_STEP_KINDS] = {0};
    for (uint32_t i = old; i < steps->n; i++) {
        uint8_t kind = steps->kind[i];
        asked[kind]++;
        if (w->count[kind] == 0) return;
        if (steps->modes & TD_STRICT_INCREASE && i > old) return;
        if (steps->modes & TD_STRICT_ONCE && asked[kind] > w->count[kind]) return;
        offer(w, i + 1, old, start);
    }
}

/* Step 3. */
static void note_best(walk *w, uint64_t event) {
    td_step_path *best = w->best;
    uint32_t level = 0;
    while (level < w->steps->n && w->now.has_path >> level & 1) level++;
    if (level == 0 || level < best->level) return;
    const int64_t *time = w->now.time[level - 1];
    /* the same level at the same time from a later start: the group has more to offer */
    int is_closer = time[level - 1] == w->at && best->level == level &&
                    best->time[level - 1] == w->at && time[0] > best->time[0];
    if (level == best->level && !is_closer) return;
    best->level = level;
    best->entry = w->now.entry[level - 1];
    best->last = event;
    memcpy(best->time, time, level * sizeof *time);
}

/* Reading one event of the group at w->at. */
static void take(walk *w, uint8_t kind, uint64_t event) {
    if (w->serves[kind] == 0) return;
    int is_first = 1;
    for (uint32_t k = 0; k < TD_MAX_STEP_KINDS; k++) is_first &= w->count[k] == 0;
    if (is_first) copy_state(&w->before, &w->now, w->steps->n);
    if (w->serves[kind] & 1 && w->count[kind] == 0) w->opener = event;
    w->count[kind]++;
    copy_state(&w->now, &w->before, w->steps->n);
    grow(w, 0);
    for (uint32_t old = 1; old < w->steps->n; old++) {
        if (w->before.has_path >> (old - 1) & 1) grow(w, old);
    }
    note_best(w, event);
}

/* Without such a mode the whole group is read: its other events may give a later start. */
static int is_read_at_once(const walk *w) {
    return !(w->steps->modes & (TD_STRICT_ORDER | TD_STRICT_DEDUP));
}

typedef enum reading { TAKE, PASS_OVER, END } reading;

/* The two modes that end the reading; level L >= 1. */
static reading judge(const walk *w, uint8_t kind) {
    uint32_t serves = w->serves[kind];
    uint32_t level = w->best->level;
    if (level == 0 || is_read_at_once(w)) return TAKE;
    if (serves >> level & 1) return TAKE; /* the next step; level < n, or the walk is over */
    int modes = w->steps->modes;
    if (modes & TD_STRICT_ORDER && !(serves >> (level - 1) & 1)) {
        return modes & TD_ALLOW_REENTRY && serves & 1 ? PASS_OVER : END;
    }
    uint32_t reached = (UINT32_C(1) << (level - 1) << 1) - 1;
    if (modes & TD_STRICT_DEDUP && serves & reached & ~UINT32_C(1)) return END;
    return TAKE;
}

/* 0 when the reading is over: ended by a mode, or all steps are made. */
static int read_event(walk *w, uint8_t kind, uint64_t event) {
    reading r = judge(w, kind);
    if (r == END) return 0;
    if (r == TAKE) take(w, kind, event);
    return w->best->level < w->steps->n;
}

/* Number of the first step that the kind serves, n when none: the order of reading in a group. */
static uint32_t rank_of(const walk *w, uint8_t kind) {
    uint32_t serves = w->serves[kind];
    return serves == 0 ? w->steps->n : (uint32_t)__builtin_ctz(serves);
}

/* Events begin .. end - 1 have one time. */
static int read_group(walk *w, const uint8_t *kind, uint64_t begin, uint64_t end) {
    memset(w->count, 0, sizeof w->count);
    if (end - begin == 1) return read_event(w, kind[begin], begin);
    if (is_read_at_once(w)) {
        for (uint64_t e = begin; e < end; e++) take(w, kind[e], e);
        return w->best->level < w->steps->n;
    }
    for (uint32_t rank = 0; rank <= w->steps->n; rank++) {
        for (uint64_t e = begin; e < end; e++) {
            if (rank_of(w, kind[e]) == rank && !read_event(w, kind[e], e)) return 0;
        }
    }
    return 1;
}

void td_steps_walk(td_step_path *out, const td_steps *steps, const int64_t *time,
                   const uint8_t *kind, uint64_t n) {
    walk w;
    w.steps = steps;
    w.best = out;
    w.now.has_path = 0;
    out->level = 0;
    memset(w.serves, 0, sizeof w.serves);
    for (uint32_t i = 0; i < steps->n; i++) w.serves[steps->kind[i]] |= UINT32_C(1) << i;
    uint64_t end;
    for (uint64_t e = 0; e < n; e = end) {
        end = e + 1;
        while (end < n && time[end] == time[e]) end++;
        w.at = time[e];
        if (!read_group(&w, kind, e, end)) return;
    }
}

/* --- all units of a log ----------------------------------------------------------------------- */

void td_step_table_free(td_step_table *table) {
    td_mem_free(table->first);
    td_mem_free(table->entry);
    td_mem_free(table->last);
    td_mem_free(table->level);
    td_mem_free(table->time);
    *table = (td_step_table){0};
}

typedef struct table_job {
    td_step_table *out;
    const td_steps *steps;
    const td_events *events;
    const td_sessions *sessions;
} table_job;

/* First event of unit u; u = n gives the end of the log. */
static uint32_t begin_of(const table_job *job, uint64_t u) {
    const td_sessions *sessions = job->sessions;
    return sessions->begin[job->steps->unit == TD_UNIT_SESSION ? u : sessions->visitor_begin[u]];
}

static td_status walk_units(void *ctx, td_chunk chunk, td_error *err) {
    (void)err;
    const table_job *job = ctx;
    td_step_table *out = job->out;
    for (uint64_t u = chunk.begin; u < chunk.end; u++) {
        uint32_t begin = begin_of(job, u);
        td_step_path path;
        td_steps_walk(&path, job->steps, job->events->timestamp + begin, job->events->kind + begin,
                      begin_of(job, u + 1) - begin);
        out->first[u] = begin;
        out->level[u] = (uint8_t)path.level;
        out->entry[u] = path.level > 0 ? begin + (uint32_t)path.entry : begin;
        out->last[u] = path.level > 0 ? begin + (uint32_t)path.last : begin;
        memcpy(out->time + u * out->n_steps, path.time, path.level * sizeof *path.time);
    }
    return TD_OK;
}

static td_status allocate(td_step_table *out, td_error *err) {
    TD_NEW(out->first, out->n, err);
    TD_NEW(out->entry, out->n, err);
    TD_NEW(out->last, out->n, err);
    TD_NEW(out->level, out->n, err);
    TD_NEW(out->time, out->n * out->n_steps, err);
    return TD_OK;
}

td_status td_step_table_build(td_step_table *out, const td_steps *steps, const td_events *events,
                              const td_sessions *sessions, const td_exec *exec, td_error *err) {
    *out = (td_step_table){0};
    TD_TRY(td_steps_check(steps, err));
    out->n_steps = steps->n;
    out->window_ms = steps->window_ms;
    out->last_timestamp = events->last_timestamp;
    out->n = steps->unit == TD_UNIT_SESSION ? sessions->n : events->visitors.n;
    table_job job = {out, steps, events, sessions};
    td_status status = allocate(out, err);
    if (status == TD_OK) status = td_par_for(exec, out->n, GRAIN, walk_units, &job, err);
    if (status != TD_OK) td_step_table_free(out);
    return status;
}
