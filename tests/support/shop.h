/* tests/support/shop.h: an event log through all of core/, from a text, a path or raw rows, for
 * tests. Each call asserts success; td_test_shop_free gives everything back. */
#ifndef TD_TESTS_SUPPORT_SHOP_H
#define TD_TESTS_SUPPORT_SHOP_H

#include <stdint.h>

#include "core/kpi.h"
#include "io/csv_events.h"
#include "io/file.h"

typedef struct td_test_shop {
    td_file *file;    /* NULL for raw rows */
    td_event_log log; /* without exclusions for raw rows */
    td_sessions sessions;
    td_funnel funnel;
    td_kpis kpis;
} td_test_shop;

/* A text as an open file below the temporary folder; its name is removed at once. */
td_file *td_test_file(const char *text, uint64_t n);

/* One raw row; transaction TD_NO_TRANSACTION for the other kinds. */
typedef struct td_test_row {
    int64_t timestamp;
    int64_t visitor;
    int64_t kind;
    int64_t item;
    int64_t transaction;
} td_test_row;

td_raw_events td_test_raw(const td_test_row *rows, uint64_t n);

/* Events of raw rows; duplicates are dropped and forgotten. */
td_events td_test_events(const td_test_row *rows, uint64_t n, int n_threads);

/* Sessions, funnel and key figures of shop->log.events at 30 minutes. */
void td_test_shop_finish(td_test_shop *shop, int64_t gap_ms, int n_threads);

td_test_shop td_test_shop_of_rows(const td_test_row *rows, uint64_t n, int n_threads);
td_test_shop td_test_shop_of_path(const char *path, int n_threads);
td_kpi_input td_test_shop_input(const td_test_shop *shop);
void td_test_shop_free(td_test_shop *shop);

/* Assert that two shops hold the same bytes in every table (exclusions aside). */
void td_test_shop_assert_equal(const td_test_shop *a, const td_test_shop *b);

/* Random numbers for tests: splitmix64. */
uint64_t td_test_random(uint64_t *state);

#endif
