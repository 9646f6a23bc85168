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

typedef enum td_objective { TD_OBJECTIVE_BINARY, TD_OBJECTIVE_REGRESSION } td_objective;
typedef enum td_stop_metric {
    TD_METRIC_DEFAULT, /* log-loss for binary, l2 for regression */
    TD_METRIC_LOG_LOSS,
    TD_METRIC_AUC,
    TD_METRIC_L2
} td_stop_metric;
typedef enum td_grow_policy { TD_GROW_LEAFWISE, TD_GROW_DEPTHWISE } td_grow_policy;

/* Parameters with LightGBM's names, meanings and defaults; td_param_table describes each. */
typedef struct td_train_params {
    td_objective objective;
    td_stop_metric metric;
    td_grow_policy grow_policy;
    int32_t num_iterations, num_leaves, max_depth; /* max_depth <= 0: no limit */
    int32_t min_data_in_leaf, max_bin, min_data_in_bin, bin_construct_sample_cnt;
    int32_t bagging_freq, early_stopping_round; /* 0 = off */
    int32_t max_cat_threshold, max_cat_to_onehot, min_data_per_group;
    int32_t boost_from_average; /* 0 or 1 */
    uint64_t seed;
    double learning_rate, min_sum_hessian_in_leaf, lambda_l1, lambda_l2, min_gain_to_split;
    double bagging_fraction, feature_fraction, scale_pos_weight, cat_smooth, cat_l2;
    uint64_t given; /* bit i: parameter i of td_param_table was set through td_params_set */
} td_train_params;

td_train_params td_train_params_default(void);

/* One parameter for help pages. */
typedef struct td_param_spec {
    const char *name;
    const char *aliases; /* other accepted names, separated by spaces, may be empty */
    const char *type;    /* "int", "real", "bool" or words such as "binary|regression" */
    const char *initial; /* default */
    const char *range;   /* such as "(0..1]", may be empty */
    const char *help;    /* one line */
} td_param_spec;

/* The table of all parameters, in help order; *n receives its length. Static, never NULL. */
const td_param_spec *td_param_table(uint32_t *n);

/* Set one parameter by name or alias. TD_ERR_ARG names the nearest known one for an unknown key, a
 * value that is no number or word of the list, and a parameter given twice with different values
 * (clear its bit in `given` to override on purpose); TD_ERR_RANGE names value and limits. */
td_status td_params_set(td_train_params *params, const char *key, const char *value,
                        td_error *err) TD_MUST_USE;

/* Check parameters that only together can be wrong (bagging_fraction < 1 without bagging_freq, auc
 * with regression: TD_ERR_ARG). td_train calls it. */
td_status td_params_check(const td_train_params *params, td_error *err) TD_MUST_USE;

/* Value of parameter i of td_param_table as text: exact, words for choices. For manifests. */
void td_params_value(const td_train_params *params, uint32_t i, char out[40]);

/* Is key a parameter or an alias? Returns its index in td_param_table, or -1. */
int td_params_find(const char *key);

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

/* What happened during training. Score arrays are raw (log-odds or value) at best_iteration and
 * *owned* by the result; zeroed struct = empty. */
typedef struct td_train_result {
    int32_t n_iterations;   /* trained */
    int32_t best_iteration; /* used by td_predict; n_iterations without early stopping */
    double best_metric;     /* of validation at best_iteration; NaN without validation */
    double *train_raw;      /* [rows of train] */
    double *valid_raw;      /* [rows of valid], NULL without */
} td_train_result;

void td_train_result_free(td_train_result *result);

typedef struct td_train_rows {
    const td_binned *train;
    const td_binned *valid; /* coded with the bins of train; NULL = none */
} td_train_rows;

/* Train. `valid` may be NULL (early_stopping_round > 0 then is TD_ERR_ARG); `result` may be NULL.
 * *out owned*. Progress stage "train", one unit per iteration. Errors of td_params_check. */
td_status td_train(td_model **out, td_train_result *result, td_train_rows rows,
                   const td_train_params *params, const td_exec *exec, td_error *err) TD_MUST_USE;

void td_model_free(td_model *model); /* NULL allowed */

td_objective td_model_objective(const td_model *model);
uint32_t td_model_n_features(const td_model *model);
const char *td_model_feature_name(const td_model *model, uint32_t feature); /* borrowed */
td_column_kind td_model_feature_kind(const td_model *model, uint32_t feature);
int32_t td_model_best_iteration(const td_model *model); /* trees used by td_predict */

typedef enum td_score { TD_SCORE_RAW, TD_SCORE_RESPONSE } td_score; /* response: probability */

/* out[n_rows]: scores of the first best_iteration trees. The view's columns are found by the
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
