/* cli/run_money.c: the top of the ranking in money.
 *
 * Problem: the hundred best-scored sessions hold so many purchases; what were these worth?
 *   1. A test session earns the prices of the items in its transaction rows, as of each row. For
 *      the target purchase_after only rows later than the decision count, which are those that the
 *      label speaks of; for any_purchase all of them.
 *   2. The revenue of the k best sessions is added up in the order of the score, sessions of one
 *      score credited by their mean (stats/operating): the same rule as for the purchases.
 *
 *      session   |view  view | cart  buy 12.500  buy (no price) |
 *                            ^ decision          earns 12500 thousandths, one row is unpriced
 *
 * Amounts are whole thousandths and added as integers; only a cut inside a block of equal scores
 * makes a fraction. Rows are counted one by one: that the log has no quantities is the shop's word.
 * Cost: O(events of the test sessions + rows). There is no interval: money per session has few and
 * heavy values, and percentiles of it hold too seldom to be printed. */
#include "cli/run_money.h"

#include "core/base/mem.h"
#include "stats/operating.h"

/* Test rows side by side; freed at the end. */
typedef struct earnings {
    uint64_t n;
    int64_t *amount; /* [n] thousandths */
    double *score, *label;
} earnings;

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

static td_status earn(earnings *test, td_run_money *money, const td_run *run, td_error *err) {
    for (uint64_t i = 0; i < run->scored.set.n; i++) {
        if (run->scored.split.part[i] != TD_TEST) continue;
        test->label[test->n] = run->scored.set.label[i];
        TD_TRY(add_session(money, &test->amount[test->n++], run, i, err));
    }
    return TD_OK;
}

/* Revenue at the cuts of one model's evaluation. */
static td_status measure(td_run_money *money, const earnings *test, const td_run *run,
                         td_run_model model, td_error *err) {
    const td_evaluation *evaluation = &run->evaluation[model][TD_TEST];
    uint64_t n = 0;
    for (uint64_t i = 0; i < run->scored.set.n; i++) {
        if (run->scored.split.part[i] == TD_TEST) test->score[n++] = run->score[model][i];
    }
    td_ranking ranking = {0};
    TD_TRY(td_ranking_build(&ranking, test->score, test->label, n, &run->cli->exec, err));
    for (uint32_t c = 0; c < evaluation->n_cuts; c++)
        money->at[model][c] = td_top_amount_of(&ranking, test->amount, evaluation->at[c].k);
    td_ranking_free(&ranking);
    return TD_OK;
}

static td_status count(earnings *test, td_run_money *money, const td_run *run, td_error *err) {
    uint64_t n = run->scored.split.n_of_part[TD_TEST];
    TD_NEW(test->amount, n, err);
    TD_NEW(test->score, n, err);
    TD_NEW(test->label, n, err);
    TD_TRY(earn(test, money, run, err));
    for (int m = 0; m < TD_N_RUN_MODELS; m++)
        TD_TRY(measure(money, test, run, (td_run_model)m, err));
    return TD_OK;
}

td_status td_run_money_count(td_run *run, td_error *err) {
    if (run->price == NULL) return TD_OK;
    TD_NEW_ZEROED(run->money, 1, err);
    earnings test = {0};
    td_status status = count(&test, run->money, run, err);
    td_mem_free(test.amount);
    td_mem_free(test.score);
    td_mem_free(test.label);
    td_mem_free(run->price);
    run->price = NULL;
    return status;
}

td_metric td_run_money_share(const td_run_money *money, td_run_model model, uint32_t i) {
    td_metric found = money->at[model][i];
    if (!td_metric_is_defined(found)) return found;
    if (money->total == 0) return td_metric_undefined("no purchase has a price");
    return td_metric_of(found.value / (double)money->total);
}
