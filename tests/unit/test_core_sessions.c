/* tests/unit/test_core_sessions.c: where a session ends, and what the ends of the log hide. */
#include <criterion/criterion.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/sessions.h"
#include "tests/support/shop.h"

#define GAP  TD_DEFAULT_GAP_MS
#define NONE TD_NO_TRANSACTION

static td_test_row view(int64_t visitor, int64_t timestamp) {
    return (td_test_row){timestamp, visitor, TD_VIEW, 1, NONE};
}

Test(core_sessions, a_gap_of_30_minutes_stays_and_one_millisecond_more_cuts) {
    const td_test_row rows[] = {view(1, 0), view(1, GAP), view(1, 2 * GAP + 1), view(2, GAP)};
    td_test_shop shop = td_test_shop_of_rows(rows, 4, 1);
    const td_sessions *s = &shop.sessions;
    const uint32_t begin[] = {0, 2, 3, 4};
    const uint32_t visitor[] = {0, 0, 1};
    const int64_t start[] = {0, 2 * GAP + 1, GAP};
    const int64_t end[] = {GAP, 2 * GAP + 1, GAP};
    const uint32_t visitor_begin[] = {0, 2, 3};
    cr_assert_eq(s->n, 3);
    cr_assert_arr_eq(s->begin, begin, sizeof begin);
    cr_assert_arr_eq(s->visitor, visitor, sizeof visitor);
    cr_assert_arr_eq(s->start, start, sizeof start);
    cr_assert_arr_eq(s->end, end, sizeof end);
    cr_assert_arr_eq(s->visitor_begin, visitor_begin, sizeof visitor_begin);
    td_test_shop_free(&shop);
    cr_assert_eq(td_mem_live_bytes(), 0);
}

/* Log from 1000 to 1000 + 10 GAP. Censored: end + GAP > last. Left-truncated: start < first +
 * GAP. */
Test(core_sessions, the_ends_of_the_log_censor_and_truncate_by_strict_comparisons) {
    const int64_t first = 1000;
    const int64_t last = first + 10 * GAP;
    const td_test_row rows[] = {view(1, first),      view(2, first + GAP - 1), view(3, first + GAP),
                                view(4, last - GAP), view(5, last - GAP + 1),  view(6, last)};
    td_test_shop shop = td_test_shop_of_rows(rows, 6, 1);
    const uint8_t truncated[] = {1, 1, 0, 0, 0, 0};
    const uint8_t censored[] = {0, 0, 0, 0, 1, 1};
    cr_assert_arr_eq(shop.sessions.is_left_truncated, truncated, sizeof truncated);
    cr_assert_arr_eq(shop.sessions.is_censored, censored, sizeof censored);
    td_test_shop_free(&shop);
}

Test(core_sessions, gap_0_cuts_at_every_new_millisecond_only) {
    const td_test_row rows[] = {view(1, 5), {5, 1, TD_ADDTOCART, 1, NONE}, view(1, 6)};
    td_events events = td_test_events(rows, 3, 1);
    td_sessions sessions;
    cr_assert_eq(td_sessions_build(&sessions, &events, 0, NULL, NULL), TD_OK);
    cr_assert_eq(sessions.n, 2);
    cr_assert_eq(sessions.begin[1], 2);
    td_sessions_free(&sessions);
    td_events_free(&events);
}

Test(core_sessions, the_greatest_gap_makes_one_session_a_visitor_without_overflow) {
    const td_test_row rows[] = {view(1, 0), view(1, TD_MAX_TIMESTAMP), view(2, 7)};
    td_events events = td_test_events(rows, 3, 1);
    td_sessions sessions;
    cr_assert_eq(td_sessions_build(&sessions, &events, INT64_MAX, NULL, NULL), TD_OK);
    cr_assert_eq(sessions.n, 2);
    cr_assert(sessions.is_censored[0] && sessions.is_censored[1]);
    cr_assert(sessions.is_left_truncated[0] && sessions.is_left_truncated[1]);
    td_sessions_free(&sessions);
    td_events_free(&events);
}

Test(core_sessions, a_negative_gap_is_refused_with_its_value) {
    td_events events = td_test_events(NULL, 0, 1);
    td_sessions sessions;
    td_error err = {0};
    cr_assert_eq(td_sessions_build(&sessions, &events, -1, NULL, &err), TD_ERR_ARG);
    cr_assert_not_null(strstr(err.text, "-1"));
    td_events_free(&events);
}
