/* gbdt/bitmap_avx512.c: bitmap.c's steps, 64 rows at a time.
 *
 * Part: the set of codes that go left is a table of 32 bytes. Byte code / 8 of it is fetched for 64
 * codes by one permutation, bit code % 8 of each is tested, and the answer is a word of the bitmap.
 * List: the row numbers 0 .. 63 of a word are compressed as bytes and widened, 16 a store, as many
 * stores as there are rows for. Fill: masked stores of 16 rows; words without rows are skipped. */
#if defined(__x86_64__)
#include <immintrin.h>

#include "gbdt/bitmap.h"

static inline __mmask64 goes_left(__m512i code, __m512i set, __m512i bit_of) {
    __m512i low5 = _mm512_set1_epi8(31), low3 = _mm512_set1_epi8(7);
    __m512i at = _mm512_and_si512(_mm512_srli_epi16(code, 3), low5);
    __m512i byte = _mm512_permutexvar_epi8(at, set);
    __m512i bit = _mm512_shuffle_epi8(bit_of, _mm512_and_si512(code, low3));
    return _mm512_test_epi8_mask(byte, bit);
}

td_bitmap_tally td_bitmap_part_avx512(const td_bitmap_division *how, uint64_t begin, uint64_t end) {
    const __m512i set =
        _mm512_broadcast_i64x4(_mm256_loadu_si256((const __m256i *)(const void *)how->left->word));
    const __m512i bit_of = _mm512_set1_epi64((long long)0x8040201008040201);
    td_bitmap_tally n = {0, 0};
    for (uint64_t w = begin; w < end; w++) {
        uint64_t rows = td_bitmap_word(how, w);
        __m512i code = _mm512_loadu_si512(how->code + 64 * w);
        uint64_t left = rows & _cvtmask64_u64(goes_left(code, set, bit_of));
        how->to_left[w] = left;
        how->to_right[w] = rows & ~left;
        n.left += (uint64_t)__builtin_popcountll(left);
        n.right += (uint64_t)__builtin_popcountll(rows & ~left);
    }
    return n;
}

/* Bytes 0, 1, 2 ... 63. */
static inline __m512i numbers(void) {
    __m512i eights = _mm512_mullo_epi64(_mm512_set_epi64(7, 6, 5, 4, 3, 2, 1, 0),
                                        _mm512_set1_epi64(0x0808080808080808));
    return _mm512_add_epi64(eights, _mm512_set1_epi64(0x0706050403020100));
}

/* Row numbers first + byte, 16 of them. */
static inline __m512i widen(__m128i byte, uint64_t first) {
    return _mm512_add_epi32(_mm512_cvtepu8_epi32(byte), _mm512_set1_epi32((int)first));
}

uint64_t td_bitmap_list_avx512(uint32_t *out, uint64_t n, const uint64_t *bits, uint64_t begin,
                               uint64_t end) {
    uint64_t at = 0, w = begin;
    for (; w < end && at + 64 <= n; w++) {
        uint64_t count = (uint64_t)__builtin_popcountll(bits[w]);
        __m512i chosen = _mm512_maskz_compress_epi8(_cvtu64_mask64(bits[w]), numbers());
        _mm512_storeu_si512(out + at, widen(_mm512_castsi512_si128(chosen), 64 * w));
        if (count > 16) {
            __m128i second = _mm512_extracti32x4_epi32(chosen, 1);
            _mm512_storeu_si512(out + at + 16, widen(second, 64 * w));
        }
        if (count > 32) {
            __m128i third = _mm512_extracti32x4_epi32(chosen, 2);
            __m128i fourth = _mm512_extracti32x4_epi32(chosen, 3);
            _mm512_storeu_si512(out + at + 32, widen(third, 64 * w));
            _mm512_storeu_si512(out + at + 48, widen(fourth, 64 * w));
        }
        at += count;
    }
    uint64_t room = at < n ? n - at : 0; /* too little for whole stores */
    return at + td_bitmap_list_scalar(out + at, room, bits, w, end);
}

void td_bitmap_fill_avx512(uint32_t *to, uint32_t value, const uint64_t *bits, uint64_t begin,
                           uint64_t end) {
    const __m512i lanes = _mm512_set1_epi32((int)value);
    for (uint64_t w = begin; w < end; w++) {
        if (bits[w] == 0) continue;
        for (uint64_t k = 0; k < 4; k++) {
            __mmask16 chosen = (__mmask16)(bits[w] >> 16 * k);
            _mm512_mask_storeu_epi32(to + 64 * w + 16 * k, chosen, lanes);
        }
    }
}
#else
typedef int td_no_avx512;
#endif
