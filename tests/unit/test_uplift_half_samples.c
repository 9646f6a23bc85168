/* Standard errors by half-samples: a case with a known answer, rows without an arm, refusals. */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "core/base/mem.h"
#include "tests/support/rows.h"
#include "uplift/half_samples.h"

enum { N = 800 };

typedef struct trial {
    td_test_rows rows;
    uint32_t arm[N];
    td_uplift_data data;
} trial;

static const char *const names[] = {"control", "treated"};

/* Effect 0.5 everywhere, noise 1; the feature says nothing. */
static void trial_make(trial *t) {
    *t = (trial){.rows = td_test_rows_new(N, 1)};
    td_rng rng = td_rng_stream(3, "test", 0, 0);
    for (uint64_t i = 0; i < N; i++) {
        t->arm[i] = (uint32_t)td_rng_below(&rng, 2);
        t->rows.table.column[0].number[i] = td_rng_uniform(&rng);
        t->rows.label[i] = 0.5 * t->arm[i] + td_rng_normal(&rng);
    }
    t->data = (td_uplift_data){.rows = t->rows.view, .arm = t->arm, .n_arms = 2, .arm_name = names};
}

static td_uplift_params stump(void) {
    td_uplift_params params = td_uplift_params_default();
    params.learner = TD_UPLIFT_T;
    params.propensity = TD_PROPENSITY_SHARE;
    params.trees = td_test_params("num_iterations=1 num_leaves=2 min_data_in_leaf=400");
    return params;
}

/* Trees that cannot split predict the difference of means: se = sqrt(4 / n) = 0.0707 for N rows,
 * and 100 halves measure it within 4 * 7 %. */
Test(uplift_half_samples, of_a_difference_in_means) {
    trial t;
    trial_make(&t);
    td_uplift_params params = stump();
    td_half_samples job = {&t.data, &params, &t.data.rows, NULL, 100};
    double se[N];
    td_error err = {0};
    cr_assert_eq(td_uplift_half_samples(se, &job, NULL, &err), TD_OK, "%s", err.text);
    for (uint64_t i = 0; i < N; i++) cr_assert_float_eq(se[i], sqrt(4.0 / N), 0.02);
    td_exec exec = {.n_threads = 3};
    double again[N];
    cr_assert_eq(td_uplift_half_samples(again, &job, &exec, &err), TD_OK);
    cr_assert_eq(memcmp(se, again, sizeof se), 0);
    td_test_rows_free(&t.rows);
    cr_assert_eq(td_mem_live_bytes(), 0);
}

Test(uplift_half_samples, rows_without_an_arm_are_not_drawn) {
    trial t;
    trial_make(&t);
    for (uint64_t i = 0; i < N; i += 2) {
        t.arm[i] = TD_UPLIFT_NO_ARM;
        t.rows.label[i] = 1e6; /* would be seen at once */
    }
    td_uplift_params params = stump();
    td_half_samples job = {&t.data, &params, &t.data.rows, NULL, 20};
    double se[N];
    cr_assert_eq(td_uplift_half_samples(se, &job, NULL, NULL), TD_OK);
    for (uint64_t i = 0; i < N; i++) cr_assert_lt(se[i], 0.3);
    td_test_rows_free(&t.rows);
}

Test(uplift_half_samples, impossible_requests_leave_nothing) {
    trial t;
    trial_make(&t);
    td_uplift_params params = stump();
    td_half_samples job = {&t.data, &params, &t.data.rows, NULL, 1};
    double se[N];
    td_error err = {0};
    cr_assert_eq(td_uplift_half_samples(se, &job, NULL, &err), TD_ERR_ARG);
    cr_assert_not_null(strstr(err.text, "1 half-samples"));
    job.n_replicates = 2;
    uint64_t before = td_mem_live_bytes();
    for (uint64_t n = 1; n <= 6; n++) {
        td_mem_fail_after(n);
        cr_assert_eq(td_uplift_half_samples(se, &job, NULL, NULL), TD_ERR_NOMEM);
        td_mem_fail_after(0);
        cr_assert_eq(td_mem_live_bytes(), before);
    }
    td_test_rows_free(&t.rows);
}
