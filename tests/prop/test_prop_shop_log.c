/* tests/prop/test_prop_shop_log.c: what must hold for any log: the order of its rows and the number
 * of threads change nothing, a file of many pieces gives the lines of its bad rows, and a failed
 * allocation leaves nothing behind. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "tests/support/shop.h"
#include "tests/support/shop_text.h"

static td_test_shop shop_of_text(const shop_text *text, int n_threads) {
    td_test_shop shop = {.file = td_test_file(text->bytes, text->n_bytes)};
    td_exec exec = {.n_threads = n_threads};
    td_error err = {0};
    cr_assert_eq(td_event_log_read(&shop.log, shop.file, &exec, &err), TD_OK, "%s", err.text);
    td_test_shop_finish(&shop, TD_DEFAULT_GAP_MS, n_threads);
    return shop;
}

Test(prop_shop_log, shuffled_rows_and_other_dialects_give_the_same_tables) {
    uint64_t random = 11;
    for (int i = 0; i < 300; i++) {
        shop_text text;
        shop_text_make_rows(&text, ORACLE_MAX_ROWS, 1, &random);
        shop_text_write(&text, &random);
        td_test_shop first = shop_of_text(&text, 1);
        shop_text_shuffle(&text, &random);
        shop_text_write(&text, &random);
        td_test_shop second = shop_of_text(&text, 2);
        td_test_shop_assert_equal(&first, &second);
        for (int reason = 0; reason < TD_N_REASONS; reason++) {
            cr_assert_eq(first.log.exclusions.n_by_reason[reason],
                         second.log.exclusions.n_by_reason[reason]);
        }
        td_test_shop_free(&first);
        td_test_shop_free(&second);
    }
    cr_assert_eq(td_mem_live_bytes(), 0);
}

/* Every allocation of the whole road fails once. */
static td_status try_road(const td_file *file, td_error *err) {
    td_test_shop s = {0};
    td_status status = td_event_log_read(&s.log, file, NULL, err);
    if (status == TD_OK) {
        status = td_sessions_build(&s.sessions, &s.log.events, TD_DEFAULT_GAP_MS, NULL, err);
    }
    if (status == TD_OK) {
        status = td_funnel_build(&s.funnel, &s.log.events, &s.sessions, NULL, err);
    }
    td_kpi_input input = td_test_shop_input(&s);
    if (status == TD_OK) status = td_kpis_build(&s.kpis, &input, NULL, err);
    td_test_shop_free(&s);
    return status;
}

static uint64_t fail_everywhere(const shop_text *text) {
    td_file *file = td_test_file(text->bytes, text->n_bytes);
    uint64_t live = td_mem_live_bytes();
    uint64_t n_failed = 0;
    td_status status = TD_ERR_NOMEM;
    while (status != TD_OK) {
        td_error err = {0};
        td_mem_fail_after(n_failed + 1);
        status = try_road(file, &err);
        td_mem_fail_after(0);
        cr_assert_eq(td_mem_live_bytes(), live, "allocation %llu leaks",
                     (unsigned long long)n_failed + 1);
        if (status == TD_OK) break;
        cr_assert_eq(status, TD_ERR_NOMEM);
        cr_assert_eq(err.code, TD_ERR_NOMEM);
        n_failed++;
    }
    td_file_close(file);
    return n_failed;
}

Test(prop_shop_log, any_failed_allocation_leaves_no_bytes) {
    uint64_t random = 12;
    for (int i = 0; i < 40; i++) {
        shop_text text;
        do {
            shop_text_make_rows(&text, ORACLE_MAX_ROWS, 1, &random);
        } while (text.n_rows < 20);
        shop_text_write(&text, &random);
        cr_assert_geq(fail_everywhere(&text), 40);
    }
    cr_assert_eq(td_mem_live_bytes(), 0);
}

/* A file of several pieces. Row i is bad when i % 1009 == 5, a copy of row i - 3000 when
 * i % 1013 == 7 (and i >= 3000, and that row is no bad one); line of row i = i + 2 + breaks
 * before. */
enum { N_ROWS = 130000, QUOTED_BREAK = 50021 };

static int is_bad(int i) { return i % 1009 == 5; }

static int is_copy(int i) { return i >= 3000 && i % 1013 == 7 && !is_bad(i - 3000) && !is_bad(i); }

static char *write_long_file(int with_break, uint64_t *n) {
    char *text = malloc((size_t)N_ROWS * 64 + 64);
    cr_assert_not_null(text);
    size_t at = (size_t)sprintf(text, "timestamp,visitorid,event,itemid,transactionid,note\n");
    for (int i = 0; i < N_ROWS; i++) {
        int k = is_copy(i) ? i - 3000 : i;
        const char *note = with_break && i == QUOTED_BREAK ? "\"a\nb\nc\"" : "";
        at += (size_t)sprintf(text + at, "%d,%d,%s,%d,,%s\n", 100000 + 7 * k, k * 31 % 4999,
                              is_bad(i) ? "?" : "view", k % 997, note);
    }
    *n = at;
    return text;
}

static void check_long_file(int with_break, int n_threads) {
    uint64_t n = 0;
    char *text = write_long_file(with_break, &n);
    td_file *file = td_test_file(text, n);
    td_exec exec = {.n_threads = n_threads};
    td_event_log log;
    cr_assert_eq(td_event_log_read(&log, file, &exec, NULL), TD_OK);
    uint64_t at = 0;
    for (int i = 0; i < N_ROWS; i++) {
        if (!is_bad(i) && !is_copy(i)) continue;
        cr_assert(at < log.exclusions.n);
        const td_excluded_row *row = &log.exclusions.row[at++];
        cr_assert_eq(row->reason, is_bad(i) ? TD_UNKNOWN_EVENT : TD_EXACT_DUPLICATE);
        cr_assert_eq(row->line, (uint64_t)i + 2 + (with_break && i > QUOTED_BREAK ? 2 : 0));
        cr_assert(row->offset == 0 || text[row->offset - 1] == '\n');
        cr_assert_eq(text[row->offset + row->length], '\n');
    }
    cr_assert_eq(at, log.exclusions.n);
    cr_assert_eq(log.n_rows_read, N_ROWS);
    td_event_log_free(&log);
    td_file_close(file);
    free(text);
}

Test(prop_shop_log, bad_rows_of_a_file_of_many_pieces_keep_their_lines) {
    for (int n_threads = 1; n_threads <= 4; n_threads++) {
        check_long_file(0, n_threads);
        check_long_file(1, n_threads);
    }
    cr_assert_eq(td_mem_live_bytes(), 0);
}

/* Many sessions with carts and purchases over several chunks of every loop. */
static td_test_row *random_rows(uint64_t n) {
    td_test_row *rows = td_mem_array(n, sizeof *rows, NULL);
    cr_assert_not_null(rows);
    uint64_t random = 13;
    for (uint64_t i = 0; i < n; i++) {
        int64_t kind = (int64_t)(td_test_random(&random) % 16);
        kind = kind < 10 ? TD_VIEW : kind < 14 ? TD_ADDTOCART : TD_TRANSACTION;
        rows[i] = (td_test_row){.timestamp = (int64_t)(td_test_random(&random) % 864000) * 1000,
                                .visitor = (int64_t)(td_test_random(&random) % 30000),
                                .kind = kind,
                                .item = (int64_t)(td_test_random(&random) % 50),
                                .transaction = TD_NO_TRANSACTION};
        if (kind == TD_TRANSACTION) rows[i].transaction = (int64_t)(td_test_random(&random) % 9000);
    }
    return rows;
}

Test(prop_shop_log, threads_do_not_change_any_table) {
    enum { N = 250000 };
    td_test_row *rows = random_rows(N);
    td_test_shop one = td_test_shop_of_rows(rows, N, 1);
    for (int n_threads = 2; n_threads <= 4; n_threads++) {
        td_test_shop other = td_test_shop_of_rows(rows, N, n_threads);
        td_test_shop_assert_equal(&one, &other);
        td_test_shop_free(&other);
    }
    td_test_shop_free(&one);
    td_mem_free(rows);
    cr_assert_eq(td_mem_live_bytes(), 0);
}
