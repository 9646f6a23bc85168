/* stats/fold_interval: a hand case, what perfect and planted miscalibration give, the edges. */
#include <criterion/criterion.h>
#include <math.h>

#include "core/base/mem.h"
#include "core/base/rng.h"
#include "stats/assessment.h"

typedef struct sample {
    uint64_t n;
    double *score, *label;
    uint32_t *cluster;
} sample;

/* score is the probability plus `off`; five rows a cluster. */
static sample make_sample(uint64_t n, double off, uint64_t seed) {
    sample s = {.n = n};
    td_rng rng = td_rng_stream(seed, "test", 0, 0);
    s.score = td_mem_array(n, sizeof *s.score, NULL);
    s.label = td_mem_array(n, sizeof *s.label, NULL);
    s.cluster = td_mem_array(n, sizeof *s.cluster, NULL);
    for (uint64_t i = 0; i < n; i++) {
        double p = 0.1 + 0.6 * td_rng_uniform(&rng);
        s.score[i] = floor((p + off) * 1000) / 1000;
        s.label[i] = td_rng_uniform(&rng) < p;
        s.cluster[i] = (uint32_t)(i / 5);
    }
    return s;
}

static void free_sample(sample *s) {
    td_mem_free(s->score);
    td_mem_free(s->label);
    td_mem_free(s->cluster);
}

static td_assessment assess(const sample *s, int is_clustered, int n_threads) {
    td_assessment_request request = {.rows = {.n = s->n, .score = s->score, .label = s->label},
                                     .bootstrap = {.seed = 3, .level = 0.95},
                                     .cost_fp = 1,
                                     .cost_fn = 1.5};
    if (is_clustered) {
        request.bootstrap.resample = TD_RESAMPLE_CLUSTERS;
        request.bootstrap.cluster = s->cluster;
        request.bootstrap.n_clusters = (uint32_t)(s->n / 5);
    }
    td_exec exec = {.n_threads = n_threads};
    td_assessment out = {0};
    cr_assert_eq(td_assessment_build(&out, &request, &exec, NULL), TD_OK);
    return out;
}

/* One score 0.5 for all 40 rows, 30 of them positive. ECE = |0.5 - 0.75| = 0.25 in every way; every
 * fold sees the same sign, so held out it is 0.25 too; v = 0.5 for a positive, -0.5 for a negative
 * around 0.25, so se^2 = (30 (1/4)^2 + 10 (3/4)^2) / (40 * 39). The scores foretell
 * 40 (1/4) / (40 * 39), which is more. */
Test(stats_fold_interval, hand_case) {
    sample s = make_sample(40, 0.0, 1);
    for (int i = 0; i < 40; i++) {
        s.score[i] = 0.5;
        s.label[i] = i % 4 != 0;
    }
    td_assessment a = assess(&s, 0, 1);
    const td_fold_result *ece = &a.folds[0][TD_FOLD_ECE];
    double se = sqrt(10.0 / (40.0 * 39.0));
    cr_assert_float_eq(ece->held_out.value, 0.25, 1e-12);
    cr_assert_float_eq(ece->se.value, se, 1e-12);
    cr_assert_float_eq(ece->interval.low, 0.25 - 1.959963984540054 * se, 1e-12);
    cr_assert_float_eq(ece->interval.high, 0.25 + 1.959963984540054 * se, 1e-12);
    td_interval same = a.bootstrap.of[0][TD_BOOT_ECE].interval;
    cr_assert_eq(same.low, ece->interval.low);
    /* isotonic is 0.75 everywhere: miscalibration (1/4)^2, discrimination 0 */
    cr_assert_float_eq(a.folds[0][TD_FOLD_MISCALIBRATION].interval.high,
                       0.0625 + 1.959963984540054 * a.folds[0][TD_FOLD_MISCALIBRATION].se.value,
                       1e-12);
    cr_assert(!td_interval_is_defined(a.folds[0][TD_FOLD_DISCRIMINATION].interval));
    /* 10 false alarms cost 10, 30 missed 45: acting on all, in every fold */
    cr_assert_float_eq(a.folds[0][TD_FOLD_COST].held_out.value, 10.0, 1e-12);
    td_assessment_free(&a);
    free_sample(&s);
}

Test(stats_fold_interval, holds_nought_when_the_score_is_the_probability) {
    int n_held[3] = {0};
    const td_fold_choice choice[3] = {TD_FOLD_ECE, TD_FOLD_ECE_MASS, TD_FOLD_MISCALIBRATION};
    for (uint64_t run = 0; run < 60; run++) {
        sample s = make_sample(1000, 0.0, run);
        td_assessment a = assess(&s, 0, 1);
        for (int c = 0; c < 3; c++) n_held[c] += a.folds[0][choice[c]].interval.low == 0.0;
        cr_assert_gt(a.evaluation[0].reliability.ece_mass.value, 0.005); /* never near 0 itself */
        td_assessment_free(&a);
        free_sample(&s);
    }
    /* 95 % of 60 are 57; below 51 with a chance of 1 in 10,000 */
    for (int c = 0; c < 3; c++) cr_assert_geq(n_held[c], 51, "choice %d: %d", c, n_held[c]);
}

Test(stats_fold_interval, finds_a_planted_miscalibration) {
    sample s = make_sample(20000, 0.1, 5);
    for (int is_clustered = 0; is_clustered < 2; is_clustered++) {
        td_assessment a = assess(&s, is_clustered, 2);
        for (int c = TD_FOLD_ECE; c <= TD_FOLD_WORST_GAP; c++) {
            td_interval interval = a.folds[0][c].interval;
            cr_assert(interval.low > 0.05 && interval.low < 0.1 && interval.high > 0.1);
        }
        td_interval mis = a.folds[0][TD_FOLD_MISCALIBRATION].interval; /* 0.1^2 less rounding */
        cr_assert(mis.low > 0.007 && mis.low < 0.01 && mis.high > 0.01 && mis.high < 0.014);
        td_interval cost = a.folds[0][TD_FOLD_COST].interval;
        cr_assert(cost.low < a.cheapest[0].cost && a.cheapest[0].cost < cost.high);
        td_assessment_free(&a);
    }
    free_sample(&s);
}

Test(stats_fold_interval, threads_change_no_bit_and_edges_have_reasons) {
    sample s = make_sample(3000, 0.05, 7);
    td_assessment one = assess(&s, 1, 1), many = assess(&s, 1, 4);
    for (int c = 0; c < TD_N_FOLD_CHOICES; c++) {
        cr_assert_eq(one.folds[0][c].interval.low, many.folds[0][c].interval.low);
        cr_assert_eq(one.folds[0][c].interval.high, many.folds[0][c].interval.high);
    }
    td_assessment_free(&one);
    td_assessment_free(&many);
    s.score[17] = 1.5;
    one = assess(&s, 0, 1);
    cr_assert_str_eq(one.folds[0][TD_FOLD_ECE].interval.undefined_reason,
                     "a score lies outside [0, 1]");
    cr_assert(td_interval_is_defined(one.folds[0][TD_FOLD_COST].interval));
    td_assessment_free(&one);
    for (uint64_t i = 9; i < s.n; i++) s.label[i] = 0;
    one = assess(&s, 0, 1);
    cr_assert_str_eq(one.folds[0][TD_FOLD_COST].interval.undefined_reason,
                     "fewer than ten rows of a class");
    td_assessment_free(&one);
    free_sample(&s);
}

/* Of 1 to 4 clusters, two may well share a fold; of ten, one may hold every positive. */
Test(stats_fold_interval, few_clusters_get_no_interval_and_the_reason) {
    sample s = make_sample(400, 0.0, 9);
    for (uint32_t n = 1; n <= 11; n++) {
        if (n == 5) n = 10;
        for (uint64_t i = 0; i < s.n; i++) s.cluster[i] = (uint32_t)(i % (n < 11 ? n : 10));
        for (uint64_t i = 0; i < s.n && n == 11; i++) s.label[i] = s.cluster[i] == 3;
        td_assessment a = assess(&s, 1, 1);
        for (int c = 0; c < TD_N_FOLD_CHOICES; c++) {
            const td_fold_result *found = &a.folds[0][c];
            cr_assert_eq(td_interval_is_defined(found->interval), n == 10, "%u, %d", n, c);
            cr_assert_eq(td_metric_is_defined(found->held_out), n == 10);
            if (n == 10) {
                cr_assert(found->held_out.value == found->held_out.value);
            } else {
                cr_assert_str_eq(found->interval.undefined_reason, "too few clusters");
            }
        }
        td_assessment_free(&a);
    }
    free_sample(&s);
}
