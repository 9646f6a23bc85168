/* core/population.h: who is scored, when, and what is to be predicted.
 *
 *     start                    decision = start + 300 s                         end
 *       |---- visible (prefix) ----|------------- label: a transaction here? ----|
 *
 * A session that ended before its decision stays: at the decision nobody knows that it ended. */
#ifndef TD_CORE_POPULATION_H
#define TD_CORE_POPULATION_H

#include <stdint.h>

#include "core/base/err.h"
#include "core/funnel.h"
#include "core/sessions.h"

#define TD_DEFAULT_DECISION_MS INT64_C(300000)

typedef enum td_target {
    TD_PURCHASE_AFTER = 0, /* a transaction in (decision, end]; sessions neither censored nor with a
                              transaction at or before the decision */
    TD_ANY_PURCHASE = 1    /* any transaction; all sessions; for comparison with published work */
} td_target;

/* "purchase_after", "any_purchase". */
const char *td_target_name(td_target target);

typedef struct td_population_rule {
    int64_t decision_ms; /* 0 .. 10^12, from the start */
    td_target target;
    int hide_cart;     /* cart events of the session itself are hidden from features */
    int keep_censored; /* leak audits: keep sessions whose label may be cut off */
} td_population_rule;

td_population_rule td_population_rule_default(void); /* 300 s, purchase_after, nothing hidden */

typedef struct td_population {
    td_population_rule rule;
    uint64_t n;
    uint32_t *session; /* [n] ascending */
    int64_t *decision; /* [n] ms */
    int64_t *cut;   /* [n] ms, last visible time: the decision; for any_purchase at most 1 ms before
                     the first transaction */
    uint8_t *label; /* [n] 0 or 1 */
    uint64_t n_positives;
    uint64_t n_censored;      /* sessions left out because they are censored */
    uint64_t n_bought_before; /* sessions left out because of a transaction <= decision */
} td_population;

void td_population_free(td_population *population);

/* sessions->n = n + n_censored + n_bought_before (a session that is both counts as censored).
 * *out owned*, the rest borrowed. O(sessions). TD_ERR_RANGE for an impossible decision time. */
td_status td_population_build(td_population *out, const td_sessions *sessions,
                              const td_funnel *funnel, const td_population_rule *rule,
                              td_error *err) TD_MUST_USE;

/* Decisions later than `after` and not later than `until`, ms. */
typedef struct td_decision_window {
    int64_t after;
    int64_t until;
} td_decision_window;

/* The part of it that is decided in the window; n_censored and n_bought_before count within it.
 * Takes memory for that part alone. */
td_status td_population_build_between(td_population *out, const td_sessions *sessions,
                                      const td_funnel *funnel, const td_population_rule *rule,
                                      td_decision_window window, td_error *err) TD_MUST_USE;

#endif
