/* stats/target.h: whom to treat with what, under a budget.
 *
 * What each arm is expected to add to a row (a learner's prediction), what that is worth and what
 * it costs make a list of upgrades over doing nothing; the best ones are taken first. */
#ifndef TD_STATS_TARGET_H
#define TD_STATS_TARGET_H

#include <stdint.h>

#include "core/base/par.h"
#include "stats/offpolicy.h"

/* What choosing knows of a row: what each treated arm is expected to add. */
typedef struct td_target_question {
    uint64_t n;
    uint32_t n_arms;            /* control included */
    const double *const *score; /* [n_arms - 1][n] expected gain in outcome over control; finite */
    double value;               /* of one unit of the outcome */
    const double *cost;         /* [n_arms] cost[0] = 0, the others >= 0 */
    const double *price;        /* [n_arms] what an arm takes of the budget; NULL = its cost */
    double budget;              /* for all rows together; infinite = no limit */
    int is_forced;              /* spend the budget even where nothing is gained */
} td_target_question;

/* action[n] that makes sum (value score - cost) largest within the budget: the upgrades of every
 * row along its upper hull of (price, gain) are taken in order of gain per price until the budget
 * ends, equal ones by row. *spent is what they cost. TD_ERR_RANGE: a score that is not finite, with
 * its row; a negative cost. TD_ERR_NOMEM. O(n arms log) time. Sverdrup et al. (2023), "Qini curves
 * for multi-armed treatment rules", arXiv:2306.11979. */
td_status td_target_choose(uint32_t *action, double *spent, const td_target_question *question,
                           const td_exec *exec, td_error *err) TD_MUST_USE;

#endif
