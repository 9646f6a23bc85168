/* stats/control.h: limits of a control chart, learned from a quiet past. */
#ifndef TD_STATS_CONTROL_H
#define TD_STATS_CONTROL_H

#include <stdint.h>

#include "stats/metric.h"

enum { TD_CONTROL_DAYS = 8 }; /* points needed to learn limits */

typedef struct td_control {
    int is_ratio;
    double center; /* mean count, or total numerator / total denominator */
    double sigma;  /* of a count; of a ratio: by how much its days spread more than chance (>= 1) */
    const char *undefined_reason; /* NULL = defined */
} td_control;

/* Counts a day: an individuals chart, sigma = mean |x_i - x_(i-1)| / 1.128. Shewhart; Wheeler
 * (1993), "Understanding Variation". O(n). */
td_control td_control_of_counts(const double *count, uint32_t n);

/* Ratios a day: Laney's p' chart (2002), doi:10.1081/QEN-120006555. z_i = (p_i - center) /
 * sqrt(center (1 - center) / d_i), sigma = mean |z_i - z_(i-1)| / 1.128, at least 1. Days with an
 * empty denominator are left out. */
td_control td_control_of_ratios(const double *numerator, const double *denominator, uint32_t n);

/* How many standard deviations a new value lies from the center. Undefined like the limits, and
 * for an empty denominator. */
td_metric td_control_z(const td_control *control, double numerator, double denominator);

/* Limits at z standard deviations for a new day with this denominator (1 for counts). */
td_interval td_control_limits(const td_control *control, double denominator, double z);

#endif
