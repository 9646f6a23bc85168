/* stats/special against 50-digit values; see make_stats_special.py. */
#include <criterion/criterion.h>
#include <math.h>

#include "stats/special.h"
#include "tests/oracle/stats_special.h"

typedef double (*value_fn)(const double *x);

static double worst_of(const oracle_value *rows, size_t n, value_fn f, const char *name) {
    double worst = 0;
    for (size_t i = 0; i < n; i++) {
        double error = fabs(f(rows[i].x) / rows[i].value - 1.0);
        if (!(error <= worst)) worst = error;
        if (!(error <= 1e-10)) {
            cr_log_error("%s(%g, %g, %g, %g) = %.17g, not %.17g", name, rows[i].x[0], rows[i].x[1],
                         rows[i].x[2], rows[i].x[3], f(rows[i].x), rows[i].value);
        }
    }
    cr_log_info("%s: worst relative error %.2g over %zu values", name, worst, n);
    return worst;
}

#define WORST(rows, f) worst_of(rows, sizeof(rows) / sizeof *(rows), f, #rows)

static double beta(const double *x) { return td_beta_inc(x[0], x[1], x[2], 1.0 - x[2]); }
static double gamma_upper(const double *x) { return td_gamma_inc_upper(x[0], x[1]); }
static double t_sf(const double *x) { return td_t_cdf(-x[0], x[1]); }
static double f_sf(const double *x) { return td_f_sf(x[0], x[1], x[2]); }
static double nct_sf(const double *x) { return td_nct_sf(x[0], x[1], x[2]); }
static double binomial_sf(const double *x) {
    return td_binomial_sf((uint64_t)x[0], (uint64_t)x[1], x[2]);
}
static double hyper_sf(const double *x) {
    return td_hypergeometric_sf((uint64_t)x[0], (uint64_t)x[1], (uint64_t)x[2], (uint64_t)x[3]);
}

Test(stats_special_oracle, incomplete_beta_is_within_its_bound) {
    cr_assert_leq(WORST(oracle_beta, beta), 1e-13);
    cr_assert_leq(WORST(oracle_beta_big, beta), 1e-13);
}

Test(stats_special_oracle, incomplete_gamma_is_within_its_bound) {
    cr_assert_leq(WORST(oracle_gamma_upper, gamma_upper), 1e-13);
}

Test(stats_special_oracle, t_and_f_are_within_their_bound) {
    cr_assert_leq(WORST(oracle_t_sf, t_sf), 1e-13);
    cr_assert_leq(WORST(oracle_f_sf, f_sf), 1e-13);
}

Test(stats_special_oracle, noncentral_t_is_within_its_bound) {
    cr_assert_leq(WORST(oracle_nct_sf, nct_sf), 3e-13);
}

Test(stats_special_oracle, counts_are_within_their_bound) {
    cr_assert_leq(WORST(oracle_binomial_sf, binomial_sf), 1e-13);
    cr_assert_leq(WORST(oracle_hyper_sf, hyper_sf), 1e-13);
}
