/* tests/unit/test_base_par.c: chunks, workers, the lowest failure, progress; for 1 to 4 threads. */
#include <criterion/criterion.h>

#include "core/base/par.h"

enum { N_ELEMENTS = 1003, GRAIN = 10, N_CHUNKS = 101, MAX_THREADS = 4 };

typedef struct visits {
    int count[N_ELEMENTS]; /* how often an element was seen; chunks are disjoint */
    int worker[N_CHUNKS];  /* who did the chunk */
    double sum[N_CHUNKS];  /* partial per chunk */
    uint64_t fails_from;   /* chunks that fail: fails_from, fails_from + 20, ... */
} visits;

static td_status visit(void *ctx, td_chunk chunk, td_error *err) {
    visits *v = ctx;
    v->worker[chunk.index] = chunk.worker;
    for (uint64_t i = chunk.begin; i < chunk.end; i++) {
        v->count[i]++;
        v->sum[chunk.index] += 1.0 / (double)(i + 1);
    }
    TD_CHECK(chunk.index < v->fails_from || (chunk.index - v->fails_from) % 20 != 0, err,
             TD_ERR_NUMERIC, "chunk %d", (int)chunk.index);
    return TD_OK;
}

Test(base_par, chunks_cover_every_element_once) {
    for (int threads = 1; threads <= MAX_THREADS; threads++) {
        td_exec exec = {.n_threads = threads};
        visits v = {.fails_from = UINT64_MAX};
        cr_assert_eq(td_par_for(&exec, N_ELEMENTS, GRAIN, visit, &v, NULL), TD_OK);
        for (int i = 0; i < N_ELEMENTS; i++) cr_assert_eq(v.count[i], 1);
        for (int c = 0; c < N_CHUNKS; c++) {
            cr_assert(v.worker[c] >= 0 && v.worker[c] < threads, "worker %d", v.worker[c]);
        }
    }
}

Test(base_par, partials_in_chunk_order_do_not_know_the_thread_count) {
    double first = 0.0;
    for (int threads = 1; threads <= MAX_THREADS; threads++) {
        td_exec exec = {.n_threads = threads};
        visits v = {.fails_from = UINT64_MAX};
        cr_assert_eq(td_par_for(&exec, N_ELEMENTS, GRAIN, visit, &v, NULL), TD_OK);
        double total = 0.0;
        for (int c = 0; c < N_CHUNKS; c++) total += v.sum[c];
        if (threads == 1) first = total;
        cr_assert_eq(total, first);
    }
}

Test(base_par, lowest_failing_chunk_wins_for_any_thread_count) {
    for (int round = 0; round < 50; round++) {
        for (int threads = 1; threads <= MAX_THREADS; threads++) {
            td_exec exec = {.n_threads = threads};
            visits v = {.fails_from = 33};
            td_error err = {0};
            td_status status = td_par_for(&exec, N_ELEMENTS, GRAIN, visit, &v, &err);
            cr_assert_eq(status, TD_ERR_NUMERIC);
            cr_assert_str_eq(err.text, "chunk 33");
            for (int i = 0; i < 33 * GRAIN; i++) cr_assert_eq(v.count[i], 1);
        }
    }
}

Test(base_par, nothing_to_do_calls_nothing) {
    visits v = {.fails_from = 0};
    cr_assert_eq(td_par_for(NULL, 0, GRAIN, visit, &v, NULL), TD_OK);
    cr_assert_eq(v.count[0], 0);
}

Test(base_par, grain_of_zero_is_an_error) {
    visits v = {.fails_from = UINT64_MAX};
    cr_assert_eq(td_par_for(NULL, 5, 0, visit, &v, NULL), TD_ERR_INTERNAL);
    cr_assert_eq(v.count[0], 0);
}

Test(base_par, chunk_counts_round_up) {
    cr_assert_eq(td_par_n_chunks(0, 10), 0);
    cr_assert_eq(td_par_n_chunks(1, 10), 1);
    cr_assert_eq(td_par_n_chunks(10, 10), 1);
    cr_assert_eq(td_par_n_chunks(11, 10), 2);
    cr_assert_eq(td_par_n_chunks(UINT64_MAX, 1), UINT64_MAX);
}

Test(base_par, missing_or_silly_thread_counts_mean_one) {
    cr_assert_eq(td_exec_threads(NULL), 1);
    cr_assert_eq(td_exec_threads(&(td_exec){.n_threads = 0}), 1);
    cr_assert_eq(td_exec_threads(&(td_exec){.n_threads = -3}), 1);
    cr_assert_eq(td_exec_threads(&(td_exec){.n_threads = 6}), 6);
}

static int stop_at_half(void *ctx, const char *stage, uint64_t done, uint64_t total) {
    *(const char **)ctx = stage;
    return 2 * done >= total;
}

Test(base_par, progress_can_stop_a_job) {
    const char *stage = NULL;
    td_error err = {0};
    td_exec exec = {.n_threads = 1, .progress = stop_at_half, .progress_ctx = &stage};
    cr_assert_eq(td_exec_progress(&exec, "sorting", 4, 10, &err), TD_OK);
    cr_assert_str_eq(stage, "sorting");
    cr_assert_eq(td_exec_progress(&exec, "sorting", 5, 10, &err), TD_ERR_INTERRUPTED);
    cr_assert_str_eq(err.text, "interrupted during sorting");
    cr_assert_eq(td_exec_progress(NULL, "sorting", 5, 10, &err), TD_OK);
}
