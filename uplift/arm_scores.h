/* uplift/arm_scores.h: what every arm would have brought on every row, without bias.
 *
 *     features, one of several arms, outcome --td_arm_scores_fit--> score of (arm, row)
 *
 * A score is one row's noisy answer; its mean over any choice of rows and arms that did not look at
 * these outcomes is the mean outcome under that choice. Policy trees are grown from it. */
#ifndef TD_UPLIFT_ARM_SCORES_H
#define TD_UPLIFT_ARM_SCORES_H

#include "uplift/uplift.h"

/* The rows with an arm, in table order; arrays owned. */
typedef struct td_arm_scores {
    uint64_t n;
    uint32_t n_arms;    /* control included */
    uint32_t *row;      /* [n] of the table */
    double *score;      /* [n_arms * n]: mu_a + 1{arm = a} / e_a (y - mu_a) at a * n + i */
    double low, high;   /* of the propensities of all arms, before clipping */
    uint64_t n_clipped; /* propensities that clipping moved */
    td_binned *bins;    /* of all rows of the table */
} td_arm_scores;

void td_arm_scores_free(td_arm_scores *scores);

/* Cross-fitted trees for the outcome under each arm and, where they are not known, for the chances
 * of the arms; folds follow clusters where the data has them. params' learner is not looked at.
 * *out owned*. Errors of td_uplift_fit. Cost: one or two cross-fitted questions an arm. Robins,
 * Rotnitzky, Zhao (1994), doi:10.1080/01621459.1994.10476818. */
td_status td_arm_scores_fit(td_arm_scores *out, const td_uplift_data *data,
                            const td_uplift_params *params, const td_exec *exec,
                            td_error *err) TD_MUST_USE;

#endif
