/* stats/offpolicy.h: what a rule for whom to treat with what would be worth, from rows that were
 * treated by chance.
 *
 *     scores, costs --td_target_choose--> action of each row --td_offpolicy_measure--> value +- se
 *
 * A row tells something about a rule where the arm it was in is the one that the rule would give
 * it; such rows are weighed by one over their chance of being in that arm. */
#ifndef TD_STATS_OFFPOLICY_H
#define TD_STATS_OFFPOLICY_H

#include <stdint.h>

#include "core/base/par.h"
#include "stats/metric.h"

enum { TD_MAX_POLICY_ARMS = 16 };

/* Rows of an experiment; arm 0 is the control. All borrowed. */
typedef struct td_offpolicy_rows {
    uint64_t n;
    uint32_t n_arms;          /* 2 .. TD_MAX_POLICY_ARMS */
    const uint32_t *arm;      /* [n] below n_arms */
    const double *outcome;    /* [n] finite */
    const double *propensity; /* [n_arms][n] chance of each arm, inside (0, 1); NULL = shares */
    const double *share;     /* [n_arms] chance of each arm for all rows; NULL = the arms' shares */
    const double *mean;      /* [n_arms][n] expected outcome under each arm, made without the row's
                                 own outcome (td_offpolicy_group_means); NULL = 0 */
    double value;            /* of one unit of the outcome, in money */
    const double *cost;      /* [n_arms] of giving an arm to a row */
    const uint32_t *cluster; /* [n] below n_clusters: rows that depend; NULL = none */
    uint32_t n_clusters;
} td_offpolicy_rows;

/* Estimators of a rule's mean net value per row. */
typedef enum td_offpolicy_how {
    TD_POLICY_IPW,             /* inverse propensity: unbiased, noisy */
    TD_POLICY_SELF_NORMALISED, /* ... divided by the sum of weights: a little biased, calmer */
    TD_POLICY_DOUBLY_ROBUST,   /* expected outcomes, corrected by the rows that followed the rule */
    TD_N_POLICY_VALUES
} td_offpolicy_how;

const char *td_offpolicy_name(td_offpolicy_how how); /* "ipw", ... as in JSON; static */

typedef struct td_offpolicy_value {
    uint64_t n_chosen[TD_MAX_POLICY_ARMS]; /* rows that the rule gives each arm */
    uint64_t n_followed;                   /* rows whose arm is the one the rule gives */
    double cost;                           /* per row */
    td_metric value[TD_N_POLICY_VALUES];   /* net of costs, per row */
    td_metric se[TD_N_POLICY_VALUES];
    td_interval interval[TD_N_POLICY_VALUES]; /* value +- z se, t se with clusters */
    td_metric p_value[TD_N_POLICY_VALUES];    /* two-sided, of 0 */
} td_offpolicy_value;

/* Value of the rule action[n]; with `against` [n] not NULL, of the first rule minus the second,
 * paired row by row (n_chosen, n_followed and cost stay the first rule's). Errors name the row,
 * from 1: TD_ERR_RANGE for an arm or action that is none, a propensity not inside (0, 1), an
 * outcome that is not finite; TD_ERR_NUMERIC for an arm without rows or fewer than 2 rows;
 * TD_ERR_ARG for n_arms or level. A rule that no row followed has undefined values. O(n).
 * Horvitz and Thompson (1952), doi:10.1080/01621459.1952.10483446; Dudik, Langford and Li (2011),
 * arXiv:1103.4601. */
td_status td_offpolicy_measure(td_offpolicy_value *out, const td_offpolicy_rows *rows,
                               const uint32_t *action, const uint32_t *against, double level,
                               td_error *err) TD_MUST_USE;

enum { TD_OFFPOLICY_TENTHS = 10 };

/* group[n]: tenth of each row in the ranking by score, 0 = the highest; tied rows are in the tenth
 * of the first of them. TD_ERR_RANGE for a NaN score, with its row; TD_ERR_NOMEM. O(n). */
td_status td_offpolicy_tenths(uint32_t *group, const double *score, uint64_t n, const td_exec *exec,
                              td_error *err) TD_MUST_USE;

/* mean[n_arms][n]: of the outcomes of each arm in the row's group (say a tenth of a score), the row
 * itself left out, with clusters its whole cluster; where that leaves none, of the arm in all
 * groups, then 0. group [n] below n_groups. TD_ERR_NOMEM. O(n n_arms). */
td_status td_offpolicy_group_means(double *mean, const td_offpolicy_rows *rows,
                                   const uint32_t *group, uint32_t n_groups,
                                   td_error *err) TD_MUST_USE;

#endif
