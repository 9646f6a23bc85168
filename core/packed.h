/* core/packed.h: a number of a text file in four bytes instead of eight, exactly.
 *
 * Most numbers in files are short decimals, and a short decimal needs no double:
 *
 *      31    30 .. 26     25 .. 0
 *     | sign | decimals d | digits w |     value = +-w / 10^d      -0.102968 = 1, 6, 102968
 *
 * w < 2^26 and 10^d are doubles, so the quotient is the double nearest to the decimal (Clinger
 * 1990, doi:10.1145/93542.93557): what td_parse_f64 gives for the same text, -0 included. d = 31
 * marks what is no short decimal: a missing value, or a double that stands elsewhere (`other` of
 * the column), w being its place there.
 *
 * A table that is only binned is read this way (td_csv_options.is_packed): half the memory, and the
 * division is left until a value is wanted. */
#ifndef TD_CORE_PACKED_H
#define TD_CORE_PACKED_H

#include <stddef.h>
#include <stdint.h>

#include "core/base/err.h"

enum {
    TD_PACKED_DIGITS = (1 << 26) - 1, /* digits and places are below this */
    TD_PACKED_DECIMALS = 22           /* 10^22 is the last power of ten that is a double */
};

#define TD_PACKED_OTHER   UINT32_C(0x7C000000) /* d = 31, w = place of the double */
#define TD_PACKED_MISSING UINT32_C(0x7FFFFFFF) /* d = 31, w = TD_PACKED_DIGITS */
#define TD_PACKED_NONE    UINT32_C(0xFFFFFFFF) /* no cell: does not fit */

/* 10^0 .. 10^22; zeros behind, so that every d is a place in it. */
extern const double td_packed_power[32];

static inline uint32_t td_packed_cell(int is_negative, uint32_t digits, uint32_t decimals) {
    return (uint32_t)(is_negative != 0) << 31 | decimals << 26 | digits;
}

/* 1 for a cell whose value stands in `other`. */
static inline int td_packed_is_other(uint32_t cell) {
    return cell >= TD_PACKED_OTHER && cell < TD_PACKED_MISSING;
}

/* The number of a cell that is a decimal or missing (NaN). */
static inline double td_packed_decimal(uint32_t cell) {
    if ((cell & TD_PACKED_OTHER) == TD_PACKED_OTHER) return __builtin_nan("");
    double value = (double)(cell & TD_PACKED_DIGITS) / td_packed_power[cell >> 26 & 31];
    return cell >> 31 ? -value : value;
}

/* The number of one cell; NaN = missing. */
static inline double td_packed_value(uint32_t cell, const double *other) {
    return td_packed_is_other(cell) ? other[cell & TD_PACKED_DIGITS] : td_packed_decimal(cell);
}

/* out[i] of n cells. About 1 ns each. */
void td_packed_decode(double *out, const uint32_t *cell, uint64_t n, const double *other);

#endif
