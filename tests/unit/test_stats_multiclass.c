/* tests/unit/test_stats_multiclass.c: metrics of several classes by hand. */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "core/base/mem.h"
#include "stats/multiclass.h"

/* Four rows, three classes; the last row's own class ties with another. */
static const double label[4] = {0, 1, 2, 2};
static const double probability[12] = {0.7, 0.2, 0.1, 0.4,  /* class 0 */
                                       0.2, 0.1, 0.1, 0.2,  /* class 1 */
                                       0.1, 0.7, 0.8, 0.4}; /* class 2 */

Test(stats_multiclass, a_hand_case) {
    td_class_rows rows = {4, 3, probability, label};
    td_multiclass_metrics m;
    uint64_t count[9];
    cr_assert_eq(td_multiclass_measure(&m, count, &rows, NULL), TD_OK);
    double loss = -(log(0.7) + log(0.1) + log(0.8) + log(0.4)) / 4;
    cr_assert_float_eq(m.log_loss.value, loss, 1e-15);
    cr_assert_eq(m.error.value, 0.5); /* rows 2 and 4 */
    cr_assert_float_eq(m.mean_recall.value, (1 + 0 + 0.5) / 3, 1e-15);
    static const uint64_t expected[9] = {1, 0, 0, 0, 0, 1, 1, 0, 1};
    cr_assert_eq(memcmp(count, expected, sizeof count), 0);
    td_metric auc;
    cr_assert_eq(td_multiclass_auc(&auc, &rows, 2, NULL, NULL), TD_OK);
    cr_assert_float_eq(auc.value, 3 / 4.0, 1e-15); /* 0.8 > 0.1, 0.7; 0.4 > 0.1, < 0.7 */
    cr_assert_eq(td_mem_live_bytes(), 0);
}

Test(stats_multiclass, a_class_that_does_not_occur_counts_in_no_mean) {
    static const double of_two[2] = {0, 1}, p[6] = {1, 0, 0, 1, 0, 0};
    td_class_rows rows = {2, 3, p, of_two};
    td_multiclass_metrics m;
    cr_assert_eq(td_multiclass_measure(&m, NULL, &rows, NULL), TD_OK);
    cr_assert(m.mean_recall.value == 1 && m.error.value == 0 && m.log_loss.value == 0);
    td_metric auc;
    cr_assert_eq(td_multiclass_auc(&auc, &rows, 2, NULL, NULL), TD_OK);
    cr_assert(!td_metric_is_defined(auc));
    rows.n = 0;
    cr_assert_eq(td_multiclass_measure(&m, NULL, &rows, NULL), TD_OK);
    cr_assert(!td_metric_is_defined(m.error));
}

Test(stats_multiclass, what_is_no_class_or_no_probability_is_named_by_its_row) {
    double bad_label[4], bad[12];
    memcpy(bad_label, label, sizeof label);
    memcpy(bad, probability, sizeof bad);
    td_class_rows rows = {4, 3, bad, bad_label};
    td_multiclass_metrics m;
    td_error err = {0};
    bad_label[2] = 3;
    cr_assert_eq(td_multiclass_measure(&m, NULL, &rows, &err), TD_ERR_RANGE);
    cr_assert_not_null(strstr(err.text, "row 3: label 3"), "%s", err.text);
    bad_label[2] = 2;
    bad[1] = 0.3;
    cr_assert_eq(td_multiclass_measure(&m, NULL, &rows, &err), TD_ERR_RANGE);
    cr_assert_not_null(strstr(err.text, "row 2: the prob"), "%s", err.text);
    bad[1] = NAN;
    cr_assert_eq(td_multiclass_measure(&m, NULL, &rows, &err), TD_ERR_RANGE);
    cr_assert_eq(td_mem_live_bytes(), 0);
}
