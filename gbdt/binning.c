/* gbdt/binning.c: where the bounds between the bins of a number lie.
 *
 * Problem: a tree asks "x <= t ?"; histograms need a few hundred candidates for t per feature.
 * 1. Sort the (sampled) values; runs of equal values give distinct values v_1 < v_2 < ... with
 *    counts c_i.
 * 2. At most max_values distinct ones: a bin each, but bins with fewer than min_in_bin rows are
 *    joined with the next.
 * 3. More: values with c_i >= (rows / max_values) get a bin of their own; the others fill bins
 *    greedily up to the mean size of what is left. This is LightGBM's rule (Ke et al. 2017,
 *    "LightGBM: A Highly Efficient Gradient Boosting Decision Tree", NeurIPS 30).
 * 4. The bound between neighbours a < b is (a + b) / 2 rounded so that a <= bound < b.
 *
 * Cost: O(n) per feature, one pass of binary search per row to encode.
 * Not done here: which rows are sampled, categories (binned.c). */
#include "gbdt/binning.h"

#include <math.h>

double td_bins_between(double a, double b) {
    double middle = a + (b - a) / 2;
    return middle >= a && middle < b ? middle : a; /* a also when b - a overflows */
}

/* First element after the run of values equal to sorted[i]. */
static uint64_t run_end(const double *sorted, uint64_t n, uint64_t i) {
    uint64_t end = i + 1;
    while (end < n && sorted[end] == sorted[i]) end++;
    return end;
}

/* Number of distinct values, counted no further than limit + 1. */
static uint64_t count_distinct(const double *sorted, uint64_t n, uint64_t limit) {
    uint64_t distinct = 0;
    for (uint64_t i = 0; i < n && distinct <= limit; i = run_end(sorted, n, i)) distinct++;
    return distinct;
}

/* Step 2: a bin per distinct value, small ones joined with the next. */
static uint32_t bound_few(double *upper, const double *sorted, uint64_t n, td_bin_rule rule) {
    uint32_t n_values = 0;
    uint64_t begin = 0;
    for (uint64_t i = 0; i < n;) {
        uint64_t end = run_end(sorted, n, i);
        if (end < n && end - begin >= rule.min_in_bin) {
            upper[n_values++] = td_bins_between(sorted[end - 1], sorted[end]);
            begin = end;
        }
        i = end;
    }
    upper[n_values++] = HUGE_VAL;
    return n_values;
}

/* State of the greedy filling of step 3. */
typedef struct filling {
    double big;         /* a value with at least so many rows has a bin of its own */
    double mean;        /* rows a bin should hold, of what is left */
    uint64_t rest_rows; /* rows of values that are not big, beyond the closed bins */
    uint64_t rest_bins; /* bins left for them */
} filling;

static filling filling_start(const double *sorted, uint64_t n, uint64_t max_values) {
    filling fill = {(double)n / (double)max_values, 0, n, max_values};
    for (uint64_t i = 0; i < n;) {
        uint64_t end = run_end(sorted, n, i);
        if ((double)(end - i) >= fill.big) {
            fill.rest_rows -= end - i;
            fill.rest_bins--;
        }
        i = end;
    }
    fill.mean = (double)fill.rest_rows / (double)(fill.rest_bins > 0 ? fill.rest_bins : 1);
    return fill;
}

/* Step 3. A bin [begin, end) closes when it is full, ends with a big value, or stands at least half
 * full before one. */
static uint32_t bound_many(double *upper, const double *sorted, uint64_t n, uint64_t max_values) {
    filling fill = filling_start(sorted, n, max_values);
    uint32_t n_values = 0;
    uint64_t begin = 0;
    for (uint64_t i = 0; i < n && n_values + 1 < max_values;) {
        uint64_t end = run_end(sorted, n, i);
        if (end == n) break;
        int is_big = (double)(end - i) >= fill.big;
        int next_is_big = (double)(run_end(sorted, n, end) - end) >= fill.big;
        double held = (double)(end - begin);
        if (!is_big) fill.rest_rows -= end - i;
        i = end;
        if (!is_big && held < fill.mean && !(next_is_big && held >= fmax(1, fill.mean / 2))) {
            continue;
        }
        upper[n_values++] = td_bins_between(sorted[end - 1], sorted[end]);
        begin = end;
        if (is_big || fill.rest_bins <= 1) continue;
        fill.rest_bins--;
        fill.mean = (double)fill.rest_rows / (double)fill.rest_bins;
    }
    upper[n_values++] = HUGE_VAL;
    return n_values;
}

int td_bins_bound(double upper[256], uint32_t *n_values, const double *sorted, uint64_t n,
                  td_bin_rule rule) {
    if (count_distinct(sorted, n, rule.max_values) <= rule.max_values) {
        *n_values = bound_few(upper, sorted, n, rule);
        return 0;
    }
    uint64_t most = n / rule.min_in_bin;
    if (most > rule.max_values) most = rule.max_values;
    *n_values = bound_many(upper, sorted, n, most > 1 ? most : 1);
    return 1;
}

void td_bins_encode(uint8_t *code, const double *x, uint64_t n, const td_bins *bins) {
    double table[256];
    for (uint32_t b = 0; b < 256; b++) table[b] = b < bins->n_values ? bins->upper[b] : HUGE_VAL;
    uint8_t missing = (uint8_t)bins->n_values;
    for (uint64_t i = 0; i < n; i++) {
        uint32_t at = 0; /* bounds known to lie below x[i] */
        for (uint32_t step = 128; step > 0; step /= 2) {
            at += table[at + step - 1] < x[i] ? step : 0;
        }
        code[i] = x[i] == x[i] ? (uint8_t)at : missing;
    }
}
