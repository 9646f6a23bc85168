/* tests/unit/test_base_numeric_sum.c: compensated sums against exact ones. */
#include <criterion/criterion.h>
#include <math.h>
#include <mpfr.h>

#include "core/base/numeric.h"
#include "core/base/rng.h"

static double sum_of(const double *x, int n) {
    td_sum sum = {0};
    for (int i = 0; i < n; i++) td_sum_add(&sum, x[i]);
    return td_sum_value(&sum);
}

Test(base_numeric_sum, large_terms_that_cancel_leave_the_small_ones) {
    static const double a[4] = {1.0, 1e100, 1.0, -1e100};
    static const double b[4] = {0.1, 1e16, 0.2, -1e16};
    cr_assert_eq(sum_of(a, 4), 2.0);
    cr_assert_float_eq(sum_of(b, 4), 0.3, 1e-16);
}

Test(base_numeric_sum, empty_sum_is_zero) {
    td_sum sum = {0};
    cr_assert_eq(td_sum_value(&sum), 0.0);
}

Test(base_numeric_sum, infinities_and_nan_pass_through) {
    static const double up[3] = {1.0, INFINITY, 2.0}, both[2] = {INFINITY, -INFINITY};
    static const double nan_in[3] = {1.0, NAN, 2.0};
    cr_assert_eq(sum_of(up, 3), INFINITY);
    cr_assert(isnan(sum_of(both, 2)));
    cr_assert(isnan(sum_of(nan_in, 3)));
}

/* Terms over 40 decades with both signs; the exact sum comes from 2000-bit MPFR. Limit: one
 * rounding of the result and n^2 eps^2 sum|x|, see numeric_sum.c. */
static void fill(double *x, int n, uint64_t iteration) {
    td_rng rng = td_rng_stream(40, "terms", iteration, 0);
    for (int i = 0; i < n; i++) {
        x[i] = (td_rng_uniform(&rng) - 0.5) * td_exp(92.0 * td_rng_uniform(&rng) - 46.0);
    }
}

static double exact_sum(const double *x, int n, double *limit) {
    mpfr_t total;
    mpfr_init2(total, 2000);
    mpfr_set_zero(total, 1);
    double size = 0.0;
    for (int i = 0; i < n; i++) {
        mpfr_add_d(total, total, x[i], MPFR_RNDN);
        size += fabs(x[i]);
    }
    double value = mpfr_get_d(total, MPFR_RNDN);
    mpfr_clear(total);
    *limit = 0x1p-52 * fabs(value) + (double)n * n * 0x1p-106 * size;
    return value;
}

Test(base_numeric_sum, error_stays_within_the_proven_bound) {
    static double x[2000];
    for (uint64_t round = 0; round < 100; round++) {
        double limit;
        fill(x, 2000, round);
        double exact = exact_sum(x, 2000, &limit);
        cr_assert_leq(fabs(sum_of(x, 2000) - exact), limit);
    }
}

Test(base_numeric_sum, merged_chunks_are_as_good_as_one_sum) {
    static double x[2000];
    for (uint64_t round = 0; round < 100; round++) {
        double limit;
        fill(x, 2000, 1000 + round);
        double exact = exact_sum(x, 2000, &limit);
        td_sum total = {0};
        for (int begin = 0; begin < 2000; begin += 128) {
            td_sum part = {0};
            for (int i = begin; i < begin + 128 && i < 2000; i++) td_sum_add(&part, x[i]);
            td_sum_merge(&total, &part);
        }
        cr_assert_leq(fabs(td_sum_value(&total) - exact), limit);
    }
}

Test(base_numeric_sum, merging_keeps_what_both_sides_rounded_away) {
    td_sum left = {0}, right = {0};
    td_sum_add(&left, 1e100);
    td_sum_add(&left, 1.0);
    td_sum_add(&right, 1.0);
    td_sum_add(&right, -1e100);
    td_sum_merge(&left, &right);
    cr_assert_eq(td_sum_value(&left), 2.0);
}
