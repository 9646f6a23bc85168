/* gbdt/gradients.h: passes over the gradients of a chunk of rows. */
#ifndef TD_GBDT_GRADIENTS_H
#define TD_GBDT_GRADIENTS_H

#include <stdint.h>

#include "gbdt/quantise.h"

/* Log-loss: grad[n] holds probabilities p and becomes p - label, hess[n] = p (1 - p). */
void td_binary_gradients(double *grad, double *hess, const double *label, uint64_t n);

/* Largest and summed sizes of grad[n] and hess[n], without NaN. Row i is added up in lane i % 8,
 * the lanes are joined in their order. */
td_gradient_range td_gradient_range_of(const double *grad, const double *hess, uint64_t n);

/* *all = the range of both. */
void td_gradient_range_join(td_gradient_range *all, const td_gradient_range *part);

/* The same functions: the specification, and eight rows at a time. */
void td_binary_gradients_scalar(double *grad, double *hess, const double *label, uint64_t n);
void td_binary_gradients_avx512(double *grad, double *hess, const double *label, uint64_t n);
td_gradient_range td_gradient_range_scalar(const double *grad, const double *hess, uint64_t n);
td_gradient_range td_gradient_range_avx512(const double *grad, const double *hess, uint64_t n);

#endif
