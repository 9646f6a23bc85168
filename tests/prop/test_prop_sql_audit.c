/* tests/prop/test_prop_sql_audit.c: SQL and the engine agree on random logs full of ties, copies
 * and malformed rows, with random catalogs full of cycles, orphans and odd values; and when the
 * SQL says something else in one place, they no longer do. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "core/base/mem.h"
#include "tests/support/shop_text.h"
#include "tests/support/sql_shop.h"
#include "tests/support/synth.h"

enum { N_LOGS = 200, N_CATALOGS = 100 };

static td_test_shop random_shop(shop_text *text, uint64_t *random) {
    shop_text_make_rows(text, ORACLE_MAX_ROWS, 1, random);
    shop_text_write(text, random);
    td_test_shop shop = {.file = td_test_file(text->bytes, text->n_bytes)};
    td_error err = {0};
    cr_assert_eq(td_event_log_read(&shop.log, shop.file, NULL, &err), TD_OK, "%s", err.text);
    td_test_shop_finish(&shop, TD_DEFAULT_GAP_MS, 1);
    return shop;
}

Test(prop_sql_audit, sql_and_engine_agree_on_random_malformed_logs) {
    uint64_t random = 71;
    for (int i = 0; i < N_LOGS; i++) {
        shop_text text;
        td_test_shop shop = random_shop(&text, &random);
        td_sql_audit audit = td_test_sql_audit(&shop, shop.file, NULL, NULL);
        cr_assert_eq(audit.n_differences, 0, "log %d: %s", i, audit.difference[0]);
        cr_assert_eq(audit.n_sessions, shop.sessions.n);
        td_test_shop_free(&shop);
    }
    cr_assert_eq(td_mem_live_bytes(), 0);
}

/* Random logs until one of them shows the mutant; 0 = none did. */
static int is_caught(const sql_mutant *mutant) {
    uint64_t random = 72;
    for (int i = 0; i < N_LOGS; i++) {
        shop_text text;
        td_test_shop shop = random_shop(&text, &random);
        td_sql_audit audit = td_test_sql_audit(&shop, shop.file, NULL, mutant);
        td_test_shop_free(&shop);
        if (audit.n_differences > 0) return 1;
    }
    return 0;
}

Test(prop_sql_audit, each_changed_rule_is_caught) {
    static const sql_mutant mutants[] = {
        {TD_SQL_CLEAN_EVENTS, "> 253402300799999", "> 253402300800000"},
        {TD_SQL_CLEAN_EVENTS, "timestamp GLOB '*[^0-9]*'", "timestamp GLOB '*[^0-9 ]*'"},
        {TD_SQL_CLEAN_EVENTS, "ltrim(visitorid, '0') <>", "ltrim(visitorid, '0') ="},
        {TD_SQL_CLEAN_EVENTS, "WHEN event NOT IN", "WHEN lower(event) NOT IN"},
        {TD_SQL_CLEAN_EVENTS, "GLOB '*?.0'", "GLOB '*?.1'"},
        {TD_SQL_CLEAN_EVENTS, "event <> 'transaction' AND has_transactionid", "0"},
        {TD_SQL_CLEAN_EVENTS, "GROUP BY visitor, timestamp, kind, item, transactionid\n", ""},
        {TD_SQL_CLEAN_EVENTS, "GROUP BY visitor, timestamp, kind, item, transactionid\n",
         "GROUP BY visitor, timestamp, kind, item\n"},
        {TD_SQL_CUT_SESSIONS, "before.timestamp > (", "before.timestamp >= ("},
        {TD_SQL_CUT_SESSIONS, "IS NOT this.visitor", "IS NULL"},
        {TD_SQL_BUILD_FUNNEL, "coalesce(first_view <= first_addtocart, 0) AS valid_cart",
         "coalesce(first_view < first_addtocart, 0) AS valid_cart"},
        {TD_SQL_BUILD_FUNNEL, "coalesce(first_addtocart <= first_transaction, 0)",
         "coalesce(first_addtocart < first_transaction, 0)"},
        {TD_SQL_BUILD_FUNNEL, "view.timestamp <= cart.timestamp",
         "view.timestamp < cart.timestamp"},
        {TD_SQL_BUILD_FUNNEL, "AND view.item = cart.item", ""},
        {TD_SQL_BUILD_FUNNEL, "purchase.timestamp >= cart.timestamp",
         "purchase.timestamp > cart.timestamp"},
        {TD_SQL_BUILD_FUNNEL, "> (SELECT max(timestamp)", ">= (SELECT max(timestamp)"},
        {TD_SQL_BUILD_FUNNEL, "< (SELECT gap_ms", "<= (SELECT gap_ms"},
        {TD_SQL_BUILD_FUNNEL, "+ 3) % 7", "+ 4) % 7"},
        {TD_SQL_COUNT_GROUPS, "n_transaction = 1", "n_transaction <> 1"},
        {TD_SQL_COUNT_GROUPS, "has_cart AND NOT has_purchase", "has_cart"},
        {TD_SQL_COUNT_GROUPS, "count(DISTINCT visitor) AS n_visitors",
         "count(visitor) AS n_visitors"},
        {TD_SQL_COUNT_GROUPS, "count(DISTINCT transactionid) AS", "count(transactionid) AS"},
        {TD_SQL_COMPUTE_KPIS, "(n * 50 + 99) / 100", "n * 50 / 100 + 1"},
        {TD_SQL_COMPUTE_KPIS, "n_valid_cart AS numerator, n_has_view",
         "n_valid_cart AS numerator, n_sessions"},
    };
    for (size_t i = 0; i < sizeof mutants / sizeof *mutants; i++)
        cr_expect(is_caught(&mutants[i]), "not caught: %s", mutants[i].to);
}

/* Catalogs. ------------------------------------------------------------------------------------ */

static int below(uint64_t *random, int bound) {
    return (int)(td_test_random(random) % (uint64_t)bound);
}

static void write_file(const td_test_folder *folder, const char *name, const char *text) {
    char path[512];
    td_writer *writer = NULL;
    snprintf(path, sizeof path, "%s/%s", folder->path, name);
    cr_assert_eq(td_writer_open(&writer, path, NULL), TD_OK);
    td_writer_text(writer, text);
    cr_assert_eq(td_writer_commit(writer, NULL), TD_OK);
}

/* Items and times of shop_text's grid; many rows of one item and time, many bad values. */
static void write_properties(const td_test_folder *folder, const char *name, uint64_t *random) {
    static const char *const properties[] = {"categoryid", "categoryid", "790", "790",
                                             "available",  "888",        ""};
    static const char *const values[] = {"1",      "2",
                                         "3",      "4",
                                         "5",      "10",
                                         "007",    "n3",
                                         "n3.5",   "n12.25",
                                         "1.",     "x",
                                         "",       "-1",
                                         "n.5",    "4.125",
                                         "1.2.3",  "nn4",
                                         "7.1234", "8.0",
                                         "n",      "\"6\"",
                                         "12",     "9",
                                         "n09.9",  "9223372036854775808"};
    static const int64_t steps[] = {1, 1000, 600000, 1800000};
    char text[8192] = "timestamp,itemid,property,value\n";
    int n = below(random, 90);
    int64_t step = steps[below(random, 4)];
    for (int i = 0; i < n; i++) {
        size_t used = strlen(text);
        int64_t time = INT64_C(1430622120000) + step * (below(random, 9) - 1) + below(random, 2);
        const char *spoilt = below(random, 15) == 0 ? "x" : "";
        snprintf(text + used, sizeof text - used, "%s%lld,%d%s,%s,%s%s\n", spoilt, (long long)time,
                 5 + below(random, 4), below(random, 15) == 0 ? " " : "",
                 properties[below(random, 7)], values[below(random, 26)],
                 below(random, 20) == 0 ? ",more" : "");
    }
    write_file(folder, name, text);
}

/* One parent a category, from all of them: cycles, chains, orphans. Some rows stand twice. */
static void write_tree(const td_test_folder *folder, uint64_t *random) {
    char text[2048] = "categoryid,parentid\n";
    for (int c = 0; c < 14; c++) {
        if (below(random, 5) == 0) continue;
        char row[64];
        if (below(random, 4) == 0) {
            snprintf(row, sizeof row, "%d,\n", c);
        } else {
            snprintf(row, sizeof row, "%d,%d\n", c, below(random, 14));
        }
        for (int copy = below(random, 6) == 0 ? 2 : 1; copy > 0; copy--) strcat(text, row);
    }
    if (below(random, 3) == 0) strcat(text, "x,1\n3\n2,-1\n");
    write_file(folder, "category_tree.csv", text);
}

static uint64_t audit_with_catalog(const sql_mutant *mutant, uint64_t *random, char first[256]) {
    td_test_folder folder = td_test_folder_make();
    shop_text text;
    td_test_shop shop = random_shop(&text, random);
    if (below(random, 8) > 0) write_properties(&folder, "item_properties_part1.csv", random);
    if (below(random, 2) > 0) write_properties(&folder, "item_properties_part2.csv", random);
    if (below(random, 8) > 0) write_tree(&folder, random);
    td_sql_audit audit = td_test_sql_audit(&shop, shop.file, folder.path, mutant);
    snprintf(first, 256, "%s", audit.n_noted > 0 ? audit.difference[0] : "");
    td_test_shop_free(&shop);
    td_test_folder_remove(&folder);
    return audit.n_differences;
}

Test(prop_sql_audit, sql_and_engine_agree_on_random_catalogs) {
    uint64_t random = 73;
    for (int i = 0; i < N_CATALOGS; i++) {
        char first[256];
        cr_assert_eq(audit_with_catalog(NULL, &random, first), 0, "catalog %d: %s", i, first);
    }
    cr_assert_eq(td_mem_live_bytes(), 0);
}

Test(prop_sql_audit, each_changed_rule_of_the_catalog_is_caught) {
    static const sql_mutant mutants[] = {
        {TD_SQL_CLEAN_EVENTS, "ORDER BY visitor, timestamp, kind, item",
         "ORDER BY visitor, timestamp, item, kind"},
        {TD_SQL_CLEAN_CATEGORY_TREE, "SELECT min(up.ancestor)", "SELECT max(up.ancestor)"},
        {TD_SQL_CLEAN_CATEGORY_TREE, "category, category FROM cut",
         "category, category FROM cut WHERE 0"},
        {TD_SQL_CLEAN_CATEGORY_TREE, "parent NOT IN (SELECT category FROM category_row)", "0"},
        {TD_SQL_JOIN_ITEM_PROPERTIES, "c.timestamp <= event.timestamp",
         "c.timestamp < event.timestamp"},
        {TD_SQL_JOIN_ITEM_PROPERTIES, "c.timestamp DESC, c.value DESC",
         "c.timestamp DESC, c.value"},
        {TD_SQL_JOIN_ITEM_PROPERTIES, "p.timestamp <= order_line.timestamp",
         "p.timestamp < order_line.timestamp"},
        {TD_SQL_JOIN_ITEM_PROPERTIES, "p.timestamp DESC, p.value DESC",
         "p.timestamp DESC, p.price DESC"},
        {TD_SQL_JOIN_ITEM_PROPERTIES, "fraction || '00'", "'00' || fraction"},
        {TD_SQL_JOIN_ITEM_PROPERTIES, "coalesce(root, own, -1)", "coalesce(own, root, -1)"},
    };
    for (size_t i = 0; i < sizeof mutants / sizeof *mutants; i++) {
        uint64_t random = 74;
        uint64_t n = 0;
        char first[256];
        for (int k = 0; k < N_CATALOGS && n == 0; k++)
            n = audit_with_catalog(&mutants[i], &random, first);
        cr_expect_gt(n, 0, "not caught: %s", mutants[i].to);
    }
}
