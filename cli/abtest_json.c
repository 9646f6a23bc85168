/* cli/abtest_json.c: an experiment as JSON; the keys are listed in cmd_abtest.c. Nothing is rounded
 * and nothing computed here but rates from counts and the lift from the ratio. */
#include <stdio.h>
#include <string.h>

#include "cli/abtest.h"
#include "cli/report_evaluation.h"

/* [low, high], or null with NAME_reason. */
static void json_interval(td_json *json, const char *name, td_interval interval) {
    char reason[64];
    if (td_interval_is_defined(interval)) {
        td_json_array(json, name);
        td_json_f64(json, NULL, interval.low);
        td_json_f64(json, NULL, interval.high);
        td_json_end(json);
        return;
    }
    snprintf(reason, sizeof reason, "%s_reason", name);
    td_json_null(json, name);
    td_json_text(json, reason, interval.undefined_reason);
}

/* A lift from a ratio; the reason stays. */
static td_metric minus_one(td_metric ratio) {
    return td_metric_is_defined(ratio) ? td_metric_of(ratio.value - 1.0) : ratio;
}

/* Two conversions: the keys that scripts rely on. */
static void json_rates(td_json *json, const td_comparison *c) {
    double p1 = (double)c->counts.x1 / (double)c->counts.n1;
    double p2 = (double)c->counts.x2 / (double)c->counts.n2;
    td_interval lift = c->risk_ratio_ci;
    lift.low -= 1.0;
    lift.high -= 1.0;
    td_json_f64(json, "difference", p1 - p2);
    td_json_object(json, "ci");
    for (int m = 0; m < TD_N_DIFF_INTERVALS; m++)
        json_interval(json, td_diff_interval_name((td_diff_interval)m), c->ci[m]);
    td_json_end(json);
    td_json_object(json, "p_value");
    td_json_metric(json, "z_pooled", c->z_pooled);
    td_json_metric(json, "z_yates", c->z_yates);
    td_json_metric(json, "fisher", c->fisher);
    td_json_f64(json, "fisher_doubled", td_test_fisher_doubled(&c->counts));
    td_json_metric(json, "barnard", c->barnard);
    td_json_metric(json, "boschloo", c->boschloo);
    td_json_end(json);
    td_json_metric(json, "risk_ratio", c->risk_ratio);
    json_interval(json, "risk_ratio_ci", c->risk_ratio_ci);
    td_json_metric(json, "lift", minus_one(c->risk_ratio));
    json_interval(json, "lift_ci", lift);
    td_json_object(json, "bayes");
    td_json_f64(json, "chance_to_win", c->posterior.chance_to_win);
    td_json_f64(json, "loss_if_chosen", c->posterior.loss_if_chosen);
    td_json_f64(json, "loss_if_refused", c->posterior.loss_if_refused);
    td_json_end(json);
}

/* --stratum: differences, ratios and the test over strata. */
static void json_strata(td_json *json, const td_stratified *s) {
    td_json_object(json, "stratified");
    td_json_u64(json, "strata_used", s->n_used);
    td_json_metric(json, "difference", s->difference);
    json_interval(json, "ci", s->ci);
    td_json_metric(json, "post_stratified", s->post);
    json_interval(json, "post_stratified_ci", s->post_ci);
    td_json_metric(json, "odds_ratio", s->odds_ratio);
    json_interval(json, "odds_ratio_ci", s->odds_ci);
    td_json_metric(json, "risk_ratio", s->risk_ratio);
    json_interval(json, "risk_ratio_ci", s->risk_ci);
    td_json_metric(json, "cmh_chi2", s->cmh_chi2);
    td_json_metric(json, "cmh_p", s->cmh_p);
    td_json_metric(json, "cmh_p_corrected", s->cmh_corrected);
    td_json_end(json);
}

/* Two means or ratios; a z test has no degrees of freedom. */
static void json_means(td_json *json, const td_comparison *c, const td_arms *arms) {
    int is_ratio = arms->is_ratio && !arms->is_clustered;
    td_json_f64(json, "difference", c->mean.difference);
    td_json_f64(json, "se", c->mean.se);
    json_interval(json, "ci", c->mean.ci);
    if (!is_ratio) td_json_f64(json, "df", c->mean.df);
    td_json_f64(json, "statistic", c->mean.statistic);
    td_json_object(json, "p_value");
    td_json_f64(json, arms->is_clustered ? "cluster_t" : is_ratio ? "z" : "welch", c->mean.p_value);
    td_json_end(json);
    td_json_metric(json, "lift", c->mean.lift);
    json_interval(json, "lift_ci", c->mean.lift_ci);
    td_json_object(json, "bayes");
    td_json_f64(json, "effect", c->effect.mean);
    td_json_f64(json, "effect_sd", c->effect.sd);
    td_json_f64(json, "chance_to_win", c->effect.chance_to_win);
    td_json_f64(json, "loss_if_chosen", c->effect.loss_if_chosen);
    td_json_f64(json, "loss_if_refused", c->effect.loss_if_refused);
    td_json_end(json);
}

/* The same keys on top of the object (two arms) and inside `comparisons`. */
static void json_comparison(td_json *json, const td_abtest *test, const td_comparison *c) {
    if (td_abtest_is_rates(test)) {
        json_rates(json, c);
        if (test->arms.n_strata > 0) json_strata(json, &c->stratified);
    } else {
        json_means(json, c, &test->arms);
    }
    if (test->options->sequential != NULL) td_abtest_json_look(json, test, c);
}

/* What was compared; with CUPED the variance before it as well. */
static void json_arms(td_json *json, const td_abtest *test) {
    const td_arms *arms = &test->arms;
    td_json_array(json, "arms");
    for (uint32_t i = 0; i < arms->n; i++) {
        td_json_object(json, NULL);
        td_json_text(json, "name", arms->name[i]);
        td_json_u64(json, "units", arms->units[i]);
        if (arms->is_clustered) td_json_u64(json, "rows", arms->rows[i]);
        if (td_abtest_is_rates(test)) {
            td_interval wilson = td_rate_interval_of(TD_RATE_WILSON, arms->successes[i],
                                                     arms->units[i], test->options->alpha);
            td_json_u64(json, "successes", arms->successes[i]);
            td_json_f64(json, "rate", (double)arms->successes[i] / (double)arms->units[i]);
            json_interval(json, "rate_ci", wilson);
            json_interval(json, "rate_ci_exact",
                          td_rate_interval_of(TD_RATE_CLOPPER_PEARSON, arms->successes[i],
                                              arms->units[i], test->options->alpha));
        } else {
            td_json_f64(json, arms->is_ratio ? "ratio" : "mean", arms->sample[i].mean);
            td_json_f64(json, "unit_variance", arms->sample[i].variance);
        }
        if (arms->has_cuped || (arms->n_strata > 0 && !td_abtest_is_rates(test)))
            td_json_f64(json, "unadjusted_variance", arms->unadjusted[i].variance);
        td_json_end(json);
    }
    td_json_end(json);
}

/* Arms and split, the only comparison of two arms on top, then all with adjusted p-values. */
void td_abtest_fill_json(td_json *json, const void *ctx) {
    const td_abtest *test = ctx;
    td_json_text(json, "kind", test->kind);
    td_json_f64(json, "alpha", test->options->alpha);
    td_json_text(json, "alternative", test->options->alternative);
    json_arms(json, test);
    td_json_object(json, "srm");
    td_json_f64(json, "chi2", test->arms.srm.chi2);
    td_json_f64(json, "df", test->arms.srm.df);
    td_json_f64(json, "p_value", test->arms.srm.p_value);
    td_json_end(json);
    if (test->arms.has_cuped) td_json_f64(json, "cuped_theta", test->arms.theta);
    if (test->arms.n == 2) json_comparison(json, test, &test->comparison[0]);
    td_json_array(json, "comparisons");
    for (uint32_t i = 0; i + 1 < test->arms.n; i++) {
        td_json_object(json, NULL);
        td_json_text(json, "arm", test->arms.name[i + 1]);
        td_json_text(json, "control", test->arms.name[0]);
        json_comparison(json, test, &test->comparison[i]);
        td_json_object(json, "p_adjusted");
        for (int m = 0; m < TD_N_MULTIPLE; m++)
            td_json_f64(json, td_multiple_name((td_multiple)m), test->comparison[i].adjusted[m]);
        td_json_end(json);
        td_json_end(json);
    }
    td_json_end(json);
}
