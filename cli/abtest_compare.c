/* cli/abtest_compare.c: each arm against control, and the adjustment for their number.
 *
 *     control v arm 1, control v arm 2, ...  ->  p-values  ->  six adjusted ones each
 *
 * The p-value that is adjusted is the pooled z test's, Welch's, or the ratio's z. Exact tests take
 * a moment each; they run for every comparison whose tables can be counted. Holds no formula. */
#include <string.h>

#include "cli/abtest.h"

static td_status compare_rates(td_comparison *out, const td_abtest *test, uint32_t arm,
                               td_error *err) {
    const td_arms *arms = &test->arms;
    double alpha = test->options->alpha;
    out->counts =
        (td_two_counts){arms->successes[0], arms->units[0], arms->successes[arm], arms->units[arm]};
    const td_two_counts *c = &out->counts;
    TD_TRY(td_two_counts_check(c, err));
    for (int m = 0; m < TD_N_DIFF_INTERVALS; m++)
        out->ci[m] = td_diff_interval_of((td_diff_interval)m, c, alpha);
    out->z_pooled = td_test_z_pooled(c, test->side);
    out->z_yates = td_test_z_yates(c, test->side);
    out->fisher = td_metric_of(td_test_fisher(c, test->side));
    TD_TRY(td_test_barnard(&out->barnard, c, test->side, err));
    TD_TRY(td_test_boschloo(&out->boschloo, c, test->side, err));
    out->risk_ratio_ci = td_risk_ratio_of(&out->risk_ratio, c, alpha);
    out->posterior = td_beta_compare(c, test->prior_a, test->prior_b);
    out->p_value = out->z_pooled;
    return TD_OK;
}

static td_status compare_means(td_comparison *out, const td_abtest *test, uint32_t arm,
                               td_error *err) {
    const td_arms *arms = &test->arms;
    td_mean_question question = {test->options->alpha, test->side, arms->is_ratio};
    TD_TRY(td_mean_compare(&out->mean, &arms->sample[0], &arms->sample[arm], question, err));
    out->p_value = td_metric_of(out->mean.p_value);
    return TD_OK;
}

/* An undefined p-value (nobody converted) counts as 1: it is one of the looks that were taken. */
static td_status adjust(td_abtest *test, td_error *err) {
    double p[TD_MAX_ARMS], adjusted[TD_MAX_ARMS];
    uint32_t n = test->arms.n - 1;
    for (uint32_t i = 0; i < n; i++) {
        td_metric own = test->comparison[i].p_value;
        p[i] = td_metric_is_defined(own) ? own.value : 1.0;
    }
    for (int m = 0; m < TD_N_MULTIPLE; m++) {
        TD_TRY(td_multiple_adjust(adjusted, (td_multiple)m, p, n, err));
        for (uint32_t i = 0; i < n; i++) test->comparison[i].adjusted[m] = adjusted[i];
    }
    return TD_OK;
}

td_status td_abtest_compare(td_abtest *test, td_error *err) {
    int is_rates = strcmp(test->kind, "proportions") == 0;
    for (uint32_t arm = 1; arm < test->arms.n; arm++) {
        td_comparison *out = &test->comparison[arm - 1];
        TD_TRY(is_rates ? compare_rates(out, test, arm, err) : compare_means(out, test, arm, err));
    }
    return adjust(test, err);
}
