/* stats/spread.c: standard error, percentile interval and p-value from the replicates of a metric.
 *
 *   1. Drop replicates in which the metric has no value; with fewer than 95 % left nothing is said.
 *   2. se = sqrt(sum (x - mean)^2 / (m - 1))
 *   3. interval = percentiles q and 1 - q; the q-th of m values at place (m + 1) q, between
 *      neighbours in proportion: a draw more would fall below it with chance q.
 *        q = Phi(-sqrt(r / (r - 1)) t),   t = quantile (1 + level)/2 of Student's t, r - 1 degrees
 *      with r units of the rarer class. Draws spread by the rows' own variance, which is too small
 *      by (r - 1)/r and itself uncertain: for r = 80 and 95 %, q = 0.0226 in place of 0.025.
 *   4. p-value = min(1, 2 (1 + min(#{x <= 0}, #{x >= 0})) / (m + 1)): how often the draws fall on
 *      the other side of 0; it can never be 0.
 * Not for a largest distance, whose draws are biased: stats/ks_interval.h.
 * Cost O(m log m) for m replicates.
 *
 * References: Efron (1979), doi:10.1214/aos/1176344552; Hesterberg (2015),
 * doi:10.1080/00031305.2015.1089789, for q; Davison and Hinkley (1997),
 * doi:10.1017/CBO9780511802843, section 4.4, for the p-value; Hyndman and Fan (1996),
 * doi:10.2307/2684934, for the place. */
#include "stats/spread.h"

#include <math.h>

#include "core/base/numeric.h"
#include "stats/special.h"

static const char *const TOO_FEW = "no value in too many replicates";
static const char *const NO_SPREAD = "every draw gave the same value";

#define NEEDED_SHARE 0.95  /* of the replicates must have a value */
#define ROUNDING     1e-12 /* draws of one value, computed from different counts, differ by this */

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

/* q-th quantile of ascending x[n], interpolated: type 6 of Hyndman and Fan (1996). */
static double quantile_of(const double *x, uint64_t n, double q) {
    double at = (double)(n + 1) * q - 1.0, whole = floor(at);
    if (at <= 0.0) return x[0];
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

/* Share of draws to leave out at either end; step 3 of the head. */
static double tail_of(const td_spread_rule *rule) {
    double upper = 0.5 + 0.5 * rule->level, r = rule->n_rare;
    if (!(r >= 2.0)) return 1.0 - upper;
    return td_normal_cdf(-sqrt(r / (r - 1.0)) * td_t_quantile(upper, r - 1.0));
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
    if (rule->may_stand || x[n - 1] - x[0] > ROUNDING * fmax(fabs(x[0]), fabs(x[n - 1]))) {
        double tail = tail_of(rule);
        out.interval = td_interval_of(quantile_of(x, n, tail), quantile_of(x, n, 1.0 - tail));
    }
    return out;
}
