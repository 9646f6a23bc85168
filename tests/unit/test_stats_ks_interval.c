/* tests/unit/test_stats_ks_interval.c: the folded interval of a KS: its two ends by hand, what it
 * cannot depend on, and rows that have none. How often it holds: bench/coverage_evaluate. */
#include <criterion/criterion.h>
#include <math.h>

#include "core/base/mem.h"
#include "core/base/rng.h"
#include "stats/ks_interval.h"

enum { N = 600 };

static td_ranking rank(const double *score, const double *label, uint64_t n) {
    td_ranking ranking = {0};
    cr_assert_eq(td_ranking_build(&ranking, score, label, n, NULL, NULL), TD_OK);
    return ranking;
}

static td_ks_result measure(const double *score, const double *label, const uint32_t *cluster,
                            uint32_t n) {
    td_ranking ranking = rank(score, label, n);
    td_ks_rows rows = {&ranking, label, cluster, cluster != NULL ? n / 2 : 0};
    td_ks_result out;
    cr_assert_eq(td_ks_interval_of(&out, &rows, 0.95, 3, NULL), TD_OK);
    td_ranking_free(&ranking);
    return out;
}

/* A tenth are positive and score higher; 40 distinct scores, so most rows are tied. */
static void make_rows(double *score, double *label, uint64_t seed) {
    td_rng rng = td_rng_stream(seed, "ks test", 0, 0);
    for (int i = 0; i < N; i++) {
        label[i] = td_rng_uniform(&rng) < 0.1;
        score[i] = floor(10.0 * (td_rng_normal(&rng) + 1.2 * label[i])) / 10.0;
    }
}

Test(stats_ks_interval, ends_are_the_held_out_and_the_plain_distance) {
    double score[N], label[N];
    make_rows(score, label, 1);
    td_ks_result got = measure(score, label, NULL, N);
    td_ranking ranking = rank(score, label, N);
    td_ks ks = td_ranking_ks(&ranking);
    double p = ranking.n_positives, q = N - p;
    double se = sqrt(ks.tpr * (1 - ks.tpr) / p + ks.fpr * (1 - ks.fpr) / q);
    cr_assert_float_eq(got.se.value, se, 1e-15);
    double lower = fmin(got.held_out.value, ks.value.value); /* ties may lift the held-out one */
    cr_assert_float_eq(got.interval.high, ks.value.value + 1.959963984540054 * se, 1e-12);
    cr_assert_float_eq(got.interval.low, lower - 1.959963984540054 * se, 1e-12);
    td_ranking_free(&ranking);
    cr_assert_eq(td_mem_live_bytes(), 0);
}

Test(stats_ks_interval, order_of_the_rows_and_of_ties_cannot_show) {
    double score[N], label[N], turned_score[N], turned_label[N];
    make_rows(score, label, 2);
    for (int i = 0; i < N; i++) {
        turned_score[i] = score[N - 1 - i];
        turned_label[i] = label[N - 1 - i];
    }
    td_ks_result a = measure(score, label, NULL, N);
    td_ks_result b = measure(turned_score, turned_label, NULL, N);
    cr_assert_eq(a.interval.low, b.interval.low);
    cr_assert_eq(a.interval.high, b.interval.high);
}

Test(stats_ks_interval, rows_given_twice_widen_nothing_when_they_are_clusters) {
    double score[2 * N], label[2 * N];
    static uint32_t cluster[2 * N];
    make_rows(score, label, 4);
    td_ks_result once = measure(score, label, NULL, N);
    for (int i = N - 1; i >= 0; i--) {
        score[2 * i] = score[2 * i + 1] = score[i];
        label[2 * i] = label[2 * i + 1] = label[i];
        cluster[2 * i] = cluster[2 * i + 1] = (uint32_t)i;
    }
    td_ks_result naive = measure(score, label, NULL, 2 * N);
    td_ks_result paired = measure(score, label, cluster, 2 * N);
    /* independent rows promise sqrt(2) too much; clusters lack only the factor C / (C - 1) */
    cr_assert_float_eq(naive.se.value * sqrt(2.0), once.se.value, 1e-12);
    cr_assert_float_eq(paired.se.value, once.se.value * sqrt(N / (N - 1.0)), 1e-12);
}

Test(stats_ks_interval, a_score_that_ranks_backwards_has_its_distance_too) {
    double score[N], label[N], turned[N];
    make_rows(score, label, 5);
    for (int i = 0; i < N; i++) turned[i] = -score[i];
    td_ks_result forth = measure(score, label, NULL, N), back = measure(turned, label, NULL, N);
    cr_assert_float_eq(back.se.value, forth.se.value, 1e-12);
    cr_assert_float_eq(back.interval.high, forth.interval.high, 1e-12);
    cr_assert_gt(back.held_out.value, 0.2); /* the folds differ, the sign does not */
}

Test(stats_ks_interval, noise_may_be_nothing) {
    double score[N], label[N];
    td_rng rng = td_rng_stream(6, "ks noise", 0, 0);
    for (int i = 0; i < N; i++) {
        label[i] = td_rng_uniform(&rng) < 0.1;
        score[i] = td_rng_uniform(&rng);
    }
    td_ks_result got = measure(score, label, NULL, N);
    cr_assert_eq(got.interval.low, 0.0);
}

Test(stats_ks_interval, rows_without_an_interval_say_why) {
    double score[] = {1, 2, 3, 4}, ones[] = {1, 1, 1, 1}, split[] = {0, 0, 1, 1};
    td_ks_result got = measure(score, ones, NULL, 4);
    cr_assert_str_eq(got.interval.undefined_reason, "one class only");
    got = measure(score, split, NULL, 4);
    cr_assert_str_eq(got.interval.undefined_reason, "the classes do not overlap at the cut");
    double tied[] = {1, 1, 2, 1}, rare[] = {0, 0, 0, 1};
    got = measure(tied, rare, NULL, 4);
    cr_assert_str_eq(got.interval.undefined_reason, "too few rows of a class for ten folds");
    td_ranking ranking = rank(score, split, 4);
    td_ks_rows rows = {&ranking, split, NULL, 0};
    cr_assert_eq(td_ks_interval_of(&got, &rows, 1.0, 1, NULL), TD_ERR_RANGE);
    td_ranking_free(&ranking);
}

Test(stats_ks_interval, every_failing_allocation_is_reported_and_nothing_stays) {
    double score[N], label[N];
    static uint32_t cluster[N];
    make_rows(score, label, 7);
    for (uint32_t i = 0; i < N; i++) cluster[i] = i / 2;
    td_ranking ranking = rank(score, label, N);
    td_ks_rows rows = {&ranking, label, cluster, N / 2};
    uint64_t before = td_mem_live_bytes();
    for (uint64_t k = 1; k <= 2; k++) {
        td_ks_result out;
        td_mem_fail_after(k);
        td_status status = td_ks_interval_of(&out, &rows, 0.95, 1, NULL);
        td_mem_fail_after(0);
        cr_assert_eq(status, TD_ERR_NOMEM);
        cr_assert_eq(td_mem_live_bytes(), before);
    }
    td_ranking_free(&ranking);
}
