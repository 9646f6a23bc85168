/* bench/support/peeks.h: the study of methods for looking at an experiment while it runs. */
#ifndef TD_BENCH_SUPPORT_PEEKS_H
#define TD_BENCH_SUPPORT_PEEKS_H

#include "bench/support/study.h"

enum { LOOKS = 20, PER_LOOK = 1000, N_PEEK_METHODS = 7 };

extern const method peek_methods[N_PEEK_METHODS];

/* The bounds of all looks; once, before the first judge_peeks. */
void peeks_prepare(void);

/* A judge_fn: holds = at all looks, rejects = at any. */
td_status judge_peeks(outcome *out, const study *job, td_rng *rng, td_error *err);

#endif
