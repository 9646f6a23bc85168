/* io/num_parse.h: text -> numbers, for cells of a file and for options of the program.
 *
 * A span of bytes is parsed whole: blanks, a second number or a stray letter make it bad. Doubles
 * are correctly rounded (to nearest, ties to even) for every input of every length; nothing depends
 * on the locale. The functions never read outside [text, text + n), except td_parse_id. */
#ifndef TD_IO_NUM_PARSE_H
#define TD_IO_NUM_PARSE_H

#include <stdint.h>
#include <string.h>

#include "core/packed.h"

typedef enum td_num {
    TD_NUM_OK = 0,
    TD_NUM_BAD,  /* not a number in this notation; empty, inf, nan and hex included */
    TD_NUM_RANGE /* a number, but too large for the type (1e400); *out untouched */
} td_num;

/* [+-] digits. */
td_num td_parse_i64(const char *text, uint64_t n, int64_t *out);

/* [+-] digits [. digits] [e [+-] digits], with a digit before or after the point. Underflow gives
 * the nearest double (a subnormal or 0) and is no error. About 10 ns for seven digits. */
td_num td_parse_f64(const char *text, uint64_t n, double *out);

/* The longest number that starts at text: the address behind it, NULL when none starts there or it
 * is out of range (td_parse_f64 tells which). *out is set on success. The way to read a cell
 * without looking for its end first. */
const char *td_scan_f64(const char *text, const char *end, double *out);

/* The same for a packed cell: *cell is set, and *out only where *cell is TD_PACKED_NONE because the
 * number has too many digits. Saves the division, which td_packed_value makes up for. */
const char *td_scan_packed(const char *text, const char *end, uint32_t *cell, double *out);

/* Value of eight ASCII digits (text order = memory order, little-endian load). SWAR: three
 * multiplications add neighbours 1+1, 2+2 and 4+4 digits (Lemire, "Number parsing at a gigabyte
 * per second", 2021, doi:10.1002/spe.2984, section 7). */
static inline uint64_t td_swar_value(uint64_t digits) {
    digits -= UINT64_C(0x3030303030303030);
    digits = digits * 10 + (digits >> 8);
    uint64_t even = (digits & UINT64_C(0x000000FF000000FF)) * UINT64_C(0x000F424000000064);
    uint64_t odd = ((digits >> 16) & UINT64_C(0x000000FF000000FF)) * UINT64_C(0x0000271000000001);
    return (even + odd) >> 32;
}

/* 1 when all eight bytes are '0'..'9': the high nibble is 3 before and after adding 6. */
static inline int td_swar_is_digits(uint64_t bytes) {
    uint64_t high = UINT64_C(0xF0F0F0F0F0F0F0F0);
    uint64_t three = UINT64_C(0x3030303030303030);
    return ((bytes & high) ^ three) == 0 &&
           (((bytes + UINT64_C(0x0606060606060606)) & high) ^ three) == 0;
}

/* As td_parse_id, any length, nothing read outside the span; digit by digit. */
td_num td_parse_id_any(const char *text, uint64_t n, int64_t *out);

/* A non-negative id: digits only, 0 .. 2^63 - 1. Reads eight-byte words, so up to seven bytes
 * *behind* the span are touched (never used): the text must lie in a td_bytes of io/file.h or in a
 * block with eight bytes to spare. A few ns up to 16 digits. */
static inline td_num td_parse_id(const char *text, uint64_t n, int64_t *out) {
    if (n < 1 || n > 16) return td_parse_id_any(text, n, out);
    uint64_t head;
    memcpy(&head, text, 8);
    if (n <= 8) {
        /* Shift the digits to the top and fill the freed low bytes with leading zeros. */
        unsigned shift = (unsigned)(64 - 8 * n);
        uint64_t zeros = shift == 0 ? 0 : UINT64_C(0x3030303030303030) >> (64 - shift);
        uint64_t word = (head << shift) | zeros;
        if (!td_swar_is_digits(word)) return TD_NUM_BAD;
        *out = (int64_t)td_swar_value(word);
        return TD_NUM_OK;
    }
    uint64_t tail; /* the last eight digits overlap the first ones: count only those in front */
    memcpy(&tail, text + n - 8, 8);
    unsigned shift = (unsigned)(8 * (16 - n)); /* 0 .. 56 */
    uint64_t zeros = shift == 0 ? 0 : UINT64_C(0x3030303030303030) >> (64 - shift);
    uint64_t front = (head << shift) | zeros;
    if (!td_swar_is_digits(front) || !td_swar_is_digits(tail)) return TD_NUM_BAD;
    *out = (int64_t)(td_swar_value(front) * 100000000 + td_swar_value(tail));
    return TD_NUM_OK;
}

#endif
