/* cli/uplift_policy.h: a rule for whom to treat, judged on an experiment, for `uplift policy`. */
#ifndef TD_CLI_UPLIFT_POLICY_H
#define TD_CLI_UPLIFT_POLICY_H

#include "cli/report_text.h"
#include "cli/uplift_policy_options.h"
#include "cli/uplift_scores.h"
#include "stats/offpolicy.h"
#include "stats/uplift_profit.h"

/* Rules that the chosen one is held against: every row given one arm. */
typedef struct td_policy_rival {
    uint32_t arm;
    td_offpolicy_value value;
    td_offpolicy_value gap; /* the rule minus this one */
} td_policy_rival;

typedef struct td_policy_report {
    const td_uplift_scores *scores;
    const char *outcome;
    const char *cluster;
    const char *rule; /* in words */
    double value;
    double cost[TD_MAX_POLICY_ARMS];
    double level;
    double spent;
    double budget;          /* infinite = none */
    int has_means;          /* expected outcomes were given, not made from tenths of the score */
    const uint32_t *action; /* [scores->n] */
    td_offpolicy_value chosen;
    td_policy_rival rival[TD_MAX_POLICY_ARMS]; /* [n_arms] */
    const td_uplift_profit *profit;            /* two arms; NULL = none */
    uint32_t n_replicates;
} td_policy_report;

/* What the command holds; zeroed = empty. */
typedef struct td_policy_work {
    td_uplift_scores scores;
    uint32_t *action; /* [n] */
    uint32_t *same;   /* [n] one arm for all */
    uint32_t *group;  /* [n] tenth of the first score */
    double *mean;     /* [n_arms][n] from the tenths */
    td_uplift_profit profit;
    td_offpolicy_rows rows;
    td_policy_report report; /* points into the above */
} td_policy_work;

/* Choose a rule, judge it, draw the profit curve: fills work->report from work->scores and the
 * costs. Errors of the library's calls; TD_ERR_ARG for options that contradict each other. */
td_status td_policy_judge(td_policy_work *work, const td_policy_options *options, const td_cli *cli,
                          td_error *err) TD_MUST_USE;

void td_json_policy_report(td_json *json, const td_policy_report *report);
void td_print_policy_report(const td_policy_report *report);

/* Rows as CSV: row (from 1), the id column if named, the scores, action, expected_gain. */
td_status td_policy_write_targets(const char *path, const td_policy_report *report, const char *id,
                                  td_error *err) TD_MUST_USE;

/* Points of the profit curve: share, effect, effect_se, profit, profit_low, profit_high; read by
 * `tundish roi --policy`. */
td_status td_policy_write_curve(const char *path, const td_uplift_profit *profit,
                                td_error *err) TD_MUST_USE;

#endif
