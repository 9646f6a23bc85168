/* gbdt/custom.h: a loss and a metric of the caller's own (objective=custom, metric=custom).
 *
 *     each round:  scores, labels, weights --gradients()--> first and second derivatives --> trees
 *     validation:  scores, labels, weights --metric()-----> one number that early stopping watches
 *
 * The example in docs/model_integration.md is compiled and run by the tests. */
#ifndef TD_GBDT_CUSTOM_H
#define TD_GBDT_CUSTOM_H

#include <stdint.h>

#include "core/base/err.h"

/* Rows to answer for; all borrowed for the call. Output k of row i stands at [k * n_rows + i]. */
typedef struct td_custom_rows {
    uint64_t n_rows;      /* of the whole table */
    uint64_t begin, end;  /* answer for rows begin .. end - 1 */
    uint32_t n_outputs;   /* num_class */
    const double *score;  /* [n_outputs * n_rows] raw */
    const double *label;  /* [n_rows] any finite number */
    const double *weight; /* [n_rows], NULL = ones; the callbacks apply it, nobody else does */
} td_custom_rows;

/* Callbacks get `ctx` and return TD_OK or fail with td_fail, which ends td_train with that error.
 * They must not allocate what they do not free, and their answers must depend on the rows alone:
 * then the model has the same bytes for any thread count. */
typedef struct td_custom {
    /* Write grad and hess [n_outputs * n_rows] of the rows begin .. end - 1, at their places. All
     * finite, hess >= 0: anything else is TD_ERR_NUMERIC with its row. NULL: objective is not
     * custom. */
    td_status (*gradients)(double *grad, double *hess, const td_custom_rows *rows, void *ctx,
                           td_error *err);
    /* A finite number for all rows (begin = 0, end = n_rows). NULL: none. */
    td_status (*metric)(double *value, const td_custom_rows *rows, void *ctx, td_error *err);
    void *ctx;
    int is_whole; /* 1: gradients is called once a round with all rows; 0: with chunks of rows, from
                     several threads at a time */
    int metric_rises;    /* 1 = a higher metric is better */
    const double *start; /* [n_outputs] raw scores before the first tree; NULL = zeros */
} td_custom;

#endif
