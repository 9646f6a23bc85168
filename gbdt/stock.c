/* gbdt/stock.c: histograms, bitmaps and branches, handed out under a lock.
 *
 * The stock is touched a few times per branch, microseconds apart, so a spin lock is enough. Which
 * buffer or number a worker gets depends on timing; nothing that reaches a model does. */
#include "gbdt/stock.h"

td_status td_hist_get(td_hist *out, td_grower *grower, int is_packed, td_error *err) {
    void *buffer = NULL;
    td_lock(&grower->stock_lock);
    td_status status = td_pool_get(&buffer, is_packed ? &grower->packed : &grower->sums, err);
    td_unlock(&grower->stock_lock);
    *out = is_packed ? (td_hist){.packed = buffer} : (td_hist){.sums = buffer};
    return status;
}

void td_hist_put(td_grower *grower, td_hist *hist) {
    td_lock(&grower->stock_lock);
    td_pool_put(&grower->packed, hist->packed);
    td_pool_put(&grower->sums, hist->sums);
    td_unlock(&grower->stock_lock);
    *hist = (td_hist){0};
}

td_status td_bits_get(uint64_t **out, td_grower *grower, td_error *err) {
    void *buffer = NULL;
    td_lock(&grower->stock_lock);
    td_status status = td_pool_get(&buffer, &grower->bitmaps, err);
    td_unlock(&grower->stock_lock);
    *out = buffer;
    return status;
}

void td_bits_put(td_grower *grower, uint64_t **bits) {
    if (*bits == NULL) return;
    td_lock(&grower->stock_lock);
    td_pool_put(&grower->bitmaps, *bits);
    td_unlock(&grower->stock_lock);
    *bits = NULL;
}

uint32_t td_branches_get(td_grower *grower) {
    uint32_t first = atomic_fetch_add(&grower->n_branches, 2);
    if (first + 2 <= grower->max_branches) return first;
    atomic_fetch_sub(&grower->n_branches, 2);
    return 0;
}
