/* stats/curves.h: ROC and precision-recall curves and the gains table of a ranking. */
#ifndef TD_STATS_CURVES_H
#define TD_STATS_CURVES_H

#include <stdint.h>

#include "stats/ranking.h"

/* A polyline with one point per distinct score, from the highest score down. */
typedef struct td_curve {
    uint64_t n;
    double *x;         /* [n] */
    double *y;         /* [n] */
    double *threshold; /* [n] points at or above it count as predicted; the first ROC point: +inf */
} td_curve;

/* ROC: x = false positive rate, y = true positive rate; starts at (0, 0), ends at (1, 1). Fills a
 * zeroed *out, freed with td_curve_free. TD_ERR_NUMERIC with one class. O(blocks). */
td_status td_curve_roc(td_curve *out, const td_ranking *ranking, td_error *err) TD_MUST_USE;

/* Precision-recall: x = recall, y = precision; one point per block, the last at recall 1. No point
 * at recall 0: precision has no value there. TD_ERR_NUMERIC without positives. O(blocks). */
td_status td_curve_pr(td_curve *out, const td_ranking *ranking, td_error *err) TD_MUST_USE;

/* Keep at most max_points (>= 2) points for a figure, in place: the ends stay, the others are
 * spaced evenly along the curve's length |dx| + |dy|. A curve that fits stays as it is. O(n). */
void td_curve_thin(td_curve *curve, uint64_t max_points);

void td_curve_free(td_curve *curve);

/* One row of the gains (decile) table: ranks (begin, end] from the top. */
typedef struct td_gain_row {
    uint64_t begin;      /* rows above this group */
    uint64_t end;        /* rows above and in it */
    double hits;         /* positives in the group, blocks cut by a border credited by their mean */
    td_metric rate;      /* hits / rows of the group */
    td_metric lift;      /* rate / overall rate */
    td_top_k cumulative; /* all rows from the top to `end` */
    double score_high;   /* highest and lowest score in the group; 0 when it has no rows */
    double score_low;
} td_gain_row;

/* rows[n_groups]: group g holds ranks floor(g n / G) .. floor((g+1) n / G), so sizes differ by at
 * most one; with n < G some groups are empty and their metrics undefined. O(G log blocks). */
void td_gain_table(td_gain_row *rows, uint32_t n_groups, const td_ranking *ranking);

#endif
