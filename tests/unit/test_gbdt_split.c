/* tests/unit/test_gbdt_split.c: gains by hand, ties, limits, categories, and the fast scan. */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "core/base/cpu.h"
#include "core/base/rng.h"
#include "gbdt/split.h"

/* One feature, one slot, histogram given bin by bin. */
typedef struct one_slot {
    td_bins bins;
    td_slot slot;
    td_track track;
    td_blocks blocks;
    uint64_t packed[TD_HIST_STRIDE];
    double upper[256];
} one_slot;

static void open_slot(one_slot *slot, uint32_t n_values, uint32_t n_bins) {
    *slot = (one_slot){.bins = {.n_values = n_values, .n_bins = n_bins, .upper = slot->upper}};
    slot->slot = (td_slot){.factor = 1, .bins = &slot->bins};
    slot->track = (td_track){.n_codes = n_bins, .n_members = 1};
    slot->blocks =
        (td_blocks){.n_slots = 1, .n_tracks = 1, .slot = &slot->slot, .track = &slot->track};
}

static td_split search(const one_slot *slot, const td_split_rule *rule) {
    td_split best = {0};
    td_hist hist = {.packed = (uint64_t *)(uintptr_t)slot->packed};
    td_bounds free_leaf = {-HUGE_VAL, HUGE_VAL};
    td_split_search(&best, &hist, &slot->blocks, 0, rule, &free_leaf);
    return best;
}

static td_split_rule plain_rule(void) {
    return (td_split_rule){.grad_scale = 1,
                           .hess_scale = 1,
                           .min_rows = 1,
                           .cat_smooth = 0,
                           .max_cat_threshold = 32,
                           .max_cat_to_onehot = 4,
                           .min_data_per_group = 1};
}

Test(gbdt_split, gain_matches_hand_computed) {
    one_slot slot;
    open_slot(&slot, 3, 3);
    slot.packed[0] = td_packed(-4, 2, 2);
    slot.packed[1] = td_packed(1, 1, 1);
    slot.packed[2] = td_packed(5, 2, 3);
    td_split_rule rule = plain_rule();
    td_split best = search(&slot, &rule);
    /* bin <= 0: 16/2 + 36/3 - 4/5 = 19.2; bin <= 1: 9/3 + 25/2 - 4/5 = 14.7 */
    cr_assert_float_eq(best.gain, 19.2, 1e-12);
    cr_assert(best.bin == 0 && best.left_rows == 2 && !best.is_category);
    rule.l2 = 1;
    rule.l1 = 1;
    /* T: 3, 5, 1: 9/3 + 25/4 - 1/6 */
    cr_assert_float_eq(search(&slot, &rule).gain, 3 + 6.25 - 1.0 / 6, 1e-12);
    rule.min_rows = 3;
    cr_assert_eq(search(&slot, &rule).bin, 1);
    rule.min_rows = 4;
    cr_assert_eq(search(&slot, &rule).gain, 0);
    rule = plain_rule();
    rule.min_hess = 2.5;
    cr_assert_eq(search(&slot, &rule).gain, 0);
    rule = plain_rule();
    rule.min_gain = 19.3;
    cr_assert_eq(search(&slot, &rule).gain, 0);
}

Test(gbdt_split, an_empty_bin_leaves_the_tie_to_the_lower_one) {
    one_slot slot;
    open_slot(&slot, 4, 4);
    slot.packed[0] = td_packed(-4, 2, 2);
    slot.packed[3] = td_packed(5, 2, 2);
    td_split_rule rule = plain_rule();
    cr_assert_eq(search(&slot, &rule).bin, 0);
}

Test(gbdt_split, missing_rows_go_where_the_gain_is_higher) {
    one_slot slot;
    open_slot(&slot, 2, 3);
    slot.packed[0] = td_packed(-4, 2, 2);
    slot.packed[1] = td_packed(4, 2, 2);
    slot.packed[2] = td_packed(-6, 3, 3);
    td_split_rule rule = plain_rule();
    td_split best = search(&slot, &rule);
    /* {0, missing} | {1}: 100/5 + 16/2 - 36/7 */
    cr_assert_float_eq(best.gain, 28 - 36.0 / 7, 1e-12);
    cr_assert(best.missing_left && best.bin == 0 && best.left_rows == 5);
    cr_assert(td_bin_set_has(&best.left, 2) && !td_bin_set_has(&best.left, 1));
    slot.packed[0] = td_packed(3, 2, 2); /* now missing alone against the rest is best */
    best = search(&slot, &rule);
    cr_assert(!best.missing_left && best.bin == 1 && best.left_rows == 4);
}

Test(gbdt_split, without_missing_rows_they_follow_the_larger_side) {
    one_slot slot;
    open_slot(&slot, 2, 3);
    td_split_rule rule = plain_rule();
    slot.packed[0] = td_packed(-4, 2, 2);
    slot.packed[1] = td_packed(4, 2, 3);
    cr_assert_eq(search(&slot, &rule).missing_left, 0);
    slot.packed[1] = td_packed(4, 2, 2);
    cr_assert_eq(search(&slot, &rule).missing_left, 1);
}

Test(gbdt_split, one_level_stands_against_the_rest_when_there_are_few) {
    one_slot slot;
    open_slot(&slot, 3, 3);
    slot.bins.kind = TD_COLUMN_CATEGORY;
    slot.packed[0] = td_packed(3, 2, 2);
    slot.packed[1] = td_packed(-6, 2, 2);
    slot.packed[2] = td_packed(3, 2, 2);
    td_split_rule rule = plain_rule();
    td_split best = search(&slot, &rule);
    cr_assert_float_eq(best.gain, 36.0 / 2 + 36.0 / 4, 1e-12);
    cr_assert(best.is_category && best.left_rows == 2 && best.extra_l2 == 0);
    cr_assert(td_bin_set_has(&best.left, 1) && !td_bin_set_has(&best.left, 0));
}

Test(gbdt_split, ordered_levels_find_the_best_group) {
    one_slot slot;
    open_slot(&slot, 8, 8);
    slot.bins.kind = TD_COLUMN_CATEGORY;
    for (int b = 0; b < 8; b++) slot.packed[b] = td_packed(b % 2 == 0 ? -10 - b : 10 + b, 10, 10);
    td_split_rule rule = plain_rule();
    rule.cat_l2 = 5;
    td_split best = search(&slot, &rule);
    /* even levels: -52 over 40; odd levels: 56 over 40; all: 4 over 80, without cat_l2 */
    cr_assert_float_eq(best.gain, (52. * 52 + 56. * 56) / 45 - 16. / 80, 1e-9);
    cr_assert_eq(best.extra_l2, 5);
    for (uint32_t b = 0; b < 8; b++) {
        cr_assert_eq(td_bin_set_has(&best.left, b), td_bin_set_has(&best.left, b & 1));
    }
    rule.max_cat_threshold = 2; /* at most two levels on one side */
    best = search(&slot, &rule);
    cr_assert_eq(best.left_rows, 20);
    rule.cat_smooth = 11; /* every level is rare */
    cr_assert_eq(search(&slot, &rule).gain, 0);
}

/* Values without bounds: left 4/2 = 2, right -5/2; bin <= 1: left 3/3 = 1, right -5/2. */
Test(gbdt_split, a_rising_feature_is_kept_within_bounds_by_hand) {
    one_slot slot;
    open_slot(&slot, 3, 3);
    slot.packed[0] = td_packed(-4, 2, 2);
    slot.packed[1] = td_packed(1, 1, 1);
    slot.packed[2] = td_packed(5, 2, 2);
    td_split_rule rule = plain_rule();
    int8_t direction = 1;
    rule.monotone = &direction;
    cr_assert_eq(search(&slot, &rule).gain, 0); /* every split falls */
    direction = -1;
    td_split best = search(&slot, &rule), bounded = {0};
    /* bin <= 0: v = 2 and -6/3 = -2; bin <= 1: v = 1 and -5/2 */
    cr_assert_float_eq(best.gain, 16.0 / 2 + 36.0 / 3 - 4.0 / 5, 1e-12);
    cr_assert(best.bin == 0 && best.direction == -1 && best.middle == 0);
    td_bounds low = {-1, 1}, left = low, right = low;
    td_hist hist = {.packed = slot.packed};
    td_split_search(&bounded, &hist, &slot.blocks, 0, &rule, &low);
    /* bin <= 0: v = 1 and -1: s = 2 * 4 - 2 = 6 and 2 * 6 - 3 = 9 */
    cr_assert_float_eq(bounded.gain, 6 + 9 - 4.0 / 5, 1e-12);
    td_bounds_part(&left, &right, &bounded);
    cr_assert(right.high == 0 && right.low == -1 && left.low == 0 && left.high == 1);
}

Test(gbdt_split, members_of_a_track_are_searched_by_their_marginal_sums) {
    one_slot alone;
    open_slot(&alone, 3, 3);
    td_slot slots[3] = {{.factor = 1}, {.factor = 2}, {.factor = 6}};
    td_bins bins[3] = {
        {.n_values = 2, .n_bins = 2}, {.n_values = 3, .n_bins = 3}, {.n_values = 4, .n_bins = 4}};
    td_track track = {.n_codes = 24, .n_members = 3, .member = {0, 1, 2}};
    td_blocks blocks = {.n_slots = 3, .n_tracks = 1, .slot = slots, .track = &track};
    uint64_t packed[TD_HIST_STRIDE] = {0};
    int64_t sums[TD_SUMS_STRIDE] = {0};
    for (int k = 0; k < 3; k++) slots[k].bins = &bins[k];
    for (uint32_t code = 0; code < 24; code++) {
        packed[code] = td_packed((int64_t)(code * 7 % 11) - 5, code % 4 + 1, 2);
        alone.packed[code / 2 % 3] += packed[code];
    }
    td_hist_unpack(sums, packed, 24, 1);
    td_split_rule rule = plain_rule();
    td_split expected = search(&alone, &rule), found = {0}, again = {0};
    td_hist joint = {.packed = packed}, planes = {.sums = sums};
    td_split_search(&found, &joint, &blocks, 1, &rule, NULL);
    td_split_search(&again, &planes, &blocks, 1, &rule, NULL);
    cr_assert(found.gain == expected.gain && found.bin == expected.bin && found.gain > 0);
    cr_assert(again.gain == expected.gain && again.left_rows == expected.left_rows);
    td_bin_set left = td_blocks_joint_set(&blocks, 1, &found.left);
    for (uint32_t code = 0; code < 24; code++) {
        cr_assert_eq(td_bin_set_has(&left, code), code / 2 % 3 <= found.bin);
    }
}

/* A slot is open while some split keeps the limits, even if its gain is of no use. */
Test(gbdt_split, slots_without_a_lawful_split_are_closed) {
    one_slot slot;
    open_slot(&slot, 3, 4);
    slot.packed[0] = td_packed(4, 8, 8);
    slot.packed[2] = td_packed(1, 2, 2);
    slot.packed[3] = td_packed(2, 4, 4); /* missing */
    td_hist hist = {.packed = slot.packed};
    td_split_rule rule = plain_rule();
    td_split_rule_scale(&rule, 1, 1);
    td_bounds free_leaf = {-HUGE_VAL, HUGE_VAL};
    static const struct {
        double rows, hess;
        int is_open;
    } cases[] = {{6, 0, 1}, {7, 0, 0}, {1, 6, 1}, {1, 6.5, 0}, {1, 0, 1}};
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        td_split best = {.gain = 1e9}; /* nothing here is of use */
        rule.min_rows = cases[k].rows;
        rule.min_hess = cases[k].hess;
        td_split_rule_scale(&rule, 1, 1);
        int is_open = td_split_search(&best, &hist, &slot.blocks, 0, &rule, &free_leaf);
        cr_assert_eq(is_open, cases[k].is_open, "case %zu", k);
    }
    /* without missing rows only bin 0 | bin 2 is left */
    slot.packed[3] = 0;
    rule.min_hess = 0;
    for (int least = 2; least <= 3; least++) {
        td_split best = {0};
        rule.min_rows = least;
        cr_assert_eq(td_split_search(&best, &hist, &slot.blocks, 0, &rule, &free_leaf), least == 2);
    }
}

#if defined(__x86_64__)
static void fill_random(one_slot *slot, td_rng *rng, uint32_t n) {
    open_slot(slot, n, n);
    for (uint32_t b = 0; b < n; b++) {
        int64_t rows = (int64_t)td_rng_below(rng, 5), grad = 0, hess = 0;
        for (int64_t i = 0; i < rows; i++) {
            grad += (int64_t)td_rng_below(rng, 9) - 4;
            hess += (int64_t)td_rng_below(rng, 3);
        }
        slot->packed[b] = td_packed(grad, hess, rows);
    }
}

Test(gbdt_split, marginal_sums_of_vectors_are_those_of_words) {
    if (td_cpu_simd() != TD_SIMD_AVX512) cr_skip("SKIPPED: no AVX-512 here");
    td_rng rng = td_rng_stream(2, "marginal", 0, 0);
    uint64_t joint[256], slow[256], fast[256];
    for (int trial = 0; trial < 3000; trial++) {
        uint32_t inner = 1 + (uint32_t)td_rng_below(&rng, trial % 2 ? 128 : 9);
        uint32_t n_bins = 1 + (uint32_t)td_rng_below(&rng, 256 / inner);
        uint32_t n_codes = n_bins * inner * (1 + (uint32_t)td_rng_below(&rng, 4));
        if (n_codes > 256) n_codes = n_bins * inner;
        for (uint32_t c = 0; c < 256; c++) joint[c] = td_rng_next(&rng);
        memset(slow, 0xab, sizeof slow);
        memset(fast, 0xab, sizeof fast);
        td_marginal_scalar(slow, joint, n_bins, inner, n_codes);
        td_marginal_avx512(fast, joint, n_bins, inner, n_codes);
        cr_assert_eq(memcmp(slow, fast, sizeof slow), 0, "%u bins of %u", n_bins, inner);
    }
}

Test(gbdt_split, crowded_bins_of_vectors_are_those_of_words) {
    if (td_cpu_simd() != TD_SIMD_AVX512) cr_skip("SKIPPED: no AVX-512 here");
    td_rng rng = td_rng_stream(4, "crowded", 0, 0);
    for (int trial = 0; trial < 2000; trial++) {
        one_slot slot;
        uint32_t n = 1 + (uint32_t)td_rng_below(&rng, 256);
        fill_random(&slot, &rng, n);
        uint64_t least = 1 + td_rng_below(&rng, 5);
        td_bin_set slow, fast;
        uint64_t total = td_crowded_scalar(&slow, slot.packed, n, least);
        cr_assert_eq(total, td_crowded_avx512(&fast, slot.packed, n, least));
        cr_assert_eq(memcmp(&slow, &fast, sizeof slow), 0);
    }
}

Test(gbdt_split, ranks_are_those_of_a_stable_sort) {
    if (td_cpu_simd() != TD_SIMD_AVX512) cr_skip("SKIPPED: no AVX-512 here");
    td_rng rng = td_rng_stream(3, "ranks", 0, 0);
    double key[256];
    uint8_t slow[256], fast[256];
    for (int trial = 0; trial < 2000; trial++) {
        uint32_t n = (uint32_t)td_rng_below(&rng, 257), n_different = trial % 3 ? 5 : 1000;
        for (uint32_t i = 0; i < n; i++) key[i] = (double)td_rng_below(&rng, n_different) - 2;
        td_rank_scalar(slow, key, n);
        td_rank_avx512(fast, key, n);
        cr_assert_eq(memcmp(slow, fast, n), 0);
        for (uint32_t r = 1; r < n; r++) {
            double a = key[slow[r - 1]], b = key[slow[r]];
            cr_assert(a < b || (a == b && slow[r - 1] < slow[r]));
        }
    }
}

Test(gbdt_split, eight_bins_at_a_time_give_the_scalar_bits_on_ragged_lengths) {
    if (td_cpu_simd() != TD_SIMD_AVX512) cr_skip("SKIPPED: no AVX-512 here");
    td_rng rng = td_rng_stream(1, "split", 0, 0);
    for (int trial = 0; trial < 3000; trial++) {
        one_slot slot;
        uint32_t n = 1 + (uint32_t)td_rng_below(&rng, 255);
        fill_random(&slot, &rng, n);
        td_prefix slow, fast;
        td_prefix_packed_scalar(&slow, slot.packed, n);
        td_prefix_packed_avx512(&fast, slot.packed, n);
        cr_assert_eq(slow.n, fast.n);
        cr_assert_arr_eq(&slow.bins, &fast.bins, sizeof slow.bins);
        for (uint32_t i = 0; i < slow.n; i++) {
            cr_assert(slow.grad[i] == fast.grad[i] && slow.hess[i] == fast.hess[i] &&
                      slow.rows[i] == fast.rows[i]);
        }
        td_split_rule rule = plain_rule();
        rule.l1 = 0x1p-12 * (double)td_rng_below(&rng, 2);
        rule.min_hess = 0.25 * (double)td_rng_below(&rng, 4);
        rule.l2 = 0.1 * (double)td_rng_below(&rng, 3);
        rule.min_rows = (double)td_rng_below(&rng, 30);
        td_split_rule_scale(&rule, 0x1p-12, 0x1p-3);
        td_scan scan = {.prefix = &slow,
                        .rule = &rule,
                        .add_grad = 1,
                        .add_hess = 2,
                        .add_rows = 3,
                        .total_grad = slow.grad[slow.n - 1] + 1,
                        .total_hess = slow.hess[slow.n - 1] + 2,
                        .total_rows = (double)slow.rows[slow.n - 1] + 3};
        td_scan_best a = td_scan_scalar(&scan), b = td_scan_avx512(&scan);
        cr_assert_eq(a.score, b.score, "trial %d: %.17g and %.17g", trial, a.score, b.score);
        cr_assert_eq(a.is_open, b.is_open);
        if (a.score >= 0) cr_assert_eq(a.i, b.i);
    }
}
#endif
