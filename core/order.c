/* core/order.c: rows in the order of their times.
 *
 * Problem: the market sweep and the property histories read rows along the time line, while the
 * event store holds them by visitor and the property files in any order.
 *
 * 1. key = time - least time, as an unsigned number: the difference of two int64 modulo 2^64 is
 *    exact there, and a log of a few months has keys of few bytes;
 * 2. a stable radix sort of (key, index): equal times keep the order of their indexes.
 *
 * Cost: O(n) per byte in which keys differ, over 16 n bytes (core/base/radix). It breaks ties by
 * the index alone: who wants another second key stores the rows in that order first. */
#include "core/order.h"

#include "core/base/mem.h"
#include "core/base/radix.h"

static void key_rows(td_keyed *row, const int64_t *time, uint64_t n) {
    int64_t least = n > 0 ? time[0] : 0;
    for (uint64_t i = 1; i < n; i++) least = time[i] < least ? time[i] : least;
    for (uint64_t i = 0; i < n; i++) row[i] = (td_keyed){(uint64_t)time[i] - (uint64_t)least, i};
}

td_status td_order_by_time(uint32_t **order, const int64_t *time, uint64_t n, const td_exec *exec,
                           td_error *err) {
    TD_CHECK(n < UINT32_MAX, err, TD_ERR_RANGE, "too many rows to order: %llu",
             (unsigned long long)n);
    uint32_t *out = td_mem_array(n, sizeof *out, err);
    td_keyed *row = td_mem_array(2 * n, sizeof *row, err);
    td_status status = out == NULL || row == NULL ? TD_ERR_NOMEM : TD_OK;
    if (status == TD_OK) {
        key_rows(row, time, n);
        status = td_radix_sort(row, row + n, n, exec, err);
    }
    if (status == TD_OK) {
        for (uint64_t i = 0; i < n; i++) out[i] = (uint32_t)row[i].value;
        *order = out;
    } else {
        td_mem_free(out);
    }
    td_mem_free(row);
    return status;
}
