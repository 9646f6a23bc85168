/* stats/assign_audit.c: is the split balanced, and does it know of an earlier one?
 *
 * With mean m_a and size n_a of arm a, mean m and covariance S (within arms, pooled) of p
 * covariates
 *
 *     distance = sum_a n_a (m_a - m)' S^-1 (m_a - m)  ~  chi-square, p (A - 1)
 *
 * For two arms this is Morgan and Rubin's M. S is factored by Cholesky with columns in order; one
 * that is constant or a combination of earlier ones (pivot below 1e-9 of its variance) is left out.
 *
 *   1. Means and sizes of the arms, two passes in the order of units.
 *   2. Pooled covariances, factored column by column.
 *   3. Each arm's deviation is pushed through the factor; its squared length adds to the distance.
 *
 * Carry-over: if an earlier experiment changed its visitors, a later split must not be able to tell
 * its arms apart; chi-square of independence between the two splits. A split by another salt is
 * independent; reusing a salt (or a part of it) is what this finds.
 *
 * Cost O(n p^2). The chi-square is asymptotic in the arms' sizes; analysis after re-randomisation
 * is conservative unless it is adjusted for the same covariates.
 *
 * Morgan and Rubin 2012, doi 10.1214/12-AOS1008; Kohavi, Tang, Xu 2020, chapter 19 (carry-over). */
#include <math.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/base/numeric.h"
#include "stats/assign.h"
#include "stats/special.h"

/* A pivot smaller than this share of the column's own variance is rounding. */
#define LEAST_PIVOT 1e-9

enum { P = TD_ASSIGN_COVARIATES };

typedef struct audit {
    const uint32_t *arm;
    uint64_t n;
    uint32_t n_arms;
    const td_covariates *x;
    double size[TD_ASSIGN_ARMS], all;
    double mean[P][TD_ASSIGN_ARMS], grand[P];
    double variance[P][TD_ASSIGN_ARMS];
    double s[P][P]; /* pooled covariance, then its factor */
    int is_used[P];
} audit;

static td_status count_sizes(audit *t, td_error *err) {
    for (uint64_t i = 0; i < t->n; i++) {
        if (t->arm[i] == TD_ARM_NONE) continue;
        TD_CHECK(t->arm[i] < t->n_arms, err, TD_ERR_RANGE, "unit %llu: arm %u of %u",
                 (unsigned long long)i + 1, t->arm[i], t->n_arms);
        t->size[t->arm[i]] += 1.0;
        t->all += 1.0;
    }
    for (uint32_t a = 0; a < t->n_arms; a++)
        TD_CHECK(t->size[a] >= 2, err, TD_ERR_RANGE, "arm %u has %.0f units, at least 2 are needed",
                 a + 1, t->size[a]);
    return TD_OK;
}

/* Step 1 for column j. */
static void fill_means(audit *t, uint32_t j) {
    const double *x = t->x->column[j];
    td_sum sum[TD_ASSIGN_ARMS] = {{0}}, all = {0};
    for (uint64_t i = 0; i < t->n; i++) {
        if (t->arm[i] == TD_ARM_NONE) continue;
        td_sum_add(&sum[t->arm[i]], x[i]);
        td_sum_add(&all, x[i]);
    }
    for (uint32_t a = 0; a < t->n_arms; a++) t->mean[j][a] = td_sum_value(&sum[a]) / t->size[a];
    t->grand[j] = td_sum_value(&all) / t->all;
}

/* Pooled within-arm covariance of columns j and k; j = k fills the arms' variances too. */
static double pooled(audit *t, uint32_t j, uint32_t k) {
    const double *x = t->x->column[j], *y = t->x->column[k];
    td_sum sum[TD_ASSIGN_ARMS] = {{0}}, all = {0};
    for (uint64_t i = 0; i < t->n; i++) {
        uint32_t a = t->arm[i];
        if (a != TD_ARM_NONE) td_sum_add(&sum[a], (x[i] - t->mean[j][a]) * (y[i] - t->mean[k][a]));
    }
    for (uint32_t a = 0; a < t->n_arms; a++) {
        td_sum_merge(&all, &sum[a]);
        if (j == k) t->variance[j][a] = td_sum_value(&sum[a]) / (t->size[a] - 1.0);
    }
    return td_sum_value(&all) / (t->all - t->n_arms);
}

/* Step 2: row j of the factor, s = L L'. */
static void factor_row(audit *t, uint32_t j) {
    for (uint32_t k = 0; k <= j; k++) {
        double sum = pooled(t, j, k), own = sum;
        if (k < j && !t->is_used[k]) continue;
        for (uint32_t l = 0; l < k; l++)
            if (t->is_used[l]) sum -= t->s[j][l] * t->s[k][l];
        if (k < j) t->s[j][k] = sum / t->s[k][k];
        if (k == j) t->is_used[j] = sum > LEAST_PIVOT * own && own > 0;
        if (k == j && t->is_used[j]) t->s[j][j] = sqrt(sum);
    }
}

/* Step 3 for one arm: squared length of L^-1 (m_a - m). */
static double arm_distance(const audit *t, uint32_t a) {
    double z[P] = {0}, length = 0;
    for (uint32_t j = 0; j < t->x->n; j++) {
        if (!t->is_used[j]) continue;
        double sum = t->mean[j][a] - t->grand[j];
        for (uint32_t l = 0; l < j; l++)
            if (t->is_used[l]) sum -= t->s[j][l] * z[l];
        z[j] = sum / t->s[j][j];
        length += z[j] * z[j];
    }
    return t->size[a] * length;
}

static void fill_balance(td_balance *out, const audit *t) {
    *out = (td_balance){0};
    for (uint32_t j = 0; j < t->x->n; j++) out->n_used += t->is_used[j] != 0;
    for (uint32_t a = 0; a < t->n_arms; a++) out->distance += arm_distance(t, a);
    out->df = (double)out->n_used * (t->n_arms - 1);
    out->p_value = out->df > 0 ? td_chi2_sf(out->distance, out->df) : 1.0;
    for (uint32_t j = 0; j < t->x->n; j++) {
        for (uint32_t a = 1; a < t->n_arms; a++) {
            double v = 0.5 * (t->variance[j][a] + t->variance[j][0]);
            out->smd[j][a] = v > 0 ? (t->mean[j][a] - t->mean[j][0]) / sqrt(v) : 0;
        }
    }
}

td_status td_balance_measure(td_balance *out, const uint32_t *arm, uint64_t n, uint32_t n_arms,
                             const td_covariates *covariates, td_error *err) {
    TD_CHECK(covariates->n <= P, err, TD_ERR_RANGE, "%u covariates: at most %d go", covariates->n,
             P);
    TD_CHECK(n_arms >= 2 && n_arms <= TD_ASSIGN_ARMS, err, TD_ERR_RANGE, "%u arms", n_arms);
    audit *t = td_mem_zeroed(1, sizeof *t, err);
    if (t == NULL) return TD_ERR_NOMEM;
    t->arm = arm;
    t->n = n;
    t->n_arms = n_arms;
    t->x = covariates;
    td_status status = count_sizes(t, err);
    for (uint32_t j = 0; status == TD_OK && j < covariates->n; j++) fill_means(t, j);
    for (uint32_t j = 0; status == TD_OK && j < covariates->n; j++) factor_row(t, j);
    if (status == TD_OK) fill_balance(out, t);
    td_mem_free(t);
    return status;
}

double td_balance_threshold(double df, double share) { return td_chi2_quantile(share, df); }

/* --- carry-over ------------------------------------------------------------------------------- */

/* Chi-square over the cells of arms that have units. */
static void fill_chi2(td_crosstab *out) {
    double row[TD_ASSIGN_ARMS] = {0}, column[TD_ASSIGN_ARMS] = {0}, all = 0;
    int rows = 0, columns = 0;
    for (int a = 0; a < TD_ASSIGN_ARMS; a++) {
        for (int b = 0; b < TD_ASSIGN_ARMS; b++) {
            double count = (double)out->count[a][b];
            row[a] += count;
            column[b] += count;
            all += count;
        }
    }
    for (int a = 0; a < TD_ASSIGN_ARMS; a++) {
        rows += row[a] > 0;
        columns += column[a] > 0;
        for (int b = 0; b < TD_ASSIGN_ARMS; b++) {
            double expected = row[a] * column[b] / (all > 0 ? all : 1.0);
            double gap = (double)out->count[a][b] - expected;
            if (expected > 0) out->chi2 += gap * gap / expected;
        }
    }
    out->df = (double)(rows > 0 ? rows - 1 : 0) * (columns > 0 ? columns - 1 : 0);
    out->p_value = out->df > 0 ? td_chi2_sf(out->chi2, out->df) : 1.0;
}

td_status td_crosstab_measure(td_crosstab *out, const uint32_t *first, const uint32_t *second,
                              uint64_t n, td_error *err) {
    *out = (td_crosstab){.chi2 = 0};
    for (uint64_t i = 0; i < n; i++) {
        if (first[i] == TD_ARM_NONE || second[i] == TD_ARM_NONE) continue;
        TD_CHECK(first[i] < TD_ASSIGN_ARMS && second[i] < TD_ASSIGN_ARMS, err, TD_ERR_RANGE,
                 "unit %llu: arm beyond %d", (unsigned long long)i + 1, TD_ASSIGN_ARMS);
        out->count[first[i]][second[i]]++;
    }
    fill_chi2(out);
    return TD_OK;
}
