/* tests/unit/test_stats_reliability.c: the Brier score taken apart by hand, its two identities on
 * random rows, and groups of equal size that share a block. */
#include <criterion/criterion.h>
#include <math.h>

#include "core/base/mem.h"
#include "core/base/rng.h"
#include "stats/probability.h"
#include "stats/reliability.h"

static td_reliability measure(const double *score, const double *label, uint64_t n) {
    td_ranking ranking = {0};
    td_reliability out;
    cr_assert_eq(td_ranking_build(&ranking, score, label, n, NULL, NULL), TD_OK);
    cr_assert_eq(td_reliability_measure(&out, &ranking, 0.95, NULL), TD_OK);
    td_ranking_free(&ranking);
    return out;
}

Test(stats_reliability, two_groups_by_hand) {
    double score[] = {0.8, 0.2, 0.8, 0.2, 0.8}, label[] = {1, 0, 1, 1, 0};
    td_reliability got = measure(score, label, 5);
    /* rates 2/3 of three rows and 1/2 of two; base rate 3/5 */
    double mis = (3 * (0.8 - 2.0 / 3) * (0.8 - 2.0 / 3) + 2 * 0.3 * 0.3) / 5;
    double dis = (3 * (2.0 / 3 - 0.6) * (2.0 / 3 - 0.6) + 2 * 0.1 * 0.1) / 5;
    cr_assert_float_eq(got.uncertainty.value, 0.24, 1e-15);
    cr_assert_float_eq(got.murphy.miscalibration.value, mis, 1e-15);
    cr_assert_float_eq(got.murphy.discrimination.value, dis, 1e-15);
    /* the rates rise, so isotonic regression has the same two groups */
    cr_assert_float_eq(got.corp.miscalibration.value, mis, 1e-15);
    cr_assert_float_eq(got.corp.discrimination.value, dis, 1e-15);
}

Test(stats_reliability, a_score_that_falls_with_the_rate_is_all_miscalibration) {
    double score[] = {0.9, 0.9, 0.1, 0.1}, label[] = {0, 0, 1, 1};
    td_reliability got = measure(score, label, 4);
    cr_assert_float_eq(got.corp.discrimination.value, 0.0, 1e-15);
    cr_assert_float_eq(got.corp.miscalibration.value, 0.81 - 0.25, 1e-15);
    cr_assert_float_eq(got.murphy.discrimination.value, 0.25, 1e-15);
}

Test(stats_reliability, parts_add_up_to_the_brier_score) {
    enum { N = 500 };
    double score[N], label[N];
    for (uint64_t run = 0; run < 50; run++) {
        td_rng rng = td_rng_stream(run, "reliability", 0, 0);
        uint64_t levels = 2 + td_rng_below(&rng, 60);
        for (int i = 0; i < N; i++) {
            score[i] = (double)td_rng_below(&rng, levels) / (double)levels;
            label[i] = td_rng_uniform(&rng) < 0.3 * score[i];
        }
        td_reliability got = measure(score, label, N);
        td_probability_metrics want;
        cr_assert_eq(td_probability_measure(&want, score, label, N, NULL, NULL), TD_OK);
        double brier = want.brier.value, unc = got.uncertainty.value;
        const td_brier_parts parts[] = {got.murphy, got.corp};
        for (int k = 0; k < 2; k++)
            cr_assert_float_eq(parts[k].miscalibration.value - parts[k].discrimination.value + unc,
                               brier, 1e-14);
        cr_assert_leq(got.corp.miscalibration.value, got.murphy.miscalibration.value + 1e-14);
    }
    cr_assert_eq(td_mem_live_bytes(), 0);
}

Test(stats_reliability, groups_share_a_block_by_its_mean) {
    /* 20 rows, two a group: a block of four rows at 0.5 with one positive fills ranks 2 to 5 */
    double score[20], label[20];
    for (int i = 0; i < 20; i++) {
        score[i] = i == 0 ? 0.9 : (i < 5 ? 0.5 : 0.1 - 0.005 * i);
        label[i] = i == 0 || i == 3;
    }
    td_reliability got = measure(score, label, 20);
    const td_mass_bin *top = &got.bin[9], *next = &got.bin[8], *third = &got.bin[7];
    cr_assert_float_eq(top->hits, 1.25, 1e-15);
    cr_assert_float_eq(top->mean_score.value, 0.7, 1e-15);
    cr_assert_float_eq(next->hits, 0.5, 1e-15);
    cr_assert_float_eq(next->mean_score.value, 0.5, 1e-15);
    cr_assert_float_eq(third->hits, 0.25, 1e-15);
    cr_assert_eq(third->score_high, 0.5);
    cr_assert_float_eq(third->score_low, 0.075, 1e-15);
    cr_assert_lt(next->rate_ci.low, 0.25);
    cr_assert_gt(next->rate_ci.high, 0.25);
    double sum = 0;
    for (int g = 0; g < TD_MASS_BINS; g++)
        sum += 0.1 * fabs(got.bin[g].mean_score.value - got.bin[g].rate.value);
    cr_assert_float_eq(got.ece_mass.value, sum, 1e-15);
    cr_assert_float_eq(got.worst_gap.value, 0.25, 1e-15);
}

Test(stats_reliability, without_rows_or_probabilities_there_is_a_reason) {
    double score[] = {2.0, 0.5, 0.1}, label[] = {1, 0, 0};
    td_reliability got = measure(score, label, 3);
    cr_assert_str_eq(got.ece_mass.undefined_reason, "a score lies outside [0, 1]");
    got = measure(score, label, 0);
    cr_assert_str_eq(got.corp.miscalibration.undefined_reason, "no rows");
    score[0] = 1.0;
    got = measure(score, label, 3); /* fewer rows than groups: seven are empty */
    cr_assert_str_eq(got.bin[9].rate.undefined_reason, "no rows in this group");
    cr_assert(td_metric_is_defined(got.ece_mass));
}

Test(stats_reliability, a_refused_allocation_leaves_nothing) {
    double score[] = {0.3, 0.5, 0.1}, label[] = {1, 0, 0};
    td_ranking ranking = {0};
    td_reliability out;
    cr_assert_eq(td_ranking_build(&ranking, score, label, 3, NULL, NULL), TD_OK);
    uint64_t before = td_mem_live_bytes();
    td_mem_fail_after(1);
    cr_assert_eq(td_reliability_measure(&out, &ranking, 0.95, NULL), TD_ERR_NOMEM);
    td_mem_fail_after(0);
    cr_assert_eq(td_mem_live_bytes(), before);
    td_ranking_free(&ranking);
}
