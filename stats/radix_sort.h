/* stats/radix_sort.h: stable sort of (key, row, label) by key in linear time. Used by ranking.c. */
#ifndef TD_STATS_RADIX_SORT_H
#define TD_STATS_RADIX_SORT_H

#include <stdint.h>

#include "core/base/par.h"

typedef struct td_sort_item {
    uint64_t key;
    uint32_t row;
    uint32_t label; /* travels along, so that nobody gathers it later */
} td_sort_item;

/* Key that sorts like -x: ascending keys are descending scores. -0 and +0 give one key. x not NaN.
 */
uint64_t td_sort_key_descending(double x);

/* The score of a key (+0 for both zeros). */
double td_sort_key_score(uint64_t key);

/* Sort items[n] by ascending key, n < 2^32; items of equal key keep their order. `differing` has a
 * bit set wherever two keys may differ (~0 is always right); fewer bits mean fewer passes.
 * scratch[n] is overwritten. O(n) per 8 differing bits; TD_ERR_NOMEM. Same result for any exec. */
td_status td_radix_sort(td_sort_item *items, td_sort_item *scratch, uint64_t n, uint64_t differing,
                        const td_exec *exec, td_error *err) TD_MUST_USE;

#endif
