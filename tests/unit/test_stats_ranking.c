/* stats/ranking: hand cases, published values, ties, edges, refusals. */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "core/base/mem.h"
#include "stats/ranking.h"

static td_ranking rank(const double *score, const double *label, uint64_t n) {
    td_ranking ranking = {0};
    td_error err = {0};
    cr_assert_eq(td_ranking_build(&ranking, score, label, n, NULL, &err), TD_OK, "%s", err.text);
    return ranking;
}

Test(stats_ranking, every_kind_of_double_finds_its_place) {
    const double rising[] = {-HUGE_VAL, -1.7e308, -2.5, -1,  -5e-324, 0.0,
                             5e-324,    2.3e-308, 0.5,  1.0, 1.7e308, HUGE_VAL};
    const double label[12] = {1};
    td_ranking ranking = rank(rising, label, 12);
    for (uint32_t i = 0; i < 12; i++) {
        cr_assert_eq(ranking.order[i], 11 - i);
        cr_assert_eq(ranking.blocks[i].score, rising[11 - i]);
    }
    td_ranking_free(&ranking);
}

/* roc_auc_score and average_precision_score examples of scikit-learn's documentation. */
Test(stats_ranking, published_example) {
    const double score[] = {0.1, 0.4, 0.35, 0.8}, label[] = {0, 0, 1, 1};
    td_ranking ranking = rank(score, label, 4);
    cr_assert_eq(td_ranking_auc(&ranking).value, 0.75);
    cr_assert_float_eq(td_ranking_average_precision(&ranking).value, 0.833333333333, 1e-12);
    td_ks ks = td_ranking_ks(&ranking);
    cr_assert_eq(ks.value.value, 0.5);
    cr_assert_eq(ks.threshold, 0.8);
    cr_assert_eq(ks.rows, 1u);
    cr_assert_eq(ks.tpr, 0.5);
    cr_assert_eq(ks.fpr, 0.0);
    td_ranking_free(&ranking);
}

Test(stats_ranking, order_is_by_score_then_row) {
    const double score[] = {0.5, -1, 0.5, HUGE_VAL, -0.0, 0.0}, label[] = {1, 0, 0, 1, 1, 0};
    td_ranking ranking = rank(score, label, 6);
    const uint32_t order[] = {3, 0, 2, 4, 5, 1};
    cr_assert_arr_eq(ranking.order, order, sizeof order);
    const td_rank_block blocks[] = {{HUGE_VAL, 1, 1}, {0.5, 3, 2}, {0.0, 5, 3}, {-1, 6, 3}};
    cr_assert_eq(ranking.n_blocks, 4u);
    for (int b = 0; b < 4; b++) {
        cr_assert_eq(ranking.blocks[b].score, blocks[b].score);
        cr_assert_eq(ranking.blocks[b].end, blocks[b].end);
        cr_assert_eq(ranking.blocks[b].positives_end, blocks[b].positives_end);
    }
    td_ranking_free(&ranking);
}

/* Scores 3 3 3 2 2 1 with labels 1 0 0 1 1 0: P = N = 3.
 * AUC: block 3 wins 2*1/2, block 2 none, block 1 1*3 -> (1 + 3) / 9.
 * AP: 1/3 * 1/3 + 2/3 * 3/5.   KS: |1 - 2|/3, |3 - 2|/3 -> 1/3, first reached at 3. */
Test(stats_ranking, tied_hand_case) {
    const double score[] = {3, 3, 3, 2, 2, 1}, label[] = {1, 0, 0, 1, 1, 0};
    td_ranking ranking = rank(score, label, 6);
    cr_assert_eq(td_ranking_auc(&ranking).value, 4.0 / 9.0);
    cr_assert_float_eq(td_ranking_average_precision(&ranking).value, 1.0 / 9 + 0.4, 1e-15);
    td_ks ks = td_ranking_ks(&ranking);
    cr_assert_eq(ks.value.value, 1.0 / 3.0);
    cr_assert_eq(ks.threshold, 3.0);
    cr_assert_lt(ks.tpr, ks.fpr, "the top block ranks backwards");
    const double hits[] = {0, 1.0 / 3, 2.0 / 3, 1, 2, 3, 3};
    for (uint64_t k = 0; k <= 6; k++) {
        cr_assert_float_eq(td_ranking_hits(&ranking, k), hits[k], 1e-15);
    }
    td_top_k top = td_ranking_top_k(&ranking, 4);
    cr_assert_eq(top.hits.value, 2.0);
    cr_assert_eq(top.precision.value, 0.5);
    cr_assert_eq(top.recall.value, 2.0 / 3.0);
    cr_assert_eq(top.lift.value, 1.0);
    td_ranking_free(&ranking);
}

Test(stats_ranking, all_scores_equal) {
    const double score[] = {7, 7, 7, 7}, label[] = {1, 0, 0, 0};
    td_ranking ranking = rank(score, label, 4);
    cr_assert_eq(ranking.n_blocks, 1u);
    cr_assert_eq(td_ranking_auc(&ranking).value, 0.5);
    cr_assert_eq(td_ranking_average_precision(&ranking).value, 0.25);
    cr_assert_eq(td_ranking_ks(&ranking).value.value, 0.0);
    cr_assert_eq(td_ranking_top_k(&ranking, 2).precision.value, 0.25);
    cr_assert_eq(td_ranking_top_k(&ranking, 2).lift.value, 1.0);
    td_ranking_free(&ranking);
}

Test(stats_ranking, one_class_is_undefined_with_a_reason) {
    const double score[] = {1, 2, 3}, none[] = {0, 0, 0}, all[] = {1, 1, 1};
    td_ranking ranking = rank(score, none, 3);
    cr_assert_str_eq(td_ranking_auc(&ranking).undefined_reason, "only one class is present");
    cr_assert_str_eq(td_ranking_ks(&ranking).value.undefined_reason, "only one class is present");
    cr_assert_str_eq(td_ranking_average_precision(&ranking).undefined_reason, "no positive rows");
    td_top_k top = td_ranking_top_k(&ranking, 2);
    cr_assert_eq(top.precision.value, 0.0);
    cr_assert(td_metric_is_defined(top.precision));
    cr_assert_str_eq(top.recall.undefined_reason, "no positive rows");
    cr_assert_str_eq(top.lift.undefined_reason, "no positive rows");
    td_ranking_free(&ranking);
    ranking = rank(score, all, 3);
    cr_assert(!td_metric_is_defined(td_ranking_auc(&ranking)));
    cr_assert_eq(td_ranking_average_precision(&ranking).value, 1.0);
    td_ranking_free(&ranking);
}

Test(stats_ranking, k_beyond_the_rows_or_zero_is_undefined) {
    const double score[] = {1, 2}, label[] = {0, 1};
    td_ranking ranking = rank(score, label, 2);
    td_top_k beyond = td_ranking_top_k(&ranking, 3), zero = td_ranking_top_k(&ranking, 0);
    cr_assert_eq(beyond.k, 3u);
    cr_assert_str_eq(beyond.precision.undefined_reason, "k exceeds the number of rows");
    cr_assert_str_eq(beyond.hits.undefined_reason, "k exceeds the number of rows");
    cr_assert_str_eq(zero.lift.undefined_reason, "k is 0");
    cr_assert_eq(td_ranking_top_k(&ranking, 2).recall.value, 1.0);
    td_ranking_free(&ranking);
}

Test(stats_ranking, k_of_a_share_is_rounded_up_once) {
    td_ranking ranking = {.n = 100};
    cr_assert_eq(td_ranking_k_of_share(&ranking, 0.07), 7u, "0.07 * 100 is above 7 in doubles");
    cr_assert_eq(td_ranking_k_of_share(&ranking, 0.071), 8u);
    cr_assert_eq(td_ranking_k_of_share(&ranking, 0.0), 0u);
    cr_assert_eq(td_ranking_k_of_share(&ranking, 1.0), 100u);
}

Test(stats_ranking, no_rows) {
    td_ranking ranking = rank(NULL, NULL, 0);
    cr_assert(!td_metric_is_defined(td_ranking_auc(&ranking)));
    cr_assert(!td_metric_is_defined(td_ranking_average_precision(&ranking)));
    cr_assert(!td_metric_is_defined(td_ranking_top_k(&ranking, 1).hits));
    td_ranking_free(&ranking);
}

Test(stats_ranking, bad_rows_are_named) {
    const double nan_score[] = {1, 2, NAN}, ok[] = {0, 1, 0}, half[] = {0, 0.5, 0};
    td_ranking ranking = {0};
    td_error err;
    uint64_t before = td_mem_live_bytes();
    cr_assert_eq(td_ranking_build(&ranking, nan_score, ok, 3, NULL, &err), TD_ERR_RANGE);
    cr_assert_str_eq(err.text, "score of row 3 is NaN");
    cr_assert_eq(td_ranking_build(&ranking, ok, half, 3, NULL, &err), TD_ERR_RANGE);
    cr_assert_str_eq(err.text, "label of row 2 is 0.5, must be 0 or 1");
    cr_assert_eq(td_ranking_build(&ranking, ok, ok, (uint64_t)1 << 32, NULL, &err), TD_ERR_RANGE);
    cr_assert(strstr(err.text, "4294967296 rows"), "%s", err.text);
    cr_assert_eq(td_mem_live_bytes(), before);
}

Test(stats_ranking, every_failing_allocation_is_reported_and_nothing_stays) {
    const double score[] = {1, 2, 2}, label[] = {0, 1, 0};
    uint64_t before = td_mem_live_bytes(), n = 0;
    td_status status = TD_ERR_NOMEM;
    while (status != TD_OK) {
        td_ranking ranking = {0};
        td_mem_fail_after(++n);
        status = td_ranking_build(&ranking, score, label, 3, NULL, NULL);
        td_mem_fail_after(0);
        cr_assert(status == TD_OK || status == TD_ERR_NOMEM);
        td_ranking_free(&ranking);
        cr_assert_eq(td_mem_live_bytes(), before);
    }
    cr_assert_gt(n, 5u, "two blocks of items, parts, blocks and order can fail");
}
