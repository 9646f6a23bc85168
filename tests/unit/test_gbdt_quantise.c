/* tests/unit/test_gbdt_quantise.c: narrow gradients, eight rows at a time, bit for bit the scalar
 * ones. */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "core/base/cpu.h"
#include "core/base/rng.h"
#include "gbdt/gradients.h"
#include "gbdt/quantise.h"

enum { N = 300 };

/* Gradients in [-size, size], hessians in [0, size], the extremes among them. */
static void draw(double grad[N], double hess[N], double size, td_rng *rng) {
    for (int i = 0; i < N; i++) {
        grad[i] = size * (2 * td_rng_uniform(rng) - 1);
        hess[i] = size * td_rng_uniform(rng);
    }
    grad[0] = hess[0] = size;
    grad[1] = -size;
    hess[1] = 0;
    grad[2] = -0.0;
}

Test(gbdt_quantise, a_word_is_within_one_unit_of_its_gradients) {
    double grad[N], hess[N];
    uint32_t word[N];
    td_rng rng = td_rng_stream(5, "quantise", 0, 0);
    draw(grad, hess, 0.5, &rng);
    td_packing how = {grad, hess, TD_Q_MAX / 0.5, TD_Q_MAX / 0.5, 77};
    td_pack_scalar(word, &how, 0, N);
    for (int i = 0; i < N; i++) {
        double g = ((int32_t)word[i] >> 12) / how.grad_factor;
        double h = (word[i] & 0xfff) / how.hess_factor;
        cr_assert(g - grad[i] < 0.5 / TD_Q_MAX * 1.0001 && grad[i] - g < 0.5 / TD_Q_MAX * 1.0001,
                  "row %d: %g for %g", i, g, grad[i]);
        cr_assert(h - hess[i] < 0.5 / TD_Q_MAX * 1.0001 && hess[i] - h < 0.5 / TD_Q_MAX * 1.0001,
                  "row %d: %g for %g", i, h, hess[i]);
    }
}

#if defined(__x86_64__)
Test(gbdt_quantise, eight_rows_at_a_time_are_the_scalar_rows) {
    if (td_cpu_simd() != TD_SIMD_AVX512) cr_skip("SKIPPED: no AVX-512 here");
    double grad[N], hess[N];
    uint32_t slow[N], fast[N];
    td_rng rng = td_rng_stream(6, "quantise", 0, 0);
    for (int round = 0; round < 200; round++) {
        double size = round % 2 == 0 ? 1 : 1e-12;
        uint64_t begin = td_rng_below(&rng, 20), end = begin + td_rng_below(&rng, N - 20);
        draw(grad, hess, size, &rng);
        td_packing how = {grad, hess, TD_Q_MAX / size, TD_Q_MAX / size,
                          (uint32_t)td_rng_next(&rng)};
        td_pack_scalar(slow, &how, begin, end);
        td_pack_avx512(fast, &how, begin, end);
        for (uint64_t i = begin; i < end; i++) cr_assert_eq(slow[i], fast[i]);
    }
}
#endif

#if defined(__x86_64__)
Test(gbdt_quantise, eight_gradients_at_a_time_have_the_scalar_bits) {
    if (td_cpu_simd() != TD_SIMD_AVX512) cr_skip("SKIPPED: no AVX-512 here");
    td_rng rng = td_rng_stream(4, "gradients", 0, 0);
    for (uint64_t n = 0; n < 70; n++) {
        double slow[2][70], fast[2][70], label[70];
        for (uint64_t i = 0; i < n; i++) {
            slow[0][i] = fast[0][i] = td_rng_uniform(&rng);
            label[i] = (double)td_rng_below(&rng, 2);
        }
        td_binary_gradients_scalar(slow[0], slow[1], label, n);
        td_binary_gradients_avx512(fast[0], fast[1], label, n);
        for (int k = 0; k < 2; k++) cr_assert_eq(memcmp(slow[k], fast[k], n * sizeof **slow), 0);
        td_gradient_range a = td_gradient_range_scalar(slow[0], slow[1], n);
        td_gradient_range b = td_gradient_range_avx512(slow[0], slow[1], n);
        cr_assert_eq(memcmp(&a, &b, sizeof a), 0);
        double most = 0;
        for (uint64_t i = 0; i < n; i++) most = fabs(slow[0][i]) > most ? fabs(slow[0][i]) : most;
        cr_assert(a.max_grad == most && a.sum_grad <= most * (double)n);
    }
}
#endif
