/* stats/fold_difference.c: intervals of differences of KS, least cost and CORP's parts.
 *
 * Problem: each number is the largest of many means, so it lies above its truth by some b, and what
 * folds hold out lies below by some b' (fold_interval.c). Of two scores
 *     D1 = found_1 - found_2          has the mean  theta_1 - theta_2 + (b_1 - b_2)
 *     D2 = held_out_1 - held_out_2    has the mean  theta_1 - theta_2 - (b'_1 - b'_2)
 * and of two scores the one with the greater b has the greater b' too: the truth lies between the
 * two means.
 *   1. Both choices taken as given, a row gives u_1 - u_2 to the difference:
 *        choices of fold_choice.c   u = (v - mean v) / n
 *        KS                         u = (1{above} - tpr)/P for a positive, (fpr - 1{above})/N else,
 *                                   its sign turned where the score ranks backwards
 *   2. se^2 = C/(C - 1) sum over clusters (rows) of (sum of u_1 - u_2)^2.
 *   3. min(D1, D2) - z se .. max(D1, D2) + z se;
 *      p = 2 - 2 Phi(d / se), d = min(|D1|, |D2|), 0 where they differ in sign: just below this
 *      level the interval leaves out 0.
 * Where both numbers are near 0 (calibrated scores) u is chance, and the interval is wide, not
 * wrong. docs/evaluation.md counts how often these intervals hold (bench/coverage_differences).
 *
 * Cost: a fit and some seven walks a score.
 * References: see fold_interval.c and ks_interval.c. */
#include "stats/fold_difference.h"

#include <math.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/base/numeric.h"
#include "stats/fold_choice.h"

static const td_fold_choice choice_of[TD_GAP_KS] = {
    [TD_GAP_MISCALIBRATION] = TD_FOLD_MISCALIBRATION,
    [TD_GAP_DISCRIMINATION] = TD_FOLD_DISCRIMINATION,
    [TD_GAP_COST] = TD_FOLD_COST};

static const char *const ALIKE = "no row tells the two scores apart";

/* What every row gives to a number, first minus second, and room to sum it by cluster. */
typedef struct work {
    const td_fold_rows *rows; /* [2] */
    td_chooser chooser[2];
    double *gap;     /* [n] by row */
    double *cluster; /* [n_clusters]; NULL = rows are independent */
} work;

static void count_all(td_by_class *count, const td_fold_rows *rows) {
    td_rank_block last = {0};
    for (uint32_t b = 0; b < rows->ranking->n_blocks; b++) {
        td_rank_block block = rows->ranking->blocks[b];
        double positives = block.positives_end - last.positives_end;
        count[b] = (td_by_class){{block.end - last.end - positives, positives}};
        last = block;
    }
}

static td_status make_work(work *w, const td_fold_rows rows[2], td_error *err) {
    w->rows = rows;
    TD_NEW(w->gap, rows[0].ranking->n, err);
    if (rows[0].cluster != NULL) TD_NEW(w->cluster, rows[0].n_clusters, err);
    for (int s = 0; s < 2; s++) {
        TD_TRY(td_chooser_build(&w->chooser[s], &rows[s], err));
        count_all(w->chooser[s].count, &rows[s]);
        td_chooser_fit(&w->chooser[s]);
    }
    return TD_OK;
}

static void free_work(work *w) {
    for (int s = 0; s < 2; s++) td_chooser_free(&w->chooser[s]);
    td_mem_free(w->gap);
    td_mem_free(w->cluster);
}

/* ---- step 1 ---- */

/* Add sign x u of a chosen number to every row; a cost is told for all n rows. */
static void add_choice(work *w, int s, td_fold_choice choice, double sign) {
    td_chooser *c = &w->chooser[s];
    const td_ranking *ranking = w->rows[s].ranking;
    double n = ranking->n, scale = choice == TD_FOLD_COST ? -sign : sign / n;
    td_sum total = {0};
    td_chooser_choose(c, choice);
    for (uint32_t b = 0; b < ranking->n_blocks; b++)
        td_sum_add(&total,
                   c->count[b].of[0] * c->value[b].of[0] + c->count[b].of[1] * c->value[b].of[1]);
    double mean = td_sum_value(&total) / n;
    uint32_t i = 0;
    for (uint32_t b = 0; b < ranking->n_blocks; b++) {
        for (; i < ranking->blocks[b].end; i++) {
            uint32_t row = ranking->order[i];
            int is_positive = w->rows[s].label[row] == 1.0;
            w->gap[row] += scale * (c->value[b].of[is_positive] - mean);
        }
    }
}

static void add_ks(work *w, int s, double sign) {
    const td_ranking *ranking = w->rows[s].ranking;
    td_ks ks = td_ranking_ks(ranking);
    double positives = ranking->n_positives, negatives = ranking->n - positives;
    if (ks.tpr < ks.fpr) sign = -sign;
    for (uint32_t i = 0; i < ranking->n; i++) {
        uint32_t row = ranking->order[i];
        double above = i < ks.rows ? 1.0 : 0.0;
        int is_positive = w->rows[s].label[row] == 1.0;
        w->gap[row] +=
            sign * (is_positive ? (above - ks.tpr) / positives : (ks.fpr - above) / negatives);
    }
}

/* ---- step 2 ---- */

static double standard_error(work *w) {
    const td_fold_rows *rows = w->rows;
    double units = rows->ranking->n;
    const double *sum = w->gap;
    if (w->cluster != NULL) {
        memset(w->cluster, 0, rows->n_clusters * sizeof *w->cluster);
        for (uint32_t i = 0; i < rows->ranking->n; i++) w->cluster[rows->cluster[i]] += w->gap[i];
        units = rows->n_clusters;
        sum = w->cluster;
    }
    td_sum squares = {0};
    for (uint32_t u = 0; u < (uint32_t)units; u++) td_sum_add(&squares, sum[u] * sum[u]);
    return units > 1.0 ? sqrt(td_sum_value(&squares) * units / (units - 1.0)) : 0.0;
}

/* ---- step 3 ---- */

static td_fold_difference undefined(const char *reason) {
    return (td_fold_difference){td_metric_undefined(reason), td_interval_undefined(reason),
                                td_metric_undefined(reason)};
}

/* Why a number of either score has no folds; NULL = both have. */
static const char *reason_of(const td_fold_known known[2], td_fold_gap number) {
    for (int s = 0; s < 2; s++) {
        if (!td_metric_is_defined(known[s].found[number]))
            return known[s].found[number].undefined_reason;
        if (!td_metric_is_defined(known[s].held_out[number]))
            return known[s].held_out[number].undefined_reason;
    }
    return NULL;
}

static td_fold_difference judge(work *w, td_fold_gap number, const td_fold_known known[2]) {
    const char *reason = reason_of(known, number);
    if (reason != NULL) return undefined(reason);
    memset(w->gap, 0, w->rows->ranking->n * sizeof *w->gap);
    for (int s = 0; s < 2; s++) {
        double sign = s == 0 ? 1.0 : -1.0;
        if (number == TD_GAP_KS) {
            add_ks(w, s, sign);
        } else {
            add_choice(w, s, choice_of[number], sign);
        }
    }
    double se = standard_error(w);
    if (!(se > 0.0)) return undefined(ALIKE);
    double found = known[0].found[number].value - known[1].found[number].value;
    double held = known[0].held_out[number].value - known[1].held_out[number].value;
    double reach = td_normal_quantile(0.5 + 0.5 * w->rows->level) * se;
    double nearest = found * held > 0.0 ? fmin(fabs(found), fabs(held)) : 0.0;
    return (td_fold_difference){
        td_metric_of(se), td_interval_of(fmin(found, held) - reach, fmax(found, held) + reach),
        td_metric_of(2.0 * td_normal_cdf(-nearest / se))};
}

td_status td_fold_differences(td_fold_difference *out, const td_fold_rows rows[2],
                              const td_fold_known known[2], td_error *err) {
    work w = {.rows = rows};
    td_status status = make_work(&w, rows, err);
    for (int number = 0; number < TD_N_FOLD_GAPS && status == TD_OK; number++)
        out[number] = judge(&w, (td_fold_gap)number, known);
    free_work(&w);
    return status;
}
