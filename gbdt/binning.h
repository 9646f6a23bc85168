/* gbdt/binning.h: bins of a feature and the coded matrix.
 *
 * A number x has code b, the first bin with x <= upper[b]; a category has the rank of its text
 * among the kept levels. Missing numbers, and categories that are missing, rare or unseen, have the
 * code n_values, one past the ordinary bins.
 *
 *     upper:      0.5     2.5     +inf
 *     code:    0   |   1   |   2   |   3 = missing
 */
#ifndef TD_GBDT_BINNING_H
#define TD_GBDT_BINNING_H

#include <stdint.h>

#include "gbdt/gbdt.h"
#include "gbdt/labels.h"

typedef struct td_bins {
    char *name;
    td_column_kind kind;
    uint32_t n_values;  /* ordinary bins, 1..255 (0 for a category column without levels) */
    uint32_t n_bins;    /* n_values, + 1 when training rows have the code n_values; <= 255 */
    int is_ranges;      /* more distinct numbers than bins: a bin holds a range of them */
    double *upper;      /* numbers: [n_values], ascending, the last is +inf; else NULL */
    td_textdict levels; /* categories: the kept texts in byte order */
} td_bins;

/* Codes are column-major: code[f * stride + row]. */
struct td_binned {
    uint64_t n_rows;
    uint64_t stride; /* n_rows rounded up to 64, + 64 readable bytes of room for vector loads */
    uint32_t n_features;
    uint32_t n_borrowed; /* of the bins: the first ones are another table's, if owns_bins */
    int owns_bins;
    td_labels labels;     /* what the labels may be */
    td_bins *bin;         /* [n_features]; borrowed from the training rows in td_binned_code */
    const td_bins *finer; /* those that `bin` was joined from (join.h), NULL = not joined */
    double *joined_upper; /* [n_features * 256] bounds of joined bins, else NULL */
    uint8_t *code;        /* [n_features * stride] */
    double *label;        /* [n_rows] */
    double *weight;       /* [n_rows], NULL = ones */
};

static inline const uint8_t *td_binned_codes(const td_binned *binned, uint32_t feature) {
    return binned->code + feature * binned->stride;
}

/* What decides the bounds of a number's bins. */
typedef struct td_bin_rule {
    uint32_t max_values; /* most ordinary bins */
    uint32_t min_in_bin; /* fewest sampled rows in a bin */
} td_bin_rule;

/* Bounds from sorted values without NaN: upper[0..*n_values), the last +inf. 1 when there are more
 * distinct values than bins, so that bins hold ranges. O(n). */
int td_bins_bound(double upper[256], uint32_t *n_values, const double *sorted, uint64_t n,
                  td_bin_rule rule);

/* Largest threshold t that keeps a <= t < b, near the middle: rounding can move no value across. */
double td_bins_between(double a, double b);

/* code[i] of n numbers. O(n log bins). */
void td_bins_encode(uint8_t *code, const double *x, uint64_t n, const td_bins *bins);

/* The view's column with this name, looked for from *place on and then before it; *place moves
 * behind it. TD_ERR_SHAPE names the nearest one when there is none, TD_ERR_ARG a wrong kind.
 * Columns that stand in the order of the questions are found at once, others in O(columns).
 * *Borrowed*. */
td_status td_columns_match(const td_column **out, uint32_t *place, const td_matrix_view *view,
                           const char *name, td_column_kind kind, td_error *err) TD_MUST_USE;

#endif
