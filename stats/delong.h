/* stats/delong.h: how sure an AUC is: DeLong's variance, interval, and test of two scores.
 *
 *     td_ranking --td_delong_measure--> AUC, variance --td_delong_interval--> [low, high]
 *     two rankings of the same rows --td_delong_compare--> difference, interval, p-value
 *
 * Rows count as independent: for sessions of the same visitors resample visitors instead
 * (stats/bootstrap). */
#ifndef TD_STATS_DELONG_H
#define TD_STATS_DELONG_H

#include "stats/metric.h"
#include "stats/ranking.h"

typedef struct td_delong {
    td_metric auc;      /* undefined with one class */
    td_metric variance; /* of the AUC; undefined with fewer than two rows of a class */
} td_delong;

/* AUC and its variance. DeLong, DeLong and Clarke-Pearson (1988), doi:10.2307/2531595, from one
 * sorted order as in Sun and Xu (2014), doi:10.1109/LSP.2014.2337313. O(blocks). */
td_delong td_delong_measure(const td_ranking *ranking);

typedef enum td_auc_scale {
    TD_AUC_PLAIN, /* AUC -+ z se, cut to [0, 1]: what R's pROC prints */
    TD_AUC_LOGIT  /* symmetric in log(AUC / (1 - AUC)): inside (0, 1), better near 1 */
} td_auc_scale;

/* Interval of confidence `level` in (0, 1). Undefined where the variance is undefined or 0: an AUC
 * of 1 on 20 rows is not certain, the formula merely cannot see it. */
td_interval td_delong_interval(td_delong delong, double level, td_auc_scale scale);

/* Two scores of the same rows. */
typedef struct td_delong_pair {
    td_delong first, second;
    td_metric covariance; /* of the two AUCs */
    td_metric difference; /* AUC of first - AUC of second */
    td_interval interval; /* of the difference */
    td_metric z;          /* difference / its standard error */
    td_metric p_value;    /* two-sided, of "both AUCs are equal" */
} td_delong_pair;

/* label[n] are the labels both rankings were built with (0 or 1). TD_ERR_SHAPE when the rankings
 * do not hold the same rows, TD_ERR_NOMEM. z, p_value and interval are undefined where the
 * variance of the difference is 0 (scores that rank alike). O(n), 16 n bytes while it runs. */
td_status td_delong_compare(td_delong_pair *out, const td_ranking *first, const td_ranking *second,
                            const double *label, double level, td_error *err) TD_MUST_USE;

#endif
