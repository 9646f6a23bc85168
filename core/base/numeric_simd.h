/* core/base/numeric_simd.h: the levels of the array functions; for numeric_*.c and the tests.
 *
 * Each twin repeats the scalar operations in the same order, 4 or 8 lanes at a time, and finishes
 * a ragged end with the scalar form. A twin may be called only where the CPU has its
 * instructions. */
#ifndef TD_CORE_BASE_NUMERIC_SIMD_H
#define TD_CORE_BASE_NUMERIC_SIMD_H

#include <stdint.h>

#include "core/base/cpu.h"

typedef void (*td_array_fn)(double *out, const double *x, uint64_t n);

typedef struct td_array_kernels {
    td_array_fn exp;
    td_array_fn sigmoid;
    td_array_fn log;
} td_array_kernels;

/* The kernels of one level. Never NULL, static. */
const td_array_kernels *td_array_kernels_at(td_simd level);

void td_exp_array_scalar(double *out, const double *x, uint64_t n);
void td_sigmoid_array_scalar(double *out, const double *x, uint64_t n);
void td_log_array_scalar(double *out, const double *x, uint64_t n);

void td_exp_array_avx2(double *out, const double *x, uint64_t n);
void td_sigmoid_array_avx2(double *out, const double *x, uint64_t n);
void td_log_array_avx2(double *out, const double *x, uint64_t n);

void td_exp_array_avx512(double *out, const double *x, uint64_t n);
void td_sigmoid_array_avx512(double *out, const double *x, uint64_t n);
void td_log_array_avx512(double *out, const double *x, uint64_t n);

#endif
