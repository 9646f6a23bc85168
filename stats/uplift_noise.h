/* stats/uplift_noise.h: what a score without any knowledge would reach on these rows.
 *
 * A Qini is never 0 on a sample, even for a random score. The band that random scores fill depends
 * on the rows alone (how many, how rare the outcome is), and a Qini inside it says nothing. */
#ifndef TD_STATS_UPLIFT_NOISE_H
#define TD_STATS_UPLIFT_NOISE_H

#include "stats/uplift_metrics.h"

/* The values of one metric over random scores: normal around `centre`. NaN: the metric has none. */
typedef struct td_uplift_noise {
    double centre, sd; /* in the units of the metric */
} td_uplift_noise;

/* Fills noise[TD_UPLIFT_AT] from the sums of a walk with all weights 1; places that are no area
 * (weighted and overall uplift) get NaN. With clusters a random score is one a cluster. Normal
 * approximation of the permutation distribution: docs/uplift.md says how good it is.
 * TD_ERR_NOMEM. O(n), same bits for any exec. */
td_status td_uplift_noise_measure(td_uplift_noise *noise, const td_uplift_plan *plan,
                                  const td_uplift_sums *sums, const td_exec *exec,
                                  td_error *err) TD_MUST_USE;

/* Band that holds `level` of the random scores, and the share of them at least as far from the
 * centre as `value`. */
td_interval td_uplift_noise_band(td_uplift_noise noise, double level);
td_metric td_uplift_noise_p(td_uplift_noise noise, double value);

#endif
