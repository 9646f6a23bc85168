/* cli/run_uplift.h: whom a treatment would move, in a run over a shop whose truth is known. */
#ifndef TD_CLI_RUN_UPLIFT_H
#define TD_CLI_RUN_UPLIFT_H

#include "cli/run.h"
#include "cli/uplift_report.h"
#include "stats/uplift_profit.h"
#include "uplift/truth.h"
#include "uplift/uplift.h"

/* Learners, then two scores to compare them with: the primary model's probability of a purchase,
 * and the true effect. */
enum { TD_RUN_UPLIFT_SCORES = TD_UPLIFT_N_LEARNERS + 2 };

typedef struct td_run_uplift {
    td_arena arena;
    uint32_t n_learners, n_scores;
    const char *name[TD_RUN_UPLIFT_SCORES]; /* of the scores: "x", ..., "purchase", "truth" */
    double *score[TD_RUN_UPLIFT_SCORES];    /* [n] of the test sessions */
    td_truth_measures truth[TD_RUN_UPLIFT_SCORES];
    td_uplift_pair_report pair[TD_UPLIFT_N_LEARNERS];
    td_uplift_model *model[TD_UPLIFT_N_LEARNERS];
    uint64_t n, n_train;
    double *treatment, *outcome, *effect; /* [n] */
    uint32_t *visitor;                    /* [n] dense codes */
    uint32_t n_visitors;
    td_uplift_assessment assessment;
    td_uplift_report report;
    td_uplift_profit profit; /* of the first learner; a contact costs half of its mean effect */
} td_run_uplift;

#endif
