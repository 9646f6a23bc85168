/* stats/root.h: the zero of a continuous function of one real variable: quantiles, sample sizes and
 * the ends of score intervals are all found this way. */
#ifndef TD_STATS_ROOT_H
#define TD_STATS_ROOT_H

typedef double (*td_real_fn)(const void *ctx, double x);

/* x in [low, high] with f(x) = 0 to the last few ulp of x, where f(low) and f(high) have different
 * signs (an end with f = 0 is returned as it is); NaN when they have the same sign. About 10
 * evaluations, never more than 300. Brent 1973, "Algorithms for Minimization without Derivatives",
 * chapter 4. */
double td_root_find(td_real_fn f, const void *ctx, double low, double high);

/* x > 0 with f(x) = 0 for a non-decreasing f: the bracket is grown from `start` > 0 by doubling or
 * halving. +inf or 0 when f keeps its sign up to 1e300 or down to 1e-300. */
double td_root_find_positive(td_real_fn f, const void *ctx, double start);

#endif
