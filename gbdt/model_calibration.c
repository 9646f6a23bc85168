/* gbdt/model_calibration.c: a calibration fitted, applied, written around a model and read back.
 *
 * Problem: a model trained with heavier positives, or merely on last month, gives scores that rank
 * well and are no probabilities. Three lines of arithmetic repair that, and they must travel with
 * the model.
 *   1. Shift. Positives that weigh w times as much make the learned odds w times too large:
 *        logit p = logit p_weighted - log w
 *   2. Curve of the shifted score, by stats/calibrate.c, on validation rows only.
 *        platt                        of the log-odds
 *        temperature, beta            of the probability, which they need
 *        isotonic, monotone           of the probability: finite at both ends
 *      All but isotonic rise strictly, so that the ranking and every metric of it stay.
 *   3. Bytes: own lines first, the model as a whole behind them, a seal around all.
 *
 *        tundish model 1 calibrated
 *        shift S
 *        curve NAME ROWS POSITIVES
 *        weights A B C                platt, temperature, beta
 *        knots N                      isotonic, monotone: then N lines
 *        knot SCORE PROBABILITY
 *        model BYTES
 *        tundish model 1 gbdt    \
 *        ...                      }   BYTES bytes, with a seal of their own
 *        sha256 ...              /
 *        sha256 ...
 *
 *      A reader checks that knots rise and that a curve of weights does not fall: a file that was
 *      written by hand can then not turn a ranking round.
 * With fewer than 30 rows of a class nothing is fitted: two parameters from a handful of purchases
 * would do more harm than the model's own probabilities.
 *
 * References: Saerens, Latinne, Decaestecker (2002), doi:10.1162/089976602753284446, for the
 * shift; stats/calibrate.h for the curves. */
#include "gbdt/model_calibration.h"

#include <math.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/base/numeric.h"
#include "gbdt/model_bytes.h"

static const char kind[] = "calibrated";

const char *const td_curve_name[TD_N_CURVES] = {"none", "prior",    "platt",   "temperature",
                                                "beta", "isotonic", "monotone"};

td_curve_choice td_curve_find(const char *name) {
    int c = TD_N_CURVES - 1;
    while (c > 0 && strcmp(name, td_curve_name[c]) != 0) c--;
    return (td_curve_choice)c;
}

static td_calibration_kind kind_of(td_curve_choice choice) {
    return (td_calibration_kind)(choice - TD_CURVE_PLATT);
}

static int has_curve(td_curve_choice choice) { return choice >= TD_CURVE_PLATT; }

static int has_knots(td_curve_choice choice) {
    return choice == TD_CURVE_ISOTONIC || choice == TD_CURVE_MONOTONE;
}

double td_weight_shift(double positive_weight) { return -td_log(positive_weight); }

/* Beyond this sigmoid is 0 or 1 to the last bit; an infinite log-odds (a logistic regression that
 * is certain) becomes a number that can be fitted. */
#define MOST_LOG_ODDS 745.0

/* What the curve is a function of; may be done in place. */
static void curve_input(double *out, const td_model_calibration *c, const double *raw, uint64_t n) {
    for (uint64_t i = 0; i < n; i++) {
        double x = raw[i] + c->shift;
        out[i] = x > MOST_LOG_ODDS ? MOST_LOG_ODDS : x < -MOST_LOG_ODDS ? -MOST_LOG_ODDS : x;
    }
    if (c->choice != TD_CURVE_PLATT) td_sigmoid_array(out, out, n);
}

/* ---- fit and use ---- */

static td_status check_classes(td_model_calibration *out, const td_calibration_rows *rows,
                               td_error *err) {
    out->n = rows->n;
    for (uint64_t i = 0; i < rows->n; i++) out->n_positives += rows->label[i] > 0.5;
    uint64_t negatives = out->n - out->n_positives;
    uint64_t fewer = out->n_positives < negatives ? out->n_positives : negatives;
    TD_CHECK(fewer >= TD_CALIBRATION_POSITIVES, err, TD_ERR_NUMERIC,
             "%llu of %llu validation rows are positive: a calibration needs at least %d of each "
             "class",
             (unsigned long long)out->n_positives, (unsigned long long)out->n,
             TD_CALIBRATION_POSITIVES);
    return TD_OK;
}

td_status td_model_calibration_fit(td_model_calibration *out, td_curve_choice choice, double shift,
                                   const td_calibration_rows *rows, td_error *err) {
    *out = (td_model_calibration){.choice = choice, .shift = choice == TD_CURVE_NONE ? 0.0 : shift};
    if (!has_curve(choice)) return TD_OK;
    TD_TRY(check_classes(out, rows, err));
    double *input = NULL;
    TD_NEW(input, rows->n, err);
    curve_input(input, out, rows->raw, rows->n);
    td_status status =
        td_calibration_fit(&out->curve, kind_of(choice), input, rows->label, rows->n, err);
    td_mem_free(input);
    return status;
}

void td_model_calibration_apply(double *probability, const td_model_calibration *calibration,
                                const double *raw, uint64_t n) {
    curve_input(probability, calibration, raw, n);
    if (has_curve(calibration->choice))
        td_calibration_apply(probability, &calibration->curve, probability, n);
}

void td_model_calibration_free(td_model_calibration *calibration) {
    td_calibration_free(&calibration->curve);
    *calibration = (td_model_calibration){0};
}

/* ---- bytes ---- */

static void write_curve(td_model_text *text, const td_model_calibration *c) {
    td_model_text_printf(text, "shift");
    td_model_text_f64(text, c->shift);
    td_model_text_printf(text, "\ncurve %s %llu %llu\n", td_curve_name[c->choice],
                         (unsigned long long)c->n, (unsigned long long)c->n_positives);
    if (!has_curve(c->choice)) return;
    if (!has_knots(c->choice)) {
        td_model_text_printf(text, "weights");
        td_model_text_f64(text, c->curve.a);
        td_model_text_f64(text, c->curve.b);
        td_model_text_f64(text, c->curve.c);
        td_model_text_end_line(text);
        return;
    }
    td_model_text_printf(text, "knots %u\n", c->curve.n_knots);
    for (uint32_t k = 0; k < c->curve.n_knots; k++) {
        td_model_text_printf(text, "knot");
        td_model_text_f64(text, c->curve.score[k]);
        td_model_text_f64(text, c->curve.probability[k]);
        td_model_text_end_line(text);
    }
}

td_status td_calibrated_to_bytes(char **bytes, uint64_t *n, const td_model_calibration *calibration,
                                 const char *model, uint64_t n_model, td_error *err) {
    td_model_text text;
    td_model_text_open(&text, kind);
    write_curve(&text, calibration);
    td_model_text_printf(&text, "model %llu\n", (unsigned long long)n_model);
    td_model_text_block(&text, model, n_model);
    return td_model_text_seal(&text, bytes, n, err);
}

int td_calibrated_bytes_are(const char *bytes, uint64_t n) {
    return td_model_bytes_are(bytes, n, kind);
}

/* One of the names; "none" would be a wrapper around nothing. */
static td_status read_choice(td_model_reader *reader, td_curve_choice *out, td_error *err) {
    char *word = NULL;
    TD_TRY(td_model_reader_word(reader, &word, NULL, err));
    *out = td_curve_find(word);
    td_mem_free(word);
    if (*out == TD_CURVE_NONE) return td_model_reader_fail(reader, err, "unknown curve");
    return TD_OK;
}

static int is_finite(double x) { return x - x == 0.0; }

static td_status read_weights(td_model_reader *reader, td_calibration *curve, td_error *err) {
    TD_TRY(td_model_reader_line(reader, "weights", err));
    TD_TRY(td_model_reader_f64(reader, &curve->a, err));
    TD_TRY(td_model_reader_f64(reader, &curve->b, err));
    TD_TRY(td_model_reader_f64(reader, &curve->c, err));
    int rises = curve->kind == TD_CALIBRATE_BETA
                    ? curve->a >= 0 && curve->b >= 0 && curve->a + curve->b > 0
                    : curve->a > 0;
    if (!rises || !is_finite(curve->a + curve->b + curve->c))
        return td_model_reader_fail(reader, err, "a curve that does not rise");
    return TD_OK;
}

static td_status read_knots(td_model_reader *reader, td_calibration *curve, td_error *err) {
    int64_t n = 0;
    TD_TRY(td_model_reader_line(reader, "knots", err));
    TD_TRY(td_model_reader_i64(reader, &n, 1, (reader->end - reader->at) / 8, err));
    TD_NEW(curve->score, (uint64_t)n, err);
    TD_NEW(curve->probability, (uint64_t)n, err);
    for (int64_t k = 0; k < n; k++) {
        TD_TRY(td_model_reader_line(reader, "knot", err));
        double *score = &curve->score[k], *p = &curve->probability[k];
        TD_TRY(td_model_reader_f64(reader, score, err));
        TD_TRY(td_model_reader_f64(reader, p, err));
        int is_good = is_finite(*score) && *p >= 0.0 && *p <= 1.0;
        if (k > 0 && is_good) is_good = score[-1] < *score && p[-1] <= *p;
        if (!is_good) return td_model_reader_fail(reader, err, "knots do not rise");
    }
    curve->n_knots = (uint32_t)n;
    return TD_OK;
}

/* The model's bytes are the rest of the text; its own reader checks them. */
static td_status find_model(td_model_reader *reader, const char **model, uint64_t *n_model,
                            td_error *err) {
    int64_t n = 0;
    TD_TRY(td_model_reader_line(reader, "model", err));
    TD_TRY(td_model_reader_i64(reader, &n, 0, INT64_MAX, err));
    if (*reader->at != '\n' || n != reader->end - reader->at - 1)
        return td_model_reader_fail(reader, err, "the model does not fill the rest of the file");
    *model = reader->at + 1;
    *n_model = (uint64_t)n;
    return TD_OK;
}

static td_status read_all(td_model_reader *reader, td_model_calibration *out, const char **model,
                          uint64_t *n_model, td_error *err) {
    int64_t rows = 0, positives = 0;
    TD_TRY(td_model_reader_line(reader, "shift", err));
    TD_TRY(td_model_reader_f64(reader, &out->shift, err));
    if (!is_finite(out->shift)) return td_model_reader_fail(reader, err, "the shift is not finite");
    TD_TRY(td_model_reader_line(reader, "curve", err));
    TD_TRY(read_choice(reader, &out->choice, err));
    TD_TRY(td_model_reader_i64(reader, &rows, 0, INT64_MAX, err));
    TD_TRY(td_model_reader_i64(reader, &positives, 0, rows, err));
    out->n = (uint64_t)rows;
    out->n_positives = (uint64_t)positives;
    if (has_curve(out->choice)) {
        out->curve.kind = kind_of(out->choice);
        TD_TRY(has_knots(out->choice) ? read_knots(reader, &out->curve, err)
                                      : read_weights(reader, &out->curve, err));
    }
    return find_model(reader, model, n_model, err);
}

td_status td_calibrated_from_bytes(td_model_calibration *out, const char **model, uint64_t *n_model,
                                   const char *bytes, uint64_t n, td_error *err) {
    *out = (td_model_calibration){0};
    td_model_reader reader;
    TD_TRY(td_model_reader_open(&reader, bytes, n, kind, err));
    td_status status = read_all(&reader, out, model, n_model, err);
    if (status != TD_OK) td_model_calibration_free(out);
    return status;
}
