/* stats/fold_interval.h: intervals of numbers that are the best of many choices.
 *
 *     ranking --td_fold_intervals--> calibration errors, parts of the Brier score, least cost
 *
 * An ECE chooses a sign for every group, a miscalibration the best calibration, a least cost the
 * best threshold: on the very rows that judge the choice. Such a number lies beyond the truth, and
 * draws of it lie further out still; see ks_interval.h, where a KS chooses its cut. */
#ifndef TD_STATS_FOLD_INTERVAL_H
#define TD_STATS_FOLD_INTERVAL_H

#include <stdint.h>

#include "core/base/par.h"
#include "stats/metric.h"
#include "stats/ranking.h"

typedef enum td_fold_choice {
    TD_FOLD_ECE,            /* bins of equal width */
    TD_FOLD_ECE_MASS,       /* groups of equal size */
    TD_FOLD_WORST_GAP,      /* of these groups */
    TD_FOLD_MISCALIBRATION, /* CORP: what isotonic regression takes off the Brier score */
    TD_FOLD_DISCRIMINATION, /* CORP: what it takes off the uncertainty */
    TD_FOLD_COST,           /* of the cheapest threshold */
    TD_N_FOLD_CHOICES
} td_fold_choice;

enum { TD_FOLDS = 5 };

/* What is asked; all borrowed. */
typedef struct td_fold_rows {
    const td_ranking *ranking;
    const double *label;     /* [n] */
    const uint32_t *cluster; /* [n] below n_clusters, rows that stay together; NULL = none */
    uint32_t n_clusters;
    double level; /* of the intervals, in (0, 1) */
    uint64_t seed;
    double cost_fp, cost_fn; /* see stats/operating.h; both 0 = no cost is asked */
} td_fold_rows;

typedef struct td_fold_result {
    td_metric held_out; /* the choice made on other folds: not above the truth (a cost: not below),
                           on average */
    td_metric se;       /* standard error, the choice on all rows taken as given */
    td_interval interval;
} td_fold_result;

/* out[TD_N_FOLD_CHOICES]; found[] are the numbers that all rows give. Undefined with fewer than ten
 * rows of a class, fewer clusters than folds, or a fold that holds a whole class; all but the cost
 * where a score lies outside [0, 1]. TD_ERR_RANGE for a level
 * outside (0, 1), TD_ERR_NOMEM. O(n) a fold, some 60 ns a row in all; same bytes for any exec. */
td_status td_fold_intervals(td_fold_result *out, const td_fold_rows *rows, const td_metric *found,
                            const td_exec *exec, td_error *err) TD_MUST_USE;

#endif
