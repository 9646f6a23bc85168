/* tests/unit/test_stats_uplift_walk.c: the steps of a walk give the same bits with every
 * instruction set. Weights, amounts over 20 decades and ties are drawn, so that a sum in another
 * order would show. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/cpu.h"
#include "core/base/mem.h"
#include "core/base/numeric.h"
#include "core/base/rng.h"
#include "stats/uplift_steps.h"

#if defined(__x86_64__)
enum { N = 5000 };

typedef struct bed {
    double treatment[N], outcome[N], score[N], propensity[N];
    td_uplift_orders orders;
    td_uplift_plan plan;
    td_uplift_scratch scratch;
} bed;

/* is_amount: heavy-tailed outcomes; levels: 0 = all scores distinct; has_propensity: of the row. */
static void bed_make(bed *b, int is_amount, uint32_t levels, int has_propensity) {
    td_rng rng = td_rng_stream(9, "test", levels, (uint64_t)is_amount * 100000);
    memset(b, 0, sizeof *b);
    for (int i = 0; i < N; i++) {
        b->treatment[i] = td_rng_uniform(&rng) < 0.4;
        b->outcome[i] = td_rng_uniform(&rng) < 0.3;
        if (is_amount) b->outcome[i] *= td_exp(46 * td_rng_uniform(&rng) - 23);
        b->score[i] = levels == 0 ? td_rng_uniform(&rng) : (double)td_rng_below(&rng, levels);
        b->propensity[i] = 0.2 + 0.6 * td_rng_uniform(&rng);
    }
    const double *score[] = {b->score};
    td_uplift_rows rows = {.n = N,
                           .treatment = b->treatment,
                           .outcome = b->outcome,
                           .n_scores = 1,
                           .score = score,
                           .propensity = has_propensity ? b->propensity : NULL};
    cr_assert_eq(td_uplift_orders_build(&b->orders, &rows, NULL, NULL, NULL), TD_OK);
    cr_assert_eq(td_uplift_plan_build(&b->plan, &b->orders, 3, NULL), TD_OK);
    cr_assert_eq(td_uplift_scratch_build(&b->scratch, &b->plan, 0, NULL), TD_OK);
    td_resample_draw(b->scratch.weight, b->scratch.drawn, &b->plan.draw, 0);
}

static void bed_free(bed *b) {
    td_uplift_scratch_free(&b->scratch);
    td_uplift_plan_free(&b->plan);
    td_uplift_orders_free(&b->orders);
}

Test(stats_uplift_walk, every_instruction_set_gives_the_same_bits) {
    if (td_cpu_simd() != TD_SIMD_AVX512) cr_skip("SKIPPED: no AVX-512 here");
    static bed b;
    for (int c = 0; c < 12; c++) {
        static const uint32_t levels[] = {0, 700, 3};
        bed_make(&b, c % 2, levels[c / 2 % 3], c >= 6);
        td_uplift_sums plain[TD_BOOT_LANES], fast[TD_BOOT_LANES];
        uint64_t bytes = (uint64_t)b.orders.order[0].n_segments * 4 * sizeof(td_lanes);
        double *seen = td_mem_array(bytes / sizeof *seen, sizeof *seen, NULL);
        memset(plain, 0, sizeof plain);
        memset(fast, 0, sizeof fast);
        td_uplift_walk_with(plain, &b.plan, &b.scratch, 0, td_uplift_steps_scalar);
        memcpy(seen, b.scratch.seen, bytes);
        memset(b.scratch.seen, 0, bytes);
        td_uplift_walk_with(fast, &b.plan, &b.scratch, 0, td_uplift_steps_avx512);
        cr_expect_eq(memcmp(plain, fast, sizeof plain), 0, "case %d: sums", c);
        cr_expect_eq(memcmp(seen, b.scratch.seen, bytes), 0, "case %d: segments", c);
        cr_expect_gt(plain[0].v[1], 0);
        td_mem_free(seen);
        bed_free(&b);
    }
    cr_expect_eq(td_mem_live_bytes(), 0);
}
#endif
