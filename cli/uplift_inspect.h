/* cli/uplift_inspect.h: figures of `uplift inspect`, as text and JSON. */
#ifndef TD_CLI_UPLIFT_INSPECT_H
#define TD_CLI_UPLIFT_INSPECT_H

#include "cli/report_text.h"
#include "cli/uplift_table.h"
#include "uplift/policy_report.h"
#include "uplift/refute.h"

enum { TD_INSPECT_MODELS = 16, TD_INSPECT_DRAWS = 20 };

/* What is asked; borrowed. */
typedef struct td_inspect_plan {
    const td_uplift_table *table;
    const td_uplift_params *params; /* for all but the learner */
    const char *const *name;        /* [n_models] learners, or columns of the table */
    uint32_t n_models;
    int are_columns;
    uint32_t n_groups, n_folds, n_draws, n_replicates;
    double level, power, cost;
    int wants_tree;
} td_inspect_plan;

/* What is said about one model's effects. */
typedef struct td_inspected {
    const char *name;
    double *effect; /* [rows of the table] out of fold, or as in the column; owned */
    double *packed; /* [rows with an arm]; owned */
    td_effect_blp blp;
    int has_blp; /* 0: all effects are equal */
    td_effect_groups groups;
    td_effect_calibration calibration;
    td_effect_loss loss;
    double qini, qini_se, rows_needed; /* area between Qini curve and chord; NaN = not known */
    td_refutation refutation[2][TD_INSPECT_DRAWS];
} td_inspected;

typedef struct td_inspection {
    const td_inspect_plan *plan;
    td_nuisance nuisance;
    double *score; /* [nuisance.n] doubly robust; owned */
    td_effect_estimate mean;
    uint32_t best; /* model with the largest gain in DR loss */
    td_policy_report policy;
    td_inspected model[TD_INSPECT_MODELS];
} td_inspection;

void td_inspection_free(td_inspection *inspection);

/* Nuisance, effects, inference, refutations, policy tree. Fills a zeroed *out, to be freed also
 * after a failure. */
td_status td_inspect_run(td_inspection *out, const td_inspect_plan *plan, const td_cli *cli,
                         td_error *err) TD_MUST_USE;

void td_inspect_print(const td_inspection *inspection);
void td_inspect_json(td_json *json, const void *inspection); /* a td_json_fill_fn */

#endif
