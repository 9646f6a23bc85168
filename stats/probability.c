/* stats/probability.c: log-loss, Brier score, reliability bins and expected calibration error.
 *
 * Problem: judge scores as probabilities, in one pass, the same bits for any number of threads.
 *   1. Rows are cut into chunks of GRAIN; each chunk checks its rows and sums, in row order,
 *        log-loss  -log q_i,  q_i = clip(p_i) if y_i = 1, else 1 - clip(p_i),
 *                  clip(p) = min(max(p, 2^-52), 1 - 2^-52)
 *        Brier     (p_i - y_i)^2
 *        bin b = min(floor(10 p_i), 9):  rows m_b, positives k_b, sum of scores s_b
 *   2. The chunks' sums are joined in chunk order with compensation (td_sum), then divided by n.
 *   3. ECE = sum_b (m_b / n) |s_b / m_b - k_b / m_b| = (1/n) sum_b |s_b - k_b|.
 *
 *      p      0.02 0.04 | 0.13 |  ...  | 0.91 1.00       bins of width 0.1, the last one closed
 *      y       0    1   |  0   |       |  1    1
 *      s_b       0.06   | 0.13 |       |   1.91          ECE = (|0.06 - 1| + |0.13 - 0|
 *      k_b       1      |  0   |       |    2                   + |1.91 - 2|) / 5
 *
 * A score outside [0, 1] is no error (a margin ranks as well as a probability): the metrics are
 * then undefined, with this reason. The sums follow the order of the rows, so shuffled rows may
 * differ in the last bits.
 * Log-loss and Brier score are proper: the true probabilities minimise their mean. The ECE is not,
 * and depends on where the bins are cut.
 * Cost: O(n), one logarithm a row; 300 bytes a chunk.
 *
 * References: Brier (1950), Monthly Weather Review 78; Naeini, Cooper, Hauskrecht, "Obtaining well
 * calibrated probabilities using Bayesian binning", AAAI (2015). */
#include "stats/probability.h"

#include <math.h>

#include "core/base/mem.h"
#include "core/base/numeric.h"

enum { GRAIN = 4096 };

#define CLIP 0x1p-52 /* spacing of doubles at 1: scikit-learn 1.2's eps for float64 */

typedef struct chunk_sums {
    uint64_t n_positives;
    uint64_t n_outside; /* scores outside [0, 1]; if there are any, the sums are not used */
    double log_loss;
    double brier;
    uint64_t bin_rows[TD_RELIABILITY_BINS];
    uint64_t bin_positives[TD_RELIABILITY_BINS];
    double bin_score[TD_RELIABILITY_BINS];
} chunk_sums;

typedef struct measure {
    const double *score;
    const double *label;
    chunk_sums *sums; /* [n_chunks] */
} measure;

/* p in [0, 1]; p = 1 belongs to the last bin. */
uint32_t td_reliability_bin_of(double p) {
    uint32_t bin = (uint32_t)(p * TD_RELIABILITY_BINS);
    return bin < TD_RELIABILITY_BINS ? bin : TD_RELIABILITY_BINS - 1;
}

/* Brier and reliability of one row whose score is a probability. */
static void add_row(chunk_sums *sums, double p, int is_positive) {
    double gap = p - (double)is_positive;
    uint32_t bin = td_reliability_bin_of(p);
    sums->brier += gap * gap;
    sums->bin_rows[bin]++;
    sums->bin_positives[bin] += (uint64_t)is_positive;
    sums->bin_score[bin] += p;
}

/* Ranking and probability metrics refuse the same rows in the same words. */
static td_status check_row(double p, double label, uint64_t row, td_error *err) {
    TD_CHECK(p == p, err, TD_ERR_RANGE, "score of row %llu is NaN", (unsigned long long)row + 1);
    TD_CHECK(label == 0.0 || label == 1.0, err, TD_ERR_RANGE,
             "label of row %llu is %g, must be 0 or 1", (unsigned long long)row + 1, label);
    return TD_OK;
}

/* Clipped probability of what happened. */
static double happened_of(double p, int is_positive) {
    double clipped = fmin(fmax(p, CLIP), 1.0 - CLIP);
    return is_positive ? clipped : 1.0 - clipped;
}

void td_log_loss_rows(double *loss, const double *score, const double *label, uint64_t n) {
    for (uint64_t i = 0; i < n; i++) loss[i] = happened_of(score[i], label[i] == 1.0);
    td_log_array(loss, loss, n);
    for (uint64_t i = 0; i < n; i++) loss[i] = -loss[i];
}

/* Probabilities are gathered first and their logarithms taken together: the array form of the
 * logarithm is several times faster and has the same bits. */
static td_status sum_chunk(void *ctx, td_chunk chunk, td_error *err) {
    const measure *work = ctx;
    chunk_sums sums = {0};
    double happened[GRAIN] = {0}; /* clipped probability of what happened, then its logarithm */
    uint64_t n = chunk.end - chunk.begin;
    for (uint64_t i = 0; i < n; i++) {
        double p = work->score[chunk.begin + i], label = work->label[chunk.begin + i];
        TD_TRY(check_row(p, label, chunk.begin + i, err));
        int is_positive = label == 1.0;
        sums.n_positives += (uint64_t)is_positive;
        happened[i] = happened_of(p, is_positive);
        if (p >= 0.0 && p <= 1.0) {
            add_row(&sums, p, is_positive);
        } else {
            sums.n_outside++;
        }
    }
    td_log_array(happened, happened, n);
    for (uint64_t i = 0; i < n; i++) sums.log_loss -= happened[i];
    work->sums[chunk.index] = sums;
    return TD_OK;
}

/* All chunks joined. Compensated, because a thousand chunks of large sums follow each other. */
typedef struct totals {
    uint64_t n_outside;
    td_sum log_loss;
    td_sum brier;
    td_sum score;
    td_sum bin_score[TD_RELIABILITY_BINS];
} totals;

/* Chunk order is the only order here: this is what makes the thread count invisible. */
static totals join_chunks(td_probability_metrics *out, const chunk_sums *sums, uint64_t n_chunks) {
    totals all = {0};
    for (uint64_t c = 0; c < n_chunks; c++) {
        const chunk_sums *part = &sums[c];
        out->n_positives += part->n_positives;
        all.n_outside += part->n_outside;
        td_sum_add(&all.log_loss, part->log_loss);
        td_sum_add(&all.brier, part->brier);
        for (int b = 0; b < TD_RELIABILITY_BINS; b++) {
            out->bins[b].rows += part->bin_rows[b];
            out->bins[b].positives += part->bin_positives[b];
            td_sum_add(&all.bin_score[b], part->bin_score[b]);
            td_sum_add(&all.score, part->bin_score[b]);
        }
    }
    return all;
}

/* Empty bins stay undefined and add nothing to the ECE. */
static void finish_bins(td_probability_metrics *out, const totals *all) {
    td_sum gap = {0};
    for (int b = 0; b < TD_RELIABILITY_BINS; b++) {
        td_reliability_bin *bin = &out->bins[b];
        if (bin->rows == 0) continue;
        double score = td_sum_value(&all->bin_score[b]);
        bin->mean_score = td_metric_of(score / (double)bin->rows);
        bin->rate = td_metric_of((double)bin->positives / (double)bin->rows);
        td_sum_add(&gap, fabs(score - (double)bin->positives));
    }
    out->ece = td_metric_of(td_sum_value(&gap) / (double)out->n);
}

/* Half-filled bins would mislead as much as a half-summed loss: all go. */
static void set_undefined(td_probability_metrics *out, const char *reason) {
    td_metric undefined = td_metric_undefined(reason);
    out->log_loss = out->brier = out->ece = out->mean_score = undefined;
    for (int b = 0; b < TD_RELIABILITY_BINS; b++) {
        out->bins[b].rows = out->bins[b].positives = 0;
        out->bins[b].mean_score = out->bins[b].rate = undefined;
    }
}

static void finish(td_probability_metrics *out, const totals *all) {
    double n = (double)out->n;
    if (out->n == 0) {
        out->base_rate = td_metric_undefined("no rows");
        set_undefined(out, "no rows");
        return;
    }
    out->base_rate = td_metric_of((double)out->n_positives / n);
    if (all->n_outside > 0) {
        set_undefined(out, "a score lies outside [0, 1]");
        return;
    }
    out->log_loss = td_metric_of(td_sum_value(&all->log_loss) / n);
    out->brier = td_metric_of(td_sum_value(&all->brier) / n);
    out->mean_score = td_metric_of(td_sum_value(&all->score) / n);
    finish_bins(out, all);
}

td_status td_probability_measure(td_probability_metrics *out, const double *score,
                                 const double *label, uint64_t n, const td_exec *exec,
                                 td_error *err) {
    *out = (td_probability_metrics){.n = n};
    for (int b = 0; b < TD_RELIABILITY_BINS; b++) {
        td_metric empty = td_metric_undefined("no rows in this bin");
        out->bins[b] = (td_reliability_bin){.low = (double)b / TD_RELIABILITY_BINS,
                                            .high = (double)(b + 1) / TD_RELIABILITY_BINS,
                                            .mean_score = empty,
                                            .rate = empty};
    }
    measure work = {.score = score, .label = label};
    uint64_t n_chunks = td_par_n_chunks(n, GRAIN);
    TD_NEW(work.sums, n_chunks, err);
    td_status status = td_par_for(exec, n, GRAIN, sum_chunk, &work, err);
    if (status == TD_OK) {
        totals all = join_chunks(out, work.sums, n_chunks);
        finish(out, &all);
    }
    td_mem_free(work.sums);
    return status;
}
