/* tests/unit/test_gbdt_binning.c: bounds, codes, and what is refused. */
#include <criterion/criterion.h>
#include <float.h>
#include <math.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/packed.h"
#include "gbdt/binning.h"
#include "tests/support/rows.h"

Test(gbdt_binning, few_values_have_a_bin_each_with_bounds_in_the_middle) {
    double sorted[] = {-2, -2, 0, 0, 0, 1, 5}, upper[256];
    uint32_t n;
    td_bins_bound(upper, &n, sorted, 7, (td_bin_rule){255, 1});
    cr_assert_eq(n, 4);
    cr_assert(upper[0] == -1 && upper[1] == 0.5 && upper[2] == 3 && upper[3] == HUGE_VAL);
}

Test(gbdt_binning, bins_below_the_minimum_are_joined_with_the_next) {
    double sorted[] = {1, 2, 3, 4, 4, 4, 5}, upper[256];
    uint32_t n;
    td_bins_bound(upper, &n, sorted, 7, (td_bin_rule){255, 3});
    cr_assert_eq(n, 3);
    cr_assert(upper[0] == 3.5 && upper[1] == 4.5 && upper[2] == HUGE_VAL);
}

Test(gbdt_binning, many_values_make_full_use_of_the_bins_in_equal_parts) {
    static double sorted[100000], upper[256];
    for (int i = 0; i < 100000; i++) sorted[i] = i;
    uint32_t n;
    td_bins_bound(upper, &n, sorted, 100000, (td_bin_rule){100, 3});
    cr_assert_eq(n, 100);
    for (uint32_t b = 0; b + 1 < n; b++) {
        double width = upper[b] - (b > 0 ? upper[b - 1] : -0.5);
        cr_assert_float_eq(width, 1000, 1); /* rows a bin; +-1 where the mean is not whole */
    }
}

Test(gbdt_binning, a_value_that_holds_most_rows_has_a_bin_of_its_own) {
    static double sorted[10000], upper[256];
    for (int i = 0; i < 10000; i++) sorted[i] = i < 4000 ? (double)i / 4000 : i < 8000 ? 7 : i;
    uint32_t n;
    td_bins_bound(upper, &n, sorted, 10000, (td_bin_rule){10, 1});
    uint32_t b = 0;
    while (upper[b] < 7) b++;
    cr_assert_lt(upper[b], 8000);
    cr_assert_gt(upper[b - 1], 0.99);
    cr_assert_leq(n, 10);
}

Test(gbdt_binning, no_rounding_moves_a_value_across_a_bound) {
    double pairs[][2] = {{1, nextafter(1, 2)}, {-DBL_MAX, DBL_MAX}, {0, DBL_TRUE_MIN},
                         {DBL_MAX, HUGE_VAL},  {-HUGE_VAL, 3},      {0.1, 0.3}};
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        double t = td_bins_between(pairs[i][0], pairs[i][1]);
        cr_assert(pairs[i][0] <= t && t < pairs[i][1], "pair %zu: %.17g", i, t);
    }
}

Test(gbdt_binning, a_code_is_the_first_bin_whose_bound_is_not_below) {
    double upper[256], x[1000];
    uint8_t code[1000];
    for (uint32_t n_values = 1; n_values <= 255; n_values++) {
        for (uint32_t b = 0; b < n_values; b++) upper[b] = b + 1 == n_values ? HUGE_VAL : 2.0 * b;
        for (int i = 0; i < 1000; i++) x[i] = i % 7 == 0 ? NAN : (i - 10) * 0.5;
        x[1] = HUGE_VAL;
        x[2] = -HUGE_VAL;
        td_bins bins = {.n_values = n_values, .upper = upper};
        td_bins_encode(code, x, 1000, &bins);
        for (int i = 0; i < 1000; i++) {
            uint32_t b = 0;
            while (b + 1 < n_values && !(x[i] <= upper[b])) b++;
            cr_assert_eq(code[i], isnan(x[i]) ? n_values : b, "%g of %u bins", x[i], n_values);
        }
    }
}

Test(gbdt_binning, missing_values_take_one_bin_of_max_bin) {
    td_test_rows rows = td_test_rows_random(3000, 2, 1, 1);
    td_train_params params = td_test_params("max_bin=16 min_data_in_bin=1");
    td_binned *binned;
    cr_assert_eq(td_binned_build(&binned, &rows.view, &params, NULL, NULL), TD_OK);
    cr_assert_eq(binned->bin[0].n_bins, 16);
    cr_assert_eq(binned->bin[0].n_values, 16);
    cr_assert_leq(binned->bin[1].n_bins, 16);
    cr_assert_eq(binned->bin[1].n_bins, binned->bin[1].n_values + 1);
    td_binned_free(binned);
    td_test_rows_free(&rows);
    cr_assert_eq(td_mem_live_bytes(), 0);
}

Test(gbdt_binning, frequent_levels_are_kept_and_the_rest_is_unseen) {
    td_test_rows rows = td_test_rows_new(100, 1);
    for (int i = 0; i < 100; i++) {
        rows.table.column[0].number[i] = i < 50 ? 3 : i < 90 ? 1 : i < 98 ? 2 : NAN;
        rows.label[i] = i % 2;
    }
    td_test_rows_make_category(&rows, 0);
    td_train_params params = td_test_params("max_bin=3");
    td_binned *binned;
    cr_assert_eq(td_binned_build(&binned, &rows.view, &params, NULL, NULL), TD_OK);
    const td_bins *bins = &binned->bin[0];
    cr_assert_eq(bins->n_values, 2); /* c1 and c3; c2 and missing share the last code */
    cr_assert_eq(bins->n_bins, 3);
    const uint8_t *code = td_binned_codes(binned, 0);
    cr_assert(code[0] == 1 && code[60] == 0 && code[95] == 2 && code[99] == 2);
    td_binned_free(binned);
    td_test_rows_free(&rows);
}

static void assert_refused(const td_test_rows *rows, td_status status, const char *part) {
    td_train_params params = td_train_params_default();
    td_error err = {0};
    td_binned *binned;
    uint64_t live = td_mem_live_bytes();
    cr_assert_eq(td_binned_build(&binned, &rows->view, &params, NULL, &err), status, "%s", part);
    cr_assert_not_null(strstr(err.text, part), "'%s' lacks '%s'", err.text, part);
    cr_assert_null(binned);
    cr_assert_eq(td_mem_live_bytes(), live);
}

Test(gbdt_binning, bad_tables_are_refused_by_name) {
    td_test_rows rows = td_test_rows_random(50, 3, 1, 2);
    td_test_rows_add_weights(&rows);
    rows.view.n_rows = 0;
    assert_refused(&rows, TD_ERR_SHAPE, "no rows");
    rows.view.n_rows = 1;
    assert_refused(&rows, TD_ERR_NUMERIC, "both classes");
    rows.view.n_rows = 50;
    rows.view.n_features = 0;
    assert_refused(&rows, TD_ERR_SHAPE, "no feature");
    rows.view.n_features = 3;
    double kept = rows.label[17];
    rows.label[17] = NAN;
    assert_refused(&rows, TD_ERR_RANGE, "row 18");
    rows.label[17] = 2;
    assert_refused(&rows, TD_ERR_RANGE, "row 18: label 2");
    rows.label[17] = kept;
    rows.weight[3] = 0;
    assert_refused(&rows, TD_ERR_RANGE, "row 4: weight 0");
    rows.weight[3] = 1;
    strcpy(rows.table.column[2].name, "f0");
    assert_refused(&rows, TD_ERR_SHAPE, "'f0'");
    rows.view.label = NULL;
    assert_refused(&rows, TD_ERR_SHAPE, "label");
    td_test_rows_free(&rows);
}

static void note_feature(void *ctx, uint32_t feature) { ((uint32_t *)ctx)[feature]++; }

/* Thousandths, some missing, some with too many digits for a cell. */
static td_test_rows rows_of_thousandths(double other[3], uint32_t **cells) {
    td_test_rows rows = td_test_rows_new(5000, 1);
    td_column *column = &rows.table.column[0];
    uint32_t *cell = td_mem_array(5000, sizeof *cell, NULL);
    for (uint32_t i = 0; i < 5000; i++) {
        uint32_t digits = i * 7919 % 5003;
        cell[i] = i % 50 == 7 ? TD_PACKED_MISSING
                  : i < 3     ? TD_PACKED_OTHER | i
                              : td_packed_cell(i % 2, digits, 3);
        column->number[i] = td_packed_value(cell[i], other);
        rows.label[i] = i % 2;
    }
    *cells = cell;
    return rows;
}

Test(gbdt_binning, packed_columns_have_the_bins_and_codes_of_their_numbers) {
    double other[3] = {1e300, -0.12345678901234, 1e-300};
    uint32_t *cell, calls[1] = {0};
    td_test_rows rows = rows_of_thousandths(other, &cell);
    td_column *column = &rows.table.column[0];
    for (int is_sampled = 0; is_sampled < 2; is_sampled++) {
        td_train_params params =
            td_test_params(is_sampled ? "bin_construct_sample_cnt=1000" : "max_bin=31");
        td_binned *plain, *packed;
        cr_assert_eq(td_binned_build(&plain, &rows.view, &params, NULL, NULL), TD_OK);
        td_column twin = *column;
        twin.number = NULL;
        twin.packed = cell;
        twin.other = other;
        const td_column *feature[] = {&twin};
        td_matrix_view view = rows.view;
        view.feature = feature;
        view.give_back = note_feature;
        view.give_back_ctx = calls;
        cr_assert_eq(td_binned_build(&packed, &view, &params, NULL, NULL), TD_OK);
        cr_assert_eq(packed->bin[0].n_bins, plain->bin[0].n_bins);
        cr_assert_gt(plain->bin[0].n_bins, 20);
        cr_assert_eq(memcmp(packed->bin[0].upper, plain->bin[0].upper,
                            plain->bin[0].n_values * sizeof(double)),
                     0);
        cr_assert_eq(memcmp(packed->code, plain->code, 5000), 0);
        cr_assert_eq(calls[0], 1 + is_sampled, "every feature is given back once");
        td_binned_free(plain);
        td_binned_free(packed);
    }
    td_mem_free(cell);
    td_test_rows_free(&rows);
    cr_assert_eq(td_mem_live_bytes(), 0);
}
