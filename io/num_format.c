/* io/num_format.c: integers and doubles -> text.
 *
 * Integers go out two digits at a time from a table of 00..99.
 *
 * Doubles: the value is v = c * 2^q. All reals between the midpoints to its neighbours read back as
 * v; among them we want one with the fewest decimal digits, and of those the closest to v.
 * Schubfach (Giulietti 2021, section 9) shows that for the k with 10^k <= 2^q < 10^(k+1) the
 * interval holds at most a few multiples of 10^k and at least one, so four candidates need a look:
 *
 *       multiples of 10^(k+1):      u'                              w' = u' + 10^(k+1)
 *       multiples of 10^k:               u          w = u + 10^k
 *       ----------------(----------------|----v-----|---------)--------------------
 *                     lower = v - half ulp                  upper = v + half ulp
 *
 * 1. Integers below 2^53 are exact: print them as integers.
 * 2. Scale lower, v, upper (times 4, so that all are integers of the binary grid) by 10^-k with a
 *    128-bit power; keep the result's integer part and in its last bit whether anything was cut off
 *    (round to odd), which is enough to compare with multiples of 4.
 * 3. Take u' or w' if exactly one lies inside, else u or w, else the closer of u and w.
 * 4. Drop trailing zeros, place the point.
 *
 * Cost: three 64x128-bit products and a few divisions by constants. Not done: a fixed number of
 * digits (td_writer_printf does that).
 * References: Giulietti, "The Schubfach way to render doubles" (2021); the comparison in steps 2
 * and 3 as in Jeon, "Grisu-Exact" (2020), and Adams, "Ryu", doi:10.1145/3192366.3192369. */
#include "io/num_format.h"

#include <string.h>

#include "core/base/rng.h" /* td_u128 */
#include "io/pow10.h"

static const char two_digits[201] =
    "00010203040506070809101112131415161718192021222324252627282930313"
    "23334353637383940414243444546474849505152535455565758596061626364"
    "65666768697071727374757677787980818283848586878889909192939495969"
    "79899";

static uint32_t count_digits(uint64_t value) {
    uint32_t n = 1;
    for (; value >= 10000; value /= 10000) n += 4;
    return n + (value >= 10) + (value >= 100) + (value >= 1000);
}

/* Write the last n digits of value, leading zeros included. */
static void put_digits(char *out, uint64_t value, uint32_t n) {
    for (; n >= 2; n -= 2, value /= 100) memcpy(out + n - 2, two_digits + value % 100 * 2, 2);
    if (n == 1) *out = (char)('0' + value % 10);
}

uint32_t td_format_u64(char *out, uint64_t value) {
    uint32_t n = count_digits(value);
    put_digits(out, value, n);
    return n;
}

uint32_t td_format_i64(char *out, int64_t value) {
    if (value >= 0) return td_format_u64(out, (uint64_t)value);
    out[0] = '-';
    return 1 + td_format_u64(out + 1, 0 - (uint64_t)value);
}

typedef struct decimal {
    uint64_t digits;
    int32_t exponent; /* value = digits * 10^exponent */
} decimal;

/* floor(g * c / 2^128) with its last bit set when the quotient is not exact; c < 2^64, g just above
 * the true power, hence "> 1": a low word of 1 is the error of g, not a remainder (Schubfach,
 * section 9.9). */
static uint64_t scale_to_odd(td_pow10_entry g, uint64_t c) {
    td_u128 low = (td_u128)g.low * c;
    td_u128 sum = (td_u128)g.high * c + (uint64_t)(low >> 64);
    return (uint64_t)(sum >> 64) | ((uint64_t)sum > 1);
}

/* Step 3: the choice among u', w', u, w; everything is times 4 except s. */
static decimal choose(uint64_t lower, uint64_t value, uint64_t upper, int32_t k) {
    uint64_t s = value / 4; /* u = s * 10^k */
    if (s >= 10) {
        uint64_t tens = s / 10; /* u' = tens * 10^(k+1) */
        int is_u_inside = lower <= 40 * tens;
        int is_w_inside = 40 * tens + 40 <= upper;
        if (is_u_inside != is_w_inside) return (decimal){tens + (uint64_t)is_w_inside, k + 1};
    }
    int is_u_inside = lower <= 4 * s;
    int is_w_inside = 4 * s + 4 <= upper;
    if (is_u_inside != is_w_inside) return (decimal){s + (uint64_t)is_w_inside, k};
    uint64_t middle = 4 * s + 2;
    int is_up = value > middle || (value == middle && (s & 1) != 0);
    return (decimal){s + (uint64_t)is_up, k};
}

/* Step 2. fraction and exponent are the double's fields; the value is finite and not 0. */
static decimal shortest(uint64_t fraction, uint32_t biased) {
    uint64_t c = biased != 0 ? fraction | UINT64_C(1) << 52 : fraction;
    int32_t q = (biased != 0 ? (int32_t)biased : 1) - 1075;
    uint64_t is_odd = c & 1; /* ties go to even, so an even c owns the ends of its interval */
    /* Below a power of two the neighbours stand half as far. */
    uint64_t is_closer = fraction == 0 && biased > 1;
    /* cppcheck-suppress shiftNegativeLHS ; arithmetic, as gcc and clang define it */
    int32_t k = (q * 1262611 - (is_closer ? 524031 : 0)) >> 22; /* floor(log10(2^q [* 3/4])) */
    int32_t h = q + td_pow10_log2(-k) + 1;                      /* 1 .. 4 */
    td_pow10_entry g = td_pow10(-k);
    if (-k < 0 || -k > TD_POW10_EXACT_MAX) { /* from below to above */
        g.low++;
        g.high += g.low == 0;
    }
    uint64_t lower = scale_to_odd(g, (4 * c - 2 + is_closer) << h);
    uint64_t value = scale_to_odd(g, (4 * c) << h);
    uint64_t upper = scale_to_odd(g, (4 * c + 2) << h);
    return choose(lower + is_odd, value, upper - is_odd, k);
}

static decimal drop_zeros(decimal d) {
    while (d.digits % 10000 == 0) d = (decimal){d.digits / 10000, d.exponent + 4};
    while (d.digits % 10 == 0) d = (decimal){d.digits / 10, d.exponent + 1};
    return d;
}

/* 0.000ddd, ddd.ddd or ddd000; `point` digits stand before the point. */
static uint32_t put_plain(char *out, uint64_t digits, uint32_t n, int32_t point) {
    if (point <= 0) {
        uint32_t zeros = (uint32_t)-point;
        memcpy(out, "0.00000", 2 + zeros);
        put_digits(out + 2 + zeros, digits, n);
        return 2 + zeros + n;
    }
    uint32_t whole = (uint32_t)point;
    put_digits(out, digits, n);
    if (n <= whole) {
        memset(out + n, '0', whole - n);
        return whole;
    }
    memmove(out + whole + 1, out + whole, n - whole);
    out[whole] = '.';
    return n + 1;
}

/* d.ddde-7 */
static uint32_t put_exponent(char *out, uint64_t digits, uint32_t n, int32_t exponent) {
    put_digits(out + 1, digits, n);
    out[0] = out[1];
    out[1] = '.';
    uint32_t length = n == 1 ? 1 : n + 1;
    out[length++] = 'e';
    return length + td_format_i64(out + length, exponent);
}

uint32_t td_format_f64(char *out, double value) {
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    uint64_t fraction = bits & ((UINT64_C(1) << 52) - 1);
    uint32_t biased = (uint32_t)(bits >> 52) & 2047;
    if (biased == 2047 && fraction != 0) return 0;
    uint32_t sign = (uint32_t)(bits >> 63);
    if (sign) *out++ = '-';
    if (biased == 2047) {
        for (int i = 0; i < 3; i++) out[i] = "inf"[i];
        return sign + 3;
    }
    double size = sign ? -value : value;
    if (size < 0x1p53 && (double)(int64_t)size == size) {
        return sign + td_format_u64(out, (uint64_t)size);
    }
    decimal d = drop_zeros(shortest(fraction, biased));
    uint32_t n = count_digits(d.digits);
    int32_t point = (int32_t)n + d.exponent;
    if (point >= -4 && point <= 17) return sign + put_plain(out, d.digits, n, point);
    return sign + put_exponent(out, d.digits, n, point - 1);
}
