/* bench/support/tools.c: see tools.h. */
#define _GNU_SOURCE /* program_invocation_short_name */

#include "bench/support/tools.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"

void bench_must(td_status status, const td_error *err) {
    if (status == TD_OK) return;
    fprintf(stderr, "%s: %s\n", program_invocation_short_name, err->text);
    exit(1);
}

double bench_seconds(clockid_t clock) {
    struct timespec now;
    clock_gettime(clock, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* The text behind "name=", the first that there is; NULL without. */
static const char *find(int argc, char **argv, const char *name) {
    size_t length = strlen(name);
    for (int a = 1; a < argc; a++) {
        if (strncmp(argv[a], name, length) == 0 && argv[a][length] == '=')
            return argv[a] + length + 1;
    }
    return NULL;
}

double bench_option(int argc, char **argv, const char *name, double standard) {
    const char *text = find(argc, argv, name);
    return text != NULL ? atof(text) : standard;
}

uint64_t bench_count(int argc, char **argv, const char *name, uint64_t standard) {
    const char *text = find(argc, argv, name);
    return text != NULL ? strtoull(text, NULL, 10) : standard;
}

double *bench_array(uint64_t n) {
    td_error err = {0};
    double *out = td_mem_array(n, sizeof *out, &err);
    bench_must(out == NULL ? TD_ERR_NOMEM : TD_OK, &err);
    return out;
}
