/* tests/unit/test_base_rng.c: PCG64 against its published outputs; streams, jumps, distributions.
 *
 * Sample sizes and limits: n = 100000 draws with fixed seeds, limits at about five standard errors,
 * so a right generator passes with this seed for good and a biased one fails. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>

#include "core/base/rng.h"

enum { N_DRAWS = 100000 };

/* pcg-c, test-high/expected/check-setseq-128-xsl-rr-64.out, round 1 */
Test(base_rng, reference_outputs_are_the_published_ones) {
    static const uint64_t published[6] = {0x86b1da1d72062b68U, 0x1304aa46c9853d39U,
                                          0xa3670e9e0dd50358U, 0xf9090e529a7dae00U,
                                          0xc85b9fd837996f2cU, 0x606121f8e3919196U};
    td_rng rng = td_rng_reference(42, 54);
    for (int i = 0; i < 6; i++) cr_assert_eq(td_rng_next(&rng), published[i]);
}

Test(base_rng, jump_equals_that_many_steps) {
    td_rng pick = td_rng_stream(1, "jump", 0, 0);
    for (int round = 0; round < 200; round++) {
        td_rng walked = td_rng_stream(td_rng_next(&pick), "walk", (uint64_t)round, 0);
        td_rng jumped = walked;
        uint64_t n = round < 70 ? (uint64_t)round : td_rng_below(&pick, 5000);
        for (uint64_t i = 0; i < n; i++) td_rng_next(&walked);
        td_rng_jump(&jumped, n);
        cr_assert_eq(td_rng_next(&walked), td_rng_next(&jumped), "n = %llu", (unsigned long long)n);
    }
}

Test(base_rng, long_jumps_add_up) {
    td_rng pick = td_rng_stream(2, "jump", 0, 0);
    for (int round = 0; round < 200; round++) {
        uint64_t a = td_rng_next(&pick) >> 1, b = td_rng_next(&pick) >> 1;
        td_rng twice = td_rng_reference(td_rng_next(&pick), 3), once = twice;
        td_rng_jump(&twice, a);
        td_rng_jump(&twice, b);
        td_rng_jump(&once, a + b);
        cr_assert_eq(td_rng_next(&twice), td_rng_next(&once));
    }
}

Test(base_rng, stream_starts_at_its_first_output) {
    td_rng whole = td_rng_stream(7, "bagging", 3, 0);
    for (uint64_t i = 0; i < 300; i++) {
        td_rng at = td_rng_stream(7, "bagging", 3, i);
        cr_assert_eq(td_rng_next(&whole), td_rng_next(&at));
    }
}

static int compare_u64(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* 16 seeds x 4 purposes x 64 iterations: all first outputs, and all increments, differ. */
Test(base_rng, streams_differ_in_every_part_of_their_name) {
    static const char *const purposes[4] = {"", "bagging", "bagginh", "feature"};
    enum { N_STREAMS = 16 * 4 * 64 };
    static uint64_t first[N_STREAMS], increment[N_STREAMS];
    for (uint64_t i = 0; i < N_STREAMS; i++) {
        td_rng rng = td_rng_stream(i / 256, purposes[i / 64 % 4], i % 64, 0);
        increment[i] = (uint64_t)rng.increment;
        cr_assert_eq(increment[i] & 1, 1);
        first[i] = td_rng_next(&rng);
    }
    qsort(first, N_STREAMS, sizeof *first, compare_u64);
    qsort(increment, N_STREAMS, sizeof *increment, compare_u64);
    for (int i = 1; i < N_STREAMS; i++) {
        cr_assert_neq(first[i - 1], first[i]);
        cr_assert_neq(increment[i - 1], increment[i]);
    }
}

/* The recipe in the head of rng.c, frozen: a change would change every artefact. */
Test(base_rng, stream_outputs_are_frozen) {
    td_rng rng = td_rng_stream(1, "bagging", 0, 0);
    cr_expect_eq(td_rng_next(&rng), 0x6b1c1374eee246b0U);
    cr_expect_eq(td_rng_next(&rng), 0x1637c79e6f65500dU);
}

/* Chi-square of 256 cells, 255 degrees of freedom: mean 255, deviation 22.6, limit five of them. */
static double chi_square_of_bytes(td_rng *rng, int shift) {
    double cells[256] = {0}, sum = 0.0, expected = N_DRAWS / 256.0;
    for (int i = 0; i < N_DRAWS; i++) cells[td_rng_next(rng) >> shift & 255] += 1.0;
    for (int c = 0; c < 256; c++) sum += (cells[c] - expected) * (cells[c] - expected) / expected;
    return sum;
}

Test(base_rng, top_middle_and_low_bytes_are_uniform) {
    static const int shifts[3] = {56, 28, 0};
    for (int s = 0; s < 3; s++) {
        td_rng rng = td_rng_stream(11, "bytes", (uint64_t)s, 0);
        double chi2 = chi_square_of_bytes(&rng, shifts[s]);
        cr_assert(chi2 > 142.0 && chi2 < 368.0, "chi-square %g at shift %d", chi2, shifts[s]);
    }
}

/* Two streams that differ by one in one word of the name: no correlation. */
Test(base_rng, neighbour_streams_are_uncorrelated) {
    td_rng a = td_rng_stream(5, "noise", 8, 0), b = td_rng_stream(5, "noise", 9, 0);
    double sum = 0.0;
    for (int i = 0; i < N_DRAWS; i++) {
        sum += (td_rng_uniform(&a) - 0.5) * (td_rng_uniform(&b) - 0.5);
    }
    double deviation = sqrt((double)N_DRAWS) / 12.0;
    cr_assert_lt(fabs(sum), 5.0 * deviation);
}

Test(base_rng, below_stays_below_and_reaches_every_value) {
    td_rng rng = td_rng_stream(3, "below", 0, 0);
    int seen[7] = {0};
    for (int i = 0; i < 7000; i++) {
        uint64_t value = td_rng_below(&rng, 7);
        cr_assert_lt(value, 7);
        seen[value]++;
    }
    for (int v = 0; v < 7; v++) cr_assert(seen[v] > 850 && seen[v] < 1150, "%d: %d", v, seen[v]);
    for (int i = 0; i < 100; i++) cr_assert_eq(td_rng_below(&rng, 1), 0);
    cr_assert_lt(td_rng_below(&rng, UINT64_MAX), UINT64_MAX);
}

Test(base_rng, each_distribution_takes_exactly_one_step) {
    td_rng rng = td_rng_stream(4, "step", 0, 0);
    td_rng_uniform(&rng);
    td_rng_below(&rng, 10);
    td_rng_normal(&rng);
    td_rng_exponential(&rng);
    td_rng other = td_rng_stream(4, "step", 0, 4);
    cr_assert_eq(td_rng_next(&rng), td_rng_next(&other));
}

/* Moments: normal 0, 1, 0, 3; standard errors 1, sqrt 2, sqrt 15, sqrt 96 over sqrt n. */
Test(base_rng, normal_has_its_four_moments) {
    static const double expected[4] = {0.0, 1.0, 0.0, 3.0}, spread[4] = {1.0, 1.42, 3.88, 9.8};
    td_rng rng = td_rng_stream(6, "normal", 0, 0);
    double moment[4] = {0};
    for (int i = 0; i < N_DRAWS; i++) {
        double x = td_rng_normal(&rng), power = 1.0;
        for (int k = 0; k < 4; k++) moment[k] += power *= x;
    }
    for (int k = 0; k < 4; k++) {
        double error = moment[k] / N_DRAWS - expected[k];
        cr_assert_lt(fabs(error), 5.0 * spread[k] / sqrt((double)N_DRAWS), "moment %d", k + 1);
    }
}

Test(base_rng, exponential_is_positive_with_mean_and_deviation_one) {
    td_rng rng = td_rng_stream(8, "exponential", 0, 0);
    double sum = 0.0, squares = 0.0;
    for (int i = 0; i < N_DRAWS; i++) {
        double x = td_rng_exponential(&rng);
        cr_assert(x > 0.0 && x < 40.0);
        sum += x;
        squares += x * x;
    }
    cr_assert_lt(fabs(sum / N_DRAWS - 1.0), 5.0 / sqrt((double)N_DRAWS));
    cr_assert_lt(fabs(squares / N_DRAWS - 2.0), 5.0 * 4.48 / sqrt((double)N_DRAWS));
}

/* All 64 bits set, and none: the extreme inputs of the open uniform stay finite. */
Test(base_rng, uniform_lies_in_the_half_open_interval) {
    td_rng rng = td_rng_stream(9, "uniform", 0, 0);
    double low = 1.0, high = 0.0;
    for (int i = 0; i < N_DRAWS; i++) {
        double u = td_rng_uniform(&rng);
        cr_assert(u >= 0.0 && u < 1.0);
        low = u < low ? u : low;
        high = u > high ? u : high;
    }
    cr_assert(low < 1e-3 && high > 0.999);
}
