/* uplift/policy_report.h: a policy tree from an experiment, and what it is worth on rows that it
 * was not chosen on. */
#ifndef TD_UPLIFT_POLICY_REPORT_H
#define TD_UPLIFT_POLICY_REPORT_H

#include "uplift/inference.h"
#include "uplift/policy_tree.h"

/* What a rule is chosen from; all borrowed. */
typedef struct td_policy_cases {
    uint64_t n;
    const uint32_t *row;     /* [n] rows of bins */
    const td_binned *bins;   /* of the table */
    uint32_t n_actions;      /* 0 = control */
    const double *score;     /* [n_actions * n] worth of an action on a row, costs taken off */
    const uint32_t *cluster; /* [rows of bins] rows that depend on each other; NULL = none do */
    uint32_t n_clusters;
    uint64_t seed; /* of the halves */
} td_policy_cases;

typedef struct td_policy_report {
    td_policy_tree tree;                            /* of all rows */
    double tree_share[TD_POLICY_MAX_ACTIONS];       /* of the rows, by that tree */
    td_effect_estimate value;                       /* per row, of trees of one half on the other */
    td_effect_estimate over[TD_POLICY_MAX_ACTIONS]; /* minus giving every row that action */
    double share[TD_POLICY_MAX_ACTIONS];            /* of the rows, by the trees of the halves */
} td_policy_report;

/* level: of the intervals, which count whole clusters where there are any. Errors of
 * td_policy_tree_fit; TD_ERR_SHAPE: fewer than two rows, or clusters with a row, to part. Three
 * searches. */
td_status td_policy_report_build(td_policy_report *out, const td_policy_cases *cases,
                                 const td_policy_params *params, double level, const td_exec *exec,
                                 td_error *err) TD_MUST_USE;

#endif
