/* gbdt/model_calibration.h: what stands between a model's raw score and a probability to act on.
 *
 *     raw score (log-odds) --shift--> corrected log-odds --curve--> calibrated probability
 *
 * The shift undoes the weight that positives had in training, the curve was fitted on validation
 * rows, which trained nothing. Both are saved around the model's own bytes, so that no learner has
 * to know of them. */
#ifndef TD_GBDT_MODEL_CALIBRATION_H
#define TD_GBDT_MODEL_CALIBRATION_H

#include <stdint.h>

#include "core/base/err.h"
#include "stats/calibrate.h"

/* What --calibrate may be told. The last five are td_calibration_kind + TD_CURVE_PLATT. */
typedef enum td_curve_choice {
    TD_CURVE_NONE,  /* probabilities as the model makes them */
    TD_CURVE_PRIOR, /* the shift alone */
    TD_CURVE_PLATT,
    TD_CURVE_TEMPERATURE,
    TD_CURVE_BETA,
    TD_CURVE_ISOTONIC,
    TD_CURVE_MONOTONE,
    TD_N_CURVES
} td_curve_choice;

/* "none", "prior", "platt", ...; and all of them with '|' between, for option tables. */
extern const char *const td_curve_name[TD_N_CURVES];
#define TD_CURVE_CHOICES "none|prior|platt|temperature|beta|isotonic|monotone"
td_curve_choice td_curve_find(const char *name); /* one of the names */

/* Fewer positives (or negatives) than this say nothing about a curve. */
enum { TD_CALIBRATION_POSITIVES = 30 };

typedef struct td_model_calibration {
    td_curve_choice choice;
    double shift;         /* added to the log-odds; -log(weight of a positive), 0 = none */
    td_calibration curve; /* owned; empty for TD_CURVE_NONE and TD_CURVE_PRIOR */
    uint64_t n;           /* rows the curve was fitted on */
    uint64_t n_positives;
} td_model_calibration;

/* Shift of a model whose positives weighed `positive_weight` > 0 times as much as its negatives: a
 * weight multiplies the odds. Saerens et al. (2002), doi:10.1162/089976602753284446. */
double td_weight_shift(double positive_weight);

/* Validation rows; borrowed. */
typedef struct td_calibration_rows {
    uint64_t n;
    const double *raw;   /* [n] log-odds as the model gives them */
    const double *label; /* [n] 0 or 1 */
} td_calibration_rows;

/* Fit choice on the rows after the shift. Platt's curve sees log-odds, the others probabilities.
 * Fills a zeroed *out; free it with td_model_calibration_free. TD_CURVE_NONE and
 * TD_CURVE_PRIOR look at no row. Errors: TD_ERR_NUMERIC with fewer than TD_CALIBRATION_POSITIVES
 * rows of a class, else as td_calibration_fit. O(n) a Newton step, or one sort. */
td_status td_model_calibration_fit(td_model_calibration *out, td_curve_choice choice, double shift,
                                   const td_calibration_rows *rows, td_error *err) TD_MUST_USE;

/* probability[n] of raw[n] log-odds; may be the same array. O(n log knots). */
void td_model_calibration_apply(double *probability, const td_model_calibration *calibration,
                                const double *raw, uint64_t n);

void td_model_calibration_free(td_model_calibration *calibration);

/* The calibration's lines around a sealed model (docs/model_integration.md). *bytes owned. */
td_status td_calibrated_to_bytes(char **bytes, uint64_t *n, const td_model_calibration *calibration,
                                 const char *model, uint64_t n_model, td_error *err) TD_MUST_USE;

/* Do the bytes hold a calibration around a model? If so td_calibrated_from_bytes reads it: *out
 * owned, *model [*n_model] borrowed from `bytes`. TD_ERR_FORMAT names the line. */
int td_calibrated_bytes_are(const char *bytes, uint64_t n);
td_status td_calibrated_from_bytes(td_model_calibration *out, const char **model, uint64_t *n_model,
                                   const char *bytes, uint64_t n, td_error *err) TD_MUST_USE;

#endif
