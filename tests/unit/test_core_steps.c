/* tests/unit/test_core_steps.c: published results of windowFunnel, and what the modes mean.
 *
 * Letters are kinds of events: a .. g = 0 .. 6. Expected levels: the reference results of
 * ClickHouse's tests of windowFunnel (strict order and repetition: its pull request 9773 and issues
 * 27469, 37177, 86916), except where a comment says what differs and why. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/steps.h"
#include "tests/support/shop.h"

/* Steps and events as letters; times NULL = 1, 2, 3 ... */
static td_step_path walk(const char *steps_text, const char *text, const int64_t *times,
                         int64_t window, int modes) {
    td_steps steps = {.n = (uint32_t)strlen(steps_text), .window_ms = window, .modes = modes};
    for (uint32_t i = 0; i < steps.n; i++) steps.kind[i] = (uint8_t)(steps_text[i] - 'a');
    td_error err = {0};
    cr_assert_eq(td_steps_check(&steps, &err), TD_OK, "%s", err.text);
    int64_t time[64];
    uint8_t kind[64];
    uint64_t n = strlen(text);
    for (uint64_t i = 0; i < n; i++) {
        time[i] = times != NULL ? times[i] : (int64_t)i + 1;
        kind[i] = (uint8_t)(text[i] - 'a');
    }
    td_step_path path;
    td_steps_walk(&path, &steps, time, kind, n);
    return path;
}

static uint32_t level(const char *steps, const char *text, int modes) {
    return walk(steps, text, NULL, TD_NO_WINDOW, modes).level;
}

Test(core_steps, strict_order_has_its_reference_results) {
    static const struct {
        const char *events;
        uint32_t plain, order, order_and_dedup;
    } user[] = {
        {"abc", 3, 3, 3},     {"adbc", 3, 1, 1},   {"aabbcc", 3, 3, 2}, {"aaaabbcc", 3, 3, 2},
        {"aabbdcc", 3, 2, 2}, {"ccbbaa", 1, 1, 1}, {"acb", 2, 1, 1},
    };
    for (size_t u = 0; u < sizeof user / sizeof *user; u++) {
        const char *events = user[u].events;
        cr_expect_eq(level("abc", events, 0), user[u].plain, "%s", events);
        cr_expect_eq(level("abc", events, TD_STRICT_ORDER), user[u].order, "%s", events);
        cr_expect_eq(level("abc", events, TD_STRICT_ORDER | TD_STRICT_DEDUP),
                     user[u].order_and_dedup, "%s", events);
    }
}

Test(core_steps, re_entry_is_passed_over_when_allowed) {
    static const struct {
        const char *events;
        uint32_t order, reentry;
    } user[] = {{"abac", 2, 3}, {"ababc", 2, 3}, {"acb", 1, 1}};
    for (size_t u = 0; u < sizeof user / sizeof *user; u++) {
        cr_expect_eq(level("abc", user[u].events, TD_STRICT_ORDER), user[u].order, "%s",
                     user[u].events);
        cr_expect_eq(level("abc", user[u].events, TD_STRICT_ORDER | TD_ALLOW_REENTRY),
                     user[u].reentry, "%s", user[u].events);
    }
}

Test(core_steps, a_repeated_step_ends_the_reading_of_strict_dedup) {
    cr_assert_eq(level("abcd", "abcbd", TD_STRICT_DEDUP), 3);
    cr_assert_eq(level("abcd", "abcbd", 0), 4);
    /* install, start, login, install, start, ...: three steps, then start comes again */
    cr_assert_eq(level("abcd", "abcababcd", TD_STRICT_DEDUP), 3);
    cr_assert_eq(level("abc", "aabbcc", TD_STRICT_DEDUP), 2);
    cr_assert_eq(level("ab", "aab", TD_STRICT_DEDUP), 2, "step 1 may be repeated");
}

/* Events 1000 .. 1008 at 0 .. 8; steps 1003 .. 1007: one within each ms of window. */
Test(core_steps, the_window_counts_from_the_first_step) {
    static const int64_t time[] = {3, 4, 5, 6, 7};
    cr_assert_eq(walk("abcde", "abcde", time, 2, 0).level, 3);
    cr_assert_eq(walk("abcde", "abcde", time, 3, 0).level, 4);
    cr_assert_eq(walk("abcde", "abcde", time, 4, 0).level, 5);
    /* a later first step opens a new window; the old one stays for those who still reach it */
    static const int64_t again[] = {0, 10, 11, 12};
    td_step_path path = walk("abc", "aabc", again, 5, 0);
    cr_assert_eq(path.level, 3);
    cr_assert_eq(path.entry, 1);
    cr_assert_eq(path.time[0], 10);
    cr_assert_eq(walk("abc", "aabc", again, 1, 0).level, 2);
    cr_assert_eq(walk("a", "b", again, 0, 0).level, 0);
}

Test(core_steps, events_of_one_time_are_simultaneous_unless_steps_must_be_later) {
    static const int64_t time[] = {0, 1, 1, 1, 2};
    cr_assert_eq(walk("abcde", "abcde", time, 10000, 0).level, 5);
    cr_assert_eq(walk("abcde", "abcde", time, 10000, TD_STRICT_INCREASE).level, 2);
    /* whatever the order in which they stand */
    cr_assert_eq(walk("abcde", "adcbe", time, 10000, 0).level, 5);
    cr_assert_eq(walk("abcde", "adcbe", time, 10000, TD_STRICT_ORDER).level, 5);
    /* the path a@0 b@1 exists although another a stands at 1: ClickHouse loses it (issue 93789) */
    cr_assert_eq(walk("ab", "aab", time, 10000, TD_STRICT_INCREASE).level, 2);
}

Test(core_steps, one_event_serves_all_steps_of_its_kind_unless_once) {
    static const int64_t time[] = {2, 3};
    cr_assert_eq(walk("aaa", "a", time, 10000, 0).level, 3);
    cr_assert_eq(walk("aaa", "a", time, 10000, TD_STRICT_ONCE).level, 1);
    cr_assert_eq(walk("aaa", "a", time, 10000, TD_STRICT_INCREASE).level, 1);
    cr_assert_eq(walk("aaa", "aa", time, 10000, TD_STRICT_ONCE).level, 2);
    static const int64_t one[] = {5, 5, 5, 5};
    cr_assert_eq(walk("aba", "ab", one, 0, TD_STRICT_ONCE).level, 2);
    cr_assert_eq(walk("aba", "aab", one, 0, TD_STRICT_ONCE).level, 3);
    cr_assert_eq(walk("abab", "baab", one, 0, TD_STRICT_ONCE).level, 4);
}

Test(core_steps, the_path_is_the_first_to_get_there_with_the_latest_start) {
    td_step_path path = walk("abc", "aabacbac", NULL, TD_NO_WINDOW, 0);
    cr_assert_eq(path.level, 3);
    cr_assert_eq(path.entry, 1);
    cr_assert_eq(path.last, 4);
    static const int64_t times[] = {2, 3, 5};
    cr_assert_arr_eq(path.time, times, sizeof times);
}

Test(core_steps, impossible_steps_are_refused) {
    td_error err = {0};
    td_steps steps = {.n = 0, .window_ms = 1};
    cr_assert_eq(td_steps_check(&steps, &err), TD_ERR_ARG);
    steps.n = TD_MAX_STEPS + 1;
    cr_assert_eq(td_steps_check(&steps, &err), TD_ERR_ARG);
    steps = (td_steps){.n = 2, .kind = {0, 8}, .window_ms = 1};
    cr_assert_eq(td_steps_check(&steps, &err), TD_ERR_ARG);
    cr_assert(strstr(err.text, "step 2 asks for kind 8") != NULL, "%s", err.text);
    steps = (td_steps){.n = 2, .window_ms = -1};
    cr_assert_eq(td_steps_check(&steps, &err), TD_ERR_ARG);
    steps = (td_steps){.n = 2, .window_ms = 1, .modes = TD_ALLOW_REENTRY};
    cr_assert_eq(td_steps_check(&steps, &err), TD_ERR_ARG);
    cr_assert(strstr(err.text, "strict_order") != NULL, "%s", err.text);
    steps = (td_steps){.n = TD_MAX_STEPS, .window_ms = 0};
    cr_assert_eq(td_steps_check(&steps, &err), TD_OK);
    int64_t time[40];
    uint8_t kind[40] = {0};
    for (int i = 0; i < 40; i++) time[i] = i / 2;
    td_step_path path;
    steps.modes = TD_STRICT_INCREASE;
    steps.window_ms = TD_NO_WINDOW;
    td_steps_walk(&path, &steps, time, kind, 40);
    cr_assert_eq(path.level, 20);
}

/* Visitors keep what sessions cut apart. */
Test(core_steps, a_log_is_walked_by_visitor_or_by_session) {
    const int64_t hour = 3600000;
    const td_test_row rows[] = {
        {1000, 1, TD_VIEW, 10, TD_NO_TRANSACTION},   {2000, 1, TD_ADDTOCART, 10, TD_NO_TRANSACTION},
        {2000 + 2 * hour, 1, TD_TRANSACTION, 10, 5}, {1000, 2, TD_ADDTOCART, 11, TD_NO_TRANSACTION},
        {3000, 3, TD_VIEW, 10, TD_NO_TRANSACTION},
    };
    td_test_shop shop = td_test_shop_of_rows(rows, 5, 1);
    td_steps steps = {
        .n = 3, .kind = {TD_VIEW, TD_ADDTOCART, TD_TRANSACTION}, .window_ms = TD_NO_WINDOW};
    td_step_table table;
    td_error err = {0};
    cr_assert_eq(td_step_table_build(&table, &steps, &shop.log.events, &shop.sessions, NULL, &err),
                 TD_OK);
    const uint8_t visitor_level[] = {3, 0, 1};
    const uint32_t entry[] = {0, 3, 4};
    const uint32_t last[] = {2, 3, 4};
    cr_assert_eq(table.n, 3);
    cr_assert_arr_eq(table.level, visitor_level, sizeof visitor_level);
    cr_assert_arr_eq(table.entry, entry, sizeof entry);
    cr_assert_arr_eq(table.last, last, sizeof last);
    cr_assert_eq(table.time[2], 2000 + 2 * hour);
    td_step_table_free(&table);
    steps.unit = TD_UNIT_SESSION;
    cr_assert_eq(td_step_table_build(&table, &steps, &shop.log.events, &shop.sessions, NULL, &err),
                 TD_OK);
    const uint8_t session_level[] = {2, 0, 0, 1};
    cr_assert_eq(table.n, 4);
    cr_assert_arr_eq(table.level, session_level, sizeof session_level);
    td_step_table_free(&table);
    td_test_shop_free(&shop);
    cr_assert_eq(td_mem_live_bytes(), 0);
}
