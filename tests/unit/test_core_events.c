/* tests/unit/test_core_events.c: canonical order, copies, codes. */
#include <criterion/criterion.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/events.h"
#include "tests/support/shop.h"

#define NONE TD_NO_TRANSACTION

Test(core_events, rows_stand_in_canonical_order_with_rank_codes) {
    const td_test_row rows[] = {
        {50, 9, TD_TRANSACTION, 4, 77}, {50, 9, TD_VIEW, 8, NONE},      {50, 9, TD_VIEW, 4, NONE},
        {50, 9, TD_TRANSACTION, 4, 76}, {50, 9, TD_ADDTOCART, 4, NONE}, {90, 2, TD_VIEW, 8, NONE},
        {10, 9, TD_VIEW, 100, NONE},
    };
    td_events events = td_test_events(rows, 7, 1);
    const uint64_t order[] = {5, 6, 2, 1, 4, 3, 0}; /* rows of the table above */
    cr_assert_eq(events.n, 7);
    for (int i = 0; i < 7; i++) {
        const td_test_row *row = &rows[order[i]];
        cr_assert_eq(events.timestamp[i], row->timestamp);
        cr_assert_eq(events.visitors.id[events.visitor[i]], row->visitor);
        cr_assert_eq(events.items.id[events.item[i]], row->item);
        cr_assert_eq(events.kind[i], row->kind);
        cr_assert_eq(events.transaction[i], row->transaction);
    }
    cr_assert_eq(events.visitors.n, 2);
    cr_assert_eq(events.items.n, 3);
    cr_assert_eq(events.visitor[0], 0, "visitor 2 ranks before visitor 9");
    cr_assert_eq(events.first_timestamp, 10);
    cr_assert_eq(events.last_timestamp, 90);
    td_events_free(&events);
    cr_assert_eq(td_mem_live_bytes(), 0);
}

Test(core_events, later_copies_are_dropped_and_reported_ascending) {
    const td_test_row rows[] = {
        {5, 2, TD_VIEW, 1, NONE}, {5, 1, TD_VIEW, 1, NONE}, {5, 2, TD_VIEW, 1, NONE},
        {5, 1, TD_VIEW, 1, NONE}, {5, 2, TD_VIEW, 1, NONE}, {5, 2, TD_ADDTOCART, 1, NONE},
    };
    td_raw_events raw = td_test_raw(rows, 6);
    td_events events;
    uint64_t *duplicate;
    uint64_t n;
    cr_assert_eq(td_events_build(&events, &duplicate, &n, &raw, NULL, NULL), TD_OK);
    const uint64_t dropped[] = {2, 3, 4};
    cr_assert_eq(n, 3);
    cr_assert_arr_eq(duplicate, dropped, sizeof dropped);
    cr_assert_eq(events.n, 3);
    cr_assert_null(raw.timestamp, "raw rows are consumed");
    td_events_free(&events);
    td_mem_free(duplicate);
    cr_assert_eq(td_mem_live_bytes(), 0);
}

Test(core_events, no_rows_give_an_empty_store) {
    td_test_shop shop = td_test_shop_of_rows(NULL, 0, 2);
    cr_assert_eq(shop.log.events.n, 0);
    cr_assert_eq(shop.log.events.visitors.n, 0);
    cr_assert_eq(shop.sessions.n, 0);
    cr_assert_eq(shop.sessions.begin[0], 0);
    cr_assert_eq(shop.funnel.n, 0);
    cr_assert_eq(shop.kpis.total.kpi[TD_KPI_SESSIONS].numerator, 0);
    cr_assert_eq(shop.kpis.by[TD_BY_DAY].n, 0);
    td_test_shop_free(&shop);
    cr_assert_eq(td_mem_live_bytes(), 0);
}

Test(core_events, more_rows_than_an_index_holds_are_refused) {
    td_raw_events raw = {.n = UINT32_MAX};
    td_events events;
    uint64_t *duplicate;
    uint64_t n;
    td_error err = {0};
    cr_assert_eq(td_events_build(&events, &duplicate, &n, &raw, NULL, &err), TD_ERR_RANGE);
    cr_assert_not_null(strstr(err.text, "4294967295"));
}

static td_test_row *random_rows(uint64_t n, uint64_t n_visitors, uint64_t seed) {
    td_test_row *rows = td_mem_array(n, sizeof *rows, NULL);
    cr_assert_not_null(rows);
    for (uint64_t i = 0; i < n; i++) {
        int64_t kind = (int64_t)(td_test_random(&seed) % 3);
        rows[i] = (td_test_row){.timestamp = (int64_t)(td_test_random(&seed) % 5000),
                                .visitor = (int64_t)(td_test_random(&seed) % n_visitors) * 31,
                                .kind = kind,
                                .item = (int64_t)(td_test_random(&seed) % 7),
                                .transaction = kind == TD_TRANSACTION ? 4 : NONE};
    }
    return rows;
}

static int is_increasing(const td_events *e, uint64_t i) {
    if (e->visitor[i] != e->visitor[i - 1]) return e->visitor[i] > e->visitor[i - 1];
    if (e->timestamp[i] != e->timestamp[i - 1]) return e->timestamp[i] > e->timestamp[i - 1];
    if (e->kind[i] != e->kind[i - 1]) return e->kind[i] > e->kind[i - 1];
    if (e->item[i] != e->item[i - 1]) return e->item[i] > e->item[i - 1];
    return e->transaction[i] > e->transaction[i - 1];
}

/* One visitor makes one large partition (merge sort), 2000 fill the partitions, 100000 need a
 * shift. */
Test(core_events, order_is_strict_for_few_and_many_visitors_and_any_threads) {
    enum { N = 200000 };
    static const uint64_t n_visitors[] = {1, 2000, 100000};
    for (int k = 0; k < 3; k++) {
        td_test_row *rows = random_rows(N, n_visitors[k], (uint64_t)k);
        td_test_shop one = td_test_shop_of_rows(rows, N, 1);
        td_test_shop three = td_test_shop_of_rows(rows, N, 3);
        for (uint64_t i = 1; i < one.log.events.n; i++) {
            cr_assert(is_increasing(&one.log.events, i));
        }
        td_test_shop_assert_equal(&one, &three);
        td_test_shop_free(&one);
        td_test_shop_free(&three);
        td_mem_free(rows);
    }
    cr_assert_eq(td_mem_live_bytes(), 0);
}

Test(core_events, names_of_reasons_and_kinds_are_those_of_the_files) {
    cr_assert_str_eq(td_exclusion_reason_name(TD_KEPT), "kept");
    cr_assert_str_eq(td_exclusion_reason_name(TD_MISSING_TRANSACTIONID), "missing_transactionid");
    cr_assert_str_eq(td_exclusion_reason_name(TD_EXACT_DUPLICATE), "exact_duplicate");
    cr_assert_str_eq(td_event_kind_name(TD_ADDTOCART), "addtocart");
}
