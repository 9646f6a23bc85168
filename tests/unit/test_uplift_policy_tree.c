/* Policy trees against brute force over all rules, hand cases, categories, refusals. */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "core/base/mem.h"
#include "gbdt/binning.h"
#include "tests/support/rows.h"
#include "uplift/policy_tree.h"

enum { MAX_ROWS = 120, MAX_ACTIONS = 3 };

typedef struct rules {
    td_test_rows rows;
    td_binned *binned;
    double score[MAX_ROWS * MAX_ACTIONS];
    td_policy_rows policy;
} rules;

static rules rules_new(uint64_t n, uint32_t p, uint32_t n_actions) {
    rules r = {.rows = td_test_rows_new(n, p)};
    r.policy = (td_policy_rows){.n_actions = n_actions};
    return r;
}

static void rules_bin(rules *r) {
    td_train_params params = td_test_params("objective=regression min_data_in_bin=1");
    td_error err = {0};
    cr_assert_eq(td_binned_build(&r->binned, &r->rows.view, &params, NULL, &err), TD_OK, "%s",
                 err.text);
    r->policy.binned = r->binned;
    r->policy.score = r->score;
}

static void rules_free(rules *r) {
    td_binned_free(r->binned);
    td_test_rows_free(&r->rows);
}

static td_policy_tree fit(const rules *r, uint32_t depth, uint32_t min_rows, int n_threads) {
    td_policy_tree tree;
    td_policy_params params = {depth, min_rows};
    td_exec exec = {.n_threads = n_threads};
    td_error err = {0};
    cr_assert_eq(td_policy_tree_fit(&tree, &r->policy, &params, &exec, &err), TD_OK, "%s",
                 err.text);
    return tree;
}

/* ---- brute force ----------------------------------------------------------------------------- */

static double best_constant(const rules *r, const uint8_t *in) {
    double best = -1e300;
    uint64_t n = r->rows.view.n_rows;
    for (uint32_t a = 0; a < r->policy.n_actions; a++) {
        double sum = 0;
        for (uint64_t i = 0; i < n; i++) sum += in[i] ? r->score[a * n + i] : 0;
        best = fmax(best, sum);
    }
    return best;
}

static double best_rule(const rules *r, const uint8_t *in, uint32_t depth, uint32_t min_rows) {
    double best = best_constant(r, in);
    uint64_t n = r->rows.view.n_rows;
    for (uint32_t f = 0; depth > 0 && f < r->binned->n_features; f++) {
        for (uint64_t k = 0; k < n; k++) { /* every value is a threshold */
            double threshold = r->rows.table.column[f].number[k];
            uint8_t yes[MAX_ROWS] = {0}, no[MAX_ROWS] = {0};
            uint32_t n_yes = 0, n_no = 0;
            for (uint64_t i = 0; i < n; i++) {
                int below = r->rows.table.column[f].number[i] <= threshold;
                n_yes += yes[i] = in[i] && below;
                n_no += no[i] = in[i] && !below;
            }
            if (n_yes < min_rows || n_no < min_rows) continue;
            best = fmax(best, best_rule(r, yes, depth - 1, min_rows) +
                                  best_rule(r, no, depth - 1, min_rows));
        }
    }
    return best;
}

static double value_of(const rules *r, const td_policy_tree *tree) {
    uint32_t action[MAX_ROWS];
    uint64_t n = r->rows.view.n_rows;
    double sum = 0;
    td_policy_tree_apply(action, tree, r->binned);
    for (uint64_t i = 0; i < n; i++) sum += r->score[action[i] * n + i];
    return sum / (double)n;
}

Test(uplift_policy_tree, no_rule_is_better_by_brute_force) {
    for (uint64_t seed = 1; seed <= 12; seed++) {
        uint64_t n = 30 + 2 * seed;
        uint32_t n_actions = 2 + seed % 2, min_rows = 1 + (uint32_t)seed % 4;
        rules r = rules_new(n, 3, n_actions);
        td_rng rng = td_rng_stream(seed, "test", 0, 0);
        for (uint64_t i = 0; i < n; i++) {
            for (uint32_t f = 0; f < 3; f++) {
                double x = (double)td_rng_below(&rng, 8);
                r.rows.table.column[f].number[i] = x;
            }
            for (uint32_t a = 0; a < n_actions; a++) r.score[a * n + i] = td_rng_normal(&rng);
        }
        rules_bin(&r);
        uint8_t in[MAX_ROWS];
        memset(in, 1, sizeof in);
        for (uint32_t depth = 1; depth <= 2; depth++) {
            td_policy_tree tree = fit(&r, depth, min_rows, 1);
            double best = best_rule(&r, in, depth, min_rows) / (double)n;
            cr_assert_float_eq(tree.value, best, 1e-12);
            cr_assert_float_eq(value_of(&r, &tree), best, 1e-12);
            cr_assert_float_eq(tree.best_one, best_constant(&r, in) / (double)n, 1e-12);
            td_policy_tree again = fit(&r, depth, min_rows, 3);
            cr_assert_eq(memcmp(&tree.question, &again.question, sizeof tree.question), 0);
        }
        rules_free(&r);
    }
}

/* Treat only where exactly one of x0, x1 is 1: no single question helps at all. */
Test(uplift_policy_tree, finds_what_one_question_cannot) {
    rules r = rules_new(40, 2, 2);
    for (uint64_t i = 0; i < 40; i++) {
        double x0 = (double)(i % 2), x1 = (double)(i / 2 % 2);
        r.rows.table.column[0].number[i] = x0;
        r.rows.table.column[1].number[i] = x1;
        r.score[40 + i] = x0 == x1 ? -1 : 1;
    }
    rules_bin(&r);
    td_policy_tree one = fit(&r, 1, 1, 1), two = fit(&r, 2, 1, 1);
    cr_assert_eq(one.depth, 0); /* nothing asked, nobody treated */
    cr_assert_eq(one.question[0].action[0], 0);
    cr_assert_eq(two.depth, 2);
    cr_assert_float_eq(two.value, 0.5, 1e-15);
    cr_assert_eq(two.question[0].feature, 0);
    cr_assert_float_eq(two.question[0].threshold, 0.5, 0.5); /* between 0 and 1 */
    cr_assert_eq(two.leaf_rows[0], 10);
    cr_assert_eq(two.question[1].action[0], 0);
    cr_assert_eq(two.question[1].action[1], 1);
    cr_assert_eq(two.question[2].action[0], 1);
    rules_free(&r);
    cr_assert_eq(td_mem_live_bytes(), 0);
}

/* Levels c0 and c2 gain, c1 and c3 lose, missing loses; one question says so. */
Test(uplift_policy_tree, categories_are_parted_as_sets) {
    rules r = rules_new(50, 1, 2);
    for (uint64_t i = 0; i < 50; i++) {
        uint64_t level = i % 5;
        r.rows.table.column[0].number[i] = level == 4 ? (double)NAN : (double)level;
        r.score[50 + i] = level == 0 || level == 2 ? 1 : -1;
    }
    td_test_rows_make_category(&r.rows, 0);
    rules_bin(&r);
    td_policy_tree tree = fit(&r, 2, 1, 1);
    cr_assert_eq(tree.depth, 1);
    cr_assert(tree.question[0].is_category);
    cr_assert_float_eq(tree.value, 0.4, 1e-15);
    cr_assert_float_eq(value_of(&r, &tree), 0.4, 1e-15);
    rules_free(&r);
}

Test(uplift_policy_tree, leaves_are_never_too_small) {
    rules r = rules_new(100, 1, 2);
    for (uint64_t i = 0; i < 100; i++) {
        r.rows.table.column[0].number[i] = (double)i;
        r.score[100 + i] = i < 5 ? 10 : -1;
    }
    rules_bin(&r);
    td_policy_tree tree = fit(&r, 2, 20, 1);
    cr_assert_eq(tree.depth, 1);
    cr_assert_eq(tree.leaf_rows[0], 20); /* 5 that gain 10 and 15 that lose 1: still worth it */
    cr_assert_float_eq(tree.value, 0.35, 1e-15);
    rules_free(&r);
}

Test(uplift_policy_tree, impossible_requests_are_named) {
    rules r = rules_new(10, 1, 2);
    rules_bin(&r);
    td_policy_tree tree;
    td_error err = {0};
    td_policy_params params = {3, 1};
    cr_assert_eq(td_policy_tree_fit(&tree, &r.policy, &params, NULL, &err), TD_ERR_ARG);
    cr_assert_not_null(strstr(err.text, "depth 3"));
    params.depth = 2;
    r.score[13] = (double)NAN;
    cr_assert_eq(td_policy_tree_fit(&tree, &r.policy, &params, NULL, &err), TD_ERR_RANGE);
    cr_assert_not_null(strstr(err.text, "row 4"));
    r.score[13] = 0;
    r.policy.n_actions = 1;
    cr_assert_eq(td_policy_tree_fit(&tree, &r.policy, &params, NULL, &err), TD_ERR_ARG);
    r.policy.n_actions = 2;
    uint64_t before = td_mem_live_bytes();
    for (uint64_t n = 1; n <= 8; n++) {
        td_mem_fail_after(n);
        td_status status = td_policy_tree_fit(&tree, &r.policy, &params, NULL, NULL);
        td_mem_fail_after(0);
        cr_assert(status == TD_ERR_NOMEM || n == 8);
        cr_assert_eq(td_mem_live_bytes(), before);
    }
    rules_free(&r);
}
