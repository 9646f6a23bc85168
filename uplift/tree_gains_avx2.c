/* uplift/tree_gains_avx2.c: gains of a walk's candidates, four at a time.
 *
 *   1. Sums of the left sides, and totals less these for the right ones, become doubles one by one:
 *      AVX2 has no conversion of 64-bit integers.
 *   2. rate = (s + m y) / (w + m) of every arm, 2 (rate_a - rate_0)^2 of every treated one, and the
 *      weighted sum of both sides less the node's: tree_gains_avx512.c has the formula and the
 *      symbols. A candidate that leaves an arm without weight on a side gets 0 instead.
 *   3. The last candidates of a walk, up to three, are judged by the scalar form.
 *
 * The operations of td_effect_gain in their order: gains are equal to the bit. Cost: six divisions
 * a candidate of two arms. Not done here: the other criteria (tree_criterion.c). */
#if defined(__x86_64__)
#include <immintrin.h>
#include <math.h>

#include "uplift/tree_parts.h"

/* One side of four candidates. */
typedef struct side {
    __m256d weight;  /* of all arms */
    __m256d least;   /* weight of an arm */
    __m256d control; /* rate of arm 0 */
    __m256d value;   /* D */
} side;

/* flip * x + from, for flip = 1 or -1, times scale. */
static inline __m256d real_of(const int64_t *x, int64_t flip, int64_t from, double scale) {
    __m256d all = _mm256_set_pd((double)(from + flip * x[3]), (double)(from + flip * x[2]),
                                (double)(from + flip * x[1]), (double)(from + flip * x[0]));
    return _mm256_mul_pd(all, _mm256_set1_pd(scale));
}

/* Take arm a in. */
static inline void add_arm(side *s, __m256d outcome, __m256d weight, const td_effect_scan *scan,
                           uint32_t a) {
    double m = scan->rule->params->shrinkage;
    __m256d rate = _mm256_div_pd(_mm256_add_pd(outcome, _mm256_set1_pd(m * scan->node_rate[a])),
                                 _mm256_add_pd(weight, _mm256_set1_pd(m)));
    s->weight = _mm256_add_pd(s->weight, weight);
    s->least = _mm256_min_pd(s->least, weight);
    if (a == 0) {
        s->control = rate;
        return;
    }
    __m256d gap = _mm256_sub_pd(rate, s->control);
    s->value = _mm256_add_pd(s->value, _mm256_mul_pd(_mm256_mul_pd(_mm256_set1_pd(2), gap), gap));
}

static __m256d node_value(const td_effect_scan *scan) {
    double value = 0;
    for (uint32_t a = 1; a < scan->rule->n_arms; a++) {
        double gap = scan->node_rate[a] - scan->node_rate[0];
        value += 2 * gap * gap;
    }
    return _mm256_set1_pd(value);
}

void td_effect_gains_avx2(double *gain, const td_effect_scan *scan) {
    const __m256d zero = _mm256_setzero_pd(), most = _mm256_set1_pd(HUGE_VAL);
    const __m256d node = node_value(scan);
    uint32_t i = scan->begin;
    for (; i + 4 <= scan->end; i += 4) {
        side left = {zero, most, zero, zero}, right = left;
        for (uint32_t a = 0; a < scan->rule->n_arms; a++) {
            const int64_t *grad = scan->grad + a * TD_EFFECT_BINS + i;
            const int64_t *hess = scan->hess + a * TD_EFFECT_BINS + i;
            double outcome = scan->outcome_scale[a], weight = scan->weight_scale[a];
            add_arm(&left, real_of(grad, 1, 0, outcome), real_of(hess, 1, 0, weight), scan, a);
            add_arm(&right, real_of(grad, -1, scan->grad_total[a], outcome),
                    real_of(hess, -1, scan->hess_total[a], weight), scan, a);
        }
        __m256d n = _mm256_add_pd(left.weight, right.weight);
        __m256d sum = _mm256_mul_pd(_mm256_div_pd(left.weight, n), left.value);
        sum = _mm256_add_pd(sum, _mm256_mul_pd(_mm256_div_pd(right.weight, n), right.value));
        __m256d least = _mm256_min_pd(left.least, right.least);
        __m256d weighs = _mm256_cmp_pd(least, zero, _CMP_GT_OQ);
        _mm256_storeu_pd(gain + i, _mm256_and_pd(weighs, _mm256_sub_pd(sum, node)));
    }
    td_effect_scan rest = *scan;
    rest.begin = i;
    td_effect_gains_scalar(gain, &rest);
}
#else
typedef int td_no_avx2;
#endif
