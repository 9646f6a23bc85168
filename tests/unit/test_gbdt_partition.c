/* tests/unit/test_gbdt_partition.c: rows are divided in order, by any form and thread count. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/cpu.h"
#include "core/base/rng.h"
#include "gbdt/partition.h"

enum { ROWS = 300000 };

static uint8_t code[ROWS + 64];
static uint32_t row[ROWS], plain[ROWS], other[ROWS];
static uint16_t mark[ROWS / 16 + 1];

/* Every third row or so, ascending; random codes; a random set of codes goes left. */
static uint64_t make_case(td_bin_set *left, uint64_t wanted, uint64_t seed) {
    td_rng rng = td_rng_stream(seed, "partition", 0, 0);
    uint64_t n = 0;
    for (uint64_t i = 0; i < ROWS; i++) code[i] = (uint8_t)td_rng_next(&rng);
    for (uint64_t i = 0; i < ROWS && n < wanted; i++) {
        if (td_rng_below(&rng, 3) > 0) row[n++] = (uint32_t)i;
    }
    for (int w = 0; w < TD_SET_WORDS; w++) left->word[w] = (uint32_t)td_rng_next(&rng);
    return n;
}

/* The definition: lefts in order, then rights in order. */
static uint64_t divide_plainly(const td_bin_set *left, uint64_t n) {
    uint64_t n_left = 0, at = 0;
    for (uint64_t i = 0; i < n; i++) {
        if (td_bin_set_has(left, code[row[i]])) plain[n_left++] = row[i];
    }
    at = n_left;
    for (uint64_t i = 0; i < n; i++) {
        if (!td_bin_set_has(left, code[row[i]])) plain[at++] = row[i];
    }
    return n_left;
}

/* Alone: lefts over the rows themselves. Together: both to the other array. */
static void divide_and_compare(uint64_t n, const td_bin_set *left, int threads) {
    uint64_t n_left = divide_plainly(left, n);
    td_division how = {.row = row, .n = n, .n_left = n_left, .code = code};
    how.left = left;
    how.to_left = threads == 0 ? row : other;
    how.to_right = other + n_left;
    how.mark = threads == 0 ? NULL : mark;
    td_exec exec = {.n_threads = threads > 0 ? threads : 1};
    cr_assert_eq(td_rows_divide(&how, &exec, NULL), TD_OK);
    cr_assert_eq(memcmp(how.to_left, plain, n_left * sizeof *row), 0, "%lu rows", n);
    cr_assert_eq(memcmp(how.to_right, plain + n_left, (n - n_left) * sizeof *row), 0);
}

Test(gbdt_partition, children_hold_the_rows_in_order_for_any_thread_count) {
    static const uint64_t sizes[] = {0, 1, 2, 15, 16, 17, 1000, 4097, 32768, 32769, 150001, ROWS};
    for (size_t k = 0; k < sizeof sizes / sizeof sizes[0]; k++) {
        for (int threads = 0; threads <= 4; threads++) {
            td_bin_set left;
            uint64_t n = make_case(&left, sizes[k], k);
            divide_and_compare(n, &left, threads);
        }
    }
}

Test(gbdt_partition, a_wrong_count_is_noticed_before_anything_is_written_beyond_it) {
    td_bin_set left;
    uint64_t n = make_case(&left, 9000, 1), n_left = divide_plainly(&left, n);
    for (int threads = 0; threads <= 2; threads++) {
        for (int wrong = -1; wrong <= 1; wrong += 2) {
            td_error error = {0};
            td_exec exec = {.n_threads = threads > 0 ? threads : 1};
            td_division how = {.row = row, .n = n, .code = code, .left = &left};
            how.n_left = (uint64_t)((int64_t)n_left + wrong);
            how.to_left = other;
            how.to_right = other + how.n_left;
            how.mark = threads == 0 ? NULL : mark;
            other[n] = 0xdeadbeef;
            cr_assert_eq(td_rows_divide(&how, &exec, &error), TD_ERR_INTERNAL);
            cr_assert(strstr(error.text, "rows left") != NULL && other[n] == 0xdeadbeef);
        }
    }
}

#if defined(__x86_64__)
Test(gbdt_partition, sixteen_rows_at_a_time_give_the_scalar_result) {
    if (td_cpu_simd() != TD_SIMD_AVX512) cr_skip("SKIPPED: no AVX-512 here");
    for (uint64_t wanted = 0; wanted < 140; wanted++) {
        td_bin_set left;
        uint64_t n = make_case(&left, wanted / 2, wanted);
        uint32_t slow[80], fast[80];
        uint16_t slow_mark[6], fast_mark[6];
        memset(slow, 0xab, sizeof slow);
        memset(fast, 0xab, sizeof fast);
        td_division how = {.row = row, .n = n, .code = code};
        how.left = &left;
        uint64_t n_left = td_division_mark_scalar(slow_mark, &how, 0, n);
        cr_assert_eq(n_left, td_division_mark_avx512(fast_mark, &how, 0, n));
        cr_assert_eq(memcmp(slow_mark, fast_mark, (n + 15) / 16 * sizeof *slow_mark), 0);
        td_division_part part = {0, n, 1, 1 + n_left, 3, 3 + n - n_left};
        how.to_left = slow;
        how.to_right = slow + n_left;
        td_division_place_scalar(&how, &part, slow_mark);
        how.to_left = fast;
        how.to_right = fast + n_left;
        td_division_place_avx512(&how, &part, fast_mark);
        cr_assert_eq(memcmp(slow, fast, sizeof slow), 0); /* nothing beside the part is written */
    }
}
#endif
