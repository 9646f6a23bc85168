/* io/num_parse_exact.h: the last resort of num_parse.c. Not for other modules. */
#ifndef TD_IO_NUM_PARSE_EXACT_H
#define TD_IO_NUM_PARSE_EXACT_H

#include <stdint.h>

/* A decimal number as read. */
typedef struct td_decimal {
    uint64_t w;        /* its first 19 significant digits */
    int64_t exponent;  /* value = w * 10^exponent, plus what was cut off */
    const char *first; /* its digits and at most one point: [first, last) */
    const char *last;
    char is_negative;
    char is_cut; /* a digit behind the 19th is not 0 */
} td_decimal;

/* The value lies in [m, m + 1) * 2^unit: bits of the nearest double, ties to even. `unit` >= -1074,
 * and m >= 2^52 unless unit = -1074. Work grows with the square of the digits, at most 800. */
uint64_t td_round_exact(const td_decimal *number, uint64_t m, int32_t unit);

#endif
