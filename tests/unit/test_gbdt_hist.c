/* tests/unit/test_gbdt_hist.c: histogram kernels against plain sums, and the bound of the fields.
 */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "core/base/cpu.h"
#include "core/base/mem.h"
#include "gbdt/hist.h"
#include "tests/support/rows.h"

/* A coded table with as many features as asked. */
static td_binned *make_binned(uint64_t n_rows, uint32_t n_features, uint64_t seed) {
    td_test_rows rows = td_test_rows_random(n_rows, n_features, 1, seed);
    td_train_params params = td_train_params_default();
    td_binned *binned;
    cr_assert_eq(td_binned_build(&binned, &rows.view, &params, NULL, NULL), TD_OK);
    td_test_rows_free(&rows);
    return binned;
}

static uint32_t joint_code(const td_blocks *blocks, const td_track *track, const td_binned *binned,
                           uint64_t row) {
    uint32_t code = 0, factor = 1;
    for (uint32_t m = 0; m < track->n_members; m++) {
        const td_slot *slot = &blocks->slot[track->member[m]];
        cr_assert_eq(slot->factor, factor);
        code += factor * td_binned_codes(binned, slot->feature)[row];
        factor *= slot->bins->n_bins;
    }
    cr_assert_eq(track->n_codes, factor);
    return code;
}

static void assert_block(const td_count *count, const td_binned *binned, const td_quantised *q,
                         const uint64_t *packed, const int64_t *sums) {
    const td_blocks *blocks = count->blocks;
    const td_block *block = &blocks->block[count->block];
    for (uint32_t j = 0; j < block->width; j++) {
        const td_track *track = &blocks->track[block->first + j];
        int64_t plain[3][256] = {{0}};
        for (uint64_t i = 0; i < count->n; i++) {
            uint64_t row = count->row != NULL ? count->row[i] : count->first + i;
            uint32_t code = joint_code(blocks, track, binned, row);
            plain[0][code] += td_quantised_grad(q, row);
            plain[1][code] += td_quantised_hess(q, row);
            plain[2][code]++;
        }
        for (uint32_t b = 0; b < track->n_codes; b++) {
            uint64_t word = packed != NULL ? packed[j * TD_HIST_STRIDE + b] : 0;
            const int64_t *bin = sums != NULL ? sums + j * TD_SUMS_STRIDE + b : NULL;
            cr_assert_eq(bin ? bin[0] : td_packed_grad(word), plain[0][b]);
            cr_assert_eq(bin ? bin[TD_HIST_STRIDE] : td_packed_hess(word), plain[1][b]);
            cr_assert_eq(bin ? bin[2 * TD_HIST_STRIDE] : td_packed_rows(word), plain[2][b]);
        }
    }
}

/* Copied rows hold the codes and gradients of the listed ones. */
static void check_copy(const td_blocks *blocks, const uint32_t *list, uint32_t n) {
    td_blocks copy;
    cr_assert_eq(td_blocks_copy_rows(&copy, blocks, list, n, NULL), TD_OK);
    cr_assert_eq(copy.n_rows, n);
    for (uint32_t k = 0; k < blocks->n_panels; k++) {
        uint64_t bytes = blocks->panel[k].stride;
        for (uint32_t i = 0; i < n; i++) {
            const uint8_t *from = blocks->code[k] + list[i] * bytes;
            cr_assert_eq(memcmp(copy.code[k] + i * bytes, from, bytes), 0);
        }
    }
    td_blocks_free_rows(&copy);
}

Test(gbdt_hist, every_width_sums_what_plain_loops_sum) {
    enum { N = 700 };
    static uint64_t packed[16 * TD_HIST_STRIDE];
    static uint32_t words[N];
    static int64_t sums[16 * TD_SUMS_STRIDE], grad[N], hess[N];
    for (uint32_t width = 1; width <= 70; width += 1 + width / 20) {
        td_rng rng = td_rng_stream(width, "hist", 0, 0);
        td_binned *binned = make_binned(N, width, width);
        td_blocks blocks;
        cr_assert_eq(td_blocks_build(&blocks, binned, NULL, NULL), TD_OK);
        uint32_t list[N], n = 0;
        for (uint32_t i = 0; i < N; i++) {
            grad[i] = (int64_t)td_rng_below(&rng, 2 * TD_Q_MAX + 1) - TD_Q_MAX;
            hess[i] = (int64_t)td_rng_below(&rng, TD_Q_MAX + 1);
            words[i] = td_word(grad[i], hess[i]);
            if (td_rng_below(&rng, 3) > 0) list[n++] = i;
        }
        td_quantised narrow = {.n_rows = N, .word = words};
        td_quantised wide = {.n_rows = N, .is_wide = 1, .grad = grad, .hess = hess};
        for (uint32_t k = 0; k < blocks.n_panels; k++) {
            td_blocks_put_words(&blocks, k, words, NULL, 0, blocks.n_rows);
        }
        for (uint32_t b = 0; b < blocks.n_blocks; b++) {
            td_count some = {&blocks, b, list, 0, n, NULL, 0};
            td_count fetching = {&blocks, b, list, 0, n, list + 5, n - 5};
            td_count range = {&blocks, b, NULL, 13, 600, NULL, 0};
            memset(packed, 0xff, sizeof packed);
            td_hist_clear(packed, &blocks, &blocks.block[b]);
            td_hist_add(packed, &some);
            assert_block(&some, binned, &narrow, packed, NULL);
            td_hist_clear(packed, &blocks, &blocks.block[b]);
            td_hist_add(packed, &fetching);
            assert_block(&some, binned, &narrow, packed, NULL);
            td_hist_clear(packed, &blocks, &blocks.block[b]);
            td_hist_add(packed, &range);
            assert_block(&range, binned, &narrow, packed, NULL);
            td_hist_sums(sums, &some, &wide);
            assert_block(&some, binned, &wide, NULL, sums);
        }
        check_copy(&blocks, list, n);
        td_blocks_free(&blocks);
        td_binned_free(binned);
    }
    cr_assert_eq(td_mem_live_bytes(), 0);
}

Test(gbdt_hist, fields_hold_the_largest_leaf_with_every_row_at_the_extreme) {
    for (int sign = -1; sign <= 1; sign += 2) {
        uint64_t word = 0;
        int64_t sums[TD_SUMS_STRIDE] = {0};
        for (int i = 0; i < TD_PACKED_ROWS; i++) word += td_packed(sign * TD_Q_MAX, TD_Q_MAX, 1);
        cr_assert_eq(td_packed_grad(word), (int64_t)sign * TD_Q_MAX * TD_PACKED_ROWS);
        cr_assert_eq(td_packed_hess(word), (int64_t)TD_Q_MAX * TD_PACKED_ROWS);
        cr_assert_eq(td_packed_rows(word), TD_PACKED_ROWS);
        td_hist_unpack(sums, &word, 1, 1);
        uint64_t again;
        td_hist_pack(&again, sums, 1);
        cr_assert_eq(again, word);
        td_hist_unpack(sums, &word, 1, -1);
        cr_assert(sums[0] == 0 && sums[TD_HIST_STRIDE] == 0 && sums[2 * TD_HIST_STRIDE] == 0);
    }
}

Test(gbdt_hist, features_with_few_bins_share_a_track_and_every_slot_has_one) {
    td_test_rows rows = td_test_rows_random(3000, 12, 1, 5);
    for (uint32_t f = 0; f < 12; f++) {
        double *x = rows.table.column[f].number;
        for (uint32_t i = 0; i < 3000 && f < 9; i++) x[i] = i * (f + 7) % (f + 2);
    }
    td_train_params params = td_train_params_default();
    td_binned *binned;
    td_blocks blocks;
    cr_assert_eq(td_binned_build(&binned, &rows.view, &params, NULL, NULL), TD_OK);
    cr_assert_eq(td_blocks_build(&blocks, binned, NULL, NULL), TD_OK);
    cr_assert_lt(blocks.n_tracks, 9);
    uint32_t n_members = 0;
    for (uint32_t t = 0; t < blocks.n_tracks; t++) {
        const td_track *track = &blocks.track[t];
        n_members += track->n_members;
        cr_assert_leq(track->n_codes, 256);
        for (uint32_t m = 0; m < track->n_members; m++) {
            cr_assert_eq(blocks.slot[track->member[m]].track, t);
        }
        for (uint64_t i = 0; i < 3000; i++) {
            const td_block *block = &blocks.block[track->block];
            const uint8_t *row = blocks.code[0] + i * blocks.panel[0].stride;
            uint8_t code = row[block->offset + (t - block->first)];
            cr_assert_eq(code, joint_code(&blocks, track, binned, i));
        }
    }
    cr_assert_eq(n_members, blocks.n_slots);
    td_blocks_free(&blocks);
    td_binned_free(binned);
    td_test_rows_free(&rows);
}

#if defined(__x86_64__)
Test(gbdt_hist, eight_words_at_a_time_unpack_and_subtract_as_one_does) {
    if (td_cpu_simd() != TD_SIMD_AVX512) cr_skip("SKIPPED: no AVX-512 here");
    td_rng rng = td_rng_stream(9, "unpack", 0, 0);
    uint64_t packed[TD_HIST_STRIDE];
    static int64_t slow[TD_SUMS_STRIDE], fast[TD_SUMS_STRIDE];
    for (uint32_t n = 0; n <= 256; n++) {
        for (uint32_t b = 0; b < TD_HIST_STRIDE; b++) packed[b] = td_rng_next(&rng);
        for (uint32_t b = 0; b < TD_SUMS_STRIDE; b++) slow[b] = fast[b] = (int64_t)b;
        td_hist_unpack_scalar(slow, packed, n, n % 2 == 0 ? 1 : -1);
        td_hist_unpack_avx512(fast, packed, n, n % 2 == 0 ? 1 : -1);
        cr_assert_eq(memcmp(slow, fast, sizeof slow), 0, "%u words", n);
        td_hist_subtract_scalar((uint64_t *)slow, packed, n);
        td_hist_subtract_avx512((uint64_t *)fast, packed, n);
        cr_assert_eq(memcmp(slow, fast, sizeof slow), 0, "%u words less", n);
    }
}
#endif

Test(gbdt_hist, constant_features_have_no_slot) {
    td_test_rows rows = td_test_rows_random(300, 6, 1, 3);
    for (int i = 0; i < 300; i++) rows.table.column[2].number[i] = 4.5;
    td_train_params params = td_train_params_default();
    td_binned *binned;
    td_blocks blocks;
    cr_assert_eq(td_binned_build(&binned, &rows.view, &params, NULL, NULL), TD_OK);
    cr_assert_eq(td_blocks_build(&blocks, binned, NULL, NULL), TD_OK);
    cr_assert_eq(blocks.n_slots, 5);
    cr_assert_eq(blocks.slot[2].feature, 3);
    td_blocks_free(&blocks);
    td_binned_free(binned);
    td_test_rows_free(&rows);
}

static td_quantised quantise(const double *grad, const double *hess, uint64_t n, int may_be_wide) {
    td_gradient_range range = {0};
    for (uint64_t i = 0; i < n; i++) {
        range.max_grad = fmax(range.max_grad, fabs(grad[i]));
        range.max_hess = fmax(range.max_hess, hess[i]);
        range.sum_grad += fabs(grad[i]);
        range.sum_hess += hess[i];
    }
    td_quantised q = {0};
    td_quantise_how how = {.range = range, .may_be_wide = may_be_wide, .salt = 12345};
    cr_assert_eq(td_quantise(&q, grad, hess, n, &how, NULL), TD_OK);
    return q;
}

Test(gbdt_hist, dither_keeps_the_mean_of_gradients_far_below_one_unit) {
    enum { N = 100000 };
    static double grad[N], hess[N];
    for (int i = 0; i < N; i++) {
        grad[i] = i % 1000 == 0 ? -1 : 1e-5; /* 0.04 units */
        hess[i] = i % 1000 == 0 ? 0.25 : 1e-5;
    }
    td_quantised q = quantise(grad, hess, N, 0);
    double sum[2] = {0};
    for (uint64_t i = 0; i < N; i++) {
        cr_assert(labs(td_quantised_grad(&q, i)) <= TD_Q_MAX);
        if (i % 1000 == 0) continue;
        sum[0] += (double)td_quantised_grad(&q, i) * q.grad_scale;
        sum[1] += (double)td_quantised_hess(&q, i) * q.hess_scale;
    }
    cr_assert_float_eq(sum[0] / (N * 0.999 * 1e-5), 1, 0.01);
    cr_assert_float_eq(sum[1] / (N * 0.999 * 1e-5), 1, 0.01);
    td_quantised_free(&q);
}

Test(gbdt_hist, heavy_tails_take_the_wide_form_and_keep_small_rows) {
    enum { N = 5000 };
    static double grad[N], hess[N];
    for (int i = 0; i < N; i++) {
        grad[i] = i == 7 ? -1e6 : 1;
        hess[i] = i == 7 ? 1e6 : 1;
    }
    td_quantised narrow = quantise(grad, hess, N, 0), wide = quantise(grad, hess, N, 1);
    cr_assert(!narrow.is_wide && wide.is_wide);
    cr_assert_float_eq((double)wide.grad[0] * wide.grad_scale, 1, 1e-5);
    cr_assert_float_eq((double)wide.grad[7] * wide.grad_scale, -1e6, 1e-6);
    td_quantised_free(&narrow);
    td_quantised_free(&wide);
}
