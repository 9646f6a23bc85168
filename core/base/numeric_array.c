/* core/base/numeric_array.c: exp, the logistic function and log of whole arrays.
 *
 * 1. The scalar level loops over the scalar functions: it is the specification.
 * 2. td_array_kernels_at maps a SIMD level to its three loops (scalar, numeric_avx2.c,
 *    numeric_avx512.c), whose results are equal to the scalar ones in every bit.
 * 3. The public functions ask td_cpu_simd once per call.
 *
 * Cost per element on one AMD EPYC core, input in cache: about 10 ns scalar, 2.5 ns with AVX2 and
 * 1.5 ns with AVX-512. Nothing here uses threads: callers cut arrays into chunks themselves. */
#include "core/base/cpu.h"
#include "core/base/numeric.h"
#include "core/base/numeric_simd.h"

void td_exp_array_scalar(double *out, const double *x, uint64_t n) {
    for (uint64_t i = 0; i < n; i++) out[i] = td_exp(x[i]);
}

void td_sigmoid_array_scalar(double *out, const double *x, uint64_t n) {
    for (uint64_t i = 0; i < n; i++) out[i] = td_sigmoid(x[i]);
}

void td_log_array_scalar(double *out, const double *x, uint64_t n) {
    for (uint64_t i = 0; i < n; i++) out[i] = td_log(x[i]);
}

/* Elsewhere than on x86-64 there is only the scalar level. */
const td_array_kernels *td_array_kernels_at(td_simd level) {
    static const td_array_kernels scalar = {td_exp_array_scalar, td_sigmoid_array_scalar,
                                            td_log_array_scalar};
#if defined(__x86_64__)
    static const td_array_kernels avx2 = {td_exp_array_avx2, td_sigmoid_array_avx2,
                                          td_log_array_avx2};
    static const td_array_kernels avx512 = {td_exp_array_avx512, td_sigmoid_array_avx512,
                                            td_log_array_avx512};
    if (level == TD_SIMD_AVX512) return &avx512;
    if (level == TD_SIMD_AVX2) return &avx2;
#endif
    (void)level;
    return &scalar;
}

void td_exp_array(double *out, const double *x, uint64_t n) {
    td_array_kernels_at(td_cpu_simd())->exp(out, x, n);
}

void td_sigmoid_array(double *out, const double *x, uint64_t n) {
    td_array_kernels_at(td_cpu_simd())->sigmoid(out, x, n);
}

void td_log_array(double *out, const double *x, uint64_t n) {
    td_array_kernels_at(td_cpu_simd())->log(out, x, n);
}
