/* stats/bootstrap_walk.c: eight replicates drawn and walked down the sorted order.
 *
 * Problem: a replicate is a weight per unit; 200 of them for two scores of a million rows are 400
 * million weighted rows. Eight replicates walk side by side: a step is read once for eight, and the
 * weights of a unit lie in eight neighbouring bytes.
 *   1. Draw weights (resample.c). T = sum w, P = sum w over positives, once for all scores.
 *   2. Walk the steps from the top (bootstrap_steps.h, which has the formulas), and all the way sum
 *      w x score, log-loss, squared error and amount.
 *   3. Leave rows, positives, won, scores and amounts at the end of every segment: what lies
 *      between two ends is looked up again by bootstrap_read.c, for one replicate.
 * Counts are whole numbers (or halves) in doubles: exact below 2^53.
 *
 *     p |            ____.     hull: corners where the slope falls; a corner below the line from
 *       |        .--'  . |     its neighbours is dropped when the next one comes. Slope = rate of a
 *       |    .--' .  .   |     pool of isotonic regression (Barlow et al. 1972).
 *       |  /  . .        |
 *       +------------------ t
 *
 * Cost: per row, replicate and score about 0.5 ns at rare events, 2 ns where every other row is a
 * positive (AVX-512).
 *
 * References: Efron (1979), doi:10.1214/aos/1176344552; Barlow, Bartholomew, Bremner and Brunk,
 * "Statistical inference under order restrictions" (1972). */
#include "core/base/cpu.h"
#include "core/base/mem.h"
#include "stats/bootstrap_steps.h"

enum { LANES = TD_BOOT_LANES };

/* ---- scratch ---- */

td_status td_boot_scratch_build(td_boot_scratch *out, const td_boot_plan *plan, td_error *err) {
    uint32_t segments = 0;
    for (uint32_t s = 0; s < plan->n_scores; s++) {
        const td_boot_score *score = &plan->score[s];
        if (score->n_segments > segments) segments = score->n_segments;
        if (score->n_blocks + 2ull > out->hull_room) out->hull_room = score->n_blocks + 2ull;
    }
    TD_NEW(out->drawn, (uint64_t)plan->draw.n_units * LANES, err);
    TD_NEW(out->weight, (uint64_t)plan->draw.n_units * LANES, err);
    TD_NEW(out->seen, (uint64_t)segments * TD_N_SEEN, err);
    TD_NEW(out->hull, out->hull_room * LANES, err);
    return TD_OK;
}

void td_boot_scratch_free(td_boot_scratch *scratch) {
    td_mem_free(scratch->drawn);
    td_mem_free(scratch->weight);
    td_mem_free(scratch->seen);
    td_mem_free(scratch->hull);
    *scratch = (td_boot_scratch){0};
}

/* ---- totals ---- */

/* T and P of eight replicates. Rows: positives are the first units, and as many are drawn as there
 * are. */
static void count_all(td_boot_scratch *scratch, const td_boot_plan *plan) {
    int has_clusters = plan->unit_rows != NULL;
    uint32_t n = has_clusters ? plan->draw.n_units : plan->n_positives;
    td_boot_lanes rows = {0}, positives = {0};
    for (uint32_t u = 0; u < n; u++) {
        td_boot_bytes narrow;
        memcpy(&narrow, scratch->weight + (uint64_t)u * LANES, sizeof narrow);
        td_boot_counts wider = __builtin_convertvector(narrow, td_boot_counts);
        td_boot_lanes w = __builtin_convertvector(wider, td_boot_lanes);
        if (has_clusters) {
            rows += w * plan->unit_rows[u];
            positives += w * plan->unit_positives[u];
        } else {
            positives += w;
        }
    }
    scratch->all_rows = has_clusters ? rows : rows + plan->n;
    scratch->all_positives = positives;
}

/* ---- the walk ---- */

void td_boot_steps_scalar(td_boot_walk *at, const td_boot_score *score,
                          const td_boot_scratch *scratch, const uint32_t steps[2]) {
    td_boot_steps(at, score, scratch, steps);
}

static td_boot_steps_fn fastest_steps(void) {
#if defined(__x86_64__)
    if (td_cpu_simd() == TD_SIMD_AVX512) return td_boot_steps_avx512;
#endif
    return td_boot_steps_scalar;
}

static void leave_sums(td_boot_lanes *seen, const td_boot_walk *at) {
    seen[TD_SEEN_ROWS] = at->rows;
    seen[TD_SEEN_POSITIVES] = at->positives;
    seen[TD_SEEN_WON] = at->won;
    seen[TD_SEEN_SCORE] = at->sum[TD_BOOT_SCORE];
    seen[TD_SEEN_AMOUNT] = at->sum[TD_BOOT_MONEY];
}

static void begin_walk(td_boot_walk *at, const td_boot_plan *plan, const td_boot_scratch *scratch) {
    *at = (td_boot_walk){.cost_fp = plan->rows->cost_fp,
                         .cost_fn = plan->rows->cost_fn,
                         .all_rows = scratch->all_rows,
                         .all_positives = scratch->all_positives};
    at->cost = at->cost_fn * at->all_positives;
    at->cut_step -= 1.0;
    for (int l = 0; l < LANES; l++) {
        scratch->hull[(uint64_t)l * scratch->hull_room] = (td_boot_corner){0.0, 0.0};
        at->n_hull[l] = 1;
    }
}

/* The end, (T, P), and whatever waits. */
static void close_hull(td_boot_walk *at, const td_boot_scratch *scratch) {
    td_boot_add_corner(at, scratch);
    for (int l = 0; l < LANES; l++) {
        if (at->next_rows[l] > at->last_rows[l]) td_boot_push(at, scratch, l);
    }
}

void td_boot_walk_score(td_boot_walk *at, const td_boot_plan *plan, uint32_t s,
                        td_boot_scratch *scratch, td_boot_steps_fn steps) {
    const td_boot_score *score = &plan->score[s];
    uint32_t range[2] = {0, 0};
    begin_walk(at, plan, scratch);
    for (uint32_t g = 0; g < score->n_segments; g++) {
        range[0] = range[1];
        range[1] = score->segment[g].step_end;
        steps(at, score, scratch, range);
        leave_sums(scratch->seen + (uint64_t)g * TD_N_SEEN, at);
    }
    close_hull(at, scratch);
}

void td_boot_batch_with(double *value, const td_boot_plan *plan, td_boot_scratch *scratch,
                        uint64_t first, td_boot_steps_fn steps) {
    td_resample_draw(scratch->weight, scratch->drawn, &plan->draw, first);
    count_all(scratch, plan);
    for (uint32_t s = 0; s < plan->n_scores; s++) {
        td_boot_walk at;
        td_boot_walk_score(&at, plan, s, scratch, steps);
        for (int l = 0; l < LANES; l++) {
            uint64_t place = ((uint64_t)l * plan->n_scores + s) * plan->n_metrics;
            td_boot_read(value + place, plan, s, &at, scratch, l);
        }
    }
}

void td_boot_batch(double *value, const td_boot_plan *plan, td_boot_scratch *scratch,
                   uint64_t first) {
    td_boot_batch_with(value, plan, scratch, first, fastest_steps());
}
