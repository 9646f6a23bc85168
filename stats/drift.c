/* stats/drift.c: PSI with an interval, Jensen-Shannon and Kolmogorov-Smirnov distance.
 *
 * Problem: "PSI above 0.2 is drift" forgets that a PSI of 200 rows is 0.1 by chance alone.
 *   1. Sort both samples (missing values aside); cut the baseline at its deciles x_(ceil(g n/10)),
 *      equal ones once; count both samples in these groups, missing values in one of their own.
 *   2. PSI = sum (q_k - p_k) ln(q_k / p_k). With k + 1 groups and c = 1/n + 1/m
 *        PSI / c  ~  chi-square, k degrees of freedom, noncentrality theta / c
 *      where theta is the true PSI (exact to first order in the shift). An interval of theta is
 *      found by inverting that: theta_low has PSI/c as its upper (1 + level)/2 quantile. Its spread
 *      is right for small shifts; for large ones the multinomial variance (delta method)
 *        v = (1/n)[sum p a^2 - (sum p a)^2] + (1/m)[sum q b^2 - (sum q b)^2]
 *        a_k = ln(p_k/q_k) + 1 - q_k/p_k,   b_k = ln(q_k/p_k) + 1 - p_k/q_k
 *      is larger than 4 c theta; c is then raised to v / (4 theta).
 *   3. Noncentral chi-square by Sankaran: ((x/(k + l))^h is close to normal, with
 *        h = 1 - 2 (k + l)(k + 3 l) / (3 (k + 2 l)^2),  p = (k + 2 l)/(k + l)^2
 *        mean 1 + h p (h - 1 - (2 - h)(h - 1)(1 - 3h) p / 2),
 *        sd   h sqrt(2 p) (1 + (h - 1)(1 - 3h) p / 2)
 *   4. KS: D = sup |F - G| in one merge; p = Q((s + 0.12 + 0.11/s) D), s^2 = nm/(n + m),
 *        Q(x) = 2 sum_{j>=1} (-1)^(j-1) exp(-2 j^2 x^2)
 *   5. JS^2 = (1/2) sum p log2(2p/(p + q)) + q log2(2q/(p + q))
 * Cost: two sorts. No weights; rows count as independent.
 *
 * References: see drift.h. */
#include "stats/drift.h"

#include <math.h>

#include "core/base/mem.h"
#include "core/base/numeric.h"
#include "core/base/sort.h"
#include "stats/special.h"

static const char *const EMPTY = "a sample has no rows";

/* ---- noncentral chi-square ---- */

/* P(X <= x), k degrees of freedom, noncentrality l; step 3 of the head. */
static double noncentral_cdf(double x, double k, double l) {
    double h = 1.0 - 2.0 * (k + l) * (k + 3.0 * l) / (3.0 * (k + 2.0 * l) * (k + 2.0 * l));
    double p = (k + 2.0 * l) / ((k + l) * (k + l)), m = (h - 1.0) * (1.0 - 3.0 * h);
    double mean = 1.0 + h * p * (h - 1.0 - 0.5 * (2.0 - h) * m * p);
    double sd = h * sqrt(2.0 * p) * (1.0 + 0.5 * m * p);
    return td_normal_cdf((td_pow(x / (k + l), h) - mean) / sd);
}

/* The noncentrality at which x is this quantile; 0 when even a central one lies above. The chance
 * to stay below x falls as the noncentrality grows, so bisection finds it. */
static double noncentrality(double x, double k, double chance) {
    if (noncentral_cdf(x, k, 0.0) <= chance) return 0.0;
    double low = 0.0, high = 4.0 * x + 100.0;
    for (int i = 0; i < 100; i++) {
        double middle = 0.5 * (low + high);
        if (noncentral_cdf(x, k, middle) > chance) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return 0.5 * (low + high);
}

/* ---- PSI ---- */

static uint64_t total_of(const uint64_t *count, uint32_t n) {
    uint64_t sum = 0;
    for (uint32_t g = 0; g < n; g++) sum += count[g];
    return sum;
}

static double share_of(uint64_t count, uint64_t total) {
    return (count > 0 ? (double)count : 0.5) / (double)total;
}

/* Sums over groups of the statistic and of what its variance needs. */
typedef struct psi_sums {
    double psi;
    double mean[2], square[2]; /* of a under p, of b under q */
    uint32_t n_groups;
} psi_sums;

static psi_sums sum_groups(const uint64_t *baseline, const uint64_t *current, uint32_t n_groups) {
    uint64_t n = total_of(baseline, n_groups), m = total_of(current, n_groups);
    psi_sums out = {0};
    for (uint32_t g = 0; g < n_groups; g++) {
        if (baseline[g] == 0 && current[g] == 0) continue;
        double p = share_of(baseline[g], n), q = share_of(current[g], m), ratio = td_log(q / p);
        double a = 1.0 - ratio - q / p, b = 1.0 + ratio - p / q;
        out.psi += (q - p) * ratio;
        out.mean[0] += p * a;
        out.mean[1] += q * b;
        out.square[0] += p * a * a;
        out.square[1] += q * b * b;
        out.n_groups++;
    }
    return out;
}

static td_interval psi_interval(const psi_sums *sums, double n, double m, double level) {
    double c = 1.0 / n + 1.0 / m, k = sums->n_groups - 1.0;
    double excess = sums->psi - k * c;
    double variance = (sums->square[0] - sums->mean[0] * sums->mean[0]) / n +
                      (sums->square[1] - sums->mean[1] * sums->mean[1]) / m;
    /* only a shift that is there can have a variance beyond that of small ones */
    double scale = excess > 0.1 ? fmax(c, variance / (4.0 * excess)) : c;
    double x = k + fmax(sums->psi - k * c, -k) / scale; /* centred as without a shift */
    if (scale == c) x = sums->psi / c;
    double low = noncentrality(x, k, 0.5 + 0.5 * level);
    double high = noncentrality(x, k, 0.5 - 0.5 * level);
    return td_interval_of(low * scale, high * scale);
}

td_psi td_psi_of(const uint64_t *baseline, const uint64_t *current, uint32_t n_groups,
                 double level) {
    uint64_t n = total_of(baseline, n_groups), m = total_of(current, n_groups);
    psi_sums sums = {0};
    if (n > 0 && m > 0) sums = sum_groups(baseline, current, n_groups);
    if (sums.n_groups < 2) {
        const char *reason = n > 0 && m > 0 ? "all rows are in one group" : EMPTY;
        td_metric none = td_metric_undefined(reason);
        return (td_psi){none, none, td_interval_undefined(reason), none};
    }
    double c = 1.0 / (double)n + 1.0 / (double)m, k = sums.n_groups - 1.0;
    return (td_psi){.value = td_metric_of(sums.psi),
                    .expected = td_metric_of(k * c),
                    .interval = psi_interval(&sums, (double)n, (double)m, level),
                    .p_value = td_metric_of(td_chi2_sf(sums.psi / c, k))};
}

td_metric td_jensen_shannon_of(const uint64_t *baseline, const uint64_t *current,
                               uint32_t n_groups) {
    uint64_t n = total_of(baseline, n_groups), m = total_of(current, n_groups);
    if (n == 0 || m == 0) return td_metric_undefined(EMPTY);
    double sum = 0.0;
    for (uint32_t g = 0; g < n_groups; g++) {
        double p = (double)baseline[g] / (double)n, q = (double)current[g] / (double)m;
        if (p > 0.0) sum += 0.5 * p * td_log(2.0 * p / (p + q));
        if (q > 0.0) sum += 0.5 * q * td_log(2.0 * q / (p + q));
    }
    return td_metric_of(sqrt(fmax(0.0, sum / td_log(2.0))));
}

/* ---- sorted samples ---- */

typedef struct sorted {
    double *x; /* [n] ascending, missing values dropped */
    uint64_t n;
} sorted;

static td_status sort_sample(sorted *out, const double *value, uint64_t n, td_error *err) {
    TD_NEW(out->x, n, err);
    out->n = 0;
    for (uint64_t i = 0; i < n; i++) {
        if (value[i] == value[i]) out->x[out->n++] = value[i];
    }
    double *scratch;
    TD_NEW(scratch, n, err);
    td_sort_doubles(out->x, scratch, out->n);
    td_mem_free(scratch);
    return TD_OK;
}

static td_metric median_of(const sorted *s) {
    return s->n > 0 ? td_metric_of(s->x[(s->n - 1) / 2]) : td_metric_undefined("no value");
}

/* Values at most `edge`. */
static uint64_t count_to(const sorted *s, double edge) {
    uint64_t low = 0, high = s->n;
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        if (s->x[middle] <= edge) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* Step 1: edges at the baseline's deciles. The largest value is no edge: nothing lies above it. */
static uint32_t cut_groups(double *edge, const sorted *baseline) {
    uint32_t n = 0;
    for (uint64_t g = 1; g < TD_DRIFT_GROUPS && baseline->n > 0; g++) {
        uint64_t rank = (g * baseline->n + TD_DRIFT_GROUPS - 1) / TD_DRIFT_GROUPS;
        double value = baseline->x[rank > 0 ? rank - 1 : 0];
        int is_new = n == 0 || value > edge[n - 1];
        if (is_new && value < baseline->x[baseline->n - 1]) edge[n++] = value;
    }
    return n;
}

static void count_groups(uint64_t *count, const sorted *s, const double *edge, uint32_t n_edges) {
    uint64_t before = 0;
    for (uint32_t g = 0; g < n_edges; g++) {
        uint64_t end = count_to(s, edge[g]);
        count[g] = end - before;
        before = end;
    }
    count[n_edges] = s->n - before;
}

/* Step 4; equal values of both samples are passed together. */
static double ks_distance(const sorted *a, const sorted *b) {
    double most = 0.0;
    for (uint64_t i = 0, j = 0; i < a->n && j < b->n;) {
        double at = fmin(a->x[i], b->x[j]);
        while (i < a->n && a->x[i] <= at) i++;
        while (j < b->n && b->x[j] <= at) j++;
        most = fmax(most, fabs((double)i / (double)a->n - (double)j / (double)b->n));
    }
    return most;
}

static double kolmogorov_tail(double x) {
    if (x < 0.2) return 1.0; /* 1 - Q < 1e-12, and the series is slow */
    double sum = 0.0, sign = 2.0;
    for (int j = 1; j <= 100; j++, sign = -sign) {
        double term = td_exp(-2.0 * j * j * x * x);
        sum += sign * term;
        if (term < 1e-18) break;
    }
    return fmin(1.0, fmax(0.0, sum));
}

static void measure_ks(td_drift *out, const sorted *a, const sorted *b) {
    out->ks = out->ks_p = td_metric_undefined(EMPTY);
    if (a->n == 0 || b->n == 0) return;
    double d = ks_distance(a, b), n = (double)a->n, m = (double)b->n;
    double s = sqrt(n * m / (n + m));
    out->ks = td_metric_of(d);
    out->ks_p = td_metric_of(kolmogorov_tail((s + 0.12 + 0.11 / s) * d));
}

/* ---- public ---- */

static td_status measure(td_drift *out, const td_two_samples *samples, sorted sides[2],
                         double level, td_error *err) {
    TD_TRY(sort_sample(&sides[0], samples->baseline, samples->n_baseline, err));
    TD_TRY(sort_sample(&sides[1], samples->current, samples->n_current, err));
    uint64_t missing[2] = {samples->n_baseline - sides[0].n, samples->n_current - sides[1].n};
    out->median_baseline = median_of(&sides[0]);
    out->median_current = median_of(&sides[1]);
    if (samples->n_baseline > 0)
        out->missing_baseline = (double)missing[0] / (double)samples->n_baseline;
    if (samples->n_current > 0)
        out->missing_current = (double)missing[1] / (double)samples->n_current;
    uint32_t n_edges = cut_groups(out->edge, &sides[0]);
    count_groups(out->baseline, &sides[0], out->edge, n_edges);
    count_groups(out->current, &sides[1], out->edge, n_edges);
    out->n_groups = n_edges + 1;
    if (missing[0] + missing[1] > 0) {
        out->baseline[out->n_groups] = missing[0];
        out->current[out->n_groups++] = missing[1];
    }
    out->psi = td_psi_of(out->baseline, out->current, out->n_groups, level);
    out->jensen_shannon = td_jensen_shannon_of(out->baseline, out->current, out->n_groups);
    measure_ks(out, &sides[0], &sides[1]);
    return TD_OK;
}

td_status td_drift_measure(td_drift *out, const td_two_samples *samples, double level,
                           td_error *err) {
    TD_CHECK(level > 0.0 && level < 1.0, err, TD_ERR_RANGE,
             "a confidence level of %g lies outside (0, 1)", level);
    *out = (td_drift){.n_baseline = samples->n_baseline, .n_current = samples->n_current};
    sorted sides[2] = {{0}};
    td_status status = measure(out, samples, sides, level, err);
    for (int s = 0; s < 2; s++) td_mem_free(sides[s].x);
    return status;
}
