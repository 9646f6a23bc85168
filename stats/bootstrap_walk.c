/* stats/bootstrap_walk.c: eight replicates drawn and walked down the sorted order.
 *
 * Problem: a replicate is a weight per unit; 200 of them for two scores of a million rows are 400
 * million weighted rows. Eight replicates walk side by side: a step is read once for eight, and the
 * weights of a unit lie in eight neighbouring bytes.
 *   1. Draw weights (resample.c). T = sum w, P = sum w over positives.
 *   2. Walk the steps from the top; t rows and p positives seen, w the weights of a step's rows:
 *        negatives   t += sum w,  won += p sum w       no curve bends along a stretch of negatives
 *        a block     dp, dn = sum w over its positives, its negatives;  dt = dp + dn,  then
 *          won  += dn (p_before + dp / 2)              AUC = won / (P (T - P))
 *          ap   += dp p / t                            AP  = ap / P
 *          pr   += r dp + r (p_before - t_before r) log(1 + dt / t_before),  r = dp / dt
 *                                                      PR area = pr / P   (stats/pr_area.c)
 *          mixed += dp dn / dt                         Murphy's groups: the variance inside blocks
 *          ks    = max |p T - t P|                     KS  = ks / (P (T - P)), at both ends
 *          cost  = min c_fp (t - p) + c_fn (P - p)     the cheapest cut
 *          the corner (t, p) is put on the upper hull  isotonic regression is its slopes
 *      and, all the way, sums of w x score, log-loss, squared error and amount.
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
 * Cost: per row, replicate and score about 0.5 ns; a block with positives some 20 ns more.
 *
 * References: Efron (1979), doi:10.1214/aos/1176344552; Barlow, Bartholomew, Bremner and Brunk,
 * "Statistical inference under order restrictions" (1972). */
#include "stats/bootstrap_walk.h"

#include <math.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/base/numeric.h"

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

/* T and P of eight replicates. */
static void count_all(td_boot_walk *at, const td_boot_plan *plan, const uint8_t *weight) {
    int has_clusters = plan->unit_rows != NULL;
    uint32_t n = has_clusters ? plan->draw.n_units : plan->n_positives;
    for (uint32_t u = 0; u < n; u++) {
        double rows = has_clusters ? plan->unit_rows[u] : 0.0;
        double positives = has_clusters ? plan->unit_positives[u] : 1.0;
        for (int l = 0; l < LANES; l++) {
            double w = weight[(uint64_t)u * LANES + (uint64_t)l];
            at->all_rows[l] += w * rows;
            at->all_positives[l] += w * positives;
        }
    }
    for (int l = 0; l < LANES && !has_clusters; l++) at->all_rows[l] = plan->n;
}

/* ---- rows ---- */

typedef uint8_t eight_bytes __attribute__((vector_size(8)));
typedef int32_t eight_ints __attribute__((vector_size(32)));
typedef double eight_doubles __attribute__((vector_size(64)));

/* Weights of ranks range[0] .. range[1] - 1 into *count, weight x column into sum. The number of
 * columns is a constant to the compiler; it does not see the conversion of bytes in a loop of
 * eight, nor two steps in one. Units of another score lie anywhere: without being asked for in time
 * their weights take eight times as long as the sums. */
static inline void add_rows(td_boot_lanes *count, td_boot_lanes *sum, const td_boot_score *score,
                            const uint8_t *weight, const uint32_t range[2], int n_columns) {
    eight_doubles n, total[TD_BOOT_COLUMNS];
    memcpy(&n, count, sizeof n);
    memcpy(total, sum, sizeof total);
    for (uint64_t i = range[0]; i < range[1]; i++) {
        __builtin_prefetch(weight + (uint64_t)score->unit[i + TD_BOOT_AHEAD] * LANES);
        eight_bytes narrow;
        memcpy(&narrow, weight + (uint64_t)score->unit[i] * LANES, sizeof narrow);
        eight_ints wider = __builtin_convertvector(narrow, eight_ints);
        eight_doubles w = __builtin_convertvector(wider, eight_doubles);
        const double *column = score->column + i * (uint64_t)n_columns;
        n += w;
        if (n_columns == 0) continue;
        total[0] += w * column[0];
        total[1] += w * column[1];
        total[2] += w * column[2];
        if (n_columns == TD_BOOT_COLUMNS) total[3] += w * column[3];
    }
    memcpy(count, &n, sizeof n);
    memcpy(sum, total, sizeof total);
}

static void add_range(td_boot_lanes *count, td_boot_walk *at, const td_boot_score *score,
                      const uint8_t *weight, const uint32_t range[2]) {
    if (score->n_columns == 0) {
        add_rows(count, at->sum, score, weight, range, 0);
    } else if (score->n_columns == TD_BOOT_COLUMNS) {
        add_rows(count, at->sum, score, weight, range, TD_BOOT_COLUMNS);
    } else {
        add_rows(count, at->sum, score, weight, range, TD_BOOT_MONEY);
    }
}

/* ---- what a block adds ---- */

static inline void note_ks(td_boot_walk *at) {
    for (int l = 0; l < LANES; l++) {
        double gap = fabs(at->positives[l] * at->all_rows[l] - at->rows[l] * at->all_positives[l]);
        at->ks[l] = gap > at->ks[l] ? gap : at->ks[l];
    }
}

/* Of equal costs the first, which has the fewest rows. */
static inline void note_cost(td_boot_walk *at, double score) {
    for (int l = 0; l < LANES; l++) {
        double cost = at->cost_fp * (at->rows[l] - at->positives[l]) +
                      at->cost_fn * (at->all_positives[l] - at->positives[l]);
        if (cost >= at->cost[l]) continue;
        at->cost[l] = cost;
        at->cut_rows[l] = at->rows[l];
        at->cut_hits[l] = at->positives[l];
        at->cut_score[l] = score;
    }
}

/* log(1 + x), x > 0: below 2^-8 the series to x^6, whose rest is under 2^-50 of the sum. */
static inline double log_one_plus(double x) {
    if (x > 0x1p-8) return td_log1p(x);
    double series = 1.0 / 5 - x * (1.0 / 6);
    series = 1.0 / 4 - x * series;
    series = 1.0 / 3 - x * series;
    return x - x * x * (1.0 / 2 - x * series);
}

/* Interpolated area of a block of dp positives and dn negatives below t rows, p of them positive.
 */
static inline double area_of(double t, double p, double dp, double dn) {
    double dt = dp + dn, rate = dp / dt, area = rate * dp;
    if (t > 0.0) area += rate * (p - t * rate) * log_one_plus(dt / t);
    return area;
}

/* A block has rows: its sums stand in dp and dn, those above it in *at. */
static void add_block(td_boot_walk *at, const td_boot_lanes dp, const td_boot_lanes dn) {
    for (int l = 0; l < LANES; l++) {
        double t = at->rows[l], p = at->positives[l], dt = dp[l] + dn[l];
        if (dp[l] > 0.0) at->pr[l] += area_of(t, p, dp[l], dn[l]);
        at->positives[l] = p + dp[l];
        at->rows[l] = t + dt;
        at->won[l] += dn[l] * (0.5 * (p + at->positives[l]));
        double rows = at->rows[l] > 1.0 ? at->rows[l] : 1.0; /* no row seen: 0 / 1, not 0 / 0 */
        at->ap[l] += dp[l] * (at->positives[l] / rows);
        at->mixed[l] += dp[l] * dn[l] / (dt > 1.0 ? dt : 1.0);
    }
}

/* ---- the hull ---- */

/* The last corner lies on or below the line from the one before it to the new one. */
static inline int is_below(const td_boot_corner *last, td_boot_corner new_one) {
    const td_boot_corner *before = last - 1;
    return (last->positives - before->positives) * (new_one.rows - last->rows) <=
           (new_one.positives - last->positives) * (last->rows - before->rows);
}

static inline void add_corners(td_boot_walk *at, const td_boot_scratch *scratch) {
    for (int l = 0; l < LANES; l++) {
        td_boot_corner *hull = scratch->hull + (uint64_t)l * scratch->hull_room;
        td_boot_corner corner = {at->rows[l], at->positives[l]};
        uint64_t n = at->n_hull[l];
        if (corner.rows == hull[n - 1].rows) continue;
        while (n > 1 && is_below(&hull[n - 1], corner)) n--;
        hull[n] = corner;
        at->n_hull[l] = n + 1;
    }
}

/* ---- the walk ---- */

static void walk_step(td_boot_walk *at, const td_boot_score *score, uint32_t begin,
                      td_boot_step step, const td_boot_scratch *scratch) {
    const uint32_t parts[4] = {begin, step.negatives_end, step.positives_end, step.end};
    td_boot_lanes added[3] = {{0}};
    for (int part = 0; part < 3; part++) {
        if (parts[part] == parts[part + 1]) continue;
        add_range(&added[part], at, score, scratch->weight, parts + part);
    }
    if (step.negatives_end > begin) {
        for (int l = 0; l < LANES; l++) {
            at->rows[l] += added[0][l];
            at->won[l] += added[0][l] * at->positives[l];
        }
        note_ks(at);
    }
    if (step.end == step.negatives_end) return;
    add_block(at, added[1], added[2]);
    note_ks(at);
    if (at->cost_fp + at->cost_fn > 0.0) note_cost(at, step.score);
    add_corners(at, scratch);
}

static void leave_sums(td_boot_lanes *seen, const td_boot_walk *at) {
    memcpy(seen[TD_SEEN_ROWS], at->rows, sizeof at->rows);
    memcpy(seen[TD_SEEN_POSITIVES], at->positives, sizeof at->positives);
    memcpy(seen[TD_SEEN_WON], at->won, sizeof at->won);
    memcpy(seen[TD_SEEN_SCORE], at->sum[TD_BOOT_SCORE], sizeof at->won);
    memcpy(seen[TD_SEEN_AMOUNT], at->sum[TD_BOOT_MONEY], sizeof at->won);
}

static void begin_walk(td_boot_walk *at, const td_boot_plan *plan, const td_boot_scratch *scratch) {
    *at = (td_boot_walk){.cost_fp = plan->rows->cost_fp, .cost_fn = plan->rows->cost_fn};
    count_all(at, plan, scratch->weight);
    for (int l = 0; l < LANES; l++) {
        at->cost[l] = at->cost_fn * at->all_positives[l];
        at->cut_score[l] = NAN;
        scratch->hull[(uint64_t)l * scratch->hull_room] = (td_boot_corner){0.0, 0.0};
        at->n_hull[l] = 1;
    }
}

void td_boot_walk_score(td_boot_walk *at, const td_boot_plan *plan, uint32_t s,
                        td_boot_scratch *scratch) {
    const td_boot_score *score = &plan->score[s];
    begin_walk(at, plan, scratch);
    uint32_t step = 0, rank = 0;
    for (uint32_t g = 0; g < score->n_segments; g++) {
        for (; step < score->segment[g].step_end; step++) {
            walk_step(at, score, rank, score->step[step], scratch);
            rank = score->step[step].end;
        }
        leave_sums(scratch->seen + (uint64_t)g * TD_N_SEEN, at);
    }
    add_corners(at, scratch); /* the end, (T, P) */
}

void td_boot_batch(double *value, const td_boot_plan *plan, td_boot_scratch *scratch,
                   uint64_t first) {
    td_resample_draw(scratch->weight, scratch->drawn, &plan->draw, first);
    for (uint32_t s = 0; s < plan->n_scores; s++) {
        td_boot_walk at;
        td_boot_walk_score(&at, plan, s, scratch);
        for (int l = 0; l < LANES; l++) {
            uint64_t place = ((uint64_t)l * plan->n_scores + s) * plan->n_metrics;
            td_boot_read(value + place, plan, s, &at, scratch, l);
        }
    }
}
