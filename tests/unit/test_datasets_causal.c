/* Rows drawn by the laws of causalml and grf: the formulas again, moments, errors. */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "core/base/mem.h"
#include "datasets/causal_generators.h"

static td_causal_data draw(const char *name, uint64_t n, uint64_t seed, int n_threads) {
    td_causal_params params = td_causal_params_default(name);
    td_exec exec = {.n_threads = n_threads};
    params.n_rows = n;
    params.seed = seed;
    td_causal_data data;
    td_error err = {0};
    cr_assert_eq(td_causal_draw(&data, &params, &exec, &err), TD_OK, "%s: %s", name, err.text);
    return data;
}

static double cell(const td_causal_data *data, uint32_t column, uint64_t row) {
    return data->table.column[column].number[row];
}

static double mean(const double *x, uint64_t n) {
    double sum = 0;
    for (uint64_t i = 0; i < n; i++) sum += x[i];
    return sum / (double)n;
}

static double deviation(const double *x, uint64_t n) {
    double m = mean(x, n), sum = 0;
    for (uint64_t i = 0; i < n; i++) sum += (x[i] - m) * (x[i] - m);
    return sqrt(sum / (double)(n - 1));
}

/* causalml/dataset/regression.py, mode 1, with libm instead of the project's functions. */
Test(datasets_causal, mode_one_follows_its_formula) {
    td_causal_data data = draw("causalml1", 500, 3, 1);
    for (uint64_t i = 0; i < 500; i++) {
        double x0 = cell(&data, 0, i), x1 = cell(&data, 1, i), x2 = cell(&data, 2, i);
        double wave = sin(M_PI * x0 * x1);
        double b = wave + 2 * (x2 - .5) * (x2 - .5) + cell(&data, 3, i) + .5 * cell(&data, 4, i);
        double e = wave < .1 ? .1 : wave > .9 ? .9 : wave, tau = (x0 + x1) / 2;
        cr_assert_float_eq(data.effect[i], tau, 1e-15);
        cr_assert_float_eq(data.propensity[i], e, 1e-14);
        cr_assert_float_eq(data.expected0[i], b - tau / 2, 1e-14);
        cr_assert_float_eq(data.expected1[i], b + tau / 2, 1e-14);
    }
    td_causal_data_free(&data);
}

/* Modes 2, 3 and 4 likewise. */
Test(datasets_causal, normal_modes_follow_their_formulas) {
    td_causal_data two = draw("causalml2", 300, 5, 1), three = draw("causalml3", 300, 5, 1);
    td_causal_data four = draw("causalml4", 300, 5, 1);
    for (uint64_t i = 0; i < 300; i++) {
        double x[5];
        for (uint32_t f = 0; f < 5; f++) x[f] = cell(&two, f, i);
        double b = fmax(fmax(0, x[0] + x[1]), x[2]) + fmax(0, x[3] + x[4]);
        double tau = x[0] + log(1 + exp(x[1]));
        cr_assert_float_eq(two.effect[i], tau, 1e-13);
        cr_assert_float_eq(two.expected1[i], b + tau / 2, 1e-13);
        cr_assert_float_eq(two.propensity[i], .5, 0);
        b = 2 * log(1 + exp(x[0] + x[1] + x[2]));
        cr_assert_float_eq(three.expected0[i], b - .5, 1e-13);
        cr_assert_float_eq(three.propensity[i], 1 / (1 + exp(x[1] + x[2])), 1e-13);
        double treated = fmax(0, x[0] + x[1] + x[2]), untreated = fmax(0, x[3] + x[4]);
        cr_assert_float_eq(four.expected1[i], treated, 1e-13);
        cr_assert_float_eq(four.expected0[i], untreated, 1e-13);
        cr_assert_float_eq(four.propensity[i], 1 / (1 + exp(-x[0]) + exp(-x[1])), 1e-13);
    }
    td_causal_data_free(&two);
    td_causal_data_free(&three);
    td_causal_data_free(&four);
}

/* P(y = 1 | w) = (sigmoid(3 (2w - 2) 2) + sigmoid(3 (1 + 2 (2w - 2))))/2 over the hidden coin. */
Test(datasets_causal, hidden_confounder_has_the_published_rates) {
    const uint64_t n = 200000;
    td_causal_data data = draw("causalml5", n, 7, 2);
    cr_assert(data.is_binary);
    cr_assert_float_eq(mean(data.treatment, n), .5, .005);
    double truth = (1 / (1 + exp(-3.0)) - 1 / (1 + exp(9.0)) + .5 - 1 / (1 + exp(12.0))) / 2;
    cr_assert_float_eq(mean(data.effect, n), truth, .003); /* sd 0.23 / sqrt(n) = 0.0005 */
    double treated = 0, treated_rows = 0;
    for (uint64_t i = 0; i < n; i++) treated += data.treatment[i] * data.outcome[i];
    for (uint64_t i = 0; i < n; i++) treated_rows += data.treatment[i];
    /* the naive rate is 0.75 of z = 1 and 0.25 of z = 0: confounded upwards */
    cr_assert_float_eq(treated / treated_rows, .75 / (1 + exp(-3.0)) + .125, .005);
    td_causal_data_free(&data);
}

Test(datasets_causal, scaled_laws_have_unit_mean_deviation_and_tenth_effect) {
    const char *names[] = {"grf_simple", "grf_aw2",    "grf_aw3", "grf_aw3reverse", "grf_ai1",
                           "grf_ai2",    "grf_kunzel", "grf_nw1", "grf_nw2",        "grf_nw4"};
    for (size_t k = 0; k < sizeof names / sizeof *names; k++) {
        td_causal_data data = draw(names[k], 4000, 11, 1);
        double m[4000];
        for (uint64_t i = 0; i < 4000; i++) {
            m[i] = data.expected0[i] + data.propensity[i] * data.effect[i];
        }
        cr_assert_float_eq(deviation(m, 4000), 1, 1e-12, "%s", names[k]);
        cr_assert_float_eq(deviation(data.effect, 4000), .1, 1e-13, "%s", names[k]);
        td_causal_data_free(&data);
    }
    td_causal_data none = draw("grf_aw1", 500, 1, 1), constant = draw("grf_nw3", 500, 1, 1);
    for (uint64_t i = 0; i < 500; i++) {
        cr_assert_eq(none.effect[i], 0);
        cr_assert_eq(constant.effect[i], 1);
    }
    td_causal_data_free(&none);
    td_causal_data_free(&constant);
}

Test(datasets_causal, every_law_draws_its_treatment_and_outcome_from_the_truth) {
    for (uint32_t k = 0; td_causal_name(k) != NULL; k++) {
        const uint64_t n = 20000;
        td_causal_data data = draw(td_causal_name(k), n, 13, 2);
        double excess = 0, variance = 0, rest = 0;
        for (uint64_t i = 0; i < n; i++) {
            double e = data.propensity[i];
            cr_assert(e > 0 && e < 1);
            cr_assert_float_eq(data.expected1[i] - data.expected0[i], data.effect[i], 1e-12);
            excess += data.treatment[i] - e;
            variance += e * (1 - e);
            rest +=
                data.outcome[i] - (data.treatment[i] > 0 ? data.expected1[i] : data.expected0[i]);
        }
        cr_assert_lt(fabs(excess), 5 * sqrt(variance), "%s", td_causal_name(k)); /* 5 sigma */
        cr_assert_lt(fabs(rest), 5 * sqrt((double)n), "%s", td_causal_name(k));  /* noise sd 1 */
        cr_assert_not_null(td_causal_about(td_causal_name(k)));
        td_causal_data_free(&data);
    }
}

Test(datasets_causal, threads_and_more_rows_change_nothing) {
    td_causal_data a = draw("causalml4", 40000, 17, 1), b = draw("causalml4", 50000, 17, 4);
    size_t bytes = 40000 * sizeof(double);
    cr_assert_eq(memcmp(a.outcome, b.outcome, bytes), 0);
    cr_assert_eq(memcmp(a.treatment, b.treatment, bytes), 0);
    cr_assert_eq(memcmp(a.table.column[4].number, b.table.column[4].number, bytes), 0);
    td_causal_data_free(&a);
    td_causal_data_free(&b);
    cr_assert_eq(td_mem_live_bytes(), 0);
}

Test(datasets_causal, chain_correlates_by_halves) {
    const uint64_t n = 100000;
    td_causal_data data = draw("grf_kunzel", n, 19, 2);
    double one = 0, two = 0;
    for (uint64_t i = 0; i < n; i++) {
        one += cell(&data, 3, i) * cell(&data, 4, i);
        two += cell(&data, 3, i) * cell(&data, 5, i);
    }
    cr_assert_float_eq(one / (double)n, .5, .02);
    cr_assert_float_eq(two / (double)n, .25, .02);
    td_causal_data_free(&data);
}

static td_status failing(td_causal_params params, td_error *err) {
    td_causal_data data;
    td_status status = td_causal_draw(&data, &params, NULL, err);
    cr_assert_neq(status, TD_OK);
    return status;
}

Test(datasets_causal, impossible_parameters_are_named) {
    td_error err = {0};
    td_causal_params params = td_causal_params_default("causalml11");
    cr_assert_eq(failing(params, &err), TD_ERR_ARG);
    cr_assert_not_null(strstr(err.text, "the nearest is 'causalml1'"));
    params = td_causal_params_default("grf_ai2");
    params.n_features = 5;
    cr_assert_eq(failing(params, &err), TD_ERR_RANGE);
    cr_assert_not_null(strstr(err.text, "5 features are not in 6 .. 256"));
    params = td_causal_params_default("grf_ai2");
    params.n_rows = 0;
    cr_assert_eq(failing(params, &err), TD_ERR_RANGE);
    params = td_causal_params_default("grf_ai2");
    params.noise = -1;
    cr_assert_eq(failing(params, &err), TD_ERR_RANGE);
    cr_assert_not_null(strstr(err.text, "noise -1"));
    cr_assert_eq(td_mem_live_bytes(), 0);
}
