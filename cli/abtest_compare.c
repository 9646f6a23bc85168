/* cli/abtest_compare.c: each arm against control, and the adjustment for their number.
 *
 *     control v arm 1, control v arm 2, ...  ->  p-values  ->  six adjusted ones each
 *
 * The p-value that is adjusted is the pooled z test's, Cochran-Mantel-Haenszel's with strata,
 * Welch's, or the ratio's z. Exact tests take a moment each; they run for every comparison whose
 * tables can be counted. Holds no formula. */
#include <string.h>

#include "cli/abtest.h"

/* With --stratum the adjusted p-value is Cochran-Mantel-Haenszel's. */
static td_status compare_strata(td_comparison *out, const td_abtest *test, uint32_t arm,
                                td_error *err) {
    const td_arms *arms = &test->arms;
    td_two_counts *strata = td_arena_array(test->arena, arms->n_strata, sizeof *strata, err);
    if (strata == NULL) return TD_ERR_NOMEM;
    for (uint32_t h = 0; h < arms->n_strata; h++) {
        uint64_t first = (uint64_t)h * arms->n, other = first + arm;
        strata[h] = (td_two_counts){arms->stratum_hits[first], arms->stratum_units[first],
                                    arms->stratum_hits[other], arms->stratum_units[other]};
    }
    out->p_value = td_metric_undefined("strata give a two-sided p-value only");
    TD_TRY(
        td_stratified_rates(&out->stratified, strata, arms->n_strata, test->options->alpha, err));
    if (test->side == TD_TWO_SIDED) out->p_value = out->stratified.cmh_p;
    return TD_OK;
}

int td_abtest_is_rates(const td_abtest *test) {
    return strcmp(test->kind, "proportions") == 0 && !test->arms.is_clustered;
}

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
    return arms->n_strata > 0 ? compare_strata(out, test, arm, err) : TD_OK;
}

static td_status compare_means(td_comparison *out, const td_abtest *test, uint32_t arm,
                               td_error *err) {
    const td_arms *arms = &test->arms;
    int is_normal = arms->is_ratio && !arms->is_clustered;
    td_mean_question question = {test->options->alpha, test->side, is_normal};
    TD_TRY(td_mean_compare(&out->mean, &arms->sample[0], &arms->sample[arm], question, err));
    out->effect = td_normal_compare(-out->mean.difference, out->mean.se, test->prior_effect);
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
    int is_rates = td_abtest_is_rates(test);
    for (uint32_t arm = 1; arm < test->arms.n; arm++) {
        td_comparison *out = &test->comparison[arm - 1];
        TD_TRY(is_rates ? compare_rates(out, test, arm, err) : compare_means(out, test, arm, err));
    }
    if (test->options->sequential != NULL) TD_TRY(td_abtest_look(test, err));
    return adjust(test, err);
}
