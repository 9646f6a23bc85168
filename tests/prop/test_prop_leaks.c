/* What is not known yet cannot matter: the production engine on a log cut off at a time C, or with
 * everything after C replaced by random rows, gives bit-equal features for every session decided at
 * C or before. Random shops; C are decision times (where the last visible event may lie at C
 * itself). */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/tiny_shop.h"

enum { N_SHOPS = 10, N_CUTS = 12 };

/* Random rows later than C: old and new visitors and items, from 1 ms on. */
static void poison_rows(td_tiny_rows *rows, int64_t cut, uint64_t n, td_rng *rng) {
    for (uint64_t i = 0; i < n; i++) {
        td_tiny_event event = td_tiny_random_event(rng);
        event.time = cut + 1 + (int64_t)td_rng_below(rng, i % 2 ? 1000 : 90000000);
        if (i % 5 == 0) event.visitor -= 500;
        if (i % 7 == 0) event.item -= 9;
        rows->event[rows->n_events++] = event;
        td_tiny_property property = td_tiny_random_property(rng);
        property.time = cut + 1 + (int64_t)td_rng_below(rng, i % 2 ? 10 : 90000000);
        rows->property[rows->n_properties++] = property;
    }
    td_tiny_rows_dedupe(rows);
}

/* Row of (visitor, start), UINT64_MAX when there is none. */
static uint64_t find_row(const td_feature_set *set, int64_t visitor, int64_t start) {
    for (uint64_t row = 0; row < set->n; row++) {
        if (set->visitor[row] == visitor && set->start[row] == start) return row;
    }
    return UINT64_MAX;
}

/* Rows of `full` decided at C or before stand in `other` with the same bits. How many there are. */
static uint64_t compare_decided(const td_feature_set *full, const td_feature_set *other,
                                int64_t cut) {
    uint64_t n_compared = 0;
    cr_assert_eq(full->features.n_columns, other->features.n_columns);
    for (uint64_t row = 0; row < full->n; row++) {
        if (full->decision[row] > cut) continue;
        uint64_t twin = find_row(other, full->visitor[row], full->start[row]);
        cr_assert_neq(twin, UINT64_MAX, "a session decided before the cut is gone");
        for (uint32_t c = 0; c < full->features.n_columns; c++) {
            const td_column *a = &full->features.column[c];
            const td_column *b = &other->features.column[c];
            cr_assert_str_eq(a->name, b->name);
            cr_assert_eq(memcmp(&a->number[row], &b->number[twin], sizeof(double)), 0,
                         "%s: %.17g, and %.17g when later rows change", a->name, a->number[row],
                         b->number[twin]);
        }
        n_compared++;
    }
    return n_compared;
}

static uint64_t compare_at(const td_tiny_rows *rows, const td_tiny_shop *full, int64_t cut,
                           const td_population_rule *rule, uint64_t n_poison, td_rng *rng) {
    td_tiny_rows other;
    td_tiny_rows_copy(&other, rows, n_poison);
    td_tiny_truncate(&other, cut);
    poison_rows(&other, cut, n_poison, rng);
    td_tiny_shop shop;
    td_tiny_shop_build(&shop, &other, rule, 1);
    uint64_t n = compare_decided(&full->set, &shop.set, cut);
    td_tiny_shop_free(&shop);
    td_tiny_rows_free(&other);
    return n;
}

static void compare_shops(uint64_t seed, uint64_t n_poison) {
    td_rng rng = td_rng_stream(seed, "leaks", 0, 0);
    td_population_rule rule = td_population_rule_default();
    rule.keep_censored = 1;
    uint64_t n = 0;
    for (int i = 0; i < N_SHOPS; i++) {
        td_tiny_rows rows;
        td_tiny_rows_random(&rows, &rng, 50 + td_rng_below(&rng, 250), 100);
        td_tiny_shop full;
        td_tiny_shop_build(&full, &rows, &rule, 2);
        for (int c = 0; c < N_CUTS; c++) {
            uint64_t row = td_rng_below(&rng, full.set.n);
            n += compare_at(&rows, &full, full.set.decision[row], &rule, n_poison, &rng);
        }
        td_tiny_shop_free(&full);
        td_tiny_rows_free(&rows);
    }
    cr_assert_gt(n, 1000, "only %llu sessions were compared", (unsigned long long)n);
}

Test(prop_leaks, a_log_cut_off_gives_the_same_features_before_the_cut) { compare_shops(1, 0); }

Test(prop_leaks, random_rows_after_the_cut_change_nothing_before_it) { compare_shops(2, 60); }

Test(prop_leaks, the_bits_do_not_depend_on_the_thread_count_or_the_order_of_rows) {
    td_rng rng = td_rng_stream(3, "leaks", 0, 0);
    td_population_rule rule = td_population_rule_default();
    td_tiny_rows rows;
    td_tiny_rows_random(&rows, &rng, 3000, 500);
    td_tiny_shop one, four;
    td_tiny_shop_build(&one, &rows, &rule, 1);
    for (uint64_t i = rows.n_events; i > 1; i--) {
        uint64_t j = td_rng_below(&rng, i);
        td_tiny_event swap = rows.event[i - 1];
        rows.event[i - 1] = rows.event[j];
        rows.event[j] = swap;
    }
    for (uint64_t i = rows.n_properties; i > 1; i--) {
        uint64_t j = td_rng_below(&rng, i);
        td_tiny_property swap = rows.property[i - 1];
        rows.property[i - 1] = rows.property[j];
        rows.property[j] = swap;
    }
    td_tiny_shop_build(&four, &rows, &rule, 4);
    cr_assert_eq(one.set.n, four.set.n);
    for (uint32_t c = 0; c < one.set.features.n_columns; c++) {
        cr_assert_eq(memcmp(one.set.features.column[c].number, four.set.features.column[c].number,
                            one.set.n * sizeof(double)),
                     0, "%s", one.set.features.column[c].name);
    }
    cr_assert_eq(one.catalog.n_conflicts, four.catalog.n_conflicts);
    cr_assert_eq(one.catalog.n_duplicates, four.catalog.n_duplicates);
    td_tiny_shop_free(&one);
    td_tiny_shop_free(&four);
    td_tiny_rows_free(&rows);
}
