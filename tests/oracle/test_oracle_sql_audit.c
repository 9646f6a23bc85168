/* tests/oracle/test_oracle_sql_audit.c: SQL and the engine agree on the real sample and on
 * synthetic shops; an event that only one of them sees is found and named; the hash of a
 * definition changes with its meaning alone. */
#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/base/mem.h"
#include "tests/support/data.h"
#include "tests/support/sql_shop.h"
#include "tests/support/synth.h"

Test(oracle_sql_audit, the_real_sample_agrees_to_the_last_integer) {
    const char *path = td_test_data("retailrocket/events.csv");
    if (path == NULL) return;
    td_test_shop shop = td_test_shop_of_path(path, 2);
    td_sql_audit audit = td_test_sql_audit(&shop, shop.file, NULL, NULL);
    cr_expect_eq(audit.n_differences, 0, "%s", audit.difference[0]);
    cr_expect_eq(audit.n_rows_read, 9385);
    cr_expect_eq(audit.n_sessions, 6229);
    td_test_shop_free(&shop);
    cr_assert_eq(td_mem_live_bytes(), 0);
}

Test(oracle_sql_audit, synthetic_shops_agree_with_categories_and_revenue) {
    for (uint64_t seed = 1; seed <= 3; seed++) {
        td_test_folder folder = td_test_synth_folder(seed, 0.1);
        char path[512];
        snprintf(path, sizeof path, "%s/events.csv", folder.path);
        td_test_shop shop = td_test_shop_of_path(path, 2);
        td_sql_audit audit = td_test_sql_audit(&shop, shop.file, folder.path, NULL);
        cr_expect_eq(audit.n_differences, 0, "%s", audit.difference[0]);
        cr_expect_eq(audit.n_sessions, shop.sessions.n);
        td_test_shop_free(&shop);
        td_test_folder_remove(&folder);
    }
    cr_assert_eq(td_mem_live_bytes(), 0);
}

/* Three visitors; visitor 2 buys. */
static const char log_text[] = "timestamp,visitorid,event,itemid,transactionid\n"
                               "1430622120000,1,view,10,\n"
                               "1430622180000,2,view,11,\n"
                               "1430622190000,2,addtocart,11,\n"
                               "1430622195000,2,transaction,11,5\n"
                               "1430629999000,3,view,12,\n";

/* The engine counts log_text, SQL the same with `from` (of the same length) replaced by `to`. */
static td_sql_audit audit_tampered(const char *from, const char *to) {
    char text[sizeof log_text];
    memcpy(text, log_text, sizeof log_text);
    char *at = strstr(text, from);
    cr_assert_not_null(at);
    memcpy(at, to, strlen(to));
    td_file *file = td_test_file(log_text, sizeof log_text - 1);
    td_test_shop shop = {.file = file};
    cr_assert_eq(td_event_log_read(&shop.log, file, NULL, NULL), TD_OK);
    td_test_shop_finish(&shop, TD_DEFAULT_GAP_MS, 1);
    td_file *tampered = td_test_file(text, sizeof text - 1);
    td_sql_audit audit = td_test_sql_audit(&shop, tampered, NULL, NULL);
    td_file_close(tampered);
    td_test_shop_free(&shop);
    return audit;
}

static void assert_named(const char *from, const char *to, const char *difference) {
    td_sql_audit audit = audit_tampered(from, to);
    for (uint32_t i = 0; i < audit.n_noted; i++) {
        if (strcmp(audit.difference[i], difference) == 0) return;
    }
    cr_expect_fail("'%s' -> '%s': not named as '%s' but '%s'", from, to, difference,
                   audit.n_noted > 0 ? audit.difference[0] : "");
}

Test(oracle_sql_audit, one_changed_event_is_found_and_named) {
    cr_expect_eq(audit_tampered("view,10", "view,10").n_differences, 0);
    assert_named("1430622195000", "1430622196000",
                 "session of visitor 2 from 1430622180000 on, first_transaction: engine "
                 "1430622195000, SQL 1430622196000");
    assert_named("1430622190000,2,addtocart", "1430622198000,2,addtocart",
                 "session of visitor 2 from 1430622180000 on, valid_purchase: engine 1, SQL 0");
    assert_named("view,10", "view,x0", "rows excluded as bad_item: engine 0, SQL 1");
    assert_named("1430622120000,1", "1430622120000,4",
                 "session of visitor 4 from 1430622120000 on: only SQL has it");
    assert_named("1430622120000,1", "1430622120000,4",
                 "session of visitor 1 from 1430622120000 on: only the engine has it");
}

/* An item swapped in a session where it plays no role changes no key figure: not a difference. An
 * order id that splits an order in two is one. */
Test(oracle_sql_audit, a_changed_figure_is_named_with_its_group) {
    td_sql_audit audit = audit_tampered("2,transaction,11,5", "2,transaction,12,5");
    cr_expect_str_eq(audit.difference[0], "session of visitor 2 from 1430622180000 on, "
                                          "item_valid_purchase: engine 1, SQL 0");
    cr_expect_eq(audit.n_differences, 2, "and item_valid_path; no key figure");
    static const sql_mutant mutant = {TD_SQL_COMPUTE_KPIS, "n_has_view AS denominator",
                                      "n_has_view + 1 AS denominator"};
    td_file *file = td_test_file(log_text, sizeof log_text - 1);
    td_test_shop shop = {.file = file};
    cr_assert_eq(td_event_log_read(&shop.log, file, NULL, NULL), TD_OK);
    td_test_shop_finish(&shop, TD_DEFAULT_GAP_MS, 1);
    audit = td_test_sql_audit(&shop, file, NULL, &mutant);
    cr_expect_str_eq(audit.difference[0],
                     "kpi view_to_cart, day 16558, denominator: engine 3, SQL 4");
    td_test_shop_free(&shop);
    cr_expect_eq(td_sql_audit_verdict(&audit, NULL), TD_ERR_INTERNAL);
}

/* Definitions. --------------------------------------------------------------------------------- */

Test(oracle_sql_audit, every_figure_has_a_definition_of_its_own) {
    char hash[TD_N_KPIS + TD_N_DURATIONS][65];
    td_error err = {0};
    for (int i = 0; i < TD_N_KPIS + TD_N_DURATIONS; i++) {
        const char *name = i < TD_N_KPIS
                               ? td_kpi_name((td_kpi_id)i)
                               : td_kpi_duration_name((td_kpi_duration_id)(i - TD_N_KPIS));
        cr_assert_eq(td_sql_definition_hash(hash[i], name, &err), TD_OK, "%s", err.text);
        cr_expect_eq(strlen(hash[i]), 64);
        for (int j = 0; j < i; j++) cr_expect_str_neq(hash[i], hash[j], "%s", name);
    }
    cr_expect_eq(td_sql_definition_hash(hash[0], "view_to_basket", &err), TD_ERR_ARG);
    cr_expect_eq(td_sql_definition_hash(hash[0], "view", &err), TD_ERR_ARG);
}
