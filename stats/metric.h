/* stats/metric.h: a number or an interval that may be undefined, with the reason.
 *
 * A metric without a meaning (an AUC with one class) is neither an error nor a NaN in a file: it is
 * written as JSON null together with its reason. */
#ifndef TD_STATS_METRIC_H
#define TD_STATS_METRIC_H

#include <stddef.h>

typedef struct td_metric {
    double value;                 /* finite while undefined_reason is NULL, else 0 */
    const char *undefined_reason; /* NULL = defined; else a constant text, never freed */
} td_metric;

static inline td_metric td_metric_of(double value) {
    return (td_metric){.value = value, .undefined_reason = NULL};
}

static inline td_metric td_metric_undefined(const char *reason) {
    return (td_metric){.value = 0.0, .undefined_reason = reason};
}

static inline int td_metric_is_defined(td_metric metric) { return metric.undefined_reason == NULL; }

/* A confidence interval that may be undefined, with the reason. */
typedef struct td_interval {
    double low, high;             /* finite while undefined_reason is NULL, else 0 */
    const char *undefined_reason; /* as above */
} td_interval;

static inline td_interval td_interval_of(double low, double high) {
    return (td_interval){.low = low, .high = high, .undefined_reason = NULL};
}

static inline td_interval td_interval_undefined(const char *reason) {
    return (td_interval){.low = 0.0, .high = 0.0, .undefined_reason = reason};
}

static inline int td_interval_is_defined(td_interval interval) {
    return interval.undefined_reason == NULL;
}

#endif
