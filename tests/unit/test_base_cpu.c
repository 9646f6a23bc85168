/* tests/unit/test_base_cpu.c: the SIMD level and its names. Each test runs in a process of its own,
 * so each sees a first call. */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "core/base/cpu.h"

Test(base_cpu, names_are_those_of_the_environment_variable) {
    cr_assert_str_eq(td_cpu_simd_name(TD_SIMD_SCALAR), "scalar");
    cr_assert_str_eq(td_cpu_simd_name(TD_SIMD_AVX2), "avx2");
    cr_assert_str_eq(td_cpu_simd_name(TD_SIMD_AVX512), "avx512");
}

Test(base_cpu, scalar_can_always_be_chosen) {
    setenv("TD_SIMD", "scalar", 1);
    cr_assert_eq(td_cpu_simd(), TD_SIMD_SCALAR);
}

Test(base_cpu, unknown_name_means_scalar) {
    setenv("TD_SIMD", "sse9", 1);
    cr_assert_eq(td_cpu_simd(), TD_SIMD_SCALAR);
}

Test(base_cpu, named_level_is_an_upper_limit) {
    setenv("TD_SIMD", "avx2", 1);
    cr_assert_leq(td_cpu_simd(), TD_SIMD_AVX2);
}

Test(base_cpu, first_call_decides_for_good) {
    setenv("TD_SIMD", "scalar", 1);
    cr_assert_eq(td_cpu_simd(), TD_SIMD_SCALAR);
    unsetenv("TD_SIMD");
    cr_assert_eq(td_cpu_simd(), TD_SIMD_SCALAR);
}
