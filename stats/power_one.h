/* stats/power_one.h: plans for one sample: does a conversion differ from a known value p0?
 *
 * n units are observed, x of them convert, the null is p = p0, the plan is for p = p1. A question
 * without an answer gives a td_metric with the reason. */
#ifndef TD_STATS_POWER_ONE_H
#define TD_STATS_POWER_ONE_H

#include <stdint.h>

#include "core/base/err.h"
#include "stats/metric.h"
#include "stats/power.h"

typedef enum td_power_one_method {
    TD_POWER_ONE_NORMAL = 0, /* score z test, variance of p0 under the null; Rosner, Fleiss */
    TD_POWER_ONE_UNPOOLED,   /* z test with the sample's variance; Chow, Shao, Wang 2008, 4.1 */
    TD_POWER_ONE_ARCSINE,    /* h = 2 asin sqrt p1 - 2 asin sqrt p0; Cohen 1988, pwr.p.test */
    TD_POWER_ONE_EXACT,      /* exact binomial test, alpha/2 in each tail two-sided */
    TD_N_POWER_ONE_METHODS
} td_power_one_method;

const char *td_power_one_method_name(td_power_one_method method); /* "normal", ... */

/* The largest n that the exact method counts. */
#define TD_POWER_ONE_MOST 1e6

typedef struct td_one_plan {
    double p0; /* of the null, in (0, 1) */
    double p1; /* in (0, 1), not p0; not looked at by td_power_one_p1 */
    double alpha;
    int is_one_sided; /* on the side of p1 */
} td_one_plan;

/* Power at n > 0 units; `exact` rounds n up. TD_ERR_RANGE names what is impossible. O(sqrt n). */
td_status td_power_one_at(td_metric *power, const td_one_plan *plan, td_power_one_method method,
                          double n, td_error *err) TD_MUST_USE;

/* n for this power in (alpha, 1). `exact`: the n from which the power stays reached (see
 * td_one_exact). Undefined above TD_POWER_ONE_MOST. TD_ERR_RANGE as above. */
td_status td_power_one_n(td_metric *n, const td_one_plan *plan, td_power_one_method method,
                         double power, td_error *err) TD_MUST_USE;

/* The p1 above (direction 1) or below (-1) p0 that has this power at question.n1 units; undefined
 * when none has. `exact`: power rises with |p1 - p0| at a fixed n, so that there is one. */
td_status td_power_one_p1(td_metric *p1, const td_one_plan *plan, td_power_one_method method,
                          td_effect_question question, td_error *err) TD_MUST_USE;

/* The exact test at n units: it rejects x < below and x > above (below 0 or above n: never). */
typedef struct td_one_exact {
    uint64_t n, below, above;
    double alpha; /* P(reject | p0), at most the plan's */
    double power; /* P(reject | p1) */
} td_one_exact;

/* The plan is one that td_power_one_at accepts; n >= 1. O(sqrt n). */
void td_power_one_exact_at(td_one_exact *out, const td_one_plan *plan, uint64_t n);

#endif
