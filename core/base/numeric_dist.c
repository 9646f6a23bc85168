/* core/base/numeric_dist.c: quantiles of the normal distribution.
 *
 * Algorithm AS 241 (PPND16) of Wichura: with q = p - 1/2,
 *   |q| <= 0.425:  x = q A(r)/B(r),        r = 0.425^2 - q^2
 *   else           x = sign(q) C(r)/D(r),  r = sqrt(-log(min(p, 1-p))) - 1.6   for the root <= 5
 *                  x = sign(q) E(r)/F(r),  r = the same root - 5               beyond
 * with rational functions of degree 7, relative error about 1e-16 before rounding. One logarithm
 * and one root at most. It does not iterate.
 *
 * Wichura, "Algorithm AS 241: The percentage points of the normal distribution", Applied Statistics
 * 37 (1988), doi 10.2307/2347330: the coefficients are the published ones. */
#include <math.h>

#include "core/base/numeric.h"
#include "core/base/numeric_core.h"

/* Lowest power first; the denominators start with 1. */
static const double centre_above[8] = {3.3871328727963666080e0,  1.3314166789178437745e+2,
                                       1.9715909503065514427e+3, 1.3731693765509461125e+4,
                                       4.5921953931549871457e+4, 6.7265770927008700853e+4,
                                       3.3430575583588128105e+4, 2.5090809287301226727e+3};
static const double centre_below[8] = {1.0,
                                       4.2313330701600911252e+1,
                                       6.8718700749205790830e+2,
                                       5.3941960214247511077e+3,
                                       2.1213794301586595867e+4,
                                       3.9307895800092710610e+4,
                                       2.8729085735721942674e+4,
                                       5.2264952788528545610e+3};
static const double middle_above[8] = {1.42343711074968357734e0,  4.63033784615654529590e0,
                                       5.76949722146069140550e0,  3.64784832476320460504e0,
                                       1.27045825245236838258e0,  2.41780725177450611770e-1,
                                       2.27238449892691845833e-2, 7.74545014278341407640e-4};
static const double middle_below[8] = {1.0,
                                       2.05319162663775882187e0,
                                       1.67638483018380384940e0,
                                       6.89767334985100004550e-1,
                                       1.48103976427480074590e-1,
                                       1.51986665636164571966e-2,
                                       5.47593808499534494600e-4,
                                       1.05075007164441684324e-9};
static const double far_above[8] = {6.65790464350110377720e0,  5.46378491116411436990e0,
                                    1.78482653991729133580e0,  2.96560571828504891230e-1,
                                    2.65321895265761230930e-2, 1.24266094738807843860e-3,
                                    2.71155556874348757815e-5, 2.01033439929228813265e-7};
static const double far_below[8] = {1.0,
                                    5.99832206555887937690e-1,
                                    1.36929880922735805310e-1,
                                    1.48753612908506148525e-2,
                                    7.86869131145613259100e-4,
                                    1.84631831751005468180e-5,
                                    1.42151175831644588870e-7,
                                    2.04426310338993978564e-15};

/* q = p - 1/2 and 1 - p are exact or rounded once; both arms are odd in q. */
double td_normal_quantile(double p) {
    if (!(p >= 0.0 && p <= 1.0)) return TD_NAN;
    if (p == 0.0 || p == 1.0) return p == 0.0 ? -TD_INF : TD_INF;
    double q = p - 0.5;
    if (fabs(q) <= 0.425) {
        double r = 0.180625 - q * q;
        return q * (td_poly(r, centre_above, 8) / td_poly(r, centre_below, 8));
    }
    double root = sqrt(-td_log(q < 0.0 ? p : 1.0 - p));
    double x;
    if (root <= 5.0) {
        x = td_poly(root - 1.6, middle_above, 8) / td_poly(root - 1.6, middle_below, 8);
    } else {
        x = td_poly(root - 5.0, far_above, 8) / td_poly(root - 5.0, far_below, 8);
    }
    return q < 0.0 ? -x : x;
}
