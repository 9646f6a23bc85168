/* datasets/synth_measure.c: counts of a synthetic shop, and how well its truth ranks its outcomes.
 *
 * Problem: a model trained on the shop is judged against the best possible score, the true
 * probability p0 itself; its ROC AUC and average precision are the ceiling.
 *
 * 1. Events, orders, items (a flag per rank) and sessions are counted.
 * 2. The distinct values of p0 on the population are numbered in ascending order; per value the
 *    positives P_k and negatives N_k are counted.
 * 3. With sums over all values:
 *        AUC = sum_k P_k (N_1 + .. + N_(k-1) + N_k / 2) / (P N)
 *        AP  = sum over k descending of P_k / P * precision(all values >= k)
 *    so that a block of equal values counts as one step of the curve.
 *
 * Cost: O(events + sessions). */
#include <math.h>

#include "core/base/dict.h"
#include "core/base/mem.h"
#include "datasets/synth_shop.h"

/* Step 1, and what the property files know as of each event. */
static td_status count_events(td_synth_summary *summary, const td_synth_shop *shop, td_error *err) {
    uint8_t *is_seen;
    TD_NEW_ZEROED(is_seen, shop->world.catalog.n_items, err);
    for (uint64_t i = 0; i < shop->n_events; i++) {
        const td_synth_event *event = &shop->event[i];
        summary->n_rows += event->n_rows;
        summary->n_events[event->kind]++;
        summary->n_items += !is_seen[event->rank];
        is_seen[event->rank] = 1;
        td_synth_offer offer =
            td_synth_offer_at(&shop->world.catalog, event->rank, event->timestamp);
        summary->n_category_known += offer.has_category;
        summary->n_availability_known += offer.is_listed;
    }
    td_mem_free(is_seen);
    return TD_OK;
}

/* As td_population_build decides: neither censored nor bought before the decision. */
static int is_in_population(const td_synth_session *session) {
    return !session->is_censored && !session->has_early_purchase;
}

/* Means of the true probabilities: integers are summed, so no order of additions matters; 2^64
 * billionths are enough for 10^10 sessions. */
static void count_sessions(td_synth_summary *summary, const td_synth_shop *shop) {
    uint64_t sum_p0 = 0;
    uint64_t sum_p1 = 0;
    uint64_t n_negative_effects = 0;
    for (uint64_t i = 0; i < shop->n_sessions; i++) {
        const td_synth_session *session = &shop->session[i];
        if (!is_in_population(session)) continue;
        summary->n_population++;
        summary->n_positives += session->y0;
        sum_p0 += session->p0;
        sum_p1 += session->p1;
        n_negative_effects += session->p1 < session->p0;
    }
    double n = summary->n_population > 0 ? (double)summary->n_population : 1;
    summary->mean_p0 = (double)sum_p0 * 1e-9 / n;
    summary->mean_p1 = (double)sum_p1 * 1e-9 / n;
    summary->share_negative_effect = (double)n_negative_effects / n;
}

/* Outcomes at one value of p0. */
typedef struct value_count {
    uint64_t n_positive;
    uint64_t n_negative;
} value_count;

/* Step 3, from the highest value down. A positive beats the negatives of all lower values and half
 * of those of its own:
 *
 *     negatives below = N - above - here     ->  AUC += here+ * (N - above - here- / 2)
 *
 * and precision is read after the whole block. Sums of halves are exact below 2^52 pairs of rows.
 */
static void rank_values(td_synth_summary *summary, const value_count *count, uint32_t n_values) {
    double n_positives = (double)summary->n_positives;
    double n_negatives = (double)(summary->n_population - summary->n_positives);
    uint64_t above_positive = 0;
    uint64_t above_negative = 0;
    double auc = 0;
    double precision_sum = 0;
    for (uint32_t k = n_values; k-- > 0;) {
        double here = (double)count[k].n_positive;
        auc += here * (n_negatives - (double)above_negative - 0.5 * (double)count[k].n_negative);
        above_positive += count[k].n_positive;
        above_negative += count[k].n_negative;
        precision_sum += here * (double)above_positive / (double)(above_positive + above_negative);
    }
    int is_defined = n_positives > 0 && n_negatives > 0;
    summary->truth_auc = is_defined ? auc / (n_positives * n_negatives) : (double)NAN;
    summary->truth_average_precision = is_defined ? precision_sum / n_positives : (double)NAN;
}

/* p0 and y0 of the population, in session order. */
static void collect(int64_t *p0, uint8_t *y0, const td_synth_shop *shop) {
    uint64_t n = 0;
    for (uint64_t i = 0; i < shop->n_sessions; i++) {
        if (!is_in_population(&shop->session[i])) continue;
        p0[n] = shop->session[i].p0;
        y0[n++] = shop->session[i].y0;
    }
}

/* Step 2: outcomes by value of p0. */
static td_status count_values(td_synth_summary *summary, const uint32_t *code, const uint8_t *y0,
                              uint32_t n_values, td_error *err) {
    value_count *count;
    TD_NEW_ZEROED(count, n_values, err);
    for (uint64_t i = 0; i < summary->n_population; i++) {
        if (y0[i]) {
            count[code[i]].n_positive++;
        } else {
            count[code[i]].n_negative++;
        }
    }
    rank_values(summary, count, n_values);
    td_mem_free(count);
    return TD_OK;
}

/* Steps 2 and 3 in memory of 13 bytes a session. */
static td_status rank_truth(td_synth_summary *summary, const td_synth_shop *shop,
                            const td_exec *exec, td_error *err) {
    uint64_t n = summary->n_population;
    int64_t *p0 = td_mem_array(n, sizeof *p0, err);
    uint8_t *y0 = td_mem_array(n, sizeof *y0, err);
    uint32_t *code = td_mem_array(n, sizeof *code, err);
    td_iddict values = {0};
    td_status status = TD_ERR_NOMEM;
    if (p0 != NULL && y0 != NULL && code != NULL) {
        collect(p0, y0, shop);
        status = td_iddict_build(&values, code, p0, n, exec, err);
    }
    if (status == TD_OK) status = count_values(summary, code, y0, values.n, err);
    td_iddict_free(&values);
    td_mem_free(p0);
    td_mem_free(y0);
    td_mem_free(code);
    return status;
}

td_status td_synth_summarize(td_synth_summary *summary, const td_synth_shop *shop,
                             const td_exec *exec, td_error *err) {
    *summary = (td_synth_summary){.n_visitors = shop->world.n_visitors,
                                  .n_sessions = shop->n_sessions,
                                  .n_orders = shop->n_orders,
                                  .n_categories = TD_SYNTH_N_CATEGORIES};
    TD_TRY(count_events(summary, shop, err));
    summary->n_duplicates = summary->n_rows - shop->n_events;
    count_sessions(summary, shop);
    return rank_truth(summary, shop, exec, err);
}
