/* tests/unit/test_base_mem.c: counted, aligned blocks and injected faults. */
#include <criterion/criterion.h>
#include <string.h>

#include "core/base/mem.h"

static int is_aligned(const void *block) { return ((uintptr_t)block & 63) == 0; }

Test(base_mem, live_bytes_follow_every_block) {
    td_error err = {0};
    uint64_t before = td_mem_live_bytes();
    double *a = td_mem_array(1000, sizeof *a, &err);
    char *b = td_mem_zeroed(77, 1, &err);
    cr_assert(a != NULL && b != NULL && is_aligned(a) && is_aligned(b));
    cr_assert_eq(td_mem_live_bytes() - before, 8077);
    cr_assert_geq(td_mem_peak_bytes(), before + 8077);
    for (int i = 0; i < 77; i++) cr_assert_eq(b[i], 0);
    td_mem_free(a);
    cr_assert_eq(td_mem_live_bytes() - before, 77);
    td_mem_free(b);
    td_mem_free(NULL);
    cr_assert_eq(td_mem_live_bytes(), before);
    cr_assert_geq(td_mem_peak_bytes(), before + 8077);
}

Test(base_mem, empty_block_is_valid) {
    void *block = td_mem_array(0, 8, NULL);
    cr_assert_not_null(block);
    block = td_mem_resize(block, 3, 8, NULL);
    cr_assert_not_null(block);
    td_mem_free(block);
    cr_assert_eq(td_mem_live_bytes(), 0);
}

Test(base_mem, resize_keeps_contents_both_ways) {
    uint32_t *block = td_mem_resize(NULL, 4, sizeof *block, NULL);
    for (uint32_t i = 0; i < 4; i++) block[i] = 10 + i;
    block = td_mem_resize(block, 5000, sizeof *block, NULL);
    for (uint32_t i = 0; i < 4; i++) cr_assert_eq(block[i], 10 + i);
    cr_assert(is_aligned(block));
    cr_assert_eq(td_mem_live_bytes(), 20000);
    block = td_mem_resize(block, 2, sizeof *block, NULL);
    cr_assert(block[0] == 10 && block[1] == 11);
    cr_assert_eq(td_mem_live_bytes(), 8);
    td_mem_free(block);
}

Test(base_mem, text_is_copied) {
    char source[] = "visitor";
    char *copy = td_mem_text(source, NULL);
    source[0] = 'V';
    cr_assert_str_eq(copy, "visitor");
    td_mem_free(copy);
    cr_assert_eq(td_mem_live_bytes(), 0);
}

Test(base_mem, impossible_sizes_are_refused_with_their_numbers) {
    td_error err = {0};
    cr_assert_null(td_mem_array(UINT64_MAX, 16, &err));
    cr_assert_eq(err.code, TD_ERR_NOMEM);
    cr_assert_not_null(strstr(err.text, "18446744073709551615 elements of 16 bytes"));
    cr_assert_null(td_mem_zeroed((uint64_t)1 << 60, 8, &err));
    cr_assert_eq(td_mem_live_bytes(), 0);
}

Test(base_mem, nth_allocation_and_all_later_ones_fail_on_demand) {
    td_error err = {0};
    td_mem_fail_after(3);
    void *a = td_mem_array(8, 1, &err), *b = td_mem_array(8, 1, &err);
    cr_assert(a != NULL && b != NULL);
    cr_assert_null(td_mem_array(8, 1, &err));
    cr_assert_eq(err.code, TD_ERR_NOMEM);
    cr_assert_null(td_mem_zeroed(8, 1, NULL));
    cr_assert_null(td_mem_text("t", NULL));
    td_mem_fail_after(0);
    void *c = td_mem_array(8, 1, &err);
    cr_assert_not_null(c);
    td_mem_free(a);
    td_mem_free(b);
    td_mem_free(c);
    cr_assert_eq(td_mem_live_bytes(), 0);
}

Test(base_mem, failed_resize_leaves_the_old_block) {
    char *block = td_mem_text("kept", NULL);
    td_mem_fail_after(1);
    cr_assert_null(td_mem_resize(block, 1000, 1, NULL));
    td_mem_fail_after(0);
    cr_assert_null(td_mem_resize(block, UINT64_MAX, 2, NULL));
    cr_assert_str_eq(block, "kept");
    td_mem_free(block);
    cr_assert_eq(td_mem_live_bytes(), 0);
}

static td_status make_two(double **first, int **second, td_error *err) {
    TD_NEW(*first, 10, err);
    TD_NEW_ZEROED(*second, 10, err);
    return TD_OK;
}

Test(base_mem, allocation_macros_return_nomem) {
    double *first = NULL;
    int *second = NULL;
    td_error err = {0};
    td_mem_fail_after(2);
    cr_assert_eq(make_two(&first, &second, &err), TD_ERR_NOMEM);
    cr_assert(first != NULL && second == NULL);
    td_mem_fail_after(0);
    td_mem_free(first);
    cr_assert_eq(make_two(&first, &second, &err), TD_OK);
    for (int i = 0; i < 10; i++) cr_assert_eq(second[i], 0);
    td_mem_free(first);
    td_mem_free(second);
}
