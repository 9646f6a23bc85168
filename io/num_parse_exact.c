/* io/num_parse_exact.c: is a decimal number below, on or above the midpoint of two doubles?
 *
 *     D * 10^x   against   (2 m + 1) * 2^(unit - 1)
 *
 * 1. D = the first 800 significant digits, x their exponent. Midpoints of doubles have at most 768
 *    significant digits (the longest lie near 2^-1074), so digits behind the 800th cannot lead from
 *    below to above a midpoint; they only decide when the first 800 are equal to it.
 * 2. Write 10^x = 5^x 2^x and bring each factor with a negative exponent to the other side; then
 *    both sides are integers.
 * 3. Compare word by word.
 *
 * The sides are about equal (that is why we are here), so neither exceeds the larger of D (2,658
 * bits) and (2 m + 1) 5^1143 (2,708 bits): 64 words of 64 bits hold them.
 * Reference: Clinger, "How to read floating point numbers accurately", doi:10.1145/93542.93557,
 * section 3 (AlgorithmM); the bound of 768 digits: Gay, "Correctly rounded binary-decimal and
 * decimal-binary conversions", AT&T Numerical Analysis Manuscript 90-10 (1990). */
#include "io/num_parse_exact.h"

#include <string.h>

#include "core/base/rng.h" /* td_u128 */

enum { MAX_WORDS = 64, MAX_DIGITS = 800 };

typedef struct big {
    uint32_t n; /* words in use, the top one not 0 */
    uint64_t word[MAX_WORDS];
} big;

/* a = a * factor + addend */
static void big_multiply(big *a, uint64_t factor, uint64_t addend) {
    uint64_t carry = addend;
    for (uint32_t i = 0; i < a->n; i++) {
        td_u128 product = (td_u128)a->word[i] * factor + carry;
        a->word[i] = (uint64_t)product;
        carry = (uint64_t)(product >> 64);
    }
    if (carry != 0 && a->n < MAX_WORDS) a->word[a->n++] = carry;
}

static void big_multiply_5(big *a, int64_t power) {
    for (; power >= 27; power -= 27) big_multiply(a, UINT64_C(7450580596923828125), 0); /* 5^27 */
    for (; power > 0; power--) big_multiply(a, 5, 0);
}

static void big_shift(big *a, int64_t bits) {
    uint32_t words = (uint32_t)(bits / 64);
    big_multiply(a, UINT64_C(1) << (bits % 64), 0);
    if (a->n == 0 || a->n + words > MAX_WORDS) return;
    memmove(a->word + words, a->word, a->n * sizeof *a->word);
    memset(a->word, 0, words * sizeof *a->word);
    a->n += words;
}

static int big_compare(const big *a, const big *b) {
    if (a->n != b->n) return a->n < b->n ? -1 : 1;
    for (uint32_t i = a->n; i-- > 0;) {
        if (a->word[i] != b->word[i]) return a->word[i] < b->word[i] ? -1 : 1;
    }
    return 0;
}

/* Step 1: D, taken 18 digits at a time, and the number of significant digits that did not fit;
 * *is_cut when one of these is not 0. */
static int64_t read_digits(const td_decimal *number, big *digits, int64_t *n_significant,
                           int *is_cut) {
    int64_t n = 0;
    uint64_t some = 0;
    uint64_t scale = 1;
    for (const char *p = number->first; p < number->last; p++) {
        if (*p == '.' || (n == 0 && *p == '0')) continue;
        n++;
        if (n > MAX_DIGITS) {
            *is_cut |= *p != '0';
            continue;
        }
        some = 10 * some + (uint64_t)(*p - '0');
        scale *= 10;
        if (scale < UINT64_C(1000000000000000000)) continue;
        big_multiply(digits, scale, some);
        some = 0;
        scale = 1;
    }
    big_multiply(digits, scale, some);
    *n_significant = n;
    return n > MAX_DIGITS ? n - MAX_DIGITS : 0;
}

uint64_t td_round_exact(const td_decimal *number, uint64_t m, int32_t unit) {
    big left = {0};
    big right = {0};
    int is_cut = 0;
    int64_t n = 0;
    int64_t n_left = read_digits(number, &left, &n, &is_cut);
    /* number->exponent belongs to the first 19 digits: go down to the last one used. */
    int64_t x = number->exponent - (n > 19 ? n - 19 : 0) + n_left;
    big_multiply(&right, 0, 2 * m + 1);
    big_multiply_5(x < 0 ? &right : &left, x < 0 ? -x : x);
    int64_t twos = unit - 1 - x; /* of the right side */
    big_shift(twos < 0 ? &left : &right, twos < 0 ? -twos : twos);

    int order = big_compare(&left, &right);
    if (order == 0 && is_cut) order = 1;
    uint64_t is_up = order > 0 || (order == 0 && (m & 1) != 0);
    uint64_t biased = m >> 52 != 0 ? (uint64_t)(unit + 1074) : 0; /* m's top bit adds 1 */
    return (biased << 52) + m + is_up;
}
