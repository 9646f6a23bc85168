/* gbdt/quantise_avx512.c: quantise.c's narrow form, eight rows at a time.
 *
 * The operations of td_pack_scalar in the same order on eight rows, without fused multiply-add:
 *
 *     dither of row i = (i * step + salt mod 2^32) / 2^32
 *     integer         = truncate(gradient * factor + dither), clamped
 *
 * The grad field is shifted by 4096 before it is truncated, which makes truncation a floor. */
#if defined(__x86_64__)
#include <immintrin.h>

#include "gbdt/quantise.h"

/* Dithered products, truncated: 8 rows whose numbers times step plus salt are `at`. */
static inline __m256i rounded(const double *gradient, __m512d factor, __m256i at, double shift) {
    __m512d dither = _mm512_mul_pd(_mm512_cvtepu32_pd(at), _mm512_set1_pd(0x1p-32));
    __m512d value = _mm512_add_pd(_mm512_mul_pd(_mm512_loadu_pd(gradient), factor), dither);
    return _mm512_cvttpd_epi32(_mm512_add_pd(value, _mm512_set1_pd(shift)));
}

void td_pack_avx512(uint32_t *word, const td_packing *how, uint64_t begin, uint64_t end) {
    const __m256i lanes = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    const __m256i grad_lanes = _mm256_mullo_epi32(lanes, _mm256_set1_epi32((int)TD_GRAD_STEP));
    const __m256i hess_lanes = _mm256_mullo_epi32(lanes, _mm256_set1_epi32((int)TD_HESS_STEP));
    const __m256i most = _mm256_set1_epi32(TD_Q_MAX), least = _mm256_set1_epi32(-TD_Q_MAX);
    const __m256i shift = _mm256_set1_epi32(TD_Q_MAX + 1), zero = _mm256_setzero_si256();
    const __m512d grad_factor = _mm512_set1_pd(how->grad_factor);
    const __m512d hess_factor = _mm512_set1_pd(how->hess_factor);
    uint64_t i = begin;
    for (; i + 8 <= end; i += 8) {
        uint32_t grad_at = (uint32_t)i * TD_GRAD_STEP + how->salt;
        uint32_t hess_at = (uint32_t)i * TD_HESS_STEP + how->salt;
        __m256i grad =
            rounded(how->grad + i, grad_factor,
                    _mm256_add_epi32(grad_lanes, _mm256_set1_epi32((int)grad_at)), TD_Q_MAX + 1);
        __m256i hess = rounded(how->hess + i, hess_factor,
                               _mm256_add_epi32(hess_lanes, _mm256_set1_epi32((int)hess_at)), 0);
        grad = _mm256_sub_epi32(grad, shift);
        grad = _mm256_max_epi32(_mm256_min_epi32(grad, most), least);
        hess = _mm256_max_epi32(_mm256_min_epi32(hess, most), zero);
        __m256i words = _mm256_or_si256(_mm256_slli_epi32(grad, 12), hess);
        _mm256_storeu_si256((__m256i *)(void *)(word + i), words);
    }
    td_pack_scalar(word, how, i, end);
}
#else
typedef int td_no_avx512;
#endif
