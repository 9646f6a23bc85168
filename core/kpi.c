/* core/kpi.c: key figures of groups of sessions, as integer numerators and denominators.
 *
 * Problem: sessions with a group code each -> for every group the ratios and waiting times of
 * kpi.h. Groups are calendar days, hours, weekdays, categories, or one group of everything.
 *
 * Steps:
 *   1. Tally: one walk over the sessions adds counts to the tally of the session's group. Sessions
 *      stand in visitor order, so a visitor is new to a group exactly when it differs from the
 *      group's last visitor:
 *
 *          visitor   3 3 3 4 4 7        group g sees   3 . 3 4 . 7
 *          group     g h g g h g        last visitor   - . 3 3 . 4    -> 3 distinct
 *
 *   2. Orders: the (transaction id, group) pairs of all transaction events, sorted by group and
 *      id; distinct pairs of a group are its orders.
 *   3. Waiting times: (duration, group) pairs of the sessions that have one, sorted by group and
 *      duration; in a group of n the quantile p is the value of rank ceil(n p), the least value v
 *      such that at least n p of them are <= v (Hyndman and Fan 1996, doi:10.2307/2684934, their
 *      definition 1).
 *   4. Ratios from the tallies.
 *
 * Cost: O(sessions) a grouping, plus the sorts of steps 2 and 3 over the few sessions with carts
 * or purchases. Not done here: which groups there are (core/kpi_calendar.c, the catalog). */
#include "core/kpi_parts.h"

#include <math.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/base/radix.h"

enum { GRAIN = 1 << 16 };

typedef struct tally {
    uint64_t n_views_only; /* sessions of nothing but views: most of them */
    uint64_t n_deep;       /* the others, with a cart or a purchase */
    uint64_t n_bounces;
    uint64_t n_abandoned;
    uint64_t n_visitors;
    uint64_t n_buyers;
    uint64_t n_orders;
    uint64_t revenue;
    uint64_t n_events[TD_N_KINDS];
    uint64_t n_flag[TD_N_FUNNEL_FLAGS];
    uint32_t last_visitor; /* TD_CODE_NONE = none yet */
    uint32_t last_buyer;
} tally;

typedef struct grouping {
    const td_kpi_input *input;
    const td_kpi_digest *digest;
    const uint32_t *group; /* [n_sessions] or NULL */
    uint32_t n_groups;
    tally *tallies; /* [n_groups] */
    td_keyed *pair; /* [n_pairs], then as much scratch */
    uint64_t n_pairs;
} grouping;

static uint32_t group_of(const grouping *g, uint64_t s) {
    return g->group != NULL ? g->group[s] : 0;
}

/* Step 1. ------------------------------------------------------------------------------------- */

typedef struct digest_ctx {
    const td_funnel *funnel;
    td_kpi_digest *out;
    uint64_t *first; /* [n_chunks] deep sessions in earlier chunks */
} digest_ctx;

/* A session always has an event, so no flag but has_view means: nothing but views. */
static td_status digest_chunk(void *ctx, td_chunk chunk, td_error *err) {
    (void)err;
    const digest_ctx *d = ctx;
    uint64_t n_deep = 0;
    for (uint64_t s = chunk.begin; s < chunk.end; s++) {
        const td_funnel_row *row = &d->funnel->row[s];
        d->out->n_views[s] = row->flags == TD_HAS_VIEW ? row->n_of_kind[TD_VIEW] : 0;
        n_deep += row->flags != TD_HAS_VIEW;
    }
    d->first[chunk.index] = n_deep;
    return TD_OK;
}

/* Deep sessions of the chunk to their place in the list. */
static td_status copy_deep_chunk(void *ctx, td_chunk chunk, td_error *err) {
    (void)err;
    const digest_ctx *d = ctx;
    uint64_t next = d->first[chunk.index];
    for (uint64_t s = chunk.begin; s < chunk.end; s++) {
        if (d->out->n_views[s] != 0) continue;
        d->out->deep[next] = (uint32_t)s;
        d->out->row[next++] = d->funnel->row[s];
    }
    return TD_OK;
}

/* Count, sum up, copy. */
static td_status fill_digest(digest_ctx *d, const td_exec *exec, td_error *err) {
    td_kpi_digest *out = d->out;
    uint64_t n = d->funnel->n;
    TD_NEW(d->first, td_par_n_chunks(n, GRAIN), err);
    TD_NEW(out->n_views, n, err);
    TD_TRY(td_par_for(exec, n, GRAIN, digest_chunk, d, err));
    for (uint64_t c = 0; c < td_par_n_chunks(n, GRAIN); c++) {
        uint64_t n_deep = d->first[c];
        d->first[c] = out->n_deep;
        out->n_deep += n_deep;
    }
    TD_NEW(out->deep, out->n_deep, err);
    TD_NEW(out->row, out->n_deep, err);
    return td_par_for(exec, n, GRAIN, copy_deep_chunk, d, err);
}

void td_kpi_digest_free(td_kpi_digest *d) {
    td_mem_free(d->n_views);
    td_mem_free(d->deep);
    td_mem_free(d->row);
    memset(d, 0, sizeof *d);
}

td_status td_kpi_digest_build(td_kpi_digest *out, const td_funnel *funnel, const td_exec *exec,
                              td_error *err) {
    memset(out, 0, sizeof *out);
    digest_ctx d = {.funnel = funnel, .out = out};
    td_status status = fill_digest(&d, exec, err);
    td_mem_free(d.first);
    if (status != TD_OK) td_kpi_digest_free(out);
    return status;
}

/* A session with a cart or a purchase: without the purchase it is an abandoned cart. */
static void tally_deep(tally *t, const td_funnel_row *row, uint32_t visitor) {
    uint64_t n_events = 0;
    for (int kind = 0; kind < TD_N_KINDS; kind++) {
        t->n_events[kind] += row->n_of_kind[kind];
        n_events += row->n_of_kind[kind];
    }
    t->n_deep++;
    t->n_bounces += n_events == 1;
    for (int bit = 0; bit < TD_N_FUNNEL_FLAGS; bit++) t->n_flag[bit] += row->flags >> bit & 1;
    if ((row->flags & TD_HAS_PURCHASE) == 0) {
        t->n_abandoned++;
        return;
    }
    t->n_buyers += visitor != t->last_buyer;
    t->last_buyer = visitor;
}

/* `deep` is the row of the session when it is a deep one (n_views = 0). */
static void tally_session(tally *t, uint32_t n_views, uint32_t visitor, const td_funnel_row *deep) {
    t->n_visitors += visitor != t->last_visitor;
    t->last_visitor = visitor;
    if (n_views == 0) {
        tally_deep(t, deep, visitor);
        return;
    }
    t->n_views_only++;
    t->n_events[TD_VIEW] += n_views;
    t->n_bounces += n_views == 1;
}

/* Step 1. `deep` runs along: it moves on behind every deep session, in a group or not. */
static td_status tally_sessions(grouping *g, td_error *err) {
    for (uint32_t i = 0; i < g->n_groups; i++) {
        g->tallies[i].last_visitor = TD_CODE_NONE;
        g->tallies[i].last_buyer = TD_CODE_NONE;
    }
    const uint32_t *n_views = g->digest->n_views;
    const td_funnel_row *deep = g->digest->row;
    for (uint64_t s = 0; s < g->input->sessions->n; deep += n_views[s] == 0, s++) {
        uint32_t group = group_of(g, s);
        if (group == TD_CODE_NONE) continue;
        TD_CHECK(group < g->n_groups, err, TD_ERR_RANGE, "group code %u of session %llu, limit %u",
                 group, (unsigned long long)s, g->n_groups);
        tally_session(&g->tallies[group], n_views[s], g->input->sessions->visitor[s], deep);
    }
    return TD_OK;
}

/* Pairs. -------------------------------------------------------------------------------------- */

/* Sort pairs (key, group) by group, then key. Two stable sorts, the second one with the roles of
 * key and value exchanged; afterwards key = group, value = the old key. */
static td_status sort_pairs_by_group(grouping *g, td_error *err) {
    td_keyed *scratch = g->pair + g->n_pairs;
    TD_TRY(td_radix_sort(g->pair, scratch, g->n_pairs, NULL, err));
    for (uint64_t i = 0; i < g->n_pairs; i++) {
        g->pair[i] = (td_keyed){.key = g->pair[i].value, .value = g->pair[i].key};
    }
    return td_radix_sort(g->pair, scratch, g->n_pairs, NULL, err);
}

/* Step 2. ------------------------------------------------------------------------------------- */

/* One pair a transaction event of session s; its price, where known, is revenue. */
static td_status add_order_lines(grouping *g, uint64_t s, td_error *err) {
    const td_events *events = g->input->events;
    const uint32_t *begin = g->input->sessions->begin;
    uint32_t group = group_of(g, s);
    for (uint64_t i = begin[s]; i < begin[s + 1]; i++) {
        if (events->kind[i] != TD_TRANSACTION) continue;
        g->pair[g->n_pairs++] = (td_keyed){(uint64_t)events->transaction[i], group};
        if (g->input->price == NULL || g->input->price[i] < 0) continue;
        uint64_t *revenue = &g->tallies[group].revenue;
        TD_CHECK(!__builtin_add_overflow(*revenue, (uint64_t)g->input->price[i], revenue), err,
                 TD_ERR_RANGE, "revenue exceeds 64 bits");
    }
    return TD_OK;
}

/* Step 2. */
static td_status count_orders(grouping *g, td_error *err) {
    g->n_pairs = 0;
    for (uint64_t i = 0; i < g->digest->n_deep; i++) {
        uint32_t s = g->digest->deep[i];
        if ((g->digest->row[i].flags & TD_HAS_PURCHASE) == 0) continue;
        if (group_of(g, s) != TD_CODE_NONE) TD_TRY(add_order_lines(g, s, err));
    }
    TD_TRY(sort_pairs_by_group(g, err));
    for (uint64_t i = 0; i < g->n_pairs; i++) {
        const td_keyed *pair = &g->pair[i];
        int is_new = i == 0 || pair->key != pair[-1].key || pair->value != pair[-1].value;
        g->tallies[pair->key].n_orders += (uint64_t)is_new;
    }
    return TD_OK;
}

/* Step 3. ------------------------------------------------------------------------------------- */

static const struct {
    uint16_t flag; /* sessions that have this duration */
    td_event_kind from;
    td_event_kind to;
} durations[TD_N_DURATIONS] = {
    [TD_TIME_TO_CART] = {TD_VALID_CART, TD_VIEW, TD_ADDTOCART},
    [TD_TIME_TO_PURCHASE] = {TD_VALID_PURCHASE, TD_ADDTOCART, TD_TRANSACTION}};

/* Rank of quantile p percent among n values, from 1: ceil(n p / 100), in integers. */
static uint64_t quantile_rank(uint64_t n, int percent) {
    uint64_t p = (uint64_t)percent;
    return n / 100 * p + (n % 100 * p + 99) / 100;
}

/* n >= 1 pairs of one group, durations ascending. */
static void fill_duration(td_kpi_duration *out, const td_keyed *pair, uint64_t n) {
    out->n = n;
    for (int q = 0; q < TD_N_QUANTILES; q++) {
        out->quantile[q] = (int64_t)pair[quantile_rank(n, td_kpi_quantile_percent(q)) - 1].value;
    }
}

/* Step 3 for one of the two durations; groups without any keep n = 0 and no quantile. */
static td_status measure_duration(grouping *g, td_kpi_row *rows, td_kpi_duration_id id,
                                  td_error *err) {
    g->n_pairs = 0;
    for (uint64_t i = 0; i < g->digest->n_deep; i++) {
        uint32_t s = g->digest->deep[i];
        const td_funnel_row *row = &g->digest->row[i];
        if ((row->flags & durations[id].flag) == 0 || group_of(g, s) == TD_CODE_NONE) continue;
        int64_t ms = row->first_of_kind[durations[id].to] - row->first_of_kind[durations[id].from];
        g->pair[g->n_pairs++] = (td_keyed){(uint64_t)ms, group_of(g, s)};
    }
    TD_TRY(sort_pairs_by_group(g, err));
    for (uint32_t i = 0; i < g->n_groups; i++) {
        for (int q = 0; q < TD_N_QUANTILES; q++) rows[i].duration[id].quantile[q] = TD_NO_TIME;
    }
    for (uint64_t begin = 0, end = 0; begin < g->n_pairs; begin = end) {
        while (end < g->n_pairs && g->pair[end].key == g->pair[begin].key) end++;
        fill_duration(&rows[g->pair[begin].key].duration[id], g->pair + begin, end - begin);
    }
    return TD_OK;
}

/* Step 4. ------------------------------------------------------------------------------------- */

/* Count of the flag with this mask. */
static uint64_t flagged(const tally *t, int flag) {
    return t->n_flag[__builtin_ctz((unsigned)flag)];
}

/* Step 4. Flags of sessions of nothing but views were not tallied: has_view is theirs as well. */
static void fill_ratios(td_ratio *kpi, const tally *t, int has_prices) {
    const uint64_t *events = t->n_events;
    uint64_t n_sessions = t->n_views_only + t->n_deep;
    uint64_t n_has_view = t->n_views_only + flagged(t, TD_HAS_VIEW);
    kpi[TD_KPI_SESSIONS] = (td_ratio){n_sessions, 1};
    kpi[TD_KPI_VISITORS] = (td_ratio){t->n_visitors, 1};
    kpi[TD_KPI_EVENTS_VIEW] = (td_ratio){events[TD_VIEW], 1};
    kpi[TD_KPI_EVENTS_ADDTOCART] = (td_ratio){events[TD_ADDTOCART], 1};
    kpi[TD_KPI_EVENTS_TRANSACTION] = (td_ratio){events[TD_TRANSACTION], 1};
    kpi[TD_KPI_ORDERS] = (td_ratio){t->n_orders, 1};
    kpi[TD_KPI_ITEMS_PER_ORDER] = (td_ratio){events[TD_TRANSACTION], t->n_orders};
    kpi[TD_KPI_EVENTS_PER_SESSION] =
        (td_ratio){events[TD_VIEW] + events[TD_ADDTOCART] + events[TD_TRANSACTION], n_sessions};
    kpi[TD_KPI_BOUNCE_RATE] = (td_ratio){t->n_bounces, n_sessions};
    kpi[TD_KPI_VIEW_TO_CART] = (td_ratio){flagged(t, TD_VALID_CART), n_has_view};
    kpi[TD_KPI_CART_TO_PURCHASE] =
        (td_ratio){flagged(t, TD_VALID_PURCHASE), flagged(t, TD_HAS_CART)};
    kpi[TD_KPI_SESSION_CONVERSION] = (td_ratio){flagged(t, TD_HAS_PURCHASE), n_sessions};
    kpi[TD_KPI_CART_RATE] = (td_ratio){flagged(t, TD_HAS_CART), n_sessions};
    kpi[TD_KPI_CART_ABANDONMENT] = (td_ratio){t->n_abandoned, flagged(t, TD_HAS_CART)};
    kpi[TD_KPI_VISITOR_CONVERSION] = (td_ratio){t->n_buyers, t->n_visitors};
    kpi[TD_KPI_CART_WITHOUT_VIEW] = (td_ratio){flagged(t, TD_CART_WITHOUT_VIEW), 1};
    kpi[TD_KPI_PURCHASE_WITHOUT_CART] = (td_ratio){flagged(t, TD_PURCHASE_WITHOUT_CART), 1};
    kpi[TD_KPI_PURCHASE_WITHOUT_VIEW] = (td_ratio){flagged(t, TD_PURCHASE_WITHOUT_VIEW), 1};
    kpi[TD_KPI_REVENUE] = (td_ratio){t->revenue, has_prices ? 1000 : 0};
}

/* As many pairs as any of the steps can make: one a transaction event, or one a session with a
 * cart. */
static uint64_t max_pairs(const grouping *g) {
    uint64_t n_lines = 0;
    uint64_t n_carts = 0;
    for (uint32_t i = 0; i < g->n_groups; i++) {
        n_lines += g->tallies[i].n_events[TD_TRANSACTION];
        n_carts += flagged(&g->tallies[i], TD_HAS_CART);
    }
    return n_lines > n_carts ? n_lines : n_carts;
}

/* All steps; what they allocate is freed by the caller. */
static td_status count_steps(grouping *g, td_kpi_row *rows, td_error *err) {
    TD_NEW_ZEROED(g->tallies, g->n_groups, err);
    TD_TRY(tally_sessions(g, err));
    TD_NEW(g->pair, 2 * max_pairs(g), err);
    TD_TRY(count_orders(g, err));
    for (int id = 0; id < TD_N_DURATIONS; id++)
        TD_TRY(measure_duration(g, rows, (td_kpi_duration_id)id, err));
    for (uint32_t i = 0; i < g->n_groups; i++) {
        fill_ratios(rows[i].kpi, &g->tallies[i], g->input->price != NULL);
    }
    return TD_OK;
}

td_status td_kpi_group_digested(td_kpi_row *rows, uint32_t n_groups, const uint32_t *group,
                                const td_kpi_input *input, const td_kpi_digest *digest,
                                td_error *err) {
    memset(rows, 0, n_groups * sizeof *rows);
    grouping g = {.input = input, .digest = digest, .group = group, .n_groups = n_groups};
    td_status status = count_steps(&g, rows, err);
    td_mem_free(g.tallies);
    td_mem_free(g.pair);
    return status;
}

td_status td_kpi_group(td_kpi_row *rows, uint32_t n_groups, const uint32_t *group,
                       const td_kpi_input *input, td_error *err) {
    td_kpi_digest digest;
    TD_TRY(td_kpi_digest_build(&digest, input->funnel, NULL, err));
    td_status status = td_kpi_group_digested(rows, n_groups, group, input, &digest, err);
    td_kpi_digest_free(&digest);
    return status;
}

double td_ratio_value(td_ratio ratio) {
    if (ratio.denominator == 0) return NAN;
    return (double)ratio.numerator / (double)ratio.denominator;
}

int td_kpi_quantile_percent(int q) {
    static const int percent[TD_N_QUANTILES] = {10, 25, 50, 75, 90};
    return percent[q];
}
