/* tests/unit/test_core_eda.c: spreads, suspects and coverage of shops small enough to count. */
#include <criterion/criterion.h>

#include "core/base/mem.h"
#include "core/eda.h"
#include "tests/support/shop.h"

static const int64_t SECOND = 1000, MINUTE = 60000, HOUR = 3600000;
static const int64_t MONDAY = INT64_C(1430697600000); /* 2015-05-04 00:00 UTC */

static td_eda look_at(const td_test_shop *shop, const td_eda_rule *rule) {
    td_eda eda;
    td_error err = {0};
    td_eda_input input = {&shop->log.events, &shop->sessions, NULL};
    cr_assert_eq(td_eda_build(&eda, &input, rule, NULL, &err), TD_OK, "%s", err.text);
    return eda;
}

/* Visitor 1: 3 events within 70 s, 2 h later one more. Visitor 2: one event. */
Test(core_eda, spreads_are_counted_by_hand) {
    const int64_t none = TD_NO_TRANSACTION;
    const td_test_row rows[] = {
        {MONDAY, 1, TD_VIEW, 5, none},
        {MONDAY + 10 * SECOND, 1, TD_VIEW, 6, none},
        {MONDAY + 70 * SECOND, 1, TD_ADDTOCART, 5, none},
        {MONDAY + 70 * SECOND + 2 * HOUR, 1, TD_TRANSACTION, 5, 9},
        {MONDAY + HOUR, 2, TD_VIEW, 5, none},
    };
    td_test_shop shop = td_test_shop_of_rows(rows, 5, 1);
    td_eda_rule rule = td_eda_rule_default();
    td_eda eda = look_at(&shop, &rule);
    const td_spread *events = &eda.spread[TD_SPREAD_SESSION_EVENTS];
    cr_assert_eq(events->n, 3);
    cr_assert_eq(events->bin[0], 2); /* of one event */
    cr_assert_eq(events->bin[2], 1); /* of three */
    cr_assert_eq(events->least, 1);
    cr_assert_eq(events->greatest, 3);
    cr_assert_eq(events->quantile[2], 1); /* the median */
    cr_assert_eq(events->quantile[4], 3); /* rank ceil(3 * 0.9) */
    const td_spread *duration = &eda.spread[TD_SPREAD_SESSION_DURATION];
    cr_assert_eq(duration->n, 1);
    cr_assert_eq(duration->greatest, 70 * SECOND);
    const td_spread *gap = &eda.spread[TD_SPREAD_GAP];
    cr_assert_eq(gap->n, 2);
    cr_assert_eq(gap->least, 10 * SECOND);
    cr_assert_eq(gap->greatest, 60 * SECOND);
    cr_assert_eq(gap->mean, 35 * SECOND);
    const td_spread *pause = &eda.spread[TD_SPREAD_PAUSE];
    cr_assert_eq(pause->n, 1);
    cr_assert_eq(pause->least, 2 * HOUR);
    cr_assert_eq(eda.spread[TD_SPREAD_VISITOR_EVENTS].n, 2);
    cr_assert_eq(eda.spread[TD_SPREAD_ITEM_EVENTS].greatest, 4);
    for (int id = 0; id < TD_N_SPREADS; id++) { /* every value is in one bin */
        uint64_t n = 0;
        for (uint32_t b = 0; b < eda.spread[id].n_bins; b++) n += eda.spread[id].bin[b];
        cr_assert_eq(n, eda.spread[id].n, "%s", td_spread_name((td_spread_id)id));
    }
    cr_assert_eq(eda.n_visitors, 2);
    cr_assert_eq(eda.visitor[0].id, 1);
    cr_assert_eq(eda.visitor[0].n_sessions, 2);
    cr_assert_eq(eda.visitor[0].median_gap_ms, 10 * SECOND);
    cr_assert_eq(eda.visitor[1].median_gap_ms, -1);
    cr_assert_eq(eda.item[0].id, 5);
    cr_assert_eq(eda.item[0].n_of_kind[TD_TRANSACTION], 1);
    cr_assert_eq(eda.robotic.visitors, 0);
    td_test_shop_free(&shop);
}

/* Visitor 1 looks at 51 pages, 1.999 s each; visitor 2 at 50 pages, one gap fewer; visitor 3 at
 * one page in each of 20 hours of a day; visitor 4 in 20 hours of two days. */
Test(core_eda, machines_are_named_by_the_rule_and_only_by_it) {
    enum { N = 51 + 50 + 20 + 20 };
    td_test_row rows[N];
    int n = 0;
    for (int i = 0; i < 51; i++)
        rows[n++] = (td_test_row){MONDAY + i * 1999, 1, TD_VIEW, i, TD_NO_TRANSACTION};
    for (int i = 0; i < 50; i++)
        rows[n++] = (td_test_row){MONDAY + i * 1999, 2, TD_VIEW, i, TD_NO_TRANSACTION};
    for (int i = 0; i < 20; i++)
        rows[n++] = (td_test_row){MONDAY + i * HOUR, 3, TD_VIEW, 1, TD_NO_TRANSACTION};
    for (int i = 0; i < 20; i++)
        rows[n++] = (td_test_row){MONDAY + (14 + i) * HOUR, 4, TD_TRANSACTION, 1, i};
    td_test_shop shop = td_test_shop_of_rows(rows, N, 1);
    td_eda_rule rule = td_eda_rule_default();
    rule.heavy_events = 51;
    td_eda eda = look_at(&shop, &rule);
    cr_assert_eq(eda.flagged[0].visitors, 1, "heavy");
    cr_assert_eq(eda.flagged[1].visitors, 1, "fast");
    cr_assert_eq(eda.flagged[1].events, 51);
    cr_assert_eq(eda.flagged[2].visitors, 1, "sleepless");
    cr_assert_eq(eda.flagged[2].transactions, 0);
    cr_assert_eq(eda.robotic.visitors, 2);
    cr_assert_eq(eda.robotic.events, 71);
    cr_assert_eq(eda.visitor[0].flags, TD_VISITOR_HEAVY | TD_VISITOR_FAST);
    cr_assert_eq(eda.visitor[3].day_hours, 10);
    cr_assert_eq(eda.visitor[3].id, 4); /* ties stand by id */
    rule.fast_ms = 1999;                /* "shorter than" */
    eda = look_at(&shop, &rule);
    cr_assert_eq(eda.flagged[1].visitors, 0);
    td_test_shop_free(&shop);
    cr_assert_eq(td_mem_live_bytes(), 0);
}

Test(core_eda, only_the_busiest_are_listed) {
    td_test_row rows[600];
    int n = 0;
    for (int v = 1; v <= 30; v++) {
        for (int i = 0; i < v && n < 600; i++)
            rows[n++] = (td_test_row){MONDAY + i * MINUTE, v, TD_VIEW, 100 - v, TD_NO_TRANSACTION};
    }
    td_test_shop shop = td_test_shop_of_rows(rows, (uint64_t)n, 1);
    td_eda_rule rule = td_eda_rule_default();
    td_eda eda = look_at(&shop, &rule);
    cr_assert_eq(eda.n_visitors, TD_EDA_TOP);
    for (int i = 0; i < TD_EDA_TOP; i++) {
        cr_assert_eq(eda.visitor[i].id, 30 - i);
        cr_assert_eq(eda.item[i].id, 70 + i);
        cr_assert_eq(eda.item[i].n_of_kind[TD_VIEW], (uint64_t)(30 - i));
    }
    td_test_shop_free(&shop);
}
