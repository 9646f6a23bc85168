/* tests/unit/test_stats_survival.c: Kaplan-Meier on the classic remission times.
 *
 * Freireich et al. 1963 (6-MP arm, 21 patients; in most textbooks): events 6 6 6 7 10 13 16 22 23,
 * watches that ended 6 9 10 11 17 19 20 25 32 32 34 35. Expected: S and Greenwood errors of
 * statsmodels 0.13.5 (SurvfuncRight), intervals S^exp(+-u) with scipy's normal quantile. */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "core/base/mem.h"
#include "stats/survival.h"

static const int64_t TIME[] = {35, 6,  6,  6,  6,  7,  9,  10, 10, 11, 13,
                               16, 17, 19, 20, 22, 23, 25, 32, 32, 34};
static const uint8_t EVENT[] = {0, 1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0};
enum { N_PATIENTS = sizeof TIME / sizeof *TIME };

static void assert_near(double is, double expected, double tolerance, const char *what) {
    cr_assert(fabs(is - expected) <= tolerance, "%s is %.17g, expected %.17g", what, is, expected);
}

Test(stats_survival, remission_times_have_their_published_curve) {
    static const struct {
        int64_t time;
        uint64_t at_risk, events;
        double s, error, low, high;
    } expected[] = {
        {6, 21, 3, 0.8571428571428572, 0.07636035483212125, 0.6197179552659838, 0.951551747646997},
        {7, 17, 1, 0.8067226890756303, 0.0869352851800572, 0.5631465646222333, 0.9228090192028805},
        {10, 15, 1, 0.7529411764705883, 0.09634965299432052, 0.5031995107999564,
         0.8893618351692657},
        {13, 12, 1, 0.6901960784313725, 0.10681470777500983, 0.43161022248618397,
         0.8490659633494508},
        {16, 11, 1, 0.6274509803921569, 0.11405386525675254, 0.3675108559875021,
         0.8049121894718413},
        {22, 7, 1, 0.5378151260504201, 0.128233751693034, 0.26777893676713505, 0.7467907176353945},
        {23, 6, 1, 0.44817927170868355, 0.13459145675576048, 0.18805200595923233,
         0.6801426284952415},
    };
    td_survival survival;
    td_error err = {0};
    cr_assert_eq(td_survival_fit(&survival, TIME, EVENT, N_PATIENTS, NULL, &err), TD_OK);
    cr_assert_eq(survival.n_steps, 7);
    cr_assert_eq(survival.n_events, 9);
    cr_assert_eq(survival.longest, 35);
    for (int i = 0; i < 7; i++) {
        const td_survival_step *step = &survival.step[i];
        cr_assert_eq(step->time, expected[i].time);
        cr_assert_eq(step->at_risk, expected[i].at_risk);
        cr_assert_eq(step->events, expected[i].events);
        td_survival_value value = td_survival_at(&survival, step->time, 0.95);
        assert_near(1 - value.share.value, expected[i].s, 1e-14, "S");
        assert_near(value.std_error.value, expected[i].error, 1e-14, "its error");
        assert_near(1 - value.interval.high, expected[i].low, 1e-12, "low");
        assert_near(1 - value.interval.low, expected[i].high, 1e-12, "high");
    }
    /* between two steps the earlier one holds */
    cr_assert_eq(td_survival_at(&survival, 9, 0.95).share.value,
                 td_survival_at(&survival, 7, 0.95).share.value);
    cr_assert_eq(td_survival_quantile(&survival, 0.5), 23); /* the published median */
    cr_assert_eq(td_survival_quantile(&survival, 0.14), 6);
    cr_assert_eq(td_survival_quantile(&survival, 0.6), -1);
    td_survival_free(&survival);
}

Test(stats_survival, nothing_is_claimed_where_nothing_is_known) {
    td_survival survival;
    td_error err = {0};
    cr_assert_eq(td_survival_fit(&survival, TIME, EVENT, N_PATIENTS, NULL, &err), TD_OK);
    td_survival_value before = td_survival_at(&survival, 5, 0.95);
    cr_assert_eq(before.share.value, 0);
    cr_assert_eq(before.at_risk, N_PATIENTS);
    cr_assert(!td_interval_is_defined(before.interval));
    cr_assert(td_metric_is_defined(td_survival_at(&survival, 35, 0.95).share));
    cr_assert(!td_metric_is_defined(td_survival_at(&survival, 36, 0.95).share));
    td_survival_free(&survival);

    /* without censoring S is the share of those left, and everybody is known to the end */
    const int64_t time[] = {4, 1, 2, 2};
    const uint8_t all[] = {1, 1, 1, 1};
    cr_assert_eq(td_survival_fit(&survival, time, all, 4, NULL, &err), TD_OK);
    cr_assert_eq(td_survival_at(&survival, 2, 0.95).share.value, 0.75);
    td_survival_value end = td_survival_at(&survival, 1000, 0.95);
    cr_assert_eq(end.share.value, 1);
    cr_assert(!td_interval_is_defined(end.interval));
    cr_assert_eq(td_survival_quantile(&survival, 1), 4);
    td_survival_free(&survival);

    cr_assert_eq(td_survival_fit(&survival, NULL, NULL, 0, NULL, &err), TD_OK);
    cr_assert(!td_metric_is_defined(td_survival_at(&survival, 0, 0.95).share));
    cr_assert_eq(td_survival_quantile(&survival, 0.5), -1);
    td_survival_free(&survival);
    const int64_t bad[] = {3, -1};
    cr_assert_eq(td_survival_fit(&survival, bad, all, 2, NULL, &err), TD_ERR_RANGE);
    cr_assert(strstr(err.text, "unit 2") != NULL, "%s", err.text);
    cr_assert_eq(td_mem_live_bytes(), 0);
}
