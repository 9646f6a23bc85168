/* stats/ks_interval.h: how sure a Kolmogorov-Smirnov distance is.
 *
 *     ranking, labels --td_ks_interval_of--> [low, high]
 *
 * A KS is the largest of many distances and so lies above the truth (by 0.04 with 80 purchases in
 * 10,000 rows), and a bootstrap of it lies higher still. Here the cut is chosen on nine tenths of
 * the rows and measured on the tenth that had no say, which cannot flatter. */
#ifndef TD_STATS_KS_INTERVAL_H
#define TD_STATS_KS_INTERVAL_H

#include <stdint.h>

#include "stats/ranking.h"

enum { TD_KS_FOLDS = 10 };

/* Rows of a ranking; all borrowed. */
typedef struct td_ks_rows {
    const td_ranking *ranking;
    const double *label; /* [n] the ranking was built with */
    const uint32_t
        *cluster; /* [n] below n_clusters: rows that belong together; NULL = independent */
    uint32_t n_clusters;
} td_ks_rows;

typedef struct td_ks_result {
    td_metric held_out;   /* mean distance at cuts chosen without the rows they are measured on */
    td_metric se;         /* of the distance at the cut of the KS, the cut taken as given */
    td_interval interval; /* held_out - z se .. KS + z se, inside [0, 1] */
} td_ks_result;

/* Interval of confidence `level` in (0, 1); folds are drawn from `seed`, in the order of the ranks,
 * so that the order of tied rows cannot show. Undefined with one class, fewer than two units of a
 * class in some nine folds, or where the classes do not overlap at the cut (se = 0 would promise a
 * certainty that nobody has). TD_ERR_RANGE for a level outside (0, 1), TD_ERR_NOMEM.
 * O(n + folds blocks); n bytes, with clusters 9 bytes a cluster. */
td_status td_ks_interval_of(td_ks_result *out, const td_ks_rows *rows, double level, uint64_t seed,
                            td_error *err) TD_MUST_USE;

#endif
