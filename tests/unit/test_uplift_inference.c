/* Inference about effects: twelve rows worked out by numpy, scipy and statsmodels, ties, refusals,
 * and how often intervals hold what they promise. */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/base/rng.h"
#include "uplift/inference.h"

enum { N = 12 };

static const double y[N] = {1, 0, 2, 3, 1, 5, 2, 4, 0, 6, 3, 7};
static const double w[N] = {0, 1, 0, 1, 1, 0, 0, 1, 0, 1, 0, 1};
static const double e[N] = {.5, .4, .3, .6, .5, .5, .2, .7, .4, .6, .5, .8};
static const double mu0[N] = {.5, .2, 1.5, 2, 1, 3, 2.5, 3, .1, 4, 2, 5};
static const double mu1[N] = {1, 1.2, 1.7, 3.2, 1.3, 4.5, 2.6, 4, .5, 6, 2.8, 7.2};
static const double effect[N] = {.4, .9, .1, 1, .5, 1.2, .2, 1.1, .3, 1.8, .6, 2};
static const td_effect_rows rows = {N, y, w, e, mu0, mu1, NULL};

static td_effect_scored scored_rows(double *score) {
    td_error err = {0};
    cr_assert_eq(td_effect_scores(score, &rows, &err), TD_OK, "%s", err.text);
    return (td_effect_scored){N, effect, score, .95, NULL};
}

static void assert_estimate(td_effect_estimate got, double value, double se) {
    cr_assert_float_eq(got.value, value, 1e-13);
    cr_assert_float_eq(got.se, se, 1e-13);
    cr_assert_float_eq(got.interval.high, value + 1.959963984540054 * se, 1e-12);
    cr_assert_float_eq(got.interval.low, value - 1.959963984540054 * se, 1e-12);
}

Test(uplift_inference, scores_and_their_mean_of_numpy) {
    double score[N];
    td_effect_scored scored = scored_rows(score);
    cr_assert_float_eq(score[0], -.5, 1e-15); /* 0.5 - 0.5/0.25 (1 - 0.5) */
    cr_assert_float_eq(score[1], -2, 1e-15);  /* 1 + 0.6/0.24 (0 - 1.2) */
    cr_assert_float_eq(score[11], 1.95, 1e-14);
    assert_estimate(td_effect_mean(scored.score, N, .95), 0.007837301587301579, 0.4146383961173236);
}

/* statsmodels 0.13.5: WLS(...).fit(cov_type="HC3"). */
Test(uplift_inference, best_linear_predictor_of_statsmodels) {
    td_effect_blp blp;
    td_error err = {0};
    cr_assert_eq(td_effect_blp_fit(&blp, effect, &rows, .95, &err), TD_OK, "%s", err.text);
    assert_estimate(blp.mean, -0.9378036622003119, 0.465841239668239);
    assert_estimate(blp.loading, -0.41030259034143063, 1.005651546238499);
}

/* statsmodels OLS with HC3; groups, chi-square and EconML's R2 by numpy and scipy. */
Test(uplift_inference, calibration_and_groups_of_numpy) {
    double score[N];
    td_effect_scored scored = scored_rows(score);
    td_effect_groups groups;
    td_error err = {0};
    cr_assert_eq(td_effect_groups_build(&groups, &scored, 3, &err), TD_OK, "%s", err.text);
    const double mean[3] = {0.06934523809523807, -0.6583333333333334, 0.6125};
    const double se[3] = {0.3344137729973076, 0.6155959172487527, 1.0626960603421218};
    const double predicted[3] = {.25, .75, 1.525};
    for (int k = 0; k < 3; k++) {
        cr_assert_eq(groups.group[k].n, 4);
        assert_estimate(groups.group[k].mean, mean[k], se[k]);
        cr_assert_float_eq(groups.group[k].predicted, predicted[k], 1e-14);
    }
    cr_assert_eq(groups.group[1].low, .5);
    cr_assert_eq(groups.group[1].high, 1);
    cr_assert_float_eq(groups.chi2.value, 1.4923629992102114, 1e-12);
    cr_assert_float_eq(groups.p_value.value, 0.4741737327721569, 1e-12);
    assert_estimate(groups.difference, 0.543154761904762, 1.1140715812895334);
    td_effect_calibration c = td_effect_calibrate(&scored, &groups);
    assert_estimate(c.intercept, -0.7666287626387001, 0.5614107511140258);
    assert_estimate(c.slope, 0.9201577000704966, 0.7021099613752811);
    cr_assert_float_eq(c.slope.p_value.value, 0.1900062348461259, 1e-13);
    cr_assert_float_eq(c.slope_is_one_p.value,
                       erfc((1 - 0.9201577000704966) / 0.7021099613752811 / sqrt(2)), 1e-12);
    cr_assert_float_eq(c.error.value, 0.833829365079365, 1e-13);
    cr_assert_float_eq(c.r2.value, -0.8775130305286667, 1e-12);
}

Test(uplift_inference, losses_of_numpy) {
    double score[N];
    td_effect_scored scored = scored_rows(score);
    td_effect_loss loss = td_effect_losses(&scored, &rows);
    cr_assert_float_eq(loss.dr, 2.2986967356387003, 1e-13);
    cr_assert_float_eq(loss.r, 0.5344000000000001, 1e-13);
    assert_estimate(loss.dr_gain, -0.40752174075648795, 0.9001782492111159);
    assert_estimate(loss.r_gain, -0.21953500158454584, 0.18184498700310175);
}

/* 1000 ((1.959964 + 0.841621) 0.02 / 0.03)^2, scipy's quantiles. */
Test(uplift_inference, rows_needed_by_the_formula) {
    cr_assert_float_eq(td_effect_rows_needed(.03, .02, 1000, .05, .8), 3488.39099304404, 1e-8);
    cr_assert_eq(td_effect_rows_needed(0, .02, 1000, .05, .8), (double)INFINITY);
    cr_assert(isnan(td_effect_rows_needed(.03, 0, 1000, .05, .8)));
    cr_assert(isnan(td_effect_rows_needed(.03, .02, 1000, 0, .8)));
}

/* Six rows of one effect and six of another make two groups of three asked for, one empty. */
Test(uplift_inference, tied_effects_stay_together) {
    double tied[N], score[N];
    for (int i = 0; i < N; i++) tied[i] = i % 2 == 0 ? .5 : -.5;
    td_effect_scored scored = scored_rows(score);
    scored.effect = tied;
    td_effect_groups groups;
    cr_assert_eq(td_effect_groups_build(&groups, &scored, 3, NULL), TD_OK);
    cr_assert_eq(groups.group[0].n, 6);
    cr_assert_eq(groups.group[0].predicted, -.5);
    cr_assert_eq(groups.group[1].n, 0);
    cr_assert_eq(groups.group[2].n, 6);
    cr_assert_not(td_metric_is_defined(groups.p_value));
    cr_assert_not(td_interval_is_defined(groups.group[1].mean.interval));
}

Test(uplift_inference, shuffled_rows_change_nothing_but_rounding) {
    double score[N], turned_score[N], turned[N];
    td_effect_scored scored = scored_rows(score);
    for (int i = 0; i < N; i++) {
        turned[i] = effect[N - 1 - i];
        turned_score[i] = score[N - 1 - i];
    }
    td_effect_scored other = {N, turned, turned_score, .95, NULL};
    td_effect_groups a, b;
    cr_assert_eq(td_effect_groups_build(&a, &scored, 4, NULL), TD_OK);
    cr_assert_eq(td_effect_groups_build(&b, &other, 4, NULL), TD_OK);
    for (int k = 0; k < 4; k++) {
        cr_assert_eq(a.group[k].n, b.group[k].n);
        cr_assert_float_eq(a.group[k].mean.value, b.group[k].mean.value, 1e-14);
    }
}

Test(uplift_inference, equal_effects_have_no_loading_and_no_slope) {
    double flat[N], score[N];
    for (int i = 0; i < N; i++) flat[i] = 0.3;
    td_effect_scored scored = scored_rows(score);
    scored.effect = flat;
    td_effect_blp blp;
    td_error err = {0};
    cr_assert_eq(td_effect_blp_fit(&blp, flat, &rows, .95, &err), TD_ERR_NUMERIC);
    cr_assert_not_null(strstr(err.text, "all predicted effects are equal"));
    td_effect_groups groups;
    cr_assert_eq(td_effect_groups_build(&groups, &scored, 2, NULL), TD_OK);
    td_effect_calibration c = td_effect_calibrate(&scored, &groups);
    cr_assert_not(td_metric_is_defined(c.slope_is_one_p));
}

Test(uplift_inference, bad_rows_are_named_and_nothing_stays) {
    double score[N], bad[N];
    td_error err = {0};
    td_effect_rows broken = rows;
    memcpy(bad, e, sizeof bad);
    bad[4] = 1;
    broken.propensity = bad;
    cr_assert_eq(td_effect_scores(score, &broken, &err), TD_ERR_RANGE);
    cr_assert_not_null(strstr(err.text, "row 5: propensity 1"));
    memcpy(bad, w, sizeof bad);
    bad[2] = 2;
    broken = rows;
    broken.treated = bad;
    cr_assert_eq(td_effect_scores(score, &broken, &err), TD_ERR_RANGE);
    cr_assert_not_null(strstr(err.text, "row 3: treatment 2"));
    broken = rows;
    memcpy(bad, y, sizeof bad);
    bad[0] = (double)NAN;
    broken.outcome = bad;
    cr_assert_eq(td_effect_scores(score, &broken, &err), TD_ERR_RANGE);
    td_effect_scored scored = scored_rows(score);
    td_effect_groups groups;
    cr_assert_eq(td_effect_groups_build(&groups, &scored, 1, &err), TD_ERR_ARG);
    scored.effect = bad;
    cr_assert_eq(td_effect_groups_build(&groups, &scored, 2, &err), TD_ERR_RANGE);
    cr_assert_not_null(strstr(err.text, "row 1: predicted effect"));
    for (uint64_t n = 1; n <= 2; n++) {
        scored.effect = effect;
        td_mem_fail_after(n);
        cr_assert_eq(td_effect_groups_build(&groups, &scored, 2, &err), TD_ERR_NOMEM);
        td_mem_fail_after(0);
    }
    cr_assert_eq(td_mem_live_bytes(), 0);
}

/* 1,000 trials of 400 rows, effect x with x uniform in [0, 1], e = 0.3, nuisances wrong by a
 * constant: 95 % intervals of the mean effect, of the top group (true mean 0.75 over x > 1/2), and
 * of the loading of S = x (true value 1). Binomial bounds of 4 standard errors around 0.95. */
Test(uplift_inference, intervals_hold_their_level) {
    enum { ROWS = 400, TRIALS = 1000 };
    static double sy[ROWS], sw[ROWS], se[ROWS], m0[ROWS], m1[ROWS], x[ROWS], score[ROWS];
    td_effect_rows trial = {ROWS, sy, sw, se, m0, m1, NULL};
    int hits[3] = {0};
    for (uint64_t t = 0; t < TRIALS; t++) {
        td_rng rng = td_rng_stream(t, "test coverage", 0, 0);
        double truth_all = 0, truth_top = 0;
        for (int i = 0; i < ROWS; i++) {
            x[i] = td_rng_uniform(&rng);
            se[i] = .3;
            sw[i] = td_rng_uniform(&rng) < .3;
            m0[i] = .5;
            m1[i] = 1;
            sy[i] = sw[i] * x[i] + td_rng_normal(&rng);
        }
        td_effect_scored scored = {ROWS, x, score, .95, NULL};
        td_effect_groups groups;
        td_effect_blp blp;
        cr_assert_eq(td_effect_scores(score, &trial, NULL), TD_OK);
        cr_assert_eq(td_effect_groups_build(&groups, &scored, 2, NULL), TD_OK);
        cr_assert_eq(td_effect_blp_fit(&blp, x, &trial, .95, NULL), TD_OK);
        truth_all = .5;
        truth_top = .75;
        td_interval mean = td_effect_mean(score, ROWS, .95).interval;
        td_interval top = groups.group[1].mean.interval;
        hits[0] += mean.low <= truth_all && truth_all <= mean.high;
        hits[1] += top.low <= truth_top && truth_top <= top.high;
        hits[2] += blp.loading.interval.low <= 1 && 1 <= blp.loading.interval.high;
    }
    for (int k = 0; k < 3; k++) {
        cr_assert_geq(hits[k], 922, "interval %d held in %d", k, hits[k]);
        cr_assert_leq(hits[k], 978, "interval %d held in %d", k, hits[k]);
    }
}
