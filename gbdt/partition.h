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

/* Rows being divided; code[row[i]] is looked up in `left`. How many go left is known
 * before: the histogram says so. */
typedef struct td_division {
    const uint32_t *row; /* [n] ascending */
    uint64_t n, n_left;
    const uint8_t *code; /* codes of the split feature by row, 16 readable bytes past the last */
    const td_bin_set *left;
    uint32_t *to_left;  /* [n_left]; by one thread it may be `row` itself */
    uint32_t *to_right; /* [n - n_left] */
    uint16_t *mark;     /* [n / 16 + 1] scratch of several threads; NULL = one thread */
} td_division;

/* Divide the rows, by the calling thread alone when mark is NULL. TD_ERR_INTERNAL when the codes do
 * not send n_left rows left. O(n). */
td_status td_rows_divide(const td_division *how, const td_exec *exec, td_error *err) TD_MUST_USE;

/* Some of the rows and where they go: lefts to to_left[left .. left_end), rights likewise. begin is
 * a multiple of 16. */
typedef struct td_division_part {
    uint64_t begin, end;
    uint64_t left, left_end, right, right_end;
} td_division_part;

/* Bit i % 16 of mark[(i - begin) / 16] = row i goes left; returns how many do. The second is the
 * first, 16 rows at a time. */
uint64_t td_division_mark_scalar(uint16_t *mark, const td_division *how, uint64_t begin,
                                 uint64_t end);
uint64_t td_division_mark_avx512(uint16_t *mark, const td_division *how, uint64_t begin,
                                 uint64_t end);

/* Send a part's rows where their marks say; nothing else is written. */
void td_division_place_scalar(const td_division *how, const td_division_part *part,
                              const uint16_t *mark);
void td_division_place_avx512(const td_division *how, const td_division_part *part,
                              const uint16_t *mark);

#endif
