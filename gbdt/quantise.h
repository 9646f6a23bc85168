/* gbdt/quantise.h: gradients as integers, so that histogram sums cannot depend on their order.
 *
 * Narrow form: 32 bits a row, |grad| and hess up to 4095.
 *
 *     31            12 11         0
 *     | grad, signed  | hess       |
 *
 * Sums of up to TD_PACKED_ROWS rows are packed into 64 bits:
 *
 *     63            38 37            13 12         0
 *     | sum of grad  | sum of hess     | rows      |
 *       26 bits, ±     25 bits           13 bits
 *
 * Wide form, two 64-bit integers a row: for labels or weights with heavy tails, where 13 bits would
 * lose the bulk of the rows. */
#ifndef TD_GBDT_QUANTISE_H
#define TD_GBDT_QUANTISE_H

#include <stdint.h>

#include "core/base/err.h"
#include "core/base/par.h"

enum {
    TD_PACKED_ROWS = 8191, /* 2^13 - 1: the row field */
    TD_Q_MAX = 4095,       /* |grad| and hess of a row: 8191 * 4095 < 2^25 */
    TD_HESS_SHIFT = 13,
    TD_GRAD_SHIFT = 38
};

static inline uint64_t td_packed(int64_t grad, int64_t hess, int64_t rows) {
    return ((uint64_t)grad << TD_GRAD_SHIFT) + ((uint64_t)hess << TD_HESS_SHIFT) + (uint64_t)rows;
}
static inline int64_t td_packed_grad(uint64_t word) { return (int64_t)word >> TD_GRAD_SHIFT; }
static inline int64_t td_packed_hess(uint64_t word) {
    return (int64_t)(word >> TD_HESS_SHIFT & 0x1ffffff);
}
static inline int64_t td_packed_rows(uint64_t word) { return (int64_t)(word & 0x1fff); }

/* A row's narrow gradients, and the same as a packed sum of one row. */
static inline uint32_t td_word(int64_t grad, int64_t hess) {
    return (uint32_t)grad << 12 | (uint32_t)hess;
}
static inline uint64_t td_word_packed(uint32_t word) {
    return td_packed((int32_t)word >> 12, word & 0xfff, 1);
}

typedef struct td_quantised {
    uint64_t n_rows;
    int is_wide;
    double grad_scale; /* gradient = integer * grad_scale, a power of two: products are exact */
    double hess_scale;
    uint32_t *word;       /* [n_rows] narrow form, NULL while never used */
    int64_t *grad, *hess; /* [n_rows] wide form, NULL while never used */
} td_quantised;

/* Size of the gradients of one iteration. */
typedef struct td_gradient_range {
    double max_grad, max_hess; /* largest |grad|, hess */
    double sum_grad, sum_hess; /* sums of |grad|, hess */
} td_gradient_range;

void td_quantised_free(td_quantised *q);

typedef struct td_quantise_how {
    td_gradient_range range;
    int may_be_wide, must_be_wide;
    uint32_t salt;
    const td_exec *exec;
} td_quantise_how;

/* Does the largest value exceed 256 times the mean? */
int td_has_heavy_tail(td_gradient_range range, uint64_t n_rows);

/* Quantise grad[n_rows], hess[n_rows] >= 0. The unit is chosen from `range`; may_be_wide allows the
 * wide form where the range has a heavy tail, must_be_wide asks for it. Narrow values are rounded
 * up or down by a dither that depends on (row, salt) only, so means are kept; wide ones to nearest.
 * *q* starts zeroed and is used again. O(n_rows). */
td_status td_quantise(td_quantised *q, const double *grad, const double *hess, uint64_t n_rows,
                      const td_quantise_how *how, td_error *err) TD_MUST_USE;

/* How narrow words are made: integer = floor(gradient * factor + dither of the row). */
typedef struct td_packing {
    const double *grad, *hess; /* [rows] */
    double grad_factor, hess_factor;
    uint32_t salt;
} td_packing;

#define TD_GRAD_STEP 0x9E3779B1u /* 2^32 / golden ratio */
#define TD_HESS_STEP 0x6A09E667u /* 2^32 * (sqrt 2 - 1) */

/* word[begin .. end) of those rows; the second is the first, eight rows at a time. */
void td_pack_scalar(uint32_t *word, const td_packing *how, uint64_t begin, uint64_t end);
void td_pack_avx512(uint32_t *word, const td_packing *how, uint64_t begin, uint64_t end);

/* Integers of one row, in either form. */
static inline int64_t td_quantised_grad(const td_quantised *q, uint64_t row) {
    return q->is_wide ? q->grad[row] : (int32_t)q->word[row] >> 12;
}
static inline int64_t td_quantised_hess(const td_quantised *q, uint64_t row) {
    return q->is_wide ? q->hess[row] : q->word[row] & 0xfff;
}

#endif
