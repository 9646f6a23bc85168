/* gbdt/hist_avx512.c: hist.c's unpacking and subtracting, eight words at a time.
 *
 * The three fields of a word (quantise.h) are shifted out and added to the three planes; a sign of
 * -1 subtracts. Integers: the same result as the scalar form. Words beyond n_codes, up to the next
 * multiple of eight, are masked. */
#if defined(__x86_64__)
#include "gbdt/first_lanes.h"
#include "gbdt/hist.h"

static inline void add_field(int64_t *to, __m512i field, __mmask8 valid, int sign) {
    __m512i sum = _mm512_maskz_loadu_epi64(valid, to);
    sum = sign > 0 ? _mm512_add_epi64(sum, field) : _mm512_sub_epi64(sum, field);
    _mm512_mask_storeu_epi64(to, valid, sum);
}

void td_hist_unpack_avx512(int64_t *sums, const uint64_t *packed, uint32_t n_codes, int sign) {
    const __m512i hess_mask = _mm512_set1_epi64(0x1ffffff), rows_mask = _mm512_set1_epi64(0x1fff);
    for (uint32_t b = 0; b < n_codes; b += 8) {
        __mmask8 valid = td_first_of_8(n_codes - b);
        __m512i word = _mm512_maskz_loadu_epi64(valid, packed + b);
        __m512i hess = _mm512_and_si512(_mm512_srli_epi64(word, TD_HESS_SHIFT), hess_mask);
        add_field(sums + b, _mm512_srai_epi64(word, TD_GRAD_SHIFT), valid, sign);
        add_field(sums + TD_HIST_STRIDE + b, hess, valid, sign);
        add_field(sums + 2 * TD_HIST_STRIDE + b, _mm512_and_si512(word, rows_mask), valid, sign);
    }
}

void td_hist_subtract_avx512(uint64_t *word, const uint64_t *less, uint32_t n_codes) {
    for (uint32_t b = 0; b < n_codes; b += 8) {
        __mmask8 valid = td_first_of_8(n_codes - b);
        __m512i from = _mm512_maskz_loadu_epi64(valid, word + b);
        from = _mm512_sub_epi64(from, _mm512_maskz_loadu_epi64(valid, less + b));
        _mm512_mask_storeu_epi64(word + b, valid, from);
    }
}
#else
typedef int td_no_avx512;
#endif
