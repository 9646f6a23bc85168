/* uplift/inference_parts.h: small regressions with robust errors, for the files of inference. */
#ifndef TD_UPLIFT_INFERENCE_PARTS_H
#define TD_UPLIFT_INFERENCE_PARTS_H

#include "uplift/inference.h"

enum { TD_SMALL_COLUMNS = 5 };

/* Least squares with few columns, given row by row. */
typedef struct td_small_fit {
    uint32_t p;
    double coef[TD_SMALL_COLUMNS];
    double cov[TD_SMALL_COLUMNS * TD_SMALL_COLUMNS]; /* HC3 covariance of coef */
} td_small_fit;

/* Fills x[p], *y and *weight of a row. */
typedef void (*td_small_row_fn)(double *x, double *y, double *weight, const void *ctx,
                                uint64_t row);

typedef struct td_small_rows {
    uint64_t n;
    uint32_t p; /* <= TD_SMALL_COLUMNS; column 0 is the constant 1 */
    td_small_row_fn row;
    const void *ctx;
} td_small_rows;

/* Weighted least squares with HC3 errors; columns that are constant or follow from earlier ones get
 * coefficient and variance 0. Three passes of O(n p^2). */
void td_small_regress(td_small_fit *out, const td_small_rows *rows);

/* value and se to an estimate with interval and p-value of "value = null"; undefined for se = 0. */
td_effect_estimate td_effect_estimate_of(double value, double se, double level);

/* Two-sided normal p-value of a z. */
double td_effect_p_value(double z);

#endif
