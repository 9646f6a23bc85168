/* core/base/sort.c: radix sort of doubles.
 *
 * 1. Every value becomes a 64-bit key with the same order: all bits of negatives are flipped, the
 *    sign bit of the others.
 *
 *        -2.0   1 10000000000 000...   ->   0 01111111111 111...
 *         2.0   0 10000000000 000...   ->   1 10000000000 000...
 *
 * 2. Three stable passes by the upper 33 bits, 11 at a time, from one array to the other: sign,
 *    exponent and 21 bits of the fraction, six decimal digits. A pass whose bits all keys share is
 *    left out.
 * 3. What they leave is in order but for neighbours that agree in 33 bits: insertion puts these
 *    right, in a handful of moves for measured values and none for equal ones.
 * 4. Keys that differ only below (times in milliseconds, say) would cost it too many: when the
 *    moves exceed MOVES a key, the lower bits are sorted by three passes more, then the upper
 *    again. A short array is sorted by insertion alone.
 * 5. Keys become values again.
 *
 * Cost: about ten reads and writes of n keys; no allocation. One thread: callers sort many columns
 * side by side. Keys with values that travel along: radix.h. */
#include "core/base/sort.h"

#include <string.h>

enum { DIGIT_VALUES = 1 << 11, N_DIGITS = 6, UPPER = 3, MOVES = 4, SHORT = 48 };

/* First bit of each digit; the lowest bits of the upper ones are seen twice, which is harmless. */
static const uint8_t digit_shift[N_DIGITS] = {0, 10, 20, 31, 42, 53};

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

/* One stable pass by the digit at `shift`; where the keys are then. */
static uint64_t *radix_pass(uint64_t *from, uint64_t *to, uint64_t n, unsigned shift) {
    uint64_t start[DIGIT_VALUES] = {0}, sum = 0;
    for (uint64_t i = 0; i < n; i++) start[from[i] >> shift & (DIGIT_VALUES - 1)]++;
    for (int d = 0; d < DIGIT_VALUES; d++) {
        uint64_t here = start[d];
        if (here == n) return from;
        start[d] = sum;
        sum += here;
    }
    for (uint64_t i = 0; i < n; i++) to[start[from[i] >> shift & (DIGIT_VALUES - 1)]++] = from[i];
    return to;
}

/* Passes from digit `first` on; where the keys are then. */
static uint64_t *radix_passes(uint64_t *keys, uint64_t *other, uint64_t n, int first) {
    for (int digit = first; digit < N_DIGITS; digit++) {
        uint64_t *sorted = radix_pass(keys, other, n, digit_shift[digit]);
        if (sorted == keys) continue;
        other = keys;
        keys = sorted;
    }
    return keys;
}

/* 1 when the keys are in order; 0, with some of them moved, when that takes more moves than
 * allowed. */
static int insert_all(uint64_t *keys, uint64_t n, uint64_t most) {
    uint64_t moves = 0;
    for (uint64_t i = 1; i < n; i++) {
        uint64_t key = keys[i], to = i;
        for (; to > 0 && keys[to - 1] > key; to--) keys[to] = keys[to - 1];
        keys[to] = key;
        moves += i - to;
        if (moves > most) return 0;
    }
    return 1;
}

void td_sort_doubles(double *values, double *scratch, uint64_t n) {
    uint64_t *keys = (uint64_t *)(void *)values, *other = (uint64_t *)(void *)scratch;
    for (uint64_t i = 0; i < n; i++) {
        uint64_t key = key_of(values[i]);
        memcpy(&keys[i], &key, sizeof key);
    }
    uint64_t *sorted = keys;
    if (n > SHORT) sorted = radix_passes(keys, other, n, UPPER);
    if (!insert_all(sorted, n, n > SHORT ? MOVES * n : n * n))
        sorted = radix_passes(sorted, sorted == keys ? other : keys, n, 0);
    for (uint64_t i = 0; i < n; i++) {
        double x = value_of(sorted[i]);
        memcpy(&values[i], &x, sizeof x);
    }
}
