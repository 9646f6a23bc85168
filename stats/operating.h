/* stats/operating.h: where to cut a ranking: partial AUC, the cheapest threshold, money of
 * the top, scores by class. */
#ifndef TD_STATS_OPERATING_H
#define TD_STATS_OPERATING_H

#include <stdint.h>

#include "stats/metric.h"
#include "stats/ranking.h"

/* Area below the ROC curve where the false positive rate is at most max_fpr in (0, 1]. */
typedef struct td_partial_auc {
    double max_fpr;
    td_metric area;      /* in [0, max_fpr]; undefined with one class */
    td_metric corrected; /* 0.5 for a random score, 1 for a perfect one; McClish (1989),
                            doi:10.1177/0272989X8900900307 */
} td_partial_auc;

/* The curve is straight inside a block of ties. Both are undefined with one class and for a
 * max_fpr that is not in (0, 1]. O(blocks). */
td_partial_auc td_partial_auc_of(const td_ranking *ranking, double max_fpr);

/* The rule "act on every row whose score is at least `threshold`" of least cost. */
typedef struct td_cheapest_cut {
    td_metric threshold; /* undefined when acting on nobody is cheapest, or without rows */
    uint64_t rows;       /* acted on */
    uint64_t hits;       /* positives among them */
    double cost;         /* cost_fp (rows - hits) + cost_fn (positives - hits) */
    double cost_none;    /* of acting on nobody */
    double cost_all;     /* of acting on everybody */
} td_cheapest_cut;

/* cost_fp: what a row acted on in vain costs; cost_fn: what a missed positive costs; both finite
 * and >= 0. Of equal costs the cut with fewest rows. O(blocks). */
td_cheapest_cut td_cheapest_cut_of(const td_ranking *ranking, double cost_fp, double cost_fn);

/* Sum of amount[row] (>= 0, all together below 2^63) over the k rows of highest score, a block cut
 * by k credited by its mean as in td_ranking_top_k. Undefined for k = 0, k > n. O(k + block). */
td_metric td_top_amount_of(const td_ranking *ranking, const int64_t *amount, uint64_t k);

/* Quantiles of the scores of one class: order statistics of rank ceil(m p). */
enum { TD_SCORE_QUANTILES = 7 };
extern const double td_score_quantile[TD_SCORE_QUANTILES]; /* 0 .05 .25 .5 .75 .95 1 */

/* Histogram of probabilities: fixed edges 0, then 1-2-5 in every decade from 0.0001 to 0.5, then 1,
 * the same for any table, fine where the scores of rare events lie. */
enum { TD_SCORE_BINS = 13 };
extern const double td_score_edge[TD_SCORE_BINS + 1];

typedef struct td_score_spread {
    uint64_t n;                             /* rows of the class */
    td_metric quantile[TD_SCORE_QUANTILES]; /* undefined without rows */
    uint64_t bin[TD_SCORE_BINS]; /* rows with edge[b] <= score < edge[b + 1]; the last holds 1 */
    uint64_t n_outside;          /* rows whose score is no probability: in no bin */
} td_score_spread;

/* O(blocks). */
td_score_spread td_score_spread_of(const td_ranking *ranking, int is_positive);

#endif
