/* cli/run_plan.h: the experiment that would show whether acting on the model's best-scored sessions
 * pays: how many of them, for how many days, and what it may earn.
 *
 * A run has measured no effect: the lift is an assumption (--plan-lift), everything else comes from
 * the test sessions of the log. */
#ifndef TD_CLI_RUN_PLAN_H
#define TD_CLI_RUN_PLAN_H

#include "cli/run.h"
#include "stats/roi.h"

enum { TD_PLAN_ROWS = 4, TD_PLAN_WEEKS = 4, TD_PLAN_HORIZON = 90, TD_PLAN_DRAWS = 20000 };

/* Acting on the best-scored share of the sessions. */
typedef struct td_plan_row {
    double share;
    uint64_t sessions, buyers; /* of the test part that were selected, and that bought */
    double rate;               /* buyers / sessions */
    double per_day;            /* selected sessions a day */
    td_metric icc;             /* of sessions within visitors; undefined: none comes twice */
    double design_effect;
    td_metric per_arm; /* sessions an arm for the lift, power 0.8, alpha 0.05, clusters included */
    td_metric days;    /* for both arms */
    td_metric seen;    /* smallest lift found within TD_PLAN_WEEKS weeks */
    int has_roi;
    td_roi roi; /* of TD_PLAN_HORIZON days */
} td_plan_row;

struct td_run_plan {
    double lift, lift_sd, order_value, margin, contact_cost;
    int has_order_value; /* from the log's prices; otherwise money is counted in orders */
    double days;         /* length of the test part */
    td_plan_row row[TD_PLAN_ROWS];
};

#endif
