/* tests/unit/test_base_radix.c: stable sort of keyed rows. */
#include <criterion/criterion.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/base/radix.h"
#include "tests/support/shop.h"

static void assert_sorted_and_stable(const td_keyed *rows, uint64_t n) {
    for (uint64_t i = 1; i < n; i++) {
        cr_assert(rows[i - 1].key < rows[i].key ||
                  (rows[i - 1].key == rows[i].key && rows[i - 1].value < rows[i].value));
    }
}

/* Keys keep only the bits of `mask`; value = first position, so stability shows. */
static td_keyed *random_rows(uint64_t n, uint64_t mask, uint64_t seed) {
    td_keyed *rows = td_mem_array(n, sizeof *rows, NULL);
    cr_assert_not_null(rows);
    for (uint64_t i = 0; i < n; i++) rows[i] = (td_keyed){td_test_random(&seed) & mask, i};
    return rows;
}

Test(base_radix, keys_of_any_width_are_sorted_and_ties_keep_their_order) {
    static const uint64_t masks[] = {0, 3, 0xff, 0xffff00, UINT64_MAX, 0xf0f0000000000001};
    static const uint64_t sizes[] = {0, 1, 2, 47, 48, 49, 1000, 70001, 200000};
    for (int m = 0; m < 6; m++) {
        for (int s = 0; s < 9; s++) {
            td_keyed *rows = random_rows(sizes[s], masks[m], sizes[s] + masks[m]);
            td_keyed *scratch = td_mem_array(sizes[s], sizeof *scratch, NULL);
            uint64_t sum = 0;
            for (uint64_t i = 0; i < sizes[s]; i++) sum += rows[i].key * (rows[i].value + 1);
            cr_assert_eq(td_radix_sort(rows, scratch, sizes[s], NULL, NULL), TD_OK);
            assert_sorted_and_stable(rows, sizes[s]);
            for (uint64_t i = 0; i < sizes[s]; i++) sum -= rows[i].key * (rows[i].value + 1);
            cr_assert_eq(sum, 0, "values travelled with their keys");
            td_mem_free(rows);
            td_mem_free(scratch);
        }
    }
    cr_assert_eq(td_mem_live_bytes(), 0);
}

Test(base_radix, threads_do_not_change_the_result) {
    enum { N = 300000 };
    td_keyed *one = random_rows(N, 0x3ffff, 5);
    td_keyed *four = random_rows(N, 0x3ffff, 5);
    td_keyed *scratch = td_mem_array(N, sizeof *scratch, NULL);
    td_exec exec = {.n_threads = 4};
    cr_assert_eq(td_radix_sort(one, scratch, N, NULL, NULL), TD_OK);
    cr_assert_eq(td_radix_sort(four, scratch, N, &exec, NULL), TD_OK);
    cr_assert_eq(memcmp(one, four, N * sizeof *one), 0);
    td_mem_free(one);
    td_mem_free(four);
    td_mem_free(scratch);
}

Test(base_radix, a_failed_allocation_is_reported) {
    td_keyed *rows = random_rows(100, UINT64_MAX, 1);
    td_keyed *scratch = td_mem_array(100, sizeof *scratch, NULL);
    td_mem_fail_after(1);
    cr_assert_eq(td_radix_sort(rows, scratch, 100, NULL, NULL), TD_ERR_NOMEM);
    td_mem_fail_after(0);
    td_mem_free(rows);
    td_mem_free(scratch);
    cr_assert_eq(td_mem_live_bytes(), 0);
}
