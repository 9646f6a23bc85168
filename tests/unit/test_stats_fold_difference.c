/* stats/fold_difference: the standard error against the formula row by row, order of the two,
 * clusters of one row, scores that rank alike, what has no value, memory. */
#include <criterion/criterion.h>
#include <math.h>

#include "core/base/mem.h"
#include "core/base/rng.h"
#include "stats/assessment.h"

enum { N = 700 };

typedef struct bed {
    double label[N], score[2][N];
    uint32_t cluster[N];
    td_assessment got;
} bed;

static bed b;

static void draw(double levels) {
    td_rng rng = td_rng_stream(4, "test", 0, 0);
    for (int i = 0; i < N; i++) {
        b.label[i] = td_rng_uniform(&rng) < 0.2;
        for (int s = 0; s < 2; s++) {
            double x = 0.5 * td_rng_uniform(&rng) + (s == 0 ? 0.3 : 0.1) * b.label[i];
            b.score[s][i] = floor(levels * x) / levels;
        }
        b.cluster[i] = (uint32_t)i;
    }
}

static td_status assess(const double *first, const double *second, int has_clusters) {
    td_assessment_request request = {.rows = {.n = N, .score = first, .label = b.label},
                                     .other = {second},
                                     .bootstrap = {.level = 0.95, .seed = 3},
                                     .cost_fp = 1,
                                     .cost_fn = 6};
    if (has_clusters) {
        request.bootstrap.resample = TD_RESAMPLE_CLUSTERS;
        request.bootstrap.cluster = b.cluster;
        request.bootstrap.n_clusters = N;
    }
    return td_assessment_build(&b.got, &request, NULL, NULL);
}

static const td_spread *gap_of(uint32_t place) { return &b.got.bootstrap.difference[0][place]; }

/* What row i gives to the KS of a score, its cut taken as given. */
static double to_ks(int s, int i) {
    const td_ks *ks = &b.got.evaluation[s].ks;
    double positives = (double)b.got.evaluation[s].n_positives, negatives = N - positives;
    double above = b.score[s][i] >= ks->threshold;
    return b.label[i] > 0 ? (above - ks->tpr) / positives : (ks->fpr - above) / negatives;
}

/* The same for a least cost: what the row costs, less the mean. */
static double to_cost(int s, int i) {
    const td_cheapest_cut *cut = &b.got.cheapest[s];
    double above = b.score[s][i] >= cut->threshold.value;
    return (b.label[i] > 0 ? 6 * (1 - above) : above) - cut->cost / N;
}

static double error_of(double (*give)(int, int)) {
    double squares = 0;
    for (int i = 0; i < N; i++) squares += pow(give(0, i) - give(1, i), 2);
    return sqrt(squares * N / (N - 1));
}

Test(stats_fold_difference, standard_errors_are_those_of_the_rows) {
    draw(40);
    cr_assert_eq(assess(b.score[0], b.score[1], 0), TD_OK);
    cr_assert_float_eq(gap_of(TD_BOOT_KS)->se.value, error_of(to_ks), 1e-13);
    cr_assert_float_eq(gap_of(TD_BOOT_CUT_COST)->se.value, error_of(to_cost), 1e-10);
    td_assessment_free(&b.got);
}

/* The interval reaches 1.96 standard errors beyond both differences; p is where it ends at 0. */
Test(stats_fold_difference, the_interval_holds_both_differences) {
    draw(1e6);
    cr_assert_eq(assess(b.score[0], b.score[1], 0), TD_OK);
    const td_spread *gap = gap_of(TD_BOOT_KS);
    double found = b.got.evaluation[0].ks.value.value - b.got.evaluation[1].ks.value.value;
    double held = b.got.ks[0].held_out.value - b.got.ks[1].held_out.value;
    double reach = 1.959963984540054 * gap->se.value;
    cr_assert_float_eq(gap->interval.low, fmin(found, held) - reach, 1e-12);
    cr_assert_float_eq(gap->interval.high, fmax(found, held) + reach, 1e-12);
    cr_assert(gap->interval.low > 0, "the first score is much better");
    cr_assert_float_eq(gap->p_value.value, erfc(fmin(found, held) / gap->se.value / sqrt(2)),
                       1e-12);
    td_assessment_free(&b.got);
}

Test(stats_fold_difference, changing_places_turns_the_sign) {
    static const uint32_t place[] = {TD_BOOT_KS, TD_BOOT_CUT_COST, TD_BOOT_CORP_MISCALIBRATION,
                                     TD_BOOT_CORP_DISCRIMINATION};
    td_spread before[4];
    draw(1e6);
    cr_assert_eq(assess(b.score[0], b.score[1], 0), TD_OK);
    for (int m = 0; m < 4; m++) before[m] = *gap_of(place[m]);
    td_assessment_free(&b.got);
    cr_assert_eq(assess(b.score[1], b.score[0], 0), TD_OK);
    for (int m = 0; m < 4; m++) {
        double scale = fmax(1, fabs(before[m].interval.low));
        cr_assert_float_eq(gap_of(place[m])->interval.low, -before[m].interval.high, 1e-12 * scale);
        cr_assert_float_eq(gap_of(place[m])->interval.high, -before[m].interval.low, 1e-12 * scale);
        cr_assert_float_eq(gap_of(place[m])->p_value.value, before[m].p_value.value, 1e-12);
    }
    td_assessment_free(&b.got);
}

Test(stats_fold_difference, clusters_of_one_row_are_rows) {
    draw(1e6);
    cr_assert_eq(assess(b.score[0], b.score[1], 0), TD_OK);
    double se = gap_of(TD_BOOT_KS)->se.value, cost = gap_of(TD_BOOT_CUT_COST)->se.value;
    td_assessment_free(&b.got);
    cr_assert_eq(assess(b.score[0], b.score[1], 1), TD_OK);
    cr_assert_float_eq(gap_of(TD_BOOT_KS)->se.value, se, 1e-14);
    cr_assert_float_eq(gap_of(TD_BOOT_CUT_COST)->se.value, cost, 1e-11);
    td_assessment_free(&b.got);
}

/* Nothing is promised where nothing is known. */
Test(stats_fold_difference, undefined_differences_say_why) {
    draw(1e6);
    cr_assert_eq(assess(b.score[0], b.score[0], 0), TD_OK);
    cr_assert_str_eq(gap_of(TD_BOOT_KS)->interval.undefined_reason,
                     "no row tells the two scores apart");
    cr_assert_not(td_metric_is_defined(gap_of(TD_BOOT_KS)->p_value));
    td_assessment_free(&b.got);
    for (int i = 0; i < N; i++) b.score[1][i] += 2;
    cr_assert_eq(assess(b.score[0], b.score[1], 0), TD_OK);
    cr_assert_str_eq(gap_of(TD_BOOT_CORP_DISCRIMINATION)->interval.undefined_reason,
                     "a score lies outside [0, 1]");
    cr_assert(td_interval_is_defined(gap_of(TD_BOOT_KS)->interval));
    td_assessment_free(&b.got);
    for (int i = 0; i < N; i++) b.label[i] = 0;
    cr_assert_eq(assess(b.score[0], b.score[1], 0), TD_OK);
    cr_assert_str_eq(gap_of(TD_BOOT_KS)->interval.undefined_reason, "only one class is present");
    td_assessment_free(&b.got);
    cr_assert_eq(td_mem_live_bytes(), 0);
}

/* Calibration errors have no interval that holds. */
Test(stats_fold_difference, differences_of_calibration_errors_are_not_judged) {
    draw(1e6);
    cr_assert_eq(assess(b.score[0], b.score[1], 0), TD_OK);
    cr_assert_str_eq(gap_of(TD_BOOT_ECE_MASS)->interval.undefined_reason,
                     "draws of a best choice are biased");
    td_assessment_free(&b.got);
}
