/* tests/support/shop.c: see shop.h. */
#include "tests/support/shop.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/mem.h"

td_file *td_test_file(const char *text, uint64_t n) {
    const char *folder = getenv("TMPDIR");
    char path[512];
    snprintf(path, sizeof path, "%s/tundish_test_XXXXXX", folder != NULL ? folder : "/tmp");
    int handle = mkstemp(path);
    cr_assert(handle >= 0);
    cr_assert_eq((uint64_t)write(handle, text, n), n);
    close(handle);
    td_file *file = NULL;
    td_error err = {0};
    td_status status = td_file_open(&file, path, &err);
    unlink(path);
    cr_assert_eq(status, TD_OK, "%s", err.text);
    return file;
}

td_raw_events td_test_raw(const td_test_row *rows, uint64_t n) {
    td_raw_events raw;
    cr_assert_eq(td_raw_events_init(&raw, n, NULL), TD_OK);
    for (uint64_t i = 0; i < n; i++) {
        raw.timestamp[i] = rows[i].timestamp;
        raw.visitor[i] = rows[i].visitor;
        raw.item[i] = rows[i].item;
        raw.kind[i] = (uint8_t)rows[i].kind;
        raw.transaction[i] = rows[i].transaction;
    }
    return raw;
}

td_events td_test_events(const td_test_row *rows, uint64_t n, int n_threads) {
    td_raw_events raw = td_test_raw(rows, n);
    td_exec exec = {.n_threads = n_threads};
    td_events events;
    uint64_t *duplicate = NULL;
    uint64_t n_duplicates = 0;
    td_error err = {0};
    cr_assert_eq(td_events_build(&events, &duplicate, &n_duplicates, &raw, &exec, &err), TD_OK,
                 "%s", err.text);
    td_mem_free(duplicate);
    return events;
}

td_kpi_input td_test_shop_input(const td_test_shop *shop) {
    return (td_kpi_input){
        .events = &shop->log.events, .sessions = &shop->sessions, .funnel = &shop->funnel};
}

void td_test_shop_finish(td_test_shop *shop, int64_t gap_ms, int n_threads) {
    td_exec exec = {.n_threads = n_threads};
    td_error err = {0};
    const td_events *events = &shop->log.events;
    cr_assert_eq(td_sessions_build(&shop->sessions, events, gap_ms, &exec, &err), TD_OK, "%s",
                 err.text);
    cr_assert_eq(td_funnel_build(&shop->funnel, events, &shop->sessions, &exec, &err), TD_OK, "%s",
                 err.text);
    td_kpi_input input = td_test_shop_input(shop);
    cr_assert_eq(td_kpis_build(&shop->kpis, &input, &exec, &err), TD_OK, "%s", err.text);
}

td_test_shop td_test_shop_of_rows(const td_test_row *rows, uint64_t n, int n_threads) {
    td_test_shop shop = {0};
    shop.log.events = td_test_events(rows, n, n_threads);
    td_test_shop_finish(&shop, TD_DEFAULT_GAP_MS, n_threads);
    return shop;
}

td_test_shop td_test_shop_of_path(const char *path, int n_threads) {
    td_test_shop shop = {0};
    td_exec exec = {.n_threads = n_threads};
    td_error err = {0};
    cr_assert_eq(td_file_open(&shop.file, path, &err), TD_OK, "%s", err.text);
    cr_assert_eq(td_event_log_read(&shop.log, shop.file, &exec, &err), TD_OK, "%s", err.text);
    td_test_shop_finish(&shop, TD_DEFAULT_GAP_MS, n_threads);
    return shop;
}

void td_test_shop_free(td_test_shop *shop) {
    td_kpis_free(&shop->kpis);
    td_funnel_free(&shop->funnel);
    td_sessions_free(&shop->sessions);
    td_event_log_free(&shop->log);
    td_file_close(shop->file);
    memset(shop, 0, sizeof *shop);
}

static void assert_same(const void *a, const void *b, uint64_t n, size_t size, const char *what) {
    cr_assert(n == 0 || memcmp(a, b, n * size) == 0, "%s differs", what);
}

#define ASSERT_SAME(a, b, n) assert_same((a), (b), (n), sizeof *(a), #a)

static void assert_same_events(const td_events *a, const td_events *b) {
    cr_assert_eq(a->n, b->n);
    cr_assert_eq(a->visitors.n, b->visitors.n);
    cr_assert_eq(a->items.n, b->items.n);
    cr_assert_eq(a->first_timestamp, b->first_timestamp);
    cr_assert_eq(a->last_timestamp, b->last_timestamp);
    ASSERT_SAME(a->timestamp, b->timestamp, a->n);
    ASSERT_SAME(a->visitor, b->visitor, a->n);
    ASSERT_SAME(a->item, b->item, a->n);
    ASSERT_SAME(a->kind, b->kind, a->n);
    ASSERT_SAME(a->transaction, b->transaction, a->n);
    ASSERT_SAME(a->visitors.id, b->visitors.id, a->visitors.n);
    ASSERT_SAME(a->items.id, b->items.id, a->items.n);
}

static void assert_same_sessions(const td_sessions *a, const td_sessions *b, uint64_t n_visitors) {
    cr_assert_eq(a->n, b->n);
    ASSERT_SAME(a->begin, b->begin, a->n + 1);
    ASSERT_SAME(a->visitor, b->visitor, a->n);
    ASSERT_SAME(a->start, b->start, a->n);
    ASSERT_SAME(a->end, b->end, a->n);
    ASSERT_SAME(a->is_censored, b->is_censored, a->n);
    ASSERT_SAME(a->is_left_truncated, b->is_left_truncated, a->n);
    ASSERT_SAME(a->visitor_begin, b->visitor_begin, n_visitors + 1);
}

/* Rows have padding, so fields are compared. */
static void assert_same_funnel(const td_funnel *a, const td_funnel *b) {
    cr_assert_eq(a->n, b->n);
    for (uint64_t s = 0; s < a->n; s++) {
        const td_funnel_row *x = &a->row[s];
        const td_funnel_row *y = &b->row[s];
        cr_assert(x->flags == y->flags && x->stage == y->stage, "funnel row %llu",
                  (unsigned long long)s);
        ASSERT_SAME(x->n_of_kind, y->n_of_kind, TD_N_KINDS);
        ASSERT_SAME(x->first_of_kind, y->first_of_kind, TD_N_KINDS);
    }
}

void td_test_shop_assert_equal(const td_test_shop *a, const td_test_shop *b) {
    assert_same_events(&a->log.events, &b->log.events);
    assert_same_sessions(&a->sessions, &b->sessions, a->log.events.visitors.n);
    assert_same_funnel(&a->funnel, &b->funnel);
    ASSERT_SAME(&a->kpis.total, &b->kpis.total, 1);
    for (int i = 0; i < TD_N_CALENDARS; i++) {
        cr_assert_eq(a->kpis.by[i].n, b->kpis.by[i].n);
        ASSERT_SAME(a->kpis.by[i].label, b->kpis.by[i].label, a->kpis.by[i].n);
        ASSERT_SAME(a->kpis.by[i].row, b->kpis.by[i].row, a->kpis.by[i].n);
    }
}

uint64_t td_test_random(uint64_t *state) {
    uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}
