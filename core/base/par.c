/* core/base/par.c: chunked loops on OpenMP. The general OpenMP pragmas of the project live here.
 *
 * 1. n elements are cut into chunks of `grain`; the cut knows nothing of threads.
 * 2. Threads take chunks one at a time in ascending order (schedule(dynamic, 1)): an idle thread
 *    takes the next one, so uneven chunks balance.
 * 3. A failing chunk is noted if it is lower than the lowest noted so far. Chunks above it are
 *    skipped from then on; chunks below it never are, so the lowest failing chunk is found
 *    whatever the number of threads and the order of events.
 * 4. What the caller wrote before the loop is seen by every chunk (release and acquire of
 * `failed`), what a chunk wrote is seen by the caller afterwards (`n_done`). OpenMP promises both
 * as well; the atomics say it in a language that ThreadSanitizer reads.
 *
 * Cost per chunk: two atomic operations and one dispatch of OpenMP, so a chunk should run for many
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

typedef struct job {
    uint64_t n, grain;
    td_par_fn fn;
    void *ctx;
    _Atomic uint64_t failed; /* lowest failing chunk so far, UINT64_MAX = none */
    _Atomic uint64_t n_done; /* chunks finished or skipped */
    atomic_flag is_locked;   /* guards the two fields below */
    td_status status;
    td_error error;
} job;

/* Keep the error of the lowest chunk. Each chunk fills an error of its own first. */
static void note_failure(job *j, uint64_t chunk, td_status status, const td_error *error) {
    while (atomic_flag_test_and_set_explicit(&j->is_locked, memory_order_acquire)) {}
    if (chunk < atomic_load(&j->failed)) {
        atomic_store(&j->failed, chunk);
        j->status = status;
        j->error = *error;
    }
    atomic_flag_clear_explicit(&j->is_locked, memory_order_release);
}

static void run_chunk(job *j, uint64_t index, int worker) {
    if (index <= atomic_load_explicit(&j->failed, memory_order_acquire)) {
        uint64_t end = (index + 1) * j->grain < j->n ? (index + 1) * j->grain : j->n;
        td_chunk chunk = {.index = index, .begin = index * j->grain, .end = end, .worker = worker};
        td_error error = {0};
        td_status status = j->fn(j->ctx, chunk, &error);
        if (status != TD_OK) note_failure(j, index, status, &error);
    }
    atomic_fetch_add_explicit(&j->n_done, 1, memory_order_release);
}

static void open_job(job *j) {
    atomic_flag_clear(&j->is_locked);
    atomic_store_explicit(&j->n_done, 0, memory_order_relaxed);
    atomic_store_explicit(&j->failed, UINT64_MAX, memory_order_release);
}

static td_status close_job(job *j, uint64_t n_chunks, td_error *err) {
    uint64_t n_done = atomic_load_explicit(&j->n_done, memory_order_acquire);
    TD_CHECK(n_done == n_chunks, err, TD_ERR_INTERNAL, "%llu of %llu chunks were run",
             (unsigned long long)n_done, (unsigned long long)n_chunks);
    if (j->status != TD_OK && err != NULL) *err = j->error;
    return j->status;
}

/* Hands the chunks out and nothing else: ThreadSanitizer does not see OpenMP's own barriers, so it
 * leaves this loop out and judges what the chunks do by the atomics of open_job, run_chunk and
 * close_job. */
__attribute__((no_sanitize("thread"))) static void run_all(job *j, uint64_t n_chunks,
                                                           int n_threads) {
#pragma omp parallel for num_threads(n_threads) schedule(dynamic, 1) if (n_threads > 1)
    for (uint64_t i = 0; i < n_chunks; i++) run_chunk(j, i, omp_get_thread_num());
}

td_status td_par_for(const td_exec *exec, uint64_t n, uint64_t grain, td_par_fn fn, void *ctx,
                     td_error *err) {
    TD_CHECK(grain > 0, err, TD_ERR_INTERNAL, "parallel loop with grain 0");
    uint64_t n_chunks = td_par_n_chunks(n, grain);
    int n_threads = td_exec_threads(exec);
    if ((uint64_t)n_threads > n_chunks) n_threads = n_chunks > 0 ? (int)n_chunks : 1;
    job j = {.n = n, .grain = grain, .fn = fn, .ctx = ctx, .status = TD_OK};
    open_job(&j);
    run_all(&j, n_chunks, n_threads);
    return close_job(&j, n_chunks, err);
}
