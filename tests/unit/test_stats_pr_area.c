/* tests/unit/test_stats_pr_area.c: the interpolated precision-recall curve, by hand and as precrec
 * prints it. 1,000 random cases: tests/oracle/test_stats_ranking_random.c. */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "core/base/numeric.h"
#include "stats/pr_area.h"

static td_ranking rank(const double *score, const double *label, uint64_t n) {
    td_ranking ranking = {0};
    cr_assert_eq(td_ranking_build(&ranking, score, label, n, NULL, NULL), TD_OK);
    return ranking;
}

/* P10N10 of the R package precrec: 10 positives, 10 negatives, two blocks of ties. */
static const double p10n10_score[20] = {20, 19, 18, 17, 16, 15, 14, 14, 14, 14,
                                        14, 14, 8,  7,  6,  5,  5,  5,  5,  5};
static const double p10n10_label[20] = {1, 1, 0, 1, 1, 1, 1, 1, 0, 0, 0, 0, 1, 0, 1, 0, 1, 0, 0, 0};

Test(stats_pr_area, p10n10_as_precrec_prints_it) {
    td_ranking ranking = rank(p10n10_score, p10n10_label, 20);
    cr_assert_float_eq(td_ranking_auc(&ranking).value, 0.72, 1e-15); /* its ROC area */
    /* precrec draws the curve with 1,000 steps of recall and joins them by lines: 0.7397716;
     * where negatives stand between two blocks the curve falls, from one side to the other */
    double area = 0.0;
    for (int i = 0; i < 1000; i++)
        area += 0.5 * (td_ranking_precision_at(&ranking, i / 1000.0 + 1e-13).value +
                       td_ranking_precision_at(&ranking, (i + 1) / 1000.0 - 1e-13).value);
    cr_assert_float_eq(area / 1000, 0.7397716, 5e-8);
    /* without the steps */
    cr_assert_float_eq(td_ranking_pr_area(&ranking).value, 0.73977144, 5e-9);
    td_ranking_free(&ranking);
}

Test(stats_pr_area, one_block_is_level_at_the_base_rate) {
    double score[] = {1, 1, 1, 1}, label[] = {1, 0, 0, 0};
    td_ranking ranking = rank(score, label, 4);
    cr_assert_float_eq(td_ranking_pr_area(&ranking).value, 0.25, 1e-15);
    for (int i = 0; i <= 4; i++)
        cr_assert_float_eq(td_ranking_precision_at(&ranking, i / 4.0).value, 0.25, 1e-15);
    td_ranking_free(&ranking);
}

Test(stats_pr_area, a_positive_below_two_negatives_by_hand) {
    double score[] = {3, 2, 1}, label[] = {0, 0, 1};
    td_ranking ranking = rank(score, label, 3);
    /* integral of x / (2 + x) from 0 to 1 = 1 - 2 ln(3/2) */
    cr_assert_float_eq(td_ranking_pr_area(&ranking).value, 1 - 2 * td_log(1.5), 1e-15);
    cr_assert_float_eq(td_ranking_precision_at(&ranking, 0.5).value, 0.5 / 2.5, 1e-15);
    cr_assert_eq(td_ranking_precision_at(&ranking, 0.0).value, 0.0);
    td_ranking_free(&ranking);
}

Test(stats_pr_area, a_perfect_score_has_area_one_and_what_is_undefined_says_so) {
    double score[] = {4, 3, 2, 1}, label[] = {1, 1, 0, 0}, none[] = {0, 0, 0, 0};
    td_ranking ranking = rank(score, label, 4);
    cr_assert_eq(td_ranking_pr_area(&ranking).value, 1.0);
    cr_assert_str_eq(td_ranking_precision_at(&ranking, 1.5).undefined_reason,
                     "no recall in [0, 1]");
    td_ranking_free(&ranking);
    ranking = rank(score, none, 4);
    cr_assert_str_eq(td_ranking_pr_area(&ranking).undefined_reason, "there are no positive rows");
    td_ranking_free(&ranking);
}
