/* io/pow10.h: powers of ten as 128-bit numbers, shared by num_parse (decimal -> binary) and
 * num_format (binary -> decimal).
 *
 *     10^q = T(q) * 2^(td_pow10_log2(q) - 127) * (1 + d),   2^127 <= T < 2^128,   0 <= d < 2^-127
 *
 * T is the exact value cut off, so 10^q lies in [T, T + 1) of its unit; it is exact (d = 0) for
 * 0 <= q <= 55, as 5^55 < 2^128. */
#ifndef TD_IO_POW10_H
#define TD_IO_POW10_H

#include <stdint.h>

enum { TD_POW10_MIN = -342, TD_POW10_MAX = 324, TD_POW10_EXACT_MAX = 55 };

typedef struct td_pow10_entry {
    uint64_t high;
    uint64_t low;
} td_pow10_entry;

extern const td_pow10_entry td_pow10_table[TD_POW10_MAX - TD_POW10_MIN + 1];

/* T(q) for TD_POW10_MIN <= q <= TD_POW10_MAX. */
static inline td_pow10_entry td_pow10(int32_t q) { return td_pow10_table[q - TD_POW10_MIN]; }

/* floor(log2(10^q)), right for |q| <= 400: 1741647 / 2^19 is log2(10) from below by 2e-7. */
static inline int32_t td_pow10_log2(int32_t q) { return (q * 1741647) >> 19; }

#endif
