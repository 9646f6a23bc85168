/* Every feature against its definition, computed by scanning all rows anew, on random small shops
 * full of ties; labels, population and missing files likewise. */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "tests/oracle/feature_oracle.h"
#include "tests/support/tiny_shop.h"

enum { N_SHOPS = 12 };

/* Sums in another order and sin, cos of another library: a few units in the last place. Counts and
 * times are exact either way. */
static int is_close(double a, double b) {
    if (isnan(a) || isnan(b)) return isnan(a) && isnan(b);
    return fabs(a - b) <= 1e-12 * fmax(1, fmax(fabs(a), fabs(b)));
}

static void compare_row(const td_tiny_shop *shop, const td_tiny_rows *rows, uint64_t row) {
    const td_feature_set *set = &shop->set;
    td_oracle oracle;
    td_oracle_open(&oracle, rows, set->visitor[row], set->start[row], &shop->population.rule);
    cr_assert_eq(set->decision[row], oracle.decision);
    for (uint32_t c = 0; c < set->features.n_columns; c++) {
        const td_column *column = &set->features.column[c];
        double want = td_oracle_feature(&oracle, column->name);
        cr_assert(is_close(column->number[row], want),
                  "%s of visitor %lld at %lld: %.17g, not %.17g", column->name,
                  (long long)set->visitor[row], (long long)set->start[row], column->number[row],
                  want);
    }
}

static void compare_shop(td_tiny_rows *rows, const td_population_rule *rule) {
    td_tiny_shop shop;
    td_tiny_shop_build(&shop, rows, rule, 1);
    for (uint64_t row = 0; row < shop.set.n; row++) compare_row(&shop, rows, row);
    td_tiny_shop_free(&shop);
}

static void compare_shops(uint64_t seed, const td_population_rule *rule) {
    td_rng rng = td_rng_stream(seed, "feature oracle", 0, 0);
    for (int i = 0; i < N_SHOPS; i++) {
        td_tiny_rows rows;
        td_tiny_rows_random(&rows, &rng, 40 + td_rng_below(&rng, 160), td_rng_below(&rng, 80));
        compare_shop(&rows, rule);
        td_tiny_rows_free(&rows);
    }
}

Test(oracle_features, every_feature_equals_its_definition) {
    td_population_rule rule = td_population_rule_default();
    compare_shops(1, &rule);
}

Test(oracle_features, hidden_carts_are_hidden_from_the_session_only) {
    td_population_rule rule = td_population_rule_default();
    rule.hide_cart = 1;
    compare_shops(2, &rule);
}

Test(oracle_features, any_purchase_sees_nothing_from_the_first_transaction_on) {
    td_population_rule rule = td_population_rule_default();
    rule.target = TD_ANY_PURCHASE;
    compare_shops(3, &rule);
}

Test(oracle_features, other_decision_times_hold_as_well) {
    td_population_rule rule = td_population_rule_default();
    for (rule.decision_ms = 0; rule.decision_ms <= 3600000; rule.decision_ms += 1800000) {
        compare_shops(4, &rule);
    }
}

/* What the population must be, from the rows: 1 in, 0 out. */
static int belongs(const td_oracle *oracle, int64_t last_time) {
    int is_censored = oracle->end + TD_DEFAULT_GAP_MS > last_time;
    return !is_censored && td_oracle_buys_after(oracle, oracle->decision) ==
                               td_oracle_buys_after(oracle, oracle->start - 1);
}

Test(oracle_features, population_and_label_equal_their_definition) {
    td_rng rng = td_rng_stream(5, "feature oracle", 0, 0);
    for (int i = 0; i < N_SHOPS; i++) {
        td_tiny_rows rows;
        td_tiny_rows_random(&rows, &rng, 150, 0);
        td_population_rule rule = td_population_rule_default();
        td_tiny_shop shop;
        td_tiny_shop_build(&shop, &rows, &rule, 1);
        uint64_t row = 0;
        for (uint64_t s = 0; s < shop.sessions.n; s++) {
            td_oracle oracle;
            int64_t visitor = shop.events.visitors.id[shop.sessions.visitor[s]];
            td_oracle_open(&oracle, &rows, visitor, shop.sessions.start[s], &rule);
            cr_assert_eq(oracle.end, shop.sessions.end[s]);
            int is_in = row < shop.population.n && shop.population.session[row] == s;
            /* a session with an early and a late transaction: out, though "after" is not empty */
            int has_early = oracle.cut < oracle.decision;
            cr_assert_eq(is_in, belongs(&oracle, shop.events.last_timestamp) && !has_early);
            if (!is_in) continue;
            cr_assert_eq(shop.set.label[row], td_oracle_buys_after(&oracle, oracle.decision));
            row++;
        }
        cr_assert_eq(row, shop.population.n);
        cr_assert_eq(shop.sessions.n, shop.population.n + shop.population.n_censored +
                                          shop.population.n_bought_before);
        td_tiny_shop_free(&shop);
        td_tiny_rows_free(&rows);
    }
}
