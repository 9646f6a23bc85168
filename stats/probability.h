/* stats/probability.h: how good a score is as a probability: log-loss, Brier score, reliability. */
#ifndef TD_STATS_PROBABILITY_H
#define TD_STATS_PROBABILITY_H

#include <stdint.h>

#include "core/base/par.h"
#include "stats/metric.h"

/* One bin of the reliability diagram: scores in [low, high), the last bin includes 1. */
typedef struct td_reliability_bin {
    double low;
    double high;
    uint64_t rows;
    uint64_t positives;
    td_metric mean_score; /* undefined for an empty bin */
    td_metric rate;       /* positives / rows; undefined for an empty bin */
} td_reliability_bin;

enum { TD_RELIABILITY_BINS = 10 };

/* Bin of a score in [0, 1]. */
uint32_t td_reliability_bin_of(double p);

typedef struct td_probability_metrics {
    uint64_t n;
    uint64_t n_positives;
    td_metric log_loss; /* -(1/n) sum log(p of what happened), p clipped to [2^-52, 1 - 2^-52] as
                           scikit-learn 1.2 does for doubles */
    td_metric brier;    /* (1/n) sum (p - label)^2; Brier 1950,
                           doi:10.1175/1520-0493(1950)078<0001:VOFEIT>2.0.CO;2 */
    td_metric ece;      /* sum over bins of rows/n |mean score - rate|; Naeini et al. 2015 */
    td_metric mean_score;
    td_metric base_rate;                          /* n_positives / n */
    td_reliability_bin bins[TD_RELIABILITY_BINS]; /* equal widths */
} td_probability_metrics;

/* Fill *out from score[n] and label[n] (0 or 1) in one pass; all is undefined for n = 0, and all
 * but the counts and base_rate when a score lies outside [0, 1] (a score need not be a
 * probability). TD_ERR_RANGE names the first row (from 1) whose score is NaN or whose label is not
 * 0 or 1. O(n), fixed chunks joined in order. */
td_status td_probability_measure(td_probability_metrics *out, const double *score,
                                 const double *label, uint64_t n, const td_exec *exec,
                                 td_error *err) TD_MUST_USE;

/* loss[n]: the log-loss of each row, clipped as above; a score outside [0, 1] counts as the nearer
 * end. Scores and labels are checked by nobody here. O(n). */
void td_log_loss_rows(double *loss, const double *score, const double *label, uint64_t n);

#endif
