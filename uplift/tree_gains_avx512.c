/* uplift/tree_gains_avx512.c: gains of a walk's candidates, eight at a time.
 *
 * The euclidean criterion without normalisation, which forests take: with the sums w, s (weight and
 * outcome) of arm a on a side, its rate in the node y_a and m rows of shrinkage,
 *
 *     rate_a = (s + m y_a) / (w + m)
 *     D(side) = sum over the treated arms of 2 (rate_a - rate_0)^2
 *     gain = W_left / W D(left) + W_right / W D(right) - D(node)
 *
 * with the operations of td_effect_gain in their order, so that gains are equal to the bit: a
 * quotient is never replaced by a product with an inverse. Where an arm has no weight on a side,
 * w = 0, the gain is 0. It costs six divisions a candidate of two arms.
 *
 * Not done here: the other criteria (tree_criterion.c). */
#if defined(__x86_64__)
#include <math.h>

#include "gbdt/first_lanes.h"
#include "uplift/tree_parts.h"

/* One side of eight candidates. */
typedef struct side {
    __m512d weight;  /* of all arms */
    __m512d least;   /* weight of an arm */
    __m512d control; /* rate of arm 0 */
    __m512d value;   /* D */
} side;

static inline __m512d square_gap(__m512d rate, __m512d control) {
    __m512d gap = _mm512_sub_pd(rate, control);
    return _mm512_mul_pd(_mm512_mul_pd(_mm512_set1_pd(2), gap), gap);
}

/* Take arm a in. */
static inline void add_arm(side *s, __m512i grad, __m512i hess, const td_effect_scan *scan,
                           uint32_t a) {
    double m = scan->rule->params->shrinkage;
    __m512d weight = _mm512_mul_pd(_mm512_cvtepi64_pd(hess), _mm512_set1_pd(scan->weight_scale[a]));
    __m512d outcome =
        _mm512_mul_pd(_mm512_cvtepi64_pd(grad), _mm512_set1_pd(scan->outcome_scale[a]));
    __m512d rate = _mm512_div_pd(_mm512_add_pd(outcome, _mm512_set1_pd(m * scan->node_rate[a])),
                                 _mm512_add_pd(weight, _mm512_set1_pd(m)));
    s->weight = _mm512_add_pd(s->weight, weight);
    s->least = _mm512_min_pd(s->least, weight);
    if (a == 0) {
        s->control = rate;
    } else {
        s->value = _mm512_add_pd(s->value, square_gap(rate, s->control));
    }
}

static double node_value(const td_effect_scan *scan) {
    double value = 0;
    for (uint32_t a = 1; a < scan->rule->n_arms; a++) {
        double gap = scan->node_rate[a] - scan->node_rate[0];
        value += 2 * gap * gap;
    }
    return value;
}

void td_effect_gains_avx512(double *gain, const td_effect_scan *scan) {
    const __m512d zero = _mm512_setzero_pd(), most = _mm512_set1_pd(HUGE_VAL);
    const __m512d node = _mm512_set1_pd(node_value(scan));
    for (uint32_t i = scan->begin; i < scan->end; i += 8) {
        __mmask8 valid = td_first_of_8(scan->end - i);
        side left = {zero, most, zero, zero}, right = left;
        for (uint32_t a = 0; a < scan->rule->n_arms; a++) {
            const uint32_t at = a * TD_EFFECT_BINS + i;
            __m512i grad = _mm512_maskz_loadu_epi64(valid, scan->grad + at);
            __m512i hess = _mm512_maskz_loadu_epi64(valid, scan->hess + at);
            add_arm(&left, grad, hess, scan, a);
            add_arm(&right, _mm512_sub_epi64(_mm512_set1_epi64(scan->grad_total[a]), grad),
                    _mm512_sub_epi64(_mm512_set1_epi64(scan->hess_total[a]), hess), scan, a);
        }
        __m512d n = _mm512_add_pd(left.weight, right.weight);
        __m512d sum = _mm512_mul_pd(_mm512_div_pd(left.weight, n), left.value);
        sum = _mm512_add_pd(sum, _mm512_mul_pd(_mm512_div_pd(right.weight, n), right.value));
        __m512d least = _mm512_min_pd(left.least, right.least);
        __mmask8 weighs = _mm512_cmp_pd_mask(least, zero, _CMP_GT_OQ);
        _mm512_mask_storeu_pd(gain + i, valid, _mm512_maskz_sub_pd(weighs, sum, node));
    }
}
#else
typedef int td_no_avx512;
#endif
