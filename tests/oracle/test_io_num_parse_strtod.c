/* tests/oracle/test_io_num_parse_strtod.c: td_parse_f64 equals glibc's strtod (which rounds
 * correctly) bit for bit on 10 million texts, in regimes that reach each of its three ways. The
 * texts are built from integers here, not by printf, so that the run stays short. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/num_format.h"
#include "io/num_parse.h"

static uint64_t next_random(uint64_t *state) {
    uint64_t z = *state += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
    return z ^ z >> 31;
}

static uint64_t below(uint64_t *state, uint64_t bound) { return next_random(state) % bound; }

static double double_of(uint64_t bits) {
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* The same number with text behind it, as in the middle of a file: short ones take the short way
 * only there. */
static void compare_within(const char *text, uint64_t n, double theirs) {
    static const char behind[] = ",98765432109876543";
    char line[128];
    double ours = 42;
    if (n + sizeof behind > sizeof line) return;
    memcpy(line, text, n);
    memcpy(line + n, behind, sizeof behind);
    const char *stop = td_scan_f64(line, line + n + sizeof behind - 1, &ours);
    if (stop != line + n || memcmp(&ours, &theirs, sizeof ours) != 0) {
        cr_assert_fail("%s: %a, strtod %a", line, ours, theirs);
    }
}

static void compare(const char *text, uint64_t n) {
    double ours = 42;
    double theirs = strtod(text, NULL);
    td_num status = td_parse_f64(text, n, &ours);
    if (isinf(theirs)) {
        cr_assert_eq(status, TD_NUM_RANGE, "%s", text);
        return;
    }
    if (status != TD_NUM_OK || memcmp(&ours, &theirs, sizeof ours) != 0) {
        cr_assert_fail("%s: %d %a, strtod %a", text, status, ours, theirs);
    }
    compare_within(text, n, theirs);
}

/* digits[.digits][e exponent] with up to 19 + 19 digits of random length. */
static uint64_t random_decimal(char *out, uint64_t *state, int64_t exponents) {
    uint64_t n = td_format_u64(out, next_random(state) >> below(state, 64));
    if (below(state, 4) > 0) {
        out[n++] = '.';
        n += td_format_u64(out + n, next_random(state) >> below(state, 64));
    }
    if (exponents > 0) {
        out[n++] = 'e';
        n += td_format_i64(out + n, (int64_t)below(state, 2 * (uint64_t)exponents) - exponents);
    }
    out[n] = '\0';
    return n;
}

Test(io_num_parse_strtod, four_and_a_half_million_cells_as_files_hold_them) {
    uint64_t state = 1;
    char text[96];
    for (int i = 0; i < 4500000; i++) {
        /* 1 to 7 digits with a point somewhere: Clinger's way */
        uint64_t n = td_format_u64(text, below(&state, 10000000) >> below(&state, 24));
        uint64_t point = below(&state, n + 1);
        memmove(text + point + 1, text + point, n - point);
        text[point] = '.';
        text[++n] = '\0';
        compare(text, n);
    }
}

Test(io_num_parse_strtod, two_million_long_decimals_with_exponents) {
    uint64_t state = 2;
    char text[96];
    for (int i = 0; i < 2000000; i++) compare(text, random_decimal(text, &state, 350));
}

Test(io_num_parse_strtod, two_million_long_decimals_without_exponents) {
    uint64_t state = 3;
    char text[96];
    for (int i = 0; i < 2000000; i++) compare(text, random_decimal(text, &state, 0));
}

Test(io_num_parse_strtod, one_and_a_half_million_random_bit_patterns) {
    uint64_t state = 4;
    char text[96];
    for (int i = 0; i < 1500000; i++) {
        double value = double_of(next_random(&state));
        if (value - value != 0) continue;
        uint64_t n = td_format_f64(text, value);
        text[n] = '\0';
        compare(text, n);
        double back;
        cr_assert(td_parse_f64(text, n, &back) == TD_NUM_OK && back == value, "%a", value);
    }
}

/* Small subnormals, and exact midpoints of neighbours with and without a digit far behind. A long
 * double holds a midpoint of two doubles exactly. */
Test(io_num_parse_strtod, midpoints_and_subnormals) {
    uint64_t state = 5;
    char text[1400];
    for (int i = 0; i < 25000; i++) {
        uint64_t bits = next_random(&state) >> (12 + below(&state, 52));
        if (i % 2 == 1) bits |= (950 + below(&state, 200)) << 52;
        long double middle = ((long double)double_of(bits) + double_of(bits + 1)) / 2;
        int n = snprintf(text, sizeof text, "%.780Lg", middle);
        compare(text, (uint64_t)n);
        char *e = strchr(text, 'e');
        if (strchr(text, '.') == NULL) continue;
        char tail[16];
        snprintf(tail, sizeof tail, "%s", e != NULL ? e : "");
        char *end = e != NULL ? e : text + n;
        memset(end, '0', 60);
        n = (int)(end - text) + 60 + sprintf(end + 60, "1%s", tail);
        compare(text, (uint64_t)n);
    }
}

Test(io_num_parse_strtod, digits_beyond_the_800th_decide_a_tie) {
    char text[2000];
    double low = 0x1p-1074;
    int n = snprintf(text, sizeof text, "%.760Lg", (long double)low * 1.5L);
    char *e = strchr(text, 'e');
    char tail[16];
    snprintf(tail, sizeof tail, "%s", e);
    for (int behind = 0; behind < 2; behind++) {
        memset(e, '0', 300);
        n = (int)(e - text) + 300 + sprintf(e + 300, "%d%s", behind, tail);
        double value;
        cr_assert_eq(td_parse_f64(text, (uint64_t)n, &value), TD_NUM_OK);
        cr_assert_eq(value, 2 * low, "a tie goes to even, above it up: both end at 2");
        compare(text, (uint64_t)n);
    }
    snprintf(text, sizeof text, "%.760Lg", (long double)low * 2.5L);
    e = strchr(text, 'e');
    snprintf(tail, sizeof tail, "%s", e);
    for (int behind = 0; behind < 2; behind++) {
        memset(e, '0', 300);
        n = (int)(e - text) + 300 + sprintf(e + 300, "%d%s", behind, tail);
        double value;
        cr_assert_eq(td_parse_f64(text, (uint64_t)n, &value), TD_NUM_OK);
        cr_assert_eq(value, (2 + behind) * low);
    }
}
