/* stats/logistic: closed forms, missing values, separation, edges, refusals. */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "core/base/mem.h"
#include "stats/logistic.h"

static td_logistic fit(const td_logistic_data *data, double l2) {
    td_logistic_params params = td_logistic_params_default();
    params.l2 = l2;
    td_logistic model = {0};
    td_error err = {0};
    cr_assert_eq(td_logistic_fit(&model, data, &params, NULL, &err), TD_OK, "%s", err.text);
    return model;
}

static td_status refuse(const td_logistic_data *data, double l2, td_error *err) {
    td_logistic_params params = td_logistic_params_default();
    params.l2 = l2;
    td_logistic model = {0};
    uint64_t before = td_mem_live_bytes();
    td_status status = td_logistic_fit(&model, data, &params, NULL, err);
    cr_assert_eq(td_mem_live_bytes(), before);
    return status;
}

/* A 2 x 2 table by weights: x = 0: 30 without, 10 with; x = 1: 15 without, 45 with.
 * coef = log odds ratio = log(45 30 / (15 10)) = log 9, intercept = log(10 / 30),
 * se = sqrt(1/30 + 1/10 + 1/15 + 1/45) (Woolf 1955), se of the intercept sqrt(1/30 + 1/10). */
Test(stats_logistic, one_binary_feature_is_the_log_odds_ratio) {
    const double x[] = {0, 0, 1, 1}, y[] = {0, 1, 0, 1}, w[] = {30, 10, 15, 45};
    const double *columns[] = {x};
    td_logistic_data data = {.n = 4, .p = 1, .x = columns, .label = y, .weight = w};
    td_logistic model = fit(&data, 0.0);
    cr_assert(model.has_converged);
    cr_assert_float_eq(model.columns[0].coef, 2.1972245773362196, 1e-12);
    cr_assert_float_eq(model.columns[0].se, sqrt(1.0 / 30 + 0.1 + 1.0 / 15 + 1.0 / 45), 1e-12);
    cr_assert_float_eq(model.intercept, -1.0986122886681098, 1e-12);
    cr_assert_float_eq(model.intercept_se, sqrt(1.0 / 30 + 0.1), 1e-12);
    /* deviance = -2 (30 log .75 + 10 log .25 + 15 log .25 + 45 log .75) */
    cr_assert_float_eq(model.deviance, 112.46702892376167, 1e-9);
    cr_assert_float_eq(model.null_deviance, 137.6277627427177, 1e-9);
    double p[4];
    cr_assert_eq(td_logistic_predict(p, &model, columns, 4, NULL, NULL), TD_OK);
    cr_assert_float_eq(p[0], 0.25, 1e-13);
    cr_assert_float_eq(p[3], 0.75, 1e-13);
    td_logistic_free(&model);
}

Test(stats_logistic, no_features_is_the_base_rate) {
    const double y[] = {0, 1, 0, 0};
    td_logistic_data data = {.n = 4, .p = 0, .label = y};
    td_logistic model = fit(&data, 1.0);
    double p[4];
    cr_assert_eq(td_logistic_predict(p, &model, NULL, 4, NULL, NULL), TD_OK);
    cr_assert_float_eq(p[2], 0.25, 1e-15);
    cr_assert_float_eq(model.deviance, model.null_deviance, 1e-13);
    td_logistic_free(&model);
}

/* With its indicator, a binary feature with holes has three groups: each gets its own rate. */
Test(stats_logistic, missing_rows_get_their_own_rate) {
    const double x[] = {0, 0, 1, 1, NAN, NAN}, y[] = {0, 1, 0, 1, 0, 1};
    const double w[] = {30, 10, 15, 45, 9, 1};
    const double *columns[] = {x};
    td_logistic_data data = {.n = 6, .p = 1, .x = columns, .label = y, .weight = w};
    td_logistic model = fit(&data, 0.0);
    double p[6];
    cr_assert_eq(td_logistic_predict(p, &model, columns, 6, NULL, NULL), TD_OK);
    const double rate[] = {0.25, 0.25, 0.75, 0.75, 0.1, 0.1};
    /* the last step changed F by 1e-12: coefficients are good to about the same */
    for (int i = 0; i < 6; i++) cr_assert_float_eq(p[i], rate[i], 1e-11);
    cr_assert_float_eq(model.columns[0].mean, 0.6, 1e-15);
    cr_assert_float_eq(model.columns[0].missing_share, 10.0 / 110, 1e-15);
    td_logistic_free(&model);
}

Test(stats_logistic, a_feature_first_missing_in_new_rows_sits_at_its_mean) {
    const double x[] = {0, 0, 1, 1, 2}, y[] = {0, 1, 0, 1, 1}, hole[] = {NAN}, mean[] = {0.8};
    const double *columns[] = {x}, *new_hole[] = {hole}, *new_mean[] = {mean};
    td_logistic_data data = {.n = 5, .p = 1, .x = columns, .label = y};
    td_logistic model = fit(&data, 1.0);
    double a, b;
    cr_assert_eq(td_logistic_predict(&a, &model, new_hole, 1, NULL, NULL), TD_OK);
    cr_assert_eq(td_logistic_predict(&b, &model, new_mean, 1, NULL, NULL), TD_OK);
    cr_assert_float_eq(a, b, 1e-15);
    td_logistic_free(&model);
}

/* 0.1 has a mean that is not 0.1 to the last bit: the column must still count as constant. */
Test(stats_logistic, constant_and_empty_columns_are_left_out) {
    const double flat[] = {0.1, 0.1, 0.1, 0.1, 0.1, 0.1}, y[] = {0, 1, 0, 1, 1, 1};
    const double empty[] = {NAN, NAN, NAN, NAN, NAN, NAN}, x[] = {1, 2, 3, 4, 5, 6};
    const double *columns[] = {flat, empty, x};
    td_logistic_data data = {.n = 6, .p = 3, .x = columns, .label = y};
    td_logistic model = fit(&data, 0.0);
    for (int j = 0; j < 2; j++) {
        cr_assert_eq(model.columns[j].coef, 0.0);
        cr_assert_eq(model.columns[j].missing_coef, 0.0);
        cr_assert_eq(model.columns[j].sd, 0.0);
    }
    cr_assert_gt(model.columns[2].coef, 0.0);
    double p;
    const double *odd[] = {x + 5, x + 5, x + 5};
    cr_assert_eq(td_logistic_predict(&p, &model, odd, 1, NULL, NULL), TD_OK);
    cr_assert(p > 0.5 && p < 1.0, "left-out columns have no effect: %g", p);
    td_logistic_free(&model);
}

Test(stats_logistic, ridge_keeps_separated_classes_finite) {
    const double x[] = {1, 2, 3, 4, 5, 6}, y[] = {0, 0, 0, 1, 1, 1};
    const double *columns[] = {x};
    td_logistic_data data = {.n = 6, .p = 1, .x = columns, .label = y};
    td_logistic model = fit(&data, 1e-3);
    cr_assert(model.has_converged);
    cr_assert(model.columns[0].coef > 1.0 && model.columns[0].coef < 20.0);
    /* symmetry: the boundary is in the middle */
    cr_assert_float_eq(model.intercept / model.columns[0].coef, -3.5, 1e-9);
    td_logistic_free(&model);
    td_error err;
    cr_assert_eq(refuse(&data, 0.0, &err), TD_ERR_NUMERIC);
    cr_assert(strstr(err.text, "separate") || strstr(err.text, "pivot"), "%s", err.text);
}

Test(stats_logistic, collinear_columns_need_the_ridge) {
    const double x[] = {1, 2, 3, 4, 5, 6}, y[] = {0, 1, 0, 1, 0, 1};
    const double twice[] = {2, 4, 6, 8, 10, 12};
    const double *columns[] = {x, twice};
    td_logistic_data data = {.n = 6, .p = 2, .x = columns, .label = y};
    td_error err;
    cr_assert_eq(refuse(&data, 0.0, &err), TD_ERR_NUMERIC);
    cr_assert(strstr(err.text, "pivot 3 of 3"), "%s", err.text);
    td_logistic model = fit(&data, 1.0);
    cr_assert_float_eq(model.columns[0].coef, 2 * model.columns[1].coef, 1e-12);
    td_logistic_free(&model);
}

Test(stats_logistic, columns_of_wild_scales_are_standardised) {
    const double x[] = {1, 2, 3, 4, 5, 6}, y[] = {0, 1, 0, 1, 0, 1};
    const double far[] = {1e15 + 8, 1e15 + 16, 1e15 + 24, 1e15 + 32, 1e15 + 40, 1e15 + 48};
    const double *near_columns[] = {x}, *far_columns[] = {far};
    td_logistic_data data = {.n = 6, .p = 1, .x = near_columns, .label = y};
    td_logistic a = fit(&data, 1.0);
    data.x = far_columns;
    td_logistic b = fit(&data, 1.0);
    cr_assert_float_eq(a.columns[0].coef, 8 * b.columns[0].coef, 1e-12);
    cr_assert_float_eq(a.base, b.base, 1e-12);
    td_logistic_free(&a);
    td_logistic_free(&b);
}

Test(stats_logistic, bad_data_is_named) {
    const double x[] = {1, 2, HUGE_VAL}, ok[] = {1, 2, 3}, y[] = {0, 1, 1}, bad_y[] = {0, 3, 1};
    const double bad_w[] = {1, 1, -2}, ones[] = {1, 1, 1}, no_w[] = {0, 0, 0};
    const double *columns[] = {ok, x}, *good[] = {ok};
    td_error err;
    td_logistic_data data = {.n = 3, .p = 2, .x = columns, .label = y};
    cr_assert_eq(refuse(&data, 1.0, &err), TD_ERR_RANGE);
    cr_assert_str_eq(err.text, "feature 2 of row 3 is inf, must be finite or missing");
    data = (td_logistic_data){.n = 3, .p = 1, .x = good, .label = bad_y};
    cr_assert_eq(refuse(&data, 1.0, &err), TD_ERR_RANGE);
    cr_assert_str_eq(err.text, "label of row 2 is 3, must be 0 or 1");
    data = (td_logistic_data){.n = 3, .p = 1, .x = good, .label = y, .weight = bad_w};
    cr_assert_eq(refuse(&data, 1.0, &err), TD_ERR_RANGE);
    cr_assert(strstr(err.text, "weight of row 3 is -2"), "%s", err.text);
    data = (td_logistic_data){.n = 3, .p = 1, .x = good, .label = ones};
    cr_assert_eq(refuse(&data, 1.0, &err), TD_ERR_NUMERIC);
    cr_assert(strstr(err.text, "every label is 1"), "%s", err.text);
    data = (td_logistic_data){.n = 3, .p = 1, .x = good, .label = y, .weight = no_w};
    cr_assert_eq(refuse(&data, 1.0, &err), TD_ERR_NUMERIC);
    data.weight = NULL;
    cr_assert_eq(refuse(&data, -1.0, &err), TD_ERR_ARG);
    cr_assert_eq(refuse(&data, NAN, &err), TD_ERR_ARG);
}

static int stop_at_once(void *ctx, const char *stage, uint64_t done, uint64_t total) {
    (void)ctx, (void)stage, (void)done, (void)total;
    return 1;
}

Test(stats_logistic, progress_can_interrupt) {
    const double x[] = {1, 2, 3}, y[] = {0, 1, 0};
    const double *columns[] = {x};
    td_logistic_data data = {.n = 3, .p = 1, .x = columns, .label = y};
    td_logistic_params params = td_logistic_params_default();
    td_exec exec = {.n_threads = 1, .progress = stop_at_once};
    td_logistic model = {0};
    uint64_t before = td_mem_live_bytes();
    cr_assert_eq(td_logistic_fit(&model, &data, &params, &exec, NULL), TD_ERR_INTERRUPTED);
    cr_assert_eq(td_mem_live_bytes(), before);
}

Test(stats_logistic, every_failing_allocation_is_reported_and_nothing_stays) {
    const double x[] = {1, 2, 3, NAN}, y[] = {0, 1, 0, 1};
    const double *columns[] = {x};
    td_logistic_data data = {.n = 4, .p = 1, .x = columns, .label = y};
    td_logistic_params params = td_logistic_params_default();
    uint64_t before = td_mem_live_bytes();
    int n_failed = 0;
    for (uint64_t n = 1;; n++, n_failed++) {
        td_logistic model = {0};
        td_mem_fail_after(n);
        td_status status = td_logistic_fit(&model, &data, &params, NULL, NULL);
        td_mem_fail_after(0);
        td_logistic_free(&model);
        cr_assert_eq(td_mem_live_bytes(), before);
        if (status == TD_OK) break;
        cr_assert_eq(status, TD_ERR_NOMEM);
    }
    cr_assert_gt(n_failed, 10);
}
