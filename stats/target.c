/* stats/target.c: the upgrades of all rows, best gain per price first.
 *
 * Problem: choose an arm a for each of n rows so that sum (v s_a - c_a) is largest and the sum of
 * prices p_a (the costs, or 1 a row) stays within a budget; arm 0 gains and costs nothing.
 *   1. Per row, the upper hull of the points (p_a, v s_a - c_a) from (0, 0) on: an arm of a higher
 *      price than another that gains less is never right at any budget.
 *
 *        net |        . B            slopes fall along the hull: first 0 -> A, then A -> B
 *            |   . A
 *            |          . C          C is dearer than B and gains less: never
 *            +-------------- price
 *
 *   2. Each edge of the hull is an upgrade with a gain per price (infinite where that is 0).
 *      One sort of all upgrades, highest first, equal ones by row.
 *   3. Take them in this order until the next does not fit. Within a row slopes fall, so its
 *      upgrades come in their order. At every prefix the choice is the best for the money spent; at
 *      most the price of one upgrade is left over.
 * With two arms of one cost this is the ranking by score, cut where the budget ends or the next row
 * gains less than it costs.
 * Cost: O(n arms^2) for the hulls (arms are few) and a radix sort.
 * It does not look for whole-number combinations that use up the last bit of the budget.
 *
 * Reference: Sverdrup, Wu, Athey and Wager (2023), arXiv:2306.11979; Sinha and Zoltners (1979),
 * doi:10.1287/opre.27.3.503 (multiple-choice knapsack). */
#include "stats/target.h"

#include <math.h>

#include "core/base/mem.h"
#include "stats/ranking.h"

/* One edge of a row's hull. */
typedef struct upgrade {
    uint32_t row;
    uint32_t arm; /* that the row has afterwards */
    double price; /* more than before */
} upgrade;

typedef struct builder {
    const td_target_question *question;
    uint64_t n;    /* upgrades so far */
    upgrade *edge; /* [n_rows * (n_arms - 1)] */
    double *slope; /* gain per cost */
    double *label; /* zeros: the sort of stats/ranking wants one */
    td_ranking order;
} builder;

static td_status check(const td_target_question *q, td_error *err) {
    TD_CHECK(q->n_arms >= 2 && q->n_arms <= TD_MAX_POLICY_ARMS, err, TD_ERR_ARG,
             "%u arms, 2 to %d can be chosen from", q->n_arms, TD_MAX_POLICY_ARMS);
    TD_CHECK(!q->is_forced || q->n_arms == 2, err, TD_ERR_ARG,
             "only two arms can be ranked without their worth");
    TD_CHECK(q->budget >= 0.0, err, TD_ERR_ARG, "a budget of %g is below 0", q->budget);
    TD_CHECK(q->n <= UINT32_MAX / q->n_arms, err, TD_ERR_RANGE, "too many rows: %llu",
             (unsigned long long)q->n);
    for (uint32_t a = 1; a < q->n_arms; a++) {
        double price = q->price != NULL ? q->price[a] : 0.0;
        TD_CHECK(price >= 0.0 && price - price == 0.0, err, TD_ERR_ARG,
                 "a price of %g is not a number from 0 on", price);
        TD_CHECK(q->cost[a] >= 0.0 && q->cost[a] - q->cost[a] == 0.0, err, TD_ERR_ARG,
                 "a cost of %g is not a number from 0 on", q->cost[a]);
        for (uint64_t i = 0; i < q->n; i++)
            TD_CHECK(q->score[a - 1][i] - q->score[a - 1][i] == 0.0, err, TD_ERR_RANGE,
                     "score of row %llu is %g, must be a finite number", (unsigned long long)i + 1,
                     q->score[a - 1][i]);
    }
    return TD_OK;
}

/* Step 1: from the present arm the steepest way up; of equal slopes the farther one. */
static void add_row(builder *work, uint64_t row) {
    const td_target_question *q = work->question;
    const double *price = q->price != NULL ? q->price : q->cost;
    double net = 0.0, paid = 0.0;
    for (;;) {
        uint32_t best = 0;
        double best_slope = q->is_forced ? -HUGE_VAL : 0.0, best_net = net;
        for (uint32_t a = 1; a < q->n_arms; a++) {
            double more_net = q->value * q->score[a - 1][row] - q->cost[a] - net;
            double more = price[a] - paid;
            if (more < 0.0 || (more == 0.0 && more_net <= 0.0)) continue;
            double slope = more > 0.0 ? more_net / more : HUGE_VAL;
            int is_farther = slope == best_slope && net + more_net > best_net;
            if (slope <= best_slope && !is_farther) continue;
            best = a;
            best_slope = slope;
            best_net = net + more_net;
        }
        if (best == 0) return;
        work->edge[work->n] = (upgrade){(uint32_t)row, best, price[best] - paid};
        work->slope[work->n++] = best_slope;
        net = best_net;
        paid = price[best];
        if (q->is_forced) return;
    }
}

/* Steps 2 and 3. */
static td_status choose(builder *work, uint32_t *action, double *spent, const td_exec *exec,
                        td_error *err) {
    const td_target_question *q = work->question;
    uint64_t most = q->n * (q->n_arms - 1);
    TD_NEW(work->edge, most, err);
    TD_NEW(work->slope, most, err);
    for (uint64_t i = 0; i < q->n; i++) {
        action[i] = 0;
        add_row(work, i);
    }
    TD_NEW_ZEROED(work->label, work->n, err);
    TD_TRY(td_ranking_build(&work->order, work->slope, work->label, work->n, exec, err));
    *spent = 0.0;
    for (uint64_t k = 0; k < work->n; k++) {
        upgrade next = work->edge[work->order.order[k]];
        if (*spent + next.price > q->budget * (1.0 + 1e-12)) break;
        *spent += next.price;
        action[next.row] = next.arm;
    }
    return TD_OK;
}

td_status td_target_choose(uint32_t *action, double *spent, const td_target_question *question,
                           const td_exec *exec, td_error *err) {
    TD_TRY(check(question, err));
    builder work = {.question = question};
    td_status status = choose(&work, action, spent, exec, err);
    td_ranking_free(&work.order);
    td_mem_free(work.edge);
    td_mem_free(work.slope);
    td_mem_free(work.label);
    return status;
}
