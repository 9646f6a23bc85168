/* tests/prop/test_gbdt_walk.c: blocks of coded rows end in the leaves that rows walking alone
 * reach, for numbers, categories, missing values in rows that training never saw, small and large
 * trees. Read as they are by nodes that send missing values left, codes fail this test. */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "core/base/mem.h"
#include "gbdt/walk.h"
#include "tests/support/rows.h"

static void check_tree(const td_tree *tree, const td_binned *rows, int n_threads) {
    uint64_t n = td_binned_rows(rows);
    td_walk walk;
    td_exec exec = {.n_threads = n_threads};
    double *score = td_mem_array(n, sizeof *score, NULL);
    uint8_t *skip = td_mem_array(n, 1, NULL);
    cr_assert_eq(td_walk_init(&walk, tree, rows, NULL), TD_OK);
    for (uint64_t i = 0; i < n; i++) {
        score[i] = 0.1 * (double)i;
        skip[i] = i % 3 == 1;
    }
    cr_assert_eq(td_walk_add(score, &walk, skip, &exec, NULL), TD_OK);
    for (uint64_t i = 0; i < n; i++) {
        double own = 0.1 * (double)i;
        if (!skip[i]) own += tree->leaf_value[td_walk_leaf(&walk, i)];
        cr_assert_eq(memcmp(&own, &score[i], sizeof own), 0, "row %llu", (unsigned long long)i);
    }
    td_walk_free(&walk);
    td_mem_free(score);
    td_mem_free(skip);
}

/* Validation rows have missing values in columns where training had none. */
static td_test_rows other_rows(uint64_t n, uint64_t seed) {
    td_test_rows rows = td_test_rows_random(n, 9, 0, seed);
    for (uint32_t f = 0; f < 9; f++) {
        for (uint64_t i = f; i < n; i += 5) rows.table.column[f].number[i] = NAN;
    }
    td_test_rows_make_category(&rows, 1);
    td_test_rows_make_category(&rows, 5);
    return rows;
}

static void check_model(const char *text, uint64_t n_train, uint64_t n_other, uint64_t seed) {
    td_test_rows rows = td_test_rows_random(n_train, 9, 0, seed);
    td_test_rows_make_category(&rows, 1);
    td_test_rows_make_category(&rows, 5);
    td_test_rows other = other_rows(n_other, seed + 100);
    td_train_params params = td_test_params(text);
    td_binned *binned, *coded;
    td_model *model;
    cr_assert_eq(td_binned_build(&binned, &rows.view, &params, NULL, NULL), TD_OK);
    cr_assert_eq(td_binned_code(&coded, binned, &other.view, NULL, NULL), TD_OK);
    cr_assert_eq(td_train(&model, NULL, (td_train_rows){binned, NULL}, &params, NULL, NULL), TD_OK);
    for (uint32_t t = 0; t < model->n_trees; t++) {
        check_tree(&model->tree[t], coded, 1 + (int)t % 3);
        check_tree(&model->tree[t], binned, 1);
    }
    td_model_free(model);
    td_binned_free(coded);
    td_binned_free(binned);
    td_test_rows_free(&rows);
    td_test_rows_free(&other);
}

Test(gbdt_walk, blocks_reach_the_leaves_of_single_rows) {
    uint64_t live = td_mem_live_bytes();
    for (uint64_t seed = 1; seed <= 6; seed++) {
        check_model("objective=regression num_iterations=4 num_leaves=40 min_data_per_group=5 "
                    "min_data_in_leaf=3",
                    900 + 300 * seed, 1 + 700 * seed, seed);
    }
    check_model("objective=regression num_iterations=2 num_leaves=700 min_data_in_leaf=2 "
                "min_data_per_group=2",
                6000, 3000, 7);
    check_model("objective=regression num_iterations=1 min_data_in_leaf=500", 600, 300, 8);
    cr_assert_eq(td_mem_live_bytes(), live);
}
