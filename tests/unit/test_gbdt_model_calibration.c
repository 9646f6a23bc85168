/* tests/unit/test_gbdt_model_calibration.c: shift and curve around a model: hand cases, bytes that
 * read back, and texts that are refused. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/base/numeric.h"
#include "core/base/rng.h"
#include "gbdt/model_bytes.h"
#include "gbdt/model_calibration.h"
#include "stats/ranking.h"

enum { N = 2000 };

static const char inner[] = "tundish model 1 gbdt\nanything, its own reader checks it\nsha256 0\n";

/* Log-odds that are twice too far from their middle, as an overfitted model gives them. */
static void make_rows(double *raw, double *label) {
    td_rng rng = td_rng_stream(5, "calibration test", 0, 0);
    for (int i = 0; i < N; i++) {
        double truth = -2.0 + td_rng_normal(&rng);
        raw[i] = 2.0 * truth + 1.0;
        label[i] = td_rng_uniform(&rng) < td_sigmoid(truth);
    }
}

Test(gbdt_model_calibration, shift_takes_back_the_weight_of_positives) {
    /* one positive in ten that weighs nine times as much looks like one in two */
    td_model_calibration c;
    double raw[] = {0.0}, p[1];
    cr_assert_eq(td_model_calibration_fit(&c, TD_CURVE_PRIOR, td_weight_shift(9.0),
                                          &(td_calibration_rows){0}, NULL),
                 TD_OK);
    td_model_calibration_apply(p, &c, raw, 1);
    cr_assert_float_eq(p[0], 0.1, 1e-16);
    /* the same by Saerens' formula: half of the weighted rows were positive, a tenth of the rows */
    cr_assert_float_eq(p[0], td_prior_shift(0.5, 0.5, 0.1), 1e-16);
    td_model_calibration_free(&c);
}

Test(gbdt_model_calibration, platt_finds_the_line_that_made_the_rows) {
    static double raw[N], label[N];
    td_model_calibration c;
    make_rows(raw, label);
    cr_assert_eq(td_model_calibration_fit(&c, TD_CURVE_PLATT, 0.0,
                                          &(td_calibration_rows){N, raw, label}, NULL),
                 TD_OK);
    cr_assert_float_eq(c.curve.a, 0.5, 0.08); /* truth = raw / 2 - 1/2; its standard error: 0.034 */
    cr_assert_float_eq(c.curve.b, -0.5, 0.2);
    cr_assert_eq(c.n, N);
    td_model_calibration_free(&c);
}

Test(gbdt_model_calibration, all_curves_but_isotonic_keep_the_auc_to_the_bit) {
    static double raw[N], label[N], p[N];
    make_rows(raw, label);
    for (int choice = TD_CURVE_PRIOR; choice < TD_N_CURVES; choice++) {
        td_ranking before = {0}, after = {0};
        td_model_calibration c;
        cr_assert_eq(td_model_calibration_fit(&c, (td_curve_choice)choice, -0.7,
                                              &(td_calibration_rows){N, raw, label}, NULL),
                     TD_OK);
        td_model_calibration_apply(p, &c, raw, N);
        cr_assert_eq(td_ranking_build(&before, raw, label, N, NULL, NULL), TD_OK);
        cr_assert_eq(td_ranking_build(&after, p, label, N, NULL, NULL), TD_OK);
        int is_kept = td_ranking_auc(&before).value == td_ranking_auc(&after).value &&
                      td_ranking_average_precision(&before).value ==
                          td_ranking_average_precision(&after).value;
        cr_assert_eq(is_kept, choice != TD_CURVE_ISOTONIC, "%s", td_curve_name[choice]);
        td_ranking_free(&before);
        td_ranking_free(&after);
        td_model_calibration_free(&c);
    }
    cr_assert_eq(td_mem_live_bytes(), 0);
}

Test(gbdt_model_calibration, bytes_read_back_and_give_the_same_probabilities) {
    static double raw[N], label[N], before[N], after[N];
    make_rows(raw, label);
    for (int choice = TD_CURVE_PRIOR; choice < TD_N_CURVES; choice++) {
        td_model_calibration c, copy;
        char *bytes = NULL;
        const char *model = NULL;
        uint64_t n = 0, n_model = 0;
        cr_assert_eq(td_model_calibration_fit(&c, (td_curve_choice)choice, 0.25,
                                              &(td_calibration_rows){N, raw, label}, NULL),
                     TD_OK);
        cr_assert_eq(td_calibrated_to_bytes(&bytes, &n, &c, inner, sizeof inner - 1, NULL), TD_OK);
        cr_assert(td_calibrated_bytes_are(bytes, n));
        cr_assert_eq(td_calibrated_from_bytes(&copy, &model, &n_model, bytes, n, NULL), TD_OK);
        cr_assert_eq(n_model, sizeof inner - 1);
        cr_assert_arr_eq(model, inner, sizeof inner - 1);
        td_model_calibration_apply(before, &c, raw, N);
        td_model_calibration_apply(after, &copy, raw, N);
        cr_assert_arr_eq(before, after, sizeof before);
        td_model_calibration_free(&c);
        td_model_calibration_free(&copy);
        td_mem_free(bytes);
    }
    cr_assert_eq(td_mem_live_bytes(), 0);
}

Test(gbdt_model_calibration, few_positives_are_counted_and_nothing_is_fitted) {
    double raw[100], label[100];
    td_error err = {0};
    td_model_calibration c;
    for (int i = 0; i < 100; i++) {
        raw[i] = i;
        label[i] = i >= 71; /* 29 of them */
    }
    cr_assert_eq(td_model_calibration_fit(&c, TD_CURVE_PLATT, 0.0,
                                          &(td_calibration_rows){100, raw, label}, &err),
                 TD_ERR_NUMERIC);
    cr_assert_str_eq(err.text, "29 of 100 validation rows are positive: a calibration needs at "
                               "least 30 of each class");
    label[70] = 1.0;
    cr_assert_eq(td_model_calibration_fit(&c, TD_CURVE_PLATT, 0.0,
                                          &(td_calibration_rows){100, raw, label}, &err),
                 TD_OK);
    td_model_calibration_free(&c);
    cr_assert_eq(td_mem_live_bytes(), 0);
}

/* The lines below a correct first line, sealed correctly: only their meaning is wrong. */
static void expect_refused(const char *lines, const char *why) {
    td_model_text text;
    td_model_calibration c;
    td_error err = {0};
    char *bytes = NULL;
    const char *model = NULL;
    uint64_t n = 0, n_model = 0;
    td_model_text_open(&text, "calibrated");
    td_model_text_block(&text, lines, strlen(lines));
    cr_assert_eq(td_model_text_seal(&text, &bytes, &n, NULL), TD_OK);
    cr_assert_eq(td_calibrated_from_bytes(&c, &model, &n_model, bytes, n, &err), TD_ERR_FORMAT,
                 "%s", lines);
    cr_assert(strstr(err.text, why) != NULL, "%s: %s", lines, err.text);
    td_mem_free(bytes);
    cr_assert_eq(td_mem_live_bytes(), 0);
}

Test(gbdt_model_calibration, texts_that_would_turn_a_ranking_round_are_refused) {
    expect_refused("shift nan\n", "the shift is not finite");
    expect_refused("shift 0x0p+0\ncurve spline 10 5\n", "unknown curve");
    expect_refused("shift 0x0p+0\ncurve none 10 5\n", "unknown curve");
    expect_refused("shift 0x0p+0\ncurve platt 10 11\n", "no integer in 0 .. 10");
    expect_refused("shift 0x0p+0\ncurve platt 90 40\nweights -0x1p+0 0x0p+0 0x0p+0\nmodel 0\n",
                   "does not rise");
    expect_refused("shift 0x0p+0\ncurve beta 90 40\nweights 0x0p+0 0x0p+0 0x1p+0\nmodel 0\n",
                   "does not rise");
    expect_refused("shift 0x0p+0\ncurve monotone 90 40\nknots 2\nknot 0x1p-2 0x1p-1\n"
                   "knot 0x1p-3 0x1p-1\nmodel 0\n",
                   "knots do not rise");
    expect_refused("shift 0x0p+0\ncurve isotonic 90 40\nknots 1\nknot 0x1p-2 0x1p+1\nmodel 0\n",
                   "knots do not rise");
    expect_refused("shift 0x0p+0\ncurve isotonic 90 40\nknots 9999999\n", "no integer in 1 ..");
    expect_refused("shift 0x0p+0\ncurve prior 0 0\nmodel 7\nabc\n", "does not fill the rest");
}
