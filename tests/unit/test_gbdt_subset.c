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
    td_subset subset = {row, KEPT, label, weight, TD_OBJECTIVE_REGRESSION, 0};
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

/* The drawing of join.c: 24 distinct values in 6 bins of 4; the part has 3, 3, 3, 1, 1, 1 of them.
 * Column f1 has four values, the rarest of them once in the part. */
Test(gbdt_subset, bins_nearly_empty_among_the_chosen_rows_are_joined) {
    enum { N = 24, KEPT = 12 };
    td_test_rows rows = td_test_rows_new(N, 2);
    for (int i = 0; i < N; i++) {
        rows.table.column[0].number[i] = i;
        rows.table.column[1].number[i] = i == 20 ? 9 : i % 3;
    }
    td_binned *whole = build(&rows.view, "objective=regression max_bin=6 min_data_in_bin=1"), *part;
    uint32_t row[KEPT] = {0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 16, 20};
    td_subset subset = {row, KEPT, rows.label, NULL, TD_OBJECTIVE_REGRESSION, 1};
    cr_assert_eq(td_binned_take(&part, whole, &subset, NULL, NULL), TD_OK);
    cr_assert_eq(whole->bin[0].n_values, 6);
    cr_assert_eq(part->bin[0].n_values, 5);
    cr_assert_eq(part->bin[0].n_bins, 5);
    uint8_t expected[KEPT] = {0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 4};
    cr_assert_arr_eq(td_binned_codes(part, 0), expected, sizeof expected);
    cr_assert_eq(part->bin[0].upper[3], whole->bin[0].upper[4]);
    cr_assert_eq(part->bin[0].upper[4], HUGE_VAL);
    cr_assert_eq(part->bin[1].n_values, 4, "single values stay, however rare");
    td_binned_free(part);
    td_binned_free(whole);
    td_test_rows_free(&rows);
    cr_assert_eq(td_mem_live_bytes(), 0);
}

/* The same rows twice, once with joined and once with finer codes: every tree must send them the
 * same way, missing values and categories, too. */
Test(gbdt_subset, rows_with_the_finer_codes_follow_trees_of_joined_bins) {
    enum { N = 6000, KEPT = 1500 };
    td_test_rows rows = td_test_rows_random(N, 6, 0, 9);
    td_test_rows_make_category(&rows, 1);
    static uint32_t row[KEPT];
    uint32_t n = 0; /* many of the first thousand, then few */
    for (uint32_t i = 0; i < N && n < KEPT; i++) {
        row[n] = i;
        n += i < 1000 || i % 10 == 0;
    }
    td_binned *whole = build(&rows.view, "objective=regression"), *coarse, *fine;
    td_subset subset = {row, n, rows.label, NULL, TD_OBJECTIVE_REGRESSION, 1};
    cr_assert_eq(td_binned_take(&coarse, whole, &subset, NULL, NULL), TD_OK);
    subset.joins_bins = 0;
    cr_assert_eq(td_binned_take(&fine, whole, &subset, NULL, NULL), TD_OK);
    td_train_params params = td_test_params("objective=regression num_iterations=20");
    td_train_result result;
    td_model *model;
    cr_assert_eq(td_train(&model, &result, (td_train_rows){coarse, fine}, &params, NULL, NULL),
                 TD_OK);
    cr_assert_arr_eq(result.train_raw, result.valid_raw, n * sizeof(double));
    td_train_result_free(&result);
    td_model_free(model);
    td_binned_free(coarse);
    td_binned_free(fine);
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
    td_subset subset = {row, 3, label, weight, TD_OBJECTIVE_BINARY, 0};
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
