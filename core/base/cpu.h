/* core/base/cpu.h: which instruction set the fast kernels may use. Asked once, then fixed.
 *
 * Scalar C is the specification; x_avx2.c and x_avx512.c hold faster twins with bit-equal results.
 * The level is the highest the CPU has, or a lower one named in the environment variable TD_SIMD
 * (scalar, avx2, avx512). */
#ifndef TD_CORE_BASE_CPU_H
#define TD_CORE_BASE_CPU_H

typedef enum td_simd {
    TD_SIMD_SCALAR = 0,
    TD_SIMD_AVX2,  /* AVX2 without FMA: products and sums round separately, as in scalar */
    TD_SIMD_AVX512 /* AVX-512 F, BW, DQ, VL, VBMI, VBMI2 and VNNI (Ice Lake, Zen 4 and later) */
} td_simd;

/* Level in force. Thread-safe; the first call decides. An unknown TD_SIMD value means scalar. */
td_simd td_cpu_simd(void);

/* "scalar", "avx2" or "avx512". */
const char *td_cpu_simd_name(td_simd level);

#endif
