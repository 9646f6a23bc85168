/* core/catalog: values as of a time, ties, the category tree with its cycles, orphans and
 * conflicts. / */
#include <criterion/criterion.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/catalog.h"

static td_raw_property property(int64_t time, uint32_t item, td_property kind, int64_t value,
                                const char *text) {
    return (td_raw_property){.timestamp = time,
                             .value = value,
                             .text = text,
                             .length = (uint32_t)strlen(text),
                             .item = item,
                             .property = (uint8_t)kind};
}

static td_raw_catalog raw_of(const td_raw_property *properties, uint64_t n_properties,
                             const td_raw_category *categories, uint64_t n_categories) {
    td_raw_catalog raw = {.has_properties = 1,
                          .has_tree = 1,
                          .n_properties = n_properties,
                          .n_categories = n_categories};
    raw.property = td_mem_array(n_properties, sizeof *raw.property, NULL);
    raw.category = td_mem_array(n_categories, sizeof *raw.category, NULL);
    if (n_properties > 0) memcpy(raw.property, properties, n_properties * sizeof *properties);
    if (n_categories > 0) memcpy(raw.category, categories, n_categories * sizeof *categories);
    return raw;
}

static td_catalog tree_of(const td_raw_category *categories, uint64_t n) {
    td_raw_catalog raw = raw_of(NULL, 0, categories, n);
    td_catalog catalog;
    td_error err = {0};
    cr_assert_eq(td_catalog_build(&catalog, &raw, 0, NULL, &err), TD_OK, "%s", err.text);
    return catalog;
}

static uint32_t code(const td_catalog *catalog, int64_t id) {
    uint32_t c = td_iddict_find(&catalog->categories, id);
    cr_assert_neq(c, TD_CODE_NONE);
    return c;
}

static int64_t root_id(const td_catalog *catalog, int64_t id) {
    return catalog->categories.id[catalog->root[code(catalog, id)]];
}

static uint32_t depth(const td_catalog *catalog, int64_t id) {
    return catalog->depth[code(catalog, id)];
}

Test(core_catalog, value_is_the_last_one_at_or_before_the_time) {
    const td_raw_property rows[] = {
        property(300, 1, TD_PRICE, 1100, "1.1"), property(100, 1, TD_PRICE, 1200, "1.2"),
        property(200, 1, TD_PRICE, 990, "0.99"), property(50, 0, TD_PRICE, 7, "0.007"),
        property(150, 1, TD_AVAILABLE, 1, "1"),
    };
    td_raw_catalog raw = raw_of(rows, 5, NULL, 0);
    td_catalog catalog;
    cr_assert_eq(td_catalog_build(&catalog, &raw, 3, NULL, NULL), TD_OK);
    const int64_t time[] = {99, 100, 199, 200, 299, 300, INT64_MAX};
    const int64_t want[] = {-5, 1200, 1200, 990, 990, 1100, 1100};
    for (int i = 0; i < 7; i++) {
        int64_t value = -5;
        int is_known = td_catalog_value(&catalog, TD_PRICE, 1, time[i], &value);
        cr_assert_eq(value, want[i], "at %lld", (long long)time[i]);
        cr_assert_eq(is_known, i > 0);
    }
    int64_t value = 0;
    cr_assert_not(td_catalog_value(&catalog, TD_PRICE, 2, 1000, &value), "an item without rows");
    cr_assert_not(td_catalog_value(&catalog, TD_AVAILABLE, 0, 1000, &value));
    cr_assert_eq(td_catalog_category(&catalog, 1, 1000), TD_CODE_NONE);
    td_catalog_free(&catalog);
}

Test(core_catalog, of_two_values_at_one_time_the_greatest_text_wins_in_any_order) {
    const td_raw_property rows[] = {
        property(10, 0, TD_CATEGORY, 10, "10"), property(10, 0, TD_CATEGORY, 9, "9"),
        property(10, 0, TD_CATEGORY, 90, "90"), property(10, 0, TD_CATEGORY, 90, "90"),
        property(11, 0, TD_CATEGORY, 10, "10"), property(11, 0, TD_CATEGORY, 10, "10"),
    };
    for (int turn = 0; turn < 6; turn++) {
        td_raw_property turned[6];
        for (int i = 0; i < 6; i++) turned[i] = rows[(i + turn) % 6];
        td_raw_catalog raw = raw_of(turned, 6, NULL, 0);
        td_catalog catalog;
        cr_assert_eq(td_catalog_build(&catalog, &raw, 1, NULL, NULL), TD_OK);
        uint32_t at_10 = td_catalog_category(&catalog, 0, 10);
        cr_assert_eq(catalog.categories.id[at_10], 90, "bytes, not numbers: 90 > 9 > 10");
        cr_assert_eq(catalog.categories.id[td_catalog_category(&catalog, 0, 11)], 10);
        cr_assert_eq(catalog.n_conflicts, 2);
        cr_assert_eq(catalog.n_duplicates, 2);
        cr_assert_eq(catalog.categories.n, 2, "a value that lost is no category");
        td_catalog_free(&catalog);
    }
}

Test(core_catalog, tree_gives_roots_and_depths) {
    const td_raw_category rows[] = {{8, 5}, {5, 3}, {3, TD_NO_PARENT}, {7, 3}, {1, TD_NO_PARENT},
                                    {5, 3}};
    td_catalog catalog = tree_of(rows, 6);
    cr_assert_eq(root_id(&catalog, 8), 3);
    cr_assert_eq(depth(&catalog, 8), 2);
    cr_assert_eq(depth(&catalog, 5), 1);
    cr_assert_eq(depth(&catalog, 3), 0);
    cr_assert_eq(root_id(&catalog, 1), 1);
    cr_assert_eq(catalog.n_cycles, 0);
    cr_assert_eq(catalog.n_missing_parents, 0);
    cr_assert_eq(catalog.n_duplicates, 1, "a row that stands twice is no conflict");
    td_catalog_free(&catalog);
}

Test(core_catalog, a_missing_parent_becomes_a_flagged_root) {
    const td_raw_category rows[] = {{8, 99}, {9, 99}, {5, 8}};
    td_catalog catalog = tree_of(rows, 3);
    cr_assert_eq(root_id(&catalog, 5), 99);
    cr_assert_eq(depth(&catalog, 5), 2);
    cr_assert_eq(catalog.flags[code(&catalog, 99)], TD_CATEGORY_WITHOUT_ROW);
    cr_assert_eq(catalog.flags[code(&catalog, 8)], 0);
    cr_assert_eq(catalog.n_missing_parents, 1, "named twice, missing once");
    td_catalog_free(&catalog);
}

Test(core_catalog, a_cycle_is_cut_at_its_smallest_id) {
    /* 5 -> 3 -> 8 -> 5 with a tail 9 -> 8, a loop 4 -> 4, and 2 -> 6 -> 2 */
    const td_raw_category rows[] = {{5, 3}, {3, 8}, {8, 5}, {9, 8}, {4, 4}, {6, 2}, {2, 6}};
    td_catalog catalog = tree_of(rows, 7);
    cr_assert_eq(catalog.n_cycles, 3);
    cr_assert_eq(catalog.parent[code(&catalog, 3)], TD_CODE_NONE);
    cr_assert_eq(catalog.flags[code(&catalog, 3)], TD_CATEGORY_CUT);
    cr_assert_eq(root_id(&catalog, 9), 3);
    cr_assert_eq(depth(&catalog, 9), 3);
    cr_assert_eq(depth(&catalog, 8), 2);
    cr_assert_eq(root_id(&catalog, 4), 4);
    cr_assert_eq(root_id(&catalog, 6), 2);
    cr_assert_eq(depth(&catalog, 6), 1);
    td_catalog_free(&catalog);
}

Test(core_catalog, conflicting_parents_are_an_error_that_names_the_category) {
    const td_raw_category rows[] = {{8, 5}, {5, TD_NO_PARENT}, {8, 3}};
    td_raw_catalog raw = raw_of(NULL, 0, rows, 3);
    td_catalog catalog;
    td_error err = {0};
    cr_assert_eq(td_catalog_build(&catalog, &raw, 0, NULL, &err), TD_ERR_FORMAT);
    cr_assert(strstr(err.text, "category 8 has two parents, 5 and 3") != NULL, "%s", err.text);
    const td_raw_category root_too[] = {{8, TD_NO_PARENT}, {8, 3}};
    raw = raw_of(NULL, 0, root_too, 2);
    cr_assert_eq(td_catalog_build(&catalog, &raw, 0, NULL, &err), TD_ERR_FORMAT);
    cr_assert_eq(td_mem_live_bytes(), 0);
}

Test(core_catalog, a_chain_of_a_million_categories_is_walked_once) {
    enum { N = 1000000 };
    td_raw_catalog raw = {.has_tree = 1, .n_categories = N};
    raw.category = td_mem_array(N, sizeof *raw.category, NULL);
    for (int64_t i = 0; i < N; i++) raw.category[i] = (td_raw_category){i, i + 1};
    raw.category[N - 1].parent = TD_NO_PARENT;
    td_catalog catalog;
    cr_assert_eq(td_catalog_build(&catalog, &raw, 0, NULL, NULL), TD_OK);
    cr_assert_eq(catalog.depth[0], N - 1);
    cr_assert_eq(catalog.root[0], N - 1);
    td_catalog_free(&catalog);
}

Test(core_catalog, an_event_has_the_price_of_its_own_time) {
    const td_raw_property rows[] = {property(100, 0, TD_PRICE, 1200, "1.2"),
                                    property(200, 0, TD_PRICE, 990, "0.99"),
                                    property(100, 1, TD_AVAILABLE, 1, "1")};
    td_raw_catalog raw = raw_of(rows, 3, NULL, 0);
    td_catalog catalog;
    cr_assert_eq(td_catalog_build(&catalog, &raw, 2, NULL, NULL), TD_OK);
    int64_t time[] = {99, 100, 199, 200, 500};
    uint32_t item[] = {0, 0, 0, 0, 1};
    const int64_t want[] = {-1, 1200, 1200, 990, -1};
    td_events events = {.n = 5, .timestamp = time, .item = item};
    int64_t *price = NULL;
    cr_assert_eq(td_catalog_event_prices(&price, &catalog, &events, NULL, NULL), TD_OK);
    for (int e = 0; e < 5; e++) cr_assert_eq(price[e], want[e], "event %d", e);
    td_mem_free(price);
    td_mem_fail_after(1);
    cr_assert_eq(td_catalog_event_prices(&price, &catalog, &events, NULL, NULL), TD_ERR_NOMEM);
    td_mem_fail_after(0);
    td_catalog_free(&catalog);
    cr_assert_eq(td_mem_live_bytes(), 0);
}

Test(core_catalog, every_failing_allocation_is_reported_and_nothing_stays) {
    const td_raw_property rows[] = {property(1, 0, TD_CATEGORY, 4, "4"),
                                    property(2, 1, TD_PRICE, 5, "0.005")};
    const td_raw_category categories[] = {{4, 2}};
    for (uint64_t n = 1;; n++) {
        td_raw_catalog raw = raw_of(rows, 2, categories, 1);
        td_catalog catalog;
        td_mem_fail_after(n);
        td_status status = td_catalog_build(&catalog, &raw, 2, NULL, NULL);
        td_mem_fail_after(0);
        if (status == TD_OK) {
            td_catalog_free(&catalog);
            cr_assert_gt(n, 8);
            break;
        }
        cr_assert_eq(status, TD_ERR_NOMEM);
        cr_assert_eq(td_mem_live_bytes(), 0, "allocation %llu", (unsigned long long)n);
    }
    cr_assert_eq(td_mem_live_bytes(), 0);
}
