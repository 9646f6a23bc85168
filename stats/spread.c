/* stats/spread.c: standard error, percentile interval and p-value from the replicates of a metric.
 *
 *   1. Drop replicates in which the metric has no value; with fewer than 95 % left nothing is said.
 *   2. se = sqrt(sum (x - mean)^2 / (m - 1))
 *   3. interval = percentiles (1 - level)/2 and (1 + level)/2; the q-th at (m - 1) q, between
 *      neighbours in proportion.
 *   4. p-value = min(1, 2 (1 + min(#{x <= 0}, #{x >= 0})) / (m + 1)): how often the draws fall on
 *      the other side of 0; it can never be 0.
 * A largest distance (KS) is biased: it is larger on the rows than in truth, and larger again on
 * rows drawn from the rows. Its percentiles are moved (Efron 1981): with z0 = normal quantile of
 * the share of draws below the value on the rows (equal ones count one half) they are
 * Phi(2 z0 -+ z).
 * Cost O(m log m) for m replicates.
 *
 * References: Efron (1979), doi:10.1214/aos/1176344552; Efron (1981), doi:10.2307/3314608; Davison
 * and Hinkley (1997), doi:10.1017/CBO9780511802843, section 4.4; Hyndman and Fan (1996),
 * doi:10.2307/2684934. */
#include "stats/spread.h"

#include <math.h>

#include "core/base/numeric.h"

static const char *const TOO_FEW = "no value in too many replicates";
static const char *const NO_SPREAD = "every draw gave the same value";

#define NEEDED_SHARE 0.95 /* of the replicates must have a value */

static void sift_down(double *x, uint64_t root, uint64_t n) {
    for (uint64_t child = 2 * root + 1; child < n; child = 2 * root + 1) {
        if (child + 1 < n && x[child + 1] > x[child]) child++;
        if (x[root] >= x[child]) return;
        double swap = x[root];
        x[root] = x[child];
        x[child] = swap;
        root = child;
    }
}

/* Heapsort: a few thousand values, no memory. */
static void sort_values(double *x, uint64_t n) {
    for (uint64_t i = n / 2; i > 0; i--) sift_down(x, i - 1, n);
    for (uint64_t end = n; end > 1; end--) {
        double swap = x[0];
        x[0] = x[end - 1];
        x[end - 1] = swap;
        sift_down(x, 0, end - 1);
    }
}

/* q-th quantile of ascending x[n], interpolated: type 7 of Hyndman and Fan (1996). */
static double quantile_of(const double *x, uint64_t n, double q) {
    double at = (double)(n - 1) * q, whole = floor(at);
    uint64_t i = (uint64_t)whole;
    if (i + 1 >= n) return x[n - 1];
    return x[i] + (at - whole) * (x[i + 1] - x[i]);
}

static double deviation_of(const double *x, uint64_t n) {
    td_sum sum = {0}, squares = {0};
    for (uint64_t i = 0; i < n; i++) td_sum_add(&sum, x[i]);
    double mean = td_sum_value(&sum) / (double)n;
    for (uint64_t i = 0; i < n; i++) td_sum_add(&squares, (x[i] - mean) * (x[i] - mean));
    return sqrt(td_sum_value(&squares) / (double)(n - 1));
}

static double p_value_of(const double *x, uint64_t n) {
    uint64_t below = 0, above = 0;
    for (uint64_t i = 0; i < n; i++) {
        below += x[i] <= 0.0;
        above += x[i] >= 0.0;
    }
    uint64_t fewer = below < above ? below : above;
    return fmin(1.0, 2.0 * (double)(1 + fewer) / (double)(n + 1));
}

/* 2 z0 of ascending x[n], `point` being the value on the rows. The share below is kept inside the
 * draws: half a draw at least lies on either side. */
static double bias_shift(const double *x, uint64_t n, double point) {
    double below = 0.0;
    for (uint64_t i = 0; i < n; i++) below += x[i] < point ? 1.0 : (x[i] == point ? 0.5 : 0.0);
    below = fmin(fmax(below, 0.5), (double)n - 0.5);
    return 2.0 * td_normal_quantile(below / (double)n);
}

static td_interval percentiles(const double *x, uint64_t n, double shift, double level) {
    double reach = td_normal_quantile(0.5 + 0.5 * level);
    return td_interval_of(quantile_of(x, n, td_normal_cdf(shift - reach)),
                          quantile_of(x, n, td_normal_cdf(shift + reach)));
}

td_spread td_spread_undefined(const char *reason) {
    return (td_spread){.se = td_metric_undefined(reason),
                       .interval = td_interval_undefined(reason),
                       .p_value = td_metric_undefined(reason)};
}

td_spread td_spread_of(double *x, uint64_t n_replicates, const td_spread_rule *rule) {
    uint64_t n = 0;
    for (uint64_t r = 0; r < n_replicates; r++) {
        if (x[r] == x[r]) x[n++] = x[r];
    }
    if (n < 2 || (double)n < NEEDED_SHARE * (double)n_replicates)
        return td_spread_undefined(TOO_FEW);
    td_spread out = td_spread_undefined("no value stands for no effect");
    out.se = td_metric_of(deviation_of(x, n));
    if (rule->has_null) out.p_value = td_metric_of(p_value_of(x, n));
    sort_values(x, n);
    out.interval = td_interval_undefined(NO_SPREAD);
    if (rule->may_stand || x[0] < x[n - 1]) {
        double shift = rule->is_biased ? bias_shift(x, n, rule->point) : 0.0;
        out.interval = percentiles(x, n, shift, rule->level);
    }
    return out;
}
