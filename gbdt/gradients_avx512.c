/* gbdt/gradients_avx512.c: gradients.c's passes, eight rows at a time: the same operations on the
 * same lanes, without fused multiply-add. Rows beyond the end are read as zeros, which change no
 * sum and no maximum. */
#if defined(__x86_64__)
#include "gbdt/first_lanes.h"
#include "gbdt/gradients.h"

void td_binary_gradients_avx512(double *grad, double *hess, const double *label, uint64_t n) {
    const __m512d one = _mm512_set1_pd(1);
    for (uint64_t i = 0; i < n; i += 8) {
        __mmask8 valid = td_first_of_8(n - i);
        __m512d p = _mm512_maskz_loadu_pd(valid, grad + i);
        __m512d y = _mm512_maskz_loadu_pd(valid, label + i);
        _mm512_mask_storeu_pd(grad + i, valid, _mm512_sub_pd(p, y));
        _mm512_mask_storeu_pd(hess + i, valid, _mm512_mul_pd(p, _mm512_sub_pd(one, p)));
    }
}

td_gradient_range td_gradient_range_avx512(const double *grad, const double *hess, uint64_t n) {
    __m512d max_grad = _mm512_setzero_pd(), max_hess = max_grad;
    __m512d sum_grad = max_grad, sum_hess = max_grad;
    for (uint64_t i = 0; i < n; i += 8) {
        __mmask8 valid = td_first_of_8(n - i);
        __m512d g = _mm512_abs_pd(_mm512_maskz_loadu_pd(valid, grad + i));
        __m512d h = _mm512_maskz_loadu_pd(valid, hess + i);
        max_grad = _mm512_max_pd(g, max_grad);
        max_hess = _mm512_max_pd(h, max_hess);
        sum_grad = _mm512_add_pd(sum_grad, g);
        sum_hess = _mm512_add_pd(sum_hess, h);
    }
    double lane[4][8];
    _mm512_storeu_pd(lane[0], max_grad);
    _mm512_storeu_pd(lane[1], max_hess);
    _mm512_storeu_pd(lane[2], sum_grad);
    _mm512_storeu_pd(lane[3], sum_hess);
    td_gradient_range range = {0};
    for (int k = 0; k < 8; k++) {
        td_gradient_range part = {lane[0][k], lane[1][k], lane[2][k], lane[3][k]};
        td_gradient_range_join(&range, &part);
    }
    return range;
}
#else
typedef int td_no_avx512;
#endif
