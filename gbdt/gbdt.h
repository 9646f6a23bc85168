/* gbdt/gbdt.h: gradient-boosted trees. The whole public side of the trainer.
 *
 *     matrix view --td_binned_build--> bins + codes --td_train--> model --td_model_to_bytes--> text
 *     any view with the model's column names, in any order --td_predict--> scores
 *
 * Bins are learned on the training rows only; other rows are coded with them. A model owns all it
 * needs: names, kinds and category texts of its features. Same bytes for any thread count, SIMD
 * level and compiler. */
#ifndef TD_GBDT_GBDT_H
#define TD_GBDT_GBDT_H

#include <stdint.h>

#include "core/base/err.h"
#include "core/base/par.h"
#include "core/table.h"
#include "gbdt/params.h"

/* Rows coded into bins, with their labels and weights copied: after building, the view and its
 * columns may be given back. Opaque. */
typedef struct td_binned td_binned;

/* Learn bins from the training rows and code them. Reads max_bin, min_data_in_bin,
 * bin_construct_sample_cnt, seed and objective. *out owned*. O(rows * features * log bins).
 * TD_ERR_SHAPE: no rows, no features, no label, a feature name twice. TD_ERR_RANGE: a label that is
 * NaN or infinite (or not 0 or 1 for binary) or a weight that is not positive and finite, with its
 * row. TD_ERR_NUMERIC: one class only (binary). */
td_status td_binned_build(td_binned **out, const td_matrix_view *train,
                          const td_train_params *params, const td_exec *exec,
                          td_error *err) TD_MUST_USE;

/* Code other rows (validation) with the bins of `train`; columns are found by name and categories
 * by text. *out owned*; `train` must outlive it. Errors as above (one class is fine), and
 * TD_ERR_SHAPE for a missing column. */
td_status td_binned_code(td_binned **out, const td_binned *train, const td_matrix_view *other,
                         const td_exec *exec, td_error *err) TD_MUST_USE;

uint64_t td_binned_rows(const td_binned *binned);
void td_binned_free(td_binned *binned); /* NULL allowed */

typedef struct td_model td_model; /* opaque; gbdt/tree.h shows the inside to exporters */

/* What happened during training. Score arrays are raw (log-odds, value or class scores) at
 * best_iteration and
 * *owned* by the result; zeroed struct = empty. */
typedef struct td_train_result {
    int32_t n_iterations;   /* trained */
    int32_t best_iteration; /* used by td_predict; n_iterations without early stopping */
    double best_metric;     /* of validation at best_iteration; NaN without validation */
    double *train_raw;      /* [n_outputs * rows of train], output by output */
    double *valid_raw;      /* the same of valid, NULL without */
} td_train_result;

void td_train_result_free(td_train_result *result);

/* A model whose trees are kept and added to: td_train with params.init grows num_iterations more,
 * and m rounds and n more are the bytes of m + n rounds where rows and parameters are the same.
 * Early stopping looks at the new rounds only. */
typedef struct td_init {
    const td_model *model;   /* same objective, features and levels, else TD_ERR_ARG */
    const double *train_raw; /* [n_outputs * rows of train] its raw scores: td_predict or */
    const double *valid_raw; /* td_train_result; the same of valid, NULL without valid */
} td_init;

/* Models on the way: after every `every` rounds of this call `save` gets the model that td_train
 * would hand out had num_iterations been n_rounds, to the byte. It may read the model until it
 * returns; its failure ends the training. LightGBM's snapshot_freq. */
typedef struct td_interim {
    int32_t every; /* rounds, from 1 */
    td_status (*save)(void *ctx, const td_model *model, int32_t n_rounds, td_error *err);
    void *ctx;
} td_interim;

typedef struct td_train_rows {
    const td_binned *train;
    const td_binned *valid; /* coded with the bins of train, or those that they were joined
                               from; NULL = none */
} td_train_rows;

/* Train. `valid` may be NULL (early_stopping_round > 0 then is TD_ERR_ARG); `result` may be NULL.
 * *out owned*. Progress stage "train", one unit per iteration. Errors of td_params_check. */
td_status td_train(td_model **out, td_train_result *result, td_train_rows rows,
                   const td_train_params *params, const td_exec *exec, td_error *err) TD_MUST_USE;

void td_model_free(td_model *model); /* NULL allowed */

td_objective td_model_objective(const td_model *model);
uint32_t td_model_n_outputs(const td_model *model); /* num_class for multiclass, else 1 */
uint32_t td_model_n_features(const td_model *model);
const char *td_model_feature_name(const td_model *model, uint32_t feature); /* borrowed */
td_column_kind td_model_feature_kind(const td_model *model, uint32_t feature);
int32_t td_model_best_iteration(const td_model *model); /* rounds used by td_predict */

typedef enum td_score { TD_SCORE_RAW, TD_SCORE_RESPONSE } td_score; /* response: probability */

/* out[n_outputs * n_rows], output by output: out[k * n_rows + i] is class k of row i. Scores of the
 * first best_iteration rounds. The view's columns are found by the
 * model's feature names (others are ignored), categories by their texts; an unseen category and NaN
 * go where the tree says. TD_ERR_SHAPE names a missing column, TD_ERR_ARG one of the wrong kind. */
td_status td_predict(double *out, const td_model *model, const td_matrix_view *rows, td_score kind,
                     const td_exec *exec, td_error *err) TD_MUST_USE;

/* split[n_features]: how often a feature splits a node of the used trees; gain[n_features]: sum of
 * those splits' gains. Either may be NULL. */
void td_model_importance(const td_model *model, uint64_t *split, double *gain);

/* Model text (docs/model_integration.md): versioned, exact numbers, SHA-256 in its last line.
 * *bytes owned* (td_mem_free), 0-terminated after n bytes. */
td_status td_model_to_bytes(char **bytes, uint64_t *n, const td_model *model,
                            td_error *err) TD_MUST_USE;

/* Read it back. TD_ERR_FORMAT with the line: foreign, cut, changed or from a later version. */
td_status td_model_from_bytes(td_model **out, const char *bytes, uint64_t n,
                              td_error *err) TD_MUST_USE;

#endif
