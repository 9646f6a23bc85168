/* stats against scikit-learn and numpy on one small data set; see make_stats_sklearn.py. */
#include <criterion/criterion.h>
#include <math.h>

#include "stats/logistic.h"
#include "stats/probability.h"
#include "stats/ranking.h"
#include "tests/oracle/stats_sklearn.h"

/* Two ways to add 60 terms differ by a few ulp. */
#define SAME 1e-14

Test(stats_sklearn, ranking_metrics_agree_under_heavy_ties) {
    td_ranking ranking = {0};
    cr_assert_eq(td_ranking_build(&ranking, oracle_score, oracle_label, ORACLE_N, NULL, NULL),
                 TD_OK);
    cr_assert_float_eq(td_ranking_auc(&ranking).value, ORACLE_AUC, SAME);
    cr_assert_float_eq(td_ranking_average_precision(&ranking).value, ORACLE_AP, SAME);
    cr_assert_float_eq(td_ranking_ks(&ranking).value.value, ORACLE_KS, SAME);
    td_ranking_free(&ranking);
}

Test(stats_sklearn, probability_metrics_agree) {
    td_probability_metrics out;
    cr_assert_eq(td_probability_measure(&out, oracle_score, oracle_label, ORACLE_N, NULL, NULL),
                 TD_OK);
    cr_assert_float_eq(out.log_loss.value, ORACLE_LOG_LOSS, SAME);
    cr_assert_float_eq(out.brier.value, ORACLE_BRIER, SAME);
}

typedef struct expected {
    double l2, intercept, intercept_se, deviance;
    const double *coef, *se, *p; /* coef, se: x0, x1, x2, indicator of x2 */
} expected;

/* The oracle stops at gradients of 1e-13 and its x1 has mean / sd = 1000: ten digits are left. */
static void same(double got, double want) { cr_assert_float_eq(got, want, 1e-9 * fabs(want)); }

static void check_fit(expected want) {
    const double *x[] = {oracle_x0, oracle_x1, oracle_x2};
    td_logistic_data data = {.n = ORACLE_N, .p = 3, .x = x, .label = oracle_y, .weight = oracle_w};
    td_logistic_params params = td_logistic_params_default();
    params.l2 = want.l2;
    td_logistic model = {0};
    cr_assert_eq(td_logistic_fit(&model, &data, &params, NULL, NULL), TD_OK);
    cr_assert(model.has_converged);
    for (int j = 0; j < 3; j++) {
        same(model.columns[j].coef, want.coef[j]);
        same(model.columns[j].se, want.se[j]);
    }
    same(model.columns[2].missing_coef, want.coef[3]);
    same(model.columns[2].missing_se, want.se[3]);
    same(model.intercept, want.intercept);
    same(model.intercept_se, want.intercept_se);
    same(model.deviance, want.deviance);
    double p[ORACLE_N];
    cr_assert_eq(td_logistic_predict(p, &model, x, ORACLE_N, NULL, NULL), TD_OK);
    for (int i = 0; i < 5; i++) same(p[i], want.p[i]);
    td_logistic_free(&model);
}

Test(stats_sklearn, logistic_without_penalty_agrees) {
    check_fit((expected){.l2 = 0.0,
                         .intercept = ORACLE_ML_INTERCEPT,
                         .intercept_se = ORACLE_ML_INTERCEPT_SE,
                         .deviance = ORACLE_ML_DEVIANCE,
                         .coef = oracle_ml_coef,
                         .se = oracle_ml_se,
                         .p = oracle_ml_p});
}

Test(stats_sklearn, logistic_with_ridge_agrees) {
    check_fit((expected){.l2 = 2.5,
                         .intercept = ORACLE_RIDGE_INTERCEPT,
                         .intercept_se = ORACLE_RIDGE_INTERCEPT_SE,
                         .deviance = ORACLE_RIDGE_DEVIANCE,
                         .coef = oracle_ridge_coef,
                         .se = oracle_ridge_se,
                         .p = oracle_ridge_p});
}
