/* core/base/rng.c: PCG64 XSL-RR and its named streams.
 *
 * The state s is 128 bits and moves by s <- a s + c (mod 2^128), a = the multiplier of the
 * reference implementation, c = the stream's odd increment. Output (after the move): the two halves
 * xored, rotated right by the top six bits.
 *
 * A stream (seed, purpose, iteration): the four 64-bit halves of s and c are four lanes; lane l is
 *
 *     h = mix(l);  h = mix(h ^ seed);  h = mix(h ^ fnv(purpose));  h = mix(h ^ iteration)
 *
 * with mix(z) = the splitmix64 finaliser of z + 0x9e3779b97f4a7c15 (a bijection of 64 bits, so two
 * streams that differ in one word differ in every lane) and fnv = 64-bit FNV-1a of the text.
 *
 * Jump by n steps: the n-th power of s -> a s + c is again such a map; it is built from squares,
 * one per bit of n. All arithmetic is on integers: the outputs are the same everywhere.
 * Uniforms take the top 53 bits; normals and exponentials take 52 bits as (i + 1/2)/2^52, exact and
 * strictly inside (0, 1).
 *
 * O'Neill, HMC-CS-2014-0905 (2014), https://www.pcg-random.org; Brown, "Random number generation
 * with arbitrary strides", Trans. Am. Nucl. Soc. 71 (1994); Steele, Lea and Flood, "Fast splittable
 * pseudorandom number generators" (2014), doi 10.1145/2660193.2660195. */
#include "core/base/rng.h"

#include "core/base/numeric.h"

static const uint64_t multiplier_high = 0x2360ed051fc65da4U;
static const uint64_t multiplier_low = 0x4385df649fccf645U;

static inline td_u128 join(uint64_t high, uint64_t low) { return (td_u128)high << 64 | low; }

static inline void step(td_rng *rng) {
    rng->state = rng->state * join(multiplier_high, multiplier_low) + rng->increment;
}

static inline uint64_t mix(uint64_t z) {
    z += 0x9e3779b97f4a7c15U;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31);
}

static uint64_t text_hash(const char *text) {
    uint64_t hash = 0xcbf29ce484222325U;
    for (const char *at = text; *at != '\0'; at++) {
        hash = (hash ^ (uint64_t)(unsigned char)*at) * 0x100000001b3U;
    }
    return hash;
}

td_rng td_rng_reference(td_u128 state, td_u128 sequence) {
    td_rng rng = {.state = 0, .increment = sequence << 1 | 1};
    step(&rng);
    rng.state += state;
    step(&rng);
    return rng;
}

td_rng td_rng_stream(uint64_t seed, const char *purpose, uint64_t iteration, uint64_t first) {
    uint64_t lane[4], purpose_hash = text_hash(purpose);
    for (uint64_t l = 0; l < 4; l++) {
        lane[l] = mix(mix(mix(mix(l) ^ seed) ^ purpose_hash) ^ iteration);
    }
    td_rng rng = {.state = join(lane[0], lane[1]), .increment = join(lane[2], lane[3]) | 1};
    td_rng_jump(&rng, first);
    return rng;
}

void td_rng_jump(td_rng *rng, uint64_t n) {
    /* power is s -> factor s + term, applied 2^i times for bit i of n */
    td_u128 factor = join(multiplier_high, multiplier_low), term = rng->increment;
    for (; n > 0; n >>= 1) {
        if ((n & 1) != 0) rng->state = rng->state * factor + term;
        term *= factor + 1;
        factor *= factor;
    }
}

uint64_t td_rng_next(td_rng *rng) {
    step(rng);
    uint64_t folded = (uint64_t)(rng->state >> 64) ^ (uint64_t)rng->state;
    unsigned turn = (unsigned)(rng->state >> 122);
    return folded >> turn | folded << (-turn & 63);
}

double td_rng_uniform(td_rng *rng) { return (double)(td_rng_next(rng) >> 11) * 0x1p-53; }

uint64_t td_rng_below(td_rng *rng, uint64_t bound) {
    return (uint64_t)(((td_u128)td_rng_next(rng) * bound) >> 64);
}

/* Uniform strictly inside (0, 1). */
static double uniform_open(td_rng *rng) {
    return ((double)(td_rng_next(rng) >> 12) + 0.5) * 0x1p-52;
}

double td_rng_normal(td_rng *rng) { return td_normal_quantile(uniform_open(rng)); }

double td_rng_exponential(td_rng *rng) { return -td_log(uniform_open(rng)); }
