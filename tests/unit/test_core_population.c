/* tests/unit/test_core_population.c: a population in parts is the whole one. */
#include <criterion/criterion.h>

#include "core/population.h"
#include "tests/support/tiny_shop.h"

Test(core_population, windows_of_decisions_split_the_population) {
    td_rng rng = td_rng_stream(11, "population", 0, 0);
    for (int round = 0; round < 20; round++) {
        td_tiny_rows rows;
        td_tiny_rows_random(&rows, &rng, 150, 20);
        td_population_rule rule = td_population_rule_default();
        td_tiny_shop shop;
        td_tiny_shop_build(&shop, &rows, &rule, 1);
        const td_population *whole = &shop.population;
        int64_t cut = whole->decision[td_rng_below(&rng, whole->n)];
        td_decision_window window[2] = {{INT64_MIN, cut}, {cut, INT64_MAX}};
        uint64_t n = 0, n_positives = 0, n_censored = 0, n_bought = 0;
        for (int w = 0; w < 2; w++) {
            td_population part;
            td_error err = {0};
            cr_assert_eq(td_population_build_between(&part, &shop.sessions, &shop.funnel, &rule,
                                                     window[w], &err),
                         TD_OK);
            uint64_t at = 0;
            for (uint64_t i = 0; i < part.n; i++) {
                cr_assert_eq(part.decision[i] <= cut, w == 0);
                while (whole->session[at] != part.session[i]) at++;
                cr_assert_eq(part.decision[i], whole->decision[at]);
                cr_assert_eq(part.cut[i], whole->cut[at]);
                cr_assert_eq(part.label[i], whole->label[at]);
            }
            n += part.n;
            n_positives += part.n_positives;
            n_censored += part.n_censored;
            n_bought += part.n_bought_before;
            td_population_free(&part);
        }
        cr_assert_eq(n, whole->n);
        cr_assert_eq(n_positives, whole->n_positives);
        cr_assert_eq(n_censored, whole->n_censored);
        cr_assert_eq(n_bought, whole->n_bought_before);
        td_tiny_shop_free(&shop);
        td_tiny_rows_free(&rows);
    }
}
