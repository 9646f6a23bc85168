/* tests/unit/test_gbdt_params.c: names, aliases, ranges and conflicts of training parameters. */
#include <criterion/criterion.h>
#include <string.h>

#include "gbdt/gbdt.h"

static td_error set(td_train_params *params, const char *key, const char *value) {
    td_error err = {0};
    td_status status = td_params_set(params, key, value, &err);
    cr_assert_eq(status, err.code);
    return err;
}

Test(gbdt_params, defaults_are_lightgbms) {
    td_train_params p = td_train_params_default();
    cr_assert(p.num_iterations == 100 && p.num_leaves == 31 && p.max_depth == -1);
    cr_assert(p.learning_rate == 0.1 && p.min_data_in_leaf == 20 && p.max_bin == 255);
    cr_assert(p.min_sum_hessian_in_leaf == 1e-3 && p.lambda_l1 == 0 && p.lambda_l2 == 0);
    cr_assert(p.min_data_in_bin == 3 && p.bin_construct_sample_cnt == 200000);
    cr_assert(p.cat_smooth == 10 && p.cat_l2 == 10 && p.max_cat_threshold == 32);
    cr_assert(p.max_cat_to_onehot == 4 && p.min_data_per_group == 100);
    cr_assert(p.boost_from_average == 1 && p.given == 0);
    cr_assert_eq(td_params_check(&p, NULL), TD_OK);
}

Test(gbdt_params, aliases_of_both_systems_set_the_same_field) {
    td_train_params p = td_train_params_default();
    cr_assert_eq(set(&p, "n_estimators", "7").code, TD_OK);
    cr_assert_eq(set(&p, "eta", "0.25").code, TD_OK);
    cr_assert_eq(set(&p, "reg_alpha", "1.5").code, TD_OK);
    cr_assert_eq(set(&p, "min_child_samples", "3").code, TD_OK);
    cr_assert_eq(set(&p, "grow_policy", "lossguide").code, TD_OK);
    cr_assert_eq(set(&p, "application", "regression_l2").code, TD_OK);
    cr_assert(p.num_iterations == 7 && p.learning_rate == 0.25 && p.lambda_l1 == 1.5);
    cr_assert(p.min_data_in_leaf == 3 && p.objective == TD_OBJECTIVE_REGRESSION);
    cr_assert_eq(p.grow_policy, TD_GROW_LEAFWISE);
}

/* A word means what its parameter can mean: "l2" is an objective and a metric. */
Test(gbdt_params, words_are_read_by_their_parameter) {
    static const struct {
        const char *key, *word, *shown;
    } cases[] = {{"objective", "mse", "regression"},        {"metric", "mse", "l2"},
                 {"objective", "mae", "regression_l1"},     {"metric", "regression_l1", "l1"},
                 {"objective", "softmax", "multiclass"},    {"metric", "softmax", "multi_logloss"},
                 {"objective", "count:poisson", "poisson"}, {"metric", "merror", "multi_error"}};
    uint32_t n;
    const td_param_spec *specs = td_param_table(&n);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        td_train_params p = td_train_params_default();
        char shown[40];
        cr_assert_eq(set(&p, cases[i].key, cases[i].word).code, TD_OK, "%s", cases[i].word);
        int at = td_params_find(cases[i].key);
        cr_assert(at >= 0 && strcmp(specs[at].name, cases[i].key) == 0);
        td_params_value(&p, (uint32_t)at, shown);
        cr_assert_str_eq(shown, cases[i].shown);
    }
}

Test(gbdt_params, every_name_and_alias_is_found_once_and_defaults_are_in_range) {
    uint32_t n;
    const td_param_spec *specs = td_param_table(&n);
    for (uint32_t i = 0; i < n; i++) {
        cr_assert_eq(td_params_find(specs[i].name), (int)i);
        char words[256], *rest = NULL, shown[40];
        strcpy(words, specs[i].aliases);
        for (char *w = strtok_r(words, " ", &rest); w; w = strtok_r(NULL, " ", &rest)) {
            cr_assert_eq(td_params_find(w), (int)i, "alias %s belongs to two parameters", w);
        }
        td_train_params p = td_train_params_default();
        cr_assert_eq(set(&p, specs[i].name, specs[i].initial).code, TD_OK, "%s", specs[i].name);
        td_params_value(&p, i, shown);
        td_train_params again = td_train_params_default();
        cr_assert_eq(set(&again, specs[i].name, shown).code, TD_OK, "%s=%s", specs[i].name, shown);
        cr_assert_gt(strlen(specs[i].help), 10);
    }
    cr_assert_eq(td_params_find(""), -1);
    cr_assert_eq(td_params_find("num_round num_rounds"), -1);
}

Test(gbdt_params, an_unknown_key_names_the_nearest_known_one) {
    td_train_params p = td_train_params_default();
    td_error err = set(&p, "learning_rat", "0.1");
    cr_assert_eq(err.code, TD_ERR_ARG);
    cr_assert_not_null(strstr(err.text, "'learning_rate'"), "%s", err.text);
    err = set(&p, "n_estimator", "10");
    cr_assert_not_null(strstr(err.text, "'n_estimators'"), "%s", err.text);
}

Test(gbdt_params, a_second_different_value_is_a_conflict) {
    td_train_params p = td_train_params_default();
    cr_assert_eq(set(&p, "num_leaves", "63").code, TD_OK);
    cr_assert_eq(set(&p, "max_leaves", "63").code, TD_OK);
    td_error err = set(&p, "max_leaf_nodes", "31");
    cr_assert_eq(err.code, TD_ERR_ARG);
    cr_assert_not_null(strstr(err.text, "num_leaves"), "%s", err.text);
    cr_assert_eq(p.num_leaves, 63);
}

Test(gbdt_params, values_outside_their_range_are_refused_with_the_range) {
    static const char *const bad[][2] = {
        {"learning_rate", "0"},    {"learning_rate", "nan"},     {"num_leaves", "1"},
        {"max_bin", "256"},        {"bagging_fraction", "1.01"}, {"lambda_l2", "-1"},
        {"feature_fraction", "0"}, {"num_iterations", "0"},      {"lambda_l1", "inf"}};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        td_train_params p = td_train_params_default();
        td_error err = set(&p, bad[i][0], bad[i][1]);
        cr_assert_eq(err.code, TD_ERR_RANGE, "%s=%s", bad[i][0], bad[i][1]);
        cr_assert_not_null(strstr(err.text, ".."), "%s", err.text);
    }
}

Test(gbdt_params, values_of_another_type_are_refused) {
    static const char *const bad[][2] = {
        {"num_leaves", "31.5"},    {"num_leaves", "many"},      {"learning_rate", ""},
        {"learning_rate", "0.1x"}, {"objective", "lambdarank"}, {"boost_from_average", "maybe"},
        {"objective", ""}};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        td_train_params p = td_train_params_default();
        cr_assert_eq(set(&p, bad[i][0], bad[i][1]).code, TD_ERR_ARG, "%s=%s", bad[i][0], bad[i][1]);
    }
}

Test(gbdt_params, combinations_that_cannot_be_meant_are_refused) {
    td_train_params p = td_train_params_default();
    p.bagging_fraction = 0.5;
    cr_assert_eq(td_params_check(&p, NULL), TD_ERR_ARG);
    p.bagging_freq = 1;
    cr_assert_eq(td_params_check(&p, NULL), TD_OK);
    p.objective = TD_OBJECTIVE_REGRESSION;
    cr_assert_eq(td_params_check(&p, NULL), TD_OK);
    p.metric = TD_METRIC_AUC;
    cr_assert_eq(td_params_check(&p, NULL), TD_ERR_ARG);
    p.metric = TD_METRIC_DEFAULT;
    p.scale_pos_weight = 2;
    cr_assert_eq(td_params_check(&p, NULL), TD_ERR_ARG);
    p = td_train_params_default();
    p.max_bin = 1000; /* set in C, past td_params_set */
    cr_assert_eq(td_params_check(&p, NULL), TD_ERR_RANGE);
}
