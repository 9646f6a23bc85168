/* core/features and core/population: the registry and its document, missing files, ties between
 * sessions, published dates, the facts of the real sample. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/features_views.h"
#include "io/csv_catalog.h"
#include "io/csv_events.h"
#include "tests/support/data.h"
#include "tests/support/tiny_shop.h"

static double value_of(const td_feature_set *set, const char *name, uint64_t row) {
    uint32_t column = 0;
    td_error err = {0};
    cr_assert_eq(td_table_find(&set->features, name, &column, &err), TD_OK, "%s", err.text);
    return set->features.column[column].number[row];
}

static int has_feature(const td_feature_set *set, const char *name) {
    for (uint32_t c = 0; c < set->features.n_columns; c++) {
        if (strcmp(set->features.column[c].name, name) == 0) return 1;
    }
    return 0;
}

Test(core_features, names_are_unique_start_with_their_scope_and_have_a_definition) {
    cr_assert_geq(td_feature_count(), 40);
    int n_of_scope[TD_N_SCOPES] = {0};
    for (uint32_t i = 0; i < td_feature_count(); i++) {
        const td_feature_info *info = td_feature_at(i);
        const char *scope = td_scope_name(info->scope);
        cr_assert_eq(strncmp(info->name, scope, strlen(scope)), 0, "%s", info->name);
        size_t n = strlen(info->definition);
        cr_assert(n > 10 && info->definition[n - 1] == '.', "%s", info->name);
        n_of_scope[info->scope]++;
        for (uint32_t j = 0; j < i; j++) cr_assert_str_neq(info->name, td_feature_at(j)->name);
    }
    for (int s = 0; s < TD_N_SCOPES; s++) cr_assert_gt(n_of_scope[s], 0);
}

/* docs/data_dictionary.md holds exactly the registry, line by line, in its order. */
Test(core_features, data_dictionary_lists_exactly_the_registry) {
    FILE *file = fopen("docs/data_dictionary.md", "r");
    cr_assert_not_null(file, "run from the repository's root");
    char line[1024], want[1024];
    uint32_t n = 0;
    while (fgets(line, sizeof line, file) != NULL) {
        int is_feature = 0;
        for (int s = 0; s < TD_N_SCOPES; s++) {
            snprintf(want, sizeof want, "| `%s_", td_scope_name((td_scope)s));
            is_feature |= strncmp(line, want, strlen(want)) == 0;
        }
        if (!is_feature) continue;
        cr_assert_lt(n, td_feature_count(), "not in the registry: %s", line);
        const td_feature_info *info = td_feature_at(n++);
        const char *needs = info->needs == TD_NEEDS_NOTHING      ? ""
                            : info->needs == TD_NEEDS_PROPERTIES ? "properties"
                                                                 : "properties, tree";
        snprintf(want, sizeof want, "| `%s` | %s | %s | %s |\n", info->name,
                 td_scope_name(info->scope), needs, info->definition);
        cr_assert_str_eq(line, want);
    }
    fclose(file);
    cr_assert_eq(n, td_feature_count(), "%u features are missing in the document",
                 td_feature_count() - n);
}

Test(core_features, missing_files_remove_features_by_name_and_change_no_other) {
    td_rng rng = td_rng_stream(1, "missing files", 0, 0);
    td_tiny_rows rows;
    td_tiny_rows_random(&rows, &rng, 200, 80);
    td_population_rule rule = td_population_rule_default();
    td_tiny_shop full;
    td_tiny_shop_build(&full, &rows, &rule, 1);
    cr_assert_eq(full.set.n_removed, 0);
    cr_assert_eq(full.set.features.n_columns, td_feature_count());
    for (int files = 0; files < 3; files++) {
        rows.has_properties = files & 1;
        rows.has_tree = files >> 1;
        td_tiny_shop part;
        td_tiny_shop_build(&part, &rows, &rule, 1);
        cr_assert_eq(part.set.features.n_columns + part.set.n_removed, td_feature_count());
        for (uint32_t i = 0; i < td_feature_count(); i++) {
            const td_feature_info *info = td_feature_at(i);
            int is_possible = (!(info->needs & TD_NEEDS_PROPERTIES) || rows.has_properties) &&
                              (!(info->needs & TD_NEEDS_TREE) || rows.has_tree);
            cr_assert_eq(has_feature(&part.set, info->name), is_possible, "%s", info->name);
            for (uint64_t row = 0; is_possible && row < full.set.n; row++) {
                double a = value_of(&full.set, info->name, row);
                double b = value_of(&part.set, info->name, row);
                cr_assert_eq(memcmp(&a, &b, sizeof a), 0, "%s", info->name);
            }
        }
        cr_assert_eq(has_feature(&part.set, "catalog_mean_price"), rows.has_properties);
        cr_assert(has_feature(&part.set, "market_item_conversion"));
        td_tiny_shop_free(&part);
    }
    td_tiny_shop_free(&full);
    td_tiny_rows_free(&rows);
}

static td_tiny_event event(int64_t time, int64_t visitor, td_event_kind kind, int64_t item) {
    return (td_tiny_event){.time = time,
                           .visitor = visitor,
                           .item = item,
                           .transaction = kind == TD_TRANSACTION ? 1 : TD_NO_TRANSACTION,
                           .kind = kind};
}

static td_tiny_shop shop_of(td_tiny_event *events, uint64_t n, const td_population_rule *rule) {
    td_tiny_rows rows = {.n_events = n, .event = events};
    td_tiny_shop shop;
    td_tiny_shop_build(&shop, &rows, rule, 1);
    return shop;
}

static const int64_t T0 = INT64_C(1430622000000); /* 2015-05-03 03:00:00 UTC, a Sunday */

Test(core_features, sessions_that_start_at_one_time_do_not_see_each_other) {
    td_tiny_event events[] = {
        event(T0, 1, TD_VIEW, 5),
        event(T0, 2, TD_VIEW, 5),
        event(T0 + 1, 3, TD_VIEW, 5),
        event(T0 + 86400001, 4, TD_VIEW, 5), /* window [T0 + 1, ...): the first two have left it */
        event(T0 + 99999999, 9, TD_VIEW, 6),
    };
    td_population_rule rule = td_population_rule_default();
    td_tiny_shop shop = shop_of(events, 5, &rule);
    cr_assert_eq(shop.set.n, 4, "the last session is censored");
    const double want[] = {0, 0, 2, 1};
    for (uint64_t row = 0; row < 4; row++) {
        cr_assert_eq(value_of(&shop.set, "market_item_views_1d", row), want[row]);
    }
    cr_assert_eq(value_of(&shop.set, "market_item_views_28d", 3), 3);
    cr_assert(isnan(value_of(&shop.set, "market_item_conversion", 0)), "no site yet, no prior");
    td_tiny_shop_free(&shop);
}

Test(core_features, hand_computed_session) {
    td_tiny_event events[] = {
        event(T0, 1, TD_VIEW, 5),
        event(T0 + 10000, 1, TD_ADDTOCART, 5),
        event(T0 + 11000, 1, TD_TRANSACTION, 5),
        event(T0 + 86400000, 1, TD_VIEW, 5),
        event(T0 + 86430000, 1, TD_VIEW, 5),
        event(T0 + 86520000, 1, TD_ADDTOCART, 5),
        event(T0 + 86700000, 1, TD_VIEW, 6),
        event(T0 + 86700001, 1, TD_TRANSACTION, 5),
        event(T0 + 99999999, 9, TD_VIEW, 6),
    };
    td_population_rule rule = td_population_rule_default();
    td_tiny_shop shop = shop_of(events, 9, &rule);
    cr_assert_eq(shop.set.n, 1, "the first session buys at once, the last is censored");
    cr_assert_eq(shop.population.n_bought_before, 1);
    cr_assert_eq(shop.population.n_censored, 1);
    cr_assert_eq(shop.set.label[0], 1, "1 ms after the decision");
    const struct {
        const char *name;
        double value;
    } want[] = {{"prefix_events", 4},
                {"prefix_items", 2},
                {"prefix_repeat_views", 1},
                {"prefix_duration_s", 300},
                {"prefix_since_last_s", 0},
                {"prefix_max_gap_s", 180},
                {"prefix_mean_gap_s", 100},
                {"prefix_since_cart_s", 180},
                {"prefix_after_cart", 1},
                {"prefix_last_minute", 1},
                {"visitor_sessions", 1},
                {"visitor_purchases", 1},
                {"visitor_conversion", 2.0 / 101},
                {"visitor_last_stage", 2},
                {"visitor_open_items", 0},
                {"visitor_mean_session_s", 11},
                {"visitor_days_known", 1},
                {"visitor_days_since_purchase", 86389.0 / 86400},
                {"market_item_conversion", (1 + 20 * 1.0) / (1 + 20)},
                {"market_new_items", 0.5},
                {"clock_hour", 3},
                {"clock_weekday", 0},
                {"clock_month_day", 4}};
    for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
        cr_assert_eq(value_of(&shop.set, want[i].name, 0), want[i].value, "%s", want[i].name);
    }
    td_tiny_shop_free(&shop);
}

Test(core_features, clock_knows_published_dates) {
    const struct {
        int64_t ms;
        double hour, weekday, month_day;
    } want[] = {
        {0, 0, 3, 1},                          /* 1970-01-01 00:00, Thursday */
        {INT64_C(951782399999), 23, 0, 28},    /* 2000-02-28 23:59:59.999, Monday */
        {INT64_C(951825600000), 12, 1, 29},    /* 2000-02-29 12:00, Tuesday */
        {INT64_C(1000000000000), 1, 6, 9},     /* 2001-09-09 01:46:40, Sunday */
        {INT64_C(4107542400000), 0, 0, 1},     /* 2100-03-01, Monday: 2100 has no leap day */
        {INT64_C(253402300799999), 23, 4, 31}, /* 9999-12-31 23:59:59.999, Friday */
    };
    for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
        double out[TD_N_CLOCK];
        td_features_clock(out, &(td_clock_view){want[i].ms});
        cr_assert_eq(out[TD_F_clock_hour], want[i].hour, "case %zu", i);
        cr_assert_eq(out[TD_F_clock_weekday], want[i].weekday, "case %zu", i);
        cr_assert_eq(out[TD_F_clock_month_day], want[i].month_day, "case %zu", i);
        double sin_value = out[TD_F_clock_day_sin], cos_value = out[TD_F_clock_day_cos];
        cr_assert_float_eq(sin_value * sin_value + cos_value * cos_value, 1, 1e-15);
    }
}

Test(core_features, empty_prefixes_and_empty_populations_work) {
    td_tiny_event events[] = {event(T0, 1, TD_TRANSACTION, 5), event(T0 + 5, 2, TD_ADDTOCART, 5),
                              event(T0 + 99999999, 9, TD_VIEW, 6)};
    td_population_rule rule = td_population_rule_default();
    rule.target = TD_ANY_PURCHASE;
    rule.hide_cart = 1;
    td_tiny_shop shop = shop_of(events, 3, &rule);
    cr_assert_eq(shop.set.n, 3, "any_purchase keeps all sessions");
    cr_assert_eq(shop.set.n_positives, 1);
    for (uint64_t row = 0; row < 2; row++) {
        cr_assert_eq(value_of(&shop.set, "prefix_events", row), 0);
        cr_assert(isnan(value_of(&shop.set, "prefix_since_last_s", row)));
        cr_assert(isnan(value_of(&shop.set, "market_item_views_1d", row)));
    }
    td_tiny_shop_free(&shop);
    rule = td_population_rule_default();
    shop = shop_of(events, 1, &rule);
    cr_assert_eq(shop.set.n, 0);
    cr_assert_eq(shop.set.features.n_rows, 0);
    td_tiny_shop_free(&shop);
}

Test(core_features, impossible_decision_times_are_refused) {
    td_sessions sessions = {0};
    td_funnel funnel = {0};
    td_population population;
    td_error err = {0};
    td_population_rule rule = td_population_rule_default();
    rule.decision_ms = -1;
    cr_assert_eq(td_population_build(&population, &sessions, &funnel, &rule, &err), TD_ERR_RANGE);
    cr_assert(strstr(err.text, "-1") != NULL);
    rule.decision_ms = INT64_MAX;
    cr_assert_eq(td_population_build(&population, &sessions, &funnel, &rule, &err), TD_ERR_RANGE);
    cr_assert_eq(td_mem_live_bytes(), 0);
}

Test(core_features, every_failing_allocation_is_reported_and_nothing_stays) {
    td_rng rng = td_rng_stream(2, "failing allocations", 0, 0);
    td_tiny_rows rows;
    td_tiny_rows_random(&rows, &rng, 60, 30);
    td_population_rule rule = td_population_rule_default();
    td_tiny_shop shop;
    td_tiny_shop_build(&shop, &rows, &rule, 1);
    td_feature_inputs inputs = {&shop.events,     &shop.sessions, &shop.catalog,
                                &shop.population, NULL,           NULL};
    uint64_t live = td_mem_live_bytes();
    for (uint64_t n = 1;; n++) {
        td_feature_set set;
        td_mem_fail_after(n);
        td_status status = td_features_build(&set, &inputs, NULL, NULL);
        td_mem_fail_after(0);
        if (status == TD_OK) {
            td_feature_set_free(&set);
            break;
        }
        cr_assert_eq(status, TD_ERR_NOMEM);
        cr_assert_eq(td_mem_live_bytes(), live, "allocation %llu", (unsigned long long)n);
    }
    td_tiny_shop_free(&shop);
    td_tiny_rows_free(&rows);
    cr_assert_eq(td_mem_live_bytes(), 0);
}

/* Facts of the sample that were computed independently (499 sessions last longer than 300 s; 9 of
 * 40 buying sessions buy within 300 s). */
Test(core_features, real_sample_has_its_known_population) {
    const char *path = td_test_data("retailrocket/events.csv");
    if (path == NULL) return;
    td_error err = {0};
    td_file *file;
    cr_assert_eq(td_file_open(&file, path, &err), TD_OK, "%s", err.text);
    td_event_log log;
    cr_assert_eq(td_event_log_read(&log, file, NULL, &err), TD_OK, "%s", err.text);
    td_file_close(file);
    td_sessions sessions;
    td_funnel funnel;
    cr_assert_eq(td_sessions_build(&sessions, &log.events, TD_DEFAULT_GAP_MS, NULL, &err), TD_OK);
    cr_assert_eq(td_funnel_build(&funnel, &log.events, &sessions, NULL, &err), TD_OK);
    uint64_t n_long = 0;
    for (uint64_t s = 0; s < sessions.n; s++)
        n_long += sessions.end[s] - sessions.start[s] > 300000;
    cr_assert_eq(n_long, 499);
    td_population_rule rule = td_population_rule_default();
    td_population population;
    cr_assert_eq(td_population_build(&population, &sessions, &funnel, &rule, &err), TD_OK);
    cr_assert_eq(population.n_bought_before, 9);
    cr_assert_eq(population.n_positives, 31);
    cr_assert_eq(population.n + population.n_censored + 9, 6229);
    td_population_free(&population);
    rule.target = TD_ANY_PURCHASE;
    cr_assert_eq(td_population_build(&population, &sessions, &funnel, &rule, &err), TD_OK);
    cr_assert_eq(population.n, 6229);
    cr_assert_eq(population.n_positives, 40);
    td_population_free(&population);
    td_funnel_free(&funnel);
    td_sessions_free(&sessions);
    td_event_log_free(&log);
}

/* The original tree: 1,669 rows, 25 roots, no cycle. */
Test(core_features, real_category_tree_has_25_roots_and_no_cycle) {
    const char *path = td_test_data("retailrocket/category_tree.csv");
    if (path == NULL) return;
    char folder[4096];
    snprintf(folder, sizeof folder, "%s", path);
    *strrchr(folder, '/') = '\0';
    td_events none = {0};
    td_catalog catalog;
    td_catalog_report report;
    td_catalog_source source = td_catalog_source_default(folder);
    td_error err = {0};
    cr_assert_eq(td_catalog_read(&catalog, &report, &source, &none, NULL, &err), TD_OK, "%s",
                 err.text);
    cr_assert_eq(report.file[TD_TREE].n_kept, 1669);
    cr_assert_eq(catalog.n_cycles, 0);
    uint64_t n_roots = 0;
    for (uint32_t c = 0; c < catalog.categories.n; c++) n_roots += catalog.root[c] == c;
    cr_assert_eq(n_roots, 25 + catalog.n_missing_parents);
    td_catalog_free(&catalog);
}

/* Each row `times` over, one behind the other; *owned*. */
static td_population repeated(const td_population *from, uint64_t times) {
    td_population out = *from;
    out.n = from->n * times;
    out.session = td_mem_array(out.n, sizeof *out.session, NULL);
    out.decision = td_mem_array(out.n, sizeof *out.decision, NULL);
    out.cut = td_mem_array(out.n, sizeof *out.cut, NULL);
    out.label = td_mem_array(out.n, sizeof *out.label, NULL);
    for (uint64_t i = 0; i < out.n; i++) {
        out.session[i] = from->session[i / times];
        out.decision[i] = from->decision[i / times];
        out.cut[i] = from->cut[i / times];
        out.label[i] = from->label[i / times];
    }
    return out;
}

/* 140,000 rows are swept in three pieces, the rows of the shop as it is in one. */
static void sweep_in_pieces(uint64_t seed) {
    td_rng rng = td_rng_stream(seed, "pieces", 0, 0);
    td_tiny_rows rows;
    td_tiny_rows_random(&rows, &rng, 400, 120);
    td_population_rule rule = td_population_rule_default();
    td_tiny_shop shop;
    td_tiny_shop_build(&shop, &rows, &rule, 1);
    uint64_t times = 140000 / shop.population.n + 1;
    td_population many = repeated(&shop.population, times);
    td_feature_inputs inputs = {&shop.events, &shop.sessions, &shop.catalog, &many, NULL, NULL};
    td_exec exec = {.n_threads = 3};
    td_feature_set set;
    cr_assert_eq(td_features_build(&set, &inputs, &exec, NULL), TD_OK);
    for (uint32_t c = 0; c < set.features.n_columns; c++) {
        const double *is = set.features.column[c].number;
        const double *want = shop.set.features.column[c].number;
        uint64_t n_other = 0;
        for (uint64_t i = 0; i < many.n; i++)
            n_other += memcmp(&is[i], &want[i / times], sizeof *is) != 0;
        cr_expect_eq(n_other, 0, "%s", set.features.column[c].name);
    }
    td_feature_set_free(&set);
    td_population_free(&many);
    td_tiny_shop_free(&shop);
    td_tiny_rows_free(&rows);
}

Test(core_features, pieces_of_the_time_line_give_what_one_walk_gives) {
    for (uint64_t seed = 1; seed <= 6; seed++) sweep_in_pieces(seed);
}
