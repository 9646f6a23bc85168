/* tests/support/tsan.c: lets the test program start under ThreadSanitizer.
 *
 * Criterion's sandbox maps a block at 0x200000000000 + rand_r() * 2^24 and asks for exactly that
 * address. ThreadSanitizer keeps most of the range for its shadow and refuses, so the program ends
 * with "Could not initialize inheritable arena" before the first test (Criterion issue 274). In
 * such a build this rand_r takes the place of the C library's and stays inside the
 * part that the sanitizer leaves to programs, 0x550000000000 to 0x568000000000 on x86-64; its upper
 * end lies away from the program itself. No test uses rand_r: random numbers come from td_rng. */
#if defined(__SANITIZE_THREAD__)

int rand_r(unsigned *seed);

int rand_r(unsigned *seed) {
    *seed += 1;
    return (int)(0x367000U + (*seed & 255U)); /* 0x567000000000 and the 4 GiB above it */
}

#else

typedef int td_tsan_is_off; /* a translation unit must declare something */

#endif
