/* gbdt/linear_model.h: the baseline beside the trees: logistic regression on a table's columns,
 * with the same manners as a tree model (columns found by name, categories by text, bytes with a
 * seal).
 *
 *     number column            -> one input (missing: stats/logistic.h)
 *     category column          -> one 0/1 input for each of its most frequent levels in training
 *                                 (at most TD_LINEAR_LEVELS); all others and missing: all zeros
 */
#ifndef TD_GBDT_LINEAR_MODEL_H
#define TD_GBDT_LINEAR_MODEL_H

#include <stdint.h>

#include "core/table.h"
#include "stats/logistic.h"

enum { TD_LINEAR_LEVELS = 32 };

typedef struct td_linear_feature {
    char *name;
    td_column_kind kind;
    uint32_t first;     /* index of its first input */
    uint32_t n_inputs;  /* 1 for a number, number of levels for a category */
    td_textdict levels; /* texts of a category's inputs, in byte order; empty for a number */
} td_linear_feature;

typedef struct td_linear_model {
    uint32_t n_features;
    td_linear_feature *feature; /* [n_features] */
    td_logistic logistic;       /* p = sum of n_inputs */
} td_linear_model;

void td_linear_model_free(td_linear_model *model); /* NULL allowed; frees the struct too */

/* Fit on rows with labels 0 and 1. *out owned*. Errors of td_logistic_fit; TD_ERR_SHAPE without
 * features or label. Needs 8 bytes per row and category input. */
td_status td_linear_train(td_linear_model **out, const td_matrix_view *train,
                          const td_logistic_params *params, const td_exec *exec,
                          td_error *err) TD_MUST_USE;

/* probability[n_rows]. TD_ERR_SHAPE names a missing column, TD_ERR_ARG one of the wrong kind. */
td_status td_linear_predict(double *probability, const td_linear_model *model,
                            const td_matrix_view *rows, const td_exec *exec,
                            td_error *err) TD_MUST_USE;

/* As td_model_to_bytes and td_model_from_bytes, with the kind "linear". */
td_status td_linear_to_bytes(char **bytes, uint64_t *n, const td_linear_model *model,
                             td_error *err) TD_MUST_USE;
td_status td_linear_from_bytes(td_linear_model **out, const char *bytes, uint64_t n,
                               td_error *err) TD_MUST_USE;

#endif
