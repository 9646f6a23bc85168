/* tests/unit/test_core_kpi.c: key figures of a log small enough to count by hand, quantile ranks,
 * calendar labels, revenue. */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/kpi.h"
#include "tests/support/shop.h"

#define NONE TD_NO_TRANSACTION
#define HOUR INT64_C(3600000)

static void assert_ratio(const td_kpi_row *row, td_kpi_id id, uint64_t numerator,
                         uint64_t denominator) {
    cr_expect_eq(row->kpi[id].numerator, numerator, "%s: %llu above", td_kpi_name(id),
                 (unsigned long long)row->kpi[id].numerator);
    cr_expect_eq(row->kpi[id].denominator, denominator, "%s: %llu below", td_kpi_name(id),
                 (unsigned long long)row->kpi[id].denominator);
}

/* Visitor 1: view, cart, two-line order; an hour later a view. Visitor 2: a cart alone; visitor 3:
 * an order shared by two sessions without cart. */
static const td_test_row log_rows[] = {
    {0, 1, TD_VIEW, 1, NONE},          {60, 1, TD_ADDTOCART, 1, NONE},
    {100, 1, TD_TRANSACTION, 1, 500},  {100, 1, TD_TRANSACTION, 2, 500},
    {HOUR, 1, TD_VIEW, 3, NONE},       {5, 2, TD_ADDTOCART, 1, NONE},
    {HOUR, 3, TD_TRANSACTION, 1, 501}, {3 * HOUR, 3, TD_TRANSACTION, 2, 501},
};

Test(core_kpi, every_ratio_of_a_small_log_is_the_hand_count) {
    td_test_shop shop = td_test_shop_of_rows(log_rows, 8, 1);
    const td_kpi_row *t = &shop.kpis.total;
    assert_ratio(t, TD_KPI_SESSIONS, 5, 1);
    assert_ratio(t, TD_KPI_VISITORS, 3, 1);
    assert_ratio(t, TD_KPI_EVENTS_VIEW, 2, 1);
    assert_ratio(t, TD_KPI_EVENTS_ADDTOCART, 2, 1);
    assert_ratio(t, TD_KPI_EVENTS_TRANSACTION, 4, 1);
    assert_ratio(t, TD_KPI_ORDERS, 2, 1);
    assert_ratio(t, TD_KPI_ITEMS_PER_ORDER, 4, 2);
    assert_ratio(t, TD_KPI_EVENTS_PER_SESSION, 8, 5);
    assert_ratio(t, TD_KPI_BOUNCE_RATE, 4, 5);
    assert_ratio(t, TD_KPI_VIEW_TO_CART, 1, 2);
    assert_ratio(t, TD_KPI_CART_TO_PURCHASE, 1, 2);
    assert_ratio(t, TD_KPI_SESSION_CONVERSION, 3, 5);
    assert_ratio(t, TD_KPI_CART_RATE, 2, 5);
    assert_ratio(t, TD_KPI_CART_ABANDONMENT, 1, 2);
    assert_ratio(t, TD_KPI_VISITOR_CONVERSION, 2, 3);
    assert_ratio(t, TD_KPI_CART_WITHOUT_VIEW, 1, 1);
    assert_ratio(t, TD_KPI_PURCHASE_WITHOUT_CART, 2, 1);
    assert_ratio(t, TD_KPI_PURCHASE_WITHOUT_VIEW, 2, 1);
    assert_ratio(t, TD_KPI_REVENUE, 0, 0);
    cr_assert_eq(t->duration[TD_TIME_TO_CART].n, 1);
    cr_assert_eq(t->duration[TD_TIME_TO_CART].quantile[2], 60);
    cr_assert_eq(t->duration[TD_TIME_TO_PURCHASE].quantile[0], 40);
    td_test_shop_free(&shop);
    cr_assert_eq(td_mem_live_bytes(), 0);
}

/* Hour 1 holds two sessions; its order 501 is counted again in hour 3: groups need not add up. */
Test(core_kpi, orders_and_visitors_are_distinct_within_a_group) {
    td_test_shop shop = td_test_shop_of_rows(log_rows, 8, 1);
    const td_kpi_breakdown *hours = &shop.kpis.by[TD_BY_HOUR];
    cr_assert_eq(hours->n, 24);
    assert_ratio(&hours->row[0], TD_KPI_ORDERS, 1, 1);
    assert_ratio(&hours->row[1], TD_KPI_ORDERS, 1, 1);
    assert_ratio(&hours->row[3], TD_KPI_ORDERS, 1, 1);
    assert_ratio(&hours->row[1], TD_KPI_VISITORS, 2, 1);
    assert_ratio(&hours->row[2], TD_KPI_VISITORS, 0, 1);
    assert_ratio(&hours->row[2], TD_KPI_SESSION_CONVERSION, 0, 0);
    cr_assert(isnan(td_ratio_value(hours->row[2].kpi[TD_KPI_SESSION_CONVERSION])));
    cr_assert_eq(hours->row[2].duration[TD_TIME_TO_CART].quantile[0], TD_NO_TIME);
    cr_assert_eq(td_ratio_value(shop.kpis.total.kpi[TD_KPI_BOUNCE_RATE]), 0.8);
    td_test_shop_free(&shop);
}

/* n sessions of different visitors that wait 1 .. n ms from view to cart. */
static td_kpi_duration waits_up_to(int n) {
    td_test_row rows[400];
    for (int i = 0; i < n; i++) {
        rows[2 * i] = (td_test_row){0, i, TD_VIEW, 1, NONE};
        rows[2 * i + 1] = (td_test_row){1 + (i * 7 + 3) % n, i, TD_ADDTOCART, 1, NONE};
    }
    td_test_shop shop = td_test_shop_of_rows(rows, 2 * (uint64_t)n, 1);
    td_kpi_duration wait = shop.kpis.total.duration[TD_TIME_TO_CART];
    td_test_shop_free(&shop);
    return wait;
}

/* Rank ceil(n p), so among 1 .. n the quantile is the rank itself. */
Test(core_kpi, quantiles_are_order_statistics_of_rank_ceil_n_p) {
    static const int sizes[] = {1, 2, 4, 9, 10, 11, 100, 199};
    static const int64_t expected[][TD_N_QUANTILES] = {
        {1, 1, 1, 1, 1}, {1, 1, 1, 2, 2},  {1, 1, 2, 3, 4},      {1, 3, 5, 7, 9},
        {1, 3, 5, 8, 9}, {2, 3, 6, 9, 10}, {10, 25, 50, 75, 90}, {20, 50, 100, 150, 180}};
    for (int i = 0; i < 8; i++) {
        td_kpi_duration wait = waits_up_to(sizes[i]);
        cr_assert_eq(wait.n, sizes[i]);
        cr_assert_arr_eq(wait.quantile, expected[i], sizeof expected[i], "n = %d", sizes[i]);
    }
}

Test(core_kpi, revenue_adds_known_prices_of_transaction_events_in_thousandths) {
    td_test_shop shop = td_test_shop_of_rows(log_rows, 8, 1);
    /* Canonical order: visitor 1 (view, cart, buy, buy, view), visitor 2, visitor 3 (buy, buy). */
    int64_t price[] = {9000, 9000, 1500, 250, 9000, 9000, -1, 10};
    td_kpi_input input = td_test_shop_input(&shop);
    input.price = price;
    td_kpi_row total;
    cr_assert_eq(td_kpi_group(&total, 1, NULL, &input, NULL), TD_OK);
    assert_ratio(&total, TD_KPI_REVENUE, 1760, 1000);
    for (int i = 0; i < 8; i++) price[i] = INT64_MAX;
    cr_assert_eq(td_kpi_group(&total, 1, NULL, &input, NULL), TD_ERR_RANGE);
    td_test_shop_free(&shop);
    cr_assert_eq(td_mem_live_bytes(), 0);
}

Test(core_kpi, a_group_code_out_of_range_is_refused) {
    td_test_shop shop = td_test_shop_of_rows(log_rows, 8, 1);
    td_kpi_input input = td_test_shop_input(&shop);
    const uint32_t group[] = {0, 1, TD_CODE_NONE, 2, 0};
    td_kpi_row rows[2];
    td_error err = {0};
    cr_assert_eq(td_kpi_group(rows, 2, group, &input, &err), TD_ERR_RANGE);
    cr_assert_not_null(strstr(err.text, "session 3"));
    td_test_shop_free(&shop);
    cr_assert_eq(td_mem_live_bytes(), 0);
}

static void assert_label(td_kpi_calendar calendar, int64_t label, const char *expected) {
    char text[16];
    td_kpi_label_text(text, calendar, label);
    cr_expect_str_eq(text, expected);
}

/* Leap days, century rules, the last day of the calendar; 2015-05-03 was a Sunday. */
Test(core_kpi, labels_are_civil_dates_hours_and_weekdays) {
    assert_label(TD_BY_DAY, 0, "1970-01-01");
    assert_label(TD_BY_DAY, 59, "1970-03-01");
    assert_label(TD_BY_DAY, 11016, "2000-02-29");
    assert_label(TD_BY_DAY, 16558, "2015-05-03");
    assert_label(TD_BY_DAY, 47541, "2100-03-01");
    assert_label(TD_BY_DAY, TD_MAX_TIMESTAMP / 86400000, "9999-12-31");
    assert_label(TD_BY_HOUR, 7, "07");
    assert_label(TD_BY_WEEKDAY, 0, "monday");
    const td_test_row sunday = {16558 * 24 * HOUR, 1, TD_VIEW, 1, NONE};
    td_test_shop shop = td_test_shop_of_rows(&sunday, 1, 1);
    assert_ratio(&shop.kpis.by[TD_BY_WEEKDAY].row[6], TD_KPI_SESSIONS, 1, 1);
    td_test_shop_free(&shop);
}

Test(core_kpi, names_are_those_of_the_json_object) {
    cr_assert_str_eq(td_kpi_name(TD_KPI_SESSION_CONVERSION), "session_conversion");
    cr_assert_str_eq(td_kpi_name(TD_KPI_VIEW_TO_CART), "view_to_cart");
    for (int i = 0; i < TD_N_KPIS; i++) {
        cr_assert_neq(strlen(td_kpi_name(i)), 0);
        cr_assert_neq(strlen(td_kpi_definition(i)), 0);
    }
    cr_assert_str_eq(td_kpi_duration_name(TD_TIME_TO_PURCHASE), "time_to_purchase");
    cr_assert_str_eq(td_kpi_calendar_name(TD_BY_WEEKDAY), "weekday");
}
