/* core/base/blas: hand cases, naive loops, refusals, and the same bits wherever the data lies. */
#include <cblas.h>
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "core/base/blas.h"
#include "core/base/mem.h"

/* Uniform in [-1, 1) from a 64-bit linear congruence (Knuth's MMIX constants). */
static double next_value(uint64_t *state) {
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (double)(*state >> 11) / 4503599627370496.0 - 1.0;
}

static double *random_block(uint64_t n, uint64_t seed) {
    double *x = td_mem_array(n, sizeof *x, NULL);
    for (uint64_t i = 0; i < n; i++) x[i] = next_value(&seed);
    return x;
}

static double naive_gram(const double *x, const double *w, uint64_t n, uint32_t a, uint32_t b) {
    double sum = 0.0;
    for (uint64_t i = 0; i < n; i++) sum += (w ? w[i] : 1.0) * x[a * n + i] * x[b * n + i];
    return sum;
}

Test(base_blas, name_tells_version_and_kernel) {
    char version[32], core[32];
    cr_assert_eq(sscanf(td_blas_name(), "openblas %31s %31s", version, core), 2, "%s",
                 td_blas_name());
    cr_assert_str_eq(core, openblas_get_corename());
}

Test(base_blas, gram_of_a_hand_case) {
    const double x[] = {1, 2, 3, /**/ 4, 5, 6};
    const double w[] = {1, 0, 4};
    double g[4];
    cr_assert_eq(td_blas_gram(g, x, NULL, 3, 2, NULL), TD_OK);
    const double want[] = {14, 32, 32, 77};
    cr_assert_arr_eq(g, want, sizeof want);
    cr_assert_eq(td_blas_gram(g, x, w, 3, 2, NULL), TD_OK);
    const double want_w[] = {37, 76, 76, 160};
    cr_assert_arr_eq(g, want_w, sizeof want_w);
}

Test(base_blas, gram_equals_naive_loops_over_many_chunks) {
    enum { N = 5003, P = 7 };
    double *x = random_block(N * P, 1), *w = random_block(N, 2), g[P * P];
    for (int i = 0; i < N; i++) w[i] = fabs(w[i]);
    cr_assert_eq(td_blas_gram(g, x, w, N, P, NULL), TD_OK);
    for (uint32_t a = 0; a < P; a++) {
        for (uint32_t b = 0; b < P; b++) {
            cr_assert_float_eq(g[a * P + b], naive_gram(x, w, N, a, b), 1e-10);
            cr_assert_eq(g[a * P + b], g[b * P + a], "not symmetric");
        }
    }
    td_mem_free(x);
    td_mem_free(w);
}

/* 200 columns make a product that a threaded BLAS would split. */
Test(base_blas, gram_ignores_address_and_thread_setting) {
    enum { N = 4099, P = 200 };
    double *x = random_block(N * P, 3), *moved = td_mem_array(N * P + 1, sizeof *moved, NULL);
    double *g = td_mem_array(P * P, sizeof *g, NULL), *h = td_mem_array(P * P, sizeof *h, NULL);
    memcpy(moved + 1, x, sizeof *x * N * P);
    openblas_set_num_threads(1);
    cr_assert_eq(td_blas_gram(g, x, NULL, N, P, NULL), TD_OK);
    openblas_set_num_threads(2);
    cr_assert_eq(td_blas_gram(h, moved + 1, NULL, N, P, NULL), TD_OK);
    cr_assert_eq(openblas_get_num_threads(), 2, "the caller's setting must be restored");
    cr_assert_arr_eq(g, h, sizeof *g * P * P);
    td_mem_free(x);
    td_mem_free(moved);
    td_mem_free(g);
    td_mem_free(h);
}

Test(base_blas, gram_refuses_bad_weights_and_frees) {
    const double x[] = {1, 2, 3};
    const double negative[] = {1, -0.5, 1}, broken[] = {1, 1, NAN};
    double g[1];
    td_error err;
    uint64_t before = td_mem_live_bytes();
    cr_assert_eq(td_blas_gram(g, x, negative, 3, 1, &err), TD_ERR_RANGE);
    cr_assert(strstr(err.text, "row 2") && strstr(err.text, "-0.5"), "%s", err.text);
    cr_assert_eq(td_blas_gram(g, x, broken, 3, 1, &err), TD_ERR_RANGE);
    td_mem_fail_after(1);
    cr_assert_eq(td_blas_gram(g, x, NULL, 3, 1, &err), TD_ERR_NOMEM);
    td_mem_fail_after(0);
    cr_assert_eq(td_mem_live_bytes(), before);
}

Test(base_blas, gram_of_no_rows_is_zero) {
    double g[4] = {1, 1, 1, 1};
    const double x[1] = {0}, zero[4] = {0};
    cr_assert_eq(td_blas_gram(g, x, NULL, 0, 2, NULL), TD_OK);
    cr_assert_arr_eq(g, zero, sizeof zero);
}

Test(base_blas, products_with_a_vector_equal_naive_loops) {
    enum { N = 2051, P = 3 };
    double *x = random_block(N * P, 4), *v = random_block(N, 5), *out = random_block(N, 6);
    const double b[P] = {0.5, -2, 3};
    double t[P];
    td_blas_transposed_times(t, x, v, N, P);
    for (uint32_t j = 0; j < P; j++) {
        double want = 0.0;
        for (uint64_t i = 0; i < N; i++) want += x[j * N + i] * v[i];
        cr_assert_float_eq(t[j], want, 1e-11);
    }
    td_blas_times(out, x, b, N, P);
    for (uint64_t i = 0; i < N; i++) {
        cr_assert_eq(out[i], 0.0 + x[i] * b[0] + x[N + i] * b[1] + x[2 * N + i] * b[2]);
    }
    td_mem_free(x);
    td_mem_free(v);
    td_mem_free(out);
}

Test(base_blas, cholesky_solves_a_hand_case) {
    /* L = [2 0 0; 6 1 0; -8 5 3], solution (1, 2, 3) */
    double a[] = {4, 12, -16, 12, 37, -43, -16, -43, 98};
    double b[] = {-20, -43, 192};
    cr_assert_eq(td_cholesky_solve(a, b, 3, NULL), TD_OK);
    for (int i = 0; i < 3; i++) cr_assert_float_eq(b[i], i + 1.0, 1e-12);
    const double l[] = {2, 6, -8, 0, 1, 5, 0, 0, 3};
    for (int j = 0; j < 3; j++) {
        for (int i = j; i < 3; i++) cr_assert_float_eq(a[j * 3 + i], l[j * 3 + i], 1e-13);
    }
}

Test(base_blas, cholesky_residual_is_small_at_60_columns) {
    enum { N = 300, P = 60 };
    double *x = random_block(N * P, 7), *g = td_mem_array(P * P, sizeof *g, NULL);
    double *copy = td_mem_array(P * P, sizeof *copy, NULL), s[P], b[P], back[P];
    cr_assert_eq(td_blas_gram(g, x, NULL, N, P, NULL), TD_OK);
    memcpy(copy, g, sizeof *g * P * P);
    for (int i = 0; i < P; i++) s[i] = b[i] = i - 20.0;
    cr_assert_eq(td_cholesky_solve(copy, s, P, NULL), TD_OK);
    td_blas_times(back, g, s, P, P);
    for (int i = 0; i < P; i++) cr_assert_float_eq(back[i], b[i], 1e-11);
    td_mem_free(x);
    td_mem_free(g);
    td_mem_free(copy);
}

Test(base_blas, cholesky_names_the_pivot_of_a_singular_matrix) {
    double twice[] = {1, 1, 2, 1, 2, 3, 2, 3, 5}; /* third column = first + second */
    double negative[] = {1, 0, 0, -1}, broken[] = {NAN}, b[3] = {1, 1, 1};
    td_error err;
    cr_assert_eq(td_cholesky_solve(twice, b, 3, &err), TD_ERR_NUMERIC);
    cr_assert(strstr(err.text, "pivot 3 of 3"), "%s", err.text);
    cr_assert_eq(td_cholesky_solve(negative, b, 2, &err), TD_ERR_NUMERIC);
    cr_assert(strstr(err.text, "pivot 2 of 2 is -1"), "%s", err.text);
    cr_assert_eq(td_cholesky_factor(broken, 1, &err), TD_ERR_NUMERIC);
}

/* 0.1, 0.2, 0.3 are not exact: the third column is the sum of the others only up to rounding. */
Test(base_blas, cholesky_refuses_a_pivot_that_is_only_rounding) {
    enum { N = 1000 };
    double *x = random_block(N * 3, 8), g[9], b[3] = {1, 2, 3};
    for (int i = 0; i < N; i++) x[2 * N + i] = 0.1 * x[i] + 0.3 * x[N + i];
    cr_assert_eq(td_blas_gram(g, x, NULL, N, 3, NULL), TD_OK);
    td_error err;
    cr_assert_eq(td_cholesky_solve(g, b, 3, &err), TD_ERR_NUMERIC);
    cr_assert(strstr(err.text, "pivot 3 of 3"), "%s", err.text);
    td_mem_free(x);
}
