/* datasets/synth_visitor.c: draws one visitor: when it comes, what it looks at, whether it buys.
 *
 * Problem: sessions must look like those of a real shop, and yet the probability of a purchase
 * after the decision, given all that can be observed up to it, must be known exactly.
 *
 * 1. Come. The first start falls on a day by the weekday's weight and on an hour by the hour's. The
 *    chance of another session after the k-th is 1 - 1.75 / (k + 1) (a power tail), 16 % after the
 *    first; the pause is log-normal with a median of 42 hours.
 * 2. Prefix. Events follow each other with log-normal gaps as long as a coin allows and the gap ends
 *    at or before the decision (start + 300 s). Whether a visitor has "left" is never recorded: the
 *    state at the decision holds only what the log shows.
 * 3. Decide. p0, p1 = td_synth_law(state); one uniform U gives y0 = [U < p0] and y1 = [U < p1], so
 *    that treatment never changes an outcome against its effect's sign. P(y0 = 1 | state) = p0.
 * 4. Later. With y0 = 0 the visitor perhaps goes on, but buys nothing. With y0 = 1 it looks around,
 *    puts an item into the cart if it has none (or not), orders, perhaps orders again, goes on.
 *    The first later event is after the decision and within 30 min of the last one, as are all
 *    later gaps, so a purchase always belongs to its session.
 * 5. A session with a transaction in the prefix is outside the population and draws no outcome.
 *
 * Sessions of one visitor are more than 30 minutes apart. Heavy visitors go on until their number
 * of events is reached, with pauses that spread them over the log.
 *
 * Cost: O(events), one random stream a visitor. Not done: visits to several shops, devices. */
#include "datasets/synth_visitor.h"

#include <math.h>

#include "core/base/mem.h"
#include "core/base/numeric.h"
#include "datasets/synth_law.h"

enum {
    MAX_PREFIX = 40,    /* events at or before the decision */
    MAX_LATER = 600,    /* events after it */
    MAX_SESSIONS = 400, /* of a visitor that is not heavy */
    MAX_ORDER_LINES = 5,
    HEAVY_SESSION_EVENTS = 10 /* about this many in a session of a heavy visitor */
};

#define LOG_END (TD_SYNTH_LOG_BEGIN + TD_SYNTH_N_DAYS * TD_SYNTH_DAY_MS)

/* Prefix: chance of a further event after the n-th; kinds; gaps in log seconds. */
static const double PREFIX_GOES_ON[] = {0, 0.20, 0.42, 0.54, 0.60, 0.66};
#define FIRST_IS_CART         0.0043
#define FIRST_IS_PURCHASE     0.00013
#define PREFIX_CART           0.068
#define PREFIX_CART_AGAIN     0.10
#define PREFIX_PURCHASE       0.03
#define PREFIX_GAP_LOG_MEDIAN 3.9
#define PREFIX_GAP_LOG_SD     1.15
#define CART_GAP_LOG_MEDIAN   4.2

/* Later: chance of any later event without a purchase after n prefix events, of each further one. */
static const double LATER_HAPPENS[] = {0, 0.051, 0.15, 0.24, 0.32, 0.48};
#define LATER_GOES_ON        0.70
#define HEAVY_GOES_ON        0.90
#define LATER_CART           0.012
#define LATER_CART_AGAIN     0.05
#define LATER_GAP_LOG_MEDIAN 4.2
#define LATER_GAP_LOG_SD     1.2
#define FIRST_LATER_MEAN_S   380.0

/* Purchase. */
#define BUYER_LOOKS        0.45 /* each look before the purchase */
#define BUYER_CARTS        0.64 /* when the cart is empty */
#define BUYER_FIRST_MEAN_S 60.0
#define ORDER_LINE_AGAIN   0.21
#define ORDER_AGAIN        0.19
#define BUYER_STAYS        0.35

/* Items. */
#define SAME_ITEM    0.27
#define RELATED_ITEM 0.50
#define OLD_ITEM     0.25 /* a returning visitor starts where it left */

/* Pauses between sessions, log milliseconds. */
#define PAUSE_LOG_MEDIAN 18.834 /* 42 hours */
#define PAUSE_LOG_SD     2.2

/* Percent of the sessions that start in each hour (UTC) and on each weekday from Monday. */
static const double HOUR_SHARE[24] = {5.2, 5.5, 5.7, 5.6, 5.2, 4.2, 2.8, 1.8, 1.1, 0.8, 0.9, 1.0,
                                      1.3, 2.1, 3.4, 4.7, 5.8, 6.5, 6.4, 6.1, 6.4, 6.6, 6.1, 5.4};
static const double WEEKDAY_SHARE[7] = {16.6, 16.4, 15.6, 15.6, 13.3, 11.1, 11.4};

/* One visitor on its way. */
typedef struct walk {
    const td_synth_world *world;
    td_synth_trace *trace;
    const td_synth_heavy *heavy; /* NULL for nearly everybody */
    td_rng rng;
    uint32_t visitor;
    uint64_t first_event;   /* of the visitor, index into the trace */
    uint64_t session_event; /* first of the session */
    int64_t start;          /* of the session */
    int64_t now;            /* time of the last event */
    uint32_t item;          /* rank: what the visitor looks at */
    uint32_t cart_item;     /* what it last put into the cart in this session */
    int is_item_in_cart;
    td_synth_state state; /* of the session; history fields persist over sessions */
} walk;

void td_synth_trace_free(td_synth_trace *trace) {
    td_mem_free(trace->event);
    td_mem_free(trace->session);
    *trace = (td_synth_trace){0};
}

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

/* Position in 0 .. n of a uniform draw by cumulative weights [n + 1]. */
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

static int64_t draw_time_of_day(const td_synth_calendar *calendar, td_rng *rng) {
    return (int64_t)(draw_position(calendar->hour, 24, rng) * 3600000.0);
}

static int coin(walk *w, double p) { return td_rng_uniform(&w->rng) < p; }

/* Log-normal gap in ms, at least 1 s, below the session gap. */
static int64_t draw_gap(walk *w, double log_median, double log_sd) {
    double seconds = td_exp(log_median + log_sd * td_rng_normal(&w->rng));
    return 1000 + (int64_t)(fmin(seconds, 1790.0) * 1000.0);
}

/* An event of the session at w->now; room has been reserved. */
static void emit(walk *w, td_event_kind kind, uint32_t rank, uint32_t order) {
    td_synth_trace *trace = w->trace;
    trace->event[trace->n_events++] = (td_synth_event){.timestamp = w->now,
                                                       .visitor = w->visitor,
                                                       .rank = rank,
                                                       .order = order,
                                                       .kind = (uint8_t)kind,
                                                       .n_rows = 1};
}

static void view(walk *w) { emit(w, TD_VIEW, w->item, 0); }

static void put_into_cart(walk *w) {
    emit(w, TD_ADDTOCART, w->item, 0);
    w->cart_item = w->item;
    w->is_item_in_cart = 1;
}

/* The item of the next view: the same, a related one, or one by demand. */
static void look_further(walk *w) {
    double u = td_rng_uniform(&w->rng);
    if (u < SAME_ITEM) return;
    const td_synth_catalog *catalog = &w->world->catalog;
    w->is_item_in_cart = 0;
    w->item = u < SAME_ITEM + RELATED_ITEM ? td_synth_draw_related(catalog, w->item, &w->rng)
                                           : td_synth_draw_item(catalog, &w->rng);
}

/* Distinct items in one order at one time: what lies in the cart, then related items. */
static void order(walk *w, uint32_t first_item) {
    uint32_t line[MAX_ORDER_LINES] = {first_item};
    uint32_t number = w->trace->n_orders++;
    uint32_t n = 1;
    while (n < MAX_ORDER_LINES && coin(w, ORDER_LINE_AGAIN)) {
        uint32_t item = td_synth_draw_related(&w->world->catalog, first_item, &w->rng);
        int is_new = 1;
        for (uint32_t i = 0; i < n; i++) is_new &= line[i] != item;
        if (is_new) line[n++] = item;
    }
    for (uint32_t i = 0; i < n; i++) emit(w, TD_TRANSACTION, line[i], number);
}

/* ---- prefix ---- */

static void first_event(walk *w) {
    int is_back = w->state.n_sessions_before > 0 && coin(w, OLD_ITEM);
    if (!is_back) w->item = td_synth_draw_item(&w->world->catalog, &w->rng);
    w->is_item_in_cart = 0;
    double u = td_rng_uniform(&w->rng);
    if (u < FIRST_IS_PURCHASE) {
        order(w, w->item);
    } else if (u < FIRST_IS_PURCHASE + FIRST_IS_CART) {
        put_into_cart(w);
    } else {
        view(w);
    }
}

static uint32_t n_session_events(const walk *w) {
    return (uint32_t)(w->trace->n_events - w->session_event);
}

static double by_count(const double *table, uint32_t n, uint32_t last) {
    return table[n < last ? n : last];
}

/* One further event at or before the decision; 0 when there is none. */
static int prefix_step(walk *w, int *has_cart) {
    if (!coin(w, by_count(PREFIX_GOES_ON, n_session_events(w), 5))) return 0;
    double u = td_rng_uniform(&w->rng);
    double cart = w->is_item_in_cart ? 0 : *has_cart ? PREFIX_CART_AGAIN : PREFIX_CART;
    int is_cart = u < cart;
    int is_purchase = *has_cart && u >= 1 - PREFIX_PURCHASE;
    double median = is_cart ? CART_GAP_LOG_MEDIAN : PREFIX_GAP_LOG_MEDIAN;
    int64_t next = w->now + draw_gap(w, median, PREFIX_GAP_LOG_SD);
    if (next > w->start + TD_SYNTH_DECISION_MS) return 0;
    w->now = next;
    if (is_cart) {
        put_into_cart(w);
        *has_cart = 1;
    } else if (is_purchase) {
        order(w, w->cart_item);
    } else {
        look_further(w);
        view(w);
    }
    return 1;
}

static void walk_prefix(walk *w) {
    first_event(w);
    int has_cart = w->is_item_in_cart;
    while (n_session_events(w) < MAX_PREFIX && prefix_step(w, &has_cart)) {}
}

/* ---- decision ---- */

/* Was the item of event i viewed in this session before it? */
static int is_repeat_view(const walk *w, uint64_t i) {
    const td_synth_event *event = w->trace->event;
    for (uint64_t j = w->session_event; j < i; j++) {
        if (event[j].kind == TD_VIEW && event[j].rank == event[i].rank) return 1;
    }
    return 0;
}

/* Fill the state from the events at or before the decision; returns the number of transactions
 * among them. */
static uint32_t observe(walk *w) {
    td_synth_state *s = &w->state;
    s->n_views = s->n_carts = s->n_repeat_views = 0;
    uint32_t n_purchases = 0;
    const td_synth_event *event = w->trace->event;
    for (uint64_t i = w->session_event; i < w->trace->n_events; i++) {
        s->n_views += event[i].kind == TD_VIEW;
        s->n_carts += event[i].kind == TD_ADDTOCART;
        n_purchases += event[i].kind == TD_TRANSACTION;
        s->n_repeat_views += event[i].kind == TD_VIEW && is_repeat_view(w, i);
    }
    s->last_seconds = (uint32_t)((w->now - w->start) / 1000);
    s->decision = w->start + TD_SYNTH_DECISION_MS;
    const td_synth_catalog *catalog = &w->world->catalog;
    uint32_t rank = event[w->trace->n_events - 1].rank;
    s->offer = td_synth_offer_at(catalog, rank, s->decision);
    s->root = catalog->root[s->offer.category];
    s->popularity_band = catalog->item[rank].popularity_band;
    return n_purchases;
}

static void decide(walk *w, td_synth_session *session) {
    session->has_early_purchase = observe(w) > 0;
    if (session->has_early_purchase) return;
    td_synth_chance chance = td_synth_law(&w->state, w->world->shift);
    uint64_t u = td_rng_below(&w->rng, 1000000000);
    session->p0 = chance.p0;
    session->p1 = chance.p1;
    session->y0 = u < chance.p0;
    session->y1 = u < chance.p1;
}

/* ---- later ---- */

/* Move to the first time after the decision, at most the session gap after the last event. */
static void pass_decision(walk *w, double mean_seconds) {
    int64_t decision = w->start + TD_SYNTH_DECISION_MS;
    double window = (double)(w->now + TD_SYNTH_GAP_MS - decision - 1);
    double wait = td_rng_exponential(&w->rng) * mean_seconds * 1000.0;
    if (wait >= window) wait = td_rng_uniform(&w->rng) * window;
    w->now = decision + 1 + (int64_t)wait;
}

static void pass_gap(walk *w) { w->now += draw_gap(w, LATER_GAP_LOG_MEDIAN, LATER_GAP_LOG_SD); }

static void look_or_cart(walk *w) {
    double cart = w->state.n_carts > 0 ? LATER_CART_AGAIN : LATER_CART;
    if (!w->is_item_in_cart && coin(w, cart)) {
        put_into_cart(w);
    } else {
        look_further(w);
        view(w);
    }
}

/* Views and carts, at least one, the first at w->now; `n_fixed` > 0 sets how many. */
static void browse(walk *w, uint32_t n_fixed) {
    double goes_on = w->heavy != NULL ? HEAVY_GOES_ON : LATER_GOES_ON;
    for (uint32_t n = 1;; n++) {
        look_or_cart(w);
        if (n_fixed > 0 ? n >= n_fixed : n >= MAX_LATER / 2 || !coin(w, goes_on)) return;
        pass_gap(w);
    }
}

static void browse_perhaps(walk *w, uint32_t longest) {
    uint32_t n = n_session_events(w);
    double happens = w->heavy != NULL ? 0.8 : by_count(LATER_HAPPENS, n, 5);
    if (longest <= n && !coin(w, happens)) return;
    pass_decision(w, FIRST_LATER_MEAN_S);
    browse(w, longest > n ? longest - n : 0);
}

static void buy(walk *w) {
    pass_decision(w, BUYER_FIRST_MEAN_S);
    for (uint32_t n = 0; n < MAX_PREFIX && coin(w, BUYER_LOOKS); n++) {
        look_or_cart(w);
        pass_gap(w);
    }
    if (w->cart_item == UINT32_MAX && coin(w, BUYER_CARTS)) {
        put_into_cart(w);
        pass_gap(w);
    }
    order(w, w->cart_item != UINT32_MAX ? w->cart_item : w->item);
    for (uint32_t n = 0; n < MAX_PREFIX && coin(w, ORDER_AGAIN); n++) {
        pass_gap(w);
        look_further(w);
        order(w, w->item);
    }
    if (coin(w, BUYER_STAYS)) {
        pass_gap(w);
        browse(w, 0);
    }
}

/* ---- sessions ---- */

static td_status reserve(td_synth_trace *trace, td_error *err) {
    uint64_t n = trace->n_events + MAX_PREFIX * 8 + MAX_LATER;
    if (n > trace->event_capacity) {
        td_synth_event *event = td_mem_resize(trace->event, 2 * n, sizeof *event, err);
        if (event == NULL) return TD_ERR_NOMEM;
        trace->event = event;
        trace->event_capacity = 2 * n;
    }
    if (trace->n_sessions == trace->session_capacity) {
        uint64_t capacity = 2 * trace->session_capacity + 1024;
        td_synth_session *session = td_mem_resize(trace->session, capacity, sizeof *session, err);
        if (session == NULL) return TD_ERR_NOMEM;
        trace->session = session;
        trace->session_capacity = capacity;
    }
    return TD_OK;
}

static void remember(walk *w) {
    const td_synth_event *event = w->trace->event;
    for (uint64_t i = w->session_event; i < w->trace->n_events; i++) {
        w->state.n_carts_before += event[i].kind == TD_ADDTOCART;
        w->state.n_purchases_before += event[i].kind == TD_TRANSACTION;
    }
    w->state.n_sessions_before++;
}

static td_status walk_session(walk *w, int64_t start, td_error *err) {
    TD_TRY(reserve(w->trace, err));
    w->state.ms_since_last = w->state.n_sessions_before > 0 ? start - w->now : -1;
    w->session_event = w->trace->n_events;
    w->start = w->now = start;
    w->cart_item = UINT32_MAX;
    td_synth_session session = {.start = start, .visitor = w->visitor};
    walk_prefix(w);
    decide(w, &session);
    if (session.y0) {
        buy(w);
    } else {
        int is_longest = w->heavy != NULL && w->state.n_sessions_before == 4;
        browse_perhaps(w, is_longest ? w->heavy->longest : 0);
    }
    session.end = w->now;
    w->trace->session[w->trace->n_sessions++] = session;
    remember(w);
    return TD_OK;
}

static int64_t first_start(walk *w) {
    const td_synth_calendar *calendar = &w->world->calendar;
    int64_t day = (int64_t)draw_position(calendar->day, TD_SYNTH_N_DAYS, &w->rng);
    if (w->heavy != NULL) day = 0;
    return TD_SYNTH_LOG_BEGIN + day * TD_SYNTH_DAY_MS + draw_time_of_day(calendar, &w->rng);
}

/* After a long pause the time of day is drawn anew; a short one keeps it. */
static int64_t next_start(walk *w) {
    double pause = td_exp(PAUSE_LOG_MEDIAN + PAUSE_LOG_SD * td_rng_normal(&w->rng));
    int64_t next = w->now + TD_SYNTH_GAP_MS + 60000 + (int64_t)fmin(pause, 1e11);
    if (pause < 2.0 * TD_SYNTH_DAY_MS || next >= LOG_END) return next;
    int64_t day = (next - TD_SYNTH_LOG_BEGIN) / TD_SYNTH_DAY_MS;
    return TD_SYNTH_LOG_BEGIN + day * TD_SYNTH_DAY_MS +
           draw_time_of_day(&w->world->calendar, &w->rng);
}

static int comes_again(walk *w) {
    uint32_t k = w->state.n_sessions_before;
    return k < MAX_SESSIONS && coin(w, k == 1 ? 0.165 : 1 - 1.75 / (k + 1.0));
}

/* Sessions until the number of events is reached, spread over what is left of the log. */
static td_status live_heavy(walk *w, td_error *err) {
    int64_t start = first_start(w);
    for (;;) {
        TD_TRY(walk_session(w, start, err));
        uint64_t n = w->trace->n_events - w->first_event;
        if (n >= w->heavy->n_events) return TD_OK;
        double n_sessions_left = 1.0 + (double)(w->heavy->n_events - n) / HEAVY_SESSION_EVENTS;
        double time_left = fmax(0, (double)(LOG_END - TD_SYNTH_DAY_MS - w->now));
        double pause = td_rng_exponential(&w->rng) * fmax(0, time_left / n_sessions_left - 3e6);
        start = w->now + TD_SYNTH_GAP_MS + 1 + (int64_t)pause;
    }
}

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
    walk w = {.world = world,
              .trace = trace,
              .heavy = find_heavy(world, visitor),
              .rng = td_rng_stream(world->seed, "synth visitor", visitor, 0),
              .visitor = visitor,
              .first_event = trace->n_events};
    uint8_t arm = (uint8_t)coin(&w, 0.5);
    if (w.heavy != NULL) {
        TD_TRY(live_heavy(&w, err));
    } else {
        int64_t start = first_start(&w);
        do {
            TD_TRY(walk_session(&w, start, err));
            start = comes_again(&w) ? next_start(&w) : LOG_END;
        } while (start < LOG_END);
    }
    for (uint64_t i = first_session; i < trace->n_sessions; i++) trace->session[i].arm = arm;
    return TD_OK;
}
