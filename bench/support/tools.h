/* bench/support/tools.h: what the programs of bench share: end on an error, clocks, arguments.
 *
 * Unlike the library these may print and end the process: a benchmark that cannot go on has nothing
 * to clean up and no figure to give. */
#ifndef TD_BENCH_SUPPORT_TOOLS_H
#define TD_BENCH_SUPPORT_TOOLS_H

#include <stdint.h>
#include <time.h>

#include "core/base/err.h"

/* Go on after TD_OK; otherwise print "PROGRAM: text" on stderr and exit with 1. */
void bench_must(td_status status, const td_error *err);

/* Seconds of CLOCK_MONOTONIC (the wall) or CLOCK_PROCESS_CPUTIME_ID (this process on all cores:
 * beside other work only these can be compared). */
double bench_seconds(clockid_t clock);

/* The value of the argument "name=value", `standard` when there is none. Whole numbers are exact up
 * to 2^53. */
double bench_option(int argc, char **argv, const char *name, double standard);
uint64_t bench_count(int argc, char **argv, const char *name, uint64_t standard);

/* [n] doubles, not set; *owned*, td_mem_free. Ends the program when there is no memory. */
double *bench_array(uint64_t n);

#endif
