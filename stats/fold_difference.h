/* stats/fold_difference.h: how sure the difference of two scores is in a number that is the best of
 * many choices (KS, CORP's parts of the Brier score, least cost).
 *
 *     two rankings of the same rows, both numbers by folds --td_fold_differences--> intervals
 *
 * Draws of such a number are biased, and so are draws of a difference, for the biases of two scores
 * need not cancel. The folds that give each number its interval (ks_interval.h, fold_interval.h)
 * give one to the difference as well. */
#ifndef TD_STATS_FOLD_DIFFERENCE_H
#define TD_STATS_FOLD_DIFFERENCE_H

#include "stats/fold_interval.h"

/* Numbers that are compared. Calibration errors are not: their differences, made like this, hold in
 * 79 to 99 of 100 cases. */
typedef enum td_fold_gap {
    TD_GAP_MISCALIBRATION,
    TD_GAP_DISCRIMINATION,
    TD_GAP_COST,
    TD_GAP_KS,
    TD_N_FOLD_GAPS
} td_fold_gap;

/* What is known of one score, [td_fold_gap]: as all rows give it, and as folds hold it out; a least
 * cost in units of cost. */
typedef struct td_fold_known {
    td_metric found[TD_N_FOLD_GAPS], held_out[TD_N_FOLD_GAPS];
} td_fold_known;

typedef struct td_fold_difference {
    td_metric se; /* of first - second, both choices taken as given */
    td_interval interval;
    td_metric p_value; /* two-sided, of "no difference": the level whose interval ends at 0 */
} td_fold_difference;

/* out[TD_N_FOLD_GAPS] of first - second. rows[0] and rows[1] hold the same rows, clusters, level
 * and costs, each with its ranking. Undefined where a number or its folds are, and where no row
 * tells the two apart (scores that rank alike have one KS). TD_ERR_NOMEM. O(n) a number; 16 bytes a
 * row, with clusters 8 a cluster. */
td_status td_fold_differences(td_fold_difference *out, const td_fold_rows rows[2],
                              const td_fold_known known[2], td_error *err) TD_MUST_USE;

#endif
