/* stats/assign.h: which arm a visitor belongs to, decided by a salted hash alone, and the checks
 * that the split is what it should be.
 *
 *     point(salt, id) = first 8 bytes of SHA-256(salt ":" id), big-endian, over 2^64    in [0, 1)
 *
 *     0 ---------- A ---------- .5 ---- B ---- .75 ---- C ---- 1      weights 2, 1, 1
 *
 * Any language that has SHA-256 makes the same assignment; a visitor keeps the arm for as long as
 * salt and weights stay, and experiments with different salts are independent. */
#ifndef TD_STATS_ASSIGN_H
#define TD_STATS_ASSIGN_H

#include <stdint.h>

#include "core/base/err.h"
#include "core/base/par.h"

/* Units by their ids as text: id i = bytes[begin[i] .. begin[i] + length[i]). All borrowed. */
typedef struct td_ids {
    const char *bytes;
    const uint64_t *begin;  /* [n] */
    const uint32_t *length; /* [n] */
    uint64_t n;
} td_ids;

enum { TD_ASSIGN_ARMS = 64, TD_ASSIGN_COVARIATES = 32 };
#define TD_ARM_NONE UINT32_MAX /* outside the experiment */

/* The point of one id. TD_ERR_NOMEM. About 1 us. */
td_status td_assign_point(double *point, const char *salt, const char *id, uint64_t length,
                          td_error *err) TD_MUST_USE;

/* point[n] of all. O(n), all threads. */
td_status td_assign_points(double *point, const char *salt, const td_ids *ids, const td_exec *exec,
                           td_error *err) TD_MUST_USE;

/* Arms by any positive weights. TD_ERR_RANGE: fewer than two arms or too many, a weight not above
 * 0. */
typedef struct td_arm_weights {
    uint32_t n;
    const double *weight; /* [n] any scale */
} td_arm_weights;
td_status td_arm_weights_check(const td_arm_weights *arms, td_error *err) TD_MUST_USE;

/* The arm whose part of [0, 1) holds the point. */
uint32_t td_assign_arm(const td_arm_weights *arms, double point);

/* Stratified: in each stratum the units stand in the order of their points and arms are dealt along
 * it, so that every arm has its share of every stratum up to one unit. Needs all units at once.
 * arm[n] is TD_ARM_NONE where it was so on entry, those units take no part. stratum NULL = one
 * stratum. Ties of points keep the order of units. TD_ERR_NOMEM; O(n log n). */
td_status td_assign_strata(uint32_t *arm, const td_arm_weights *arms, const double *point,
                           const uint32_t *stratum, uint64_t n, td_error *err) TD_MUST_USE;

/* --- audit ------------------------------------------------------------------------------------ */

typedef struct td_covariates {
    uint32_t n;                  /* columns, at most TD_ASSIGN_COVARIATES */
    const double *const *column; /* [n] of [units], finite */
} td_covariates;

/* How far the arms' covariate means lie apart. */
typedef struct td_balance {
    double distance; /* sum over arms n_a (mean_a - mean)' S^-1 (mean_a - mean), Mahalanobis */
    double df;       /* covariates that vary x (arms - 1) */
    double p_value;  /* chi-square: small = worse than randomisation usually gives */
    uint32_t n_used; /* covariates that vary and are no copies of others */
    double smd[TD_ASSIGN_COVARIATES][TD_ASSIGN_ARMS]; /* (mean_a - mean_0)/sqrt((v_a + v_0)/2), 0
                                                         where nothing varies */
} td_balance;

/* Units of TD_ARM_NONE are left out. TD_ERR_RANGE names an arm with fewer than 2 units. Morgan and
 * Rubin 2012, doi 10.1214/12-AOS1008. O(n p^2). */
td_status td_balance_measure(td_balance *out, const uint32_t *arm, uint64_t n, uint32_t n_arms,
                             const td_covariates *covariates, td_error *err) TD_MUST_USE;

/* Re-randomisation keeps an assignment whose distance lies below this: `share` of all do. */
double td_balance_threshold(double df, double share);

/* Do two assignments of the same units know of each other? Chi-square of independence. */
typedef struct td_crosstab {
    uint64_t count[TD_ASSIGN_ARMS][TD_ASSIGN_ARMS]; /* [arm of first][arm of second] */
    double chi2, df, p_value;
} td_crosstab;

/* Units outside either one are left out. TD_ERR_RANGE: arms beyond the table, an empty arm. O(n).
 */
td_status td_crosstab_measure(td_crosstab *out, const uint32_t *first, const uint32_t *second,
                              uint64_t n, td_error *err) TD_MUST_USE;

#endif
