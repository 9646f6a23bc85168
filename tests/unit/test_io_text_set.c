/* tests/unit/test_io_text_set.c: codes in order of first appearance, through many growths. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "core/base/mem.h"
#include "io/text_set.h"

Test(io_text_set, codes_follow_first_appearance_and_stay) {
    td_text_set set = {0};
    uint32_t code = 9;
    for (int pass = 0; pass < 2; pass++) {
        for (uint32_t i = 0; i < 5000; i++) {
            char text[32];
            uint64_t n = (uint64_t)sprintf(text, "%*u", (int)(i % 20), i * 7919);
            cr_assert_eq(td_text_set_add(&set, text, n, &code, NULL), TD_OK);
            cr_assert_eq(code, i);
        }
    }
    cr_assert_eq(set.n, 5000);
    td_text_set_free(&set);
    cr_assert_eq(td_mem_live_bytes(), 0);
}

Test(io_text_set, empty_texts_and_zero_bytes_are_texts) {
    td_text_set set = {0};
    uint32_t code = 9;
    cr_assert_eq(td_text_set_add(&set, "", 0, &code, NULL), TD_OK);
    cr_assert_eq(code, 0);
    cr_assert_eq(td_text_set_add(&set, "\0", 1, &code, NULL), TD_OK);
    cr_assert_eq(code, 1);
    cr_assert_eq(td_text_set_add(&set, "\0\0", 2, &code, NULL), TD_OK);
    cr_assert_eq(code, 2);
    cr_assert_eq(td_text_set_add(&set, NULL, 0, &code, NULL), TD_OK);
    cr_assert_eq(code, 0);
    td_text_set_free(&set);
}

Test(io_text_set, a_failed_allocation_leaves_a_set_that_can_be_freed) {
    for (uint64_t at = 1; at <= 8; at++) {
        td_text_set set = {0};
        td_mem_fail_after(at);
        td_status status = TD_OK;
        for (uint32_t i = 0; i < 2000 && status == TD_OK; i++) {
            uint32_t code;
            status = td_text_set_add(&set, (const char *)&i, sizeof i, &code, NULL);
        }
        td_mem_fail_after(0);
        cr_assert_eq(status, TD_ERR_NOMEM);
        td_text_set_free(&set);
        cr_assert_eq(td_mem_live_bytes(), 0);
    }
}
