/* tests/unit/test_base_numeric_edges.c: exact and special results of numeric.h; published values.
 *
 * Results are compared by their bits, so the sign of a zero and the NaN itself count. */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "core/base/numeric.h"

#define INF      __builtin_inf()
#define NOT_A    __builtin_nan("")
#define SMALLEST 5e-324
#define LARGEST  0x1.fffffffffffffp+1023
#define HALF_PI  0x1.921fb54442d18p+0

typedef double (*function)(double);

typedef struct edge {
    function f;
    double x, expected;
} edge;

static uint64_t bits_of(double x) {
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static int is_same(double a, double b) { return bits_of(a) == bits_of(b); }

static void check_edges(const edge *edges, size_t n) {
    for (size_t i = 0; i < n; i++) {
        double y = edges[i].f(edges[i].x);
        cr_expect(is_same(y, edges[i].expected), "row %zu: f(%a) = %a, not %a", i, edges[i].x, y,
                  edges[i].expected);
    }
}

#define CHECK_EDGES(table) check_edges((table), sizeof(table) / sizeof *(table))

Test(base_numeric_edges, exponentials) {
    static const edge edges[] = {
        {td_exp, 0.0, 1.0},
        {td_exp, -0.0, 1.0},
        {td_exp, SMALLEST, 1.0},
        {td_exp, INF, INF},
        {td_exp, -INF, 0.0},
        {td_exp, 1e308, INF},
        {td_exp, -1e308, 0.0},
        {td_exp, 0x1.62e42fefa39efp+9, 0x1.fffffffffff2ap+1023}, /* last finite */
        {td_exp, 0x1.62e42fefa39f0p+9, INF},
        {td_exp, -0x1.74910d52d3051p+9, SMALLEST}, /* last above zero */
        {td_exp, -0x1.74910d52d3052p+9, 0.0},
        {td_expm1, 0.0, 0.0},
        {td_expm1, -0.0, -0.0},
        {td_expm1, SMALLEST, SMALLEST},
        {td_expm1, -SMALLEST, -SMALLEST},
        {td_expm1, INF, INF},
        {td_expm1, -INF, -1.0},
        {td_sigmoid, 0.0, 0.5},
        {td_sigmoid, -0.0, 0.5},
        {td_sigmoid, INF, 1.0},
        {td_sigmoid, -INF, 0.0},
        {td_sigmoid, 40.0, 1.0},
        {td_tanh, 0.0, 0.0},
        {td_tanh, -0.0, -0.0},
        {td_tanh, INF, 1.0},
        {td_tanh, -INF, -1.0},
        {td_tanh, SMALLEST, SMALLEST},
    };
    CHECK_EDGES(edges);
}

Test(base_numeric_edges, logarithms) {
    static const edge edges[] = {
        {td_log, 1.0, 0.0},
        {td_log, 0.0, -INF},
        {td_log, -0.0, -INF},
        {td_log, INF, INF},
        {td_log, -SMALLEST, NOT_A},
        {td_log, -INF, NOT_A},
        {td_log, SMALLEST, -0x1.74385446d71c3p+9}, /* -1074 ln 2 */
        {td_log, LARGEST, 0x1.62e42fefa39efp+9},
        {td_log1p, 0.0, 0.0},
        {td_log1p, -0.0, -0.0},
        {td_log1p, SMALLEST, SMALLEST},
        {td_log1p, -1.0, -INF},
        {td_log1p, -1.5, NOT_A},
        {td_log1p, INF, INF},
        {td_log2, 0.0, -INF},
        {td_log2, INF, INF},
        {td_log2, -1.0, NOT_A},
        {td_logit, 0.5, 0.0},
        {td_logit, 0.0, -INF},
        {td_logit, 1.0, INF},
        {td_logit, -0.1, NOT_A},
        {td_logit, 1.1, NOT_A},
    };
    CHECK_EDGES(edges);
}

Test(base_numeric_edges, angles) {
    static const edge edges[] = {
        {td_sin, 0.0, 0.0},
        {td_sin, -0.0, -0.0},
        {td_sin, SMALLEST, SMALLEST},
        {td_sin, 1.0000001e5, NOT_A},
        {td_sin, INF, NOT_A},
        {td_cos, 0.0, 1.0},
        {td_cos, SMALLEST, 1.0},
        {td_cos, -1.0000001e5, NOT_A},
        {td_cos, -INF, NOT_A},
        {td_atan, 0.0, 0.0},
        {td_atan, -0.0, -0.0},
        {td_atan, INF, HALF_PI},
        {td_atan, -INF, -HALF_PI},
        {td_atan, LARGEST, HALF_PI},
        {td_atan, 1.0, 0.5 * HALF_PI},
        {td_asin, 0.0, 0.0},
        {td_asin, -0.0, -0.0},
        {td_asin, 1.0, HALF_PI},
        {td_asin, -1.0, -HALF_PI},
        {td_asin, 0x1.0000000000001p+0, NOT_A},
        {td_asin, -INF, NOT_A},
    };
    CHECK_EDGES(edges);
}

Test(base_numeric_edges, error_gamma_and_normal) {
    static const edge edges[] = {
        {td_erf, 0.0, 0.0},
        {td_erf, -0.0, -0.0},
        {td_erf, INF, 1.0},
        {td_erf, -INF, -1.0},
        {td_erf, 6.0, 1.0},
        {td_erfc, 0.0, 1.0},
        {td_erfc, INF, 0.0},
        {td_erfc, -INF, 2.0},
        {td_erfc, 27.3, 0.0},
        {td_lgamma, 1.0, 0.0},
        {td_lgamma, 2.0, 0.0},
        {td_lgamma, 0.0, INF},
        {td_lgamma, INF, INF},
        {td_lgamma, LARGEST, INF},
        {td_lgamma, -0.5, NOT_A},
        {td_lgamma, -INF, NOT_A},
        {td_normal_cdf, 0.0, 0.5},
        {td_normal_cdf, INF, 1.0},
        {td_normal_cdf, -INF, 0.0},
        {td_normal_quantile, 0.5, 0.0},
        {td_normal_quantile, 0.0, -INF},
        {td_normal_quantile, 1.0, INF},
        {td_normal_quantile, -SMALLEST, NOT_A},
        {td_normal_quantile, 1.5, NOT_A},
    };
    CHECK_EDGES(edges);
}

Test(base_numeric_edges, nan_in_gives_the_one_nan_out) {
    static const function all[] = {td_exp,
                                   td_expm1,
                                   td_log,
                                   td_log1p,
                                   td_log2,
                                   td_sin,
                                   td_cos,
                                   td_atan,
                                   td_asin,
                                   td_tanh,
                                   td_erf,
                                   td_erfc,
                                   td_lgamma,
                                   td_sigmoid,
                                   td_logit,
                                   td_normal_cdf,
                                   td_normal_quantile};
    double negative_nan = -__builtin_nan("0x123");
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        cr_expect(is_same(all[i](NOT_A), NOT_A), "function %zu", i);
        cr_expect(is_same(all[i](negative_nan), NOT_A), "function %zu", i);
    }
    cr_expect(is_same(td_pow(negative_nan, 2.0), NOT_A));
    cr_expect(is_same(td_pow(2.0, negative_nan), NOT_A));
}

Test(base_numeric_edges, powers_of_two_are_exact) {
    double power = 0x1p-1074;
    for (int k = -1074; k <= 1023; k++) {
        cr_assert(is_same(td_pow(2.0, k), power), "2^%d", k);
        cr_assert(is_same(td_log2(power), (double)k), "log2 2^%d", k);
        power += power;
    }
    cr_assert(is_same(td_pow(2.0, 1024.0), INF));
    cr_assert(is_same(td_pow(2.0, -1075.0), 0.0));
}

Test(base_numeric_edges, powers_that_are_doubles_come_out_exactly) {
    double ten = 1.0;
    for (int k = 0; k <= 22; k++) {
        cr_assert(is_same(td_pow(10.0, k), ten), "10^%d", k);
        ten *= 10.0;
    }
    for (int base = -400; base <= 400; base++) {
        double b = base;
        cr_assert(is_same(td_pow(b, 1.0), b) && is_same(td_pow(b, 2.0), b * b));
        cr_assert(is_same(td_pow(b, 3.0), b * b * b) && is_same(td_pow(b * b, 0.5), fabs(b)));
    }
}

/* C17 annex F.10.4.4 */
Test(base_numeric_edges, pow_keeps_the_special_cases) {
    static const double rows[][3] = {
        {NOT_A, 0.0, 1.0},         {0.0, -0.0, 1.0},
        {INF, 0.0, 1.0},           {1.0, NOT_A, 1.0},
        {1.0, INF, 1.0},           {-1.0, INF, 1.0},
        {-1.0, -INF, 1.0},         {0.0, -3.0, INF},
        {-0.0, -3.0, -INF},        {-0.0, -2.0, INF},
        {0.0, 3.0, 0.0},           {-0.0, 3.0, -0.0},
        {-0.0, 2.5, 0.0},          {-0.0, -INF, INF},
        {0.5, INF, 0.0},           {0.5, -INF, INF},
        {2.0, INF, INF},           {2.0, -INF, 0.0},
        {INF, -0.5, 0.0},          {INF, 0.5, INF},
        {-INF, -3.0, -0.0},        {-INF, 3.0, -INF},
        {-INF, 2.0, INF},          {-2.0, 3.0, -8.0},
        {-2.0, -2.0, 0.25},        {-2.0, 0.5, NOT_A},
        {-8.0, 1.0 / 3, NOT_A},    {2.0, 1e300, INF},
        {0.5, 1e300, 0.0},         {-2.0, 0x1p60, INF},
        {-1.0, 0x1p53 - 1, -1.0},  {-1.0, 0x1p54, 1.0},
        {3.0, SMALLEST, 1.0},      {LARGEST, 1.0, LARGEST},
        {SMALLEST, 1.0, SMALLEST}, {SMALLEST, 2.0, 0.0},
        {-LARGEST, 3.0, -INF},     {0x1.fffffffffffffp-1, -1e300, INF},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        double y = td_pow(rows[i][0], rows[i][1]);
        cr_expect(is_same(y, rows[i][2]), "%g ^ %g = %g, not %g", rows[i][0], rows[i][1], y,
                  rows[i][2]);
    }
}

/* DLMF and Abramowitz and Stegun, tables 7.1, 26.1 and 26.5; rounded to the nearest double. */
Test(base_numeric_edges, published_values) {
    static const edge values[] = {
        {td_exp, 1.0, 2.71828182845904523536},
        {td_log, 10.0, 2.30258509299404568402},
        {td_log1p, 1.0, 0.69314718055994530942},
        {td_erf, 0.5, 0.52049987781304653768},
        {td_erfc, 2.0, 0.00467773498104726584},
        {td_lgamma, 0.5, 0.57236494292470008707},
        {td_lgamma, 10.0, 12.80182748008146961121},
        {td_normal_cdf, -1.0, 0.15865525393145705142},
        {td_normal_quantile, 0.975, 1.95996398454005423552},
        {td_sin, 1.0, 0.84147098480789650665},
        {td_cos, 1.0, 0.54030230586813971740},
        {td_tanh, 0.5, 0.46211715726000975850},
    };
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        double y = values[i].f(values[i].x), limit = 5e-16 * fabs(values[i].expected);
        cr_expect(fabs(y - values[i].expected) <= limit, "row %zu: %.17g", i, y);
    }
}

Test(base_numeric_edges, odd_functions_are_odd_to_the_bit) {
    static const function odd[] = {td_sin, td_atan, td_asin, td_tanh, td_erf};
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
        for (int k = 0; k <= 1000; k++) {
            double x = k / 1000.0;
            cr_assert(is_same(odd[i](-x), -odd[i](x)), "function %zu at %g", i, x);
        }
    }
}
