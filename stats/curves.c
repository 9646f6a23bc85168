/* stats/curves.c: ROC and precision-recall polylines and the gains table.
 *
 * Problem: draw and tabulate a ranking without inventing an order among tied rows.
 *   1. A curve has one point per block of equal score: rows t_b and positives p_b down to its end
 *      give   ROC (x, y) = ((t_b - p_b) / N, p_b / P)   and   PR (x, y) = (p_b / P, p_b / t_b).
 *   2. Thinning walks the curve and keeps a point whenever the length |dx| + |dy| passed since the
 *      start crosses the next multiple of  total length / (max_points - 1). A ROC curve has length
 *      2, so what is lost is less than 2 / (max_points - 1) in either direction.
 *   3. The gains table cuts the ranks into G groups of equal size (to within one row); a block that
 *      straddles a border is shared out by its mean, hits = H(end) - H(begin), H = td_ranking_hits.
 *
 * Cost: curves O(blocks) time and 24 bytes a point; table O(G log blocks).
 * The area under the ROC polyline is the AUC; the area under the PR polyline is not the average
 * precision (linear interpolation is too kind there: Davis, Goadrich 2006,
 * doi:10.1145/1143844.1143874). No smoothing, no convex hull.
 *
 *     tpr 1 |          .----*      a block of positives alone goes up, of negatives alone right,
 *           |      .--'            a mixed block goes diagonally: no order among its rows is drawn
 *           |  |--'
 *         0 *--+-----------
 *           0             1 fpr */
#include "stats/curves.h"

#include <math.h>

#include "core/base/mem.h"

/* May leave some arrays allocated when a later one fails: curve_open cleans up. */
static td_status curve_alloc(td_curve *curve, uint64_t n, td_error *err) {
    curve->n = n;
    TD_NEW(curve->x, n, err);
    TD_NEW(curve->y, n, err);
    TD_NEW(curve->threshold, n, err);
    return TD_OK;
}

static td_status curve_open(td_curve *out, uint64_t n, td_error *err) {
    *out = (td_curve){0};
    td_status status = curve_alloc(out, n, err);
    if (status != TD_OK) td_curve_free(out);
    return status;
}

void td_curve_free(td_curve *curve) {
    td_mem_free(curve->x);
    td_mem_free(curve->y);
    td_mem_free(curve->threshold);
    *curve = (td_curve){0};
}

static void set_point(td_curve *curve, uint64_t i, double x, double y, double threshold) {
    curve->x[i] = x;
    curve->y[i] = y;
    curve->threshold[i] = threshold;
}

/* One point more than blocks: the empty prediction at (0, 0), above every score. */
td_status td_curve_roc(td_curve *out, const td_ranking *ranking, td_error *err) {
    uint32_t negatives = ranking->n - ranking->n_positives;
    TD_CHECK(ranking->n_positives > 0 && negatives > 0, err, TD_ERR_NUMERIC,
             "no ROC curve: only one class is present");
    TD_TRY(curve_open(out, (uint64_t)ranking->n_blocks + 1, err));
    set_point(out, 0, 0.0, 0.0, HUGE_VAL);
    for (uint32_t b = 0; b < ranking->n_blocks; b++) {
        td_rank_block block = ranking->blocks[b];
        set_point(out, (uint64_t)b + 1,
                  (double)(block.end - block.positives_end) / (double)negatives,
                  (double)block.positives_end / (double)ranking->n_positives, block.score);
    }
    return TD_OK;
}

/* Recall rises from block to block; precision may fall and rise: a saw. */
td_status td_curve_pr(td_curve *out, const td_ranking *ranking, td_error *err) {
    TD_CHECK(ranking->n_positives > 0, err, TD_ERR_NUMERIC,
             "no precision-recall curve: no positive rows");
    TD_TRY(curve_open(out, ranking->n_blocks, err));
    for (uint32_t b = 0; b < ranking->n_blocks; b++) {
        td_rank_block block = ranking->blocks[b];
        set_point(out, b, (double)block.positives_end / (double)ranking->n_positives,
                  (double)block.positives_end / (double)block.end, block.score);
    }
    return TD_OK;
}

/* City-block length of the step that ends at point i: for a ROC curve the steps add up to 2. */
static double step_length(const td_curve *curve, uint64_t i) {
    return fabs(curve->x[i] - curve->x[i - 1]) + fabs(curve->y[i] - curve->y[i - 1]);
}

/* The write position `kept` never passes the read position i, so that points move in place.
 *
 *     passed   0 . . . 1 . . . . 2 . . 3 . . . . . 4     multiples of total / (max_points - 1)
 *     kept     x       x         x     x           x     the first point at or after each */
void td_curve_thin(td_curve *curve, uint64_t max_points) {
    if (curve->n <= max_points || max_points < 2) return;
    double total = 0.0;
    for (uint64_t i = 1; i < curve->n; i++) total += step_length(curve, i);
    uint64_t last = curve->n - 1, kept = 1;
    double passed = 0.0;
    for (uint64_t i = 1; i < last && kept + 1 < max_points; i++) {
        passed += step_length(curve, i);
        double next = total * (double)kept / (double)(max_points - 1);
        if (passed < next) continue;
        set_point(curve, kept++, curve->x[i], curve->y[i], curve->threshold[i]);
    }
    set_point(curve, kept++, curve->x[last], curve->y[last], curve->threshold[last]);
    curve->n = kept;
}

/* Borders may cut blocks: hits of a group are a difference of two means-credited counts.
 * A group without rows has no rate; the cumulative columns stand on all rows down to `end`. */
static td_gain_row gain_row(const td_ranking *ranking, uint64_t begin, uint64_t end) {
    td_gain_row row = {.begin = begin, .end = end, .cumulative = td_ranking_top_k(ranking, end)};
    if (begin == end) {
        row.rate = row.lift = td_metric_undefined("no rows in this group");
        return row;
    }
    row.hits = td_ranking_hits(ranking, end) - td_ranking_hits(ranking, begin);
    row.rate = td_metric_of(row.hits / (double)(end - begin));
    row.lift = td_metric_undefined("no positive rows");
    if (ranking->n_positives > 0) {
        row.lift = td_metric_of(row.rate.value * (double)ranking->n / (double)ranking->n_positives);
    }
    row.score_high = ranking->blocks[td_ranking_block_of(ranking, begin + 1)].score;
    row.score_low = ranking->blocks[td_ranking_block_of(ranking, end)].score;
    return row;
}

void td_gain_table(td_gain_row *rows, uint32_t n_groups, const td_ranking *ranking) {
    for (uint64_t g = 0; g < n_groups; g++) {
        uint64_t n = ranking->n; /* n and n_groups are below 2^32: the products fit */
        rows[g] = gain_row(ranking, g * n / n_groups, (g + 1) * n / n_groups);
    }
}
