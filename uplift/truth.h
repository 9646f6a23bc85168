/* uplift/truth.h: how good predicted effects are where the true ones are known.
 *
 *     predicted effect, true effect of the same rows --td_truth_measure--> error, ranking,
 *     decisions
 *
 * Only simulations know a row's effect. These figures are what a Qini on real rows can only hint
 * at. */
#ifndef TD_UPLIFT_TRUTH_H
#define TD_UPLIFT_TRUTH_H

#include <stdint.h>

#include "core/base/err.h"
#include "stats/metric.h"

typedef struct td_truth_rows { /* all borrowed */
    uint64_t n;
    const double *effect; /* [n] predicted */
    const double *se;     /* [n] its standard error, NULL = none */
    const double *truth;  /* [n] true effect */
    double cost;  /* of treating one row, in units of the outcome: treat when effect > cost */
    double level; /* of the intervals effect +- z se, in (0, 1) */
} td_truth_rows;

typedef struct td_truth_measures {
    double pehe; /* sqrt(mean (effect - truth)^2); Hill (2011), doi:10.1198/jcgs.2010.08162 */
    double bias; /* mean effect - mean truth */
    td_metric correlation; /* Pearson; undefined when either side is constant */
    td_metric
        oracle_share; /* area between gain curve and chord, over that of the truth's own order;
                               1 = the best order, 0 = a random one; undefined: constant truth */
    double value;     /* per row, when those with effect > cost are treated: mean (truth - cost) */
    double regret;    /* value of the best choice minus value, >= 0 */
    double share_treated;
    td_metric coverage; /* share of rows whose interval holds the truth; undefined without se */
    td_metric width;    /* mean width of the intervals */
} td_truth_measures;

/* TD_ERR_RANGE for a number that is not finite, with its row; TD_ERR_SHAPE without rows. Ties of
 * the predicted effect are credited by their mean. O(n). */
td_status td_truth_measure(td_truth_measures *out, const td_truth_rows *rows,
                           td_error *err) TD_MUST_USE;

#endif
