/* gbdt/params_table.c: names, aliases, ranges and defaults of the training parameters.
 *
 * Names, meanings and defaults are LightGBM's (its Parameters page, version 4); XGBoost's names are
 * aliases where the meaning is the same (its L1 is reg_alpha: alpha is LightGBM's parameter of
 * huber and quantile). Words of a list stand in the order of their enum in params.h. The ranges are
 * told twice, to people in the first table and to the check in the second; a test holds every
 * default against them. To add a parameter: a row in both tables, a field in td_train_params. */
#include "gbdt/params_table.h"

#define TREE_GROWTH    "leafwise|depthwise"
#define OBJECTIVE_LIST "binary|regression|multiclass|regression_l1|huber|quantile|poisson|custom"
#define METRIC_LIST                                                                                \
    "default|log_loss|auc|l2|multi_logloss|multi_error|l1|huber|quantile|poisson|custom"
#define AT(member) offsetof(td_train_params, member)

const td_param_spec td_param_specs[] = {
    {"objective", "objective_type app application loss", OBJECTIVE_LIST, "binary", "",
     "what the trees learn: log-odds of label 1, the mean of the label, a score per class, its "
     "median, a robust mean, a quantile, the log of a mean, or what callbacks of a C program say"},
    {"metric", "metrics metric_types eval_metric", METRIC_LIST, "default", "",
     "metric that early stopping watches on validation rows"},
    {"grow_policy", "", TREE_GROWTH, "leafwise", "",
     "split the leaf with the best gain next, or level by level"},
    {"num_iterations",
     "num_iteration n_iter num_tree num_trees num_round num_rounds nrounds num_boost_round "
     "n_estimators max_iter",
     "int", "100", "1..1000000", "trees to grow"},
    {"learning_rate", "shrinkage_rate eta", "real", "0.1", "(0..10]", "factor on every leaf value"},
    {"num_leaves", "num_leaf max_leaves max_leaf max_leaf_nodes", "int", "31", "2..131072",
     "most leaves of a tree"},
    {"max_depth", "", "int", "-1", "-1..1000", "most splits on a path; 0 or less = no limit"},
    {"min_data_in_leaf", "min_data_per_leaf min_data min_child_samples min_samples_leaf", "int",
     "20", "0..1000000000", "fewest rows in a leaf"},
    {"min_sum_hessian_in_leaf",
     "min_sum_hessian_per_leaf min_sum_hessian min_hessian min_child_weight", "real", "0.001",
     "[0..1e300]", "smallest sum of second derivatives in a leaf"},
    {"lambda_l1", "reg_alpha l1_regularization", "real", "0", "[0..1e300]",
     "L1 penalty on leaf values"},
    {"lambda_l2", "reg_lambda lambda l2_regularization", "real", "0", "[0..1e300]",
     "L2 penalty on leaf values"},
    {"min_gain_to_split", "min_split_gain min_split_loss gamma", "real", "0", "[0..1e300]",
     "a split must gain more than this"},
    {"max_bin", "max_bins", "int", "255", "2..255",
     "most bins of a feature, the one for missing values included"},
    {"min_data_in_bin", "", "int", "3", "1..1000000000", "fewest rows in a bin"},
    {"bin_construct_sample_cnt", "subsample_for_bin", "int", "200000", "1..2000000000",
     "rows looked at to place bin bounds"},
    {"bagging_fraction", "sub_row subsample bagging", "real", "1", "(0..1]",
     "share of rows a tree is grown on; needs bagging_freq > 0"},
    {"bagging_freq", "subsample_freq", "int", "0", "0..1000000",
     "draw new rows every so many trees; 0 = use all rows"},
    {"feature_fraction", "sub_feature colsample_bytree", "real", "1", "(0..1]",
     "share of features a tree may use"},
    {"early_stopping_round", "early_stopping_rounds early_stopping n_iter_no_change", "int", "0",
     "0..1000000", "stop when the validation metric has not improved for so many trees; 0 = never"},
    {"scale_pos_weight", "", "real", "1", "(0..1e300]", "weight of the rows with label 1 (binary)"},
    {"num_class", "num_classes", "int", "1", "1..10000",
     "classes of objective=multiclass, scores of objective=custom"},
    {"alpha", "", "real", "0.9", "(0..1e300]",
     "where huber turns from squares to sizes; the share below of quantile"},
    {"poisson_max_delta_step", "", "real", "0.7", "(0..100]",
     "keeps the first steps of poisson short"},
    {"boost_from_average", "", "bool", "true", "", "start from the mean of the labels"},
    {"cat_smooth", "", "real", "10", "[0..1e300]",
     "added to a category's hessian when categories are ordered"},
    {"cat_l2", "", "real", "10", "[0..1e300]", "extra L2 penalty of category splits"},
    {"max_cat_threshold", "", "int", "32", "1..255",
     "most categories on the smaller side of a split"},
    {"max_cat_to_onehot", "", "int", "4", "1..255",
     "features with at most so many categories split one against the rest"},
    {"min_data_per_group", "", "int", "100", "1..1000000000",
     "fewest rows of a group of categories"},
    {"seed", "random_seed random_state", "int", "0", "0..9007199254740992",
     "seed of row and feature sampling"},
};

const td_param_field td_param_fields[] = {
    {TD_FIELD_WORD, AT(objective), 0, 0, 0},
    {TD_FIELD_WORD, AT(metric), 0, 0, 0},
    {TD_FIELD_WORD, AT(grow_policy), 0, 0, 0},
    {TD_FIELD_INT, AT(num_iterations), 0, 1, 1e6},
    {TD_FIELD_REAL, AT(learning_rate), 1, 0, 10},
    {TD_FIELD_INT, AT(num_leaves), 0, 2, 131072},
    {TD_FIELD_INT, AT(max_depth), 0, -1, 1000},
    {TD_FIELD_INT, AT(min_data_in_leaf), 0, 0, 1e9},
    {TD_FIELD_REAL, AT(min_sum_hessian_in_leaf), 0, 0, 1e300},
    {TD_FIELD_REAL, AT(lambda_l1), 0, 0, 1e300},
    {TD_FIELD_REAL, AT(lambda_l2), 0, 0, 1e300},
    {TD_FIELD_REAL, AT(min_gain_to_split), 0, 0, 1e300},
    {TD_FIELD_INT, AT(max_bin), 0, 2, 255},
    {TD_FIELD_INT, AT(min_data_in_bin), 0, 1, 1e9},
    {TD_FIELD_INT, AT(bin_construct_sample_cnt), 0, 1, 2e9},
    {TD_FIELD_REAL, AT(bagging_fraction), 1, 0, 1},
    {TD_FIELD_INT, AT(bagging_freq), 0, 0, 1e6},
    {TD_FIELD_REAL, AT(feature_fraction), 1, 0, 1},
    {TD_FIELD_INT, AT(early_stopping_round), 0, 0, 1e6},
    {TD_FIELD_REAL, AT(scale_pos_weight), 1, 0, 1e300},
    {TD_FIELD_INT, AT(num_class), 0, 1, 1e4},
    {TD_FIELD_REAL, AT(alpha), 1, 0, 1e300},
    {TD_FIELD_REAL, AT(poisson_max_delta_step), 1, 0, 100},
    {TD_FIELD_BOOL, AT(boost_from_average), 0, 0, 1},
    {TD_FIELD_REAL, AT(cat_smooth), 0, 0, 1e300},
    {TD_FIELD_REAL, AT(cat_l2), 0, 0, 1e300},
    {TD_FIELD_INT, AT(max_cat_threshold), 0, 1, 255},
    {TD_FIELD_INT, AT(max_cat_to_onehot), 0, 1, 255},
    {TD_FIELD_INT, AT(min_data_per_group), 0, 1, 1e9},
    {TD_FIELD_SEED, AT(seed), 0, 0, 9007199254740992.0},
};

enum { N_PARAMS = sizeof td_param_specs / sizeof td_param_specs[0] };
_Static_assert(N_PARAMS == sizeof td_param_fields / sizeof td_param_fields[0],
               "one field per parameter");
_Static_assert(N_PARAMS <= 64, "`given` has 64 bits");
const uint32_t td_n_params = N_PARAMS;

const char *const td_param_words[][2] = {
    {"binary_logloss", "log_loss"},
    {"logloss", "log_loss"},
    {"binary:logistic", "binary"},
    {"l2_root", "l2"},
    {"mse", "l2"},
    {"mean_squared_error", "l2"},
    {"rmse", "l2"},
    {"regression_l2", "regression"},
    {"reg:squarederror", "regression"},
    {"lossguide", "leafwise"},
    {"l2", "regression"},
    {"mse", "regression"},
    {"mean_squared_error", "regression"},
    {"regression", "l2"},
    {"l1", "regression_l1"},
    {"mae", "regression_l1"},
    {"mean_absolute_error", "regression_l1"},
    {"regression_l1", "l1"},
    {"mae", "l1"},
    {"mean_absolute_error", "l1"},
    {"reg:absoluteerror", "regression_l1"},
    {"count:poisson", "poisson"},
    {"poisson-nloglik", "poisson"},
    {"softmax", "multiclass"},
    {"multi:softprob", "multiclass"},
    {"multi:softmax", "multiclass"},
    {"multiclass", "multi_logloss"},
    {"softmax", "multi_logloss"},
    {"mlogloss", "multi_logloss"},
    {"merror", "multi_error"},
    {NULL, NULL},
};
