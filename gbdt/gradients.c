/* gbdt/gradients.c: what every round does with the gradients of all rows before they are quantised.
 *
 * 1. From probabilities to the derivatives of the log-loss, in place.
 * 2. Their range: quantise.c takes its unit from the largest, and from largest and mean together
 *    whether the tail is so heavy that 12 bits would lose the bulk.
 *
 * A sum in row order waits for each addition before the next, four cycles a row. With a lane for
 * every eighth row it need not, and the bits are still decided by the rows alone.
 * Cost: 16 bytes a row, read twice from the cache. */
#include "gbdt/gradients.h"

#include <math.h>

#include "core/base/cpu.h"

enum { LANES = 8 };

void td_binary_gradients_scalar(double *grad, double *hess, const double *label, uint64_t n) {
    for (uint64_t i = 0; i < n; i++) {
        double p = grad[i];
        grad[i] = p - label[i];
        hess[i] = p * (1 - p);
    }
}

void td_gradient_range_join(td_gradient_range *all, const td_gradient_range *part) {
    all->max_grad = part->max_grad > all->max_grad ? part->max_grad : all->max_grad;
    all->max_hess = part->max_hess > all->max_hess ? part->max_hess : all->max_hess;
    all->sum_grad += part->sum_grad;
    all->sum_hess += part->sum_hess;
}

td_gradient_range td_gradient_range_scalar(const double *grad, const double *hess, uint64_t n) {
    td_gradient_range lane[LANES] = {{0}}, range = {0};
    for (uint64_t i = 0; i < n; i++) {
        td_gradient_range row = {fabs(grad[i]), hess[i], fabs(grad[i]), hess[i]};
        td_gradient_range_join(&lane[i % LANES], &row);
    }
    for (int k = 0; k < LANES; k++) td_gradient_range_join(&range, &lane[k]);
    return range;
}

void td_binary_gradients(double *grad, double *hess, const double *label, uint64_t n) {
#if defined(__x86_64__)
    if (td_cpu_simd() == TD_SIMD_AVX512) {
        td_binary_gradients_avx512(grad, hess, label, n);
        return;
    }
#endif
    td_binary_gradients_scalar(grad, hess, label, n);
}

td_gradient_range td_gradient_range_of(const double *grad, const double *hess, uint64_t n) {
#if defined(__x86_64__)
    if (td_cpu_simd() == TD_SIMD_AVX512) return td_gradient_range_avx512(grad, hess, n);
#endif
    return td_gradient_range_scalar(grad, hess, n);
}
