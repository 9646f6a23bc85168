/* core/base/rng.h: counter-based random numbers on PCG64 XSL-RR.
 *
 * A stream is named by (seed, purpose, iteration); output i of a stream is a pure function of these
 * and i, so rows can be cut into chunks anywhere: a chunk jumps to its first row in O(log i) and
 * then steps. Source: O'Neill, "PCG: A Family of Simple Fast Space-Efficient Statistically Good
 * Algorithms for Random Number Generation", HMC-CS-2014-0905 (2014); jump-ahead after Brown,
 * "Random Number Generation with Arbitrary Strides" (1994). */
#ifndef TD_CORE_BASE_RNG_H
#define TD_CORE_BASE_RNG_H

#include <stdint.h>

__extension__ typedef unsigned __int128 td_u128;

typedef struct td_rng {
    td_u128 state;
    td_u128 increment; /* odd */
} td_rng;

/* The generator of the reference implementation: pcg64 seeded with (state, sequence). For its
 * published outputs. */
td_rng td_rng_reference(td_u128 state, td_u128 sequence);

/* The stream (seed, purpose, iteration) at output `first`. `purpose` is a short constant text such
 * as "bagging". */
td_rng td_rng_stream(uint64_t seed, const char *purpose, uint64_t iteration, uint64_t first);

/* Skip n outputs. O(log n). */
void td_rng_jump(td_rng *rng, uint64_t n);

/* Next 64 random bits. Exactly one step. */
uint64_t td_rng_next(td_rng *rng);

/* Uniform in [0, 1), 53 bits. One step. */
double td_rng_uniform(td_rng *rng);

/* Uniform integer in [0, bound), bound >= 1, by 128-bit multiply (bias below bound / 2^64). One
 * step. */
uint64_t td_rng_below(td_rng *rng, uint64_t bound);

/* Standard normal by the inverse distribution function. One step. */
double td_rng_normal(td_rng *rng);

/* Exponential with mean 1. One step. */
double td_rng_exponential(td_rng *rng);

#endif
