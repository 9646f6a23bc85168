/* stats/sequential_always.c: tests and intervals that hold at every look at once.
 *
 * mSPRT. Mix the likelihood ratio of a normal difference d (standard error se) over true effects
 * N(0, tau^2):
 *
 *     L(d0) = sqrt(v/(v + tau^2)) exp(tau^2 (d - d0)^2 / (2 v (v + tau^2))),     v = se^2
 *
 * Without an effect L is a martingale of mean 1, so that P(L >= 1/alpha at any time) <= alpha
 * (Ville). p = 1/L, and the interval holds the d0 with L(d0) < 1/alpha:
 *
 *     half^2 = 2 v (v + tau^2)/tau^2 (ln(1/alpha) + ln(1 + tau^2/v)/2)
 *
 * Confidence sequence. The same martingale with the mixing variance counted in units of the
 * observation's own, rho^2 = tau^2/sigma^2, sigma = se sqrt(n):
 *
 *     half = sigma sqrt(2 (n rho^2 + 1)/(n rho)^2 ln(sqrt(n rho^2 + 1)/alpha))
 *
 * rho is chosen so that the interval is narrowest about n_planned. Both put an estimated se into a
 * law for a known one: they need some 10 conversions an arm at the first look. O(1).
 *
 * Robbins 1970, doi 10.1214/aoms/1177696786; Johari, Koomen, Pekelis, Walsh 2022, doi
 * 10.1287/opre.2021.2135; Waudby-Smith, Arbour, Sinha, Kennedy, Ramdas 2024, doi
 * 10.1214/24-AOS2408. */
#include <math.h>

#include "core/base/numeric.h"
#include "stats/sequential.h"

double td_msprt_p_value(double difference, double se, double tau) {
    double v = se * se, t = tau * tau;
    double log_ratio =
        0.5 * td_log(v / (v + t)) + t * difference * difference / (2.0 * v * (v + t));
    return fmin(1.0, td_exp(-log_ratio));
}

double td_msprt_half_width(double se, double tau, double alpha) {
    double v = se * se, t = tau * tau;
    return sqrt(2.0 * v * (v + t) / t * (0.5 * td_log1p(t / v) - td_log(alpha)));
}

double td_sequence_rho(double alpha, double n_planned) {
    double l = -2.0 * td_log(alpha);
    return sqrt((l + td_log1p(l)) / n_planned);
}

double td_sequence_half_width(double se, double n, double rho, double alpha) {
    double grown = n * rho * rho + 1.0;
    return se * sqrt(2.0 * grown / (n * rho * rho) * (0.5 * td_log(grown) - td_log(alpha)));
}

double td_sequence_p_value(double difference, double se, double n, double rho) {
    double grown = n * rho * rho + 1.0, z = difference / se;
    return fmin(1.0, td_exp(0.5 * td_log(grown) - z * z * (grown - 1.0) / (2.0 * grown)));
}
