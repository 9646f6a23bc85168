/* core/leak_cuts.c: the decision times at which the leak audit cuts the log.
 *
 * Problem: cutting at each decision costs two engine runs a session. The cuts have to be few, and
 * still any leak that touches a good share of the sessions must be met.
 *
 *   1. decisions in the order of time, cut into n strata of equal number;
 *   2. one decision drawn from each, so that no stretch of time is left out:
 *
 *          decisions   .  . .|.. .  |  . ...|. .  .        one cut a stratum
 *          cuts          ^      ^       ^      ^
 *
 * A leak that touches the share q_i of stratum i stays unmet with probability prod (1 - q_i), which
 * is at most (1 - q)^n with q their mean, by the inequality of the arithmetic and geometric means
 * (td_leak_share_bound turns this round). Drawing from the whole would give (1 - q)^n itself.
 *
 * Cost: a radix sort of the decisions. Depends on the seed alone, not on the thread count. */
#include "core/base/mem.h"
#include "core/base/rng.h"
#include "core/leak_audit.h"
#include "core/order.h"

/* Ascending decision times, drawn or all; equal neighbours are one cut. */
static uint64_t pick_cuts(int64_t *cut, const int64_t *decision, const uint32_t *order, uint64_t n,
                          uint64_t n_strata, td_rng *rng) {
    uint64_t n_cuts = 0;
    for (uint64_t i = 0; i < n_strata; i++) {
        uint64_t from = n * i / n_strata;
        uint64_t to = n * (i + 1) / n_strata;
        int64_t at = decision[order[from + td_rng_below(rng, to - from)]];
        if (n_cuts == 0 || at > cut[n_cuts - 1]) cut[n_cuts++] = at;
    }
    return n_cuts;
}

td_status td_leak_cuts(int64_t **cut, uint64_t *n_cuts, const td_leak_source *source,
                       uint64_t n_wanted, td_error *err) {
    const td_population *population = source->inputs.population;
    uint64_t n = population->n;
    uint64_t n_events = source->inputs.events->n;
    TD_CHECK(n > 0, err, TD_ERR_SHAPE, "no session to audit: the population is empty");
    TD_CHECK(n_wanted != TD_LEAK_ALL_CUTS || n_events <= TD_LEAK_MAX_EVENTS_ALL, err, TD_ERR_RANGE,
             "%llu events: every decision time is cut at only up to %llu events",
             (unsigned long long)n_events, (unsigned long long)TD_LEAK_MAX_EVENTS_ALL);
    uint64_t n_strata = n_wanted == TD_LEAK_ALL_CUTS || n_wanted > n ? n : n_wanted;
    uint32_t *order;
    TD_TRY(td_order_by_time(&order, population->decision, n, NULL, err));
    *cut = td_mem_array(n_strata, sizeof **cut, err);
    if (*cut != NULL) {
        td_rng rng = td_rng_stream(source->seed, "leak cuts", 0, 0);
        *n_cuts = pick_cuts(*cut, population->decision, order, n, n_strata, &rng);
    }
    td_mem_free(order);
    return *cut == NULL ? TD_ERR_NOMEM : TD_OK;
}
