/* stats/logistic_design.c: means, spreads, missing values and the design matrix of a logistic fit.
 *
 * Problem: raw columns have any unit and holes; Newton and ridge want comparable columns.
 *   1. Measure a column over the training rows i with weight w_i, W = sum of all w:
 *        mean  m = sum_present w x / sum_present w        missing share  s = sum_missing w / W
 *        sd    d = sqrt( sum_present w (x - m)^2 / W )    a missing row sits at the mean: adds 0
 *      A column whose present values are all equal has d = 0: rounding of m leaves no dust.
 *   2. A term is a standardised column:  feature  (x - m) / d  (missing: 0),  wanted if d > 0;
 *                                        indicator (1{missing} - s) / sqrt(s (1 - s)), if 0 < s <
 *                                        1.
 *
 *          x         feature term         indicator term        (m = 2, d = 1, s = 1/4)
 *          1         (1 - 2) / 1 = -1     (0 - .25) / .433 = -.577
 *          3                        1                        -.577
 *          missing                  0     (1 - .25) / .433 = 1.732
 *          2                        0                        -.577
 *
 *   3. Blocks of the design matrix are made when they are needed and never kept: n (2p + 1) doubles
 *      would be larger than the data.
 *
 * Cost: measuring reads each column twice, one thread a column; a block costs one pass.
 * Mean imputation with an indicator is exact for a linear model of this form, and only that: no
 * claim is made on why values are missing. Reference: Little, Rubin, Statistical Analysis with
 * Missing Data, 3rd ed. (2019), doi:10.1002/9781119482260. */
#include "stats/logistic_design.h"

#include <math.h>

#include "core/base/numeric.h"

/* ---- measuring ---- */

/* What the column loop shares; each chunk of it is one column. */
typedef struct column_reader {
    td_logistic_column *columns;
    const td_logistic_data *data;
    double total_weight;
} column_reader;

/* First walk over a column. */
typedef struct spread {
    td_sum weight; /* of present rows */
    td_sum total;  /* weight times value */
    double low;
    double high;
} spread;

static double weight_of(const td_logistic_data *data, uint64_t i) {
    return data->weight != NULL ? data->weight[i] : 1.0;
}

/* Rows of weight 0 count for nothing, but an infinite value in them is still an error. */
static td_status read_values(spread *out, const td_logistic_data *data, uint32_t j, td_error *err) {
    const double *x = data->x[j];
    *out = (spread){.low = HUGE_VAL, .high = -HUGE_VAL};
    for (uint64_t i = 0; i < data->n; i++) {
        if (x[i] != x[i]) continue;
        TD_CHECK(fabs(x[i]) < HUGE_VAL, err, TD_ERR_RANGE,
                 "feature %u of row %llu is %g, must be finite or missing", j + 1,
                 (unsigned long long)i + 1, x[i]);
        double w = weight_of(data, i);
        if (w == 0.0) continue;
        td_sum_add(&out->weight, w);
        td_sum_add(&out->total, w * x[i]);
        out->low = fmin(out->low, x[i]);
        out->high = fmax(out->high, x[i]);
    }
    return TD_OK;
}

/* Second walk: around the mean, because E x^2 - m^2 would cancel for columns far from 0. */
static double squares_around(const td_logistic_data *data, uint32_t j, double mean) {
    td_sum squares = {0};
    for (uint64_t i = 0; i < data->n; i++) {
        double gap = data->x[j][i] - mean;
        if (gap == gap) td_sum_add(&squares, weight_of(data, i) * gap * gap);
    }
    return td_sum_value(&squares);
}

/* A column of one thread: sums in row order, compensated, so that no thread count can matter. */
static td_status measure_column(void *ctx, td_chunk chunk, td_error *err) {
    const column_reader *reader = ctx;
    uint32_t j = (uint32_t)chunk.begin;
    td_logistic_column *column = &reader->columns[j];
    spread values;
    TD_TRY(read_values(&values, reader->data, j, err));
    *column = (td_logistic_column){0};
    double present = td_sum_value(&values.weight);
    column->missing_share =
        present < reader->total_weight ? 1.0 - present / reader->total_weight : 0.0;
    if (present == 0.0) return TD_OK;
    column->mean = td_sum_value(&values.total) / present;
    if (values.low == values.high) {
        column->mean = values.low;
        return TD_OK;
    }
    double variance = squares_around(reader->data, j, column->mean) / reader->total_weight;
    TD_CHECK(variance < HUGE_VAL, err, TD_ERR_RANGE,
             "feature %u: values from %g to %g are too far apart to be squared", j + 1, values.low,
             values.high);
    column->sd = sqrt(variance);
    return TD_OK;
}

td_status td_logistic_measure(td_logistic_column *columns, const td_logistic_data *data,
                              double total_weight, const td_exec *exec, td_error *err) {
    column_reader reader = {.columns = columns, .data = data, .total_weight = total_weight};
    return td_par_for(exec, data->p, 1, measure_column, &reader, err);
}

/* ---- terms and blocks ---- */

uint32_t td_logistic_terms(td_logistic_term *terms, const td_logistic *model) {
    uint32_t n = 0;
    for (uint32_t j = 0; j < model->p; j++) {
        const td_logistic_column *column = &model->columns[j];
        double share = column->missing_share;
        if (column->sd > 0.0) {
            terms[n++] =
                (td_logistic_term){.column = j, .center = column->mean, .scale = column->sd};
        }
        if (share > 0.0 && share < 1.0) {
            terms[n++] = (td_logistic_term){.column = j,
                                            .is_indicator = 1,
                                            .center = share,
                                            .scale = sqrt(share * (1.0 - share))};
        }
    }
    return n;
}

/* gap == gap is false for NaN alone; compilers turn the choice into a mask. */
static void fill_feature(double *out, const td_logistic_term *term, const double *x,
                         uint64_t rows) {
    double inverse = 1.0 / term->scale;
    for (uint64_t i = 0; i < rows; i++) {
        double gap = x[i] - term->center;
        out[i] = gap == gap ? gap * inverse : 0.0;
    }
}

/* An indicator takes two values only; both are known before the loop. */
static void fill_indicator(double *out, const td_logistic_term *term, const double *x,
                           uint64_t rows) {
    double present = (0.0 - term->center) / term->scale;
    double missing = (1.0 - term->center) / term->scale;
    for (uint64_t i = 0; i < rows; i++) out[i] = x[i] == x[i] ? present : missing;
}

/*     block, column-major:   | 1 | term 0 | term 1 | ... |    a row of data is a row of the block
 *                            |<------ n_terms + 1 ----->| */
void td_logistic_design(double *block, const td_logistic_term *terms, uint32_t n_terms,
                        const double *const *x, uint64_t first, uint64_t rows) {
    for (uint64_t i = 0; i < rows; i++) block[i] = 1.0;
    for (uint32_t t = 0; t < n_terms; t++) {
        const double *from = x[terms[t].column] + first;
        double *to = block + (t + 1) * rows;
        if (terms[t].is_indicator) {
            fill_indicator(to, &terms[t], from, rows);
        } else {
            fill_feature(to, &terms[t], from, rows);
        }
    }
}

/* Row i adds its features in column order, whatever other rows are there: a row is predicted alike
 * alone and in company. Columns without effect are skipped, values and all. */
void td_logistic_linear(double *eta, const td_logistic *model, const double *const *x,
                        uint64_t first, uint64_t rows) {
    for (uint64_t i = 0; i < rows; i++) eta[i] = model->base;
    for (uint32_t j = 0; j < model->p; j++) {
        const td_logistic_column *column = &model->columns[j];
        if (column->coef == 0.0 && column->missing_coef == 0.0) continue;
        const double *from = x[j] + first;
        double present = column->missing_coef * (0.0 - column->missing_share);
        double missing = column->missing_coef * (1.0 - column->missing_share);
        for (uint64_t i = 0; i < rows; i++) {
            double gap = from[i] - column->mean;
            eta[i] += gap == gap ? column->coef * gap + present : missing;
        }
    }
}
