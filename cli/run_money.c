/* cli/run_money.c: the top of the ranking in money.
 *
 * Problem: the hundred best-scored sessions hold so many purchases; what were these worth?
 *   1. A test session earns the prices of the items in its transaction rows, as of each row. For
 *      the target purchase_after only rows later than the decision count, which are those that the
 *      label speaks of; for any_purchase all of them.
 *   2. The assessment (run_assess.c) adds up the revenue of the k best sessions, sessions of one
 *      score credited by their mean: the same rule as for the purchases, with the same draws.
 *
 *      session   |view  view | cart  buy 12.500  buy (no price) |
 *                            ^ decision          earns 12500 thousandths, one row is unpriced
 *
 * Amounts are whole thousandths and added as integers; only a cut inside a block of equal scores
 * makes a fraction. Rows are counted one by one: that the log has no quantities is the shop's word.
 * Cost: O(events of the test sessions + rows). Money per session has few and heavy values: its
 * intervals hold less often than they say (docs/evaluation.md). */
#include "cli/run_money.h"

#include "core/base/mem.h"

/* Prices of the transaction rows of population row i that its label speaks of. */
static td_status add_session(td_run_money *money, int64_t *amount, const td_run *run, uint64_t i,
                             td_error *err) {
    const td_events *events = &run->shop.log.events;
    const td_sessions *sessions = &run->shop.sessions;
    const td_population *population = &run->scored.population;
    int is_any = population->rule.target == TD_ANY_PURCHASE;
    uint32_t s = population->session[i];
    *amount = 0;
    for (uint32_t e = sessions->begin[s]; e < sessions->begin[s + 1]; e++) {
        if (events->kind[e] != TD_TRANSACTION) continue;
        if (!is_any && events->timestamp[e] <= population->decision[i]) continue;
        money->n_purchases++;
        if (run->price[e] < 0) {
            money->n_unpriced++;
            continue;
        }
        *amount += run->price[e];
        TD_CHECK(!__builtin_add_overflow(money->total, run->price[e], &money->total), err,
                 TD_ERR_RANGE, "the revenue of the test sessions exceeds 64 bits");
    }
    return TD_OK;
}

static td_status count(td_run_money *money, const td_run *run, td_error *err) {
    uint64_t n = 0;
    TD_NEW(money->amount, run->scored.split.n_of_part[TD_TEST], err);
    for (uint64_t i = 0; i < run->scored.set.n; i++) {
        if (run->scored.split.part[i] != TD_TEST) continue;
        TD_TRY(add_session(money, &money->amount[n++], run, i, err));
    }
    return TD_OK;
}

td_status td_run_money_count(td_run *run, td_error *err) {
    if (run->price == NULL) return TD_OK;
    TD_NEW_ZEROED(run->money, 1, err);
    td_status status = count(run->money, run, err);
    td_mem_free(run->price);
    run->price = NULL;
    return status;
}

void td_run_money_free(td_run *run) {
    if (run->money != NULL) td_mem_free(run->money->amount);
    td_mem_free(run->money);
    run->money = NULL;
}
