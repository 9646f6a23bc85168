/* bench/check_synth.c: does the synthetic shop of the retailrocket preset meet the marginals that
 * were published for the original log, each within 5 %?
 *
 *     check_synth [SEED [SCALE]]
 *
 * 1. Build the shop in memory, take its rows through the ordinary engine (events, sessions,
 * funnel).
 * 2. Print one line a figure: published (times SCALE where it is a count), own, deviation.
 * 3. Exit 1 when a deviation is greater than 5 %.
 *
 * Published figures: several independent analyses of the RetailRocket log; see
 * datasets/retailrocket/README.md. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/base/mem.h"
#include "core/funnel.h"
#include "datasets/synth.h"
#include "datasets/synth_catalog.h"
#include "io/file.h"

#define TOLERANCE 0.05

typedef struct checker {
    double scale;
    int n_failed;
} checker;

static void check(checker *c, const char *name, double published, double own) {
    double deviation = own / published - 1;
    int is_met = fabs(deviation) <= TOLERANCE;
    c->n_failed += !is_met;
    printf("%-44s %14.4f %14.4f %+7.2f %% %s\n", name, published, own, 100 * deviation,
           is_met ? "" : "MISSED");
}

static void check_count(checker *c, const char *name, double published, uint64_t own) {
    check(c, name, published * c->scale, (double)own);
}

static int ascending(const void *a, const void *b) {
    int64_t x = *(const int64_t *)a;
    int64_t y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* Order statistic ceil(n p), seconds. */
static double quantile_s(int64_t *ms, uint64_t n, double p) {
    qsort(ms, n, sizeof *ms, ascending);
    return n > 0 ? (double)ms[(uint64_t)ceil((double)n * p) - 1] / 1000 : 0;
}

static void check_medians(checker *c, const td_funnel *funnel) {
    int64_t *to_cart = td_mem_array(funnel->n, sizeof *to_cart, NULL);
    int64_t *to_purchase = td_mem_array(funnel->n, sizeof *to_purchase, NULL);
    if (to_cart == NULL || to_purchase == NULL) exit(1);
    uint64_t n_cart = 0;
    uint64_t n_purchase = 0;
    for (uint64_t s = 0; s < funnel->n; s++) {
        const td_funnel_row *row = &funnel->row[s];
        const int64_t *first = row->first_of_kind;
        if (row->flags & TD_VALID_CART) to_cart[n_cart++] = first[TD_ADDTOCART] - first[TD_VIEW];
        if (row->flags & TD_VALID_PURCHASE) {
            to_purchase[n_purchase++] = first[TD_TRANSACTION] - first[TD_ADDTOCART];
        }
    }
    check(c, "median view to cart, s", 124, quantile_s(to_cart, n_cart, 0.5));
    check(c, "median cart to purchase, s", 262, quantile_s(to_purchase, n_purchase, 0.5));
    td_mem_free(to_cart);
    td_mem_free(to_purchase);
}

static void check_sessions(checker *c, const td_sessions *sessions, const td_funnel *funnel) {
    uint64_t n_single = 0;
    uint64_t n_cart = 0;
    uint64_t n_purchase = 0;
    uint64_t n_no_cart = 0;
    uint64_t longest = 0;
    for (uint64_t s = 0; s < sessions->n; s++) {
        uint64_t n = sessions->begin[s + 1] - sessions->begin[s];
        uint16_t flags = funnel->row[s].flags;
        n_single += n == 1;
        n_cart += (flags & TD_HAS_CART) != 0;
        n_purchase += (flags & TD_HAS_PURCHASE) != 0;
        n_no_cart += (flags & (TD_HAS_PURCHASE | TD_HAS_CART)) == TD_HAS_PURCHASE;
        if (n > longest) longest = n;
    }
    double n = (double)sessions->n;
    check_count(c, "sessions", 1761675, sessions->n);
    check(c, "single-event sessions, share", 0.7827, (double)n_single / n);
    check(c, "events per session", 1.564, (double)sessions->begin[sessions->n] / n);
    check(c, "longest session, events", 417, (double)longest);
    check_count(c, "sessions with a cart", 43924, n_cart);
    check_count(c, "sessions with a transaction", 14297, n_purchase);
    check_count(c, "of them without a cart", 2365, n_no_cart);
    check(c, "session conversion", 0.00812, (double)n_purchase / n);
}

static void check_visitors(checker *c, const td_events *events) {
    uint64_t *n = td_mem_zeroed(events->visitors.n, sizeof *n, NULL);
    if (n == NULL) exit(1);
    uint64_t top[3] = {0};
    for (uint64_t i = 0; i < events->n; i++) n[events->visitor[i]]++;
    for (uint32_t v = 0; v < events->visitors.n; v++) {
        uint64_t value = n[v];
        for (int k = 0; k < 3; k++) {
            uint64_t smaller = value < top[k] ? value : top[k];
            if (value > top[k]) top[k] = value;
            value = smaller;
        }
    }
    td_mem_free(n);
    check_count(c, "visitors", 1407580, events->visitors.n);
    check_count(c, "items", 235061, events->items.n);
    check(c, "events of the heaviest visitor", 7757, (double)top[0]);
    check(c, "of the second", 4328, (double)top[1]);
    check(c, "of the third", 3024, (double)top[2]);
}

static void check_summary(checker *c, const td_synth_summary *s) {
    check_count(c, "rows", 2756101, s->n_rows);
    check_count(c, "exact copies", 460, s->n_duplicates);
    check_count(c, "view", 2664218, s->n_events[TD_VIEW]);
    check_count(c, "addtocart", 68966, s->n_events[TD_ADDTOCART]);
    check_count(c, "transaction", 22457, s->n_events[TD_TRANSACTION]);
    check_count(c, "orders", 17672, s->n_orders);
    double n = (double)(s->n_rows - s->n_duplicates);
    check(c, "category known as of the event, share", 0.7616, (double)s->n_category_known / n);
    check(c, "availability known, share", 0.8070, (double)s->n_availability_known / n);
    printf("  truth: base %.5f  effect %+.4f  negative %.4f  auc %.4f  ap %.4f\n", s->mean_p0,
           s->mean_p1 / s->mean_p0 - 1, s->share_negative_effect, s->truth_auc,
           s->truth_average_precision);
}

/* The whole road of one log; every step that fails ends the program with its message. */
static td_status check_shop(checker *c, const td_synth_shop *shop, const td_exec *exec,
                            td_error *err) {
    td_synth_summary summary;
    td_raw_events raw;
    td_events events;
    td_sessions sessions;
    td_funnel funnel;
    uint64_t *duplicate;
    uint64_t n_duplicates;
    TD_TRY(td_synth_summarize(&summary, shop, exec, err));
    TD_TRY(td_synth_raw_events(&raw, shop, err));
    TD_TRY(td_events_build(&events, &duplicate, &n_duplicates, &raw, exec, err));
    TD_TRY(td_sessions_build(&sessions, &events, TD_DEFAULT_GAP_MS, exec, err));
    TD_TRY(td_funnel_build(&funnel, &events, &sessions, exec, err));
    check_summary(c, &summary);
    check_visitors(c, &events);
    check_sessions(c, &sessions, &funnel);
    check_medians(c, &funnel);
    td_mem_free(duplicate);
    td_funnel_free(&funnel);
    td_sessions_free(&sessions);
    td_events_free(&events);
    return TD_OK;
}

int main(int argc, char **argv) {
    td_synth_params params = td_synth_params_default(TD_SYNTH_RETAILROCKET);
    if (argc > 1) params.seed = strtoull(argv[1], NULL, 10);
    if (argc > 2) params.scale = strtod(argv[2], NULL);
    const td_exec exec = {.n_threads = td_system_cores()};
    checker c = {.scale = params.scale};
    td_error err = {0};
    td_synth_shop *shop = NULL;
    printf("%-44s %14s %14s %9s\n", "figure", "published", "own", "deviation");
    td_status status = td_synth_build(&shop, &params, &exec, &err);
    if (status == TD_OK) status = check_shop(&c, shop, &exec, &err);
    td_synth_free(shop);
    if (status != TD_OK) {
        fprintf(stderr, "check_synth: %s\n", err.text);
        return 1;
    }
    return c.n_failed > 0;
}
