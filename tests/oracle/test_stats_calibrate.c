/* stats/calibrate against scikit-learn and scipy (make_stats_calibrate.py), by hand, and by what
 * each curve promises. */
#include <criterion/criterion.h>
#include <math.h>

#include "core/base/mem.h"
#include "stats/calibrate.h"
#include "stats/ranking.h"
#include "tests/oracle/stats_calibrate.h"

static td_calibration fit(td_calibration_kind kind) {
    td_calibration out = {0};
    td_error err = {0};
    cr_assert_eq(
        td_calibration_fit(&out, kind, calibrate_score, calibrate_label, CALIBRATE_N, &err), TD_OK,
        "%s", err.text);
    return out;
}

/* The oracles' searches end at about eight digits, the beta fit's Newton at twelve. */
Test(stats_calibrate, parameters_agree) {
    td_calibration platt = fit(TD_CALIBRATE_PLATT), beta = fit(TD_CALIBRATE_BETA);
    td_calibration temperature = fit(TD_CALIBRATE_TEMPERATURE);
    cr_assert_float_eq(platt.a, calibrate_platt[0], 1e-5);
    cr_assert_float_eq(platt.b, calibrate_platt[1], 1e-5);
    cr_assert_float_eq(beta.a, calibrate_beta[0], 1e-9);
    cr_assert_float_eq(beta.b, calibrate_beta[1], 1e-9);
    cr_assert_float_eq(beta.c, calibrate_beta[2], 1e-9);
    cr_assert_float_eq(temperature.a, calibrate_temperature[0], 1e-6);
}

Test(stats_calibrate, isotonic_agrees) {
    td_calibration isotonic = fit(TD_CALIBRATE_ISOTONIC);
    double got[CALIBRATE_PROBES];
    td_calibration_apply(got, &isotonic, calibrate_probe, CALIBRATE_PROBES);
    for (int i = 0; i < CALIBRATE_PROBES; i++)
        cr_assert_float_eq(got[i], calibrate_isotonic[i], 1e-14);
    td_calibration_free(&isotonic);
}

/* Scores 1 2 2 3 4 5, labels 0 1 0 0 1 1: pools {1} 0, {2, 2, 3} 1/3, {4, 5} 1 (equal rates are one
 * pool). Monotone joins (1, 1/6), (7/3, 1/3), (4.5, 2/3): no rate of 0 or 1 is left. */
Test(stats_calibrate, hand_case) {
    const double score[] = {1, 2, 2, 3, 4, 5}, label[] = {0, 1, 0, 0, 1, 1};
    td_calibration out = {0};
    cr_assert_eq(td_calibration_fit(&out, TD_CALIBRATE_ISOTONIC, score, label, 6, NULL), TD_OK);
    const double probe[] = {0, 1.5, 2, 2.5, 3.5, 9},
                 want[] = {0, 1.0 / 6, 1.0 / 3, 1.0 / 3, 2.0 / 3, 1};
    double got[6];
    td_calibration_apply(got, &out, probe, 6);
    for (int i = 0; i < 6; i++) cr_assert_float_eq(got[i], want[i], 1e-15);
    td_calibration_free(&out);
    cr_assert_eq(td_calibration_fit(&out, TD_CALIBRATE_MONOTONE, score, label, 6, NULL), TD_OK);
    cr_assert_eq(out.n_knots, 3u);
    const double knots[] = {1, 7.0 / 3, 4.5}, rates[] = {1.0 / 6, 1.0 / 3, 2.0 / 3};
    for (int k = 0; k < 3; k++) {
        cr_assert_float_eq(out.score[k], knots[k], 1e-15);
        cr_assert_float_eq(out.probability[k], rates[k], 1e-15);
    }
    td_calibration_free(&out);
}

/* Every curve but the isotonic one leaves the blocks of the ranking as they were. */
Test(stats_calibrate, the_ranking_stays) {
    const td_calibration_kind kinds[] = {TD_CALIBRATE_PLATT, TD_CALIBRATE_TEMPERATURE,
                                         TD_CALIBRATE_BETA, TD_CALIBRATE_MONOTONE};
    td_ranking before = {0};
    cr_assert_eq(
        td_ranking_build(&before, calibrate_score, calibrate_label, CALIBRATE_N, NULL, NULL),
        TD_OK);
    for (int k = 0; k < 4; k++) {
        td_calibration curve = fit(kinds[k]);
        double p[CALIBRATE_N];
        td_calibration_apply(p, &curve, calibrate_score, CALIBRATE_N);
        td_ranking after = {0};
        cr_assert_eq(td_ranking_build(&after, p, calibrate_label, CALIBRATE_N, NULL, NULL), TD_OK);
        cr_assert_eq(after.n_blocks, before.n_blocks);
        cr_assert_arr_eq(after.order, before.order, CALIBRATE_N * sizeof *after.order);
        cr_assert(p[before.order[0]] < 1.0 && p[before.order[CALIBRATE_N - 1]] > 0.0);
        const double far[] = {calibrate_score[before.order[0]] + 0.01, 1.0};
        double beyond[2];
        td_calibration_apply(beyond, &curve, far, 2);
        cr_assert(p[before.order[0]] < beyond[0] && beyond[0] <= beyond[1] && beyond[1] <= 1.0);
        td_ranking_free(&after);
        td_calibration_free(&curve);
    }
    td_ranking_free(&before);
}

Test(stats_calibrate, separated_classes_have_a_platt_curve) {
    const double score[] = {-3, -2, 2, 3}, label[] = {0, 0, 1, 1};
    td_calibration out = {0};
    cr_assert_eq(td_calibration_fit(&out, TD_CALIBRATE_PLATT, score, label, 4, NULL), TD_OK);
    /* by symmetry b = 0, and the two targets 3/4 lie on either side of sigmoid(2.5 a) */
    cr_assert_float_eq(out.b, 0.0, 1e-12);
    cr_assert(out.a > log(3.0) / 3 && out.a < log(3.0) / 2);
}

/* 81 of 263: the value of statsmodels and of Brown, Cai and DasGupta's formula. */
Test(stats_calibrate, wilson_interval_and_prior_shift) {
    td_interval wilson = td_wilson_interval(81, 263, 0.95);
    cr_assert_float_eq(wilson.low, 0.2552885199, 1e-10);
    cr_assert_float_eq(wilson.high, 0.3662095770, 1e-10);
    cr_assert_eq(td_wilson_interval(0, 10, 0.95).low, 0.0);
    cr_assert(!td_interval_is_defined(td_wilson_interval(0, 0, 0.95)));
    /* odds 1 at half, learned at 1:1, where positives are 1 in 10: odds 1/9 */
    cr_assert_float_eq(td_prior_shift(0.5, 0.5, 0.1), 0.1, 1e-15);
    cr_assert_float_eq(td_prior_shift(td_prior_shift(0.3, 0.5, 0.1), 0.1, 0.5), 0.3, 1e-15);
}

Test(stats_calibrate, refusals_are_named_and_leave_nothing) {
    uint64_t live = td_mem_live_bytes();
    const double score[] = {0.2, 1.5, 0.7}, label[] = {0, 1, 1}, ones[] = {1, 1, 1};
    const double falling[] = {0.9, 0.1, 0.2}, nan_score[] = {0.2, NAN, 0.3};
    td_calibration out = {0};
    td_error err = {0};
    cr_assert_eq(td_calibration_fit(&out, TD_CALIBRATE_BETA, score, label, 3, &err), TD_ERR_RANGE);
    cr_assert_str_eq(err.text, "score of row 2 is 1.5, must be a probability");
    cr_assert_eq(td_calibration_fit(&out, TD_CALIBRATE_PLATT, nan_score, label, 3, &err),
                 TD_ERR_RANGE);
    cr_assert_eq(td_calibration_fit(&out, TD_CALIBRATE_MONOTONE, score, ones, 3, &err),
                 TD_ERR_NUMERIC);
    cr_assert_eq(td_calibration_fit(&out, TD_CALIBRATE_PLATT, falling, label, 3, &err),
                 TD_ERR_NUMERIC);
    td_status status = TD_ERR_NOMEM;
    for (uint64_t n = 1; status == TD_ERR_NOMEM; n++) {
        td_mem_fail_after(n);
        status = td_calibration_fit(&out, TD_CALIBRATE_MONOTONE, score, label, 3, NULL);
    }
    td_mem_fail_after(0);
    cr_assert_eq(status, TD_OK);
    td_calibration_free(&out);
    cr_assert_eq(td_mem_live_bytes(), live);
}
