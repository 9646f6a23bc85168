/* stats/proportion against published values (R's prop.test, Newcombe 1998, scipy's documentation,
 * Brown, Cai and DasGupta) to every printed digit, and against other software on random tables. */
#include <criterion/criterion.h>
#include <math.h>

#include "core/base/numeric.h"
#include "stats/proportion.h"
#include "tests/oracle/stats_proportion.h"

/* Half a unit of the last printed digit. */
static void agrees(double got, double want, int decimals) {
    double half = 0.5;
    for (int i = 0; i < decimals; i++) half /= 10.0;
    cr_assert_leq(fabs(got - want), half * 1.001, "%.15g, not %.15g", got, want);
}

static void limits(td_interval got, double low, double high, int decimals) {
    cr_assert(td_interval_is_defined(got));
    agrees(got.low, low, decimals);
    agrees(got.high, high, decimals);
}

static const td_two_counts shop = {120, 1000, 100, 1000};

/* The statistic whose upper tail the two-sided p-value is: R prints it as X-squared, we do not. */
static double chi_square_of(td_metric p) {
    double z = td_normal_quantile(0.5 * p.value);
    return z * z;
}

/* R 4.2: prop.test(c(120, 100), c(1000, 1000), correct = FALSE) and TRUE. */
Test(stats_proportion, prop_test_of_r) {
    agrees(td_test_z_pooled(&shop, TD_TWO_SIDED).value, .152917782, 9);
    agrees(td_test_z_yates(&shop, TD_TWO_SIDED).value, .17451579, 8);
    agrees(chi_square_of(td_test_z_pooled(&shop, TD_TWO_SIDED)), 2.042900919, 9);
    agrees(chi_square_of(td_test_z_yates(&shop, TD_TWO_SIDED)), 1.84371808, 8);
    limits(td_diff_interval_of(TD_DIFF_WALD, &shop, .05), -.00741148199802, .04741148199802, 14);
    limits(td_diff_interval_of(TD_DIFF_WALD_YATES, &shop, .05), -.00841148199802, .04841148199802,
           14);
}

/* statsmodels 0.13 (newcomb, agresti-caffo). MN by its definition in 40 digits, not by statsmodels
 * (issue 10269); the value published for it here, -.007474856463 .. .047631744181, came from a
 * search that stops at 1e-9. */
Test(stats_proportion, intervals_of_a_difference) {
    limits(td_diff_interval_of(TD_DIFF_NEWCOMBE, &shop, .05), -.007492167515, .047550667456, 12);
    limits(td_diff_interval_of(TD_DIFF_AGRESTI_CAFFO, &shop, .05), -.007508877613, .047429037294,
           12);
    td_interval score = td_diff_interval_of(TD_DIFF_MIETTINEN_NURMINEN, &shop, .05);
    limits(score, -.007474856295225, .047631744058208, 15);
    limits(score, -.007474856463, .047631744181, 9);
}

/* Newcombe 1998: 9/10 v 3/10, where statsmodels raises ValueError. */
Test(stats_proportion, score_interval_of_nine_and_three_of_ten) {
    td_two_counts counts = {9, 10, 3, 10};
    limits(td_diff_interval_of(TD_DIFF_MIETTINEN_NURMINEN, &counts, .05), .1700250, .8406495, 7);
}

/* 81 of 263: statsmodels' proportion_confint. */
Test(stats_proportion, intervals_of_one_rate) {
    limits(td_rate_interval_of(TD_RATE_WILSON, 81, 263, .05), .2552885199, .3662095770, 10);
    limits(td_rate_interval_of(TD_RATE_JEFFREYS, 81, 263, .05), .2545219350, .3656474992, 10);
    limits(td_rate_interval_of(TD_RATE_CLOPPER_PEARSON, 81, 263, .05), .2527367456, .3676219226,
           10);
    limits(td_rate_interval_of(TD_RATE_AGRESTI_COULL, 81, 263, .05), .2552206652, .3662774317, 10);
}

/* Fisher's tea: [[3, 1], [1, 3]]; [[8, 2], [1, 5]] of scipy's documentation. */
Test(stats_proportion, fisher_of_the_lady_tasting_tea) {
    td_two_counts tea = {3, 4, 1, 4}, whales = {8, 10, 1, 6};
    agrees(td_test_fisher(&tea, TD_GREATER), .242857142857, 12);
    agrees(td_test_fisher(&whales, TD_TWO_SIDED), .034965034965, 12);
}

/* scipy's documentation; columns are the samples there. Its barnard value, .034076716366, leaves
 * out the table 3/15 v 8/15, whose z is the same but for rounding (1.894338); with it the
 * definition gives .034109154662, R's Barnard package prints .0341. */
Test(stats_proportion, barnard_and_boschloo_of_scipy) {
    td_two_counts vaccine = {7, 15, 12, 15}, jobs = {74, 74 + 43, 31, 31 + 32};
    td_metric p;
    cr_assert_eq(td_test_barnard(&p, &vaccine, TD_LESS, NULL), TD_OK);
    agrees(p.value, .03410915466159732, 14);
    cr_assert_float_eq(p.value, .034076716366, 4e-5);
    cr_assert_eq(td_test_boschloo(&p, &jobs, TD_GREATER, NULL), TD_OK);
    agrees(p.value, .035564064302, 12);
}

/* Kohavi, Tang, Xu 2020, chapter 21: "1.8E-6"; more digits by scipy. */
Test(stats_proportion, sample_ratio_mismatch) {
    td_srm srm;
    cr_assert_eq(td_srm_check(&srm, (uint64_t[]){821588, 815482}, NULL, 2, NULL), TD_OK);
    agrees(srm.chi2, 22.774368842, 9);
    agrees(srm.p_value * 1e6, 1.82179, 5);
    agrees(srm.p_value * 1e6, 1.8, 1);
    cr_assert_eq(td_srm_check(&srm, (uint64_t[]){10000, 10300}, NULL, 2, NULL), TD_OK);
    agrees(srm.chi2, 4.433497537, 9);
    agrees(srm.p_value, .035240224, 9);
}

static void same(double got, double want, double tolerance, const char *what, size_t i) {
    cr_assert_float_eq(got, want, tolerance, "table %zu, %s: %.15g, not %.15g", i, what, got, want);
}

static void same_limits(td_interval got, const double *want, const char *what, size_t i) {
    same(got.low, want[0], 1e-10, what, i);
    same(got.high, want[1], 1e-10, what, i);
}

static void check_exact(const oracle_table *o, const td_two_counts *c, size_t i) {
    td_metric p;
    cr_assert_eq(td_test_barnard(&p, c, TD_TWO_SIDED, NULL), TD_OK);
    same(p.value, o->barnard, 1e-10, "barnard", i);
    cr_assert_eq(td_test_barnard(&p, c, TD_GREATER, NULL), TD_OK);
    same(p.value, o->barnard_greater, 1e-10, "barnard greater", i);
    cr_assert_eq(td_test_boschloo(&p, c, TD_TWO_SIDED, NULL), TD_OK);
    same(p.value, o->boschloo, 1e-10, "boschloo", i);
    cr_assert_eq(td_test_boschloo(&p, c, TD_GREATER, NULL), TD_OK);
    same(p.value, o->boschloo_greater, 1e-10, "boschloo greater", i);
}

Test(stats_proportion, random_tables_agree_with_other_software) {
    for (size_t i = 0; i < sizeof oracle_tables / sizeof *oracle_tables; i++) {
        const oracle_table *o = &oracle_tables[i];
        td_two_counts c = {(uint64_t)o->x1, (uint64_t)o->n1, (uint64_t)o->x2, (uint64_t)o->n2};
        same(td_test_z_pooled(&c, TD_TWO_SIDED).value, o->z, 1e-12, "z", i);
        same(td_test_z_yates(&c, TD_TWO_SIDED).value, o->yates, 1e-12, "yates", i);
        same(td_test_fisher(&c, TD_TWO_SIDED), o->fisher, 1e-11, "fisher", i);
        same(td_test_fisher(&c, TD_GREATER), o->fisher_greater, 1e-11, "fisher greater", i);
        check_exact(o, &c, i);
        same_limits(td_diff_interval_of(TD_DIFF_WALD, &c, .05), o->wald, "wald", i);
        same_limits(td_diff_interval_of(TD_DIFF_NEWCOMBE, &c, .05), o->newcombe, "newcombe", i);
        same_limits(td_diff_interval_of(TD_DIFF_AGRESTI_CAFFO, &c, .05), o->agresti_caffo, "ac", i);
        same_limits(td_diff_interval_of(TD_DIFF_MIETTINEN_NURMINEN, &c, .05), o->miettinen_nurminen,
                    "mn", i);
        same_limits(td_rate_interval_of(TD_RATE_WILSON, c.x1, c.n1, .05), o->wilson, "wilson", i);
        same_limits(td_rate_interval_of(TD_RATE_JEFFREYS, c.x1, c.n1, .05), o->jeffreys, "jef", i);
        same_limits(td_rate_interval_of(TD_RATE_CLOPPER_PEARSON, c.x1, c.n1, .05),
                    o->clopper_pearson, "cp", i);
        same(td_beta_compare(&c, 1, 1).chance_to_win, o->chance, 1e-9, "chance", i);
    }
}
