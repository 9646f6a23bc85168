/* tests/oracle/test_io_pow10.c: every entry of the table of powers is worked out again with exact
 * integers (GMP): floor(10^q * 2^(127 - floor(log2(10^q)))). */
#include <criterion/criterion.h>
#include <gmp.h>

#include "io/pow10.h"

Test(io_pow10, every_entry_is_the_exact_power_cut_off) {
    mpz_t power;
    mpz_t entry;
    mpz_inits(power, entry, NULL);
    for (int32_t q = TD_POW10_MIN; q <= TD_POW10_MAX; q++) {
        int32_t shift = 127 - td_pow10_log2(q);
        mpz_ui_pow_ui(power, 10, (unsigned long)(q < 0 ? -q : q));
        if (q < 0) {
            mpz_set_ui(entry, 1);
            mpz_mul_2exp(entry, entry, (mp_bitcnt_t)shift);
            mpz_fdiv_q(entry, entry, power);
        } else if (shift >= 0) {
            mpz_mul_2exp(entry, power, (mp_bitcnt_t)shift);
        } else {
            mpz_fdiv_q_2exp(entry, power, (mp_bitcnt_t)-shift);
        }
        cr_assert_eq(mpz_sizeinbase(entry, 2), 128, "q = %d: the logarithm is off", q);
        td_pow10_entry t = td_pow10(q);
        cr_assert_eq(mpz_get_ui(entry), t.low, "q = %d", q);
        mpz_fdiv_q_2exp(entry, entry, 64);
        cr_assert_eq(mpz_get_ui(entry), t.high, "q = %d", q);
    }
    mpz_ui_pow_ui(power, 5, TD_POW10_EXACT_MAX);
    cr_assert_leq(mpz_sizeinbase(power, 2), 128, "the last exact power fits");
    mpz_mul_ui(power, power, 5);
    cr_assert_gt(mpz_sizeinbase(power, 2), 128, "the next does not");
    mpz_clears(power, entry, NULL);
}
