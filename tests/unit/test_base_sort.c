/* tests/unit/test_base_sort.c: order of every kind of double, and against qsort. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/rng.h"
#include "core/base/sort.h"

static const double TINY = 0x1p-1074;

Test(base_sort, sort_orders_every_kind_of_double) {
    double x[] = {3, -0.0, HUGE_VAL, 0.0, -5, TINY, -HUGE_VAL, 1e300, -1e-300, 3};
    double scratch[10];
    td_sort_doubles(x, scratch, 10);
    for (int i = 0; i + 1 < 10; i++) cr_assert(x[i] <= x[i + 1]);
    cr_assert_eq(x[0], -HUGE_VAL);
    cr_assert_eq(x[9], HUGE_VAL);
    cr_assert(signbit(x[3]) == 0 && x[3] == 0 && x[4] == 0);
}

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

Test(base_sort, random_values_of_any_size_are_those_of_qsort) {
    double x[500], y[500], scratch[500];
    td_rng rng = td_rng_stream(3, "sort", 0, 0);
    for (int round = 0; round < 100; round++) {
        uint64_t n = td_rng_below(&rng, 501);
        for (uint64_t i = 0; i < n; i++) {
            double scale = td_rng_below(&rng, 2) == 0 ? 1e-8 : 1e8;
            x[i] = y[i] = scale * (td_rng_uniform(&rng) - 0.5);
        }
        td_sort_doubles(x, scratch, n);
        qsort(y, n, sizeof *y, ascending);
        for (uint64_t i = 0; i < n; i++) cr_assert(x[i] == y[i]);
    }
}

Test(base_sort, values_that_agree_in_their_upper_bits_are_sorted_as_well) {
    static double x[3000], y[3000], scratch[3000];
    td_rng rng = td_rng_stream(4, "sort", 0, 0);
    for (int kind = 0; kind < 4; kind++) { /* milliseconds of one hour; of 30 years; ulps; ties */
        for (int i = 0; i < 3000; i++) {
            double u = (double)td_rng_below(&rng, kind == 1 ? 1000000000000 : 3600000);
            x[i] = y[i] = kind == 2 ? 1 + u * 0x1p-52 : kind == 3 ? (double)(i % 3) : 1.7e12 + u;
        }
        td_sort_doubles(x, scratch, 3000);
        qsort(y, 3000, sizeof *y, ascending);
        for (int i = 0; i < 3000; i++) cr_assert(x[i] == y[i], "kind %d", kind);
    }
}
