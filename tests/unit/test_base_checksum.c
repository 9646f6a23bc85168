/* tests/unit/test_base_checksum.c: XXH64 against published values. */
#include <criterion/criterion.h>
#include <string.h>

#include "core/base/checksum.h"

/* The sanity values of xxHash's own tests: bytes of a generator of 32-bit primes. */
static void fill(unsigned char *bytes, size_t n) {
    uint64_t state = UINT64_C(2654435761);
    for (size_t i = 0; i < n; i++) {
        bytes[i] = (unsigned char)(state >> 56);
        state *= UINT64_C(11400714785074694797);
    }
}

Test(base_checksum, published_values) {
    static const struct {
        size_t n;
        uint64_t seed, sum;
    } known[] = {{0, 0, UINT64_C(0xEF46DB3751D8E999)},
                 {0, UINT64_C(2654435761), UINT64_C(0xAC75FDA2929B17EF)},
                 {1, 0, UINT64_C(0xE934A84ADB052768)},
                 {1, UINT64_C(2654435761), UINT64_C(0x5014607643A9B4C3)},
                 {4, 0, UINT64_C(0x9136A0DCA57457EE)},
                 {14, 0, UINT64_C(0x8282DCC4994E35C8)},
                 {14, UINT64_C(2654435761), UINT64_C(0xC3BD6BF63DEB6DF0)},
                 {222, 0, UINT64_C(0xB641AE8CB691C174)},
                 {222, UINT64_C(2654435761), UINT64_C(0x20CB8AB7AE10C14A)}};
    unsigned char bytes[256];
    fill(bytes, sizeof bytes);
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        cr_assert_eq(td_checksum(bytes, known[i].n, known[i].seed), known[i].sum, "%d: %llx",
                     (int)i, (unsigned long long)td_checksum(bytes, known[i].n, known[i].seed));
    cr_assert_eq(td_checksum("abc", 3, 0), UINT64_C(0x44BC2CF5AD770999));
}

Test(base_checksum, every_changed_bit_changes_the_sum) {
    unsigned char bytes[100];
    fill(bytes, sizeof bytes);
    for (size_t n = 1; n <= sizeof bytes; n++) {
        uint64_t sum = td_checksum(bytes, n, 7);
        for (size_t bit = 0; bit < 8 * n; bit++) {
            bytes[bit / 8] = (unsigned char)(bytes[bit / 8] ^ 1 << bit % 8);
            cr_assert_neq(td_checksum(bytes, n, 7), sum);
            bytes[bit / 8] = (unsigned char)(bytes[bit / 8] ^ 1 << bit % 8);
        }
        cr_assert_neq(td_checksum(bytes, n, 8), sum);
    }
}
