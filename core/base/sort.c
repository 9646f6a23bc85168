/* core/base/sort.c: radix sort of doubles.
 *
 * 1. Every value becomes a 64-bit key with the same order: all bits of negatives are flipped, the
 *    sign bit of the others.
 *
 *        -2.0   1 10000000000 000...   ->   0 01111111111 111...
 *         2.0   0 10000000000 000...   ->   1 10000000000 000...
 *
 * 2. One pass counts all eight bytes of all keys.
 * 3. A stable pass for each byte, the lowest first, from one array to the other. A byte that all
 *    keys share is skipped: numbers that came from floats cost five passes, not eight.
 * 4. Keys become values again.
 *
 * Cost: 2 + passes times n reads and writes; no comparison, no allocation. One thread: callers sort
 * many columns side by side. Keys with values that travel along: radix.h. */
#include "core/base/sort.h"

#include <string.h>

/* Order-preserving key of a double: flip all bits of negatives, the sign bit of the others. */
static uint64_t key_of(double x) {
    uint64_t bits;
    x += 0.0; /* -0 becomes +0 */
    memcpy(&bits, &x, sizeof bits);
    return bits ^ ((uint64_t) - (int64_t)(bits >> 63) | (uint64_t)1 << 63);
}

static double value_of(uint64_t key) {
    uint64_t bits = key ^ (((key >> 63) - 1) | (uint64_t)1 << 63);
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* One counting pass by the byte at `shift`; start[] holds the first place of each byte value. */
static void radix_pass(uint64_t *to, const uint64_t *from, uint64_t n, int shift,
                       uint64_t start[256]) {
    for (uint64_t i = 0; i < n; i++) to[start[from[i] >> shift & 255]++] = from[i];
}

/* Turn counts into first places; 1 if a single byte value holds all n keys. */
static int places_of(uint64_t count[256], uint64_t n) {
    uint64_t sum = 0;
    for (int b = 0; b < 256; b++) {
        if (count[b] == n) return 1;
        uint64_t here = count[b];
        count[b] = sum;
        sum += here;
    }
    return 0;
}

void td_sort_doubles(double *values, double *scratch, uint64_t n) {
    uint64_t count[8][256] = {{0}};
    uint64_t *from = (uint64_t *)(void *)values, *to = (uint64_t *)(void *)scratch;
    for (uint64_t i = 0; i < n; i++) {
        uint64_t key = key_of(values[i]);
        memcpy(&from[i], &key, sizeof key);
        for (int byte = 0; byte < 8; byte++) count[byte][key >> 8 * byte & 255]++;
    }
    for (int byte = 0; byte < 8; byte++) {
        if (places_of(count[byte], n)) continue;
        radix_pass(to, from, n, 8 * byte, count[byte]);
        uint64_t *swap = from;
        from = to;
        to = swap;
    }
    for (uint64_t i = 0; i < n; i++) {
        double x = value_of(from[i]);
        memcpy(&values[i], &x, sizeof x);
    }
}
