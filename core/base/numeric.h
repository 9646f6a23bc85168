/* core/base/numeric.h: elementary functions with the same bits on every machine.
 *
 * libm differs between versions and CPUs, so everything that reaches an artefact uses these. Each
 * is built from IEEE
 * +, -, *, / and sqrt in a fixed order, without FMA; the array forms give the same bits as the
 * scalar forms at every SIMD level. The maximal error in units in the last place (ulp) is stated
 * per function and tested against MPFR. Of libm the project may use only sqrt, fabs, floor, ceil,
 * fmin, fmax. */
#ifndef TD_CORE_BASE_NUMERIC_H
#define TD_CORE_BASE_NUMERIC_H

#include <stdint.h>

#include "core/base/err.h"

double td_exp(double x);
double td_expm1(double x);
double td_log(double x); /* NaN below 0, -inf at 0 */
double td_log1p(double x);
double td_log2(double x);
double td_pow(double x, double y); /* x >= 0, or y an integer */
double td_sin(double x);           /* |x| <= 1e5 */
double td_cos(double x);           /* |x| <= 1e5 */
double td_atan(double x);
double td_asin(double x);
double td_tanh(double x);
double td_erf(double x);
double td_erfc(double x);
double td_lgamma(double x); /* x > 0 */

/* 1 / (1 + exp(-x)), and its inverse log(p / (1 - p)). */
double td_sigmoid(double x);
double td_logit(double p);

/* Distribution function of N(0, 1) and its inverse (p in (0, 1); +-inf at the ends). */
double td_normal_cdf(double x);
double td_normal_quantile(double p);

/* out[i] = f(x[i]); x and out may be the same array. Bit-equal to the scalar form. */
void td_exp_array(double *out, const double *x, uint64_t n);
void td_sigmoid_array(double *out, const double *x, uint64_t n);
void td_log_array(double *out, const double *x, uint64_t n);

/* Sum in index order with Neumaier's compensation; the partials of chunks are joined with
 * td_sum_add. */
typedef struct td_sum {
    double high;
    double low;
} td_sum;
void td_sum_add(td_sum *sum, double x);
void td_sum_merge(td_sum *sum, const td_sum *other);
double td_sum_value(const td_sum *sum);

#endif
