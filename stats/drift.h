/* stats/drift.h: has a column moved? Two samples of one feature or score compared.
 *
 *     baseline, current --td_drift_measure--> PSI with interval, KS, Jensen-Shannon, shares
 */
#ifndef TD_STATS_DRIFT_H
#define TD_STATS_DRIFT_H

#include <stdint.h>

#include "core/base/err.h"
#include "stats/metric.h"

/* Population stability index of counts in the same groups:
 *     PSI = sum (q_k - p_k) ln(q_k / p_k),      p baseline, q current
 * Convention, not law: below 0.1 nothing, above 0.2 (or 0.25) a shift. */
typedef struct td_psi {
    td_metric value;      /* as the formula has it */
    td_metric expected;   /* what it is on average without any shift: (groups - 1)(1/n + 1/m) */
    td_interval interval; /* of the true PSI; 0 is in it unless the samples differ beyond chance */
    td_metric p_value;    /* of "nothing has moved" */
} td_psi;

/* PSI of baseline[n_groups] and current[n_groups] rows. A group that is empty on one side counts
 * half a row there; one empty on both sides is left out. Interval of confidence `level`: PSI is
 * about a noncentral chi-square over nm/(n + m); Yurdakul and Naranjo (2020),
 * doi:10.21314/JRMV.2020.227, Sankaran (1959), doi:10.1093/biomet/46.1-2.235. Undefined with an
 * empty sample or a single group. O(groups). */
td_psi td_psi_of(const uint64_t *baseline, const uint64_t *current, uint32_t n_groups,
                 double level);

/* Jensen-Shannon distance in [0, 1]: square root of the divergence in bits; Lin (1991),
 * doi:10.1109/18.61115. Undefined with an empty sample. */
td_metric td_jensen_shannon_of(const uint64_t *baseline, const uint64_t *current,
                               uint32_t n_groups);

enum { TD_DRIFT_GROUPS = 10 }; /* of a number column, and one of missing values */

typedef struct td_drift {
    uint64_t n_baseline, n_current;           /* rows, missing values included */
    double missing_baseline, missing_current; /* shares */
    td_metric median_baseline, median_current;
    uint32_t n_groups; /* with missing values as the last where there are any */
    double
        edge[TD_DRIFT_GROUPS - 1]; /* group g holds values at most edge[g]; n_groups - 1 of them */
    uint64_t baseline[TD_DRIFT_GROUPS + 1], current[TD_DRIFT_GROUPS + 1];
    td_psi psi;
    td_metric jensen_shannon;
    td_metric ks; /* largest distance of the two distribution functions, missing values left out */
    td_metric ks_p; /* asymptotic p-value, conservative under ties; Stephens (1970),
                       doi:10.1111/j.2517-6161.1970.tb00821.x */
} td_drift;

/* Two borrowed samples; NaN = missing. */
typedef struct td_two_samples {
    const double *baseline, *current;
    uint64_t n_baseline, n_current;
} td_two_samples;

/* Groups are cut at the baseline's deciles; equal values stay together, so there may be fewer.
 * TD_ERR_NOMEM, TD_ERR_RANGE for a level outside (0, 1). O(n log n). */
td_status td_drift_measure(td_drift *out, const td_two_samples *samples, double level,
                           td_error *err) TD_MUST_USE;

#endif
