/* tests/unit/test_stats_uplift.c: Qini, AUUC, RATE and uplift at K against the systems they are
 * named after.
 *
 * Numbers of sets A, A-ties and issue 519 were computed with the systems' own metric files
 * (scikit-uplift 0.5.1 metrics.py, causalml metrics/visualize.py, pylift eval.py, grf
 * rank_average_treatment_effect.R with scores y/.5 and -y/.5). */
#include <criterion/criterion.h>
#include <math.h>

#include "core/base/mem.h"
#include "stats/uplift_assessment.h"

#define DIGITS 5e-13 /* twelve decimals are printed */

static const double y_a[10] = {1, 0, 1, 1, 0, 0, 1, 0, 0, 1};
static const double w_a[10] = {1, 0, 1, 0, 1, 0, 1, 1, 0, 0};
static const double s_a[10] = {.9, .8, .7, .6, .5, .4, .3, .2, .1, .05};
static const double s_ties[10] = {.9, .9, .9, .6, .6, .4, .4, .4, .1, .1};
static const double y_519[10] = {0, 0, 0, 0, 1, 0, 0, 1, 1, 1};
static const double w_519[10] = {0, 0, 0, 0, 0, 1, 1, 1, 1, 1};
static const double s_519[10] = {0, .1, .2, .3, .4, 0, .1, .2, .3, .4};

static td_uplift_request request_of(uint64_t n, const double *y, const double *w,
                                    const double *const *score, uint32_t n_scores) {
    return (td_uplift_request){
        .rows = {.n = n, .treatment = w, .outcome = y, .n_scores = n_scores, .score = score},
        .cuts = {3, {.2, .3, .5}},
        .level = 0.95};
}

static td_uplift_assessment assess(uint64_t n, const double *y, const double *w, const double *s) {
    td_uplift_assessment out = {0};
    td_error err = {0};
    const double *score[1] = {s};
    td_uplift_request request = request_of(n, y, w, score, 1);
    cr_assert_eq(td_uplift_assessment_build(&out, &request, NULL, &err), TD_OK, "%s", err.text);
    return out;
}

static void expect(const td_uplift_assessment *a, uint32_t metric, double value, double tolerance) {
    td_metric got = td_uplift_value(a, 0, metric);
    cr_expect(td_metric_is_defined(got), "%s has no value: %s", td_uplift_metric_name(metric),
              got.undefined_reason);
    cr_expect_float_eq(got.value, value, tolerance, "%s: %.15g, expected %.15g",
                       td_uplift_metric_name(metric), got.value, value);
}

Test(stats_uplift, set_a_in_every_dialect) {
    td_uplift_assessment a = assess(10, y_a, w_a, s_a);
    expect(&a, TD_QINI_SKLIFT, 0.364864864865, DIGITS);
    expect(&a, TD_QINI_SKLIFT_NO_NEGATIVE, 1.5, DIGITS);
    expect(&a, TD_AUUC_SKLIFT, 0.391927083333, DIGITS);
    expect(&a, TD_AUUC_CAUSALML, 0.933333333, 5e-10);
    expect(&a, TD_AUUC_CAUSALML_RAW, 1.866666667, 5e-10);
    expect(&a, TD_QINI_CAUSALML, 0.568181818, 5e-10);
    expect(&a, TD_QINI_CAUSALML_RAW, 0.568181818, 5e-10);
    expect(&a, TD_QINI_PYLIFT, .17, DIGITS);
    expect(&a, TD_QINI_PYLIFT_Q1, .459459459, 5e-10);
    expect(&a, TD_QINI_PYLIFT_Q2, .708333333, 5e-10);
    expect(&a, TD_AQINI_PYLIFT, .135, DIGITS);
    expect(&a, TD_AQINI_PYLIFT_Q1, .364864865, 5e-10);
    expect(&a, TD_AQINI_PYLIFT_Q2, .5625, DIGITS);
    expect(&a, TD_QINI_GRF_AUTOC, 0.528253968, 5e-10);
    expect(&a, TD_QINI_GRF, 0.17, DIGITS);
    expect(&a, TD_OVERALL_UPLIFT, 0.2, DIGITS);
    td_uplift_assessment_free(&a);
    cr_expect_eq(td_mem_live_bytes(), 0);
}

Test(stats_uplift, set_a_with_ties) {
    td_uplift_assessment a = assess(10, y_a, w_a, s_ties);
    expect(&a, TD_QINI_SKLIFT, 0.301801801802, DIGITS);
    expect(&a, TD_QINI_SKLIFT_NO_NEGATIVE, 1.240740740741, DIGITS);
    expect(&a, TD_AUUC_SKLIFT, 0.270182291667, DIGITS);
    expect(&a, TD_QINI_GRF_AUTOC, 0.510396825, 5e-10);
    expect(&a, TD_QINI_GRF, 0.17, DIGITS);
    expect(&a, TD_UPLIFT_AT + 2, 1.0, DIGITS);
    expect(&a, TD_UPLIFT_AT + 4, 0.166666667, 5e-10);
    double qini = td_uplift_value(&a, 0, TD_QINI_CAUSALML).value;
    cr_expect(qini > 0.212 && qini < 0.705, "outside causalml's range over row orders: %g", qini);
    td_uplift_assessment_free(&a);
}

Test(stats_uplift, uplift_at_k_of_set_a) {
    td_uplift_assessment a = assess(10, y_a, w_a, s_a);
    expect(&a, TD_UPLIFT_AT, 1.0, DIGITS);
    expect(&a, TD_UPLIFT_AT + 2, 1.0, DIGITS);
    expect(&a, TD_UPLIFT_AT + 4, 0.166666667, 5e-10);
    /* by group, by hand: top 1 of 5 treated has 1, of control 0; top 2 of each: 2/2 - 1/2 */
    expect(&a, TD_UPLIFT_AT + 1, 1.0, DIGITS);
    expect(&a, TD_UPLIFT_AT + 3, 1.0, DIGITS);
    expect(&a, TD_UPLIFT_AT + 5, 0.5, DIGITS);
    td_uplift_assessment_free(&a);
}

Test(stats_uplift, qini_curve_of_set_a) {
    static const double height[11] = {0, 1, 1, 2, 1, .5, 1, 1.6666667, 1.3333333, 1.75, 1};
    td_uplift_assessment a = assess(10, y_a, w_a, s_a);
    cr_assert_eq(a.verdict[0].n_points, 11);
    for (int k = 0; k <= 10; k++) {
        cr_expect_float_eq(a.verdict[0].share[k], k / 10.0, 1e-15);
        cr_expect_float_eq(5.0 * a.verdict[0].qini[k], height[k], 5e-8, "rank %d", k);
    }
    td_uplift_assessment_free(&a);
    static const double share[5] = {0, .3, .5, .8, 1}, tied[5] = {0, 2, .5, 1.3333333, 1};
    a = assess(10, y_a, w_a, s_ties);
    cr_assert_eq(a.verdict[0].n_points, 5);
    for (int p = 0; p < 5; p++) {
        cr_expect_float_eq(a.verdict[0].share[p], share[p], 1e-15);
        cr_expect_float_eq(5.0 * a.verdict[0].qini[p], tied[p], 5e-8);
    }
    td_uplift_assessment_free(&a);
}

/* causalml issue 519, values of scikit-uplift. */
Test(stats_uplift, set_of_issue_519) {
    static const double height[6] = {0, 0, 1, 2, 2, 2};
    td_uplift_assessment a = assess(10, y_519, w_519, s_519);
    expect(&a, TD_QINI_SKLIFT, .133333333, 5e-10);
    expect(&a, TD_AUUC_SKLIFT, .185185185, 5e-10);
    cr_assert_eq(a.verdict[0].n_points, 6);
    for (int p = 0; p < 6; p++) {
        cr_expect_float_eq(a.verdict[0].share[p], p / 5.0, 1e-15);
        cr_expect_float_eq(5.0 * a.verdict[0].qini[p], height[p], DIGITS);
    }
    td_uplift_assessment_free(&a);
}

/* scikit-uplift's qini_auc_score is pylift's q1_aqini, grf's QINI is pylift's Q_qini, at e = .5. */
Test(stats_uplift, identities_between_systems) {
    td_uplift_assessment a = assess(10, y_a, w_a, s_a);
    expect(&a, TD_QINI_SKLIFT, td_uplift_value(&a, 0, TD_AQINI_PYLIFT_Q1).value, 1e-15);
    expect(&a, TD_QINI_GRF, td_uplift_value(&a, 0, TD_QINI_PYLIFT).value, 1e-15);
    td_uplift_assessment_free(&a);
}

Test(stats_uplift, one_score_for_all_is_a_random_one) {
    static const double same[10] = {0};
    td_uplift_assessment a = assess(10, y_a, w_a, same);
    static const int zero[] = {TD_QINI_SKLIFT, TD_QINI_CAUSALML,  TD_QINI_PYLIFT_Q1,
                               TD_QINI_GRF,    TD_QINI_GRF_AUTOC, TD_AQINI_PYLIFT_Q1,
                               TD_AUUC_SKLIFT, TD_QINI_AREA,      TD_AUUC_EXCESS};
    for (unsigned i = 0; i < sizeof zero / sizeof *zero; i++)
        expect(&a, (uint32_t)zero[i], 0, 1e-15);
    expect(&a, TD_AUUC_CAUSALML, 0.5, 1e-15);
    expect(&a, TD_UPLIFT_AT, 0.2, 1e-15);
    expect(&a, TD_UPLIFT_AT + 1, 0.2, 1e-15);
    td_uplift_assessment_free(&a);
}

Test(stats_uplift, revenue_has_the_dialects_that_need_no_counts) {
    double spend[10];
    for (int i = 0; i < 10; i++) spend[i] = 10.0 * y_a[i];
    td_uplift_assessment a = assess(10, spend, w_a, s_a);
    expect(&a, TD_QINI_CAUSALML_RAW, 5.68181818, 5e-9);
    expect(&a, TD_QINI_CAUSALML, 0.568181818, 5e-10);
    expect(&a, TD_QINI_GRF_AUTOC, 5.28253968, 5e-9);
    expect(&a, TD_AUUC_CAUSALML_RAW, 18.66666667, 5e-9);
    cr_expect_not(td_metric_is_defined(td_uplift_value(&a, 0, TD_QINI_SKLIFT)));
    cr_expect_not(td_metric_is_defined(td_uplift_value(&a, 0, TD_AUUC_SKLIFT)));
    cr_expect_not(td_metric_is_defined(td_uplift_value(&a, 0, TD_QINI_PYLIFT_Q1)));
    td_uplift_assessment_free(&a);
}

/* A propensity a row weighs grf's scores only; the same for all rows is a share. */
Test(stats_uplift, propensities_of_rows) {
    double e[10];
    for (int i = 0; i < 10; i++) e[i] = 0.25;
    const double *score[1] = {s_a};
    td_uplift_request request = request_of(10, y_a, w_a, score, 1);
    td_uplift_assessment a = {0}, b = {0};
    request.rows.share = 0.25;
    cr_assert_eq(td_uplift_assessment_build(&a, &request, NULL, NULL), TD_OK);
    request.rows.share = 0.0;
    request.rows.propensity = e;
    cr_assert_eq(td_uplift_assessment_build(&b, &request, NULL, NULL), TD_OK);
    expect(&b, TD_QINI_GRF, td_uplift_value(&a, 0, TD_QINI_GRF).value, 1e-14);
    expect(&b, TD_QINI_GRF_AUTOC, td_uplift_value(&a, 0, TD_QINI_GRF_AUTOC).value, 1e-14);
    expect(&b, TD_QINI_SKLIFT, 0.364864864865, DIGITS);
    cr_expect_not(td_metric_is_defined(td_uplift_value(&b, 0, TD_QINI_PYLIFT)));
    td_uplift_assessment_free(&a);
    td_uplift_assessment_free(&b);
}

/* By hand: the first three rows of A-ties hold treated 1, 1 and control 0; a cut at 2 rows takes
 * two thirds of each. The first tenth of ten rows is one third of the block. */
Test(stats_uplift, a_cut_block_is_shared_by_its_mean) {
    td_uplift_assessment a = assess(10, y_a, w_a, s_ties);
    expect(&a, TD_UPLIFT_AT, 1.0, DIGITS);
    const td_uplift_group *group = a.verdict[0].group;
    cr_expect_float_eq(group[0].rows[1], 2.0 / 3.0, 1e-15);
    cr_expect_float_eq(group[0].rows[0], 1.0 / 3.0, 1e-15);
    cr_expect_float_eq(group[0].outcome[1], 2.0 / 3.0, 1e-15);
    cr_expect_float_eq(group[3].rows[0], 0.5, 1e-15);
    cr_expect_float_eq(group[3].outcome[0], 0.5, 1e-15);
    td_uplift_assessment_free(&a);
}

typedef struct refusal {
    const char *text;
    td_status status;
    double y, w, s; /* put into row 3 */
} refusal;

Test(stats_uplift, impossible_rows_are_named) {
    static const refusal cases[] = {
        {"treatment of row 3 is 2", TD_ERR_RANGE, 1, 2, 0.7},
        {"treatment of row 3 is nan", TD_ERR_RANGE, 1, NAN, 0.7},
        {"outcome of row 3 is inf", TD_ERR_RANGE, INFINITY, 1, 0.7},
        {"score of row 3 is NaN", TD_ERR_RANGE, 1, 1, NAN},
    };
    for (unsigned c = 0; c < sizeof cases / sizeof *cases; c++) {
        double y[10], w[10], s[10];
        for (int i = 0; i < 10; i++) {
            y[i] = i == 2 ? cases[c].y : y_a[i];
            w[i] = i == 2 ? cases[c].w : w_a[i];
            s[i] = i == 2 ? cases[c].s : s_a[i];
        }
        const double *score[1] = {s};
        td_uplift_request request = request_of(10, y, w, score, 1);
        td_uplift_assessment a = {0};
        td_error err = {0};
        cr_expect_eq(td_uplift_assessment_build(&a, &request, NULL, &err), cases[c].status);
        cr_expect(strstr(err.text, cases[c].text) != NULL, "%s", err.text);
        cr_expect_eq(td_mem_live_bytes(), 0);
    }
}

static void expect_refusal(const td_uplift_request *request, td_status status, const char *text) {
    td_uplift_assessment a = {0};
    td_error err = {0};
    cr_expect_eq(td_uplift_assessment_build(&a, request, NULL, &err), status, "%s", text);
    cr_expect(strstr(err.text, text) != NULL, "%s", err.text);
    cr_expect_eq(td_mem_live_bytes(), 0);
}

Test(stats_uplift, ill_posed_questions_are_answered_by_name) {
    static const double none[10] = {0}, all[10] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
    static const double edge[10] = {.5, .5, 1, .5, .5, .5, .5, .5, .5, .5};
    static const uint32_t code[10] = {0, 1, 2, 3, 7, 0, 0, 0, 0, 0};
    const double *score[1] = {s_a};
    td_uplift_request r = request_of(10, y_a, none, score, 1);
    expect_refusal(&r, TD_ERR_NUMERIC, "no treated rows");
    r = request_of(10, y_a, all, score, 1);
    expect_refusal(&r, TD_ERR_NUMERIC, "no control rows");
    r = request_of(10, all, w_a, score, 1);
    expect_refusal(&r, TD_ERR_NUMERIC, "the outcome is 1 in every row");
    r = request_of(0, y_a, w_a, score, 1);
    expect_refusal(&r, TD_ERR_NUMERIC, "no rows");
    r = request_of(10, y_a, w_a, score, 0);
    expect_refusal(&r, TD_ERR_ARG, "0 scores");
    r = request_of(10, y_a, w_a, score, 1);
    r.rows.share = 1.0;
    expect_refusal(&r, TD_ERR_ARG, "propensity of 1");
    r.rows.share = 0.0;
    r.rows.propensity = edge;
    expect_refusal(&r, TD_ERR_RANGE, "propensity of row 3 is 1");
    r.rows.propensity = NULL;
    r.clusters = (td_uplift_clusters){code, 4};
    expect_refusal(&r, TD_ERR_RANGE, "cluster of row 5 is 7, there are 4");
    r.clusters.code = NULL;
    r.n_replicates = 5;
    expect_refusal(&r, TD_ERR_ARG, "5 bootstrap replicates");
    r.n_replicates = 0;
    r.cuts.share[1] = 1.5;
    expect_refusal(&r, TD_ERR_ARG, "a cut at 1.5");
    r.cuts.share[1] = 0.3;
    r.level = 1.0;
    expect_refusal(&r, TD_ERR_ARG, "level of 1");
}

/* All treated rows on top: no control row in the first five, so 30 % of the rows have no uplift. */
Test(stats_uplift, an_arm_empty_at_the_top_has_a_reason) {
    static const double top_treated[10] = {.9, .1, .9, .2, .8, .1, .7, .7, .05, 0};
    td_uplift_assessment a = assess(10, y_a, w_a, top_treated);
    td_metric at = td_uplift_value(&a, 0, TD_UPLIFT_AT + 2);
    cr_expect_str_eq(at.undefined_reason, "an arm has no rows in this part of the ranking");
    cr_expect(td_metric_is_defined(td_uplift_value(&a, 0, TD_UPLIFT_AT + 3)));
    cr_expect(td_metric_is_defined(td_uplift_value(&a, 0, TD_QINI_CAUSALML)));
    cr_expect_not(td_metric_is_defined(td_uplift_value(&a, 0, TD_WEIGHTED_UPLIFT)));
    td_uplift_assessment_free(&a);
}

Test(stats_uplift, every_failing_allocation_is_reported_and_nothing_stays) {
    static const uint32_t code[10] = {0, 0, 1, 1, 2, 2, 3, 3, 4, 4};
    const double *score[2] = {s_a, s_ties};
    td_uplift_request r = request_of(10, y_a, w_a, score, 2);
    r.n_replicates = 20;
    r.clusters = (td_uplift_clusters){code, 5};
    for (uint64_t n = 1;; n++) {
        td_uplift_assessment a = {0};
        td_mem_fail_after(n);
        td_status status = td_uplift_assessment_build(&a, &r, NULL, NULL);
        td_mem_fail_after(0);
        td_uplift_assessment_free(&a);
        cr_assert_eq(td_mem_live_bytes(), 0, "allocation %llu", (unsigned long long)n);
        if (status == TD_OK) break;
        cr_assert_eq(status, TD_ERR_NOMEM);
        cr_assert_lt(n, 200);
    }
}
