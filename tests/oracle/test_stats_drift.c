/* stats/drift against scipy (make_stats_drift.py), by hand, on samples without a shift, and at its
 * edges. */
#include <criterion/criterion.h>
#include <math.h>

#include "core/base/mem.h"
#include "core/base/numeric.h"
#include "core/base/rng.h"
#include "stats/drift.h"
#include "tests/oracle/stats_drift.h"

static td_drift measure(const double *a, uint64_t n, const double *b, uint64_t m) {
    td_two_samples samples = {a, b, n, m};
    td_drift out;
    cr_assert_eq(td_drift_measure(&out, &samples, 0.95, NULL), TD_OK);
    return out;
}

Test(stats_drift, distances_are_those_of_scipy) {
    td_drift got = measure(drift_first, DRIFT_N, drift_second, DRIFT_M);
    cr_assert_float_eq(got.ks.value, DRIFT_KS, 1e-14);
    cr_assert_float_eq(got.jensen_shannon.value, DRIFT_JS, 1e-14);
    cr_assert_float_eq(got.psi.value.value, DRIFT_PSI, 1e-14);
    cr_assert_eq(td_mem_live_bytes(), 0);
}

Test(stats_drift, psi_by_hand) {
    uint64_t before[] = {50, 50}, after[] = {70, 30};
    td_psi got = td_psi_of(before, after, 2, 0.95);
    cr_assert_float_eq(got.value.value, 0.2 * td_log(1.4) - 0.2 * td_log(0.6), 1e-15);
    cr_assert_float_eq(got.expected.value, 0.02, 1e-15);
    uint64_t gone[] = {100, 0}; /* half a row stands in the empty group */
    got = td_psi_of(before, gone, 2, 0.95);
    cr_assert_float_eq(got.value.value, 0.5 * td_log(2.0) - 0.495 * td_log(0.01), 1e-14);
}

/* The interval's ends are noncentralities at which PSI nm/(n + m) is a quantile: counts whose PSI
 * is scipy's quantile lead back to them. With shares 0.1 (1 -+ e) of ten groups PSI = e^2 to second
 * order. Sankaran's form of the distribution is good to 1 % of a noncentrality here. */
Test(stats_drift, interval_inverts_the_noncentral_chi_square) {
    const double want[] = {0, 20, 20, 400};
    const double n = 1e9, c = 2 / n;
    for (int i = 0; i < 4; i++) {
        uint64_t a[10], b[10];
        for (int g = 0; g < 10; g++) {
            double e = (g % 2 ? 1 : -1) * sqrt(drift_ncx2[i] * c);
            a[g] = 100000000;
            b[g] = (uint64_t)floor(0.1 * n * (1 + e) + 0.5);
        }
        td_psi got = td_psi_of(a, b, 10, 0.95);
        cr_assert_float_eq(got.value.value / c, drift_ncx2[i], 1e-3 * drift_ncx2[i]);
        double end = i < 2 ? got.interval.low : got.interval.high;
        cr_assert_float_eq(end / c, want[i], 0.01 * want[i] + 0.1, "case %d: %g", i, end / c);
    }
}

Test(stats_drift, without_a_shift_the_interval_holds_zero) {
    enum { RUNS = 400, ROWS = 300 };
    double a[ROWS], b[ROWS];
    int held = 0;
    for (uint64_t run = 0; run < RUNS; run++) {
        td_rng rng = td_rng_stream(run, "drift", 0, 0);
        for (int i = 0; i < ROWS; i++) {
            a[i] = td_rng_normal(&rng);
            b[i] = td_rng_normal(&rng);
        }
        held += measure(a, ROWS, b, ROWS).psi.interval.low == 0.0;
    }
    cr_assert_geq(held, 375); /* 97.5 % of 400 is 390, less five standard errors */
    cr_assert_lt(held, RUNS);
}

Test(stats_drift, missing_values_are_a_group_and_equal_values_stay_together) {
    double a[] = {0, 0, 0, 0, 0, 0, 1, 2}, b[] = {0, 0, NAN, NAN, 1, 2, 2, 2};
    td_drift got = measure(a, 8, b, 8);
    cr_assert_eq(got.n_groups, 4); /* up to 0, up to 1, above, missing */
    cr_assert_eq(got.baseline[0], 6);
    cr_assert_eq(got.current[0], 2);
    cr_assert_eq(got.baseline[3], 0);
    cr_assert_eq(got.current[3], 2);
    cr_assert_float_eq(got.missing_current, 0.25, 1e-15);
    cr_assert_float_eq(got.ks.value, 0.75 - 2.0 / 6, 1e-15);
}

Test(stats_drift, what_cannot_be_compared_says_so) {
    double a[] = {1, 1, 1}, b[] = {1, 1};
    td_drift got = measure(a, 3, b, 2);
    cr_assert_str_eq(got.psi.value.undefined_reason, "all rows are in one group");
    cr_assert_eq(got.ks.value, 0.0);
    cr_assert_eq(got.ks_p.value, 1.0);
    got = measure(a, 3, b, 0);
    cr_assert_str_eq(got.psi.value.undefined_reason, "a sample has no rows");
    cr_assert_str_eq(got.ks.undefined_reason, "a sample has no rows");
    td_two_samples samples = {a, b, 3, 2};
    cr_assert_eq(td_drift_measure(&got, &samples, 1.5, NULL), TD_ERR_RANGE);
    for (uint64_t k = 1; k <= 2; k++) {
        td_mem_fail_after(k);
        cr_assert_eq(td_drift_measure(&got, &samples, 0.9, NULL), TD_ERR_NOMEM);
        td_mem_fail_after(0);
        cr_assert_eq(td_mem_live_bytes(), 0);
    }
}
