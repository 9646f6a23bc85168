/* tests/unit/test_gbdt_subset.c: rows of a binned table asked another question. */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "core/base/mem.h"
#include "gbdt/binning.h"
#include "gbdt/subset.h"
#include "tests/support/rows.h"

/* Train on `binned` and return the model's bytes (td_mem_free). */
static char *bytes_of(const td_binned *binned, const td_train_params *params, uint64_t *n) {
    td_error err = {0};
    td_model *model;
    char *bytes;
    cr_assert_eq(td_train(&model, NULL, (td_train_rows){binned, NULL}, params, NULL, &err), TD_OK,
                 "%s", err.text);
    cr_assert_eq(td_model_to_bytes(&bytes, n, model, &err), TD_OK, "%s", err.text);
    td_model_free(model);
    return bytes;
}

static void assert_same_model(const td_binned *a, const td_binned *b, const char *text) {
    td_train_params params = td_test_params(text);
    uint64_t n_a, n_b;
    char *bytes_a = bytes_of(a, &params, &n_a), *bytes_b = bytes_of(b, &params, &n_b);
    cr_assert_eq(n_a, n_b);
    cr_assert_arr_eq(bytes_a, bytes_b, n_a);
    td_mem_free(bytes_a);
    td_mem_free(bytes_b);
}

static td_binned *build(const td_matrix_view *view, const char *text) {
    td_train_params params = td_test_params(text);
    td_error err = {0};
    td_binned *binned;
    cr_assert_eq(td_binned_build(&binned, view, &params, NULL, &err), TD_OK, "%s", err.text);
    return binned;
}

Test(gbdt_subset, taking_all_rows_gives_the_same_model) {
    td_test_rows rows = td_test_rows_random(3000, 6, 1, 5);
    td_binned *whole = build(&rows.view, ""), *copy;
    td_subset all = {.label = rows.label, .objective = TD_OBJECTIVE_BINARY};
    cr_assert_eq(td_binned_take(&copy, whole, &all, NULL, NULL), TD_OK);
    assert_same_model(whole, copy, "num_iterations=10");
    td_binned_free(copy);
    td_binned_free(whole);
    td_test_rows_free(&rows);
    cr_assert_eq(td_mem_live_bytes(), 0);
}

/* The oracle codes the chosen rows from their raw values, with the bins of the whole table. */
Test(gbdt_subset, chosen_rows_with_new_labels_and_weights_are_a_table_of_their_own) {
    enum { N = 2000, KEPT = 700 };
    td_test_rows rows = td_test_rows_random(N, 5, 1, 6), few = td_test_rows_new(KEPT, 5);
    td_test_rows_add_weights(&few);
    static uint32_t row[KEPT];
    static double label[N], weight[N];
    for (uint32_t i = 0; i < N; i++) {
        label[i] = sin(i) * 10;
        weight[i] = 1 + i % 7;
    }
    for (uint32_t i = 0; i < KEPT; i++) {
        row[i] = (i * 977) % N;
        for (int f = 0; f < 5; f++) {
            few.table.column[f].number[i] = rows.table.column[f].number[row[i]];
        }
        few.label[i] = label[row[i]];
        few.weight[i] = weight[row[i]];
    }
    td_binned *whole = build(&rows.view, ""), *taken;
    td_subset subset = {row, KEPT, label, weight, TD_OBJECTIVE_REGRESSION};
    cr_assert_eq(td_binned_take(&taken, whole, &subset, NULL, NULL), TD_OK);
    whole->labels.n_classes = 0; /* so that any label may be coded */
    td_binned *coded;
    cr_assert_eq(td_binned_code(&coded, whole, &few.view, NULL, NULL), TD_OK);
    assert_same_model(taken, coded, "objective=regression num_iterations=8");
    td_binned_free(taken);
    td_binned_free(coded);
    td_binned_free(whole);
    td_test_rows_free(&few);
    td_test_rows_free(&rows);
    cr_assert_eq(td_mem_live_bytes(), 0);
}

Test(gbdt_subset, a_column_appended_is_a_column_that_was_there) {
    td_test_rows rows = td_test_rows_random(1500, 5, 0, 7);
    td_test_rows_make_category(&rows, 1);
    td_matrix_view without = rows.view;
    without.n_features = 4;
    td_binned *part = build(&without, "objective=regression"), *joined;
    td_binned *whole = build(&rows.view, "objective=regression");
    td_train_params params = td_test_params("");
    cr_assert_eq(td_binned_append(&joined, part, rows.feature[4], &params, NULL, NULL), TD_OK);
    assert_same_model(whole, joined, "objective=regression num_iterations=8");
    td_binned *again;
    td_error err = {0};
    cr_assert_eq(td_binned_append(&again, part, rows.feature[0], &params, NULL, &err),
                 TD_ERR_SHAPE);
    cr_assert_str_eq(err.text, "two feature columns are named 'f0'");
    td_binned_free(joined);
    td_binned_free(part);
    td_binned_free(whole);
    td_test_rows_free(&rows);
    cr_assert_eq(td_mem_live_bytes(), 0);
}

Test(gbdt_subset, what_cannot_be_learned_from_is_named) {
    td_test_rows rows = td_test_rows_random(50, 2, 1, 8);
    td_binned *whole = build(&rows.view, ""), *taken;
    uint32_t row[] = {3, 49, 7};
    double label[50] = {0}, weight[50];
    for (int i = 0; i < 50; i++) weight[i] = 1;
    td_error err = {0};
    td_subset subset = {row, 3, label, weight, TD_OBJECTIVE_BINARY};
    label[49] = 0.5;
    cr_assert_eq(td_binned_take(&taken, whole, &subset, NULL, &err), TD_ERR_RANGE);
    cr_assert_str_eq(err.text, "row 50: label 0.5 is neither 0 nor 1");
    label[49] = 1;
    weight[7] = 0;
    cr_assert_eq(td_binned_take(&taken, whole, &subset, NULL, &err), TD_ERR_RANGE);
    cr_assert_str_eq(err.text, "row 8: weight 0 is not positive and finite");
    row[0] = 50;
    cr_assert_eq(td_binned_take(&taken, whole, &subset, NULL, &err), TD_ERR_RANGE);
    cr_assert_str_eq(err.text, "row 51 of a table of 50 rows");
    subset.n_rows = 0;
    cr_assert_eq(td_binned_take(&taken, whole, &subset, NULL, &err), TD_ERR_SHAPE);
    cr_assert_null(taken);
    td_binned_free(whole);
    td_test_rows_free(&rows);
    cr_assert_eq(td_mem_live_bytes(), 0);
}
