/* gbdt/split_avx512.c: split.c's prefix and scan, eight bins at a time.
 *
 * Prefix: a vector of eight words is summed to running sums in three shifted additions (by one, two
 * and four lanes); the last lane is carried into the next vector. The words are decoded afterwards.
 * Scan: the operations of td_pair_score in the same order on eight candidates, without fused
 * multiply-add. Each lane keeps its first best candidate; lanes are joined by (score, lower bin).
 * Reads up to 7 bins beyond n: slots have room for 260. */
#if defined(__x86_64__)
#include <immintrin.h>

#include "gbdt/split.h"

/* Lanes moved up by k, zeros moved in. */
#define SHIFT_UP(v, k) _mm512_alignr_epi64((v), _mm512_setzero_si512(), 8 - (k))

void td_prefix_packed_avx512(td_prefix *prefix, const uint64_t *packed, uint32_t n) {
    const __m512i last = _mm512_set1_epi64(7);
    const __m512i hess_mask = _mm512_set1_epi64(0x1ffffff), rows_mask = _mm512_set1_epi64(0x1fff);
    __m512i carry = _mm512_setzero_si512();
    for (uint32_t b = 0; b < n; b += 8) {
        __m512i sum = _mm512_loadu_si512(packed + b);
        sum = _mm512_add_epi64(sum, SHIFT_UP(sum, 1));
        sum = _mm512_add_epi64(sum, SHIFT_UP(sum, 2));
        sum = _mm512_add_epi64(sum, SHIFT_UP(sum, 4));
        sum = _mm512_add_epi64(sum, carry);
        carry = _mm512_permutexvar_epi64(last, sum);
        __m512i grad = _mm512_srai_epi64(sum, TD_GRAD_SHIFT);
        __m512i hess = _mm512_and_si512(_mm512_srli_epi64(sum, TD_HESS_SHIFT), hess_mask);
        _mm512_storeu_pd(prefix->grad + b, _mm512_cvtepi64_pd(grad));
        _mm512_storeu_pd(prefix->hess + b, _mm512_cvtepi64_pd(hess));
        _mm512_storeu_pd(prefix->rows + b, _mm512_cvtepi64_pd(_mm512_and_si512(sum, rows_mask)));
    }
}

static inline __m512d shrunk_square(__m512d g, __m512d l1) {
    __m512d t = _mm512_max_pd(_mm512_sub_pd(_mm512_abs_pd(g), l1), _mm512_setzero_pd());
    return _mm512_mul_pd(t, t);
}

/* Constants of a scan, one register each. */
typedef struct limits {
    __m512d grad_scale, hess_scale, l1, l2, min_hess, min_rows;
} limits;

/* Lanes where a side keeps the limits; *h receives its real hessian sum + l2. */
static inline __mmask8 allowed(__m512d *h, __m512d hess, __m512d rows, const limits *limit) {
    __m512d real = _mm512_mul_pd(hess, limit->hess_scale);
    *h = _mm512_add_pd(real, limit->l2);
    __mmask8 ok = _mm512_cmp_pd_mask(rows, limit->min_rows, _CMP_GE_OQ);
    ok &= _mm512_cmp_pd_mask(real, limit->min_hess, _CMP_GE_OQ);
    return ok & _mm512_cmp_pd_mask(*h, _mm512_setzero_pd(), _CMP_GT_OQ);
}

/* Eight candidates: left sums in, scores out; lanes that break a limit hold -1. */
static inline __m512d pair_scores(const __m512d left[3], const __m512d total[3],
                                  const limits *limit) {
    const __m512d none = _mm512_set1_pd(-1);
    __m512d hl, hr;
    __mmask8 ok = allowed(&hl, left[1], left[2], limit);
    ok &= allowed(&hr, _mm512_sub_pd(total[1], left[1]), _mm512_sub_pd(total[2], left[2]), limit);
    if (ok == 0) return none;
    __m512d gl = _mm512_mul_pd(left[0], limit->grad_scale);
    __m512d gr = _mm512_mul_pd(_mm512_sub_pd(total[0], left[0]), limit->grad_scale);
    __m512d sum = _mm512_add_pd(_mm512_mul_pd(shrunk_square(gl, limit->l1), hr),
                                _mm512_mul_pd(shrunk_square(gr, limit->l1), hl));
    return _mm512_mask_div_pd(none, ok, sum, _mm512_mul_pd(hl, hr));
}

/* Highest score; of equal ones the lowest bin. */
static td_scan_best join_lanes(__m512d score, __m512i bin) {
    double scores[8];
    uint64_t bins[8];
    _mm512_storeu_pd(scores, score);
    _mm512_storeu_si512(bins, bin);
    td_scan_best best = {-1, 0};
    for (int k = 0; k < 8; k++) {
        int is_better = scores[k] > best.score || (scores[k] == best.score && bins[k] < best.bin);
        if (scores[k] >= 0 && is_better) best = (td_scan_best){scores[k], (uint32_t)bins[k]};
    }
    return best;
}

td_scan_best td_scan_avx512(const td_scan *scan) {
    const td_split_rule *rule = scan->rule;
    const limits limit = {
        _mm512_set1_pd(rule->grad_scale), _mm512_set1_pd(rule->hess_scale),
        _mm512_set1_pd(rule->l1),         _mm512_set1_pd(rule->l2),
        _mm512_set1_pd(rule->min_hess),   _mm512_set1_pd(rule->min_rows > 1 ? rule->min_rows : 1)};
    const __m512d total[3] = {_mm512_set1_pd(scan->total_grad), _mm512_set1_pd(scan->total_hess),
                              _mm512_set1_pd(scan->total_rows)};
    const __m512d add[3] = {_mm512_set1_pd(scan->add_grad), _mm512_set1_pd(scan->add_hess),
                            _mm512_set1_pd(scan->add_rows)};
    __m512d best = _mm512_set1_pd(-1);
    __m512i bin = _mm512_set_epi64(7, 6, 5, 4, 3, 2, 1, 0), best_bin = bin;
    for (uint32_t b = 0; b < scan->n; b += 8) {
        __m512d left[3] = {_mm512_add_pd(_mm512_loadu_pd(scan->prefix->grad + b), add[0]),
                           _mm512_add_pd(_mm512_loadu_pd(scan->prefix->hess + b), add[1]),
                           _mm512_add_pd(_mm512_loadu_pd(scan->prefix->rows + b), add[2])};
        __m512d score = pair_scores(left, total, &limit);
        __mmask8 inside = scan->n - b >= 8 ? 0xff : (__mmask8)((1u << (scan->n - b)) - 1);
        __mmask8 better = _mm512_mask_cmp_pd_mask(inside, score, best, _CMP_GT_OQ);
        best = _mm512_mask_mov_pd(best, better, score);
        best_bin = _mm512_mask_mov_epi64(best_bin, better, bin);
        bin = _mm512_add_epi64(bin, _mm512_set1_epi64(8));
    }
    return join_lanes(best, best_bin);
}
#else
typedef int td_no_avx512;
#endif
