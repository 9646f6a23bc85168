/* core/population.c: decision time, population and label of every session.
 *
 * Problem: a model is asked `decision_ms` after a session's start whether a purchase will still
 * come. A session enters the population when that question makes sense and its answer is known:
 *
 *     decision = start + decision_ms
 *     purchase_after:  not censored, no transaction with time <= decision;
 *                      label = a transaction in (decision, end]
 *     any_purchase:    every session; label = any transaction
 *
 * Since the population of purchase_after has no transaction up to the decision, its label is simply
 * "the session has a transaction": the first one can only come later.
 *
 * cut is the last visible time. With any_purchase it is the decision or 1 ms before the first
 * transaction, whichever is earlier; times are whole milliseconds, so "<= t - 1" is "< t". That cut
 * knows the future, as published work with this target does: the target exists for comparison only.
 *
 * A censored session (its end + gap lies beyond the log) may still go on, so its label is unknown;
 * a leak audit, which compares features and not labels, keeps it (keep_censored).
 *
 * Cost: O(sessions). It does not look at events: the funnel row holds the first transaction. */
#include "core/population.h"

#include "core/base/mem.h"

static const int64_t MAX_DECISION_MS = INT64_C(1000000000000); /* 31 years */

typedef enum fate { SCORED, CENSORED, BOUGHT_BEFORE } fate;

const char *td_target_name(td_target target) {
    return target == TD_ANY_PURCHASE ? "any_purchase" : "purchase_after";
}

td_population_rule td_population_rule_default(void) {
    return (td_population_rule){.decision_ms = TD_DEFAULT_DECISION_MS, .target = TD_PURCHASE_AFTER};
}

void td_population_free(td_population *population) {
    td_mem_free(population->session);
    td_mem_free(population->decision);
    td_mem_free(population->cut);
    td_mem_free(population->label);
    *population = (td_population){0};
}

static fate session_fate(const td_sessions *sessions, const td_funnel *funnel,
                         const td_population_rule *rule, uint64_t s) {
    if (rule->target == TD_ANY_PURCHASE) return SCORED;
    if (sessions->is_censored[s] && !rule->keep_censored) return CENSORED;
    int64_t bought = funnel->row[s].first_of_kind[TD_TRANSACTION];
    int is_early = bought != TD_NO_TIME && bought <= sessions->start[s] + rule->decision_ms;
    return is_early ? BOUGHT_BEFORE : SCORED;
}

static void fill_row(td_population *out, const td_sessions *sessions, const td_funnel *funnel,
                     uint64_t s) {
    uint64_t i = out->n++;
    int64_t decision = sessions->start[s] + out->rule.decision_ms;
    int64_t bought = funnel->row[s].first_of_kind[TD_TRANSACTION];
    int has_bought = bought != TD_NO_TIME;
    out->session[i] = (uint32_t)s;
    out->decision[i] = decision;
    out->cut[i] = has_bought && bought <= decision ? bought - 1 : decision;
    out->label[i] = (uint8_t)has_bought;
    out->n_positives += (uint64_t)has_bought;
}

static td_status allocate(td_population *out, uint64_t n, td_error *err) {
    TD_NEW(out->session, n, err);
    TD_NEW(out->decision, n, err);
    TD_NEW(out->cut, n, err);
    TD_NEW(out->label, n, err);
    return TD_OK;
}

static int is_between(const td_sessions *sessions, const td_population_rule *rule, uint64_t s,
                      td_decision_window window) {
    int64_t decision = sessions->start[s] + rule->decision_ms;
    return decision > window.after && decision <= window.until;
}

td_status td_population_build_between(td_population *out, const td_sessions *sessions,
                                      const td_funnel *funnel, const td_population_rule *rule,
                                      td_decision_window window, td_error *err) {
    *out = (td_population){.rule = *rule};
    TD_CHECK(rule->decision_ms >= 0 && rule->decision_ms <= MAX_DECISION_MS, err, TD_ERR_RANGE,
             "decision time %lld ms is outside 0 .. %lld", (long long)rule->decision_ms,
             (long long)MAX_DECISION_MS);
    TD_CHECK(funnel->n == sessions->n, err, TD_ERR_SHAPE, "%llu funnel rows for %llu sessions",
             (unsigned long long)funnel->n, (unsigned long long)sessions->n);
    uint64_t n = 0;
    for (uint64_t s = 0; s < sessions->n; s++) {
        n += (uint64_t)is_between(sessions, rule, s, window);
    }
    td_status status = allocate(out, n, err);
    if (status != TD_OK) {
        td_population_free(out);
        return status;
    }
    for (uint64_t s = 0; s < sessions->n; s++) {
        if (!is_between(sessions, rule, s, window)) continue;
        fate f = session_fate(sessions, funnel, rule, s);
        if (f == SCORED) fill_row(out, sessions, funnel, s);
        out->n_censored += f == CENSORED;
        out->n_bought_before += f == BOUGHT_BEFORE;
    }
    return TD_OK;
}

td_status td_population_build(td_population *out, const td_sessions *sessions,
                              const td_funnel *funnel, const td_population_rule *rule,
                              td_error *err) {
    td_decision_window all = {INT64_MIN, INT64_MAX};
    return td_population_build_between(out, sessions, funnel, rule, all, err);
}
