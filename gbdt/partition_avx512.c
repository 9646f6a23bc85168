/* gbdt/partition_avx512.c: partition.c's division, 16 rows at a time.
 *
 * 16 codes are gathered (a 4-byte load each, the low byte kept); bit (code & 31) of word (code >>
 * 5) of the set says left; compressing moves the chosen rows together. Whole vectors are stored and
 * the ends advance by the counts: what lies beyond an end is overwritten by the next store. A store
 * ends at most 16 words past the rows already read, so writing over `row` itself is safe; the last
 * rows are stored masked. Compressing to memory directly is microcoded on Zen 4 and several times
 * slower than compressing to a register. */
#if defined(__x86_64__)
#include <immintrin.h>

#include "gbdt/partition.h"

/* Mask of the rows whose code is in the set. */
static inline __mmask16 in_set(__m512i rows, __mmask16 valid, const td_division *how, __m512i set) {
    const __m512i low5 = _mm512_set1_epi32(31), one = _mm512_set1_epi32(1);
    __m512i at = _mm512_mullo_epi32(rows, _mm512_set1_epi32((int)how->stride));
    __m512i word = _mm512_mask_i32gather_epi32(_mm512_setzero_si512(), valid, at, how->code, 1);
    word = _mm512_and_si512(word, _mm512_set1_epi32(255));
    __m512i part = _mm512_permutexvar_epi32(_mm512_srli_epi32(word, 5), set);
    __m512i bit = _mm512_srlv_epi32(part, _mm512_and_si512(word, low5));
    return _mm512_mask_test_epi32_mask(valid, bit, one);
}

uint64_t td_divide_avx512(uint32_t *to_left, uint32_t *to_right, const uint32_t *row, uint64_t n,
                          const td_division *how) {
    const __m512i set =
        _mm512_castsi256_si512(_mm256_loadu_si256((const __m256i *)(const void *)how->left->word));
    uint64_t n_left = 0, i = 0;
    for (; i + 16 <= n; i += 16) {
        __m512i rows = _mm512_loadu_si512(row + i);
        __mmask16 left = in_set(rows, 0xffff, how, set);
        _mm512_storeu_si512(to_left + n_left, _mm512_maskz_compress_epi32(left, rows));
        _mm512_storeu_si512(to_right + (i - n_left),
                            _mm512_maskz_compress_epi32((__mmask16)~left, rows));
        n_left += (uint64_t)__builtin_popcount(left);
    }
    if (i == n) return n_left;
    __mmask16 valid = (__mmask16)((1u << (n - i)) - 1);
    __m512i rows = _mm512_maskz_loadu_epi32(valid, row + i);
    __mmask16 left = in_set(rows, valid, how, set), right = (__mmask16)(valid & ~left);
    uint64_t n_last = (uint64_t)__builtin_popcount(left);
    uint64_t n_right = (uint64_t)__builtin_popcount(right);
    _mm512_mask_storeu_epi32(to_left + n_left, (__mmask16)((1u << n_last) - 1),
                             _mm512_maskz_compress_epi32(left, rows));
    _mm512_mask_storeu_epi32(to_right + (i - n_left), (__mmask16)((1u << n_right) - 1),
                             _mm512_maskz_compress_epi32(right, rows));
    return n_left + n_last;
}
#else
typedef int td_no_avx512;
#endif
