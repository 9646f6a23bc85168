/* stats/roi: moments by hand, the same bytes for any threads, value of information in closed form,
 * what is impossible by name. */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "stats/mean_diff.h"
#include "stats/roi.h"

static td_belief fixed(double a) { return (td_belief){TD_BELIEF_FIXED, a, 0}; }

/* 1000 units a day, all treated for 10 days, 30 a conversion, margin 1/3, cost .01. */
static td_roi_model plain(void) {
    return (td_roi_model){.effect = {TD_BELIEF_NORMAL, .002, .001},
                          .units_per_day = 1000,
                          .share = fixed(1),
                          .order_value = fixed(30),
                          .margin = fixed(1. / 3),
                          .contact_cost = fixed(.01),
                          .half_life = fixed(0),
                          .horizon = 10};
}

static td_roi run(td_roi_model model, uint64_t n) {
    td_roi roi;
    cr_assert_eq(td_roi_simulate(&roi, &model, n, 1, NULL, NULL), TD_OK);
    return roi;
}

/* profit = 100000 effect - 100: N(100, 100^2). P(loss) = Phi(-1), break-even .001, cost .02; value
 * of knowing the effect = 100 L(1), L(1) = .08332 (Raiffa and Schlaifer). */
Test(stats_roi, normal_profit_by_hand) {
    td_roi roi = run(plain(), 200000);
    double se = 100 / sqrt(200000);
    cr_assert_float_eq(roi.profit.mean, 100, 5 * se);
    cr_assert_float_eq(roi.profit.sd, 100, 5 * se);
    cr_assert_float_eq(roi.chance_of_loss, .158655253931457, 5 * sqrt(.16 * .84 / 200000));
    cr_assert_float_eq(roi.break_even_effect, .001, 1e-12);
    cr_assert_float_eq(roi.break_even_cost, 100000 * roi.effect.mean / 10000, 1e-12);
    cr_assert_float_eq(roi.evpi, 8.332, .15);
    cr_assert_float_eq(roi.evpi_effect, roi.evpi, 1e-9);
    cr_assert_float_eq(roi.profit.quantile[2], 100, 5 * 1.26 * se);
    cr_assert_float_eq(roi.profit.quantile[0], 100 - 164.4853627, 10 * se);
    cr_assert_float_eq(roi.revenue.mean, 30 * roi.conversions.mean, 1e-9);
    uint64_t n = 0;
    for (int b = 0; b < TD_ROI_BINS; b++) n += roi.bin[b];
    cr_assert_eq(n, 200000);
}

/* A sample that tells everything is worth the perfect information, one that tells nothing, nothing;
 * one as good as what is known: s = sd / sqrt 2. */
Test(stats_roi, sample_information_lies_between_nothing_and_everything) {
    td_roi roi = {
        .effect = {.mean = .002, .sd = .001}, .per_effect = 1e5, .break_even_effect = .001};
    cr_assert_float_eq(td_roi_evsi(&roi, 0), 100 * td_normal_loss(1), 1e-12);
    cr_assert_lt(td_roi_evsi(&roi, 1), 1e-10);
    cr_assert_float_eq(td_roi_evsi(&roi, .001), 100 / sqrt(2) * td_normal_loss(sqrt(2)), 1e-12);
}

/* Half-life 10 over 10 days: 10/ln 2 (1 - 1/2) = 7.213 days of full effect. */
Test(stats_roi, a_decaying_effect_is_worth_fewer_days) {
    td_roi_model model = plain();
    model.effect = fixed(.002);
    model.half_life = fixed(10);
    td_roi roi = run(model, 100);
    cr_assert_float_eq(roi.conversions.mean, 1000 * .002 * 7.213475204444817, 1e-12);
    cr_assert_eq(roi.profit.sd, 0);
    cr_assert_eq(roi.chance_of_loss, 0);
}

/* Beliefs have the mean and standard deviation that they are given. */
Test(stats_roi, beliefs_have_their_moments) {
    const td_belief belief[] = {{TD_BELIEF_LOGNORMAL, 30, 12},
                                {TD_BELIEF_BETA, .3, .1},
                                {TD_BELIEF_BETA, .02, .05},
                                {TD_BELIEF_UNIFORM, 2, 5}};
    const double mean[] = {30, .3, .02, 3.5}, sd[] = {12, .1, .05, 3 / sqrt(12)};
    for (int i = 0; i < 4; i++) {
        td_roi_model model = plain();
        model.effect = belief[i];
        td_roi roi = run(model, 200000);
        cr_assert_float_eq(roi.effect.mean, mean[i], 5 * sd[i] / sqrt(200000), "%d", i);
        cr_assert_float_eq(roi.effect.sd, sd[i], .02 * sd[i], "%d", i);
    }
}

/* Posteriors of 84 of 10000 and 101 of 10000: means (x + 1)/(n + 2), variance of a Beta. */
Test(stats_roi, effect_of_counts_is_that_of_their_posteriors) {
    td_roi_model model = plain();
    model.has_counts = 1;
    model.counts = (td_two_counts){84, 10000, 101, 10000};
    td_roi roi = run(model, 100000);
    double p1 = 85. / 10002, p2 = 102. / 10002;
    double sd = sqrt((p1 * (1 - p1) + p2 * (1 - p2)) / 10003);
    cr_assert_float_eq(roi.effect.mean, p2 - p1, 5 * sd / sqrt(1e5));
    cr_assert_float_eq(roi.effect.sd, sd, .02 * sd);
}

Test(stats_roi, threads_change_no_byte) {
    td_roi_model model = plain();
    model.has_counts = 1;
    model.counts = (td_two_counts){8, 1000, 12, 1000};
    model.margin = (td_belief){TD_BELIEF_NORMAL, .3, .05};
    model.share = (td_belief){TD_BELIEF_BETA, .4, .1};
    td_roi one, four;
    td_exec exec = {.n_threads = 4};
    cr_assert_eq(td_roi_simulate(&one, &model, 20000, 9, NULL, NULL), TD_OK);
    cr_assert_eq(td_roi_simulate(&four, &model, 20000, 9, &exec, NULL), TD_OK);
    cr_assert_eq(memcmp(&one, &four, sizeof one), 0);
    cr_assert_eq(td_roi_simulate(&four, &model, 20000, 10, &exec, NULL), TD_OK);
    cr_assert_neq(one.profit.mean, four.profit.mean);
}

static void refused(td_roi_model model, uint64_t n, const char *text) {
    td_error err = {0};
    td_roi roi;
    cr_assert_eq(td_roi_simulate(&roi, &model, n, 1, NULL, &err), TD_ERR_RANGE);
    cr_assert_not_null(strstr(err.text, text), "%s", err.text);
}

Test(stats_roi, impossible_models_are_named) {
    td_roi_model m = plain();
    refused(m, 10, "10 draws");
    m.units_per_day = 0;
    refused(m, 1000, "nobody to treat");
    m = plain();
    m.share = fixed(1.5);
    refused(m, 1000, "share 1.5 is not between 0 and 1");
    m.share = (td_belief){TD_BELIEF_BETA, .5, .6};
    refused(m, 1000, "share: no share with mean 0.5 has a standard deviation of 0.6");
    m = plain();
    m.margin = fixed(30); /* percent, where a part is asked for */
    refused(m, 1000, "margin 30 is not between 0 and 1");
    m.margin = (td_belief){TD_BELIEF_UNIFORM, .5, 2};
    refused(m, 1000, "margin 2 is not between 0 and 1");
    m.margin = fixed(-.1);
    refused(m, 1000, "margin -0.1 is not between 0 and 1");
    m = plain();
    m.order_value = fixed(-5);
    refused(m, 1000, "order value -5 is below 0");
    m = plain();
    m.contact_cost = fixed(-1);
    refused(m, 1000, "contact cost -1 is below 0");
    m = plain();
    m.half_life = fixed(-2);
    refused(m, 1000, "half-life -2 is below 0");
    m = plain();
    m.effect.b = 0;
    refused(m, 1000, "effect: the standard deviation 0 is not above 0");
    m = plain();
    m.order_value = (td_belief){TD_BELIEF_UNIFORM, 5, 3};
    refused(m, 1000, "order value: the limits 5 and 3 do not rise");
    m = plain();
    m.horizon = 0;
    refused(m, 1000, "a horizon of 0 days");
    m = plain();
    m.has_counts = 1;
    m.counts = (td_two_counts){5, 4, 1, 10};
    refused(m, 1000, "5 successes in 4 trials");
}
