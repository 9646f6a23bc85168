/* stats/assessment and stats/operating: hand cases, pROC's partial AUC, clusters, refusals. */
#include <criterion/criterion.h>

#include "core/base/mem.h"
#include "stats/assessment.h"
#include "tests/oracle/stats_proc.h"

static td_ranking rank(const double *score, const double *label, uint64_t n) {
    td_ranking ranking = {0};
    cr_assert_eq(td_ranking_build(&ranking, score, label, n, NULL, NULL), TD_OK);
    return ranking;
}

/* pROC: auc(roc, partial.auc = c(1, .9)), and with partial.auc.correct. */
Test(stats_operating, partial_auc_of_asah) {
    const struct {
        const double *score;
        double area, corrected;
    } cases[] = {{asah_s100b, ASAH_S100B_PAUC, ASAH_S100B_PAUC_CORRECTED},
                 {asah_wfns, ASAH_WFNS_PAUC, ASAH_WFNS_PAUC_CORRECTED},
                 {asah_ndka, ASAH_NDKA_PAUC, ASAH_NDKA_PAUC_CORRECTED}};
    for (int c = 0; c < 3; c++) {
        td_ranking ranking = rank(cases[c].score, asah_label, ASAH_N);
        td_partial_auc got = td_partial_auc_of(&ranking, 0.1);
        cr_assert_float_eq(got.area.value, cases[c].area, 1e-13);
        cr_assert_float_eq(got.corrected.value, cases[c].corrected, 1e-13);
        td_partial_auc whole = td_partial_auc_of(&ranking, 1.0);
        cr_assert_float_eq(whole.area.value, td_ranking_auc(&ranking).value, 1e-13);
        td_ranking_free(&ranking);
    }
}

/* Scores 9 | 7 7 7 | 4 4 | 2 with labels 1 | 0 1 0 | 1 0 | 0. A missed positive costs 3, a vain
 * action 1: none 9, {9} 6, {9, 7s} 2 + 3 = 5, {9, 7s, 4s} 3, all 4. */
Test(stats_operating, cheapest_cut_by_hand) {
    const double score[] = {9, 7, 7, 7, 4, 4, 2}, label[] = {1, 0, 1, 0, 1, 0, 0};
    td_ranking ranking = rank(score, label, 7);
    td_cheapest_cut got = td_cheapest_cut_of(&ranking, 1, 3);
    cr_assert_eq(got.cost, 3.0);
    cr_assert_eq(got.threshold.value, 4.0);
    cr_assert_eq(got.rows, 6u);
    cr_assert_eq(got.hits, 3u);
    cr_assert_eq(got.cost_none, 9.0);
    cr_assert_eq(got.cost_all, 4.0);
    got = td_cheapest_cut_of(&ranking, 1, 0.1);
    cr_assert_eq(got.threshold.value, 9.0); /* certain, so even a small gain is one */
    got = td_cheapest_cut_of(&ranking, 1, 0);
    cr_assert(!td_metric_is_defined(got.threshold));
    cr_assert_eq(got.cost, 0.0);
    td_ranking_free(&ranking);
}

/* Blocks 9 | 7 7 7 | 4 with amounts 100 | 30 0 60 | 5: two rows have 100 + 90/3, three 100 + 60. */
Test(stats_operating, money_of_the_top_by_hand_and_ties_by_their_mean) {
    const double score[] = {7, 4, 9, 7, 7}, label[] = {0, 1, 1, 0, 1};
    const int64_t amount[] = {30, 5, 100, 0, 60};
    td_ranking ranking = rank(score, label, 5);
    const double want[] = {100, 130, 160, 190, 195};
    for (uint64_t k = 1; k <= 5; k++)
        cr_assert_float_eq(td_top_amount_of(&ranking, amount, k).value, want[k - 1], 1e-12);
    cr_assert_str_eq(td_top_amount_of(&ranking, amount, 0).undefined_reason, "k is 0");
    cr_assert_str_eq(td_top_amount_of(&ranking, amount, 6).undefined_reason,
                     "k exceeds the number of rows");
    td_ranking_free(&ranking);
}

Test(stats_operating, quantiles_of_a_class_are_order_statistics) {
    double score[41], label[41];
    for (int i = 0; i < 41; i++) {
        score[i] = i;
        label[i] = i % 2 == 0; /* positives 0 2 .. 40: 21 of them */
    }
    td_ranking ranking = rank(score, label, 41);
    const double want[2][7] = {{1, 1, 9, 19, 29, 37, 39}, {0, 2, 10, 20, 30, 38, 40}};
    for (int c = 0; c < 2; c++) {
        td_score_spread spread = td_score_spread_of(&ranking, c);
        cr_assert_eq(spread.n, c == 1 ? 21u : 20u);
        for (int q = 0; q < 7; q++) cr_assert_eq(spread.quantile[q].value, want[c][q]);
    }
    td_ranking_free(&ranking);
    td_ranking empty = rank(score, label, 0);
    cr_assert(!td_metric_is_defined(td_score_spread_of(&empty, 1).quantile[3]));
    cr_assert(!td_metric_is_defined(td_partial_auc_of(&empty, 0.1).area));
    td_ranking_free(&empty);
}

/* Edges belong to the bin above them, 1 to the last one; what is no probability is in none. */
Test(stats_operating, histogram_of_a_class_has_fixed_bins) {
    const double score[] = {0, 0.0001, 0.00009, 0.01, 0.0199, 0.5, 1, 1.5, -1, 0.3};
    const double label[] = {0, 0, 0, 0, 1, 1, 1, 0, 0, 0};
    td_ranking ranking = rank(score, label, 10);
    const uint64_t want[2][TD_SCORE_BINS] = {{2, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0},
                                             {0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 2}};
    for (int c = 0; c < 2; c++) {
        td_score_spread spread = td_score_spread_of(&ranking, c);
        uint64_t sum = spread.n_outside;
        for (int b = 0; b < TD_SCORE_BINS; b++) {
            cr_assert_eq(spread.bin[b], want[c][b], "class %d, bin %d", c, b);
            sum += spread.bin[b];
        }
        cr_assert_eq(spread.n_outside, c == 0 ? 2u : 0u);
        cr_assert_eq(sum, spread.n);
    }
    td_ranking_free(&ranking);
}

static td_assessment_request asah(void) {
    return (td_assessment_request){.rows = {ASAH_N, asah_s100b, asah_label, NULL, 0},
                                   .other = {asah_wfns},
                                   .bootstrap = {.n_replicates = 100, .seed = 1, .level = 0.95}};
}

Test(stats_assessment, asah_compared) {
    td_assessment_request request = asah();
    td_assessment out = {0};
    cr_assert_eq(td_assessment_build(&out, &request, NULL, NULL), TD_OK);
    cr_assert_eq(out.n_scores, 2u);
    cr_assert_float_eq(out.auc_interval[0].low, ASAH_S100B_LOW, 1e-13);
    cr_assert_float_eq(out.auc_interval[1].high, ASAH_WFNS_HIGH, 1e-13);
    cr_assert_float_eq(out.pair[0].p_value.value, ASAH_S100B_WFNS_P, 1e-12);
    td_interval gap = out.bootstrap.difference[0][TD_BOOT_AUC].interval;
    cr_assert_float_eq(gap.low, ASAH_S100B_WFNS_LOW, 0.04);
    cr_assert_float_eq(gap.high, ASAH_S100B_WFNS_HIGH, 0.04);
    cr_assert(!td_interval_is_defined(out.bootstrap.of[1][TD_BOOT_BRIER].interval));
    td_assessment_free(&out);
}

Test(stats_assessment, clusters_replace_delong) {
    uint32_t cluster[ASAH_N];
    for (uint32_t i = 0; i < ASAH_N; i++) cluster[i] = i / 2;
    td_assessment_request request = asah();
    request.bootstrap.resample = TD_RESAMPLE_CLUSTERS;
    request.bootstrap.cluster = cluster;
    request.bootstrap.n_clusters = ASAH_N / 2 + 1;
    td_assessment out = {0};
    cr_assert_eq(td_assessment_build(&out, &request, NULL, NULL), TD_OK);
    cr_assert_eq(out.auc_interval[0].low, out.bootstrap.of[0][TD_BOOT_AUC].interval.low);
    cr_assert(!td_interval_is_defined(out.auc_logit[0]));
    td_assessment_free(&out);
    request.bootstrap.n_replicates = 0;
    cr_assert_eq(td_assessment_build(&out, &request, NULL, NULL), TD_OK);
    cr_assert_str_eq(out.auc_interval[0].undefined_reason, "no bootstrap was made");
    td_assessment_free(&out);
}

Test(stats_assessment, refusals_leave_nothing) {
    uint64_t before = td_mem_live_bytes();
    td_assessment out = {0};
    td_assessment_request request = asah();
    request.max_fpr = 1.5;
    cr_assert_eq(td_assessment_build(&out, &request, NULL, NULL), TD_ERR_RANGE);
    request = asah();
    request.cost_fn = -1;
    cr_assert_eq(td_assessment_build(&out, &request, NULL, NULL), TD_ERR_RANGE);
    request = asah();
    td_status status = TD_ERR_NOMEM;
    for (uint64_t n = 1; status == TD_ERR_NOMEM; n++) {
        td_mem_fail_after(n);
        status = td_assessment_build(&out, &request, NULL, NULL);
        cr_assert(status == TD_OK || status == TD_ERR_NOMEM);
    }
    td_mem_fail_after(0);
    td_assessment_free(&out);
    cr_assert_eq(td_mem_live_bytes(), before);
}
