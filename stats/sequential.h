/* stats/sequential.h: looking at an experiment more than once, and paying for it.
 *
 *     planned looks: 0 ---t1----t2----t3----1     information t = units so far / units planned
 *                        stop at look k when |z| >= bound[k]
 *
 * Group sequential: the number of looks is planned, bounds keep the chance of any false alarm at
 * alpha. Always valid (mSPRT, confidence sequence): look whenever you like, at the price of wider
 * intervals. z is the usual statistic of all units so far. */
#ifndef TD_STATS_SEQUENTIAL_H
#define TD_STATS_SEQUENTIAL_H

#include <stdint.h>

#include "core/base/err.h"
#include "stats/metric.h"

typedef enum td_boundary {
    TD_BOUNDARY_OBRIEN_FLEMING = 0,   /* c / sqrt(t): hard to stop early, cheap; 1979 */
    TD_BOUNDARY_POCOCK,               /* the same c at every look; 1977 */
    TD_BOUNDARY_SPEND_OBRIEN_FLEMING, /* Lan-DeMets 1983: alpha spent as 2 - 2 Phi(z_a/2 / sqrt t)
                                         a side; looks may come at any time */
    TD_BOUNDARY_SPEND_POCOCK,         /* Lan-DeMets: alpha spent as a ln(1 + (e - 1) t) */
    TD_BOUNDARY_NONE,                 /* the bound of one look at each: what peeking does */
    TD_N_BOUNDARIES
} td_boundary;

/* "obrien-fleming", "pocock", "lan-demets-obrien-fleming", "lan-demets-pocock", "none". */
const char *td_boundary_name(td_boundary boundary);

typedef struct td_looks {
    td_boundary boundary;
    double alpha; /* in (0, 0.5), of all looks together */
    int is_one_sided;
    uint32_t n;
    const double *information; /* [n] rising, each in (0, 1]; the first two boundaries hold alpha
                                  over exactly these looks, so theirs end with 1 */
} td_looks;

/* TD_ERR_RANGE: no look, alpha, shares that do not rise by at least 1e-6 or leave (0, 1]. */
td_status td_looks_check(const td_looks *looks, td_error *err) TD_MUST_USE;

/* bound[n]: critical values of z. Armitage, McPherson, Rowe 1969, doi 10.2307/2343787; Lan and
 * DeMets 1983, doi 10.1093/biomet/70.3.659. Error below 1e-9. O(n) convolutions of a few hundred
 * points (1 ms for 5 looks), a root of them where one constant is sought. TD_ERR_NOMEM. */
td_status td_looks_bounds(double *bound, const td_looks *looks, td_error *err) TD_MUST_USE;

/* upper[n], lower[n]: chance that look k is the first beyond its bound above or below, when z at
 * full information has mean `drift`. lower is 0 one-sided. */
td_status td_looks_crossing(double *upper, double *lower, const td_looks *looks,
                            const double *bound, double drift, td_error *err) TD_MUST_USE;

/* What a sequential plan costs in units, relative to a plan with one look and the same power. */
typedef struct td_looks_cost {
    double drift;           /* mean of the last z that gives the power */
    double inflation;       /* largest n / n of one look */
    double expected_null;   /* mean n / largest n without an effect */
    double expected_effect; /* mean n / largest n with the effect planned for */
} td_looks_cost;

/* power in (alpha, 1). About ten crossings. */
td_status td_looks_price(td_looks_cost *out, const td_looks *looks, const double *bound,
                         double power, td_error *err) TD_MUST_USE;

/* The smallest alpha whose bounds |z| (z one-sided) reaches at the last of these looks: a p-value
 * that holds at whichever look one stops. 0.5 stands for "no less than 0.5". For the spending
 * boundaries `information` may end before 1; the others plan all of their looks, `at` says which
 * one it is (from 0). Jennison and Turnbull 2000, chapter 9. */
td_status td_looks_p_value(double *p, const td_looks *looks, uint32_t at, double z,
                           td_error *err) TD_MUST_USE;

/* --- always valid ----------------------------------------------------------------------------- */

/* Mixture sequential probability ratio test of a difference with standard error se, the effects
 * being mixed over N(0, tau^2): p = min(1, 1/L), L = sqrt(se^2/(se^2 + tau^2)) exp(tau^2 d^2 / (2
 * se^2 (se^2 + tau^2))), and the differences it does not reject. tau is fixed before the experiment
 * (the usual size of effects). Johari et al. 2022, doi 10.1287/opre.2021.2135. */
double td_msprt_p_value(double difference, double se, double tau);
double td_msprt_half_width(double se, double tau, double alpha);

/* Asymptotic confidence sequence of a mean of n units so far, narrowest (relative to a fixed-n
 * interval) at n_planned: rho = sqrt((-2 ln a + ln(1 - 2 ln a)) / n_planned), half = se sqrt(n)
 * sqrt(2 (n rho^2 + 1)/(n rho)^2 ln(sqrt(n rho^2 + 1)/a)). Waudby-Smith et al. 2024, doi
 * 10.1214/24-AOS2408. */
double td_sequence_rho(double alpha, double n_planned);
double td_sequence_half_width(double se, double n, double rho, double alpha);
double td_sequence_p_value(double difference, double se, double n, double rho);

#endif
