/* stats/fold_interval.c: each end of an interval from an argument of its own, without bootstrap.
 *
 * Problem: theta = max over choices c of L(c), where L(c) = E v_c(row) (fold_choice.c). The rows'
 * number is max L^(c) = L^(c^), too high on average: E max >= max E. A score whose calibration is
 * perfect has an ECE above 0 in every sample, and percentiles of draws never hold the 0.
 *   1. high = L^(c^) + z se.     L^(c0) <= L^(c^) for the best choice c0, whose L^ is unbiased.
 *   2. low = min(L~, L^(c^)) - z se.   Fold k of K: c_k is chosen on the other folds and judged on
 *      this one; L~ is the mean over all rows, E L~ = mean of L(c_k) <= theta.
 *   3. se, c^ taken as given, over rows or over clusters of rows:
 *        se^2 = (1/n^2) C/(C - 1) sum_c (sum over the rows of c of v - L^)^2
 *      of single rows' gaps not below (1/n^2) sum c^2 s (1 - s), what the scores foretell.
 *   4. Distances and parts of the Brier score are cut to [0, 1], a cost at 0. A least cost is a
 *      largest gain: both ends change places; it is told for all n rows.
 * When theta is 0 (perfect calibration) the interval begins at 0 and holds it nearly always; such
 * intervals are honest and wide. docs/evaluation.md counts how often they hold.
 *
 *     rank     1 2 3 4 5 ...       units (rows, or clusters whole) fall into folds by a random
 *     fold     3 0 2 2 1 ...       stream; tied rows of one class are alike, so order cannot show
 *
 * Cost: K + 1 walks a choice over the blocks, folds in parallel; 56 bytes a block and thread.
 *
 * References: Stone (1974), doi:10.1111/j.2517-6161.1974.tb00994.x, for the folds; Liang and Zeger
 * (1986), doi:10.1093/biomet/73.1.13, for the clusters; that an ECE is biased: Broecker (2012),
 * doi:10.1007/s00382-011-1191-1. */
#include "stats/fold_interval.h"

#include <math.h>

#include "core/base/mem.h"
#include "core/base/numeric.h"
#include "core/base/rng.h"
#include "stats/fold_choice.h"

enum { K = TD_FOLDS, MIN_OF_CLASS = 10, ALL = TD_FOLDS };

static const char *const TOO_FEW = "fewer than ten rows of a class";
static const char *const FEW_CLUSTERS = "too few clusters";
static const char *const NOT_ASKED = "no costs were given";

/* Rows by rank. */
typedef struct ranked {
    const td_fold_rows *rows;
    uint8_t *fold;                         /* [n] of the row at this rank */
    uint8_t *label;                        /* [n] */
    uint32_t inside[K][2];                 /* rows of a fold, by class */
    uint32_t n_units;                      /* that hold a row */
    double held_out[K][TD_N_FOLD_CHOICES]; /* sums over the rows of a fold */
    double se[TD_N_FOLD_CHOICES];
    double level_at[TD_N_FOLD_CHOICES]; /* mean over all rows: L^ */
} ranked;

/* ---- folds ---- */

/* Units are clusters, or rows by class and rank. A fold of K and more: no row was met as yet. */
static void deal_folds(ranked *r, uint8_t *of_unit) {
    const td_ranking *ranking = r->rows->ranking;
    uint64_t n_units = r->rows->cluster != NULL ? r->rows->n_clusters : ranking->n;
    uint32_t next[2] = {ranking->n_positives, 0};
    td_rng rng = td_rng_stream(r->rows->seed, "folds", 0, 0);
    for (uint64_t u = 0; u < n_units; u++) of_unit[u] = (uint8_t)(K + td_rng_below(&rng, K));
    for (uint32_t i = 0; i < ranking->n; i++) {
        uint32_t row = ranking->order[i];
        r->label[i] = r->rows->label[row] == 1.0;
        uint32_t unit = r->rows->cluster != NULL ? r->rows->cluster[row] : next[r->label[i]]++;
        if (of_unit[unit] >= K) {
            of_unit[unit] -= K;
            r->n_units++;
        }
        r->fold[i] = of_unit[unit];
        r->inside[r->fold[i]][r->label[i]]++;
    }
}

/* Whether rows outside each fold can choose: a base rate without rows is 0/0, with one class a
 * choice against nothing; and fewer units than folds tell nothing of how units differ. */
static int can_choose(const ranked *r) {
    uint32_t positives = r->rows->ranking->n_positives;
    uint32_t negatives = r->rows->ranking->n - positives;
    if (r->n_units < K) return 0;
    for (int k = 0; k < K; k++) {
        if (r->inside[k][0] == negatives || r->inside[k][1] == positives) return 0;
    }
    return 1;
}

/* Rows of the fold, and of the others, by block. */
static void count_fold(td_by_class *inside, td_by_class *outside, const ranked *r, uint8_t fold) {
    const td_ranking *ranking = r->rows->ranking;
    uint32_t i = 0;
    for (uint32_t b = 0; b < ranking->n_blocks; b++) {
        inside[b] = outside[b] = (td_by_class){{0.0, 0.0}};
        for (; i < ranking->blocks[b].end; i++)
            (r->fold[i] == fold ? inside : outside)[b].of[r->label[i]] += 1.0;
    }
}

static int is_asked(const ranked *r, int choice) {
    const td_ranking *ranking = r->rows->ranking;
    if (choice == TD_FOLD_COST) return r->rows->cost_fp + r->rows->cost_fn > 0.0;
    return ranking->blocks[0].score <= 1.0 && ranking->blocks[ranking->n_blocks - 1].score >= 0.0;
}

static double sum_values(const td_by_class *count, const td_chooser *c) {
    td_sum sum = {0};
    for (uint32_t b = 0; b < c->rows->ranking->n_blocks; b++)
        td_sum_add(&sum, count[b].of[0] * c->value[b].of[0] + count[b].of[1] * c->value[b].of[1]);
    return td_sum_value(&sum);
}

/* ---- standard errors ---- */

/* Squares of v - mean, summed over clusters. */
static td_status cluster_squares(double *out, const ranked *r, const td_chooser *c, double mean,
                                 td_error *err) {
    const td_ranking *ranking = r->rows->ranking;
    double *sum = NULL;
    TD_NEW_ZEROED(sum, r->rows->n_clusters, err);
    uint32_t i = 0;
    for (uint32_t b = 0; b < ranking->n_blocks; b++) {
        for (; i < ranking->blocks[b].end; i++)
            sum[r->rows->cluster[ranking->order[i]]] += c->value[b].of[r->label[i]] - mean;
    }
    td_sum squares = {0};
    for (uint32_t u = 0; u < r->rows->n_clusters; u++) td_sum_add(&squares, sum[u] * sum[u]);
    td_mem_free(sum);
    *out = td_sum_value(&squares);
    return TD_OK;
}

/* Of a gap, at least what the scores themselves foretell, sum c^2 s (1 - s) with c = v_0 - v_1: a
 * sample with too few purchases must not pass for a sure one. */
static double row_squares(const td_chooser *c, int choice, double mean) {
    td_sum squares = {0}, foretold = {0};
    for (uint32_t b = 0; b < c->rows->ranking->n_blocks; b++) {
        td_by_class value = c->value[b], count = c->count[b];
        double score = c->rows->ranking->blocks[b].score, weight = value.of[0] - value.of[1];
        for (int y = 0; y < 2; y++)
            td_sum_add(&squares, count.of[y] * (value.of[y] - mean) * (value.of[y] - mean));
        if (choice <= TD_FOLD_WORST_GAP)
            td_sum_add(&foretold,
                       (count.of[0] + count.of[1]) * weight * weight * score * (1 - score));
    }
    return fmax(td_sum_value(&squares), td_sum_value(&foretold));
}

/* The choice of all rows, judged by all rows. */
static td_status measure_se(ranked *r, td_chooser *c, int choice, td_error *err) {
    double n = r->rows->ranking->n, units = n, squares = 0.0;
    double mean = sum_values(c->count, c) / n;
    if (r->rows->cluster != NULL) {
        units = r->rows->n_clusters;
        TD_TRY(cluster_squares(&squares, r, c, mean, err));
    } else {
        squares = row_squares(c, choice, mean);
    }
    r->level_at[choice] = mean;
    r->se[choice] = units > 1.0 ? sqrt(squares * units / (units - 1.0)) / n : 0.0;
    return TD_OK;
}

/* ---- work of one fold; number K stands for all rows ---- */

static td_status judge(ranked *r, td_chooser *c, td_by_class *inside, uint64_t fold,
                       td_error *err) {
    count_fold(inside, c->count, r, (uint8_t)fold);
    td_chooser_fit(c);
    for (int choice = 0; choice < TD_N_FOLD_CHOICES; choice++) {
        if (!is_asked(r, choice)) continue;
        td_chooser_choose(c, (td_fold_choice)choice);
        if (fold == ALL) {
            TD_TRY(measure_se(r, c, choice, err));
        } else {
            r->held_out[fold][choice] = sum_values(inside, c);
        }
    }
    return TD_OK;
}

static td_status work_fold(void *ctx, td_chunk chunk, td_error *err) {
    ranked *r = ctx;
    td_chooser c = {0};
    td_by_class *inside = NULL;
    TD_NEW(inside, r->rows->ranking->n_blocks, err);
    td_status status = td_chooser_build(&c, r->rows, err);
    if (status == TD_OK) status = judge(r, &c, inside, chunk.index, err);
    td_chooser_free(&c);
    td_mem_free(inside);
    return status;
}

/* ---- public ---- */

static td_status work(ranked *r, const td_exec *exec, td_error *err) {
    const td_fold_rows *rows = r->rows;
    uint8_t *of_unit = NULL;
    TD_NEW(r->fold, rows->ranking->n, err);
    TD_NEW(r->label, rows->ranking->n, err);
    TD_NEW(of_unit, rows->cluster != NULL ? rows->n_clusters : rows->ranking->n, err);
    deal_folds(r, of_unit);
    td_mem_free(of_unit);
    if (!can_choose(r)) return TD_OK;
    return td_par_for(exec, K + 1, 1, work_fold, r, err);
}

/* Steps 1, 2 and 4 of the head. */
static td_fold_result result_of(const ranked *r, int choice, td_metric found) {
    double n = r->rows->ranking->n, mean = 0.0, se = r->se[choice];
    for (int k = 0; k < K; k++) mean += r->held_out[k][choice] / n;
    td_fold_result out = {.held_out = td_metric_of(mean), .se = td_metric_of(se)};
    double reach = td_normal_quantile(0.5 + 0.5 * r->rows->level) * se;
    double best = choice == TD_FOLD_COST ? r->level_at[choice] : found.value;
    double low = fmin(mean, best) - reach, high = best + reach;
    if (choice == TD_FOLD_COST) {
        out.held_out = td_metric_of(-n * mean);
        out.se = td_metric_of(n * se);
        out.interval = td_interval_of(fmax(0.0, -n * high), -n * low);
    } else {
        out.interval = td_interval_of(fmax(0.0, low), fmin(1.0, high));
    }
    if (!(se > 0.0)) out.interval = td_interval_undefined("no row differs from another");
    return out;
}

static td_fold_result undefined(const char *reason) {
    return (td_fold_result){td_metric_undefined(reason), td_metric_undefined(reason),
                            td_interval_undefined(reason)};
}

td_status td_fold_intervals(td_fold_result *out, const td_fold_rows *rows, const td_metric *found,
                            const td_exec *exec, td_error *err) {
    TD_CHECK(rows->level > 0.0 && rows->level < 1.0, err, TD_ERR_RANGE,
             "a confidence level of %g lies outside (0, 1)", rows->level);
    const td_ranking *ranking = rows->ranking;
    for (int c = 0; c < TD_N_FOLD_CHOICES; c++) out[c] = undefined(TOO_FEW);
    if (ranking->n_positives < MIN_OF_CLASS || ranking->n - ranking->n_positives < MIN_OF_CLASS)
        return TD_OK;
    ranked r = {.rows = rows};
    td_status status = work(&r, exec, err);
    int is_chosen = status == TD_OK && can_choose(&r);
    for (int c = 0; c < TD_N_FOLD_CHOICES && status == TD_OK; c++) {
        if (!is_asked(&r, c)) {
            out[c] = undefined(c == TD_FOLD_COST ? NOT_ASKED : "a score lies outside [0, 1]");
        } else if (!is_chosen) {
            out[c] = undefined(rows->cluster != NULL ? FEW_CLUSTERS : TOO_FEW);
        } else {
            out[c] = result_of(&r, c, found[c]);
        }
    }
    td_mem_free(r.fold);
    td_mem_free(r.label);
    return status;
}
