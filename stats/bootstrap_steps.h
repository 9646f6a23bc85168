/* stats/bootstrap_steps.h: the main part of a walk, compiled once for each instruction set.
 *
 * All arithmetic is on eight doubles side by side, one for each replicate: one register of AVX-512,
 * four of plain x86-64. This text is compiled in bootstrap_walk.c (the specification) and
 * bootstrap_walk_avx512.c. Lanes never meet, sums and products are done in the order written here
 * and none are fused (-ffp-contract=off), so both give the same bits.
 *
 * t rows and p positives seen from the top, w the weights of a row, T and P all of them:
 *     negatives   t += sum w,  won += p sum w       no curve bends along a stretch of negatives
 *     a run       single positives, one after another: t += w, p += w at each of them, and
 *         ap   += w p / t                           AP  = ap / P
 *         pr   += dp + (p - t) log(1 + dp / t)      once at its end, dp = sum w, p and t of its
 *                                                   beginning: p - t stays, so the logarithms of
 *                                                   its rows are one
 *     a block     of ties: dp, dn = sum w over its positives, its negatives;  dt = dp + dn,
 *         won  += dn (p + dp / 2)                   AUC = won / (P (T - P))
 *         ap   += dp (p + dp) / (t + dt)
 *         pr   += r dp + r (p - t r) log(1 + dt / t),  r = dp / dt       PR area = pr / P
 *         mixed += dp dn / dt                       Murphy's groups: the variance inside blocks
 * and at the end of each
 *     ks    = max |p T - t P|                       KS  = ks / (P (T - P))
 *     cost  = min c_fp (t - p) + c_fn (P - p)       not along negatives, where it only rises
 *     corner (t, p) of the upper hull               likewise: there the curve is flat
 * Where nothing was seen or drawn a divisor is taken as 1: what it divides is 0 then. */
#ifndef TD_STATS_BOOTSTRAP_STEPS_H
#define TD_STATS_BOOTSTRAP_STEPS_H

#include <string.h>

#include "core/base/numeric.h"
#include "stats/bootstrap_walk.h"

typedef uint8_t td_boot_bytes __attribute__((vector_size(TD_BOOT_LANES)));
typedef int32_t td_boot_counts __attribute__((vector_size(4 * TD_BOOT_LANES)));
typedef int64_t td_boot_mask __attribute__((vector_size(8 * TD_BOOT_LANES), aligned(8)));

/* gcc warns that vectors are handed over differently where AVX-512 is on; all functions here are
 * static, so nobody else is handed any. */
#pragma GCC diagnostic ignored "-Wpsabi"

/* ---- vectors of eight ---- */

static inline td_boot_lanes td_boot_choose(td_boot_mask mask, td_boot_lanes yes, td_boot_lanes no) {
    return (td_boot_lanes)((mask & (td_boot_mask)yes) | (~mask & (td_boot_mask)no));
}

static inline td_boot_lanes td_boot_most(td_boot_lanes a, td_boot_lanes b) {
    return td_boot_choose(a > b, a, b);
}

/* At least one: a divisor that may be 0. */
static inline td_boot_lanes td_boot_divisor(td_boot_lanes a) {
    const td_boot_lanes one = {1, 1, 1, 1, 1, 1, 1, 1};
    return td_boot_most(a, one);
}

/* Byte l is not 0 where lane l holds. */
static inline uint64_t td_boot_bytes_of(td_boot_mask mask) {
    td_boot_bytes narrow = __builtin_convertvector(mask, td_boot_bytes);
    uint64_t bytes;
    memcpy(&bytes, &narrow, sizeof bytes);
    return bytes;
}

/* First lane of these bytes; on any byte order the same set of lanes comes out. */
static inline int td_boot_first_lane(uint64_t bytes) { return __builtin_ctzll(bytes) / 8; }

/* log(1 + x), x >= 0: below 2^-8 the series to x^6, whose rest is under 2^-50 of the sum. */
static inline td_boot_lanes td_boot_log(td_boot_lanes x) {
    td_boot_lanes series = 1.0 / 5 - x * (1.0 / 6);
    series = 1.0 / 4 - x * series;
    series = 1.0 / 3 - x * series;
    td_boot_lanes out = x - x * x * (1.0 / 2 - x * series);
    uint64_t is_large = td_boot_bytes_of(x > 0x1p-8);
    for (; is_large != 0; is_large &= ~(0xffull << 8 * td_boot_first_lane(is_large))) {
        int l = td_boot_first_lane(is_large);
        out[l] = td_log1p(x[l]);
    }
    return out;
}

/* ---- rows ---- */

/* Weights of the row at a rank, and their products with its columns. Units of another score lie
 * anywhere: without being asked for in time their weights take eight times as long as the sums. */
static inline td_boot_lanes td_boot_add_row(td_boot_walk *at, const td_boot_score *score,
                                            const uint8_t *weight, uint64_t i, int n_columns) {
    __builtin_prefetch(weight + (uint64_t)score->unit[i + TD_BOOT_AHEAD] * TD_BOOT_LANES);
    td_boot_bytes narrow;
    memcpy(&narrow, weight + (uint64_t)score->unit[i] * TD_BOOT_LANES, sizeof narrow);
    td_boot_counts wider = __builtin_convertvector(narrow, td_boot_counts);
    td_boot_lanes w = __builtin_convertvector(wider, td_boot_lanes);
    const double *column = score->column + i * (uint64_t)n_columns;
    for (int c = 0; c < n_columns; c++) at->sum[c] += w * column[c];
    return w;
}

static inline td_boot_lanes td_boot_add_rows(td_boot_walk *at, const td_boot_score *score,
                                             const uint8_t *weight, const uint32_t range[2],
                                             int n_columns) {
    td_boot_lanes sum = {0};
    for (uint64_t i = range[0]; i < range[1]; i++)
        sum += td_boot_add_row(at, score, weight, i, n_columns);
    return sum;
}

/* ---- ends of a stretch ---- */

static inline void td_boot_note_ks(td_boot_walk *at) {
    td_boot_lanes gap = at->positives * at->all_rows - at->rows * at->all_positives;
    at->ks = td_boot_most(at->ks, td_boot_most(gap, -gap));
}

/* Of equal costs the first, which has the fewest rows. */
static inline void td_boot_note_cost(td_boot_walk *at, uint32_t step) {
    if (!(at->cost_fp + at->cost_fn > 0.0)) return;
    td_boot_lanes cost = at->cost_fp * (at->rows - at->positives) +
                         at->cost_fn * (at->all_positives - at->positives);
    td_boot_mask is_less = cost < at->cost;
    td_boot_lanes here = (td_boot_lanes){0} + (double)step;
    at->cost = td_boot_choose(is_less, cost, at->cost);
    at->cut_rows = td_boot_choose(is_less, at->rows, at->cut_rows);
    at->cut_hits = td_boot_choose(is_less, at->positives, at->cut_hits);
    at->cut_step = td_boot_choose(is_less, here, at->cut_step);
}

/* The waiting corner of a lane goes on its hull; corners that it hides go. */
static inline void td_boot_push(td_boot_walk *at, const td_boot_scratch *scratch, int l) {
    td_boot_corner *hull = scratch->hull + (uint64_t)l * scratch->hull_room;
    td_boot_corner corner = {at->next_rows[l], at->next_positives[l]};
    uint64_t n = at->n_hull[l];
    for (; n > 1; n--) {
        const td_boot_corner *last = &hull[n - 1], *before = last - 1;
        if ((last->positives - before->positives) * (corner.rows - last->rows) >
            (corner.positives - last->positives) * (last->rows - before->rows))
            break;
    }
    hull[n] = corner;
    at->n_hull[l] = n + 1;
}

/* A new corner comes. The waiting one is forgotten where it lies on or below the line from the last
 * of the hull to the new one, which is so in most lanes; in others it goes on the hull. Then the
 * new one waits. */
static inline void td_boot_add_corner(td_boot_walk *at, const td_boot_scratch *scratch) {
    td_boot_mask is_seen = (at->next_positives - at->last_positives) * (at->rows - at->next_rows) >
                           (at->positives - at->next_positives) * (at->next_rows - at->last_rows);
    uint64_t pushed = td_boot_bytes_of(is_seen);
    for (; pushed != 0; pushed &= ~(0xffull << 8 * td_boot_first_lane(pushed)))
        td_boot_push(at, scratch, td_boot_first_lane(pushed));
    at->last_rows = td_boot_choose(is_seen, at->next_rows, at->last_rows);
    at->last_positives = td_boot_choose(is_seen, at->next_positives, at->last_positives);
    at->next_rows = at->rows;
    at->next_positives = at->positives;
}

/* ---- stretches ---- */

static inline void td_boot_negatives(td_boot_walk *at, td_boot_lanes dn) {
    at->rows += dn;
    at->won += dn * at->positives;
    td_boot_note_ks(at);
}

static inline void td_boot_run(td_boot_walk *at, const td_boot_score *score, const uint8_t *weight,
                               const uint32_t range[2], int n_columns) {
    td_boot_lanes before = at->positives, below = at->positives - at->rows;
    td_boot_lanes divisor = td_boot_divisor(at->rows);
    for (uint64_t i = range[0]; i < range[1]; i++) {
        td_boot_lanes w = td_boot_add_row(at, score, weight, i, n_columns);
        at->rows += w;
        at->positives += w;
        at->ap += w * (at->positives / td_boot_divisor(at->rows));
    }
    td_boot_lanes dp = at->positives - before;
    at->pr += dp + below * td_boot_log(dp / divisor);
}

static inline void td_boot_block(td_boot_walk *at, td_boot_lanes dp, td_boot_lanes dn) {
    td_boot_lanes t = at->rows, p = at->positives, dt = dp + dn;
    td_boot_lanes rate = dp / td_boot_divisor(dt);
    at->pr += rate * dp + rate * (p - t * rate) * td_boot_log(dt / td_boot_divisor(t));
    at->rows = t + dt;
    at->positives = p + dp;
    at->won += dn * (0.5 * (p + at->positives));
    at->ap += dp * (at->positives / td_boot_divisor(at->rows));
    at->mixed += rate * dn;
}

/* One step that begins at a rank. */
static inline void td_boot_step_once(td_boot_walk *at, const td_boot_score *score, uint32_t begin,
                                     uint32_t number, const td_boot_scratch *scratch,
                                     int n_columns) {
    td_boot_step step = score->step[number];
    const uint8_t *weight = scratch->weight;
    const uint32_t rank[4] = {begin, step.negatives_end, step.positives_end, step.end};
    if (step.negatives_end > begin)
        td_boot_negatives(at, td_boot_add_rows(at, score, weight, rank, n_columns));
    if (step.end == step.negatives_end) return;
    if (step.is_run) {
        td_boot_run(at, score, weight, rank + 1, n_columns);
    } else {
        td_boot_lanes dp = td_boot_add_rows(at, score, weight, rank + 1, n_columns);
        td_boot_block(at, dp, td_boot_add_rows(at, score, weight, rank + 2, n_columns));
    }
    td_boot_note_ks(at);
    td_boot_note_cost(at, number);
    td_boot_add_corner(at, scratch);
}

/* Steps [first, last); the number of columns is a constant to the compiler. */
static inline void td_boot_steps_of(td_boot_walk *at, const td_boot_score *score,
                                    const td_boot_scratch *scratch, const uint32_t steps[2],
                                    int n_columns) {
    uint32_t rank = steps[0] > 0 ? score->step[steps[0] - 1].end : 0;
    for (uint32_t i = steps[0]; i < steps[1]; i++) {
        td_boot_step_once(at, score, rank, i, scratch, n_columns);
        rank = score->step[i].end;
    }
}

static inline void td_boot_steps(td_boot_walk *at, const td_boot_score *score,
                                 const td_boot_scratch *scratch, const uint32_t steps[2]) {
    if (score->n_columns == 0) {
        td_boot_steps_of(at, score, scratch, steps, 0);
    } else if (score->n_columns == TD_BOOT_MONEY) {
        td_boot_steps_of(at, score, scratch, steps, TD_BOOT_MONEY);
    } else {
        td_boot_steps_of(at, score, scratch, steps, TD_BOOT_COLUMNS);
    }
}

#endif
