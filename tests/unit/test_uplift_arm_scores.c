/* tests/unit/test_uplift_arm_scores.c: scores of several arms estimate every arm's mean outcome,
 * also where the arms were not dealt at random. */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/base/numeric.h"
#include "tests/support/rows.h"
#include "uplift/arm_scores.h"
#include "uplift/nuisance.h"

enum { N = 6000 };

static const char *const NAMES[] = {"none", "mail", "call"};

typedef struct study {
    td_test_rows rows;
    uint32_t arm[N];
    double propensity[3 * N];
    td_uplift_data data;
} study;

/* Outcome x + a, x uniform on (0, 1): the mean under arm a is 0.5 + a. High x are called and low x
 * left alone, so the arms' own means are off by some 0.15. One row in 50 has no arm. */
static study *study_new(uint32_t n_arms) {
    study *s = td_mem_zeroed(1, sizeof *s, NULL);
    td_rng rng = td_rng_stream(3, "test", n_arms, 0);
    s->rows = td_test_rows_new(N, 2);
    for (uint32_t i = 0; i < N; i++) {
        double x = td_rng_uniform(&rng), u = td_rng_uniform(&rng), *p = s->propensity + i;
        p[0] = 0.5 - 0.3 * x;
        p[N] = n_arms == 2 ? 1 - p[0] : 0.3;
        p[2 * N] = 1 - p[0] - p[N];
        s->arm[i] = u < p[0] ? 0 : u < p[0] + p[N] ? 1 : 2;
        s->rows.table.column[0].number[i] = x;
        s->rows.table.column[1].number[i] = td_rng_uniform(&rng);
        s->rows.label[i] = x + s->arm[i] + 0.5 * td_rng_normal(&rng);
        if (i % 50 == 7) s->arm[i] = TD_UPLIFT_NO_ARM;
    }
    s->data =
        (td_uplift_data){.rows = s->rows.view, .arm = s->arm, .n_arms = n_arms, .arm_name = NAMES};
    return s;
}

static void study_free(study *s) {
    td_test_rows_free(&s->rows);
    td_mem_free(s);
}

static td_uplift_params params_of(td_propensity_how how) {
    td_uplift_params params = td_uplift_params_default();
    params.propensity = how;
    params.trees = td_test_params("num_iterations=60 num_leaves=8");
    return params;
}

static double mean_of(const double *x, uint64_t n) {
    td_sum sum = {0, 0};
    for (uint64_t i = 0; i < n; i++) td_sum_add(&sum, x[i]);
    return td_sum_value(&sum) / (double)n;
}

/* Standard error of a mean score here: about 0.5 / sqrt(6000 e) <= 0.02. */
Test(uplift_arm_scores, means_are_those_of_the_arms_for_known_and_estimated_chances) {
    study *s = study_new(3);
    for (int is_known = 0; is_known < 2; is_known++) {
        td_arm_scores scores;
        td_uplift_params params = params_of(TD_PROPENSITY_ESTIMATE);
        td_error err = {0};
        s->data.propensity = is_known ? s->propensity : NULL;
        cr_assert_eq(td_arm_scores_fit(&scores, &s->data, &params, NULL, &err), TD_OK, "%s",
                     err.text);
        cr_assert_eq(scores.n, N - N / 50);
        cr_assert_eq(scores.n_arms, 3);
        cr_expect_eq(scores.row[7], 8, "row 7 has no arm");
        for (uint32_t a = 0; a < 3; a++) {
            double mean = mean_of(scores.score + a * scores.n, scores.n);
            cr_expect_float_eq(mean, 0.5 + a, 0.06, "arm %u: %g, known %d", a, mean, is_known);
        }
        if (is_known) cr_expect(scores.low > 0.199 && scores.high < 0.501, "known chances");
        cr_expect(scores.low > 0 && scores.high < 0.8, "%g to %g", scores.low, scores.high);
        td_arm_scores_free(&scores);
    }
    double own = 0, n = 0;
    for (int i = 0; i < N; i++) {
        own += s->arm[i] == 0 ? s->rows.label[i] : 0;
        n += s->arm[i] == 0;
    }
    cr_expect_lt(own / n, 0.45, "the arm's own mean is confounded: %g", own / n);
    study_free(s);
    cr_expect_eq(td_mem_live_bytes(), 0);
}

Test(uplift_arm_scores, two_arms_are_those_of_the_nuisance) {
    study *s = study_new(2);
    td_arm_scores scores;
    td_nuisance nuisance;
    td_uplift_params params = params_of(TD_PROPENSITY_SHARE);
    cr_assert_eq(td_arm_scores_fit(&scores, &s->data, &params, NULL, NULL), TD_OK);
    cr_assert_eq(td_nuisance_fit(&nuisance, &s->data, &params, NULL, NULL), TD_OK);
    double *other = td_mem_array(2 * nuisance.n, sizeof *other, NULL);
    td_nuisance_arm_scores(other, &nuisance);
    cr_assert_eq(scores.n, nuisance.n);
    for (uint64_t i = 0; i < 2 * scores.n; i++) {
        cr_assert_float_eq(scores.score[i], other[i], 1e-12, "score %d", (int)i);
    }
    td_mem_free(other);
    td_nuisance_free(&nuisance);
    td_arm_scores_free(&scores);
    study_free(s);
    cr_expect_eq(td_mem_live_bytes(), 0);
}

Test(uplift_arm_scores, impossible_requests_leave_nothing) {
    study *s = study_new(3);
    td_arm_scores scores;
    td_uplift_params params = params_of(TD_PROPENSITY_SHARE);
    params.trees = td_test_params("num_iterations=2 num_leaves=3");
    td_error err = {0};
    s->data.propensity = s->propensity;
    s->propensity[5] = 0;
    cr_expect_eq(td_arm_scores_fit(&scores, &s->data, &params, NULL, &err), TD_ERR_RANGE);
    cr_expect(strstr(err.text, "row 6: the propensity of arm 'none' is 0") != NULL, "%s", err.text);
    s->data.propensity = NULL;
    uint64_t before = td_mem_live_bytes();
    for (uint64_t n = 1; n < 400; n += 7) {
        td_mem_fail_after(n);
        td_status status = td_arm_scores_fit(&scores, &s->data, &params, NULL, NULL);
        td_mem_fail_after(0);
        if (status == TD_OK) td_arm_scores_free(&scores);
        cr_assert_eq(td_mem_live_bytes(), before, "allocation %d", (int)n);
        if (status == TD_OK) break;
        cr_assert_eq(status, TD_ERR_NOMEM);
    }
    study_free(s);
    cr_expect_eq(td_mem_live_bytes(), 0);
}
