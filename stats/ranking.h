/* stats/ranking.h: how well a score ranks positives above negatives: one sort, then every metric.
 *
 *     score, label --td_ranking_build--> order of rows, blocks of equal score --> AUC, AP, ...
 *
 * Rows are sorted once by descending score. Rows of equal score form a block; every metric reads
 * the blocks, so none can depend on the order of tied rows: AUC counts a tied pair as one half,
 * curves and KS move only at block ends, and a cut inside a block credits the block's mean. Later
 * users (weights of a bootstrap, DeLong's variance) walk the same order. Unweighted. */
#ifndef TD_STATS_RANKING_H
#define TD_STATS_RANKING_H

#include <stdint.h>

#include "core/base/par.h"
#include "stats/metric.h"

/* Rows of one score. Block b holds order[end of block b-1 .. end). */
typedef struct td_rank_block {
    double score;
    uint32_t end;           /* rows with this score or a higher one */
    uint32_t positives_end; /* positives among them */
} td_rank_block;

typedef struct td_ranking {
    uint32_t n;
    uint32_t n_positives;
    uint32_t n_blocks;     /* distinct scores; -0 and +0 are one */
    uint32_t *order;       /* [n] row numbers by descending score, ascending row within a block */
    td_rank_block *blocks; /* [n_blocks] by descending score */
} td_ranking;

/* Sort score[n] with label[n] (0 or 1). Fills a zeroed *out; free it with td_ranking_free.
 * TD_ERR_RANGE names the first row (from 1) whose score is NaN or whose label is not 0 or 1, or
 * says that n exceeds 2^32 - 1; TD_ERR_NOMEM. Infinite scores rank. n = 0 is allowed.
 * O(n): radix sort on the bits of the score; 36 n bytes while it runs. Same result for any exec. */
td_status td_ranking_build(td_ranking *out, const double *score, const double *label, uint64_t n,
                           const td_exec *exec, td_error *err) TD_MUST_USE;
void td_ranking_free(td_ranking *ranking);

/* ROC AUC = P(score of a positive > score of a negative) + P(equal) / 2, by exact integer counts
 * (Mann and Whitney 1947, doi:10.1214/aoms/1177730491). Undefined with one class. O(blocks). */
td_metric td_ranking_auc(const td_ranking *ranking);

/* Average precision = sum over blocks of (recall step) x (precision at the block's end): the step
 * sum of scikit-learn, not the trapezoid. Undefined without positives. O(blocks). */
td_metric td_ranking_average_precision(const td_ranking *ranking);

/* Kolmogorov-Smirnov distance: the largest |TPR - FPR| over the cuts "score >= threshold". */
typedef struct td_ks {
    td_metric value;  /* in [0, 1]; undefined with one class */
    double threshold; /* score of the block where it is reached first, from the top */
    uint32_t rows;    /* rows at or above the threshold */
    double tpr;       /* share of the positives there */
    double fpr;       /* share of the negatives there; above tpr when the score ranks backwards */
} td_ks;
td_ks td_ranking_ks(const td_ranking *ranking);

/* The k rows of highest score. A block cut by k is credited by its mean: hits need not be whole. */
typedef struct td_top_k {
    uint64_t k;
    td_metric hits;      /* positives among the k rows */
    td_metric precision; /* hits / k */
    td_metric recall;    /* hits / n_positives: the cumulative gain */
    td_metric lift;      /* precision / (n_positives / n) */
} td_top_k;

/* All four are undefined for k = 0 and k > n; recall and lift without positives. O(log blocks). */
td_top_k td_ranking_top_k(const td_ranking *ranking, uint64_t k);

/* k for a share of the rows: ceil(share n), 1e-9 rows of rounding forgiven; share in [0, 1]. */
uint64_t td_ranking_k_of_share(const td_ranking *ranking, double share);

/* Block that holds the k-th row from the top, 1 <= k <= n. O(log blocks). */
uint32_t td_ranking_block_of(const td_ranking *ranking, uint64_t k);

/* Positives among the first k rows, a cut block credited by its mean; k <= n. O(log blocks). */
double td_ranking_hits(const td_ranking *ranking, uint64_t k);

#endif
