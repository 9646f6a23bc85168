/* core/base/par.c: chunked loops on OpenMP. The general OpenMP pragmas of the project live here.
 *
 * 1. n elements are cut into chunks of `grain`; the cut knows nothing of threads.
 * 2. Threads take chunks one at a time in ascending order (schedule(dynamic, 1)): an idle thread
 *    takes the next one, so uneven chunks balance.
 * 3. A failing chunk is noted if it is lower than the lowest noted so far. Chunks above it are
 *    skipped from then on; chunks below it never are, so the lowest failing chunk is found
 *    whatever the number of threads and the order of events.
 *
 * Cost per chunk: one atomic load and one dispatch of OpenMP, so a chunk should run for many
 * microseconds. There is no reduction here: callers keep one partial per chunk and join them in
 * order. */
#include "core/base/par.h"

#include <omp.h>
#include <stdatomic.h>

int td_exec_threads(const td_exec *exec) {
    return exec != NULL && exec->n_threads > 1 ? exec->n_threads : 1;
}

td_status td_exec_progress(const td_exec *exec, const char *stage, uint64_t done, uint64_t total,
                           td_error *err) {
    if (exec == NULL || exec->progress == NULL) return TD_OK;
    if (exec->progress(exec->progress_ctx, stage, done, total) == 0) return TD_OK;
    return td_fail(err, TD_ERR_INTERRUPTED, "interrupted during %s", stage);
}

uint64_t td_par_n_chunks(uint64_t n, uint64_t grain) { return n / grain + (n % grain != 0); }

typedef struct first_failure {
    _Atomic uint64_t chunk; /* lowest failing chunk so far, UINT64_MAX = none */
    td_status status;
    td_error error;
} first_failure;

/* Keep the error of the lowest chunk. Each worker fills an error of its own first. */
static void note_failure(first_failure *failure, uint64_t chunk, td_status status,
                         const td_error *error) {
#pragma omp critical(td_par_failure)
    if (chunk < atomic_load(&failure->chunk)) {
        atomic_store(&failure->chunk, chunk);
        failure->status = status;
        failure->error = *error;
    }
}

td_status td_par_for(const td_exec *exec, uint64_t n, uint64_t grain, td_par_fn fn, void *ctx,
                     td_error *err) {
    TD_CHECK(grain > 0, err, TD_ERR_INTERNAL, "parallel loop with grain 0");
    uint64_t n_chunks = td_par_n_chunks(n, grain);
    first_failure failure = {.chunk = UINT64_MAX, .status = TD_OK};
    int n_threads = td_exec_threads(exec);
    if ((uint64_t)n_threads > n_chunks) n_threads = n_chunks > 0 ? (int)n_chunks : 1;
#pragma omp parallel for num_threads(n_threads) schedule(dynamic, 1) if (n_threads > 1)
    for (uint64_t i = 0; i < n_chunks; i++) {
        if (i > atomic_load_explicit(&failure.chunk, memory_order_relaxed)) continue;
        uint64_t end = (i + 1) * grain < n ? (i + 1) * grain : n;
        td_chunk chunk = {
            .index = i, .begin = i * grain, .end = end, .worker = omp_get_thread_num()};
        td_error error = {0};
        td_status status = fn(ctx, chunk, &error);
        if (status != TD_OK) note_failure(&failure, i, status, &error);
    }
    if (failure.status != TD_OK && err != NULL) *err = failure.error;
    return failure.status;
}
