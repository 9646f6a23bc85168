/* gbdt/lanes_rank_avx512.c: lanes_rank.c's kernel, a level's look-up by permutation of registers.
 *
 * 32 rows descend together, eight to a register, each with its place k in the table as an integer
 * of 64 bits. A permutation reads only the low bits of its indices, and those of k are the place
 * within the registers of k's level:
 *
 *     level   entries    registers   look-up
 *     0-2     1 .. 7     1           one permutation by the low 3 bits
 *     3       8 .. 15    1           the same
 *     4       16 .. 31   2           one permutation of two registers by 4 bits
 *     5       32 .. 63   4           two of these, bit 4 of k chooses
 *     6, 7    .. 255     8, 16       four, eight; bits 5 and 6 choose
 *
 * Then k = 2 k + (table[k] < x), with the comparison's bits as mask of the addition. Tables have at
 * least 8 entries (3 steps), so the first line needs no question.
 *
 * While a column's rows are ranked those of the next one are fetched: columns stand far apart in
 * memory, 2 KiB of each is too short for the processor to foresee them.
 * Cost on Zen 4: 0.5 ns a value with 15 thresholds, 0.8 with 63, 1.6 with 255; the scalar search
 * takes 2.2, 3.3 and 4.5. */
#if defined(__x86_64__)
#include <immintrin.h>

#include "gbdt/lanes.h"

enum { WIDTH = 8, STEP = 4 * WIDTH };

/* Places, or values, of 32 rows. */
typedef struct places {
    __m512i a, b, c, d;
} places;

typedef struct values {
    __m512d a, b, c, d;
} values;

/* ---- one level ------------------------------------------------------------------------------- */

static inline __m512i down(__m512i k, __m512d threshold, __m512d x) {
    __mmask8 is_above = _mm512_cmp_pd_mask(threshold, x, _CMP_LT_OQ);
    __m512i twice = _mm512_add_epi64(k, k);
    return _mm512_mask_add_epi64(twice, is_above, twice, _mm512_set1_epi64(1));
}

static inline __m512d look_up_8(__m512i k, const double *level) {
    return _mm512_permutexvar_pd(k, _mm512_load_pd(level));
}

static inline __m512d look_up_16(__m512i k, const double *level) {
    return _mm512_permutex2var_pd(_mm512_load_pd(level), k, _mm512_load_pd(level + WIDTH));
}

/* The second where k has the bit. */
static inline __m512d choose(__m512i k, long long bit, __m512d without, __m512d with) {
    return _mm512_mask_mov_pd(without, _mm512_test_epi64_mask(k, _mm512_set1_epi64(bit)), with);
}

static inline __m512d look_up_32(__m512i k, const double *level) {
    return choose(k, 16, look_up_16(k, level), look_up_16(k, level + 16));
}

static inline __m512d look_up_64(__m512i k, const double *level) {
    return choose(k, 32, look_up_32(k, level), look_up_32(k, level + 32));
}

static inline __m512d look_up_128(__m512i k, const double *level) {
    return choose(k, 64, look_up_64(k, level), look_up_64(k, level + 64));
}

/* ---- 32 rows --------------------------------------------------------------------------------- */

/* One level for all of them. */
#define DESCEND(k, x, look_up, level)                                                              \
    (places) {                                                                                     \
        down((k).a, look_up((k).a, level), (x).a), down((k).b, look_up((k).b, level), (x).b),      \
            down((k).c, look_up((k).c, level), (x).c), down((k).d, look_up((k).d, level), (x).d)   \
    }

static inline places descend(values x, const td_lane_feature *feature) {
    const double *table = feature->table;
    __m512i one = _mm512_set1_epi64(1);
    places k = {one, one, one, one};
    k = DESCEND(k, x, look_up_8, table);
    k = DESCEND(k, x, look_up_8, table);
    k = DESCEND(k, x, look_up_8, table);
    if (feature->n_steps > 3) k = DESCEND(k, x, look_up_8, table + 8);
    if (feature->n_steps > 4) k = DESCEND(k, x, look_up_16, table + 16);
    if (feature->n_steps > 5) k = DESCEND(k, x, look_up_32, table + 32);
    if (feature->n_steps > 6) k = DESCEND(k, x, look_up_64, table + 64);
    if (feature->n_steps > 7) k = DESCEND(k, x, look_up_128, table + 128);
    return k;
}

/* The low bytes of 32 places. */
static inline __m256i bytes_of(places k) {
    __m128i low = _mm_unpacklo_epi64(_mm512_cvtepi64_epi8(k.a), _mm512_cvtepi64_epi8(k.b));
    __m128i high = _mm_unpacklo_epi64(_mm512_cvtepi64_epi8(k.c), _mm512_cvtepi64_epi8(k.d));
    return _mm256_inserti128_si256(_mm256_castsi128_si256(low), high, 1);
}

/* Bit i: row i has no value. */
static inline __mmask32 missing_of(values x) {
    __mmask8 a = _mm512_cmp_pd_mask(x.a, x.a, _CMP_UNORD_Q);
    __mmask8 b = _mm512_cmp_pd_mask(x.b, x.b, _CMP_UNORD_Q);
    __mmask8 c = _mm512_cmp_pd_mask(x.c, x.c, _CMP_UNORD_Q);
    __mmask8 d = _mm512_cmp_pd_mask(x.d, x.d, _CMP_UNORD_Q);
    return (__mmask32)a | (__mmask32)b << 8 | (__mmask32)c << 16 | (__mmask32)d << 24;
}

/* Rows i .. i + 31 of the block; those that `exists` leaves out get some code. */
static inline void rank_rows(const td_lane_cells *cells, uint64_t i, uint32_t exists,
                             const td_lane_feature *feature) {
    const double *at = cells->x + i;
    values x = {_mm512_maskz_loadu_pd((__mmask8)exists, at),
                _mm512_maskz_loadu_pd((__mmask8)(exists >> 8), at + WIDTH),
                _mm512_maskz_loadu_pd((__mmask8)(exists >> 16), at + 2 * WIDTH),
                _mm512_maskz_loadu_pd((__mmask8)(exists >> 24), at + 3 * WIDTH)};
    for (int j = 0; j < STEP; j += WIDTH) {
        _mm_prefetch((const void *)(cells->next + i + j), _MM_HINT_T0);
    }
    __m256i n_ranks = _mm256_set1_epi8((char)((1u << feature->n_steps) - 1));
    __m256i rank = _mm256_and_si256(bytes_of(descend(x, feature)), n_ranks);
    if (cells->low != NULL) _mm256_storeu_si256((void *)(cells->low + i), rank);
    if (cells->high == NULL) return;
    rank = _mm256_mask_mov_epi8(rank, missing_of(x), _mm256_set1_epi8(-1));
    _mm256_storeu_si256((void *)(cells->high + i), rank);
}

void td_lane_rank_avx512(const td_lane_cells *cells, const td_lane_feature *feature) {
    uint64_t i = 0;
    for (; i + STEP <= cells->n; i += STEP) rank_rows(cells, i, UINT32_MAX, feature);
    if (i < cells->n) rank_rows(cells, i, (1u << (cells->n - i)) - 1, feature);
}
#else
typedef int td_no_avx512;
#endif
