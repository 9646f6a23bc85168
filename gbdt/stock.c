/* gbdt/stock.c: histograms, bitmaps and branches, handed out under a lock.
 *
 * A histogram given back is the next one handed out: it is the one most likely still in the cache.
 * The stock is touched a few times per branch, microseconds apart, so a spin lock is enough. Which
 * buffer or number a worker gets depends on timing; nothing that reaches a model does. */
#include "gbdt/stock.h"

#include "core/base/mem.h"

td_status td_pool_init(td_pool *pool, uint64_t words, uint32_t capacity, td_error *err) {
    pool->words = words;
    pool->capacity = capacity;
    TD_NEW_ZEROED(pool->free, capacity, err);
    TD_NEW_ZEROED(pool->made, capacity, err);
    return TD_OK;
}

void td_pool_free(td_pool *pool) {
    for (uint32_t i = 0; i < pool->n_made; i++) td_mem_free(pool->made[i]);
    td_mem_free(pool->free);
    td_mem_free(pool->made);
    *pool = (td_pool){0};
}

static td_status pool_get(void **out, td_pool *pool, td_error *err) {
    if (pool->n_free > 0) {
        *out = pool->free[--pool->n_free];
        return TD_OK;
    }
    TD_CHECK(pool->n_made < pool->capacity, err, TD_ERR_INTERNAL, "more buffers than were planned");
    *out = td_mem_array(pool->words, sizeof(uint64_t), err);
    if (*out == NULL) return TD_ERR_NOMEM;
    pool->made[pool->n_made++] = *out;
    return TD_OK;
}

td_status td_hist_get(td_hist *out, td_grower *grower, int is_packed, td_error *err) {
    void *buffer = NULL;
    td_lock(&grower->stock_lock);
    td_status status = pool_get(&buffer, is_packed ? &grower->packed : &grower->sums, err);
    td_unlock(&grower->stock_lock);
    *out = is_packed ? (td_hist){.packed = buffer} : (td_hist){.sums = buffer};
    return status;
}

void td_hist_put(td_grower *grower, td_hist *hist) {
    td_lock(&grower->stock_lock);
    if (hist->packed != NULL) grower->packed.free[grower->packed.n_free++] = hist->packed;
    if (hist->sums != NULL) grower->sums.free[grower->sums.n_free++] = hist->sums;
    td_unlock(&grower->stock_lock);
    *hist = (td_hist){0};
}

td_status td_bits_get(uint64_t **out, td_grower *grower, td_error *err) {
    void *buffer = NULL;
    td_lock(&grower->stock_lock);
    td_status status = pool_get(&buffer, &grower->bitmaps, err);
    td_unlock(&grower->stock_lock);
    *out = buffer;
    return status;
}

void td_bits_put(td_grower *grower, uint64_t **bits) {
    if (*bits == NULL) return;
    td_lock(&grower->stock_lock);
    grower->bitmaps.free[grower->bitmaps.n_free++] = *bits;
    td_unlock(&grower->stock_lock);
    *bits = NULL;
}

uint32_t td_branches_get(td_grower *grower) {
    uint32_t first = atomic_fetch_add(&grower->n_branches, 2);
    if (first + 2 <= grower->max_branches) return first;
    atomic_fetch_sub(&grower->n_branches, 2);
    return 0;
}
