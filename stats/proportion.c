/* stats/proportion.c: intervals and large-sample tests of conversion rates.
 *
 * With p = x/n, q = 1 - p, d = p1 - p2, z the critical value:
 *
 *   Wilson          (p + z^2/2n +- z sqrt(p q/n + z^2/4n^2)) / (1 + z^2/n)
 *   Newcombe        d - sqrt((p1 - l1)^2 + (u2 - p2)^2) .. d + sqrt((u1 - p1)^2 + (p2 - l2)^2), l
 * and
 *                   u the Wilson limits
 *   Miettinen-      all D with |d - D| <= z sqrt(V(D) N/(N-1)), V(D) = P1 Q1/n1 + P2 Q2/n2,
 *   Nurminen        P1 = P2 + D the rates of greatest likelihood under that difference
 *   Agresti-Caffo   Wald for (x+1)/(n+2)
 *   Wald, Yates     Wald, wider by min((1/n1 + 1/n2)/2, |d|) at both ends, within -1 .. 1
 *
 * P2 is the root between the ends of its range of
 *
 *     x1/(P2 + D) - (n1 - x1)/(1 - P2 - D) + x2/P2 - (n2 - x2)/(1 - P2) = 0,
 *
 * the derivative of a concave log-likelihood. Multiplied out it is the cubic of the paper, whose
 * closed solution by cosines loses half of the digits where two of its roots meet; bracketing does
 * not. The factor N/(N-1) is part of the method.
 *
 * Cost: O(1), the score interval about 15 x 12 evaluations. Which one holds its level at low
 * conversion: docs/experiments.md.
 *
 * Newcombe 1998, doi 10.1002/(SICI)1097-0258(19980430)17:8<873::AID-SIM779>3.0.CO;2-I; Miettinen
 * and Nurminen 1985, doi 10.1002/sim.4780040211; Agresti and Caffo 2000, doi
 * 10.1080/00031305.2000.10474560; Brown, Cai, DasGupta 2001, doi 10.1214/ss/1009213286. */
#include "stats/proportion.h"

#include <math.h>

#include "core/base/numeric.h"
#include "stats/root.h"
#include "stats/special.h"

static const char *const diff_name[TD_N_DIFF_INTERVALS] = {
    "wald", "newcombe", "miettinen_nurminen", "agresti_caffo", "wald_yates",
};

const char *td_diff_interval_name(td_diff_interval method) { return diff_name[method]; }

static const char no_variance[] = "no variance: nobody or everybody converted";

static td_status check_arm(const char *arm, uint64_t x, uint64_t n, td_error *err) {
    TD_CHECK(n > 0, err, TD_ERR_RANGE, "%s has no trials", arm);
    TD_CHECK(x <= n, err, TD_ERR_RANGE, "%s has %llu successes in %llu trials", arm,
             (unsigned long long)x, (unsigned long long)n);
    return TD_OK;
}

td_status td_two_counts_check(const td_two_counts *counts, td_error *err) {
    TD_TRY(check_arm("the first arm", counts->x1, counts->n1, err));
    return check_arm("the second arm", counts->x2, counts->n2, err);
}

/* Upper alpha/2 point. */
static double two_sided_z(double alpha) { return -td_normal_quantile(0.5 * alpha); }

/* --- one rate --------------------------------------------------------------------------------- */

static td_interval wilson(double x, double n, double z) {
    double p = x / n, z2 = z * z;
    double centre = p + 0.5 * z2 / n;
    double half = z * sqrt(p * (1.0 - p) / n + 0.25 * z2 / (n * n));
    double scale = 1.0 + z2 / n;
    return td_interval_of(x == 0 ? 0 : (centre - half) / scale,
                          x == n ? 1 : (centre + half) / scale);
}

td_interval td_rate_interval_of(td_rate_interval method, uint64_t x_count, uint64_t n_count,
                                double alpha) {
    double x = (double)x_count, n = (double)n_count, z = two_sided_z(alpha), tail = 0.5 * alpha;
    td_interval out = wilson(x, n, z);
    if (method == TD_RATE_JEFFREYS) {
        out.low = x_count == 0 ? 0 : td_beta_quantile(tail, x + 0.5, n - x + 0.5);
        out.high = x_count == n_count ? 1 : td_beta_quantile(1.0 - tail, x + 0.5, n - x + 0.5);
    } else if (method == TD_RATE_CLOPPER_PEARSON) {
        out.low = x_count == 0 ? 0 : td_beta_quantile(tail, x, n - x + 1.0);
        out.high = x_count == n_count ? 1 : td_beta_quantile(1.0 - tail, x + 1.0, n - x);
    } else if (method == TD_RATE_AGRESTI_COULL) {
        double more = n + z * z, p = (x + 0.5 * z * z) / more;
        double half = z * sqrt(p * (1.0 - p) / more);
        out = td_interval_of(fmax(0, p - half), fmin(1, p + half));
    }
    return out;
}

/* --- difference of two rates ------------------------------------------------------------------ */

static td_interval wald(double p1, double n1, double p2, double n2, double z) {
    double half = z * sqrt(p1 * (1.0 - p1) / n1 + p2 * (1.0 - p2) / n2);
    return td_interval_of(p1 - p2 - half, p1 - p2 + half);
}

/* The correction takes off from |d| what z_test takes off, so that 0 lies outside about when its p
 * is below alpha (the variance there is pooled, here it is not). */
static td_interval wald_yates(double p1, double n1, double p2, double n2, double z) {
    td_interval bare = wald(p1, n1, p2, n2, z);
    double correction = fmin(0.5 * (1.0 / n1 + 1.0 / n2), fabs(p1 - p2));
    return td_interval_of(fmax(-1.0, bare.low - correction), fmin(1.0, bare.high + correction));
}

static td_interval newcombe(const td_two_counts *c, double z) {
    double n1 = (double)c->n1, n2 = (double)c->n2;
    double p1 = (double)c->x1 / n1, p2 = (double)c->x2 / n2, d = p1 - p2;
    td_interval one = wilson((double)c->x1, n1, z), two = wilson((double)c->x2, n2, z);
    double a = p1 - one.low, b = two.high - p2, e = one.high - p1, f = p2 - two.low;
    return td_interval_of(d - sqrt(a * a + b * b), d + sqrt(e * e + f * f));
}

/* Counts as doubles, and the difference that the likelihood is constrained to. */
typedef struct score {
    double x1, n1, x2, n2;
    double difference;
    double z;
    int side; /* -1: lower limit, 1: upper limit */
} score;

/* Derivative of the log-likelihood in P2; terms of zero counts are left out, not 0/0. */
static double slope(const void *ctx, double p2) {
    const score *s = ctx;
    double p1 = p2 + s->difference, sum = 0;
    if (s->x1 > 0) sum += s->x1 / fmax(p1, 1e-300);
    if (s->x1 < s->n1) sum -= (s->n1 - s->x1) / fmax(1.0 - p1, 1e-300);
    if (s->x2 > 0) sum += s->x2 / fmax(p2, 1e-300);
    if (s->x2 < s->n2) sum -= (s->n2 - s->x2) / fmax(1.0 - p2, 1e-300);
    return sum;
}

/* P1 Q1/n1 + P2 Q2/n2 at the constrained maximum: inside, or at an end that the slope points to. */
static double constrained_variance(const score *s) {
    double low = fmax(0.0, -s->difference), high = fmin(1.0, 1.0 - s->difference);
    double p2 = slope(s, low) <= 0    ? low
                : slope(s, high) >= 0 ? high
                                      : td_root_find(slope, s, low, high);
    double p1 = fmin(fmax(p2 + s->difference, 0.0), 1.0);
    return p1 * (1.0 - p1) / s->n1 + p2 * (1.0 - p2) / s->n2;
}

/* Distance of the observed difference from D, less what is allowed; 0 at a limit. */
static double score_excess(const void *ctx, double difference) {
    score s = *(const score *)ctx;
    s.difference = difference;
    double n = s.n1 + s.n2, d = s.x1 / s.n1 - s.x2 / s.n2;
    if (difference == d)
        return -1.0; /* inside, also where V(d) = 0: nobody converted in either arm */
    return s.side * (difference - d) - s.z * sqrt(constrained_variance(&s) * n / (n - 1.0));
}

/* With one unit in all N/(N-1) has no value; two arms have at least two. */
static td_interval miettinen_nurminen(const td_two_counts *c, double z) {
    score s = {(double)c->x1, (double)c->n1, (double)c->x2, (double)c->n2, 0, z, -1};
    double d = s.x1 / s.n1 - s.x2 / s.n2;
    double low = d <= -1 ? -1 : td_root_find(score_excess, &s, -1.0, d);
    s.side = 1;
    double high = d >= 1 ? 1 : td_root_find(score_excess, &s, d, 1.0);
    return td_interval_of(low, high);
}

td_interval td_diff_interval_of(td_diff_interval method, const td_two_counts *c, double alpha) {
    double z = two_sided_z(alpha), n1 = (double)c->n1, n2 = (double)c->n2;
    double x1 = (double)c->x1, x2 = (double)c->x2;
    if (method == TD_DIFF_NEWCOMBE) return newcombe(c, z);
    if (method == TD_DIFF_MIETTINEN_NURMINEN) return miettinen_nurminen(c, z);
    if (method == TD_DIFF_AGRESTI_CAFFO)
        return wald((x1 + 1.0) / (n1 + 2.0), n1 + 2.0, (x2 + 1.0) / (n2 + 2.0), n2 + 2.0, z);
    int is_flat = (c->x1 == 0 || c->x1 == c->n1) && (c->x2 == 0 || c->x2 == c->n2);
    if (is_flat) return td_interval_undefined(no_variance);
    return (method == TD_DIFF_WALD_YATES ? wald_yates : wald)(x1 / n1, n1, x2 / n2, n2, z);
}

/* log(p2/p1) has variance about q1/x1 + q2/x2. */
td_interval td_risk_ratio_of(td_metric *ratio, const td_two_counts *c, double alpha) {
    static const char none[] = "an arm has no conversion: a ratio has no value";
    if (c->x1 == 0 || c->x2 == 0) {
        *ratio = td_metric_undefined(none);
        return td_interval_undefined(none);
    }
    double p1 = (double)c->x1 / (double)c->n1, p2 = (double)c->x2 / (double)c->n2;
    double se = sqrt((1.0 - p1) / (double)c->x1 + (1.0 - p2) / (double)c->x2);
    double half = two_sided_z(alpha) * se;
    *ratio = td_metric_of(p2 / p1);
    return td_interval_of(p2 / p1 * td_exp(-half), p2 / p1 * td_exp(half));
}

/* --- large-sample tests ----------------------------------------------------------------------- */

/* P-value of a z statistic of p1 - p2. */
static double z_p_value(double z, td_alternative side) {
    if (side == TD_TWO_SIDED) return fmin(1.0, 2.0 * td_normal_cdf(-fabs(z)));
    return td_normal_cdf(side == TD_GREATER ? -z : z);
}

/* `correction`: how much of |d| is taken off, in units of 1/n1 + 1/n2. */
static td_metric z_test(const td_two_counts *c, td_alternative side, double correction) {
    double n1 = (double)c->n1, n2 = (double)c->n2;
    double x = (double)(c->x1 + c->x2), n = n1 + n2, p = x / n;
    if (x == 0 || x == n) return td_metric_undefined(no_variance);
    double d = (double)c->x1 / n1 - (double)c->x2 / n2, inverse = 1.0 / n1 + 1.0 / n2;
    double size = fabs(d) - fmin(correction * inverse, fabs(d));
    double z = size / sqrt(p * (1.0 - p) * inverse);
    return td_metric_of(z_p_value(d < 0 ? -z : z, side));
}

td_metric td_test_z_pooled(const td_two_counts *counts, td_alternative side) {
    return z_test(counts, side, 0.0);
}

td_metric td_test_z_yates(const td_two_counts *counts, td_alternative side) {
    return z_test(counts, side, 0.5);
}

/* --- sample ratio mismatch -------------------------------------------------------------------- */

td_status td_srm_check(td_srm *out, const uint64_t *units, const double *shares, uint32_t n,
                       td_error *err) {
    double all = 0, total = 0;
    uint32_t n_arms = 0;
    TD_CHECK(n >= 2, err, TD_ERR_RANGE, "one arm: there is nothing to compare");
    for (uint32_t i = 0; i < n; i++) {
        double share = shares == NULL ? 1.0 : shares[i];
        TD_CHECK(share >= 0 && share < 1e300, err, TD_ERR_RANGE, "share %.10g of arm %u", share,
                 i + 1);
        TD_CHECK(share > 0 || units[i] == 0, err, TD_ERR_RANGE,
                 "arm %u has %llu units, its share is 0", i + 1, (unsigned long long)units[i]);
        all += share;
        total += (double)units[i];
        n_arms += share > 0;
    }
    TD_CHECK(n_arms >= 2 && total > 0, err, TD_ERR_RANGE, "fewer than two arms with units");
    td_sum sum = {0};
    for (uint32_t i = 0; i < n; i++) {
        double expected = total * ((shares == NULL ? 1.0 : shares[i]) / all);
        double off = (double)units[i] - expected;
        if (expected > 0) td_sum_add(&sum, off * off / expected);
    }
    double chi2 = td_sum_value(&sum), df = (double)n_arms - 1.0;
    *out = (td_srm){chi2, df, td_chi2_sf(chi2, df)};
    return TD_OK;
}
