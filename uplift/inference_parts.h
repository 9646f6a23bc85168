/* uplift/inference_parts.h: small regressions with robust errors, for the files of inference. */
#ifndef TD_UPLIFT_INFERENCE_PARTS_H
#define TD_UPLIFT_INFERENCE_PARTS_H

#include "core/base/numeric.h"
#include "uplift/inference.h"

/* ---- rows by unit; inference_units.c ---- */

static inline uint64_t td_unit_begin(const td_effect_units *units, uint64_t u) {
    return units->begin != NULL ? units->begin[u] : u;
}
static inline uint64_t td_unit_end(const td_effect_units *units, uint64_t u) {
    return units->begin != NULL ? units->begin[u + 1] : u + 1;
}
static inline uint64_t td_unit_row(const td_effect_units *units, uint64_t at) {
    return units->row != NULL ? units->row[at] : at;
}
static inline double td_unit_weight(const td_effect_units *units, uint64_t row) {
    return units->weight != NULL ? units->weight[row] : 1;
}

/* What was given, or n rows that are units of weight 1. */
td_effect_units td_effect_units_of(const td_effect_units *given, uint64_t n);

/* Values of rows whose means are asked for, by group. */
typedef struct td_effect_values {
    double (*value)(const void *ctx, uint64_t row);
    const void *ctx;
    const uint8_t *group; /* [n] below n_groups; NULL = one group */
    uint32_t n_groups;    /* 1 .. TD_EFFECT_MAX_GROUPS */
    td_effect_units units;
} td_effect_values;

typedef struct td_effect_means {
    double weight[TD_EFFECT_MAX_GROUPS]; /* of the group's rows */
    double mean[TD_EFFECT_MAX_GROUPS];
    double cov[TD_EFFECT_MAX_GROUPS * TD_EFFECT_MAX_GROUPS]; /* of the means, 0 without spread */
} td_effect_means;

/* Two passes. */
void td_effect_means_of(td_effect_means *out, const td_effect_values *values);

/* A value function for arrays: ctx[row]. */
double td_effect_value_at(const void *ctx, uint64_t row);

/* ---- regressions; inference_regress.c ---- */

enum { TD_SMALL_COLUMNS = 5 };

/* Least squares with few columns, given row by row. */
typedef struct td_small_fit {
    uint32_t p;
    double coef[TD_SMALL_COLUMNS];
    double cov[TD_SMALL_COLUMNS * TD_SMALL_COLUMNS]; /* HC3 or CR3 covariance of coef */
} td_small_fit;

/* Fills x[p], *y and *weight of a row. */
typedef void (*td_small_row_fn)(double *x, double *y, double *weight, const void *ctx,
                                uint64_t row);

typedef struct td_small_rows {
    uint64_t n;
    uint32_t p; /* <= TD_SMALL_COLUMNS; column 0 is the constant 1 */
    td_small_row_fn row;
    const void *ctx;
    td_effect_units units; /* their weights multiply those of `row` */
} td_small_rows;

/* Weighted least squares with HC3 errors, CR3 where units are clusters; columns that are constant
 * or follow from earlier ones get coefficient and variance 0. Three passes of O(n p^2). */
void td_small_regress(td_small_fit *out, const td_small_rows *rows);

/* value and se to an estimate with interval and p-value of "value = null"; undefined for se = 0. */
td_effect_estimate td_effect_estimate_of(double value, double se, double level);

/* The same by units: Student's quantile and p-value with n_units - 1 degrees of freedom where these
 * are clusters (Cameron and Miller 2015), normal where they are rows. */
td_effect_estimate td_effect_estimate_by(double value, double se, double level,
                                         const td_effect_units *units);

/* Two-sided p-value of a z, by units. */
double td_effect_p_value(double z, const td_effect_units *units);

#endif
