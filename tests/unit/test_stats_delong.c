/* stats/delong: a hand case, intervals on both scales, degenerate rows, refusals. */
#include <criterion/criterion.h>
#include <math.h>

#include "core/base/mem.h"
#include "stats/delong.h"

static td_ranking rank(const double *score, const double *label, uint64_t n) {
    td_ranking ranking = {0};
    cr_assert_eq(td_ranking_build(&ranking, score, label, n, NULL, NULL), TD_OK);
    return ranking;
}

/* The drawing in delong.c. V = 1, 3/4, 3/8: deviations 7, 1, -8 over 24 -> S_V = 57/576.
 * W = 1/2, 1/2, 5/6, 1: deviations -5, -5, 3, 7 over 24 -> S_W = 108/576/3 = 36/576.
 * var = (57/3 + 36/4)/576. */
Test(stats_delong, hand_case_with_ties) {
    const double score[] = {9, 7, 7, 7, 4, 4, 2}, label[] = {1, 0, 1, 0, 1, 0, 0};
    td_ranking ranking = rank(score, label, 7);
    td_delong got = td_delong_measure(&ranking);
    cr_assert_float_eq(got.auc.value, 17.0 / 24, 1e-15);
    cr_assert_float_eq(got.variance.value, (57.0 / 3 + 9.0) / 576, 1e-15);
    td_ranking_free(&ranking);
}

/* z of 95 % = 1.959963984540054; AUC .9, se .1: plain is cut at 1; logit 2.1972246 -+ 2.1777378. */
Test(stats_delong, interval_scales) {
    td_delong given = {.auc = td_metric_of(0.9), .variance = td_metric_of(0.01)};
    td_interval plain = td_delong_interval(given, 0.95, TD_AUC_PLAIN);
    cr_assert_float_eq(plain.low, 0.7040036, 1e-7);
    cr_assert_eq(plain.high, 1.0);
    td_interval logit = td_delong_interval(given, 0.95, TD_AUC_LOGIT);
    cr_assert_float_eq(log(logit.low / (1 - logit.low)), 2.1972246 - 2.1777378, 1e-7);
    cr_assert_float_eq(log(logit.high / (1 - logit.high)), 2.1972246 + 2.1777378, 1e-7);
}

Test(stats_delong, degenerate_rows_have_reasons) {
    const double score[] = {5, 4, 3, 2, 1}, same[] = {1, 1, 1, 1, 1};
    const double one[] = {1, 0, 0, 0, 0}, perfect[] = {1, 1, 1, 0, 0}, all[] = {1, 1, 1, 1, 1};
    const double *const labels[] = {one, all};
    for (int i = 0; i < 2; i++) {
        td_ranking ranking = rank(score, labels[i], 5);
        td_delong got = td_delong_measure(&ranking);
        cr_assert(!td_metric_is_defined(got.variance));
        cr_assert(!td_interval_is_defined(td_delong_interval(got, 0.95, TD_AUC_PLAIN)));
        td_delong_pair pair;
        cr_assert_eq(td_delong_compare(&pair, &ranking, &ranking, labels[i], 0.95, NULL), TD_OK);
        cr_assert(!td_metric_is_defined(pair.p_value));
        cr_assert_eq(td_metric_is_defined(pair.difference), i == 0);
        td_ranking_free(&ranking);
    }
    const double *const scores[] = {score, same};
    for (int i = 0; i < 2; i++) {
        td_ranking ranking = rank(scores[i], perfect, 5);
        td_delong got = td_delong_measure(&ranking);
        cr_assert_eq(got.auc.value, i == 0 ? 1.0 : 0.5);
        cr_assert_eq(got.variance.value, 0.0);
        cr_assert(!td_interval_is_defined(td_delong_interval(got, 0.95, TD_AUC_LOGIT)));
        td_ranking_free(&ranking);
    }
}

/* A monotone change of a score changes no rank: the difference is 0 and cannot be tested. */
Test(stats_delong, a_score_is_not_compared_with_itself) {
    const double score[] = {5, 4, 3, 2, 1}, cubed[] = {125, 64, 27, 8, 1};
    const double label[] = {1, 0, 1, 0, 0};
    td_ranking a = rank(score, label, 5), b = rank(cubed, label, 5);
    td_delong_pair pair;
    cr_assert_eq(td_delong_compare(&pair, &a, &b, label, 0.95, NULL), TD_OK);
    cr_assert_eq(pair.difference.value, 0.0);
    cr_assert_float_eq(pair.covariance.value, pair.first.variance.value, 1e-16);
    cr_assert_str_eq(pair.z.undefined_reason, "both scores rank the rows alike");
    td_ranking_free(&a);
    td_ranking_free(&b);
}

Test(stats_delong, refuses_other_rows_and_leaves_nothing) {
    const double score[] = {5, 4, 3, 2, 1}, label[] = {1, 0, 1, 0, 0};
    uint64_t before = td_mem_live_bytes();
    td_ranking a = rank(score, label, 5), b = rank(score, label, 4);
    td_delong_pair pair;
    cr_assert_eq(td_delong_compare(&pair, &a, &b, label, 0.95, NULL), TD_ERR_SHAPE);
    td_mem_fail_after(1);
    cr_assert_eq(td_delong_compare(&pair, &a, &a, label, 0.95, NULL), TD_ERR_NOMEM);
    td_mem_fail_after(0);
    td_ranking_free(&a);
    td_ranking_free(&b);
    cr_assert_eq(td_mem_live_bytes(), before);
}
