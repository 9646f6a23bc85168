/* io/num_format.h: numbers -> the shortest text that reads back equal. Same bytes on every machine,
 * whatever the locale. */
#ifndef TD_IO_NUM_FORMAT_H
#define TD_IO_NUM_FORMAT_H

#include <stdint.h>

enum { TD_NUM_TEXT = 32 }; /* bytes of room that any number fits into; no closing 0 is written */

/* Decimal digits of a value; the length is returned. */
uint32_t td_format_u64(char *out, uint64_t value);
uint32_t td_format_i64(char *out, int64_t value);

/* Fewest significant digits that td_parse_f64 reads back to the same double, the closest such
 * digits if several; length returned. Plain notation for 1e-5 <= |x| < 1e17 ("0.25", "3", "-0"),
 * else one digit, the rest, exponent ("1.5e-7", "1e17"). NaN gives no bytes (an empty cell),
 * infinities "inf" and "-inf"; JSON writers test for these first. About 40 ns.
 * Source: Giulietti, "The Schubfach way to render doubles" (2021). */
uint32_t td_format_f64(char *out, double value);

#endif
