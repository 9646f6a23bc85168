/* tests/unit/test_core_cv.c: splits by time: skfolio's published example, rolling origins, labels
 * that stay open, visitors, and what cannot be. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/cv.h"

enum { N = 12 };

static const int64_t hours[N] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};

/* One letter a row: T test, x train, p purged, e embargoed, g group, . unused. */
static void expect_split(const td_cv_plan *plan, uint32_t split, const char *want) {
    uint8_t role[N];
    uint64_t count[TD_CV_N_ROLES];
    char got[N + 1] = "";
    cr_assert_eq(td_cv_split_make(role, count, plan, split, NULL), TD_OK);
    for (int i = 0; i < N; i++) got[i] = ".xTpeg"[role[i]];
    cr_assert_str_eq(got, want);
    uint64_t sum = 0;
    for (int r = 0; r < TD_CV_N_ROLES; r++) sum += count[r];
    cr_assert_eq(sum, N);
}

static td_cv_plan plan_of(td_cv_rows rows, td_cv_rule rule) {
    td_cv_plan plan = {0};
    cr_assert_eq(td_cv_plan_build(&plan, &rows, &rule, NULL), TD_OK);
    return plan;
}

/* skfolio, tests of CombinatorialPurgedCV: 12 rows, 3 folds, 2 of them tested. purged_size = 1
 * trains on {9-11}, {5, 6}, {0-2}; embargo_size = 1 on {9-11}, {5-7}, {0-3}. */
Test(core_cv, skfolio_purged_size_one) {
    int64_t end[N];
    for (int i = 0; i < N; i++) end[i] = hours[i] + 1;
    td_cv_plan plan = plan_of((td_cv_rows){.n = N, .time = hours, .end = end},
                              (td_cv_rule){.scheme = TD_CV_PURGED, .n_folds = 3, .n_test = 2});
    cr_assert_eq(plan.n_splits, 3);
    expect_split(&plan, 0, "TTTTTTTTpxxx");
    expect_split(&plan, 1, "TTTTpxxpTTTT");
    expect_split(&plan, 2, "xxxpTTTTTTTT");
    td_cv_plan_free(&plan);
    cr_assert_eq(td_mem_live_bytes(), 0);
}

Test(core_cv, skfolio_embargo_size_one) {
    td_cv_plan plan =
        plan_of((td_cv_rows){.n = N, .time = hours},
                (td_cv_rule){.scheme = TD_CV_PURGED, .n_folds = 3, .n_test = 2, .embargo = 1});
    expect_split(&plan, 0, "TTTTTTTTexxx");
    expect_split(&plan, 1, "TTTTexxxTTTT");
    expect_split(&plan, 2, "xxxxTTTTTTTT");
    td_cv_plan_free(&plan);
}

Test(core_cv, rolling_origin_never_sees_later_rows) {
    int64_t end[N];
    for (int i = 0; i < N; i++)
        end[i] = hours[i] + (i == 1 ? 9 : 1); /* one label stays open long */
    td_cv_plan plan = plan_of((td_cv_rows){.n = N, .time = hours, .end = end},
                              (td_cv_rule){.scheme = TD_CV_ROLLING, .n_folds = 4});
    cr_assert_eq(plan.n_splits, 3);
    expect_split(&plan, 0, "xppTTT......");
    expect_split(&plan, 1, "xpxxxpTTT...");
    expect_split(&plan, 2, "xpxxxxxxpTTT");
    td_cv_plan_free(&plan);
}

Test(core_cv, visitors_of_the_test_leave_the_train_rows) {
    const uint32_t group[N] = {0, 1, 2, 3, 0, 4, 5, 6, 7, 8, 9, 1};
    td_cv_plan plan =
        plan_of((td_cv_rows){.n = N, .time = hours, .group = group, .n_groups = 10},
                (td_cv_rule){.scheme = TD_CV_PURGED, .n_folds = 3, .n_test = 1, .purge_groups = 1});
    expect_split(&plan, 0, "TTTTgxxxxxxg");
    expect_split(&plan, 1, "gxxxTTTTxxxx");
    td_cv_plan_free(&plan);
}

Test(core_cv, equal_times_are_never_parted) {
    const int64_t time[N] = {5, 1, 5, 1, 5, 1, 5, 1, 2, 2, 5, 5}; /* in no order */
    td_cv_plan plan = plan_of((td_cv_rows){.n = N, .time = time},
                              (td_cv_rule){.scheme = TD_CV_PURGED, .n_folds = 2, .n_test = 1});
    expect_split(&plan, 0, "xTxTxTxTTTxx"); /* the median is 5 and goes right */
    td_cv_plan_free(&plan);
    td_cv_rows rows = {.n = N, .time = time};
    td_cv_rule rule = {.scheme = TD_CV_ROLLING, .n_folds = 6};
    td_error err = {0};
    cr_assert_eq(td_cv_plan_build(&plan, &rows, &rule, &err), TD_ERR_SHAPE);
    cr_assert(strstr(err.text, "too many rows share one time") != NULL);
    cr_assert_eq(td_mem_live_bytes(), 0);
}

Test(core_cv, what_cannot_be_is_named) {
    td_cv_rows rows = {.n = N, .time = hours};
    td_cv_plan plan = {0};
    const td_cv_rule bad[] = {{.n_folds = 1},
                              {.n_folds = 33},
                              {.scheme = TD_CV_PURGED, .n_folds = 3, .n_test = 3},
                              {.scheme = TD_CV_PURGED, .n_folds = 20, .n_test = 10},
                              {.n_folds = 3, .embargo = -1}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        cr_assert_eq(td_cv_plan_build(&plan, &rows, &bad[i], NULL), TD_ERR_RANGE);
    int64_t end[N] = {0, 1, 1};
    rows.end = end;
    td_error err = {0};
    td_cv_rule rule = {.n_folds = 3};
    cr_assert_eq(td_cv_plan_build(&plan, &rows, &rule, &err), TD_ERR_RANGE);
    cr_assert(strstr(err.text, "row 3") != NULL);
    rows.end = NULL;
    for (uint64_t k = 1; k <= 2; k++) {
        td_mem_fail_after(k);
        cr_assert_eq(td_cv_plan_build(&plan, &rows, &rule, NULL), TD_ERR_NOMEM);
        td_mem_fail_after(0);
        cr_assert_eq(td_mem_live_bytes(), 0);
    }
}
