/* gbdt/stock.h: what workers take from common stock while a tree grows: histograms,
 * bitmaps and branches. Every call may come from several threads at once. */
#ifndef TD_GBDT_STOCK_H
#define TD_GBDT_STOCK_H

#include <sched.h>

#include "gbdt/grow.h"

/* With more threads than cores, who holds the lock may be waiting for one. */
static inline void td_lock(atomic_flag *lock) {
    for (uint32_t k = 1; atomic_flag_test_and_set_explicit(lock, memory_order_acquire); k++) {
        if (k % 256 == 0) (void)sched_yield();
    }
}
static inline void td_unlock(atomic_flag *lock) {
    atomic_flag_clear_explicit(lock, memory_order_release);
}

/* A histogram of one form, contents undefined; made when none is free. */
td_status td_hist_get(td_hist *out, td_grower *grower, int is_packed, td_error *err) TD_MUST_USE;

/* Give a histogram back and set both forms NULL. */
void td_hist_put(td_grower *grower, td_hist *hist);

/* A bitmap of the table's rows, contents undefined. */
td_status td_bits_get(uint64_t **out, td_grower *grower, td_error *err) TD_MUST_USE;

/* Give a bitmap back, if there is one, and set it NULL. */
void td_bits_put(td_grower *grower, uint64_t **bits);

/* Two new branches side by side: the number of the first, or 0 when there is no room. */
uint32_t td_branches_get(td_grower *grower);

#endif
