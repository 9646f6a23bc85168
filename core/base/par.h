/* core/base/par.h: parallel loops whose result cannot depend on the number of threads.
 *
 * Work is cut by the data, never by the thread count: n elements in chunks of `grain`, chunk i is
 * [i*grain, min(n, (i+1)*grain)). A reduction writes one partial per chunk (indexed by chunk.index)
 * and the caller joins the partials in chunk order, so the same additions happen in the same order
 * on any machine. */
#ifndef TD_CORE_BASE_PAR_H
#define TD_CORE_BASE_PAR_H

#include <stdint.h>

#include "core/base/err.h"

/* Reports progress of a long job: `done` of `total` units of `stage`. Return non-zero to stop the
 * job, which then fails with TD_ERR_INTERRUPTED. Called from one thread at a time. */
typedef int (*td_progress_fn)(void *ctx, const char *stage, uint64_t done, uint64_t total);

/* How to execute: passed to everything that may take long. NULL stands for one thread and no
 * progress. */
typedef struct td_exec {
    int n_threads;           /* >= 1 */
    td_progress_fn progress; /* NULL = none */
    void *progress_ctx;      /* borrowed */
} td_exec;

typedef struct td_chunk {
    uint64_t index; /* 0 .. td_par_n_chunks - 1 */
    uint64_t begin; /* first element */
    uint64_t end;   /* one past the last element */
    int worker;     /* 0 .. n_threads - 1: index of this worker's scratch */
} td_chunk;

typedef td_status (*td_par_fn)(void *ctx, td_chunk chunk, td_error *err);

/* Threads of exec, at least 1. */
int td_exec_threads(const td_exec *exec);

/* Call the progress function of exec, if any; TD_ERR_INTERRUPTED when it asks to stop. */
td_status td_exec_progress(const td_exec *exec, const char *stage, uint64_t done, uint64_t total,
                           td_error *err) TD_MUST_USE;

uint64_t td_par_n_chunks(uint64_t n, uint64_t grain);

/* Run fn on every chunk. When chunks fail, the error of the lowest failing chunk is returned, for
 * any number of threads; later chunks may then be skipped. From inside fn only with one thread
 * (exec NULL): then it is a plain loop. */
td_status td_par_for(const td_exec *exec, uint64_t n, uint64_t grain, td_par_fn fn, void *ctx,
                     td_error *err) TD_MUST_USE;

#endif
