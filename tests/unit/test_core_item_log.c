/* tests/unit/test_core_item_log.c: events by item, with running counts. */
#include <criterion/criterion.h>

#include "core/base/mem.h"
#include "core/item_log.h"
#include "tests/support/shop.h"

Test(core_item_log, events_stand_by_item_time_and_kind_with_running_counts) {
    const int64_t none = TD_NO_TRANSACTION;
    const td_test_row rows[] = {
        {50, 1, TD_TRANSACTION, 7, 3},  {20, 1, TD_VIEW, 7, none}, {50, 2, TD_ADDTOCART, 7, none},
        {10, 2, TD_ADDTOCART, 9, none}, {50, 3, TD_VIEW, 7, none}, {30, 3, TD_ADDTOCART, 7, none},
        {10, 4, TD_VIEW, 9, none},      {10, 5, TD_VIEW, 9, none},
    };
    td_events events = td_test_events(rows, 8, 1);
    td_item_log log;
    td_error err = {0};
    cr_assert_eq(td_item_log_build(&log, &events, NULL, &err), TD_OK);
    const uint32_t begin[] = {0, 5, 8};
    const int64_t time[] = {20, 30, 50, 50, 50, 10, 10, 10};
    const uint8_t kind[] = {0, 1, 0, 1, 2, 0, 0, 1};
    const uint32_t carts[] = {0, 1, 1, 2, 2, 0, 0, 1};
    const uint32_t transactions[] = {0, 0, 0, 0, 1, 0, 0, 0};
    cr_assert_eq(log.n_items, 2);
    cr_assert_arr_eq(log.begin, begin, sizeof begin);
    cr_assert_arr_eq(log.time, time, sizeof time);
    cr_assert_arr_eq(log.kind, kind, sizeof kind);
    cr_assert_arr_eq(log.carts, carts, sizeof carts);
    cr_assert_arr_eq(log.transactions, transactions, sizeof transactions);
    td_item_log_free(&log);
    td_events_free(&events);
    cr_assert_eq(td_mem_live_bytes(), 0);
}
