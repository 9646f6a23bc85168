/* stats/stratified against R's mantelhaen.test (Berkeley admissions and random strata), and the
 * published unit normal loss behind stats/mean_bayes. */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "stats/mean_diff.h"
#include "stats/stratified.h"
#include "tests/oracle/stats_stratified.h"

static void near(double got, double want, const char *what, size_t i) {
    cr_assert_float_eq(got, want, 1e-12 * fmax(1, fabs(want)), "%zu %s: %.15g, not %.15g", i, what,
                       got, want);
}

/* help(mantelhaen.test): UCBAdmissions by department; arm 2 men, arm 1 women, admitted = converted.
 */
Test(stats_stratified, berkeley_admissions) {
    const td_two_counts strata[] = {{89, 108, 512, 825},  {17, 25, 353, 560}, {202, 593, 120, 325},
                                    {131, 375, 138, 417}, {94, 393, 53, 191}, {24, 341, 22, 373}};
    td_stratified s;
    cr_assert_eq(td_stratified_rates(&s, strata, 6, .05, NULL), TD_OK);
    near(s.cmh_chi2.value, 1.524606660443436, "chi2", 0);
    near(s.cmh_p.value, .216923697055518, "p", 0);
    near(s.cmh_corrected.value, .232263462817048, "corrected", 0);
    near(s.odds_ratio.value, .904696828258623, "odds", 0);
    near(s.odds_ci.low, .771907361759350, "low", 0);
    near(s.odds_ci.high, 1.060329764436656, "high", 0);
}

Test(stats_stratified, random_strata_agree_with_r) {
    for (size_t i = 0; i < sizeof oracle_strata / sizeof *oracle_strata; i++) {
        const oracle_strata_row *o = &oracle_strata[i];
        td_two_counts strata[5];
        for (int h = 0; h < o->n; h++)
            strata[h] = (td_two_counts){o->x1[h], o->n1[h], o->x2[h], o->n2[h]};
        td_stratified s;
        cr_assert_eq(td_stratified_rates(&s, strata, (uint32_t)o->n, .05, NULL), TD_OK);
        near(s.cmh_chi2.value, o->chi2, "chi2", i);
        near(s.cmh_p.value, o->p, "p", i);
        near(s.cmh_corrected.value, o->p_corrected, "corrected", i);
        near(s.odds_ratio.value, o->odds, "odds", i);
        near(s.odds_ci.low, o->odds_low, "odds low", i);
        near(s.odds_ci.high, o->odds_high, "odds high", i);
        near(s.difference.value, o->d, "difference", i);
        near(s.ci.low, o->d_low, "low", i);
        near(s.ci.high, o->d_high, "high", i);
        near(s.risk_ratio.value, o->risk, "risk", i);
        near(s.risk_ci.low, o->risk_low, "risk low", i);
        near(s.risk_ci.high, o->risk_high, "risk high", i);
        near(s.post.value, o->post, "post", i);
        near(s.post_ci.low, o->post_low, "post low", i);
        near(s.post_ci.high, o->post_high, "post high", i);
    }
}

Test(stats_stratified, strata_that_say_nothing_are_named) {
    td_stratified s;
    td_error err = {0};
    const td_two_counts alone[] = {{3, 10, 0, 0}};
    cr_assert_eq(td_stratified_rates(&s, alone, 1, .05, &err), TD_ERR_RANGE);
    cr_assert_not_null(strstr(err.text, "no stratum has units in both arms"));
    const td_two_counts wrong[] = {{3, 10, 4, 10}, {11, 10, 0, 5}};
    cr_assert_eq(td_stratified_rates(&s, wrong, 2, .05, &err), TD_ERR_RANGE);
    cr_assert_not_null(strstr(err.text, "stratum 2 has more conversions than units"));
    const td_two_counts holed[] = {{3, 10, 4, 10}, {1, 5, 0, 0}};
    cr_assert_eq(td_stratified_rates(&s, holed, 2, .05, NULL), TD_OK);
    cr_assert_eq(s.n_used, 1);
    cr_assert_not(td_metric_is_defined(s.post));
    cr_assert(td_metric_is_defined(s.difference));
    const td_two_counts none[] = {{0, 10, 0, 10}};
    cr_assert_eq(td_stratified_rates(&s, none, 1, .05, NULL), TD_OK);
    cr_assert_not(td_metric_is_defined(s.cmh_p));
    cr_assert_not(td_metric_is_defined(s.risk_ratio));
    const td_sample few[] = {{1, 2, 0}};
    td_sample out;
    cr_assert_eq(td_stratified_mean(&out, few, (double[]){1}, 1, &err), TD_ERR_RANGE);
    cr_assert_not_null(strstr(err.text, "stratum 1 has 1 units in an arm"));
}

/* Two strata by hand: shares .25, .75; means 2, 6; variances of means 4/8, 9/9. */
Test(stats_stratified, post_stratified_mean_by_hand) {
    const td_sample within[] = {{8, 2, 4}, {9, 6, 9}};
    td_sample out;
    cr_assert_eq(td_stratified_mean(&out, within, (double[]){.25, .75}, 2, NULL), TD_OK);
    cr_assert_eq(out.n, 17);
    cr_assert_float_eq(out.mean, 5, 1e-15);
    cr_assert_float_eq(out.variance / out.n, .0625 * .5 + .5625 * 1, 1e-15);
}

/* Raiffa and Schlaifer 1961, table of the unit normal loss integral. */
Test(stats_mean_bayes, unit_normal_loss_of_raiffa_and_schlaifer) {
    const double u[] = {0, .5, 1, 2, 3}, want[] = {.3989, .1978, .08332, .008491, .0003822};
    const double half[] = {5e-5, 5e-5, 5e-6, 5e-7, 5e-8};
    for (int i = 0; i < 5; i++) cr_assert_float_eq(td_normal_loss(u[i]), want[i], half[i]);
    cr_assert_float_eq(td_normal_loss(-1), 1 + td_normal_loss(1), 1e-15);
}

/* Prior N(0, 3^2), estimate 4 with standard error 4: precision 1/9 + 1/16 = 25/144. */
Test(stats_mean_bayes, posterior_by_hand) {
    td_normal_posterior p = td_normal_compare(4, 4, (td_normal_prior){0, 3});
    cr_assert_float_eq(p.mean, 4 * 9 / 25., 1e-15);
    cr_assert_float_eq(p.sd, 2.4, 1e-15);
    cr_assert_float_eq(p.chance_to_win, .725746882249927, 1e-14); /* Phi(.6), R's pnorm */
    cr_assert_float_eq(p.loss_if_refused - p.loss_if_chosen, p.mean, 1e-14);
    td_normal_posterior flat = td_normal_compare(4, 4, (td_normal_prior){0, 0});
    cr_assert_float_eq(flat.mean, 4, 1e-15);
    cr_assert_float_eq(flat.sd, 4, 1e-15);
}
