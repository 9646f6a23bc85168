/* stats/bootstrap.h: how sure a metric is, by drawing the rows again and again.
 *
 *     rankings of one or two scores --td_bootstrap_run--> standard error, interval of every metric,
 *                                                         and of every difference of the two scores
 *
 * A replicate draws as many rows (or whole clusters of rows) as there are, with replacement, and
 * measures again. Nothing is sorted again: a draw is a whole weight per row, and the metrics walk
 * the one sorted order with weights. Both scores see the same draws, so their difference is a
 * paired one. */
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

/* The same rows under one or two scores; all borrowed. */
typedef struct td_bootstrap_rows {
    uint64_t n;
    const double *label;          /* [n] 0 or 1 */
    uint32_t n_scores;            /* 1 or 2 */
    const double *score[2];       /* [n] */
    const td_ranking *ranking[2]; /* of score and label */
    const td_cut *cut;            /* [n_cuts], at most TD_MAX_CUTS */
    uint32_t n_cuts;
} td_bootstrap_rows;

/* Places of the metrics in a td_bootstrap; cut i has three at TD_BOOT_AT_K + 3 i. */
enum {
    TD_BOOT_AUC,
    TD_BOOT_AP,
    TD_BOOT_KS,
    TD_BOOT_LOG_LOSS,
    TD_BOOT_BRIER,
    TD_BOOT_AT_K,
    TD_BOOT_PRECISION = 0, /* added to TD_BOOT_AT_K + 3 i */
    TD_BOOT_RECALL = 1,
    TD_BOOT_LIFT = 2,
    TD_BOOT_MAX_METRICS = TD_BOOT_AT_K + 3 * TD_MAX_CUTS
};

typedef struct td_bootstrap {
    uint32_t n_replicates; /* 0: none was made, everything below is undefined */
    uint32_t n_scores;
    uint32_t n_metrics;
    td_spread of[2][TD_BOOT_MAX_METRICS];      /* [n_scores][n_metrics] */
    td_spread difference[TD_BOOT_MAX_METRICS]; /* first score - second; p_value is set here only */
} td_bootstrap;

/* Fills *out, which owns nothing. TD_ERR_ARG for impossible params, TD_ERR_SHAPE when rankings and
 * rows do not fit, TD_ERR_RANGE names the row of a cluster code out of range; TD_ERR_NOMEM,
 * TD_ERR_INTERRUPTED. Same bytes for any exec. Efron (1979), doi:10.1214/aos/1176344552; clusters:
 * Field and Welsh (2007), doi:10.1111/j.1467-9868.2007.00593.x.
 * O(n) per replicate and score, about 3 ns a row; memory about (40 n_scores + 16 threads + 24) n
 * bytes. */
td_status td_bootstrap_run(td_bootstrap *out, const td_bootstrap_rows *rows,
                           const td_bootstrap_params *params, const td_exec *exec,
                           td_error *err) TD_MUST_USE;

/* An empty result: no replicates, every spread undefined. */
void td_bootstrap_clear(td_bootstrap *out, uint32_t n_scores);

/* Replicates worth making by default: 1000 up to 200,000 rows, 200 up to 5 million, none beyond
 * (there DeLong's interval costs nothing and a bootstrap minutes). */
uint32_t td_default_replicates(uint64_t n);

#endif
