/* Predicted effects against true ones: hand cases, ties, undefined values. */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "core/base/mem.h"
#include "uplift/truth.h"

static td_truth_measures measure(const double *effect, const double *truth, const double *se,
                                 uint64_t n) {
    td_truth_rows rows = {n, effect, se, truth, 0, .95};
    td_truth_measures out;
    td_error err = {0};
    cr_assert_eq(td_truth_measure(&out, &rows, &err), TD_OK, "%s", err.text);
    return out;
}

/* Truth 3, 1, -2, 0 in the order of s = 4, 3, 2, 1. G = 3, 4, 2, 2 quarters: area
 * (0 + 3)/2 + (3 + 4)/2 + (4 + 2)/2 + (2 + 2)/2 = 10 sixteenths, chord 2/4/2 = 4/16: 6/16.
 * Best order 3, 1, 0, -2: 3, 4, 4, 2: 1.5 + 3.5 + 4 + 3 = 12: 8/16. */
Test(uplift_truth, hand_case) {
    const double effect[] = {4, 3, 2, 1}, truth[] = {3, 1, -2, 0}, se[] = {1, 1, 1, 1};
    td_truth_measures m = measure(effect, truth, se, 4);
    cr_assert_float_eq(m.oracle_share.value, 6.0 / 8, 1e-15);
    cr_assert_float_eq(m.pehe, sqrt((1 + 4 + 16 + 1) / 4.0), 1e-15);
    cr_assert_float_eq(m.bias, 2, 1e-15);
    /* s - 2.5 = 1.5 .5 -.5 -1.5; t - 0.5 = 2.5 .5 -2.5 -.5: 3.75 + .25 + 1.25 + .75 = 6 */
    cr_assert_float_eq(m.correlation.value, 6 / sqrt(5 * 13.0), 1e-14);
    cr_assert_float_eq(m.value, 0.5, 1e-15); /* all treated: 2/4 */
    cr_assert_float_eq(m.regret, 0.5, 1e-15);
    cr_assert_eq(m.share_treated, 1);
    cr_assert_float_eq(m.coverage.value, 0.5, 1e-15); /* |4 - 3|, |1 - 0| below 1.96 */
    cr_assert_float_eq(m.width.value, 2 * 1.959963984540054, 1e-12);
}

Test(uplift_truth, the_truth_itself_is_perfect_and_a_constant_is_random) {
    const double truth[] = {3, 1, -2, 0, 0.5}, constant[] = {1, 1, 1, 1, 1};
    td_truth_measures oracle = measure(truth, truth, NULL, 5),
                      flat = measure(constant, truth, NULL, 5);
    cr_assert_eq(oracle.pehe, 0);
    cr_assert_eq(oracle.regret, 0);
    cr_assert_eq(oracle.oracle_share.value, 1);
    cr_assert_float_eq(oracle.correlation.value, 1, 1e-15);
    cr_assert_float_eq(flat.oracle_share.value, 0, 1e-15);
    cr_assert_not(td_metric_is_defined(flat.correlation));
    cr_assert_not(td_metric_is_defined(flat.coverage));
}

Test(uplift_truth, the_order_of_tied_rows_does_not_matter) {
    const double effect[] = {1, 1, 1, 0}, a[] = {5, -1, 2, 1}, b[] = {-1, 2, 5, 1};
    cr_assert_float_eq(measure(effect, a, NULL, 4).oracle_share.value,
                       measure(effect, b, NULL, 4).oracle_share.value, 1e-15);
}

Test(uplift_truth, costs_move_the_decision) {
    const double effect[] = {2, 1}, truth[] = {2, 1};
    td_truth_rows rows = {2, effect, NULL, truth, 1.5, .95};
    td_truth_measures out;
    cr_assert_eq(td_truth_measure(&out, &rows, NULL), TD_OK);
    cr_assert_float_eq(out.value, 0.25, 1e-15);
    cr_assert_eq(out.share_treated, 0.5);
    cr_assert_eq(out.regret, 0);
}

Test(uplift_truth, a_constant_truth_and_bad_rows_are_named) {
    const double effect[] = {2, 1}, truth[] = {1, 1}, bad[] = {1, (double)NAN};
    cr_assert_str_eq(measure(effect, truth, NULL, 2).oracle_share.undefined_reason,
                     "the true effect is constant");
    td_truth_rows rows = {2, bad, NULL, truth, 0, .95};
    td_truth_measures out;
    td_error err = {0};
    cr_assert_eq(td_truth_measure(&out, &rows, &err), TD_ERR_RANGE);
    cr_assert_not_null(strstr(err.text, "row 2"));
    rows.n = 0;
    cr_assert_eq(td_truth_measure(&out, &rows, &err), TD_ERR_SHAPE);
    rows = (td_truth_rows){2, effect, NULL, truth, 0, .95};
    td_mem_fail_after(1);
    cr_assert_eq(td_truth_measure(&out, &rows, &err), TD_ERR_NOMEM);
    td_mem_fail_after(0);
    cr_assert_eq(td_mem_live_bytes(), 0);
}
