/* stats/operating.c: partial AUC, the cheapest threshold and scores by class, off the blocks.
 *
 * With P positives and N negatives, and p_b, n_b of them down to the end of block b:
 *   partial area to f   sum over blocks of the trapezoid between (n_{b-1}/N, p_{b-1}/P) and
 *                       (n_b/N, p_b/P); the block that passes f is cut where the line meets it
 *   corrected           (1 + (area - f^2/2) / (f - f^2/2)) / 2
 *
 *        tpr |        ____/            area below the curve, left of f
 *            |     __/####             f^2/2: what the diagonal has there
 *            |   _/#######             f: what a perfect score has
 *            |  /#########|
 *            |_/##########|______ fpr
 *                         f
 *
 *   cost of block b     c_fp n_b + c_fn (P - p_b)
 *   quantile p of a class of m scores: the ceil(m p)-th from below (the first for p = 0)
 * Each is one walk over the blocks, O(blocks). None looks at rows; ties are one point of the curve.
 *
 * References: McClish (1989), doi:10.1177/0272989X8900900307; Elkan, "The foundations of
 * cost-sensitive learning", IJCAI (2001). */
#include "stats/operating.h"

#include <math.h>

static const char *const ONE_CLASS = "only one class is present";

const double td_score_quantile[TD_SCORE_QUANTILES] = {0, 0.05, 0.25, 0.5, 0.75, 0.95, 1};

td_partial_auc td_partial_auc_of(const td_ranking *ranking, double max_fpr) {
    td_partial_auc out = {.max_fpr = max_fpr};
    double positives = ranking->n_positives, negatives = ranking->n - positives;
    out.area = out.corrected = td_metric_undefined(ONE_CLASS);
    if (!(positives > 0 && negatives > 0)) return out;
    if (!(max_fpr > 0 && max_fpr <= 1)) {
        out.area = out.corrected = td_metric_undefined("no false positive rate in (0, 1]");
        return out;
    }
    double area = 0, x = 0, y = 0;
    for (uint32_t b = 0; b < ranking->n_blocks && x < max_fpr; b++) {
        td_rank_block block = ranking->blocks[b];
        double next_x = (block.end - block.positives_end) / negatives;
        double next_y = block.positives_end / positives;
        if (next_x > max_fpr) { /* the line to the next point passes f */
            next_y = y + (next_y - y) * (max_fpr - x) / (next_x - x);
            next_x = max_fpr;
        }
        area += 0.5 * (next_x - x) * (y + next_y);
        x = next_x;
        y = next_y;
    }
    double diagonal = 0.5 * max_fpr * max_fpr;
    out.area = td_metric_of(area);
    out.corrected = td_metric_of(0.5 * (1.0 + (area - diagonal) / (max_fpr - diagonal)));
    return out;
}

td_cheapest_cut td_cheapest_cut_of(const td_ranking *ranking, double cost_fp, double cost_fn) {
    double positives = ranking->n_positives;
    td_cheapest_cut out = {.threshold = td_metric_undefined("acting on nobody costs least"),
                           .cost_none = cost_fn * positives,
                           .cost_all = cost_fp * (ranking->n - positives)};
    out.cost = out.cost_none;
    for (uint32_t b = 0; b < ranking->n_blocks; b++) {
        td_rank_block block = ranking->blocks[b];
        double cost = cost_fp * (block.end - block.positives_end) +
                      cost_fn * (positives - block.positives_end);
        if (cost >= out.cost) continue;
        out.cost = cost;
        out.threshold = td_metric_of(block.score);
        out.rows = block.end;
        out.hits = block.positives_end;
    }
    return out;
}

/* Whole blocks add integers, so the sum is exact; the last block gives (rows taken / rows) of its
 * own, which is exact where it is taken whole. */
td_metric td_top_amount_of(const td_ranking *ranking, const int64_t *amount, uint64_t k) {
    if (k == 0 || k > ranking->n)
        return td_metric_undefined(k == 0 ? "k is 0" : "k exceeds the number of rows");
    uint32_t b = td_ranking_block_of(ranking, k);
    uint32_t begin = b > 0 ? ranking->blocks[b - 1].end : 0, end = ranking->blocks[b].end;
    int64_t above = 0, inside = 0;
    for (uint32_t i = 0; i < begin; i++) above += amount[ranking->order[i]];
    for (uint32_t i = begin; i < end; i++) inside += amount[ranking->order[i]];
    if (end == k) return td_metric_of((double)(above + inside));
    double share = (double)(k - begin) / (double)(end - begin);
    return td_metric_of((double)above + share * (double)inside);
}

const double td_score_edge[TD_SCORE_BINS + 1] = {0,    0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005,
                                                 0.01, 0.02,   0.05,   0.1,    0.2,   0.5,   1};

/* Rows of the class among the first `end` of the order. */
static uint64_t class_rows(td_rank_block block, int is_positive) {
    return is_positive ? block.positives_end : block.end - block.positives_end;
}

/* Blocks descend, and so does the bin: one walk. */
static void fill_bins(td_score_spread *out, const td_ranking *ranking, int is_positive) {
    int bin = TD_SCORE_BINS - 1;
    uint64_t before = 0;
    for (uint32_t b = 0; b < ranking->n_blocks; b++) {
        double score = ranking->blocks[b].score;
        uint64_t seen = class_rows(ranking->blocks[b], is_positive);
        while (bin > 0 && score < td_score_edge[bin]) bin--;
        *(score >= 0 && score <= 1 ? &out->bin[bin] : &out->n_outside) += seen - before;
        before = seen;
    }
}

td_score_spread td_score_spread_of(const td_ranking *ranking, int is_positive) {
    td_score_spread out = {.n = ranking->n_positives};
    if (!is_positive) out.n = ranking->n - ranking->n_positives;
    fill_bins(&out, ranking, is_positive);
    uint32_t b = 0;
    for (int q = TD_SCORE_QUANTILES - 1; q >= 0; q--) {
        out.quantile[q] = td_metric_undefined("no rows of this class");
        if (out.n == 0) continue;
        uint64_t rank = (uint64_t)ceil(td_score_quantile[q] * (double)out.n);
        uint64_t from_top = out.n + 1 - (rank > 0 ? rank : 1);
        while (class_rows(ranking->blocks[b], is_positive) < from_top) b++;
        out.quantile[q] = td_metric_of(ranking->blocks[b].score);
    }
    return out;
}
