/* tests/unit/test_core_funnel.c: every flag on sessions small enough to judge by eye. */
#include <criterion/criterion.h>

#include "core/base/mem.h"
#include "core/funnel.h"
#include "tests/support/shop.h"

/* One letter an event: v view, c cart, p purchase; item and time are digits: "v1@3". */
static td_funnel_row row_of(const char *text) {
    td_test_row rows[32];
    uint64_t n = 0;
    for (const char *c = text; *c != '\0'; c += c[4] == ' ' ? 5 : 4) {
        int64_t kind = c[0] == 'v' ? TD_VIEW : c[0] == 'c' ? TD_ADDTOCART : TD_TRANSACTION;
        rows[n++] = (td_test_row){.timestamp = c[3] - '0',
                                  .visitor = 1,
                                  .kind = kind,
                                  .item = c[1] - '0',
                                  .transaction = kind == TD_TRANSACTION ? 9 : TD_NO_TRANSACTION};
    }
    td_test_shop shop = td_test_shop_of_rows(rows, n, 1);
    cr_assert_eq(shop.funnel.n, 1);
    td_funnel_row row = shop.funnel.row[0];
    td_test_shop_free(&shop);
    return row;
}

static void assert_flags(const char *text, int expected) {
    td_funnel_row row = row_of(text);
    for (int bit = 0; bit < TD_N_FUNNEL_FLAGS; bit++) {
        cr_expect_eq(row.flags >> bit & 1, expected >> bit & 1, "%s of \"%s\" is %d",
                     td_funnel_flag_name(bit), text, row.flags >> bit & 1);
    }
}

enum {
    ALL_KINDS = TD_HAS_VIEW | TD_HAS_CART | TD_HAS_PURCHASE,
    SESSION_PATH = TD_VALID_CART | TD_VALID_PURCHASE | TD_VALID_PATH,
    ITEM_PATH = TD_ITEM_VALID_CART | TD_ITEM_VALID_PURCHASE | TD_ITEM_VALID_PATH
};

Test(core_funnel, counts_times_and_stage_of_a_full_path) {
    td_funnel_row row = row_of("v1@1 v2@2 c1@3 c1@5 p1@6");
    const uint32_t counts[] = {2, 2, 1};
    const int64_t first[] = {1, 3, 6};
    cr_assert_arr_eq(row.n_of_kind, counts, sizeof counts);
    cr_assert_arr_eq(row.first_of_kind, first, sizeof first);
    cr_assert_eq(row.stage, TD_TRANSACTION);
    cr_assert_eq(row.flags, ALL_KINDS | SESSION_PATH | ITEM_PATH);
}

Test(core_funnel, a_view_alone_has_no_times_of_later_kinds) {
    td_funnel_row row = row_of("v1@4");
    cr_assert_eq(row.flags, TD_HAS_VIEW);
    cr_assert_eq(row.stage, TD_VIEW);
    cr_assert_eq(row.first_of_kind[TD_ADDTOCART], TD_NO_TIME);
    cr_assert_eq(row.first_of_kind[TD_TRANSACTION], TD_NO_TIME);
}

Test(core_funnel, order_and_equal_times_give_the_same_flags) {
    assert_flags("v1@1 c1@2 p1@3", ALL_KINDS | SESSION_PATH | ITEM_PATH);
    assert_flags("v1@1 c1@1 p1@1", ALL_KINDS | SESSION_PATH | ITEM_PATH);
}

Test(core_funnel, a_late_view_leaves_the_cart_invalid) {
    assert_flags("c1@1 v1@2", TD_HAS_VIEW | TD_HAS_CART);
    assert_flags("c1@1 v1@2 c1@3", TD_HAS_VIEW | TD_HAS_CART | TD_ITEM_VALID_CART);
}

Test(core_funnel, session_and_item_flags_differ_when_items_differ) {
    assert_flags("v1@1 c2@2 p3@3", ALL_KINDS | SESSION_PATH);
    assert_flags("v1@1 c1@2 c2@3 p2@4",
                 ALL_KINDS | SESSION_PATH | TD_ITEM_VALID_CART | TD_ITEM_VALID_PURCHASE);
}

/* view 3 <= cart 3, cart 1 <= purchase 2, but no cart lies between a view and a purchase. */
Test(core_funnel, an_item_path_needs_one_cart_between_view_and_purchase) {
    assert_flags("c1@1 p1@2 v1@3 c1@3",
                 ALL_KINDS | TD_VALID_PURCHASE | TD_ITEM_VALID_CART | TD_ITEM_VALID_PURCHASE);
    assert_flags("c1@1 v1@3 c1@3 p1@4", ALL_KINDS | TD_VALID_PURCHASE | ITEM_PATH);
}

Test(core_funnel, anomalies_are_counted) {
    assert_flags("c1@1", TD_HAS_CART | TD_CART_WITHOUT_VIEW);
    assert_flags("p1@1", TD_HAS_PURCHASE | TD_PURCHASE_WITHOUT_CART | TD_PURCHASE_WITHOUT_VIEW);
    assert_flags("v1@1 p1@2", TD_HAS_VIEW | TD_HAS_PURCHASE | TD_PURCHASE_WITHOUT_CART);
    assert_flags("p1@1 c1@2",
                 TD_HAS_CART | TD_HAS_PURCHASE | TD_CART_WITHOUT_VIEW | TD_PURCHASE_WITHOUT_VIEW);
}

/* 5000 views of distinct items around one path: the item sort leaves the stack. */
Test(core_funnel, a_very_long_session_finds_its_one_item_path) {
    enum { N = 5000 };
    td_test_row *rows = td_mem_array(N + 2, sizeof *rows, NULL);
    cr_assert_not_null(rows);
    for (int i = 0; i < N; i++) {
        rows[i] = (td_test_row){i, 1, TD_VIEW, N - i, TD_NO_TRANSACTION};
    }
    rows[N] = (td_test_row){N, 1, TD_ADDTOCART, 77, TD_NO_TRANSACTION};
    rows[N + 1] = (td_test_row){N, 1, TD_TRANSACTION, 77, 3};
    td_test_shop shop = td_test_shop_of_rows(rows, N + 2, 1);
    cr_assert_eq(shop.funnel.n, 1);
    cr_assert_eq(shop.funnel.row[0].flags, ALL_KINDS | SESSION_PATH | ITEM_PATH);
    td_test_shop_free(&shop);
    td_mem_free(rows);
    cr_assert_eq(td_mem_live_bytes(), 0);
}
