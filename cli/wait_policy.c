/* cli/wait_policy.c: how long idle threads of the program burn a core before they sleep.
 *
 * OpenMP's threads wait for the next parallel loop by spinning: GNU's for some milliseconds, LLVM's
 * for 200. On a machine that others use too (a laptop, a shared server, tests side by side) that
 * steals cores from the very threads that are waited for: a run of the demo shop took 46 s instead
 * of 7 there. A spin of half a millisecond still catches the next loop of a busy trainer.
 *
 * Both runtimes read the environment once, GNU's in a constructor of its own; this one has an
 * earlier priority, and the program links GNU's runtime statically so that the order holds. What
 * the user sets (OMP_WAIT_POLICY, GOMP_SPINCOUNT, KMP_BLOCKTIME) wins. The library does none of
 * this: its host decides. */
#include <stdlib.h>

__attribute__((constructor(101))) static void choose_wait_policy(void) {
    if (getenv("OMP_WAIT_POLICY") != NULL) return;
    setenv("GOMP_SPINCOUNT", "20000", 0);
    setenv("KMP_BLOCKTIME", "1", 0); /* milliseconds */
}
