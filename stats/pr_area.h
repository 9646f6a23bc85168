/* stats/pr_area.h: the precision-recall curve between its points, as Davis and Goadrich draw it. */
#ifndef TD_STATS_PR_AREA_H
#define TD_STATS_PR_AREA_H

#include "stats/metric.h"
#include "stats/ranking.h"

/* Area below the interpolated precision-recall curve, in closed form. Not the average precision,
 * which is a sum of steps; for a score without ties the two differ by at most 1/P. Undefined
 * without positives. Davis and Goadrich (2006), doi:10.1145/1143844.1143874. O(blocks). */
td_metric td_ranking_pr_area(const td_ranking *ranking);

/* Precision where this share of the positives is found, recall in [0, 1], on the same curve; at
 * recall 0 its limit. Undefined without positives and for a recall outside. O(log blocks). */
td_metric td_ranking_precision_at(const td_ranking *ranking, double recall);

#endif
