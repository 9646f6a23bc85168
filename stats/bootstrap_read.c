/* stats/bootstrap_read.c: every statistic of one replicate, read off a walked score.
 *
 * Problem: the walk leaves totals, and sums at the end of every segment; a statistic that needs a
 * place between two ends (the k-th row, a tenth of the rows, a false positive rate) finds the
 * segment by bisection and goes through its rows once more, for this replicate alone.
 *   1. A place is the first point where x reaches a target, x = rows or negatives from the top. A
 *      block of ties that holds the target is credited by its mean: with f the share of it taken,
 *        positives += f dp,   scores += f dt s,   won += f dn (p + f dp / 2)
 *   2. Readers, one for each family of statistics, write their values; a new statistic is a line in
 *      its family, a new family a row of the table at the end. Formulas stand beside those of the
 *      rows themselves: ranking.c, probability.c, reliability.c, curves.c, operating.c.
 *   3. Brier = miscalibration - discrimination + uncertainty, o = P / T:
 *        CORP     with I = sum of p (t - p) / t over the edges (t, p) of the hull, divided by T:
 *                 Brier - I,  o (1 - o) - I
 *        Murphy   with M = sum of dp dn / dt over the blocks, divided by T:  the same with M
 * What has no value in a replicate is NaN.
 * Cost: some 30 bisections and walks of a segment a replicate, and the corners of the hull.
 *
 * References: as in the files named above; Barlow et al. (1972) for the hull. */
#include <math.h>

#include "stats/bootstrap_walk.h"
#include "stats/probability.h"
#include "stats/reliability.h"

/* One replicate of a walked score. */
typedef struct view {
    const td_boot_plan *plan;
    const td_boot_score *score;
    const td_boot_walk *at;
    const td_boot_scratch *scratch;
    int lane;
    double rows, positives, negatives;
} view;

/* Share of a whole, or no value. */
static double ratio(double part, double whole) { return whole > 0.0 ? part / whole : NAN; }

/* ---- places ---- */

/* Sums from the top down to a place. */
typedef struct place {
    double rows, positives, won, score, amount;
} place;

typedef enum axis { BY_ROWS, BY_NEGATIVES } axis;

static double position(const place *p, axis by) {
    return by == BY_ROWS ? p->rows : p->rows - p->positives;
}

/* Down to the end of segment g - 1. */
static place place_before(const view *v, uint32_t g) {
    if (g == 0) return (place){0};
    const td_boot_lanes *seen = v->scratch->seen + (uint64_t)(g - 1) * TD_N_SEEN;
    return (place){seen[TD_SEEN_ROWS][v->lane], seen[TD_SEEN_POSITIVES][v->lane],
                   seen[TD_SEEN_WON][v->lane], seen[TD_SEEN_SCORE][v->lane],
                   seen[TD_SEEN_AMOUNT][v->lane]};
}

/* First segment down to whose end the target is reached. */
static uint32_t segment_of(const view *v, axis by, double target) {
    uint32_t low = 0, high = v->score->n_segments - 1;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        place end = place_before(v, middle + 1);
        if (position(&end, by) >= target) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return low;
}

/* Add a block of ties, or as much of it as the target leaves room for; 1 when it is reached. */
static int add_block(place *at, const place *block, axis by, double target) {
    double room = target - position(at, by), length = position(block, by);
    int is_reached = length >= room;
    double f = is_reached && length > room ? room / length : 1.0;
    double negatives = block->rows - block->positives;
    at->won += f * negatives * (at->positives + 0.5 * f * block->positives);
    at->rows += f * block->rows;
    at->positives += f * block->positives;
    at->score += f * block->score;
    at->amount += f * block->amount;
    return is_reached;
}

/* Rank i by itself, weighted. */
static place row_at(const view *v, uint64_t i, int is_positive) {
    const td_boot_score *score = v->score;
    const double *column = score->column + i * score->n_columns;
    uint64_t unit = score->unit[i];
    double w = v->scratch->weight[unit * TD_BOOT_LANES + (uint64_t)v->lane];
    place row = {.rows = w, .positives = is_positive ? w : 0.0};
    if (score->n_columns > 0) row.score = w * column[TD_BOOT_SCORE];
    if (score->n_columns > TD_BOOT_MONEY) row.amount = w * column[TD_BOOT_MONEY];
    return row;
}

/* Rows of one step, in order, until the target is reached. */
static int add_step(place *at, const view *v, uint32_t step, axis by, double target) {
    td_boot_step s = v->score->step[step];
    uint64_t i = step > 0 ? v->score->step[step - 1].end : 0;
    for (; i < s.negatives_end; i++) {
        place row = row_at(v, i, 0);
        if (add_block(at, &row, by, target)) return 1;
    }
    for (; i < s.end && s.is_run; i++) {
        place row = row_at(v, i, 1);
        if (add_block(at, &row, by, target)) return 1;
    }
    if (s.is_run) return 0;
    place block = {0};
    for (; i < s.end; i++) {
        place row = row_at(v, i, i < s.positives_end);
        block.rows += row.rows;
        block.positives += row.positives;
        block.score += row.score;
        block.amount += row.amount;
    }
    return s.end > s.negatives_end && add_block(at, &block, by, target);
}

/* The place where x reaches the target; the target is at most all of x. */
static place place_at(const view *v, axis by, double target) {
    if (target <= 0.0) return (place){0};
    uint32_t g = segment_of(v, by, target);
    place at = place_before(v, g);
    if (v->score->segment[g].is_one_block) {
        place end = place_before(v, g + 1);
        place block = {end.rows - at.rows, end.positives - at.positives, 0.0, end.score - at.score,
                       end.amount - at.amount};
        add_block(&at, &block, by, target);
        return at;
    }
    uint32_t step = g > 0 ? v->score->segment[g - 1].step_end : 0;
    for (; step < v->score->segment[g].step_end; step++) {
        if (add_step(&at, v, step, by, target)) break;
    }
    return at;
}

/* ---- readers ---- */

static void read_ranking(double *value, const view *v) {
    double pairs = v->positives * v->negatives;
    value[TD_BOOT_BASE_RATE] = ratio(v->positives, v->rows);
    value[TD_BOOT_AUC] = ratio(v->at->won[v->lane], pairs);
    value[TD_BOOT_KS] = ratio(v->at->ks[v->lane], pairs);
    value[TD_BOOT_AP] = ratio(v->at->ap[v->lane], v->positives);
    value[TD_BOOT_PR_AREA] = ratio(v->at->pr[v->lane], v->positives);
}

static void read_losses(double *value, const view *v) {
    if (!v->score->is_probability) return;
    const td_boot_lanes *sum = v->at->sum;
    value[TD_BOOT_MEAN_SCORE] = ratio(sum[TD_BOOT_SCORE][v->lane], v->rows);
    value[TD_BOOT_LOG_LOSS] = ratio(sum[TD_BOOT_LOSS][v->lane], v->rows);
    value[TD_BOOT_BRIER] = ratio(sum[TD_BOOT_SQUARE][v->lane], v->rows);
}

/* Squared error around the isotonic fit: the hull's edges are its pools. */
static double isotonic_sum(const view *v) {
    const td_boot_corner *hull = v->scratch->hull + (uint64_t)v->lane * v->scratch->hull_room;
    double sum = 0.0;
    for (uint64_t i = 1; i < v->at->n_hull[v->lane]; i++) {
        double t = hull[i].rows - hull[i - 1].rows, p = hull[i].positives - hull[i - 1].positives;
        sum += p * (t - p) / t;
    }
    return sum;
}

static void read_brier_parts(double *value, const view *v) {
    if (!v->score->is_probability || !(v->rows > 0.0)) return;
    double base = v->positives / v->rows, uncertainty = base * (1.0 - base);
    double pools = isotonic_sum(v) / v->rows, groups = v->at->mixed[v->lane] / v->rows;
    double brier = v->at->sum[TD_BOOT_SQUARE][v->lane] / v->rows;
    value[TD_BOOT_UNCERTAINTY] = uncertainty;
    value[TD_BOOT_CORP_MISCALIBRATION] = fmax(0.0, brier - pools);
    value[TD_BOOT_CORP_DISCRIMINATION] = fmax(0.0, uncertainty - pools);
    value[TD_BOOT_MURPHY_MISCALIBRATION] = fmax(0.0, brier - groups);
    value[TD_BOOT_MURPHY_DISCRIMINATION] = fmax(0.0, uncertainty - groups);
}

/* Bins of equal width are whole segments. */
static void read_bins(double *value, const view *v) {
    if (!v->score->is_probability) return;
    place bin[TD_RELIABILITY_BINS] = {{0}}, last = {0};
    for (uint32_t g = 0; g < v->score->n_segments; g++) {
        place end = place_before(v, g + 1), *to = &bin[v->score->segment[g].bin];
        to->rows += end.rows - last.rows;
        to->positives += end.positives - last.positives;
        to->score += end.score - last.score;
        last = end;
    }
    double gaps = 0.0;
    for (int b = 0; b < TD_RELIABILITY_BINS; b++) {
        gaps += fabs(bin[b].score - bin[b].positives);
        value[TD_BOOT_BIN_RATE + b] = ratio(bin[b].positives, bin[b].rows);
    }
    value[TD_BOOT_ECE] = ratio(gaps, v->rows);
}

static void read_group(double *value, const view *v, const place *from, const place *to) {
    double rows = to->rows - from->rows, hits = to->positives - from->positives;
    double overall = ratio(v->positives, v->rows), rate = ratio(hits, rows);
    value[TD_BOOT_GROUP_RATE] = rate;
    value[TD_BOOT_GROUP_LIFT] = ratio(rate, overall);
    value[TD_BOOT_GROUP_CUMULATIVE_RECALL] =
        to->rows > 0.0 ? ratio(to->positives, v->positives) : NAN;
    value[TD_BOOT_GROUP_CUMULATIVE_LIFT] = ratio(ratio(to->positives, to->rows), overall);
}

/* The gains table, and the distance of score and rate in its groups. */
static void read_groups(double *value, const view *v) {
    place from = {0};
    double gaps = 0.0, worst = 0.0;
    for (uint32_t g = 0; g < TD_GAIN_GROUPS; g++) {
        double end = floor((g + 1) * v->rows / TD_GAIN_GROUPS);
        place to = place_at(v, BY_ROWS, end);
        to.rows = end; /* a fraction of a block need not add up to a whole number */
        if (end > from.rows) {
            double gap = fabs((to.score - from.score) - (to.positives - from.positives));
            gaps += gap;
            worst = fmax(worst, gap / (end - from.rows));
        }
        read_group(value + td_boot_at_group(g, 0), v, &from, &to);
        from = to;
    }
    if (!v->score->is_probability) return;
    value[TD_BOOT_ECE_MASS] = ratio(gaps, v->rows);
    value[TD_BOOT_WORST_GAP] = v->rows > 0.0 ? worst : NAN;
}

static void read_partial(double *value, const view *v) {
    double f = v->plan->rows->max_fpr;
    if (!(f > 0.0 && f <= 1.0) || !(v->positives * v->negatives > 0.0)) return;
    double diagonal = 0.5 * f * f;
    double area = place_at(v, BY_NEGATIVES, f * v->negatives).won / (v->positives * v->negatives);
    value[TD_BOOT_PARTIAL_AREA] = area;
    value[TD_BOOT_PARTIAL_CORRECTED] = 0.5 * (1.0 + (area - diagonal) / (f - diagonal));
}

/* Score of the cheapest cut: that of the step's last row that was drawn. NaN: no row is best. */
static double score_of_cut(const view *v) {
    double number = v->at->cut_step[v->lane];
    if (number < 0.0) return NAN;
    td_boot_step step = v->score->step[(uint32_t)number];
    uint64_t i = step.end - 1;
    while (step.is_run && i > step.negatives_end && !(row_at(v, i, 1).rows > 0.0)) i--;
    const td_ranking *ranking = v->score->ranking;
    return ranking->blocks[td_ranking_block_of(ranking, i + 1)].score;
}

static void read_cheapest(double *value, const view *v) {
    if (!(v->plan->rows->cost_fp + v->plan->rows->cost_fn > 0.0)) return;
    value[TD_BOOT_CUT_THRESHOLD] = score_of_cut(v);
    value[TD_BOOT_CUT_ROWS] = v->at->cut_rows[v->lane];
    value[TD_BOOT_CUT_HITS] = v->at->cut_hits[v->lane];
    value[TD_BOOT_CUT_COST] = v->at->cost[v->lane];
}

static void read_cuts(double *value, const view *v) {
    const td_bootstrap_rows *rows = v->plan->rows;
    for (uint32_t c = 0; c < rows->n_cuts; c++) {
        td_cut cut = rows->cut[c];
        double k = cut.share > 0 ? ceil(cut.share * v->rows - 1e-9) : (double)cut.k;
        if (k < 1.0 || k > v->rows) continue;
        place at = place_at(v, BY_ROWS, k);
        double *to = value + td_boot_at_cut(c, 0);
        to[TD_BOOT_PRECISION] = at.positives / k;
        to[TD_BOOT_RECALL] = ratio(at.positives, v->positives);
        to[TD_BOOT_LIFT] = ratio(at.positives / k, v->positives / v->rows);
        if (rows->amount == NULL) continue;
        to[TD_BOOT_AMOUNT] = at.amount;
        to[TD_BOOT_AMOUNT_SHARE] = ratio(at.amount, v->at->sum[TD_BOOT_MONEY][v->lane]);
    }
}

/* Every family of statistics; each leaves NaN where it has nothing to say. */
static void (*const readers[])(double *, const view *) = {
    read_ranking, read_losses,  read_brier_parts, read_bins,
    read_groups,  read_partial, read_cheapest,    read_cuts,
};

void td_boot_read(double *value, const td_boot_plan *plan, uint32_t s, const td_boot_walk *at,
                  const td_boot_scratch *scratch, int lane) {
    view v = {.plan = plan,
              .score = &plan->score[s],
              .at = at,
              .scratch = scratch,
              .lane = lane,
              .rows = at->all_rows[lane],
              .positives = at->all_positives[lane]};
    v.negatives = v.rows - v.positives;
    for (uint32_t m = 0; m < plan->n_metrics; m++) value[m] = NAN;
    for (uint64_t r = 0; r < sizeof readers / sizeof *readers; r++) readers[r](value, &v);
}
