/* tests/unit/test_io_num_parse.c: what counts as a number, and the edges of the types. Rounding
 * against strtod on millions of values stands in tests/oracle/test_io_num_parse_strtod.c. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "core/base/rng.h"
#include "io/num_parse.h"

static td_num parse(const char *text, double *out) { return td_parse_f64(text, strlen(text), out); }

static double value_of(const char *text) {
    double value = -77;
    cr_assert_eq(parse(text, &value), TD_NUM_OK, "%s", text);
    return value;
}

static uint64_t bits_of(double value) {
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

Test(io_num_parse, reads_every_notation_of_a_decimal) {
    cr_assert_eq(value_of("12.5"), 12.5);
    cr_assert_eq(value_of("-12.5e1"), -125);
    cr_assert_eq(value_of("+5."), 5);
    cr_assert_eq(value_of(".5E+0"), 0.5);
    cr_assert_eq(value_of("00000000000000000000000000012"), 12);
    cr_assert_eq(value_of("0.000000000000000000000000000001e30"), 1);
    cr_assert_eq(bits_of(value_of("-0")), UINT64_C(1) << 63);
}

Test(io_num_parse, rejects_what_is_no_decimal_and_leaves_the_output_alone) {
    static const char *const bad[] = {
        "",   "+",  "-",   ".",   "e5",   "1e",  "1e+",  "inf", "-inf", "nan",      "NaN",  "0x10",
        "1 ", " 1", "1_0", "--1", "1.2.", "1,5", "1e5.", "1f",  "１",   "12a45678", "1e1e1"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        double value = 42;
        cr_assert_eq(parse(bad[i], &value), TD_NUM_BAD, "%s", bad[i]);
        cr_assert_eq(value, 42);
    }
    double value;
    cr_assert_eq(td_parse_f64("1\0", 2, &value), TD_NUM_BAD);
}

Test(io_num_parse, overflow_is_reported_and_underflow_is_rounded) {
    double value = 42;
    cr_assert_eq(parse("1e400", &value), TD_NUM_RANGE);
    cr_assert_eq(parse("-1.7976931348623159e308", &value), TD_NUM_RANGE);
    cr_assert_eq(value, 42);
    cr_assert_eq(value_of("1.7976931348623158e308"), 0x1.fffffffffffffp1023);
    cr_assert_eq(value_of("1e-400"), 0);
    cr_assert_eq(value_of("0e99999999999999999999"), 0);
    cr_assert_eq(value_of("2.4703282292062328e-324"), 0x1p-1074);
    cr_assert_eq(value_of("2.4703282292062327e-324"), 0);
}

/* Published hard cases: the midpoint 2^53 + 1 and neighbours (ties to even), David Gay's and
 * R. Regan's examples of wrong rounding in well-known programs. */
Test(io_num_parse, midpoints_are_decided_by_the_last_digit) {
    cr_assert_eq(value_of("9007199254740993"), 9007199254740992.0);
    cr_assert_eq(value_of("9007199254740993.00000000000000000000000000001"), 9007199254740994.0);
    cr_assert_eq(value_of("9007199254740992.99999999999999999999999999999"), 9007199254740992.0);
    cr_assert_eq(value_of("9007199254740995"), 9007199254740996.0);
    cr_assert_eq(value_of("2.2250738585072012e-308"), 0x1p-1022);
    cr_assert_eq(value_of("2.2250738585072011e-308"), 0x0.fffffffffffffp-1022);
    cr_assert_eq(value_of("0.500000000000000166533453693773481063544750213623046875"),
                 0x1.0000000000002p-1);
    cr_assert_eq(value_of("3.518437208883201171875e13"), 0x1.0000000000002p45);
    cr_assert_eq(value_of("6929495644600919.5"), 6929495644600920.0);
    cr_assert_eq(value_of("7.0064923216240854e-46"), 0x1.0000000000000p-150);
    cr_assert_eq(value_of("8.988465674311582e307"), 0x1.0000000000001p1023);
}

Test(io_num_parse, scan_stops_behind_the_longest_number) {
    static const char text[] = "-1.25e2,7e,x,1e999,";
    double value;
    const char *end = text + sizeof text - 1;
    cr_assert_eq(td_scan_f64(text, end, &value), text + 7);
    cr_assert_eq(value, -125);
    cr_assert_eq(td_scan_f64(text + 8, end, &value), text + 9,
                 "a bare e is not part of the number");
    cr_assert_eq(value, 7);
    cr_assert_null(td_scan_f64(text + 11, end, &value));
    cr_assert_null(td_scan_f64(text + 13, end, &value), "out of range");
    cr_assert_null(td_scan_f64(text, text, &value));
}

/* One text read to the end of its line and, by the long way alone, to its own end. */
static void expect_one_result(const char *number, const char *follower) {
    char line[96];
    double near_end = 42, within = 42;
    uint32_t cell[2] = {7, 7};
    int n = snprintf(line, sizeof line, "%s%s", number, follower);
    cr_assert_lt(n, 24);
    uint64_t own = strlen(number) + (*follower != '\0');
    memset(line + n, '7', sizeof line - (size_t)n);
    line[n] = ',';
    const char *end = line + own, *far = line + sizeof line;
    if (own >= 18) return; /* as long as the look ahead: nothing to compare with */
    const char *a = td_scan_f64(line, end, &near_end), *b = td_scan_f64(line, far, &within);
    if (strchr("eE.", *follower) == NULL || *follower == '\0') {
        cr_assert_eq(a, b, "%.30s", line);
        cr_assert_eq(bits_of(near_end), bits_of(within), "%.30s", line);
        a = td_scan_packed(line, end, &cell[0], &near_end);
        b = td_scan_packed(line, far, &cell[1], &within);
        cr_assert(a == b && cell[0] == cell[1], "%.30s", line);
    } else {
        double whole = 42;
        a = td_scan_f64(line, line + n, &whole); /* "1e5", "1.2.": what follows belongs to it */
        cr_assert(a == b && bits_of(whole) == bits_of(within), "%.30s", line);
    }
}

/* Signs, 0 to 9 digits on either side of a point, and what may stand behind. */
Test(io_num_parse, numbers_within_a_line_are_those_at_its_end) {
    static const char *const behind[] = {"", ",", "\n", "\r\n", " ", "-", "e", "e3", "E-2", "."};
    td_rng rng = td_rng_stream(2, "within", 0, 0);
    for (int i = 0; i < 200000; i++) {
        char text[40];
        int n = snprintf(text, sizeof text, "%s", i % 3 == 0 ? "-" : i % 7 == 0 ? "+" : "");
        for (int side = 0; side < 2; side++) {
            uint64_t n_digits = td_rng_below(&rng, 10), zeros = td_rng_below(&rng, 4);
            for (uint64_t d = 0; d < n_digits; d++)
                text[n++] = (char)('0' + (d < zeros ? 0 : td_rng_below(&rng, 10)));
            if (side == 0 && td_rng_below(&rng, 8) > 0)
                text[n++] = '.';
            else
                side++;
        }
        text[n] = '\0';
        expect_one_result(text, behind[i % 10]);
    }
}

Test(io_num_parse, integers_cover_their_whole_range_and_no_more) {
    int64_t value = 0;
    cr_assert_eq(td_parse_i64("-9223372036854775808", 20, &value), TD_NUM_OK);
    cr_assert_eq(value, INT64_MIN);
    cr_assert_eq(td_parse_i64("+9223372036854775807", 20, &value), TD_NUM_OK);
    cr_assert_eq(value, INT64_MAX);
    cr_assert_eq(td_parse_i64("9223372036854775808", 19, &value), TD_NUM_RANGE);
    cr_assert_eq(td_parse_i64("-9223372036854775809", 20, &value), TD_NUM_RANGE);
    cr_assert_eq(td_parse_i64("18446744073709551617", 20, &value), TD_NUM_RANGE);
    cr_assert_eq(td_parse_i64("000000000000000000000000007", 27, &value), TD_NUM_OK);
    cr_assert_eq(value, 7);
    cr_assert_eq(td_parse_i64("", 0, &value), TD_NUM_BAD);
    cr_assert_eq(td_parse_i64("-", 1, &value), TD_NUM_BAD);
    cr_assert_eq(td_parse_i64("1.0", 3, &value), TD_NUM_BAD);
}

/* Every length from 1 to 20, with a bad character at every place. */
Test(io_num_parse, ids_of_every_length_agree_with_the_plain_loop) {
    static const char digits[] = "98765432109876543210";
    for (uint64_t n = 1; n <= 20; n++) {
        char text[40];
        memset(text, '7', sizeof text); /* digits behind the span must not count */
        memcpy(text, digits, n);
        uint64_t expected = 0;
        for (uint64_t i = 0; i < n; i++) expected = 10 * expected + (uint64_t)(digits[i] - '0');
        int64_t value = -1;
        td_num status = td_parse_id(text, n, &value);
        if (n <= 18)
            cr_assert(status == TD_NUM_OK && (uint64_t)value == expected, "n = %d", (int)n);
        else
            cr_assert_eq(status, TD_NUM_RANGE, "n = %d", (int)n);
        for (uint64_t i = 0; i < n; i++) {
            static const char wrong[] = {'/', ':', ' ', '-', '\0', 'a', (char)0xB5};
            for (size_t k = 0; k < sizeof wrong; k++) {
                text[i] = wrong[k];
                cr_assert_eq(td_parse_id(text, n, &value), TD_NUM_BAD, "n %d i %d", (int)n, (int)i);
            }
            text[i] = digits[i];
        }
    }
    int64_t value;
    cr_assert_eq(td_parse_id("", 0, &value), TD_NUM_BAD);
    cr_assert_eq(td_parse_id("9223372036854775807", 19, &value), TD_NUM_OK);
    cr_assert_eq(value, INT64_MAX);
    cr_assert_eq(td_parse_id("00000000000000000000000000000005", 32, &value), TD_NUM_OK);
    cr_assert_eq(value, 5);
}

/* A cell and the double that it stands for. */
static double packed_value(const char *text, uint32_t *cell) {
    double value = 0;
    const char *end = text + strlen(text);
    cr_assert_eq(td_scan_packed(text, end, cell, &value), end, "%s", text);
    return *cell != TD_PACKED_NONE ? td_packed_decimal(*cell) : value;
}

Test(io_num_parse, a_packed_cell_is_the_same_double) {
    static const struct {
        const char *text;
        int fits;
    } cases[] = {{"0", 1},          {"-0", 1},       {"-0.102968", 1},  {"1e+06", 1},
                 {"67108862", 1},   {"67108863", 0}, {"0.00230916", 1}, {"1e-22", 1},
                 {"1e-23", 0},      {"0e400", 1},    {"6e7", 1},        {"7e7", 0},
                 {"123456789", 0},  {"1e300", 0},    {"0.1234567", 1},  {"5e-324", 0},
                 {"0.12345678", 1}, {"-.5", 1},      {"12.50e-3", 1},   {"0.30000000000000004", 0}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint32_t cell = 0;
        double value = packed_value(cases[i].text, &cell);
        cr_assert_eq(cell != TD_PACKED_NONE, cases[i].fits, "%s", cases[i].text);
        cr_assert_eq(bits_of(value), bits_of(value_of(cases[i].text)), "%s", cases[i].text);
        cr_assert(cell == TD_PACKED_NONE || cell < TD_PACKED_OTHER || cell >> 31);
    }
}

Test(io_num_parse, packed_cells_of_all_decimals_are_the_doubles_of_the_text) {
    td_rng rng = td_rng_stream(1, "packed", 0, 0);
    for (int i = 0; i < 100000; i++) {
        char text[40];
        uint64_t digits = td_rng_next(&rng) >> (38 + td_rng_below(&rng, 26));
        int decimals = (int)td_rng_below(&rng, 23);
        snprintf(text, sizeof text, "%s%llue-%d", i % 2 ? "-" : "", (unsigned long long)digits,
                 decimals);
        uint32_t cell = 0;
        double value = packed_value(text, &cell);
        cr_assert(digits >= TD_PACKED_DIGITS || cell != TD_PACKED_NONE, "%s", text);
        cr_assert_eq(bits_of(value), bits_of(value_of(text)), "%s", text);
    }
}
