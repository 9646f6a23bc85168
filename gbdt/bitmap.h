/* gbdt/bitmap.h: the rows of a large branch, one bit a row of the table.
 *
 *     row       0  1  2  3  4  5  6  7  8 ... 63 | 64 ...       bit i % 64 of word i / 64
 *     branch    1  1  0  1  1  1  0  1  1 ...                   has row i
 *     code      7  2  9  3  8  1  1  0  5 ...                   of the split feature, its column
 *     left      0  1  0  1  0  1  0  1  0 ...                   & code goes left
 *     right     1  0  0  0  1  0  0  0  1 ...                   & code goes right
 *
 * Dividing a bitmap reads a column in sequence and compares 64 codes at once, whatever the number
 * of rows in it: for a branch of more than some twentieth of the table that is several times as
 * fast as dividing a list of rows (partition.h). */
#ifndef TD_GBDT_BITMAP_H
#define TD_GBDT_BITMAP_H

#include <stdint.h>

#include "core/base/err.h"
#include "core/base/par.h"
#include "gbdt/tree.h"

static inline uint64_t td_bitmap_words(uint64_t n_rows) { return n_rows / 64 + (n_rows % 64 != 0); }

/* A branch of a table of n_rows and its two sides. How many rows go where is known before: the
 * histogram says so. */
typedef struct td_bitmap_division {
    uint64_t n_rows;
    const uint8_t *code; /* codes of the split feature, readable up to a multiple of 64 rows */
    const td_bin_set *left;
    const uint64_t *branch;       /* NULL = all rows */
    uint64_t *to_left, *to_right; /* [td_bitmap_words(n_rows)]; one of them may be `branch` */
    uint64_t n_left, n_right;
    uint32_t *list_left, *list_right; /* rows of a side, ascending; NULL = not wanted */
} td_bitmap_division;

/* Divide by all threads of exec; NULL = by the calling one. TD_ERR_INTERNAL when the codes do not
 * send n_left rows left and n_right right; nothing is written beyond the lists then. O(n_rows). */
td_status td_bitmap_divide(const td_bitmap_division *how, const td_exec *exec,
                           td_error *err) TD_MUST_USE;

/* Write the rows of words [begin, end) to out[0 ..], ascending, and nothing at or beyond out[n];
 * returns their number. */
uint64_t td_bitmap_list(uint32_t *out, uint64_t n, const uint64_t *bits, uint64_t begin,
                        uint64_t end);

/* to[i] = value for the rows i of words [begin, end). */
void td_bitmap_fill(uint32_t *to, uint32_t value, const uint64_t *bits, uint64_t begin,
                    uint64_t end);

/* Words of a bitmap of n_rows rows become these n rows. */
void td_bitmap_set(uint64_t *bits, uint64_t n_rows, const uint32_t *row, uint64_t n);

/* ---- the steps, each with a twin that takes 64 rows at a time -------------------------------- */

/* Numbers of rows by side. */
typedef struct td_bitmap_tally {
    uint64_t left, right;
} td_bitmap_tally;

/* Divide words [begin, end); returns how many rows go where. */
td_bitmap_tally td_bitmap_part_scalar(const td_bitmap_division *how, uint64_t begin, uint64_t end);
td_bitmap_tally td_bitmap_part_avx512(const td_bitmap_division *how, uint64_t begin, uint64_t end);

uint64_t td_bitmap_list_scalar(uint32_t *out, uint64_t n, const uint64_t *bits, uint64_t begin,
                               uint64_t end);
uint64_t td_bitmap_list_avx512(uint32_t *out, uint64_t n, const uint64_t *bits, uint64_t begin,
                               uint64_t end);

void td_bitmap_fill_scalar(uint32_t *to, uint32_t value, const uint64_t *bits, uint64_t begin,
                           uint64_t end);
void td_bitmap_fill_avx512(uint32_t *to, uint32_t value, const uint64_t *bits, uint64_t begin,
                           uint64_t end);

/* Word w of a branch: all rows that there are when it has no bitmap. */
static inline uint64_t td_bitmap_word(const td_bitmap_division *how, uint64_t w) {
    if (how->branch != NULL) return how->branch[w];
    uint64_t n = how->n_rows - 64 * w;
    return n >= 64 ? UINT64_MAX : ((uint64_t)1 << n) - 1;
}

#endif
