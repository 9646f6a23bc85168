/* core/order.h: the order of rows by time, for everything that is swept along the time line. */
#ifndef TD_CORE_ORDER_H
#define TD_CORE_ORDER_H

#include <stdint.h>

#include "core/base/err.h"
#include "core/base/par.h"

/* order[0 .. n) = indexes of time[0 .. n) ascending by time, equal times in index order. *order
 * owned*. O(n) radix sort, 32 n bytes of scratch. TD_ERR_RANGE at 2^32 - 1 rows or more. */
td_status td_order_by_time(uint32_t **order, const int64_t *time, uint64_t n, const td_exec *exec,
                           td_error *err) TD_MUST_USE;

#endif
