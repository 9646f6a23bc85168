/* core/base/numeric.h: elementary functions with the same bits on every machine.
 *
 * libm differs between versions and CPUs, so everything that reaches an artefact uses these. Each
 * is built from IEEE +, -, *, / and sqrt in a fixed order, without FMA; the array forms give the
 * same bits as the scalar forms at every SIMD level. Of libm the project may use only sqrt, fabs,
 * floor, ceil, fmin, fmax.
 *
 * "E ulp" beside a function: on 10^6 points in each of several ranges (10^5 in all for the normal
 * quantile) no error above E units in the last place of the exact value (MPFR) was met; the tests
 * hold every function to the stated bound.
 * NaN in gives NaN out, always the same NaN. None allocates, none fails, none touches errno. */
#ifndef TD_CORE_BASE_NUMERIC_H
#define TD_CORE_BASE_NUMERIC_H

#include <stdint.h>

#include "core/base/err.h"

double td_exp(double x);   /* 0.8 ulp; exp(0) = 1 */
double td_expm1(double x); /* 1.1 ulp */
double td_log(double x);   /* 0.9 ulp; NaN below 0, -inf at 0, log(1) = 0 */
double td_log1p(double x); /* 0.51 ulp; NaN below -1, -inf at -1 */
double td_log2(double x);  /* 0.51 ulp; exact at powers of two */

/* x^y with the special cases of C17 (annex F): 0.8 ulp. NaN for x < 0 unless y is an integer. Exact
 * where the result is a double (2^k, 3^2, 10^22). */
double td_pow(double x, double y);

double td_sin(double x);  /* 0.8 ulp for |x| <= 1e5, NaN beyond */
double td_cos(double x);  /* 0.8 ulp for |x| <= 1e5, NaN beyond */
double td_atan(double x); /* 0.7 ulp */
double td_asin(double x); /* 0.8 ulp; NaN for |x| > 1 */
double td_tanh(double x); /* 2.5 ulp */
double td_erf(double x);  /* 1.2 ulp */
double td_erfc(double x); /* 1.3 ulp, also where the result is subnormal */

/* log Gamma(x), x > 0: 2.8 ulp, relative to the result also beside its zeros 1 and 2. NaN for
 * x < 0, +inf at 0. */
double td_lgamma(double x);

/* 1 / (1 + exp(-x)): 2.5 ulp. Its inverse log(p / (1 - p)): 0.51 ulp, NaN outside [0, 1]. */
double td_sigmoid(double x);
double td_logit(double p);

/* Distribution function of N(0, 1): 1.5 ulp in both tails. Its inverse: 8 ulp; +-inf at 1 and 0,
 * NaN outside [0, 1]. */
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
