/* uplift/half_samples.h: how far any learner's effects would move with other rows. */
#ifndef TD_UPLIFT_HALF_SAMPLES_H
#define TD_UPLIFT_HALF_SAMPLES_H

#include "uplift/forest.h"

typedef struct td_half_samples {    /* all borrowed */
    const td_uplift_data *data;     /* what the learner is fitted to */
    const td_uplift_params *params; /* trees.seed also names the draws */
    const td_matrix_view *rows;     /* whose effects are wanted, under arm 1 */
    const double *propensity;       /* [n_arms * rows] of those, where it is known; else NULL */
    uint32_t n_replicates;          /* 2 .. 10000 fits */
} td_half_samples;

/* se[rows->n_rows]: standard deviation over fits to random halves of the rows. TD_ERR_ARG for
 * impossible replicates; errors of td_uplift_fit. Costs n_replicates fits to half the rows. */
td_status td_uplift_half_samples(double *se, const td_half_samples *job, const td_exec *exec,
                                 td_error *err) TD_MUST_USE;

#endif
