/* gbdt/lanes_avx2.c: lanes_score.c's kernel with one byte a row, 32 rows in a register.
 *
 * AVX2 has no unsigned comparison: code > c where min(code, c) differs from code. A set of 32 bytes
 * is looked up in two halves of 16 by pshufb, which reads the low four bits of level / 8; bit 4,
 * moved to the top of each byte, chooses the half.
 *
 *     reach: [256 places][64 rows] bytes, 16 KiB, four times for the block */
#if defined(__x86_64__)
#include <immintrin.h>
#include <string.h>

#include "gbdt/lanes.h"

enum { GROUP = 64 };

static inline __m256i load(const uint8_t *at) { return _mm256_load_si256((const void *)at); }

static inline void store(uint8_t *at, __m256i x) { _mm256_store_si256((void *)at, x); }

/* Bytes of ones where the code is at most c. */
static inline __m256i at_most(__m256i code, __m256i c) {
    return _mm256_cmpeq_epi8(_mm256_min_epu8(code, c), code);
}

typedef struct halves {
    __m256i low, high; /* bytes 0..15 and 16..31 of the set, each twice */
} halves;

static inline halves halves_of(const td_bin_set *set) {
    __m256i bytes = _mm256_loadu_si256((const void *)set->word);
    return (halves){_mm256_permute2x128_si256(bytes, bytes, 0x00),
                    _mm256_permute2x128_si256(bytes, bytes, 0x11)};
}

/* Bytes of ones where the level is in the set. */
static inline __m256i inside(const uint8_t *codes, halves set) {
    __m256i byte_of = load(codes), bit = load(codes + TD_LANE_ROWS);
    __m256i is_high = _mm256_slli_epi16(byte_of, 3); /* bit 4 to bit 7; others do not matter */
    __m256i byte = _mm256_blendv_epi8(_mm256_shuffle_epi8(set.low, byte_of),
                                      _mm256_shuffle_epi8(set.high, byte_of), is_high);
    __m256i none = _mm256_cmpeq_epi8(_mm256_and_si256(byte, bit), _mm256_setzero_si256());
    return _mm256_xor_si256(none, _mm256_set1_epi8(-1));
}

/* 32 rows at a node: those of `from` go left or right. Returns the new leaf numbers. */
static inline __m256i divide(__m256i leaf, uint8_t *left, uint8_t *right, __m256i from,
                             __m256i is_left, __m256i right_leaf) {
    __m256i is_right = _mm256_andnot_si256(is_left, from);
    store(left, _mm256_and_si256(is_left, from));
    store(right, is_right);
    return _mm256_blendv_epi8(leaf, right_leaf, is_right);
}

/* The two halves stand written out: leaf numbers must stay in registers. */
static void leaves_of_group(uint8_t *leaf, const td_lane_tree *tree, const uint8_t *codes,
                            uint8_t (*reach)[GROUP]) {
    __m256i a = _mm256_set1_epi8((char)tree->first_leaf), b = a;
    memset(reach[0], 255, GROUP);
    for (uint32_t i = 0; i < tree->n_nodes; i++) {
        const td_lane_node *node = &tree->node[i];
        const uint8_t *column = codes + (uint64_t)node->column * TD_LANE_ROWS;
        __m256i is_left_a, is_left_b, right_leaf = _mm256_set1_epi8((char)node->right_leaf);
        if (node->set == TD_LANE_NUMBER) {
            __m256i code = _mm256_set1_epi8((char)node->code);
            is_left_a = at_most(load(column), code);
            is_left_b = at_most(load(column + 32), code);
        } else {
            halves set = halves_of(&tree->source->sets[node->set]);
            is_left_a = inside(column, set);
            is_left_b = inside(column + 32, set);
        }
        const uint8_t *from = reach[i];
        uint8_t *left = reach[node->left], *right = reach[node->right];
        __m256i from_b = load(from + 32);
        a = divide(a, left, right, load(from), is_left_a, right_leaf);
        b = divide(b, left + 32, right + 32, from_b, is_left_b, right_leaf);
    }
    _mm256_storeu_si256((void *)leaf, a);
    _mm256_storeu_si256((void *)(leaf + 32), b);
}

void td_lane_leaves_avx2(uint8_t *leaf, const td_lane_tree *tree, const uint8_t *codes,
                         void *reach) {
    for (int row = 0; row < TD_LANE_ROWS; row += GROUP) {
        leaves_of_group(leaf + row, tree, codes + row, reach);
    }
}
#else
typedef int td_no_avx2;
#endif
