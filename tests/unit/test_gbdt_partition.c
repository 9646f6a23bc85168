/* tests/unit/test_gbdt_partition.c: rows are divided in order, by any form and thread count. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/cpu.h"
#include "core/base/rng.h"
#include "gbdt/partition.h"

enum { ROWS = 300000 };

static uint8_t code[ROWS + 64];
static uint32_t row[ROWS], plain[ROWS], scratch[2 * ROWS + 64];

/* Every third row or so, ascending; random codes; a random set of codes goes left. */
static uint64_t make_case(td_bin_set *left, uint64_t wanted, uint64_t seed) {
    td_rng rng = td_rng_stream(seed, "partition", 0, 0);
    uint64_t n = 0;
    for (uint64_t i = 0; i < ROWS; i++) code[i] = (uint8_t)td_rng_next(&rng);
    for (uint64_t i = 0; i < ROWS && n < wanted; i++) {
        if (td_rng_below(&rng, 3) > 0 || wanted == ROWS) row[n++] = (uint32_t)i;
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

Test(gbdt_partition, children_hold_the_rows_in_order_for_any_thread_count) {
    static const uint64_t sizes[] = {0, 1, 2, 15, 16, 17, 1000, 32768, 32769, 150001, ROWS};
    for (size_t k = 0; k < sizeof sizes / sizeof sizes[0]; k++) {
        for (int threads = 1; threads <= 4; threads++) {
            td_bin_set left;
            uint64_t n = make_case(&left, sizes[k], k), n_left;
            uint64_t expected = divide_plainly(&left, n);
            td_division how = {code, 1, &left, scratch};
            td_exec exec = {.n_threads = threads};
            cr_assert_eq(td_rows_divide(row, n, &how, &n_left, &exec, NULL), TD_OK);
            cr_assert_eq(n_left, expected);
            cr_assert_eq(memcmp(row, plain, n * sizeof *row), 0, "%lu rows", n);
        }
    }
}

#if defined(__x86_64__)
Test(gbdt_partition, sixteen_rows_at_a_time_give_the_scalar_result) {
    if (td_cpu_simd() != TD_SIMD_AVX512) cr_skip("SKIPPED: no AVX-512 here");
    for (uint64_t wanted = 0; wanted < 70; wanted++) {
        td_bin_set left;
        uint64_t n = make_case(&left, wanted, wanted);
        td_division how = {code, 1, &left, NULL};
        uint32_t a[70], b[70], c[71], d[71];
        c[n] = d[n] = 0xdeadbeef; /* nothing is written past the n-th word */
        uint64_t n_slow = td_divide_scalar(a, b, row, n, &how);
        uint64_t n_fast = td_divide_avx512(c, d, row, n, &how);
        cr_assert_eq(n_slow, n_fast);
        cr_assert_eq(memcmp(a, c, n_slow * sizeof *a), 0);
        cr_assert_eq(memcmp(b, d, (n - n_slow) * sizeof *b), 0);
        cr_assert(c[n] == 0xdeadbeef && d[n] == 0xdeadbeef);
    }
}
#endif
