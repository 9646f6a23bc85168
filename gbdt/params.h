/* gbdt/params.h: what a training can be told: names, meanings, defaults and ranges of parameters.
 *
 * Names are LightGBM's, with XGBoost's as aliases where the meaning is the same. One table drives
 * setting by text, checking and help pages; a C program may set the fields directly as well. */
#ifndef TD_GBDT_PARAMS_H
#define TD_GBDT_PARAMS_H

#include <stdint.h>

#include "core/base/err.h"
#include "gbdt/custom.h"

typedef enum td_objective {
    TD_OBJECTIVE_BINARY,
    TD_OBJECTIVE_REGRESSION,
    TD_OBJECTIVE_MULTICLASS,    /* softmax over num_class classes, a tree per class and round */
    TD_OBJECTIVE_REGRESSION_L1, /* the median of the label */
    TD_OBJECTIVE_HUBER,
    TD_OBJECTIVE_QUANTILE, /* the alpha-quantile of the label */
    TD_OBJECTIVE_POISSON,  /* the log of the mean of a label >= 0 */
    TD_OBJECTIVE_CUSTOM    /* params.custom says the derivatives of num_class scores */
} td_objective;
typedef enum td_stop_metric {
    TD_METRIC_DEFAULT, /* params.custom's where it has one, else the objective's own loss */
    TD_METRIC_LOG_LOSS,
    TD_METRIC_AUC,
    TD_METRIC_L2,
    TD_METRIC_MULTI_LOG_LOSS,
    TD_METRIC_MULTI_ERROR, /* share of rows whose class does not have the highest score alone */
    TD_METRIC_L1,
    TD_METRIC_HUBER,
    TD_METRIC_QUANTILE,
    TD_METRIC_POISSON,
    TD_METRIC_CUSTOM /* params.custom->metric */
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
    int32_t num_class;          /* classes of multiclass, scores of custom, else 1 */
    uint64_t seed;
    double learning_rate, min_sum_hessian_in_leaf, lambda_l1, lambda_l2, min_gain_to_split;
    double bagging_fraction, feature_fraction, scale_pos_weight, cat_smooth, cat_l2;
    double alpha;                  /* of huber and quantile */
    double poisson_max_delta_step; /* enlarges the hessian of poisson */
    const int8_t *monotone; /* [n_monotone], by feature of the training rows: 1 = the prediction may
                               only rise with the feature, -1 = only fall, 0 = free. Borrowed, NULL
                               = all free. Numbers only; what missing values do is free. */
    uint32_t n_monotone;
    const td_custom *custom;    /* callbacks of objective=custom and metric=custom; borrowed */
    const struct td_init *init; /* a model to go on from (gbdt.h), borrowed; NULL = start anew */
    const struct td_interim *interim; /* models on the way (gbdt.h), borrowed; NULL = none */
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

/* Raw scores a row has: num_class for multiclass and custom, else 1. */
uint32_t td_params_n_outputs(const td_train_params *params);

/* Is key a parameter or an alias? Returns its index in td_param_table, or -1. */
int td_params_find(const char *key);

#endif
