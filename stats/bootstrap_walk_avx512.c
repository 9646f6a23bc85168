/* stats/bootstrap_walk_avx512.c: bootstrap_steps.h with eight doubles in one register of AVX-512.
 *
 * The specification is the same text compiled for plain x86-64 in bootstrap_walk.c; a test compares
 * the bits. What is gained is measured by bench/bench_bootstrap.c with TD_SIMD=scalar beside it. */
#include "stats/bootstrap_steps.h"

#if defined(__x86_64__)

void td_boot_steps_avx512(td_boot_walk *at, const td_boot_score *score,
                          const td_boot_scratch *scratch, const uint32_t steps[2]) {
    td_boot_steps(at, score, scratch, steps);
}

#endif
