/* uplift/nuisance.h: what inference needs beside a model's effects: expected outcomes, propensity
 * and effects of rows, each from models that did not see the row.
 *
 *     data, two arms --td_nuisance_fit--> rows of the two arms with treated, e, mu0, mu1
 *     data, a learner --td_uplift_crosspredict--> effect of every row, out of fold */
#ifndef TD_UPLIFT_NUISANCE_H
#define TD_UPLIFT_NUISANCE_H

#include "uplift/inference.h"
#include "uplift/uplift.h"

/* The rows with an arm, in table order; arrays [n], owned. */
typedef struct td_nuisance {
    uint64_t n;
    uint32_t *row; /* of the table */
    double *outcome, *treated, *propensity, *mu0, *mu1;
    double *weight;    /* NULL = 1 each */
    uint32_t *cluster; /* NULL = rows are independent; each code has a row */
    uint32_t n_clusters;
    td_effect_units units;        /* of these weights and clusters */
    td_uplift_pair_report report; /* of the propensity */
    td_binned *bins;              /* of all rows of the table */
} td_nuisance;

void td_nuisance_free(td_nuisance *nuisance);

/* The same arrays as inference takes them, with units; borrowed. */
td_effect_rows td_nuisance_rows(const td_nuisance *nuisance);

/* Cross-fitted trees for mu0, mu1 and, where it is not known, e. data has two arms; params' learner
 * is not looked at. *out owned*. Errors of td_uplift_fit; TD_ERR_ARG for more arms. Cost: two or
 * three cross-fitted questions. */
td_status td_nuisance_fit(td_nuisance *out, const td_uplift_data *data,
                          const td_uplift_params *params, const td_exec *exec,
                          td_error *err) TD_MUST_USE;

/* effect[rows of data] under arm 1: rows are dealt into n_folds parts (2 .. 20) by chance; the
 * learner is fitted to the other parts and predicts this one. Errors of td_uplift_fit, TD_ERR_ARG
 * for impossible folds, TD_ERR_SHAPE for fewer clusters than folds. Costs n_folds fits. */
td_status td_uplift_crosspredict(double *effect, const td_uplift_data *data,
                                 const td_uplift_params *params, uint32_t n_folds,
                                 const td_exec *exec, td_error *err) TD_MUST_USE;

/* score[2 * n]: mu_a + 1{w = a} / P(w = a) (y - mu_a) of the control, then of the treated arm: what
 * each would have brought, without bias when e or mu is right (arm_scores.h has several arms). */
void td_nuisance_arm_scores(double *score, const td_nuisance *nuisance);

/* x[n_rows of the table] at the nuisance's rows -> out[n]. */
void td_nuisance_gather(double *out, const td_nuisance *nuisance, const double *x);

#endif
