/* stats/calibrate.h: turn a score into a probability, fitted on rows that trained nothing.
 *
 *     score, label of the validation rows --td_calibration_fit--> td_calibration
 *     any score --td_calibration_apply--> probability
 *
 * All but plain isotonic keep the ranking: a higher score stays a higher probability (as far as
 * doubles can tell). */
#ifndef TD_STATS_CALIBRATE_H
#define TD_STATS_CALIBRATE_H

#include <stdint.h>

#include "core/base/err.h"
#include "stats/metric.h"

typedef enum td_calibration_kind {
    TD_CALIBRATE_PLATT,       /* sigmoid(a s + b); Platt (1999), Lin et al. (2007),
                                 doi:10.1007/s10994-007-5018-6 */
    TD_CALIBRATE_TEMPERATURE, /* sigmoid(a logit s); Guo et al. (2017), a = 1 / temperature */
    TD_CALIBRATE_BETA,        /* sigmoid(a ln s - b ln(1 - s) + c); Kull et al. (2017),
                                 doi:10.1214/17-EJS1338SI */
    TD_CALIBRATE_ISOTONIC,    /* least squares among rising curves; Ayer et al. (1955),
                                 doi:10.1214/aoms/1177728423; makes ties */
    TD_CALIBRATE_MONOTONE     /* isotonic, its steps joined at their middles: strictly rising; Oron
                                 and Flournoy (2017), doi:10.1080/19466315.2017.1286256 */
} td_calibration_kind;

/* Plain numbers: may be written and read back by the caller. */
typedef struct td_calibration {
    td_calibration_kind kind;
    double a, b, c;      /* as above; beta's a and b are never negative */
    uint32_t n_knots;    /* of the two isotonic kinds, 0 for others */
    double *score;       /* [n_knots] strictly ascending */
    double *probability; /* [n_knots] ascending; strictly for TD_CALIBRATE_MONOTONE */
} td_calibration;

/* Fill a zeroed *out from score[n] and label[n] (0 or 1); free it with td_calibration_free. Scores
 * must be finite, for temperature and beta in [0, 1]: TD_ERR_RANGE names the first row (from 1)
 * that is not, or whose label is bad. TD_ERR_NUMERIC with one class only, or where the score falls
 * as the label rises (a <= 0): such a score is to be turned round, not calibrated. O(n) per Newton
 * step, or one sort, on one thread. */
td_status td_calibration_fit(td_calibration *out, td_calibration_kind kind, const double *score,
                             const double *label, uint64_t n, td_error *err) TD_MUST_USE;

/* probability[n] of score[n]; may be the same array. NaN gives NaN. O(n log knots). */
void td_calibration_apply(double *probability, const td_calibration *calibration,
                          const double *score, uint64_t n);
void td_calibration_free(td_calibration *calibration);

/* A probability learned where positives had the share `from`, where they have the share `to` (both
 * in (0, 1)): odds times (to / (1 - to)) / (from / (1 - from)). Saerens et al. (2002),
 * doi:10.1162/089976602753284446. */
double td_prior_shift(double probability, double from, double to);

/* Wilson's interval of a share hits / n at confidence `level`; undefined for n = 0. Wilson (1927),
 * doi:10.1080/01621459.1927.10502953. */
td_interval td_wilson_interval(uint64_t hits, uint64_t n, double level);

/* The same for n > 0 rows whose hits need not be whole (tied rows credited by their mean). */
td_interval td_wilson_share(double hits, double n, double level);

#endif
