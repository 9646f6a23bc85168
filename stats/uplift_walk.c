/* stats/uplift_walk.c: eight replicates walk down one order side by side.
 *
 * Problem: 200 replicates of several scores over a million rows are hundreds of millions of
 * weighted steps. Eight replicates go together: an item and its branch are read once for eight,
 * and the weights of a unit lie in eight neighbouring bytes.
 *   1. Lead. Until every lane has met both arms, blocks are added one lane at a time, with rules
 *      for an empty arm: Q = y1 while n0 = 0, a missing mean counts 0 in U. Dialects that
 *      interpolate there instead find in `lead` where the rules ended.
 *   2. Main part. With both arms there no rule is needed and only one reciprocal changes a step:
 *        treated row of weight w:   n1 += w,  y1 += w y,  1 / n1      (control likewise)
 *        Q = y1 - y0 n1 / n0        U = (y1 / n1 - y0 / n0) (n1 + n0)
 *        area += w (before + after) / 2           a trapezoid of w rows
 *      A block of several rows is added up first and makes one such step.
 *   3. Responses only (y not 0), as nothing else changes these sums: for a block of m rows that
 *      starts at rank k, with v = y or y / propensity,
 *        v[arm]        += v
 *        mid[arm]      += v (k + m / 2)
 *        harmonic[arm] += v (G(k + m) - G(k)) / m,   G(t) = sum_{j < t} H(j) = t (H(t) - 1)
 *      grf's AUTOC is the mean over ranks of (sum of v above) / rank, in which v counts
 *      H(n) - H(rank - 1); G is a table.
 *   4. At a segment's end n0, n1, y0, y1 are noted; td_uplift_state_at searches these and walks one
 *      segment again, for one lane.
 * Copies of a row that a replicate draws twice are tied rows: weight w is a block of w.
 * Bits: counts are whole numbers in doubles, exact below 2^53; a lane's numbers depend on its
 * weights alone, and so not on the batch or the thread.
 * Cost: about 2 ns per row and lane.
 *
 * References: Radcliffe and Surry, "Real-world uplift modelling with significance-based uplift
 * trees" (2011); Yadlowsky et al. (2025), doi:10.1080/01621459.2024.2393466 (RATE). */
#include "stats/uplift_walk.h"

#include <string.h>

#include "core/base/cpu.h"
#include "core/base/mem.h"
#include "core/base/numeric.h"
#include "stats/uplift_steps.h"

enum { LANES = TD_BOOT_LANES };

/* ---- plan and scratch ---- */

/* H(t) for t beyond the table: log t + gamma + 1/(2 t) - 1/(12 t^2), 1e-17 of it at t = 10^4. */
static double far_harmonic(double t) {
    static const double GAMMA = 0.57721566490153286;
    return td_log(t) + GAMMA + 1.0 / (2.0 * t) - 1.0 / (12.0 * t * t);
}

/* Rows drawn one by one are always n in all; clusters may add up to more. */
td_status td_uplift_plan_build(td_uplift_plan *out, const td_uplift_orders *orders, uint64_t seed,
                               td_error *err) {
    uint64_t n = orders->n, n_units = orders->n_units;
    *out = (td_uplift_plan){.orders = orders,
                            .draw = {.n_units = orders->n_units,
                                     .n_strata = 1,
                                     .stratum_end = {orders->n_units, 0},
                                     .seed = seed},
                            .n_table = (n_units < n ? 2 * n : n) + 10001};
    TD_NEW(out->table, out->n_table, err);
    double harmonic = 0.0;
    out->table[0] = 0.0;
    for (uint64_t t = 1; t < out->n_table; t++) {
        harmonic += 1.0 / (double)t;
        out->table[t] = (double)t * (harmonic - 1.0);
    }
    return TD_OK;
}

void td_uplift_plan_free(td_uplift_plan *plan) {
    td_mem_free(plan->table);
    *plan = (td_uplift_plan){0};
}

double td_uplift_far(double t) { return t * (far_harmonic(t) - 1.0); }

double td_uplift_harmonic(const td_uplift_plan *plan, double t) {
    return t > 0.0 ? td_uplift_table_at(plan, t) / t + 1.0 : 0.0;
}

td_status td_uplift_scratch_build(td_uplift_scratch *out, const td_uplift_plan *plan, int is_rows,
                                  td_error *err) {
    uint64_t n_units = is_rows ? 1 : plan->orders->n_units, most = 0;
    for (uint32_t s = 0; s < plan->orders->n_scores; s++) {
        if (plan->orders->order[s].n_segments > most) most = plan->orders->order[s].n_segments;
    }
    TD_NEW(out->drawn, n_units * LANES, err);
    TD_NEW(out->weight, n_units * LANES, err);
    TD_NEW(out->seen, most * 4 * LANES, err);
    out->stride = is_rows ? 0 : LANES;
    memset(out->weight, 1, n_units * LANES);
    return TD_OK;
}

void td_uplift_scratch_free(td_uplift_scratch *scratch) {
    td_mem_free(scratch->drawn);
    td_mem_free(scratch->weight);
    td_mem_free(scratch->seen);
    *scratch = (td_uplift_scratch){0};
}

/* ---- the lead ---- */

/* One lane moves to the end of a block of m rows, an arm may be empty. The arithmetic is that of
 * td_step_curves: which of the two made a step cannot be seen in the bits. */
static void move_with_rules(td_uplift_run *at, int l, double m) {
    double n0 = at->n[0][l], n1 = at->n[1][l], y0 = at->y[0][l], y1 = at->y[1][l];
    double mean0 = n0 > 0.0 ? y0 * (1.0 / n0) : 0.0, mean1 = n1 > 0.0 ? y1 * (1.0 / n1) : 0.0;
    double q = y1 - mean0 * n1, u = (mean1 - mean0) * (n1 + n0);
    at->twice_q[l] += m * (at->q[l] + q);
    at->twice_u[l] += m * (at->u[l] + u);
    at->q[l] = q;
    at->u[l] = u;
    td_uplift_lead here = {.before = n0 + n1 - m, .rows = n0 + n1};
    if (n0 > 0.0 && at->lead_q[l].rows == 0.0) {
        at->lead_q[l] = here;
        at->lead_q[l].value = q;
        at->lead_q[l].area = 0.5 * at->twice_q[l];
    }
    if (n0 > 0.0 && n1 > 0.0 && at->lead_u[l].rows == 0.0) {
        at->lead_u[l] = here;
        at->lead_u[l].value = u;
        at->lead_u[l].area = 0.5 * at->twice_u[l];
    }
}

/* Add item i by the rules; 1 when a block has ended and every lane has both arms. */
static int step_lead(td_uplift_run *at, const td_uplift_order *order, uint32_t i,
                     const uint8_t *weight) {
    td_uplift_item item = order->item[i];
    td_lanes w;
    td_step_widen(w, weight);
    td_step_gather(at, (item.flags & TD_UPLIFT_TREATED) != 0, item, td_step_value(order, i), w);
    if ((item.flags & TD_UPLIFT_END) == 0) return 0;
    int is_over = 1;
    td_step_close(at, w);
    for (int l = 0; l < LANES; l++) {
        if (w[l] > 0.0) move_with_rules(at, l, w[l]);
        is_over &= at->n[0][l] > 0.0 && at->n[1][l] > 0.0;
    }
    if (!is_over) return 0;
    for (int a = 0; a < 2; a++) {
        for (int l = 0; l < LANES; l++) at->inverse[a][l] = 1.0 / at->n[a][l];
    }
    return 1;
}

/* Trapezoids were added up doubled: the halving is exact. */
static void collect(td_uplift_sums *out, const td_uplift_run *at) {
    for (int l = 0; l < LANES; l++) {
        out[l] = (td_uplift_sums){.area_q = 0.5 * at->twice_q[l],
                                  .area_u = 0.5 * at->twice_u[l],
                                  .lead_q = at->lead_q[l],
                                  .lead_u = at->lead_u[l]};
        for (int arm = 0; arm < 2; arm++) {
            out[l].n[arm] = at->n[arm][l];
            out[l].y[arm] = at->y[arm][l];
            out[l].v[arm] = at->v[arm][l];
            out[l].mid[arm] = at->mid[arm][l];
            out[l].harmonic[arm] = at->harmonic[arm][l];
        }
    }
}

void td_uplift_steps_scalar(td_uplift_run *at, const td_uplift_order *order,
                            td_uplift_weights weights, uint32_t begin, uint32_t end) {
    td_steps(at, order, weights, begin, end);
}

static td_uplift_steps_fn fastest_steps(void) {
#if defined(__x86_64__)
    if (td_cpu_simd() == TD_SIMD_AVX512) return td_uplift_steps_avx512;
#endif
    return td_uplift_steps_scalar;
}

/* The lead ends at the same item for all eight lanes, when the slowest has both arms; a lane that
 * had them before took the same steps by the slower rules, to the same values. */
void td_uplift_walk_with(td_uplift_sums *out, const td_uplift_plan *plan,
                         td_uplift_scratch *scratch, uint32_t s, td_uplift_steps_fn steps) {
    const td_uplift_order *order = &plan->orders->order[s];
    td_uplift_weights weights = {scratch->weight, scratch->stride};
    td_uplift_run at;
    memset(&at, 0, sizeof at);
    at.plan = plan;
    uint32_t i = 0;
    int has_both = 0;
    for (uint32_t g = 0; g < order->n_segments; g++) {
        uint32_t end = order->segment[g].end;
        for (; i < end && !has_both; i++) {
            const uint8_t *weight = weights.first + order->item[i].unit * weights.stride;
            has_both = step_lead(&at, order, i, weight);
        }
        steps(&at, order, weights, i, end);
        i = end;
        double *seen = scratch->seen + (uint64_t)g * 4 * LANES;
        memcpy(seen, at.n, sizeof at.n);
        memcpy(seen + 2 * LANES, at.y, sizeof at.y);
    }
    collect(out, &at);
}

void td_uplift_walk(td_uplift_sums *out, const td_uplift_plan *plan, td_uplift_scratch *scratch,
                    uint32_t s) {
    td_uplift_walk_with(out, plan, scratch, s, fastest_steps());
}

/* ---- depths ---- */

/* A depth in rows, or in rows of one arm. */
static double count_of(const td_uplift_state *state, td_uplift_depth depth) {
    return depth == TD_DEPTH_ROWS ? state->n[0] + state->n[1] : state->n[depth];
}

/* Sums down to the end of a segment; before the first there is nothing. */
static td_uplift_state seen_at(td_uplift_view view, int64_t segment) {
    td_uplift_state state = {0};
    if (segment < 0) return state;
    const double *seen = view.scratch->seen + (uint64_t)segment * 4 * LANES + view.lane;
    state.n[0] = seen[0];
    state.n[1] = seen[LANES];
    state.y[0] = seen[2 * LANES];
    state.y[1] = seen[3 * LANES];
    return state;
}

/* First segment down to whose end the depth is at least k. */
static int64_t segment_of(td_uplift_view view, td_uplift_depth depth, double k) {
    int64_t low = 0, high = (int64_t)view.order->n_segments - 1;
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        td_uplift_state state = seen_at(view, middle);
        if (count_of(&state, depth) >= k) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return low;
}

/* The part of a block that reaches depth k; `block` is what its rows add. */
static td_uplift_state cut_block(td_uplift_state state, const td_uplift_state *block,
                                 td_uplift_depth depth, double k) {
    double all = count_of(block, depth);
    double part = all > 0.0 ? (k - count_of(&state, depth)) / all : 0.0;
    for (int arm = 0; arm < 2; arm++) {
        state.n[arm] += part * block->n[arm];
        state.y[arm] += part * block->y[arm];
    }
    return state;
}

/* Long blocks are not walked again: their sums are the difference of two noted ones. */
td_uplift_state td_uplift_state_at(td_uplift_view view, td_uplift_depth depth, double k) {
    int64_t g = segment_of(view, depth, k);
    td_uplift_state state = seen_at(view, g - 1), block = {0};
    if (view.order->segment[g].is_one_block) {
        td_uplift_state end = seen_at(view, g);
        for (int arm = 0; arm < 2; arm++) {
            block.n[arm] = end.n[arm] - state.n[arm];
            block.y[arm] = end.y[arm] - state.y[arm];
        }
        return cut_block(state, &block, depth, k);
    }
    uint32_t end = view.order->segment[g].end;
    for (uint32_t i = g > 0 ? view.order->segment[g - 1].end : 0; i < end; i++) {
        td_uplift_item item = view.order->item[i];
        int arm = (item.flags & TD_UPLIFT_TREATED) != 0;
        double w = view.scratch->weight[item.unit * view.scratch->stride + (uint64_t)view.lane];
        block.n[arm] += w;
        block.y[arm] += w * item.y;
        if ((item.flags & TD_UPLIFT_END) == 0) continue;
        if (count_of(&state, depth) + count_of(&block, depth) >= k) break;
        for (int a = 0; a < 2; a++) {
            state.n[a] += block.n[a];
            state.y[a] += block.y[a];
            block.n[a] = block.y[a] = 0.0;
        }
    }
    return cut_block(state, &block, depth, k);
}
