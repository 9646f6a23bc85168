/* stats/survival.h: how long until it happens, when not everybody was watched to the end.
 *
 *     unit 1   |--------x            converted after 9 min
 *     unit 2   |----------------o    watched for 17 min, not converted: censored
 *
 * The Kaplan-Meier estimate. Leaving unit 2 out would call conversion faster and more frequent than
 * it is. */
#ifndef TD_STATS_SURVIVAL_H
#define TD_STATS_SURVIVAL_H

#include <stdint.h>

#include "core/base/err.h"
#include "core/base/par.h"
#include "stats/metric.h"

/* Just behind a time at which somebody converted. */
typedef struct td_survival_step {
    int64_t time;     /* in the unit of the input */
    uint64_t at_risk; /* watched up to this time at least, not converted before */
    uint64_t events;  /* converted at this time */
    double survival;  /* S: share not converted by then */
    double greenwood; /* sum of d / (r (r - d)) so far; infinite once S = 0 */
} td_survival_step;

typedef struct td_survival {
    uint64_t n;             /* units */
    uint64_t n_events;      /* of them converted */
    int64_t longest;        /* longest watch; behind it nothing is known. -1 when n = 0 */
    uint64_t n_steps;       /* distinct times of conversion */
    td_survival_step *step; /* [n_steps] ascending in time */
} td_survival;

void td_survival_free(td_survival *survival);

/* time [n] >= 0: until conversion where is_event [n] is 1, until the end of the watch where it is
 * 0; a watch that ends at a time of conversion counts as at risk there. *out owned*. TD_ERR_RANGE
 * for a negative time. O(n) radix sort, 32 n bytes of scratch. */
td_status td_survival_fit(td_survival *out, const int64_t *time, const uint8_t *is_event,
                          uint64_t n, const td_exec *exec, td_error *err) TD_MUST_USE;

/* What is known of one moment; the share is 1 - S. */
typedef struct td_survival_value {
    td_metric share;      /* undefined behind the longest watch, unless everybody has converted */
    td_metric std_error;  /* Greenwood */
    td_interval interval; /* of the share, log-log; undefined at S = 0, and at S = 1, where no
                             variance is known */
    uint64_t at_risk;     /* of the step that holds at the moment, n before the first */
} td_survival_value;

/* The step function at `time`, interval at confidence `level`. O(log n_steps). */
td_survival_value td_survival_at(const td_survival *survival, int64_t time, double level);

/* Smallest time by which a share of at least p has converted; -1 when it never gets that far.
 * O(log n_steps). */
int64_t td_survival_quantile(const td_survival *survival, double p);

#endif
