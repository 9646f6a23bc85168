/* stats/stratified.h: two arms compared within strata (country, device, new or known visitor) and
 * put together again.
 *
 * Differences are arm 1 - arm 2, ratios arm 2 / arm 1, as in stats/proportion. */
#ifndef TD_STATS_STRATIFIED_H
#define TD_STATS_STRATIFIED_H

#include <stdint.h>

#include "core/base/err.h"
#include "stats/mean_diff.h"
#include "stats/metric.h"
#include "stats/proportion.h"

typedef struct td_stratified {
    uint32_t n_used;         /* strata with units in both arms; the others say nothing */
    td_metric difference;    /* Mantel-Haenszel: strata weigh n1 n2 / (n1 + n2) */
    td_interval ci;          /* of it, Sato's variance */
    td_metric post;          /* post-stratified: strata weigh their share of all units */
    td_interval post_ci;     /* undefined when a stratum lacks an arm */
    td_metric odds_ratio;    /* odds of arm 2 / odds of arm 1, Mantel-Haenszel */
    td_interval odds_ci;     /* Robins, Breslow, Greenland */
    td_metric risk_ratio;    /* p2 / p1, Mantel-Haenszel */
    td_interval risk_ci;     /* Greenland, Robins */
    td_metric cmh_chi2;      /* Cochran-Mantel-Haenszel, 1 degree of freedom, no correction */
    td_metric cmh_p;         /* two-sided */
    td_metric cmh_corrected; /* two-sided p with the continuity correction, R's default */
} td_stratified;

/* Counts of `n` strata, arms in td_two_counts as elsewhere; an arm of a stratum may be empty.
 * Intervals of level 1 - alpha. TD_ERR_RANGE: more conversions than units, no stratum with both
 * arms. Mantel and Haenszel 1959, doi 10.1093/jnci/22.4.719; Sato 1989, doi 10.2307/2531784;
 * Robins, Breslow, Greenland 1986, doi 10.2307/2531052; Greenland and Robins 1985, doi
 * 10.2307/2530643. O(n). */
td_status td_stratified_rates(td_stratified *out, const td_two_counts *strata, uint32_t n,
                              double alpha, td_error *err) TD_MUST_USE;

/* One arm's post-stratified mean: within[n] are the arm's samples, share[n] the strata's shares of
 * all units. out->variance / out->n is the variance of the mean, so the result can be compared like
 * any sample. TD_ERR_RANGE names a stratum (from 1) with fewer than 2 units. Miratrix, Sekhon, Yu
 * 2013, doi 10.1111/j.1467-9868.2012.01048.x. O(n). */
td_status td_stratified_mean(td_sample *out, const td_sample *within, const double *share,
                             uint32_t n, td_error *err) TD_MUST_USE;

#endif
