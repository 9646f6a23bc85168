/* tests/support/sql_shop.c: see sql_shop.h. */
#include "tests/support/sql_shop.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "io/csv_catalog.h"

/* What the engine makes of the catalog. */
typedef struct full {
    td_catalog catalog;
    int64_t *price;
    td_kpis kpis;
    td_kpi_row *by_category;
} full;

static void count_full(full *f, const td_test_shop *shop, const char *folder) {
    td_error err = {0};
    td_catalog_source source = td_catalog_source_default(folder);
    td_catalog_report report;
    const td_events *events = &shop->log.events;
    cr_assert_eq(td_catalog_read(&f->catalog, &report, &source, events, NULL, &err), TD_OK, "%s",
                 err.text);
    cr_assert_eq(td_catalog_event_prices(&f->price, &f->catalog, events, NULL, &err), TD_OK);
    td_kpi_input input = td_test_shop_input(shop);
    input.price = f->price;
    cr_assert_eq(td_kpis_build(&f->kpis, &input, NULL, &err), TD_OK);
    uint32_t unknown = f->catalog.categories.n;
    uint32_t *group = NULL;
    cr_assert_eq(
        td_catalog_session_groups(&group, &f->catalog, events, &shop->sessions, NULL, &err), TD_OK);
    for (uint64_t s = 0; s < shop->sessions.n; s++) {
        if (group[s] == TD_CODE_NONE) group[s] = unknown;
    }
    f->by_category = td_mem_zeroed((uint64_t)unknown + 1, sizeof *f->by_category, NULL);
    cr_assert_eq(td_kpi_group(f->by_category, unknown + 1, group, &input, &err), TD_OK);
    td_mem_free(group);
}

static void free_full(full *f) {
    td_catalog_free(&f->catalog);
    td_mem_free(f->price);
    td_kpis_free(&f->kpis);
    td_mem_free(f->by_category);
}

/* The text with the first `from` replaced; it must be there. */
static char *replace(const char *text, const char *from, const char *to) {
    const char *at = strstr(text, from);
    cr_assert_not_null(at, "not in the SQL: %s", from);
    size_t n = (size_t)(at - text);
    char *out = malloc(strlen(text) + strlen(to) + 1);
    memcpy(out, text, n);
    strcpy(out + n, to);
    strcat(out, at + strlen(from));
    return out;
}

td_sql_audit td_test_sql_audit(const td_test_shop *shop, const td_file *events, const char *folder,
                               const sql_mutant *mutant) {
    full f = {0};
    if (folder != NULL) count_full(&f, shop, folder);
    td_sql_group *group = NULL;
    td_sql_engine engine = {&shop->log, &shop->sessions, &shop->funnel, NULL, 0, folder != NULL};
    td_error err = {0};
    cr_assert_eq(td_sql_groups_list(&group, &engine.n_groups,
                                    folder != NULL ? &f.kpis : &shop->kpis, f.by_category,
                                    &f.catalog.categories, &err),
                 TD_OK);
    engine.group = group;
    const char *text[TD_SQL_N_FILES];
    for (int i = 0; i < TD_SQL_N_FILES; i++) text[i] = td_sql_file_text((td_sql_file)i);
    char *changed = NULL;
    if (mutant != NULL)
        text[mutant->file] = changed = replace(text[mutant->file], mutant->from, mutant->to);
    td_sql_source source = {events, folder, "790", shop->sessions.gap_ms, text};
    td_sql_audit audit;
    td_status status = td_sql_audit_run(&audit, &source, &engine, NULL, &err);
    cr_assert(status == TD_OK || mutant != NULL, "%s", err.text);
    if (status != TD_OK) audit.n_differences = 1;
    free(changed);
    td_mem_free(group);
    if (folder != NULL) free_full(&f);
    return audit;
}
