/* stats/bootstrap.h: how sure a metric is, by drawing the rows again and again.
 *
 *     rankings of 1 to 3 scores --td_bootstrap_run--> standard error, interval of every metric, and
 *                                                     of every difference of two of the scores
 *
 * A replicate draws as many rows (or whole clusters of rows) as there are, with replacement, and
 * measures again. Nothing is sorted again: a draw is a whole weight per row, and the metrics walk
 * the one sorted order with weights. All scores see the same draws, so their differences are
 * paired ones. */
#ifndef TD_STATS_BOOTSTRAP_H
#define TD_STATS_BOOTSTRAP_H

#include <stdint.h>

#include "core/base/par.h"
#include "stats/evaluation.h"
#include "stats/metric.h"
#include "stats/ranking.h"
#include "stats/spread.h"

/* What is drawn. */
typedef enum td_resample {
    TD_RESAMPLE_ROWS,    /* rows: the share of positives varies as it would in new data */
    TD_RESAMPLE_CLASSES, /* positives and negatives apart: their numbers stay ("stratified") */
    TD_RESAMPLE_CLUSTERS /* all rows of a cluster together (a visitor's sessions) */
} td_resample;

typedef struct td_bootstrap_params {
    uint32_t n_replicates; /* at least TD_MIN_REPLICATES */
    uint64_t seed;
    double level; /* of the intervals, in (0, 1) */
    td_resample resample;
    const uint32_t *cluster; /* [n] below n_clusters; only for TD_RESAMPLE_CLUSTERS; borrowed */
    uint32_t n_clusters;
} td_bootstrap_params;

enum { TD_MIN_REPLICATES = 20 };

/* Scores that are judged side by side, and pairs of them. */
enum { TD_MAX_SCORES = 3, TD_MAX_PAIRS = TD_MAX_SCORES * (TD_MAX_SCORES - 1) / 2 };

/* Place of the pair (first, second), first < second: (0, 1), (0, 2), (1, 2). */
static inline uint32_t td_pair_at(uint32_t first, uint32_t second) { return first + second - 1; }

/* The same rows under one to TD_MAX_SCORES scores; all borrowed. */
typedef struct td_bootstrap_rows {
    uint64_t n;
    const double *label; /* [n] 0 or 1 */
    uint32_t n_scores;
    const double *score[TD_MAX_SCORES];       /* [n] */
    const td_ranking *ranking[TD_MAX_SCORES]; /* of score and label */
    const td_cut *cut;                        /* [n_cuts], at most TD_MAX_CUTS */
    uint32_t n_cuts;
    const int64_t *amount; /* [n] money of a row, 0 or more; NULL = none */
    double max_fpr;        /* of the partial AUC; 0 = not asked */
    double cost_fp;        /* of the cheapest cut, see stats/operating.h; both 0 = not asked */
    double cost_fn;
} td_bootstrap_rows;

/* Places of the statistics in a td_bootstrap. What they are is said where the rows themselves are
 * measured: td_statistic_of (stats/assessment.h) gives that value for each of them. */
enum {
    TD_BOOT_AUC,
    TD_BOOT_AP,
    TD_BOOT_KS,
    TD_BOOT_LOG_LOSS,
    TD_BOOT_BRIER,
    TD_BOOT_PR_AREA,
    TD_BOOT_BASE_RATE,
    TD_BOOT_MEAN_SCORE,
    TD_BOOT_ECE,       /* bins of equal width */
    TD_BOOT_ECE_MASS,  /* groups of equal size */
    TD_BOOT_WORST_GAP, /* of these groups */
    TD_BOOT_UNCERTAINTY,
    TD_BOOT_CORP_MISCALIBRATION,
    TD_BOOT_CORP_DISCRIMINATION,
    TD_BOOT_MURPHY_MISCALIBRATION,
    TD_BOOT_MURPHY_DISCRIMINATION,
    TD_BOOT_PARTIAL_AREA,
    TD_BOOT_PARTIAL_CORRECTED,
    TD_BOOT_CUT_THRESHOLD, /* of the cheapest cut */
    TD_BOOT_CUT_ROWS,
    TD_BOOT_CUT_HITS,
    TD_BOOT_CUT_COST,
    TD_BOOT_BIN_RATE,                                      /* [TD_RELIABILITY_BINS] */
    TD_BOOT_GAINS = TD_BOOT_BIN_RATE + TD_RELIABILITY_BINS /* [TD_GAIN_GROUPS][per group] */
};

/* Of one group of the gains table, at TD_BOOT_GAINS + TD_BOOT_PER_GROUP * group; the rate is that
 * of the group of equal size in the reliability table as well. */
enum {
    TD_BOOT_GROUP_RATE,
    TD_BOOT_GROUP_LIFT,
    TD_BOOT_GROUP_CUMULATIVE_RECALL,
    TD_BOOT_GROUP_CUMULATIVE_LIFT,
    TD_BOOT_PER_GROUP,
    TD_BOOT_AT_K = TD_BOOT_GAINS + TD_BOOT_PER_GROUP * TD_GAIN_GROUPS
};

/* Of one cut, at TD_BOOT_AT_K + TD_BOOT_PER_CUT * cut. */
enum {
    TD_BOOT_PRECISION,
    TD_BOOT_RECALL,
    TD_BOOT_LIFT,
    TD_BOOT_AMOUNT,       /* of the k best rows */
    TD_BOOT_AMOUNT_SHARE, /* of all rows' amount */
    TD_BOOT_PER_CUT,
    TD_BOOT_MAX_METRICS = TD_BOOT_AT_K + TD_BOOT_PER_CUT * TD_MAX_CUTS
};

static inline uint32_t td_boot_at_group(uint32_t group, uint32_t which) {
    return TD_BOOT_GAINS + TD_BOOT_PER_GROUP * group + which;
}

static inline uint32_t td_boot_at_cut(uint32_t cut, uint32_t which) {
    return TD_BOOT_AT_K + TD_BOOT_PER_CUT * cut + which;
}

typedef struct td_bootstrap {
    uint32_t n_replicates; /* 0: none was made, everything below is undefined */
    uint32_t n_scores;
    uint32_t n_metrics;
    td_spread of[TD_MAX_SCORES][TD_BOOT_MAX_METRICS]; /* [n_scores][n_metrics] */
    /* [td_pair_at]: first score - second; p_value is set here only. Undefined where td_is_by_folds:
     * stats/fold_difference.h has some of these. */
    td_spread difference[TD_MAX_PAIRS][TD_BOOT_MAX_METRICS];
} td_bootstrap;

/* Fills *out, which owns nothing. TD_ERR_ARG for impossible params, TD_ERR_SHAPE when rankings and
 * rows do not fit, TD_ERR_RANGE names the row of a cluster code out of range; TD_ERR_NOMEM,
 * TD_ERR_INTERRUPTED. Same bytes for any exec. Efron (1979), doi:10.1214/aos/1176344552; clusters:
 * Field and Welsh (2007), doi:10.1111/j.1467-9868.2007.00593.x.
 * O(n) per replicate and score, about 1.5 ns a row; memory about (28 n_scores + 16 threads) n bytes
 * and, a thread, 128 bytes a distinct score with positives. */
td_status td_bootstrap_run(td_bootstrap *out, const td_bootstrap_rows *rows,
                           const td_bootstrap_params *params, const td_exec *exec,
                           td_error *err) TD_MUST_USE;

/* The statistic is the best of many choices: draws of it are biased, folds give its interval
 * (stats/ks_interval.h, stats/fold_interval.h). */
int td_is_by_folds(uint32_t place);

/* An empty result: no replicates, every spread undefined. */
void td_bootstrap_clear(td_bootstrap *out, uint32_t n_scores);

/* Replicates worth making by default: 1000 up to 200,000 rows, 200 up to 5 million, none beyond
 * (there DeLong's interval costs nothing and a bootstrap minutes). */
uint32_t td_default_replicates(uint64_t n);

#endif
