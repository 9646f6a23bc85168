/* gbdt/params.c: names, aliases, ranges and defaults of the training parameters.
 *
 * One table drives everything: setting by text, checking ranges, and the help pages of the program.
 * Names, meanings and defaults are LightGBM's (its Parameters page, version 4); XGBoost's names are
 * aliases where the meaning is the same.
 *
 * 1. td_params_find looks a key up among names and aliases.
 * 2. td_params_set reads the value by the parameter's type, checks its range, refuses a second,
 *    different value (n_estimators=50 num_round=60), and stores it.
 * 3. td_params_check refuses combinations that cannot be meant.
 *
 * Nothing is ignored in silence: an unknown key is an error that names the nearest known one
 * (core/base/nearest). Cost: O(table) per key.
 * Not done here: reading configuration files (the program does), and LightGBM keys without meaning
 * in this trainer. */
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/nearest.h"
#include "gbdt/gbdt.h"

typedef enum field_type { FIELD_INT, FIELD_REAL, FIELD_BOOL, FIELD_WORD, FIELD_SEED } field_type;

/* Where and how a parameter is stored. low and high are inclusive unless low_open. */
typedef struct field {
    field_type type;
    size_t offset;
    int low_open;
    double low, high;
} field;

#define TREE_GROWTH    "leafwise|depthwise"
#define OBJECTIVE_LIST "binary|regression|multiclass|custom"
#define METRIC_LIST    "default|log_loss|auc|l2|multi_logloss|multi_error|custom"
#define AT(member)     offsetof(td_train_params, member)

/* The public half; row i of `fields` below stores it. */
static const td_param_spec specs[] = {
    {"objective", "objective_type app application loss", OBJECTIVE_LIST, "binary", "",
     "what the trees learn: log-odds of label 1, the mean of the label, a score per class, or what "
     "callbacks of a C program say (gbdt/custom.h)"},
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
    {"lambda_l1", "reg_alpha l1_regularization alpha", "real", "0", "[0..1e300]",
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

static const field fields[] = {
    {FIELD_WORD, AT(objective), 0, 0, 0},
    {FIELD_WORD, AT(metric), 0, 0, 0},
    {FIELD_WORD, AT(grow_policy), 0, 0, 0},
    {FIELD_INT, AT(num_iterations), 0, 1, 1e6},
    {FIELD_REAL, AT(learning_rate), 1, 0, 10},
    {FIELD_INT, AT(num_leaves), 0, 2, 131072},
    {FIELD_INT, AT(max_depth), 0, -1, 1000},
    {FIELD_INT, AT(min_data_in_leaf), 0, 0, 1e9},
    {FIELD_REAL, AT(min_sum_hessian_in_leaf), 0, 0, 1e300},
    {FIELD_REAL, AT(lambda_l1), 0, 0, 1e300},
    {FIELD_REAL, AT(lambda_l2), 0, 0, 1e300},
    {FIELD_REAL, AT(min_gain_to_split), 0, 0, 1e300},
    {FIELD_INT, AT(max_bin), 0, 2, 255},
    {FIELD_INT, AT(min_data_in_bin), 0, 1, 1e9},
    {FIELD_INT, AT(bin_construct_sample_cnt), 0, 1, 2e9},
    {FIELD_REAL, AT(bagging_fraction), 1, 0, 1},
    {FIELD_INT, AT(bagging_freq), 0, 0, 1e6},
    {FIELD_REAL, AT(feature_fraction), 1, 0, 1},
    {FIELD_INT, AT(early_stopping_round), 0, 0, 1e6},
    {FIELD_REAL, AT(scale_pos_weight), 1, 0, 1e300},
    {FIELD_INT, AT(num_class), 0, 1, 1e4},
    {FIELD_BOOL, AT(boost_from_average), 0, 0, 1},
    {FIELD_REAL, AT(cat_smooth), 0, 0, 1e300},
    {FIELD_REAL, AT(cat_l2), 0, 0, 1e300},
    {FIELD_INT, AT(max_cat_threshold), 0, 1, 255},
    {FIELD_INT, AT(max_cat_to_onehot), 0, 1, 255},
    {FIELD_INT, AT(min_data_per_group), 0, 1, 1e9},
    {FIELD_SEED, AT(seed), 0, 0, 9007199254740992.0},
};

enum { N_PARAMS = sizeof specs / sizeof specs[0] };
_Static_assert(N_PARAMS == sizeof fields / sizeof fields[0], "one field per parameter");
_Static_assert(N_PARAMS <= 64, "`given` has 64 bits");

const td_param_spec *td_param_table(uint32_t *n) {
    *n = N_PARAMS;
    return specs;
}

/* Other spellings of words that are common elsewhere; one counts where its meaning is a word of the
 * parameter's list. */
static const char *const word_aliases[][2] = {
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
    {"softmax", "multiclass"},
    {"multi:softprob", "multiclass"},
    {"multi:softmax", "multiclass"},
    {"multiclass", "multi_logloss"},
    {"softmax", "multi_logloss"},
    {"mlogloss", "multi_logloss"},
    {"merror", "multi_error"},
};

/* Is text[0..length) one of the words of list, which are separated by `gap`? Its rank, or -1. */
static int word_rank(const char *list, char gap, const char *text, size_t length) {
    int rank = 0;
    for (const char *word = list; *word != '\0'; rank++) {
        const char *end = strchr(word, gap);
        size_t n = end != NULL ? (size_t)(end - word) : strlen(word);
        if (n == length && memcmp(word, text, n) == 0) return rank;
        word += n + (end != NULL);
    }
    return -1;
}

/* "num-leaves" is "num_leaves". */
int td_params_find(const char *key) {
    char name[64];
    size_t length = strlen(key);
    if (length == 0 || length >= sizeof name) return -1;
    for (size_t i = 0; i <= length; i++) name[i] = key[i] == '-' ? '_' : key[i];
    for (int i = 0; i < N_PARAMS; i++) {
        if (strcmp(specs[i].name, name) == 0) return i;
        if (word_rank(specs[i].aliases, ' ', name, length) >= 0) return i;
    }
    return -1;
}

/* Copy the name or alias with the fewest edits to key; the table's first one wins a tie. */
static void nearest_key(const char *key, char out[64]) {
    uint32_t best = UINT32_MAX;
    for (int i = 0; i < N_PARAMS; i++) {
        char names[256], *rest = NULL;
        snprintf(names, sizeof names, "%s %s", specs[i].name, specs[i].aliases);
        for (char *word = strtok_r(names, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
            uint32_t distance = td_edit_distance(key, word);
            if (distance >= best) continue;
            best = distance;
            snprintf(out, 64, "%s", word);
        }
    }
}

static td_status read_real(double *out, int i, const char *text, td_error *err) {
    char *end = NULL;
    *out = strtod(text, &end);
    TD_CHECK(end != text && *end == '\0', err, TD_ERR_ARG, "%s: '%s' is not a number",
             specs[i].name, text);
    double low = fields[i].low, high = fields[i].high;
    int is_inside = fields[i].low_open ? *out > low && *out <= high : *out >= low && *out <= high;
    TD_CHECK(is_inside, err, TD_ERR_RANGE, "%s: %s lies outside %s", specs[i].name, text,
             specs[i].range);
    return TD_OK;
}

static td_status read_int(double *out, int i, const char *text, td_error *err) {
    TD_TRY(read_real(out, i, text, err));
    TD_CHECK(*out == floor(*out), err, TD_ERR_ARG, "%s: '%s' is not an integer", specs[i].name,
             text);
    return TD_OK;
}

static td_status read_bool(double *out, int i, const char *text, td_error *err) {
    static const char yes[] = "true 1 yes on +", no[] = "false 0 no off -";
    int is_yes = word_rank(yes, ' ', text, strlen(text)) >= 0;
    TD_CHECK(is_yes || word_rank(no, ' ', text, strlen(text)) >= 0, err, TD_ERR_ARG,
             "%s: '%s' is neither true nor false", specs[i].name, text);
    *out = is_yes;
    return TD_OK;
}

static td_status read_word(double *out, int i, const char *text, td_error *err) {
    int rank = word_rank(specs[i].type, '|', text, strlen(text));
    for (size_t k = 0; rank < 0 && k < sizeof word_aliases / sizeof word_aliases[0]; k++) {
        const char *meant = word_aliases[k][1];
        if (strcmp(text, word_aliases[k][0]) != 0) continue;
        rank = word_rank(specs[i].type, '|', meant, strlen(meant));
    }
    TD_CHECK(rank >= 0, err, TD_ERR_ARG, "%s: '%s' is not one of %s", specs[i].name, text,
             specs[i].type);
    *out = rank;
    return TD_OK;
}

static td_status read_value(double *out, int i, const char *text, td_error *err) {
    switch (fields[i].type) {
    case FIELD_REAL:
        return read_real(out, i, text, err);
    case FIELD_BOOL:
        return read_bool(out, i, text, err);
    case FIELD_WORD:
        return read_word(out, i, text, err);
    default:
        return read_int(out, i, text, err);
    }
}

/* The integers here are below 2^53, so a double carries every type. */
static double load(const td_train_params *params, int i) {
    const char *at = (const char *)params + fields[i].offset;
    switch (fields[i].type) {
    case FIELD_REAL:
        return *(const double *)(const void *)at;
    case FIELD_SEED:
        return (double)*(const uint64_t *)(const void *)at;
    default:
        return *(const int32_t *)(const void *)at;
    }
}

static void store(td_train_params *params, int i, double value) {
    char *at = (char *)params + fields[i].offset;
    switch (fields[i].type) {
    case FIELD_REAL:
        *(double *)(void *)at = value;
        break;
    case FIELD_SEED:
        *(uint64_t *)(void *)at = (uint64_t)value;
        break;
    default:
        *(int32_t *)(void *)at = (int32_t)value;
        break;
    }
}

/* The fewest digits that read back as the same value: 0.05 and not 0.050000000000000003; integers
 * in full: 500 and not 5e+02. */
static void write_shortest(char out[40], double value) {
    if (value == floor(value) && fabs(value) < 1e15) {
        snprintf(out, 40, "%.0f", value);
        return;
    }
    for (int digits = 1; digits <= 17; digits++) {
        snprintf(out, 40, "%.*g", digits, value);
        if (strtod(out, NULL) == value) return;
    }
}

void td_params_value(const td_train_params *params, uint32_t i, char out[40]) {
    double value = load(params, (int)i);
    if (fields[i].type == FIELD_BOOL) {
        snprintf(out, 40, "%s", value != 0 ? "true" : "false");
    } else if (fields[i].type == FIELD_WORD) {
        const char *word = specs[i].type;
        for (int skip = (int)value; skip > 0; skip--) word = strchr(word, '|') + 1;
        snprintf(out, 40, "%.*s", (int)strcspn(word, "|"), word);
    } else {
        write_shortest(out, value);
    }
}

_Static_assert(sizeof(td_objective) == sizeof(int32_t), "words are stored as int32");

td_train_params td_train_params_default(void) {
    td_train_params params = {0};
    for (int i = 0; i < N_PARAMS; i++) {
        double value = 0;
        if (read_value(&value, i, specs[i].initial, NULL) == TD_OK) store(&params, i, value);
    }
    return params;
}

td_status td_params_set(td_train_params *params, const char *key, const char *value,
                        td_error *err) {
    int i = td_params_find(key);
    if (i < 0) {
        char near[64] = "";
        nearest_key(key, near);
        TD_FAIL(err, TD_ERR_ARG, "unknown parameter '%s', the nearest is '%s'", key, near);
    }
    double number = 0;
    TD_TRY(read_value(&number, i, value, err));
    uint64_t bit = (uint64_t)1 << i;
    TD_CHECK((params->given & bit) == 0 || load(params, i) == number, err, TD_ERR_ARG,
             "%s=%s: %s was already given another value", key, value, specs[i].name);
    params->given |= bit;
    store(params, i, number);
    return TD_OK;
}

static td_status check_ranges(const td_train_params *params, td_error *err) {
    for (int i = 0; i < N_PARAMS; i++) {
        if (fields[i].type == FIELD_WORD) continue;
        double value = load(params, i);
        int is_inside = fields[i].low_open ? value > fields[i].low : value >= fields[i].low;
        TD_CHECK(is_inside && value <= fields[i].high, err, TD_ERR_RANGE,
                 "%s: %.17g lies outside %s", specs[i].name, value, specs[i].range);
    }
    return TD_OK;
}

uint32_t td_params_n_outputs(const td_train_params *params) {
    int has_classes =
        params->objective == TD_OBJECTIVE_MULTICLASS || params->objective == TD_OBJECTIVE_CUSTOM;
    return has_classes ? (uint32_t)params->num_class : 1;
}

/* Does the metric judge what the objective learns? */
static td_status check_metric(const td_train_params *params, td_error *err) {
    td_objective need = TD_OBJECTIVE_BINARY;
    switch (params->metric) {
    case TD_METRIC_DEFAULT:
        return TD_OK;
    case TD_METRIC_L2:
        TD_CHECK(td_params_n_outputs(params) == 1, err, TD_ERR_ARG,
                 "metric=l2 needs one score a row: objective=binary or regression");
        return TD_OK;
    case TD_METRIC_CUSTOM:
        TD_CHECK(params->custom != NULL && params->custom->metric != NULL, err, TD_ERR_ARG,
                 "metric=custom is for C programs: params.custom->metric is missing");
        return TD_OK;
    case TD_METRIC_MULTI_LOG_LOSS:
    case TD_METRIC_MULTI_ERROR:
        need = TD_OBJECTIVE_MULTICLASS;
        break;
    case TD_METRIC_LOG_LOSS:
    case TD_METRIC_AUC:
        break;
    }
    TD_CHECK(params->objective == need, err, TD_ERR_ARG, "this metric needs objective=%s",
             need == TD_OBJECTIVE_BINARY ? "binary" : "multiclass");
    return TD_OK;
}

td_status td_params_check(const td_train_params *params, td_error *err) {
    TD_TRY(check_ranges(params, err));
    int is_multiclass = params->objective == TD_OBJECTIVE_MULTICLASS;
    TD_CHECK(params->bagging_fraction == 1 || params->bagging_freq > 0, err, TD_ERR_ARG,
             "bagging_fraction=%g has no effect without bagging_freq > 0",
             params->bagging_fraction);
    TD_CHECK(params->objective == TD_OBJECTIVE_BINARY || params->scale_pos_weight == 1, err,
             TD_ERR_ARG, "scale_pos_weight needs objective=binary");
    TD_CHECK(!is_multiclass || params->num_class >= 2, err, TD_ERR_ARG,
             "objective=multiclass needs num_class >= 2");
    int is_custom = params->objective == TD_OBJECTIVE_CUSTOM;
    TD_CHECK(is_multiclass || is_custom || params->num_class == 1, err, TD_ERR_ARG,
             "num_class=%d needs objective=multiclass", params->num_class);
    TD_CHECK(!is_custom || (params->custom != NULL && params->custom->gradients != NULL), err,
             TD_ERR_ARG, "objective=custom is for C programs: params.custom->gradients is missing");
    return check_metric(params, err);
}
