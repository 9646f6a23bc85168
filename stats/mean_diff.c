/* stats/mean_diff.c: difference of two means, with and without a covariate.
 *
 * With means m, unit variances v and sizes n of the arms,
 *
 *     se^2    = v1/n1 + v2/n2,   t = (m1 - m2)/se
 *     df      = se^4 / ((v1/n1)^2/(n1-1) + (v2/n2)^2/(n2-1))                  Welch-Satterthwaite
 *     lift    = m2/m1 - 1,  se^2 = v2/(n2 m1^2) + v1 m2^2/(n1 m1^4)           delta method
 *     CUPED   y' = y - theta (x - mean x),  theta = S_xy / S_xx within arms
 *
 *   1. Sums in the order of rows, compensated.
 *   2. Test and interval from the summaries alone, so that totals serve as well as rows.
 *
 * theta from within the arms is not moved by the effect itself. Cost O(n). Revenue has a heavy
 * tail: below some thousand buyers an arm prefer a bootstrap. No equal-variance t test: Welch's
 * loses nothing where variances are equal.
 *
 * Welch 1947, doi 10.1093/biomet/34.1-2.28; Deng et al. 2013, doi 10.1145/2433396.2433413. */
#include "stats/mean_diff.h"

#include <math.h>

#include "core/base/mem.h"
#include "core/base/numeric.h"
#include "stats/special.h"

td_status td_sample_of(td_sample *out, const double *values, uint64_t n, td_error *err) {
    td_sum sum = {0}, squares = {0};
    TD_CHECK(n >= 2, err, TD_ERR_RANGE, "%llu units have no variance", (unsigned long long)n);
    for (uint64_t i = 0; i < n; i++) td_sum_add(&sum, values[i]);
    double size = (double)n, mean = td_sum_value(&sum) / size;
    for (uint64_t i = 0; i < n; i++) td_sum_add(&squares, (values[i] - mean) * (values[i] - mean));
    *out = (td_sample){size, mean, td_sum_value(&squares) / (size - 1.0)};
    return TD_OK;
}

/* df = infinity: normal. t is of mean 1 - mean 2: `greater` asks for the upper tail. */
static double p_value_of(double t, double df, td_alternative side) {
    if (side == TD_TWO_SIDED) return fmin(1.0, 2.0 * td_t_cdf(-fabs(t), df));
    return td_t_cdf(side == TD_GREATER ? -t : t, df);
}

/* Lift and its interval, undefined where a percentage of the control has no meaning. */
static void fill_lift(td_mean_diff *out, const td_sample *one, const td_sample *two,
                      double critical) {
    static const char none[] = "the mean of the first arm is not above 0";
    out->lift = td_metric_undefined(none);
    out->lift_ci = td_interval_undefined(none);
    out->lift_se = out->lift_p_value = __builtin_nan("");
    if (!(one->mean > 0)) return;
    double m1 = one->mean, ratio = two->mean / m1;
    double v = two->variance / two->n + one->variance / one->n * ratio * ratio;
    double half = critical * (out->lift_se = sqrt(v) / m1);
    out->lift = td_metric_of(ratio - 1.0);
    out->lift_p_value = p_value_of(out->lift.value / out->lift_se, out->df, TD_TWO_SIDED);
    out->lift_ci = td_interval_of(ratio - 1.0 - half, ratio - 1.0 + half);
}

td_status td_mean_compare(td_mean_diff *out, const td_sample *one, const td_sample *two,
                          td_mean_question question, td_error *err) {
    TD_CHECK(one->n >= 2 && two->n >= 2, err, TD_ERR_RANGE,
             "arms of %.10g and %.10g units: each needs at least 2", one->n, two->n);
    TD_CHECK(one->variance >= 0 && two->variance >= 0, err, TD_ERR_RANGE, "a variance is below 0");
    double a = one->variance / one->n, b = two->variance / two->n;
    TD_CHECK(a + b > 0, err, TD_ERR_RANGE,
             "no variance in either arm: every unit has the same value, nothing can be tested");
    out->difference = one->mean - two->mean;
    out->se = sqrt(a + b);
    double share = a / (a + b), rest = b / (a + b);
    out->df = 1.0 / (share * share / (one->n - 1.0) + rest * rest / (two->n - 1.0));
    if (question.is_normal) out->df = __builtin_inf();
    out->statistic = out->difference / out->se;
    out->p_value = p_value_of(out->statistic, out->df, question.side);
    double critical = td_t_quantile(0.5 * question.alpha, out->df);
    out->ci =
        td_interval_of(out->difference + critical * out->se, out->difference - critical * out->se);
    fill_lift(out, one, two, -critical);
    return TD_OK;
}

/* Means of value and covariate per arm, and of the covariate over all. */
typedef struct centres {
    td_sum *value, *covariate; /* [n_arms] */
    uint64_t *n;               /* [n_arms] */
    td_sum all;
} centres;

/* All three blocks, whichever exist. */
static void free_centres(centres *c) {
    td_mem_free(c->value);
    td_mem_free(c->covariate);
    td_mem_free(c->n);
}

/* One pass; the covariate's overall mean keeps the means of the arms on their scale. */
static td_status fill_centres(centres *c, const td_cuped_data *data, td_error *err) {
    TD_NEW_ZEROED(c->value, data->n_arms, err);
    TD_NEW_ZEROED(c->covariate, data->n_arms, err);
    TD_NEW_ZEROED(c->n, data->n_arms, err);
    for (uint64_t i = 0; i < data->n; i++) {
        uint32_t arm = data->arm[i];
        td_sum_add(&c->value[arm], data->value[i]);
        td_sum_add(&c->covariate[arm], data->covariate[i]);
        td_sum_add(&c->all, data->covariate[i]);
        c->n[arm]++;
    }
    return TD_OK;
}

/* Within-arm sums: the effect itself does not move the slope. */
static td_status find_theta(double *theta, const centres *c, const td_cuped_data *data,
                            td_error *err) {
    td_sum cross = {0}, squares = {0};
    for (uint64_t i = 0; i < data->n; i++) {
        uint32_t arm = data->arm[i];
        double size = (double)c->n[arm];
        double y = data->value[i] - td_sum_value(&c->value[arm]) / size;
        double x = data->covariate[i] - td_sum_value(&c->covariate[arm]) / size;
        td_sum_add(&cross, x * y);
        td_sum_add(&squares, x * x);
    }
    TD_CHECK(td_sum_value(&squares) > 0, err, TD_ERR_RANGE,
             "the covariate does not vary within the arms: CUPED has nothing to work with");
    *theta = td_sum_value(&cross) / td_sum_value(&squares);
    return TD_OK;
}

td_status td_cuped_adjust(double *adjusted, double *theta, const td_cuped_data *data,
                          td_error *err) {
    centres c = {0};
    td_status status = fill_centres(&c, data, err);
    if (status == TD_OK) status = find_theta(theta, &c, data, err);
    if (status == TD_OK) {
        double mean = td_sum_value(&c.all) / (double)data->n;
        for (uint64_t i = 0; i < data->n; i++)
            adjusted[i] = data->value[i] - *theta * (data->covariate[i] - mean);
    }
    free_centres(&c);
    return status;
}
