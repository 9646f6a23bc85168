/* stats/spread.h: from the values of a metric over the replicates of a bootstrap to a standard
 * error, an interval and a p-value. */
#ifndef TD_STATS_SPREAD_H
#define TD_STATS_SPREAD_H

#include <stdint.h>

#include "stats/metric.h"

/* How a metric spreads over the replicates in which it has a value. Undefined when these are fewer
 * than 95 % of all; a metric that never moves (a precision of 1) has no interval, for that would
 * promise a certainty that a few rows cannot give. */
typedef struct td_spread {
    td_metric se;         /* standard deviation over the replicates */
    td_interval interval; /* percentiles */
    td_metric p_value;    /* two-sided, of "the true value is 0"; where it was asked for */
} td_spread;

/* What is asked of one metric. */
typedef struct td_spread_rule {
    double level;  /* of the interval, in (0, 1) */
    double n_rare; /* units of the rarer class: with few of them the percentiles lie further out,
                      Hesterberg (2015), doi:10.1080/00031305.2015.1089789; 0 = plenty */
    int has_null;  /* 0 stands for "no effect": a p-value is wanted */
    int may_stand; /* an interval even where no draw moves the metric: a difference */
} td_spread_rule;

/* Spread of x[n], NaN where a replicate had no value; x is overwritten. p-value after Davison and
 * Hinkley (1997), doi:10.1017/CBO9780511802843, section 4.4. O(n log n). */
td_spread td_spread_of(double *x, uint64_t n, const td_spread_rule *rule);

/* Nothing is known, and why. */
td_spread td_spread_undefined(const char *reason);

#endif
