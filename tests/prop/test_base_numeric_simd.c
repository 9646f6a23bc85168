/* tests/prop/test_base_numeric_simd.c: array forms give the scalar bits at every SIMD level, and
 * the bits are the same for any compiler and machine.
 *
 * Inputs are random bit patterns (all binades, both signs, NaNs with payloads, infinities), values
 * in the range where the functions do their work, and edges. */
#include <criterion/criterion.h>
#include <string.h>

#include "core/base/numeric.h"
#include "core/base/numeric_simd.h"
#include "core/base/rng.h"

enum { N_BLOCK = 4096, N_BLOCKS = 300 };

static const double edges[] = {0.0,
                               -0.0,
                               5e-324,
                               -5e-324,
                               0x1p-1022,
                               0x1.fffffffffffffp-1023,
                               1.0,
                               -1.0,
                               0x1.fffffffffffffp-1,
                               0x1.0000000000001p+0,
                               0x1.6a09e667f3bccp-1,
                               0x1.6a09e667f3bcdp-1,
                               709.782712893384,
                               709.7827128933841,
                               -708.3964185322641,
                               -745.1332191019411,
                               -745.1332191019412,
                               -746.0,
                               710.0,
                               1e300,
                               -1e300,
                               0x1.fffffffffffffp+1023,
                               __builtin_inf(),
                               -__builtin_inf(),
                               __builtin_nan("")};

static uint64_t bits_of(double x) {
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static double any_double(td_rng *rng) {
    uint64_t bits = td_rng_next(rng);
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* A third random bits, a third around zero, a third positive; now and then an edge. */
static double mixed_double(td_rng *rng) {
    uint64_t kind = td_rng_below(rng, 32);
    if (kind == 0) return edges[td_rng_below(rng, sizeof edges / sizeof *edges)];
    if (kind < 12) return any_double(rng);
    if (kind < 22) return (td_rng_uniform(rng) - 0.5) * 1600.0;
    return td_rng_uniform(rng) * 4.0;
}

typedef struct twin {
    double (*scalar)(double);
    td_array_fn array;
    const char *name;
} twin;

static void check_twin(twin t, td_simd level) {
    static double x[N_BLOCK], y[N_BLOCK];
    td_rng rng = td_rng_stream(30, t.name, (uint64_t)level, 0);
    for (int b = 0; b < N_BLOCKS; b++) {
        for (int i = 0; i < N_BLOCK; i++) x[i] = mixed_double(&rng);
        t.array(y, x, N_BLOCK);
        for (int i = 0; i < N_BLOCK; i++) {
            cr_assert_eq(bits_of(y[i]), bits_of(t.scalar(x[i])), "%s %s at %a: %a", t.name,
                         td_cpu_simd_name(level), x[i], y[i]);
        }
    }
}

static void check_level(td_simd level) {
    const td_array_kernels *kernels = td_array_kernels_at(level);
    check_twin((twin){td_exp, kernels->exp, "exp"}, level);
    check_twin((twin){td_sigmoid, kernels->sigmoid, "sigmoid"}, level);
    check_twin((twin){td_log, kernels->log, "log"}, level);
}

/* Every level from scalar up to the one in force; millions of inputs each. */
Test(base_numeric_simd, every_level_gives_the_scalar_bits) {
    for (int level = TD_SIMD_SCALAR; level <= (int)td_cpu_simd(); level++) {
        check_level((td_simd)level);
    }
}

/* Lengths 0..40 at eight alignments, in place; the elements on both sides stay untouched. */
Test(base_numeric_simd, ragged_lengths_work_in_place) {
    td_rng rng = td_rng_stream(31, "ragged", 0, 0);
    for (int level = TD_SIMD_SCALAR; level <= (int)td_cpu_simd(); level++) {
        const td_array_kernels *kernels = td_array_kernels_at((td_simd)level);
        for (uint64_t n = 0; n <= 40; n++) {
            double x[64], y[64];
            for (int i = 0; i < 64; i++) x[i] = y[i] = td_rng_uniform(&rng) * 9.0;
            uint64_t begin = 1 + n % 8;
            kernels->exp(y + begin, y + begin, n);
            kernels->log(y + begin, y + begin, n);
            kernels->sigmoid(y + begin, y + begin, n);
            for (uint64_t i = 0; i < 64; i++) {
                int is_inside = i >= begin && i < begin + n;
                double expected = is_inside ? td_sigmoid(td_log(td_exp(x[i]))) : x[i];
                cr_assert_eq(bits_of(y[i]), bits_of(expected));
            }
        }
    }
}

Test(base_numeric_simd, public_arrays_use_the_level_in_force) {
    double x[5] = {-1.0, 0.0, 0.5, 2.0, 30.0}, y[5];
    td_exp_array(y, x, 5);
    for (int i = 0; i < 5; i++) cr_assert_eq(bits_of(y[i]), bits_of(td_exp(x[i])));
    td_sigmoid_array(y, x, 5);
    for (int i = 0; i < 5; i++) cr_assert_eq(bits_of(y[i]), bits_of(td_sigmoid(x[i])));
    td_log_array(y, x, 5);
    for (int i = 0; i < 5; i++) cr_assert_eq(bits_of(y[i]), bits_of(td_log(x[i])));
}

/* FNV-1a over the bytes of f at 20000 mixed inputs. */
static uint64_t hash_of(double (*f)(double)) {
    uint64_t hash = 0xcbf29ce484222325U;
    td_rng rng = td_rng_stream(32, "golden", 0, 0);
    for (int i = 0; i < 20000; i++) {
        uint64_t bits = bits_of(f(mixed_double(&rng)));
        for (int b = 0; b < 8; b++) hash = (hash ^ (bits >> (8 * b) & 255)) * 0x100000001b3U;
    }
    return hash;
}

static double pow_of_size(double x) { return td_pow(x < 0.0 ? -x : x, 0.37); }

/* The hashes were taken once (gcc, scalar); every compiler, level and machine must meet them. */
Test(base_numeric_simd, outputs_have_the_frozen_bits) {
    static const struct {
        double (*f)(double);
        const char *name;
        uint64_t hash;
    } golden[] = {
        {td_exp, "exp", 0x1bb2e012cdfe3287U},
        {td_expm1, "expm1", 0x2f5163f200346c85U},
        {td_log, "log", 0x87c1d9046620d4c6U},
        {td_log1p, "log1p", 0xd48589dda776abb3U},
        {td_log2, "log2", 0x4806d98065f98e18U},
        {td_sin, "sin", 0x8dcdd8cb2cdf920dU},
        {td_cos, "cos", 0x10eea88391392885U},
        {td_atan, "atan", 0xc58d4eeaa9bda00dU},
        {td_asin, "asin", 0x5450d239d5874c53U},
        {td_tanh, "tanh", 0xf876106b6a69ba3cU},
        {td_erf, "erf", 0xc4774ab54fe233a6U},
        {td_erfc, "erfc", 0x17d3164d62c829deU},
        {td_lgamma, "lgamma", 0x724c5a580e1503e4U},
        {td_sigmoid, "sigmoid", 0xa2f391fad2a58bbaU},
        {td_logit, "logit", 0x3a1107d04683c696U},
        {td_normal_cdf, "normal_cdf", 0x1a6e7a6774500c7aU},
        {td_normal_quantile, "normal_quantile", 0xbf4567ad50b584eeU},
        {pow_of_size, "pow", 0xf6ef48a0efeb11a0U},
    };
    for (size_t i = 0; i < sizeof golden / sizeof *golden; i++) {
        uint64_t hash = hash_of(golden[i].f);
        cr_expect_eq(hash, golden[i].hash, "%s: 0x%016llx", golden[i].name,
                     (unsigned long long)hash);
    }
}
