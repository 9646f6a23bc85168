/* stats/mean_bayes.c: how likely the treatment's mean is higher, and what a wrong choice costs.
 *
 * The estimated effect e (arm 2 - arm 1) has standard error s; before the data the effect was
 * believed to be N(m, t^2), t infinite when nothing was. Then it is N(M, S^2) with
 *
 *     1/S^2 = 1/s^2 + 1/t^2,     M = S^2 (e/s^2 + m/t^2)
 *     P(effect > 0) = Phi(M/S)
 *     E max(-effect, 0) = S L(M/S),   L(u) = phi(u) - u Phi(-u)       unit normal loss
 *
 *   1. Precisions add up, means are weighed by them.
 *   2. The loss of a choice is the loss integral of Raiffa and Schlaifer; for u > 0 it is a
 *      difference of two tails, good to 1e-16 absolute.
 *
 * It rests on the estimate being normal, which means do long before single values are. O(1). Not
 * here: unknown variances (Student posteriors), more than two arms.
 *
 * Raiffa and Schlaifer, "Applied Statistical Decision Theory" (1961), section 5.4; Gelman et al.,
 * "Bayesian Data Analysis" (2013), section 2.5. */
#include <math.h>

#include "core/base/numeric.h"
#include "stats/mean_diff.h"

#define INV_SQRT_2PI 0.3989422804014327

double td_normal_loss(double u) {
    return fmax(0.0, INV_SQRT_2PI * td_exp(-0.5 * u * u) - u * td_normal_cdf(-u));
}

td_normal_posterior td_normal_compare(double effect, double se, td_normal_prior prior) {
    double data = 1.0 / (se * se), before = prior.sd > 0 ? 1.0 / (prior.sd * prior.sd) : 0;
    double sd = 1.0 / sqrt(data + before);
    double mean = (data * effect + before * prior.mean) / (data + before);
    double u = mean / sd;
    return (td_normal_posterior){mean, sd, td_normal_cdf(u), sd * td_normal_loss(u),
                                 sd * td_normal_loss(-u)};
}
