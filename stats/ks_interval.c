/* stats/ks_interval.c: an interval of the KS distance that holds, by folds.
 *
 * Problem: D(x) = TPR(x) - FPR(x) has its largest value theta at x0. The rows' curve D^ has its own
 * largest value D^(x^) >= D^(x0): it is too high by b = O(n^(-2/3)) on average, as the maximum of a
 * random walk on a parabola (Kim and Pollard 1990). Percentiles of bootstrap draws start from there
 * and add another (2^(2/3) - 1) b; with 80 positives they hold the truth in 80 of 100 cases.
 * But each end of an interval has an argument of its own that needs no estimate of b:
 *   1. high = D^(x^) + z se.      D^(x0) <= D^(x^), and D^(x0) is an unbiased mean at a fixed cut.
 *   2. low = D~ - z se.           Fold k of K: the cut x^_k is chosen on the other folds, then
 *                                   D~ = (1/P) sum_k p_k(x^_k) - (1/N) sum_k q_k(x^_k)
 *                                 counts positives p_k and negatives q_k of fold k at or above it.
 *                                 E D~ = E D(x^_k) <= theta, whatever the cuts are (it lies about
 *                                 b/3 below: the price of a cut that is not quite the best).
 *   3. se, the cut taken as given:
 *        rows       se^2 = tpr (1 - tpr) / P + fpr (1 - fpr) / N
 *        clusters   se^2 = C/(C - 1) sum_c (sum of u_i in c)^2,
 *                   u_i = (1{s_i >= x^} - tpr)/P for a positive, -(1{s_i >= x^} - fpr)/N else
 * A score that ranks backwards has its largest distance below 0: each fold's cut carries its sign.
 *
 *     rank     1 2 3 4 5 6 7 8 ...       one walk from the top serves all folds: block by block the
 *     fold     3 0 9 3 1 7 0 2 ...       counts outside fold k are (all so far) - (fold k so far)
 *
 * Coverage is measured by bench/coverage_evaluate and told in docs/evaluation.md.
 * Cost: one walk with 10 comparisons a block.
 *
 * References: Kim and Pollard (1990), doi:10.1214/aos/1176347498; Stone (1974),
 * doi:10.1111/j.2517-6161.1974.tb00994.x, for the folds; Liang and Zeger (1986),
 * doi:10.1093/biomet/73.1.13, for the clusters. */
#include "stats/ks_interval.h"

#include <math.h>

#include "core/base/mem.h"
#include "core/base/numeric.h"
#include "core/base/rng.h"

enum { K = TD_KS_FOLDS };

static const char *const ONE_CLASS = "one class only";

/* ---- folds ---- */

/* Counts of one class: over all rows above, and by fold. */
typedef struct class_count {
    double all;
    double of[K];
} class_count;

static void draw_folds(uint8_t *fold, uint64_t n, uint64_t seed) {
    td_rng rng = td_rng_stream(seed, "ks folds", 0, 0);
    for (uint64_t u = 0; u < n; u++) fold[u] = (uint8_t)td_rng_below(&rng, K);
}

/* Unit of the next row of this class: its cluster, or its place in the order positives by rank,
 * then negatives by rank, which tied rows cannot change. */
static uint32_t unit_of(const td_ks_rows *rows, uint32_t row, int is_positive,
                        const uint32_t seen[2]) {
    if (rows->cluster != NULL) return rows->cluster[row];
    return is_positive ? seen[1] : rows->ranking->n_positives + seen[0];
}

/* Best cut of each fold so far: the distance outside it and the counts inside it. */
typedef struct fold_best {
    double distance[K]; /* largest |D| of the other folds */
    double positives[K], negatives[K];
    double sign[K];
} fold_best;

static void note_cut(fold_best *best, const class_count seen[2], const class_count total[2]) {
    for (int k = 0; k < K; k++) {
        double p = (seen[1].all - seen[1].of[k]) / (total[1].all - total[1].of[k]);
        double q = (seen[0].all - seen[0].of[k]) / (total[0].all - total[0].of[k]);
        double gap = fabs(p - q);
        if (!(gap > best->distance[k])) continue;
        best->distance[k] = gap;
        best->positives[k] = seen[1].of[k];
        best->negatives[k] = seen[0].of[k];
        best->sign[k] = p >= q ? 1.0 : -1.0;
    }
}

/* Add the ranks [begin, end) to the counts. */
static void add_ranks(class_count count[2], const td_ks_rows *rows, const uint8_t *fold,
                      uint32_t begin, uint32_t end) {
    for (uint32_t i = begin; i < end; i++) {
        uint32_t row = rows->ranking->order[i];
        int is_positive = rows->label[row] == 1.0;
        const uint32_t seen[2] = {(uint32_t)count[0].all, (uint32_t)count[1].all};
        count[is_positive].of[fold[unit_of(rows, row, is_positive, seen)]] += 1.0;
        count[is_positive].all += 1.0;
    }
}

/* D~ of the head. Undefined where nine folds hold no row of a class. */
static td_metric held_out(const td_ks_rows *rows, const uint8_t *fold) {
    const td_ranking *ranking = rows->ranking;
    class_count total[2] = {{0}}, seen[2] = {{0}};
    fold_best best = {.distance = {0}};
    add_ranks(total, rows, fold, 0, ranking->n);
    for (int k = 0; k < K; k++) {
        best.distance[k] = -1.0;
        if (total[0].all - total[0].of[k] < 2.0 || total[1].all - total[1].of[k] < 2.0)
            return td_metric_undefined("too few rows of a class for ten folds");
    }
    uint32_t begin = 0;
    for (uint32_t b = 0; b < ranking->n_blocks; b++) {
        add_ranks(seen, rows, fold, begin, ranking->blocks[b].end);
        begin = ranking->blocks[b].end;
        note_cut(&best, seen, total);
    }
    double sum = 0.0;
    for (int k = 0; k < K; k++)
        sum += best.sign[k] * (best.positives[k] / total[1].all - best.negatives[k] / total[0].all);
    return td_metric_of(sum);
}

/* ---- standard error ---- */

static td_status clustered_se(double *se, const td_ks_rows *rows, const td_ks *ks, td_error *err) {
    const td_ranking *ranking = rows->ranking;
    double positives = ranking->n_positives, negatives = ranking->n - positives;
    double *sum = NULL;
    TD_NEW_ZEROED(sum, rows->n_clusters, err);
    for (uint32_t i = 0; i < ranking->n; i++) {
        uint32_t row = ranking->order[i];
        double above = i < ks->rows ? 1.0 : 0.0;
        sum[rows->cluster[row]] +=
            rows->label[row] == 1.0 ? (above - ks->tpr) / positives : (ks->fpr - above) / negatives;
    }
    td_sum squares = {0};
    for (uint32_t c = 0; c < rows->n_clusters; c++) td_sum_add(&squares, sum[c] * sum[c]);
    td_mem_free(sum);
    double clusters = rows->n_clusters;
    *se = clusters > 1.0 ? sqrt(td_sum_value(&squares) * clusters / (clusters - 1.0)) : 0.0;
    return TD_OK;
}

static td_status measure_se(double *se, const td_ks_rows *rows, const td_ks *ks, td_error *err) {
    if (rows->cluster != NULL) return clustered_se(se, rows, ks, err);
    double positives = rows->ranking->n_positives, negatives = rows->ranking->n - positives;
    *se = sqrt(ks->tpr * (1.0 - ks->tpr) / positives + ks->fpr * (1.0 - ks->fpr) / negatives);
    return TD_OK;
}

/* ---- public ---- */

static td_status measure(td_ks_result *out, const td_ks_rows *rows, double level, uint64_t seed,
                         td_error *err) {
    td_ks ks = td_ranking_ks(rows->ranking);
    uint64_t n_units = rows->cluster != NULL ? rows->n_clusters : rows->ranking->n;
    uint8_t *fold = NULL;
    double se = 0.0;
    TD_TRY(measure_se(&se, rows, &ks, err));
    TD_NEW(fold, n_units, err);
    draw_folds(fold, n_units, seed);
    out->held_out = held_out(rows, fold);
    td_mem_free(fold);
    if (!(se > 0.0)) {
        out->se = td_metric_undefined("the classes do not overlap at the cut");
        out->interval = td_interval_undefined(out->se.undefined_reason);
        return TD_OK;
    }
    out->se = td_metric_of(se);
    out->interval = td_interval_undefined(out->held_out.undefined_reason);
    if (!td_metric_is_defined(out->held_out)) return TD_OK;
    double reach = td_normal_quantile(0.5 + 0.5 * level) * se;
    out->interval = td_interval_of(fmax(0.0, fmin(out->held_out.value, ks.value.value) - reach),
                                   fmin(1.0, ks.value.value + reach));
    return TD_OK;
}

td_status td_ks_interval_of(td_ks_result *out, const td_ks_rows *rows, double level, uint64_t seed,
                            td_error *err) {
    TD_CHECK(level > 0.0 && level < 1.0, err, TD_ERR_RANGE,
             "a confidence level of %g lies outside (0, 1)", level);
    const td_ranking *ranking = rows->ranking;
    if (ranking->n_positives == 0 || ranking->n_positives == ranking->n) {
        *out = (td_ks_result){td_metric_undefined(ONE_CLASS), td_metric_undefined(ONE_CLASS),
                              td_interval_undefined(ONE_CLASS)};
        return TD_OK;
    }
    return measure(out, rows, level, seed, err);
}
