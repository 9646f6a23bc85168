/* gbdt/first_lanes.h: masks for the last vector of an array, where fewer elements than lanes are
 * left. */
#ifndef TD_GBDT_FIRST_LANES_H
#define TD_GBDT_FIRST_LANES_H

#if defined(__x86_64__)
#include <immintrin.h>
#include <stdint.h>

/* The first n lanes of 8 (64 bits each), of 16 (32 bits each); all of them from 8, 16 on. */
static inline __mmask8 td_first_of_8(uint64_t n) {
    return n >= 8 ? 0xff : (__mmask8)((1u << n) - 1);
}
static inline __mmask16 td_first_of_16(uint64_t n) {
    return n >= 16 ? 0xffff : (__mmask16)((1u << n) - 1);
}
#endif

#endif
