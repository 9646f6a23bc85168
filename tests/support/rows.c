/* tests/support/rows.c: see rows.h. */
#include "tests/support/rows.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/base/numeric.h"

td_test_rows td_test_rows_new(uint64_t n_rows, uint32_t n_features) {
    td_test_rows rows = {0};
    td_error err = {0};
    cr_assert_eq(td_table_init(&rows.table, n_rows, n_features, &err), TD_OK, "%s", err.text);
    rows.feature = td_mem_array(n_features, sizeof *rows.feature, &err);
    rows.label = td_mem_zeroed(n_rows, sizeof(double), &err);
    for (uint32_t f = 0; f < n_features; f++) {
        char name[16];
        snprintf(name, sizeof name, "f%u", f);
        cr_assert_eq(td_table_set_number(&rows.table, f, name, &err), TD_OK, "%s", err.text);
        rows.feature[f] = &rows.table.column[f];
    }
    rows.view = (td_matrix_view){
        .n_rows = n_rows, .n_features = n_features, .feature = rows.feature, .label = rows.label};
    return rows;
}

void td_test_rows_free(td_test_rows *rows) {
    td_table_free(&rows->table);
    td_mem_free(rows->label);
    td_mem_free(rows->weight);
    td_mem_free(rows->feature);
}

void td_test_rows_add_weights(td_test_rows *rows) {
    rows->weight = td_mem_array(rows->view.n_rows, sizeof(double), NULL);
    for (uint64_t i = 0; i < rows->view.n_rows; i++) rows->weight[i] = 1;
    rows->view.weight = rows->weight;
}

void td_test_rows_make_category(td_test_rows *rows, uint32_t f) {
    td_column *column = &rows->table.column[f];
    uint64_t n = rows->view.n_rows, n_known = 0;
    char *bytes = calloc(n + 1, 16);
    uint64_t *begin = calloc(n + 1, sizeof *begin);
    uint32_t *length = calloc(n + 1, sizeof *length);
    for (uint64_t i = 0; i < n; i++) {
        if (isnan(column->number[i])) continue;
        begin[n_known] = 16 * n_known;
        length[n_known] =
            (uint32_t)snprintf(bytes + 16 * n_known, 16, "c%d", (int)column->number[i]);
        n_known++;
    }
    td_error err = {0};
    cr_assert_eq(td_textdict_build(&column->dict, n_known, bytes, begin, length, &err), TD_OK);
    column->code = td_mem_array(n, sizeof *column->code, &err);
    for (uint64_t i = 0, k = 0; i < n; i++) {
        int is_missing = isnan(column->number[i]);
        column->code[i] =
            is_missing ? TD_CODE_NONE : td_textdict_find(&column->dict, bytes + 16 * k, length[k]);
        k += !is_missing;
    }
    td_mem_free(column->number);
    column->number = NULL;
    column->kind = TD_COLUMN_CATEGORY;
    free(bytes);
    free(begin);
    free(length);
}

/* Kinds of columns in turn: normal, small integers with gaps, a coarse grid, zero-inflated. */
static double random_value(td_rng *rng, uint32_t f) {
    double x = td_rng_normal(rng);
    switch (f % 4) {
    case 0:
        return x;
    case 1:
        return (double)td_rng_below(rng, 7) * (td_rng_below(rng, 2) == 0 ? 1 : 3);
    case 2:
        return floor(2 * x) / 4;
    default:
        return td_rng_below(rng, 4) > 0 ? 0 : x;
    }
}

td_test_rows td_test_rows_random(uint64_t n_rows, uint32_t n_features, int is_binary,
                                 uint64_t seed) {
    td_test_rows rows = td_test_rows_new(n_rows, n_features);
    td_rng rng = td_rng_stream(seed, "test rows", 0, 0);
    for (uint64_t i = 0; i < n_rows; i++) {
        double signal = td_rng_normal(&rng);
        for (uint32_t f = 0; f < n_features; f++) {
            double x = random_value(&rng, f);
            signal += (f % 3 == 0 ? 1 : -0.5) * (x > 0.3) + 0.2 * x / (f + 1);
            int is_missing = f % 2 == 1 && td_rng_below(&rng, 8) == 0;
            rows.table.column[f].number[i] = is_missing ? NAN : x;
        }
        rows.label[i] = is_binary ? signal > 0.2 : signal;
    }
    rows.label[0] = is_binary ? 0 : rows.label[0]; /* both classes, always */
    rows.label[n_rows - 1] = is_binary ? 1 : rows.label[n_rows - 1];
    return rows;
}

char *td_test_model_bytes(uint64_t *n, const td_test_rows *rows, const td_train_params *params,
                          int n_threads) {
    td_exec exec = {.n_threads = n_threads};
    td_error err = {0};
    td_binned *binned;
    td_model *model;
    char *bytes;
    cr_assert_eq(td_binned_build(&binned, &rows->view, params, &exec, &err), TD_OK, "%s", err.text);
    cr_assert_eq(td_train(&model, NULL, (td_train_rows){binned, NULL}, params, &exec, &err), TD_OK,
                 "%s", err.text);
    cr_assert_eq(td_model_to_bytes(&bytes, n, model, &err), TD_OK, "%s", err.text);
    td_model_free(model);
    td_binned_free(binned);
    return bytes;
}

td_train_params td_test_params(const char *text) {
    td_train_params params = td_train_params_default();
    char copy[512], *rest = NULL;
    td_error err = {0};
    snprintf(copy, sizeof copy, "%s", text);
    for (char *word = strtok_r(copy, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
        char *value = strchr(word, '=');
        cr_assert_not_null(value);
        *value++ = '\0';
        cr_assert_eq(td_params_set(&params, word, value, &err), TD_OK, "%s", err.text);
    }
    return params;
}
