/* tests/unit/test_core_steps_groups.c: groups and waiting times of a log small enough to count. */
#include <criterion/criterion.h>

#include "core/base/mem.h"
#include "core/steps_groups.h"
#include "tests/support/shop.h"

static const int64_t HOUR = 3600000, DAY = 86400000;
static const int64_t MONDAY = INT64_C(1430697600000); /* 2015-05-04 00:00 UTC */

/* Visitor 1: view at 09 on Monday, cart 10 min later. Visitor 2: cart at 09, view at 10 on Tuesday.
 * Visitor 3: view on Monday at 23, cart on Wednesday. Visitor 4: a purchase on Thursday, the end.
 */
static td_test_shop make_shop(void) {
    const int64_t none = TD_NO_TRANSACTION;
    const td_test_row rows[] = {
        {MONDAY + 9 * HOUR, 1, TD_VIEW, 5, none},
        {MONDAY + 9 * HOUR + 600000, 1, TD_ADDTOCART, 5, none},
        {MONDAY + DAY + 9 * HOUR, 2, TD_ADDTOCART, 5, none},
        {MONDAY + DAY + 10 * HOUR, 2, TD_VIEW, 5, none},
        {MONDAY + 23 * HOUR, 3, TD_VIEW, 5, none},
        {MONDAY + 2 * DAY + 23 * HOUR, 3, TD_ADDTOCART, 5, none},
        {MONDAY + 3 * DAY, 4, TD_TRANSACTION, 5, 1},
    };
    return td_test_shop_of_rows(rows, 7, 1);
}

static td_step_table walk(const td_test_shop *shop, int64_t window) {
    td_steps steps = {.n = 2, .kind = {TD_VIEW, TD_ADDTOCART}, .window_ms = window};
    td_step_table table;
    td_error err = {0};
    cr_assert_eq(
        td_step_table_build(&table, &steps, &shop->log.events, &shop->sessions, NULL, &err), TD_OK,
        "%s", err.text);
    return table;
}

static void assert_group(const td_step_group *group, int64_t label, uint64_t units, uint64_t first,
                         uint64_t second) {
    cr_assert_eq(group->label, label);
    cr_assert_eq(group->n_units, units);
    cr_assert_eq(group->reached[0], first);
    cr_assert_eq(group->reached[1], second);
}

Test(core_steps_groups, units_stand_in_the_group_of_one_of_their_events) {
    td_test_shop shop = make_shop();
    td_step_table table = walk(&shop, TD_NO_WINDOW);
    td_step_breakdown by;
    td_error err = {0};
    td_step_grouping grouping = {TD_STEPS_BY_HOUR, TD_TOUCH_ENTRY};
    cr_assert_eq(td_step_breakdown_build(&by, &table, grouping, &shop.log.events, NULL, &err),
                 TD_OK);
    cr_assert_eq(by.n, 3); /* visitor 4 never entered */
    assert_group(&by.group[0], 9, 1, 1, 1);
    assert_group(&by.group[1], 10, 1, 1, 0);
    assert_group(&by.group[2], 23, 1, 1, 1);
    td_step_breakdown_free(&by);
    grouping = (td_step_grouping){TD_STEPS_BY_KIND, TD_TOUCH_FIRST};
    cr_assert_eq(td_step_breakdown_build(&by, &table, grouping, &shop.log.events, NULL, &err),
                 TD_OK);
    cr_assert_eq(by.n, 3);
    assert_group(&by.group[0], TD_VIEW, 2, 2, 2);
    assert_group(&by.group[1], TD_ADDTOCART, 1, 1, 0);
    assert_group(&by.group[2], TD_TRANSACTION, 1, 0, 0);
    td_step_breakdown_free(&by);
    grouping = (td_step_grouping){TD_STEPS_BY_WEEKDAY, TD_TOUCH_LAST};
    cr_assert_eq(td_step_breakdown_build(&by, &table, grouping, &shop.log.events, NULL, &err),
                 TD_OK);
    cr_assert_eq(by.n, 3);
    assert_group(&by.group[0], 0, 1, 1, 1);
    assert_group(&by.group[1], 1, 1, 1, 0);
    assert_group(&by.group[2], 2, 1, 1, 1); /* got farthest on Wednesday */
    td_step_breakdown_free(&by);
    grouping = (td_step_grouping){TD_STEPS_BY_CATEGORY, TD_TOUCH_FIRST};
    cr_assert_eq(td_step_breakdown_build(&by, &table, grouping, &shop.log.events, NULL, &err),
                 TD_ERR_ARG);
    td_step_table_free(&table);
    td_test_shop_free(&shop);
    cr_assert_eq(td_mem_live_bytes(), 0);
}

Test(core_steps_groups, who_has_not_converted_is_watched_to_the_end_of_window_or_log) {
    td_test_shop shop = make_shop();
    td_step_table table = walk(&shop, TD_NO_WINDOW);
    td_step_waits waits;
    td_error err = {0};
    cr_assert_eq(td_step_waits_build(&waits, &table, 1, 2, &err), TD_OK);
    const int64_t open[] = {600000, 2 * DAY - 10 * HOUR, 2 * DAY};
    const uint8_t open_events[] = {1, 0, 1};
    cr_assert_eq(waits.n, 3);
    cr_assert_arr_eq(waits.time, open, sizeof open);
    cr_assert_arr_eq(waits.is_event, open_events, sizeof open_events);
    td_step_waits_free(&waits);
    td_step_table_free(&table);
    table = walk(&shop, DAY);
    cr_assert_eq(td_step_waits_build(&waits, &table, 1, 2, &err), TD_OK);
    const int64_t closed[] = {600000, DAY, DAY};
    const uint8_t closed_events[] = {1, 0, 0};
    cr_assert_arr_eq(waits.time, closed, sizeof closed);
    cr_assert_arr_eq(waits.is_event, closed_events, sizeof closed_events);
    td_step_waits_free(&waits);
    td_step_table_free(&table);
    td_test_shop_free(&shop);
    cr_assert_eq(td_mem_live_bytes(), 0);
}
