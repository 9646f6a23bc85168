/* tests/unit/test_base_dict_id.c: ids <-> ranks, on the dense and the sparse road. */
#include <criterion/criterion.h>
#include <string.h>

#include "core/base/dict.h"
#include "core/base/mem.h"
#include "tests/support/shop.h"

Test(base_dict_id, codes_are_ranks_of_distinct_ids) {
    const int64_t ids[] = {7, 3, 4, 3, 9};
    uint32_t codes[5];
    td_iddict dict;
    cr_assert_eq(td_iddict_build(&dict, codes, ids, 5, NULL, NULL), TD_OK);
    const int64_t distinct[] = {3, 4, 7, 9};
    const uint32_t ranks[] = {2, 0, 1, 0, 3};
    cr_assert_eq(dict.n, 4);
    cr_assert_arr_eq(dict.id, distinct, sizeof distinct);
    cr_assert_arr_eq(codes, ranks, sizeof ranks);
    cr_assert_eq(td_iddict_find(&dict, 7), 2);
    cr_assert_eq(td_iddict_find(&dict, 5), TD_CODE_NONE);
    cr_assert_eq(td_iddict_find(&dict, 10), TD_CODE_NONE);
    td_iddict_free(&dict);
    cr_assert_eq(td_mem_live_bytes(), 0);
}

Test(base_dict_id, the_whole_range_of_64_bits_is_ordered_by_sign) {
    const int64_t ids[] = {0, INT64_MAX, INT64_MIN, -1, INT64_MAX};
    uint32_t codes[5];
    td_iddict dict;
    cr_assert_eq(td_iddict_build(&dict, codes, ids, 5, NULL, NULL), TD_OK);
    const int64_t distinct[] = {INT64_MIN, -1, 0, INT64_MAX};
    const uint32_t ranks[] = {2, 3, 0, 1, 3};
    cr_assert_eq(dict.n, 4);
    cr_assert_arr_eq(dict.id, distinct, sizeof distinct);
    cr_assert_arr_eq(codes, ranks, sizeof ranks);
    td_iddict_free(&dict);
}

Test(base_dict_id, no_ids_give_an_empty_dictionary) {
    td_iddict dict;
    cr_assert_eq(td_iddict_build(&dict, NULL, NULL, 0, NULL, NULL), TD_OK);
    cr_assert_eq(dict.n, 0);
    cr_assert_eq(td_iddict_find(&dict, 0), TD_CODE_NONE);
    td_iddict_free(&dict);
    cr_assert_eq(td_mem_live_bytes(), 0);
}

/* Ids below `bound` from an offset; bound decides between the dense and the sparse road. */
static int64_t *random_ids(uint64_t n, uint64_t bound, uint64_t seed) {
    int64_t *ids = td_mem_array(n, sizeof *ids, NULL);
    cr_assert_not_null(ids);
    for (uint64_t i = 0; i < n; i++) ids[i] = (int64_t)(td_test_random(&seed) % bound) + 12345;
    return ids;
}

static void assert_ranks(const td_iddict *dict, const uint32_t *codes, const int64_t *ids,
                         uint64_t n) {
    for (uint32_t c = 1; c < dict->n; c++) cr_assert(dict->id[c - 1] < dict->id[c]);
    uint8_t *is_used = td_mem_zeroed(dict->n, 1, NULL);
    for (uint64_t i = 0; i < n; i++) {
        cr_assert_eq(dict->id[codes[i]], ids[i]);
        is_used[codes[i]] = 1;
    }
    cr_assert_null(memchr(is_used, 0, dict->n), "every code stands for a row");
    td_mem_free(is_used);
}

Test(base_dict_id, dense_and_sparse_ids_give_ranks_for_any_number_of_threads) {
    enum { N = 150000 };
    static const uint64_t bounds[] = {1, 64, 50000, 64 * 150000, 65 * 150000, INT64_MAX / 2};
    for (int k = 0; k < 6; k++) {
        int64_t *ids = random_ids(N, bounds[k], (uint64_t)k);
        uint32_t *codes = td_mem_array(N, sizeof *codes, NULL);
        uint32_t *again = td_mem_array(N, sizeof *again, NULL);
        td_iddict one, four;
        td_exec exec = {.n_threads = 4};
        cr_assert_eq(td_iddict_build(&one, codes, ids, N, NULL, NULL), TD_OK);
        cr_assert_eq(td_iddict_build(&four, again, ids, N, &exec, NULL), TD_OK);
        assert_ranks(&one, codes, ids, N);
        cr_assert_eq(one.n, four.n);
        cr_assert_arr_eq(codes, again, N * sizeof *codes);
        cr_assert_arr_eq(one.id, four.id, one.n * sizeof *one.id);
        td_iddict_free(&one);
        td_iddict_free(&four);
        td_mem_free(ids);
        td_mem_free(codes);
        td_mem_free(again);
    }
    cr_assert_eq(td_mem_live_bytes(), 0);
}

Test(base_dict_id, every_failed_allocation_leaves_nothing_behind) {
    const int64_t dense[] = {5, 6, 7, 5};
    const int64_t sparse[] = {5, INT64_MAX, 7, 5};
    for (int road = 0; road < 2; road++) {
        uint64_t n_failed = 0;
        td_status status = TD_ERR_NOMEM;
        for (uint64_t at = 1; status != TD_OK; at++) {
            uint32_t codes[4];
            td_iddict dict;
            td_mem_fail_after(at);
            status = td_iddict_build(&dict, codes, road ? sparse : dense, 4, NULL, NULL);
            td_mem_fail_after(0);
            if (status == TD_OK) td_iddict_free(&dict);
            n_failed += status != TD_OK;
            cr_assert_eq(td_mem_live_bytes(), 0);
        }
        cr_assert(n_failed >= 4);
    }
}
