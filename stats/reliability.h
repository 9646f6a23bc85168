/* stats/reliability.h: where a probability is wrong, and by how much.
 *
 *     ranking --td_reliability_measure--> Brier score taken apart, twice; ten groups of equal size
 *                                         with their rates and intervals */
#ifndef TD_STATS_RELIABILITY_H
#define TD_STATS_RELIABILITY_H

#include "core/base/err.h"
#include "stats/metric.h"
#include "stats/ranking.h"

/* Brier score = miscalibration - discrimination + uncertainty, exactly. */
typedef struct td_brier_parts {
    td_metric miscalibration; /* 0 = every score is the rate of its rows; lower is better */
    td_metric discrimination; /* what knowing the score is worth; higher is better */
} td_brier_parts;

/* Rows of neighbouring ranks; a block of equal scores cut by a border is shared by its mean. */
typedef struct td_mass_bin {
    double score_low, score_high; /* lowest and highest score in the group */
    uint64_t rows;
    double hits;          /* positives */
    td_metric mean_score; /* like all below undefined without rows */
    td_metric rate;       /* hits / rows */
    td_interval rate_ci;  /* Wilson's; rows count as independent */
} td_mass_bin;

enum { TD_MASS_BINS = 10 };

typedef struct td_reliability {
    td_metric uncertainty; /* rate (1 - rate): the Brier score of the base rate */
    td_brier_parts murphy; /* groups: distinct scores; Murphy (1973),
                              doi:10.1175/1520-0450(1973)012<0595:ANVPOT>2.0.CO;2 */
    td_brier_parts corp;   /* groups: isotonic regression; Dimitriadis, Gneiting, Jordan (2021),
                              doi:10.1073/pnas.2016191118 */
    td_metric ece_mass;    /* mean |mean score - rate| over the groups below */
    td_metric worst_gap;   /* the largest of them */
    td_mass_bin bin[TD_MASS_BINS]; /* from the lowest scores up */
} td_reliability;

/* Fills *out, which owns nothing; intervals of confidence `level` in (0, 1). Everything is
 * undefined without rows and where a score lies outside [0, 1]. TD_ERR_NOMEM. O(blocks). */
td_status td_reliability_measure(td_reliability *out, const td_ranking *ranking, double level,
                                 td_error *err) TD_MUST_USE;

#endif
