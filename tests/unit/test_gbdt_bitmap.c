/* tests/unit/test_gbdt_bitmap.c: rows kept as bits are divided like rows in a list. */
#include <criterion/criterion.h>
#include <string.h>

#include "core/base/cpu.h"
#include "core/base/rng.h"
#include "gbdt/bitmap.h"

enum { ROWS = 100000, WORDS = ROWS / 64 + 1, SPARE = 0x5a5a5a5a };

static uint8_t code[64 * WORDS];
static uint64_t branch[WORDS], left[WORDS], right[WORDS];
static uint32_t row[ROWS], list[2][ROWS + 1], plain[2][ROWS];

/* One row in `share` of n_rows, random codes, a random set of codes goes left; returns how many
 * rows there are. */
static uint64_t make_case(td_bin_set *set, uint64_t n_rows, uint64_t share, uint64_t seed) {
    td_rng rng = td_rng_stream(seed, "bitmap", n_rows, share);
    uint64_t n = 0;
    memset(code, 0, sizeof code);
    for (uint64_t i = 0; i < n_rows; i++) {
        code[i] = (uint8_t)td_rng_next(&rng);
        if (td_rng_below(&rng, share) == 0) row[n++] = (uint32_t)i;
    }
    for (int w = 0; w < TD_SET_WORDS; w++) set->word[w] = (uint32_t)td_rng_next(&rng);
    td_bitmap_set(branch, n_rows, row, n);
    return n;
}

/* The definition: rows of the branch by side, in order. */
static void divide_plainly(uint64_t n_side[2], const td_bin_set *set, uint64_t n) {
    n_side[0] = n_side[1] = 0;
    for (uint64_t i = 0; i < n; i++) {
        int side = !td_bin_set_has(set, code[row[i]]);
        plain[side][n_side[side]++] = row[i];
    }
}

static td_bitmap_division division_of(const td_bin_set *set, uint64_t n_rows, uint64_t n_side[2]) {
    return (td_bitmap_division){.n_rows = n_rows,
                                .code = code,
                                .left = set,
                                .branch = branch,
                                .to_left = left,
                                .to_right = right,
                                .n_left = n_side[0],
                                .n_right = n_side[1],
                                .list_left = list[0],
                                .list_right = list[1]};
}

static void expect_rows(const uint64_t *bits, uint64_t n_rows, int side, uint64_t n) {
    static uint64_t wanted[WORDS];
    td_bitmap_set(wanted, n_rows, plain[side], n);
    cr_assert_eq(memcmp(bits, wanted, td_bitmap_words(n_rows) * sizeof *bits), 0, "%lu rows",
                 n_rows);
    cr_assert_eq(memcmp(list[side], plain[side], n * sizeof *row), 0, "%lu rows", n_rows);
}

Test(gbdt_bitmap, sides_hold_the_rows_as_bits_and_lists_for_any_thread_count) {
    static const uint64_t sizes[] = {1, 2, 63, 64, 65, 127, 128, 4000, 32768, ROWS};
    for (size_t k = 0; k < sizeof sizes / sizeof sizes[0]; k++) {
        for (uint64_t share = 1; share <= 27; share *= 3) {
            for (int threads = 0; threads <= 4; threads++) {
                td_bin_set set;
                uint64_t n_side[2], n = make_case(&set, sizes[k], share, k);
                divide_plainly(n_side, &set, n);
                td_bitmap_division how = division_of(&set, sizes[k], n_side);
                if (share == 1) how.branch = NULL; /* all rows */
                td_exec exec = {.n_threads = threads};
                list[0][n_side[0]] = list[1][n_side[1]] = SPARE;
                cr_assert_eq(td_bitmap_divide(&how, threads > 0 ? &exec : NULL, NULL), TD_OK);
                expect_rows(left, sizes[k], 0, n_side[0]);
                expect_rows(right, sizes[k], 1, n_side[1]);
                cr_assert(list[0][n_side[0]] == SPARE && list[1][n_side[1]] == SPARE);
            }
        }
    }
}

Test(gbdt_bitmap, a_side_may_take_the_place_of_the_branch_and_lists_may_be_missing) {
    td_bin_set set;
    uint64_t n_side[2], n = make_case(&set, 5000, 2, 9);
    divide_plainly(n_side, &set, n);
    for (int side = 0; side < 2; side++) {
        td_bitmap_set(branch, 5000, row, n);
        td_bitmap_division how = division_of(&set, 5000, n_side);
        how.list_left = how.list_right = NULL;
        *(side ? &how.to_right : &how.to_left) = branch;
        cr_assert_eq(td_bitmap_divide(&how, NULL, NULL), TD_OK);
        for (int s = 0; s < 2; s++) {
            uint64_t n_listed = td_bitmap_list(list[s], n_side[s], s ? how.to_right : how.to_left,
                                               0, td_bitmap_words(5000));
            cr_assert_eq(n_listed, n_side[s]);
            expect_rows(s ? how.to_right : how.to_left, 5000, s, n_side[s]);
        }
    }
}

Test(gbdt_bitmap, a_wrong_count_is_noticed_before_lists_are_written) {
    td_bin_set set;
    uint64_t n_side[2], n = make_case(&set, 9000, 3, 1);
    divide_plainly(n_side, &set, n);
    for (int side = 0; side < 2; side++) {
        for (int wrong = -1; wrong <= 1; wrong += 2) {
            td_error error = {0};
            td_bitmap_division how = division_of(&set, 9000, n_side);
            uint64_t *count = side ? &how.n_right : &how.n_left;
            *count = (uint64_t)((int64_t)*count + wrong);
            list[0][0] = list[1][0] = SPARE;
            cr_assert_eq(td_bitmap_divide(&how, NULL, &error), TD_ERR_INTERNAL);
            cr_assert_not_null(strstr(error.text, "its histogram says"));
            cr_assert(list[0][0] == SPARE && list[1][0] == SPARE);
        }
    }
}

Test(gbdt_bitmap, fill_touches_the_rows_of_its_words_only) {
    td_bin_set set;
    uint64_t n = make_case(&set, 1000, 2, 3);
    uint32_t to[1000] = {0};
    td_bitmap_fill(to, 7, branch, 1, 15);
    for (uint64_t i = 0, k = 0; i < 1000; i++) {
        int is_in = k < n && row[k] == i;
        k += is_in ? 1 : 0;
        cr_assert_eq(to[i], is_in && i >= 64 && i < 960 ? 7 : 0, "row %lu", i);
    }
}

#if defined(__x86_64__)
Test(gbdt_bitmap, sixty_four_rows_at_a_time_give_the_scalar_result) {
    if (td_cpu_simd() != TD_SIMD_AVX512) cr_skip("SKIPPED: no AVX-512 here");
    for (uint64_t n_rows = 1; n_rows < 700; n_rows += 3) {
        td_bin_set set;
        uint64_t n_side[2], n = make_case(&set, n_rows, 1 + n_rows % 5, n_rows);
        divide_plainly(n_side, &set, n);
        td_bitmap_division how = division_of(&set, n_rows, n_side);
        uint64_t n_words = td_bitmap_words(n_rows), slow[2][11], fill_of[2][350];
        how.to_left = slow[0];
        how.to_right = slow[1];
        td_bitmap_tally scalar = td_bitmap_part_scalar(&how, 0, n_words);
        cr_assert(scalar.left == n_side[0] && scalar.right == n_side[1]);
        how.to_left = left;
        how.to_right = right;
        td_bitmap_tally wide = td_bitmap_part_avx512(&how, 0, n_words);
        cr_assert(wide.left == n_side[0] && wide.right == n_side[1]);
        cr_assert(memcmp(left, slow[0], n_words * 8) == 0 &&
                  memcmp(right, slow[1], n_words * 8) == 0);
        for (uint64_t room = n_side[0] < 70 ? 0 : n_side[0] - 70; room <= n_side[0]; room++) {
            list[0][room] = list[1][room] = SPARE;
            cr_assert_eq(td_bitmap_list_scalar(list[0], room, left, 0, n_words), n_side[0]);
            cr_assert_eq(td_bitmap_list_avx512(list[1], room, left, 0, n_words), n_side[0]);
            cr_assert_eq(memcmp(list[0], list[1], (room + 1) * sizeof *row), 0);
        }
        memset(fill_of, 0, sizeof fill_of);
        td_bitmap_fill_scalar((uint32_t *)fill_of[0], 9, left, 0, n_words);
        td_bitmap_fill_avx512((uint32_t *)fill_of[1], 9, left, 0, n_words);
        cr_assert_eq(memcmp(fill_of[0], fill_of[1], sizeof fill_of[0]), 0);
    }
}
#endif
