/* gbdt/split_avx512.c: split.c's prefix and scan, eight bins at a time.
 *
 * Prefix: a vector of eight words is summed to running sums in three shifted additions (by one, two
 * and four lanes); the last lane is carried into the next vector. The words of bins with rows are
 * moved together and decoded.
 *
 * Scan: the operations of td_pair_score in the same order on eight candidates, without fused
 * multiply-add, but in integers' units: the scales are powers of two (quantise.h), so real numbers
 * would only have other exponents, and a score has the same bits once it is scaled. Two things are
 * not computed where they cannot matter:
 *
 *     limits     left sums grow with the candidates, right sums fall: those that keep the limits
 *                stand together, and only the first and the last vector of them are mixed
 *     quotients  a score is a / b, and dividing takes as long as all the rest;
 *                a < best * b * (1 - 2^-50) - 10^-300   implies   a / b <= best when rounded,
 *                where best is the highest score so far, or the floor
 *
 * Reads up to 7 words beyond n: slots have room for 260. */
#if defined(__x86_64__)
#include <math.h>

#include "gbdt/first_lanes.h"
#include "gbdt/split.h"

/* Lanes moved up by k, zeros moved in. */
#define SHIFT_UP(v, k) _mm512_alignr_epi64((v), _mm512_setzero_si512(), 8 - (k))

void td_prefix_packed_avx512(td_prefix *prefix, const uint64_t *packed, uint32_t n) {
    const __m512i last = _mm512_set1_epi64(7);
    const __m512i hess_mask = _mm512_set1_epi64(0x1ffffff), rows_mask = _mm512_set1_epi64(0x1fff);
    __m512i carry = _mm512_setzero_si512();
    uint32_t i = 0;
    prefix->bins = (td_bin_set){{0}};
    uint8_t *byte = (uint8_t *)&prefix->bins; /* little-endian: bits in ascending order */
    for (uint32_t b = 0; b < n; b += 8) {
        __m512i sum = _mm512_loadu_si512(packed + b);
        uint32_t keep = _mm512_test_epi64_mask(sum, sum) | (b == 0);
        keep &= td_first_of_8(n - b);
        sum = _mm512_add_epi64(sum, SHIFT_UP(sum, 1));
        sum = _mm512_add_epi64(sum, SHIFT_UP(sum, 2));
        sum = _mm512_add_epi64(sum, SHIFT_UP(sum, 4));
        sum = _mm512_add_epi64(sum, carry);
        carry = _mm512_permutexvar_epi64(last, sum);
        sum = _mm512_maskz_compress_epi64((__mmask8)keep, sum);
        __m512i grad = _mm512_srai_epi64(sum, TD_GRAD_SHIFT);
        __m512i hess = _mm512_and_si512(_mm512_srli_epi64(sum, TD_HESS_SHIFT), hess_mask);
        _mm512_storeu_pd(prefix->grad + i, _mm512_cvtepi64_pd(grad));
        _mm512_storeu_pd(prefix->hess + i, _mm512_cvtepi64_pd(hess));
        _mm512_storeu_si512(prefix->rows + i, _mm512_and_si512(sum, rows_mask));
        byte[b / 8] = (uint8_t)keep;
        i += (uint32_t)__builtin_popcount(keep);
    }
    prefix->n = i;
}

/* Sum of eight words modulo 2^64; the compiler's own reduction adds signed integers. */
static inline uint64_t sum_lanes(__m512i v) {
    __m256i four = _mm256_add_epi64(_mm512_castsi512_si256(v), _mm512_extracti64x4_epi64(v, 1));
    __m128i two = _mm_add_epi64(_mm256_castsi256_si128(four), _mm256_extracti128_si256(four, 1));
    return (uint64_t)_mm_cvtsi128_si64(two) + (uint64_t)_mm_extract_epi64(two, 1);
}

/* Sum of n words. */
static uint64_t sum_run(const uint64_t *word, uint32_t n) {
    __m512i sum = _mm512_maskz_loadu_epi64(td_first_of_8(n), word);
    for (uint32_t i = 8; i < n; i += 8) {
        sum = _mm512_add_epi64(sum, _mm512_maskz_loadu_epi64(td_first_of_8(n - i), word + i));
    }
    return sum_lanes(sum);
}

/* Bins that follow each other add up as vectors, from the first run of them to the last. */
static void marginal_of_first(uint64_t *out, const uint64_t *joint, uint32_t n_bins,
                              uint32_t n_codes) {
    for (uint32_t b = 0; b < n_bins; b += 8) {
        __mmask8 lanes = td_first_of_8(n_bins - b);
        __m512i sum = _mm512_setzero_si512();
        for (uint32_t at = b; at < n_codes; at += n_bins) {
            sum = _mm512_add_epi64(sum, _mm512_maskz_loadu_epi64(lanes, joint + at));
        }
        _mm512_mask_storeu_epi64(out + b, lanes, sum);
    }
}

void td_marginal_avx512(uint64_t *restrict out, const uint64_t *restrict joint, uint32_t n_bins,
                        uint32_t inner, uint32_t n_codes) {
    if (inner == 1) {
        marginal_of_first(out, joint, n_bins, n_codes);
        return;
    }
    for (uint32_t b = 0; b < n_bins; b++) out[b] = sum_run(joint + b * inner, inner);
    uint32_t at = n_bins * inner;
    while (at < n_codes) {
        for (uint32_t b = 0; b < n_bins; b++, at += inner) out[b] += sum_run(joint + at, inner);
    }
}

uint64_t td_crowded_avx512(td_bin_set *set, const uint64_t *packed, uint32_t n, uint64_t least) {
    const __m512i rows_mask = _mm512_set1_epi64(0x1fff), wanted = _mm512_set1_epi64((int64_t)least);
    __m512i total = _mm512_setzero_si512();
    *set = (td_bin_set){{0}};
    for (uint32_t b = 0; b < n; b += 8) {
        __mmask8 valid = td_first_of_8(n - b);
        __m512i word = _mm512_maskz_loadu_epi64(valid, packed + b);
        total = _mm512_add_epi64(total, word);
        __m512i rows = _mm512_and_si512(word, rows_mask);
        uint32_t found = _mm512_mask_cmpge_epu64_mask(valid, rows, wanted);
        set->word[b / 32] |= found << b % 32;
    }
    return sum_lanes(total);
}

void td_rank_avx512(uint8_t *order, const double *key, uint32_t n) {
    for (uint32_t i = 0; i < n; i++) {
        const __m512d own = _mm512_set1_pd(key[i]);
        uint32_t rank = 0;
        for (uint32_t j = 0; j < n; j += 8) {
            __m512d other = _mm512_maskz_loadu_pd(td_first_of_8(n - j), key + j);
            uint32_t below = _mm512_cmp_pd_mask(other, own, _CMP_LT_OQ);
            uint32_t equal = _mm512_cmp_pd_mask(other, own, _CMP_EQ_OQ);
            uint32_t before = j + 8 <= i ? 0xff : j < i ? (1u << (i - j)) - 1 : 0;
            rank += (uint32_t)__builtin_popcount((below | (equal & before)) & td_first_of_8(n - j));
        }
        order[rank] = (uint8_t)i;
    }
}

/* A scan in integers' units: what td_pair_score computes, divided by its scales. */
typedef struct unit_scan {
    const td_prefix *prefix;
    double add[3], total[3]; /* grad, hess, rows */
    double l1, l2, min_hess, min_rows, floor;
    uint32_t begin, end; /* vectors with allowed candidates, multiples of 8 */
} unit_scan;

static int side_allowed(const unit_scan *scan, double hess, double rows) {
    return rows >= scan->min_rows && hess >= scan->min_hess && hess + scan->l2 > 0;
}

static int left_allowed(const unit_scan *scan, uint32_t i) {
    return side_allowed(scan, scan->prefix->hess[i] + scan->add[1],
                        (double)scan->prefix->rows[i] + scan->add[2]);
}

static int right_allowed(const unit_scan *scan, uint32_t i) {
    return side_allowed(scan, scan->total[1] - (scan->prefix->hess[i] + scan->add[1]),
                        scan->total[2] - ((double)scan->prefix->rows[i] + scan->add[2]));
}

static unit_scan in_units(const td_scan *given) {
    const td_split_units *units = &given->rule->units;
    unit_scan scan = {.prefix = given->prefix,
                      .add = {given->add_grad, given->add_hess, given->add_rows},
                      .total = {given->total_grad, given->total_hess, given->total_rows},
                      .l1 = units->l1,
                      .l2 = units->l2,
                      .min_hess = units->min_hess,
                      .min_rows = fmax(given->rule->min_rows, 1),
                      .floor = given->floor * units->per_score,
                      .end = (given->prefix->n + 7) & ~7u};
    while (scan.begin + 8 <= given->prefix->n && !left_allowed(&scan, scan.begin + 7))
        scan.begin += 8;
    while (scan.begin < scan.end && !right_allowed(&scan, scan.end - 8)) scan.end -= 8;
    return scan;
}

static inline __mmask8 lanes_allowed(const unit_scan *scan, __m512d hess, __m512d rows) {
    __mmask8 ok = _mm512_cmp_pd_mask(rows, _mm512_set1_pd(scan->min_rows), _CMP_GE_OQ);
    ok &= _mm512_cmp_pd_mask(hess, _mm512_set1_pd(scan->min_hess), _CMP_GE_OQ);
    hess = _mm512_add_pd(hess, _mm512_set1_pd(scan->l2));
    return ok & _mm512_cmp_pd_mask(hess, _mm512_setzero_pd(), _CMP_GT_OQ);
}

/* Of candidates i .. i + 7 those that exist and keep the limits. */
static __mmask8 allowed(const unit_scan *scan, uint32_t i) {
    __m512d hess =
        _mm512_add_pd(_mm512_loadu_pd(scan->prefix->hess + i), _mm512_set1_pd(scan->add[1]));
    __m512d rows = _mm512_cvtepi64_pd(_mm512_loadu_si512(scan->prefix->rows + i));
    rows = _mm512_add_pd(rows, _mm512_set1_pd(scan->add[2]));
    __mmask8 ok = lanes_allowed(scan, hess, rows);
    ok &= lanes_allowed(scan, _mm512_sub_pd(_mm512_set1_pd(scan->total[1]), hess),
                        _mm512_sub_pd(_mm512_set1_pd(scan->total[2]), rows));
    return ok & td_first_of_8(scan->prefix->n - i);
}

/* Does a candidate keep the limits? In two vectors the last of the first one does: it keeps the
 * left limits, and the first of the last vector, which is farther right, the right ones. */
static int is_open(const unit_scan *scan) {
    if (scan->begin + 8 < scan->end) return 1;
    return scan->begin < scan->end && allowed(scan, scan->begin) != 0;
}

#define INLINE static inline __attribute__((always_inline))

INLINE __m512d shrunk_square(__m512d g, double l1) {
    if (l1 == 0) return _mm512_mul_pd(g, g);
    __m512d t = _mm512_sub_pd(_mm512_abs_pd(g), _mm512_set1_pd(l1));
    t = _mm512_max_pd(t, _mm512_setzero_pd());
    return _mm512_mul_pd(t, t);
}

/* Scores of candidates i .. i + 7 as quotients. */
INLINE void quotients(__m512d *above, __m512d *below, const unit_scan *scan, uint32_t i,
                      double l1) {
    const __m512d l2 = _mm512_set1_pd(scan->l2);
    __m512d gl = _mm512_loadu_pd(scan->prefix->grad + i);
    __m512d hl = _mm512_loadu_pd(scan->prefix->hess + i);
    gl = _mm512_add_pd(gl, _mm512_set1_pd(scan->add[0]));
    hl = _mm512_add_pd(hl, _mm512_set1_pd(scan->add[1]));
    __m512d gr = _mm512_sub_pd(_mm512_set1_pd(scan->total[0]), gl);
    __m512d hr = _mm512_add_pd(_mm512_sub_pd(_mm512_set1_pd(scan->total[1]), hl), l2);
    hl = _mm512_add_pd(hl, l2);
    *above = _mm512_add_pd(_mm512_mul_pd(shrunk_square(gl, l1), hr),
                           _mm512_mul_pd(shrunk_square(gr, l1), hl));
    *below = _mm512_mul_pd(hl, hr);
}

/* The first lane with the highest score, if that beats *best. */
static void take_best(td_scan_best *best, __mmask8 ok, __m512d score, uint32_t i) {
    double highest = _mm512_mask_reduce_max_pd(ok, score);
    if (!(highest > best->score)) return;
    ok = _mm512_mask_cmp_pd_mask(ok, score, _mm512_set1_pd(highest), _CMP_EQ_OQ);
    *best = (td_scan_best){highest, i + (uint32_t)__builtin_ctz(ok), 1};
}

/* l1 is a constant 0 of the usual caller. */
INLINE td_scan_best scan_vectors(const unit_scan *scan, double l1) {
    td_scan_best best = {-1, 0, 1};
    __m512d bar = _mm512_set1_pd(scan->floor * (1 - 0x1p-50));
    for (uint32_t i = scan->begin; i < scan->end; i += 8) {
        __m512d above, below;
        quotients(&above, &below, scan, i, l1);
        __m512d least = _mm512_sub_pd(_mm512_mul_pd(bar, below), _mm512_set1_pd(1e-300));
        __mmask8 ok = _mm512_cmp_pd_mask(above, least, _CMP_NLT_UQ);
        if (ok == 0) continue;
        if (i == scan->begin || i + 8 == scan->end) ok &= allowed(scan, i);
        if (ok == 0) continue;
        take_best(&best, ok, _mm512_div_pd(above, below), i);
        bar = _mm512_set1_pd(fmax(best.score, scan->floor) * (1 - 0x1p-50));
    }
    return best;
}

td_scan_best td_scan_avx512(const td_scan *given) {
    const unit_scan scan = in_units(given);
    if (!is_open(&scan)) return (td_scan_best){-1, 0, 0};
    td_scan_best best = scan.l1 == 0 ? scan_vectors(&scan, 0) : scan_vectors(&scan, scan.l1);
    if (best.score >= 0) best.score *= given->rule->units.score;
    return best;
}
#else
typedef int td_no_avx512;
#endif
