/* stats/delong.c: DeLong's variance of the AUC read off blocks of equal score.
 *
 * Problem: the AUC is a mean over all P N pairs of a positive and a negative row; its variance
 * follows from how each row fares against the other class (Hoeffding's projection):
 *   placement of positive i   V_i = share of negatives below it + half of those level with it
 *   placement of negative j   W_j = share of positives above it + half of those level with it
 *   AUC = mean V = mean W,   var(AUC) = S_V / P + S_W / N,
 *   S_V = sum (V_i - AUC)^2 / (P - 1),   S_W = sum (W_j - AUC)^2 / (N - 1).
 * DeLong compares all pairs, O(P N). All rows of one block and class share a placement, and with
 * p_b positives and n_b negatives down to the end of block b (dp_b, dn_b in it)
 *        V_b = (N - n_b + dn_b / 2) / N,      W_b = (p_{b-1} + dp_b / 2) / P
 *      score    9    7  7  7    4  4    2        P = 3, N = 4
 *      label    1    0  1  0    1  0    0        AUC = mean(1, 3/4, 3/8) = 17/24
 *      V        1       3/4    3/8
 *      W             1/2   1/2     5/6  1        = mean(1/2, 1/2, 5/6, 1) = 17/24
 * Two scores on the same rows:
 *   cov = sum (V1_i - A1)(V2_i - A2) / (P - 1) / P + the same for W over N;
 *   var(A1 - A2): the variance formula with V1 - V2 for V and W1 - W2 for W. It is summed by
 *   itself, not as v1 + v2 - 2 cov, so that scores that rank alike give exactly 0.
 *   z = (A1 - A2) / sqrt(var(A1 - A2)), compared with N(0, 1).
 * Logit scale: by the delta method se(logit A) = se(A) / (A (1 - A)).
 * Cost: O(blocks) for one score, O(n) for two, after the sort.
 * It does not know clusters and gives no interval where the variance estimate is 0.
 *
 * References: DeLong et al. (1988), doi:10.2307/2531595; Sun and Xu, "Fast implementation of
 * DeLong's algorithm" (2014), doi:10.1109/LSP.2014.2337313; Pepe, "The statistical evaluation of
 * medical tests" (2003), section 5.2, for the logit interval. */
#include "stats/delong.h"

#include <math.h>

#include "core/base/mem.h"
#include "core/base/numeric.h"

static const char *const TOO_FEW = "fewer than two rows of a class";
static const char *const NO_SPREAD = "the variance estimate is 0";

/* Counts and placements of one block. */
typedef struct placed_block {
    uint32_t positives, negatives; /* dp, dn */
    double of_positive;            /* V */
    double of_negative;            /* W */
} placed_block;

/* Counts are halved once, at the end: 2 N fits 33 bits, so nothing is rounded before. */
static placed_block place_block(const td_ranking *ranking, uint32_t b) {
    td_rank_block block = ranking->blocks[b], last = {0};
    if (b > 0) last = ranking->blocks[b - 1];
    uint64_t positives = ranking->n_positives, negatives = ranking->n - positives;
    placed_block out = {.positives = block.positives_end - last.positives_end};
    out.negatives = block.end - last.end - out.positives;
    uint64_t below = negatives - (block.end - block.positives_end);
    out.of_positive = (double)(2 * below + out.negatives) / (2.0 * (double)negatives);
    out.of_negative =
        (double)(2 * (uint64_t)last.positives_end + out.positives) / (2.0 * (double)positives);
    return out;
}

/* S_V / P + S_W / N from the two sums of squares (or products). */
static double join_classes(const td_ranking *ranking, const td_sum *positive,
                           const td_sum *negative) {
    double p = (double)ranking->n_positives, n = (double)ranking->n - p;
    return td_sum_value(positive) / (p - 1.0) / p + td_sum_value(negative) / (n - 1.0) / n;
}

static int has_two_of_each(const td_ranking *ranking) {
    return ranking->n_positives >= 2 && ranking->n - ranking->n_positives >= 2;
}

td_delong td_delong_measure(const td_ranking *ranking) {
    td_delong out = {.auc = td_ranking_auc(ranking), .variance = td_metric_undefined(TOO_FEW)};
    if (!has_two_of_each(ranking)) return out;
    td_sum positive = {0}, negative = {0};
    for (uint32_t b = 0; b < ranking->n_blocks; b++) {
        placed_block block = place_block(ranking, b);
        double v = block.of_positive - out.auc.value, w = block.of_negative - out.auc.value;
        td_sum_add(&positive, (double)block.positives * (v * v));
        td_sum_add(&negative, (double)block.negatives * (w * w));
    }
    out.variance = td_metric_of(join_classes(ranking, &positive, &negative));
    return out;
}

td_interval td_delong_interval(td_delong delong, double level, td_auc_scale scale) {
    if (!td_metric_is_defined(delong.variance))
        return td_interval_undefined(delong.variance.undefined_reason);
    if (!(delong.variance.value > 0.0)) return td_interval_undefined(NO_SPREAD);
    double auc = delong.auc.value;
    double reach = td_normal_quantile(0.5 + 0.5 * level) * sqrt(delong.variance.value);
    if (scale == TD_AUC_PLAIN)
        return td_interval_of(fmax(auc - reach, 0.0), fmin(auc + reach, 1.0));
    double center = td_logit(auc), arm = reach / (auc * (1.0 - auc));
    return td_interval_of(td_sigmoid(center - arm), td_sigmoid(center + arm));
}

/* placement[row] = V of a positive row, W of a negative one. */
static void place_rows(double *placement, const td_ranking *ranking, const double *label) {
    uint32_t i = 0;
    for (uint32_t b = 0; b < ranking->n_blocks; b++) {
        placed_block block = place_block(ranking, b);
        for (; i < ranking->blocks[b].end; i++) {
            uint32_t row = ranking->order[i];
            placement[row] = label[row] == 1.0 ? block.of_positive : block.of_negative;
        }
    }
}

/* Sums over one class: products of the two scores' deviations, and squared differences. */
typedef struct pair_sums {
    td_sum product;
    td_sum square;
} pair_sums;

/* Covariance of the AUCs and variance of their difference from the rows' placements. */
static double sum_pair(td_delong_pair *out, const td_ranking *ranking, const double *first,
                       const double *second, const double *label) {
    pair_sums of[2] = {0}; /* [label] */
    double a = out->first.auc.value, b = out->second.auc.value;
    for (uint32_t i = 0; i < ranking->n; i++) {
        pair_sums *sums = &of[label[i] == 1.0];
        double gap = (first[i] - second[i]) - (a - b);
        td_sum_add(&sums->product, (first[i] - a) * (second[i] - b));
        td_sum_add(&sums->square, gap * gap);
    }
    out->covariance = td_metric_of(join_classes(ranking, &of[1].product, &of[0].product));
    return join_classes(ranking, &of[1].square, &of[0].square);
}

static void test_difference(td_delong_pair *out, double variance, double level) {
    if (!(variance > 0.0)) {
        out->z = out->p_value = td_metric_undefined("both scores rank the rows alike");
        out->interval = td_interval_undefined("both scores rank the rows alike");
        return;
    }
    double se = sqrt(variance), difference = out->difference.value;
    double reach = td_normal_quantile(0.5 + 0.5 * level) * se;
    out->interval = td_interval_of(difference - reach, difference + reach);
    out->z = td_metric_of(difference / se);
    out->p_value = td_metric_of(2.0 * td_normal_cdf(-fabs(difference / se)));
}

td_status td_delong_compare(td_delong_pair *out, const td_ranking *first, const td_ranking *second,
                            const double *label, double level, td_error *err) {
    TD_CHECK(first->n == second->n && first->n_positives == second->n_positives, err, TD_ERR_SHAPE,
             "two rankings of different rows: %u with %u positives, %u with %u", first->n,
             first->n_positives, second->n, second->n_positives);
    *out = (td_delong_pair){.first = td_delong_measure(first), .second = td_delong_measure(second)};
    out->difference = out->first.auc;
    if (td_metric_is_defined(out->difference)) out->difference.value -= out->second.auc.value;
    if (!has_two_of_each(first)) {
        out->covariance = out->z = out->p_value = td_metric_undefined(TOO_FEW);
        out->interval = td_interval_undefined(TOO_FEW);
        return TD_OK;
    }
    double *placement = NULL;
    TD_NEW(placement, 2 * (uint64_t)first->n, err);
    place_rows(placement, first, label);
    place_rows(placement + first->n, second, label);
    double variance = sum_pair(out, first, placement, placement + first->n, label);
    td_mem_free(placement);
    test_difference(out, variance, level);
    return TD_OK;
}
