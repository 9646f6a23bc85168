/* datasets/synth_law.c: the log-odds of a purchase after the decision, and the treatment's effect.
 *
 * Problem: a true probability must be computable for every session from what can be observed, so
 * that calibration, ranking and uplift can be measured against the truth.
 *
 * 1. Scale the state: v = sqrt(min(views, 9) - 1), c = [carts >= 1], r = min(repeat views, 3),
 *    late = last_seconds / 300, x = (log price - log 60) / 1.1 clipped to [-2, 2] (0 when the item
 *    is not listed), h(hour) in [-1, 1] highest in the evening, b = bought before, k = has put into
 *    a cart before but never bought.
 * 2. Log-odds f = sum of the terms in purchase_logit, p0 = 1 / (1 + exp(-f)).
 * 3. Effect on the log-odds t = sum of the terms in effect_logit, p1 = 1 / (1 + exp(-(f + t))).
 * 4. Round both to whole billionths.
 *
 * The terms stand once, here; datasets/README.md repeats them as a formula. Cost: O(1), two
 * exponentials and a logarithm. Not modelled: effects between visitors, learning, fatigue. */
#include "datasets/synth_law.h"

#include <math.h>

#include "core/base/numeric.h"

#define PRICE_LOG_CENTRE 11.002099841204238 /* log 60000 */
#define PRICE_LOG_SCALE  1.1
#define DEPTH_CENTRE     5.0
#define DEPTH_SCALE      2.0

/* How well each root category sells, log-odds; root c has the id (613 c + 809) mod 1699. The values
 * have mean 0.00 and standard deviation 0.46. */
static const double ROOT_EFFECT[TD_SYNTH_N_ROOTS] = {
    0.35, -0.60, 0.10,  0.70,  -0.25, -0.80, 0.45, 0.00,  -0.40, 0.60, -0.10, 0.25, -0.70,
    0.15, 0.80,  -0.30, -0.05, 0.50,  -0.50, 0.30, -0.90, 0.20,  0.40, -0.20, 0.05};

/* Demand by hour of day as the log-odds see it: night buyers browse, evening buyers buy. */
static const double HOUR_EFFECT[24] = {-0.2, -0.4, -0.6, -0.8, -0.9, -1.0, -0.9, -0.7,
                                       -0.5, -0.3, -0.1, 0.1,  0.2,  0.3,  0.4,  0.5,
                                       0.6,  0.8,  0.9,  1.0,  1.0,  0.8,  0.5,  0.1};

uint32_t td_synth_hour(int64_t time) { return (uint32_t)(time / 3600000 % 24); }

/* 1970-01-01 was a Thursday. */
uint32_t td_synth_weekday(int64_t time) { return (uint32_t)((time / TD_SYNTH_DAY_MS + 3) % 7); }

/* The state on the scale of the formulas; symbols as in datasets/README.md. */
typedef struct scaled_state {
    double v, c, c2, r, late, x, hour, weekend;
    double bought, carted, sessions, recent;
    double listed, available, root, deep, popular;
} scaled_state;

/* Price, stock and category as of the same time, which the caller sets to the decision. */
void td_synth_basket_add(td_synth_basket *basket, const td_synth_catalog *catalog, uint32_t rank,
                         int64_t time) {
    td_synth_offer offer = td_synth_offer_at(catalog, rank, time);
    basket->n++;
    basket->sum_popularity += catalog->item[rank].popularity_band;
    basket->n_listed += offer.is_listed;
    basket->n_available += offer.is_available;
    basket->sum_price += offer.price;
    if (!offer.has_category) return;
    basket->n_categorised++;
    basket->sum_depth += catalog->depth[offer.category];
    basket->sum_root_effect += ROOT_EFFECT[catalog->root[offer.category]];
}

/* x limited to [-limit, limit], so that no single price or depth decides alone. */
static double clip(double x, double limit) { return fmin(fmax(x, -limit), limit); }

/* Logarithm of the mean price, centred and scaled; 0 when no price is known. */
static double price_score(const td_synth_basket *items) {
    if (items->n_listed == 0) return 0;
    double mean = (double)items->sum_price / items->n_listed;
    return clip((td_log(mean) - PRICE_LOG_CENTRE) / PRICE_LOG_SCALE, 2);
}

/* sum / n, 0 when nothing is known. */
static double mean_or_zero(double sum, uint32_t n) { return n > 0 ? sum / n : 0; }

static uint32_t least(uint32_t a, uint32_t b) { return a < b ? a : b; }

/* Step 1. */
static scaled_state scale_state(const td_synth_state *s) {
    uint32_t views = least(s->n_views, 9);
    int is_recent = s->ms_since_last >= 0 && s->ms_since_last < TD_SYNTH_DAY_MS;
    double depth = mean_or_zero(s->items.sum_depth, s->items.n_categorised) - DEPTH_CENTRE;
    return (scaled_state){
        .v = sqrt(views > 1 ? views - 1.0 : 0.0),
        .c = s->n_carts >= 1,
        .c2 = s->n_carts >= 2,
        .r = least(s->n_repeat_views, 3),
        .late = s->last_seconds / 300.0,
        .x = price_score(&s->items),
        .hour = HOUR_EFFECT[td_synth_hour(s->decision)],
        .weekend = td_synth_weekday(s->decision) >= 5,
        .bought = s->n_purchases_before >= 1,
        .carted = s->n_purchases_before == 0 && s->n_carts_before >= 1,
        .sessions = least(s->n_sessions_before, 4),
        .recent = is_recent,
        .listed = s->items.n_listed > 0,
        .available = mean_or_zero(s->items.n_available, s->items.n_listed),
        .root = mean_or_zero(s->items.sum_root_effect, s->items.n_categorised),
        .deep = s->items.n_categorised > 0 ? clip(depth / DEPTH_SCALE, 2) : 0,
        .popular = mean_or_zero(s->items.sum_popularity, s->items.n) - 1,
    };
}

/* Step 2. Base rate 0.78 % with shift 0. Half of all buyers have something in the cart at the
 * decision, as in the original; the rest must show in weaker signs, or no model could learn
 * anything but carts. */
static double purchase_logit(const scaled_state *s) {
    double f = -6.67;
    /* the session so far: more, repeated and recent looks */
    f += 0.80 * s->v + 0.30 * s->r + 0.60 * s->late;
    /* its cart: the strongest sign there is */
    f += 4.15 * s->c + 0.40 * s->c2;
    /* the visitor: bought, nearly bought, came often, came lately */
    f += 1.20 * s->bought + 0.90 * s->carted;
    f += 0.25 * s->sessions + 0.35 * s->recent;
    /* the items: cheap, of a good and specific category, popular */
    f += -0.55 * s->x + 0.40 * s->root + 0.35 * s->deep + 0.15 * s->popular;
    /* in stock +0.50, out of stock -0.60, unknown 0 in between */
    f += 1.10 * s->available - 0.60 * s->listed;
    /* the clock: evenings and working days */
    f += 0.40 * s->hour - 0.15 * s->weekend;
    /* interactions: with a cart the price counts less, and regulars differ less from others */
    f += 0.30 * s->c * s->x - 0.80 * s->c * s->bought;
    return f;
}

/* Step 3. Ten terms over nine features: on average +15 % purchases, for 15 % of the sessions fewer.
 */
static double effect_logit(const scaled_state *s) {
    double t = 0.107;
    /* a voucher counts on dear items and annoys on cheap ones */
    t += 0.20 * s->x;
    /* regulars would have come anyway; those who hesitated are won */
    t += -0.20 * s->bought + 0.10 * s->carted;
    /* it moves those who still look more than those who have chosen */
    t += 0.05 * s->v - 0.10 * s->c;
    /* and those with time */
    t += 0.10 * s->hour + 0.06 * s->weekend;
    /* on items that can be had and are not sold to everybody */
    t += 0.08 * s->available - 0.05 * s->popular;
    /* interaction: a dear item in the cart is where it works best */
    t += 0.12 * s->c * s->x;
    return t;
}

/* Step 4: to the nearest whole billionth; p < 1 keeps it below 2^32. */
static uint32_t billionths(double p) { return (uint32_t)floor(p * 1e9 + 0.5); }

td_synth_chance td_synth_law(const td_synth_state *state, double shift) {
    scaled_state s = scale_state(state);
    double f = purchase_logit(&s) + shift;
    double t = effect_logit(&s);
    return (td_synth_chance){.p0 = billionths(td_sigmoid(f)), .p1 = billionths(td_sigmoid(f + t))};
}
