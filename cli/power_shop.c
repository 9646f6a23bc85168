/* cli/power_shop.c: what a shop's log says about an experiment that is to run in it.
 *
 *     unit visitor   baseline = visitors with a purchase / visitors
 *     unit session   baseline = sessions with a purchase / sessions; sessions of one visitor belong
 *                    to one arm, so their ICC gives the design effect
 *
 *   1. events.csv -> sessions -> funnel (shop.c).
 *   2. Per visitor: sessions, and sessions with a purchase.
 *   3. Units a day = units / length of the log in days. Visitors come back: for days of an
 *      experiment the distinct visitors in windows of the log are counted (stats/power_traffic).
 *
 * Cost: reading the log, then O(sessions). Bots and seasons are not looked for. */
#include <string.h>

#include "cli/power.h"
#include "core/base/mem.h"

#define MS_PER_DAY 86400000.0

/* Per visitor: counts, and the same as doubles for the ratio's moments. */
typedef struct visitors {
    uint64_t n, n_buyers;
    uint64_t *size, *hits;      /* [n] sessions, sessions with a purchase */
    double *bought, *n_session; /* [n] */
} visitors;

static void free_visitors(visitors *v) {
    td_mem_free(v->size);
    td_mem_free(v->hits);
    td_mem_free(v->bought);
    td_mem_free(v->n_session);
}

static td_status count_visitors(visitors *v, const td_shop *shop, td_error *err) {
    v->n = shop->log.events.visitors.n;
    TD_NEW_ZEROED(v->size, v->n, err);
    TD_NEW_ZEROED(v->hits, v->n, err);
    TD_NEW_ZEROED(v->bought, v->n, err);
    TD_NEW_ZEROED(v->n_session, v->n, err);
    for (uint64_t s = 0; s < shop->sessions.n; s++) {
        uint32_t visitor = shop->sessions.visitor[s];
        v->size[visitor]++;
        if (shop->funnel.row[s].flags & TD_HAS_PURCHASE) v->hits[visitor]++;
    }
    for (uint64_t i = 0; i < v->n; i++) {
        v->n_buyers += v->hits[i] > 0;
        v->bought[i] = (double)v->hits[i];
        v->n_session[i] = (double)v->size[i];
    }
    return TD_OK;
}

/* Step 3. Days are counted from the first event, a last day that is not whole is left out. */
static td_status count_days(td_power_report *report, const td_shop *shop, td_error *err) {
    const td_events *events = &shop->log.events;
    uint32_t *visitor, *day;
    td_visits visits = {0};
    double days = (double)(events->last_timestamp - events->first_timestamp) / MS_PER_DAY;
    visits.n_days = (uint32_t)days;
    if (visits.n_days == 0) return TD_OK;
    visitor = td_arena_array(&report->arena, shop->sessions.n, sizeof *visitor, err);
    if (visitor == NULL) return TD_ERR_NOMEM;
    day = td_arena_array(&report->arena, shop->sessions.n, sizeof *day, err);
    if (day == NULL) return TD_ERR_NOMEM;
    for (uint64_t s = 0; s < shop->sessions.n; s++) {
        int64_t since = shop->sessions.start[s] - events->first_timestamp;
        uint32_t at = (uint32_t)((double)since / MS_PER_DAY);
        if (at >= visits.n_days) continue;
        visitor[visits.n] = shop->sessions.visitor[s];
        day[visits.n++] = at;
    }
    visits.visitor = visitor;
    visits.day = day;
    double *mean = td_arena_array(&report->arena, visits.n_days, sizeof *mean, err);
    if (mean == NULL) return TD_ERR_NOMEM;
    report->traffic.n_days = visits.n_days;
    report->traffic.distinct = mean;
    return td_traffic_curve(mean, &visits, err);
}

static td_status measure(td_power_report *report, visitors *v, const td_shop *shop, td_error *err) {
    const td_power_options *o = report->options;
    td_power_traffic *out = &report->traffic;
    const td_events *events = &shop->log.events;
    TD_CHECK(events->n > 0, err, TD_ERR_NUMERIC, "%s: the log has no events", o->data);
    TD_TRY(count_visitors(v, shop, err));
    double days = (double)(events->last_timestamp - events->first_timestamp) / MS_PER_DAY;
    TD_CHECK(days > 0, err, TD_ERR_NUMERIC, "%s: the log has no length: no traffic a day", o->data);
    TD_TRY(td_ratio_moments_of(&out->moments, v->bought, v->n_session, v->n, err));
    int is_session = strcmp(o->unit, "session") == 0 && strcmp(report->kind, "ratio") != 0;
    double n = is_session ? (double)shop->sessions.n : (double)v->n;
    out->baseline =
        is_session ? out->moments.mean_n / out->moments.mean_d : (double)v->n_buyers / n;
    out->per_day = n / days;
    TD_CHECK(v->n_buyers > 0, err, TD_ERR_NUMERIC, "%s: nobody bought: there is no baseline",
             o->data);
    if (!is_session) return count_days(report, shop, err);
    return td_cluster_effect_of(&out->cluster, v->size, v->hits, v->n, err);
}

td_status td_power_read_shop(td_power_report *report, const td_cli *cli, td_error *err) {
    const td_power_options *options = report->options;
    td_shop shop = {0};
    visitors v = {0};
    td_status status = td_shop_open(&shop, options->data, &options->cleaning, &cli->exec, err);
    if (status == TD_OK) status = td_shop_cut_sessions(&shop, options->gap_s, &cli->exec, err);
    if (status == TD_OK) status = measure(report, &v, &shop, err);
    free_visitors(&v);
    td_shop_free(&shop);
    return status;
}
