/* uplift/one_against_rest.h: one arm against every other one, as a pair that learners know. */
#ifndef TD_UPLIFT_ONE_AGAINST_REST_H
#define TD_UPLIFT_ONE_AGAINST_REST_H

#include "uplift/learner.h"

/* Arrays that the data of such a pair borrow; zeroed = empty. */
typedef struct td_rest {
    uint32_t *side;      /* [n_rows] 1 = the arm, 0 = another one */
    double *chance;      /* [2 * n_rows] known chances of the two sides */
    const char *name[2]; /* "any other" and the arm's */
} td_rest;

/* Room for a table of so many rows. td_rest_free also after a failure. */
td_status td_rest_init(td_rest *out, uint64_t n_rows, td_error *err) TD_MUST_USE;
void td_rest_free(td_rest *rest);

/* The data with two arms, 1 = `arm` and 0 = all others; borrows from data and rest until the next
 * call. O(rows). */
td_uplift_data td_rest_pair(td_rest *rest, const td_uplift_data *data, uint32_t arm);

#endif
