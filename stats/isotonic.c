/* stats/isotonic.c: isotonic regression of labels on scores, with steps or strictly rising.
 *
 *   1. Blocks of equal score from the lowest up; each is a pool (rows, positives, sum of scores).
 *   2. Pool adjacent violators: while the last pool's rate is not above the one before it, merge
 *      them. Rates are compared as p1 n2 >= p2 n1, in integers. The rates left are the
 *      least-squares rising fit.
 *   3. Isotonic: a pool gives two knots, its lowest and its highest score, at its rate; between
 *      pools the curve is straight, as scikit-learn's.
 *      Monotone: a pool gives one knot, its mean score. Straight lines between rising rates rise
 *      strictly, so rows keep their order.
 *
 *        rate            o===o            isotonic: steps o===o joined by lines
 *             o==o     /      \
 *            /    \___x___     (x: middles, what `monotone` joins)
 *      o====o
 *
 *   4. Monotone beyond the ends: with the outermost knots (x_1, v_1), (x_k, v_k), d = x_k - x_1 (1
 *      if that is 0), the curve is v_1 / (1 + (x_1 - s)/d) below and 1 - (1 - v_k)/(1 + (s -
 * x_k)/d) above. For that v_1 > 0 and v_k < 1 are needed: a pool without positives gets half the
 * rate of the next pool, one without negatives half the way to 1; a pool that is the only one has
 *      both classes.
 * Cost: O(blocks), three numbers a pool.
 *
 * References: Ayer et al. (1955), doi:10.1214/aoms/1177728423; Oron and Flournoy (2017),
 * doi:10.1080/19466315.2017.1286256. */
#include "stats/isotonic.h"

#include "core/base/mem.h"
#include "core/base/numeric.h"

typedef struct pool {
    uint64_t rows, positives;
    double low, high, sum; /* of the scores */
} pool;

/* Pools from the lowest score up; the last block of the ranking is the lowest. Returns how many. */
static uint32_t make_pools(pool *pools, const td_ranking *ranking) {
    uint32_t n = 0;
    for (uint32_t b = ranking->n_blocks; b-- > 0;) {
        td_rank_block block = ranking->blocks[b], last = {0};
        if (b > 0) last = ranking->blocks[b - 1];
        uint64_t rows = block.end - last.end;
        pool next = {rows, block.positives_end - last.positives_end, block.score, block.score,
                     (double)rows * block.score};
        while (n > 0 && pools[n - 1].positives * next.rows >= next.positives * pools[n - 1].rows) {
            const pool *below = &pools[--n];
            next.rows += below->rows;
            next.positives += below->positives;
            next.sum += below->sum;
            next.low = below->low;
        }
        pools[n++] = next;
    }
    return n;
}

static double rate_of(const pool *p) { return (double)p->positives / (double)p->rows; }

static void add_knot(td_calibration *out, double score, double probability) {
    out->score[out->n_knots] = score;
    out->probability[out->n_knots++] = probability;
}

static void write_knots(td_calibration *out, const pool *pools, uint32_t n) {
    for (uint32_t i = 0; i < n; i++) {
        const pool *p = &pools[i];
        if (out->kind == TD_CALIBRATE_MONOTONE) {
            add_knot(out, p->sum / (double)p->rows, rate_of(p));
            continue;
        }
        add_knot(out, p->low, rate_of(p));
        if (p->high > p->low) add_knot(out, p->high, rate_of(p));
    }
    if (out->kind != TD_CALIBRATE_MONOTONE || n == 1) return;
    double *v = out->probability;
    if (v[0] == 0.0) v[0] = 0.5 * (n > 2 || v[1] < 1.0 ? v[1] : 0.5);
    if (v[n - 1] == 1.0) v[n - 1] = 0.5 + 0.5 * v[n - 2];
}

td_status td_isotonic_fit(td_calibration *calibration, const td_ranking *ranking, td_error *err) {
    TD_NEW(calibration->score, 2 * (uint64_t)ranking->n_blocks, err);
    TD_NEW(calibration->probability, 2 * (uint64_t)ranking->n_blocks, err);
    pool *pools = NULL;
    TD_NEW(pools, ranking->n_blocks, err);
    write_knots(calibration, pools, make_pools(pools, ranking));
    td_mem_free(pools);
    return TD_OK;
}

td_status td_isotonic_brier_sum(double *sum, const td_ranking *ranking, td_error *err) {
    pool *pools = NULL;
    TD_NEW(pools, ranking->n_blocks, err);
    uint32_t n = make_pools(pools, ranking);
    td_sum total = {0};
    for (uint32_t i = 0; i < n; i++)
        td_sum_add(&total, (double)(pools[i].rows - pools[i].positives) * rate_of(&pools[i]));
    td_mem_free(pools);
    *sum = td_sum_value(&total);
    return TD_OK;
}

/* First knot at or above the score; n_knots if there is none. */
static uint32_t knot_above(const td_calibration *c, double score) {
    uint32_t low = 0, high = c->n_knots;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (c->score[middle] >= score) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return low;
}

static double beyond(const td_calibration *c, double score, int is_above) {
    uint32_t last = c->n_knots - 1;
    if (c->kind == TD_CALIBRATE_ISOTONIC) return c->probability[is_above ? last : 0];
    double width = c->score[last] - c->score[0];
    if (!(width > 0.0)) width = 1.0;
    if (is_above)
        return 1.0 - (1.0 - c->probability[last]) / (1.0 + (score - c->score[last]) / width);
    return c->probability[0] / (1.0 + (c->score[0] - score) / width);
}

double td_isotonic_at(const td_calibration *c, double score) {
    if (score != score) return score;
    uint32_t k = knot_above(c, score);
    if (k == c->n_knots) return beyond(c, score, 1);
    if (c->score[k] == score) return c->probability[k];
    if (k == 0) return beyond(c, score, 0);
    double share = (score - c->score[k - 1]) / (c->score[k] - c->score[k - 1]);
    return c->probability[k - 1] + share * (c->probability[k] - c->probability[k - 1]);
}
