/* core/base/radix.h: stable sort of (key, value) pairs by an unsigned 64-bit key.
 *
 * Used where codes, orders and waiting times are ranked. Stable, so a sort by two keys is two
 * calls, the less significant key first. */
#ifndef TD_CORE_BASE_RADIX_H
#define TD_CORE_BASE_RADIX_H

#include <stdint.h>

#include "core/base/err.h"
#include "core/base/par.h"

typedef struct td_keyed {
    uint64_t key;
    uint64_t value; /* travels with the key */
} td_keyed;

/* Sort rows [n] by key, ascending and stable; scratch [n] is overwritten, both borrowed. O(n)
 * passes over the bytes in which keys differ; a short table (up to 48 rows) is sorted by insertion
 * and allocates nothing. */
td_status td_radix_sort(td_keyed *rows, td_keyed *scratch, uint64_t n, const td_exec *exec,
                        td_error *err) TD_MUST_USE;

#endif
