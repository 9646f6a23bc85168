/* stats/rank_sort.h: rows by descending score, ties by ascending row. Inside stats only: used by
 * ranking.c and uplift_order.c. */
#ifndef TD_STATS_RANK_SORT_H
#define TD_STATS_RANK_SORT_H

#include <stdint.h>

#include "core/base/par.h"

/* Sorted rows: key[i] ascends, equal keys are equal scores (-0 and +0 are one). Beyond that a key
 * says nothing: it need not be the score's. */
typedef struct td_rank_sorted {
    uint64_t *key;  /* [n] */
    uint64_t *word; /* [n] row and label, below bits that mean nothing any more */
} td_rank_sorted;

static inline uint32_t td_rank_row(uint64_t word) { return (uint32_t)(word >> 1); }
static inline uint32_t td_rank_label(uint64_t word) { return (uint32_t)(word & 1); }

/* Fills a zeroed *out, freed with td_rank_sorted_free; n < 2^32. TD_ERR_RANGE names the first row
 * (from 1) whose score is NaN or whose label is not 0 or 1; TD_ERR_NOMEM. 16 n bytes kept and none
 * beside, 48 n where scores lie closer than a part in 2^31 of their range. O(n). */
td_status td_rank_sort(td_rank_sorted *out, const double *score, const double *label, uint64_t n,
                       const td_exec *exec, td_error *err) TD_MUST_USE;
void td_rank_sorted_free(td_rank_sorted *sorted);

#endif
