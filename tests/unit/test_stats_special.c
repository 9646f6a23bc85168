/* stats/special: edges, symmetries, quantiles as inverses. Accuracy: tests/oracle. */
#include <criterion/criterion.h>
#include <math.h>

#include "core/base/numeric.h"
#include "stats/root.h"
#include "stats/special.h"

Test(stats_special, impossible_parameters_give_nan) {
    cr_assert(isnan(td_beta_inc(0, 1, .5, .5)));
    cr_assert(isnan(td_beta_inc(1, -1, .5, .5)));
    cr_assert(isnan(td_gamma_inc_lower(0, 1)));
    cr_assert(isnan(td_t_cdf(1, 0)));
    cr_assert(isnan(td_t_cdf(NAN, 3)));
    cr_assert(isnan(td_t_quantile(1.5, 3)));
    cr_assert(isnan(td_f_sf(1, 0, 1)));
    cr_assert(isnan(td_binomial_pmf(1, 2, -.1)));
    cr_assert(isnan(td_nct_cdf(1, -1, 0)));
}

Test(stats_special, ends_of_the_range_are_exact) {
    cr_assert_eq(td_beta_inc(2, 3, 0, 1), 0);
    cr_assert_eq(td_beta_inc(2, 3, 1, 0), 1);
    cr_assert_eq(td_gamma_inc_lower(2, 0), 0);
    cr_assert_eq(td_gamma_inc_upper(2, 0), 1);
    cr_assert_eq(td_gamma_inc_upper(2, INFINITY), 0);
    cr_assert_eq(td_t_cdf(0, 7), .5);
    cr_assert_eq(td_binomial_cdf(5, 5, .3), 1);
    cr_assert_eq(td_binomial_pmf(0, 5, 0), 1);
    cr_assert_eq(td_binomial_pmf(6, 5, .5), 0);
    cr_assert_eq(td_hypergeometric_cdf(0, 3, 2, 4), 0);
    cr_assert_eq(td_hypergeometric_sf(3, 3, 2, 4), 0);
    cr_assert_eq(td_hypergeometric_pmf(2, 2, 3, 0), 0);
}

Test(stats_special, student_with_infinitely_many_degrees_is_normal) {
    static const double t[] = {-40, -2.5, -1e-3, 0, .7, 3, 9};
    for (int i = 0; i < 7; i++) {
        double p = td_normal_cdf(t[i]);
        cr_assert_eq(td_t_cdf(t[i], INFINITY), p);
        cr_assert_eq(td_t_quantile(p, INFINITY), td_normal_quantile(p));
    }
    cr_assert(isnan(td_t_quantile(1.5, INFINITY)) && isnan(td_t_cdf(NAN, INFINITY)));
}

/* Cauchy: t with one degree of freedom; I_x(1, 1) = x; chi-square with 2 is exponential. */
Test(stats_special, closed_forms_by_hand) {
    cr_assert_float_eq(td_t_cdf(1, 1), .75, 1e-15);
    cr_assert_float_eq(td_beta_inc(1, 1, .3, .7), .3, 1e-15);
    cr_assert_float_eq(td_chi2_sf(4, 2), exp(-2), 1e-16);
    cr_assert_float_eq(td_f_sf(1, 1, 1), .5, 1e-15);
    cr_assert_float_eq(td_binomial_pmf(2, 4, .5), .375, 1e-15);
    cr_assert_float_eq(td_hypergeometric_pmf(3, 4, 4, 4), 16. / 70, 1e-15);
    cr_assert_float_eq(td_hypergeometric_sf(2, 4, 4, 4), 17. / 70, 1e-15);
}

/* Abramowitz and Stegun, tables 26.8, 26.10 and 26.9. */
Test(stats_special, quantiles_of_printed_tables) {
    cr_assert_float_eq(td_t_quantile(.975, 10), 2.228, 5e-4);
    cr_assert_float_eq(td_t_quantile(.995, 1), 63.657, 5e-4);
    cr_assert_float_eq(td_chi2_quantile(.95, 1), 3.84146, 5e-6);
    cr_assert_float_eq(td_chi2_quantile(.01, 10), 2.55821, 5e-6);
    cr_assert_float_eq(td_f_quantile(.95, 5, 10), 3.33, 5e-3);
}

Test(stats_special, quantiles_invert_distributions) {
    const double p[] = {1e-12, 1e-4, .025, .3, .5, .77, .999};
    const double df[] = {.7, 1, 4.5, 60, 1e4, 1e9};
    for (int i = 0; i < 7; i++) {
        for (int j = 0; j < 6; j++) {
            cr_assert_float_eq(td_t_cdf(td_t_quantile(p[i], df[j]), df[j]) / p[i], 1, 1e-11);
            if (df[j] > 1e4) continue;
            cr_assert_float_eq(td_chi2_cdf(td_chi2_quantile(p[i], df[j]), df[j]) / p[i], 1, 1e-11);
            double f = td_f_quantile(p[i], df[j], 8), x = td_beta_quantile(p[i], df[j], 3);
            cr_assert_float_eq(td_f_cdf(f, df[j], 8) / p[i], 1, 1e-11);
            cr_assert_float_eq(td_beta_inc(df[j], 3, x, 1 - x) / p[i], 1, 1e-8);
        }
    }
    cr_assert_eq(td_beta_quantile(0, 2, 3), 0);
    cr_assert_eq(td_beta_quantile(1, 2, 3), 1);
}

Test(stats_special, binomial_quantile_is_the_least_count) {
    for (uint64_t k = 0; k < 20; k++) {
        double at = td_binomial_cdf(k, 20, .3);
        cr_assert_eq(td_binomial_quantile(at, 20, .3), k);
        cr_assert_eq(td_binomial_quantile(at * (1 + 1e-9), 20, .3), k + 1);
    }
}

Test(stats_special, tails_add_up_to_one) {
    cr_assert_float_eq(td_nct_cdf(1.3, 7, .8) + td_nct_sf(1.3, 7, .8), 1, 1e-14);
    cr_assert_float_eq(td_nct_cdf(-3, 2, 30) + td_nct_sf(-3, 2, 30), 1, 1e-14);
    cr_assert_float_eq(td_nct_cdf(2, 5, 0), td_t_cdf(2, 5), 1e-14);
    cr_assert_float_eq(td_hypergeometric_cdf(7, 30, 40, 20) + td_hypergeometric_sf(7, 30, 40, 20),
                       1, 1e-14);
    cr_assert_float_eq(td_t_cdf(1.5, 2e8), td_t_cdf(1.5, 0.9e8), 1e-9);
}

static double minus_two(const void *ctx, double x) { return (void)ctx, x * x * x - 2; }

Test(stats_special, root_is_found_to_the_last_ulp_or_refused) {
    cr_assert_float_eq(td_root_find(minus_two, NULL, 0, 10), cbrt(2), 3e-16);
    cr_assert_float_eq(td_root_find_positive(minus_two, NULL, 1e6), cbrt(2), 3e-16);
    cr_assert(isnan(td_root_find(minus_two, NULL, 2, 10)));
}
