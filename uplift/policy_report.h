/* uplift/policy_report.h: a policy tree from an experiment, and what it is worth on rows that it
 * was not chosen on. */
#ifndef TD_UPLIFT_POLICY_REPORT_H
#define TD_UPLIFT_POLICY_REPORT_H

#include "uplift/nuisance.h"
#include "uplift/policy_tree.h"

typedef struct td_policy_report {
    td_policy_tree tree;          /* of all rows; actions 0 = control, 1 = treated */
    td_effect_estimate over_none; /* value per row of a tree minus treating nobody, */
    td_effect_estimate over_all;  /* minus treating everybody; both on held-out halves */
    double share_treated;         /* by the trees of the halves, of the rows held out */
} td_policy_report;

/* cost: of treating one row, in units of the outcome. Errors of td_policy_tree_fit. Three searches.
 */
td_status td_policy_report_build(td_policy_report *out, const td_nuisance *nuisance, double cost,
                                 double level, const td_exec *exec, td_error *err) TD_MUST_USE;

#endif
