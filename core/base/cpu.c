/* core/base/cpu.c: CPU features, asked once.
 *
 * 1. The compiler's run-time support reads CPUID, and whether the system saves the wide registers.
 * 2. TD_SIMD may name a lower level: tests and comparisons run all of them on one machine.
 * 3. The answer is kept in one atomic integer. Two threads that ask first at the same time both
 *    work it out and store the same value, so no lock is needed.
 *
 * Elsewhere than on x86-64 the answer is always scalar. The level never changes a result, only the
 * time it takes: each fast twin is tested to give the scalar bits. This integer and the counters
 * of mem.c are the library's only process-wide state. */
#include "core/base/cpu.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* Everything that the compiler may use in x_avx512.c, by the flags in the Makefile. */
#if defined(__x86_64__)
static int has_avx512(void) {
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
           __builtin_cpu_supports("avx512vbmi") && __builtin_cpu_supports("avx512vbmi2") &&
           __builtin_cpu_supports("avx512vnni") && __builtin_cpu_supports("bmi2");
}
#endif

static td_simd detect(void) {
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (has_avx512()) return TD_SIMD_AVX512;
    if (__builtin_cpu_supports("avx2")) return TD_SIMD_AVX2;
#endif
    return TD_SIMD_SCALAR;
}

/* A level that the CPU lacks means the best one it has. */
static td_simd choose(void) {
    td_simd best = detect();
    const char *wish = getenv("TD_SIMD");
    if (wish == NULL || *wish == '\0') return best;
    for (int level = TD_SIMD_SCALAR; level <= (int)best; level++) {
        if (strcmp(wish, td_cpu_simd_name((td_simd)level)) == 0) return (td_simd)level;
    }
    return strcmp(wish, "avx2") == 0 || strcmp(wish, "avx512") == 0 ? best : TD_SIMD_SCALAR;
}

td_simd td_cpu_simd(void) {
    static _Atomic int chosen = -1; /* two threads may both choose: they choose the same */
    int level = atomic_load_explicit(&chosen, memory_order_relaxed);
    if (level < 0) {
        level = (int)choose();
        atomic_store_explicit(&chosen, level, memory_order_relaxed);
    }
    return (td_simd)level;
}

const char *td_cpu_simd_name(td_simd level) {
    return level == TD_SIMD_AVX512 ? "avx512" : level == TD_SIMD_AVX2 ? "avx2" : "scalar";
}
