/* stats/fold_choice.c: signs of groups, isotonic rates and thresholds chosen on some of the rows.
 *
 * Every number here is the largest of many means, each of which gives a row of label y and score s
 * a value v that is known once the choice is made:
 *     ECE              v = c (s - y)          c the sign of a group's sum of s - y
 *     worst gap        v = G c (s - y)        in the one of G groups that lies furthest off, else 0
 *     miscalibration   v = (s - y)^2 - (g - y)^2        g the isotonic rate at s
 *     discrimination   v = (o - y)^2 - (g - y)^2        o the base rate
 *     cost             v = -c_fp above the threshold with y = 0, -c_fn below it with y = 1
 * A block of ties is one score, so v is known per block and class.
 *   Groups of equal size part the rows that choose at g m / G, m their number; a block that
 * straddles a border has a share in both groups and so a c between -1 and 1. Isotonic rates are the
 * slopes of the upper hull of (rows, positives) from the top:
 *
 *     positives |        ___.--o         o  corners that stay
 *               |    .o--   x            x  dropped: below the line between its neighbours
 *               |  o   x
 *               +-------------- rows
 *
 * Cost: each choice is one or two walks over the blocks.
 * References: see stats/reliability.c and stats/operating.c; Barlow et al., "Statistical inference
 * under order restrictions" (1972), for the hull. */
#include "stats/fold_choice.h"

#include <math.h>

#include "core/base/mem.h"
#include "stats/probability.h"
#include "stats/reliability.h"

enum { GROUPS = TD_MASS_BINS };

static td_status build(td_chooser *out, uint64_t n, td_error *err) {
    TD_NEW(out->count, n, err);
    TD_NEW(out->value, n, err);
    TD_NEW(out->fit, n, err);
    TD_NEW(out->corner, n + 1, err);
    TD_NEW(out->corner_sum, 2 * (n + 1), err);
    return TD_OK;
}

td_status td_chooser_build(td_chooser *out, const td_fold_rows *rows, td_error *err) {
    *out = (td_chooser){.rows = rows};
    td_status status = build(out, rows->ranking->n_blocks, err);
    if (status != TD_OK) td_chooser_free(out);
    return status;
}

void td_chooser_free(td_chooser *chooser) {
    td_mem_free(chooser->count);
    td_mem_free(chooser->value);
    td_mem_free(chooser->fit);
    td_mem_free(chooser->corner);
    td_mem_free(chooser->corner_sum);
    *chooser = (td_chooser){0};
}

static double rows_of(td_by_class count) { return count.of[0] + count.of[1]; }

static double score_of(const td_chooser *c, uint32_t b) {
    return c->rows->ranking->blocks[b].score;
}

static double all_rows(const td_chooser *c) {
    double n = 0.0;
    for (uint32_t b = 0; b < c->rows->ranking->n_blocks; b++) n += rows_of(c->count[b]);
    return n;
}

/* ---- calibration errors ---- */

static double sign_of(double x) { return x < 0.0 ? -1.0 : 1.0; }

static void give_gap(td_chooser *c, uint32_t b, double weight) {
    double score = score_of(c, b);
    c->value[b] = (td_by_class){{weight * score, weight * (score - 1.0)}};
}

static void choose_bins(td_chooser *c) {
    double gap[TD_RELIABILITY_BINS] = {0};
    uint32_t n = c->rows->ranking->n_blocks;
    for (uint32_t b = 0; b < n; b++)
        gap[td_reliability_bin_of(score_of(c, b))] +=
            rows_of(c->count[b]) * score_of(c, b) - c->count[b].of[1];
    for (uint32_t b = 0; b < n; b++)
        give_gap(c, b, sign_of(gap[td_reliability_bin_of(score_of(c, b))]));
}

/* Shares of one block in the groups of equal size: first, first + 1, ... */
typedef struct shares {
    uint32_t first, n;
    double of[GROUPS];
} shares;

/* Ranks [begin, begin + rows) of m; a block without rows lies whole in one group. */
static shares shares_of(double begin, double rows, double m) {
    shares out = {0};
    double size = m / GROUPS, at = begin;
    while (out.first + 1 < GROUPS && begin >= (out.first + 1) * size) out.first++;
    for (uint32_t g = out.first; g < GROUPS; g++) {
        double stop = g + 1 < GROUPS ? fmin(begin + rows, (g + 1) * size) : begin + rows;
        out.of[out.n++] = rows > 0.0 ? (stop - at) / rows : 1.0;
        at = stop;
        if (at >= begin + rows) break;
    }
    return out;
}

/* Sum of s - y in every group. */
static void sum_groups(double gap[GROUPS], const td_chooser *c, double m) {
    double begin = 0.0;
    for (uint32_t b = 0; b < c->rows->ranking->n_blocks; b++) {
        double rows = rows_of(c->count[b]), off = rows * score_of(c, b) - c->count[b].of[1];
        shares part = shares_of(begin, rows, m);
        for (uint32_t k = 0; k < part.n; k++) gap[part.first + k] += part.of[k] * off;
        begin += rows;
    }
}

/* The group that lies furthest off counts alone, G-fold, when only the worst is asked for. */
static void choose_groups(td_chooser *c, int only_worst) {
    double gap[GROUPS] = {0}, weight[GROUPS], begin = 0.0, m = all_rows(c);
    sum_groups(gap, c, m);
    uint32_t worst = 0;
    for (uint32_t g = 1; g < GROUPS; g++) {
        if (fabs(gap[g]) > fabs(gap[worst])) worst = g;
    }
    for (uint32_t g = 0; g < GROUPS; g++) {
        weight[g] = sign_of(gap[g]);
        if (only_worst) weight[g] *= g == worst ? GROUPS : 0.0;
    }
    for (uint32_t b = 0; b < c->rows->ranking->n_blocks; b++) {
        double rows = rows_of(c->count[b]), mean = 0.0;
        shares part = shares_of(begin, rows, m);
        for (uint32_t k = 0; k < part.n; k++) mean += part.of[k] * weight[part.first + k];
        give_gap(c, b, mean);
        begin += rows;
    }
}

/* ---- isotonic rates ---- */

/* Corners of the hull; returns how many, the first is the top with no rows. */
static uint32_t find_corners(td_chooser *c) {
    double *sum = c->corner_sum, rows = 0.0, positives = 0.0;
    uint32_t n = 1;
    sum[0] = sum[1] = 0.0;
    c->corner[0] = 0;
    for (uint32_t b = 0; b < c->rows->ranking->n_blocks; b++) {
        rows += rows_of(c->count[b]);
        positives += c->count[b].of[1];
        if (rows == sum[2 * n - 2]) continue; /* no rows in this block */
        for (; n > 1; n--) {
            const double *last = sum + 2 * n - 2, *before = last - 2;
            if ((last[1] - before[1]) * (rows - last[0]) >
                (positives - last[1]) * (last[0] - before[0]))
                break;
        }
        c->corner[n] = b;
        sum[2 * n] = rows;
        sum[2 * n + 1] = positives;
        n++;
    }
    return n;
}

void td_chooser_fit(td_chooser *c) {
    uint32_t n = find_corners(c), b = 0;
    double rate = 0.0;
    for (uint32_t k = 1; k < n; k++) {
        const double *last = c->corner_sum + 2 * k, *before = last - 2;
        rate = (last[1] - before[1]) / (last[0] - before[0]);
        for (; b <= c->corner[k]; b++) c->fit[b] = rate;
    }
    for (; b < c->rows->ranking->n_blocks; b++) c->fit[b] = rate; /* without rows, at the bottom */
}

static double square(double x) { return x * x; }

/* What the fit takes off the squared error of the score, or of the base rate. */
static void choose_fit(td_chooser *c, int is_of_base) {
    double positives = 0.0;
    uint32_t n = c->rows->ranking->n_blocks;
    for (uint32_t b = 0; b < n; b++) positives += c->count[b].of[1];
    double base = positives / all_rows(c);
    for (uint32_t b = 0; b < n; b++) {
        double guess = is_of_base ? base : score_of(c, b);
        for (int y = 0; y < 2; y++) c->value[b].of[y] = square(guess - y) - square(c->fit[b] - y);
    }
}

/* ---- the cheapest threshold ---- */

static void choose_threshold(td_chooser *c) {
    uint32_t n = c->rows->ranking->n_blocks, n_acted = 0;
    double saved = 0.0, most = 0.0, fp = c->rows->cost_fp, fn = c->rows->cost_fn;
    for (uint32_t b = 0; b < n; b++) {
        saved += fn * c->count[b].of[1] - fp * c->count[b].of[0];
        if (saved <= most) continue;
        most = saved;
        n_acted = b + 1;
    }
    for (uint32_t b = 0; b < n; b++)
        c->value[b] = b < n_acted ? (td_by_class){{-fp, 0.0}} : (td_by_class){{0.0, -fn}};
}

void td_chooser_choose(td_chooser *c, td_fold_choice choice) {
    if (choice == TD_FOLD_ECE) choose_bins(c);
    if (choice == TD_FOLD_ECE_MASS) choose_groups(c, 0);
    if (choice == TD_FOLD_WORST_GAP) choose_groups(c, 1);
    if (choice == TD_FOLD_MISCALIBRATION) choose_fit(c, 0);
    if (choice == TD_FOLD_DISCRIMINATION) choose_fit(c, 1);
    if (choice == TD_FOLD_COST) choose_threshold(c);
}
