/* tests/prop/test_gbdt_lanes_rank.c: every kernel counts the thresholds below a value.
 *
 * The reference counts by comparing with all of them. Thresholds and values share infinities, both
 * zeros, denormals, neighbours one bit apart and values far outside, so that they meet exactly;
 * blocks end anywhere; both kinds of columns are asked for alone and together. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/base/rng.h"
#include "gbdt/lanes.h"

enum { GUARD = 64, N_EDGES = 16 };

static const double edges[N_EDGES] = {
    0.0,    -0.0, INFINITY,  -INFINITY,    5e-324,  -5e-324,       1e-310, 1e308,
    -1e308, 1.0,  0x1p-1022, 0x1.fffffep0, 0x1p-30, 1.0 + 0x1p-52, -1.0,   0.1};

/* ---- thresholds ------------------------------------------------------------------------------ */

typedef struct thresholds {
    double sorted[TD_LANE_CODES]; /* ascending, distinct */
    uint32_t n;
    td_lane_feature feature;
    double *table;
} thresholds;

static int compare(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The subtree of entry k takes the next thresholds in order: left of k, k itself, right of k. */
static void fill_subtree(thresholds *out, uint32_t k, uint32_t *at) {
    if (k >> out->feature.n_steps != 0) return;
    fill_subtree(out, 2 * k, at);
    out->table[k] = *at < out->n ? out->sorted[*at] : INFINITY;
    ++*at;
    fill_subtree(out, 2 * k + 1, at);
}

/* n distinct thresholds: edges among numbers of many sizes. */
static thresholds random_thresholds(uint32_t n, td_rng *rng) {
    thresholds out = {.feature = {.n_steps = 3}};
    while (out.n < n) {
        double x = td_rng_normal(rng) * pow(10, 6 * td_rng_uniform(rng) - 3);
        if (td_rng_below(rng, 3) == 0) x = edges[td_rng_below(rng, N_EDGES)];
        int is_new = 1;
        for (uint32_t i = 0; i < out.n; i++) is_new &= out.sorted[i] != x;
        if (is_new) out.sorted[out.n++] = x;
    }
    qsort(out.sorted, n, sizeof *out.sorted, compare);
    while ((1u << out.feature.n_steps) <= n) out.feature.n_steps++;
    out.table = td_mem_array((uint64_t)1 << out.feature.n_steps, sizeof *out.table, NULL);
    out.table[0] = NAN;
    out.feature.table = out.table;
    uint32_t at = 0;
    fill_subtree(&out, 1, &at);
    return out;
}

/* ---- values ---------------------------------------------------------------------------------- */

/* Thresholds, their neighbours, edges, others, missing ones of either sign. */
static double random_value(const thresholds *from, td_rng *rng) {
    double x = from->n > 0 ? from->sorted[td_rng_below(rng, from->n)] : 0;
    switch (td_rng_below(rng, 8)) {
    case 0:
        return NAN;
    case 1:
        return -NAN;
    case 2:
        return edges[td_rng_below(rng, N_EDGES)];
    case 3:
        return nextafter(x, INFINITY);
    case 4:
        return nextafter(x, -INFINITY);
    case 5:
        return td_rng_normal(rng) * pow(10, 6 * td_rng_uniform(rng) - 3);
    default:
        return x;
    }
}

static uint8_t count_below(const thresholds *from, double x) {
    uint32_t n = 0;
    for (uint32_t i = 0; i < from->n; i++) n += from->sorted[i] < x;
    return (uint8_t)n;
}

/* ---- comparisons ----------------------------------------------------------------------------- */

typedef struct codes {
    uint8_t low[TD_LANE_ROWS + GUARD], high[TD_LANE_ROWS + GUARD];
} codes;

static void check_codes(const thresholds *from, const td_lane_cells *cells, const char *way) {
    for (uint64_t i = 0; i < cells->n; i++) {
        double x = cells->x[i];
        uint8_t rank = count_below(from, x);
        if (cells->low != NULL) cr_assert_eq(cells->low[i], rank, "%s: %a", way, x);
        if (cells->high == NULL) continue;
        cr_assert_eq(cells->high[i], isnan(x) ? 255 : rank, "%s: %a", way, x);
    }
}

/* The n rows stand at the end of their memory: a read behind them is seen by the sanitizer. */
static void check_block(const thresholds *from, uint64_t n, td_rng *rng) {
    double *x = malloc((n + 1) * sizeof *x);
    for (uint64_t i = 0; i < n; i++) x[1 + i] = random_value(from, rng);
    for (td_simd level = TD_SIMD_SCALAR; level <= td_cpu_simd(); level++) {
        for (int wanted = 1; wanted <= 3; wanted++) {
            codes out;
            memset(&out, 170, sizeof out);
            td_lane_cells cells = {.x = x + 1,
                                   .next = x,
                                   .n = n,
                                   .low = wanted & 1 ? out.low : NULL,
                                   .high = wanted & 2 ? out.high : NULL};
            td_lane_rank_at(level)(&cells, &from->feature);
            check_codes(from, &cells, td_cpu_simd_name(level));
            for (int j = 0; j < GUARD; j++) {
                cr_assert_eq(out.low[TD_LANE_ROWS + j], 170);
                cr_assert_eq(out.high[TD_LANE_ROWS + j], 170);
            }
        }
    }
    free(x);
}

Test(gbdt_lanes_rank, counts_thresholds_below_for_every_number_of_them) {
    td_rng rng = td_rng_stream(1, "lanes rank", 0, 0);
    for (uint32_t n = 0; n <= TD_LANE_CODES; n++) {
        thresholds from = random_thresholds(n, &rng);
        check_block(&from, TD_LANE_ROWS, &rng);
        check_block(&from, 1 + td_rng_below(&rng, TD_LANE_ROWS), &rng);
        td_mem_free(from.table);
    }
}

Test(gbdt_lanes_rank, blocks_end_anywhere) {
    td_rng rng = td_rng_stream(2, "lanes rank", 0, 0);
    for (uint64_t n = 0; n <= TD_LANE_ROWS; n++) {
        thresholds from = random_thresholds((uint32_t)td_rng_below(&rng, 256), &rng);
        check_block(&from, n, &rng);
        td_mem_free(from.table);
    }
}

Test(gbdt_lanes_rank, a_value_at_a_threshold_does_not_count_it) {
    td_rng rng = td_rng_stream(3, "lanes rank", 0, 0);
    thresholds from = random_thresholds(TD_LANE_CODES, &rng);
    td_lane_cells cells = {.x = from.sorted, .next = from.sorted, .n = from.n};
    for (td_simd level = TD_SIMD_SCALAR; level <= td_cpu_simd(); level++) {
        uint8_t rank[TD_LANE_ROWS];
        cells.low = rank;
        td_lane_rank_at(level)(&cells, &from.feature);
        for (uint32_t i = 0; i < from.n; i++) cr_assert_eq(rank[i], i);
    }
    td_mem_free(from.table);
}
