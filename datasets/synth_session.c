/* datasets/synth_session.c: draws one session: what is looked at, put into the cart and bought.
 *
 * Problem: sessions must look like those of a real shop, and yet the probability of a purchase
 * after the decision, given all that can be observed up to it, must be known exactly.
 *
 * 1. Prefix. Events follow each other with log-normal gaps as long as a coin allows and the gap
 *    ends at or before the decision (start + 300 s). Whether a visitor has "left" is never
 *    recorded: the state at the decision holds only what the log shows.
 * 2. Decide. p0, p1 = td_synth_law(state); one uniform U gives y0 = [U < p0] and y1 = [U < p1], so
 *    that treatment never changes an outcome against its effect's sign. P(y0 = 1 | state) = p0.
 * 3. Later. With y0 = 0 the visitor perhaps goes on, but buys nothing. With y0 = 1 it looks around,
 *    puts an item into the cart if it has none (or not), orders, perhaps orders again, goes on.
 *    The first later event is after the decision and within 30 min of the last one, as are all
 *    later gaps, so a purchase always belongs to its session.
 * 4. A session with a transaction in the prefix is outside the population and draws no outcome.
 *
 * The constants were fitted by hand so that the marginals published for the original log come out
 * (bench/check_synth prints them side by side). Cost: O(events), prefix views squared. Not done:
 * carts that are emptied, returns. */
#include "datasets/synth_session.h"

#include <math.h>

#include "core/base/mem.h"
#include "core/base/numeric.h"

enum {
    MAX_PREFIX = 40, /* events at or before the decision */
    MAX_LATER = 600, /* events after it */
    MAX_ORDER_LINES = 5
};

/* Up to the decision. Chance of a further event after the n-th (index; the last one for more), and
 * at least this much with something in the cart: */
static const double PREFIX_GOES_ON[] = {0, 0.195, 0.42, 0.54, 0.60, 0.66};
#define CART_GOES_ON 0.5
/* The first event is rarely anything but a view (27 and 2 of 6,229 sessions in a real sample). */
#define FIRST_IS_CART     0.0043
#define FIRST_IS_PURCHASE 0.00013
/* A further event puts an item into the cart: the first time, and again. */
#define PREFIX_CART       0.060
#define PREFIX_CART_AGAIN 0.385
/* With a cart it may be an order: these few sessions are outside the population. */
#define PREFIX_PURCHASE 0.012
/* Gaps: log seconds. The one before a cart is a little longer, a cart follows some reading. */
#define PREFIX_GAP_LOG_MEDIAN 3.9
#define PREFIX_GAP_LOG_SD     1.4
#define CART_GAP_LOG_MEDIAN   4.18

/* After the decision, without a purchase. Chance of any event after n events of the prefix, and at
 * least this much with something in the cart; then the chance of each further one. */
static const double LATER_HAPPENS[] = {0, 0.051, 0.15, 0.24, 0.32, 0.48};
#define CART_LATER_HAPPENS  0.37
#define HEAVY_LATER_HAPPENS 0.80
#define LATER_GOES_ON       0.67
#define HEAVY_GOES_ON       0.90
/* It is a cart: the first time in this session, and again. */
#define LATER_CART       0.012
#define LATER_CART_AGAIN 0.26
/* Gaps in log seconds; mean wait from the decision to the first later event. */
#define LATER_GAP_LOG_MEDIAN 4.2
#define LATER_GAP_LOG_SD     1.35
#define FIRST_LATER_MEAN_S   380.0

/* After the decision, with a purchase: the buyer acts soon, looks around before it orders, fills an
 * empty cart (or orders at once), adds lines to the order, orders again, stays for a while. */
#define BUYER_FIRST_MEAN_S 64.0
#define BUYER_LOOKS        0.45
#define BUYER_CARTS        0.626
#define ORDER_LINE_AGAIN   0.215
#define ORDER_AGAIN        0.195
#define BUYER_STAYS        0.35

/* The next view is of the same item, of one from the same slot of the catalogue, or (the rest) of
 * any item by demand. A returning visitor may start with the item where it left. */
#define SAME_ITEM    0.17
#define RELATED_ITEM 0.50
#define OLD_ITEM     0.25

int td_synth_coin(td_synth_walk *w, double p) { return td_rng_uniform(&w->rng) < p; }

/* Log-normal gap in ms, at least 1 s, below the session gap. */
static int64_t draw_gap(td_synth_walk *w, double log_median, double log_sd) {
    double seconds = td_exp(log_median + log_sd * td_rng_normal(&w->rng));
    return 1000 + (int64_t)(fmin(seconds, 1790.0) * 1000.0);
}

/* An event of the session at w->now; `reserve` has made room for all events of a session. */
static void emit(td_synth_walk *w, td_event_kind kind, uint32_t rank, uint32_t order) {
    td_synth_trace *trace = w->trace;
    trace->event[trace->n_events++] = (td_synth_event){.timestamp = w->now,
                                                       .visitor = w->visitor,
                                                       .rank = rank,
                                                       .order = order,
                                                       .kind = (uint8_t)kind,
                                                       .n_rows = 1};
}

static void view(td_synth_walk *w) { emit(w, TD_VIEW, w->item, 0); }

/* The item that is looked at, or a related one when that is in the cart already: an event may not
 * repeat itself exactly, and nobody needs two of most things. */
static void put_into_cart(td_synth_walk *w) {
    if (w->is_item_in_cart) {
        w->item = td_synth_draw_related(&w->world->catalog, w->item, &w->rng);
    }
    emit(w, TD_ADDTOCART, w->item, 0);
    w->cart_item = w->item;
    w->is_item_in_cart = 1;
}

/* The item of the next view: the same, a related one, or one by demand. */
static void look_further(td_synth_walk *w) {
    double u = td_rng_uniform(&w->rng);
    if (u < SAME_ITEM) return;
    const td_synth_catalog *catalog = &w->world->catalog;
    w->is_item_in_cart = 0;
    w->item = u < SAME_ITEM + RELATED_ITEM ? td_synth_draw_related(catalog, w->item, &w->rng)
                                           : td_synth_draw_item(catalog, &w->rng);
}

/* One order at one time: the first item, then related ones, all distinct, because equal lines of
 * one order would be exact copies of each other. */
static void order(td_synth_walk *w, uint32_t first_item) {
    uint32_t line[MAX_ORDER_LINES] = {first_item};
    uint32_t number = w->trace->n_orders++;
    uint32_t n = 1;
    while (n < MAX_ORDER_LINES && td_synth_coin(w, ORDER_LINE_AGAIN)) {
        uint32_t item = td_synth_draw_related(&w->world->catalog, first_item, &w->rng);
        int is_new = 1;
        for (uint32_t i = 0; i < n; i++) is_new &= line[i] != item;
        if (is_new) line[n++] = item;
    }
    for (uint32_t i = 0; i < n; i++) emit(w, TD_TRANSACTION, line[i], number);
}

/* ---- prefix ---- */

/* The event that opens the session, at w->start. */
static void first_event(td_synth_walk *w) {
    int is_back = w->state.n_sessions_before > 0 && td_synth_coin(w, OLD_ITEM);
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

static uint32_t n_session_events(const td_synth_walk *w) {
    return (uint32_t)(w->trace->n_events - w->session_event);
}

/* Entry n of a table whose entry `last` stands for all larger n. */
static double by_count(const double *table, uint32_t n, uint32_t last) {
    return table[n < last ? n : last];
}

/* One further event at or before the decision; 0 when there is none. The coin comes first, then the
 * kind, then the gap: a gap that ends beyond the decision ends the prefix and is forgotten, so what
 * follows the decision cannot depend on it. */
static int prefix_step(td_synth_walk *w, int *has_cart) {
    double goes_on = by_count(PREFIX_GOES_ON, n_session_events(w), 5);
    if (!td_synth_coin(w, *has_cart ? fmax(goes_on, CART_GOES_ON) : goes_on)) return 0;
    double u = td_rng_uniform(&w->rng);
    int is_cart = u < (*has_cart ? PREFIX_CART_AGAIN : PREFIX_CART);
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

/* Step 1 of the file head. */
static void walk_prefix(td_synth_walk *w) {
    first_event(w);
    int has_cart = w->is_item_in_cart;
    while (n_session_events(w) < MAX_PREFIX && prefix_step(w, &has_cart)) {}
}

/* ---- decision ---- */

/* Has this session met the item of event i before it: in a view, or (any_kind) in any event? */
static int is_met_before(const td_synth_walk *w, uint64_t i, int any_kind) {
    const td_synth_event *event = w->trace->event;
    for (uint64_t j = w->session_event; j < i; j++) {
        if ((any_kind || event[j].kind == TD_VIEW) && event[j].rank == event[i].rank) return 1;
    }
    return 0;
}

/* Fill the state from the events at or before the decision, which are the last ones of the trace;
 * returns the number of transactions among them. Every item is read as of the decision, not as of
 * its event: at the decision the newer price is known. */
static uint32_t observe(td_synth_walk *w) {
    td_synth_state *s = &w->state;
    s->n_views = s->n_carts = s->n_repeat_views = 0;
    s->last_seconds = (uint32_t)((w->now - w->start) / 1000);
    s->decision = w->start + TD_SYNTH_DECISION_MS;
    s->items = (td_synth_basket){0};
    uint32_t n_purchases = 0;
    const td_synth_event *event = w->trace->event;
    for (uint64_t i = w->session_event; i < w->trace->n_events; i++) {
        s->n_views += event[i].kind == TD_VIEW;
        s->n_carts += event[i].kind == TD_ADDTOCART;
        n_purchases += event[i].kind == TD_TRANSACTION;
        s->n_repeat_views += event[i].kind == TD_VIEW && is_met_before(w, i, 0);
        if (is_met_before(w, i, 1)) continue;
        td_synth_basket_add(&s->items, &w->world->catalog, event[i].rank, s->decision);
    }
    return n_purchases;
}

/* Steps 2 and 4. P(U < p0) = p0 exactly: U and p0 are both whole billionths. */
static void decide(td_synth_walk *w, td_synth_session *session) {
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

/* Move to a time after the decision and at most the session gap after the last event:
 *
 *     last event      decision                       last event + 30 min
 *         |---- <= 300 s --|------------ window ----------------|
 *                           ^ exponential wait; the rare one that does not fit falls anywhere */
static void pass_decision(td_synth_walk *w, double mean_seconds) {
    int64_t decision = w->start + TD_SYNTH_DECISION_MS;
    double window = (double)(w->now + TD_SYNTH_GAP_MS - decision - 1);
    double wait = td_rng_exponential(&w->rng) * mean_seconds * 1000.0;
    if (wait >= window) wait = td_rng_uniform(&w->rng) * window;
    w->now = decision + 1 + (int64_t)wait;
}

/* Move to the next event of a session that is past its decision. */
static void pass_gap(td_synth_walk *w) {
    w->now += draw_gap(w, LATER_GAP_LOG_MEDIAN, LATER_GAP_LOG_SD);
}

/* One later event that is no order. */
static void look_or_cart(td_synth_walk *w) {
    double cart = w->cart_item != TD_SYNTH_NO_ITEM ? LATER_CART_AGAIN : LATER_CART;
    if (td_synth_coin(w, cart)) {
        put_into_cart(w);
    } else {
        look_further(w);
        view(w);
    }
}

/* Views and carts, at least one, the first at w->now; `n_fixed` > 0 sets how many. */
static void browse(td_synth_walk *w, uint32_t n_fixed) {
    double goes_on = w->heavy != NULL ? HEAVY_GOES_ON : LATER_GOES_ON;
    for (uint32_t n = 1;; n++) {
        look_or_cart(w);
        if (n_fixed > 0 ? n >= n_fixed : n >= MAX_LATER / 2 || !td_synth_coin(w, goes_on)) return;
        pass_gap(w);
    }
}

/* Step 3 with y0 = 0: perhaps later events, never an order. `longest` > 0: exactly so many events
 * in the session, if the prefix left room. */
static void browse_perhaps(td_synth_walk *w, uint32_t longest) {
    uint32_t n = n_session_events(w);
    double happens = w->heavy != NULL ? HEAVY_LATER_HAPPENS : by_count(LATER_HAPPENS, n, 5);
    if (w->cart_item != TD_SYNTH_NO_ITEM) happens = fmax(happens, CART_LATER_HAPPENS);
    if (longest <= n && !td_synth_coin(w, happens)) return;
    pass_decision(w, FIRST_LATER_MEAN_S);
    browse(w, longest > n ? longest - n : 0);
}

/* Step 3 with y0 = 1: the order comes after the decision and within the session, whatever else
 * happens. */
static void buy(td_synth_walk *w) {
    pass_decision(w, BUYER_FIRST_MEAN_S);
    for (uint32_t n = 0; n < MAX_PREFIX && td_synth_coin(w, BUYER_LOOKS); n++) {
        look_or_cart(w);
        pass_gap(w);
    }
    if (w->cart_item == TD_SYNTH_NO_ITEM && td_synth_coin(w, BUYER_CARTS)) {
        put_into_cart(w);
        pass_gap(w);
    }
    order(w, w->cart_item != TD_SYNTH_NO_ITEM ? w->cart_item : w->item);
    for (uint32_t n = 0; n < MAX_PREFIX && td_synth_coin(w, ORDER_AGAIN); n++) {
        pass_gap(w);
        look_further(w);
        order(w, w->item);
    }
    if (td_synth_coin(w, BUYER_STAYS)) {
        pass_gap(w);
        browse(w, 0);
    }
}

/* ---- sessions ---- */

/* Room for one more session: at most MAX_PREFIX + an order in the prefix; later MAX_PREFIX looks,
 * as many orders of MAX_ORDER_LINES lines, half of MAX_LATER events (or the 417 of the longest). */
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

/* What later sessions of the visitor know of this one. */
static void remember(td_synth_walk *w) {
    const td_synth_event *event = w->trace->event;
    for (uint64_t i = w->session_event; i < w->trace->n_events; i++) {
        w->state.n_carts_before += event[i].kind == TD_ADDTOCART;
        w->state.n_purchases_before += event[i].kind == TD_TRANSACTION;
    }
    w->state.n_sessions_before++;
}

td_status td_synth_walk_session(td_synth_walk *w, int64_t start, td_error *err) {
    TD_TRY(reserve(w->trace, err));
    w->state.ms_since_last = w->state.n_sessions_before > 0 ? start - w->now : -1;
    w->session_event = w->trace->n_events;
    w->start = w->now = start;
    w->cart_item = TD_SYNTH_NO_ITEM;
    td_synth_session session = {.start = start, .visitor = w->visitor};
    walk_prefix(w);
    decide(w, &session);
    if (session.y0) {
        buy(w);
    } else {
        browse_perhaps(w, w->longest);
        w->longest = 0;
    }
    session.end = w->now;
    w->trace->session[w->trace->n_sessions++] = session;
    remember(w);
    return TD_OK;
}
