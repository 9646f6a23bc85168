/* bench/support/study.h: do methods hold what they promise? Simulated experiments whose truth is
 * known, counted method by method and printed as one table (bench/coverage.c). */
#ifndef TD_BENCH_SUPPORT_STUDY_H
#define TD_BENCH_SUPPORT_STUDY_H

#include <stdint.h>

#include "core/base/err.h"
#include "core/base/rng.h"
#include "stats/proportion.h"

/* Conversion of the control arm and, with an effect, of the treatment arm; what an interval of
 * level 1 - ALPHA and a test at ALPHA are asked. */
#define BASE   0.008
#define BETTER 0.010
#define ALPHA  0.05

enum { MAX_METHODS = 16 };

/* What a method promises: 93.5 to 96.5 % of intervals and 4 to 6 % of tests (ASYMPTOTIC), or at
 * least 95 % and at most 5 %, up to two standard errors of the simulation (AT_LEAST). */
typedef enum promise { NOTHING, ASYMPTOTIC, AT_LEAST } promise;

typedef struct method {
    const char *name;
    promise promise;
    const char *instead; /* what to use where it promises nothing */
} method;

/* Of one experiment, by method: 0 no, 1 yes, 2 not asked of this method. */
typedef struct outcome {
    unsigned char holds[MAX_METHODS], rejects[MAX_METHODS];
} outcome;

typedef struct study study;

/* Draw one experiment with the conversions job->p1 and job->p2 and note what each method does. */
typedef td_status (*judge_fn)(outcome *out, const study *job, td_rng *rng, td_error *err);

struct study {
    const char *title; /* also names the streams of random numbers */
    const method *methods;
    int n_methods;
    judge_fn judge;
    uint64_t n1, n2; /* units of the arms */
    uint64_t times;  /* runs, in units of the user's runs= */
    uint64_t runs, seed;
    int n_threads;
    double p1, p2; /* of this pass */
    outcome *out;  /* [runs] borrowed */
};

/* Conversions among n units, each with chance p. O(n p). */
uint64_t study_draw_count(td_rng *rng, uint64_t n, double p);

/* Does method m's interval hold the truth, does its p-value reject? Undefined intervals are not
 * asked; an undefined p-value does not reject. */
void study_note(outcome *out, int m, td_interval ci, double truth);
void study_note_p(outcome *out, int m, td_metric p);

/* Run without an effect and with one, print the table; returns how many promises are broken. */
int study_print(study *job);

#endif
