/* gbdt/pool.c: a stack of free buffers beside the list of all. O(1) a call. */
#include "gbdt/pool.h"

#include "core/base/mem.h"

td_status td_pool_init(td_pool *pool, uint64_t words, uint32_t capacity, td_error *err) {
    *pool = (td_pool){.words = words, .capacity = capacity};
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

td_status td_pool_get(void **out, td_pool *pool, td_error *err) {
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

void td_pool_put(td_pool *pool, void *buffer) {
    if (buffer != NULL) pool->free[pool->n_free++] = buffer;
}
