/* uplift/truth.c: predicted effects s against true ones t.
 *
 *   PEHE          sqrt(mean (s - t)^2)
 *   correlation   of s and t
 *   oracle share  A(s) / A(t). Rows in falling order of s; G(k) = sum of t over the first k rows /
 *                 n, straight through tied blocks. A = area between G over k / n and its chord from
 *                 0 to the mean of t: what ordering by s gains over a random order, on average over
 *                 all budgets. It is the Qini of the true effects without its arbitrary factor.
 *   value         mean of (t - cost) [s > cost];  regret = mean of max(t - cost, 0) - value
 *   coverage      share of rows with |s - t| <= z se
 *
 * A block of b tied rows with sum B that begins after k rows with sum C adds to the area under G
 * the trapezoid b (C + B/2) / n^2.
 *
 * Cost: two radix sorts, O(n). Sums are compensated, in row or sorted order. */
#include "uplift/truth.h"

#include <math.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/base/numeric.h"
#include "core/base/radix.h"

/* Bits that fall as the doubles rise; -0 and 0 are one value. */
static uint64_t falling(double x) {
    uint64_t bits;
    x += 0.0;
    memcpy(&bits, &x, sizeof bits);
    return bits >> 63 != 0 ? bits : ~(bits | (uint64_t)1 << 63);
}

static double mean_of(const double *x, uint64_t n) {
    td_sum sum = {0, 0};
    for (uint64_t i = 0; i < n; i++) td_sum_add(&sum, x[i]);
    return td_sum_value(&sum) / (double)n;
}

static td_status check(const td_truth_rows *rows, td_error *err) {
    TD_CHECK(rows->n > 0, err, TD_ERR_SHAPE, "no rows to compare with the truth");
    for (uint64_t i = 0; i < rows->n; i++) {
        double se = rows->se != NULL ? rows->se[i] : 0;
        int is_good = fabs(rows->effect[i]) <= 1e150 && fabs(rows->truth[i]) <= 1e150 && se >= 0 &&
                      se <= 1e150;
        TD_CHECK(is_good, err, TD_ERR_RANGE,
                 "row %llu: effect %g, standard error %g, true effect %g",
                 (unsigned long long)i + 1, rows->effect[i], se, rows->truth[i]);
    }
    return TD_OK;
}

/* A(s) from rows sorted by falling s. */
static double gain_area(const td_keyed *order, const double *truth, uint64_t n, double mean) {
    td_sum area = {0, 0}, before = {0, 0};
    for (uint64_t begin = 0, end; begin < n; begin = end) {
        td_sum block = {0, 0};
        for (end = begin; end < n && order[end].key == order[begin].key; end++) {
            td_sum_add(&block, truth[order[end].value]);
        }
        double sum = td_sum_value(&block);
        td_sum_add(&area, (double)(end - begin) * (td_sum_value(&before) + sum / 2));
        td_sum_add(&before, sum);
    }
    return td_sum_value(&area) / ((double)n * (double)n) - mean / 2;
}

static td_status measure_order(td_truth_measures *out, const td_truth_rows *rows, td_error *err) {
    td_keyed *order;
    TD_NEW(order, 2 * rows->n, err);
    double area[2] = {0, 0}, mean = mean_of(rows->truth, rows->n);
    const double *by[2] = {rows->effect, rows->truth};
    td_status status = TD_OK;
    for (int k = 0; status == TD_OK && k < 2; k++) {
        for (uint64_t i = 0; i < rows->n; i++) order[i] = (td_keyed){falling(by[k][i]), i};
        status = td_radix_sort(order, order + rows->n, rows->n, NULL, err);
        if (status == TD_OK) area[k] = gain_area(order, rows->truth, rows->n, mean);
    }
    td_mem_free(order);
    TD_TRY(status);
    /* 1e-12 of the truth's size is rounding, not an effect that varies */
    out->oracle_share = area[1] > 1e-12 * fabs(mean)
                            ? td_metric_of(area[0] / area[1])
                            : td_metric_undefined("the true effect is constant");
    return TD_OK;
}

static void measure_errors(td_truth_measures *out, const td_truth_rows *rows) {
    uint64_t n = rows->n;
    double mean_s = mean_of(rows->effect, n), mean_t = mean_of(rows->truth, n);
    td_sum error = {0, 0}, ss = {0, 0}, st = {0, 0}, tt = {0, 0};
    for (uint64_t i = 0; i < n; i++) {
        double s = rows->effect[i] - mean_s, t = rows->truth[i] - mean_t;
        double off = rows->effect[i] - rows->truth[i];
        td_sum_add(&error, off * off);
        td_sum_add(&ss, s * s);
        td_sum_add(&tt, t * t);
        td_sum_add(&st, s * t);
    }
    out->pehe = sqrt(td_sum_value(&error) / (double)n);
    out->bias = mean_s - mean_t;
    double spread_s = sqrt(td_sum_value(&ss)), spread_t = sqrt(td_sum_value(&tt));
    double tiny_s = 1e-12 * fabs(mean_s) * (double)n, tiny_t = 1e-12 * fabs(mean_t) * (double)n;
    out->correlation = spread_s > tiny_s && spread_t > tiny_t
                           ? td_metric_of(td_sum_value(&st) / (spread_s * spread_t))
                           : td_metric_undefined("predicted or true effects are constant");
}

static void measure_choices(td_truth_measures *out, const td_truth_rows *rows) {
    td_sum value = {0, 0}, best = {0, 0};
    uint64_t treated = 0;
    for (uint64_t i = 0; i < rows->n; i++) {
        double gain = rows->truth[i] - rows->cost;
        int is_treated = rows->effect[i] > rows->cost;
        treated += (uint64_t)is_treated;
        td_sum_add(&value, is_treated ? gain : 0);
        td_sum_add(&best, fmax(gain, 0));
    }
    out->value = td_sum_value(&value) / (double)rows->n;
    out->regret = fmax(td_sum_value(&best) / (double)rows->n - out->value, 0);
    out->share_treated = (double)treated / (double)rows->n;
}

static void measure_intervals(td_truth_measures *out, const td_truth_rows *rows) {
    out->coverage = out->width = td_metric_undefined("the learner gives no standard errors");
    if (rows->se == NULL) return;
    double z = td_normal_quantile(0.5 + rows->level / 2);
    uint64_t inside = 0;
    for (uint64_t i = 0; i < rows->n; i++) {
        inside += fabs(rows->effect[i] - rows->truth[i]) <= z * rows->se[i];
    }
    out->coverage = td_metric_of((double)inside / (double)rows->n);
    out->width = td_metric_of(2 * z * mean_of(rows->se, rows->n));
}

td_status td_truth_measure(td_truth_measures *out, const td_truth_rows *rows, td_error *err) {
    memset(out, 0, sizeof *out);
    TD_TRY(check(rows, err));
    measure_errors(out, rows);
    measure_choices(out, rows);
    measure_intervals(out, rows);
    return measure_order(out, rows, err);
}
