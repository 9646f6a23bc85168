/* tests/unit/test_core_table.c: tables of named columns. */
#include <criterion/criterion.h>

#include "core/base/mem.h"
#include "core/table.h"

static td_table make_table(void) {
    td_table t;
    cr_assert_eq(td_table_init(&t, 3, 2, NULL), TD_OK);
    cr_assert_eq(td_table_set_number(&t, 0, "visit", NULL), TD_OK);
    cr_assert_eq(td_table_set_number(&t, 1, "spend_eur", NULL), TD_OK);
    return t;
}

Test(core_table, columns_are_zeroed_named_and_found) {
    td_table t = make_table();
    for (int i = 0; i < 3; i++) cr_assert_eq(t.column[1].number[i], 0);
    uint32_t index = 9;
    cr_assert_eq(td_table_find(&t, "spend_eur", &index, NULL), TD_OK);
    cr_assert_eq(index, 1);
    cr_assert_eq(td_table_set_number(&t, 1, "spend", NULL), TD_OK, "a column can be replaced");
    cr_assert_eq(td_table_find(&t, "spend", &index, NULL), TD_OK);
    td_table_free(&t);
    td_table_free(&t);
    cr_assert_eq(td_mem_live_bytes(), 0);
}

Test(core_table, a_wrong_name_is_answered_with_the_nearest) {
    td_table t = make_table();
    td_error err = {0};
    uint32_t index = 9;
    cr_assert_eq(td_table_find(&t, "vist", &index, &err), TD_ERR_ARG);
    cr_assert_str_eq(err.text, "no column 'vist'; the nearest is 'visit'");
    cr_assert_eq(td_table_find(&t, "spend-eur", &index, &err), TD_ERR_ARG);
    cr_assert_str_eq(err.text, "no column 'spend-eur'; the nearest is 'spend_eur'");
    cr_assert_eq(index, 9);
    cr_assert_eq(td_table_set_number(&t, 2, "x", &err), TD_ERR_ARG);
    td_table_free(&t);
    cr_assert_eq(td_table_init(&t, 0, 0, NULL), TD_OK);
    cr_assert_eq(td_table_find(&t, "x", &index, &err), TD_ERR_ARG);
    cr_assert_str_eq(err.text, "no column 'x': no columns at all");
    td_table_free(&t);
}

Test(core_table, a_failed_allocation_leaves_the_table_as_it_was) {
    td_table t = make_table();
    uint64_t before = td_mem_live_bytes();
    for (uint64_t at = 1; at <= 2; at++) {
        td_mem_fail_after(at);
        cr_assert_eq(td_table_set_number(&t, 0, "other", NULL), TD_ERR_NOMEM);
        td_mem_fail_after(0);
        cr_assert_eq(td_mem_live_bytes(), before);
        cr_assert_str_eq(t.column[0].name, "visit");
    }
    td_table_free(&t);
    td_mem_fail_after(1);
    cr_assert_eq(td_table_init(&t, 5, 5, NULL), TD_ERR_NOMEM);
    td_mem_fail_after(0);
    cr_assert_eq(t.n_columns, 0);
    cr_assert_eq(td_mem_live_bytes(), 0);
}
