/* uplift/policy_tree.h: the best rule of at most two questions for whom to treat with what.
 *
 *     score of every action on every row --td_policy_tree_fit--> x3 <= 1.5 ?
 *                                                              /            \
 *                                                       x0 <= 7 ?         treat
 *                                                       /      \
 *                                                   nothing   treat
 *
 * Scores are what an action is worth on a row: doubly robust scores of the outcome under each arm,
 * minus its cost. Their mean under the rule estimates the rule's value without bias (on other rows
 * than it was chosen on). The search is exact: no other rule over the same bins is worth more. */
#ifndef TD_UPLIFT_POLICY_TREE_H
#define TD_UPLIFT_POLICY_TREE_H

#include <stdint.h>

#include "core/base/err.h"
#include "core/base/par.h"
#include "gbdt/tree.h"

enum { TD_POLICY_MAX_ACTIONS = 16 };

typedef struct td_policy_rows { /* all borrowed */
    const td_binned *binned;    /* features; at most 255 bins each are told apart */
    const double *score;        /* [n_actions * n_rows] of action a on row i at a * n_rows + i */
    uint32_t n_actions;         /* 2 .. TD_POLICY_MAX_ACTIONS; 0 is usually "no treatment" */
} td_policy_rows;

typedef struct td_policy_params {
    uint32_t depth;    /* 1 or 2 */
    uint32_t min_rows; /* of a leaf, >= 1 */
} td_policy_params;

td_policy_params td_policy_params_default(void); /* depth 2, leaves of at least 20 rows */

/* Question 0 leads to 1 (yes) or 2 (no); a question of depth 1 leads to two actions. A side that is
 * not asked any further has the same action twice. */
typedef struct td_policy_question {
    int is_asked;       /* 0: nothing is asked, both actions are equal */
    uint32_t feature;   /* of the binned rows */
    int is_category;    /* yes = a level of `levels`; else yes = x <= threshold */
    double threshold;   /* of a number */
    td_bin_set levels;  /* codes that say yes, of numbers too; missing and unseen values say no */
    uint32_t action[2]; /* yes, no; not used by a question 0 that leads to others */
} td_policy_question;

typedef struct td_policy_tree {
    uint32_t depth; /* 0: one action for all, 1 or 2 */
    td_policy_question question[3];
    double value;    /* mean score of the rows it was fitted to: too good by the choice made */
    double best_one; /* mean score of the best single action */
    uint32_t best_action;
    uint64_t leaf_rows[4]; /* yes-yes, yes-no, no-yes, no-no; of depth 1: yes, no */
} td_policy_tree;

/* Fit. Equal values: the shallower tree, then the lower feature, bin and action. TD_ERR_ARG: an
 * impossible parameter. TD_ERR_RANGE: a score that is not finite, with its row. O(p^2 A (n + B^2))
 * for p features of B bins and A actions at depth 2; p columns are done in parallel. Athey, Wager
 * (2021), doi:10.3982/ECTA15732; Sverdrup et al. (2020), doi:10.21105/joss.02232. */
td_status td_policy_tree_fit(td_policy_tree *out, const td_policy_rows *rows,
                             const td_policy_params *params, const td_exec *exec,
                             td_error *err) TD_MUST_USE;

/* action[n_rows] of rows coded with the same bins. */
void td_policy_tree_apply(uint32_t *action, const td_policy_tree *tree, const td_binned *binned);

#endif
