/* stats/delong against R's pROC: its data set aSAH to all printed digits, and 1,000 random cases
 * with ties; see make_stats_proc.R. */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "stats/delong.h"
#include "tests/oracle/stats_proc.h"

/* pROC sums in another order and one pass more. */
#define SAME 1e-13

static td_ranking rank(const double *score, const double *label, uint64_t n) {
    td_ranking ranking = {0};
    cr_assert_eq(td_ranking_build(&ranking, score, label, n, NULL, NULL), TD_OK);
    return ranking;
}

static td_delong_pair compare(const double *first, const double *second, const double *label,
                              uint64_t n) {
    td_ranking a = rank(first, label, n), b = rank(second, label, n);
    td_delong_pair pair;
    cr_assert_eq(td_delong_compare(&pair, &a, &b, label, 0.95, NULL), TD_OK);
    td_ranking_free(&a);
    td_ranking_free(&b);
    return pair;
}

static void check_one(const double *score, const double want[4]) {
    td_ranking ranking = rank(score, asah_label, ASAH_N);
    td_delong got = td_delong_measure(&ranking);
    td_interval interval = td_delong_interval(got, 0.95, TD_AUC_PLAIN);
    cr_assert_float_eq(got.auc.value, want[0], SAME);
    cr_assert_float_eq(got.variance.value, want[1], SAME);
    cr_assert_float_eq(interval.low, want[2], SAME);
    cr_assert_float_eq(interval.high, want[3], SAME);
    td_ranking_free(&ranking);
}

Test(stats_proc, asah_auc_variance_and_interval) {
    check_one(asah_s100b,
              (double[]){ASAH_S100B_AUC, ASAH_S100B_VAR, ASAH_S100B_LOW, ASAH_S100B_HIGH});
    check_one(asah_wfns, (double[]){ASAH_WFNS_AUC, ASAH_WFNS_VAR, ASAH_WFNS_LOW, ASAH_WFNS_HIGH});
    check_one(asah_ndka, (double[]){ASAH_NDKA_AUC, ASAH_NDKA_VAR, ASAH_NDKA_LOW, ASAH_NDKA_HIGH});
}

static void check_pair(const double *second, const double want[5]) {
    td_delong_pair pair = compare(asah_s100b, second, asah_label, ASAH_N);
    cr_assert_float_eq(pair.z.value, want[0], 1e-11);
    cr_assert_float_eq(pair.p_value.value, want[1], 1e-12);
    cr_assert_float_eq(pair.interval.low, want[2], SAME);
    cr_assert_float_eq(pair.interval.high, want[3], SAME);
    cr_assert_float_eq(pair.covariance.value, want[4], SAME);
}

Test(stats_proc, asah_paired_tests) {
    check_pair(asah_wfns, (double[]){ASAH_S100B_WFNS_Z, ASAH_S100B_WFNS_P, ASAH_S100B_WFNS_LOW,
                                     ASAH_S100B_WFNS_HIGH, ASAH_S100B_WFNS_COV});
    check_pair(asah_ndka, (double[]){ASAH_S100B_NDKA_Z, ASAH_S100B_NDKA_P, ASAH_S100B_NDKA_LOW,
                                     ASAH_S100B_NDKA_HIGH, ASAH_S100B_NDKA_COV});
}

/* pROC: coords(roc, "best") of s100b, the threshold of Youden's index: 0.205, the middle of two
 * neighbouring values, with specificity .805555556 and sensitivity .634146341. Here the place of
 * the KS distance is the value itself, so the next lower one is needed for the middle. */
Test(stats_proc, asah_best_threshold_is_the_place_of_the_ks) {
    td_ranking ranking = rank(asah_s100b, asah_label, ASAH_N);
    td_ks ks = td_ranking_ks(&ranking);
    uint32_t b = td_ranking_block_of(&ranking, ks.rows);
    cr_assert_eq(ranking.blocks[b].score, ks.threshold);
    cr_assert_float_eq(0.5 * (ks.threshold + ranking.blocks[b + 1].score), 0.205, 1e-15);
    cr_assert_float_eq(1 - ks.fpr, 0.805555556, 5e-10);
    cr_assert_float_eq(ks.tpr, 0.634146341, 5e-10);
    cr_assert_float_eq(ks.value.value, 0.805555556 + 0.634146341 - 1, 1e-9);
    td_ranking_free(&ranking);
}

typedef struct proc_case {
    const char *label, *first, *second; /* one digit a row */
    double expected[6];
} proc_case;

static const proc_case cases[] = {
#include "tests/oracle/stats_proc.inc"
};

static void read_digits(double *out, const char *digits) {
    for (; *digits != '\0'; digits++) *out++ = *digits - '0';
}

/* pROC may leave a variance of rounding dust where it is 0: then there is nothing to compare. */
Test(stats_proc, random_cases_with_ties) {
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        double label[64], first[64], second[64];
        read_digits(label, cases[c].label);
        read_digits(first, cases[c].first);
        read_digits(second, cases[c].second);
        td_delong_pair pair = compare(first, second, label, strlen(cases[c].label));
        const double got[] = {pair.first.auc.value,  pair.first.variance.value,
                              pair.second.auc.value, pair.second.variance.value,
                              pair.covariance.value, pair.p_value.value};
        int is_flat = !td_metric_is_defined(pair.p_value);
        for (int v = 0; v < (is_flat ? 5 : 6); v++) {
            cr_assert_float_eq(got[v], cases[c].expected[v], 1e-10,
                               "case %zu, value %d: %.17g, %.17g", c, v, got[v],
                               cases[c].expected[v]);
        }
    }
}
