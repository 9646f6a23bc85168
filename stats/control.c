/* stats/control.c: control limits of daily counts and ratios.
 *
 * Problem: a shop's day differs from the day before by more than chance allows (weather, campaigns,
 * weekdays); limits from chance alone would ring every day. The past tells how much days differ.
 *   1. Counts: the mean of |x_i - x_(i-1)| estimates 1.128 sigma of independent normal days,
 *      whatever slow trend there is.
 *   2. Ratios: the same for z_i, the distance from the overall ratio in units of binomial chance.
 *      The factor found widens the limits that belong to the day's own denominator:
 *        center -+ z * sigma * sqrt(center (1 - center) / d)
 * Cost O(n). No seasons: a shop with strong weekdays gets wide limits.
 *
 * References: Wheeler (1993); Laney (2002), doi:10.1081/QEN-120006555. */
#include "stats/control.h"

#include <math.h>

static const char *const SHORT_PAST = "fewer than 8 whole days to learn from";

#define MEAN_RANGE_OF_TWO 1.1283791670955126 /* 2 / sqrt(pi) */

td_control td_control_of_counts(const double *count, uint32_t n) {
    td_control out = {0};
    if (n < TD_CONTROL_DAYS) {
        out.undefined_reason = SHORT_PAST;
        return out;
    }
    double sum = count[0], range = 0.0;
    for (uint32_t i = 1; i < n; i++) {
        sum += count[i];
        range += fabs(count[i] - count[i - 1]);
    }
    out.center = sum / n;
    out.sigma = range / (n - 1) / MEAN_RANGE_OF_TWO;
    return out;
}

static double chance_of(double center, double denominator) {
    return sqrt(center * (1.0 - center) / denominator);
}

td_control td_control_of_ratios(const double *numerator, const double *denominator, uint32_t n) {
    td_control out = {.is_ratio = 1};
    double hits = 0.0, rows = 0.0, range = 0.0, last = 0.0;
    uint32_t days = 0;
    for (uint32_t i = 0; i < n; i++) {
        hits += numerator[i];
        rows += denominator[i];
        days += denominator[i] > 0.0;
    }
    if (days < TD_CONTROL_DAYS) out.undefined_reason = SHORT_PAST;
    if (days >= TD_CONTROL_DAYS && !(hits > 0.0 && hits < rows))
        out.undefined_reason = "the ratio never moved from 0 or 1";
    if (out.undefined_reason != NULL) return out;
    out.center = hits / rows;
    days = 0;
    for (uint32_t i = 0; i < n; i++) {
        if (!(denominator[i] > 0.0)) continue;
        double z =
            (numerator[i] / denominator[i] - out.center) / chance_of(out.center, denominator[i]);
        if (days++ > 0) range += fabs(z - last);
        last = z;
    }
    out.sigma = fmax(1.0, range / (days - 1) / MEAN_RANGE_OF_TWO);
    return out;
}

td_metric td_control_z(const td_control *control, double numerator, double denominator) {
    if (control->undefined_reason != NULL) return td_metric_undefined(control->undefined_reason);
    if (!(denominator > 0.0)) return td_metric_undefined("no rows that day");
    double step = control->sigma;
    if (control->is_ratio) step *= chance_of(control->center, denominator);
    if (!(step > 0.0)) return td_metric_undefined("the past never moved");
    double value = control->is_ratio ? numerator / denominator : numerator;
    return td_metric_of((value - control->center) / step);
}

td_interval td_control_limits(const td_control *control, double denominator, double z) {
    if (control->undefined_reason != NULL) return td_interval_undefined(control->undefined_reason);
    if (!(denominator > 0.0)) return td_interval_undefined("no rows that day");
    double reach = z * control->sigma;
    if (control->is_ratio) reach *= chance_of(control->center, denominator);
    double high = control->center + reach;
    return td_interval_of(fmax(0.0, control->center - reach),
                          control->is_ratio ? fmin(1.0, high) : high);
}
