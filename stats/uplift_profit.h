/* stats/uplift_profit.h: how many rows from the top of a ranking it pays to treat.
 *
 *     gain by share treated (uplift_bootstrap) --value, cost--> profit curve with intervals,
 *                                                               best share, break-even share
 */
#ifndef TD_STATS_UPLIFT_PROFIT_H
#define TD_STATS_UPLIFT_PROFIT_H

#include "stats/uplift_assessment.h"

enum { TD_PROFIT_POINTS = 20 }; /* shares 5 %, 10 %, ..., 100 % */

/* Treating the rows on top down to `share`, against treating nobody; per row of all. */
typedef struct td_profit_point {
    double share;     /* of the rows, whole rows */
    td_metric effect; /* on a treated row: outcomes */
    td_metric effect_se;
    td_metric profit; /* value * share * effect - cost * share */
    td_interval interval;
    td_metric p_value; /* two-sided, of a profit of 0 */
} td_profit_point;

typedef struct td_uplift_profit {
    double rows;        /* in all */
    double value, cost; /* of a unit of the outcome, of treating a row */
    td_profit_point point[TD_PROFIT_POINTS];
    td_metric best_share; /* of the points and "nobody", the one of the highest profit */
    td_interval best_share_interval;
    td_metric best_profit;      /* there, on these rows: chosen as the highest, so too high */
    td_metric corrected_profit; /* less the excess that such a choice has over the replicates */
    td_metric break_even;       /* largest share at which the profit is not below 0, between points
                                   in proportion; 1 = everybody */
    td_interval break_even_interval;
} td_uplift_profit;

/* Fills *out, which owns nothing, for the first score of the request; its cuts are not used.
 * Without replicates all intervals are undefined. TD_ERR_ARG: value or cost below 0 or not finite;
 * errors of td_uplift_assessment_build. */
td_status td_uplift_profit_build(td_uplift_profit *out, const td_uplift_request *request,
                                 double value, double cost, const td_exec *exec,
                                 td_error *err) TD_MUST_USE;

#endif
