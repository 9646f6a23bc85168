/* gbdt/params.c: training parameters set by text, checked, and written back as text.
 *
 * One table (params_table.c) drives everything: setting by text, checking ranges, and the help
 * pages of the program.
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
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/nearest.h"
#include "gbdt/params_table.h"

const td_param_spec *td_param_table(uint32_t *n) {
    *n = td_n_params;
    return td_param_specs;
}

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
    for (int i = 0; i < (int)td_n_params; i++) {
        if (strcmp(td_param_specs[i].name, name) == 0) return i;
        if (word_rank(td_param_specs[i].aliases, ' ', name, length) >= 0) return i;
    }
    return -1;
}

/* Copy the name or alias with the fewest edits to key; the table's first one wins a tie. */
static void nearest_key(const char *key, char out[64]) {
    uint32_t best = UINT32_MAX;
    for (int i = 0; i < (int)td_n_params; i++) {
        char names[256], *rest = NULL;
        snprintf(names, sizeof names, "%s %s", td_param_specs[i].name, td_param_specs[i].aliases);
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
             td_param_specs[i].name, text);
    double low = td_param_fields[i].low, high = td_param_fields[i].high;
    int is_inside =
        td_param_fields[i].low_open ? *out > low && *out <= high : *out >= low && *out <= high;
    TD_CHECK(is_inside, err, TD_ERR_RANGE, "%s: %s lies outside %s", td_param_specs[i].name, text,
             td_param_specs[i].range);
    return TD_OK;
}

static td_status read_int(double *out, int i, const char *text, td_error *err) {
    TD_TRY(read_real(out, i, text, err));
    TD_CHECK(*out == floor(*out), err, TD_ERR_ARG, "%s: '%s' is not an integer",
             td_param_specs[i].name, text);
    return TD_OK;
}

static td_status read_bool(double *out, int i, const char *text, td_error *err) {
    static const char yes[] = "true 1 yes on +", no[] = "false 0 no off -";
    int is_yes = word_rank(yes, ' ', text, strlen(text)) >= 0;
    TD_CHECK(is_yes || word_rank(no, ' ', text, strlen(text)) >= 0, err, TD_ERR_ARG,
             "%s: '%s' is neither true nor false", td_param_specs[i].name, text);
    *out = is_yes;
    return TD_OK;
}

static td_status read_word(double *out, int i, const char *text, td_error *err) {
    int rank = word_rank(td_param_specs[i].type, '|', text, strlen(text));
    for (size_t k = 0; rank < 0 && td_param_words[k][0] != NULL; k++) {
        const char *meant = td_param_words[k][1];
        if (strcmp(text, td_param_words[k][0]) != 0) continue;
        rank = word_rank(td_param_specs[i].type, '|', meant, strlen(meant));
    }
    TD_CHECK(rank >= 0, err, TD_ERR_ARG, "%s: '%s' is not one of %s", td_param_specs[i].name, text,
             td_param_specs[i].type);
    *out = rank;
    return TD_OK;
}

static td_status read_value(double *out, int i, const char *text, td_error *err) {
    switch (td_param_fields[i].type) {
    case TD_FIELD_REAL:
        return read_real(out, i, text, err);
    case TD_FIELD_BOOL:
        return read_bool(out, i, text, err);
    case TD_FIELD_WORD:
        return read_word(out, i, text, err);
    default:
        return read_int(out, i, text, err);
    }
}

/* The integers here are below 2^53, so a double carries every type. */
static double load(const td_train_params *params, int i) {
    const char *at = (const char *)params + td_param_fields[i].offset;
    switch (td_param_fields[i].type) {
    case TD_FIELD_REAL:
        return *(const double *)(const void *)at;
    case TD_FIELD_SEED:
        return (double)*(const uint64_t *)(const void *)at;
    default:
        return *(const int32_t *)(const void *)at;
    }
}

static void store(td_train_params *params, int i, double value) {
    char *at = (char *)params + td_param_fields[i].offset;
    switch (td_param_fields[i].type) {
    case TD_FIELD_REAL:
        *(double *)(void *)at = value;
        break;
    case TD_FIELD_SEED:
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
    if (td_param_fields[i].type == TD_FIELD_BOOL) {
        snprintf(out, 40, "%s", value != 0 ? "true" : "false");
    } else if (td_param_fields[i].type == TD_FIELD_WORD) {
        const char *word = td_param_specs[i].type;
        for (int skip = (int)value; skip > 0; skip--) word = strchr(word, '|') + 1;
        snprintf(out, 40, "%.*s", (int)strcspn(word, "|"), word);
    } else {
        write_shortest(out, value);
    }
}

_Static_assert(sizeof(td_objective) == sizeof(int32_t), "words are stored as int32");

td_train_params td_train_params_default(void) {
    td_train_params params = {0};
    for (int i = 0; i < (int)td_n_params; i++) {
        double value = 0;
        if (read_value(&value, i, td_param_specs[i].initial, NULL) == TD_OK)
            store(&params, i, value);
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
             "%s=%s: %s was already given another value", key, value, td_param_specs[i].name);
    params->given |= bit;
    store(params, i, number);
    return TD_OK;
}

static td_status check_ranges(const td_train_params *params, td_error *err) {
    for (int i = 0; i < (int)td_n_params; i++) {
        if (td_param_fields[i].type == TD_FIELD_WORD) continue;
        double value = load(params, i);
        int is_inside = td_param_fields[i].low_open ? value > td_param_fields[i].low
                                                    : value >= td_param_fields[i].low;
        TD_CHECK(is_inside && value <= td_param_fields[i].high, err, TD_ERR_RANGE,
                 "%s: %.17g lies outside %s", td_param_specs[i].name, value,
                 td_param_specs[i].range);
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
    int is_value = params->objective != TD_OBJECTIVE_BINARY && td_params_n_outputs(params) == 1;
    switch (params->metric) {
    case TD_METRIC_DEFAULT:
        return TD_OK;
    case TD_METRIC_L2:
        TD_CHECK(td_params_n_outputs(params) == 1, err, TD_ERR_ARG,
                 "metric=l2 needs one score a row: objective=binary or regression");
        return TD_OK;
    case TD_METRIC_L1:
    case TD_METRIC_HUBER:
    case TD_METRIC_QUANTILE:
        TD_CHECK(is_value, err, TD_ERR_ARG, "this metric needs an objective of values");
        return TD_OK;
    case TD_METRIC_POISSON:
        TD_CHECK(params->objective == TD_OBJECTIVE_POISSON, err, TD_ERR_ARG,
                 "metric=poisson needs objective=poisson");
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
    TD_CHECK(params->objective != TD_OBJECTIVE_QUANTILE || params->alpha < 1, err, TD_ERR_RANGE,
             "alpha=%g of objective=quantile lies outside (0..1)", params->alpha);
    return check_metric(params, err);
}
