/* gbdt/partition.h: a leaf's rows divided between its children, order kept.
 *
 *     rows of the leaf   | 3 7 8 12 15 20 |          codes of the split feature decide
 *     afterwards         | 3 8 20 | 7 12 15 |        left child | right child
 */
#ifndef TD_GBDT_PARTITION_H
#define TD_GBDT_PARTITION_H

#include <stdint.h>

#include "core/base/err.h"
#include "core/base/par.h"
#include "gbdt/tree.h"

/* Rows being divided; code[row[i] * stride] is looked up in `left`. */
typedef struct td_division {
    const uint8_t *code; /* codes of the split feature by row, 3 readable bytes past the last */
    uint32_t stride;     /* bytes between two rows' codes */
    const td_bin_set *left;
    uint32_t *scratch; /* [2 * n] */
} td_division;

/* Divide row[0..n) in place; returns how many go left in *n_left. exec NULL: by the calling thread,
 * also inside a parallel loop. O(n). */
td_status td_rows_divide(uint32_t *row, uint64_t n, const td_division *how, uint64_t *n_left,
                         const td_exec *exec, td_error *err) TD_MUST_USE;

/* One chunk: lefts to to_left (may be `row` itself), rights to to_right; returns the lefts. The
 * fast form writes at most n words to each. */
uint64_t td_divide_scalar(uint32_t *to_left, uint32_t *to_right, const uint32_t *row, uint64_t n,
                          const td_division *how);
uint64_t td_divide_avx512(uint32_t *to_left, uint32_t *to_right, const uint32_t *row, uint64_t n,
                          const td_division *how);

#endif
