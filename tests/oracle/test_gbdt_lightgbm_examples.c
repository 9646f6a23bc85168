/* tests/oracle/test_gbdt_lightgbm_examples.c: quality on LightGBM's example sets.
 *
 * Bands: the range over 20 seeds of Debian's xgboost 1.7.4 with row sampling at the same leaves,
 * rounds, rate and bins (hist, lossguide). LightGBM 4.7 with its shipped train.conf reaches AUC
 * 0.8316, log-loss 0.5031 on binary.test.
 * Classes: LightGBM 4.7 itself, seeds 1 to 8 with the parameters of the test: log-loss 1.2954 to
 * 1.3111, error 0.496 to 0.538 on the 500 rows of multiclass.test. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>

#include "core/base/mem.h"
#include "gbdt/loss_value.h"
#include "io/csv_read.h"
#include "stats/ranking.h"
#include "tests/support/data.h"
#include "tests/support/rows.h"

typedef struct example {
    td_table table;
    const td_column *feature[64];
    td_matrix_view view;
} example;

static int open_example(example *out, const char *name) {
    const char *path = td_test_data(name);
    if (path == NULL) return 0;
    td_csv_options options = td_csv_options_default();
    td_error err = {0};
    options.has_header = 0;
    cr_assert_eq(td_csv_read(&out->table, path, &options, NULL, &err), TD_OK, "%s", err.text);
    uint32_t n = out->table.n_columns - 1;
    for (uint32_t f = 0; f < n; f++) out->feature[f] = &out->table.column[f + 1];
    out->view = (td_matrix_view){.n_rows = out->table.n_rows,
                                 .n_features = n,
                                 .feature = out->feature,
                                 .label = out->table.column[0].number};
    return 1;
}

/* Response on the test rows after training on the train rows; NULL when data is not there. */
static double *fit_and_score(example *train, example *test, const char *params_text) {
    td_train_params params = td_test_params(params_text);
    td_exec exec = {.n_threads = 2};
    td_binned *binned;
    td_model *model;
    uint64_t n_scores = test->view.n_rows * td_params_n_outputs(&params);
    double *out = td_mem_array(n_scores, sizeof *out, NULL);
    cr_assert_eq(td_binned_build(&binned, &train->view, &params, &exec, NULL), TD_OK);
    cr_assert_eq(td_train(&model, NULL, (td_train_rows){binned, NULL}, &params, &exec, NULL),
                 TD_OK);
    cr_assert_eq(td_predict(out, model, &test->view, TD_SCORE_RESPONSE, &exec, NULL), TD_OK);
    td_model_free(model);
    td_binned_free(binned);
    return out;
}

Test(gbdt_lightgbm_examples, binary_lies_in_the_band_of_xgboost) {
    static example train, test;
    if (!open_example(&train, "lightgbm_examples/binary.train")) return;
    if (!open_example(&test, "lightgbm_examples/binary.test")) return;
    double *p = fit_and_score(&train, &test,
                              "num_leaves=63 num_trees=100 learning_rate=0.1 min_data_in_leaf=50 "
                              "min_sum_hessian_in_leaf=5 bagging_fraction=0.8 bagging_freq=5 "
                              "feature_fraction=0.8");
    td_ranking ranking = {0};
    cr_assert_eq(td_ranking_build(&ranking, p, test.view.label, test.view.n_rows, NULL, NULL),
                 TD_OK);
    double auc = td_ranking_auc(&ranking).value, loss = 0;
    for (uint64_t i = 0; i < test.view.n_rows; i++) {
        loss -= log(test.view.label[i] == 1 ? p[i] : 1 - p[i]) / (double)test.view.n_rows;
    }
    cr_assert(auc >= 0.8149 && auc <= 0.8380, "AUC %g", auc);
    cr_assert(loss >= 0.4951 && loss <= 0.5223, "log-loss %g", loss);
    td_ranking_free(&ranking);
    td_mem_free(p);
    td_table_free(&train.table);
    td_table_free(&test.table);
}

Test(gbdt_lightgbm_examples, regression_lies_in_the_band_of_xgboost) {
    static example train, test;
    if (!open_example(&train, "lightgbm_examples/regression.train")) return;
    if (!open_example(&test, "lightgbm_examples/regression.test")) return;
    double *y = fit_and_score(&train, &test,
                              "objective=regression num_leaves=31 num_trees=100 learning_rate=0.05 "
                              "min_data_in_leaf=100 min_sum_hessian_in_leaf=5 "
                              "bagging_fraction=0.8 bagging_freq=5 feature_fraction=0.9");
    double l2 = 0;
    for (uint64_t i = 0; i < test.view.n_rows; i++) {
        double error = y[i] - test.view.label[i];
        l2 += error * error / (double)test.view.n_rows;
    }
    cr_assert(l2 >= 0.1693 && l2 <= 0.1727, "l2 %g", l2);
    td_mem_free(y);
    td_table_free(&train.table);
    td_table_free(&test.table);
}

Test(gbdt_lightgbm_examples, classes_lie_in_the_band_of_lightgbm) {
    static example train, test;
    if (!open_example(&train, "lightgbm_examples/multiclass.train")) return;
    if (!open_example(&test, "lightgbm_examples/multiclass.test")) return;
    double *p = fit_and_score(&train, &test,
                              "objective=multiclass num_class=5 num_trees=60 learning_rate=0.05 "
                              "num_leaves=31 bagging_fraction=0.8 bagging_freq=1 "
                              "feature_fraction=0.8 seed=1");
    double loss = 0, errors = 0, n = (double)test.view.n_rows;
    for (uint64_t i = 0; i < test.view.n_rows; i++) {
        uint64_t own = (uint64_t)test.view.label[i], wrong = 0;
        for (uint64_t k = 0; k < 5; k++) {
            wrong |= k != own && p[k * test.view.n_rows + i] >= p[own * test.view.n_rows + i];
        }
        loss -= log(p[own * test.view.n_rows + i]) / n;
        errors += (double)wrong / n;
    }
    cr_assert(loss >= 1.285 && loss <= 1.32, "log-loss %g", loss);
    cr_assert(errors >= 0.475 && errors <= 0.555, "error %g", errors);
    td_mem_free(p);
    td_table_free(&train.table);
    td_table_free(&test.table);
}

/* LightGBM 4.7, seeds 1 to 3 with the parameters of the test, on the 500 rows of regression.test:
 * the band is its range, widened by 2 % on either side. */
Test(gbdt_lightgbm_examples, losses_of_values_lie_in_the_band_of_lightgbm) {
    static example train, test;
    static const struct {
        const char *objective;
        td_stop_metric metric;
        double low, high;
    } cases[] = {{"regression_l1", TD_METRIC_L1, 0.316195, 0.321043},
                 {"huber", TD_METRIC_HUBER, 0.0844894, 0.0853893},
                 {"quantile", TD_METRIC_QUANTILE, 0.12984, 0.133605},
                 {"poisson", TD_METRIC_POISSON, 0.798839, 0.801818}};
    if (!open_example(&train, "lightgbm_examples/regression.train")) return;
    if (!open_example(&test, "lightgbm_examples/regression.test")) return;
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        char text[200];
        snprintf(text, sizeof text,
                 "objective=%s alpha=0.7 num_leaves=31 num_trees=60 learning_rate=0.1 "
                 "min_data_in_leaf=50 bagging_fraction=0.8 bagging_freq=1 feature_fraction=0.9",
                 cases[k].objective);
        double *y = fit_and_score(&train, &test, text), loss = 0;
        for (uint64_t i = 0; i < test.view.n_rows; i++) {
            loss += td_value_loss(cases[k].metric, test.view.label[i], y[i], 0.7) /
                    (double)test.view.n_rows;
        }
        cr_assert(loss >= 0.98 * cases[k].low && loss <= 1.02 * cases[k].high, "%s: %g",
                  cases[k].objective, loss);
        td_mem_free(y);
    }
    td_table_free(&train.table);
    td_table_free(&test.table);
}
