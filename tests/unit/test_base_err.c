/* tests/unit/test_base_err.c: filling, passing on and printing errors. */
#include <criterion/criterion.h>
#include <string.h>

#include "core/base/err.h"

static td_status check_positive(int x, td_error *err) {
    TD_CHECK(x > 0, err, TD_ERR_RANGE, "x is %d, it must be above %d", x, 0);
    return TD_OK;
}

static td_status check_both(int x, int y, td_error *err) {
    TD_TRY(check_positive(x, err));
    TD_TRY(check_positive(y, err));
    return TD_OK;
}

Test(base_err, failure_carries_code_and_text) {
    td_error err = {0};
    cr_assert_eq(check_both(1, -7, &err), TD_ERR_RANGE);
    cr_assert_eq(err.code, TD_ERR_RANGE);
    cr_assert_str_eq(err.text, "x is -7, it must be above 0");
    cr_assert_eq(err.line, 0);
}

Test(base_err, success_leaves_the_error_alone) {
    td_error err = {.line = 99};
    cr_assert_eq(check_both(1, 2, &err), TD_OK);
    cr_assert_eq(err.line, 99);
}

Test(base_err, null_error_is_allowed) {
    cr_assert_eq(check_both(0, 1, NULL), TD_ERR_RANGE);
    cr_assert_eq(td_fail_at(NULL, TD_ERR_FORMAT, "a.csv", 1, 2, "bad"), TD_ERR_FORMAT);
}

Test(base_err, a_new_failure_overwrites_the_old_one_whole) {
    td_error err = {0};
    td_fail_at(&err, TD_ERR_FORMAT, "events.csv", 17, 4, "a long first text");
    td_fail(&err, TD_ERR_IO, "short");
    cr_assert_eq(err.code, TD_ERR_IO);
    cr_assert_eq(err.line, 0);
    cr_assert_eq(err.column, 0);
    cr_assert_str_empty(err.file);
    cr_assert_str_eq(err.text, "short");
}

Test(base_err, place_is_printed_as_far_as_it_is_known) {
    char line[128];
    td_error err;
    td_fail_at(&err, TD_ERR_FORMAT, "events.csv", 17, 4, "not a number: \"%s\"", "x1");
    td_error_format(&err, line, sizeof line);
    cr_assert_str_eq(line, "events.csv:17:4: not a number: \"x1\"");
    td_fail_at(&err, TD_ERR_FORMAT, "events.csv", 17, 0, "short row");
    td_error_format(&err, line, sizeof line);
    cr_assert_str_eq(line, "events.csv:17: short row");
    td_fail_at(&err, TD_ERR_IO, "events.csv", 0, 0, "no such file");
    td_error_format(&err, line, sizeof line);
    cr_assert_str_eq(line, "events.csv: no such file");
    td_fail(&err, TD_ERR_ARG, "no place");
    td_error_format(&err, line, sizeof line);
    cr_assert_str_eq(line, "no place");
}

Test(base_err, long_texts_are_cut_and_terminated) {
    char name[600], line[40];
    memset(name, 'n', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    td_error err;
    td_fail_at(&err, TD_ERR_IO, name, 1, 1, "%s", name);
    cr_assert_eq(strlen(err.file), sizeof err.file - 1);
    cr_assert_eq(strlen(err.text), sizeof err.text - 1);
    td_error_format(&err, line, sizeof line);
    cr_assert_eq(strlen(line), sizeof line - 1);
}

Test(base_err, every_status_has_a_name_of_its_own) {
    for (int a = TD_OK; a <= (int)TD_ERR_INTERNAL; a++) {
        cr_assert_str_not_empty(td_status_name((td_status)a));
        for (int b = TD_OK; b < a; b++) {
            cr_assert_str_neq(td_status_name((td_status)a), td_status_name((td_status)b));
        }
    }
    cr_assert_str_eq(td_status_name(TD_ERR_FORMAT), "format");
    cr_assert_str_eq(td_status_name(TD_ERR_INTERNAL), "internal");
    cr_assert_str_eq(td_status_name((td_status)77), "unknown");
}
