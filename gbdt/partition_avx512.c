/* gbdt/partition_avx512.c: partition.c's marks and places, 16 rows at a time.
 *
 * Mark: 16 codes are gathered (a 4-byte load each, the low byte kept); bit (code & 31) of word
 * (code >> 5) of the set says left. Place: compressing moves the chosen rows together; a whole
 * vector is stored where the part has room for one, else its first words. Lefts may be written over
 * `row` itself: a store never goes beyond the rows already read. Compressing to memory directly is
 * microcoded on Zen 4 and several times slower than compressing to a register. */
#if defined(__x86_64__)
#include "gbdt/first_lanes.h"
#include "gbdt/partition.h"

static inline __m512i load_codes(const td_division *how, uint64_t i, __mmask16 valid) {
    __m512i rows = _mm512_maskz_loadu_epi32(valid, how->row + i);
    __m512i words = _mm512_mask_i32gather_epi32(_mm512_setzero_si512(), valid, rows, how->code, 1);
    return _mm512_and_si512(words, _mm512_set1_epi32(255));
}

uint64_t td_division_mark_avx512(uint16_t *mark, const td_division *how, uint64_t begin,
                                 uint64_t end) {
    const __m512i low5 = _mm512_set1_epi32(31), one = _mm512_set1_epi32(1);
    const __m512i set =
        _mm512_castsi256_si512(_mm256_loadu_si256((const __m256i *)(const void *)how->left->word));
    uint64_t n_left = 0;
    for (uint64_t i = begin; i < end; i += 16) {
        __mmask16 valid = td_first_of_16(end - i);
        __m512i code = load_codes(how, i, valid);
        __m512i word = _mm512_permutexvar_epi32(_mm512_srli_epi32(code, 5), set);
        __m512i bit = _mm512_srlv_epi32(word, _mm512_and_si512(code, low5));
        __mmask16 left = _mm512_mask_test_epi32_mask(valid, bit, one);
        mark[(i - begin) / 16] = left;
        n_left += (uint64_t)__builtin_popcount(left);
    }
    return n_left;
}

/* Write the chosen rows to to[at ..], never at or beyond to[end]; returns their number. */
static inline uint64_t put_rows(uint32_t *to, uint64_t at, uint64_t end, __mmask16 chosen,
                                __m512i rows) {
    rows = _mm512_maskz_compress_epi32(chosen, rows);
    if (at + 16 <= end) {
        _mm512_storeu_si512(to + at, rows);
    } else {
        _mm512_mask_storeu_epi32(to + at, td_first_of_16(end - at), rows);
    }
    return (uint64_t)__builtin_popcount(chosen);
}

void td_division_place_avx512(const td_division *how, const td_division_part *part,
                              const uint16_t *mark) {
    uint64_t left = part->left, right = part->right;
    for (uint64_t i = part->begin; i < part->end; i += 16) {
        __mmask16 valid = td_first_of_16(part->end - i), is_left = mark[(i - part->begin) / 16];
        __m512i rows = _mm512_maskz_loadu_epi32(valid, how->row + i);
        left += put_rows(how->to_left, left, part->left_end, is_left, rows);
        right +=
            put_rows(how->to_right, right, part->right_end, (__mmask16)(valid & ~is_left), rows);
    }
}
#else
typedef int td_no_avx512;
#endif
