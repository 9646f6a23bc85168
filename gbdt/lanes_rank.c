/* gbdt/lanes_rank.c: numbers become ranks among a feature's thresholds. See lanes.h.
 *
 * Problem: for each row of a block the number of thresholds t of the feature with t < x, at most
 * 255 of them. In a wide table this is most of the work of prediction.
 *
 * The thresholds stand level by level, the way a binary search meets them:
 *
 *     k          1                    filled up with +inf to 2^n - 1 entries: no x is above it
 *            2       3
 *          4   5   6   7              k = 1;  n times:  k = 2 k + (table[k] < x);  rank = k - 2^n
 *
 * A level is contiguous, so a vector unit looks its few entries up in registers
 * (lanes_rank_avx512.c), and the upper levels share cache lines.
 *
 * Exactness: the comparison is that of the tree, x <= t, turned around; no value is rounded. Both
 * zeros are equal for it, a missing x is never above a threshold and so has rank 0.
 * Cost: n steps a value; see Khuong and Morin (2017), "Array layouts for comparison-based
 * searching", doi 10.1145/3053370, for this order against the sorted one.
 *
 * The scalar kernel is the specification: four rows descend together, since a search alone waits
 * for the answer of every step. */
#include <string.h>

#include "gbdt/lanes.h"

enum { IN_TURN = 4 };

/* Ranks of four rows. Their places stand written out: they must stay in registers. */
static inline void rank_four(uint8_t rank[IN_TURN], const double x[IN_TURN], const double *table,
                             uint32_t n_steps) {
    uint64_t a = 1, b = 1, c = 1, d = 1;
    for (uint32_t step = 0; step < n_steps; step++) {
        a = 2 * a + (table[a] < x[0]);
        b = 2 * b + (table[b] < x[1]);
        c = 2 * c + (table[c] < x[2]);
        d = 2 * d + (table[d] < x[3]);
    }
    uint64_t first = (uint64_t)1 << n_steps;
    rank[0] = (uint8_t)(a - first);
    rank[1] = (uint8_t)(b - first);
    rank[2] = (uint8_t)(c - first);
    rank[3] = (uint8_t)(d - first);
}

void td_lane_rank_scalar(const td_lane_cells *cells, const td_lane_feature *feature) {
    uint64_t n = cells->n, whole = n - n % IN_TURN;
    uint8_t rank[TD_LANE_ROWS];
    double last[IN_TURN] = {0};
    for (uint64_t i = 0; i < whole; i += IN_TURN) {
        __builtin_prefetch(cells->next + i);
        rank_four(rank + i, cells->x + i, feature->table, feature->n_steps);
    }
    if (whole < n) {
        memcpy(last, cells->x + whole, (n - whole) * sizeof *last);
        rank_four(rank + whole, last, feature->table, feature->n_steps);
    }
    if (cells->low != NULL) memcpy(cells->low, rank, n);
    for (uint64_t i = 0; cells->high != NULL && i < n; i++) {
        cells->high[i] = cells->x[i] == cells->x[i] ? rank[i] : 255;
    }
}

td_lane_rank_fn td_lane_rank_at(td_simd level) {
#if defined(__x86_64__)
    if (level == TD_SIMD_AVX512) return td_lane_rank_avx512;
#endif
    (void)level;
    return td_lane_rank_scalar;
}
