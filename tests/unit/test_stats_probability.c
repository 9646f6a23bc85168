/* stats/probability: published values, bins by hand, clipping, undefined values, refusals. */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "core/base/mem.h"
#include "stats/probability.h"

static td_probability_metrics measure(const double *score, const double *label, uint64_t n) {
    td_probability_metrics out;
    td_error err = {0};
    cr_assert_eq(td_probability_measure(&out, score, label, n, NULL, &err), TD_OK, "%s", err.text);
    return out;
}

/* brier_score_loss, log_loss (reference page and user guide) of scikit-learn's documentation. */
Test(stats_probability, published_examples) {
    const double label[] = {0, 1, 1, 0}, score[] = {0.1, 0.9, 0.8, 0.3};
    cr_assert_float_eq(measure(score, label, 4).brier.value, 0.0375, 1e-16);
    const double spam[] = {1, 0, 0, 1}, p[] = {0.9, 0.1, 0.2, 0.65};
    cr_assert_float_eq(measure(p, spam, 4).log_loss.value, 0.21616187468057912, 1e-15);
    const double guide[] = {0, 0, 1, 1}, q[] = {0.1, 0.2, 0.7, 0.99};
    cr_assert_float_eq(measure(q, guide, 4).log_loss.value, 0.173807336691, 1e-12);
}

/* -log 2^-52 = 52 log 2; and -log(1 - 2^-52) = 2^-52 to the last bit. */
Test(stats_probability, certain_and_wrong_costs_the_clipped_logarithm) {
    const double label[] = {1, 0}, wrong[] = {0, 1}, right[] = {1, 0};
    cr_assert_float_eq(measure(wrong, label, 2).log_loss.value, 36.04365338911715, 1e-13);
    cr_assert_float_eq(measure(right, label, 2).log_loss.value, 0x1p-52, 1e-30);
    cr_assert_eq(measure(wrong, label, 2).brier.value, 1.0);
}

Test(stats_probability, reliability_bins_and_ece_by_hand) {
    const double score[] = {0.0, 0.05, 0.1, 0.55, 0.58, 1.0, 0.97};
    const double label[] = {0, 1, 0, 1, 0, 1, 1};
    td_probability_metrics out = measure(score, label, 7);
    const uint64_t rows[TD_RELIABILITY_BINS] = {2, 1, 0, 0, 0, 2, 0, 0, 0, 2};
    const uint64_t positives[TD_RELIABILITY_BINS] = {1, 0, 0, 0, 0, 1, 0, 0, 0, 2};
    for (int b = 0; b < TD_RELIABILITY_BINS; b++) {
        cr_assert_eq(out.bins[b].rows, rows[b], "bin %d", b);
        cr_assert_eq(out.bins[b].positives, positives[b]);
        cr_assert_eq(td_metric_is_defined(out.bins[b].rate), rows[b] > 0);
        cr_assert_float_eq(out.bins[b].high - out.bins[b].low, 0.1, 1e-15);
    }
    cr_assert_float_eq(out.bins[5].mean_score.value, 0.565, 1e-15);
    cr_assert_float_eq(out.ece.value, (0.95 + 0.1 + 0.13 + 0.03) / 7, 1e-15);
    cr_assert_float_eq(out.mean_score.value, 3.25 / 7, 1e-15);
    cr_assert_eq(out.base_rate.value, 4.0 / 7.0);
    cr_assert_eq(out.n_positives, 4u);
}

Test(stats_probability, scores_that_are_no_probabilities_are_undefined_not_wrong) {
    const double score[] = {0.5, 1.5, 0.25}, label[] = {1, 0, 1};
    td_probability_metrics out = measure(score, label, 3);
    cr_assert_str_eq(out.log_loss.undefined_reason, "a score lies outside [0, 1]");
    cr_assert(!td_metric_is_defined(out.brier) && !td_metric_is_defined(out.ece));
    cr_assert(!td_metric_is_defined(out.bins[5].rate));
    cr_assert_eq(out.base_rate.value, 2.0 / 3.0);
    const double infinite[] = {-HUGE_VAL, HUGE_VAL, 0};
    cr_assert(!td_metric_is_defined(measure(infinite, label, 3).log_loss));
}

Test(stats_probability, no_rows) {
    td_probability_metrics out = measure(NULL, NULL, 0);
    cr_assert_str_eq(out.log_loss.undefined_reason, "no rows");
    cr_assert_str_eq(out.base_rate.undefined_reason, "no rows");
}

Test(stats_probability, bad_rows_are_named_and_nothing_stays) {
    const double score[] = {0.5, NAN}, label[] = {1, 2}, ok[] = {0.5, 0.5};
    td_probability_metrics out;
    td_error err;
    uint64_t before = td_mem_live_bytes();
    cr_assert_eq(td_probability_measure(&out, ok, label, 2, NULL, &err), TD_ERR_RANGE);
    cr_assert_str_eq(err.text, "label of row 2 is 2, must be 0 or 1");
    const double zeros[] = {0, 0};
    cr_assert_eq(td_probability_measure(&out, score, zeros, 2, NULL, &err), TD_ERR_RANGE);
    cr_assert_str_eq(err.text, "score of row 2 is NaN");
    td_mem_fail_after(1);
    cr_assert_eq(td_probability_measure(&out, ok, zeros, 2, NULL, &err), TD_ERR_NOMEM);
    td_mem_fail_after(0);
    cr_assert_eq(td_mem_live_bytes(), before);
}
