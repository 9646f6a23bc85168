/* cli/uplift_tree_report.h: a policy tree and its worth, for people and for programs. */
#ifndef TD_CLI_UPLIFT_TREE_REPORT_H
#define TD_CLI_UPLIFT_TREE_REPORT_H

#include "cli/report_text.h"
#include "uplift/policy_report.h"

/* A report with the names that it lacks; all borrowed. */
typedef struct td_tree_report {
    const td_policy_report *policy;
    const td_binned *bins; /* names of features and levels */
    const char *const *arm_name;
    uint32_t n_arms; /* = actions, control first */
} td_tree_report;

/* "treat" or "do not treat" where the arms are called 0 and 1, else the arm's name. */
const char *td_tree_action(const td_tree_report *report, uint32_t action);

/* Questions as an indented tree; worth on held-out halves by action. */
void td_tree_print(const td_tree_report *report);

/* Keys depth, questions, share_fitted, value_fitted, held_out {value, share, against} into the
 * open object. */
void td_tree_json(td_json *json, const td_tree_report *report);

/* value, se, ci, p_value as an object. */
void td_json_effect_estimate(td_json *json, const char *key, td_effect_estimate estimate);

#endif
