/* datasets/synth_visitor.c: draws one visitor: when it comes, how often, until when.
 *
 * Problem: visitors of a shop come by day and hour, most of them once, a few every day, and single
 * ones (crawlers, resellers) thousands of times.
 *
 * 1. The first start falls on a day by its weekday's share and on an hour by the hour's share.
 * 2. The chance of another session after the k-th is 17 % for k = 1 and 1 - 1.85 / (k + 1)
 *    after that: a power tail.
 * 3. The pause from the end of a session to the next start is log-normal, longer than the session
 *    gap, and drawn again (a few times) when it ends at an hour that people do not like.
 * 4. A start after the log's end ends the visitor. Sessions themselves may run past it.
 * 5. Heavy visitors go on until their number of events is reached, with exponential pauses whose
 *    mean spreads what is left over the rest of the log.
 *
 * Number and time of the sessions never depend on outcomes beyond the time that a session took, so
 * they tell nothing of a purchase that the state does not hold. Cost: O(sessions). Not done:
 * several devices of one person. */
#include "datasets/synth_visitor.h"

#include <math.h>

#include "core/base/mem.h"
#include "core/base/numeric.h"
#include "datasets/synth_session.h"

enum {
    MAX_SESSIONS = 400, /* of a visitor that is not heavy */
    MAX_PAUSE_DRAWS = 8,
    LONGEST_AFTER = 4,        /* sessions of a heavy visitor before its longest one */
    HEAVY_SESSION_EVENTS = 10 /* about this many in a session of a heavy visitor */
};

#define LOG_END (TD_SYNTH_LOG_BEGIN + TD_SYNTH_N_DAYS * TD_SYNTH_DAY_MS)

/* Pauses between sessions, log milliseconds. Those that are seen are shorter (their median is about
 * 40 hours), because long ones end beyond the log. */
#define PAUSE_LOG_MEDIAN 19.2 /* 60 hours */
#define PAUSE_LOG_SD     2.5

/* Percent of the sessions that start in each hour (UTC) and on each weekday from Monday: people
 * sleep between 8 and 13 h UTC (American time zones), and shop least on Saturday. */
#define HIGHEST_HOUR_SHARE 6.6
static const double HOUR_SHARE[24] = {5.2, 5.5, 5.8, 5.7, 5.3, 4.1, 2.4, 1.5, 0.8, 0.5, 0.7, 0.9,
                                      1.0, 2.0, 3.5, 4.9, 5.9, 6.6, 6.4, 6.0, 6.4, 6.6, 6.2, 5.4};
static const double WEEKDAY_SHARE[7] = {17.0, 16.6, 15.4, 15.8, 13.0, 11.0, 11.2};

void td_synth_trace_free(td_synth_trace *trace) {
    td_mem_free(trace->event);
    td_mem_free(trace->session);
    *trace = (td_synth_trace){0};
}

/* Days run from 03:00 to 03:00 UTC, as the log does: day d = [begin + d days, begin + (d + 1)
 * days), of the weekday on which it begins. */
void td_synth_calendar_init(td_synth_calendar *calendar) {
    calendar->day[0] = calendar->hour[0] = 0;
    for (int d = 0; d < TD_SYNTH_N_DAYS; d++) {
        uint32_t weekday = td_synth_weekday(TD_SYNTH_LOG_BEGIN + d * TD_SYNTH_DAY_MS);
        calendar->day[d + 1] = calendar->day[d] + WEEKDAY_SHARE[weekday];
    }
    /* a day of the log begins at the hour at which the log begins */
    for (uint32_t h = 0; h < 24; h++) {
        uint32_t hour = (h + td_synth_hour(TD_SYNTH_LOG_BEGIN)) % 24;
        calendar->hour[h + 1] = calendar->hour[h] + HOUR_SHARE[hour];
    }
}

/* A uniform draw u through the inverse of a piecewise linear distribution function:
 *
 *     cumulative[0] = 0 .. cumulative[k] <= u < cumulative[k + 1] .. cumulative[n]
 *     result            k + (u - cumulative[k]) / (cumulative[k + 1] - cumulative[k])     in [0, n)
 */
static double draw_position(const double *cumulative, uint32_t n, td_rng *rng) {
    double u = td_rng_uniform(rng) * cumulative[n];
    uint32_t low = 0;
    for (uint32_t high = n; high - low > 1;) {
        uint32_t middle = (low + high) / 2;
        if (cumulative[middle] <= u) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return low + (u - cumulative[low]) / (cumulative[low + 1] - cumulative[low]);
}

/* ms since the beginning of a day of the log. */
static int64_t draw_time_of_day(const td_synth_calendar *calendar, td_rng *rng) {
    return (int64_t)(draw_position(calendar->hour, 24, rng) * 3600000.0);
}

/* Step 1; heavy visitors begin on the first day, to have room for all their events. */
static int64_t first_start(td_synth_walk *w) {
    const td_synth_calendar *calendar = &w->world->calendar;
    int64_t day = (int64_t)draw_position(calendar->day, TD_SYNTH_N_DAYS, &w->rng);
    if (w->heavy != NULL) day = 0;
    return TD_SYNTH_LOG_BEGIN + day * TD_SYNTH_DAY_MS + draw_time_of_day(calendar, &w->rng);
}

/* Step 3: rejection sampling. A pause is accepted with the share of the hour at which it ends,
 * relative to the best hour; after MAX_PAUSE_DRAWS refusals the last one counts, so that no visitor
 * hangs. */
static int64_t draw_pause(td_synth_walk *w) {
    double pause = 0;
    for (int i = 0; i < MAX_PAUSE_DRAWS; i++) {
        pause = td_exp(PAUSE_LOG_MEDIAN + PAUSE_LOG_SD * td_rng_normal(&w->rng));
        pause = TD_SYNTH_GAP_MS + 60000 + fmin(pause, 1e11);
        uint32_t hour = td_synth_hour(w->now + (int64_t)pause);
        if (td_synth_coin(w, HOUR_SHARE[hour] / HIGHEST_HOUR_SHARE)) break;
    }
    return (int64_t)pause;
}

/* Step 2. P(more than K sessions) falls like K^-1.85. */
static int comes_again(td_synth_walk *w) {
    uint32_t k = w->state.n_sessions_before;
    return k < MAX_SESSIONS && td_synth_coin(w, k == 1 ? 0.170 : 1 - 1.85 / (k + 1.0));
}

/* Pause of a heavy visitor: exponential with the mean that spreads the sessions which are still to
 * come over the rest of the log, less what a session and the gap take themselves (50 min). */
static int64_t draw_heavy_pause(td_synth_walk *w, uint64_t n_events_left) {
    double n_sessions_left = 1.0 + (double)n_events_left / HEAVY_SESSION_EVENTS;
    double time_left = fmax(0, (double)(LOG_END - TD_SYNTH_DAY_MS - w->now));
    double mean = fmax(0, time_left / n_sessions_left - 3e6);
    double pause = fmin(td_rng_exponential(&w->rng) * mean, time_left / 2);
    return TD_SYNTH_GAP_MS + 1 + (int64_t)pause;
}

/* Step 5: sessions until the number of events is reached, or the log ends. */
static td_status live_heavy(td_synth_walk *w, td_error *err) {
    int64_t start = first_start(w);
    uint64_t n = 0;
    while (n < w->heavy->n_events && start < LOG_END) {
        if (w->state.n_sessions_before == LONGEST_AFTER) w->longest = w->heavy->longest;
        TD_TRY(td_synth_walk_session(w, start, err));
        n = w->trace->n_events - w->first_event;
        start = w->now + draw_heavy_pause(w, n < w->heavy->n_events ? w->heavy->n_events - n : 0);
    }
    return TD_OK;
}

/* The entry of a visitor in the sorted list of heavy ones, NULL for an ordinary one. */
static const td_synth_heavy *find_heavy(const td_synth_world *world, uint32_t visitor) {
    uint32_t low = 0;
    uint32_t high = world->n_heavy;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (world->heavy[middle].visitor < visitor) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < world->n_heavy && world->heavy[low].visitor == visitor ? &world->heavy[low] : NULL;
}

td_status td_synth_visitor_live(td_synth_trace *trace, const td_synth_world *world,
                                uint32_t visitor, td_error *err) {
    uint64_t first_session = trace->n_sessions;
    td_synth_walk w = {.world = world,
                       .trace = trace,
                       .heavy = find_heavy(world, visitor),
                       .rng = td_rng_stream(world->seed, "synth visitor", visitor, 0),
                       .visitor = visitor,
                       .first_event = trace->n_events};
    /* the visitor's first draw, so that it depends on nothing that happens to it */
    uint8_t arm = (uint8_t)td_synth_coin(&w, 0.5);
    if (w.heavy != NULL) {
        TD_TRY(live_heavy(&w, err));
    } else {
        int64_t start = first_start(&w);
        do {
            TD_TRY(td_synth_walk_session(&w, start, err));
            start = comes_again(&w) ? w.now + draw_pause(&w) : LOG_END;
        } while (start < LOG_END);
    }
    for (uint64_t i = first_session; i < trace->n_sessions; i++) trace->session[i].arm = arm;
    return TD_OK;
}
