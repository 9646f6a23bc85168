/* stats/uplift_walk_avx512.c: uplift_steps.h with eight doubles in one register of AVX-512.
 *
 * The specification is the same text compiled for plain x86-64 in uplift_walk.c; a test compares
 * the bits. What is gained is measured by bench/bench_uplift.c with TD_SIMD=scalar beside it. */
#include "stats/uplift_steps.h"

#if defined(__x86_64__)

void td_uplift_steps_avx512(td_uplift_run *at, const td_uplift_order *order,
                            td_uplift_weights weights, uint32_t begin, uint32_t end) {
    td_steps(at, order, weights, begin, end);
}

#endif
