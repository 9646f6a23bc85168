/* stats/uplift_steps.h: the main part of a walk, compiled once for each instruction set.
 *
 * A step adds one row with eight weights, one for each replicate. All arithmetic is on eight
 * doubles side by side: one register of AVX-512, four of plain x86-64. This text is compiled in
 * uplift_walk.c (the specification) and uplift_walk_avx512.c; lanes never meet, sums and products
 * are done in the order written here and none are fused (-ffp-contract=off), so both give the same
 * bits. (Two registers of AVX2 gain too little to be worth a file.)
 *
 *     a treated row, y = 1, a block by itself         w = weights  1 0 2 1 0 1 1 3
 *     n[1] += w       y[1] += w y       inverse[1] = 1 / n[1]
 *     Q and U anew, and the trapezoids of w rows between the curves before and after
 *
 * Letters are those of uplift_walk.c. */
#ifndef TD_STATS_UPLIFT_STEPS_H
#define TD_STATS_UPLIFT_STEPS_H

#include <string.h>

#include "stats/uplift_walk.h"

enum { TD_STEPS_AHEAD = 24 /* items whose weights are fetched early */ };

typedef double td_lanes[TD_BOOT_LANES];
typedef uint8_t td_lane_bytes __attribute__((vector_size(TD_BOOT_LANES)));
typedef int32_t td_lane_counts __attribute__((vector_size(4 * TD_BOOT_LANES)));
typedef double td_lane_vector __attribute__((vector_size(8 * TD_BOOT_LANES)));

/* Running sums of eight lanes. */
typedef struct td_uplift_run {
    td_lanes n[2], y[2]; /* [arm] so far; n0, n1, y0, y1 lie side by side for `seen` */
    td_lanes inverse[2]; /* 1 / n */
    td_lanes q, u;       /* the curves at the last block end */
    td_lanes twice_q, twice_u;
    td_lanes v[2], mid[2], harmonic[2];
    td_lanes block_n[2], block_y[2], block_v[2]; /* the block that is being added up */
    td_uplift_lead lead_q[TD_BOOT_LANES], lead_u[TD_BOOT_LANES];
    const td_uplift_plan *plan;
} td_uplift_run;

/* Where the weights of units stand. */
typedef struct td_uplift_weights {
    const uint8_t *first;
    uint64_t stride; /* bytes from a unit to the next */
} td_uplift_weights;

/* Items [begin, end), after the lead: both arms have rows in every lane. */
typedef void (*td_uplift_steps_fn)(td_uplift_run *at, const td_uplift_order *order,
                                   td_uplift_weights weights, uint32_t begin, uint32_t end);

void td_uplift_steps_scalar(td_uplift_run *at, const td_uplift_order *order,
                            td_uplift_weights weights, uint32_t begin, uint32_t end);
#if defined(__x86_64__)
void td_uplift_steps_avx512(td_uplift_run *at, const td_uplift_order *order,
                            td_uplift_weights weights, uint32_t begin, uint32_t end);
#endif

/* td_uplift_walk with these steps: how tests hold one against the other. */
void td_uplift_walk_with(td_uplift_sums *out, const td_uplift_plan *plan,
                         td_uplift_scratch *scratch, uint32_t s, td_uplift_steps_fn steps);

/* Written as conversions because the compiler does not see them in a loop of eight; by way of 32
 * bits, which every instruction set has an instruction for. */
static inline void td_step_widen(td_lanes w, const uint8_t *weight) {
    td_lane_bytes narrow;
    memcpy(&narrow, weight, sizeof narrow);
    td_lane_counts count = __builtin_convertvector(narrow, td_lane_counts);
    td_lane_vector wide = __builtin_convertvector(count, td_lane_vector);
    memcpy(w, &wide, sizeof wide);
}

/* Both curves at the new sums, and the trapezoids of w rows since the last block end. */
static inline void td_step_curves(td_uplift_run *at, const td_lanes w) {
    for (int l = 0; l < TD_BOOT_LANES; l++) {
        double n0 = at->n[0][l], n1 = at->n[1][l], y0 = at->y[0][l], y1 = at->y[1][l];
        double mean0 = y0 * at->inverse[0][l];
        double q = y1 - mean0 * n1;
        double u = (y1 * at->inverse[1][l] - mean0) * (n1 + n0);
        at->twice_q[l] += w[l] * (at->q[l] + q);
        at->twice_u[l] += w[l] * (at->u[l] + u);
        at->q[l] = q;
        at->u[l] = u;
    }
}

/* Step 3: a block of m rows that holds m times `each` in this arm, and so
 * v (G(k + m) - G(k)) / m = each (G(k + m) - G(k)). Nothing is added where m = 0. */
static inline void td_step_response(td_uplift_run *at, int arm, const td_lanes m,
                                    const td_lanes each) {
    td_lanes k, rise;
    for (int l = 0; l < TD_BOOT_LANES; l++) k[l] = at->n[0][l] + at->n[1][l];
    for (int l = 0; l < TD_BOOT_LANES; l++) {
        rise[l] = td_uplift_table_at(at->plan, k[l] + m[l]) - td_uplift_table_at(at->plan, k[l]);
    }
    for (int l = 0; l < TD_BOOT_LANES; l++) {
        double v = m[l] * each[l];
        at->v[arm][l] += v;
        at->mid[arm][l] += v * (k[l] + 0.5 * m[l]);
        at->harmonic[arm][l] += each[l] * rise[l];
    }
}

/* A block of one row. value is what it counts in inverse-propensity sums. */
static inline void td_step_single(td_uplift_run *at, int arm, td_uplift_item item, double value,
                                  const td_lanes w) {
    if ((item.flags & TD_UPLIFT_RESPONSE) != 0) {
        td_lanes each;
        for (int l = 0; l < TD_BOOT_LANES; l++) each[l] = value;
        td_step_response(at, arm, w, each);
        for (int l = 0; l < TD_BOOT_LANES; l++) at->y[arm][l] += w[l] * item.y;
    }
    for (int l = 0; l < TD_BOOT_LANES; l++) {
        double n = at->n[arm][l] + w[l];
        at->n[arm][l] = n;
        at->inverse[arm][l] = 1.0 / n;
    }
    td_step_curves(at, w);
}

/* Rows of a block count only when the block ends: until then the curves stand at its beginning. */
static inline void td_step_gather(td_uplift_run *at, int arm, td_uplift_item item, double value,
                                  const td_lanes w) {
    for (int l = 0; l < TD_BOOT_LANES; l++) {
        at->block_n[arm][l] += w[l];
        at->block_y[arm][l] += w[l] * item.y;
        at->block_v[arm][l] += w[l] * value;
    }
}

/* The block's responses, then its rows, into the sums; rows of the block are left in w. */
static inline void td_step_close(td_uplift_run *at, td_lanes w) {
    for (int l = 0; l < TD_BOOT_LANES; l++) w[l] = at->block_n[0][l] + at->block_n[1][l];
    for (int arm = 0; arm < 2; arm++) {
        td_lanes each;
        for (int l = 0; l < TD_BOOT_LANES; l++) {
            each[l] = w[l] > 0.0 ? at->block_v[arm][l] / w[l] : 0.0;
        }
        td_step_response(at, arm, w, each);
    }
    for (int arm = 0; arm < 2; arm++) {
        for (int l = 0; l < TD_BOOT_LANES; l++) {
            at->n[arm][l] += at->block_n[arm][l];
            at->y[arm][l] += at->block_y[arm][l];
            at->block_n[arm][l] = at->block_y[arm][l] = at->block_v[arm][l] = 0.0;
        }
    }
}

/* What a response counts in inverse-propensity sums: y, scaled later, or y / propensity. */
static inline double td_step_value(const td_uplift_order *order, uint32_t i) {
    return order->inverse != NULL ? order->item[i].y * order->inverse[i] : order->item[i].y;
}

/* weight: of the item's unit. */
static inline void td_step(td_uplift_run *at, const td_uplift_order *order, uint32_t i,
                           const uint8_t *weight) {
    enum { SINGLE = TD_UPLIFT_BEGIN | TD_UPLIFT_END };
    td_uplift_item item = order->item[i];
    int arm = (item.flags & TD_UPLIFT_TREATED) != 0;
    td_lanes w;
    td_step_widen(w, weight);
    if ((item.flags & SINGLE) == SINGLE) {
        if (arm == TD_TREATED) {
            td_step_single(at, TD_TREATED, item, td_step_value(order, i), w);
        } else {
            td_step_single(at, TD_CONTROL, item, td_step_value(order, i), w);
        }
        return;
    }
    td_step_gather(at, arm, item, td_step_value(order, i), w);
    if ((item.flags & TD_UPLIFT_END) == 0) return;
    td_step_close(at, w);
    for (int a = 0; a < 2; a++) {
        for (int l = 0; l < TD_BOOT_LANES; l++) at->inverse[a][l] = 1.0 / at->n[a][l];
    }
    td_step_curves(at, w);
}

/* Weights of items ahead are fetched early: under a second score units lie anywhere in memory. */
static inline void td_steps(td_uplift_run *at, const td_uplift_order *order,
                            td_uplift_weights weights, uint32_t begin, uint32_t end) {
    for (uint32_t i = begin; i < end; i++) {
        uint32_t ahead = i + TD_STEPS_AHEAD < order->n ? i + TD_STEPS_AHEAD : order->n - 1;
        __builtin_prefetch(weights.first + order->item[ahead].unit * weights.stride);
        td_step(at, order, i, weights.first + order->item[i].unit * weights.stride);
    }
}

#endif
