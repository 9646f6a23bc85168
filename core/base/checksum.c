/* core/base/checksum.c: XXH64.
 *
 *   1. Four accumulators take 8 bytes each of a stripe of 32:
 *
 *          acc = rotate(acc + word * P2, 31) * P1
 *
 *   2. They are rotated by 1, 7, 12, 18 and added; each is merged once more:
 *
 *          h = (h ^ rotate(acc * P2, 31) * P1) * P1 + P4
 *
 *      Less than 32 bytes start from seed + P5 instead. The length is added.
 *   3. What is left: words of 8, one of 4, bytes, each mixed in by its own rule.
 *   4. Avalanche: h ^= h >> 33, * P2, h ^= h >> 29, * P3, h ^= h >> 32.
 *
 * Words are little-endian. Cost: 2 multiplications per 8 bytes in four independent chains. Not
 * done: running sums over several pieces.
 * Reference: Y. Collet, xxHash fast digest algorithm, doc/xxhash_spec.md (2016). */
#include "core/base/checksum.h"

#include <string.h>

static const uint64_t P1 = UINT64_C(0x9E3779B185EBCA87), P2 = UINT64_C(0xC2B2AE3D27D4EB4F),
                      P3 = UINT64_C(0x165667B19E3779F9), P4 = UINT64_C(0x85EBCA77C2B2AE63),
                      P5 = UINT64_C(0x27D4EB2F165667C5);

static uint64_t rotate(uint64_t x, int k) { return x << k | x >> (64 - k); }

static uint64_t word_64(const unsigned char *at) {
    uint64_t word;
    memcpy(&word, at, 8);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    return word;
}

static uint64_t round_of(uint64_t acc, uint64_t word) { return rotate(acc + word * P2, 31) * P1; }

/* Steps 1 and 2 over whole stripes; *at moves behind them. */
static uint64_t take_stripes(const unsigned char **at, const unsigned char *end, uint64_t seed) {
    uint64_t a = seed + P1 + P2, b = seed + P2, c = seed, d = seed - P1;
    const unsigned char *p = *at;
    for (; end - p >= 32; p += 32) {
        a = round_of(a, word_64(p));
        b = round_of(b, word_64(p + 8));
        c = round_of(c, word_64(p + 16));
        d = round_of(d, word_64(p + 24));
    }
    *at = p;
    uint64_t h = rotate(a, 1) + rotate(b, 7) + rotate(c, 12) + rotate(d, 18);
    h = (h ^ round_of(0, a)) * P1 + P4;
    h = (h ^ round_of(0, b)) * P1 + P4;
    h = (h ^ round_of(0, c)) * P1 + P4;
    return (h ^ round_of(0, d)) * P1 + P4;
}

uint64_t td_checksum(const void *bytes, uint64_t n, uint64_t seed) {
    const unsigned char *at = bytes, *end = at + n;
    uint64_t h = n >= 32 ? take_stripes(&at, end, seed) : seed + P5;
    h += n;
    for (; end - at >= 8; at += 8) h = rotate(h ^ round_of(0, word_64(at)), 27) * P1 + P4;
    if (end - at >= 4) {
        uint64_t half =
            at[0] | (uint64_t)at[1] << 8 | (uint64_t)at[2] << 16 | (uint64_t)at[3] << 24;
        h = rotate(h ^ half * P1, 23) * P2 + P3;
        at += 4;
    }
    for (; at < end; at++) h = rotate(h ^ *at * P5, 11) * P1;
    h = (h ^ h >> 33) * P2;
    h = (h ^ h >> 29) * P3;
    return h ^ h >> 32;
}
