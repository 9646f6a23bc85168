/* stats/logistic_design.h: from raw columns to the standardised columns that IRLS works on. Inside
 * stats only: used by logistic.c. */
#ifndef TD_STATS_LOGISTIC_DESIGN_H
#define TD_STATS_LOGISTIC_DESIGN_H

#include <stdint.h>

#include "core/base/par.h"
#include "stats/logistic.h"

/* One column of the design matrix besides the intercept: z = (value - center) / scale, where value
 * is x (missing: the center) or, for an indicator, 1 if x is missing and else 0. */
typedef struct td_logistic_term {
    uint32_t column; /* of the raw data */
    int is_indicator;
    double center;
    double scale; /* > 0 */
} td_logistic_term;

/* Fill mean, sd and missing_share of columns[data->p]; total_weight > 0 is the sum of the weights.
 * TD_ERR_RANGE names row and column (from 1) of an infinite value. O(n p), parallel over columns.
 */
td_status td_logistic_measure(td_logistic_column *columns, const td_logistic_data *data,
                              double total_weight, const td_exec *exec, td_error *err) TD_MUST_USE;

/* Write the terms of all columns that vary into terms[2 p], features in order, each followed by its
 * indicator; returns how many. */
uint32_t td_logistic_terms(td_logistic_term *terms, const td_logistic *model);

/* block[rows x (n_terms + 1)] = intercept column of ones, then the terms, of rows `first` on. */
void td_logistic_design(double *block, const td_logistic_term *terms, uint32_t n_terms,
                        const double *const *x, uint64_t first, uint64_t rows);

/* eta[rows] = linear predictor of rows `first` on; see the formula in logistic.h. */
void td_logistic_linear(double *eta, const td_logistic *model, const double *const *x,
                        uint64_t first, uint64_t rows);

#endif
