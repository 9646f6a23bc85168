/* core/base/sort.h: ascending sort of doubles. */
#ifndef TD_CORE_BASE_SORT_H
#define TD_CORE_BASE_SORT_H

#include <stdint.h>

/* Sort values[n], none of them NaN, ascending; -0 becomes +0. scratch[n] is overwritten; both
 * borrowed. Radix sort, O(n): three passes as a rule, at most nine. */
void td_sort_doubles(double *values, double *scratch, uint64_t n);

#endif
