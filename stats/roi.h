/* stats/roi.h: what a treatment earns if it is rolled out, given what the experiment has measured
 * and how sure everybody is of the rest.
 *
 *     days        = sum of 2^(-t / half_life) over the horizon    (horizon itself without decay)
 *     conversions = units_per_day x share x effect x days         incremental, may be negative
 *     revenue     = conversions x order_value
 *     profit      = revenue x margin - units_per_day x share x horizon x contact_cost - fixed_cost
 *
 * Every draw is a pure function of (seed, index): the same bytes for any number of threads. */
#ifndef TD_STATS_ROI_H
#define TD_STATS_ROI_H

#include <stdint.h>

#include "core/base/err.h"
#include "core/base/par.h"
#include "stats/proportion.h"

/* What is believed of a quantity. */
typedef enum td_belief_kind {
    TD_BELIEF_FIXED = 0, /* a */
    TD_BELIEF_NORMAL,    /* mean a, standard deviation b */
    TD_BELIEF_LOGNORMAL, /* a quantity above 0 with mean a and standard deviation b */
    TD_BELIEF_BETA,      /* a share with mean a and standard deviation b */
    TD_BELIEF_UNIFORM    /* between a and b */
} td_belief_kind;

typedef struct td_belief {
    td_belief_kind kind;
    double a, b;
} td_belief;

/* TD_ERR_RANGE names the quantity: a negative sd, a log-normal mean not above 0, a Beta mean
 * outside (0, 1) or with an sd that no share can have, limits that do not rise. */
td_status td_belief_check(const td_belief *belief, const char *name, td_error *err) TD_MUST_USE;

typedef struct td_roi_model {
    int has_counts;       /* effect = p2 - p1 of the posteriors under Beta(1, 1), else `effect` */
    td_two_counts counts; /* arm 1 control, arm 2 treatment */
    td_belief effect;     /* incremental conversions per treated unit */
    double units_per_day; /* units that could be treated */
    td_belief share;      /* of them that are treated, in [0, 1] */
    td_belief order_value, margin, contact_cost;
    td_belief half_life; /* days until the effect has halved; fixed 0 = it does not decay */
    double horizon;      /* days */
    double fixed_cost;
} td_roi_model;

enum { TD_ROI_QUANTILES = 5, TD_ROI_BINS = 24 };
extern const double td_roi_quantile_at[TD_ROI_QUANTILES]; /* .05 .25 .5 .75 .95 */

typedef struct td_roi_spread {
    double mean, sd;
    double quantile[TD_ROI_QUANTILES]; /* order statistics ceil(n p) */
} td_roi_spread;

typedef struct td_roi {
    uint64_t n;
    td_roi_spread effect, conversions, revenue, profit;
    double chance_of_loss;     /* share of draws with profit < 0 */
    double mean_loss;          /* mean of max(-profit, 0) */
    double per_effect;         /* mean profit per unit of effect, before costs */
    double mean_cost;          /* mean of all costs */
    double break_even_effect;  /* effect at which the mean profit is 0 */
    double break_even_cost;    /* contact cost per treated unit at which the mean profit is 0 */
    double evpi;               /* E max(profit, 0) - max(E profit, 0): knowing everything */
    double evpi_effect;        /* the same for knowing the effect alone */
    double bin_low, bin_width; /* histogram of profit, all draws within */
    uint64_t bin[TD_ROI_BINS];
} td_roi;

/* n_draws >= 100 draws of the model. TD_ERR_RANGE: an impossible model, by name; TD_ERR_NOMEM,
 * TD_ERR_INTERRUPTED. O(n_draws log n_draws), about 1 us a draw. Stream "roi". */
td_status td_roi_simulate(td_roi *out, const td_roi_model *model, uint64_t n_draws, uint64_t seed,
                          const td_exec *exec, td_error *err) TD_MUST_USE;

/* Expected value of sample information: what a further experiment with standard error `se` of the
 * effect is worth before it is paid for. Normal belief of the effect, profit linear in it:
 * |per_effect| s L(|mean - break-even| / s), s^2 = sd^4 / (sd^2 + se^2), L the unit normal loss.
 * Raiffa and Schlaifer 1961, section 5.5. */
double td_roi_evsi(const td_roi *roi, double se);

#endif
