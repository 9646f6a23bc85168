/* stats/isotonic.h: pool adjacent violators on the blocks of a ranking. Inside stats only: used by
 * calibrate.c and reliability.c. */
#ifndef TD_STATS_ISOTONIC_H
#define TD_STATS_ISOTONIC_H

#include "stats/calibrate.h"
#include "stats/ranking.h"

/* Knots of calibration->kind (isotonic or monotone) from a ranking with both classes and finite
 * scores. Errors: TD_ERR_NOMEM. O(blocks). */
td_status td_isotonic_fit(td_calibration *calibration, const td_ranking *ranking,
                          td_error *err) TD_MUST_USE;

/* Sum of squared errors of the labels around their isotonic regression on the score, 0 or more:
 * sum over pools of positives (rows - positives) / rows. Any number of classes; O(blocks).
 * TD_ERR_NOMEM. */
td_status td_isotonic_brier_sum(double *sum, const td_ranking *ranking, td_error *err) TD_MUST_USE;

/* The curve at one score: straight between knots; beyond the ends level for isotonic, and running
 * towards 0 and 1 without reaching them for monotone. */
double td_isotonic_at(const td_calibration *calibration, double score);

#endif
