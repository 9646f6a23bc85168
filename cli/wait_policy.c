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
 * this: its host decides.
 *
 * OpenBLAS is worse: loading it starts a thread for every further core, and each of them spins for
 * 2^26 ticks (26 ms at 2.6 GHz), calls of sched_yield that look like work to the kernel, before it
 * sleeps. A thread that the program starts meanwhile gets no core of its own: predictions of 15 ms
 * took as long by two threads as by one. Its constructor has run when this one does, so the threads
 * are ended again. BLAS is asked for single-threaded products only (core/base/blas.c), rarely, and
 * then starts them anew. Builds of OpenBLAS without threads lack the function. */
#include <stdlib.h>

int blas_thread_shutdown_(void) __attribute__((weak));

__attribute__((constructor(101))) static void choose_wait_policy(void) {
    if (getenv("OMP_WAIT_POLICY") != NULL) return;
    setenv("GOMP_SPINCOUNT", "20000", 0);
    setenv("KMP_BLOCKTIME", "1", 0); /* milliseconds */
}

__attribute__((constructor(102))) static void end_blas_threads(void) {
    if (blas_thread_shutdown_ != NULL) (void)blas_thread_shutdown_();
}
