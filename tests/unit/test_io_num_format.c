/* tests/unit/test_io_num_format.c: shortest texts of numbers. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/num_format.h"

static const char *text_of(double value) {
    static char text[TD_NUM_TEXT + 1];
    text[td_format_f64(text, value)] = '\0';
    return text;
}

Test(io_num_format, doubles_have_the_expected_notation) {
    static const struct {
        double value;
        const char *text;
    } cases[] = {{0, "0"},
                 {-0.0, "-0"},
                 {3, "3"},
                 {-12.25, "-12.25"},
                 {0.1, "0.1"},
                 {1e-5, "0.00001"},
                 {9.99e-6, "9.99e-6"},
                 {1.5e-7, "1.5e-7"},
                 {1e16, "10000000000000000"},
                 {12345678901234568.0, "12345678901234568"},
                 {1e17, "1e17"},
                 {1e22, "1e22"},
                 {1e23, "1e23"},
                 {123456.789e3, "123456789"},
                 {2.0 / 3, "0.6666666666666666"},
                 {9007199254740992, "9007199254740992"},
                 {9007199254740994, "9007199254740994"},
                 {0x1p-1074, "5e-324"},
                 {0x1p-1022, "2.2250738585072014e-308"},
                 {0x1.fffffffffffffp1023, "1.7976931348623157e308"},
                 {1.0 / 0.0, "inf"},
                 {-1.0 / 0.0, "-inf"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cr_assert_str_eq(text_of(cases[i].value), cases[i].text);
    }
    cr_assert_str_eq(text_of(0.0 / 0.0), "", "NaN is an empty cell");
}

/* Published outputs of Ryu's and Grisu's test suites (the digits; the notation is ours). */
Test(io_num_format, published_hard_cases) {
    cr_assert_str_eq(text_of(2.98023223876953125e-8), "2.9802322387695312e-8");
    cr_assert_str_eq(text_of(-2.109808898695963e16), "-21098088986959630");
    cr_assert_str_eq(text_of(4.940656e-318), "4.940656e-318");
    cr_assert_str_eq(text_of(1.18575755e-316), "1.18575755e-316");
    cr_assert_str_eq(text_of(9.0608011534336e15), "9060801153433600");
    cr_assert_str_eq(text_of(4.708356024711512e18), "4.708356024711512e18");
    cr_assert_str_eq(text_of(9.409340012568248e18), "9.409340012568248e18");
    cr_assert_str_eq(text_of(5.764607523034235e39), "5.764607523034235e39");
    cr_assert_str_eq(text_of(9007199254740991.0), "9007199254740991");
    cr_assert_str_eq(text_of(4294967.296), "4294967.296");
    cr_assert_str_eq(text_of(1.7800590868057611e-307), "1.7800590868057611e-307");
}

Test(io_num_format, integers_of_every_length) {
    char text[TD_NUM_TEXT + 1];
    char expected[32];
    for (uint64_t power = 1; power < UINT64_C(10000000000000000000); power *= 10) {
        for (int delta = -1; delta <= 1; delta++) {
            uint64_t value = power + (uint64_t)(int64_t)delta;
            text[td_format_u64(text, value)] = '\0';
            snprintf(expected, sizeof expected, "%llu", (unsigned long long)value);
            cr_assert_str_eq(text, expected);
        }
    }
    text[td_format_i64(text, INT64_MIN)] = '\0';
    cr_assert_str_eq(text, "-9223372036854775808");
    text[td_format_u64(text, UINT64_MAX)] = '\0';
    cr_assert_str_eq(text, "18446744073709551615");
}

static int significant_digits(const char *text) {
    int n = 0;
    int zeros = 0; /* trailing ones do not count */
    for (; *text != '\0' && *text != 'e'; text++) {
        if (*text == '-' || *text == '.' || (n == 0 && *text == '0')) continue;
        zeros = *text == '0' ? zeros + 1 : 0;
        n++;
    }
    return n - zeros;
}

/* The text reads back equal; printf with one digit less does not; and with as many digits printf's
 * correctly rounded text is never closer. */
Test(io_num_format, random_doubles_read_back_with_the_fewest_digits) {
    uint64_t bits = 88172645463325252u;
    for (int i = 0; i < 100000; i++) {
        bits ^= bits << 13;
        bits ^= bits >> 7;
        bits ^= bits << 17;
        uint64_t pattern = bits;
        if (i % 3 == 1) pattern = (bits & ~(UINT64_C(2047) << 52)) | (993 + bits % 60) << 52;
        if (i % 3 == 2) pattern = (bits >> 52) << 52 | (bits & 1); /* near powers of two */
        double value;
        memcpy(&value, &pattern, sizeof value);
        if (value - value != 0 || value == 0) continue;
        const char *text = text_of(value);
        double back = strtod(text, NULL);
        cr_assert_eq(back, value, "%s", text);
        int n = significant_digits(text);
        char other[64];
        if (n > 1) {
            snprintf(other, sizeof other, "%.*e", n - 2, value);
            cr_assert_neq(strtod(other, NULL), value, "%s is longer than %s", text, other);
        }
        snprintf(other, sizeof other, "%.*e", n - 1, value);
        if (strtod(other, NULL) != value) continue;
        cr_assert_eq(strtold(text, NULL), strtold(other, NULL), "%s and %s", text, other);
    }
}
