/* tests/support/rows.h: small made-up training tables, and models as bytes, for tests of gbdt. */
#ifndef TD_TESTS_SUPPORT_ROWS_H
#define TD_TESTS_SUPPORT_ROWS_H

#include "core/base/rng.h"
#include "gbdt/gbdt.h"

typedef struct td_test_rows {
    td_table table;
    double *label;             /* [n_rows] */
    double *weight;            /* [n_rows] or NULL */
    const td_column **feature; /* [n_features] */
    td_matrix_view view;       /* of the above */
} td_test_rows;

/* Columns f0, f1, ... of zeros, labels 0, no weights. Asserts success. */
td_test_rows td_test_rows_new(uint64_t n_rows, uint32_t n_features);
void td_test_rows_free(td_test_rows *rows);

/* Give every row the weight 1, to be changed by the test. */
void td_test_rows_add_weights(td_test_rows *rows);

/* Make column f a category column: texts "c<number>" of the numbers it holds, NaN = missing. */
void td_test_rows_make_category(td_test_rows *rows, uint32_t f);

/* Smooth numbers, few-valued numbers, ties and missing values, with a label that depends on them:
 * 0 or 1 when is_binary, else a number with noise. */
td_test_rows td_test_rows_random(uint64_t n_rows, uint32_t n_features, int is_binary,
                                 uint64_t seed);

/* Bin, train and return the model's bytes (td_mem_free). Asserts success. */
char *td_test_model_bytes(uint64_t *n, const td_test_rows *rows, const td_train_params *params,
                          int n_threads);

/* Parameters from "key=value key=value". Asserts success. */
td_train_params td_test_params(const char *text);

#endif
