/* tests/oracle/test_oracle_retailrocket.c: facts of the real sample that were worked out elsewhere
 * against the engine: rows, sessions, conversions and the 300 s split by the keepers of the data
 * (shared data folder, README), the finer ones by a dozen lines of Python over the same file. */
#include <criterion/criterion.h>

#include "core/base/mem.h"
#include "tests/support/data.h"
#include "tests/support/shop.h"

#define FIVE_MINUTES INT64_C(300000)

/* 0 and a message when the sample is not there. */
static int open_sample(td_test_shop *shop, int n_threads) {
    const char *path = td_test_data("retailrocket/events.csv");
    if (path == NULL) return 0;
    *shop = td_test_shop_of_path(path, n_threads);
    return 1;
}

static void assert_kpi(const td_test_shop *shop, td_kpi_id id, uint64_t numerator,
                       uint64_t denominator) {
    td_ratio ratio = shop->kpis.total.kpi[id];
    cr_expect_eq(ratio.numerator, numerator, "%s: %llu above", td_kpi_name(id),
                 (unsigned long long)ratio.numerator);
    cr_expect_eq(ratio.denominator, denominator, "%s: %llu below", td_kpi_name(id),
                 (unsigned long long)ratio.denominator);
}

Test(oracle_retailrocket, rows_and_copies_are_the_known_ones) {
    td_test_shop shop;
    if (!open_sample(&shop, 2)) return;
    cr_expect_eq(shop.log.n_rows_read, 9385);
    cr_expect_eq(shop.log.events.n, 9382);
    cr_expect_eq(shop.log.exclusions.n, 3);
    cr_expect_eq(shop.log.exclusions.n_by_reason[TD_EXACT_DUPLICATE], 3);
    cr_expect_eq(shop.log.events.visitors.n, 5000);
    cr_expect_eq(shop.log.events.items.n, 6610);
    cr_expect_eq(shop.log.events.first_timestamp, 1430622120563, "2015-05-03 03:02:00 UTC");
    cr_expect_eq(shop.log.events.last_timestamp, 1442539013281, "2015-09-18 01:16:53 UTC");
    td_test_shop_free(&shop);
    cr_assert_eq(td_mem_live_bytes(), 0);
}

/* Before copies are dropped: 9076 views, 263 carts, 46 transactions; two carts and a view go. */
Test(oracle_retailrocket, the_copies_are_two_carts_and_a_view) {
    td_test_shop shop;
    if (!open_sample(&shop, 1)) return;
    const char *text = td_file_bytes(shop.file).data;
    int n_of_letter[256] = {0};
    for (int i = 0; i < 3; i++) {
        const td_excluded_row *row = &shop.log.exclusions.row[i];
        int n_commas = 0;
        uint64_t at = row->offset;
        while (n_commas < 2) n_commas += text[at++] == ',';
        n_of_letter[(unsigned char)text[at]]++;
    }
    cr_expect_eq(n_of_letter['a'], 2);
    cr_expect_eq(n_of_letter['v'], 1);
    assert_kpi(&shop, TD_KPI_EVENTS_VIEW, 9076 - 1, 1);
    assert_kpi(&shop, TD_KPI_EVENTS_ADDTOCART, 263 - 2, 1);
    assert_kpi(&shop, TD_KPI_EVENTS_TRANSACTION, 46, 1);
    td_test_shop_free(&shop);
}

Test(oracle_retailrocket, key_figures_are_the_known_ones) {
    td_test_shop shop;
    if (!open_sample(&shop, 2)) return;
    assert_kpi(&shop, TD_KPI_SESSIONS, 6229, 1);
    assert_kpi(&shop, TD_KPI_VISITORS, 5000, 1);
    assert_kpi(&shop, TD_KPI_ORDERS, 40, 1);
    assert_kpi(&shop, TD_KPI_ITEMS_PER_ORDER, 46, 40);
    assert_kpi(&shop, TD_KPI_EVENTS_PER_SESSION, 9382, 6229);
    assert_kpi(&shop, TD_KPI_BOUNCE_RATE, 4837, 6229);
    assert_kpi(&shop, TD_KPI_VIEW_TO_CART, 129, 6217);
    assert_kpi(&shop, TD_KPI_CART_TO_PURCHASE, 33, 156);
    assert_kpi(&shop, TD_KPI_SESSION_CONVERSION, 40, 6229);
    assert_kpi(&shop, TD_KPI_CART_RATE, 156, 6229);
    assert_kpi(&shop, TD_KPI_CART_ABANDONMENT, 123, 156);
    assert_kpi(&shop, TD_KPI_VISITOR_CONVERSION, 39, 5000);
    assert_kpi(&shop, TD_KPI_CART_WITHOUT_VIEW, 11, 1);
    assert_kpi(&shop, TD_KPI_PURCHASE_WITHOUT_CART, 7, 1);
    assert_kpi(&shop, TD_KPI_PURCHASE_WITHOUT_VIEW, 3, 1);
    td_test_shop_free(&shop);
}

Test(oracle_retailrocket, waiting_times_and_calendar_are_the_known_ones) {
    td_test_shop shop;
    if (!open_sample(&shop, 2)) return;
    static const int64_t to_cart[] = {6819, 37279, 121407, 275826, 768126};
    static const int64_t to_purchase[] = {77584, 147354, 314646, 531252, 1255165};
    static const uint64_t weekday[] = {1029, 1029, 920, 949, 841, 728, 733};
    const td_kpi_duration *duration = shop.kpis.total.duration;
    cr_expect_eq(duration[TD_TIME_TO_CART].n, 129);
    cr_expect_eq(duration[TD_TIME_TO_PURCHASE].n, 33);
    cr_expect_arr_eq(duration[TD_TIME_TO_CART].quantile, to_cart, sizeof to_cart);
    cr_expect_arr_eq(duration[TD_TIME_TO_PURCHASE].quantile, to_purchase, sizeof to_purchase);
    const td_kpi_breakdown *by = shop.kpis.by;
    cr_expect_eq(by[TD_BY_HOUR].row[0].kpi[TD_KPI_SESSIONS].numerator, 309);
    cr_expect_eq(by[TD_BY_HOUR].row[20].kpi[TD_KPI_SESSIONS].numerator, 425);
    for (int i = 0; i < 7; i++) {
        cr_expect_eq(by[TD_BY_WEEKDAY].row[i].kpi[TD_KPI_SESSIONS].numerator, weekday[i]);
    }
    td_test_shop_free(&shop);
}

Test(oracle_retailrocket, long_sessions_and_early_purchases_are_the_known_ones) {
    td_test_shop shop;
    if (!open_sample(&shop, 2)) return;
    int n_long = 0;
    int n_early = 0;
    int n_late = 0;
    for (uint64_t s = 0; s < shop.sessions.n; s++) {
        int64_t start = shop.sessions.start[s];
        int64_t bought = shop.funnel.row[s].first_of_kind[TD_TRANSACTION];
        n_long += shop.sessions.end[s] - start > FIVE_MINUTES;
        n_early += bought != TD_NO_TIME && bought <= start + FIVE_MINUTES;
        n_late += bought != TD_NO_TIME && bought > start + FIVE_MINUTES;
    }
    cr_expect_eq(n_long, 499);
    cr_expect_eq(n_early, 9);
    cr_expect_eq(n_late, 31);
    td_test_shop_free(&shop);
}

/* Transaction rows without a cart of the same item at or before them in the session. */
static int is_uncarted(const td_test_shop *shop, uint64_t session, uint64_t event) {
    const td_events *e = &shop->log.events;
    if (e->kind[event] != TD_TRANSACTION) return 0;
    for (uint64_t i = shop->sessions.begin[session]; i < shop->sessions.begin[session + 1]; i++) {
        if (e->kind[i] == TD_ADDTOCART && e->item[i] == e->item[event] &&
            e->timestamp[i] <= e->timestamp[event]) {
            return 0;
        }
    }
    return 1;
}

Test(oracle_retailrocket, item_flags_and_uncarted_purchases_are_the_known_ones) {
    td_test_shop shop;
    if (!open_sample(&shop, 2)) return;
    int n_uncarted = 0;
    int n_flag[TD_N_FUNNEL_FLAGS] = {0};
    for (uint64_t s = 0; s < shop.sessions.n; s++) {
        for (int bit = 0; bit < TD_N_FUNNEL_FLAGS; bit++) {
            n_flag[bit] += shop.funnel.row[s].flags >> bit & 1;
        }
        for (uint64_t i = shop.sessions.begin[s]; i < shop.sessions.begin[s + 1]; i++) {
            n_uncarted += is_uncarted(&shop, s, i);
        }
    }
    cr_expect_eq(n_uncarted, 9);
    cr_expect_eq(n_flag[6], 121, "item_valid_cart");
    cr_expect_eq(n_flag[7], 33, "item_valid_purchase");
    cr_expect_eq(n_flag[8], 27, "item_valid_path");
    td_test_shop_free(&shop);
}

Test(oracle_retailrocket, threads_do_not_change_any_table) {
    td_test_shop one;
    if (!open_sample(&one, 1)) return;
    for (int n_threads = 2; n_threads <= 4; n_threads++) {
        td_test_shop other;
        cr_assert(open_sample(&other, n_threads));
        td_test_shop_assert_equal(&one, &other);
        td_test_shop_free(&other);
    }
    td_test_shop_free(&one);
    cr_assert_eq(td_mem_live_bytes(), 0);
}
