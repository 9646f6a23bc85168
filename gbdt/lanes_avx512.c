/* gbdt/lanes_avx512.c: lanes_score.c's kernel with one bit a row.
 *
 * A comparison of 64 codes gives 64 bits and takes the node's reach as its own mask: so a node
 * costs, per 64 rows, one comparison, one exclusive-or for the left side, one masked move for the
 * leaf numbers and three moves of 8 bytes. Four groups of 64 rows share the node's loads.
 *
 *     reach: [256 places][4 groups] words, 8 KiB; leaf numbers: 4 registers
 *
 * A category's question is a look-up in its set of 32 bytes: a byte permutation by level / 8 and a
 * test of the bit. On Zen 4 a node costs about 5 cycles per 64 rows. */
#if defined(__x86_64__)
#include <immintrin.h>

#include "gbdt/lanes.h"

enum { GROUPS = TD_LANE_ROWS / 64 };

static inline __m512i load(const uint8_t *codes) { return _mm512_load_si512((const void *)codes); }

/* A node at work on the groups of a block. */
typedef struct visit {
    const uint64_t *from; /* [GROUPS] its reach */
    uint64_t *left, *right;
    const uint8_t *codes; /* its column */
    __m512i question;     /* the code or the set */
    __m512i right_leaf;
} visit;

static inline visit visit_of(uint64_t (*reach)[GROUPS], const td_lane_tree *tree, uint32_t i,
                             const uint8_t *codes) {
    const td_lane_node *node = &tree->node[i];
    visit here = {.from = reach[i],
                  .left = reach[node->left],
                  .right = reach[node->right],
                  .codes = codes + (uint64_t)node->column * TD_LANE_ROWS,
                  .right_leaf = _mm512_set1_epi8((char)node->right_leaf)};
    if (node->set == TD_LANE_NUMBER) {
        here.question = _mm512_set1_epi8((char)node->code);
    } else {
        const uint32_t *word = tree->source->sets[node->set].word;
        here.question = _mm512_broadcast_i64x4(_mm256_loadu_si256((const void *)word));
    }
    return here;
}

/* Group g of a number: right = code above the node's. Returns the new leaf numbers. */
static inline __m512i ask_number(__m512i leaf, const visit *here, int g) {
    uint64_t from = here->from[g];
    uint64_t right = _mm512_mask_cmpgt_epu8_mask(from, load(here->codes + 64 * g), here->question);
    here->left[g] = from ^ right;
    here->right[g] = right;
    return _mm512_mask_mov_epi8(leaf, right, here->right_leaf);
}

/* Group g of a category: left = the level's bit is in the set. */
static inline __m512i ask_level(__m512i leaf, const visit *here, int g) {
    const uint8_t *codes = here->codes + 64 * g;
    __m512i byte = _mm512_permutexvar_epi8(load(codes), here->question);
    uint64_t from = here->from[g];
    uint64_t left = _mm512_mask_test_epi8_mask(from, byte, load(codes + TD_LANE_ROWS));
    here->left[g] = left;
    here->right[g] = from ^ left;
    return _mm512_mask_mov_epi8(leaf, from ^ left, here->right_leaf);
}

/* The four groups stand written out: leaf numbers must stay in registers. */
void td_lane_leaves_avx512(uint8_t *leaf, const td_lane_tree *tree, const uint8_t *codes,
                           void *scratch) {
    uint64_t(*reach)[GROUPS] = scratch;
    __m512i a = _mm512_set1_epi8((char)tree->first_leaf), b = a, c = a, d = a;
    for (int g = 0; g < GROUPS; g++) reach[0][g] = UINT64_MAX;
    for (uint32_t i = 0; i < tree->n_nodes; i++) {
        visit here = visit_of(reach, tree, i, codes);
        if (tree->node[i].set == TD_LANE_NUMBER) {
            a = ask_number(a, &here, 0);
            b = ask_number(b, &here, 1);
            c = ask_number(c, &here, 2);
            d = ask_number(d, &here, 3);
        } else {
            a = ask_level(a, &here, 0);
            b = ask_level(b, &here, 1);
            c = ask_level(c, &here, 2);
            d = ask_level(d, &here, 3);
        }
    }
    _mm512_storeu_si512(leaf, a);
    _mm512_storeu_si512(leaf + 64, b);
    _mm512_storeu_si512(leaf + 128, c);
    _mm512_storeu_si512(leaf + 192, d);
}
#else
typedef int td_no_avx512;
#endif
