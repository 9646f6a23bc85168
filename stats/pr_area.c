/* stats/pr_area.c: area and points of the precision-recall curve between its blocks.
 *
 * Problem: precision does not move in a straight line from one threshold to the next. Inside a
 * block of dt equal scores, dp of them positive, any x of the positives come with x dt/dp rows (the
 * mean over the orders that the tied rows could have). With a positives in m rows above the block
 *        precision(x) = (a + x) / (m + x dt/dp),         0 <= x <= dp
 *   1. Integrate over recall, r = dp/dt:
 *        (1/P) [ r dp + r (a - m r) ln((m + dt) / m) ]         and (1/P) r dp for m = 0
 *   2. Sum over the blocks that hold positives.
 *
 *     precision |*--.             straight lines (dashed) lie above the curve where precision
 *               |    ` - - .      falls: the trapezoid promises too much
 *               |     `.__  *
 *               +-------------- recall
 *
 * For one positive alone the area is that of a curve that rises inside its step, a little less than
 * the step of the average precision. Infinite scores rank; scores are not looked at.
 * Cost: O(blocks), one logarithm for each block that holds positives.
 *
 * References: Davis and Goadrich (2006), doi:10.1145/1143844.1143874; Keilwagen, Grosse, Grau
 * (2014), doi:10.1371/journal.pone.0092209, for the closed form. */
#include "stats/pr_area.h"

#include "core/base/numeric.h"

static const char *const NO_POSITIVES = "there are no positive rows";

/* Rows and positives above block b, and in it. */
typedef struct piece {
    double rows_above, positives_above, rows, positives;
} piece;

static piece piece_of(const td_ranking *ranking, uint32_t b) {
    td_rank_block block = ranking->blocks[b], last = {0};
    if (b > 0) last = ranking->blocks[b - 1];
    return (piece){last.end, last.positives_end, block.end - last.end,
                   block.positives_end - last.positives_end};
}

/* Step 1 of the head, without 1 / P. */
static double area_of(piece p) {
    double rate = p.positives / p.rows, area = rate * p.positives;
    if (p.rows_above > 0)
        area += rate * (p.positives_above - p.rows_above * rate) * td_log1p(p.rows / p.rows_above);
    return area;
}

td_metric td_ranking_pr_area(const td_ranking *ranking) {
    if (ranking->n_positives == 0) return td_metric_undefined(NO_POSITIVES);
    td_sum sum = {0};
    for (uint32_t b = 0; b < ranking->n_blocks; b++) {
        piece p = piece_of(ranking, b);
        if (p.positives > 0) td_sum_add(&sum, area_of(p));
    }
    return td_metric_of(td_sum_value(&sum) / ranking->n_positives);
}

/* First block down to whose end this many positives are found; it holds one. */
static uint32_t block_of_positives(const td_ranking *ranking, double positives) {
    uint32_t low = 0, high = ranking->n_blocks - 1;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        double found = ranking->blocks[middle].positives_end;
        if (found >= positives && found > 0) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return low;
}

td_metric td_ranking_precision_at(const td_ranking *ranking, double recall) {
    if (ranking->n_positives == 0) return td_metric_undefined(NO_POSITIVES);
    if (!(recall >= 0.0 && recall <= 1.0)) return td_metric_undefined("no recall in [0, 1]");
    double found = recall * ranking->n_positives;
    piece p = piece_of(ranking, block_of_positives(ranking, found));
    double x = found - p.positives_above, rows = p.rows_above + x * p.rows / p.positives;
    if (rows > 0) return td_metric_of(found / rows);
    return td_metric_of(p.positives / p.rows); /* the limit at recall 0 of a first block */
}
