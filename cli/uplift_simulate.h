/* cli/uplift_simulate.h: every learner on rows whose true effect is known, in one table. */
#ifndef TD_CLI_UPLIFT_SIMULATE_H
#define TD_CLI_UPLIFT_SIMULATE_H

#include "cli/report_text.h"
#include "cli/uplift_world.h"
#include "uplift/truth.h"
#include "uplift/uplift.h"

enum { TD_SIMULATE_LINES = TD_UPLIFT_N_LEARNERS + 3, TD_SIMULATE_SIZES = 16 };

/* What is asked; borrowed. */
typedef struct td_simulate_plan {
    const td_uplift_world *world;
    const char *const *learner; /* [n_learners] names of learners, "constant", "random", "oracle" */
    uint32_t n_learners;
    const char *propensity; /* "known", "estimate" or "share" */
    uint32_t n_replicates;  /* half-samples for standard errors of learners without their own */
    double cost, level;
    uint64_t seed;
} td_simulate_plan;

/* One learner's line of the table. */
typedef struct td_simulate_line {
    const char *name;
    td_truth_measures truth;
    double seconds;   /* fit, predict and standard errors */
    int is_refused;   /* the learner does not take these rows: */
    char reason[160]; /* why */
} td_simulate_line;

/* One share of the training rows. */
typedef struct td_simulate_size {
    double share;
    uint64_t n_train;
    uint32_t n_lines;
    td_simulate_line line[TD_SIMULATE_LINES];
} td_simulate_size;

/* Fill plan->learner from "all", "none" or names with commas; TD_ERR_ARG names an unknown one. The
 * list is the arena's. */
td_status td_simulate_learners(td_simulate_plan *plan, const char *names, td_arena *arena,
                               td_error *err) TD_MUST_USE;

/* Fit every learner to the share of the training rows that is drawn for `out->share`, measure on
 * the test rows. */
td_status td_simulate_run(td_simulate_size *out, const td_simulate_plan *plan, const td_cli *cli,
                          td_error *err) TD_MUST_USE;

/* One table; an array of objects under "learners". */
void td_simulate_print(const td_simulate_size *size);
void td_simulate_json(td_json *json, const td_simulate_size *size);

#endif
