/* io/num_parse.c: text -> integers and correctly rounded doubles.
 *
 * A decimal number is w * 10^e with the integer w of its digits. We want the double nearest to it,
 * ties to even. Three ways, the fastest that is certain to be right:
 *
 * 1. w <= 2^53 and |e| <= 22: w and 10^|e| are doubles, so one IEEE product or quotient is rounded
 *    correctly (Clinger 1990). Nearly every cell of a real file ends here.
 * 2. The first 19 digits of w times the first 128 bits of 10^e, in 192-bit integers: P <= value,
 *    and value - P is below a known slack. Cut P behind its 53rd bit (earlier for subnormals):
 *
 *        P = | m (53 bits) | half bit | rest ...          value in [P, P + slack)
 *
 *    Half bit 1: the value is above the midpoint (or on it: a tie, known when nothing was cut
 *    off), so m + 1. Half bit 0 and the midpoint further away than the slack: m. In between the
 *    digits do not tell.
 * 3. Then digits * 10^e is compared with the midpoint (2 m + 1) * 2^(u-1) in big integers
 *    (num_parse_exact.c).
 *
 * Digits are taken eight bytes at a time: a mask of the bytes that are no digits gives the number
 * of leading digits, a shift aligns them, td_swar_value adds them up; no branch per digit. Numbers
 * of at most eight digits without an exponent, nearly all there are, have both sides of the point
 * put into one such word (take_short); scan_long is what these are tested against.
 *
 * Not done: hexadecimal, inf, nan, digit separators, locales.
 * References: Clinger, "How to read floating point numbers accurately", doi:10.1145/93542.93557;
 * Lemire, "Number parsing at a gigabyte per second", doi:10.1002/spe.2984 (the 128-bit powers; the
 * interval argument of step 2 takes the place of its case analysis). */
#include "io/num_parse.h"

#include "core/base/rng.h" /* td_u128 */
#include "io/num_parse_exact.h"
#include "io/pow10.h"

enum {
    SAFE_DIGITS = 19, /* 10^19 - 1 < 2^64 */
    LOOK_AHEAD = 18   /* bytes that take_short may look at */
};

static const double small_powers[23] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                        1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                        1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

static const uint64_t powers_u64[9] = {1,      10,      100,      1000,     10000,
                                       100000, 1000000, 10000000, 100000000};

/* High bit of every byte that is no digit; right up to and including the lowest such byte, which is
 * the one that counts (carries run upwards). */
static inline uint64_t non_digit_mask(uint64_t bytes) {
    return ((bytes + UINT64_C(0x4646464646464646)) | (bytes - UINT64_C(0x3030303030303030))) &
           UINT64_C(0x8080808080808080);
}

/* Append the digits at `at` to *w (which wraps around beyond 19 digits); the address behind
 * them. */
static inline const char *take_digits(const char *at, const char *end, uint64_t *w) {
    while (end - at >= 8) {
        uint64_t bytes;
        memcpy(&bytes, at, 8);
        uint64_t mask = non_digit_mask(bytes);
        if (mask == 0) {
            *w = *w * 100000000 + td_swar_value(bytes);
            at += 8;
            continue;
        }
        unsigned n = (unsigned)__builtin_ctzll(mask) / 8;
        /* n digits move to the top, zeros ('0') fill in below; two shifts, as n may be 0 */
        bytes = (bytes << (32 - 4 * n) << (32 - 4 * n)) | UINT64_C(0x3030303030303030) >> 8 * n;
        *w = *w * powers_u64[n] + td_swar_value(bytes);
        return at + n;
    }
    for (; at < end && (unsigned char)(*at - '0') <= 9; at++) *w = *w * 10 + (uint64_t)(*at - '0');
    return at;
}

static const char *take_exponent(const char *at, const char *end, int64_t *exponent) {
    const char *p = at + 1; /* behind the e */
    int is_negative = p < end && *p == '-';
    if (p < end && (*p == '-' || *p == '+')) p++;
    const char *first = p;
    int64_t value = 0;
    for (; p < end && (unsigned char)(*p - '0') <= 9; p++) {
        if (value < INT64_C(1) << 50) value = 10 * value + (*p - '0');
    }
    if (p == first) return at; /* "1e": the number ends before the e */
    *exponent += is_negative ? -value : value;
    return p;
}

/* More than 19 digits, or leading zeros that look like it: start again, skip the zeros, keep 19. */
static void take_significant(td_decimal *number) {
    uint64_t w = 0;
    int64_t n = 0;
    number->is_cut = 0;
    for (const char *p = number->first; p < number->last; p++) {
        if (*p == '.') continue;
        if (n == 0 && *p == '0') continue;
        if (n < SAFE_DIGITS)
            w = w * 10 + (uint64_t)(*p - '0');
        else
            number->is_cut |= *p != '0';
        n++;
    }
    number->w = w;
    if (n > SAFE_DIGITS) number->exponent += n - SAFE_DIGITS;
}

/* Step 2. Gives the bits of the nearest double; UINT64_MAX when the slack reaches the midpoint,
 * with m and unit filled for step 3. -342 <= e <= 308, w > 0. */
static uint64_t round_product(const td_decimal *number, uint64_t *m, int32_t *unit) {
    int32_t e = (int32_t)number->exponent;
    unsigned lead = (unsigned)__builtin_clzll(number->w);
    uint64_t w = number->w << lead;
    td_pow10_entry t = td_pow10(e);
    td_u128 low = (td_u128)w * t.low;
    td_u128 high = (td_u128)w * t.high + (uint64_t)(low >> 64); /* P = high * 2^64 + low's half */
    uint64_t top = (uint64_t)(high >> 64);
    int32_t n_bits = 191 + (int32_t)(top >> 63);
    int32_t scale = td_pow10_log2(e) - 127 - (int32_t)lead; /* value = P * 2^scale */
    int32_t cut = n_bits - 53;                              /* bits of P behind m */
    int is_normal = scale + n_bits - 1 >= -1022;
    if (!is_normal) cut = -1074 - scale;
    if (cut > 192) return 0; /* below half the smallest subnormal */
    *unit = scale + cut;
    *m = cut == 192 ? 0 : top >> (cut - 128);

    int is_exact = !number->is_cut && e >= 0 && e <= TD_POW10_EXACT_MAX;
    td_u128 half = (td_u128)1 << (cut - 65); /* in units of 2^64 from here on */
    td_u128 rest = high & (half - 1);
    uint64_t is_up = 0;
    if (high & half) {
        is_up = is_exact && rest == 0 && (uint64_t)low == 0 ? *m & 1 : 1;
    } else if (!is_exact) {
        td_u128 slack = number->is_cut ? (((td_u128)t.high + 1) << lead) + 2 : 1;
        if (half - rest <= slack) return UINT64_MAX;
    }
    /* m has its leading bit 2^52 set when normal, which adds the missing 1 to the exponent;
     * rounding up to 2^53 adds another. */
    uint64_t biased = is_normal ? (uint64_t)(scale + n_bits - 1 + 1022) : 0;
    return (biased << 52) + *m + is_up;
}

static td_num finish(const td_decimal *number, double *out) {
    uint64_t bits = 0;
    if (number->w != 0 && number->exponent > 308) return TD_NUM_RANGE;
    if (number->w != 0 && number->exponent >= TD_POW10_MIN) {
        uint64_t m = 0;
        int32_t unit = 0;
        bits = round_product(number, &m, &unit);
        if (bits == UINT64_MAX) bits = td_round_exact(number, m, unit);
    }
    if (bits >= UINT64_C(2047) << 52) return TD_NUM_RANGE;
    bits |= (uint64_t)number->is_negative << 63;
    memcpy(out, &bits, sizeof bits);
    return TD_NUM_OK;
}

/* Digits of a word, the first n <= 8 bytes of a text, at its upper end; nothing below. */
static inline uint64_t to_top(uint64_t bytes, unsigned n) {
    return bytes << (32 - 4 * n) << (32 - 4 * n); /* two shifts, as n may be 0 */
}

/* The common number, [-] digits [. digits] with at most eight digits, all of them in one word:
 *
 *     -12.345,   12 | 345  ->  0 0 0 1 2 3 4 5  ->  w = 12345, exponent -3
 *
 * No branch depends on the sign or on how many digits there are. The address behind it; NULL for
 * anything else, to be looked at by scan. `text` has LOOK_AHEAD bytes. */
static inline const char *take_short(const char *text, td_decimal *number) {
    uint64_t whole, fraction, is_negative = *text == '-';
    const char *at = text + is_negative;
    memcpy(&whole, at, 8);
    uint64_t mask = non_digit_mask(whole);
    if (mask == 0) return NULL;
    unsigned n_whole = (unsigned)__builtin_ctzll(mask) / 8, n = 0;
    const char *stop = at + n_whole;
    uint64_t digits = to_top(whole, n_whole);
    if (*stop == '.') {
        memcpy(&fraction, stop + 1, 8);
        mask = non_digit_mask(fraction);
        if (mask == 0) return NULL;
        n = (unsigned)__builtin_ctzll(mask) / 8;
        stop += n + 1;
        digits = digits >> 8 * n | to_top(fraction, n);
    }
    unsigned n_digits = n_whole + n;
    if (n_digits - 1 > 7 || (*stop | 0x20) == 'e') return NULL; /* none, or more than eight */
    uint64_t zeros = UINT64_C(0x3030303030303030) >> 4 * n_digits >> 4 * n_digits;
    number->w = td_swar_value(digits | zeros);
    number->exponent = -(int64_t)n;
    number->is_negative = (char)is_negative;
    return stop;
}

/* The decimal as a packed cell, TD_PACKED_NONE when it does not fit. 1e+06 is 1000000. */
static inline uint32_t pack(const td_decimal *number) {
    uint64_t w = number->w;
    int64_t e = number->exponent;
    if (w == 0 && e > 0) e = 0;
    for (; e > 0 && w < TD_PACKED_DIGITS; e--) w *= 10;
    int fits = w < TD_PACKED_DIGITS && e <= 0 && e >= -TD_PACKED_DECIMALS && !number->is_cut;
    return fits ? td_packed_cell(number->is_negative, (uint32_t)w, (uint32_t)-e) : TD_PACKED_NONE;
}

static inline uint32_t pack_short(const td_decimal *number) {
    return number->w < TD_PACKED_DIGITS ? td_packed_cell(number->is_negative, (uint32_t)number->w,
                                                         (uint32_t)-number->exponent)
                                        : TD_PACKED_NONE;
}

/* The double of at most eight digits with at most seven decimals: one division, exact powers (step
 * 1); the sign is a bit. */
static inline double short_value(const td_decimal *number) {
    double value = (double)(int64_t)number->w / small_powers[-number->exponent];
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    bits |= (uint64_t)number->is_negative << 63;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* Any number, digits by take_digits. *stop is NULL when there is none. */
static td_num scan_long(const char *text, const char *end, const char **stop, uint32_t *cell,
                        double *out) {
    td_decimal number = {.is_negative = text < end && *text == '-'};
    const char *at = text + (text < end && (*text == '-' || *text == '+'));
    number.first = at;
    at = take_digits(at, end, &number.w);
    int64_t n_digits = at - number.first;
    if (at < end && *at == '.') {
        const char *fraction = at + 1;
        at = take_digits(fraction, end, &number.w);
        number.exponent = fraction - at;
        n_digits += at - fraction;
    }
    *stop = NULL;
    if (n_digits == 0) return TD_NUM_BAD;
    number.last = at;
    if (at < end && (*at | 0x20) == 'e') at = take_exponent(at, end, &number.exponent);
    *stop = at;
    if (n_digits > SAFE_DIGITS) take_significant(&number);
    if (cell != NULL) {
        *cell = pack(&number);
        if (*cell != TD_PACKED_NONE) return TD_NUM_OK;
    }
    int64_t e = number.exponent;
    if (number.is_cut || number.w > UINT64_C(1) << 53 || e < -22 || e > 22) {
        return finish(&number, out);
    }
    double w = (double)(int64_t)number.w;
    w = e < 0 ? w / small_powers[-e] : w * small_powers[e];
    *out = number.is_negative ? -w : w;
    return TD_NUM_OK;
}

/* The longest number at text; *stop is NULL when there is none. With a cell, a number that fits
 * there is not made a double. */
static inline __attribute__((always_inline)) td_num
scan(const char *text, const char *end, const char **stop, uint32_t *cell, double *out) {
    td_decimal number = {0};
    *stop = end - text >= LOOK_AHEAD ? take_short(text, &number) : NULL;
    if (*stop == NULL) return scan_long(text, end, stop, cell, out);
    if (cell != NULL) {
        *cell = pack_short(&number);
        if (*cell != TD_PACKED_NONE) return TD_NUM_OK;
    }
    *out = short_value(&number);
    return TD_NUM_OK;
}

const char *td_scan_f64(const char *text, const char *end, double *out) {
    const char *stop;
    return scan(text, end, &stop, NULL, out) == TD_NUM_OK ? stop : NULL;
}

const char *td_scan_packed(const char *text, const char *end, uint32_t *cell, double *out) {
    const char *stop;
    return scan(text, end, &stop, cell, out) == TD_NUM_OK ? stop : NULL;
}

td_num td_parse_f64(const char *text, uint64_t n, double *out) {
    const char *stop;
    double value = 0;
    td_num status = scan(text, text + n, &stop, NULL, &value);
    if (stop != text + n) return TD_NUM_BAD;
    if (status == TD_NUM_OK) *out = value;
    return status;
}

/* Digits only, at most `limit`; leading zeros do not count. */
static td_num parse_digits(const char *text, uint64_t n, uint64_t limit, uint64_t *out) {
    const char *end = text + n;
    uint64_t value = 0;
    const char *significant = text;
    while (significant < end && *significant == '0') significant++;
    if (n == 0 || take_digits(significant, end, &value) != end) return TD_NUM_BAD;
    if (end - significant > SAFE_DIGITS || value > limit) return TD_NUM_RANGE;
    *out = value;
    return TD_NUM_OK;
}

td_num td_parse_id_any(const char *text, uint64_t n, int64_t *out) {
    uint64_t value;
    td_num status = parse_digits(text, n, INT64_MAX, &value);
    if (status == TD_NUM_OK) *out = (int64_t)value;
    return status;
}

td_num td_parse_i64(const char *text, uint64_t n, int64_t *out) {
    uint64_t is_negative = n > 0 && *text == '-';
    uint64_t skip = n > 0 && (*text == '-' || *text == '+');
    uint64_t value;
    td_num status = parse_digits(text + skip, n - skip, (uint64_t)INT64_MAX + is_negative, &value);
    if (status == TD_NUM_OK) *out = is_negative ? (int64_t)(0 - value) : (int64_t)value;
    return status;
}
